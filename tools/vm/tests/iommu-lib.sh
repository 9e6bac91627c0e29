# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of iommu_probe share; it sources lib.sh.
#
#   need MODULE [ARG...]    modprobe, or the end
#   functions VENDOR:DEVICE the PCI functions that are such, one a line
#   devices_row RID         its line of `devices` -> ${row[mode]} and so on, by column
#   carve N                 stock igb, its interface up, N virtual functions with igbvf
#   vfio BDF                gives a function to vfio-pci
#   take_back BDF           takes it away from there again
#   start NAME COMMAND..., talk NAME WORDS..., stop NAME    a program that talks by lines

cd "$(dirname "${BASH_SOURCE[0]}")" || exit
# shellcheck source=tools/vm/tests/lib.sh
. ./lib.sh
probe=/sys/kernel/debug/iommu_probe
pci=/sys/bus/pci/devices

give_up()
{
	echo "Bail out! $*"
	exit 1
}

need()
{
	modprobe "$@" || give_up "no module $1"
}

functions()
{
	local dir

	for dir in "$pci"/*; do
		[[ $(<"$dir/vendor"):$(<"$dir/device") != "0x${1%:*}:0x${1#*:}" ]] || echo "${dir##*/}"
	done
}

link_of()
{
	local to

	to=$(readlink "$1") || return
	echo "${to##*/}"
}

# until_true SECONDS COMMAND...
until_true()
{
	local end=$((SECONDS + $1))
	shift

	until "$@"; do
		((SECONDS <= end)) || return 1
		sleep 0.05
	done
}

declare -A row
devices_row()
{
	local names words i

	row=()
	read -ra names < <(sed -n '2s/^# //p' "$probe/devices")
	read -ra words < <(awk -v rid="$1" '$1 == rid' "$probe/devices")
	((${#words[@]} > 0)) || return
	for i in "${!names[@]}"; do
		# shellcheck disable=SC2034 # for those who source this
		row[${names[i]}]=${words[i]-}
	done
}

driver_of()
{
	link_of "$pci/$1/driver"
}

# The stock driver's interface, and VFs with theirs -> $pf, $netdev, vf[]
carve()
{
	local n

	need igb
	need igbvf
	pf=$(functions 8086:10c9 | head -n 1)
	[[ -n $pf ]] || give_up "no igb device"
	until_true 20 test -d "$pci/$pf/net" || give_up "no interface"
	# shellcheck disable=SC2034
	netdev=$(ls "$pci/$pf/net")
	ip link set "$netdev" up
	echo "$1" >"$pci/$pf/sriov_numvfs" || give_up "sriov_numvfs"
	vf=()
	for ((n = 0; n < $1; n++)); do
		vf+=("$(link_of "$pci/$pf/virtfn$n")")
		until_true 20 test -e "$pci/${vf[n]}/driver" || give_up "no driver for ${vf[n]}"
	done
}

vfio()
{
	modprobe vfio-pci
	[[ ! -e $pci/$1/driver ]] || echo "$1" >"$pci/$1/driver/unbind"
	echo vfio-pci >"$pci/$1/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
	[[ $(driver_of "$1") == vfio-pci ]]
}

take_back()
{
	[[ ! -e $pci/$1/driver ]] || echo "$1" >"$pci/$1/driver/unbind"
	echo >"$pci/$1/driver_override"
}

# -- programs that answer each line by one ------------------------------------------

declare -A pids to from

# start NAME COMMAND...: its lines "page ..." go to /run/xlate/NAME.pages, the next one is
# the answer
start()
{
	local name=$1 in out

	mkfifo "/run/xlate/$name.in" "/run/xlate/$name.out"
	"${@:2}" <"/run/xlate/$name.in" >"/run/xlate/$name.out" &
	pids[$name]=$!
	exec {in}>"/run/xlate/$name.in" {out}<"/run/xlate/$name.out"
	to[$name]=$in
	from[$name]=$out
	hear "$name"
}

hear()
{
	: >"/run/xlate/$1.pages"
	while read -r answer <&"${from[$1]}"; do
		[[ $answer == page* ]] || break
		echo "${answer#page }" >>"/run/xlate/$1.pages"
	done
	[[ $answer != Bail* && -n $answer ]] || give_up "$1 says: $answer"
}

# talk NAME WORDS... -> $answer
talk()
{
	echo "${*:2}" >&"${to[$1]}"
	hear "$1"
}

# Ends its input; the status is the program's.
stop()
{
	local in=${to[$1]} out=${from[$1]}

	exec {in}>&- {out}<&-
	rm -f "/run/xlate/$1.in" "/run/xlate/$1.out"
	wait "${pids[$1]}"
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * xdp-pass INTERFACE: its driver runs an XDP program that lets all packets pass, until a signal
 * ends this one. It says "attached" when that is so.
 */
#include <err.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load(void)
{
	static const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const char license[] = "GPL";
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.insns = (uintptr_t)program;
	attr.insn_cnt = sizeof(program) / sizeof(*program);
	attr.license = (uintptr_t)license;
	return bpf(BPF_PROG_LOAD, &attr);
}

static int attach(int program, unsigned int interface)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = program;
	attr.link_create.target_ifindex = interface;
	attr.link_create.attach_type = BPF_XDP;
	attr.link_create.flags = XDP_FLAGS_DRV_MODE;
	return bpf(BPF_LINK_CREATE, &attr);
}

int main(int argc, char **argv)
{
	unsigned int interface;
	int program;

	if (argc != 2)
		errx(2, "usage: xdp-pass INTERFACE");
	interface = if_nametoindex(argv[1]);
	if (!interface)
		err(1, "%s", argv[1]);
	program = load();
	if (program < 0)
		err(1, "the program is not loaded");
	if (attach(program, interface) < 0)
		err(1, "%s does not run it", argv[1]);
	puts("attached");
	fflush(stdout);
	pause();
	return 0;
}

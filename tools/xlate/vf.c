// SPDX-License-Identifier: GPL-2.0-only
/* xlate vf: physical functions and their virtual functions, whatever drives them. */
#include <stdlib.h>

#include "sriov.h"

enum {
	FUNCTION,
	VF,
	DRIVER,
	NETDEV,
	MAC,
	VLAN,
	LINK,
	RATE,
	SPOOFCHK,
	TRUST,
	RX,
	TX,
	RXP,
	TXP,
	GROUP,
	PAIRS,
	STATE,
	REASON,
	HOLDER,
	DEVICE
};

static const struct column columns[] = {
	[FUNCTION] = { "FUNCTION", COL_TREE, COL_DEFAULT, 0, "the function; a PF with its VFs" },
	[VF] = { "VF", COL_TEXT, COL_DEFAULT | COL_RIGHT, 0,
		 "number of the VF; of a PF: how many VFs it has, of how many" },
	[DRIVER] = { "DRIVER", COL_TEXT, COL_DEFAULT, 0, "driver bound to it" },
	[NETDEV] = { "NETDEV", COL_TEXT, COL_DEFAULT, 0,
		     "its network interface, when it is in this namespace" },
	[MAC] = { "MAC", COL_TEXT, COL_DEFAULT, 0, "address that the PF gave it" },
	[VLAN] = { "VLAN", COL_TEXT, COL_DEFAULT, 0,
		   "tag that the PF inserts: id[.priority][/ad]" },
	[LINK] = { "LINK", COL_TEXT, COL_DEFAULT, 0,
		   "PF: state of its link; VF: auto (as the PF), enable, disable" },
	[RATE] = { "RATE", COL_TEXT, COL_WIDE | COL_DEFAULT | COL_RIGHT, 0,
		   "bounds of sending, Mbit/s: [min-]max" },
	[SPOOFCHK] = { "SPOOFCHK", COL_TEXT, COL_WIDE | COL_DEFAULT, 0,
		       "are frames with a foreign source address dropped?" },
	[TRUST] = { "TRUST", COL_TEXT, COL_WIDE | COL_DEFAULT, 0,
		    "may it change its address, go promiscuous?" },
	[RX] = { "RX", COL_SIZE, COL_DEFAULT, 0,
		 "bytes received; VF: as the PF's driver counts them or, if it does not, its interface" },
	[TX] = { "TX", COL_SIZE, COL_DEFAULT, 0, "bytes sent" },
	[RXP] = { "RX-PACKETS", COL_NUMBER, 0, 0, "packets received" },
	[TXP] = { "TX-PACKETS", COL_NUMBER, 0, 0, "packets sent" },
	[GROUP] = { "GROUP", COL_TEXT, COL_DEFAULT | COL_RIGHT, 0, "IOMMU group" },
	[PAIRS] = { "PAIRS", COL_TEXT, COL_WIDE | COL_DEFAULT, 0,
		    "its pairs of queues, of the card's; with sriov_demo" },
	[STATE] = { "STATE", COL_TEXT, COL_WIDE | COL_DEFAULT, 0,
		    "VF: reset, ready or revoked, as sriov_demo sees it" },
	[REASON] = { "REASON", COL_TEXT, 0, 0, "VF: why it is in that state" },
	[HOLDER] = { "HOLDER", COL_TEXT, 0, 0, "process that has its VFIO group open now" },
	[DEVICE] = { "DEVICE", COL_TEXT, 0, 0, "PCI vendor and device" },
	{ 0 },
};

static const char *or_dash(const char *s)
{
	return *s ? s : "-";
}

static const char *yes_no(int on)
{
	return on < 0 ? "-" : on ? "on" : "off";
}

/* The file of an interface's folder, "-" when it cannot be read. */
static const char *netdev_text(const struct function *f, const char *name, char *buf, size_t size)
{
	char path[128];

	if (!f->netdev[0])
		return "-";
	snprintf(path, sizeof(path), "net/%s/%s", f->netdev, name);
	return or_dash(sysfs_text(f->bdf, path, buf, size));
}

static void put_counters(struct table *t, struct libscols_line *row, const struct function *f,
			 bool is_vf)
{
	struct counters c = f->facts.stats;

	/* Drivers that do not count leave zeros. */
	if (!is_vf || !(c.rx_packets | c.tx_packets | c.rx_bytes | c.tx_bytes))
		if (!netdev_counters(f->netdev, &c) && !f->facts.known) {
			table_put(t, row, RX, "-");
			table_put(t, row, TX, "-");
			table_put(t, row, RXP, "-");
			table_put(t, row, TXP, "-");
			return;
		}
	table_number(t, row, RX, c.rx_bytes);
	table_number(t, row, TX, c.tx_bytes);
	table_number(t, row, RXP, c.rx_packets);
	table_number(t, row, TXP, c.tx_packets);
}

static struct libscols_line *put_function(struct table *t, struct libscols_line *parent,
					  const struct function *f, bool is_vf)
{
	struct libscols_line *row = table_row(t, parent);
	char holder[128];

	table_put(t, row, FUNCTION, "%s", f->bdf);
	table_put(t, row, DRIVER, "%s", or_dash(f->driver));
	table_put(t, row, NETDEV, "%s", or_dash(f->netdev));
	table_put(t, row, DEVICE, "%04x:%04x", f->vendor, f->device);
	if (f->group < 0)
		table_put(t, row, GROUP, "-");
	else
		table_put(t, row, GROUP, "%d", f->group);
	table_put(t, row, HOLDER, "%s", sriov_holder(f, holder, sizeof(holder)) ? holder : "-");
	table_put(t, row, PAIRS, "%s", or_dash(f->pairs));
	table_put(t, row, STATE, "%s", or_dash(f->state));
	table_put(t, row, REASON, "%s", or_dash(f->reason));
	put_counters(t, row, f, is_vf);
	return row;
}

static void put_vlan(struct table *t, struct libscols_line *row, const struct vf_facts *f)
{
	char qos[16] = "";

	if (f->qos)
		snprintf(qos, sizeof(qos), ".%u", f->qos);
	if (f->vlan || f->qos)
		table_put(t, row, VLAN, "%u%s%s", f->vlan, qos,
			  f->vlan_proto == 0x88a8 ? "/ad" : "");
	else
		table_put(t, row, VLAN, "-");
}

static void put_mac(struct table *t, struct libscols_line *row, const unsigned char *mac)
{
	static const unsigned char none[6];

	if (memcmp(mac, none, sizeof(none)))
		table_put(t, row, MAC, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
			  mac[3], mac[4], mac[5]);
	else
		table_put(t, row, MAC, "-");
}

static void put_vf(struct table *t, struct libscols_line *parent, const struct function *vf,
		   unsigned int number)
{
	static const char *const links[] = { "auto", "enable", "disable" };
	struct libscols_line *row = put_function(t, parent, vf, true);
	const struct vf_facts *f = &vf->facts;
	char buf[64];

	table_put(t, row, VF, "%u", number);
	if (!f->known) {
		/* The PF's driver is gone, or keeps nothing: the interface's own address, then. */
		table_put(t, row, MAC, "%s", netdev_text(vf, "address", buf, sizeof(buf)));
		table_put(t, row, VLAN, "-");
		table_put(t, row, LINK, "%s", netdev_text(vf, "operstate", buf, sizeof(buf)));
		table_put(t, row, RATE, "-");
		table_put(t, row, SPOOFCHK, "-");
		table_put(t, row, TRUST, "-");
		return;
	}
	put_mac(t, row, f->mac);
	put_vlan(t, row, f);
	table_put(t, row, LINK, "%s", f->link < ARRAY_SIZE(links) ? links[f->link] : "?");
	if (f->min_rate)
		table_put(t, row, RATE, "%u-%u", f->min_rate, f->max_rate);
	else if (f->max_rate)
		table_put(t, row, RATE, "%u", f->max_rate);
	else
		table_put(t, row, RATE, "-");
	table_put(t, row, SPOOFCHK, "%s", yes_no(f->spoofchk));
	table_put(t, row, TRUST, "%s", yes_no(f->trust));
}

static void put_pf(struct table *t, const struct function *pf, int only)
{
	struct libscols_line *row = put_function(t, NULL, pf, false);
	char buf[64];
	unsigned int i;

	table_put(t, row, VF, "%u/%u", pf->count, pf->total);
	table_put(t, row, MAC, "%s", netdev_text(pf, "address", buf, sizeof(buf)));
	table_put(t, row, LINK, "%s", netdev_text(pf, "operstate", buf, sizeof(buf)));
	table_put(t, row, VLAN, "-");
	table_put(t, row, RATE, "-");
	table_put(t, row, SPOOFCHK, "-");
	table_put(t, row, TRUST, "-");
	table_colour(t, row, COLOUR_BOLD);
	for (i = 0; i < pf->count; i++)
		if ((only < 0 || only == (int)i) && pf->vf[i].bdf[0])
			put_vf(t, row, &pf->vf[i], i);
}

static int list(const char *word)
{
	struct function *pf, *one = NULL;
	int ret, only = -1;
	struct table *t;
	size_t n, i;

	t = table_new("vf", columns);
	if (!t)
		return XLATE_USAGE;
	if (opt.json)
		table_show_all(t);
	ret = sriov_scan(&pf, &n);
	if (!ret && word) {
		one = sriov_find(pf, n, word, &only);
		if (!one)
			ret = fail(XLATE_ERROR, "xlate vf lists those that have or are VFs",
				   "%s is no function with virtual functions, nor one of them",
				   word);
	}
	if (ret) {
		table_free(t);
		sriov_free(pf, n);
		return ret;
	}
	for (i = 0; i < n; i++)
		if (!one || one == &pf[i])
			put_pf(t, &pf[i], only);
	if (n || opt.json) {
		table_end(t);
	} else {
		table_free(t);
		remark("lspci -vv shows \"Single Root I/O Virtualization\" where there is one",
		       "no PCI function of this machine can have virtual functions");
	}
	sriov_free(pf, n);
	return 0;
}

static int run(int argc, char **argv)
{
	if (argc && !strcmp(argv[0], "set")) {
		if (opt.given || opt.json)
			return fail(XLATE_USAGE, NULL, "vf set takes no options");
		return vf_set(argc - 1, argv + 1);
	}
	if (argc > 1)
		return fail(XLATE_USAGE, "usage: xlate vf [FUNCTION], xlate vf set FUNCTION ...",
			    "%s: one word too many", argv[1]);
	return list(argc ? argv[0] : NULL);
}

const struct command cmd_vf = {
	.name = "vf",
	.run = run,
	.args = "[FUNCTION]",
	.help = "SR-IOV: who has which VF, and how it is set",
	.text = "Lists each PCI function that can have virtual functions (a PF), and its VFs, whatever\n"
		"drives them. FUNCTION, a PCI address or a network interface, chooses one.\n"
		"\n"
		"       xlate vf set PF count N               carve N virtual functions, 0 removes them\n"
		"       xlate vf set PF autoprobe on|off      bind drivers to new VFs?\n"
		"       xlate vf set PF vf N SETTING...       as \"ip link set PF vf N\"\n"
		"       xlate vf set VF SETTING...            the same, the VF by its address\n"
		"\n"
		"SETTING is mac ADDRESS, vlan ID [qos N] [proto 802.1q|802.1ad], rate MAX, max_rate N,\n"
		"min_rate N (Mbit/s), spoofchk on|off, trust on|off, state auto|enable|disable. They\n"
		"are made one after another; the first that the driver refuses ends it, with advice.\n",
	.columns = columns,
	.options = OPT_TABLE,
};

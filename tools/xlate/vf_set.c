// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlate vf set: through sriov_numvfs and rtnetlink, as echo and ip-link(8) do it; what the
 * kernel answers is put into words and advice.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <strings.h>

#include "sriov.h"

#define USAGE "xlate vf --help has the settings"

static int parse_number(const char *word, u32 limit, u32 *n)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(word, &end, 0);
	if (*end || end == word || *word == '-' || errno || value > limit)
		return fail(XLATE_USAGE, NULL, "\"%s\" is no number from 0 to %u", word, limit);
	*n = value;
	return 0;
}

static int parse_switch(const char *word, u32 *on)
{
	*on = !strcmp(word, "on");
	return *on || !strcmp(word, "off") ?
		       0 :
		       fail(XLATE_USAGE, NULL, "\"%s\" is not on or off", word);
}

static int parse_mac(const char *word, unsigned char *mac)
{
	int used = 0;

	if (sscanf(word, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", mac, mac + 1, mac + 2, mac + 3,
		   mac + 4, mac + 5, &used) != 6 ||
	    word[used] || strlen(word) != 17)
		return fail(XLATE_USAGE, "as in 52:54:00:12:34:56", "\"%s\" is no MAC address",
			    word);
	return 0;
}

/* -- the number of VFs ---------------------------------------------------------------- */

static const char *count_advice(const struct function *pf, u32 n, int err, char *buf, size_t size)
{
	switch (err) {
	case EBUSY:
		snprintf(buf, size,
			 "from one number to another the way leads over 0: xlate vf set %s count 0",
			 pf->bdf);
		return buf;
	case ENOENT:
		snprintf(buf, size, "%s has no driver that can carve VFs: bind one that can%s",
			 pf->bdf, pf->driver[0] ? "" : " (none is bound)");
		return buf;
	case ERANGE:
		snprintf(buf, size, "its driver allows 0 to %u", pf->total);
		return buf;
	case ENOSPC:
	case ENOMEM:
		return "no bus numbers or BARs for them: fewer, or boot with pci=assign-busses,realloc";
	case EPERM:
	case EACCES:
		return "only root may do that";
	case EOPNOTSUPP:
	case ENODEV:
		return "the hardware or its firmware has SR-IOV switched off";
	default:
		return "the kernel log may say why: dmesg | tail";
	}
}

static int set_count(const struct function *pf, const char *word)
{
	char text[16], advice[192], holder[96];
	unsigned int i;
	int ret;
	u32 n;

	ret = parse_number(word, 65535, &n);
	if (ret)
		return ret;
	for (i = 0; !n && i < pf->count; i++)
		if (sriov_holder(&pf->vf[i], holder, sizeof(holder)))
			return fail(XLATE_ERROR, "end that process, then try again",
				    "VF %u, %s, is used by %s: to remove it would hang until then",
				    i, pf->vf[i].bdf, holder);
	snprintf(text, sizeof(text), "%u", n);
	ret = sysfs_write(pf->bdf, "sriov_numvfs", text);
	if (!ret)
		return 0;
	return fail(XLATE_ERROR, count_advice(pf, n, -ret, advice, sizeof(advice)),
		    "%s: %u virtual functions instead of %u: %s", pf->bdf, n, pf->count,
		    strerror(-ret));
}

static int set_autoprobe(const struct function *pf, const char *word)
{
	u32 on;
	int ret = parse_switch(word, &on);

	if (ret)
		return ret;
	ret = sysfs_write(pf->bdf, "sriov_drivers_autoprobe", on ? "1" : "0");
	return ret ? fail(XLATE_ERROR,
			  ret == -EACCES || ret == -EPERM ? "only root may do that" : NULL,
			  "%s: autoprobe %s: %s", pf->bdf, word, strerror(-ret)) :
		     0;
}

/* -- settings of one VF --------------------------------------------------------------- */

/* One for each type that settings have, and more. */
#define MAX_REQUESTS 8

/**
 * struct request - one thing to be set
 * @what: its name
 * @type: IFLA_VF_*
 * @len:  size of the member of @data that is used, in bytes
 * @data: as rtnetlink takes it
 */
struct request {
	const char *what;
	u16 type;
	size_t len;
	union {
		struct ifla_vf_mac mac;
		struct ifla_vf_vlan_info vlan;
		struct ifla_vf_rate rate;
		struct ifla_vf_spoofchk spoofchk;
		struct ifla_vf_trust trust;
		struct ifla_vf_link_state link;
	} data;
};

/**
 * struct plan - what the words ask for; nothing is set before all were understood
 * @request: what to set, in order
 * @count:   how many
 */
struct plan {
	struct request request[MAX_REQUESTS];
	unsigned int count;
};

static int set_mac(struct request *r, const char *word)
{
	return parse_mac(word, r->data.mac.mac);
}

static int set_vlan(struct request *r, const char *word)
{
	return parse_number(word, 4095, &r->data.vlan.vlan);
}

static int set_qos(struct request *r, const char *word)
{
	return parse_number(word, 7, &r->data.vlan.qos);
}

static int set_proto(struct request *r, const char *word)
{
	if (!strcasecmp(word, "802.1q"))
		r->data.vlan.vlan_proto = htons(ETH_P_8021Q);
	else if (!strcasecmp(word, "802.1ad"))
		r->data.vlan.vlan_proto = htons(ETH_P_8021AD);
	else
		return fail(XLATE_USAGE, NULL, "\"%s\" is not 802.1q or 802.1ad", word);
	return 0;
}

static int set_max_rate(struct request *r, const char *word)
{
	return parse_number(word, ~0U, &r->data.rate.max_tx_rate);
}

static int set_min_rate(struct request *r, const char *word)
{
	return parse_number(word, ~0U, &r->data.rate.min_tx_rate);
}

static int set_spoofchk(struct request *r, const char *word)
{
	return parse_switch(word, &r->data.spoofchk.setting);
}

static int set_trust(struct request *r, const char *word)
{
	return parse_switch(word, &r->data.trust.setting);
}

static int set_state(struct request *r, const char *word)
{
	static const char *const states[] = { "auto", "enable", "disable" };
	u32 *state = &r->data.link.link_state;

	for (*state = 0; *state < ARRAY_SIZE(states); (*state)++)
		if (!strcmp(word, states[*state]))
			return 0;
	return fail(XLATE_USAGE, NULL, "\"%s\" is not auto, enable or disable", word);
}

/* Words with the same type make one request. */
static const struct {
	const char *name;
	u16 type;
	u16 len;
	int (*set)(struct request *r, const char *word);
} settings[] = {
	{ "mac", IFLA_VF_MAC, sizeof(struct ifla_vf_mac), set_mac },
	{ "vlan", IFLA_VF_VLAN_LIST, sizeof(struct ifla_vf_vlan_info), set_vlan },
	{ "qos", IFLA_VF_VLAN_LIST, sizeof(struct ifla_vf_vlan_info), set_qos },
	{ "proto", IFLA_VF_VLAN_LIST, sizeof(struct ifla_vf_vlan_info), set_proto },
	{ "rate", IFLA_VF_RATE, sizeof(struct ifla_vf_rate), set_max_rate },
	{ "max_rate", IFLA_VF_RATE, sizeof(struct ifla_vf_rate), set_max_rate },
	{ "min_rate", IFLA_VF_RATE, sizeof(struct ifla_vf_rate), set_min_rate },
	{ "spoofchk", IFLA_VF_SPOOFCHK, sizeof(struct ifla_vf_spoofchk), set_spoofchk },
	{ "trust", IFLA_VF_TRUST, sizeof(struct ifla_vf_trust), set_trust },
	{ "state", IFLA_VF_LINK_STATE, sizeof(struct ifla_vf_link_state), set_state },
};

/* The request of that type, a new one if there is none yet; what is not said stays. */
static struct request *request_of(struct plan *p, u16 type, u32 vf, const struct vf_facts *now)
{
	struct request *r = p->request;

	for (; r < p->request + p->count; r++)
		if (r->type == type)
			return r;
	p->count++;
	r->type = type;
	/* The number of the VF is the first member of them all. */
	r->data.mac.vf = vf;
	if (type == IFLA_VF_VLAN_LIST) {
		r->data.vlan.vlan = now->vlan;
		r->data.vlan.qos = now->qos;
		r->data.vlan.vlan_proto = htons(now->vlan_proto ? now->vlan_proto : ETH_P_8021Q);
	} else if (type == IFLA_VF_RATE) {
		r->data.rate.min_tx_rate = now->min_rate;
		r->data.rate.max_tx_rate = now->max_rate;
	}
	return r;
}

static int make_plan(struct plan *p, u32 vf, const struct vf_facts *now, int argc, char **argv)
{
	unsigned int i;
	int ret = 0;

	for (; argc && !ret; argc -= 2, argv += 2) {
		struct request *r;

		for (i = 0; i < ARRAY_SIZE(settings); i++)
			if (!strcmp(settings[i].name, argv[0]))
				break;
		if (i == ARRAY_SIZE(settings))
			return fail(XLATE_USAGE, USAGE, "no setting is called \"%s\"", argv[0]);
		if (argc < 2)
			return fail(XLATE_USAGE, USAGE, "%s: to what?", argv[0]);
		r = request_of(p, settings[i].type, vf, now);
		r->what = settings[i].name;
		r->len = settings[i].len;
		ret = settings[i].set(r, argv[1]);
	}
	return ret;
}

static const char *vf_advice(const struct function *pf, int err, char *buf, size_t size)
{
	switch (err) {
	case EOPNOTSUPP:
		snprintf(buf, size, "the driver of the PF, %s, cannot set that", pf->driver);
		return buf;
	case EPERM:
	case EACCES:
		return "only root may do that; or the PF is in another state than the driver wants";
	case EINVAL:
		return "the driver does not take this value, or has no such VF now";
	case ENETDOWN:
	case EBUSY:
		snprintf(buf, size, "the PF must be up first: ip link set %s up", pf->netdev);
		return buf;
	case ENOSPC:
		return "the card's table of filters is full";
	case EPROTONOSUPPORT:
		return "the card tags with 802.1q only";
	default:
		return "the kernel log may say why: dmesg | tail";
	}
}

static int set_vf(const struct function *pf, unsigned int vf, int argc, char **argv)
{
	char said[128], advice[192];
	struct plan plan = { 0 };
	struct request *r;
	int ret;

	if (!argc)
		return fail(XLATE_USAGE, USAGE, "what to set of VF %u?", vf);
	if (!pf->netdev[0])
		return fail(XLATE_ERROR,
			    "bind the PF's network driver, or work in the namespace of its interface",
			    "%s has no network interface here, through which its VFs are set",
			    pf->bdf);
	ret = make_plan(&plan, vf, &pf->vf[vf].facts, argc, argv);
	for (r = plan.request; !ret && r < plan.request + plan.count; r++) {
		ret = rtnl_set_vf(pf->netdev, r->type, &r->data, r->len, said);
		if (ret)
			ret = fail(XLATE_ERROR, vf_advice(pf, -ret, advice, sizeof(advice)),
				   "%s vf %u: %s: %s%s%s", pf->netdev, vf, r->what, strerror(-ret),
				   *said ? ": " : "", said);
	}
	return ret;
}

/* "count N", "autoprobe on", "vf N ..." of a PF. */
static int set_pf(const struct function *pf, int argc, char **argv)
{
	u32 vf;
	int ret;

	if (argc == 2 && !strcmp(argv[0], "count"))
		return set_count(pf, argv[1]);
	if (argc == 2 && !strcmp(argv[0], "autoprobe"))
		return set_autoprobe(pf, argv[1]);
	if (argc < 2 || strcmp(argv[0], "vf"))
		return fail(XLATE_USAGE, USAGE, "%s: say count N, autoprobe on|off, or vf N ...",
			    pf->bdf);
	ret = parse_number(argv[1], 65535, &vf);
	if (ret)
		return ret;
	if (vf >= pf->count)
		return fail(XLATE_ERROR,
			    pf->count ? "xlate vf lists them" :
					"xlate vf set PF count N carves some",
			    "%s has no VF %u, it has %u", pf->bdf, vf, pf->count);
	return set_vf(pf, vf, argc - 2, argv + 2);
}

int vf_set(int argc, char **argv)
{
	struct function *pf, *f;
	int ret, vf;
	size_t n;

	if (!argc)
		return fail(XLATE_USAGE, USAGE, "which function, and what?");
	ret = sriov_scan(&pf, &n);
	if (ret)
		return ret;
	f = sriov_find(pf, n, argv[0], &vf);
	if (!f)
		ret = fail(XLATE_ERROR, "xlate vf lists those that have or are VFs",
			   "%s is no function with virtual functions, nor one of them", argv[0]);
	else if (vf < 0)
		ret = set_pf(f, argc - 1, argv + 1);
	else
		ret = set_vf(f, vf, argc - 1, argv + 1);
	sriov_free(pf, n);
	return ret;
}

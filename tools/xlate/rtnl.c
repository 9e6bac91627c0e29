// SPDX-License-Identifier: GPL-2.0-only
/* rtnetlink, by libmnl: what a PF's driver keeps for each of its VFs. */
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sriov.h"

/* A message has room for a nest of 64 KiB, and that is as much as a PF can tell. */
#define ROOM (128 * 1024)

/**
 * struct ask - a question under way
 * @vf:	   functions to fill in
 * @count: how many
 * @said:  room for the kernel's own words about an error, 128 bytes, or NULL
 */
struct ask {
	struct function *vf;
	unsigned int count;
	char *said;
};

/* The payload as a struct, when it is long enough. */
#define PAYLOAD(attr, type)                                 \
	(mnl_attr_get_payload_len(attr) >= sizeof(type) ?   \
		 (const type *)mnl_attr_get_payload(attr) : \
		 NULL)

static int setting(const struct nlattr *a)
{
	const struct ifla_vf_trust *t = PAYLOAD(a, struct ifla_vf_trust);

	return t && t->setting <= 1 ? (int)t->setting : -1;
}

static void take_stats(const struct nlattr *nest, struct counters *c)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) {
		u64 n;

		if (mnl_attr_get_payload_len(a) < sizeof(n))
			continue;
		memcpy(&n, mnl_attr_get_payload(a), sizeof(n));
		switch (mnl_attr_get_type(a)) {
		case IFLA_VF_STATS_RX_PACKETS:
			c->rx_packets = n;
			break;
		case IFLA_VF_STATS_TX_PACKETS:
			c->tx_packets = n;
			break;
		case IFLA_VF_STATS_RX_BYTES:
			c->rx_bytes = n;
			break;
		case IFLA_VF_STATS_TX_BYTES:
			c->tx_bytes = n;
			break;
		}
	}
}

static void take_vlans(const struct nlattr *list, struct vf_facts *f)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, list) {
		const struct ifla_vf_vlan_info *v = PAYLOAD(a, struct ifla_vf_vlan_info);

		if (mnl_attr_get_type(a) == IFLA_VF_VLAN_INFO && v)
			f->vlan_proto = be16toh(v->vlan_proto);
	}
}

/* One VF. Each of its attributes names it again; the one with the address comes first. */
static void take_vf(const struct ask *ask, const struct nlattr *info)
{
	struct vf_facts *f = NULL;
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, info) {
		const struct ifla_vf_mac *mac = PAYLOAD(a, struct ifla_vf_mac);
		const struct ifla_vf_vlan *vlan = PAYLOAD(a, struct ifla_vf_vlan);
		const struct ifla_vf_rate *rate = PAYLOAD(a, struct ifla_vf_rate);
		const struct ifla_vf_link_state *link = PAYLOAD(a, struct ifla_vf_link_state);

		if (mnl_attr_get_type(a) == IFLA_VF_MAC && mac && mac->vf < ask->count) {
			f = &ask->vf[mac->vf].facts;
			memset(f, 0, sizeof(*f));
			f->known = true;
			f->spoofchk = -1;
			f->trust = -1;
			memcpy(f->mac, mac->mac, sizeof(f->mac));
			f->mac_len = 6;
		}
		if (!f)
			continue;
		switch (mnl_attr_get_type(a)) {
		case IFLA_VF_VLAN:
			f->vlan = vlan ? vlan->vlan : 0;
			f->qos = vlan ? vlan->qos : 0;
			f->vlan_proto = 0x8100;
			break;
		case IFLA_VF_VLAN_LIST:
			take_vlans(a, f);
			break;
		case IFLA_VF_RATE:
			f->min_rate = rate ? rate->min_tx_rate : 0;
			f->max_rate = rate ? rate->max_tx_rate : 0;
			break;
		case IFLA_VF_SPOOFCHK:
			f->spoofchk = setting(a);
			break;
		case IFLA_VF_TRUST:
			f->trust = setting(a);
			break;
		case IFLA_VF_LINK_STATE:
			f->link = link ? link->link_state : 0;
			break;
		case IFLA_VF_STATS:
			take_stats(a, &f->stats);
			break;
		}
	}
}

static int take_link(const struct nlmsghdr *h, void *data)
{
	const struct ask *ask = data;
	const struct nlattr *a, *info;

	if (h->nlmsg_type != RTM_NEWLINK || !ask->vf)
		return MNL_CB_OK;
	mnl_attr_for_each(a, h, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(a) != IFLA_VFINFO_LIST)
			continue;
		mnl_attr_for_each_nested(info, a)
			if (mnl_attr_get_type(info) == IFLA_VF_INFO)
				take_vf(ask, info);
	}
	return MNL_CB_STOP;
}

/* The answer to a request; also the kernel's words, which follow the error number. */
static int take_error(const struct nlmsghdr *h, void *data)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(h);
	const struct ask *ask = data;
	const struct nlattr *a;
	size_t skip;

	if (mnl_nlmsg_get_payload_len(h) < sizeof(*err))
		return MNL_CB_ERROR;
	if (!err->error)
		return MNL_CB_STOP;
	skip = sizeof(*err);
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&err->msg);
	if (ask->said && (h->nlmsg_flags & NLM_F_ACK_TLVS) && h->nlmsg_len > NLMSG_HDRLEN + skip)
		mnl_attr_for_each(a, h, skip)
			if (mnl_attr_get_type(a) == NLMSGERR_ATTR_MSG)
				snprintf(ask->said, 128, "%.*s", (int)mnl_attr_get_payload_len(a),
					 mnl_attr_get_str(a));
	errno = -err->error;
	return MNL_CB_ERROR;
}

/* Sends a request and reads the answer. Return: 0 or a negative errno. */
static int talk(struct nlmsghdr *h, struct ask *ask)
{
	static mnl_cb_t control[NLMSG_MIN_TYPE] = { [NLMSG_ERROR] = take_error };
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char *answer = xalloc(malloc(ROOM));
	unsigned int port;
	int on = 1, ret;
	ssize_t len;

	ret = -1;
	if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID))
		goto out;
	port = mnl_socket_get_portid(s);
	mnl_socket_setsockopt(s, NETLINK_EXT_ACK, &on, sizeof(on));
	h->nlmsg_seq = 1;
	if (mnl_socket_sendto(s, h, h->nlmsg_len) < 0)
		goto out;
	do {
		len = mnl_socket_recvfrom(s, answer, ROOM);
		ret = len < 0 ? -1 :
				mnl_cb_run2(answer, len, 1, port, take_link, ask, control,
					    ARRAY_SIZE(control));
	} while (ret > 0);
out:
	ret = ret < 0 ? -errno : 0;
	if (s)
		mnl_socket_close(s);
	free(answer);
	return ret;
}

/* Begins a message about an interface; NULL when there is none of that name. */
static struct nlmsghdr *about(void *buf, u16 type, u16 flags, const char *netdev)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	ifi = mnl_nlmsg_put_extra_header(h, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = if_nametoindex(netdev);
	return ifi->ifi_index ? h : NULL;
}

int rtnl_vfs(const char *netdev, struct function *vf, unsigned int count)
{
	struct ask ask = { .vf = vf, .count = count };
	char buf[MNL_NLMSG_HDRLEN + 256];
	struct nlmsghdr *h = about(buf, RTM_GETLINK, 0, netdev);

	if (!h)
		return -ENODEV;
	mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_VF);
	return talk(h, &ask);
}

int rtnl_set_vf(const char *netdev, u16 type, const void *data, size_t len, char *said)
{
	struct ask ask = { .said = said };
	char buf[MNL_NLMSG_HDRLEN + 512];
	struct nlmsghdr *h = about(buf, RTM_SETLINK, NLM_F_ACK, netdev);
	struct nlattr *list, *info, *vlans = NULL;

	said[0] = '\0';
	if (!h)
		return -ENODEV;
	list = mnl_attr_nest_start(h, IFLA_VFINFO_LIST);
	info = mnl_attr_nest_start(h, IFLA_VF_INFO);
	if (type == IFLA_VF_VLAN_LIST)
		vlans = mnl_attr_nest_start(h, IFLA_VF_VLAN_LIST);
	mnl_attr_put(h, vlans ? (u16)IFLA_VF_VLAN_INFO : type, len, data);
	if (vlans)
		mnl_attr_nest_end(h, vlans);
	mnl_attr_nest_end(h, info);
	mnl_attr_nest_end(h, list);
	return talk(h, &ask);
}

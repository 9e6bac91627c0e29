// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control queue (VIRTIO 1.3, 5.1.6.5): receive filters, queue pairs, offloads and
 * announcements; for statistics see host_devstats.c. Drivers wait for the answer by spinning,
 * perhaps with RTNL or with softirqs off: so a command is executed within the notification,
 * without sleeping.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/virtio_net.h>

#include "host.h"

#define GUEST_OFFLOADS                                                         \
	(BIT_ULL(VIRTIO_NET_F_GUEST_CSUM) | BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) | \
	 BIT_ULL(VIRTIO_NET_F_GUEST_TSO6) | BIT_ULL(VIRTIO_NET_F_GUEST_ECN))

/**
 * struct command - a command
 * @host:  pair
 * @plug:  the queue's device, also while that is unplugged: its driver has commands then, too
 * @data:  what follows class and command
 * @len:   bytes of it
 * @cut:   there were more
 * @reply: gets the answer, the status byte aside
 * @room:  bytes that fit there
 * @replied: bytes that are there
 */
struct command {
	struct vnic_host *host;
	struct vnic_plug *plug;
	const u8 *data;
	size_t len;
	bool cut;
	u8 *reply;
	size_t room;
	size_t replied;
};

void vnic_filter_reset(struct vnic_host *host)
{
	spin_lock_bh(&host->lock);
	memset(&host->filter, 0, sizeof(host->filter));
	memcpy(host->filter.mac, host->guest_mac, ETH_ALEN);
	/* Everything, until the driver says what it wants. */
	host->filter.promisc = true;
	bitmap_fill(host->filter.vlans, 4096);
	spin_unlock_bh(&host->lock);
}

static bool in_table(const u8 (*macs)[ETH_ALEN], u32 n, const u8 *mac)
{
	while (n--)
		if (ether_addr_equal_unaligned(macs[n], mac))
			return true;
	return false;
}

static bool filter_wants(const struct vnic_filter *f, const u8 *mac)
{
	if (f->promisc)
		return true;
	if (is_broadcast_ether_addr(mac))
		return !f->nobcast;
	if (is_multicast_ether_addr(mac))
		return !f->nomulti && (f->allmulti || f->many_multicasts ||
				       in_table(f->macs + f->unicasts, f->multicasts, mac));
	return !f->nouni &&
	       (f->alluni || f->many_unicasts || ether_addr_equal_unaligned(mac, f->mac) ||
		in_table(f->macs, f->unicasts, mac));
}

bool vnic_filter_wants(struct vnic_host *host, const struct sk_buff *skb)
{
	const struct vlan_ethhdr *eth = (const void *)skb->data;
	const struct vnic_filter *f = &host->filter;
	bool wants;

	if (skb_headlen(skb) < ETH_HLEN)
		return true;
	spin_lock(&host->lock);
	wants = filter_wants(f, eth->h_dest);
	if (wants && !f->promisc && eth->h_vlan_proto == htons(ETH_P_8021Q) &&
	    skb_headlen(skb) >= VLAN_ETH_HLEN)
		wants = test_bit(ntohs(eth->h_vlan_TCI) & VLAN_VID_MASK, f->vlans);
	spin_unlock(&host->lock);
	return wants;
}

/* -- commands: each returns whether it was executed -------------------------------- */

/* Whoever reads the configuration just now reads it again (2.5). */
static void config_changes(struct command *c)
{
	c->plug->generation++;
}

static bool ctrl_rx(struct command *c, u8 cmd)
{
	struct vnic_filter *f = &c->host->filter;
	bool *const modes[] = {
		[VIRTIO_NET_CTRL_RX_PROMISC] = &f->promisc,
		[VIRTIO_NET_CTRL_RX_ALLMULTI] = &f->allmulti,
		[VIRTIO_NET_CTRL_RX_ALLUNI] = &f->alluni,
		[VIRTIO_NET_CTRL_RX_NOMULTI] = &f->nomulti,
		[VIRTIO_NET_CTRL_RX_NOUNI] = &f->nouni,
		[VIRTIO_NET_CTRL_RX_NOBCAST] = &f->nobcast,
	};

	if (cmd >= ARRAY_SIZE(modes) || c->len != 1)
		return false;
	*modes[cmd] = c->data[0];
	return true;
}

/* One table: a count, and so many addresses. Return: the rest of the data, or NULL. */
static const u8 *take_macs(const u8 *data, size_t *len, u32 *count, const u8 **macs)
{
	if (*len < sizeof(__le32))
		return NULL;
	*count = get_unaligned_le32(data);
	*len -= sizeof(__le32);
	*macs = data + sizeof(__le32);
	if (*count > *len / ETH_ALEN)
		return NULL;
	*len -= *count * ETH_ALEN;
	return *macs + *count * ETH_ALEN;
}

static bool ctrl_mac(struct command *c, u8 cmd)
{
	struct vnic_filter *f = &c->host->filter;
	const u8 *data = c->data, *uc, *mc;
	size_t len = c->len;
	u32 n, m;

	switch (cmd) {
	case VIRTIO_NET_CTRL_MAC_ADDR_SET:
		if (len != ETH_ALEN || !is_valid_ether_addr(data))
			return false;
		memcpy(f->mac, data, ETH_ALEN);
		config_changes(c);
		return true;
	case VIRTIO_NET_CTRL_MAC_TABLE_SET:
		/* So many addresses stand for all. */
		if (c->cut) {
			f->many_unicasts = true;
			f->many_multicasts = true;
			f->unicasts = 0;
			f->multicasts = 0;
			return true;
		}
		data = take_macs(data, &len, &n, &uc);
		if (!data || !take_macs(data, &len, &m, &mc) || len)
			return false;
		/* And so does a table that does not fit. */
		f->many_unicasts = n > VNIC_HOST_FILTER_MACS;
		if (f->many_unicasts)
			n = 0;
		f->many_multicasts = m > VNIC_HOST_FILTER_MACS - n;
		if (f->many_multicasts)
			m = 0;
		f->unicasts = n;
		f->multicasts = m;
		memcpy(f->macs, uc, n * ETH_ALEN);
		memcpy(f->macs + n, mc, m * ETH_ALEN);
		return true;
	default:
		return false;
	}
}

static bool ctrl_vlan(struct command *c, u8 cmd)
{
	struct vnic_filter *f = &c->host->filter;
	u16 vid;

	if (c->len != sizeof(__le16))
		return false;
	vid = get_unaligned_le16(c->data);
	if (vid >= 4096)
		return false;
	switch (cmd) {
	case VIRTIO_NET_CTRL_VLAN_ADD:
		__set_bit(vid, f->vlans);
		return true;
	case VIRTIO_NET_CTRL_VLAN_DEL:
		__clear_bit(vid, f->vlans);
		return true;
	default:
		return false;
	}
}

static bool ctrl_announce(struct command *c, u8 cmd)
{
	if (cmd != VIRTIO_NET_CTRL_ANNOUNCE_ACK || c->len)
		return false;
	c->plug->announce = false;
	config_changes(c);
	return true;
}

static bool ctrl_mq(struct command *c, u8 cmd)
{
	u16 pairs;

	if (cmd != VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET || c->len != sizeof(__le16))
		return false;
	pairs = get_unaligned_le16(c->data);
	if (!pairs || pairs > c->plug->setup.pairs)
		return false;
	WRITE_ONCE(c->host->active, pairs);
	return true;
}

/* Of the features that were negotiated, those of the guest's side can be had or not. */
static bool ctrl_offloads(struct command *c, u8 cmd)
{
	u64 set, all = c->plug->vdev.features & GUEST_OFFLOADS;

	if (cmd != VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET || c->len != sizeof(__le64))
		return false;
	set = get_unaligned_le64(c->data);
	if (set & ~all)
		return false;
	WRITE_ONCE(c->host->acked, (c->host->acked & ~GUEST_OFFLOADS) | set);
	return true;
}

static bool ctrl_stats(struct command *c, u8 cmd)
{
	int ret;

	switch (cmd) {
	case VNIC_NET_CTRL_STATS_QUERY:
		if (c->len || c->room < sizeof(__le64))
			return false;
		put_unaligned_le64(vnic_devstats_types(), c->reply);
		c->replied = sizeof(__le64);
		return true;
	case VNIC_NET_CTRL_STATS_GET:
		if (c->len % sizeof(struct vnic_net_stats_req))
			return false;
		ret = vnic_devstats_get(c->host, (const void *)c->data,
					c->len / sizeof(struct vnic_net_stats_req), c->reply,
					c->room, &c->replied);
		/* A driver that has little room gets what fits, but all for which it has room. */
		return !ret || (ret == -ENOSPC && c->room < VNIC_HOST_REPLY_MAX);
	default:
		return false;
	}
}

static bool execute(struct command *c, u8 class, u8 cmd)
{
	struct vnic_host *host = c->host;
	unsigned int i;
	bool ok = false;

	/* Of all commands only a table of addresses need not be read to its end. */
	if (c->cut && (class != VIRTIO_NET_CTRL_MAC || cmd != VIRTIO_NET_CTRL_MAC_TABLE_SET))
		return false;
	/* It takes locks of its own. */
	if (class == VNIC_NET_CTRL_STATS)
		return vnic_acked(host, VNIC_NET_F_DEVICE_STATS) && ctrl_stats(c, cmd);

	spin_lock(&host->lock);
	switch (class) {
	case VIRTIO_NET_CTRL_RX:
		ok = vnic_acked(host, cmd <= VIRTIO_NET_CTRL_RX_ALLMULTI ?
					      VIRTIO_NET_F_CTRL_RX :
					      VIRTIO_NET_F_CTRL_RX_EXTRA) &&
		     ctrl_rx(c, cmd);
		break;
	case VIRTIO_NET_CTRL_MAC:
		ok = vnic_acked(host, cmd == VIRTIO_NET_CTRL_MAC_ADDR_SET ?
					      VIRTIO_NET_F_CTRL_MAC_ADDR :
					      VIRTIO_NET_F_CTRL_RX) &&
		     ctrl_mac(c, cmd);
		break;
	case VIRTIO_NET_CTRL_VLAN:
		ok = vnic_acked(host, VIRTIO_NET_F_CTRL_VLAN) && ctrl_vlan(c, cmd);
		break;
	case VIRTIO_NET_CTRL_ANNOUNCE:
		ok = vnic_acked(host, VIRTIO_NET_F_GUEST_ANNOUNCE) && ctrl_announce(c, cmd);
		break;
	case VIRTIO_NET_CTRL_MQ:
		ok = vnic_acked(host, VIRTIO_NET_F_MQ) && ctrl_mq(c, cmd);
		break;
	case VIRTIO_NET_CTRL_GUEST_OFFLOADS:
		ok = vnic_acked(host, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) && ctrl_offloads(c, cmd);
		break;
	}
	spin_unlock(&host->lock);
	/* Of receive queues that the driver gives up, none is touched once it has the answer. */
	if (ok && class == VIRTIO_NET_CTRL_MQ)
		for (i = READ_ONCE(host->active); i < host->max_pairs; i++)
			vnic_host_drop_pending(&host->pairs[i], true);
	/* The netdev follows. */
	if (ok && (class == VIRTIO_NET_CTRL_MQ || class == VIRTIO_NET_CTRL_GUEST_OFFLOADS))
		vnic_host_queue_work(host);
	return ok;
}

/* Return: bytes written, or a negative errno when the queue is broken. */
static int ctrl_chain(struct vnic_queue *q, struct devq_chain *chain)
{
	struct vnic_cursor in = vnic_cursor(chain->sg + chain->outs, chain->ins);
	struct vnic_cursor out = vnic_cursor(chain->sg, chain->outs);
	struct vnic_cursor answer = in;
	struct vnic_host *host = q->host;
	struct command c = { .host = host, .plug = q->plug };
	u8 status = VIRTIO_NET_ERR;
	u8 *buf = q->command;
	size_t len;
	int ret;

	if (chain->out_len < sizeof(struct virtio_net_ctrl_hdr) || !chain->in_len) {
		devq_break(&q->devq, VIRTQ_UPPER, chain->out_len, chain->in_len);
		return -EIO;
	}
	host->commands++;
	len = min_t(u64, chain->out_len, VNIC_HOST_COMMAND_MAX);
	ret = vnic_mem_read(q, &out, buf, len);
	if (ret == -EFAULT)
		return ret;
	c.data = buf + sizeof(struct virtio_net_ctrl_hdr);
	c.len = len - sizeof(struct virtio_net_ctrl_hdr);
	c.cut = len < chain->out_len;
	c.reply = buf + VNIC_HOST_COMMAND_MAX;
	c.room = min_t(u64, chain->in_len - 1, VNIC_HOST_REPLY_MAX);
	if (!ret && execute(&c, buf[0], buf[1])) {
		status = VIRTIO_NET_OK;
		host->commands_ok++;
	} else {
		c.replied = 0;
	}
	/* The answer follows the status, but is there before: drivers read it when that is "ok". */
	vnic_mem_skip(&answer, sizeof(status));
	ret = vnic_mem_write(q, &answer, c.reply, c.replied);
	if (!ret)
		ret = vnic_mem_write(q, &in, &status, sizeof(status));
	return ret ?: sizeof(status) + c.replied;
}

/* Return: how many commands there were. */
static unsigned int ctrl_chains(struct vnic_queue *q)
{
	struct devq_chain *chain = q->chains;
	unsigned int n;
	int ret;

	chain->sg = q->sg;
	chain->max = q->devq.num;
	for (n = 0; n < q->devq.num && devq_fetch(&q->devq, chain) > 0; n++) {
		q->have = 1;
		ret = ctrl_chain(q, chain);
		if (ret < 0)
			break;
		devq_push(&q->devq, chain->id, ret);
		q->have = 0;
		q->flush = true;
	}
	return n;
}

void vnic_ctrl_kick(struct vnic_queue *q)
{
	unsigned int n = 0, looks = 0;

	local_bh_disable();
	spin_lock(&q->lock);
	if (!vnic_queue_ok(q)) {
		spin_unlock(&q->lock);
		goto out;
	}
	q->devq.counters.polls++;
	q->devq.now = jiffies;
	/* What came before we asked for a kick brings none: once more. */
	do
		n += ctrl_chains(q);
	while (!devq_enable_kick(&q->devq) && looks++ < q->devq.num);
	virtq_batch(q->devq.counters.reaped, n);
	if (q->flush)
		vnic_queue_flush(q);
	vnic_queue_unlock(q);
out:
	local_bh_enable();
}

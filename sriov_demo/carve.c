// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: the carved card as a whole, and the order in which its events are served. */
#include "carve.h"

void carve_note(struct carve_vf *v, u64 now, enum carve_event event, enum carve_verdict verdict,
		const u32 *word, unsigned int words)
{
	struct carve_trace *t;
	unsigned int i;

	v->trace_seq++;
	t = &v->trace[v->trace_seq % CARVE_TRACE];
	t->when = now;
	t->seq = v->trace_seq;
	t->event = event;
	t->verdict = verdict;
	for (i = 0; i < ARRAY_SIZE(t->word); i++)
		t->word[i] = i < words ? word[i] : 0;
}

void carve_enter(struct carve *c, unsigned int vf, enum carve_state state, enum carve_reason reason,
		 u64 now)
{
	struct carve_vf *v = &c->vf[vf];
	u32 word[2] = { state, reason };

	v->state = state;
	v->reason = reason;
	v->since = now;
	carve_note(v, now, CARVE_EV_STATE, CARVE_OK, word, 2);
}

void carve_init(struct carve *c, const struct e82576_io_ops *ops, void *ctx, const u8 *mac)
{
	unsigned int i;

	memset(c, 0, sizeof(*c));
	c->io.ops = ops;
	c->io.ctx = ctx;
	c->pf_frame = CARVE_STD_FRAME;
	for (i = 0; i < E82576_RARS; i++)
		c->rar[i].owner = CARVE_NOBODY;
	memcpy(c->rar[0].mac, mac, CARVE_MAC_LEN);
	c->rar[0].owner = CARVE_PF;
}

void carve_set_vfs(struct carve *c, unsigned int count, enum carve_reason reason, u64 now)
{
	unsigned int i;

	if (count > E82576_MAX_VFS)
		count = E82576_MAX_VFS;
	c->num_vfs = count;
	/*
	 * Shares. Entry 0 of either table is spoken for, and so are the VFs' first addresses.
	 * What does not divide is the PF's, and so are at least two addresses, three VLANs.
	 */
	c->mac_share = count ? (E82576_RARS - 1 - 2 - count) / count : 0;
	c->vlan_share = count ? (E82576_VLVFS - 1 - 3) / count : 0;

	/* The PF's further addresses and VLANs may not fit as they did. */
	for (i = 1; i < E82576_RARS; i++)
		c->rar[i].owner = CARVE_NOBODY;
	c->pf_macs = 0;
	memset(c->vlvf, 0, sizeof(c->vlvf));
	if (count)
		for (i = 1; i < 4096; i++)
			if (c->pf_vlan[i / 32] & BIT(i % 32))
				carve_join(c, CARVE_PF, i);

	memset(c->vf, 0, sizeof(c->vf));
	for (i = 0; i < E82576_MAX_VFS; i++) {
		c->vf[i].spoofchk = true;
		c->vf[i].queues = 1;
		if (i < count)
			carve_enter(c, i, CARVE_RESET, reason, now);
	}
}

void carve_quiesce(struct carve *c, u64 now)
{
	static const u32 word = MBX_PF_CONTROL;
	unsigned int i;

	for (i = 0; i < c->num_vfs; i++) {
		struct carve_vf *v = &c->vf[i];

		if (v->state != CARVE_READY)
			continue;
		v->events.revoked++;
		carve_forget(c, i);
		carve_enter(c, i, CARVE_REVOKED, CARVE_BY_PF_RESET, now);
		if (carve_lock(c, i))
			carve_send(c, i, CARVE_EV_CONTROL, CARVE_OK, &word, 1, now);
	}
	carve_poll(c);
	c->counting = false;
	e82576_write(&c->io, E82576_VFRE, 0);
	e82576_write(&c->io, E82576_VFTE, 0);
}

void carve_program(struct carve *c, u64 now)
{
	struct e82576_io *io = &c->io;
	bool iov = c->num_vfs;
	unsigned int i;

	e82576_write(io, E82576_VT_CTL,
		     iov ? FIELD_PREP(E82576_VT_CTL_DEF_PL, CARVE_PF) | E82576_VT_CTL_REPLICATION :
			   0);
	e82576_write(io, E82576_RPLOLR, e82576_read(io, E82576_RPLOLR) | E82576_RPLOLR_STRVLAN);
	e82576_write(io, E82576_DTXCTL, e82576_read(io, E82576_DTXCTL) | E82576_DTXCTL_VLAN_ADDED);
	/* A VF that offers no descriptors must not stop the frames of all others. */
	e82576_write(io, E82576_QDE, iov ? 0xffff : 0);
	e82576_write(io, E82576_IOVCTL, iov ? 0 : E82576_IOVCTL_REUSE_VFQ);
	e82576_write(io, E82576_MBVFIMR, 0xff);
	/* What happened before the reset is of no interest any more. */
	e82576_write(io, E82576_MBVFICR, 0x00ff00ff);
	e82576_write(io, E82576_VFLRE, 0xff);

	for (i = 0; i < c->num_vfs; i++) {
		struct carve_vf *v = &c->vf[i];

		if (v->state == CARVE_READY)
			carve_enter(c, i, CARVE_REVOKED, CARVE_BY_PF_RESET, now);
		carve_forget(c, i);
		carve_scrub(c, i);
		carve_scrub_mailbox(c, i);
		carve_rebase(c, i);
		v->sent_at = 0;
		v->retry_at = 0;
		v->tries = 0;
		v->ping = v->state == CARVE_REVOKED;
	}
	c->counting = true;
	c->dtxswc = iov ? E82576_DTXSWC_LOOPBACK_EN : 0;
	e82576_write(io, E82576_DTXSWC, c->dtxswc);
	carve_apply_filters(c);
	for (i = 0; i < c->num_vfs; i++) {
		carve_apply_vf(c, i);
		carve_apply_rate(c, i);
	}
	carve_apply_pools(c);
	e82576_write(io, E82576_CTRL_EXT,
		     e82576_read(io, E82576_CTRL_EXT) | E82576_CTRL_EXT_PFRSTD);
}

/* Events are paid for: each pushes @tat further into the future, which may go so far only. */
static bool carve_pay(struct carve_vf *v, u64 now)
{
	if (v->tat > now + CARVE_EVENT_BURST * CARVE_EVENT_EVERY)
		return false;
	v->tat = (v->tat > now ? v->tat : now) + CARVE_EVENT_EVERY;
	return true;
}

/* The function was reset, by whomever. */
static void carve_flr(struct carve *c, unsigned int vf, u64 now)
{
	struct carve_vf *v = &c->vf[vf];

	v->events.flrs++;
	carve_note(v, now, CARVE_EV_FLR, CARVE_OK, NULL, 0);
	carve_rebase(c, vf);
	carve_forget(c, vf);
	/* Who owns it now need not be who chose another one. */
	memcpy(v->mac, v->admin_mac, sizeof(v->mac));
	carve_scrub(c, vf);
	carve_scrub_mailbox(c, vf);
	v->nack_at = 0;
	v->sent_at = 0;
	v->ping = false;
	v->tries = 0;
	carve_enter(c, vf, CARVE_RESET, CARVE_BY_FLR, now);
	carve_apply_vf(c, vf);
	carve_apply_pools(c);
}

/* The mailbox of a VF that asks; it may hold on to it. Return: when to try again, or 0. */
static u64 carve_request(struct carve *c, unsigned int vf, u64 now)
{
	struct carve_vf *v = &c->vf[vf];

	if (carve_lock(c, vf)) {
		v->tries = 0;
		e82576_write(&c->io, E82576_MBVFICR, E82576_MBVFICR_VFREQ(vf));
		carve_message(c, vf, now);
		return 0;
	}
	v->events.busy++;
	if (!v->tries)
		carve_note(v, now, CARVE_EV_BUSY, CARVE_OK, NULL, 0);
	if (++v->tries < CARVE_BUSY_TRIES)
		return now + CARVE_BUSY_RETRY;
	/* Its own loss. */
	v->tries = 0;
	v->events.dropped++;
	e82576_write(&c->io, E82576_MBVFICR, E82576_MBVFICR_VFREQ(vf));
	carve_revoke(c, vf, CARVE_BY_MAILBOX, now);
	return 0;
}

/* Send what waits to be sent. Return: when to try again, or 0. */
static u64 carve_ping(struct carve *c, unsigned int vf, u64 now)
{
	struct carve_vf *v = &c->vf[vf];
	u32 word = MBX_NACK;

	if (v->state == CARVE_READY) {
		word = MBX_PF_CONTROL;
		if (v->link != CARVE_LINK_DISABLE)
			word |= MBX_CTS;
		if (v->link == CARVE_LINK_ENABLE)
			word |= FIELD_PREP(MBX_INFO, MBX_CONTROL_LINK_UP);
	} else if (v->state != CARVE_REVOKED) {
		/* There is no driver that would care. */
		v->ping = false;
		return 0;
	}
	if (!carve_may_send(v, now))
		return v->sent_at + CARVE_READ_WITHIN;
	if (!carve_lock(c, vf)) {
		v->events.busy++;
		if (++v->tries < CARVE_BUSY_TRIES)
			return now + CARVE_BUSY_RETRY;
		v->tries = 0;
		v->ping = false;
		return 0;
	}
	v->tries = 0;
	/* It has asked for something since we looked: that must not be overwritten. */
	if (e82576_read(&c->io, E82576_MBVFICR) & E82576_MBVFICR_VFREQ(vf)) {
		e82576_write(&c->io, E82576_P2VMAILBOX(vf), 0);
		return now;
	}
	v->ping = false;
	if (word == MBX_NACK)
		v->nack_at = now;
	carve_send(c, vf, CARVE_EV_CONTROL, CARVE_OK, &word, 1, now);
	return 0;
}

/* The VF has read what we sent. */
static void carve_read(struct carve *c, unsigned int vf, u64 now)
{
	struct carve_vf *v = &c->vf[vf];

	e82576_write(&c->io, E82576_MBVFICR, E82576_MBVFICR_VFACK(vf));
	v->events.reads++;
	v->sent_at = 0;
	/*
	 * It listens. If it is not set up, tell it, now and then. If it must believe that its
	 * link is down, what it last reads should not be a refusal, which is another thing.
	 */
	if (v->state == CARVE_REVOKED)
		v->ping |= !v->nack_at || now - v->nack_at >= CARVE_NACK_EVERY;
	else if (v->state == CARVE_READY && v->link == CARVE_LINK_DISABLE)
		v->ping |= !!(v->last_sent & MBX_NACK);
}

static u64 carve_serve(struct carve *c, unsigned int vf, u32 icr, u32 flr, u64 now)
{
	struct carve_vf *v = &c->vf[vf];
	bool asks = icr & E82576_MBVFICR_VFREQ(vf), reads = icr & E82576_MBVFICR_VFACK(vf);
	/* To have read what was not sent is an event that is paid for, like any other. */
	bool idle = reads && !v->sent_at;
	u64 again = 0;

	/* Not sooner because somebody else has something to say. */
	if (v->tries && now < v->retry_at && !(flr & BIT(vf)))
		return v->retry_at;
	if ((asks || idle || flr & BIT(vf)) && !v->tries) {
		if (!carve_pay(v, now)) {
			if (!v->stormy) {
				v->stormy = true;
				v->events.storms++;
				carve_note(v, now, CARVE_EV_STORM, CARVE_OK, NULL, 0);
				e82576_write(&c->io, E82576_MBVFIMR,
					     e82576_read(&c->io, E82576_MBVFIMR) & ~BIT(vf));
			}
			return v->tat - CARVE_EVENT_BURST * CARVE_EVENT_EVERY;
		}
		if (v->stormy) {
			v->stormy = false;
			e82576_write(&c->io, E82576_MBVFIMR,
				     e82576_read(&c->io, E82576_MBVFIMR) | BIT(vf));
		}
	}
	if (reads)
		carve_read(c, vf, now);
	if (flr & BIT(vf)) {
		e82576_write(&c->io, E82576_VFLRE, BIT(vf));
		carve_flr(c, vf, now);
	}
	if (asks)
		again = carve_request(c, vf, now);
	if (v->ping && !again)
		again = carve_ping(c, vf, now);
	return again;
}

u64 carve_service(struct carve *c, u64 now)
{
	u32 mask = BIT(c->num_vfs) - 1, icr, flr;
	u64 next = 0;
	unsigned int i;

	/*
	 * In this order: a VF is reset and then asks. So when a request is seen, the reset that
	 * came before it is seen, too, and not taken for one that came after it.
	 */
	icr = e82576_read(&c->io, E82576_MBVFICR);
	flr = e82576_read(&c->io, E82576_VFLRE);
	if (c->io.gone)
		return 0;

	/* Of VFs that do not exist: nothing to do, but it must not stay. */
	if (flr & ~mask & 0xff)
		e82576_write(&c->io, E82576_VFLRE, flr & ~mask & 0xff);
	if (icr & ~(mask | mask << 16) & 0x00ff00ff)
		e82576_write(&c->io, E82576_MBVFICR, icr & ~(mask | mask << 16) & 0x00ff00ff);

	for (i = 0; i < c->num_vfs; i++) {
		u64 again = carve_serve(c, i, icr, flr, now);

		c->vf[i].retry_at = again;
		if (again && (!next || again < next))
			next = again;
	}
	return next;
}

u64 carve_link(struct carve *c, bool up, unsigned int speed, u64 now)
{
	unsigned int i;

	c->link_up = up;
	c->speed = up ? speed : 0;
	for (i = 0; i < c->num_vfs; i++) {
		/* The limits are fractions of the link's speed. */
		carve_apply_rate(c, i);
		c->vf[i].ping = true;
	}
	return c->num_vfs ? carve_service(c, now) : 0;
}

void carve_was_reset(struct carve *c)
{
	unsigned int i;

	c->io.gone = false;
	for (i = 0; i < c->num_vfs; i++)
		carve_rebase(c, i);
}

void carve_poll(struct carve *c)
{
	static const u32 reg[CARVE_COUNTERS] = {
		E82576_PVFGPRC(0), E82576_PVFGORC(0), E82576_PVFGPTC(0),
		E82576_PVFGOTC(0), E82576_PVFMPRC(0),
	};
	unsigned int i, n;

	if (!c->counting)
		return;
	for (i = 0; i < c->num_vfs; i++) {
		struct carve_vf *v = &c->vf[i];
		u64 *total[CARVE_COUNTERS] = {
			&v->total.rx_packets, &v->total.rx_bytes,     &v->total.tx_packets,
			&v->total.tx_bytes,   &v->total.rx_multicast,
		};

		for (n = 0; n < CARVE_COUNTERS; n++) {
			u32 value = e82576_read(&c->io, reg[n] + 0x100 * i);

			if (c->io.gone)
				return;
			*total[n] += (u32)(value - v->last[n]);
			v->last[n] = value;
		}
	}
}

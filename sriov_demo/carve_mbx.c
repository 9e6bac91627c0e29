// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pure core: what a VF asks for by its mailbox. The words of a message lie in memory that
 * the VF can write at any time: each is read once, and judged as it was read.
 */
#include "carve.h"

/* A message of ours lies there until it was read, or for a while. */
bool carve_may_send(struct carve_vf *v, u64 now)
{
	return !v->sent_at || now - v->sent_at >= CARVE_READ_WITHIN;
}

/* Take the buffer. A VF has it for as long as it takes to write 16 words; it may cheat. */
bool carve_lock(struct carve *c, unsigned int vf)
{
	unsigned int i;

	for (i = 0; i < 3 && !c->io.gone; i++) {
		e82576_write(&c->io, E82576_P2VMAILBOX(vf), E82576_P2VMAILBOX_PFU);
		if (e82576_read(&c->io, E82576_P2VMAILBOX(vf)) & E82576_P2VMAILBOX_PFU)
			return !c->io.gone;
	}
	return false;
}

/* Fill the buffer, tell the VF, let go of the buffer. */
void carve_send(struct carve *c, unsigned int vf, enum carve_event event,
		enum carve_verdict verdict, const u32 *word, unsigned int words, u64 now)
{
	struct carve_vf *v = &c->vf[vf];
	unsigned int i;

	for (i = 0; i < words; i++)
		e82576_write(&c->io, E82576_VMBMEM(vf) + 4 * i, word[i]);
	e82576_write(&c->io, E82576_P2VMAILBOX(vf), E82576_P2VMAILBOX_STS);
	v->sent_at = now;
	v->last_sent = word[0];
	if (event == CARVE_EV_CONTROL)
		v->events.controls++;
	carve_note(v, now, event, verdict, word, words);
}

static void carve_read_words(struct carve *c, unsigned int vf, u32 *word, unsigned int from,
			     unsigned int to)
{
	for (; from < to; from++)
		word[from] = e82576_read(&c->io, E82576_VMBMEM(vf) + 4 * from);
}

/* The buffer is ours: nobody reads on in it what was not said to him. */
static void carve_clear_words(struct carve *c, unsigned int vf, unsigned int from)
{
	for (; from < E82576_MBX_WORDS; from++)
		e82576_write(&c->io, E82576_VMBMEM(vf) + 4 * from, 0);
}

/* RESET: all that the VF had asked for is gone; it may speak and move frames. */
static void carve_do_reset(struct carve *c, unsigned int vf, u64 now)
{
	struct carve_vf *v = &c->vf[vf];
	u32 word[3] = { MBX_VF_RESET | MBX_NACK };

	v->events.resets++;
	carve_forget(c, vf);
	carve_scrub(c, vf);
	v->nack_at = 0;
	v->ping = false;
	/* The answer takes the first three words. */
	carve_clear_words(c, vf, 3);
	carve_enter(c, vf, CARVE_READY, CARVE_BY_DRIVER, now);
	carve_apply_vf(c, vf);
	carve_apply_rate(c, vf);
	carve_apply_pools(c);
	if (!carve_zero_mac(v->mac)) {
		word[0] = MBX_VF_RESET | MBX_ACK;
		mbx_put_mac(&word[1], v->mac);
	}
	v->events.acked++;
	carve_send(c, vf, CARVE_EV_REPLY, CARVE_OK, word, 3, now);
}

static enum carve_verdict carve_do_mac(struct carve *c, unsigned int vf, const u32 *word)
{
	u8 mac[CARVE_MAC_LEN];

	mbx_get_mac(&word[1], mac);
	switch (FIELD_GET(MBX_INFO, word[0])) {
	case MBX_MAC_FIRST:
		return carve_vf_mac(c, vf, mac);
	case MBX_MAC_CLEAR:
		carve_vf_clear_macs(c, vf);
		return CARVE_OK;
	case MBX_MAC_ADD:
		return carve_vf_add_mac(c, vf, mac);
	default:
		return CARVE_BAD_INFO;
	}
}

static enum carve_verdict carve_do_multicast(struct carve *c, unsigned int vf, u32 *word)
{
	unsigned int count = FIELD_GET(MBX_INFO, word[0]), i;
	struct carve_vf *v = &c->vf[vf];
	u16 hash[MBX_MAX_HASHES];
	bool more = count > MBX_MAX_HASHES;

	if (more)
		count = MBX_MAX_HASHES;
	carve_read_words(c, vf, word, 1, 1 + (count + 1) / 2);
	for (i = 0; i < count; i++) {
		hash[i] = word[1 + i / 2] >> (i % 2 * 16);
		if (hash[i] & ~0xfff)
			return CARVE_BAD_HASH;
	}
	memcpy(v->hash, hash, count * sizeof(hash[0]));
	v->hashes = count;
	/* One that has more of them would need all frames, which is a matter of trust. */
	if (more && v->trusted)
		v->all_multi = true;
	carve_apply_multicast(c);
	carve_apply_vmolr(c, vf);
	return CARVE_OK;
}

static enum carve_verdict carve_do_vlan(struct carve *c, unsigned int vf, const u32 *word)
{
	enum carve_verdict verdict;

	if (word[1] > 4094)
		return CARVE_BAD_VLAN;
	verdict = carve_vf_vlan(c, vf, word[1], FIELD_GET(MBX_INFO, word[0]));
	carve_apply_vmolr(c, vf);
	return verdict;
}

static enum carve_verdict carve_do_length(struct carve *c, unsigned int vf, const u32 *word)
{
	/*
	 * The register keeps the length beside flags such as "accept untagged frames", which a
	 * larger number would set.
	 */
	if (word[1] < CARVE_MIN_FRAME || word[1] > E82576_MAX_FRAME)
		return CARVE_BAD_LENGTH;
	c->vf[vf].max_frame = word[1];
	carve_apply_vmolr(c, vf);
	return CARVE_OK;
}

static enum carve_verdict carve_do_promisc(struct carve *c, unsigned int vf, const u32 *word)
{
	unsigned int info = FIELD_GET(MBX_INFO, word[0]);
	struct carve_vf *v = &c->vf[vf];

	if (info & ~(MBX_PROMISC_UNICAST | MBX_PROMISC_MULTICAST))
		return CARVE_BAD_INFO;
	if (info & MBX_PROMISC_UNICAST)
		return CARVE_IMPOSSIBLE;
	if (info && !v->trusted)
		return CARVE_NOT_TRUSTED;
	v->all_multi = info;
	carve_apply_vmolr(c, vf);
	return CARVE_OK;
}

/* Word 1: queue pairs, and in its second byte the VF's vector for the second pair. */
static enum carve_verdict carve_do_rss(struct carve *c, unsigned int vf, const u32 *word)
{
	unsigned int queues = word[1] & 0xff, vector = word[1] >> 8;
	struct carve_vf *v = &c->vf[vf];
	u32 ivar = 0;

	if (queues < 1 || queues > 2 || vector >= E82576_VF_VECTORS)
		return CARVE_BAD_INFO;
	v->queues = queues;
	if (queues == 2) {
		/*
		 * The VF has said so in VTIVAR, too. QEMU's model looks at the first pair only
		 * there (hw/net/igb_core.c, igb_set_vtivar()), but takes it from IVAR.
		 */
		ivar = E82576_IVAR_VALID | (22 - E82576_VF_VECTORS * vf + vector);
		ivar = ivar << 16 | ivar << 24;
	}
	ivar |= e82576_read(&c->io, E82576_IVAR(vf)) & 0xffff;
	e82576_write(&c->io, E82576_IVAR(vf), ivar);
	carve_apply_vmolr(c, vf);
	carve_apply_rate(c, vf);
	return CARVE_OK;
}

static enum carve_verdict carve_do(struct carve *c, unsigned int vf, u32 *word, u64 now)
{
	struct carve_vf *v = &c->vf[vf];
	unsigned int words = 1;

	if (v->state != CARVE_READY) {
		if (v->nack_at && now - v->nack_at < CARVE_NACK_EVERY)
			return CARVE_THROTTLED;
		v->nack_at = now;
		return CARVE_NOT_READY;
	}

	switch (FIELD_GET(MBX_TYPE, word[0])) {
	case MBX_VF_MAC:
		words = 3;
		break;
	case MBX_VF_VLAN:
	case MBX_VF_LPE:
	case MBX_VF_RSS:
		words = 2;
		break;
	}
	carve_read_words(c, vf, word, 1, words);

	switch (FIELD_GET(MBX_TYPE, word[0])) {
	case MBX_VF_RESET:
		/* With information, which makes it something else. */
		return CARVE_BAD_INFO;
	case MBX_VF_MAC:
		return carve_do_mac(c, vf, word);
	case MBX_VF_MULTICAST:
		return carve_do_multicast(c, vf, word);
	case MBX_VF_VLAN:
		return carve_do_vlan(c, vf, word);
	case MBX_VF_LPE:
		return carve_do_length(c, vf, word);
	case MBX_VF_PROMISC:
		return carve_do_promisc(c, vf, word);
	case MBX_VF_RSS:
		return carve_do_rss(c, vf, word);
	default:
		return CARVE_UNKNOWN;
	}
}

/* A VF has sent a message; we hold the buffer. */
void carve_message(struct carve *c, unsigned int vf, u64 now)
{
	struct carve_vf *v = &c->vf[vf];
	u32 word[E82576_MBX_WORDS] = { 0 };
	enum carve_verdict verdict;
	unsigned int line;
	u32 answer;

	v->events.messages++;
	carve_read_words(c, vf, word, 0, 1);
	if (c->io.gone)
		return;
	/* Read; but the buffer is still ours. */
	e82576_write(&c->io, E82576_P2VMAILBOX(vf), E82576_P2VMAILBOX_ACK | E82576_P2VMAILBOX_PFU);

	carve_note(v, now, CARVE_EV_MESSAGE, CARVE_OK, word, 1);
	line = v->trace_seq % CARVE_TRACE;
	if (word[0] == MBX_VF_RESET) {
		carve_do_reset(c, vf, now);
		return;
	}

	verdict = word[0] & (MBX_ACK | MBX_NACK) ? CARVE_STALE : carve_do(c, vf, word, now);
	/* It may be a last owner's, who was not heard before the function was reset. */
	if (v->state != CARVE_READY)
		carve_clear_words(c, vf, 1);
	/* By now the other words are known, too. */
	v->trace[line].verdict = verdict;
	v->trace[line].word[1] = word[1];
	v->trace[line].word[2] = word[2];
	if (verdict == CARVE_STALE || verdict == CARVE_THROTTLED) {
		v->events.dropped++;
		e82576_write(&c->io, E82576_P2VMAILBOX(vf), 0);
		return;
	}
	if (verdict == CARVE_OK)
		v->events.acked++;
	else
		v->events.nacked++;
	answer = word[0] | (verdict == CARVE_OK ? MBX_ACK : MBX_NACK);
	/* CTS is what a driver takes for a link, too. */
	if (v->state == CARVE_READY && v->link != CARVE_LINK_DISABLE)
		answer |= MBX_CTS;
	else
		answer &= ~MBX_CTS;
	carve_send(c, vf, CARVE_EV_REPLY, verdict, &answer, 1, now);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pure core: a virtual function's end of the mailbox.
 *
 * There is one buffer for both directions, and both functions may want it at once: what we
 * wrote can be overwritten by a control message before it was read. The other end then
 * answers what it found there; such an answer is not ours, and we ask again.
 */
#include "vf_mbx.h"

/* Reading clears these: what nobody has asked for yet must not be lost. */
#define VF_MBX_CLEARED (E82576_VMAILBOX_PFSTS | E82576_VMAILBOX_PFACK | E82576_VMAILBOX_RSTD)

static u32 vf_mbx_state(struct vf_mbx *mbx)
{
	u32 value = e82576_read(mbx->io, E82576_VMAILBOX);

	if (mbx->io->gone)
		return 0;
	mbx->seen |= value & VF_MBX_CLEARED;
	mbx->reset |= !!(value & (E82576_VMAILBOX_RSTI | E82576_VMAILBOX_RSTD));
	return value | mbx->seen;
}

static int vf_mbx_lock(struct vf_mbx *mbx)
{
	unsigned int i;

	for (i = 0; i < VF_MBX_LOCKS && !mbx->io->gone; i++) {
		e82576_write(mbx->io, E82576_VMAILBOX, E82576_VMAILBOX_VFU);
		if (vf_mbx_state(mbx) & E82576_VMAILBOX_VFU)
			return 0;
		mbx->wait(mbx->io->ctx, 1000);
	}
	return mbx->io->gone ? -ENODEV : -EBUSY;
}

/* Take a message out of the buffer. */
static int vf_mbx_receive(struct vf_mbx *mbx, u32 *word, unsigned int words)
{
	unsigned int i;
	int ret;

	ret = vf_mbx_lock(mbx);
	if (ret)
		return ret;
	for (i = 0; i < words; i++)
		word[i] = e82576_read(mbx->io, E82576_VBMEM + 4 * i);
	/* Read; and the buffer is free. */
	e82576_write(mbx->io, E82576_VMAILBOX, E82576_VMAILBOX_ACK);
	return mbx->io->gone ? -ENODEV : 0;
}

/* The physical function speaks of its own accord. */
static void vf_mbx_control(struct vf_mbx *mbx, u32 word)
{
	mbx->heard++;
	mbx->cts = word & MBX_CTS;
	mbx->forced = mbx->cts && FIELD_GET(MBX_INFO, word) & MBX_CONTROL_LINK_UP;
	mbx->events |= mbx->cts ? VF_MBX_CONTROL : VF_MBX_CONTROL | VF_MBX_REVOKED;
}

static bool vf_mbx_is_control(u32 word)
{
	return FIELD_GET(MBX_TYPE, word) == MBX_PF_CONTROL && !(word & (MBX_ACK | MBX_NACK));
}

/**
 * vf_mbx_was_reset() - has the card been reset since @mbx->reset was cleared, or is it being?
 * @mbx: the mailbox
 *
 * Return: whether it has said so, to whomever; vf_mbx_look() tells it all the same
 */
bool vf_mbx_was_reset(struct vf_mbx *mbx)
{
	vf_mbx_state(mbx);
	return mbx->reset;
}

/**
 * vf_mbx_look() - what has happened
 * @mbx: the mailbox
 *
 * Takes a control message that lies there.
 *
 * Return: a set of enum vf_mbx_event; each is told once, VF_MBX_RESETTING for as long as it lasts
 */
unsigned int vf_mbx_look(struct vf_mbx *mbx)
{
	u32 state = vf_mbx_state(mbx), word;
	unsigned int events;

	mbx->seen &= ~VF_MBX_CLEARED;
	if (state & E82576_VMAILBOX_PFSTS && !vf_mbx_receive(mbx, &word, 1)) {
		if (vf_mbx_is_control(word))
			vf_mbx_control(mbx, word);
		/* An answer that came too late for whoever asked. */
		else if (word & MBX_NACK && !(word & MBX_CTS))
			mbx->events |= VF_MBX_REVOKED;
	}
	events = mbx->events;
	mbx->events = 0;
	if (state & E82576_VMAILBOX_RSTI)
		events |= VF_MBX_RESETTING;
	if (state & E82576_VMAILBOX_RSTD)
		events |= VF_MBX_WAS_RESET;
	if (events & (VF_MBX_RESETTING | VF_MBX_WAS_RESET)) {
		mbx->cts = false;
		mbx->forced = false;
	}
	if (mbx->io->gone)
		events = VF_MBX_GONE;
	return events;
}

static int vf_mbx_send(struct vf_mbx *mbx, const u32 *word, unsigned int words)
{
	unsigned int i;
	u32 old;
	int ret;

	ret = vf_mbx_lock(mbx);
	if (ret)
		return ret;
	/* What lies there will be overwritten: take it now. */
	if (mbx->seen & E82576_VMAILBOX_PFSTS) {
		old = e82576_read(mbx->io, E82576_VBMEM);
		if (!mbx->io->gone && vf_mbx_is_control(old))
			vf_mbx_control(mbx, old);
	}
	mbx->seen &= ~(E82576_VMAILBOX_PFSTS | E82576_VMAILBOX_PFACK);
	for (i = 0; i < words; i++)
		e82576_write(mbx->io, E82576_VBMEM + 4 * i, word[i]);
	e82576_write(mbx->io, E82576_VMAILBOX, E82576_VMAILBOX_REQ);
	mbx->sent++;
	return mbx->io->gone ? -ENODEV : 0;
}

static int vf_mbx_await(struct vf_mbx *mbx, u32 bits, unsigned int polls)
{
	u32 state;

	for (; polls; polls--) {
		state = vf_mbx_state(mbx);
		if (mbx->io->gone)
			return -ENODEV;
		if (state & bits) {
			mbx->seen &= ~bits;
			return 0;
		}
		/* Nobody will answer now. */
		if (state & E82576_VMAILBOX_RSTI)
			return -ENETRESET;
		mbx->wait(mbx->io->ctx, VF_MBX_POLL);
	}
	mbx->silent++;
	return -ETIMEDOUT;
}

static int vf_mbx_ask_once(struct vf_mbx *mbx, u32 *word, unsigned int words, unsigned int answer)
{
	u32 asked = word[0] & (MBX_INFO | MBX_TYPE), got[E82576_MBX_WORDS];
	unsigned int i;
	int ret;

	ret = vf_mbx_send(mbx, word, words);
	if (!ret)
		ret = vf_mbx_await(mbx, E82576_VMAILBOX_PFACK, VF_MBX_ACK);
	/* A control message or two may come first. */
	for (i = 0; !ret && i < VF_MBX_TRIES; i++) {
		ret = vf_mbx_await(mbx, E82576_VMAILBOX_PFSTS, VF_MBX_REPLY);
		if (!ret)
			ret = vf_mbx_receive(mbx, got, answer);
		if (ret)
			break;
		if (vf_mbx_is_control(got[0])) {
			vf_mbx_control(mbx, got[0]);
			continue;
		}
		/* igb clears the bits of PROMISC that it has done. */
		if (FIELD_GET(MBX_TYPE, got[0]) != FIELD_GET(MBX_TYPE, asked))
			return -EAGAIN;
		/* Never in the answer to RESET: the next one tells. */
		mbx->cts = got[0] & MBX_CTS;
		if (got[0] & MBX_NACK) {
			mbx->refused++;
			ret = -EACCES;
		} else if (!(got[0] & MBX_ACK)) {
			ret = -EPROTO;
		}
		for (i = 0; i < answer; i++)
			word[i] = got[i];
		return ret;
	}
	return ret ?: -EAGAIN;
}

/**
 * vf_mbx_ask() - send a message, and wait for the answer
 * @mbx:    the mailbox
 * @word:   the message; becomes the answer
 * @words:  its length in words
 * @answer: words of the answer that are wanted, at least 1
 *
 * Return: 0; or -EACCES (refused), -ETIMEDOUT (no answer), -ENETRESET (the physical function
 * is being reset), -EBUSY (it does not let go of the buffer), -EPROTO and -EAGAIN (it answers
 * something else), -ENODEV (the device is gone)
 */
int vf_mbx_ask(struct vf_mbx *mbx, u32 *word, unsigned int words, unsigned int answer)
{
	int ret = -EAGAIN;
	unsigned int i;

	for (i = 0; i < VF_MBX_TRIES && ret == -EAGAIN; i++)
		ret = vf_mbx_ask_once(mbx, word, words, answer);
	return ret;
}

/**
 * vf_mbx_reset() - reset the function, and have it set up
 * @mbx: the mailbox
 * @mac: where the address goes that the physical function gives; zero if it gives none
 *
 * Return: 0; or as vf_mbx_ask(), -ENETRESET when the physical function is not ready
 */
int vf_mbx_reset(struct vf_mbx *mbx, u8 *mac)
{
	u32 word[3] = { MBX_VF_RESET };
	unsigned int i;
	int ret;

	memset(mac, 0, 6);
	mbx->cts = false;
	mbx->forced = false;
	mbx->events = 0;
	e82576_write(mbx->io, E82576_VTCTRL, E82576_CTRL_RST);
	for (i = 0; i < VF_MBX_RESTART; i++) {
		if (!(vf_mbx_state(mbx) & E82576_VMAILBOX_RSTI))
			break;
		if (i == VF_MBX_RESTART - 1)
			return -ENETRESET;
		mbx->wait(mbx->io->ctx, VF_MBX_POLL * 5);
	}
	mbx->seen = 0;
	ret = vf_mbx_ask(mbx, word, 1, 3);
	/* A NACK says only that there is no address. */
	if (ret && ret != -EACCES)
		return ret;
	if (!ret)
		mbx_get_mac(&word[1], mac);
	return 0;
}

/**
 * vf_mbx_mac() - ask for an address, or for filters for further ones
 * @mbx:  the mailbox
 * @info: MBX_MAC_*
 * @mac:  the address; with MBX_MAC_CLEAR the first one, which igb wants to see
 *
 * Return: as vf_mbx_ask()
 */
int vf_mbx_mac(struct vf_mbx *mbx, unsigned int info, const u8 *mac)
{
	u32 word[3] = { MBX_VF_MAC | FIELD_PREP(MBX_INFO, info) };

	mbx_put_mac(&word[1], mac);
	return vf_mbx_ask(mbx, word, 3, 1);
}

/**
 * vf_mbx_multicast() - say which multicast frames are wanted
 * @mbx:   the mailbox
 * @hash:  of their addresses
 * @count: hashes, MBX_MAX_HASHES at most
 *
 * Return: as vf_mbx_ask()
 */
int vf_mbx_multicast(struct vf_mbx *mbx, const u16 *hash, unsigned int count)
{
	u32 word[E82576_MBX_WORDS] = { 0 };
	unsigned int i;

	if (count > MBX_MAX_HASHES)
		count = MBX_MAX_HASHES;
	word[0] = MBX_VF_MULTICAST | FIELD_PREP(MBX_INFO, count);
	for (i = 0; i < count; i++)
		word[1 + i / 2] |= (u32)hash[i] << i % 2 * 16;
	return vf_mbx_ask(mbx, word, E82576_MBX_WORDS, 1);
}

/**
 * vf_mbx_vlan() - join a VLAN, or leave it
 * @mbx:  the mailbox
 * @vlan: its number
 * @join: or leave
 *
 * Return: as vf_mbx_ask()
 */
int vf_mbx_vlan(struct vf_mbx *mbx, u16 vlan, bool join)
{
	u32 word[2] = { MBX_VF_VLAN | FIELD_PREP(MBX_INFO, join), vlan };

	return vf_mbx_ask(mbx, word, 2, 1);
}

/**
 * vf_mbx_length() - ask for frames up to a length
 * @mbx:   the mailbox
 * @bytes: with CRC
 *
 * Return: as vf_mbx_ask()
 */
int vf_mbx_length(struct vf_mbx *mbx, unsigned int bytes)
{
	u32 word[2] = { MBX_VF_LPE, bytes };

	return vf_mbx_ask(mbx, word, 2, 1);
}

/**
 * vf_mbx_promisc() - ask for frames to other addresses
 * @mbx:  the mailbox
 * @info: a set of MBX_PROMISC_*, or 0: no longer
 *
 * Return: as vf_mbx_ask()
 */
int vf_mbx_promisc(struct vf_mbx *mbx, unsigned int info)
{
	u32 word[1] = { MBX_VF_PROMISC | FIELD_PREP(MBX_INFO, info) };

	return vf_mbx_ask(mbx, word, 1, 1);
}

/**
 * vf_mbx_queues() - ask for frames to be spread over queues
 * @mbx:    the mailbox
 * @queues: 1 or 2
 * @vector: of the second pair, 0 to 2
 *
 * Only sriov_demo knows the message; igb answers NACK.
 *
 * Return: as vf_mbx_ask()
 */
int vf_mbx_queues(struct vf_mbx *mbx, unsigned int queues, unsigned int vector)
{
	u32 word[2] = { MBX_VF_RSS, queues | vector << 8 };

	return vf_mbx_ask(mbx, word, 2, 1);
}

/**
 * vf_mbx_link() - may frames move?
 * @mbx: the mailbox
 *
 * Return: whether there is a link, and the physical function lets us use it
 */
bool vf_mbx_link(struct vf_mbx *mbx)
{
	if (!mbx->cts)
		return false;
	if (mbx->forced)
		return true;
	return e82576_read(mbx->io, E82576_VTSTATUS) & E82576_STATUS_LU && !mbx->io->gone;
}

/**
 * vf_mbx_dead() - do the registers answer nothing at all?
 * @mbx: the mailbox
 *
 * QEMU before 10.0.6 and 10.1.2 answers 0 to each read, and drops each write, when it has
 * placed the virtual functions' BARs at or above 4 GiB.
 *
 * Return: whether it is so
 */
bool vf_mbx_dead(struct vf_mbx *mbx)
{
	u32 status = e82576_read(mbx->io, E82576_VTSTATUS);

	return !status && !vf_mbx_state(mbx);
}

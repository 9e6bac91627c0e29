/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: a virtual function's end of the mailbox: messages out and in, and what the
 * physical function's last word says about the link.
 */
#ifndef _VF_MBX_H
#define _VF_MBX_H

#include "e82576_io.h"
#include "e82576_mbx.h"

/**
 * enum vf_mbx_event - what happened since one last looked (a set)
 * @VF_MBX_RESETTING:  the physical function is being reset, or has no driver
 * @VF_MBX_WAS_RESET:  it has been; whatever was agreed with it is void
 * @VF_MBX_CONTROL:    it says that something has changed
 * @VF_MBX_REVOKED:    ... and that this function is no longer set up, or shall have no link
 * @VF_MBX_GONE:       the device does not answer
 */
enum vf_mbx_event {
	VF_MBX_RESETTING = BIT(0),
	VF_MBX_WAS_RESET = BIT(1),
	VF_MBX_CONTROL = BIT(2),
	VF_MBX_REVOKED = BIT(3),
	VF_MBX_GONE = BIT(4),
};

/**
 * struct vf_mbx - a mailbox
 * @io:	     the registers
 * @wait:    let @usec microseconds pass; with @io's context
 * @seen:    bits of VMAILBOX that reading has cleared, and nobody has looked at yet
 * @reset:   the card was reset: not cleared here, but by whoever asks vf_mbx_was_reset()
 * @cts:     the last word of the physical function had CTS
 * @forced:  ... and said that the link is up whatever STATUS says
 * @events:  a set of enum vf_mbx_event that messages have brought meanwhile
 * @sent:    messages sent
 * @refused: ... that were answered with NACK
 * @silent:  ... that were not answered
 * @heard:   control messages
 */
struct vf_mbx {
	struct e82576_io *io;
	void (*wait)(void *ctx, unsigned int usec);
	u32 seen;
	bool reset;
	bool cts;
	bool forced;
	unsigned int events;
	u64 sent;
	u64 refused;
	u64 silent;
	u64 heard;
};

/* What vf_mbx_ask() waits for, in polls of VF_MBX_POLL microseconds. */
#define VF_MBX_POLL    50
#define VF_MBX_ACK     20000 /* a second until the message was read, as igbvf waits */
#define VF_MBX_REPLY   4000 /* and then a fifth until it was answered */
#define VF_MBX_TRIES   3
#define VF_MBX_LOCKS   20 /* milliseconds until we have the buffer */
#define VF_MBX_RESTART 2000 /* half a second until the physical function is ready */

bool vf_mbx_was_reset(struct vf_mbx *mbx);
unsigned int vf_mbx_look(struct vf_mbx *mbx);
int vf_mbx_ask(struct vf_mbx *mbx, u32 *word, unsigned int words, unsigned int answer);
int vf_mbx_reset(struct vf_mbx *mbx, u8 *mac);
int vf_mbx_mac(struct vf_mbx *mbx, unsigned int info, const u8 *mac);
int vf_mbx_multicast(struct vf_mbx *mbx, const u16 *hash, unsigned int count);
int vf_mbx_vlan(struct vf_mbx *mbx, u16 vlan, bool join);
int vf_mbx_length(struct vf_mbx *mbx, unsigned int bytes);
int vf_mbx_promisc(struct vf_mbx *mbx, unsigned int info);
int vf_mbx_queues(struct vf_mbx *mbx, unsigned int queues, unsigned int vector);
bool vf_mbx_link(struct vf_mbx *mbx);
bool vf_mbx_dead(struct vf_mbx *mbx);

#endif /* _VF_MBX_H */

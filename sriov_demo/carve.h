/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: carving an 82576 into functions. Here is all that the physical function (PF)
 * decides for its virtual functions (VFs): who owns which queues, addresses and VLANs, what
 * a VF may ask for by its mailbox, and what must be cleaned up when a VF changes hands.
 *
 *	carve.c		the device as a whole: on, off, after a reset; the events of the mailboxes
 *	carve_vf.c	one VF: its states, hygiene, what the administrator sets, counters
 *	carve_mbx.c	what a VF asks for
 *	carve_filter.c	addresses, VLANs, multicast: tables that all functions share
 *	carve_names.c	words for people
 *
 * Nothing here sleeps or waits, and the caller says what time it is. The caller serializes
 * all calls; they may come from hard interrupts, since a VF's driver on the same CPU may be
 * spinning for an answer.
 *
 * The promise: whatever a VF writes into its mailbox and registers, in whatever order, can
 * change that VF only. Hence each function has its own share of each table, and each table
 * knows the owner of each entry.
 */
#ifndef _CARVE_H
#define _CARVE_H

#include "e82576_io.h"
#include "e82576_mbx.h"

#define CARVE_MAC_LEN	6
#define CARVE_TRACE	64 /* entries kept of each VF; a power of two */
#define CARVE_PF	E82576_MAX_VFS /* the PF's pool, and its number as an owner */
#define CARVE_NOBODY	0xff
#define CARVE_MIN_FRAME 64 /* bytes, with CRC */
#define CARVE_STD_FRAME 1522 /* ... with a VLAN tag */

#define CARVE_MS 1000000ULL /* times are in nanoseconds */
/* A VF that is not set up and asks for things is told so this often. */
#define CARVE_NACK_EVERY (2000 * CARVE_MS)
/* Messages and resets of a VF are served at this rate, and so many at once. */
#define CARVE_EVENT_EVERY (5 * CARVE_MS)
#define CARVE_EVENT_BURST 64
/* How long a message to a VF is left in its mailbox for it to be read. */
#define CARVE_READ_WITHIN (50 * CARVE_MS)
/* When the VF holds its mailbox: how soon and how often to try again. */
#define CARVE_BUSY_RETRY (1 * CARVE_MS)
#define CARVE_BUSY_TRIES 10

/**
 * enum carve_state - where a VF is in its life
 * @CARVE_ABSENT:  it does not exist
 * @CARVE_RESET:   it has been scrubbed and moves no frame: it waits for its driver
 * @CARVE_READY:   its driver has said RESET and got its answer
 * @CARVE_REVOKED: it was ready; something changed, and its driver must say RESET again
 */
enum carve_state {
	CARVE_ABSENT,
	CARVE_RESET,
	CARVE_READY,
	CARVE_REVOKED,
};

/**
 * enum carve_reason - why a VF is in the state that it is in
 * @CARVE_BY_NOTHING:  it never was in another
 * @CARVE_BY_CARVING:  it was carved
 * @CARVE_BY_ADOPTION: it had been carved before this driver came
 * @CARVE_BY_FLR:      it was reset: by its driver, by the host, on its way to another owner
 * @CARVE_BY_DRIVER:   its driver said RESET
 * @CARVE_BY_PF_RESET: the whole card was reset
 * @CARVE_BY_MAC:      the administrator changed its address
 * @CARVE_BY_VLAN:     ... its port VLAN
 * @CARVE_BY_TRUST:    ... took trust away
 * @CARVE_BY_EVICTION: its address was given to another function
 * @CARVE_BY_MAILBOX:  it would not let go of its mailbox
 * @CARVE_BY_RELEASE:  the host's driver let go of it
 */
enum carve_reason {
	CARVE_BY_NOTHING,
	CARVE_BY_CARVING,
	CARVE_BY_ADOPTION,
	CARVE_BY_FLR,
	CARVE_BY_DRIVER,
	CARVE_BY_PF_RESET,
	CARVE_BY_MAC,
	CARVE_BY_VLAN,
	CARVE_BY_TRUST,
	CARVE_BY_EVICTION,
	CARVE_BY_MAILBOX,
	CARVE_BY_RELEASE,
};

/**
 * enum carve_link - what a VF sees as its link; the numbers are those of rtnetlink
 * @CARVE_LINK_AUTO:    the card's
 * @CARVE_LINK_ENABLE:  up, as far as its driver believes us rather than its STATUS register
 * @CARVE_LINK_DISABLE: down; its queues are off, too
 */
enum carve_link {
	CARVE_LINK_AUTO,
	CARVE_LINK_ENABLE,
	CARVE_LINK_DISABLE,
};

/**
 * enum carve_verdict - what became of a message, and if it was refused, why
 * @CARVE_OK:	       done
 * @CARVE_NOT_READY:   the VF has not said RESET
 * @CARVE_THROTTLED:   ... and was told so a moment ago: not answered
 * @CARVE_STALE:       an answer of ours, come back: not answered
 * @CARVE_UNKNOWN:     no such message
 * @CARVE_BAD_MAC:     no address of a station
 * @CARVE_MAC_FIXED:   the administrator has set another address, and the VF is not trusted
 * @CARVE_MAC_TAKEN:   another function has this address
 * @CARVE_NO_ROOM:     its share of the table is used up
 * @CARVE_BAD_HASH:    a hash of more than 12 bits
 * @CARVE_BAD_VLAN:    no VLAN
 * @CARVE_PORT_VLAN:   the administrator has set its VLAN
 * @CARVE_BAD_LENGTH:  no length of a frame
 * @CARVE_BAD_INFO:    information that means nothing
 * @CARVE_NOT_TRUSTED: only for a VF that is trusted
 * @CARVE_IMPOSSIBLE:  the hardware cannot do that
 */
enum carve_verdict {
	CARVE_OK,
	CARVE_NOT_READY,
	CARVE_THROTTLED,
	CARVE_STALE,
	CARVE_UNKNOWN,
	CARVE_BAD_MAC,
	CARVE_MAC_FIXED,
	CARVE_MAC_TAKEN,
	CARVE_NO_ROOM,
	CARVE_BAD_HASH,
	CARVE_BAD_VLAN,
	CARVE_PORT_VLAN,
	CARVE_BAD_LENGTH,
	CARVE_BAD_INFO,
	CARVE_NOT_TRUSTED,
	CARVE_IMPOSSIBLE,
};

/**
 * enum carve_event - what a line of a VF's trace is about
 * @CARVE_EV_MESSAGE: the VF sent @word
 * @CARVE_EV_REPLY:   we answered with @word
 * @CARVE_EV_CONTROL: we sent @word of our own accord
 * @CARVE_EV_FLR:     the VF was reset
 * @CARVE_EV_STATE:   @word[0] is its state now, @word[1] the reason
 * @CARVE_EV_BUSY:    the VF holds its mailbox
 * @CARVE_EV_STORM:   the VF's events come too fast; they wait
 */
enum carve_event {
	CARVE_EV_MESSAGE,
	CARVE_EV_REPLY,
	CARVE_EV_CONTROL,
	CARVE_EV_FLR,
	CARVE_EV_STATE,
	CARVE_EV_BUSY,
	CARVE_EV_STORM,
};

/**
 * struct carve_trace - a line of a VF's trace
 * @when:    nanoseconds, the caller's clock
 * @seq:     number of the line, from 1
 * @word:    the first words of a message
 * @event:   enum carve_event
 * @verdict: enum carve_verdict, of messages
 */
struct carve_trace {
	u64 when;
	u32 seq;
	u32 word[3];
	u8 event;
	u8 verdict;
};

/**
 * struct carve_counters - what a VF has moved, widened to 64 bits
 * @rx_packets:   frames received
 * @rx_bytes:	  bytes received
 * @tx_packets:   frames sent
 * @tx_bytes:	  bytes sent
 * @rx_multicast: multicast frames received
 */
struct carve_counters {
	u64 rx_packets;
	u64 rx_bytes;
	u64 tx_packets;
	u64 tx_bytes;
	u64 rx_multicast;
};

#define CARVE_COUNTERS 5

/**
 * struct carve_events - what has happened around a VF, as numbers
 * @messages:  it sent
 * @acked:     ... and were granted
 * @nacked:    ... and were refused
 * @dropped:   ... and got no answer
 * @controls:  we sent
 * @reads:     messages of ours that it has read
 * @flrs:      resets of the function
 * @resets:    RESET messages
 * @revoked:   times that it had to start anew
 * @busy:      times that it held its mailbox against us
 * @storms:    times that its events came too fast
 * @spoofs:    times that the hardware stopped a frame with a false address
 * @scrubbed:  head write-back addresses found armed by a former owner, and cleared
 */
struct carve_events {
	u64 messages;
	u64 acked;
	u64 nacked;
	u64 dropped;
	u64 controls;
	u64 reads;
	u64 flrs;
	u64 resets;
	u64 revoked;
	u64 busy;
	u64 storms;
	u64 spoofs;
	u64 scrubbed;
};

/**
 * struct carve_vf - a virtual function
 * @state:	  enum carve_state
 * @reason:	  enum carve_reason: why
 * @since:	  when it came to be so
 * @mac:	  its first address; zero: it has none yet
 * @admin_mac:	  that which the administrator has set; zero: none
 * @vlan:	  port VLAN, set by the administrator; 0: none
 * @qos:	  ... and its priority
 * @spoofchk:	  may send with addresses and VLANs of its own only
 * @trusted:	  the administrator trusts it
 * @link:	  enum carve_link
 * @max_rate:	  limit of what it sends, in Mb/s; 0: none
 * @queues:	  queue pairs that it was granted
 * @hashes:	  number of @hash
 * @hash:	  of its multicast addresses
 * @all_multi:	  it gets all multicast frames
 * @max_frame:	  longest frame, in bytes with CRC; 0: a usual one
 * @vlans:	  number of VLANs that it has joined by itself
 * @macs:	  number of addresses beside the first
 * @nack_at:	  when it was last told that it is not set up; 0: never
 * @sent_at:	  when it was sent a message that it has not read yet; 0: none
 * @last_sent:	  word 0 of that
 * @tat:	  throttle: when its events so far are paid for
 * @ping:	  it is to be sent a PF_CONTROL
 * @stormy:	  its events wait
 * @tries:	  attempts to get its mailbox
 * @retry_at:	  when to try again; 0: nothing to try
 * @total:	  counters
 * @last:	  of the hardware, 32 bits, when they were last read
 * @events:	  other counters
 * @trace_seq:	  lines of the trace so far
 * @trace:	  the last ones: line n is at n % CARVE_TRACE
 */
struct carve_vf {
	u8 state;
	u8 reason;
	u64 since;
	u8 mac[CARVE_MAC_LEN];
	u8 admin_mac[CARVE_MAC_LEN];
	u16 vlan;
	u8 qos;
	bool spoofchk;
	bool trusted;
	u8 link;
	u16 max_rate;
	u8 queues;
	u8 hashes;
	u16 hash[MBX_MAX_HASHES];
	bool all_multi;
	u16 max_frame;
	u8 vlans;
	u8 macs;
	u64 nack_at;
	u64 sent_at;
	u32 last_sent;
	u64 tat;
	bool ping;
	bool stormy;
	u8 tries;
	u64 retry_at;
	struct carve_counters total;
	u32 last[CARVE_COUNTERS];
	struct carve_events events;
	u32 trace_seq;
	struct carve_trace trace[CARVE_TRACE];
};

/**
 * struct carve_rar - an exact filter: frames to this address go to this function
 * @mac:   address
 * @owner: function, CARVE_PF, or CARVE_NOBODY
 */
struct carve_rar {
	u8 mac[CARVE_MAC_LEN];
	u8 owner;
};

/**
 * struct carve_vlvf - a VLAN and its members
 * @vlan:  VLAN; entry 0 is VLAN 0, priority without a VLAN, for all that have no port VLAN
 * @pools: a bit for each function; 0: the entry is free
 */
struct carve_vlvf {
	u16 vlan;
	u8 pools;
};

/* What the PF wants for itself (carve_pf_set_mode). */
#define CARVE_PF_PROMISC   BIT(0) /* all frames */
#define CARVE_PF_ALL_MULTI BIT(1) /* all multicast frames */
#define CARVE_PF_STRIP	   BIT(2) /* tags stripped on reception */
#define CARVE_PF_RSS	   BIT(3) /* spread over both queues of its pool */

/**
 * struct carve - a card
 * @io:	       its registers
 * @num_vfs:   VFs that exist; 0: not in IOV mode
 * @vf:	       they
 * @rar:       exact filters; 0 is the PF's first, 23 - n that of VF n
 * @vlvf:      VLANs of pools, in IOV mode
 * @pf_vlan:   VLANs of the PF, a bit each
 * @pf_hash:   hashes of the PF's multicast addresses, a bit each
 * @pf_macs:   the PF's addresses beside the first
 * @pf_mode:   CARVE_PF_*
 * @pf_frame:  longest frame of the PF, in bytes with CRC
 * @mac_share: addresses beside the first that each VF may have
 * @vlan_share: VLANs that each VF may join
 * @link_up:   the card has a link
 * @speed:     ... of so many Mb/s
 * @counting:  the hardware's counters go on from @last of each VF: no reset is under way
 * @vfta:      as the register array is
 * @mta:       as the register array is
 * @uta:       UTA is all ones
 * @vmolr:     as the registers are
 * @dtxswc:    as the register is
 */
struct carve {
	struct e82576_io io;
	u8 num_vfs;
	struct carve_vf vf[E82576_MAX_VFS];
	struct carve_rar rar[E82576_RARS];
	struct carve_vlvf vlvf[E82576_VLVFS];
	u32 pf_vlan[E82576_VFTA_WORDS];
	u32 pf_hash[E82576_MTA_WORDS];
	u8 pf_macs;
	u8 pf_mode;
	u16 pf_frame;
	u8 mac_share;
	u8 vlan_share;
	bool link_up;
	u16 speed;
	bool counting;
	u32 vfta[E82576_VFTA_WORDS];
	u32 mta[E82576_MTA_WORDS];
	bool uta;
	u32 vmolr[E82576_POOLS];
	u32 dtxswc;
};

/* -- the card (carve.c) -------------------------------------------------------------- */

/**
 * carve_init() - begin with a card that has no VFs
 * @c:	 the card; its memory may be anything
 * @ops: how to reach its registers
 * @ctx: for @ops
 * @mac: the PF's address
 */
void carve_init(struct carve *c, const struct e82576_io_ops *ops, void *ctx, const u8 *mac);

/**
 * carve_set_vfs() - decide how many VFs there are
 * @c:	    the card, with all VFs quiet: to be followed by a reset and carve_program()
 * @count:  0..E82576_MAX_VFS
 * @reason: CARVE_BY_CARVING or CARVE_BY_ADOPTION
 * @now:    time
 *
 * All VFs begin without an address, untrusted, with spoof check.
 */
void carve_set_vfs(struct carve *c, unsigned int count, enum carve_reason reason, u64 now);

/**
 * carve_quiesce() - stop all VFs and tell them: the card is about to be reset
 * @c:	 the card
 * @now: time
 */
void carve_quiesce(struct carve *c, u64 now);

/**
 * carve_program() - write all that this core owns into a card that was just reset
 * @c:	 the card; receiver and transmitter are off
 * @now: time
 *
 * Ends with PFRSTD: VFs may speak from then on.
 */
void carve_program(struct carve *c, u64 now);

/**
 * carve_service() - serve what has happened in mailboxes, and resets of VFs
 * @c:	 the card
 * @now: time
 *
 * Bounded: each VF is looked at once.
 *
 * Return: when to call again in any case, or 0.
 */
u64 carve_service(struct carve *c, u64 now);

/**
 * carve_link() - the card's link has changed
 * @c:	   the card
 * @up:	   there is one
 * @speed: Mb/s
 * @now:   time
 *
 * Return: when to call carve_service() again, or 0.
 */
u64 carve_link(struct carve *c, bool up, unsigned int speed, u64 now);

/**
 * carve_poll() - read the 32-bit counters of all VFs before they wrap around
 * @c: the card
 *
 * To be called every half minute at least: that is how long 2^32 bytes take at 1 Gb/s.
 */
void carve_poll(struct carve *c);

/**
 * carve_was_reset() - go on with a card that somebody else has, or may have, reset
 * @c: the card; carve_poll() was called before that, and not since
 *
 * It answers again, and its counters may have begun anew. The rest is carve_program()'s.
 */
void carve_was_reset(struct carve *c);

/**
 * carve_owner() - who owns a queue pair
 * @c:	   the card
 * @queue: 0..15
 *
 * Return: a VF's number, or CARVE_PF.
 */
static inline unsigned int carve_owner(const struct carve *c, unsigned int queue)
{
	unsigned int pool = queue % E82576_POOLS;

	return pool < c->num_vfs ? pool : CARVE_PF;
}

/* -- a VF (carve_vf.c) ------------------------------------------------------------------- */

/*
 * What the administrator sets. All return 0 or a negative errno: -EINVAL for a VF that does
 * not exist and for values that mean nothing.
 */

/**
 * carve_set_mac() - give a VF its address, which its driver cannot change any more
 * @c:	 the card
 * @vf:	 number
 * @mac: address, or zeros: the driver may choose again
 * @now: time
 *
 * A VF that had chosen this address by itself loses it. A VF that is ready starts anew.
 *
 * Return: 0, -EINVAL, or -EADDRINUSE: the PF or a VF with a fixed address has it.
 */
int carve_set_mac(struct carve *c, unsigned int vf, const u8 *mac, u64 now);

/* Put a VF into a VLAN without its knowing; 0 and 0 ends that. Also -EINVAL for VLAN 4095. */
int carve_set_vlan(struct carve *c, unsigned int vf, u16 vlan, u8 qos, u64 now);

/* Limit what a VF sends, in Mb/s; 0 ends that. -EINVAL: more than the link does. */
int carve_set_rate(struct carve *c, unsigned int vf, unsigned int rate);

/* Whether the hardware stops frames with a false source. */
int carve_set_spoofchk(struct carve *c, unsigned int vf, bool on);

/* Whether a VF may change a fixed address and get all multicast frames. */
int carve_set_trust(struct carve *c, unsigned int vf, bool on, u64 now);

/* What a VF sees as its link. */
int carve_set_link(struct carve *c, unsigned int vf, enum carve_link link, u64 now);

/**
 * carve_release() - the host's driver has let go of a VF: the next owner finds it new
 * @c:	 the card
 * @vf:	 number
 * @now: time
 *
 * What the administrator has set stays. Counters begin anew.
 */
void carve_release(struct carve *c, unsigned int vf, u64 now);

/* -- the PF's own filters (carve_filter.c) ------------------------------------------------- */

/**
 * carve_pf_set_mac() - the PF changes its address
 * @c:	 the card
 * @mac: a valid address
 * @now: time
 *
 * Return: 0, or -EADDRINUSE: a VF has it, set by the administrator.
 */
int carve_pf_set_mac(struct carve *c, const u8 *mac, u64 now);

/**
 * carve_pf_add_mac() - one more address of the PF
 * @c:	 the card
 * @mac: a valid address
 * @now: time
 *
 * Return: 0, -EADDRINUSE, or -ENOSPC.
 */
int carve_pf_add_mac(struct carve *c, const u8 *mac, u64 now);

/* One less; unknown ones are no error. */
void carve_pf_del_mac(struct carve *c, const u8 *mac);

/**
 * carve_pf_set_multicast() - the PF's multicast addresses
 * @c:	  the card
 * @hash: E82576_MTA_WORDS words, a bit for each hash
 */
void carve_pf_set_multicast(struct carve *c, const u32 *hash);

/* The PF joins or leaves a VLAN, 0..4095. */
void carve_pf_set_vlan(struct carve *c, u16 vlan, bool on);

/* The PF's CARVE_PF_* and its longest frame in bytes with CRC. */
void carve_pf_set_mode(struct carve *c, unsigned int mode, u16 frame);

/* -- words (carve_names.c) ------------------------------------------------------------------- */

const char *carve_state_name(enum carve_state state);
const char *carve_reason_name(enum carve_reason reason);
const char *carve_link_name(enum carve_link link);
const char *carve_verdict_name(enum carve_verdict verdict);
const char *carve_event_name(enum carve_event event);

/* -- between the files of this core ------------------------------------------------------------ */

void carve_note(struct carve_vf *v, u64 now, enum carve_event event, enum carve_verdict verdict,
		const u32 *word, unsigned int words);
void carve_enter(struct carve *c, unsigned int vf, enum carve_state state, enum carve_reason reason,
		 u64 now);
bool carve_may_send(struct carve_vf *v, u64 now);
bool carve_lock(struct carve *c, unsigned int vf);
void carve_send(struct carve *c, unsigned int vf, enum carve_event event,
		enum carve_verdict verdict, const u32 *word, unsigned int words, u64 now);
void carve_message(struct carve *c, unsigned int vf, u64 now);
void carve_scrub(struct carve *c, unsigned int vf);
void carve_scrub_mailbox(struct carve *c, unsigned int vf);
void carve_forget(struct carve *c, unsigned int vf);
void carve_revoke(struct carve *c, unsigned int vf, enum carve_reason reason, u64 now);
void carve_apply_vf(struct carve *c, unsigned int vf);
void carve_apply_rate(struct carve *c, unsigned int vf);
void carve_apply_pools(struct carve *c);
void carve_rebase(struct carve *c, unsigned int vf);

bool carve_valid_mac(const u8 *mac);
bool carve_zero_mac(const u8 *mac);
unsigned int carve_mac_owner(const struct carve *c, const u8 *mac);
bool carve_mac_given(const struct carve *c, const u8 *mac, unsigned int but);
enum carve_verdict carve_vf_mac(struct carve *c, unsigned int vf, const u8 *mac);
enum carve_verdict carve_vf_add_mac(struct carve *c, unsigned int vf, const u8 *mac);
void carve_vf_clear_macs(struct carve *c, unsigned int vf);
enum carve_verdict carve_vf_vlan(struct carve *c, unsigned int vf, u16 vlan, bool on);
void carve_vf_clear_vlans(struct carve *c, unsigned int vf);
int carve_join(struct carve *c, unsigned int owner, u16 vlan);
void carve_leave(struct carve *c, unsigned int owner, u16 vlan);
void carve_evict(struct carve *c, const u8 *mac, u64 now);
void carve_apply_rar(struct carve *c, unsigned int i);
void carve_apply_priority(struct carve *c);
void carve_apply_multicast(struct carve *c);
void carve_apply_vmolr(struct carve *c, unsigned int pool);
void carve_apply_filters(struct carve *c);

#endif /* _CARVE_H */

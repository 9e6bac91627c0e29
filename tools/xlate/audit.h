/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit of isolation: a closed list of findings.
 *
 *	audit.c		the command: what is shown, and how
 *	audit_find.c	findings about devices: untranslated, identity, unclaimed, group
 *	audit_frames.c	findings about memory that tables lead to
 *
 * A mapping records no intent, so each finding is looked at for what the set-up says: where
 * that explains it, the finding is expected, and the exit status does not count it.
 */
#ifndef _AUDIT_H
#define _AUDIT_H

#include "iommu_source.h"

enum finding_kind {
	FIND_FREE, /* a leaf leads to a free page */
	FIND_TEXT, /* to the kernel's code */
	FIND_PGTABLE, /* to a table of a CPU or of an IOMMU */
	FIND_SHARED, /* a frame that devices of different owners reach */
	FIND_IDENTITY, /* addresses are passed on as they are */
	FIND_OFF, /* no IOMMU looks at the requests */
	FIND_GROUP, /* several functions in one group */
	FIND_OVERLAP, /* a frame has several addresses in one table */
	FIND_UNCLAIMED, /* a requester ID that no device has */
	FIND_KINDS,
};

/* What the set-up says about a finding. */
enum why {
	WHY_NOT, /* nothing explains it */
	WHY_PASS,
	WHY_DEFAULT,
	WHY_OFF,
	WHY_RMRR,
	WHY_ISA,
	WHY_REGION,
	WHY_MSI,
	WHY_DEVICE,
	WHY_BRIDGE,
	WHY_ALIAS,
	WHY_BUFFERS,
	WHY_HOLDER,
	WHY_DIRECT_IO,
	WHY_LAB,
	WHYS,
};

enum severity {
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
};

/**
 * struct finding - something to tell
 * @kind:     enum finding_kind
 * @severity: enum severity
 * @rid:      first requester ID that it is about
 * @key:      tells findings of a kind apart: what it is about
 * @count:    requester IDs that it is about
 * @devices:  their names, separated by commas
 * @where:    in a few words
 * @why:      enum why: what explains it
 * @iova:     first address of the first range, if @bytes
 * @other_iova: a second address for it (FIND_OVERLAP, FIND_SHARED)
 * @phys:     where they lead
 * @bytes:    of all ranges
 * @ranges:   how many
 * @rights:   IOPT_R, IOPT_W: of any
 * @mixed:    they differ
 */
struct finding {
	enum finding_kind kind;
	enum severity severity;
	u32 rid;
	u64 key;
	unsigned int count;
	char *devices;
	char *where;
	enum why why;
	u64 iova;
	u64 other_iova;
	u64 phys;
	u64 bytes;
	unsigned int ranges;
	u8 rights;
	bool mixed;
};

/* More are not listed; one hostile dump has as many as it likes. */
#define MAX_FINDINGS 4096

/**
 * struct suspect - a range that leads where it should not
 * @kind: enum finding_kind
 * @rid:  of the device
 * @iova: first address
 * @last: last one
 * @phys: where the first leads
 */
struct suspect {
	enum finding_kind kind;
	u32 rid;
	u64 iova;
	u64 last;
	u64 phys;
};

/**
 * struct frames - memory that a device reaches
 * @phys:   first byte
 * @last:   last byte
 * @iova:   of the first
 * @dev:    number of the device in struct iom
 * @rights: IOPT_R, IOPT_W
 * @kinds:  FRAMES_*
 */
struct frames {
	u64 phys;
	u64 last;
	u64 iova;
	u32 dev;
	u8 rights;
	u8 kinds;
};

#define FRAMES_FREE    1
#define FRAMES_PGTABLE 2
#define FRAMES_USER    4 /* all of it is a process's memory, or a file's */

/**
 * struct lab - a group that the lab has claimed
 * @group: its number, or IOM_NONE
 * @dev:   number of the lab's device in it
 * @owner: its number as an owner
 */
struct lab {
	u32 group;
	u32 dev;
	u32 owner;
};

/**
 * struct audit - an audit under way
 * @s:		where from
 * @finding:	what was found
 * @count:	how much
 * @more:	there was more than MAX_FINDINGS
 * @owner:	for each device a number, 0 for the kernel
 * @owner_name: for each such number
 * @owners:	how many
 * @lab:	groups that the lab has claimed
 * @nlabs:	how many
 * @first:	for each device the number of the first one with the same table
 * @frames:	of all tables
 * @nframes:	how many
 * @tables:	pages that hold tables of an IOMMU, in order
 * @ntables:	how many
 * @text:	first byte of the kernel's code, 0 when not known
 * @text_last:	last byte
 * @suspect:	ranges that lead to what they should not
 * @nsuspects:	how many
 * @before:	those of the look before this one, sorted; NULL for the first
 * @nbefore:	how many
 * @unknown:	devices whose tables are not all known
 * @judged:	requester IDs that were looked at
 */
struct audit {
	struct iom *s;
	struct finding *finding;
	size_t count;
	bool more;
	u32 *owner;
	char **owner_name;
	u32 owners;
	struct lab *lab;
	size_t nlabs;
	u32 *first;
	struct frames *frames;
	size_t nframes;
	u64 *tables;
	size_t ntables;
	u64 text;
	u64 text_last;
	struct suspect *suspect;
	size_t nsuspects;
	const struct suspect *before;
	size_t nbefore;
	unsigned int unknown;
	unsigned int judged;
};

/* audit.c */

/*
 * The finding of this kind, key and reason: the one that there is, or a new one, whose
 * first device is @d. NULL when there are too many.
 */
struct finding *audit_find(struct audit *a, enum finding_kind kind, const struct iom_dev *d,
			   u64 key, enum why why);

/* Adds a device to a finding. */
void finding_add(struct finding *f, const struct iom_dev *d);

/* Is the device in the hands of a process (VFIO); of the lab, with its group? */
bool audit_held(const struct audit *a, const struct iom_dev *d);
bool audit_lab(const struct audit *a, const struct iom_dev *d);

/* Has an option of the kernel's command line this value, alone or in a list? */
bool audit_cmdline(struct audit *a, const char *option, const char *value);

/* audit_find.c */
void audit_owners(struct audit *a);
void audit_devices(struct audit *a);
void audit_groups(struct audit *a);

/* audit_frames.c: 0, or an exit code after reporting the error. */
int audit_frames(struct audit *a);

#endif /* _AUDIT_H */

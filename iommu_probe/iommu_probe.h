/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu_probe: what its files share.
 *
 *	main.c		init and exit: the table of contents
 *	mem.c		reading memory that nobody holds for us
 *	unit.c		the remapping units: from ACPI to registers; the file "units"
 *	devices.c	the PCI devices, and what the kernel says of them
 *	folders.c	the life of the folders
 *	summary.c	the files "devices" and "domains"
 *	walk.c		the walk through the tables of one requester ID
 *	text.c		what the next two have in common
 *	tables.c	tables of a folder
 *	mappings.c	mappings of a folder
 *	kind.c		what kind of memory a mapping leads to
 *	faults.c	the file "faults"
 *	lab.c		the lab: DMA to order, by QEMU's edu device
 *
 * and the pure cores dmar.c, ivrs.c, requester.c, dma.c, mapping.c and names.c, which know
 * nothing of the kernel.
 */
#ifndef _IOMMU_PROBE_IOMMU_PROBE_H
#define _IOMMU_PROBE_IOMMU_PROBE_H

#include <linux/device/driver.h>
#include <linux/fs.h>
#include <linux/seq_file.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "../include/permitted.h"

#include "dma.h"
#include "mapping.h"
#include "requester.h"

/* -- requester IDs --------------------------------------------------------------- */

/*
 * A requester ID and its PCI segment as one number, which is also the index in an xarray.
 * Segments have 16 bits in ACPI; Linux makes up larger ones for itself (VMD).
 */
static inline unsigned long ip_key(unsigned int segment, u16 rid)
{
	return (unsigned long)segment << 16 | rid;
}

static inline unsigned int ip_key_segment(unsigned long key)
{
	return key >> 16;
}

static inline u16 ip_key_rid(unsigned long key)
{
	return key;
}

/* "0000:01:10.0", as the kernel names PCI devices; @name has IP_RID_NAME bytes. */
#define IP_RID_NAME 20
void ip_rid_name(unsigned long key, char *name);

/* -- mem.c ----------------------------------------------------------------------- */

/* Live memory: any address may be asked for, in any context. */
extern const struct iop_memory ip_memory;

/* The same for whole tables: multiples of 8 bytes, up to a page, not across two. */
int ip_read(u64 phys, void *to, unsigned int bytes);

/**
 * struct ip_page_view - the words of a struct page that tell what the page is for
 * @flags:   page flags
 * @head:    with bit 0 set, the address of the head of a larger page, plus 1
 * @mapping: whom it belongs to
 * @type:    page type, or how often it is mapped
 * @refs:    references
 */
struct ip_page_view {
	unsigned long flags;
	unsigned long head;
	unsigned long mapping;
	u32 type;
	u32 refs;
};

/* Reads them; false when the struct page has gone: memory that is unplugged takes it along. */
bool ip_page_view(const struct page *page, struct ip_page_view *v);

/* -- kind.c ---------------------------------------------------------------------- */

/* Kinds of memory. A large page may be of several: such sets get numbers behind these. */
enum ip_kind {
	IP_KIND_FREE,
	IP_KIND_ANON,
	IP_KIND_FILE,
	IP_KIND_SLAB,
	IP_KIND_PGTABLE,
	IP_KIND_KERNEL,
	IP_KIND_RESERVED,
	IP_KIND_MMIO,
	IP_KIND_MSI,
	IP_KIND_OFFLINE,
	IP_KIND_OTHER,
	IP_KINDS,
};

#define IP_KIND_SETS 128

/* Pages that the cache covers at a time: 1 GiB. */
#define IP_KIND_AREA 262144UL
static_assert(IP_KINDS + IP_KIND_SETS <= 256);

/**
 * struct ip_kind_cache - what was found out about the neighbourhood
 * @area:      a piece of memory
 * @online:    which of its subsections are known to be online
 * @hole:      a frame that is not online
 * @hole_kind: its kind, and that of its MiB
 * @flags:     flags, of those that matter, of a page that was looked at
 * @counts:    its type and references, or IP_KIND_NONE
 * @mapping:   whom it belongs to
 * @like:      its kind
 * @head:      the larger page that one of its pages was looked at of
 * @head_kind: its kind
 * @sets:      how many sets have got a number
 * @set:       the kinds in each, one bit per kind
 */
struct ip_kind_cache {
	unsigned long area;
	DECLARE_BITMAP(online, IP_KIND_AREA / PAGES_PER_SUBSECTION);
	unsigned long hole;
	u8 hole_kind;
	unsigned long flags;
	u64 counts;
	unsigned long mapping;
	u8 like;
	const struct page *head;
	u8 head_kind;
	u8 sets;
	u16 set[IP_KIND_SETS];
};

/* Counts that no page has. */
#define IP_KIND_NONE (~0ULL)

/* Forgets all but the numbers of sets, of which a cache of zeros has none. */
static inline void ip_kind_forget(struct ip_kind_cache *c)
{
	c->area = ~0UL;
	c->hole = ~0UL;
	c->counts = IP_KIND_NONE;
}

/**
 * ip_kinds_span() - kinds of the memory that the entries of a span map
 * @c:	  cache
 * @t:	  the tree
 * @span: neighbouring entries
 * @kind: gets a kind, or the number of a set, for each entry that maps a page
 *
 * May sleep. After a fatal signal sets may be incomplete.
 */
void ip_kinds_span(struct ip_kind_cache *c, const struct iopt *t, const struct radix_span *span,
		   u8 *kind);

/*
 * Puts the name of a kind to @p, or those of a set, joined by "+", and returns what is
 * behind; 96 bytes suffice.
 */
char *ip_put_kind(char *p, const struct ip_kind_cache *c, u8 kind);

/* -- unit.c ---------------------------------------------------------------------- */

/**
 * struct ip_unit - a remapping unit
 * @regs:  what does not change, and the other registers as they were at first
 * @mmio:  its registers
 * @id:	   number, from 0
 * @all:   it serves each device of its segment that no other unit names
 * @scopes: where its structure in the ACPI table is, for unit.c
 */
struct ip_unit {
	struct iop_unit regs;
	void __iomem *mmio;
	unsigned int id;
	bool all;
	size_t scopes;
};

#define IP_MAX_UNITS 64

extern struct ip_unit ip_units[IP_MAX_UNITS]; /* filled by ip_units_init(), then constant */
extern unsigned int ip_unit_count;

#define ip_for_each_unit(u) for ((u) = ip_units; (u) < ip_units + ip_unit_count; (u)++)

/* Where answers come from. */
enum ip_source {
	IP_SOURCE_NONE, /* no IOMMU */
	IP_SOURCE_TABLES, /* units, with tables in memory */
	IP_SOURCE_API, /* an IOMMU whose tables cannot be read: what the kernel says */
};

enum ip_source ip_source(void);

int ip_units_init(void);
void ip_units_exit(void);

/* What the registers say now. In any context. */
void ip_unit_read(const struct ip_unit *unit, struct iop_unit *regs);

/**
 * ip_unit_of() - which unit serves a requester ID
 * @key: ip_key()
 *
 * Return: the unit in whose tables it is, else the one that is to serve it by ACPI's word,
 * else NULL.
 */
struct ip_unit *ip_unit_of(unsigned long key);

/* The file "units". */
int ip_units_show(struct seq_file *m, void *v);

/* -- devices.c ------------------------------------------------------------------- */

/**
 * struct ip_view - what the kernel says of a device
 * @found:  there is such a device; else nothing below counts
 * @bridge: it is a bridge
 * @vf:	    it is a virtual function
 * @lab:    the lab's own driver has it
 * @pf:	    ip_key() of the physical function, if @vf
 * @group:  number of its IOMMU group, or -1
 * @domain_type: of the group's domain, in a word
 * @driver: its name; "?" when the device is busy, "-" for none
 */
struct ip_view {
	bool found;
	bool bridge;
	bool vf;
	bool lab;
	unsigned long pf;
	int group;
	const char *domain_type;
	char driver[64];
};

/* Fills @v, also when there is no such device. Returns whether there is. */
bool ip_device_view(unsigned long key, struct ip_view *v);

/* The buses below a bridge: 0, or -ENODEV when there is no such bridge. */
int ip_device_buses(unsigned long key, u8 *secondary, u8 *subordinate);

/* Adds all devices to @rids, and the aliases that they might use. 0 or -ENOMEM. */
int ip_devices_list(struct xarray *rids);

int ip_devices_init(void);
void ip_devices_exit(void);

/* -- folders.c ------------------------------------------------------------------- */

#define IP_RID_DEVICE 1 /* a PCI device has it */
#define IP_RID_TABLES 2 /* a unit's tables have it */
#define IP_RID_ALIAS  4 /* it may stand for other devices */

/* Sets such a flag of @key in @rids. 0 or -ENOMEM. */
int ip_rids_add(struct xarray *rids, unsigned long key, unsigned int flag);

/* All requester IDs that there are. 0, -ENOMEM or -EINTR; xa_destroy() @rids in any case. */
int ip_rids_collect(struct xarray *rids);

/* Have the folders brought up to date soon; now, which returns 0 or -EINTR. */
void ip_folders_sync(void);
int ip_folders_sync_wait(void);

void ip_folders_init(struct dentry *root);
void ip_folders_exit(void);

/* -- walk.c ---------------------------------------------------------------------- */

#define IP_FULL	 2 /* the visitor has no room left */
#define IP_PAUSE 3 /* time to look after signals, and whether it is all still true */

/* Spans of entries that map pages or nothing, between two pauses. */
#define IP_SPANS_PER_PAUSE 32

/**
 * struct ip_walk - a walk through the tables of one requester ID
 * @radix:  the pure walker
 * @unit:   the unit; NULL when none serves the requester ID
 * @regs:   its registers, when the walk was set up
 * @who:    what the tables said about the requester ID then
 * @tree:   the tables to be walked; NULL when there are none
 * @key:    whose
 * @span:   takes neighbouring entries that point to no table. Returns 0, or IP_FULL after
 *	    setting @next, or a negative errno
 * @table:  takes an entry that points to a table; may be NULL; returns likewise
 * @raced:  takes a range, both ends inclusive, whose tables kept changing or cannot be
 *	    read; returns likewise
 * @ctx:    for them
 * @next:   address to go on from
 * @budget: spans left until the pause
 * @stale:  where the walk had to begin anew last, and how often
 * @tries:  see @stale
 * @here:   first address of the part of a table that was read last
 * @end:    last address of that
 * @table_at: that table's physical address
 * @level:  and its level
 * @status: bits of entries that the hardware sets by itself
 * @buf:    a copied table for each level
 */
struct ip_walk {
	struct radix_walk radix;
	struct ip_unit *unit;
	struct iop_unit regs;
	struct iop_requester who;
	const struct iop_tree *tree;
	unsigned long key;
	int (*span)(struct ip_walk *w, const struct radix_span *span);
	int (*table)(struct ip_walk *w, const struct radix_span *span);
	int (*raced)(struct ip_walk *w, u64 first, u64 last);
	void *ctx;

	u64 next;
	unsigned int budget;
	u64 stale;
	unsigned int tries;
	u64 here;
	u64 end;
	u64 table_at;
	unsigned int level;
	u64 status;

	u64 buf[RADIX_MAX_LEVELS][RADIX_ENTRIES];
};

/* Finds the tables of requests of @key that bear @pasid, or none (IOP_NO_PASID). */
void ip_walk_init(struct ip_walk *w, unsigned long key, u32 pasid);

/**
 * ip_walk() - visit the entries of a range
 * @w:	   walk, its visitor set, its @tree not NULL
 * @first: first address, within one of the ranges of iopt_range()
 * @last:  last address, within the same
 *
 * Takes no lock. May sleep.
 *
 * Return: 0 when done, IP_FULL or IP_PAUSE to be called again from w->next, -EINTR when
 * the caller got a fatal signal, or what the visitor returned.
 */
int ip_walk(struct ip_walk *w, u64 first, u64 last);

/* Does the requester ID still use the tables that the walk is about? */
bool ip_walk_valid(const struct ip_walk *w);

/* Rights that all entries above @level leave, and the requester's own. */
u8 ip_walk_rights(const struct ip_walk *w, unsigned int level);

/**
 * struct ip_totals - what is in the tables of a requester ID
 * @leaves: entries that map pages
 * @bytes:  that they map
 * @tables: tables
 * @raced:  a part could not be read, or they changed
 */
struct ip_totals {
	u64 leaves;
	u64 bytes;
	u64 tables;
	bool raced;
};

/* Counts all of it. 0 or -EINTR. */
int ip_walk_totals(struct ip_walk *w, struct ip_totals *totals);

/* -- the other files ------------------------------------------------------------- */

extern const struct file_operations ip_tables_fops;
extern const struct file_operations ip_mappings_fops;
extern const struct file_operations ip_devices_fops;
extern const struct file_operations ip_domains_fops;
extern const struct file_operations ip_faults_fops;

int ip_faults_init(void);
void ip_faults_exit(void);

int ip_lab_init(struct dentry *root);
void ip_lab_exit(void);
bool ip_lab_owns(const struct device_driver *driver);

#endif /* _IOMMU_PROBE_IOMMU_PROBE_H */

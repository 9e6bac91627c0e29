/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the sub-commands about the IOMMU get their facts: the text files of the module
 * iommu_probe and a few of the kernel's own, live or all in one saved file.
 *
 *	iommu_source.c	files by name: live, saved, and saving
 *	iommu_host.c	what the machine adds, as text: PCI functions, who holds VFIO groups
 *	iommu_lines.c	text -> lines, columns, numbers (iommu_lines.h)
 *	iommu_parse.c	the module's files -> the structures below
 *	iommu_records.c	those of the machine, too
 *	iommu_tables.c	a requester's tables -> memory for the pure cores
 *
 * Live or saved, everything is parsed from text, and nothing in it is trusted: numbers
 * are bounded, and what does not fit is an error that names the file and the line.
 */
#ifndef _IOMMU_SOURCE_H
#define _IOMMU_SOURCE_H

#include "../../iommu_probe/dma.h"
#include "../../iommu_probe/mapping.h"
#include "xlate.h"

/* For numbers that a line does not have. */
#define IOM_NONE (~0U)

/* A requester ID with its segment in front. */
#define IOM_RID(segment, bdf) ((u32)(segment) << 16 | (bdf))

/* Room for "0000:00:1f.3". */
#define IOM_RID_SIZE 16

/**
 * struct iom_file - a file
 * @name: as the module has it, "devices"; others by their path without the first slash
 * @text: its contents, followed by a zero; NULL: there is none
 * @len:  characters
 */
struct iom_file {
	char *name;
	char *text;
	size_t len;
};

/**
 * struct iom_unit - a remapping unit
 * @hw:	      its registers, as the pure cores want them
 * @id:	      its number
 * @on:	      does it translate?
 * @mode:     "legacy", "scalable" or "-"
 * @intremap: "on", "off" or "-"
 * @words:    the whole line, key=value
 */
struct iom_unit {
	struct iop_unit hw;
	u32 id;
	bool on;
	const char *mode;
	const char *intremap;
	const char *words;
};

/**
 * struct iom_reserved - memory that firmware reserves for devices (RMRR)
 * @start:   first byte
 * @last:    last byte
 * @devices: their names, separated by commas
 */
struct iom_reserved {
	u64 start;
	u64 last;
	const char *devices;
};

/**
 * struct iom_dev - a requester ID, or one of its PASIDs
 * @rid:      IOM_RID
 * @pasid:    IOM_NONE for requests without PASID
 * @unit:     number of its unit, or IOM_NONE
 * @vf_of:    IOM_RID of the PF, or IOM_NONE
 * @group:    number of the IOMMU group, or IOM_NONE
 * @levels:   of its table, 0 when it has none
 * @did:      domain id, or IOM_NONE
 * @claimed:  is there a PCI device that has this ID?
 * @root:     physical address of its table, 0 when it has none
 * @mappings: leaves
 * @bytes:    that they map
 * @driver:   or "-", like all other words
 * @domain:   what the kernel says: identity, dma, dma-fq, unmanaged, blocked, sva, ?
 * @mode:     what the tables say: absent, blocked, pass, table, nested, bad, off
 * @format:   vtd-ss, vtd-fs, amd-v1, amd-v2
 * @flags:    separated by commas
 * @source:   tables, api
 */
struct iom_dev {
	u32 rid;
	u32 pasid;
	u32 unit;
	u32 vf_of;
	u32 group;
	u32 levels;
	u32 did;
	bool claimed;
	u64 root;
	u64 mappings;
	u64 bytes;
	const char *driver;
	const char *domain;
	const char *mode;
	const char *format;
	const char *flags;
	const char *source;
};

/**
 * struct iom_pci - a PCI function, from sysfs
 * @rid:	 IOM_RID
 * @vendor:	 its number
 * @device:	 the device's
 * @class:	 three bytes
 * @bridge:	 has it a bus behind it?
 * @secondary:	 that bus
 * @subordinate: the last bus behind it
 */
struct iom_pci {
	u32 rid;
	u32 vendor;
	u32 device;
	u32 class;
	bool bridge;
	u32 secondary;
	u32 subordinate;
};

/**
 * struct iom_alias - a PCI function behind a bridge that lends its requests an ID
 * @rid:   the function's
 * @alias: IOM_RID that its requests bear when they come to the unit
 */
struct iom_alias {
	u32 rid;
	u32 alias;
};

/**
 * struct iom_holder - a process that has a VFIO group open
 * @group: its number
 * @pid:   of the process
 * @comm:  its name
 */
struct iom_holder {
	u32 group;
	u32 pid;
	const char *comm;
};

/**
 * struct iom_region - what the kernel keeps mapped, or away, for a group
 * @group: its number
 * @start: first byte
 * @last:  last byte
 * @type:  direct, direct-relaxable, msi, reserved
 */
struct iom_region {
	u32 group;
	u64 start;
	u64 last;
	const char *type;
};

/**
 * struct iom_run - a line of mappings
 * @start:  first IOVA
 * @last:   last one
 * @phys:   where the first leads
 * @entry:  the first leaf
 * @page:   bytes of each page
 * @rights: IOPT_R, IOPT_W
 * @raced:  it kept changing: only the addresses are known
 * @kind:   of memory, more than one with a plus between, "-" for not known
 */
struct iom_run {
	u64 start;
	u64 last;
	u64 phys;
	u64 entry;
	u64 page;
	u8 rights;
	bool raced;
	const char *kind;
};

/**
 * struct iom_memory - the tables of one requester, as memory
 * @mem:     for the pure cores; not larger than a page at a time
 * @span:    what is known, in the order of addresses
 * @nspans:  how many
 * @page:    table pages that are known: zero where no span is
 * @npages:  how many
 */
struct iom_memory {
	struct iop_memory mem;
	struct iom_span *span;
	size_t nspans;
	u64 *page;
	size_t npages;
};

/**
 * struct iom - all of it
 * @from:      name of the saved file, NULL when live
 * @saved:     its contents
 * @files:     those that were read
 * @nfiles:    how many
 * @scratch:   lines taken apart, which strings point into
 * @nscratch:  how many
 * @units:     remapping units
 * @nunits:    how many
 * @reserved:  RMRRs
 * @nreserved: how many
 * @devs:      requester IDs in order
 * @ndevs:     how many
 * @pcis:      PCI functions in order
 * @npcis:     how many
 * @aliases:   functions behind bridges
 * @naliases:  how many
 * @holders:   who holds VFIO groups
 * @nholders:  how many
 * @regions:   of the groups
 * @nregions:  how many
 * @source:    vtd, amd, api or none
 * @reason:    why, in words
 */
struct iom {
	const char *from;
	char *saved;
	struct iom_file *files;
	size_t nfiles;
	char **scratch;
	size_t nscratch;
	struct iom_unit *units;
	size_t nunits;
	struct iom_reserved *reserved;
	size_t nreserved;
	struct iom_dev *devs;
	size_t ndevs;
	struct iom_pci *pcis;
	size_t npcis;
	struct iom_alias *aliases;
	size_t naliases;
	struct iom_holder *holders;
	size_t nholders;
	struct iom_region *regions;
	size_t nregions;
	const char *source;
	const char *reason;
};

/* iommu_source.c */

/**
 * iom_open() - the live files, or those of --input, with units and devices parsed
 * @s: gets them
 *
 * Return: 0, or an exit code after reporting the error.
 */
int iom_open(struct iom *s);
void iom_close(struct iom *s);

/* Takes a saved file apart: 0, or an exit code after reporting the error. */
int iom_take_saved(struct iom *s, char *text, size_t len);

/* Contents of a file, NULL when it is not there. */
const struct iom_file *iom_file(struct iom *s, const char *name);

/* Opens a file of the module, to be polled; -1 and errno. */
int iom_live_fd(const char *name);

/* Writes all files into one; returns an exit code. */
int iom_save(struct iom *s, const char *path);

/* Why there is nothing to read, and what to do about it: XLATE_ABSENT, reported. */
int iom_absent(int err);

/* All of a file or pipe, followed by a zero; NULL and errno. */
char *read_fd(int fd, size_t limit, size_t *len);
char *read_path(const char *path, size_t limit, size_t *len);

/* iommu_host.c */

/* The text of a file that no file system has ("pci", "holders", "config"), or NULL. */
char *host_text(const char *name, size_t *len);

/* Does a process have that VFIO group open now? Its name and number, "qemu[123]", to @buf. */
bool host_holder(u32 group, char *buf, size_t size);

/* "82576 Gigabit Network Connection", with @full the vendor before it; or numbers. */
const char *pci_name(const struct iom_pci *p, bool full);

/* iommu_parse.c */

int iom_parse(struct iom *s);
int iom_parse_host(struct iom *s);

/* Reads "0x1f", "31": false when it is no number of 64 bits. */
bool iom_number(const char *word, u64 *value);

/* Reads "0000:00:1f.3" or "00:1f.3". */
bool iom_parse_rid(const char *word, u32 *rid);
const char *iom_rid_name(u32 rid, char *buf);

/* Has @list, whose words @sep separates, this one? Behind a colon a word has its value. */
bool iom_has_word(const char *list, const char *word, char sep);

/* The runs of a requester, to be freed; XLATE_ERROR after reporting it. */
int iom_runs(struct iom *s, const struct iom_dev *d, struct iom_run **runs, size_t *count);

const struct iom_unit *iom_unit(const struct iom *s, const struct iom_dev *d);
const struct iom_pci *iom_pci(const struct iom *s, u32 rid);

/* The requester ID that requests of this function bear: mostly @rid itself. */
u32 iom_alias(const struct iom *s, u32 rid);

/* The first record of a requester ID, NULL when neither a device nor a table has it. */
const struct iom_dev *iom_dev(const struct iom *s, u32 rid);

/* Which requester ID is meant, by BDF: 0, or an exit code after reporting the error. */
int iom_bad_rid(const char *word);
int iom_find(const struct iom *s, const char *word, const struct iom_dev **d);

/* "vfio_user[1042]" of all who hold the group, "-" for nobody; @buf has 128 bytes. */
const char *iom_holder_names(const struct iom *s, u32 group, char *buf);

/* The same for a table: of the first, and how many more there are. */
const char *iom_holder_short(const struct iom *s, u32 group, char *buf);

/* iommu_tables.c */

/* 0, or an exit code after reporting the error. Without the file there is just nothing. */
int iom_load(struct iom *s, const struct iom_dev *d, struct iom_memory *m);
void iom_unload(struct iom_memory *m);

/* iommu_walk.c */

/**
 * iom_requester() - what the tables say about a requester ID
 * @u: its unit
 * @m: its tables
 * @d: it
 * @r: gets the answer
 *
 * Return: as iop_requester().
 */
int iom_requester(const struct iom_unit *u, const struct iom_memory *m, const struct iom_dev *d,
		  struct iop_requester *r);

/**
 * iom_walk() - all that a requester ID can reach through its table
 * @m:	 its tables
 * @r:	 what iom_requester() said; its table is walked
 * @fn:	 takes the mappings, in the order of addresses; non-zero ends the walk
 * @ctx: for it
 *
 * Return: 0, 1 when parts of the tables are not known, -EOPNOTSUPP for two trees, or what
 * @fn returned.
 */
int iom_walk(const struct iom_memory *m, const struct iop_requester *r,
	     int (*fn)(void *ctx, const struct iop_mapping *map), void *ctx);

#endif /* _IOMMU_SOURCE_H */

/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* /dev/xlate_oracle: the kernel's own answers about I/O addresses, kunit/iommu_oracle.c. */
#ifndef _XLATE_ORACLE_H
#define _XLATE_ORACLE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* How a requester ID is written here. */
#define ORACLE_RID(segment, bus, devfn) ((__u32)(segment) << 16 | (bus) << 8 | (devfn))

/**
 * struct oracle_lookup - ask iommu_iova_to_phys() about a list of addresses
 * @rid:   the function whose domain is asked, as ORACLE_RID()
 * @type:  out: enum-like type of the domain (ORACLE_IDENTITY and so on)
 * @count: how many addresses
 * @iova:  pointer to @count __u64: the addresses
 * @phys:  pointer to @count __u64, out: where each leads, 0 where nowhere
 */
struct oracle_lookup {
	__u32 rid;
	__u32 type;
	__u64 count;
	__u64 iova;
	__u64 phys;
};

/**
 * struct oracle_hit - a page that is mapped
 * @iova: its address, in bytes
 * @phys: where that leads, in bytes
 */
struct oracle_hit {
	__u64 iova;
	__u64 phys;
};

/**
 * struct oracle_scan - ask about every page of a range
 * @rid:   the function whose domain is asked, as ORACLE_RID()
 * @type:  out: type of the domain
 * @start: first address, a multiple of 4096
 * @pages: how many pages of 4 KiB
 * @hits:  out: how many of them lead somewhere
 * @room:  of how many there is room at @vec
 * @vec:   pointer to @room struct oracle_hit, out; or 0, to count only
 */
struct oracle_scan {
	__u32 rid;
	__u32 type;
	__u64 start;
	__u64 pages;
	__u64 hits;
	__u64 room;
	__u64 vec;
};

/**
 * struct oracle_map - map frames in the domain of the function that this file claimed
 * @iova:   first address, in bytes
 * @phys:   first frame, in bytes: any, ours or not, since nothing DMAs through it
 * @pages:  how many pages of 4 KiB
 * @stride: page i leads to @phys + (i * @stride % @pages) pages; 1 maps one piece, which may
 *	    get large pages; a number without a factor in common with @pages scatters it
 * @prot:   ORACLE_READ, ORACLE_WRITE
 */
struct oracle_map {
	__u64 iova;
	__u64 phys;
	__u64 pages;
	__u32 stride;
	__u32 prot;
};

#define ORACLE_READ  1
#define ORACLE_WRITE 2

/* Types of domains. */
#define ORACLE_NONE	0 /* no domain: no IOMMU */
#define ORACLE_BLOCKED	1
#define ORACLE_IDENTITY 2
#define ORACLE_PAGING	3

#define ORACLE_LOOKUP _IOWR('o', 1, struct oracle_lookup)
#define ORACLE_SCAN   _IOWR('o', 2, struct oracle_scan)
/*
 * Take a function that no driver has, one per open file, and give it a domain of its own.
 * The argument is its requester ID. It is given back by the last close().
 */
#define ORACLE_CLAIM _IOW('o', 3, __u32)
#define ORACLE_MAP   _IOW('o', 4, struct oracle_map)
#define ORACLE_UNMAP _IOW('o', 5, struct oracle_map) /* only @iova and @pages matter */
/* Pages that the file owns, for mapping: get 2^N of them, their address comes out; put them. */
#define ORACLE_GET _IOWR('o', 6, __u64)
#define ORACLE_PUT _IO('o', 7)

#endif /* _XLATE_ORACLE_H */

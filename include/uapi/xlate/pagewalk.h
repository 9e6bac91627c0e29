/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * pagewalk: the user-space interface of /proc/pagewalk/raw.
 *
 * Three ioctls, each taking one struct whose first member is the size that the
 * caller was compiled with. The rules are those of PAGEMAP_SCAN and clone3():
 *
 *  - a smaller size than the kernel's is an older caller: what it does not know
 *    reads as zero and is not written;
 *  - a larger size is a newer caller: accepted when what the module does not
 *    know is zero, else E2BIG;
 *  - unknown flags and non-zero reserved members are refused with EINVAL;
 *  - PAGEWALK_IOC_FEATURES tells beforehand what is understood.
 *
 * Errors common to all: EPERM (the opener or the caller lacks CAP_SYS_ADMIN in the
 * initial user namespace, or the kernel is locked down for confidentiality), EFAULT,
 * EINVAL, E2BIG, ENOTTY (unknown ioctl), ESRCH (no such process in the caller's pid
 * namespace, or one that has exited), EINVAL for a kernel thread (no user memory), EINTR
 * (a fatal signal while waiting for the target's mmap lock).
 *
 * Entries are those of AMD64 APM vol. 2, 5.4 "Long-Mode Page Translation", and of
 * Intel SDM vol. 3A, 4.5. "Level" counts as the hardware does: 1 is the page table
 * (PTE), 2 the page directory, 3 PDPT, 4 PML4, 5 PML5.
 */
#ifndef _UAPI_XLATE_PAGEWALK_H
#define _UAPI_XLATE_PAGEWALK_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PAGEWALK_API_VERSION 1

/* No such swap type on the running kernel (members swp_* of struct pagewalk_mmu). */
#define PAGEWALK_SWP_ABSENT 0xff

/* struct pagewalk_mmu.flags: what the paging hardware of this machine does. */
#define PAGEWALK_MMU_NX	      (1U << 0) /* EFER.NXE: bit 63 forbids execution */
#define PAGEWALK_MMU_PKU      (1U << 1) /* CR4.PKE: bits 62..59 choose a protection key */
#define PAGEWALK_MMU_PTI      (1U << 2) /* user mode runs on a second top-level table */
#define PAGEWALK_MMU_SHSTK    (1U << 3) /* user shadow stacks (CET) are on */
#define PAGEWALK_MMU_LAM      (1U << 4) /* the CPU can ignore address tags */
#define PAGEWALK_MMU_VSYSCALL (1U << 5) /* the vsyscall page is emulated */

/**
 * struct pagewalk_mmu - all that one needs to read this machine's raw entries
 * @phys_mask:	      bits of an entry that are the physical address (no encryption bit)
 * @enc_mask:	      SME/SEV encryption bit ("C-bit"), 0 where there is none
 * @saved_dirty_mask: Linux's parked dirty bit of read-only pages (_PAGE_SAVED_DIRTY), or 0
 * @devmap_mask:      Linux's mark of device memory with struct pages (_PAGE_DEVMAP), or 0
 * @flags:	      PAGEWALK_MMU_*
 * @levels:	      4, or 5 with LA57
 * @swp_files:	      swap types below this one are swap files (MAX_SWAPFILES)
 * @swp_hwpoison:     type of a poisoned page's entry, or PAGEWALK_SWP_ABSENT (as all below)
 * @swp_migration_read: type of a read-only page that is being migrated
 * @swp_migration_read_excl: the same, anonymous and exclusive to the process
 * @swp_migration_write: type of a writable page that is being migrated
 * @swp_device_write: type of a writable page in device-private memory
 * @swp_device_read:  type of a read-only page in device-private memory
 * @swp_device_excl_write: type of a page lent exclusively to a device, writable
 * @swp_device_excl_read: the same, read-only
 * @swp_marker:	      type of a PTE marker
 * @marker_uffd_wp:   bit of a marker's offset: userfaultfd write-protected
 * @marker_poison:    bit of a marker's offset: poisoned (UFFDIO_POISON)
 * @marker_guard:     bit of a marker's offset: guard page (MADV_GUARD_INSTALL)
 * @reserved:	      zero
 */
struct pagewalk_mmu {
	__u64 phys_mask;
	__u64 enc_mask;
	__u64 saved_dirty_mask;
	__u64 devmap_mask;
	__u32 flags;
	__u8 levels;
	__u8 swp_files;
	__u8 swp_hwpoison;
	__u8 swp_migration_read;
	__u8 swp_migration_read_excl;
	__u8 swp_migration_write;
	__u8 swp_device_write;
	__u8 swp_device_read;
	__u8 swp_device_excl_write;
	__u8 swp_device_excl_read;
	__u8 swp_marker;
	__u8 marker_uffd_wp;
	__u8 marker_poison;
	__u8 marker_guard;
	__u8 reserved[6];
};

/**
 * enum pagewalk_state - what one entry says
 * @PAGEWALK_NONE:	  empty: nothing was ever here, or it was given back
 * @PAGEWALK_TABLE:	  points to a table of the next level
 * @PAGEWALK_PAGE:	  maps a page (4K, 2M or 1G by its level)
 * @PAGEWALK_PROTNONE:	  a page in a PROT_NONE mapping: P clear, the page is kept
 * @PAGEWALK_NUMA:	  a page whose P was cleared to see which node touches it
 * @PAGEWALK_SPLIT:	  a huge page caught while it is being split
 * @PAGEWALK_SWAP:	  swapped out: type and offset
 * @PAGEWALK_MIGRATION:	  being moved to another frame
 * @PAGEWALK_HWPOISON:	  the frame had a memory error
 * @PAGEWALK_UFFD_WP:	  marker: empty, but write-protected by userfaultfd
 * @PAGEWALK_POISON:	  marker: touching it raises SIGBUS (UFFDIO_POISON)
 * @PAGEWALK_GUARD:	  marker: touching it raises SIGSEGV (MADV_GUARD_INSTALL)
 * @PAGEWALK_DEVICE:	  the page lives in device-private memory
 * @PAGEWALK_DEVICE_EXCL: the page is lent exclusively to a device
 * @PAGEWALK_UNKNOWN:	  P clear and of no type known to this kernel
 * @PAGEWALK_STATES:	  how many there are
 */
enum pagewalk_state {
	PAGEWALK_NONE,
	PAGEWALK_TABLE,
	PAGEWALK_PAGE,
	PAGEWALK_PROTNONE,
	PAGEWALK_NUMA,
	PAGEWALK_SPLIT,
	PAGEWALK_SWAP,
	PAGEWALK_MIGRATION,
	PAGEWALK_HWPOISON,
	PAGEWALK_UFFD_WP,
	PAGEWALK_POISON,
	PAGEWALK_GUARD,
	PAGEWALK_DEVICE,
	PAGEWALK_DEVICE_EXCL,
	PAGEWALK_UNKNOWN,
	PAGEWALK_STATES,
};

/*
 * Facts about the frame behind an entry, from the kernel's struct page (PAGEWALK_F_FACTS).
 * At most one of ANON, FILE, SHMEM, ZERO, HUGE_ZERO and NOPAGE is set; KSM comes with ANON.
 */
#define PAGEWALK_PG_ANON      (1U << 0) /* anonymous memory */
#define PAGEWALK_PG_FILE      (1U << 1) /* page cache of a file */
#define PAGEWALK_PG_SHMEM     (1U << 2) /* shared memory, tmpfs, memfd */
#define PAGEWALK_PG_KSM	      (1U << 3) /* merged by KSM */
#define PAGEWALK_PG_ZERO      (1U << 4) /* the shared page of zeros */
#define PAGEWALK_PG_HUGE_ZERO (1U << 5) /* the shared huge page of zeros */
#define PAGEWALK_PG_NOPAGE    (1U << 6) /* mapped by frame number: device memory and the like */
#define PAGEWALK_PG_HUGETLB   (1U << 7) /* from the hugetlb pool */
#define PAGEWALK_PG_LARGE     (1U << 8) /* part of a large folio */
#define PAGEWALK_PG_EXCLUSIVE (1U << 9) /* anonymous, certainly not shared by copy-on-write */
#define PAGEWALK_PG_ONCE      (1U << 10) /* mapped exactly once in the whole system */
#define PAGEWALK_PG_COW	      (1U << 11) /* a write would have to copy it first */
#define PAGEWALK_PG_VALID     (1U << 31) /* the facts were looked up */

/* What the virtual memory area (a line of /proc/PID/maps) around an entry is. */
#define PAGEWALK_VMA_READ	  (1U << 0)
#define PAGEWALK_VMA_WRITE	  (1U << 1)
#define PAGEWALK_VMA_EXEC	  (1U << 2)
#define PAGEWALK_VMA_SHARED	  (1U << 3) /* MAP_SHARED */
#define PAGEWALK_VMA_MAYWRITE	  (1U << 4) /* mprotect() could make it writable */
#define PAGEWALK_VMA_FILE	  (1U << 5) /* a regular file is behind it */
#define PAGEWALK_VMA_SHMEM	  (1U << 6) /* that file is shared memory or on tmpfs */
#define PAGEWALK_VMA_ANON	  (1U << 7) /* no operations of its own: anonymous memory */
#define PAGEWALK_VMA_HUGETLB	  (1U << 8)
#define PAGEWALK_VMA_PFNMAP	  (1U << 9) /* VM_PFNMAP: frames without struct page */
#define PAGEWALK_VMA_MIXEDMAP	  (1U << 10) /* VM_MIXEDMAP */
#define PAGEWALK_VMA_IO		  (1U << 11) /* VM_IO: device memory */
#define PAGEWALK_VMA_GROWSDOWN	  (1U << 12) /* a stack */
#define PAGEWALK_VMA_UFFD_MISSING (1U << 13) /* userfaultfd is told of missing pages */
#define PAGEWALK_VMA_UFFD_WP	  (1U << 14) /* ... of writes */
#define PAGEWALK_VMA_UFFD_MINOR	  (1U << 15) /* ... of pages that only lack an entry */
#define PAGEWALK_VMA_SOFTDIRTY	  (1U << 16) /* newer than the last clear_refs */
#define PAGEWALK_VMA_LOCKED	  (1U << 17) /* mlock() */
#define PAGEWALK_VMA_SHSTK	  (1U << 18) /* a shadow stack */
#define PAGEWALK_VMA_PRESENT	  (1U << 31) /* there is such an area */

/* Effective rights of user mode over all levels, protection keys left aside. */
#define PAGEWALK_R (1U << 0)
#define PAGEWALK_W (1U << 1)
#define PAGEWALK_X (1U << 2)

/* In which order the frames of a run follow each other. */
enum pagewalk_order {
	PAGEWALK_ORDER_SINGLE, /* one page, or no frames at all */
	PAGEWALK_ORDER_ASC, /* each frame (or swap slot) is the next one */
	PAGEWALK_ORDER_DESC, /* each is the one before */
	PAGEWALK_ORDER_SCATTERED, /* neither: ask PAGEWALK_LAYOUT_RAW for the frames */
};

/**
 * struct pagewalk_features - PAGEWALK_IOC_FEATURES: what this module understands
 * @size:     in: sizeof(struct pagewalk_features) of the caller
 * @version:  out: PAGEWALK_API_VERSION
 * @scan_flags: out: flags that PAGEWALK_IOC_SCAN accepts
 * @probe_flags: out: flags that PAGEWALK_IOC_PROBE accepts (none so far)
 * @layouts:  out: bit n is set when layout n is known
 * @reserved: zero
 * @mmu:      out: how to read entries
 */
struct pagewalk_features {
	__u32 size;
	__u32 version;
	__u32 scan_flags;
	__u32 probe_flags;
	__u32 layouts;
	__u32 reserved;
	struct pagewalk_mmu mmu;
};

/* struct pagewalk_scan.layout */
#define PAGEWALK_LAYOUT_RAW  0 /* struct pagewalk_chunk, each followed by its entries */
#define PAGEWALK_LAYOUT_RUNS 1 /* struct pagewalk_run */

/* struct pagewalk_scan.flags */
/*
 * With TABLES, an entry may be given again: for each area that it serves, and where a walk
 * went on.
 */
#define PAGEWALK_F_TABLES (1U << 0) /* RAW: give the entries that point to tables too */
#define PAGEWALK_F_FACTS  (1U << 1) /* RUNS: look at struct page (slower) */
#define PAGEWALK_F_HOLES  (1U << 2) /* RUNS: give runs of empty entries too */
#define PAGEWALK_F_ALL	  (PAGEWALK_F_TABLES | PAGEWALK_F_FACTS | PAGEWALK_F_HOLES)

/**
 * struct pagewalk_scan - PAGEWALK_IOC_SCAN: entries of a range in bulk
 * @size:     in: sizeof(struct pagewalk_scan) of the caller
 * @flags:    in: PAGEWALK_F_*
 * @pid:      in: process or thread id in the caller's pid namespace; 0 is the caller
 * @layout:   in: PAGEWALK_LAYOUT_*
 * @start:    in: first address, page-aligned
 * @end:      in: address after the last, page-aligned; ~0 is "to the end"
 * @walk_end: out: where the walk stopped: @end clipped to user space when the range is
 *	      done, else the address to go on from as the next call's @start
 * @vec:      in: address of the buffer, 8-byte aligned
 * @vec_len:  in: bytes there, at least PAGEWALK_VEC_MIN
 * @vec_used: out: bytes written
 * @cookie:   in: 0, or the cookie of an earlier call, which must then still be the same
 *	      address space: ESTALE after execve(); out: the address space's cookie
 * @reserved: zero
 *
 * Only mapped ranges (lines of /proc/PID/maps) are walked; elsewhere user space has no
 * entries. A range may change between two calls, and entries may change while they are
 * copied: each entry is read at one moment, a range is not.
 */
struct pagewalk_scan {
	__u32 size;
	__u32 flags;
	__s32 pid;
	__u32 layout;
	__u64 start;
	__u64 end;
	__u64 walk_end;
	__u64 vec;
	__u64 vec_len;
	__u64 vec_used;
	__u64 cookie;
	__u64 reserved[2];
};

/* A full table of 512 entries and the entries that lead to it always fit. */
#define PAGEWALK_VEC_MIN 4352

/**
 * struct pagewalk_chunk - neighbouring entries of one table (PAGEWALK_LAYOUT_RAW)
 * @va:	      address that the first entry translates
 * @table:    physical address of the table, in bytes
 * @vma:      PAGEWALK_VMA_* of the area
 * @index:    index of the first entry in its table, 0..511
 * @count:    number of __u64 entries that follow, 1..512
 * @level:    1..5
 * @path:     effective rights of the entries above, PAGEWALK_R|W|X
 * @reserved: zero
 */
struct pagewalk_chunk {
	__u64 va;
	__u64 table;
	__u32 vma;
	__u16 index;
	__u16 count;
	__u8 level;
	__u8 path;
	__u8 reserved[6];
};

/**
 * struct pagewalk_run - neighbouring entries that say the same (PAGEWALK_LAYOUT_RUNS)
 * @start:    first address
 * @end:      address after the last
 * @entry:    raw value of the first entry
 * @vma:      PAGEWALK_VMA_* of the area
 * @facts:    PAGEWALK_PG_*, the same for each page of the run
 * @maps_min: fewest times that a page of the run is mapped, system-wide (FACTS only)
 * @maps_max: most times
 * @level:    1..5, so the page size is 4K << 9 * (level - 1)
 * @state:    enum pagewalk_state
 * @order:    enum pagewalk_order
 * @rights:   effective rights over all levels, PAGEWALK_R|W|X
 * @pkey:     protection key of the area, 0..15
 * @reserved: zero
 *
 * All entries of a run have the same flag bits; only their frames (or swap offsets)
 * differ, as @order tells.
 */
struct pagewalk_run {
	__u64 start;
	__u64 end;
	__u64 entry;
	__u32 vma;
	__u32 facts;
	__u32 maps_min;
	__u32 maps_max;
	__u8 level;
	__u8 state;
	__u8 order;
	__u8 rights;
	__u8 pkey;
	__u8 reserved[3];
};

/**
 * struct pagewalk_step - one level of a walk
 * @table:    physical address of the table
 * @entry:    raw entry
 * @user_entry: with PTI, top level only: the entry that user mode's own top-level table
 *	      has in that place; else equal to @entry
 * @index:    index in the table, 0..511
 * @level:    1..5
 * @state:    enum pagewalk_state
 * @reserved: zero
 */
struct pagewalk_step {
	__u64 table;
	__u64 entry;
	__u64 user_entry;
	__u16 index;
	__u8 level;
	__u8 state;
	__u32 reserved;
};

/* struct pagewalk_facts.flags */
#define PAGEWALK_FACT_PKRU     (1U << 0) /* @pkru is known */
#define PAGEWALK_FACT_STACK    (1U << 1) /* @vm_start.. is the stack above an unmapped address */
#define PAGEWALK_FACT_EOF      (1U << 2) /* the page lies beyond the end of its file */
#define PAGEWALK_FACT_RACED    (1U << 3) /* tables changed under the walk more than once */
#define PAGEWALK_FACT_NO_FAULT (1U << 4) /* device mapping that cannot fault pages in */

/**
 * struct pagewalk_facts - all that is known about one address of one process
 * @addr:	as asked
 * @untagged:	without the tag bits that LAM ignores; else equal to @addr
 * @task_size:	first address behind user space
 * @mmu:	how to read the entries
 * @root:	physical address of the top-level table
 * @user_root:	with PTI: physical address of user mode's top-level table; else 0
 * @step:	levels of the walk, from the top
 * @steps:	how many are valid; the last one decides
 * @pkey:	protection key of the area
 * @prev_vma:	PAGEWALK_VMA_* of the area below (stack growth stops at its guard gap)
 * @flags:	PAGEWALK_FACT_*
 * @vma:	PAGEWALK_VMA_* of the area, 0 where there is none
 * @vm_start:	first address of the area; with PAGEWALK_FACT_STACK that of the stack above
 * @vm_end:	address after it
 * @file_off:	offset of the page in its file, in bytes
 * @file_size:	size of that file, in bytes (PAGEWALK_VMA_FILE)
 * @prev_end:	end of the area below, 0 if there is none
 * @stack_limit: RLIMIT_STACK of the process, in bytes
 * @pkru:	PKRU of the thread when it last left the CPU
 * @page:	PAGEWALK_PG_* of the frame
 * @maps:	how many entries in the system map that frame
 * @reserved:	zero
 */
struct pagewalk_facts {
	__u64 addr;
	__u64 untagged;
	__u64 task_size;
	struct pagewalk_mmu mmu;
	__u64 root;
	__u64 user_root;
	struct pagewalk_step step[5];
	__u8 steps;
	__u8 pkey;
	__u8 reserved[2];
	__u32 prev_vma;
	__u32 flags;
	__u32 vma;
	__u64 vm_start;
	__u64 vm_end;
	__u64 file_off;
	__u64 file_size;
	__u64 prev_end;
	__u64 stack_limit;
	__u32 pkru;
	__u32 page;
	__u32 maps;
	__u32 reserved2;
};

/**
 * struct pagewalk_probe - PAGEWALK_IOC_PROBE: follow one address
 * @size:     in: sizeof(struct pagewalk_probe) of the caller
 * @flags:    in: zero
 * @pid:      in: as in struct pagewalk_scan; of a thread, its PKRU is taken
 * @reserved: zero
 * @addr:     in: any address, aligned or not, canonical or not
 * @facts:    out
 *
 * The access itself (read, write or execute) is judged from the facts by the pure core
 * pagewalk/verdict.c, which user space compiles too.
 */
struct pagewalk_probe {
	__u32 size;
	__u32 flags;
	__s32 pid;
	__u32 reserved;
	__u64 addr;
	struct pagewalk_facts facts;
};

#define PAGEWALK_IOC_MAGIC    0xd7
#define PAGEWALK_IOC_FEATURES _IOWR(PAGEWALK_IOC_MAGIC, 0, struct pagewalk_features)
#define PAGEWALK_IOC_SCAN     _IOWR(PAGEWALK_IOC_MAGIC, 1, struct pagewalk_scan)
#define PAGEWALK_IOC_PROBE    _IOWR(PAGEWALK_IOC_MAGIC, 2, struct pagewalk_probe)

#endif /* _UAPI_XLATE_PAGEWALK_H */

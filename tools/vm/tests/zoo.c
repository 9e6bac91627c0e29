// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page zoo: one process with a page of every kind. Each must be told as what it is, by
 * the probe and scan ioctls and by the text, and the upper levels must be what the CPU has.
 *
 * usage: zoo DIR, a folder on a file system with a disk behind it
 *
 * Eighteen pitfalls of such tools, and where each is tested:
 *  1 four or five levels, none twice			check_upper(), both ways
 *  2 under PTI user mode's own root decides on execution	check_upper(), "program text"
 *  3 rights and flags of all levels, the parked dirty bit	every row, "read-only, dirty"
 *  4 frames of PROT_NONE entries are inverted, NUMA hints	"PROT_NONE ...", "NUMA hint", agree
 *  5 a huge page that is being split			KUnit
 *  6 swap entries and what looks like them			"swapped", "migrating", "device-...", agree
 *  7 markers						"... marker", KUnit (guard)
 *  8 the encryption bit is no part of the address		KUnit
 *  9 frames without struct page				"device frame", "vvar"
 * 10 zero pages						"zero page", "huge zero page"
 * 11 soft-dirty, of the entry or of the area			"soft-dirty ...", agree
 * 12 what a write will do: copy or not			"copy-on-write ...", oracle
 * 13 who shares						"shared by two processes", agree
 * 14 looking changes nothing					"MADV_FREE'd", "never touched"
 * 15 hugetlb						"hugetlb ...", agree
 * 16 the order in which a fault is judged			oracle
 * 17 tagged and non-canonical addresses			oracle, KUnit (LAM)
 * 18 a range is no snapshot				life, storm
 */
#include "tests.h"

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/utsname.h>

#include "../../../include/xlate/x86.h"
#include "../../../kunit/zoo.h"

#ifndef UFFD_FEATURE_POISON
#define UFFD_FEATURE_POISON (1 << 14)
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#define GIGA (1UL << 30)

struct poison_range { /* struct uffdio_poison, newer than Debian 12's headers */
	__u64 start, len, mode;
	__s64 updated;
};
#define IOC_POISON _IOWR(0xaa, 0x08, struct poison_range)

struct hmm_cmd { /* struct hmm_dmirror_cmd of the kernel's lib/test_hmm_uapi.h */
	__u64 addr, ptr, npages, cpages, faults;
};
#define HMM_TO_DEVICE _IOWR('H', 0x02, struct hmm_cmd)
#define HMM_EXCLUSIVE _IOWR('H', 0x05, struct hmm_cmd)

#define ANY 0xff

/**
 * struct row - an inmate
 * @name:      its kind
 * @addr:      where it is
 * @why:       why it cannot be had here; then nothing is checked
 * @failed:    why it could not be had, though it should
 * @cover:     who covers a kind that is absent here
 * @level:     level of the entry, ANY
 * @state:     enum pagewalk_state
 * @rights:    effective, ANY
 * @facts:     facts that must be there
 * @not_facts: facts that must not
 * @vma:       bits of the area that must be there
 * @set:       bits of the entry that must be set
 * @clear:     bits that must not
 * @maps:      times mapped, 0 for any
 * @pkey:      protection key
 * @elsewhere: it was in another process, and has been checked
 */
struct row {
	const char *name;
	char *addr;
	const char *why, *failed, *cover;
	uint8_t level, state, rights;
	uint32_t facts, not_facts, vma;
	uint64_t set, clear;
	uint32_t maps;
	unsigned int pkey;
	bool elsewhere;
};

#define R   PAGEWALK_R
#define RW  (PAGEWALK_R | PAGEWALK_W)
#define RX  (PAGEWALK_R | PAGEWALK_X)
#define RWX (PAGEWALK_R | PAGEWALK_W | PAGEWALK_X)

#define P_ANON	PAGEWALK_PG_ANON
#define P_FILE	PAGEWALK_PG_FILE
#define P_SHMEM PAGEWALK_PG_SHMEM
#define P_KSM	PAGEWALK_PG_KSM
#define P_ZERO	PAGEWALK_PG_ZERO
#define P_HZERO PAGEWALK_PG_HUGE_ZERO
#define P_NONE	PAGEWALK_PG_NOPAGE
#define P_HTLB	PAGEWALK_PG_HUGETLB
#define P_LARGE PAGEWALK_PG_LARGE
#define P_EXCL	PAGEWALK_PG_EXCLUSIVE
#define P_ONCE	PAGEWALK_PG_ONCE
#define P_COW	PAGEWALK_PG_COW

static struct row rows[96];
static unsigned int count;
static int raw;
static struct pagewalk_features features;
static const char *dir;

/* The wishes of a row stand behind the defaults and override them. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

/* A new row with the wishes given; the caller adds the address. */
#define ROW(text, ...)                                       \
	(rows[count] = (struct row){ .name = text,           \
				     .level = 1,             \
				     .state = PAGEWALK_PAGE, \
				     .rights = RW,           \
				     __VA_ARGS__ },          \
	 &rows[count++])

static struct row *absent(const char *name, const char *why, const char *cover)
{
	return ROW(name, .why = why, .cover = cover);
}

/* -- memory -------------------------------------------------------------------------- */

/*
 * A place of its own for each mapping: neighbours that are alike would become one area,
 * and a large one would get huge pages.
 */
static char *slot(size_t size, size_t align)
{
	size_t room = size + align + 32 * PAGE;
	char *p = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		bail("mmap");
	return (char *)(((uintptr_t)p + 16 * PAGE + align - 1) & ~(align - 1));
}

static char *place(size_t size, size_t align, int prot, int flags, int fd, off_t off)
{
	char *p = slot(size, align);

	if (fd < 0)
		flags |= MAP_ANONYMOUS;
	if (mmap(p, size, prot, flags | MAP_FIXED, fd, off) != p)
		return NULL;
	return p;
}

static char *page(int flags)
{
	return place(PAGE, PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
}

static char *written(int flags)
{
	char *p = page(flags);

	memset(p, 1, PAGE);
	return p;
}

static void look(char *p)
{
	(void)*(volatile char *)p;
}

static int disk_file(size_t size)
{
	char path[256], data[PAGE];
	size_t at;
	int fd;

	snprintf(path, sizeof(path), "%s/zoo.XXXXXX", dir);
	fd = mkstemp(path);
	if (fd < 0)
		bail("%s", path);
	unlink(path);
	memset(data, 5, sizeof(data));
	for (at = 0; at < size; at += PAGE)
		if (write(fd, data, PAGE) != (ssize_t)PAGE)
			bail("write");
	fsync(fd);
	return fd;
}

static enum pagewalk_state state_of(char *p)
{
	struct pagewalk_facts f;

	if (raw_probe(raw, 0, (uintptr_t)p, &f))
		bail("probe");
	return last_step(&f)->state;
}

static uint32_t facts_of(char *p)
{
	struct pagewalk_facts f;

	if (raw_probe(raw, 0, (uintptr_t)p, &f))
		bail("probe");
	return f.page;
}

static uint64_t number_in(const char *path)
{
	char *text = read_file(path, NULL);
	uint64_t n = text ? strtoull(text, NULL, 0) : 0;

	free(text);
	return n;
}

/* -- what touches the whole process, so comes first -------------------------------------------- */

/* clear_refs protects all that there is against writes: it comes early. */
static void soft_dirty(void)
{
	struct row *clean = ROW("soft-dirty cleared", .rights = R, .facts = P_ANON | P_EXCL,
				.not_facts = P_COW, .clear = X86_SOFT_DIRTY);
	struct row *dirty = ROW("soft-dirty set again", .facts = P_ANON | P_EXCL,
				.set = X86_SOFT_DIRTY | X86_D);

	clean->addr = written(MAP_PRIVATE);
	dirty->addr = written(MAP_PRIVATE);
	if (!write_file("/proc/self/clear_refs", "4"))
		clean->failed = "cannot write clear_refs";
	dirty->addr[0] = 2;
}

static char *swapped, *shared_pmd;
static int to_child[2], from_child[2];
static pid_t partner;

static bool push_out(char *p)
{
	return wait_until(!madvise(p, PAGE, MADV_PAGEOUT) && state_of(p) == PAGEWALK_SWAP, 120);
}

/* A child that shares pages with us, and stays. */
static void partners(void)
{
	struct row *pending = ROW("copy-on-write pending", .rights = R, .facts = P_ANON | P_COW,
				  .not_facts = P_EXCL | P_ONCE, .maps = 2);
	struct row *copied = ROW("copy-on-write done", .facts = P_ANON | P_EXCL | P_ONCE,
				 .not_facts = P_COW, .maps = 1);
	struct row *reused = ROW("copy-on-write, reused", .facts = P_ANON | P_EXCL | P_ONCE,
				 .not_facts = P_COW, .maps = 1);
	struct row *cached = ROW("swapped, in the swap cache", .state = PAGEWALK_SWAP, .rights = 0);
	struct row *shared = ROW("shared by two processes", .facts = P_SHMEM,
				 .not_facts = P_ONCE | P_COW, .maps = 2);
	struct row *pmd = ROW("hugetlb with a shared table", .level = 2, .facts = P_HTLB | P_LARGE,
			      .vma = PAGEWALK_VMA_HUGETLB | PAGEWALK_VMA_SHARED);
	struct pagewalk_facts f, g;
	uint64_t flags = 0;
	int fd, kpf;
	pid_t pid;
	char c;

	/* One that has ended when we write again. */
	reused->addr = written(MAP_PRIVATE);
	pid = fork();
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	reused->addr[0] = 3;

	pending->addr = written(MAP_PRIVATE);
	copied->addr = written(MAP_PRIVATE);
	shared->addr = written(MAP_SHARED);
	swapped = cached->addr = written(MAP_PRIVATE);
	if (!push_out(swapped))
		cached->failed = "cannot swap it out";
	fd = memfd_create("zoo", MFD_HUGETLB);
	if (fd < 0 || ftruncate(fd, GIGA))
		bail("memfd of huge pages");
	shared_pmd = place(GIGA, GIGA, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	shared_pmd[0] = 1;
	pmd->addr = shared_pmd;

	if (pipe(to_child) || pipe(from_child))
		bail("pipe");
	partner = fork();
	if (!partner) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		look(swapped);
		look(shared_pmd);
		look(shared->addr);
		if (write(from_child[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(from_child[0], &c, 1) != 1)
		bail("the partner died");
	soft_dirty();
	/* Protected by that, and two of them shared by the fork. */
	shared->addr[0] = 4;
	copied->addr[0] = 4;
	reused->addr[0] = 4;

	if (raw_probe(raw, partner, (uintptr_t)shared_pmd, &f) ||
	    raw_probe(raw, 0, (uintptr_t)shared_pmd, &g))
		bail("probe");
	if (last_step(&f)->table != last_step(&g)->table)
		pmd->failed = "the two processes have tables of their own";

	/* The partner's page is the cached one: the kernel says so. */
	kpf = open("/proc/kpageflags", O_RDONLY);
	if (raw_probe(raw, partner, (uintptr_t)swapped, &f) ||
	    f.step[f.steps - 1].state != PAGEWALK_PAGE)
		cached->failed = "the partner did not bring it back";
	else if (pread(kpf, &flags, 8, step_frame(&f) / PAGE * 8) != 8 || !(flags & 1 << 13))
		cached->failed = "kpageflags does not call the partner's page SWAPCACHE";
	close(kpf);
}

/* -- ordinary pages ------------------------------------------------------------------------ */

static void ordinary(void)
{
	struct row *r;
	int fd;

	r = ROW("anonymous", .facts = P_ANON | P_EXCL | P_ONCE, .not_facts = P_COW | P_LARGE,
		.vma = PAGEWALK_VMA_ANON, .set = X86_D | X86_A | X86_RW | X86_US, .maps = 1);
	r->addr = written(MAP_PRIVATE);
	r = ROW("zero page", .rights = R, .facts = P_ZERO | P_COW, .not_facts = P_ANON | P_FILE,
		.set = X86_SPECIAL, .clear = X86_D);
	r->addr = page(MAP_PRIVATE);
	look(r->addr);
	r = ROW("promised, never touched", .state = PAGEWALK_NONE, .rights = 0, .level = ANY,
		.vma = PAGEWALK_VMA_ANON | PAGEWALK_VMA_WRITE);
	r->addr = page(MAP_PRIVATE);
	r = ROW("given back by MADV_DONTNEED", .state = PAGEWALK_NONE, .rights = 0, .level = ANY);
	r->addr = written(MAP_PRIVATE);
	madvise(r->addr, PAGE, MADV_DONTNEED);
	/* Old and clean, and being looked at does not change that. */
	r = ROW("MADV_FREE'd, still there", .facts = P_ANON, .clear = X86_D | X86_A);
	r->addr = written(MAP_PRIVATE);
	madvise(r->addr, PAGE, MADV_FREE);
	r = ROW("locked", .facts = P_ANON, .vma = PAGEWALK_VMA_LOCKED);
	r->addr = page(MAP_PRIVATE);
	if (mlock(r->addr, PAGE))
		r->failed = "mlock";
	r = ROW("PROT_NONE with its page", .state = PAGEWALK_PROTNONE, .rights = 0,
		.facts = P_ANON | P_EXCL);
	r->addr = written(MAP_PRIVATE);
	mprotect(r->addr, PAGE, PROT_NONE);
	/* Written before: where Linux has shadow stacks in mind it parks the dirty bit. */
	r = ROW("read-only, dirty", .rights = R, .facts = P_ANON, .not_facts = P_COW,
		.set = features.mmu.saved_dirty_mask ?: X86_D,
		.clear = features.mmu.saved_dirty_mask ? X86_D : 0);
	r->addr = written(MAP_PRIVATE);
	mprotect(r->addr, PAGE, PROT_READ);
	r = ROW("writable and executable", .rights = RWX, .facts = P_ANON, .clear = X86_NX);
	r->addr = written(MAP_PRIVATE);
	mprotect(r->addr, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	r = ROW("stack", .facts = P_ANON | P_EXCL, .vma = PAGEWALK_VMA_GROWSDOWN);
	r->addr = (char *)((uintptr_t)&r & ~(PAGE - 1));
	r = ROW("program text", .rights = RX, .facts = P_FILE, .not_facts = P_COW, .clear = X86_NX);
	r->addr = (char *)((uintptr_t)ordinary & ~(PAGE - 1));
	/* The program itself may lie on tmpfs. */
	if (facts_of(r->addr) & P_SHMEM)
		r->facts = P_SHMEM;

	fd = disk_file(8 * PAGE);
	r = ROW("file, private, clean", .rights = R, .facts = P_FILE | P_COW,
		.not_facts = P_ANON | P_SHMEM, .vma = PAGEWALK_VMA_FILE, .clear = X86_D);
	r->addr = place(PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	look(r->addr);
	r = ROW("file, private, written", .facts = P_ANON | P_EXCL, .not_facts = P_FILE | P_COW,
		.vma = PAGEWALK_VMA_FILE);
	r->addr = place(PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, PAGE);
	r->addr[0] = 1;
	r = ROW("file, shared, clean", .rights = R, .facts = P_FILE, .not_facts = P_COW | P_ANON,
		.vma = PAGEWALK_VMA_FILE | PAGEWALK_VMA_SHARED, .clear = X86_D);
	r->addr = place(PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 2 * PAGE);
	look(r->addr);
	r = ROW("file, shared, dirty", .facts = P_FILE, .not_facts = P_COW | P_ANON,
		.vma = PAGEWALK_VMA_SHARED, .set = X86_D);
	r->addr = place(PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 3 * PAGE);
	r->addr[0] = 1;
	r = ROW("file, shared, written back", .rights = R, .facts = P_FILE, .not_facts = P_COW);
	r->addr = place(PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4 * PAGE);
	r->addr[0] = 1;
	if (msync(r->addr, PAGE, MS_SYNC))
		r->failed = "msync";
	r = ROW("shared anonymous (shmem)", .facts = P_SHMEM, .not_facts = P_ANON | P_COW | P_FILE,
		.vma = PAGEWALK_VMA_SHARED | PAGEWALK_VMA_SHMEM);
	r->addr = written(MAP_SHARED);
	fd = memfd_create("zoo", 0);
	if (ftruncate(fd, 4 * PAGE))
		bail("memfd");
	r = ROW("memfd, shared", .facts = P_SHMEM, .vma = PAGEWALK_VMA_SHMEM | PAGEWALK_VMA_FILE);
	r->addr = place(PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	r->addr[0] = 1;
	r = ROW("memfd, private", .rights = R, .facts = P_SHMEM | P_COW, .not_facts = P_ANON);
	r->addr = place(PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	look(r->addr);

	fd = syscall(447 /* memfd_secret */, 0);
	if (fd < 0) {
		absent("secret memory", "secretmem.enable is off in this kernel", "live on 6.12");
	} else {
		r = ROW("secret memory", .not_facts = P_ANON | P_COW, .vma = PAGEWALK_VMA_SHARED);
		if (ftruncate(fd, PAGE))
			bail("secretmem");
		r->addr = place(PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		r->addr[0] = 1;
	}

	if (features.mmu.flags & PAGEWALK_MMU_PKU) {
		int key = pkey_alloc(0, 0);

		r = ROW("with a protection key", .facts = P_ANON, .pkey = key,
			.set = (uint64_t)key << X86_PKEY_SHIFT);
		r->addr = written(MAP_PRIVATE);
		if (key < 1 || pkey_mprotect(r->addr, PAGE, PROT_READ | PROT_WRITE, key))
			r->failed = "pkey_mprotect";
	} else {
		absent("with a protection key", "the CPU has no protection keys",
		       "live with -cpu max");
	}
	if (!(features.mmu.flags & PAGEWALK_MMU_SHSTK))
		absent("shadow stack", "QEMU's TCG has no CET", "KUnit");
}

/* -- huge ------------------------------------------------------------------------------------ */

static char *huge_page(int flags)
{
	char *p = place(HUGE, HUGE, PROT_READ | PROT_WRITE, flags, -1, 0);

	madvise(p, HUGE, MADV_HUGEPAGE);
	return p;
}

static void huge(void)
{
	struct row *r;
	char *p;

	r = ROW("transparent huge page", .level = 2, .facts = P_ANON | P_EXCL | P_LARGE | P_ONCE,
		.not_facts = P_HTLB | P_COW, .set = X86_PS | X86_D, .maps = 1);
	r->addr = huge_page(MAP_PRIVATE);
	memset(r->addr, 1, HUGE);
	r = ROW("huge zero page", .level = 2, .rights = R, .facts = P_HZERO | P_COW,
		.not_facts = P_ANON | P_FILE | P_HTLB, .set = X86_PS, .clear = X86_D);
	r->addr = huge_page(MAP_PRIVATE);
	look(r->addr);
	r = ROW("huge page mapped by small entries", .facts = P_ANON | P_LARGE | P_EXCL,
		.clear = X86_PAT);
	r->addr = huge_page(MAP_PRIVATE);
	memset(r->addr, 1, HUGE);
	mprotect(r->addr + 8 * PAGE, PAGE, PROT_READ);
	r = ROW("PROT_NONE with its huge page", .level = 2, .state = PAGEWALK_PROTNONE, .rights = 0,
		.facts = P_ANON | P_LARGE, .set = X86_PS);
	r->addr = huge_page(MAP_PRIVATE);
	memset(r->addr, 1, HUGE);
	mprotect(r->addr, HUGE, PROT_NONE);
	write_file("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "advise");
	r = ROW("huge page of shared memory", .level = 2, .facts = P_SHMEM | P_LARGE,
		.not_facts = P_ANON | P_HTLB | P_COW);
	p = slot(2 * HUGE, HUGE);
	if (mmap(p, HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	    p)
		bail("mmap");
	madvise(p, HUGE, MADV_HUGEPAGE);
	p[0] = 1;
	r->addr = p;

	if (access("/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled", W_OK)) {
		absent("64K folio of small entries", "newer than this kernel (6.8)",
		       "live on 6.12");
	} else {
		write_file("/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled", "always");
		r = ROW("64K folio of small entries", .facts = P_ANON | P_LARGE | P_EXCL);
		r->addr = place(16 * PAGE, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1, 0);
		memset(r->addr, 1, 16 * PAGE);
		write_file("/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled", "never");
	}

	r = ROW("hugetlb 2M, private", .level = 2, .facts = P_ANON | P_HTLB | P_LARGE | P_EXCL,
		.vma = PAGEWALK_VMA_HUGETLB, .set = X86_PS);
	r->addr = place(HUGE, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_HUGETLB, -1, 0);
	if (r->addr)
		r->addr[0] = 1;
	else
		r->failed = "no huge page";
	r = ROW("hugetlb 2M, shared", .level = 2, .facts = P_HTLB | P_LARGE,
		.not_facts = P_ANON | P_COW, .vma = PAGEWALK_VMA_HUGETLB | PAGEWALK_VMA_SHARED,
		.set = X86_PS);
	r->addr = place(HUGE, HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_HUGETLB, -1, 0);
	if (r->addr)
		r->addr[0] = 1;
	else
		r->failed = "no huge page";
	if (!number_in("/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages")) {
		absent("hugetlb 1G", "needs hugepagesz=1G hugepages=1 and 4 GiB",
		       "live in make soak");
	} else {
		r = ROW("hugetlb 1G", .level = 3, .facts = P_ANON | P_HTLB | P_LARGE,
			.set = X86_PS);
		r->addr = place(GIGA, GIGA, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_HUGETLB | 30 << MAP_HUGE_SHIFT, -1, 0);
		if (r->addr)
			r->addr[0] = 1;
		else
			r->failed = "no 1G page";
	}
}

/* -- entries that are not present ---------------------------------------------------------------- */

static int uffd(uint64_t want)
{
	struct uffdio_api api = { .api = UFFD_API, .features = want };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		bail("userfaultfd");
	if (!ioctl(fd, UFFDIO_API, &api))
		return fd;
	close(fd);
	return -1;
}

static bool watch(int fd, char *p, uint64_t mode, bool protect)
{
	struct uffdio_register reg = { .range = { (uintptr_t)p, PAGE }, .mode = mode };
	struct uffdio_writeprotect wp = { .range = reg.range, .mode = UFFDIO_WRITEPROTECT_MODE_WP };

	return !ioctl(fd, UFFDIO_REGISTER, &reg) &&
	       (!protect || !ioctl(fd, UFFDIO_WRITEPROTECT, &wp));
}

static void userfault(void)
{
	const char *sorry = "userfaultfd refuses";
	struct poison_range range = { .len = PAGE };
	struct row *r;
	int fd;

	r = ROW("userfaultfd: missing", .state = PAGEWALK_NONE, .rights = 0, .level = ANY,
		.vma = PAGEWALK_VMA_UFFD_MISSING);
	r->addr = page(MAP_PRIVATE);
	if (!watch(uffd(0), r->addr, UFFDIO_REGISTER_MODE_MISSING, false))
		r->failed = sorry;

	fd = uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	r = ROW("userfaultfd: write-protected", .rights = R, .facts = P_ANON,
		.vma = PAGEWALK_VMA_UFFD_WP, .set = X86_UFFD_WP, .clear = X86_RW);
	r->addr = written(MAP_PRIVATE);
	if (!watch(fd, r->addr, UFFDIO_REGISTER_MODE_WP, true))
		r->failed = sorry;
	r = ROW("userfaultfd: write-protected, swapped", .state = PAGEWALK_SWAP, .rights = 0,
		.vma = PAGEWALK_VMA_UFFD_WP, .set = X86_SWP_UFFD_WP);
	r->addr = written(MAP_PRIVATE);
	if (!watch(fd, r->addr, UFFDIO_REGISTER_MODE_WP, true) || !push_out(r->addr))
		r->failed = sorry;
	r = ROW("userfaultfd: write-protect marker", .state = PAGEWALK_UFFD_WP, .rights = 0,
		.vma = PAGEWALK_VMA_UFFD_WP);
	r->addr = page(MAP_SHARED);
	if (!watch(fd, r->addr, UFFDIO_REGISTER_MODE_WP, true))
		r->failed = sorry;

	fd = uffd(UFFD_FEATURE_POISON);
	if (fd < 0) {
		absent("UFFDIO_POISON marker", "newer than this kernel (6.6)", "live on 6.12");
	} else {
		r = ROW("UFFDIO_POISON marker", .state = PAGEWALK_POISON, .rights = 0);
		r->addr = page(MAP_PRIVATE);
		range.start = (uintptr_t)r->addr;
		if (!watch(fd, r->addr, UFFDIO_REGISTER_MODE_MISSING, false) ||
		    ioctl(fd, IOC_POISON, &range))
			r->failed = sorry;
	}
}

static void ignore(int signo)
{
}

static void not_present(void)
{
	struct row *r;
	char *p;

	r = ROW("swapped", .state = PAGEWALK_SWAP, .rights = 0, .vma = PAGEWALK_VMA_ANON,
		.set = X86_SWP_EXCLUSIVE);
	r->addr = written(MAP_PRIVATE);
	if (!push_out(r->addr))
		r->failed = "cannot swap it out";
	r = ROW("swapped in again", .facts = P_ANON | P_EXCL);
	r->addr = written(MAP_PRIVATE);
	if (!push_out(r->addr))
		r->failed = "cannot swap it out";
	r->addr[0]++;
	r = ROW("shmem, swapped: no entry", .state = PAGEWALK_NONE, .rights = 0, .level = ANY,
		.vma = PAGEWALK_VMA_SHMEM);
	r->addr = written(MAP_SHARED);
	if (!wait_until(!madvise(r->addr, PAGE, MADV_PAGEOUT) && state_of(r->addr) == PAGEWALK_NONE,
			120))
		r->failed = "cannot swap it out";

	signal(SIGBUS, ignore);
	p = written(MAP_PRIVATE);
	if (madvise(p, PAGE, MADV_HWPOISON) && errno == EINVAL) {
		absent("memory error", "no CONFIG_MEMORY_FAILURE", "KUnit");
	} else {
		r = ROW("memory error", .state = PAGEWALK_HWPOISON, .rights = 0);
		r->addr = p;
	}

	p = page(MAP_PRIVATE);
	if (madvise(p, PAGE, MADV_GUARD_INSTALL)) {
		absent("guard marker", "newer than this kernel (6.13)", "KUnit");
	} else {
		r = ROW("guard marker", .state = PAGEWALK_GUARD, .rights = 0);
		r->addr = p;
	}
}

/* -- frames without struct page, and what devices do ------------------------------------------------ */

static bool find_area(const char *name, char **start)
{
	char *text = read_file("/proc/self/maps", NULL), *line, *save;
	bool found = false;
	uint64_t at;

	for (line = strtok_r(text, "\n", &save); line && !found; line = strtok_r(NULL, "\n", &save))
		if (strstr(line, name) && sscanf(line, "%" SCNx64, &at) == 1) {
			*start = (char *)at;
			found = true;
		}
	free(text);
	return found;
}

static void devices(void)
{
	int fd = open("/dev/xlate_zoo", O_RDWR), hmm;
	struct timespec ts;
	struct row *r;
	uint64_t addr;

	r = ROW("vvar", .rights = R, .facts = P_NONE, .not_facts = P_ANON | P_FILE,
		.set = X86_SPECIAL, .vma = PAGEWALK_VMA_PFNMAP);
	if (!find_area("[vvar]", &r->addr))
		r->failed = "no vvar";
	clock_gettime(CLOCK_MONOTONIC, &ts);
	look(r->addr);
	r = ROW("vdso", .rights = RX, .not_facts = P_ANON | P_NONE | P_COW, .clear = X86_NX);
	if (!find_area("[vdso]", &r->addr))
		r->failed = "no vdso";
	look(r->addr);

	if (fd < 0)
		bail("/dev/xlate_zoo");
	r = ROW("device frame (VM_PFNMAP)", .facts = P_NONE, .not_facts = P_ANON | P_FILE | P_SHMEM,
		.vma = PAGEWALK_VMA_PFNMAP | PAGEWALK_VMA_SHARED, .set = X86_SPECIAL);
	r->addr = place(PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, ZOO_PFNMAP * PAGE);
	r = ROW("device page (VM_MIXEDMAP)", .not_facts = P_ANON | P_NONE | P_COW,
		.vma = PAGEWALK_VMA_MIXEDMAP, .clear = X86_SPECIAL);
	r->addr = place(PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, ZOO_MIXED * PAGE);
	r = ROW("device mapping, empty", .state = PAGEWALK_NONE, .rights = 0, .level = ANY,
		.vma = PAGEWALK_VMA_PFNMAP);
	r->addr = place(PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, ZOO_NOPAGE * PAGE);

	r = ROW("migrating", .state = PAGEWALK_MIGRATION, .rights = 0, .facts = P_ANON);
	r->addr = written(MAP_PRIVATE);
	addr = (uintptr_t)r->addr;
	/* A file that is mapped cannot hold pages. */
	fd = open("/dev/xlate_zoo", O_RDWR);
	if (!wait_until(!ioctl(fd, ZOO_HOLD, &addr), 120))
		r->failed = "ZOO_HOLD";

	hmm = open("/dev/hmm_dmirror0", O_RDWR);
	if (hmm < 0) {
		absent("device-private", "no CONFIG_DEVICE_PRIVATE", "live on debug");
		absent("lent exclusively to a device", "no CONFIG_DEVICE_PRIVATE", "live on debug");
	} else {
		static char mirror[PAGE];
		struct hmm_cmd cmd = { .ptr = (uintptr_t)mirror, .npages = 1 };

		r = ROW("device-private", .state = PAGEWALK_DEVICE, .rights = 0);
		r->addr = written(MAP_PRIVATE);
		cmd.addr = (uintptr_t)r->addr;
		if (!wait_until(!ioctl(hmm, HMM_TO_DEVICE, &cmd) && cmd.cpages == 1, 120))
			r->failed = "the test driver does not take it";
		r = ROW("lent exclusively to a device", .state = PAGEWALK_DEVICE_EXCL, .rights = 0);
		r->addr = written(MAP_PRIVATE);
		cmd.addr = (uintptr_t)r->addr;
		if (!wait_until(!ioctl(hmm, HMM_EXCLUSIVE, &cmd), 120))
			r->failed = "the test driver does not take it";
	}
}

/* -- what the kernel does in its own time ------------------------------------------------------------ */

static void merged(void)
{
	struct row *r = ROW("merged by KSM", .rights = R, .facts = P_ANON | P_KSM | P_COW,
			    .not_facts = P_EXCL);
	char *p = place(2 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1, 0);

	r->addr = p;
	memset(p, 0x77, 2 * PAGE);
	if (madvise(p, 2 * PAGE, MADV_MERGEABLE)) {
		r->failed = "MADV_MERGEABLE";
		return;
	}
	write_file("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	write_file("/sys/kernel/mm/ksm/pages_to_scan", "1000");
	write_file("/sys/kernel/mm/ksm/run", "1");
	if (!wait_until((facts_of(p) & P_KSM) && (facts_of(p + PAGE) & P_KSM), 300))
		r->failed = "not merged";
	write_file("/sys/kernel/mm/ksm/run", "0");
}

static char *numa_pages;
static volatile bool numa_touch = true, numa_stop;
#define NUMA_PAGES 256

/* Runs and touches, so that the balancer wants to know from where. */
static void *wander(void *arg)
{
	size_t i = 0;

	while (!numa_stop) {
		if (numa_touch)
			numa_pages[i++ % NUMA_PAGES * PAGE]++;
	}
	return NULL;
}

static bool check_row(const struct row *r, const char *pages);

static bool find_hint(struct row *r)
{
	pthread_t thread[2];
	double end = now() + 90;
	struct pagewalk_run *runs = NULL;
	char *pages;
	ssize_t n;
	int i;

	write_file("/proc/sys/kernel/numa_balancing", "1");
	write_file("/sys/kernel/debug/sched/numa_balancing/scan_delay_ms", "1");
	write_file("/sys/kernel/debug/sched/numa_balancing/scan_period_min_ms", "10");
	write_file("/sys/kernel/debug/sched/numa_balancing/scan_period_max_ms", "50");
	numa_pages = place(NUMA_PAGES * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1, 0);
	memset(numa_pages, 1, NUMA_PAGES * PAGE);
	for (i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, wander, NULL))
			bail("pthread_create");
	while (!r->addr && now() < end) {
		numa_touch = true;
		nap();
		numa_touch = false;
		nap();
		n = scan_runs(raw, 0, 0, (uintptr_t)numa_pages,
			      (uintptr_t)numa_pages + NUMA_PAGES * PAGE, &runs);
		for (i = 0; i < n && !r->addr; i++)
			if (runs[i].state == PAGEWALK_NUMA)
				r->addr = (char *)runs[i].start;
		if (n >= 0)
			free(runs);
	}
	numa_stop = true;
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	write_file("/proc/sys/kernel/numa_balancing", "0");
	if (!r->addr || !attach(getpid()))
		return false;
	pages = read_pw(getpid(), "pages", NULL);
	return pages && check_row(r, pages);
}

/* The balancer leaves its hints everywhere, so this is a process of its own. */
static void balanced(void)
{
	struct row *r;
	int status;
	pid_t pid;

	if (access("/sys/devices/system/node/node1", F_OK)) {
		absent("NUMA hint", "needs two nodes (--numa)", "live with --numa");
		return;
	}
	r = ROW("NUMA hint", .state = PAGEWALK_NUMA, .rights = 0, .facts = P_ANON);
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(!find_hint(r));
	if (waitpid(pid, &status, 0) != pid || status)
		r->failed = "no hint within 90 seconds, or not told as one";
	r->elsewhere = true;
}

/* -- checking ------------------------------------------------------------------------------------------ */

static bool complain(const struct row *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static bool complain(const struct row *r, const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	diag("%s at %p: %s", r->name, (void *)r->addr, line);
	return false;
}

static bool check_facts(const struct row *r, const char *view, unsigned int level,
			unsigned int state, uint64_t entry, uint32_t facts, uint32_t vma,
			uint32_t maps)
{
	bool good = true;

	/* Aging may clear A at any time. */
	if (r->set & ~entry & ~X86_A)
		good = complain(r, "%s: entry 0x%" PRIx64 " lacks 0x%" PRIx64, view, entry,
				r->set & ~entry);
	if (r->clear & entry)
		good = complain(r, "%s: entry 0x%" PRIx64 " has 0x%" PRIx64, view, entry,
				r->clear & entry);
	if (r->level != ANY && level != r->level)
		good = complain(r, "%s: level %u, wanted %u", view, level, r->level);
	if (state != r->state)
		good = complain(r, "%s: %s, wanted %s (entry 0x%" PRIx64 ")", view,
				x86_state_name(state), x86_state_name(r->state), entry);
	if ((facts & r->facts) != r->facts || (facts & r->not_facts))
		good = complain(r, "%s: facts 0x%x, wanted 0x%x and not 0x%x", view, facts,
				r->facts, r->not_facts);
	if ((vma & r->vma) != r->vma)
		good = complain(r, "%s: area 0x%x, wanted 0x%x", view, vma, r->vma);
	if (r->maps && maps != r->maps)
		good = complain(r, "%s: mapped %u times, wanted %u", view, maps, r->maps);
	return good;
}

/* The line of "pages" for an address: NULL if none. */
static bool text_line(const char *text, uint64_t addr, char *line, size_t size)
{
	uint64_t start, end;

	while (text && *text) {
		if (sscanf(text, "0x%" SCNx64 " 0x%" SCNx64 " ", &start, &end) == 2 &&
		    addr >= start && addr < end) {
			snprintf(line, size, "%.*s", (int)strcspn(text, "\n"), text);
			return true;
		}
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return false;
}

static bool check_text(const struct row *r, const struct pagewalk_run *run, const char *pages)
{
	char line[512], size[8], state[20], kind[20], facts[96], maps[32], rights[8], area[8],
		name[4];

	if (!text_line(pages, (uintptr_t)r->addr, line, sizeof(line)))
		return r->state == PAGEWALK_NONE || complain(r, "no line in pages");
	if (r->state == PAGEWALK_NONE)
		return complain(r, "pages should not list it: %s", line);
	if (sscanf(line, "%*s %*s %*s %7s %19s %19s %95s %31s %7s %7s", size, state, kind, facts,
		   maps, rights, area) != 7)
		return complain(r, "pages says \"%s\"", line);
	if (strcmp(size, x86_size_name(run->level)) || strcmp(state, x86_state_name(r->state)) ||
	    strcmp(kind, x86_kind_name(run->facts)) ||
	    strcmp(rights, x86_rights_name(run->rights, name)) ||
	    !!strstr(facts, "cow") != !!(run->facts & P_COW) ||
	    !!strstr(facts, "exclusive") != !!(run->facts & P_EXCL))
		return complain(r, "pages says \"%s\"", line);
	return true;
}

static bool check_row(const struct row *r, const char *pages)
{
	uint64_t addr = (uintptr_t)r->addr, size = r->level == ANY ? PAGE : radix_size(r->level);
	struct pagewalk_run *runs = NULL;
	struct pagewalk_facts f;
	struct pagewalk_step *s;
	bool good = true;
	ssize_t n;

	if (raw_probe(raw, 0, addr + 8, &f))
		return complain(r, "probe: %s", strerror(errno));
	s = last_step(&f);
	good = check_facts(r, "probe", s->level, s->state, s->entry, f.page, f.vma, f.maps) && good;
	if (f.pkey != r->pkey)
		good = complain(r, "probe: protection key %u, wanted %u", f.pkey, r->pkey);
	if (!f.steps || f.step[0].level != f.mmu.levels || f.step[0].table != f.root)
		good = complain(r, "probe: the walk does not begin at the root");

	n = scan_runs(raw, 0, PAGEWALK_F_FACTS | PAGEWALK_F_HOLES, addr & ~(size - 1),
		      (addr & ~(size - 1)) + size, &runs);
	if (n < 1)
		return complain(r, "scan gave %zd", n);
	good = check_facts(r, "scan", runs->level, runs->state, runs->entry, runs->facts, runs->vma,
			   runs->maps_min) &&
	       good;
	if (r->rights != ANY && runs->rights != r->rights)
		good = complain(r, "scan: rights 0x%x, wanted 0x%x", runs->rights, r->rights);
	if (runs->pkey != r->pkey)
		good = complain(r, "scan: protection key %u, wanted %u", runs->pkey, r->pkey);
	good = check_text(r, runs, pages) && good;
	free(runs);
	return good;
}

static bool cpu_has(const char *flag)
{
	char *text = read_file("/proc/cpuinfo", NULL), *flags, word[32];
	bool has;

	flags = strstr(text, "\nflags");
	flags[strcspn(flags + 1, "\n") + 1] = ' ';
	flags[strcspn(flags + 1, "\n") + 1] = '\0';
	snprintf(word, sizeof(word), " %s ", flag);
	has = strstr(flags, word);
	free(text);
	return has;
}

static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	while (text && *text) {
		if (!strncmp(text, line, len) && (text[len] == '\n' || text[len] == ' '))
			return true;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return false;
}

/* What is the same for each page: the levels above. */
static void check_upper(void)
{
	char *summary = read_pw(getpid(), "summary", NULL),
	     *tables = read_pw(getpid(), "tables", NULL);
	unsigned int levels = cpu_has("la57") ? 5 : 4;
	uint64_t root = 0, user_root = 0;
	bool pti = cpu_has("pti");
	struct pagewalk_facts f;
	char line[64];

	if (!summary || !tables)
		bail("summary or tables");
	diag("%u levels, PTI %s", levels, pti ? "on" : "off");
	ok(features.mmu.levels == levels, "the features say %u levels", levels);
	ok(!!(features.mmu.flags & PAGEWALK_MMU_PTI) == pti, "the features say PTI %s",
	   pti ? "on" : "off");
	snprintf(line, sizeof(line), "levels %u", levels);
	ok(has_line(summary, line), "summary: %s", line);
	snprintf(line, sizeof(line), "pti %s", pti ? "on" : "off");
	ok(has_line(summary, line), "summary: %s", line);
	snprintf(line, sizeof(line), "tables_l%u 1", levels);
	ok(has_line(summary, line), "summary: one root (%s)", line);
	if (levels == 4)
		ok(!has_line(summary, "tables_l5 1") && !has_line(tables, "5"),
		   "no fifth level: not a copy of the fourth either");

	if (raw_probe(raw, 0, (uintptr_t)check_upper, &f))
		bail("probe");
	sscanf(strstr(tables, " root ") ?: "", " root 0x%" SCNx64 " user_root 0x%" SCNx64, &root,
	       &user_root);
	ok(f.steps == levels && f.root && f.root == root,
	   "probe and tables agree on the root 0x%" PRIx64, root);
	ok(f.user_root == user_root, "and on user mode's root 0x%" PRIx64, user_root);
	snprintf(line, sizeof(line), "%uu", levels);
	if (pti) {
		ok(f.user_root == (f.root | PAGE), "user mode's root is the page behind");
		ok((f.step[0].entry & X86_NX) && !(f.step[0].user_entry & X86_NX),
		   "the kernel's copy forbids to execute, user mode's does not");
		ok(has_line(tables, line), "tables shows both (%s)", line);
	} else {
		ok(!f.user_root && f.step[0].entry == f.step[0].user_entry,
		   "there is one root only");
		ok(!has_line(tables, line), "tables shows one root only");
	}
	free(summary);
	free(tables);
}

int main(int argc, char **argv)
{
	unsigned int i, live = 0, gone = 0;
	struct utsname uts;
	char *pages;

	if (argc < 2)
		bail("usage: zoo DIR");
	dir = argv[1];
	raw = raw_open();
	features = raw_features(raw);

	write_file("/proc/sys/kernel/numa_balancing", "0");
	balanced();
	partners();
	ordinary();
	huge();
	userfault();
	not_present();
	merged();
	devices();

	if (!attach(getpid()))
		bail("attach");
	check_upper();
	pages = read_pw(getpid(), "pages", NULL);
	if (!pages)
		bail("pages");
	for (i = 0; i < count; i++) {
		struct row *r = &rows[i];

		if (r->why) {
			skip(r->why, "%s", r->name);
			gone++;
		} else if (r->elsewhere && !r->failed) {
			live += ok(true, "%s", r->name);
		} else if (r->failed || !r->addr) {
			ok(false, "%s: %s", r->name, r->failed ?: strerror(errno));
		} else {
			live += ok(check_row(r, pages), "%s", r->name);
		}
	}
	uname(&uts);
	diag("kind by kernel: %s, %u levels, PTI %s", uts.release, features.mmu.levels,
	     features.mmu.flags & PAGEWALK_MMU_PTI ? "on" : "off");
	for (i = 0; i < count; i++)
		diag("  %-40s %-14s %s", rows[i].name,
		     rows[i].why ? "-" : x86_state_name(rows[i].state),
		     rows[i].why ? rows[i].why : "live");
	diag("live %u, absent %u", live, gone);
	for (i = 0; i < count; i++)
		if (rows[i].why && rows[i].cover)
			diag("  %s: covered by %s", rows[i].name, rows[i].cover);
	kill(partner, SIGKILL);
	return tap_end();
}

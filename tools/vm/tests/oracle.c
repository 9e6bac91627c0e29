// SPDX-License-Identifier: GPL-2.0-only
/*
 * explain against the hardware.
 *
 * For each case a child prepares memory and stops; we ask pagewalk what an access would
 * do, both through the probe ioctl with the verdict core and through the text file; then
 * the child makes the access. What it got (signal, si_code, address) and what the CPU
 * pushed (error codes of the exceptions:page_fault_user tracepoint for that address) must
 * be what was predicted; a repaired access must be allowed when we ask again.
 *
 * usage: oracle [-v] [-q] DIR, a folder on a file system with a disk behind it; -v prints
 * each verdict, -q leaves out the protections that other cases make likely
 */
#include "tests.h"

#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/resource.h>
#include <ucontext.h>

#include "../../../kunit/zoo.h"
#include "../../../pagewalk/verdict.h"

#define TARGETS 3 /* addresses that one child prepares at most */
#define EVENTS	8
#define RET	0xc3 /* an instruction that may be called */

#ifndef PKEY_DISABLE_ACCESS
#define PKEY_DISABLE_ACCESS 1
#define PKEY_DISABLE_WRITE  2
#endif
#ifndef UFFD_FEATURE_POISON
#define UFFD_FEATURE_POISON (1 << 14)
#endif

struct poison_range { /* struct uffdio_poison, newer than Debian 12's headers */
	__u64 start, len, mode;
	__s64 updated;
};
#define IOC_POISON _IOWR(0xaa, 0x08, struct poison_range)

/* What child and parent tell each other. */
struct shared {
	uint64_t addr[TARGETS];
	int targets;
	char skip[128]; /* why the child cannot prepare this */
	bool loose; /* only the first fault is predictable */
	bool no_recheck; /* nothing is to be asked afterwards */
	/* the access */
	int signo;
	int si_code;
	uint64_t where;
	int monitored; /* faults that a userfaultfd monitor saw */
};

static struct shared *sh;
static const char *dir;
static int raw;
static struct pagewalk_features features;
static unsigned int cases, mismatches;
static bool verbose, quick;

/* -- in the child: memory of all kinds -------------------------------------------- */

static __attribute__((format(printf, 1, 2), noreturn)) void cannot(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(sh->skip, sizeof(sh->skip), fmt, args);
	va_end(args);
	_exit(0);
}

static void must(bool good, const char *what)
{
	if (!good)
		cannot("FAILED: %s: %s", what, strerror(errno));
}

enum type {
	ANON,
	SHARED_ANON,
	MEMFD,
	FILE_PRIVATE,
	FILE_SHARED,
	HUGETLB,
	HUGETLB_SHARED,
	THP,
	TYPES
};
static const char *const type_names[] = { "anon",	    "shared-anon", "memfd-private",
					  "file-private",   "file-shared", "hugetlb",
					  "hugetlb-shared", "thp" };

enum state { NEW, READ, WRITTEN, FORKED, ORPHANED, SWAPPED, CLEANED, STATES };
static const char *const state_names[] = { "untouched",	 "read",      "written",     "forked",
					   "fork-ended", "paged-out", "written-back" };

static const int prots[] = { PROT_NONE,
			     PROT_READ,
			     PROT_WRITE,
			     PROT_READ | PROT_WRITE,
			     PROT_EXEC,
			     PROT_READ | PROT_EXEC,
			     PROT_READ | PROT_WRITE | PROT_EXEC };

static int temp_file(size_t size, int fill)
{
	char path[256], page[PAGE];
	size_t at;
	int fd;

	snprintf(path, sizeof(path), "%s/oracle.XXXXXX", dir);
	fd = mkstemp(path);
	must(fd >= 0, "mkstemp");
	unlink(path);
	memset(page, fill, sizeof(page));
	for (at = 0; at < size; at += PAGE)
		must(write(fd, page, PAGE) == (ssize_t)PAGE, "write");
	/* Clean, so that a first write has to tell the file system. */
	must(!fsync(fd), "fsync");
	return fd;
}

static int mem_file(size_t size, unsigned int flags)
{
	int fd = memfd_create("oracle", flags);

	must(fd >= 0, "memfd_create");
	must(!ftruncate(fd, size), "ftruncate");
	return fd;
}

static void *map(size_t size, int prot, int flags, int fd)
{
	void *p = mmap(NULL, size, prot, flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	must(p != MAP_FAILED, "mmap");
	return p;
}

static char *map_aligned(size_t size, size_t align, int prot)
{
	char *p = map(size + align, PROT_NONE, MAP_PRIVATE, -1);
	char *at = (char *)(((uintptr_t)p + align - 1) & ~(align - 1));

	must(mmap(at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at, "mmap");
	return at;
}

static bool in_memory(const void *p)
{
	uint64_t pm = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	pread(fd, &pm, 8, (uintptr_t)p / PAGE * 8);
	close(fd);
	return pm >> 63;
}

static bool paged_out(char *p, size_t size)
{
	if (madvise(p, size, MADV_PAGEOUT))
		return true; /* not for this kind: let the verdict be about what there is */
	return !in_memory(p);
}

/* Memory of one type, in one state, with one protection; three units of it. */
static void prepare_generic(enum type type, enum state state, int prot)
{
	bool huge = type == HUGETLB || type == HUGETLB_SHARED || type == THP;
	size_t unit = huge ? HUGE : PAGE, size = TARGETS * unit;
	int first = PROT_READ | PROT_WRITE, i;
	volatile char *v;
	char *p = NULL;
	pid_t us, pid;

	if (state == NEW)
		first = prot;
	switch (type) {
	case ANON:
		p = map(size, first, MAP_PRIVATE, -1);
		break;
	case SHARED_ANON:
		p = map(size, first, MAP_SHARED, -1);
		break;
	case MEMFD:
		p = map(size, first, MAP_PRIVATE, mem_file(size, 0));
		break;
	case FILE_PRIVATE:
		p = map(size, first, MAP_PRIVATE, temp_file(size, RET));
		break;
	case FILE_SHARED:
		p = map(size, first, MAP_SHARED, temp_file(size, RET));
		break;
	case HUGETLB:
		p = mmap(NULL, size, first, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
		must(p != MAP_FAILED, "mmap of hugetlb memory");
		break;
	case HUGETLB_SHARED:
		p = mmap(NULL, size, first, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
		must(p != MAP_FAILED, "mmap of hugetlb memory");
		break;
	case THP:
		p = map_aligned(size, HUGE, first);
		if (madvise(p, size, MADV_HUGEPAGE))
			cannot("this kernel has no transparent huge pages");
		break;
	default:
		break;
	}
	for (i = 0; i < TARGETS; i++) {
		v = p + i * unit;
		sh->addr[i] = (uintptr_t)v + (huge ? 0x5123 : 0x123);
		if (state == READ)
			(void)*v;
		else if (state != NEW)
			memset((char *)v, RET, unit);
	}
	sh->targets = TARGETS;

	if (state == FORKED || state == ORPHANED) {
		us = getpid();
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			/* We may be gone already, if it comes to this late. */
			if (state == FORKED && getppid() == us)
				for (;;)
					pause();
			_exit(0);
		}
		must(pid > 0, "fork");
		if (state == ORPHANED)
			waitpid(pid, NULL, 0);
	}
	if (state == SWAPPED)
		must(wait_until(paged_out(p, size), 60), "paging out");
	if (state == CLEANED)
		must(!msync(p, size, MS_SYNC), "msync");
	if (state != NEW)
		must(!mprotect(p, size, prot), "mprotect");
}

/* -- specials ---------------------------------------------------------------------- */

static void target(void *p)
{
	sh->addr[sh->targets++] = (uintptr_t)p;
}

static char *written(size_t size, int prot)
{
	char *p = map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);

	memset(p, RET, size);
	must(!mprotect(p, size, prot), "mprotect");
	return p;
}

static void beyond_eof(int flags, int fd, size_t unit)
{
	char *p = mmap(NULL, 3 * unit, PROT_READ | PROT_WRITE | PROT_EXEC, flags, fd, 0);

	must(p != MAP_FAILED, "mmap");
	target(p + 2 * unit + 0x10);
}

static void eof_private(int arg)
{
	beyond_eof(MAP_PRIVATE, temp_file(PAGE, RET), PAGE);
}
static void eof_shared(int arg)
{
	beyond_eof(MAP_SHARED, temp_file(PAGE, RET), PAGE);
}
static void eof_memfd(int arg)
{
	beyond_eof(MAP_SHARED, mem_file(PAGE, 0), PAGE);
}
static void eof_hugetlb(int arg)
{
	beyond_eof(MAP_SHARED | MAP_NORESERVE, mem_file(HUGE, MFD_HUGETLB), HUGE);
}

static void truncated(int flags)
{
	int fd = temp_file(3 * PAGE, RET);
	char *p = map(3 * PAGE, PROT_READ | PROT_WRITE, flags, fd);

	memset(p, RET, 3 * PAGE);
	must(!ftruncate(fd, PAGE), "ftruncate");
	target(p + 2 * PAGE);
	target(p + PAGE - 1);
	target(p + PAGE);
}

/* The last page of a file is whole in memory: behind the end of the file are zeros. */
static void partial_page(int flags)
{
	int fd = temp_file(PAGE, RET);

	must(!ftruncate(fd, 100), "ftruncate");
	target((char *)map(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, flags, fd) + 200);
}

static void read_only_file(int flags)
{
	char path[64];
	int fd = temp_file(PAGE, RET);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fd = open(path, O_RDONLY);
	must(fd >= 0, "open");
	target((char *)map(PAGE, flags == MAP_SHARED ? PROT_READ : PROT_READ | PROT_WRITE, flags,
			   fd) +
	       8);
}

static void shmem_hole(int prot)
{
	target((char *)map(4 * PAGE, prot, MAP_SHARED, mem_file(4 * PAGE, 0)) + 2 * PAGE + 5);
}

static void memfd_written(int flags)
{
	int fd = mem_file(2 * PAGE, 0);
	char *p = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);

	memset(p, RET, 2 * PAGE);
	target((char *)map(2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, flags, fd) + PAGE);
}

static void hole(int arg)
{
	char *p = written(3 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);

	munmap(p + PAGE, PAGE);
	target(p + PAGE);
	target(p + PAGE - 1);
	target(p + 2 * PAGE);
}

static void moved(int arg)
{
	char *p = written(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	char *to = map(PAGE, PROT_NONE, MAP_PRIVATE, -1);

	must(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to, "mremap");
	target(to + 3);
	target(p + 3);
}

static void dont_need(int advice)
{
	char *p = written(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);

	must(!madvise(p, PAGE, advice), "madvise");
	target(p + 1);
}

static void locked(int arg)
{
	char *p = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);

	must(!mlock(p, PAGE), "mlock");
	target(p + 0x800);
}

static void split_thp(int arg)
{
	char *p = map_aligned(HUGE, HUGE, PROT_READ | PROT_WRITE | PROT_EXEC);

	madvise(p, HUGE, MADV_HUGEPAGE);
	memset(p, RET, HUGE);
	must(!mprotect(p + 5 * PAGE, PAGE, PROT_READ), "mprotect");
	target(p + 5 * PAGE);
	target(p + 4 * PAGE);
	target(p + 6 * PAGE);
}

static void partial_thp(int arg)
{
	char *p = map_aligned(HUGE, HUGE, PROT_READ | PROT_WRITE | PROT_EXEC);

	madvise(p, HUGE, MADV_HUGEPAGE);
	memset(p, RET, HUGE);
	must(!madvise(p + 7 * PAGE, PAGE, MADV_DONTNEED), "madvise");
	target(p + 7 * PAGE);
	target(p + 8 * PAGE);
}

static void soft_dirty_cleared(int flags)
{
	char *p = map(TARGETS * PAGE, PROT_READ | PROT_WRITE, flags, -1);
	int i;

	memset(p, RET, TARGETS * PAGE);
	must(write_file("/proc/self/clear_refs", "4\n"), "clear_refs");
	for (i = 0; i < TARGETS; i++)
		target(p + i * PAGE);
}

static void protection_key(int arg)
{
	int rights = arg & 3, present = arg & 4, key;
	char *p = map(TARGETS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	int i;

	if (!(features.mmu.flags & PAGEWALK_MMU_PKU))
		cannot("the CPU has no protection keys");
	if (present)
		memset(p, RET, TARGETS * PAGE);
	key = pkey_alloc(0, 0);
	must(key >= 0, "pkey_alloc");
	must(!pkey_mprotect(p, TARGETS * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, key),
	     "pkey_mprotect");
	must(!pkey_set(key, rights), "pkey_set");
	for (i = 0; i < TARGETS; i++)
		target(p + i * PAGE + 4);
}

/* The area of that name in /proc/self/maps. */
static bool find_area(const char *name, uint64_t *start, uint64_t *end)
{
	char *text = read_file("/proc/self/maps", NULL), *line, *save;
	bool found = false;

	for (line = strtok_r(text, "\n", &save); line && !found; line = strtok_r(NULL, "\n", &save))
		if (strstr(line, name) && sscanf(line, "%" SCNx64 "-%" SCNx64, start, end) == 2)
			found = true;
	free(text);
	return found;
}

static void special_area(const char *name, uint64_t off)
{
	uint64_t start, end;

	if (!find_area(name, &start, &end))
		cannot("no %s here", name);
	target((void *)(start + off));
}

static void vdso(int arg)
{
	special_area("[vdso]", 0x10);
}
static void vvar(int arg)
{
	special_area("[vvar]", 0x80);
}
static void vvar_touched(int arg)
{
	struct timespec ts;
	int i;

	special_area("[vvar]", 0x80);
	for (i = 0; i < 3; i++)
		clock_gettime(CLOCK_MONOTONIC, &ts);
}

static void program_text(int arg)
{
	target((void *)((uintptr_t)program_text));
}
static void stack_top(int arg)
{
	uint64_t start, end;

	must(find_area("[stack]", &start, &end), "find the stack");
	target((void *)(end - 64));
}

enum { NEAR, FAR, FARTHER, OVER_LIMIT, GAP, GAP_EDGE, GAP_NONE };

static void stack_growth(int how)
{
	struct rlimit limit = { 8 << 20, 8 << 20 };
	uint64_t start, end, page, below;
	char *p;

	must(find_area("[stack]", &start, &end), "find the stack");
	must(!setrlimit(RLIMIT_STACK, &limit), "setrlimit");
	page = start - PAGE;
	switch (how) {
	case NEAR:
		target((void *)(start - 8));
		break;
	case FAR:
		target((void *)(start - (1 << 20)));
		break;
	case FARTHER:
		target((void *)(end - (8 << 20)));
		break;
	case OVER_LIMIT:
		target((void *)(end - (8 << 20) - 1));
		break;
	default:
		/* An area 600 pages below, and addresses at 100, 255, 256 and 400 pages above it. */
		below = page - 600 * PAGE;
		p = mmap((void *)below, PAGE, how == GAP_NONE ? PROT_NONE : PROT_READ,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		must(p == (void *)below, "mmap below the stack");
		target(p + PAGE + (how == GAP_EDGE ? 255 : how == GAP ? 100 : 50) * PAGE + 8);
		if (how == GAP_EDGE) {
			target(p + PAGE + 256 * PAGE);
			target(p + PAGE + 256 * PAGE + 8);
		}
	}
}

static void grows_down(int arg)
{
	char *p = map(2 << 20, PROT_NONE, MAP_PRIVATE, -1);
	char *top = p + (1 << 20);

	munmap(p, 2 << 20);
	must(mmap(top, PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0) == top,
	     "mmap of a stack");
	*top = 1;
	target(top - 16 * PAGE + 8);
}

static void address(int which)
{
	bool la57 = features.mmu.levels == 5;
	uint64_t limit = la57 ? 0x00fffffffffff000 : 0x00007ffffffff000;
	const uint64_t list[] = {
		0,
		0x10,
		0xfff,
		0x1000,
		0xffff,
		limit - 1,
		limit,
		limit + 1,
		limit + 0xfff,
		la57 ? 0x0100000000000000 : 0x0000800000000000, /* the first not canonical */
		la57 ? 0xfeffffffffffffff : 0xffff7fffffffffff, /* the last */
		0x8000000000000000,
		0x7fffffffffffffff,
		0xdead000000000000,
		0x4141414141414141,
		la57 ? 0xff00000000000000 : 0xffff800000000000,
		0xffff888000000000,
		0xffffffff81000000,
		0xffffffffff600123,
		0xffffffffff601000,
		0xffffffffffffffff,
		0xffffffff80000000,
		0xfffffe0000000000,
	};

	if ((size_t)which < ARRAY_SIZE(list))
		target((void *)list[which]);
	else
		cannot("-");
}
#define ADDRESSES 23

static void vsyscall(int off)
{
	/* With vsyscall=none, as Debian sets it, there is no such page: also a case. */
	target((void *)(0xffffffffff600000 + off));
	sh->no_recheck = true;
}

static void above_47_bits(int arg)
{
	uint64_t hint = 0x0001000000000000;
	char *p;

	if (features.mmu.levels < 5)
		cannot("only four levels");
	p = mmap((void *)hint, TARGETS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0);
	must(p == (void *)hint, "mmap above 47 bits");
	if (arg)
		memset(p, RET, TARGETS * PAGE);
	target(p);
	target(p + PAGE + 1);
	target(p + 2 * PAGE - 1);
}

/* userfaultfd: a thread of the child answers. */
struct monitor {
	int fd;
	bool wp;
};

static int uffd_open(uint64_t want)
{
	struct uffdio_api api = { .api = UFFD_API, .features = want };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	must(fd >= 0, "userfaultfd");
	if (ioctl(fd, UFFDIO_API, &api))
		cannot("this kernel's userfaultfd lacks feature 0x%llx", (unsigned long long)want);
	return fd;
}

static void uffd_watch(int fd, void *p, size_t size, uint64_t mode)
{
	struct uffdio_register reg = {
		.range = { (uintptr_t)p, size },
		.mode = mode,
	};

	must(!ioctl(fd, UFFDIO_REGISTER, &reg), "UFFDIO_REGISTER");
}

static void uffd_protect(int fd, void *p, size_t size, bool on)
{
	struct uffdio_writeprotect wp = {
		.range = { (uintptr_t)p, size },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	must(!ioctl(fd, UFFDIO_WRITEPROTECT, &wp), "UFFDIO_WRITEPROTECT");
}

static void *answer(void *arg)
{
	static char page[PAGE] __attribute__((aligned(PAGE)));
	int fd = *(int *)arg;
	struct uffd_msg msg;

	memset(page, RET, sizeof(page));
	while (read(fd, &msg, sizeof(msg)) == sizeof(msg)) {
		uint64_t at = msg.arg.pagefault.address & ~(PAGE - 1);

		sh->monitored++;
		if (msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) {
			uffd_protect(fd, (void *)at, PAGE, false);
		} else {
			struct uffdio_copy copy = { .dst = at,
						    .src = (uintptr_t)page,
						    .len = PAGE };

			ioctl(fd, UFFDIO_COPY, &copy);
		}
	}
	return NULL;
}

static void start_monitor(int fd)
{
	static int uffd;
	pthread_t thread;

	uffd = fd;
	must(!pthread_create(&thread, NULL, answer, &uffd), "pthread_create");
	sh->loose = true;
}

static void uffd_missing(int flags)
{
	int fd = uffd_open(0);
	char *p = map(TARGETS * PAGE, PROT_READ | PROT_WRITE, flags, -1);
	int i;

	uffd_watch(fd, p, TARGETS * PAGE, UFFDIO_REGISTER_MODE_MISSING);
	start_monitor(fd);
	for (i = 0; i < TARGETS; i++)
		target(p + i * PAGE + 9);
}

/* touched: 0 untouched, 1 written */
static void uffd_wp(int arg)
{
	bool shared = arg & 1, touched = arg & 2;
	int fd = uffd_open(UFFD_FEATURE_PAGEFAULT_FLAG_WP |
			   (shared ? UFFD_FEATURE_WP_HUGETLBFS_SHMEM : 0));
	char *p =
		map(TARGETS * PAGE, PROT_READ | PROT_WRITE, shared ? MAP_SHARED : MAP_PRIVATE, -1);
	int i;

	if (touched)
		memset(p, RET, TARGETS * PAGE);
	uffd_watch(fd, p, TARGETS * PAGE, UFFDIO_REGISTER_MODE_WP);
	uffd_protect(fd, p, TARGETS * PAGE, true);
	start_monitor(fd);
	for (i = 0; i < TARGETS; i++)
		target(p + i * PAGE + 9);
}

static void poisoned(int flags)
{
	int fd = uffd_open(UFFD_FEATURE_POISON);
	char *p = map(TARGETS * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1);
	struct poison_range range = { .start = (uintptr_t)p, .len = TARGETS * PAGE };
	int i;

	uffd_watch(fd, p, TARGETS * PAGE, UFFDIO_REGISTER_MODE_MISSING);
	must(!ioctl(fd, IOC_POISON, &range), "UFFDIO_POISON");
	for (i = 0; i < TARGETS; i++)
		target(p + i * PAGE);
}

static void ignore(int signo)
{
}

static void memory_error(int arg)
{
	char *p = written(TARGETS * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	int i;

	/* The one who injects an error is told of it. */
	signal(SIGBUS, ignore);
	for (i = 0; i < TARGETS; i++) {
		if (madvise(p + i * PAGE, PAGE, MADV_HWPOISON)) {
			if (errno == EINVAL)
				cannot("no CONFIG_MEMORY_FAILURE");
			must(errno == EBUSY, "madvise(MADV_HWPOISON)");
		}
		target(p + i * PAGE + 0x10);
	}
}

static int zoo_open(void)
{
	int fd = open("/dev/xlate_zoo", O_RDWR);

	must(fd >= 0, "open /dev/xlate_zoo");
	return fd;
}

static void zoo_map(int arg)
{
	int prot = arg >> 4;
	void *p = mmap(NULL, PAGE, prot, MAP_SHARED, zoo_open(), (arg & 15) * PAGE);

	must(p != MAP_FAILED, "mmap of the zoo's device");
	target((char *)p + 0x40);
}

static void migrating(int arg)
{
	uint64_t addr;
	char *p;
	int fd = zoo_open();
	pid_t us = getpid();

	/*
	 * Somebody else lets the page go once we sleep in our fault: we may hold the mmap lock
	 * there, so no thread of ours could be sure to get as far.
	 */
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		wait_until(sh->monitored && proc_state(us) == 'D', 120);
		ioctl(fd, ZOO_LETGO);
		_exit(0);
	}
	p = written(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	addr = (uintptr_t)p;
	must(wait_until(!ioctl(fd, ZOO_HOLD, &addr), 60), "ZOO_HOLD");
	target(p + 0x20);
	sh->loose = true;
}

static void merged(int arg)
{
	char *p = map(4 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE, -1);
	struct pagewalk_facts f = { 0 };
	int i, fd;

	memset(p, RET, 4 * PAGE);
	if (madvise(p, 4 * PAGE, MADV_MERGEABLE))
		cannot("no CONFIG_KSM");
	fd = raw_open();
	write_file("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	write_file("/sys/kernel/mm/ksm/pages_to_scan", "1000");
	must(write_file("/sys/kernel/mm/ksm/run", "1"), "/sys/kernel/mm/ksm/run");
	for (i = 0; i < TARGETS; i++) {
		must(wait_until(!raw_probe(fd, 0, (uintptr_t)p + i * PAGE, &f) &&
					(f.page & PAGEWALK_PG_KSM),
				60),
		     "merging");
		target(p + i * PAGE + 0x10);
	}
	write_file("/sys/kernel/mm/ksm/run", "0");
	close(fd);
}

static const struct special {
	const char *name;
	void (*prepare)(int arg);
	int arg;
} specials[] = {
	{ "file-private beyond the end", eof_private, 0 },
	{ "file-shared beyond the end", eof_shared, 0 },
	{ "memfd beyond the end", eof_memfd, 0 },
	{ "hugetlb beyond the end", eof_hugetlb, 0 },
	{ "file-private truncated", truncated, MAP_PRIVATE },
	{ "file-shared truncated", truncated, MAP_SHARED },
	{ "file-private partial page", partial_page, MAP_PRIVATE },
	{ "file-shared partial page", partial_page, MAP_SHARED },
	{ "file opened read-only, private", read_only_file, MAP_PRIVATE },
	{ "file opened read-only, shared", read_only_file, MAP_SHARED },
	{ "shmem hole r", shmem_hole, PROT_READ },
	{ "shmem hole rw", shmem_hole, PROT_READ | PROT_WRITE },
	{ "shmem hole rwx", shmem_hole, PROT_READ | PROT_WRITE | PROT_EXEC },
	{ "memfd in page cache, private", memfd_written, MAP_PRIVATE },
	{ "memfd in page cache, shared", memfd_written, MAP_SHARED },
	{ "unmapped hole and its edges", hole, 0 },
	{ "moved by mremap", moved, 0 },
	{ "MADV_DONTNEED", dont_need, MADV_DONTNEED },
	{ "MADV_FREE", dont_need, MADV_FREE },
	{ "mlock", locked, 0 },
	{ "split huge page", split_thp, 0 },
	{ "huge page with a hole", partial_thp, 0 },
	{ "soft-dirty cleared, private", soft_dirty_cleared, MAP_PRIVATE },
	{ "soft-dirty cleared, shared", soft_dirty_cleared, MAP_SHARED },
	{ "pkey allows, empty", protection_key, 0 },
	{ "pkey allows, present", protection_key, 4 },
	{ "pkey denies access, empty", protection_key, PKEY_DISABLE_ACCESS },
	{ "pkey denies access, present", protection_key, 4 | PKEY_DISABLE_ACCESS },
	{ "pkey denies writes, empty", protection_key, PKEY_DISABLE_WRITE },
	{ "pkey denies writes, present", protection_key, 4 | PKEY_DISABLE_WRITE },
	{ "vdso", vdso, 0 },
	{ "vvar", vvar, 0 },
	{ "vvar touched", vvar_touched, 0 },
	{ "program text", program_text, 0 },
	{ "stack", stack_top, 0 },
	{ "stack growth, near", stack_growth, NEAR },
	{ "stack growth, far", stack_growth, FAR },
	{ "stack growth, to the limit", stack_growth, FARTHER },
	{ "stack growth, over the limit", stack_growth, OVER_LIMIT },
	{ "stack growth, in the guard gap", stack_growth, GAP },
	{ "stack growth, at the gap's edge", stack_growth, GAP_EDGE },
	{ "stack growth, above PROT_NONE", stack_growth, GAP_NONE },
	{ "MAP_GROWSDOWN", grows_down, 0 },
	{ "vsyscall, an entry", vsyscall, 0x400 },
	{ "vsyscall, between entries", vsyscall, 0x123 },
	{ "above 47 bits, untouched", above_47_bits, 0 },
	{ "above 47 bits, written", above_47_bits, 1 },
	{ "userfaultfd missing, private", uffd_missing, MAP_PRIVATE },
	{ "userfaultfd missing, shared", uffd_missing, MAP_SHARED },
	{ "userfaultfd write-protected, private", uffd_wp, 2 },
	{ "userfaultfd write-protected, shared", uffd_wp, 3 },
	{ "userfaultfd marker, shared", uffd_wp, 1 },
	{ "UFFDIO_POISON, private", poisoned, MAP_PRIVATE },
	{ "UFFDIO_POISON, shared", poisoned, MAP_SHARED },
	{ "memory error", memory_error, 0 },
	{ "device frame r", zoo_map, PROT_READ << 4 | ZOO_PFNMAP },
	{ "device frame rw", zoo_map, (PROT_READ | PROT_WRITE) << 4 | ZOO_PFNMAP },
	{ "device frame rwx", zoo_map, (PROT_READ | PROT_WRITE | PROT_EXEC) << 4 | ZOO_PFNMAP },
	{ "device page rw", zoo_map, (PROT_READ | PROT_WRITE) << 4 | ZOO_MIXED },
	{ "device without page rw", zoo_map, (PROT_READ | PROT_WRITE) << 4 | ZOO_NOPAGE },
	{ "held in migration", migrating, 0 },
	{ "merged by KSM", merged, 0 },
};

/* -- in the child: the access -------------------------------------------------------- */

static sigjmp_buf back;
static volatile uint64_t accessed;
static volatile bool at_target;

static void on_signal(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	if (signo == SIGTRAP) {
		/* Single step: about to run the instruction, then done with it. */
		if ((uint64_t)uc->uc_mcontext.gregs[REG_RIP] == accessed && !at_target) {
			at_target = true;
			return;
		}
		if (!at_target && (uint64_t)uc->uc_mcontext.gregs[REG_RIP] != accessed)
			at_target = true;
		siglongjmp(back, 1);
	}
	sh->signo = signo;
	sh->si_code = info->si_code;
	sh->where = (uintptr_t)info->si_addr;
	siglongjmp(back, 1);
}

static void access_memory(uint64_t addr, enum verdict_access how)
{
	static char scratch[64 << 10];
	struct sigaction sa = { .sa_sigaction = on_signal,
				.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	stack_t stack = { .ss_sp = scratch, .ss_size = sizeof(scratch) };
	static uint64_t harmless[8];

	memset(scratch, 1, sizeof(scratch));
	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGILL, &sa, NULL);
	sigaction(SIGTRAP, &sa, NULL);
	sh->signo = 0;
	sh->si_code = 0;
	sh->where = 0;
	accessed = addr;
	at_target = false;
	harmless[0] = 0;
	if (sigsetjmp(back, 1))
		return;
	if (how == VERDICT_READ)
		(void)*(volatile uint8_t *)addr;
	else if (how == VERDICT_WRITE)
		*(volatile uint8_t *)addr = RET;
	else
		/*
		 * Call it in single-step mode: one instruction runs, whatever it is. Zeros are
		 * "add %al,(%rax)", so let rax point to something.
		 */
		__asm__ volatile("sub $128, %%rsp\n\t"
				 "pushf\n\t"
				 "orl $0x100, (%%rsp)\n\t"
				 "popf\n\t"
				 "call *%0\n\t"
				 "pushf\n\t"
				 "andl $~0x100, (%%rsp)\n\t"
				 "popf\n\t"
				 "add $128, %%rsp\n\t"
				 :
				 : "r"(addr), "a"(harmless), "D"(harmless), "S"(0)
				 : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc");
	siglongjmp(back, 1);
}

/* -- in the parent -------------------------------------------------------------------- */

/* The fault events of one thread. */
struct events {
	int fd;
	struct perf_event_mmap_page *ring;
};

static int tracepoint_id(void)
{
	char *text = read_file("/sys/kernel/tracing/events/exceptions/page_fault_user/id", NULL);
	int id;

	if (!text)
		bail("no tracepoint exceptions:page_fault_user");
	id = atoi(text);
	free(text);
	return id;
}

#define RING_PAGES 16

static struct events events_open(pid_t pid)
{
	static int id;
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1 << 20,
	};
	struct events e;

	if (!id)
		id = tracepoint_id();
	attr.config = id;
	e.fd = syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (e.fd < 0)
		bail("perf_event_open");
	e.ring = mmap(NULL, (1 + RING_PAGES) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, e.fd, 0);
	if (e.ring == MAP_FAILED)
		bail("mmap of the event ring");
	return e;
}

static void events_close(struct events *e)
{
	munmap(e->ring, (1 + RING_PAGES) * PAGE);
	close(e->fd);
}

/* Takes the events so far; returns how many were about @addr. */
static unsigned int events_take(struct events *e, uint64_t addr, uint64_t *codes)
{
	const char *data = (char *)e->ring + PAGE;
	uint64_t size = RING_PAGES * PAGE, head, tail = e->ring->data_tail;
	unsigned int n = 0, i;
	struct {
		struct perf_event_header header;
		uint32_t size;
		char common[8];
		uint64_t address, ip, code;
	} __attribute__((packed)) r;

	head = __atomic_load_n(&e->ring->data_head, __ATOMIC_ACQUIRE);
	while (tail < head) {
		for (i = 0; i < sizeof(r); i++)
			((char *)&r)[i] = data[(tail + i) % size];
		if (r.header.type == PERF_RECORD_LOST)
			bail("events were lost");
		if (r.header.type == PERF_RECORD_SAMPLE && r.address == addr) {
			if (n < EVENTS)
				codes[n] = r.code;
			n++;
		}
		tail += r.header.size;
	}
	__atomic_store_n(&e->ring->data_tail, tail, __ATOMIC_RELEASE);
	return n;
}

/* The steps of a verdict as explain prints them. */
struct text {
	char buf[16384];
	size_t len;
};

static void add_line(void *ctx, enum verdict_by by, const char *line)
{
	struct text *t = ctx;

	t->len += scnprintf(t->buf + t->len, sizeof(t->buf) - t->len, "%s %s\n",
			    verdict_by_name(by), line);
}

static void add_verdict(struct text *t, const struct verdict *v)
{
	char line[160];

	verdict_summary(v, line, sizeof(line));
	t->len += scnprintf(t->buf + t->len, sizeof(t->buf) - t->len, "verdict %s\n", line);
}

static const char access_letter[] = "rwx";

/* Does the text file give the same answer? Prints the difference if not. */
static bool explain_agrees(pid_t pid, uint64_t addr, enum verdict_access how,
			   const struct text *want)
{
	static char text[32768];
	char path[64], question[64];
	size_t len = 0;
	ssize_t n;
	char *at;
	int fd;

	snprintf(path, sizeof(path), PROC_PAGEWALK "/%d/explain", pid);
	fd = open(path, O_RDWR);
	if (fd < 0) {
		diag("%s: %s", path, strerror(errno));
		return false;
	}
	snprintf(question, sizeof(question), "0x%" PRIx64 " %c\n", addr, access_letter[how]);
	if (write(fd, question, strlen(question)) != (ssize_t)strlen(question)) {
		diag("writing \"%.*s\": %s", (int)strlen(question) - 1, question, strerror(errno));
		close(fd);
		return false;
	}
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	at = strstr(text, "\naddress ");
	at = at ? strchr(at + 1, '\n') : NULL;
	if (at && !strcmp(at + 1, want->buf))
		return true;
	diag("explain says:\n%s# but the ioctl and the core say:\n%s# --", text, want->buf);
	return false;
}

static void say_mismatch(const char *name, uint64_t addr, enum verdict_access how,
			 const struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
static void say_mismatch(const char *name, uint64_t addr, enum verdict_access how,
			 const struct text *t, const char *fmt, ...)
{
	char line[256], *copy = strdup(t->buf), *save, *l;
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	diag("MISMATCH %s, %c at 0x%" PRIx64 ": %s", name, access_letter[how], addr, line);
	for (l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		diag("    %s", l);
	free(copy);
}

/* Compares one access with its prediction. */
static bool judge(const char *name, uint64_t addr, enum verdict_access how, const struct verdict *v,
		  const struct text *t, const uint64_t *codes, unsigned int n)
{
	bool loose = sh->loose &&
		     (v->outcome == VERDICT_MONITOR || v->repair == VERDICT_WAIT_MIGRATION);
	unsigned int i;

	if (loose) {
		if (!n || ((codes[0] ^ v->error_code[0]) & ~v->unknown)) {
			say_mismatch(name, addr, how, t, "%u faults, the first with 0x%" PRIx64, n,
				     n ? codes[0] : 0);
			return false;
		}
		if (v->outcome == VERDICT_MONITOR && !sh->monitored) {
			say_mismatch(name, addr, how, t, "the monitor was not asked");
			return false;
		}
		return true;
	}
	if (sh->signo != v->signo || (v->signo && sh->si_code != v->si_code)) {
		say_mismatch(name, addr, how, t, "got signal %d si_code %d, wanted %d %d",
			     sh->signo, sh->si_code, v->signo, v->si_code);
		return false;
	}
	if (v->signo && sh->where != (v->si_code == SI_KERNEL ? 0 : addr)) {
		say_mismatch(name, addr, how, t, "si_addr 0x%" PRIx64, sh->where);
		return false;
	}
	if (n != v->faults) {
		say_mismatch(name, addr, how, t, "%u page faults, wanted %u (last 0x%" PRIx64 ")",
			     n, v->faults, n ? codes[n - 1] : 0);
		return false;
	}
	for (i = 0; i < n && i < 2; i++)
		if ((codes[i] ^ v->error_code[i]) & ~v->unknown) {
			say_mismatch(name, addr, how, t, "error code 0x%" PRIx64 ", wanted 0x%x",
				     codes[i], v->error_code[i]);
			return false;
		}
	return true;
}

/* After a repair the same access must pass, on the frame that the repair implies. */
static bool recheck(const char *name, pid_t pid, uint64_t addr, enum verdict_access how,
		    const struct verdict *before, const struct pagewalk_facts *f,
		    const struct text *t)
{
	struct pagewalk_facts g;
	struct verdict v;
	bool same;

	if (raw_probe(raw, pid, addr, &g)) {
		say_mismatch(name, addr, how, t, "no second probe");
		return false;
	}
	verdict(&g, how, &v, NULL);
	if (v.outcome != VERDICT_ALLOWED) {
		say_mismatch(name, addr, how, t, "after the repair it would still be %s",
			     verdict_outcome_name(v.outcome));
		return false;
	}
	if (!f->steps || !g.steps || last_step((void *)f)->level != last_step(&g)->level)
		return true;
	same = step_frame(f) == step_frame(&g);
	if (before->repair == VERDICT_COW_COPY && same) {
		say_mismatch(name, addr, how, t, "copied, but still the same frame");
		return false;
	}
	if (before->repair == VERDICT_COW_REUSE && !same && (f->page & PAGEWALK_PG_EXCLUSIVE)) {
		say_mismatch(name, addr, how, t, "reused, but another frame");
		return false;
	}
	if ((before->repair == VERDICT_ZERO_PAGE) !=
		    !!(g.page & (PAGEWALK_PG_ZERO | PAGEWALK_PG_HUGE_ZERO)) &&
	    before->repair == VERDICT_ZERO_PAGE) {
		say_mismatch(name, addr, how, t, "no page of zeros afterwards");
		return false;
	}
	return true;
}

static bool tell(int fd)
{
	return write(fd, "", 1) == 1;
}
static bool told(int fd)
{
	char c;

	return read(fd, &c, 1) == 1;
}

/* One child, one kind of memory: the accesses @first..@last, one a target. */
static bool run(const char *name, const struct special *s, const int *generic, int only,
		unsigned int *count)
{
	int to[2], from[2], i;
	bool good = true;
	struct events e;
	pid_t pid;

	memset(sh, 0, sizeof(*sh));
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		bail("pipe");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bail("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		close(from[0]);
		/* Our own data shall not fault any more; the rest of our memory may. */
		if (s)
			s->prepare(s->arg);
		else
			prepare_generic(generic[0], generic[1], generic[2]);
		for (i = 0; i < (only < 0 ? sh->targets : 1); i++) {
			tell(from[1]);
			if (!told(to[0]))
				_exit(0);
			sh->monitored += sh->loose && s && s->prepare == migrating;
			access_memory(sh->addr[only < 0 ? i : (only < sh->targets ? only : 0)],
				      only < 0 ? i : only);
		}
		tell(from[1]);
		told(to[0]);
		_exit(0);
	}
	close(to[0]);
	close(from[1]);
	if (!told(from[0])) {
		waitpid(pid, NULL, 0);
		if (!sh->skip[0])
			snprintf(sh->skip, sizeof(sh->skip), "FAILED: the child died");
		good = false;
		goto out;
	}
	if (!attach(pid))
		bail("attaching %d", pid);
	e = events_open(pid);
	for (i = 0; i < (only < 0 ? sh->targets : 1); i++) {
		uint64_t addr = sh->addr[only < 0 ? i : (only < sh->targets ? only : 0)];
		enum verdict_access how = only < 0 ? i : only;
		uint64_t codes[EVENTS] = { 0 };
		struct text t = { .len = 0 };
		struct verdict_sink sink = { add_line, &t };
		struct pagewalk_facts f;
		struct verdict v;
		unsigned int n;
		bool fits;
		int err;

		err = raw_probe(raw, pid, addr, &f);
		if (err) {
			diag("MISMATCH %s: probe of 0x%" PRIx64 ": %s", name, addr, strerror(-err));
			good = false;
			mismatches++;
			break;
		}
		verdict(&f, how, &v, &sink);
		add_verdict(&t, &v);
		fits = explain_agrees(pid, addr, how, &t);
		events_take(&e, addr, codes);
		tell(to[1]);
		if (!told(from[0])) {
			say_mismatch(name, addr, how, &t, "the child died");
			fits = false;
			i = TARGETS;
		} else {
			n = events_take(&e, addr, codes);
			fits = judge(name, addr, how, &v, &t, codes, n) && fits;
			if (fits && v.outcome == VERDICT_FIXED && !sh->no_recheck)
				fits = recheck(name, pid, addr, how, &v, &f, &t);
		}
		if (verbose)
			diag("%s %c: %.*s", name, access_letter[how],
			     (int)strcspn(strstr(t.buf, "verdict "), "\n"),
			     strstr(t.buf, "verdict "));
		cases++;
		(*count)++;
		if (!fits) {
			mismatches++;
			good = false;
		}
	}
	events_close(&e);
out:
	close(to[1]);
	close(from[0]);
	reap(pid);
	/* Its own children, which die with it and are ours now, may hold huge pages. */
	while (waitpid(-1, NULL, 0) > 0)
		;
	return good;
}

/* The kinds that make no sense together. */
static bool meaningful(enum type type, enum state state)
{
	if (state == CLEANED)
		return type == FILE_SHARED || type == SHARED_ANON;
	if (state == SWAPPED)
		return type != HUGETLB && type != HUGETLB_SHARED && type != FILE_SHARED;
	return true;
}

int main(int argc, char **argv)
{
	unsigned int i, p, count;
	enum type type;
	enum state state;
	int how;

	while ((how = getopt(argc, argv, "vq")) > 0) {
		verbose |= how == 'v';
		quick |= how == 'q';
	}
	if (optind != argc - 1)
		bail("usage: oracle [-v] [-q] DIR");
	dir = argv[optind];
	sh = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	raw = raw_open();
	features = raw_features(raw);
	diag("%u levels, PTI %s, protection keys %s", features.mmu.levels,
	     features.mmu.flags & PAGEWALK_MMU_PTI ? "on" : "off",
	     features.mmu.flags & PAGEWALK_MMU_PKU ? "on" : "off");

	for (type = 0; type < TYPES; type++)
		for (state = 0; state < STATES; state++) {
			bool good = true;

			if (!meaningful(type, state))
				continue;
			count = 0;
			sh->skip[0] = '\0';
			for (p = 0; p < ARRAY_SIZE(prots); p++) {
				const int generic[] = { type, state, prots[p] };
				char name[64];

				if (quick && prots[p] != PROT_NONE && prots[p] != PROT_READ &&
				    prots[p] != (PROT_READ | PROT_WRITE))
					continue;
				snprintf(name, sizeof(name), "%s %s prot %d", type_names[type],
					 state_names[state], prots[p]);
				good = run(name, NULL, generic, -1, &count) && good;
				if (sh->skip[0])
					break;
			}
			if (sh->skip[0] && strncmp(sh->skip, "FAILED", 6))
				skip(sh->skip, "%s, %s", type_names[type], state_names[state]);
			else
				ok(good, "%s, %s: %u cases %s", type_names[type],
				   state_names[state], count, sh->skip);
		}

	for (i = 0; i < ARRAY_SIZE(specials); i++) {
		bool good = true;

		count = 0;
		for (how = VERDICT_READ; how <= VERDICT_EXEC && !(how && sh->skip[0]); how++)
			good = run(specials[i].name, &specials[i], NULL, how, &count) && good;
		if (sh->skip[0] && strncmp(sh->skip, "FAILED", 6))
			skip(sh->skip, "%s", specials[i].name);
		else
			ok(good, "%s: %u cases %s", specials[i].name, count, sh->skip);
	}
	for (i = 0; i < ADDRESSES; i++) {
		struct special s = { "address", address, i };
		bool good = true;

		count = 0;
		for (how = VERDICT_READ; how <= VERDICT_EXEC; how++)
			good = run(s.name, &s, NULL, how, &count) && good;
		ok(good, "address 0x%" PRIx64 ": %u cases", sh->addr[0], count);
	}

	diag("cases %u, mismatches %u", cases, mismatches);
	ok(cases >= 300, "at least 300 cases ran");
	return tap_end();
}

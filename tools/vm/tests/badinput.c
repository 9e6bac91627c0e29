// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must be refused is refused, with the errno that says why.
 *
 *	badinput		malformed writes, ioctls, seeks; users who may not
 *	badinput lockdown	the same files once the kernel is locked down
 */
#include "tests.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/uio.h>
#include <termios.h>

#define ATTACH PROC_PAGEWALK "/attach"
#define RAW    PROC_PAGEWALK "/raw"

static unsigned int refused;

/* Where nothing is mapped; volatile, so that the compiler does not see it. */
static void *volatile bad_address = (void *)8;

/* The last system call was to fail with @want. */
static bool expect(long ret, int want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static bool expect(long ret, int want, const char *fmt, ...)
{
	int err = ret < 0 ? errno : 0;
	char text[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	refused += want && err == want;
	if (!ok(err == want, "%s: %s", text, want ? strerrorname_np(want) : "accepted")) {
		diag("got %ld, errno %d (%s)", ret, err, err ? strerror(err) : "none");
		return false;
	}
	return true;
}

static long write_to(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY), err;
	long ret;

	if (fd < 0)
		return -1;
	ret = write(fd, data, len);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

static void loiter(void *arg)
{
	for (;;)
		pause();
}

static void leave(void *arg)
{
}

/* A process that has exited and was not waited for. */
static pid_t zombie(void)
{
	pid_t pid = spawn(leave, NULL);

	wait_until(proc_state(pid) == 'Z', 20);
	return pid;
}

static pid_t dead(void)
{
	pid_t pid = spawn(leave, NULL);

	waitpid(pid, NULL, 0);
	return pid;
}

static void test_attach(void)
{
	static const struct {
		const char *text;
		int err;
	} bad[] = {
		{ "", EINVAL },
		{ "\n", EINVAL },
		{ " ", EINVAL },
		{ "abc\n", EINVAL },
		{ "0\n", EINVAL },
		{ "-0\n", EINVAL },
		{ "-\n", EINVAL },
		{ "--1\n", EINVAL },
		{ "1.5\n", EINVAL },
		{ "0x1\n", EINVAL },
		{ "1 1\n", EINVAL },
		{ "1\n1\n", EINVAL },
		{ "1;\n", EINVAL },
		{ "%d%s%n\n", EINVAL },
		{ "../1\n", EINVAL },
		{ "99999999999\n", ERANGE },
		{ "-99999999999\n", ERANGE },
		{ "18446744073709551617\n", ERANGE },
		{ "2147483647\n", ESRCH },
		{ "-2147483647\n", ESRCH },
		{ "-2147483648\n", EINVAL },
		{ "2\n", EINVAL }, /* kthreadd */
		{ "-2\n", ESRCH },
		{ "-1\n", ESRCH }, /* not attached */
		{ "0000000000000000000000000000001\n", EINVAL }, /* too long */
	};
	char text[32], big[5000];
	pid_t pid, z;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		expect(write_to(ATTACH, bad[i].text, strlen(bad[i].text)), bad[i].err,
		       "attach \"%.*s\"", (int)strcspn(bad[i].text, "\n"), bad[i].text);
	memset(big, '1', sizeof(big));
	expect(write_to(ATTACH, big, sizeof(big)), EINVAL, "attach 5000 digits");
	expect(write_to(ATTACH, "1\0\n", 3), EINVAL, "attach with a NUL inside");
	expect(write_to(ATTACH, "\xff\xfe", 2), EINVAL, "attach binary");
	expect(write_to(ATTACH, bad_address, 2), EFAULT, "attach from a bad address");
	expect(write_to(ATTACH, (void *)0xffff888000000000, 2), EFAULT,
	       "attach from a kernel address");

	snprintf(text, sizeof(text), "%d\n", dead());
	expect(write_to(ATTACH, text, strlen(text)), ESRCH, "attach a process that is gone");
	z = zombie();
	snprintf(text, sizeof(text), "%d\n", z);
	expect(write_to(ATTACH, text, strlen(text)), ESRCH, "attach a zombie");
	waitpid(z, NULL, 0);

	pid = spawn(loiter, NULL);
	snprintf(text, sizeof(text), "%d", pid);
	expect(write_to(ATTACH, text, strlen(text)), 0, "attach without newline");
	expect(write_to(ATTACH, text, strlen(text)), EEXIST, "attach twice");
	snprintf(text, sizeof(text), "-%d", pid);
	expect(write_to(ATTACH, text, strlen(text)), 0, "detach");
	expect(write_to(ATTACH, text, strlen(text)), ESRCH, "detach twice");
	snprintf(text, sizeof(text), "  %d \n", pid);
	expect(write_to(ATTACH, text, strlen(text)), 0, "attach with blanks around");

	fd = open(ATTACH, O_RDWR);
	expect(lseek(fd, -1, SEEK_SET), EINVAL, "attach: seek before the start");
	expect(lseek(fd, 0, SEEK_END), EINVAL, "attach: seek from the end");
	expect(read(fd, bad_address, 100), EFAULT, "attach: read to a bad address");
	close(fd);
	reap(pid);
}

static void test_explain(void)
{
	static const struct {
		const char *text;
		size_t len;
	} bad[] = {
		{ "", 0 },
		{ "\n", 1 },
		{ "r\n", 2 },
		{ "0x1000\n", 7 },
		{ "0x1000 \n", 8 },
		{ "0x1000 q\n", 9 },
		{ "0x1000 rw\n", 10 },
		{ "0x1000 r x\n", 11 },
		{ "0x1000r\n", 8 },
		{ "r 0x1000\n", 9 },
		{ "zzz r\n", 6 },
		{ "0x r\n", 5 },
		{ "-1 r\n", 5 },
		{ "0x1ffffffffffffffff r\n", 22 },
		{ "99999999999999999999 r\n", 23 },
		{ "0x1000,r\n", 9 },
		{ "0x10 00 r\n", 10 },
		{ "0x1000\0r", 8 },
		{ "0x1000 r\0", 9 },
	};
	char path[64], text[4096], big[200];
	pid_t pid = spawn(loiter, NULL);
	ssize_t n;
	size_t i;
	int fd;

	attach(pid);
	snprintf(path, sizeof(path), PROC_PAGEWALK "/%d/explain", pid);
	fd = open(path, O_RDWR);
	if (fd < 0)
		bail("%s", path);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		expect(write(fd, bad[i].text, bad[i].len), EINVAL, "explain \"%.*s\" (%zu bytes)",
		       (int)strcspn(bad[i].text, "\n"), bad[i].text, bad[i].len);
	memset(big, ' ', sizeof(big));
	memcpy(big, "0x1000 r", 8);
	expect(write(fd, big, sizeof(big)), EINVAL, "explain a line that is too long");
	expect(write(fd, bad_address, 9), EFAULT, "explain from a bad address");
	n = pread(fd, text, sizeof(text) - 1, 0);
	ok(n > 0 && (text[n] = 0, strstr(text, "usage")),
	   "after bad questions explain tells its usage");
	expect(write(fd, "0x1000 r\n", 9), 0, "explain a good question");
	expect(write(fd, "0x1000 q\n", 9), EINVAL, "explain a bad one after it");
	n = pread(fd, text, sizeof(text) - 1, 0);
	ok(n > 0 && (text[n] = 0, strstr(text, "\nverdict ")),
	   "the good one's answer is still there");
	expect(lseek(fd, -5, SEEK_SET), EINVAL, "explain: seek before the start");
	expect(lseek(fd, 0, 77), EINVAL, "explain: seek of no kind");
	expect(pread(fd, text, 10, -1), EINVAL, "explain: pread before the start");
	ok(pread(fd, text, 10, 1 << 20) == 0, "explain: nothing beyond the end");
	expect(read(fd, bad_address, 100), EFAULT, "explain: read to a bad address");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	n = write(fd, "0x1000 r\n", 9);
	ok(n < 0 && (errno == ESRCH || errno == EIO),
	   "explain of a process that is gone: ESRCH or EIO");
	close(fd);
}

static void test_files(void)
{
	static const char *const files[] = { "pages", "tables", "summary" };
	char path[64], other[64], buf[64];
	pid_t pid = spawn(loiter, NULL);
	size_t i;
	int fd;

	attach(pid);
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), PROC_PAGEWALK "/%d/%s", pid, files[i]);
		expect(write_to(path, "x", 1), EIO, "write to %s", files[i]);
		fd = open(path, O_RDONLY);
		expect(lseek(fd, -1, SEEK_SET), EINVAL, "%s: seek before the start", files[i]);
		expect(lseek(fd, 0, SEEK_END), EINVAL, "%s: seek from the end", files[i]);
		expect(pread(fd, buf, 10, -1), EINVAL, "%s: pread before the start", files[i]);
		expect(read(fd, bad_address, 100), EFAULT, "%s: read to a bad address", files[i]);
		ok(pread(fd, buf, 10, 1LL << 40) == 0, "%s: nothing beyond the end", files[i]);
		expect((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == -1 ? -1 : 0, EIO,
		       "%s: mmap", files[i]);
		expect(ioctl(fd, TCGETS, buf), ENOTTY, "%s: ioctl", files[i]);
		close(fd);
		snprintf(other, sizeof(other), PROC_PAGEWALK "/%d/x", pid);
		/* procfs looks the new name up first: it may say that it is not there. */
		ok(rename(path, other) == -1 && (errno == EPERM || errno == ENOENT),
		   "rename %s: refused", files[i]);
		expect(unlink(path), EPERM, "unlink %s", files[i]);
	}
	snprintf(path, sizeof(path), PROC_PAGEWALK "/%d", pid);
	expect(rmdir(path), EPERM, "remove a folder");
	ok(mkdir(PROC_PAGEWALK "/1", 0700) == -1 && (errno == EPERM || errno == ENOENT),
	   "make a folder: refused");
	expect(open(PROC_PAGEWALK "/nothing", O_RDONLY), ENOENT, "open what is not there");
	expect(open(PROC_PAGEWALK "/1/pages", O_RDONLY), ENOENT,
	       "open the pages of one not attached");
	expect(open(PROC_PAGEWALK "/nothing", O_CREAT | O_RDWR, 0600), ENOENT, "create a file");
	fd = open(ATTACH, O_RDWR | O_TRUNC);
	ok(fd >= 0, "O_TRUNC does no harm");
	close(fd);
	snprintf(path, sizeof(path), PROC_PAGEWALK "/%d/pages", pid);
	ok(!access(path, R_OK), "the folder is still there after it");
	fd = open(RAW, O_RDWR);
	expect(read(fd, buf, 10), EIO, "raw: read");
	expect(write(fd, buf, 10), EIO, "raw: write");
	expect((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == -1 ? -1 : 0, EIO,
	       "raw: mmap");
	close(fd);
	reap(pid);
}

/* A request at the end of a page behind which there is nothing. */
static void *at_edge(size_t size)
{
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p + PAGE, PAGE);
	return p + PAGE - size;
}

static void test_features(int fd)
{
	struct {
		struct pagewalk_features f;
		uint64_t tail[4];
	} big = { { 0 }, { 0 } };
	struct pagewalk_features *f = &big.f, *edge;
	uint32_t size;

	expect(ioctl(fd, PAGEWALK_IOC_FEATURES, NULL), EFAULT, "FEATURES at NULL");
	expect(ioctl(fd, PAGEWALK_IOC_FEATURES, 0xffff888000000000), EFAULT,
	       "FEATURES at a kernel address");
	for (size = 0; size < sizeof(*f); size += 37) {
		f->size = size;
		expect(ioctl(fd, PAGEWALK_IOC_FEATURES, f), EINVAL, "FEATURES of %u bytes", size);
	}
	f->size = ~0U;
	expect(ioctl(fd, PAGEWALK_IOC_FEATURES, f), E2BIG, "FEATURES of 4 GiB");
	memset(&big, 0, sizeof(big));
	f->size = sizeof(big);
	expect(ioctl(fd, PAGEWALK_IOC_FEATURES, f), 0, "FEATURES with a tail of zeros");
	ok(f->size == sizeof(big) && f->version == PAGEWALK_API_VERSION, "it is answered");
	memset(&big, 0, sizeof(big));
	f->size = sizeof(big);
	big.tail[3] = 1ULL << 63;
	expect(ioctl(fd, PAGEWALK_IOC_FEATURES, f), E2BIG,
	       "FEATURES with a tail that says something");
	memset(&big, 0, sizeof(big));
	f->size = sizeof(*f);
	f->reserved = 1;
	expect(ioctl(fd, PAGEWALK_IOC_FEATURES, f), EINVAL, "FEATURES with something reserved");
	edge = at_edge(sizeof(*f));
	edge->size = sizeof(*f);
	expect(ioctl(fd, PAGEWALK_IOC_FEATURES, edge), 0, "FEATURES at the edge of memory");
	edge->size = sizeof(*f) + 8;
	expect(ioctl(fd, PAGEWALK_IOC_FEATURES, edge), EFAULT, "FEATURES over the edge of memory");

	expect(ioctl(fd, _IOWR('x', 0, struct pagewalk_features), f), ENOTTY,
	       "ioctl of another magic");
	expect(ioctl(fd, _IOWR(PAGEWALK_IOC_MAGIC, 3, struct pagewalk_features), f), ENOTTY,
	       "ioctl of an unknown number");
	expect(ioctl(fd, _IOWR(PAGEWALK_IOC_MAGIC, 255, struct pagewalk_features), f), ENOTTY,
	       "ioctl 255");
	expect(ioctl(fd, _IO(PAGEWALK_IOC_MAGIC, 0), f), ENOTTY, "ioctl without direction");
	expect(ioctl(fd, TCGETS, f), ENOTTY, "TCGETS");
}

static void test_scan(int fd)
{
	static uint64_t vec[PAGEWALK_VEC_MIN / 8 + 8];
	char *readonly = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct pagewalk_scan good = {
		.size = sizeof(good),
		.end = ~0ULL,
		.vec = (uintptr_t)vec,
		.vec_len = PAGEWALK_VEC_MIN,
	};
	struct {
		struct pagewalk_scan s;
		uint64_t tail;
	} big = { good, 1 };
	struct pagewalk_scan s, *edge;
	pid_t z = zombie();

#define BAD(err, text, ...)                                                  \
	do {                                                                 \
		s = good;                                                    \
		__VA_ARGS__;                                                 \
		expect(ioctl(fd, PAGEWALK_IOC_SCAN, &s), err, "SCAN " text); \
	} while (0)

	BAD(0, "as it should be", (void)0);
	BAD(EINVAL, "of 0 bytes", s.size = 0);
	BAD(EINVAL, "a byte too small", s.size--);
	BAD(E2BIG, "of 4 GiB", s.size = ~0U);
	big.s.size = sizeof(big);
	expect(ioctl(fd, PAGEWALK_IOC_SCAN, &big), E2BIG, "SCAN with a tail that says something");
	big.tail = 0;
	expect(ioctl(fd, PAGEWALK_IOC_SCAN, &big), 0, "SCAN with a tail of zeros");
	BAD(EINVAL, "with an unknown flag", s.flags = PAGEWALK_F_ALL + 1);
	BAD(EINVAL, "with flag 31", s.flags = 1U << 31);
	BAD(EINVAL, "RAW with HOLES", s.flags = PAGEWALK_F_HOLES);
	BAD(EINVAL, "RAW with FACTS", s.flags = PAGEWALK_F_FACTS);
	BAD(EINVAL, "RUNS with TABLES", s.layout = PAGEWALK_LAYOUT_RUNS;
	    s.flags = PAGEWALK_F_TABLES);
	BAD(EINVAL, "of layout 2", s.layout = 2);
	BAD(EINVAL, "of layout ~0", s.layout = ~0U);
	BAD(EINVAL, "with reserved[0]", s.reserved[0] = 1);
	BAD(EINVAL, "with reserved[1]", s.reserved[1] = 1ULL << 63);
	BAD(EINVAL, "from an unaligned address", s.start = 0x1001);
	BAD(EINVAL, "to an unaligned address", s.end = 0x1001);
	BAD(EINVAL, "backwards", s.start = 0x2000; s.end = 0x1000);
	BAD(EINVAL, "backwards from the end", s.start = ~0ULL & ~0xfffULL; s.end = 0);
	BAD(EINVAL, "into an unaligned buffer", s.vec += 4);
	BAD(EINVAL, "into no buffer", s.vec_len = 0);
	BAD(EINVAL, "into a buffer a byte too small", s.vec_len--);
	BAD(EFAULT, "into NULL", s.vec = 0);
	BAD(EFAULT, "into a kernel address", s.vec = 0xffff888000000000);
	BAD(EFAULT, "into what wraps around", s.vec_len = ~0ULL - 0xffff);
	BAD(EFAULT, "into read-only memory", s.vec = (uintptr_t)readonly);
	BAD(ESRCH, "of pid -1", s.pid = -1);
	BAD(ESRCH, "of pid INT_MIN", s.pid = -2147483647 - 1);
	BAD(ESRCH, "of pid INT_MAX", s.pid = 2147483647);
	BAD(EINVAL, "of a kernel thread", s.pid = 2);
	BAD(ESRCH, "of a process that is gone", s.pid = dead());
	BAD(ESRCH, "of a zombie", s.pid = z);
	BAD(ESTALE, "with a wrong cookie", s.cookie = 12345);
	BAD(0, "of nothing", s.end = 0);
	BAD(0, "beyond user space", s.start = 0xffff888000000000; s.end = ~0ULL);
	BAD(0, "with its own cookie", ioctl(fd, PAGEWALK_IOC_SCAN, &s); s.start = 0);
	expect(ioctl(fd, PAGEWALK_IOC_SCAN, NULL), EFAULT, "SCAN at NULL");
	edge = at_edge(sizeof(*edge) - 8);
	edge->size = sizeof(*edge);
	expect(ioctl(fd, PAGEWALK_IOC_SCAN, edge), EFAULT, "SCAN over the edge of memory");
	expect(ioctl(fd, PAGEWALK_IOC_SCAN, readonly), EINVAL, "SCAN at a page of zeros");
#undef BAD
	waitpid(z, NULL, 0);
}

static void test_probe(int fd)
{
	struct pagewalk_probe good = { .size = sizeof(good), .addr = (uintptr_t)&good }, p;
	struct {
		struct pagewalk_probe p;
		uint64_t tail;
	} big = { good, 1 };
	pid_t z = zombie();
	char *readonly;
	int file;

#define BAD(err, text, ...)                                                    \
	do {                                                                   \
		p = good;                                                      \
		__VA_ARGS__;                                                   \
		expect(ioctl(fd, PAGEWALK_IOC_PROBE, &p), err, "PROBE " text); \
	} while (0)

	BAD(0, "as it should be", (void)0);
	BAD(EINVAL, "of 0 bytes", p.size = 0);
	BAD(EINVAL, "a byte too small", p.size--);
	BAD(E2BIG, "of 4 GiB", p.size = ~0U);
	BAD(EINVAL, "with a flag", p.flags = 1);
	BAD(EINVAL, "with something reserved", p.reserved = 1);
	BAD(ESRCH, "of pid -1", p.pid = -1);
	BAD(EINVAL, "of a kernel thread", p.pid = 2);
	BAD(ESRCH, "of a process that is gone", p.pid = dead());
	BAD(ESRCH, "of a zombie", p.pid = z);
	big.p.size = sizeof(big);
	expect(ioctl(fd, PAGEWALK_IOC_PROBE, &big), E2BIG, "PROBE with a tail that says something");
	expect(ioctl(fd, PAGEWALK_IOC_PROBE, 8UL), EFAULT, "PROBE at a bad address");
	BAD(0, "of address 0", p.addr = 0);
	BAD(0, "of address ~0", p.addr = ~0ULL);
	BAD(0, "of an address that is not canonical", p.addr = 0x8000000000000000);
#undef BAD
	/* The answer cannot be written where the question was read from. */
	file = memfd_create("probe", 0);
	if (write(file, &good, sizeof(good)) != sizeof(good))
		bail("memfd");
	readonly = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);
	expect(ioctl(fd, PAGEWALK_IOC_PROBE, readonly), EFAULT, "PROBE in read-only memory");
	close(file);
	waitpid(z, NULL, 0);
}

/* -- those who may not ------------------------------------------------------------------ */

/* Results come back through shared memory: a child's TAP would be lost to the count. */
struct result {
	long ret;
	int err;
};

static struct result *results;
static char folder[32]; /* of an attached process */

#define RESULT(n, call)                                          \
	do {                                                     \
		results[n].ret = (call);                         \
		results[n].err = results[n].ret < 0 ? errno : 0; \
	} while (0)

static void drop_admin(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		_exit(3);
	data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	data[0].permitted &= ~(1U << CAP_SYS_ADMIN);
	if (syscall(SYS_capset, &head, data))
		_exit(3);
}

static void be_nobody(void)
{
	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		_exit(3);
}

static void be_userns_root(void)
{
	if (unshare(CLONE_NEWUSER) || !write_file("/proc/self/setgroups", "deny") ||
	    !write_file("/proc/self/uid_map", "0 0 1") ||
	    !write_file("/proc/self/gid_map", "0 0 1"))
		_exit(3);
}

static void try_opens(void)
{
	static const char *const names[] = { "summary", "pages", "tables", "explain" };
	char path[64];
	size_t i;

	RESULT(0, open(RAW, O_RDWR));
	RESULT(1, open(ATTACH, O_RDWR));
	RESULT(2, open(ATTACH, O_RDONLY));
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		RESULT(3 + i, open(path, O_RDONLY));
	}
}

static void as_nobody(void *arg)
{
	be_nobody();
	try_opens();
}
static void as_userns_root(void *arg)
{
	be_userns_root();
	try_opens();
}
static void as_incapable(void *arg)
{
	drop_admin();
	try_opens();
}

/* Opens first, loses the right, asks then. */
static void ask(void (*lose)(void))
{
	struct pagewalk_features f = { .size = sizeof(f) };
	int raw = open(RAW, O_RDWR), attach_fd = open(ATTACH, O_RDWR), explain;
	char path[64], text[32];

	snprintf(path, sizeof(path), "%s/explain", folder);
	explain = open(path, O_RDWR);
	if (raw < 0 || attach_fd < 0 || explain < 0)
		_exit(3);
	lose();
	snprintf(text, sizeof(text), "%d", getpid());
	RESULT(0, ioctl(raw, PAGEWALK_IOC_FEATURES, &f));
	RESULT(1, write(attach_fd, text, strlen(text)));
	RESULT(2, write(explain, "0x1000 r", 8));
}

static void as_late_nobody(void *arg)
{
	ask(be_nobody);
}
static void as_late_incapable(void *arg)
{
	ask(drop_admin);
}
static void as_late_userns(void *arg)
{
	ask(be_userns_root);
}

static void test_user(const char *who, void (*what)(void *), const int *errs, int count)
{
	static const char *const opens[] = { "raw",	"attach", "attach for reading",
					     "summary", "pages",  "tables",
					     "explain" };
	static const char *const asks[] = { "raw ioctl", "attach", "explain" };
	int status, i;
	pid_t pid;

	memset(results, 0, PAGE);
	pid = spawn(what, NULL);
	waitpid(pid, &status, 0);
	if (!ok(WIFEXITED(status) && !WEXITSTATUS(status), "%s got as far as trying", who))
		return;
	for (i = 0; i < count; i++) {
		int want = errs[i];

		refused += results[i].err == want;
		if (!ok(results[i].ret < 0 && results[i].err == want, "%s: %s: %s", who,
			count == 7 ? opens[i] : asks[i], strerrorname_np(want)))
			diag("got %ld, errno %d", results[i].ret, results[i].err);
	}
}

/* Asks for pids in a pid namespace of its own. */
static void in_namespace(void *arg)
{
	pid_t outside = getppid();
	int fd = raw_open();
	struct pagewalk_facts f;
	pid_t pid;

	if (unshare(CLONE_NEWPID))
		_exit(3);
	pid = fork();
	if (!pid) {
		char text[32];

		results[0].ret = raw_probe(fd, 1, (uintptr_t)&f, &f);
		results[1].ret = raw_probe(fd, outside > 1 ? outside : 4000, (uintptr_t)&f, &f);
		snprintf(text, sizeof(text), "%d\n", outside);
		RESULT(2, write_to(ATTACH, text, strlen(text)));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void test_users(void)
{
	static const int dac[] = { EACCES, EACCES, EACCES, EACCES, EACCES, EACCES, EACCES };
	static const int eperm[] = { EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM };
	pid_t pid = spawn(loiter, NULL);

	attach(pid);
	snprintf(folder, sizeof(folder), PROC_PAGEWALK "/%d", pid);
	test_user("nobody", as_nobody, dac, 7);
	test_user("root of a user namespace", as_userns_root, eperm, 7);
	test_user("root without CAP_SYS_ADMIN", as_incapable, eperm, 7);
	test_user("nobody with root's descriptor", as_late_nobody, eperm, 3);
	test_user("root that gave up CAP_SYS_ADMIN", as_late_incapable, eperm, 3);
	test_user("root that went into a user namespace", as_late_userns, eperm, 3);

	memset(results, 0, PAGE);
	results[1].ret = 1;
	waitpid(spawn(in_namespace, NULL), NULL, 0);
	ok(results[0].ret == 0, "in a pid namespace, pid 1 is the asker");
	ok(results[1].ret == -ESRCH, "in a pid namespace, a pid from outside: ESRCH");
	ok(results[2].ret < 0 && results[2].err == ESRCH, "the same for attach");
	reap(pid);
}

static void lock_down(void)
{
	if (!write_file("/sys/kernel/security/lockdown", "confidentiality"))
		_exit(3);
}

static void as_locked_late(void *arg)
{
	ask(lock_down);
}
static void as_locked(void *arg)
{
	try_opens();
}

static int lockdown(void)
{
	static const int eperm[] = { EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM };
	pid_t pid = spawn(loiter, NULL);

	if (access("/sys/kernel/security/lockdown", W_OK)) {
		skip("no CONFIG_SECURITY_LOCKDOWN_LSM", "lockdown");
		return tap_end();
	}
	attach(pid);
	snprintf(folder, sizeof(folder), PROC_PAGEWALK "/%d", pid);
	test_user("locked down with files open", as_locked_late, eperm, 3);
	test_user("locked down", as_locked, eperm, 7);
	reap(pid);
	diag("refused %u", refused);
	return tap_end();
}

int main(int argc, char **argv)
{
	int fd;

	results = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc > 1 && !strcmp(argv[1], "lockdown"))
		return lockdown();
	fd = raw_open();
	test_attach();
	test_explain();
	test_files();
	test_features(fd);
	test_scan(fd);
	test_probe(fd);
	test_users();
	diag("refused %u", refused);
	ok(refused >= 60, "at least 60 were refused with the right errno");
	return tap_end();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest's test programs share: TAP, the raw ioctl, small file helpers.
 *
 * A program prints one line per check and its plan at the end; its exit status is 0 only
 * if something was checked and nothing failed.
 */
#ifndef _XLATE_TESTS_H
#define _XLATE_TESTS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../../include/uapi/xlate/pagewalk.h"

#define PAGE 4096UL
#define HUGE (2UL << 20)

#define PROC_PAGEWALK "/proc/pagewalk"

/* Not in the C library's headers of Debian 12. */
#ifndef MADV_COLD
#define MADV_COLD 20
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* -- TAP ----------------------------------------------------------------------- */

static unsigned int tap_count, tap_failed, tap_skipped;

static inline void tap_line(bool good, const char *skip, const char *fmt, va_list args)
{
	printf("%s %u - ", good ? "ok" : "not ok", ++tap_count);
	vprintf(fmt, args);
	if (skip)
		printf(" # SKIP %s", skip);
	putchar('\n');
	fflush(stdout);
	if (!good)
		tap_failed++;
	else if (skip)
		tap_skipped++;
}

static inline __attribute__((format(printf, 2, 3))) bool ok(bool good, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tap_line(good, NULL, fmt, args);
	va_end(args);
	return good;
}

static inline __attribute__((format(printf, 2, 3))) void skip(const char *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tap_line(true, why, fmt, args);
	va_end(args);
}

static inline __attribute__((format(printf, 1, 2))) void diag(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("# ", stdout);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static inline int tap_end(void)
{
	printf("1..%u\n", tap_count);
	fflush(stdout);
	return tap_failed || !tap_count;
}

static inline __attribute__((format(printf, 1, 2), noreturn)) void bail(const char *fmt, ...)
{
	int err = errno;
	va_list args;

	va_start(args, fmt);
	fputs("Bail out! ", stdout);
	vprintf(fmt, args);
	va_end(args);
	printf(": %s\n", strerror(err));
	fflush(stdout);
	exit(1);
}

/* -- waiting for something that can be observed ---------------------------------- */

static inline double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static inline void nap(void)
{
	struct timespec ts = { .tv_nsec = 5000000 };

	nanosleep(&ts, NULL);
}

/* Repeats COND until it holds or SECONDS are over; is it true now? */
#define wait_until(cond, seconds)                         \
	({                                                \
		double _end = now() + (seconds);          \
		bool _good;                               \
		while (!(_good = (cond)) && now() < _end) \
			nap();                            \
		_good;                                    \
	})

/* -- files ----------------------------------------------------------------------- */

static inline bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = strlen(text), done;

	if (fd < 0)
		return false;
	done = write(fd, text, len);
	close(fd);
	return done == len;
}

/* Reads a file to its end; NUL-terminated, to be freed. NULL with errno on error. */
static inline char *read_file(const char *path, size_t *size)
{
	size_t room = 1 << 16, len = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *buf;
	ssize_t n;

	if (fd < 0)
		return NULL;
	buf = malloc(room);
	while ((n = read(fd, buf + len, room - len - 1)) > 0) {
		len += n;
		if (room - len < 4096)
			buf = realloc(buf, room *= 2);
	}
	close(fd);
	if (n < 0) {
		free(buf);
		return NULL;
	}
	buf[len] = '\0';
	if (size)
		*size = len;
	return buf;
}

static inline bool attach(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d\n", pid);
	return write_file(PROC_PAGEWALK "/attach", text);
}

static inline bool detach(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "-%d\n", pid);
	return write_file(PROC_PAGEWALK "/attach", text);
}

/* One file of an attached process. */
static inline char *read_pw(pid_t pid, const char *name, size_t *size)
{
	char path[64];

	snprintf(path, sizeof(path), PROC_PAGEWALK "/%d/%s", pid, name);
	return read_file(path, size);
}

/* First character of "State:" of a process, 0 when it is gone. */
static inline char proc_state(pid_t pid)
{
	char path[32], *text, *at;
	char state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	text = read_file(path, NULL);
	if (!text)
		return 0;
	at = strrchr(text, ')');
	if (at && at[1] == ' ')
		state = at[2];
	free(text);
	return state;
}

/* -- the raw ioctl --------------------------------------------------------------- */

static inline int raw_open(void)
{
	int fd = open(PROC_PAGEWALK "/raw", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		bail("cannot open " PROC_PAGEWALK "/raw (modprobe pagewalk?)");
	return fd;
}

static inline struct pagewalk_features raw_features(int fd)
{
	struct pagewalk_features f = { .size = sizeof(f) };

	if (ioctl(fd, PAGEWALK_IOC_FEATURES, &f))
		bail("PAGEWALK_IOC_FEATURES");
	return f;
}

static inline int raw_probe(int fd, pid_t pid, uint64_t addr, struct pagewalk_facts *facts)
{
	struct pagewalk_probe p = { .size = sizeof(p), .pid = pid, .addr = addr };

	int ret = ioctl(fd, PAGEWALK_IOC_PROBE, &p) ? -errno : 0;

	*facts = p.facts;
	return ret;
}

/*
 * Scans a range to its end, however many calls that takes. Returns the bytes in *out
 * (to be freed), or -errno.
 */
static inline ssize_t raw_scan(int fd, pid_t pid, uint32_t layout, uint32_t flags, uint64_t start,
			       uint64_t end, void **out)
{
	size_t room = 1 << 20, len = 0;
	struct pagewalk_scan s = {
		.size = sizeof(s),
		.flags = flags,
		.pid = pid,
		.layout = layout,
		.start = start,
		.end = end,
	};
	uint64_t last = start;
	char *buf = malloc(room);

	for (;;) {
		if (room - len < (256 << 10))
			buf = realloc(buf, room *= 2);
		s.vec = (uintptr_t)buf + len;
		s.vec_len = room - len;
		s.start = last;
		if (ioctl(fd, PAGEWALK_IOC_SCAN, &s)) {
			int err = errno;

			free(buf);
			return -err;
		}
		len += s.vec_used;
		if (!s.vec_used || s.walk_end >= end)
			break;
		if (s.walk_end <= last && s.vec_used == 0) {
			free(buf);
			return -EPROTO;
		}
		/* ~0 is clipped: the end is where a call finds nothing more to say. */
		last = s.walk_end;
	}
	*out = buf;
	return len;
}

static inline ssize_t scan_runs(int fd, pid_t pid, uint32_t flags, uint64_t start, uint64_t end,
				struct pagewalk_run **runs)
{
	ssize_t len = raw_scan(fd, pid, PAGEWALK_LAYOUT_RUNS, flags, start, end, (void **)runs);

	return len < 0 ? len : len / (ssize_t)sizeof(**runs);
}

static inline struct pagewalk_step *last_step(struct pagewalk_facts *f)
{
	static struct pagewalk_step none;

	return f->steps ? &f->step[f->steps - 1] : &none;
}

/* Frame (bytes) of the page of a last step in a state that maps one. */
static inline uint64_t step_frame(const struct pagewalk_facts *f)
{
	const struct pagewalk_step *s = &f->step[f->steps ? f->steps - 1 : 0];
	uint64_t bits = s->entry & 1 ? s->entry : ~s->entry;

	return bits & f->mmu.phys_mask & ~((4096ULL << (9 * (s->level - 1))) - 1);
}

/* -- processes -------------------------------------------------------------------- */

/* A child that runs FN and is gone when we are. */
static inline pid_t spawn(void (*fn)(void *), void *arg)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		bail("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fn(arg);
		_exit(0);
	}
	return pid;
}

static inline void reap(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#endif /* _XLATE_TESTS_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers of everything that iommu_probe shows, in every clumsy way, while a mapper fills
 * and empties the domain of an edu device. iommu-storm.sh makes and destroys functions and
 * takes the module away meanwhile.
 *
 * usage: iommu-storm SECONDS [EDU]
 *
 * It goes on for longer, up to ten times as long, until there is a file ENOUGH; and while
 * there is a file PAUSE, readers open nothing: where each step takes seconds, two of them
 * hold the module in use all the time.
 *
 * A file that is gone, or ends early, is no fault: functions and the module come and go.
 * What is read must begin as such a file does, and be made of whole lines.
 */
#include "iommu.h"

#include <ftw.h>
#include <poll.h>

#define READERS	 2
#define MAX_LINE 8192
#define ENOUGH	 "/run/xlate/enough"
#define PAUSE	 "/run/xlate/pause"

/* Shared by all processes */
struct counts {
	uint64_t files, bytes, gone, whole, maps, claims, polls;
	uint64_t strange;
	char what[512];
};

static struct counts *counts;
static double end, last;
static unsigned int seed;

static bool over(void)
{
	double at = now();

	return at > last || (at > end && !access(ENOUGH, F_OK));
}

static unsigned int random_below(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static __attribute__((format(printf, 1, 2))) void strange(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!__atomic_fetch_add(&counts->strange, 1, __ATOMIC_RELAXED))
		vsnprintf(counts->what, sizeof(counts->what), fmt, args);
	va_end(args);
}

static void add(uint64_t *count, uint64_t n)
{
	__atomic_fetch_add(count, n, __ATOMIC_RELAXED);
}

/* A file, its function or the module went away. */
static bool may_happen(int err)
{
	return err == ENOENT || err == ENODEV || err == EIO || err == ENXIO || err == EBUSY;
}

static void read_whole(const char *path, int fd)
{
	static char buf[65536 + 1];
	size_t line = 0, total = 0;
	ssize_t n;

	while ((n = read(fd, buf, 1 + random_below(65536))) > 0) {
		if (!total && strncmp(buf, "# iommu_probe", n < 13 ? n : 13))
			strange("%s begins with %.20s", path, buf);
		for (ssize_t i = 0; i < n; i++) {
			line = buf[i] == '\n' ? 0 : line + 1;
			if (line > MAX_LINE)
				strange("%s: an endless line", path);
		}
		total += n;
		if (now() > last + 20)
			return;
	}
	if (n < 0 && !may_happen(errno))
		strange("reading %s: %s", path, strerror(errno));
	else if (!n && line)
		strange("%s ends within a line", path);
	else if (!n)
		add(&counts->whole, 1);
	else
		add(&counts->gone, 1);
	add(&counts->bytes, total);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct pollfd poll_fd = { .events = POLLIN };
	char buf[512];
	int fd;

	if (over())
		return 1;
	while (!access(PAUSE, F_OK) && !over())
		nap();
	/* lab/ is for writing, too. */
	if (type != FTW_F || strstr(path, "/lab/"))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		if (!may_happen(errno))
			strange("opening %s: %s", path, strerror(errno));
		add(&counts->gone, 1);
		return 0;
	}
	add(&counts->files, 1);
	switch (random_below(8)) {
	case 0: /* not at all */
		break;
	case 1: /* the beginning, slowly */
		for (int i = 0; i < 40; i++)
			if (read(fd, buf, 1 + random_below(20)) <= 0)
				break;
		break;
	case 2: /* here and there */
		for (int i = 0; i < 8; i++)
			if (pread(fd, buf, sizeof(buf), random_below(100000)) < 0)
				break;
		break;
	case 3: /* twice */
		read_whole(path, fd);
		if (!strstr(path, "/faults") && lseek(fd, 0, SEEK_SET) == 0)
			read_whole(path, fd);
		break;
	case 4: /* is there more? */
		poll_fd.fd = fd;
		if (poll(&poll_fd, 1, random_below(3)) >= 0)
			add(&counts->polls, 1);
		break;
	default:
		read_whole(path, fd);
	}
	close(fd);
	return 0;
}

static void reader(void *arg)
{
	seed = (uintptr_t)arg;
	while (!over()) {
		nftw(PROBE, visit, 16, FTW_PHYS);
		/* Without the module there is nothing; do not spin. */
		nap();
	}
}

static void mapper(void *arg)
{
	const char *edu = arg;
	uint32_t rid = rid_of(edu);

	while (!over()) {
		int fd = open("/dev/xlate_oracle", O_RDWR | O_CLOEXEC);
		struct oracle_map map = { .iova = 0x40000000, .pages = 3000 };

		if (fd < 0 || ioctl(fd, ORACLE_CLAIM, &rid)) {
			/* It may be the lab's now. */
			if (fd >= 0)
				close(fd);
			nap();
			continue;
		}
		add(&counts->claims, 1);
		for (int i = 0; i < 20 && !over(); i++) {
			uint64_t at = 0x40000000 + (uint64_t)random_below(64) * (16 << 20);

			map.iova = at;
			map.pages = 1 + random_below(3000);
			if (oracle_map(fd, at, 0x1000 * (1 + random_below(1000)), map.pages,
				       random_below(2) ? 1 : 7, 1 + random_below(3)))
				strange("cannot map %d pages at %#" PRIx64, (int)map.pages, at);
			if (ioctl(fd, ORACLE_UNMAP, &map))
				strange("cannot unmap %#" PRIx64, at);
			add(&counts->maps, 1);
		}
		close(fd);
	}
}

int main(int argc, char **argv)
{
	pid_t pid[READERS + 1];
	int seconds, n = 0;

	seconds = argc > 1 ? atoi(argv[1]) : 10;
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (counts == MAP_FAILED)
		bail("mmap");
	end = now() + seconds;
	last = now() + 10 * seconds;
	for (; n < READERS; n++)
		pid[n] = spawn(reader, (void *)(uintptr_t)(n + 1));
	if (argc > 2)
		pid[n++] = spawn(mapper, argv[2]);
	for (int i = 0; i < n; i++) {
		int status;

		waitpid(pid[i], &status, 0);
		ok(WIFEXITED(status) && !WEXITSTATUS(status), "%s %d ends well",
		   i < READERS ? "reader" : "mapper", i);
	}
	ok(!counts->strange, "nothing strange was read: %" PRIu64 " times; first: %s",
	   counts->strange, counts->strange ? counts->what : "-");
	ok(counts->whole > 100,
	   "%" PRIu64 " files opened, %" PRIu64 " read whole, %" PRIu64 " bytes; %" PRIu64
	   " times one was gone; %" PRIu64 " polls",
	   counts->files, counts->whole, counts->bytes, counts->gone, counts->polls);
	if (argc > 2)
		ok(counts->maps > 20 && counts->claims > 1,
		   "%" PRIu64 " times mapped and unmapped, in %" PRIu64 " domains", counts->maps,
		   counts->claims);
	return tap_end();
}

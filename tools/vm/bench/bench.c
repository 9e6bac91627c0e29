// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much work is it to read a page table? Counts guest instructions per page table
 * entry for pagewalk and for the kernel's own interfaces, side by side, on the same
 * memory: 512 MiB in 4K pages, then the same as huge pages.
 *
 * Run it under -icount shift=0, where the guest's clock counts instructions: a nanosecond
 * is one, whatever else the host does (tools/vm/bench/run).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../../include/uapi/xlate/pagewalk.h"

#define PAGE   4096UL
#define HUGE   (2UL << 20)
#define PAGES  (BYTES / PAGE)
#define ROUNDS 3
#define VEC    (1UL << 20)
#define RADIX  512

static unsigned long BYTES = 512UL << 20;

/* PAGEMAP_SCAN of linux/fs.h since 6.7; Debian 12's headers are older. */
struct page_region {
	uint64_t start, end, categories;
};

struct pm_scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN_IOCTL   _IOWR('f', 16, struct pm_scan_arg)
#define SCAN_PRESENT (1 << 3)
#define SCAN_SWAPPED (1 << 4)

static char *area;
static void *vec;
static int raw_fd, pagemap_fd;

static void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static uint64_t scan_raw(uint32_t layout, uint32_t flags)
{
	struct pagewalk_scan scan = {
		.size = sizeof(scan),
		.layout = layout,
		.flags = flags,
		.start = (uintptr_t)area,
		.end = (uintptr_t)area + BYTES,
		.vec = (uintptr_t)vec,
		.vec_len = VEC,
	};
	uint64_t records = 0;

	do {
		if (ioctl(raw_fd, PAGEWALK_IOC_SCAN, &scan))
			die("PAGEWALK_IOC_SCAN");
		records += scan.vec_used;
		scan.start = scan.walk_end;
	} while (scan.walk_end < scan.end);
	return records;
}

static uint64_t do_raw(void)
{
	return scan_raw(PAGEWALK_LAYOUT_RAW, 0);
}

static uint64_t do_runs(void)
{
	return scan_raw(PAGEWALK_LAYOUT_RUNS, 0);
}

static uint64_t do_runs_facts(void)
{
	return scan_raw(PAGEWALK_LAYOUT_RUNS, PAGEWALK_F_FACTS);
}

static uint64_t do_pagemap(void)
{
	off_t pos = (uintptr_t)area / PAGE * 8, end = pos + PAGES * 8;
	ssize_t n;

	for (; pos < end; pos += n) {
		n = pread(pagemap_fd, vec, 65536, pos);
		if (n <= 0)
			die("pagemap");
	}
	return PAGES * 8;
}

static uint64_t scan_pagemap(uint64_t category)
{
	struct pm_scan_arg arg = {
		.size = sizeof(arg),
		.start = (uintptr_t)area,
		.end = (uintptr_t)area + BYTES,
		.vec = (uintptr_t)vec,
		.vec_len = VEC / sizeof(struct page_region),
		.category_mask = category,
		.return_mask = category,
	};
	int n = ioctl(pagemap_fd, SCAN_IOCTL, &arg);

	if (n < 0)
		die("PAGEMAP_SCAN");
	if (arg.walk_end != arg.end)
		die("PAGEMAP_SCAN stopped early");
	return n * sizeof(struct page_region);
}

static uint64_t do_scan_present(void)
{
	return scan_pagemap(SCAN_PRESENT);
}

static uint64_t do_scan_none(void)
{
	return scan_pagemap(SCAN_SWAPPED);
}

static uint64_t do_mincore(void)
{
	if (mincore(area, BYTES, vec))
		die("mincore");
	return PAGES;
}

/* The floor: an entry is eight bytes, and somebody has to move them. */
static uint64_t do_copy(void)
{
	static uint64_t from[RADIX], to[RADIX];
	unsigned long i, left;

	for (left = PAGES; left; left -= RADIX)
		for (i = 0; i < RADIX; i++)
			((volatile uint64_t *)to)[i] = ((volatile uint64_t *)from)[i];
	return PAGES * 8;
}

static uint64_t read_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	uint64_t total = 0;
	ssize_t n;

	if (fd < 0)
		die(path);
	while ((n = read(fd, vec, VEC)) > 0)
		total += n;
	if (n < 0)
		die(path);
	close(fd);
	return total;
}

static char pages_path[64];

static uint64_t do_pages(void)
{
	return read_file(pages_path);
}

static uint64_t do_smaps(void)
{
	return read_file("/proc/self/smaps");
}

static const struct {
	const char *name;
	uint64_t (*run)(void);
} tests[] = {
	{ "copy loop (floor)", do_copy },
	{ "pagewalk RAW", do_raw },
	{ "pagewalk RUNS", do_runs },
	{ "pagewalk RUNS+FACTS", do_runs_facts },
	{ "pagemap read 64K", do_pagemap },
	{ "PAGEMAP_SCAN present", do_scan_present },
	{ "PAGEMAP_SCAN no match", do_scan_none },
	{ "mincore", do_mincore },
	{ "pagewalk pages (text)", do_pages },
	{ "smaps (text)", do_smaps },
};

enum { COPY, RAW, RUNS, RUNS_FACTS, PAGEMAP, SCAN, SCAN_NONE, MINCORE, PAGES_TEXT, SMAPS, TESTS };

/* Instructions per 4K page, the least of some rounds. */
static void measure(double *result)
{
	unsigned int i, round;

	for (i = 0; i < TESTS; i++) {
		uint64_t best = UINT64_MAX;

		for (round = 0; round < ROUNDS; round++) {
			uint64_t start = now(), used;

			if (!tests[i].run() && i != SCAN_NONE) {
				fprintf(stderr, "bench: %s gave nothing\n", tests[i].name);
				exit(1);
			}
			used = now() - start;
			if (used < best)
				best = used;
		}
		result[i] = (double)best / PAGES;
	}
}

static void populate(int advice)
{
	area = mmap(NULL, BYTES + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		die("mmap");
	area = (char *)(((uintptr_t)area + HUGE - 1) & -HUGE);
	if (madvise(area, BYTES, advice))
		die("madvise");
	memset(area, 1, BYTES);
}

static int bar(const char *what, double value, double limit)
{
	int missed = value > limit;

	printf("%s %s: %.2f, bar %.2f\n", missed ? "MISSED" : "met   ", what, value, limit);
	return missed;
}

int main(int argc, char **argv)
{
	double small[TESTS], huge[TESTS];
	int attach, missed = 0;
	unsigned int i;

	if (argc > 1)
		BYTES = strtoul(argv[1], NULL, 0) << 20;
	vec = mmap(NULL, VEC, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		   -1, 0);
	raw_fd = open("/proc/pagewalk/raw", O_RDWR);
	if (vec == MAP_FAILED || raw_fd < 0)
		die("/proc/pagewalk/raw");
	pagemap_fd = open("/proc/self/pagemap", O_RDONLY);
	attach = open("/proc/pagewalk/attach", O_WRONLY);
	if (pagemap_fd < 0 || attach < 0 || dprintf(attach, "%d", getpid()) < 0)
		die("/proc/pagewalk/attach");
	snprintf(pages_path, sizeof(pages_path), "/proc/pagewalk/%d/pages", getpid());

	populate(MADV_NOHUGEPAGE);
	measure(small);
	munmap(area, BYTES);
	populate(MADV_HUGEPAGE);
	measure(huge);

	printf("guest instructions per 4K page, %lu MiB\n\n", BYTES >> 20);
	printf("%-24s %10s %12s %12s\n", "", "4K pages", "vs pagemap", "2M pages");
	for (i = 0; i < TESTS; i++)
		printf("%-24s %10.2f %11.3fx %12.3f\n", tests[i].name, small[i],
		       small[i] / small[PAGEMAP], huge[i]);
	printf("\n");
	missed |= bar("RAW / pagemap", small[RAW] / small[PAGEMAP], 0.1);
	missed |= bar("RAW / floor", small[RAW] / small[COPY], 2);
	missed |= bar("RUNS / PAGEMAP_SCAN present", small[RUNS] / small[SCAN], 0.25);
	missed |= bar("RUNS / PAGEMAP_SCAN present, 2M pages", huge[RUNS] / huge[SCAN], 2);
	missed |= bar("pages / smaps", small[PAGES_TEXT] / small[SMAPS], 1);
	return missed;
}

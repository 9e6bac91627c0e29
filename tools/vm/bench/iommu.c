// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much work is it to read an I/O page table? Counts guest instructions per leaf for
 * iommu_probe's `mappings`, beside iommu_iova_to_phys() asked page by page inside the
 * kernel (what is exported; nothing is printed there), and Intel's own dump where the kernel
 * has it (kernel debug). The same domain for all: 100,000 pages, once in one piece,
 * once scattered.
 *
 * Memory is counted too: the most that the kernel holds for the reader at a time, from its
 * own tracepoints, for a thousand leaves and for a hundred thousand.
 *
 * Run it under -icount shift=0, where the guest's clock counts instructions.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../../kunit/oracle.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define PAGE 4096UL
/* Memory is compared with that for so many times fewer leaves. */
#define FEW    10
#define ROUNDS 3
#define VEC    65536
/* Like nothing that is large-page aligned together, so that all leaves are of 4 KiB. */
#define IOVA 0x100000000ULL
#define PHYS 0x1000ULL
/* Has no factor in common with the counts. */
#define STRIDE 7919

#define TRACE "/sys/kernel/tracing/"

static char vec[VEC];
static char name[64], mappings[128], dump[160];
static unsigned long leaves = 100000;
static int oracle;
static uint32_t rid;

static void die(const char *what)
{
	fprintf(stderr, "bench-iommu: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

/* -- the work ---------------------------------------------------------------------- */

static uint64_t read_all(const char *path)
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

static uint64_t do_mappings(void)
{
	return read_all(mappings);
}

static uint64_t do_dump(void)
{
	return read_all(dump);
}

static uint64_t do_walk(void)
{
	struct oracle_scan scan = { .rid = rid, .start = IOVA, .pages = leaves };

	if (ioctl(oracle, ORACLE_SCAN, &scan))
		die("ORACLE_SCAN");
	if (scan.hits != leaves) {
		fprintf(stderr, "bench-iommu: %llu of %lu pages are mapped\n",
			(unsigned long long)scan.hits, leaves);
		exit(1);
	}
	return scan.hits;
}

enum { WALK, MAPPINGS, DUMP, TESTS };

static const struct {
	const char *title;
	uint64_t (*run)(void);
} tests[TESTS] = {
	[WALK] = { "iommu_iova_to_phys() of each page", do_walk },
	[MAPPINGS] = { "iommu_probe mappings (text)", do_mappings },
	[DUMP] = { "Intel's domain_translation_struct", do_dump },
};

/* Instructions per leaf, the least of some rounds; 0 where there is nothing to measure. */
static double measure(unsigned int test)
{
	uint64_t best = UINT64_MAX;

	if (test == DUMP && access(dump, R_OK))
		return 0;
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = now(), used;

		if (!tests[test].run())
			die("nothing there");
		used = now() - start;
		if (used < best)
			best = used;
	}
	return (double)best / leaves;
}

/* -- memory --------------------------------------------------------------------------- */

static const char *const events[] = {
	"kmem/kmalloc",	      "kmem/kmalloc_node", "kmem/kfree",
	"kmem/mm_page_alloc", "kmem/mm_page_free",
};

static void trace_events(bool on)
{
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		snprintf(path, sizeof(path), TRACE "events/%s/enable", events[i]);
		/* kmalloc_node is not in every kernel. */
		if (!write_file(path, on ? "1" : "0") && !strstr(path, "_node"))
			die(path);
	}
}

/* What is allocated while we read: address or frame, bytes. */
static struct held {
	uint64_t what, bytes;
} held[65536];

static void hold(uint64_t what, uint64_t bytes, uint64_t *sum)
{
	for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
		struct held *h = &held[(what / 64 + i) % (ARRAY_SIZE(held))];

		if (!h->bytes || h->what == what) {
			*sum += bytes - h->bytes;
			*h = (struct held){ what, bytes };
			return;
		}
	}
}

static void let_go(uint64_t what, uint64_t *sum)
{
	for (size_t i = 0; i < 64; i++) {
		struct held *h = &held[(what / 64 + i) % (ARRAY_SIZE(held))];

		if (h->bytes && h->what == what) {
			*sum -= h->bytes;
			h->bytes = 0;
			return;
		}
	}
}

static uint64_t field(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? strtoull(at + strlen(key), NULL, 0) : 0;
}

/* The most bytes that the kernel held for us at a time while TEST ran; memory of slabs counts
 * by object, everything else by page.
 */
static uint64_t peak(unsigned int test)
{
	uint64_t sum = 0, most = 0, bytes;
	char line[512], pid[16];
	FILE *trace;

	if (test == DUMP && access(dump, R_OK))
		return 0;
	tests[test].run();
	snprintf(pid, sizeof(pid), "%d", getpid());
	if (!write_file(TRACE "set_event_pid", pid) ||
	    !write_file(TRACE "buffer_size_kb", "8192") || !write_file(TRACE "trace", ""))
		die(TRACE);
	trace_events(true);
	tests[test].run();
	trace_events(false);

	memset(held, 0, sizeof(held));
	trace = fopen(TRACE "trace", "r");
	if (!trace)
		die(TRACE "trace");
	while (fgets(line, sizeof(line), trace)) {
		if (strstr(line, " kmalloc: ") || strstr(line, " kmalloc_node: ")) {
			hold(field(line, "ptr=0x") ?: strtoull(strstr(line, "ptr=") + 4, NULL, 16),
			     field(line, "bytes_alloc="), &sum);
		} else if (strstr(line, " kfree: ")) {
			let_go(strtoull(strstr(line, "ptr=") + 4, NULL, 16), &sum);
		} else if (strstr(line, " mm_page_alloc: ")) {
			bytes = PAGE << field(line, "order=");
			hold(field(line, "pfn=") * PAGE + 1, bytes, &sum);
		} else if (strstr(line, " mm_page_free: ")) {
			let_go(field(line, "pfn=") * PAGE + 1, &sum);
		} else if (strstr(line, "LOST")) {
			fprintf(stderr, "bench-iommu: the trace buffer is too small\n");
			exit(1);
		}
		if ((int64_t)sum > 0 && sum > most)
			most = sum;
	}
	fclose(trace);
	write_file(TRACE "set_event_pid", "");
	return most;
}

/* -- the domain ------------------------------------------------------------------------ */

static void find_edu(void)
{
	unsigned int seg, bus, dev, fn, id;
	struct dirent *entry;
	DIR *dir = opendir("/sys/bus/pci/devices");
	char path[320];
	FILE *f;

	while (dir && !rid && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/device", entry->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fscanf(f, "%x", &id) == 1 && id == 0x11e8 &&
		    sscanf(entry->d_name, "%x:%x:%x.%x", &seg, &bus, &dev, &fn) == 4) {
			rid = ORACLE_RID(seg, bus, dev << 3 | fn);
			snprintf(name, sizeof(name), "%.32s", entry->d_name);
		}
		fclose(f);
	}
	closedir(dir);
	snprintf(mappings, sizeof(mappings), "/sys/kernel/debug/iommu_probe/%s/mappings", name);
	snprintf(dump, sizeof(dump), "/sys/kernel/debug/iommu/intel/%s/domain_translation_struct",
		 name);
}

static void fill(unsigned int stride)
{
	struct oracle_map map = {
		.iova = IOVA,
		.phys = PHYS,
		.pages = leaves,
		.stride = stride,
		.prot = ORACLE_READ | ORACLE_WRITE,
	};

	if (ioctl(oracle, ORACLE_MAP, &map))
		die("ORACLE_MAP");
}

static void empty(void)
{
	struct oracle_map map = { .iova = IOVA, .pages = leaves };

	if (ioctl(oracle, ORACLE_UNMAP, &map))
		die("ORACLE_UNMAP");
}

static int bar(const char *what, double value, double limit)
{
	int missed = value > limit;

	printf("%s %s: %.2f, bar %.2f\n", missed ? "MISSED" : "met   ", what, value, limit);
	return missed;
}

int main(int argc, char **argv)
{
	double piece[TESTS], scattered[TESTS];
	uint64_t few[TESTS], many[TESTS];
	unsigned long all;
	int missed = 0;

	if (argc > 1)
		leaves = strtoul(argv[1], NULL, 0);
	all = leaves;
	find_edu();
	oracle = open("/dev/xlate_oracle", O_RDWR);
	if (oracle < 0 || ioctl(oracle, ORACLE_CLAIM, &rid))
		die("/dev/xlate_oracle and an edu device");

	fill(1);
	for (unsigned int i = 0; i < TESTS; i++)
		piece[i] = measure(i);
	empty();
	fill(STRIDE);
	for (unsigned int i = 0; i < TESTS; i++) {
		scattered[i] = measure(i);
		/* The first time a debug kernel takes memory for stacks that it has not seen. */
		peak(i);
		many[i] = peak(i);
	}
	empty();
	leaves = all / FEW;
	fill(STRIDE);
	for (unsigned int i = 0; i < TESTS; i++)
		few[i] = peak(i);
	empty();

	printf("guest instructions per leaf of 4 KiB, %lu leaves\n\n", all);
	printf("%-36s %10s %10s %22s\n", "", "one piece", "scattered", "most memory, 1/10, all");
	for (unsigned int i = 0; i < TESTS; i++)
		if (piece[i])
			printf("%-36s %10.1f %10.1f %10" PRIu64 "/%" PRIu64 "\n", tests[i].title,
			       piece[i], scattered[i], few[i], many[i]);
	printf("\n");
	/* Only our debug kernel has the dump; its sanitizers slow both down, but not alike. */
	if (!piece[DUMP]) {
		missed |= bar("mappings / iommu_iova_to_phys()", piece[MAPPINGS] / piece[WALK],
			      1.0 / 3);
	} else {
		missed |= bar("mappings / Intel's dump", piece[MAPPINGS] / piece[DUMP], 1);
		missed |= bar("mappings / Intel's dump, scattered",
			      scattered[MAPPINGS] / scattered[DUMP], 1);
	}
	missed |= bar("mappings, memory of all / of a tenth of the leaves",
		      (double)many[MAPPINGS] / few[MAPPINGS], 1.1);
	return missed;
}

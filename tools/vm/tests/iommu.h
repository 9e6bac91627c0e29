/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of iommu_probe share: requester IDs, its files cut into words, the
 * kernel's own answers (/dev/xlate_oracle), QEMU's edu device driven from user space.
 */
#ifndef _XLATE_TESTS_IOMMU_H
#define _XLATE_TESTS_IOMMU_H

#include "tests.h"

#include <dirent.h>
#include <linux/types.h>

#include "../../../kunit/oracle.h"

#define PROBE	  "/sys/kernel/debug/iommu_probe"
#define PCI	  "/sys/bus/pci/devices"
#define EDU_NAME  "0x1234:0x11e8"
#define MAX_WORDS 64

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

/* -- text ------------------------------------------------------------------------ */

struct line {
	int words;
	char *word[MAX_WORDS];
};

/* A file, its lines cut into words in place. */
struct lines {
	char *text;
	size_t count;
	struct line *line;
};

static inline void cut_words(struct line *line, char *text)
{
	char *save = NULL, *word;

	line->words = 0;
	for (; (word = strtok_r(text, " \t\n", &save)); text = NULL)
		if (line->words < MAX_WORDS)
			line->word[line->words++] = word;
}

/* Lines that begin with '#' are left out. count is 0 if the file cannot be read. */
static inline struct lines read_lines(const char *path)
{
	struct lines l = { .text = read_file(path, NULL) };
	char *save = NULL, *at, *text;
	size_t room = 0;

	if (!l.text)
		return l;
	for (text = l.text; (at = strtok_r(text, "\n", &save)); text = NULL) {
		if (*at == '#')
			continue;
		if (l.count == room)
			l.line = realloc(l.line, (room = room * 2 + 64) * sizeof(*l.line));
		cut_words(&l.line[l.count++], at);
	}
	return l;
}

static inline void free_lines(struct lines *l)
{
	free(l->text);
	free(l->line);
	memset(l, 0, sizeof(*l));
}

static inline uint64_t number(const char *text)
{
	return strtoull(text, NULL, 0);
}

/* One line of a small file, without its end; "" if there is none. */
static inline const char *first_line(const char *path)
{
	static char line[256];
	FILE *f = fopen(path, "r");

	line[0] = '\0';
	if (f) {
		if (fgets(line, sizeof(line), f))
			line[strcspn(line, "\n")] = '\0';
		fclose(f);
	}
	return line;
}

/* Last part of what a link leads to, "-" if there is none. */
static inline const char *link_name(const char *path)
{
	static char buf[256];
	ssize_t n = readlink(path, buf, sizeof(buf) - 1);
	char *slash;

	if (n < 0)
		return "-";
	buf[n] = '\0';
	slash = strrchr(buf, '/');
	return slash ? slash + 1 : buf;
}

/* -- PCI functions ----------------------------------------------------------------- */

/* "0000:01:10.0" -> requester ID with its segment above it; ~0 if it is not one */
static inline uint32_t rid_of(const char *name)
{
	unsigned int seg, bus, dev, fn;
	int end = 0;

	if (sscanf(name, "%x:%x:%x.%x%n", &seg, &bus, &dev, &fn, &end) != 4 || name[end])
		return ~0U;
	return ORACLE_RID(seg, bus, dev << 3 | fn);
}

static inline const char *pci_path(const char *name, const char *file)
{
	static char path[4][320];
	static unsigned int turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[turn]), PCI "/%s/%s", name, file);
	return path[turn];
}

static inline bool is_edu(const char *name)
{
	char id[32];

	snprintf(id, sizeof(id), "%s:", first_line(pci_path(name, "vendor")));
	strcat(id, first_line(pci_path(name, "device")));
	return !strcmp(id, EDU_NAME);
}

/* The Nth edu, in order of address. NULL if there is none. */
static inline char *find_edu(int n)
{
	struct dirent **list;
	int count = scandir(PCI, &list, NULL, alphasort);
	char *found = NULL;

	for (int i = 0; i < count; i++) {
		if (!found && list[i]->d_name[0] != '.' && is_edu(list[i]->d_name) && !n--)
			found = strdup(list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return found;
}

/* -- the kernel's answers ------------------------------------------------------------ */

static inline int oracle_open(void)
{
	int fd = open("/dev/xlate_oracle", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		bail("/dev/xlate_oracle (modprobe iommu_oracle?)");
	return fd;
}

/* Where COUNT addresses lead; the type of the domain, or -errno. */
static inline int oracle_lookup(int fd, uint32_t rid, const uint64_t *iova, uint64_t *phys,
				size_t count)
{
	struct oracle_lookup ask = {
		.rid = rid,
		.count = count,
		.iova = (uintptr_t)iova,
		.phys = (uintptr_t)phys,
	};

	/* Somebody else may look at the device, too. */
	while (ioctl(fd, ORACLE_LOOKUP, &ask))
		if (errno != EBUSY)
			return -errno;
	return ask.type;
}

/* Every page of a range that leads somewhere -> *hits, to be freed; how many, or -errno. */
static inline ssize_t oracle_scan(int fd, uint32_t rid, uint64_t start, uint64_t pages,
				  struct oracle_hit **hits)
{
	struct oracle_scan ask = { .rid = rid, .start = start, .pages = pages };

	*hits = NULL;
	do {
		ask.room = ask.hits;
		*hits = realloc(*hits, (ask.room + 1) * sizeof(**hits));
		ask.vec = ask.room ? (uintptr_t)*hits : 0;
		while (ioctl(fd, ORACLE_SCAN, &ask))
			if (errno != EBUSY)
				return -errno;
	} while (ask.hits > ask.room);
	return ask.hits;
}

static inline int oracle_map(int fd, uint64_t iova, uint64_t phys, uint64_t pages, uint32_t stride,
			     uint32_t prot)
{
	struct oracle_map map = {
		.iova = iova,
		.phys = phys,
		.pages = pages,
		.stride = stride,
		.prot = prot,
	};

	return ioctl(fd, ORACLE_MAP, &map) ? -errno : 0;
}

#endif /* _XLATE_TESTS_IOMMU_H */

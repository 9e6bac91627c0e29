// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds a device that no driver has, with a domain of its own, and maps what it is told to,
 * ours or not (kunit/iommu_oracle.c). Nothing does DMA through that.
 *
 * usage: iommu-holder BDF
 *
 * Lines from standard input, each answered by "done", a number or an error:
 *   map IOVA PHYS PAGES RIGHTS [STRIDE]   RIGHTS: r, w, rw
 *   unmap IOVA PAGES
 *   get ORDER        2^ORDER pages; the answer is their address
 *   put              frees those, whatever maps them
 */
#include "iommu.h"

static int fd;

static int obey(const struct line *l)
{
	const char *rights = l->words > 4 ? l->word[4] : "rw";
	struct oracle_map map = {};
	__u64 order;

	if (!strcmp(l->word[0], "map") && l->words >= 4)
		return oracle_map(fd, number(l->word[1]), number(l->word[2]), number(l->word[3]),
				  l->words > 5 ? number(l->word[5]) : 1,
				  (strchr(rights, 'r') ? ORACLE_READ : 0) |
					  (strchr(rights, 'w') ? ORACLE_WRITE : 0));
	if (!strcmp(l->word[0], "unmap") && l->words == 3) {
		map.iova = number(l->word[1]);
		map.pages = number(l->word[2]);
		return ioctl(fd, ORACLE_UNMAP, &map) ? -errno : 0;
	}
	if (!strcmp(l->word[0], "get") && l->words == 2) {
		order = number(l->word[1]);
		if (ioctl(fd, ORACLE_GET, &order))
			return -errno;
		printf("%#llx ", (unsigned long long)order);
		return 0;
	}
	if (!strcmp(l->word[0], "put"))
		return ioctl(fd, ORACLE_PUT) ? -errno : 0;
	return -EINVAL;
}

int main(int argc, char **argv)
{
	char text[256];
	uint32_t rid;

	if (argc != 2)
		bail("usage: iommu-holder BDF");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rid = rid_of(argv[1]);
	fd = oracle_open();
	if (ioctl(fd, ORACLE_CLAIM, &rid))
		bail("%s", argv[1]);
	puts("ready");
	fflush(stdout);
	while (fgets(text, sizeof(text), stdin)) {
		struct line l = {};
		int ret;

		cut_words(&l, text);
		ret = l.words ? obey(&l) : -EINVAL;
		puts(ret ? strerror(-ret) : "done");
		fflush(stdout);
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that uses a PCI function by VFIO's type1 container, as QEMU and DPDK do: it
 * maps memory of several kinds for it, says which, and obeys.
 *
 * usage: vfio-holder BDF [FILE]: FILE is part of its memory, and may be of others', too
 *
 * It prints a line for each page, "page IOVA ADDRESS PHYSICAL RIGHTS" (the frame as
 * /proc/self/pagemap tells it), then "ready". The words it takes from standard input, each
 * answered by a line: "half" unmaps the first half of the first area, "churn" maps and unmaps
 * for a while, "quit" ends it.
 */
#include "iommu.h"

#include <linux/vfio.h>

#define PAGES 64

static int container, device;

struct area {
	uint64_t iova, size;
	uint32_t rights;
	char *at;
};

static void map(const struct area *a)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = a->rights,
		.vaddr = (uintptr_t)a->at,
		.iova = a->iova,
		.size = a->size,
	};

	if (ioctl(container, VFIO_IOMMU_MAP_DMA, &map))
		bail("VFIO_IOMMU_MAP_DMA %#" PRIx64, a->iova);
}

static void unmap(uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};

	if (ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap))
		bail("VFIO_IOMMU_UNMAP_DMA %#" PRIx64, iova);
}

static void *memory(size_t size, int fd)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		bail("mmap");
	return at;
}

static void say(const struct area *a)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry;

	for (uint64_t off = 0; off < a->size; off += PAGE) {
		if (pread(pagemap, &entry, 8, ((uintptr_t)a->at + off) / PAGE * 8) != 8)
			bail("pagemap");
		printf("page %#" PRIx64 " %p %#" PRIx64 " %s\n", a->iova + off, a->at + off,
		       (uint64_t)(entry & ((1ULL << 55) - 1)) * PAGE,
		       a->rights & VFIO_DMA_MAP_FLAG_WRITE ? "rw" : "r-");
	}
	close(pagemap);
}

static void claim(const char *name)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[64];
	int group;

	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (container < 0)
		bail("/dev/vfio/vfio");
	snprintf(path, sizeof(path), "/dev/vfio/%.16s", link_name(pci_path(name, "iommu_group")));
	group = open(path, O_RDWR | O_CLOEXEC);
	if (group < 0 || ioctl(group, VFIO_GROUP_GET_STATUS, &status))
		bail("%s", path);
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		bail("%s is not viable", path);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container))
		bail("VFIO_GROUP_SET_CONTAINER");
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		bail("VFIO_SET_IOMMU");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name);
	if (device < 0)
		bail("VFIO_GROUP_GET_DEVICE_FD %s", name);
}

int main(int argc, char **argv)
{
	struct area areas[] = {
		{ 0x10000000, PAGES * PAGE, VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		  NULL },
		{ 0x20000000, 8 * PAGE, VFIO_DMA_MAP_FLAG_READ, NULL },
		{ 0x30000000, 4 * PAGE, VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, NULL },
		{ 0x40000000, HUGE, VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, NULL },
	};
	char word[32];
	int file;

	if (argc != 2 && argc != 3)
		bail("usage: vfio-holder BDF [FILE]");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	claim(argv[1]);
	areas[0].at = memory(areas[0].size, -1);
	areas[1].at = memory(areas[1].size, -1);
	file = argc > 2 ? open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0600) :
			  memfd_create("vfio-holder", MFD_CLOEXEC);
	if (file < 0 || ftruncate(file, areas[2].size))
		bail("a file to share");
	areas[2].at = memory(areas[2].size, file);
	areas[3].at = memory(2 * HUGE, -1);
	areas[3].at = (char *)(((uintptr_t)areas[3].at + HUGE - 1) & -HUGE);
	madvise(areas[3].at, HUGE, MADV_HUGEPAGE);
	for (size_t i = 0; i < ARRAY_SIZE(areas); i++) {
		memset(areas[i].at, 'a' + i, areas[i].size);
		map(&areas[i]);
		say(&areas[i]);
	}
	puts("ready");
	fflush(stdout);

	while (fgets(word, sizeof(word), stdin)) {
		if (!strcmp(word, "half\n")) {
			/* Type1 v2 unmaps what was mapped by one call only as a whole. */
			unmap(areas[0].iova, areas[0].size);
			areas[0].size /= 2;
			areas[0].at += areas[0].size;
			areas[0].iova += areas[0].size;
			map(&areas[0]);
		} else if (!strcmp(word, "churn\n")) {
			for (int i = 0; i < 200; i++) {
				unmap(areas[0].iova, areas[0].size);
				map(&areas[0]);
				unmap(areas[3].iova, areas[3].size);
				map(&areas[3]);
			}
		} else if (!strcmp(word, "quit\n")) {
			break;
		}
		puts("done");
		fflush(stdout);
	}
	return 0;
}

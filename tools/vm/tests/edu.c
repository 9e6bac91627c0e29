// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA to any address, from devices that no driver has, through their BARs:
 *
 *   edu NAME r|w ADDRESS [BYTES]      one transfer of QEMU's edu; it reads or writes memory
 *   edu storm NAME ADDRESS COUNT      an e1000 fetches COUNT descriptors from there, at once
 *   edu off NAME...                   take the right to do DMA away again
 *
 * The edu takes a tenth of a second for each transfer, the e1000 does one with each write
 * to its tail register.
 */
#include "iommu.h"

/* edu: docs/specs/edu.rst of QEMU */
#define EDU_SRC	   0x80
#define EDU_DST	   0x88
#define EDU_COUNT  0x90
#define EDU_CMD	   0x98
#define EDU_RUN	   1
#define EDU_TO_RAM 2
#define EDU_BUFFER 0x40000
#define EDU_ROOM   4096

/* e1000: transmit control, the ring's base, length, head and tail */
#define E1000_TCTL  0x400
#define E1000_TDBAL 0x3800
#define E1000_TDBAH 0x3804
#define E1000_TDLEN 0x3808
#define E1000_TDH   0x3810
#define E1000_TDT   0x3818
#define E1000_EN    2

#define PCI_COMMAND 4
#define PCI_MEMORY  2
#define PCI_MASTER  4

static void command_register(const char *name, uint16_t set, uint16_t clear)
{
	int fd = open(pci_path(name, "config"), O_RDWR | O_CLOEXEC);
	uint16_t value;

	if (fd < 0 || pread(fd, &value, 2, PCI_COMMAND) != 2)
		bail("%s", pci_path(name, "config"));
	value = (value | set) & ~clear;
	if (pwrite(fd, &value, 2, PCI_COMMAND) != 2)
		bail("%s", pci_path(name, "config"));
	close(fd);
}

static volatile void *bar(const char *name, size_t size)
{
	int fd = open(pci_path(name, "resource0"), O_RDWR | O_CLOEXEC);
	void *at;

	if (fd < 0)
		bail("%s", pci_path(name, "resource0"));
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		bail("mmap %s", pci_path(name, "resource0"));
	close(fd);
	command_register(name, PCI_MEMORY | PCI_MASTER, 0);
	return at;
}

static void put64(volatile void *at, unsigned int reg, uint64_t value)
{
	*(volatile uint64_t *)((volatile char *)at + reg) = value;
}

static uint64_t get64(volatile void *at, unsigned int reg)
{
	return *(volatile uint64_t *)((volatile char *)at + reg);
}

static void put32(volatile void *at, unsigned int reg, uint32_t value)
{
	*(volatile uint32_t *)((volatile char *)at + reg) = value;
}

static int transfer(const char *name, char access, uint64_t addr, uint64_t bytes)
{
	volatile void *edu = bar(name, 4096);

	if (!bytes || bytes > EDU_ROOM)
		bail("1 to %d bytes", EDU_ROOM);
	put64(edu, EDU_SRC, access == 'r' ? addr : EDU_BUFFER);
	put64(edu, EDU_DST, access == 'r' ? EDU_BUFFER : addr);
	put64(edu, EDU_COUNT, bytes);
	put64(edu, EDU_CMD, EDU_RUN | (access == 'w' ? EDU_TO_RAM : 0));
	if (!wait_until(!(get64(edu, EDU_CMD) & EDU_RUN), 20))
		bail("%s does not get done", name);
	return 0;
}

static int storm(const char *name, uint64_t addr, unsigned int count)
{
	volatile void *nic = bar(name, 0x20000);

	put32(nic, E1000_TCTL, 0);
	put32(nic, E1000_TDBAL, addr);
	put32(nic, E1000_TDBAH, addr >> 32);
	put32(nic, E1000_TDLEN, 4096);
	put32(nic, E1000_TDH, 0);
	put32(nic, E1000_TDT, 0);
	put32(nic, E1000_TCTL, E1000_EN);
	for (unsigned int i = 1; i <= count; i++)
		put32(nic, E1000_TDT, i % 256);
	put32(nic, E1000_TCTL, 0);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && strchr("rw", argv[2][0]) && !argv[2][1])
		return transfer(argv[1], argv[2][0], number(argv[3]),
				argc > 4 ? number(argv[4]) : 1);
	if (argc == 5 && !strcmp(argv[1], "storm"))
		return storm(argv[2], number(argv[3]), number(argv[4]));
	if (argc >= 3 && !strcmp(argv[1], "off")) {
		for (int i = 2; i < argc; i++)
			command_register(argv[i], 0, PCI_MASTER);
		return 0;
	}
	fputs("usage: edu NAME r|w ADDRESS [BYTES] | edu storm NAME ADDRESS COUNT | edu off NAME...\n",
	      stderr);
	return 2;
}

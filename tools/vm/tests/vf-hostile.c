// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual function of an 82576 in the hands of somebody who means no good, through its
 * registers (resource0), while no driver has it:
 *
 *   vf-hostile NAME show             what the last owner left: a register and its value a line
 *   vf-hostile NAME leave ADDRESS    leave things behind for the next owner: a head write-back
 *                                    address, rings, vectors, words in the mailbox
 *   vf-hostile NAME ask WORD...      send a message; prints the answer's first word, or "-"
 *   vf-hostile NAME storm COUNT SEED COUNT acts at random: messages of all kinds and lengths,
 *                                    resets, the mailbox held, registers overwritten
 *   vf-hostile NAME acks COUNT       say COUNT times to have read what was never sent
 *   vf-hostile NAME hold             take the mailbox, and keep it
 *   vf-hostile NAME trap             leave a head write-back address in a page of our own, and
 *                                    print "written" as soon as somebody writes there;
 *                                    "armed" at first, "untouched" when input ends before
 */
#include "iommu.h"

#include <poll.h>

#include "../../../sriov_demo/e82576_mbx.h"

#define PCI_COMMAND 4
#define PCI_MEMORY  2
#define PCI_MASTER  4
#define PATTERN	    0x5a

static volatile char *regs;

static u32 get(u32 reg)
{
	return *(volatile u32 *)(regs + reg);
}

static void put(u32 reg, u32 value)
{
	*(volatile u32 *)(regs + reg) = value;
}

static void map(const char *name)
{
	int fd = open(pci_path(name, "resource0"), O_RDWR | O_CLOEXEC);
	int config = open(pci_path(name, "config"), O_RDWR | O_CLOEXEC);
	void *at = MAP_FAILED;
	uint16_t command;

	if (fd >= 0)
		at = mmap(NULL, E82576_VF_MMIO_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		bail("%s", pci_path(name, "resource0"));
	if (config < 0 || pread(config, &command, 2, PCI_COMMAND) != 2)
		bail("%s", pci_path(name, "config"));
	command |= PCI_MEMORY | PCI_MASTER;
	if (pwrite(config, &command, 2, PCI_COMMAND) != 2)
		bail("%s", pci_path(name, "config"));
	close(config);
	close(fd);
	regs = at;
}

/* What must not outlive an owner. */
static const struct {
	const char *name;
	u32 reg;
} left[] = {
	{ "tdwbal0", E82576_VF_TX(0) + E82576_Q_WBAL },
	{ "tdwbah0", E82576_VF_TX(0) + E82576_Q_WBAH },
	{ "tdwbal1", E82576_VF_TX(1) + E82576_Q_WBAL },
	{ "tdwbah1", E82576_VF_TX(1) + E82576_Q_WBAH },
	{ "tdbal0", E82576_VF_TX(0) + E82576_Q_BAL },
	{ "tdbah0", E82576_VF_TX(0) + E82576_Q_BAH },
	{ "tdbal1", E82576_VF_TX(1) + E82576_Q_BAL },
	{ "rdbal0", E82576_VF_RX(0) + E82576_Q_BAL },
	{ "rdbah0", E82576_VF_RX(0) + E82576_Q_BAH },
	{ "rdbal1", E82576_VF_RX(1) + E82576_Q_BAL },
	{ "mailbox0", E82576_VBMEM },
	{ "mailbox15", E82576_VBMEM + 60 },
};

static int show(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(left); i++)
		printf("%s %#x\n", left[i].name, get(left[i].reg));
	return 0;
}

static void leave(uint64_t addr)
{
	for (unsigned int n = 0; n < 2; n++) {
		put(E82576_VF_TX(n) + E82576_Q_WBAH, addr >> 32);
		put(E82576_VF_TX(n) + E82576_Q_WBAL, (u32)addr | E82576_TDWBAL_HEAD_WB_EN);
		put(E82576_VF_TX(n) + E82576_Q_BAL, (u32)addr & ~0x7fU);
		put(E82576_VF_TX(n) + E82576_Q_BAH, addr >> 32);
		put(E82576_VF_RX(n) + E82576_Q_BAL, (u32)addr & ~0x7fU);
		put(E82576_VF_RX(n) + E82576_Q_BAH, addr >> 32);
	}
	put(E82576_VTIVAR, 0x81818181);
	put(E82576_VMAILBOX, E82576_VMAILBOX_VFU);
	for (unsigned int i = 0; i < E82576_MBX_WORDS; i++)
		put(E82576_VBMEM + 4 * i, 0x0badcafe);
	put(E82576_VMAILBOX, 0);
}

static bool lock(void)
{
	for (int i = 0; i < 1000; i++) {
		put(E82576_VMAILBOX, E82576_VMAILBOX_VFU);
		if (get(E82576_VMAILBOX) & E82576_VMAILBOX_VFU)
			return true;
		usleep(100);
	}
	return false;
}

static void say(const u32 *word, unsigned int words)
{
	for (unsigned int i = 0; i < words && i < E82576_MBX_WORDS; i++)
		put(E82576_VBMEM + 4 * i, word[i]);
	put(E82576_VMAILBOX, E82576_VMAILBOX_REQ);
}

static int ask(const u32 *word, unsigned int words)
{
	u32 state = 0;

	if (!lock())
		bail("the mailbox is not to be had");
	say(word, words);
	for (int i = 0; i < 5000 && !(state & E82576_VMAILBOX_PFSTS); i++) {
		usleep(100);
		state |= get(E82576_VMAILBOX);
	}
	if (!(state & E82576_VMAILBOX_PFSTS)) {
		puts("-");
		return 0;
	}
	printf("%#x\n", get(E82576_VBMEM));
	put(E82576_VMAILBOX, E82576_VMAILBOX_ACK);
	return 0;
}

/* Repeatable: xorshift. */
static u32 chance(void)
{
	static u32 x;

	x = x ?: 2463534242U;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

static void act(void)
{
	static const u32 type[] = { MBX_VF_RESET, MBX_VF_MAC,	  MBX_VF_MULTICAST,
				    MBX_VF_VLAN,  MBX_VF_LPE,	  MBX_VF_PROMISC,
				    MBX_VF_RSS,	  MBX_PF_CONTROL, 0xffff };
	u32 word[E82576_MBX_WORDS], r = chance();

	switch (r % 16) {
	case 0:
		put(E82576_VTCTRL, E82576_CTRL_RST);
		break;
	case 1:
		put(E82576_VMAILBOX, chance() & 0xff);
		break;
	case 2: {
		/* Nowhere that does DMA: neither a tail nor an enable bit. */
		static const u32 reg[] = { E82576_VTEICS,     E82576_VTEIMS, E82576_VTEIMC,
					   E82576_VTEIAC,     E82576_VTEIAM, E82576_VTIVAR,
					   E82576_VTIVAR_MISC };

		put(reg[chance() % ARRAY_SIZE(reg)], chance());
		break;
	}
	case 3:
		put(E82576_VBMEM + chance() % 16 * 4, chance());
		break;
	default:
		for (unsigned int i = 0; i < E82576_MBX_WORDS; i++)
			word[i] = chance() % 3 ? chance() % 5000 : chance();
		word[0] = type[chance() % ARRAY_SIZE(type)];
		if (chance() % 2)
			word[0] |= chance() & MBX_INFO;
		if (!(chance() % 16))
			word[0] |= chance() & (MBX_ACK | MBX_NACK | MBX_CTS);
		/* With or without having the buffer. */
		if (chance() % 4)
			put(E82576_VMAILBOX, E82576_VMAILBOX_VFU);
		say(word, E82576_MBX_WORDS);
		if (chance() % 4)
			usleep(chance() % 2000);
	}
}

static int storm(unsigned int count, u32 seed)
{
	/* Begin where the seed says. */
	for (seed %= 1000; seed; seed--)
		chance();
	while (count--)
		act();
	put(E82576_VMAILBOX, 0);
	return 0;
}

/* "Read", of what was not sent. */
static int acks(unsigned int count)
{
	while (count--)
		put(E82576_VMAILBOX, E82576_VMAILBOX_ACK);
	return 0;
}

static uint64_t physical(volatile void *at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry;

	if (fd < 0 || pread(fd, &entry, 8, (uintptr_t)at / PAGE * 8) != 8 || !(entry >> 63))
		bail("pagemap");
	close(fd);
	return (entry & ((1ULL << 55) - 1)) * PAGE;
}

static int trap(void)
{
	struct pollfd in = { .fd = 0, .events = POLLIN };
	volatile char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);

	if (page == MAP_FAILED)
		bail("a page");
	for (unsigned int i = 0; i < PAGE; i++)
		page[i] = PATTERN;
	leave(physical(page));
	puts("armed");
	fflush(stdout);
	do {
		for (unsigned int i = 0; i < 8; i++) {
			if (page[i] == PATTERN)
				continue;
			printf("written %#x\n", *(volatile u32 *)page);
			return 0;
		}
	} while (!poll(&in, 1, 10));
	puts("untouched");
	return 0;
}

int main(int argc, char **argv)
{
	u32 word[E82576_MBX_WORDS] = { 0 };
	const char *what = argc > 2 ? argv[2] : "";

	if (argc > 2)
		map(argv[1]);
	if (argc == 3 && !strcmp(what, "show"))
		return show();
	if (argc == 4 && !strcmp(what, "leave")) {
		leave(number(argv[3]));
		return 0;
	}
	if (argc > 3 && !strcmp(what, "ask")) {
		for (int i = 3; i < argc && i < 3 + E82576_MBX_WORDS; i++)
			word[i - 3] = number(argv[i]);
		return ask(word, argc - 3);
	}
	if (argc == 5 && !strcmp(what, "storm"))
		return storm(number(argv[3]), number(argv[4]));
	if (argc == 4 && !strcmp(what, "acks"))
		return acks(number(argv[3]));
	if (argc == 3 && !strcmp(what, "hold"))
		return !lock();
	if (argc == 3 && !strcmp(what, "trap"))
		return trap();
	fputs("usage: vf-hostile NAME show | leave ADDRESS | ask WORD... | storm COUNT SEED | acks COUNT | hold | trap\n",
	      stderr);
	return 2;
}

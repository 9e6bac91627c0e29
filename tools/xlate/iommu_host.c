// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the machine knows beside the module, written down as files are, so that a saved
 * view has it, too: PCI functions, whose ID their requests bear, who holds VFIO groups,
 * options of the kernel's build.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

/* libpci brings these types, unless it is told that they are there. */
#define PCI_HAVE_Uxx_TYPES
#define PCI_U64_FMT_X "llx"
#define PCI_U64_FMT_U "llu"
#include "iommu_source.h"
#include <pci/pci.h>

#define PCI_FOLDER "/sys/bus/pci/devices"

static u32 sysfs_number(const char *device, const char *name)
{
	char path[512], *text;
	size_t len;
	u32 n = 0;

	snprintf(path, sizeof(path), PCI_FOLDER "/%s/%s", device, name);
	text = read_path(path, 4096, &len);
	if (text)
		n = strtoul(text, NULL, 0);
	free(text);
	return n;
}

/* Configuration space of every function, and its first part, which all users may read. */
#define CONFIG_BYTES 256
#define HEADER_BYTES 64

/* Returns how many bytes there are: 64 for those who are not root, 0 for errors. */
static unsigned int read_config(const char *device, unsigned char *config)
{
	char path[512];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), PCI_FOLDER "/%s/config", device);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = read(fd, config, CONFIG_BYTES);
	close(fd);
	return got >= HEADER_BYTES ? got : 0;
}

static bool is_bridge(const unsigned char *config)
{
	return (config[PCI_HEADER_TYPE] & 0x7f) == PCI_HEADER_TYPE_BRIDGE;
}

static void pci_text(FILE *f)
{
	DIR *dir = opendir(PCI_FOLDER);
	struct dirent *e;
	u32 rid;

	fputs("# xlate pci 1\n# device vendor id class secondary subordinate\n", f);
	while (dir && (e = readdir(dir))) {
		unsigned char config[CONFIG_BYTES];

		if (!iom_parse_rid(e->d_name, &rid))
			continue;
		fprintf(f, "%s 0x%04x 0x%04x 0x%06x", e->d_name, sysfs_number(e->d_name, "vendor"),
			sysfs_number(e->d_name, "device"), sysfs_number(e->d_name, "class"));
		if (read_config(e->d_name, config) && is_bridge(config))
			fprintf(f, " %u %u\n", config[PCI_SECONDARY_BUS],
				config[PCI_SUBORDINATE_BUS]);
		else
			fputs(" - -\n", f);
	}
	if (dir)
		closedir(dir);
}

/* PCI_EXP_TYPE_* of a function, or -1 when it is none of PCI Express. */
static int express_type(const unsigned char *config, unsigned int bytes)
{
	unsigned int at = config[PCI_CAPABILITY_LIST], n;

	if (!(config[PCI_STATUS] & PCI_STATUS_CAP_LIST))
		return -1;
	/* There is no room for more of them. */
	for (n = 0; n < CONFIG_BYTES / PCI_CAP_SIZEOF; n++) {
		at &= ~3U;
		if (at < HEADER_BYTES || at + PCI_CAP_SIZEOF > bytes)
			return -1;
		if (config[at] == PCI_CAP_ID_EXP)
			return (config[at + PCI_EXP_FLAGS] & PCI_EXP_FLAGS_TYPE) >> 4;
		at = config[at + PCI_CAP_LIST_NEXT];
	}
	return -1;
}

/* The ID that requests bear which come from behind this bridge, or IOM_NONE: their own. */
static u32 lent_by(const char *bridge, u32 rid)
{
	unsigned char config[CONFIG_BYTES];
	unsigned int bytes = read_config(bridge, config);

	if (!bytes || !is_bridge(config))
		return IOM_NONE;
	switch (express_type(config, bytes)) {
	case PCI_EXP_TYPE_PCI_BRIDGE:
		return IOM_RID(rid >> 16, config[PCI_SECONDARY_BUS] << 8);
	case PCI_EXP_TYPE_PCIE_BRIDGE:
	case -1:
		return rid;
	default:
		return IOM_NONE;
	}
}

/* Of functions behind bridges that lend them an ID; the one next to the root decides. */
static void aliases_text(FILE *f)
{
	DIR *dir = opendir(PCI_FOLDER);
	struct dirent *e;
	u32 rid, lent;

	fputs("# xlate aliases 1\n# device alias\n", f);
	while (dir && (e = readdir(dir))) {
		char link[512], path[PATH_MAX], name[IOM_RID_SIZE], *word, *save = NULL;
		u32 alias = IOM_NONE;

		snprintf(link, sizeof(link), PCI_FOLDER "/%s", e->d_name);
		if (!iom_parse_rid(e->d_name, &rid) || !realpath(link, path))
			continue;
		/* From the root to the device: the folders are in each other. */
		for (word = strtok_r(path, "/", &save); word && alias == IOM_NONE;
		     word = strtok_r(NULL, "/", &save))
			if (strcmp(word, e->d_name) && iom_parse_rid(word, &lent))
				alias = lent_by(word, lent);
		if (alias != IOM_NONE)
			fprintf(f, "%s %s\n", e->d_name, iom_rid_name(alias, name));
	}
	if (dir)
		closedir(dir);
}

/* The group behind "/dev/vfio/12" or "/dev/vfio/devices/vfio3", or IOM_NONE. */
static u32 group_of(const char *path)
{
	const char *name = strrchr(path, '/'), *digits;
	char link[256], target[256];
	ssize_t len;

	if (!name++ || !strstr(path, "/vfio/"))
		return IOM_NONE;
	if (!strncmp(name, "noiommu-", 8))
		name += 8;
	digits = name + strspn(name, "vfio");
	if (!*digits || strlen(digits) > 9 || digits[strspn(digits, "0123456789")])
		return IOM_NONE;
	if (digits == name)
		return strtoul(digits, NULL, 10);
	if (strncmp(name, "vfio", 4) || !strstr(path, "/vfio/devices/"))
		return IOM_NONE;
	snprintf(link, sizeof(link), "/sys/class/vfio-dev/vfio%s/device/iommu_group", digits);
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return IOM_NONE;
	target[len] = '\0';
	name = strrchr(target, '/');
	return name && isdigit((unsigned char)name[1]) ? strtoul(name + 1, NULL, 10) : IOM_NONE;
}

/* One process: a line for each group that one of its descriptors stands for. */
static void holder_text(FILE *f, const char *pid)
{
	char path[300], link[300], target[512], *comm;
	struct dirent *e;
	ssize_t len;
	size_t n;
	u32 group;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		snprintf(link, sizeof(link), "/proc/%s/fd/%.200s", pid, e->d_name);
		len = readlink(link, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		group = group_of(target);
		if (group == IOM_NONE)
			continue;
		snprintf(link, sizeof(link), "/proc/%s/comm", pid);
		comm = read_path(link, 4096, &n);
		if (comm && n && comm[n - 1] == '\n')
			comm[--n] = '\0';
		/* A name is any bytes: it must stay on its line. */
		for (; comm && n; n--)
			if (iscntrl((unsigned char)comm[n - 1]))
				comm[n - 1] = '?';
		fprintf(f, "%u %s %s\n", group, pid, comm && *comm ? comm : "?");
		free(comm);
	}
	if (dir)
		closedir(dir);
}

static void holders_text(FILE *f)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;

	fputs("# xlate holders 1\n# group pid comm\n", f);
	while (dir && (e = readdir(dir)))
		if (isdigit((unsigned char)e->d_name[0]) && strlen(e->d_name) < 12)
			holder_text(f, e->d_name);
	if (dir)
		closedir(dir);
}

bool host_holder(u32 group, char *buf, size_t size)
{
	char *text, *line, *save = NULL, comm[64];
	unsigned int g, pid;
	bool found = false;
	size_t len;

	text = host_text("holders", &len);
	for (line = strtok_r(text, "\n", &save); line && !found; line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%u %u %63[^\n]", &g, &pid, comm) == 3 && g == group) {
			snprintf(buf, size, "%s[%u]", comm, pid);
			found = true;
		}
	free(text);
	return found;
}

/* The lines of the kernel's configuration that say what it does by default. */
static void config_text(FILE *f)
{
	struct utsname uts = { 0 };
	char path[256], line[512];
	FILE *config;

	fputs("# xlate config 1\n", f);
	uname(&uts);
	snprintf(path, sizeof(path), "/boot/config-%.200s", uts.release);
	config = fopen(path, "re");
	if (!config)
		return;
	while (fgets(line, sizeof(line), config))
		if (!strncmp(line, "CONFIG_", 7) && strstr(line, "IOMMU") &&
		    strstr(line, "DEFAULT"))
			fputs(line, f);
	fclose(config);
}

char *host_text(const char *name, size_t *len)
{
	static const struct {
		const char *name;
		void (*write)(FILE *f);
	} texts[] = {
		{ "pci", pci_text },
		{ "aliases", aliases_text },
		{ "holders", holders_text },
		{ "config", config_text },
	};
	char *text = NULL;
	unsigned int i;
	FILE *f;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(texts[i].name, name))
			break;
	if (i == ARRAY_SIZE(texts))
		return NULL;
	f = xalloc(open_memstream(&text, len));
	texts[i].write(f);
	fclose(f);
	return xalloc(text);
}

/* libpci calls these; the second one must not return. */
static __printf(1, 2) void quiet(char *msg, ...)
{
}

static __printf(1, 2) __attribute__((noreturn)) void give_up(char *msg, ...)
{
	exit(fail(XLATE_ERROR, NULL, "libpci: %s", msg));
}

const char *pci_name(const struct iom_pci *p, bool full)
{
	static struct pci_access *access;
	static char name[256], kind[128];
	int what = PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS | (full ? PCI_LOOKUP_VENDOR : 0);

	/* The test device of QEMU, which the lab is for, has a borrowed number. */
	if (p->vendor == 0x1234 && p->device == 0x11e8)
		return "QEMU edu";
	if (!access) {
		access = xalloc(pci_alloc());
		access->warning = quiet;
		access->debug = quiet;
		access->error = give_up;
	}
	if (pci_lookup_name(access, name, sizeof(name), what, p->vendor, p->device))
		return name;
	if (!pci_lookup_name(access, kind, sizeof(kind), PCI_LOOKUP_CLASS | PCI_LOOKUP_NO_NUMBERS,
			     p->class >> 8))
		strcpy(kind, "PCI device");
	snprintf(name, sizeof(name), "%s %04x:%04x", kind, p->vendor, p->device);
	return name;
}

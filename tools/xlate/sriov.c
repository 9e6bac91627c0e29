// SPDX-License-Identifier: GPL-2.0-only
/* PCI functions with virtual functions, as sysfs shows them. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "iommu_source.h"
#include "sriov.h"

#define DEVICES "/sys/bus/pci/devices"

/* Length of "0000:01:10.0" (a segment may have more digits), 0 if @name is no such thing. */
static size_t bdf_length(const char *name)
{
	size_t digits = strspn(name, "0123456789abcdefABCDEF"), i;
	static const char form[] = ":hh:hh.o";

	if (digits < 4 || digits > 8)
		return 0;
	for (i = 0; form[i]; i++) {
		unsigned char c = name[digits + i];

		if (form[i] == 'h' ? !isxdigit(c) :
		    form[i] == 'o' ? c < '0' || c > '7' :
				     c != (unsigned char)form[i])
			return 0;
	}
	return digits + i;
}

const char *sysfs_text(const char *bdf, const char *name, char *buf, size_t size)
{
	char path[256];
	ssize_t len;
	int fd;

	buf[0] = '\0';
	snprintf(path, sizeof(path), DEVICES "/%s/%s", bdf, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return buf;
	len = read(fd, buf, size - 1);
	close(fd);
	buf[len > 0 ? len : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

int sysfs_write(const char *bdf, const char *name, const char *text)
{
	char path[256];
	int fd, ret = 0;

	snprintf(path, sizeof(path), DEVICES "/%s/%s", bdf, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static unsigned long number_of(const char *bdf, const char *name)
{
	char buf[32];

	return strtoul(sysfs_text(bdf, name, buf, sizeof(buf)), NULL, 0);
}

/* Last component of what a link of the function's folder points to, or "". */
static void link_name(const char *bdf, const char *name, char *buf, size_t size)
{
	char path[256], target[512], *slash;
	ssize_t len;

	buf[0] = '\0';
	snprintf(path, sizeof(path), DEVICES "/%s/%s", bdf, name);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = '\0';
	slash = strrchr(target, '/');
	snprintf(buf, size, "%.60s", slash ? slash + 1 : target);
}

/* The name that sorts first in its folder net/: a port with several has one for VFs, too. */
static void first_netdev(struct function *f)
{
	char path[256];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), DEVICES "/%s/net", f->bdf);
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.' && (!f->netdev[0] || strcmp(e->d_name, f->netdev) < 0))
			snprintf(f->netdev, sizeof(f->netdev), "%.63s", e->d_name);
	if (dir)
		closedir(dir);
}

static void read_function(struct function *f, const char *bdf)
{
	char group[32];

	snprintf(f->bdf, sizeof(f->bdf), "%.15s", bdf);
	f->vendor = number_of(bdf, "vendor");
	f->device = number_of(bdf, "device");
	f->class = number_of(bdf, "class");
	link_name(bdf, "driver", f->driver, sizeof(f->driver));
	link_name(bdf, "iommu_group", group, sizeof(group));
	f->group = *group ? atoi(group) : -1;
	first_netdev(f);
}

static void read_pf(struct function *pf, const char *bdf)
{
	unsigned int i;

	read_function(pf, bdf);
	pf->total = number_of(bdf, "sriov_totalvfs");
	pf->count = number_of(bdf, "sriov_numvfs");
	pf->autoprobe = number_of(bdf, "sriov_drivers_autoprobe");
	/* VFs have function numbers: there are never more than these. */
	pf->count = min(pf->count, 65536U);
	pf->vf = xalloc(calloc(pf->count + 1, sizeof(*pf->vf)));
	for (i = 0; i < pf->count; i++) {
		char name[32], vf[64];

		snprintf(name, sizeof(name), "virtfn%u", i);
		link_name(bdf, name, vf, sizeof(vf));
		/* They may be on their way out, or in, at this moment. */
		if (bdf_length(vf) == strlen(vf) && *vf)
			read_function(&pf->vf[i], vf);
	}
	if (pf->count && pf->netdev[0])
		rtnl_vfs(pf->netdev, pf->vf, pf->count);
	sriov_card(pf);
}

static int by_bdf(const void *a, const void *b)
{
	return strcmp(((const struct function *)a)->bdf, ((const struct function *)b)->bdf);
}

int sriov_scan(struct function **pf, size_t *n)
{
	DIR *dir = opendir(DEVICES);
	struct dirent *e;

	*pf = NULL;
	*n = 0;
	if (!dir)
		return fail(XLATE_ABSENT, "is sysfs mounted, is there PCI?", DEVICES ": %s",
			    strerror(errno));
	while ((e = readdir(dir))) {
		char total[32];
		size_t len = bdf_length(e->d_name);

		if (!len || e->d_name[len] || len >= BDF_SIZE ||
		    !*sysfs_text(e->d_name, "sriov_totalvfs", total, sizeof(total)))
			continue;
		*pf = xalloc(realloc(*pf, (*n + 1) * sizeof(**pf)));
		memset(&(*pf)[*n], 0, sizeof(**pf));
		read_pf(&(*pf)[(*n)++], e->d_name);
	}
	closedir(dir);
	if (*n)
		qsort(*pf, *n, sizeof(**pf), by_bdf);
	return 0;
}

void sriov_free(struct function *pf, size_t n)
{
	while (n)
		free(pf[--n].vf);
	free(pf);
}

static bool is_bdf(const struct function *f, const char *word)
{
	if (!f->bdf[0])
		return false;
	return !strcasecmp(f->bdf, word) ||
	       (!strncmp(f->bdf, "0000:", 5) && !strcasecmp(f->bdf + 5, word));
}

struct function *sriov_find(struct function *pf, size_t n, const char *word, int *vf)
{
	unsigned int v;
	size_t i;

	*vf = -1;
	for (i = 0; i < n; i++) {
		if (is_bdf(&pf[i], word) || (pf[i].netdev[0] && !strcmp(pf[i].netdev, word)))
			return &pf[i];
		for (v = 0; v < pf[i].count; v++)
			if (is_bdf(&pf[i].vf[v], word) ||
			    (pf[i].vf[v].netdev[0] && !strcmp(pf[i].vf[v].netdev, word))) {
				*vf = v;
				return &pf[i];
			}
	}
	return NULL;
}

bool sriov_holder(const struct function *f, char *buf, size_t size)
{
	return strstr(f->driver, "vfio") && f->group >= 0 && host_holder(f->group, buf, size);
}

static bool netdev_number(const char *netdev, const char *name, u64 *n)
{
	char path[256], buf[32];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", netdev, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[len > 0 ? len : 0] = '\0';
	*n = strtoull(buf, NULL, 10);
	return len > 0;
}

bool netdev_counters(const char *netdev, struct counters *c)
{
	return netdev[0] && netdev_number(netdev, "rx_packets", &c->rx_packets) &&
	       netdev_number(netdev, "tx_packets", &c->tx_packets) &&
	       netdev_number(netdev, "rx_bytes", &c->rx_bytes) &&
	       netdev_number(netdev, "tx_bytes", &c->tx_bytes);
}

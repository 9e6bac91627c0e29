// SPDX-License-Identifier: GPL-2.0-only
/* Findings about devices and groups, and who owns them. */
#include <stdlib.h>

#include "audit.h"
#include "iommu_lines.h"

/* Owners: groups that one process holds have one owner; all others are the kernel's. */

/**
 * struct member - a group in the set of those with the same owner
 * @group: its number
 * @up:	   index of another one of the same owner, or its own
 */
struct member {
	u32 group;
	u32 up;
};

static u32 top_of(struct member *m, u32 i)
{
	while (m[i].up != i) {
		m[i].up = m[m[i].up].up;
		i = m[i].up;
	}
	return i;
}

static int by_pid(const void *a, const void *b)
{
	const struct iom_holder *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static u32 new_owner(struct audit *a, char *name)
{
	a->owner_name = grow(a->owner_name, a->owners, sizeof(*a->owner_name));
	a->owner_name[a->owners] = name;
	return a->owners++;
}

static int by_member(const void *a, const void *b)
{
	u32 x = ((const struct member *)a)->group, y = ((const struct member *)b)->group;

	return x < y ? -1 : x > y;
}

static struct member *find_member(struct member *m, size_t count, u32 group)
{
	struct member key = { .group = group };

	return count ? bsearch(&key, m, count, sizeof(key), by_member) : NULL;
}

/* Groups that are held, those of one process joined; *@count of them. */
static struct member *join_groups(const struct iom *s, size_t *count)
{
	struct iom_holder *h = xalloc(malloc((s->nholders + 1) * sizeof(*h)));
	struct member *m = xalloc(malloc((s->nholders + 1) * sizeof(*m)));
	size_t i, n = 0;

	/* They are sorted by group. */
	for (i = 0; i < s->nholders; i++)
		if (!n || m[n - 1].group != s->holders[i].group) {
			m[n].group = s->holders[i].group;
			m[n].up = n;
			n++;
		}
	if (s->nholders)
		memcpy(h, s->holders, s->nholders * sizeof(*h));
	qsort(h, s->nholders, sizeof(*h), by_pid);
	for (i = 1; i < s->nholders; i++)
		if (h[i].pid == h[i - 1].pid) {
			struct member *x = find_member(m, n, h[i].group);
			struct member *y = find_member(m, n, h[i - 1].group);

			m[top_of(m, x - m)].up = top_of(m, y - m);
		}
	free(h);
	*count = n;
	return m;
}

/* The lab claims whole groups: its number as the owner of this one's, 0 for none. */
static u32 lab_owner(struct audit *a, size_t dev)
{
	const struct iom_dev *d = &a->s->devs[dev];
	char rid[IOM_RID_SIZE];
	size_t i;

	for (i = 0; i < a->nlabs; i++)
		if (a->lab[i].group == d->group && (d->group != IOM_NONE || a->lab[i].dev == dev))
			return a->lab[i].owner;
	if (!iom_has_word(d->flags, "lab", ','))
		return 0;
	a->lab = grow(a->lab, a->nlabs, sizeof(*a->lab));
	a->lab[a->nlabs].group = d->group;
	a->lab[a->nlabs].dev = dev;
	a->lab[a->nlabs].owner =
		new_owner(a, xasprintf("the lab on %s", iom_rid_name(d->rid, rid)));
	return a->lab[a->nlabs++].owner;
}

bool audit_lab(const struct audit *a, const struct iom_dev *d)
{
	/* Its owners come right after the kernel. */
	return a->owner[d - a->s->devs] && a->owner[d - a->s->devs] <= a->nlabs;
}

void audit_owners(struct audit *a)
{
	const struct iom *s = a->s;
	struct member *m, *held;
	u32 *owner_of;
	char buf[128];
	size_t n, i;

	m = join_groups(s, &n);
	owner_of = xalloc(calloc(n + 1, sizeof(*owner_of)));
	a->owner = xalloc(calloc(s->ndevs + 1, sizeof(*a->owner)));
	new_owner(a, xasprintf("the kernel"));
	/* First the lab's own devices, then those that are in their groups. */
	for (i = 0; i < s->ndevs; i++)
		lab_owner(a, i);
	for (i = 0; i < s->ndevs; i++) {
		const struct iom_dev *d = &s->devs[i];
		u32 top, lab = lab_owner(a, i);

		if (lab) {
			a->owner[i] = lab;
			continue;
		}
		held = d->group == IOM_NONE ? NULL : find_member(m, n, d->group);
		if (!held)
			continue;
		top = top_of(m, held - m);
		if (!owner_of[top])
			owner_of[top] =
				new_owner(a, xasprintf("%s", iom_holder_names(s, d->group, buf)));
		a->owner[i] = owner_of[top];
	}
	free(owner_of);
	free(m);
}

/* Devices */

static enum why why_identity(struct audit *a)
{
	const struct iom_file *f = iom_file(a->s, "config");

	if (audit_cmdline(a, "iommu", "pt") || audit_cmdline(a, "iommu.passthrough", "1") ||
	    audit_cmdline(a, "iommu.passthrough", "y") ||
	    audit_cmdline(a, "iommu.passthrough", "on"))
		return WHY_PASS;
	if (f && strstr(f->text, "CONFIG_IOMMU_DEFAULT_PASSTHROUGH=y") &&
	    !audit_cmdline(a, "iommu", "nopt") && !audit_cmdline(a, "iommu.passthrough", "0"))
		return WHY_DEFAULT;
	return WHY_NOT;
}

static enum why why_off(struct audit *a, const struct iom_dev *d)
{
	const struct iom_pci *p = iom_pci(a->s, d->rid);

	if (audit_cmdline(a, "intel_iommu", "off") || audit_cmdline(a, "amd_iommu", "off") ||
	    audit_cmdline(a, "iommu", "off"))
		return WHY_OFF;
	/* A unit of its own serves graphics. */
	if (audit_cmdline(a, "intel_iommu", "igfx_off") && p && p->class >> 16 == 3)
		return WHY_OFF;
	return WHY_NOT;
}

static bool is(const char *word, const char *other)
{
	return !strcmp(word, other);
}

static void set_where(struct finding *f, char *where)
{
	free(f->where);
	f->where = where;
}

/* Does the bus behind a bridge begin with this ID, which stands for all behind it? */
static bool bridge_alias(const struct iom *s, u32 rid)
{
	size_t i;

	for (i = 0; i < s->npcis; i++)
		if (s->pcis[i].bridge && s->pcis[i].rid >> 16 == rid >> 16 && !(rid & 0xff) &&
		    s->pcis[i].secondary == (rid >> 8 & 0xff))
			return true;
	return false;
}

static void audit_unclaimed(struct audit *a, const struct iom_dev *d)
{
	bool alias = iom_has_word(d->flags, "alias", ',') || bridge_alias(a->s, d->rid);
	struct finding *f;

	/* What is refused anyhow harms nobody. */
	if (!is(d->mode, "table") && !is(d->mode, "nested") && !is(d->mode, "pass"))
		return;
	f = audit_find(a, FIND_UNCLAIMED, d, d->rid, alias ? WHY_ALIAS : WHY_NOT);
	if (!f)
		return;
	f->severity = is(d->mode, "pass") && !alias ? SEVERITY_HIGH : SEVERITY_MEDIUM;
	set_where(f, xasprintf("%s", is(d->mode, "pass") ? "pass-through" : "has a table"));
	finding_add(f, d);
}

static void audit_untranslated(struct audit *a, const struct iom_dev *d)
{
	const struct iom_unit *u = iom_unit(a->s, d);
	struct finding *f;

	f = audit_find(a, FIND_OFF, d, u ? u->id : IOM_NONE, why_off(a, d));
	if (!f)
		return;
	f->severity = SEVERITY_HIGH;
	set_where(f, u ? xasprintf("unit %u is off", u->id) : xasprintf("no unit serves it"));
	finding_add(f, d);
}

static void audit_identity(struct audit *a, const struct iom_dev *d)
{
	bool held = audit_held(a, d);
	struct finding *f;

	/* Nobody asks for pass-through and gives the device away. */
	f = audit_find(a, FIND_IDENTITY, d, held, held ? WHY_NOT : why_identity(a));
	if (!f)
		return;
	f->severity = held ? SEVERITY_HIGH : SEVERITY_MEDIUM;
	set_where(f, xasprintf("%s", is(d->mode, "pass") ? "pass-through" :
							   "a table of identical addresses"));
	finding_add(f, d);
}

void audit_devices(struct audit *a)
{
	size_t i;

	for (i = 0; i < a->s->ndevs; i++) {
		const struct iom_dev *d = &a->s->devs[i];
		const struct iom_unit *u = iom_unit(a->s, d);

		if (d->pasid != IOM_NONE)
			continue;
		a->judged++;
		if (!d->claimed)
			audit_unclaimed(a, d);
		/* Without a unit and with a group, it is the kernel's word that counts. */
		if (is(d->mode, "off") || (u && !u->on) ||
		    (!u && d->group == IOM_NONE && is(d->mode, "absent")))
			audit_untranslated(a, d);
		else if (is(d->mode, "pass") ||
			 (is(d->domain, "identity") && !is(d->mode, "absent")))
			audit_identity(a, d);
	}
}

/* Groups */

static bool is_bridge(const struct iom *s, const struct iom_dev *d)
{
	const struct iom_pci *p = iom_pci(s, d->rid);

	/* Of bus bridges only; a host or an ISA bridge is a function like others. */
	return p ? p->bridge : iom_has_word(d->flags, "bridge", ',');
}

static bool is_user_driver(const char *driver)
{
	return strstr(driver, "vfio") || is(driver, "pci-stub") || is(driver, "uio_pci_generic") ||
	       is(driver, "xen-pciback");
}

/* One group: the devices of @order[0..@count-1]. */
static void audit_group(struct audit *a, const struct iom_dev **order, size_t count)
{
	bool bridge = false, one_slot = true, held = false, kernels = false;
	const struct iom_dev *first = NULL;
	enum why why = WHY_NOT;
	unsigned int functions = 0;
	struct finding *f;
	size_t i;

	for (i = 0; i < count; i++) {
		if (is_bridge(a->s, order[i])) {
			bridge = true;
			continue;
		}
		first = first ? first : order[i];
		functions++;
		one_slot &= order[i]->rid >> 3 == first->rid >> 3;
		held |= audit_held(a, order[i]);
		kernels |= !is_user_driver(order[i]->driver) && !is(order[i]->driver, "-") &&
			   !is(order[i]->driver, "?");
	}
	if (functions < 2)
		return;
	if (held && kernels)
		why = WHY_NOT;
	else if (one_slot)
		why = WHY_DEVICE;
	else if (bridge)
		why = WHY_BRIDGE;
	f = audit_find(a, FIND_GROUP, first, first->group, why);
	if (!f)
		return;
	f->severity = held && kernels ? SEVERITY_HIGH : why ? SEVERITY_LOW : SEVERITY_MEDIUM;
	set_where(f, xasprintf("group %u%s", first->group,
			       held && kernels ? ": a process's and the kernel's" : ""));
	for (i = 0; i < count; i++)
		if (!is_bridge(a->s, order[i]))
			finding_add(f, order[i]);
}

static int by_group(const void *a, const void *b)
{
	const struct iom_dev *x = *(const struct iom_dev **)a, *y = *(const struct iom_dev **)b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->rid < y->rid ? -1 : x->rid > y->rid;
}

void audit_groups(struct audit *a)
{
	const struct iom_dev **order = xalloc(malloc((a->s->ndevs + 1) * sizeof(*order)));
	size_t i, j, n = 0;

	for (i = 0; i < a->s->ndevs; i++) {
		const struct iom_dev *d = &a->s->devs[i];

		if (d->claimed && d->pasid == IOM_NONE && d->group != IOM_NONE)
			order[n++] = d;
	}
	qsort(order, n, sizeof(*order), by_group);
	for (i = 0; i < n; i = j) {
		for (j = i; j < n && order[j]->group == order[i]->group; j++)
			;
		audit_group(a, order + i, j - i);
	}
	free(order);
}

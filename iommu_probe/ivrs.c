// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: the ACPI IVRS table (AMD IOMMU specification, chapter 5). */
#include "acpi_bytes.h"
#include "ivrs.h"

#define IVRS_HEADER 48

/* IVinfo, at offset 36. */
#define IVRS_PA_SIZE GENMASK_ULL(14, 8)
#define IVRS_VA_SIZE GENMASK_ULL(21, 15)

/* Types of device entries (5.2.2.1 ff.). */
enum ivrs_entry {
	IVRS_DEV_PAD4 = 0,
	IVRS_DEV_ALL = 1,
	IVRS_DEV_SELECT = 2,
	IVRS_DEV_START = 3,
	IVRS_DEV_END = 4,
	IVRS_DEV_PAD8 = 64,
	IVRS_DEV_ALIAS = 66,
	IVRS_DEV_ALIAS_START = 67,
	IVRS_DEV_EXT = 70,
	IVRS_DEV_EXT_START = 71,
	IVRS_DEV_SPECIAL = 72,
	IVRS_DEV_ACPI = 240,
};

/* How telling a kind of IVHD block is; 0 for what is none. */
static unsigned int ivrs_rank(u8 type)
{
	return type == IVRS_IVHD_40 ? 3 : type == IVRS_IVHD_11 ? 2 : type == IVRS_IVHD_10;
}

int ivrs_open(struct ivrs_table *t, const void *bytes, size_t size)
{
	struct ivrs_block b;
	size_t pos = 0;
	u64 info;

	memset(t, 0, sizeof(*t));
	if (!acpi_open(bytes, size, "IVRS", IVRS_HEADER, &t->size, &t->checksum))
		return -EINVAL;
	t->bytes = bytes;
	info = acpi_get(t->bytes + 36, 4);
	t->phys_bits = FIELD_GET(IVRS_PA_SIZE, info);
	t->virt_bits = FIELD_GET(IVRS_VA_SIZE, info);
	while (ivrs_next(t, &pos, &b) > 0)
		if (ivrs_rank(b.type) > ivrs_rank(t->ivhd_type))
			t->ivhd_type = b.type;
	return 0;
}

int ivrs_next(const struct ivrs_table *t, size_t *pos, struct ivrs_block *b)
{
	size_t start = *pos ? *pos : IVRS_HEADER, need = 6;
	const u8 *p = t->bytes + start;
	unsigned int length;
	bool ivmd;

	memset(b, 0, sizeof(*b));
	if (start == t->size)
		return 0;
	if (t->size - start < 6)
		return -EINVAL;
	b->type = p[0];
	b->flags = p[1];
	b->rid = acpi_get(p + 4, 2);
	length = acpi_get(p + 2, 2);
	ivmd = b->type >= IVRS_IVMD_ALL && b->type <= IVRS_IVMD_RANGE;
	if (b->type == IVRS_IVHD_10)
		need = 24;
	else if (ivrs_rank(b->type))
		need = 40;
	else if (ivmd)
		need = 32;
	if (length < need || length > t->size - start)
		return -EINVAL;

	b->devices_end = start + length;
	b->devices = b->devices_end;
	if (ivmd) {
		b->segment = acpi_get(p + 8, 2);
		b->last = b->type == IVRS_IVMD_RANGE ? acpi_get(p + 6, 2) : b->rid;
		if (b->type == IVRS_IVMD_ALL) {
			b->rid = 0;
			b->last = 0xffff;
		}
		b->base = acpi_get(p + 16, 8);
		b->end = acpi_end(b->base, acpi_get(p + 24, 8));
	} else if (ivrs_rank(b->type)) {
		b->devices = start + need;
		b->base = acpi_get(p + 8, 8);
		b->end = b->base;
		b->segment = acpi_get(p + 16, 2);
		b->last = b->rid;
		if (b->type != IVRS_IVHD_10)
			b->efr = acpi_get(p + 24, 8);
	}
	*pos = start + length;
	return 1;
}

/* Bytes of the device entry at @p, of which @left are there; 0 for none. */
static unsigned int ivrs_entry_bytes(const u8 *p, size_t left)
{
	/* The upper two bits of the type say it, except for those of variable size. */
	unsigned int bytes = 4U << (p[0] >> 6);

	if (p[0] == IVRS_DEV_ACPI) {
		if (left < 22)
			return 0;
		bytes = 22 + p[21];
	} else if (p[0] > IVRS_DEV_ACPI) {
		return 0;
	}
	return bytes <= left ? bytes : 0;
}

/* What is common to all entries; those of 8 bytes name a second device ID. */
static void ivrs_entry_read(const u8 *p, struct ivrs_devices *d)
{
	memset(d, 0, sizeof(*d));
	d->first = acpi_get(p + 1, 2);
	d->last = d->first;
	d->flags = p[3];
	d->has_alias = p[0] == IVRS_DEV_ALIAS || p[0] == IVRS_DEV_ALIAS_START;
	if (d->has_alias || p[0] == IVRS_DEV_SPECIAL)
		d->alias = acpi_get(p + 5, 2);
}

int ivrs_next_devices(const struct ivrs_table *t, const struct ivrs_block *b, size_t *pos,
		      struct ivrs_devices *d)
{
	size_t at = *pos ? *pos : b->devices;
	struct ivrs_devices end;
	bool range = false;

	memset(d, 0, sizeof(*d));
	while (at < b->devices_end) {
		const u8 *p = t->bytes + at;
		unsigned int bytes = ivrs_entry_bytes(p, b->devices_end - at);

		if (!bytes)
			return -EINVAL;
		at += bytes;
		if (p[0] == IVRS_DEV_PAD4 || p[0] == IVRS_DEV_PAD8)
			continue;
		if (range) {
			/* Between the two ends of a range there is only padding. */
			ivrs_entry_read(p, &end);
			if (p[0] != IVRS_DEV_END || end.first < d->first)
				return -EINVAL;
			d->last = end.first;
			*pos = at;
			return 1;
		}

		ivrs_entry_read(p, d);
		switch (p[0]) {
		case IVRS_DEV_ALL:
			d->first = 0;
			d->last = 0xffff;
			break;
		case IVRS_DEV_SELECT:
		case IVRS_DEV_EXT:
		case IVRS_DEV_ALIAS:
			break;
		case IVRS_DEV_ALIAS_START:
		case IVRS_DEV_START:
		case IVRS_DEV_EXT_START:
			range = true;
			continue;
		case IVRS_DEV_END:
			return -EINVAL;
		case IVRS_DEV_SPECIAL:
			d->kind = p[7] == 1 ? IVRS_IOAPIC : p[7] == 2 ? IVRS_HPET : IVRS_OTHER;
			d->handle = p[4];
			d->first = d->alias;
			d->last = d->alias;
			d->alias = 0;
			break;
		case IVRS_DEV_ACPI:
			d->kind = IVRS_ACPI;
			break;
		default:
			d->kind = IVRS_OTHER;
			break;
		}
		*pos = at;
		return 1;
	}
	return range ? -EINVAL : 0;
}

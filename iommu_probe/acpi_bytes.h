/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: what reading ACPI tables byte by byte takes. Fields stand at any address and
 * are little-endian.
 */
#ifndef _IOMMU_PROBE_ACPI_BYTES_H
#define _IOMMU_PROBE_ACPI_BYTES_H

#include "../include/xlate/env.h"

/* The number in the next @n bytes. */
static inline u64 acpi_get(const u8 *p, unsigned int n)
{
	u64 value = 0;

	while (n--)
		value = value << 8 | p[n];
	return value;
}

/* Last address of @size bytes from @base on; no size counts as one byte. */
static inline u64 acpi_end(u64 base, u64 size)
{
	u64 end = base + (size ? size - 1 : 0);

	return end < base ? ~0ULL : end;
}

/**
 * acpi_open() - check the header that every ACPI table has
 * @bytes:     the table
 * @size:      bytes there are
 * @signature: that it must have
 * @least:     bytes that it must have
 * @length:    gets its length, as the header says; at least @least, at most @size
 * @checksum:  gets whether all of it adds up to 0
 */
static inline bool acpi_open(const u8 *bytes, size_t size, const char *signature, size_t least,
			     size_t *length, bool *checksum)
{
	u8 sum = 0;
	size_t i;

	if (size < least || memcmp(bytes, signature, 4))
		return false;
	*length = acpi_get(bytes + 4, 4);
	if (*length < least || *length > size)
		return false;
	for (i = 0; i < *length; i++)
		sum += bytes[i];
	*checksum = !sum;
	return true;
}

#endif /* _IOMMU_PROBE_ACPI_BYTES_H */

// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: the firmware's tables, DMAR and IVRS, whole and damaged. */
#include <linux/module.h>

#include "suite.h"

#include "../iommu_probe/dmar.c"
#include "../iommu_probe/ivrs.c"

#define ROOM 512

/* A table under construction. */
struct table {
	struct kunit *test;
	u8 bytes[ROOM];
	size_t size;
};

static struct table *table_new(struct kunit *test, const char *signature)
{
	struct table *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->test = test;
	memcpy(t->bytes, signature, 4);
	memcpy(t->bytes + 10, "BOCHS BXPC    ", 14);
	t->size = 48;
	return t;
}

static u8 *table_put(struct table *t, const void *bytes, size_t count)
{
	u8 *at = t->bytes + t->size;

	KUNIT_ASSERT_LE(t->test, t->size + count, (size_t)ROOM);
	memcpy(at, bytes, count);
	t->size += count;
	return at;
}

#define PUT(t, ...)                                            \
	({                                                     \
		static const u8 put_bytes[] = { __VA_ARGS__ }; \
		table_put(t, put_bytes, sizeof(put_bytes));    \
	})

/* Length and checksum, as firmware fills them in last. */
static void table_finish(struct table *t)
{
	u8 sum = 0;
	size_t i;

	for (i = 0; i < 4; i++)
		t->bytes[4 + i] = t->size >> 8 * i;
	t->bytes[9] = 0;
	for (i = 0; i < t->size; i++)
		sum += t->bytes[i];
	t->bytes[9] = -sum;
}

/* As QEMU makes it: one unit for everything, with the I/O APIC in its scope; and more. */
static struct table *dmar_example(struct kunit *test)
{
	struct table *t = table_new(test, "DMAR");

	t->bytes[36] = 38;
	t->bytes[37] = 1;
	/* A unit for two devices below bridges, segment 1, 8 KiB of registers. */
	PUT(t, 0, 0, 34, 0, 0, 1, 1, 0, 0x00, 0x10, 0xd9, 0xfe, 0, 0, 0, 0,
	    /* the bridge 00:1c.0 and all below */ 2, 8, 0, 0, 0, 0, 28, 0,
	    /* 02.0 behind the bridge 00:01.0 */ 1, 10, 0, 0, 0, 0, 1, 0, 2, 0);
	/* The unit for the rest, with the I/O APIC 2 at f0:1f.7. */
	PUT(t, 0, 0, 24, 0, 1, 0, 0, 0, 0x00, 0x00, 0xd9, 0xfe, 0, 0, 0, 0,
	    /* */ 3, 8, 0, 0, 2, 0xf0, 31, 7);
	/* A reserved region for 00:1f.0. */
	PUT(t, 1, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0x60, 0xbf, 0, 0, 0, 0, 0xff, 0xff, 0x7f, 0xbf, 0, 0,
	    0, 0, 1, 8, 0, 0, 0, 0, 31, 0);
	/* Root ports with ATS: all; affinity; a kind of the future without anything. */
	PUT(t, 2, 0, 8, 0, 1, 0, 0, 0);
	PUT(t, 3, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0xd9, 0xfe, 0, 0, 0, 0, 1, 0, 0, 0);
	PUT(t, 0x77, 0, 4, 0);
	table_finish(t);
	return t;
}

static int no_bridge(void *ctx, u16 segment, u16 rid)
{
	return -ENODEV;
}

/* Behind 00:01.0 of segment 1 is bus 3. */
static int bridge(void *ctx, u16 segment, u16 rid)
{
	*(unsigned int *)ctx += 1;
	return segment == 1 && rid == 8 ? 3 : -ENODEV;
}

static void dmar_whole(struct kunit *test)
{
	struct table *t = dmar_example(test);
	struct dmar_structure s;
	struct dmar_scope scope;
	struct dmar_table d;
	unsigned int asked = 0;
	size_t pos = 0, at;
	u16 rid;

	KUNIT_ASSERT_EQ(test, dmar_open(&d, t->bytes, t->size), 0);
	KUNIT_EXPECT_EQ(test, d.haw, 39);
	KUNIT_EXPECT_EQ(test, d.flags, DMAR_FLAG_INTR_REMAP);
	KUNIT_EXPECT_TRUE(test, d.checksum);
	KUNIT_EXPECT_STREQ(test, d.oem, "BOCHS BXPC");

	KUNIT_ASSERT_EQ(test, dmar_next(&d, &pos, &s), 1);
	KUNIT_EXPECT_EQ(test, s.type, DMAR_UNIT);
	KUNIT_EXPECT_EQ(test, s.segment, 1);
	KUNIT_EXPECT_FALSE(test, s.all);
	KUNIT_EXPECT_EQ(test, s.base, 0xfed91000);
	KUNIT_EXPECT_EQ(test, s.end, 0xfed92fff);
	at = 0;
	KUNIT_ASSERT_EQ(test, dmar_next_scope(&d, &s, &at, &scope), 1);
	KUNIT_EXPECT_EQ(test, scope.type, DMAR_SCOPE_BRIDGE);
	KUNIT_EXPECT_EQ(test, scope.hops, 1);
	KUNIT_EXPECT_EQ(test, dmar_scope_rid(&scope, s.segment, no_bridge, NULL, &rid), 0);
	KUNIT_EXPECT_EQ(test, rid, 0x00e0);
	KUNIT_ASSERT_EQ(test, dmar_next_scope(&d, &s, &at, &scope), 1);
	KUNIT_EXPECT_EQ(test, scope.type, DMAR_SCOPE_DEVICE);
	KUNIT_EXPECT_EQ(test, scope.hops, 2);
	KUNIT_EXPECT_EQ(test, dmar_scope_rid(&scope, s.segment, no_bridge, NULL, &rid), -ENODEV);
	KUNIT_EXPECT_EQ(test, dmar_scope_rid(&scope, s.segment, bridge, &asked, &rid), 0);
	KUNIT_EXPECT_EQ(test, asked, 1);
	KUNIT_EXPECT_EQ(test, rid, 0x0310);
	KUNIT_EXPECT_EQ(test, dmar_next_scope(&d, &s, &at, &scope), 0);
	KUNIT_EXPECT_EQ(test, dmar_next_scope(&d, &s, &at, &scope), 0);

	KUNIT_ASSERT_EQ(test, dmar_next(&d, &pos, &s), 1);
	KUNIT_EXPECT_TRUE(test, s.all);
	KUNIT_EXPECT_EQ(test, s.end, 0xfed90fff);
	at = 0;
	KUNIT_ASSERT_EQ(test, dmar_next_scope(&d, &s, &at, &scope), 1);
	KUNIT_EXPECT_EQ(test, scope.type, DMAR_SCOPE_IOAPIC);
	KUNIT_EXPECT_EQ(test, scope.id, 2);
	KUNIT_EXPECT_EQ(test, scope.bus, 0xf0);
	KUNIT_EXPECT_EQ(test, scope.path[0], 0xff);

	KUNIT_ASSERT_EQ(test, dmar_next(&d, &pos, &s), 1);
	KUNIT_EXPECT_EQ(test, s.type, DMAR_RESERVED);
	KUNIT_EXPECT_EQ(test, s.base, 0xbf600000);
	KUNIT_EXPECT_EQ(test, s.end, 0xbf7fffff);
	at = 0;
	KUNIT_ASSERT_EQ(test, dmar_next_scope(&d, &s, &at, &scope), 1);
	KUNIT_EXPECT_EQ(test, scope.path[0], 0xf8);

	KUNIT_ASSERT_EQ(test, dmar_next(&d, &pos, &s), 1);
	KUNIT_EXPECT_EQ(test, s.type, DMAR_ATS);
	KUNIT_EXPECT_TRUE(test, s.all);
	at = 0;
	KUNIT_EXPECT_EQ(test, dmar_next_scope(&d, &s, &at, &scope), 0);
	KUNIT_ASSERT_EQ(test, dmar_next(&d, &pos, &s), 1);
	KUNIT_EXPECT_EQ(test, s.type, DMAR_AFFINITY);
	at = 0;
	KUNIT_EXPECT_EQ(test, dmar_next_scope(&d, &s, &at, &scope), 0);
	KUNIT_ASSERT_EQ(test, dmar_next(&d, &pos, &s), 1);
	KUNIT_EXPECT_EQ(test, s.type, 0x77);
	KUNIT_EXPECT_EQ(test, dmar_next(&d, &pos, &s), 0);
	KUNIT_EXPECT_EQ(test, dmar_next(&d, &pos, &s), 0);

	/* A wrong sum is told, but is no reason to look away. */
	t->bytes[30] ^= 1;
	KUNIT_EXPECT_EQ(test, dmar_open(&d, t->bytes, t->size), 0);
	KUNIT_EXPECT_FALSE(test, d.checksum);
}

static void dmar_heads(struct kunit *test)
{
	static const u8 odd_oem[14] = { 1, 'A', 0, ' ', 0x7f, ' ', 'b', ' ', ' ', 0, ' ' };
	struct table *t = dmar_example(test);
	struct dmar_structure s;
	struct dmar_table d;
	size_t size, pos = 0;

	for (size = 0; size < t->size; size++)
		KUNIT_EXPECT_EQ_MSG(test, dmar_open(&d, t->bytes, size), -EINVAL, "%zu bytes",
				    size);
	/* More bytes than the table says are not looked at. */
	KUNIT_EXPECT_EQ(test, dmar_open(&d, t->bytes, ROOM), 0);
	KUNIT_EXPECT_EQ(test, d.size, t->size);
	t->bytes[4] = 47;
	KUNIT_EXPECT_EQ(test, dmar_open(&d, t->bytes, ROOM), -EINVAL);
	t->bytes[4] = 48;
	KUNIT_EXPECT_EQ(test, dmar_open(&d, t->bytes, ROOM), 0);
	KUNIT_EXPECT_EQ(test, dmar_next(&d, &pos, &s), 0);
	t->bytes[7] = 0x80;
	KUNIT_EXPECT_EQ(test, dmar_open(&d, t->bytes, ROOM), -EINVAL);
	t->bytes[7] = 0;
	t->bytes[36] = 255;
	memcpy(t->bytes + 10, odd_oem, sizeof(odd_oem));
	KUNIT_EXPECT_EQ(test, dmar_open(&d, t->bytes, ROOM), 0);
	KUNIT_EXPECT_EQ(test, d.haw, 64);
	KUNIT_EXPECT_STREQ(test, d.oem, "?A??? b");
	memcpy(t->bytes + 10, "123456abcdefgh", 14);
	KUNIT_EXPECT_EQ(test, dmar_open(&d, t->bytes, ROOM), 0);
	KUNIT_EXPECT_STREQ(test, d.oem, "123456 abcdefgh");
	t->bytes[0] = 'd';
	KUNIT_EXPECT_EQ(test, dmar_open(&d, t->bytes, ROOM), -EINVAL);
}

/* One structure of these bytes, the length of which is put in. */
static int dmar_one(struct kunit *test, u8 type, u16 length, size_t bytes)
{
	struct table *t = table_new(test, "DMAR");
	struct dmar_structure s;
	struct dmar_table d;
	size_t pos = 0;
	u8 *at;

	at = t->bytes + t->size;
	memset(at, 0, bytes);
	at[0] = type;
	at[2] = length;
	at[3] = length >> 8;
	t->size += bytes;
	table_finish(t);
	KUNIT_EXPECT_EQ(test, dmar_open(&d, t->bytes, t->size), 0);
	return dmar_next(&d, &pos, &s);
}

static void dmar_structure_lengths(struct kunit *test)
{
	static const struct {
		u8 type;
		u8 least;
	} row[] = {
		/* 1 */ { DMAR_UNIT, 16 },     /* 2 */ { DMAR_RESERVED, 24 },
		/* 3 */ { DMAR_ATS, 8 },       /* 4 */ { DMAR_AFFINITY, 4 },
		/* 5 */ { DMAR_NAMESPACE, 4 }, /* 6 */ { DMAR_SATC, 8 },
		/* 7 */ { DMAR_SIDP, 8 },      /* 8 */ { 200, 4 },
	};
	unsigned int i, length;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		for (length = 0; length < 40; length++) {
			int want = length < row[i].least || length > 32 ? -EINVAL : 1;

			KUNIT_EXPECT_EQ_MSG(test, dmar_one(test, row[i].type, length, 32), want,
					    "row %u, length %u", i + 1, length);
		}
		KUNIT_EXPECT_EQ_MSG(test, dmar_one(test, row[i].type, 0xffff, 32), -EINVAL,
				    "row %u", i + 1);
		/* Not even a header. */
		for (length = 1; length < 4; length++)
			KUNIT_EXPECT_EQ_MSG(test, dmar_one(test, row[i].type, length, length),
					    -EINVAL, "row %u", i + 1);
	}
}

static void dmar_scope_lengths(struct kunit *test)
{
	static const struct {
		u8 length, bytes; /* of the scope: as it says, as there are */
		int want;
		u8 hops;
	} row[] = {
		/* 1 */ { 8, 8, 1, 1 },		/* 2 */ { 0, 8, -EINVAL, 0 },
		/* 3 */ { 6, 8, -EINVAL, 0 },	/* 4 */ { 7, 8, -EINVAL, 0 },
		/* 5 */ { 10, 8, -EINVAL, 0 },	/* 6 */ { 255, 8, -EINVAL, 0 },
		/* 7 */ { 9, 9, 1, 1 },		/* 8 */ { 38, 38, 1, 16 },
		/* 9 */ { 40, 40, -EINVAL, 0 }, /* 10 */ { 8, 1, -EINVAL, 0 },
		/* 11 */ { 8, 7, -EINVAL, 0 },	/* 12: none at all */ { 0, 0, 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct table *t = table_new(test, "DMAR");
		struct dmar_structure s;
		struct dmar_scope scope;
		struct dmar_table d;
		size_t pos = 0, at = 0;
		u8 *unit;

		unit = PUT(t, 0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
		unit[2] += row[i].bytes;
		memset(t->bytes + t->size, 0, row[i].bytes);
		if (row[i].bytes > 1)
			t->bytes[t->size + 1] = row[i].length;
		t->size += row[i].bytes;
		/* What follows is another structure's: not to be read as a scope. */
		PUT(t, 0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
		table_finish(t);
		KUNIT_ASSERT_EQ(test, dmar_open(&d, t->bytes, t->size), 0);
		KUNIT_ASSERT_EQ(test, dmar_next(&d, &pos, &s), 1);
		KUNIT_EXPECT_EQ_MSG(test, dmar_next_scope(&d, &s, &at, &scope), row[i].want,
				    "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, scope.hops, row[i].hops, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, dmar_next(&d, &pos, &s), 1, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, dmar_next(&d, &pos, &s), 0, "row %u", i + 1);
	}
}

static void dmar_addresses(struct kunit *test)
{
	struct table *t = table_new(test, "DMAR");
	struct dmar_structure s;
	struct dmar_table d;
	size_t pos = 0;

	/* Registers up to the end of the address space and beyond; the largest size. */
	PUT(t, 0, 0, 16, 0, 0, 15, 0, 0, 0x00, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
	/* A region whose end is below its start is passed on as it is. */
	PUT(t, 1, 0, 24, 0, 0, 0, 0xff, 0xff, 0, 0x20, 0, 0, 0, 0, 0, 0, 0xff, 0x0f, 0, 0, 0, 0, 0,
	    0);
	table_finish(t);
	KUNIT_ASSERT_EQ(test, dmar_open(&d, t->bytes, t->size), 0);
	KUNIT_ASSERT_EQ(test, dmar_next(&d, &pos, &s), 1);
	KUNIT_EXPECT_EQ(test, s.end, ~0ULL);
	KUNIT_ASSERT_EQ(test, dmar_next(&d, &pos, &s), 1);
	KUNIT_EXPECT_EQ(test, s.base, 0x2000);
	KUNIT_EXPECT_EQ(test, s.end, 0xfff);
	KUNIT_EXPECT_EQ(test, s.segment, 0xffff);
	KUNIT_EXPECT_EQ(test, dmar_next(&d, &pos, &s), 0);
}

/* One IOMMU twice, in two kinds of block, and memory to be mapped one to one. */
static struct table *ivrs_example(struct kunit *test)
{
	struct table *t = table_new(test, "IVRS");

	/* 48 bits of physical, 64 of virtual address. */
	t->bytes[37] = 0x30;
	t->bytes[38] = 0x20;
	PUT(t, 0x10, 0xb0, 36, 0, 2, 0, 0x40, 0, 0, 0, 0x30, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	    0, /* 00:00.1 - ff:1f.7 */ 3, 8, 0, 0, 4, 0xff, 0xff, 0, /* padding */ 0, 0, 0, 0);
	PUT(t, 0x40, 0xb0, 111, 0, 2, 0, 0x40, 0, 0, 0, 0x30, 0xfd, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0,
	    0, 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01, 0, 0, 0, 0, 0, 0, 0, 0,
	    /* 40: one device, 00:02.0 */ 2, 0x10, 0, 0xd7,
	    /* 8: an alias: 02:00.0 uses 01:00.0 */ 66, 0, 2, 0, 0, 0, 1, 0,
	    /* 12: a range with alias, padding within */ 67, 0, 3, 0, 0, 8, 3, 0, 64, 0, 0, 0, 0, 0,
	    0, 0, 4, 0xff, 3, 0,
	    /* 8: extended, one device */ 70, 0x18, 0, 1, 0, 0, 0, 0x80,
	    /* 8: an I/O APIC at 00:14.0 */ 72, 0, 0, 0xd7, 33, 0xa0, 0, 1,
	    /* the rest: an ACPI device with a name of one byte */ 240, 0x20, 0, 0, 'A', 'M', 'D',
	    'I', '0', '0', '2', '0', 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 'x');
	/* Blocks about memory: all, one, a range; exclusion. */
	PUT(t, 0x20, 0x07, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0,
	    0x10, 0, 0, 0, 0, 0, 0);
	PUT(t, 0x21, 0x08, 32, 0, 0x10, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0,
	    0, 0, 0, 0, 0, 0, 0, 0);
	PUT(t, 0x22, 0x03, 32, 0, 0x10, 0, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	    0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
	PUT(t, 0x99, 0, 6, 0, 0, 0);
	table_finish(t);
	return t;
}

struct devices_row {
	u16 first, last, alias;
	u8 kind, handle, flags;
	bool has_alias;
};

static void expect_devices(struct kunit *test, const struct ivrs_table *v,
			   const struct ivrs_block *b, const struct devices_row *row,
			   unsigned int count)
{
	struct ivrs_devices d;
	unsigned int i;
	size_t at = 0;

	for (i = 0; i < count; i++) {
		KUNIT_ASSERT_EQ_MSG(test, ivrs_next_devices(v, b, &at, &d), 1, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, d.first, row[i].first, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, d.last, row[i].last, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, d.alias, row[i].alias, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, d.kind, row[i].kind, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, d.handle, row[i].handle, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, d.flags, row[i].flags, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, d.has_alias, row[i].has_alias, "row %u", i + 1);
	}
	KUNIT_EXPECT_EQ(test, ivrs_next_devices(v, b, &at, &d), 0);
	KUNIT_EXPECT_EQ(test, ivrs_next_devices(v, b, &at, &d), 0);
}

static void ivrs_whole(struct kunit *test)
{
	static const struct devices_row old[] = {
		/* 1 */ { 8, 0xffff, 0, IVRS_PCI, 0, 0, false },
	};
	static const struct devices_row new[] = {
		/* 1 */ { 0x10, 0x10, 0, IVRS_PCI, 0, 0xd7, false },
		/* 2 */ { 0x200, 0x200, 0x100, IVRS_PCI, 0, 0, true },
		/* 3 */ { 0x300, 0x3ff, 0x308, IVRS_PCI, 0, 0, true },
		/* 4 */ { 0x18, 0x18, 0, IVRS_PCI, 0, 1, false },
		/* 5 */ { 0xa0, 0xa0, 0, IVRS_IOAPIC, 33, 0xd7, false },
		/* 6 */ { 0x20, 0x20, 0, IVRS_ACPI, 0, 0, false },
	};
	struct table *t = ivrs_example(test);
	struct ivrs_devices d;
	struct ivrs_table v;
	struct ivrs_block b;
	size_t pos = 0, at;

	KUNIT_ASSERT_EQ(test, ivrs_open(&v, t->bytes, t->size), 0);
	KUNIT_EXPECT_EQ(test, v.phys_bits, 48);
	KUNIT_EXPECT_EQ(test, v.virt_bits, 64);
	KUNIT_EXPECT_EQ(test, v.ivhd_type, IVRS_IVHD_40);
	KUNIT_EXPECT_TRUE(test, v.checksum);

	KUNIT_ASSERT_EQ(test, ivrs_next(&v, &pos, &b), 1);
	KUNIT_EXPECT_EQ(test, b.type, IVRS_IVHD_10);
	KUNIT_EXPECT_EQ(test, b.base, 0xfd300000);
	KUNIT_EXPECT_EQ(test, b.rid, 2);
	KUNIT_EXPECT_EQ(test, b.efr, 0);
	expect_devices(test, &v, &b, old, ARRAY_SIZE(old));

	KUNIT_ASSERT_EQ(test, ivrs_next(&v, &pos, &b), 1);
	KUNIT_EXPECT_EQ(test, b.type, IVRS_IVHD_40);
	KUNIT_EXPECT_EQ(test, b.segment, 7);
	KUNIT_EXPECT_EQ(test, b.efr, 0x0123456789abcdef);
	expect_devices(test, &v, &b, new, ARRAY_SIZE(new));

	KUNIT_ASSERT_EQ(test, ivrs_next(&v, &pos, &b), 1);
	KUNIT_EXPECT_EQ(test, b.type, IVRS_IVMD_ALL);
	KUNIT_EXPECT_EQ(test, b.rid, 0);
	KUNIT_EXPECT_EQ(test, b.last, 0xffff);
	KUNIT_EXPECT_EQ(test, b.base, 0x100000);
	KUNIT_EXPECT_EQ(test, b.end, 0x100fff);
	KUNIT_EXPECT_EQ(test, b.flags, IVRS_IVMD_UNITY | IVRS_IVMD_READ | IVRS_IVMD_WRITE);
	at = 0;
	KUNIT_EXPECT_EQ(test, ivrs_next_devices(&v, &b, &at, &d), 0);

	KUNIT_ASSERT_EQ(test, ivrs_next(&v, &pos, &b), 1);
	KUNIT_EXPECT_EQ(test, b.rid, 0x10);
	KUNIT_EXPECT_EQ(test, b.last, 0x10);
	KUNIT_EXPECT_EQ(test, b.segment, 7);
	KUNIT_EXPECT_EQ(test, b.end, b.base); /* no size */
	KUNIT_ASSERT_EQ(test, ivrs_next(&v, &pos, &b), 1);
	KUNIT_EXPECT_EQ(test, b.rid, 0x10);
	KUNIT_EXPECT_EQ(test, b.last, 0x17);
	KUNIT_EXPECT_EQ(test, b.end, ~0ULL); /* too much */
	KUNIT_ASSERT_EQ(test, ivrs_next(&v, &pos, &b), 1);
	KUNIT_EXPECT_EQ(test, b.type, 0x99);
	KUNIT_EXPECT_EQ(test, ivrs_next(&v, &pos, &b), 0);
	KUNIT_EXPECT_EQ(test, ivrs_next(&v, &pos, &b), 0);
}

static void ivrs_lengths(struct kunit *test)
{
	static const struct {
		u8 type;
		u8 least;
	} row[] = {
		/* 1 */ { IVRS_IVHD_10, 24 },  /* 2 */ { IVRS_IVHD_11, 40 },
		/* 3 */ { IVRS_IVHD_40, 40 },  /* 4 */ { IVRS_IVMD_ALL, 32 },
		/* 5 */ { IVRS_IVMD_ONE, 32 }, /* 6 */ { IVRS_IVMD_RANGE, 32 },
		/* 7 */ { 0x77, 6 },
	};
	struct table *t = ivrs_example(test);
	struct ivrs_table v;
	struct ivrs_block b;
	unsigned int i, length;
	size_t size, pos;

	for (size = 0; size < t->size; size++)
		KUNIT_EXPECT_EQ_MSG(test, ivrs_open(&v, t->bytes, size), -EINVAL, "%zu bytes",
				    size);
	t = table_new(test, "IVRS");
	t->size = 48 + 48;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		for (length = 0; length < 60; length++) {
			t->bytes[48] = row[i].type;
			t->bytes[50] = length;
			table_finish(t);
			KUNIT_EXPECT_EQ(test, ivrs_open(&v, t->bytes, t->size), 0);
			pos = 0;
			KUNIT_EXPECT_EQ_MSG(test, ivrs_next(&v, &pos, &b),
					    length < row[i].least || length > 48 ? -EINVAL : 1,
					    "row %u, length %u", i + 1, length);
		}
	}
	for (size = 49; size < 54; size++) {
		t->size = size;
		table_finish(t);
		KUNIT_EXPECT_EQ(test, ivrs_open(&v, t->bytes, t->size), 0);
		KUNIT_EXPECT_EQ(test, v.ivhd_type, 0);
		pos = 0;
		KUNIT_EXPECT_EQ_MSG(test, ivrs_next(&v, &pos, &b), -EINVAL, "%zu bytes", size);
	}
}

/* Device entries that are damaged: none is read beyond its block. */
static void ivrs_bad_devices(struct kunit *test)
{
	static const struct {
		u8 bytes[12];
		u8 count;
		int good; /* entries before it fails, or ends */
		int want;
	} row[] = {
		/* 1 */ { { 1, 0, 0, 0 }, 4, 1, 0 },
		/* 2: cut off */ { { 2, 0, 0 }, 3, 0, -EINVAL },
		/* 3 */ { { 66, 0, 0, 0, 0, 0, 0 }, 7, 0, -EINVAL },
		/* 4: a range without an end */ { { 3, 0, 0, 0 }, 4, 0, -EINVAL },
		/* 5: an end without a range */ { { 4, 0, 0, 0 }, 4, 0, -EINVAL },
		/* 6: a range that ends before it begins */
		{ { 3, 2, 0, 0, 4, 1, 0, 0 }, 8, 0, -EINVAL },
		/* 7: two beginnings */ { { 3, 2, 0, 0, 3, 3, 0, 0 }, 8, 0, -EINVAL },
		/* 8: a range of one */ { { 3, 2, 0, 0, 4, 2, 0, 0 }, 8, 1, 0 },
		/* 9: kinds of the future: 16 bytes, which are not there */
		{ { 0x80, 0, 0, 0, 0, 0, 0, 0 }, 8, 0, -EINVAL },
		/* 10: a variable size that is not known */
		{ { 0xf1, 0, 0, 0, 0, 0, 0, 0 }, 8, 0, -EINVAL },
		/* 11: an ACPI device without room for its length */
		{ { 240, 0, 0, 0, 0, 0, 0, 0 }, 8, 0, -EINVAL },
		/* 12: a good one first */ { { 2, 0, 0, 0, 66, 0, 0, 0 }, 8, 1, -EINVAL },
		/* 13: only padding */ { { 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0 }, 12, 0, 0 },
		/* 14: an HPET, and a special device that is neither */
		{ { 72, 0, 0, 0, 1, 2, 3, 2 }, 8, 1, 0 },
		/* 15: a kind that is not known, of a size that is */
		{ { 65, 0, 0, 0, 0, 0, 0, 0 }, 8, 1, 0 },
		/* 16 */ { { 5, 0, 0, 0 }, 4, 1, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct table *t = table_new(test, "IVRS");
		struct ivrs_devices d;
		struct ivrs_table v;
		struct ivrs_block b;
		size_t pos = 0, at = 0;
		u8 *block;
		int n = 0, ret;

		block = PUT(t, 0x10, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			    0, 0);
		block[2] += row[i].count;
		table_put(t, row[i].bytes, row[i].count);
		/* Behind it, more than enough. */
		PUT(t, 0x77, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		    0, 0, 0, 0, 0, 0, 0, 0);
		table_finish(t);
		KUNIT_ASSERT_EQ(test, ivrs_open(&v, t->bytes, t->size), 0);
		KUNIT_ASSERT_EQ(test, ivrs_next(&v, &pos, &b), 1);
		while ((ret = ivrs_next_devices(&v, &b, &at, &d)) > 0)
			n++;
		KUNIT_EXPECT_EQ_MSG(test, ret, row[i].want, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, n, row[i].good, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, ivrs_next(&v, &pos, &b), 1, "row %u", i + 1);
	}
}

/* Bytes at random: every iteration ends, and what it gives lies within the table. */
static void dmar_random(struct kunit *test)
{
	struct table *t = table_new(test, "DMAR");
	u64 random = 0x2545f4914f6cdd1d;
	unsigned int round, i;

	t->size = ROOM;
	for (round = 0; round < 300; round++) {
		struct dmar_structure s;
		struct dmar_scope scope;
		struct ivrs_devices dev;
		struct dmar_table d;
		struct ivrs_table v;
		struct ivrs_block b;
		size_t pos, at;

		/* Small numbers, so that lengths are now and then possible. */
		for (i = 48; i < ROOM; i++)
			t->bytes[i] = suite_random(&random) >> (i & 1 ? 62 : 59);
		memcpy(t->bytes, "DMAR", 4);
		table_finish(t);
		KUNIT_ASSERT_EQ(test, dmar_open(&d, t->bytes, t->size), 0);
		for (pos = 0; dmar_next(&d, &pos, &s) > 0;) {
			KUNIT_ASSERT_LE(test, pos, (size_t)ROOM);
			KUNIT_ASSERT_LE(test, s.scopes, s.scopes_end);
			KUNIT_ASSERT_EQ(test, s.scopes_end, pos);
			for (at = 0; dmar_next_scope(&d, &s, &at, &scope) > 0;)
				KUNIT_ASSERT_LE(test, at, s.scopes_end);
		}
		memcpy(t->bytes, "IVRS", 4);
		table_finish(t);
		KUNIT_ASSERT_EQ(test, ivrs_open(&v, t->bytes, t->size), 0);
		for (pos = 0; ivrs_next(&v, &pos, &b) > 0;) {
			KUNIT_ASSERT_LE(test, pos, (size_t)ROOM);
			for (at = 0; ivrs_next_devices(&v, &b, &at, &dev) > 0;)
				KUNIT_ASSERT_LE(test, dev.first, dev.last);
		}
	}
}

static struct kunit_case dmar_cases[] = {
	KUNIT_CASE(dmar_whole),
	KUNIT_CASE(dmar_heads),
	KUNIT_CASE(dmar_structure_lengths),
	KUNIT_CASE(dmar_scope_lengths),
	KUNIT_CASE(dmar_addresses),
	KUNIT_CASE(ivrs_whole),
	KUNIT_CASE(ivrs_lengths),
	KUNIT_CASE(ivrs_bad_devices),
	KUNIT_CASE(dmar_random),
	{},
};

static struct kunit_suite dmar_suite = {
	.name = "iommu_probe_dmar",
	.test_cases = dmar_cases,
};

kunit_test_suite(dmar_suite);

MODULE_DESCRIPTION("KUnit suite of DMAR and IVRS");
MODULE_LICENSE("GPL");

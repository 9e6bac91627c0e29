// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: read the input as the firmware's DMAR and IVRS tables. Checked:
 *  - nothing is read beyond the table (which stands in memory of its exact size);
 *  - every iteration goes forward, and what it gives lies within the table and within the
 *    structure that it belongs to;
 *  - asking again gives the same.
 */
#include "fuzz.h"

#include "../../iommu_probe/dmar.c"
#include "../../iommu_probe/ivrs.c"

/* Every bus but the last is behind a bridge, one further each time. */
static int secondary(void *ctx, u16 segment, u16 rid)
{
	unsigned int *asked = ctx;

	CHECK(++*asked < DMAR_MAX_PATH);
	return rid >> 8 == 0xff ? -ENODEV : (rid >> 8) + 1;
}

static void read_dmar(const u8 *bytes, size_t size)
{
	struct dmar_structure s, same_s;
	struct dmar_scope scope;
	struct dmar_table t;
	size_t pos, was, at, again;
	int ret, ret_scope;

	if (dmar_open(&t, bytes, size))
		return;
	CHECK(t.bytes == bytes && t.size >= 48 && t.size <= size);
	CHECK(t.haw >= 1 && t.haw <= 64);
	CHECK(strlen(t.oem) < sizeof(t.oem));
	for (pos = 0;;) {
		was = pos;
		again = pos;
		ret = dmar_next(&t, &pos, &s);
		CHECK(dmar_next(&t, &again, &same_s) == ret && again == pos);
		CHECK(!memcmp(&s, &same_s, sizeof(s)));
		if (ret <= 0)
			break;
		CHECK(pos > was && pos >= 48 + 4 && pos <= t.size);
		CHECK(s.scopes <= s.scopes_end && s.scopes_end == pos && s.scopes >= was);
		CHECK(s.type != DMAR_UNIT || s.end >= s.base);
		for (at = 0;;) {
			unsigned int asked = 0;
			u16 rid;

			was = at;
			ret_scope = dmar_next_scope(&t, &s, &at, &scope);
			if (ret_scope <= 0)
				break;
			CHECK(at > was && at > s.scopes && at <= s.scopes_end);
			CHECK(scope.hops >= 1 && scope.hops <= DMAR_MAX_PATH);
			if (!dmar_scope_rid(&scope, s.segment, secondary, &asked, &rid))
				CHECK(asked == scope.hops - 1U &&
				      rid == ((scope.bus + asked) << 8 | scope.path[asked]));
		}
		CHECK(ret_scope == 0 || ret_scope == -EINVAL);
	}
	CHECK(ret == -EINVAL || (ret == 0 && (pos == t.size || t.size == 48)));
}

static void read_ivrs(const u8 *bytes, size_t size)
{
	struct ivrs_block b, same_b;
	struct ivrs_devices d;
	struct ivrs_table t;
	size_t pos, was, at, again;
	u8 best = 0;
	int ret;

	if (ivrs_open(&t, bytes, size))
		return;
	CHECK(t.bytes == bytes && t.size >= 48 && t.size <= size);
	for (pos = 0;;) {
		was = pos;
		again = pos;
		ret = ivrs_next(&t, &pos, &b);
		CHECK(ivrs_next(&t, &again, &same_b) == ret && again == pos);
		CHECK(!memcmp(&b, &same_b, sizeof(b)));
		if (ret <= 0)
			break;
		CHECK(pos > was && pos >= 48 + 6 && pos <= t.size);
		CHECK(b.devices <= b.devices_end && b.devices_end == pos && b.devices >= was);
		CHECK(b.end >= b.base);
		if (ivrs_rank(b.type) > ivrs_rank(best))
			best = b.type;
		for (at = 0;;) {
			was = at;
			if (ivrs_next_devices(&t, &b, &at, &d) <= 0)
				break;
			CHECK(at > was && at > b.devices && at <= b.devices_end);
			CHECK(d.first <= d.last && d.kind <= IVRS_OTHER);
			CHECK(d.has_alias || !d.alias);
		}
	}
	CHECK(ret == -EINVAL || (ret == 0 && (pos == t.size || t.size == 48)));
	CHECK(best == t.ivhd_type);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned int how;
	u8 *bytes, sum = 0;
	size_t i;

	if (!size)
		return 0;
	how = *data++;
	size--;
	bytes = malloc(size ? size : 1);
	CHECK(bytes);
	memcpy(bytes, data, size);
	/* Mostly with a head that is right, so that the rest is looked at. */
	if ((how & 3) && size >= 48) {
		memcpy(bytes, how & 1 ? "DMAR" : "IVRS", 4);
		for (i = 0; i < 4; i++)
			bytes[4 + i] = size >> 8 * i;
		bytes[9] = 0;
		for (i = 0; i < size; i++)
			sum += bytes[i];
		bytes[9] = -sum;
	}
	read_dmar(bytes, size);
	read_ivrs(bytes, size);
	free(bytes);
	return 0;
}

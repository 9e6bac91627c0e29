// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: the device's side of a virtqueue, against a driver that does as the input says:
 * what is right, or writes anything anywhere in the memory that is shared. Checked: what is
 * fetched keeps to the rules, whatever is in the ring; a broken queue stays so.
 */
#include "fuzz_virtq.h"

#include "../../vnic/devq.c"
#include "../../vnic/devq_view.c"

#define TABLE 8 /* entries of the one indirect table */

static struct devq q;
static struct model m;
static struct virtq_desc_view view[MAX_NUM];
static void *table;
static bool holds[MAX_NUM]; /* by the device, by id */
static u32 room[MAX_NUM]; /* bytes that it may write */
static u16 order[MAX_NUM]; /* ids as they were fetched */
static struct devq_chain chains[MAX_NUM]; /* by id */
static struct virtq_sg pieces[MAX_NUM][MAX_PIECES]; /* theirs */
static struct virtq_entry_view entries[MAX_NUM * MAX_PIECES];
static unsigned int helds;

static const void *look_up(void *ctx, u64 addr, u32 bytes)
{
	CHECK(ctx == &m && bytes && !(bytes % 16) && bytes / 16 <= m.num);
	return addr == (unsigned long)table && bytes <= TABLE * 16 ? table : NULL;
}

static void start(void)
{
	model_start(&m);
	memset(holds, 0, sizeof(holds));
	helds = 0;
}

static void fetch(struct fuzz_input *in)
{
	struct virtq_sg sg[MAX_PIECES];
	struct devq_chain c = { .sg = sg, .max = MAX_PIECES };
	bool was = devq_broken(&q), wrote = false;
	u64 outs = 0, ins = 0;
	unsigned int i;
	int ret;

	ret = devq_fetch(&q, &c);
	CHECK(ret == 1 || ret == 0 || ret == -EIO);
	CHECK((ret == -EIO) == devq_broken(&q) && (!was || ret == -EIO));
	if (ret != 1)
		return;
	CHECK(c.id < m.num && !holds[c.id]);
	CHECK(c.count && c.count <= m.num && q.held <= m.num);
	CHECK(c.outs + c.ins && c.outs + c.ins <= MAX_PIECES);
	for (i = 0; i < c.outs + c.ins; i++) {
		CHECK(sg[i].len && sg[i].addr + sg[i].len - 1 >= sg[i].addr);
		if (i < c.outs)
			outs += sg[i].len;
		else
			ins += sg[i].len;
		wrote |= i >= c.outs;
	}
	CHECK(outs == c.out_len && ins == c.in_len && outs + ins <= 1ULL << 32);
	CHECK(wrote == !!c.ins);
	CHECK(c.outs + c.ins - c.entries == c.count - !!c.entries && c.table < m.num);
	if (fuzz_number(in, 1) & 1) {
		CHECK(!devq_unfetch(&q, &c));
		return;
	}
	holds[c.id] = true;
	room[c.id] = min(ins, (u64)~0U);
	order[helds++] = c.id;
	memcpy(pieces[c.id], sg, sizeof(sg));
	chains[c.id] = c;
	chains[c.id].sg = pieces[c.id];
}

static void push(struct fuzz_input *in)
{
	unsigned int at = fuzz_number(in, 1);
	u32 len = fuzz_number(in, 2);
	u16 id;

	if (at & 128) {
		/* Whatever the layer above may think of. */
		id = fuzz_number(in, 2);
		if (id < m.num && holds[id])
			return;
		CHECK(devq_push(&q, id, len) == (devq_broken(&q) ? -EIO : -EINVAL));
		return;
	}
	if (!helds || devq_broken(&q))
		return;
	at = m.features & VIRTQ_F_IN_ORDER ? 0 : at % helds;
	id = order[at];
	if (len > room[id]) {
		CHECK(devq_push(&q, id, len) == -EINVAL);
		len = room[id];
	}
	CHECK(!devq_push(&q, id, len));
	holds[id] = false;
	helds--;
	memmove(order + at, order + at + 1, (helds - at) * sizeof(order[0]));
}

/* A chain of a few pieces, made as it should be, of descriptors that may be in use. */
static void offer(struct fuzz_input *in)
{
	unsigned int n = fuzz_number(in, 1), i;
	struct virtq_sg sg[4];
	u16 id = fuzz_number(in, 1) % m.num;
	unsigned int outs = n / 4 % 5;

	n = min(n % 4 + 1, m.num);
	for (i = 0; i < n; i++) {
		u64 addr = fuzz_number(in, 1), len = fuzz_number(in, 1);

		/* Now and then at the end of all addresses, and of gigabytes. */
		sg[i].addr = addr == 255 ? ~0ULL : addr << 12;
		sg[i].len = len > 250 ? ~0U : len;
	}
	model_offer(&m, sg, outs, n, id);
}

/* An indirect one, with a table of fields from the input. */
static void offer_table(struct fuzz_input *in)
{
	unsigned int n = fuzz_number(in, 1), i;
	struct virtq_sg sg = { (unsigned long)table, (n % (TABLE + 2)) * 16 + !(n / 16) };
	u16 id = fuzz_number(in, 1) % m.num, flags = fuzz_number(in, 1) % 8;

	if (n & 1)
		flags = VIRTQ_DESC_INDIRECT;
	for (i = 0; i < TABLE; i++) {
		u16 bits = fuzz_number(in, 1), next = bits & 64 ? i + 1 : bits / 8 % 8;

		if (model_packed(&m))
			model_put_packed(table, i, i << 12, bits & 7 ? 10 : 0, bits & 7, id);
		else
			model_put(table, i, i << 12, bits & 16 ? 10 : bits & 7, bits & 7, next);
	}
	if (model_packed(&m)) {
		u16 pos = m.avail;
		bool wrap = m.avail_wrap;

		model_step(&m, &m.avail, &m.avail_wrap, 1);
		model_put_packed(m.desc, pos, sg.addr, sg.len, flags | model_avail_flags(wrap), id);
	} else {
		model_put(m.desc, id, sg.addr, sg.len, flags, id);
		model_avail(&m)->ring[m.avail % m.num] = cpu_to_le16(id);
		model_avail(&m)->idx = cpu_to_le16(++m.avail);
	}
}

/* One field of what the driver may write, anything in it. */
static void lie(struct fuzz_input *in)
{
	unsigned int what = fuzz_number(in, 1), at = fuzz_number(in, 1) % m.num;
	u16 value = fuzz_number(in, 2);

	if (model_packed(&m)) {
		struct virtq_packed_desc *d = model_ring(&m, what & 8 ? at : q.next);

		if (what & 1)
			d->id = cpu_to_le16(value % (m.num + 1));
		if (what & 2)
			d->len = cpu_to_le32(value);
		if (what & 4)
			d->flags = cpu_to_le16((value & 7) | (value & 16 ? value : q.avail_flags));
		return;
	}
	if (what & 1)
		model_avail(&m)->ring[at] = cpu_to_le16(value % (m.num + 1));
	if (what & 2)
		model_desc(&m, at)->next = cpu_to_le16(value % (m.num + 1));
	if (what & 4)
		model_desc(&m, at)->flags = cpu_to_le16(value % 8);
	if (what & 8)
		model_avail(&m)->idx = cpu_to_le16(q.fetched + value % (m.num + 2));
}

/* The entries of a table are the last pieces of the chain. */
static void check_table(const struct devq_chain *c, const struct virtq_desc_view *d)
{
	unsigned int i, at = c->outs + c->ins - c->entries;

	CHECK(d->entries == c->entries && d->owner == VIRTQ_OWNER_HELD);
	for (i = 0; i < d->entries; i++, at++) {
		const struct virtq_entry_view *e = &entries[d->first + i];

		CHECK(e->addr == c->sg[at].addr && e->len == c->sg[at].len);
		CHECK(!(e->flags & VIRTQ_DESC_WRITE) == (at < c->outs));
		CHECK(!(e->flags & VIRTQ_DESC_NEXT) == (model_packed(&m) || i + 1 == d->entries));
	}
}

static void look(void)
{
	struct virtq_tables t = { .entry = entries, .max = ARRAY_SIZE(entries) };
	struct virtq_view v;
	unsigned int i, num;

	devq_view(&q, &v, view);
	for (i = 0; i < m.num; i++)
		CHECK(view[i].owner < VIRTQ_OWNERS && view[i].chain < 65536);
	for (i = 0; i < helds; i++) {
		const struct devq_chain *c = &chains[order[i]];

		num = t.num;
		devq_view_chain(&q, c, view, &t);
		CHECK(t.num <= num + c->entries);
		if (t.num > num)
			check_table(c, &view[c->table]);
	}
	CHECK(!t.left_out);
	CHECK(v.in_flight <= m.num);
}

static void reset(struct fuzz_input *in)
{
	if (fuzz_number(in, 1) & 1) {
		memset(m.desc, 0, virtq_desc_bytes(m.num));
		memset(m.driver, 0, virtq_driver_bytes(model_packed(&m), m.num));
		memset(m.device, 0, virtq_device_bytes(model_packed(&m), m.num));
	}
	CHECK(!devq_reset(&q, NULL) && !devq_broken(&q));
	start();
}

static void step(struct fuzz_input *in, unsigned int op)
{
	switch (op % 16) {
	case 0:
	case 1:
	case 2:
		offer(in);
		break;
	case 3:
	case 4:
		offer_table(in);
		break;
	case 5:
	case 6:
	case 7:
		fetch(in);
		break;
	case 8:
	case 9:
		push(in);
		break;
	case 10:
		devq_flush(&q);
		break;
	case 11:
		lie(in);
		break;
	case 12:
		devq_enable_kick(&q);
		break;
	case 13:
		devq_disable_kick(&q);
		look();
		break;
	case 14:
		scribble(in, m.desc, virtq_desc_bytes(m.num));
		scribble(in, m.driver, virtq_driver_bytes(model_packed(&m), m.num));
		scribble(in, m.device, virtq_device_bytes(model_packed(&m), m.num));
		break;
	case 15:
		reset(in);
		break;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct devq_config cfg = {};
	unsigned int i;
	u64 broken = 0;

	make_model(&in, &m);
	table = area(TABLE * 16);
	cfg.features = m.features;
	cfg.num = m.num;
	cfg.desc = m.desc;
	cfg.driver = m.driver;
	cfg.device = m.device;
	cfg.slots = area(m.num * sizeof(*cfg.slots));
	cfg.table = look_up;
	cfg.ctx = &m;
	CHECK(!devq_init(&q, &cfg));
	start();
	for (i = 0; in.size && i < 256; i++) {
		bool was = devq_broken(&q);

		step(&in, fuzz_number(&in, 1));
		if (!was && devq_broken(&q))
			broken++;
		CHECK(q.counters.broken == broken);
	}
	look();
	free_model(&m);
	free(table);
	free(cfg.slots);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: the driver's side of a virtqueue, against a device that does as the input says:
 * what is right, or writes anything anywhere in the memory that is shared. Checked: buffers
 * come back once, as they were given, with a length that they have; a broken queue stays so
 * and gives back the rest.
 */
#include "fuzz_virtq.h"

#include "../../vnic/drvq.c"
#include "../../vnic/drvq_view.c"

#define TABLE 4 /* entries of an indirect table */

struct buffer {
	struct virtq_sg sg[MAX_PIECES];
	unsigned int outs;
	unsigned int ins;
	u64 in_len;
	bool in_flight;
};

static struct buffer buffers[MAX_NUM];
static struct drvq q;
static struct model m;
static struct virtq_desc_view view[MAX_NUM];
static struct virtq_entry_view entries[MAX_NUM * TABLE];
/* What the honest part of the device has taken, oldest first. */
static struct model_chain held[MAX_NUM];
static unsigned int helds;
static bool spoilt; /* somebody wrote where the honest part reads */

/* The layout is a constant wherever it matters. */
#define CALL(function, ...) \
	(model_packed(&m) ? function(&q, true, ##__VA_ARGS__) : function(&q, false, ##__VA_ARGS__))

static void start(void)
{
	model_start(&m);
	helds = 0;
	spoilt = false;
}

static void add(struct fuzz_input *in)
{
	unsigned int n = fuzz_number(in, 1), i;
	struct buffer *b = NULL;
	u32 free = q.free;
	int ret;

	for (i = 0; i < MAX_NUM && !b; i++)
		if (!buffers[i].in_flight)
			b = &buffers[i];
	if (!b)
		return;
	b->outs = n % 4;
	b->ins = n / 4 % 3;
	b->in_len = 0;
	n = b->outs + b->ins;
	for (i = 0; i < n; i++) {
		b->sg[i].addr = fuzz_number(in, 2) << 12;
		b->sg[i].len = fuzz_number(in, 2);
		if (i >= b->outs)
			b->in_len += b->sg[i].len;
	}
	if (n == 1 && b->sg[0].len && b->ins)
		ret = CALL(drvq_add_one, b->sg[0].addr, b->sg[0].len, true, b);
	else if (n == 1 && b->sg[0].len)
		ret = CALL(drvq_add_one, b->sg[0].addr, b->sg[0].len, false, b);
	else
		ret = drvq_add(&q, b->sg, b->outs, b->ins, b);
	if (ret) {
		CHECK(q.free == free);
		CHECK(ret == -EINVAL || ret == (drvq_broken(&q) ? -EIO : -ENOSPC));
		return;
	}
	CHECK(!drvq_broken(&q) && q.free < free);
	b->in_flight = true;
}

static void back(const struct drvq_done *done)
{
	struct buffer *b = done->token;
	struct drvq_piece p;
	unsigned int n = 0;

	CHECK(b >= buffers && b < buffers + MAX_NUM && b->in_flight);
	CHECK(done->len <= b->in_len && done->addr == b->sg[0].addr);
	for (drvq_pieces(&q, done->id, &p); p.left; drvq_next_piece(&q, &p), n++) {
		CHECK(n < b->outs + b->ins && p.in == (n >= b->outs));
		CHECK(p.sg.addr == b->sg[n].addr && p.sg.len == b->sg[n].len);
	}
	CHECK(n == b->outs + b->ins);
	b->in_flight = false;
}

static void get(void)
{
	struct drvq_done done;

	while (CALL(drvq_get, &done))
		back(&done);
}

static void reset(void)
{
	struct drvq_done done;
	unsigned int i;

	while (drvq_detach(&q, &done))
		back(&done);
	for (i = 0; i < MAX_NUM; i++)
		CHECK(!buffers[i].in_flight);
	drvq_reset(&q);
	start();
	CHECK(q.free == q.num && !drvq_broken(&q));
}

/* The honest part of the device: only while it can believe what it reads. */
static void use(struct fuzz_input *in)
{
	unsigned int at = fuzz_number(in, 1), i, count = 0;
	bool in_order = m.features & VIRTQ_F_IN_ORDER;
	u32 len = fuzz_number(in, 2);

	if (spoilt)
		return;
	while (helds < MAX_NUM && model_take(&m, &held[helds]))
		helds++;
	if (!helds)
		return;
	at %= helds;
	for (i = in_order ? 0 : at; i <= at; i++)
		count += held[i].count;
	if (len > held[at].in_len && !q.config.any_len)
		len = held[at].in_len;
	model_use_batch(&m, held[at].id, len, count, in_order ? at + 1 : 1);
	if (in_order) {
		helds -= at + 1;
		memmove(held, held + at + 1, helds * sizeof(held[0]));
	} else {
		helds--;
		memmove(held + at, held + at + 1, (helds - at) * sizeof(held[0]));
	}
}

/* One field of what the device may write, anything in it. */
static void lie(struct fuzz_input *in)
{
	unsigned int what = fuzz_number(in, 1), at = fuzz_number(in, 1) % m.num;
	u32 value = fuzz_number(in, 2);

	spoilt = true;
	if (model_packed(&m)) {
		struct virtq_packed_desc *d = model_ring(&m, what & 8 ? at : q.used_pos % m.num);

		if (what & 1)
			d->id = cpu_to_le16(value % (2 * m.num));
		if (what & 2)
			d->len = cpu_to_le32(value);
		if (what & 4)
			d->flags = cpu_to_le16(value & 16 ? value : q.used_flags);
		return;
	}
	if (!(what & 8))
		at = q.completed % m.num;
	if (what & 1)
		model_used(&m)->ring[at].id = cpu_to_le32(value % (2 * m.num));
	if (what & 2)
		model_used(&m)->ring[at].len = cpu_to_le32(value);
	if (what & 4)
		model_used(&m)->idx = cpu_to_le16(q.completed + value % 5);
}

/* The entries of a table are the pieces of the chain's buffer. */
static void check_table(const struct virtq_desc_view *d, const struct virtq_tables *t)
{
	const struct buffer *b = q.slot[d->chain].token;
	unsigned int i;

	CHECK(b->in_flight && d->entries == b->outs + b->ins && d->first + d->entries <= t->num);
	for (i = 0; i < d->entries; i++) {
		const struct virtq_entry_view *e = &entries[d->first + i];

		CHECK(e->addr == b->sg[i].addr && e->len == b->sg[i].len);
		CHECK(!(e->flags & VIRTQ_DESC_WRITE) == (i < b->outs));
		CHECK(!(e->flags & VIRTQ_DESC_NEXT) == (model_packed(&m) || i + 1 == d->entries));
	}
}

static void look(unsigned int room)
{
	struct virtq_tables t = { .entry = entries, .max = min(room, ARRAY_SIZE(entries)) };
	struct virtq_view v;
	char text[48];
	unsigned int i;

	drvq_view(&q, &v, view);
	drvq_view_tables(&q, view, &t);
	CHECK(t.num <= t.max);
	for (i = 0; i < q.num; i++) {
		CHECK(view[i].owner < VIRTQ_OWNERS);
		if (view[i].entries)
			check_table(&view[i], &t);
		CHECK(virtq_flags_text(view[i].flags, text, sizeof(text)) < 47);
	}
	CHECK(strlen(virtq_reason_text(v.fault.reason).text) > 5);
}

static void step(struct fuzz_input *in, unsigned int op)
{
	switch (op % 16) {
	case 0:
	case 1:
	case 2:
		add(in);
		break;
	case 3:
	case 4:
		CALL(drvq_kick);
		break;
	case 5:
	case 6:
	case 7:
		use(in);
		break;
	case 8:
	case 9:
		get();
		break;
	case 10:
		CALL(drvq_enable_cb, fuzz_number(in, 1) % m.num);
		drvq_due(&q);
		break;
	case 11:
		if (op & 16)
			CALL(drvq_hold_cb);
		else
			CALL(drvq_disable_cb);
		break;
	case 12:
		lie(in);
		break;
	case 13:
		spoilt = true;
		scribble(in, m.desc, virtq_desc_bytes(m.num));
		scribble(in, m.driver, virtq_driver_bytes(model_packed(&m), m.num));
		scribble(in, m.device, virtq_device_bytes(model_packed(&m), m.num));
		break;
	case 14:
		look(op & 16 ? MAX_NUM * TABLE : TABLE);
		break;
	case 15:
		reset();
		break;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct drvq_config cfg = {};
	unsigned int i;
	u64 broken = 0;

	/* A bit of the first byte that says nothing of the ring. */
	cfg.any_len = size && data[0] & 32;
	make_model(&in, &m);
	cfg.features = m.features;
	cfg.num = m.num;
	cfg.desc = m.desc;
	cfg.driver = m.driver;
	cfg.device = m.device;
	cfg.slots = area(m.num * sizeof(*cfg.slots));
	if (m.features & VIRTQ_F_INDIRECT) {
		cfg.table_len = TABLE;
		cfg.indirect_min = 2;
		cfg.tables = area(m.num * TABLE * sizeof(*cfg.tables));
		cfg.tables_addr = (unsigned long)cfg.tables;
		cfg.table_sg = area(m.num * TABLE * sizeof(*cfg.table_sg));
	}
	CHECK(!drvq_init(&q, &cfg));
	memset(buffers, 0, sizeof(buffers));
	start();
	for (i = 0; in.size && i < 256; i++) {
		bool was = drvq_broken(&q);

		step(&in, fuzz_number(&in, 1));
		if (!was && drvq_broken(&q))
			broken++;
		CHECK(q.free <= q.num && q.counters.broken == broken);
		/* The honest part and the core agree, as long as nobody lied. */
		CHECK(spoilt || !drvq_broken(&q));
		CHECK(!cfg.any_len || q.fault.reason != VIRTQ_USED_LEN);
	}
	look(MAX_NUM * TABLE);
	reset();
	free_model(&m);
	free(cfg.slots);
	free(cfg.tables);
	free(cfg.table_sg);
	return 0;
}

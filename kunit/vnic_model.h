/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio network device for the KUnit suites of the driver vnic. It is honest where a test
 * does not say how it lies. A notification is seen at once, as an exit of a guest is; the
 * control queue answers in an interrupt of its own; packets move when a test says so, which
 * holds RTNL then: queues come and go under it.
 */
#ifndef _KUNIT_VNIC_MODEL_H
#define _KUNIT_VNIC_MODEL_H

#include <linux/io.h>
#include <linux/irq_work.h>
#include <linux/netdevice.h>
#include <linux/pci.h>

#include <kunit/test.h>

#include "../include/xlate/virtio_pci.h"

#include "virtq_model.h"

static inline void fake_doorbell(u16 index, void __iomem *at);

#undef writew
#define writew(value, at) fake_doorbell(value, at)

#include "../vnic/vnic.h"

/* Two pairs and the control queue. */
#define FAKE_QUEUES 5

/* Descriptors of each queue. */
#define FAKE_NUM 64

#define FAKE_FRAME_MAX 8192

/* What it offers when nothing else is said. */
#define FAKE_FEATURES                                                                   \
	(VNET_F_V1 | VNET_F_RING_RESET | VNET_F_CSUM | VNET_F_GUEST_CSUM | VNET_F_MAC | \
	 VNET_F_MTU | VNET_F_GUEST_TSO4 | VNET_F_GUEST_TSO6 | VNET_F_GUEST_ECN |        \
	 VNET_F_MRG_RXBUF | VNET_F_STATUS | VNET_F_CTRL_VQ | VNET_F_CTRL_RX | VNET_F_CTRL_VLAN)

struct fake;

/**
 * struct fake_vq - a virtqueue
 * @f:	   the device
 * @m:	   the device's side
 * @index: of it
 * @on:	   the driver has started it
 * @kicks: notifications
 */
struct fake_vq {
	struct fake *f;
	struct model m;
	u16 index;
	bool on;
	unsigned int kicks;
};

/**
 * struct fake - the device
 * @test:     it is in
 * @parent:   the device of the device
 * @vn:	      its driver; NULL when there is none
 * @offers:   features
 * @raw:      configuration
 * @queues:   how many there are
 * @max:      descriptors of each, by its index
 * @status:   of the device
 * @counter:  generation of the configuration
 * @vq:	      virtqueues
 * @irq:      interrupts
 * @answer:   reads the control queue
 * @irqs:     how many interrupts @irq stands for
 * @news:     the last of them says that the configuration changed
 * @commands: how many it read
 * @told:     the last of them
 * @reads:    how often the configuration was read
 * @taken:    the packet, or buffer for one, that was taken last
 * @wrong:    what a driver must not do, and this one did
 *
 * How it lies:
 *
 * @gone:     reads give only ones
 * @restless: its generation changes with each read
 * @refuses:  it does not keep FEATURES_OK
 * @stuck:    so many resets do not get done
 * @early:    called while it is being set up
 * @ctrl:     what it does with a command instead
 * @irq_error: that is what comes of asking for interrupts
 * @start_error: ... of starting virtqueue @start_at
 * @reset_error: ... of resetting a virtqueue
 *
 * For packets:
 *
 * @ptype:    gets them, in the end
 * @frame:    what comes next, and @len bytes of it
 * @got:      room for what came
 * @arrived:  it came
 * @garbled:  something else did
 */
struct fake {
	struct kunit *test;
	struct device *parent;
	struct vnic *vn;
	u64 offers;
	struct vnet_config raw;
	unsigned int queues;
	unsigned int max[FAKE_QUEUES];
	u8 status;
	u8 counter;
	struct fake_vq vq[FAKE_QUEUES];
	struct irq_work irq;
	struct irq_work answer;
	unsigned int irqs;
	bool news;
	unsigned int commands;
	struct model_chain told;
	struct model_chain taken;
	unsigned int reads;
	unsigned int wrong;

	bool gone;
	bool restless;
	bool refuses;
	unsigned int stuck;
	void (*early)(struct fake *f);
	void (*ctrl)(struct fake *f, struct fake_vq *v, const struct model_chain *c);
	int irq_error;
	int start_error;
	u16 start_at;
	int reset_error;

	struct packet_type ptype;
	u8 frame[FAKE_FRAME_MAX];
	u8 got[FAKE_FRAME_MAX];
	unsigned int len;
	unsigned int arrived;
	unsigned int garbled;
};

static inline struct fake *fake_of(struct vnic *vn)
{
	return *(struct fake **)vnic_priv(vn);
}

/* What the driver calls @addr. */
static inline void *fake_at(u64 addr)
{
	return phys_to_virt(addr);
}

/* -- pools of pages: each has to end some time --------------------------------------- */

static atomic_t fake_pools = ATOMIC_INIT(0);

/* All of its pages have come back. */
static inline void fake_pool_ends(void *pool)
{
	atomic_dec(&fake_pools);
}

static inline struct page_pool *fake_pool_create(const struct page_pool_params *params)
{
	struct page_pool *pool = page_pool_create(params);

	if (!IS_ERR(pool)) {
		pool->disconnect = fake_pool_ends;
		atomic_inc(&fake_pools);
	}
	return pool;
}

#define page_pool_create(params) fake_pool_create(params)

/* -- interrupts and notifications ---------------------------------------------------- */

static inline void fake_irq(struct irq_work *work)
{
	struct fake *f = container_of(work, struct fake, irq);
	struct vnic *vn = f->vn;
	unsigned int i, n;

	for (n = 0; n < f->irqs; n++) {
		for (i = 0; i < vn->pairs; i++)
			vnic_pair_irq(&vn->pair[i], vn->pairs > 1);
		vnic_ctrl_irq(vn);
	}
	if (f->news)
		vnic_todo(vn, VNIC_DO_CONFIG);
}

/* Interrupts @irqs times; then all that they cause at once has happened. */
static inline void fake_interrupt(struct fake *f, unsigned int irqs, bool news)
{
	f->irqs = irqs;
	f->news = news;
	irq_work_queue(&f->irq);
	irq_work_sync(&f->irq);
}

/* The device is done with a command: its answer. */
static inline void fake_say(const struct model_chain *c, u8 answer)
{
	*(u8 *)fake_at(c->sg[c->outs].addr) = answer;
}

static inline void fake_answer(struct irq_work *work)
{
	struct fake *f = container_of(work, struct fake, answer);
	struct fake_vq *v = &f->vq[f->vn->config.ctrl];
	struct model_chain *c = &f->told;

	if (!READ_ONCE(v->on) || !model_take(&v->m, c))
		return;
	/* As the model wishes nothing: to hear of the next one, too. */
	if (!model_packed(&v->m))
		*virtq_avail_event(v->m.device, v->m.num) = cpu_to_le16(v->m.avail);
	WRITE_ONCE(f->commands, f->commands + 1);
	if (f->ctrl) {
		f->ctrl(f, v, c);
		return;
	}
	fake_say(c, VNET_OK);
	model_use(&v->m, c->id, 1, c->count);
	vnic_ctrl_irq(f->vn);
}

/* Where a virtqueue is notified is its struct fake_vq. */
static inline void fake_doorbell(u16 index, void __iomem *at)
{
	struct fake_vq *v = (struct fake_vq __force *)at;
	struct fake *f = v->f;

	WRITE_ONCE(v->kicks, v->kicks + 1);
	if (index != v->index || !v->on)
		f->wrong++;
	if (f->vn->config.ctrl && index == f->vn->config.ctrl)
		irq_work_queue(&f->answer);
}

/* -- the bus -------------------------------------------------------------------------- */

static inline u8 fake_status(struct vnic *vn)
{
	struct fake *f = fake_of(vn);

	return f->gone ? 0xff : f->status;
}

static inline void fake_set_status(struct vnic *vn, u8 status)
{
	struct fake *f = fake_of(vn);

	if (f->refuses)
		status &= ~VPCI_STATUS_FEATURES_OK;
	f->status = status;
	if (f->early && f->vn && !(status & VPCI_STATUS_DRIVER_OK))
		f->early(f);
}

/* Whatever it says, it touches no memory any more. */
static inline int fake_reset(struct vnic *vn)
{
	struct fake *f = fake_of(vn);
	unsigned int i;

	for (i = 0; i < FAKE_QUEUES; i++)
		WRITE_ONCE(f->vq[i].on, false);
	if (f->gone)
		return -ENODEV;
	if (f->stuck) {
		f->stuck--;
		return -ETIMEDOUT;
	}
	f->status = 0;
	return 0;
}

static inline u64 fake_features(struct vnic *vn)
{
	struct fake *f = fake_of(vn);

	return f->gone ? ~0ULL : f->offers;
}

static inline void fake_set_features(struct vnic *vn, u64 features)
{
	struct fake *f = fake_of(vn);

	if (features & ~fake_features(vn))
		f->wrong++;
}

static inline unsigned int fake_queues(struct vnic *vn)
{
	struct fake *f = fake_of(vn);

	return f->gone ? 0xffff : f->queues;
}

static inline u8 fake_generation(struct vnic *vn)
{
	struct fake *f = fake_of(vn);

	return f->gone ? 0xff : f->restless ? ++f->counter : f->counter;
}

static inline void fake_config(struct vnic *vn, struct vnet_config *to)
{
	struct fake *f = fake_of(vn);

	f->reads++;
	*to = f->raw;
	if (f->gone)
		memset(to, 0xff, sizeof(*to));
}

static inline unsigned int fake_queue_max(struct vnic *vn, u16 index)
{
	struct fake *f = fake_of(vn);

	if (f->gone)
		return 0xffff;
	return index < FAKE_QUEUES ? f->max[index] : 0;
}

static inline int fake_queue_start(struct vnic *vn, u16 index)
{
	bool ctrl = vn->config.ctrl && index == vn->config.ctrl;
	struct fake *f = fake_of(vn);
	struct fake_vq *v = &f->vq[index];
	struct vnic_vq *vq;

	if (index >= FAKE_QUEUES || v->on || f->status & VPCI_STATUS_FAILED) {
		f->wrong++;
		return -EBUSY;
	}
	if (f->start_error && index == f->start_at)
		return f->start_error;
	vq = ctrl ? &vn->ctrl.vq : index & 1 ? &vn->pair[index / 2].tx : &vn->pair[index / 2].rx;
	v->f = f;
	v->index = index;
	v->m.features = vn->features;
	v->m.num = vq->q.num;
	v->m.desc = vq->mem;
	v->m.driver = vq->mem + vq->driver;
	v->m.device = vq->mem + vq->device;
	model_start(&v->m);
	vq->notify = (void __iomem __force *)v;
	WRITE_ONCE(v->on, true);
	if (f->early)
		f->early(f);
	return 0;
}

static inline int fake_queue_reset(struct vnic *vn, u16 index)
{
	struct fake *f = fake_of(vn);

	if (!(vn->features & VNET_F_RING_RESET))
		return -EOPNOTSUPP;
	if (f->reset_error)
		return f->reset_error;
	WRITE_ONCE(f->vq[index].on, false);
	return 0;
}

static inline int fake_irq_start(struct vnic *vn)
{
	struct fake *f = fake_of(vn);

	if (f->irq_error)
		return f->irq_error;
	if (f->early)
		f->early(f);
	return 0;
}

static inline void fake_irq_stop(struct vnic *vn)
{
	irq_work_sync(&fake_of(vn)->answer);
}

static const struct vnic_bus __maybe_unused fake_bus = {
	.status = fake_status,
	.set_status = fake_set_status,
	.reset = fake_reset,
	.features = fake_features,
	.set_features = fake_set_features,
	.queues = fake_queues,
	.generation = fake_generation,
	.config = fake_config,
	.queue_max = fake_queue_max,
	.queue_start = fake_queue_start,
	.queue_reset = fake_queue_reset,
	.irq_start = fake_irq_start,
	.irq_stop = fake_irq_stop,
};

/* An honest device, in memory that is all zero. */
static inline void fake_init(struct fake *f, struct kunit *test, u64 features)
{
	unsigned int i;

	f->test = test;
	f->offers = features;
	f->raw = (struct vnet_config){
		.mac = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 },
		.status = cpu_to_le16(VNET_S_LINK_UP),
		.max_pairs = cpu_to_le16(2),
		.mtu = cpu_to_le16(ETH_DATA_LEN),
	};
	/* Without several pairs, the control queue is the third. */
	f->queues = features & VNET_F_MQ ? 5 : 3;
	for (i = 0; i < FAKE_QUEUES; i++)
		f->max[i] = FAKE_NUM;
	f->irq = IRQ_WORK_INIT_HARD(fake_irq);
	f->answer = IRQ_WORK_INIT_HARD(fake_answer);
}

/* -- packets ------------------------------------------------------------------------- */

/*
 * Takes the next receive buffer, writes @len bytes of @data into it and says that they were
 * @used; false when there is none.
 */
static inline bool fake_write(struct fake *f, const void *data, size_t len, u32 used)
{
	struct fake_vq *v = &f->vq[0];
	struct model_chain *c = &f->taken;

	if (!v->on || !model_take(&v->m, c))
		return false;
	memcpy(fake_at(c->sg[0].addr), data, min_t(size_t, len, c->in_len));
	model_use(&v->m, c->id, used, c->count);
	return true;
}

/* Are the bytes of @c behind the header the next frame? */
static inline bool fake_is_frame(struct fake *f, const struct model_chain *c)
{
	unsigned int i, at = 0, skip = sizeof(struct vnet_hdr);

	for (i = 0; i < c->outs; i++) {
		unsigned int less = min(c->sg[i].len, skip), len = c->sg[i].len - less;

		skip -= less;
		if (len > f->len - at || memcmp(fake_at(c->sg[i].addr) + less, f->frame + at, len))
			return false;
		at += len;
	}
	return at == f->len;
}

#endif /* _KUNIT_VNIC_MODEL_H */

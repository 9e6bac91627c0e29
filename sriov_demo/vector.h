/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue pair's MSI-X vector, for both drivers: masked only when that is worth a register.
 *
 * It clears itself when it fires (EIAC) and could mask itself (EIAM), but then each poll has to
 * unmask it. The moderation (EITR) keeps interrupts apart in any case, and most polls end within
 * its interval: they touch no register. The vector is masked
 *
 * - when it fires while its poll goes on, or has not even begun;
 * - before the device is given something to send while a poll is about to begin: that poll will
 *   see that it was sent, and the interrupt that says so can wait until after it;
 * - when it fires and the administrator wants interrupts to be deferred (napi_defer_hard_irqs),
 *
 * and unmasked when the poll is complete and NAPI wants interrupts again. What came meanwhile is
 * not lost: it fires then.
 */
#ifndef _SRIOV_DEMO_VECTOR_H
#define _SRIOV_DEMO_VECTOR_H

#include <linux/io.h>
#include <linux/netdevice.h>
#include <linux/spinlock.h>

#include "../include/napi_compat.h"

/**
 * struct vector - the vector
 * @mask:   register that masks it (EIMC, VTEIMC)
 * @unmask: ... that unmasks it (EIMS, VTEIMS)
 * @bit:    ... by this bit
 * @due:    it has fired, and its poll has not begun
 * @masked: it is masked
 * @lock:   protects @masked and those registers
 */
struct vector {
	void __iomem *mask;
	void __iomem *unmask;
	u32 bit;
	bool due;
	bool masked;
	raw_spinlock_t lock;
};

/* Once, before its interrupt is requested. */
static inline void vector_init(struct vector *v, void __iomem *mask, void __iomem *unmask, u32 bit)
{
	raw_spin_lock_init(&v->lock);
	v->mask = mask;
	v->unmask = unmask;
	v->bit = bit;
}

/* Before NAPI is enabled; then it is to be unmasked. */
static inline void vector_start(struct vector *v)
{
	unsigned long irq;

	/* A handler may be at work: the vector may have been unmasked after it was stopped. */
	raw_spin_lock_irqsave(&v->lock, irq);
	v->due = false;
	v->masked = false;
	raw_spin_unlock_irqrestore(&v->lock, irq);
}

/* Until the end of @napi's poll, or of the next one. Under @v->lock. */
static inline void vector_mask_locked(struct vector *v, const struct napi_struct *napi)
{
	if (v->masked)
		return;
	WRITE_ONCE(v->masked, true);
	writel(v->bit, v->mask);
	/* With vector_complete(): one of us sees what the other has done. */
	smp_mb();
	if (!test_bit(NAPI_STATE_SCHED, &napi->state)) {
		WRITE_ONCE(v->masked, false);
		writel(v->bit, v->unmask);
	}
}

static inline void vector_mask(struct vector *v, const struct napi_struct *napi)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&v->lock, irq);
	vector_mask_locked(v, napi);
	raw_spin_unlock_irqrestore(&v->lock, irq);
}

static inline void vector_unmask(struct vector *v)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&v->lock, irq);
	if (v->masked) {
		WRITE_ONCE(v->masked, false);
		writel(v->bit, v->unmask);
	}
	raw_spin_unlock_irqrestore(&v->lock, irq);
}

/* In its handler. */
static inline void vector_fired(struct vector *v, struct napi_struct *napi)
{
	if (unlikely(!napi_schedule_prep(napi))) {
		vector_mask(v, napi);
		return;
	}
	if (unlikely(napi_defers(napi)))
		vector_mask(v, napi);
	WRITE_ONCE(v->due, true);
	__napi_schedule_irqoff(napi);
}

/* The device is about to be told of frames to send. */
static inline void vector_sending(struct vector *v, const struct napi_struct *napi)
{
	unsigned long irq;

	/* Without waiting: netpoll may be here in a panic. */
	if (unlikely(READ_ONCE(v->due)) && raw_spin_trylock_irqsave(&v->lock, irq)) {
		vector_mask_locked(v, napi);
		raw_spin_unlock_irqrestore(&v->lock, irq);
	}
}

/* The poll begins. */
static inline void vector_polled(struct vector *v)
{
	WRITE_ONCE(v->due, false);
}

/**
 * vector_complete() - the poll ends
 * @v:	  vector
 * @napi: who polled
 * @done: frames received
 *
 * It does not while NAPI polls once more, or wants interrupts to be left off for now.
 */
static inline void vector_complete(struct vector *v, struct napi_struct *napi, int done)
{
	if (napi_complete_done(napi, done) && unlikely(READ_ONCE(v->masked)))
		vector_unmask(v);
}

#endif /* _SRIOV_DEMO_VECTOR_H */

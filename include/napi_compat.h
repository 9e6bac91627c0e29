/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether interrupts are to be deferred, and how long: kernels say it of each NAPI, or of all of an
 * interface.
 */
#ifndef _NAPI_COMPAT_H
#define _NAPI_COMPAT_H

#include <linux/netdevice.h>

static inline bool napi_defers(const struct napi_struct *n)
{
#ifdef HAVE_NAPI_DEFER_HARD_IRQS
	return READ_ONCE(n->defer_hard_irqs) || READ_ONCE(n->irq_suspend_timeout);
#else
	return READ_ONCE(n->dev->napi_defer_hard_irqs);
#endif
}

static inline unsigned long napi_flush_timeout(const struct napi_struct *n)
{
#ifdef HAVE_NAPI_DEFER_HARD_IRQS
	return READ_ONCE(n->gro_flush_timeout);
#else
	return READ_ONCE(n->dev->gro_flush_timeout);
#endif
}

#endif /* _NAPI_COMPAT_H */

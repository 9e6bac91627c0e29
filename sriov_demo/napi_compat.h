/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether interrupts are to be deferred: kernels say it of each NAPI, or of all of an interface. */
#ifndef _NAPI_COMPAT_H
#define _NAPI_COMPAT_H

#include <linux/netdevice.h>

#ifdef HAVE_NAPI_DEFER_HARD_IRQS
#define napi_defers(n) (READ_ONCE((n)->defer_hard_irqs) || READ_ONCE((n)->irq_suspend_timeout))
#else
#define napi_defers(n) READ_ONCE((n)->dev->napi_defer_hard_irqs)
#endif

#endif /* _NAPI_COMPAT_H */

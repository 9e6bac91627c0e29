/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one environment header of the pure cores: the few names that they use of the
 * kernel, so that the same file compiles into a module, into a KUnit suite and into a
 * user-space program (the xlate tool, the fuzzers).
 */
#ifndef _XLATE_ENV_H
#define _XLATE_ENV_H

#ifdef __KERNEL__

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

#else

#include <errno.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef __u64 u64;
typedef __u32 u32;
typedef __u16 u16;
typedef __u8 u8;
typedef __s64 s64;

#define BIT_ULL(n)	      (1ULL << (n))
#define GENMASK_ULL(h, l)     ((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define FIELD_GET(mask, reg)  (((reg) & (mask)) >> __builtin_ctzll(mask))
#define FIELD_PREP(mask, val) (((u64)(val) << __builtin_ctzll(mask)) & (mask))
#define ARRAY_SIZE(a)	      (sizeof(a) / sizeof((a)[0]))
#define __printf(a, b)	      __attribute__((format(printf, a, b)))
#define likely(x)	      __builtin_expect(!!(x), 1)
#define unlikely(x)	      __builtin_expect(!!(x), 0)
#define fallthrough	      __attribute__((__fallthrough__))
#define __maybe_unused	      __attribute__((__unused__))
#define min(a, b)                       \
	({                              \
		__typeof__(a) _a = (a); \
		__typeof__(b) _b = (b); \
		_a < _b ? _a : _b;      \
	})
#define max(a, b)                       \
	({                              \
		__typeof__(a) _a = (a); \
		__typeof__(b) _b = (b); \
		_a > _b ? _a : _b;      \
	})

#define BIT(n)				(1UL << (n))
#define GENMASK(h, l)			((~0UL << (l)) & (~0UL >> (63 - (h))))
/* As in the kernel, the text is optional. */
#define static_assert(expr, ...)	__static_assert(expr, ##__VA_ARGS__, #expr)
#define __static_assert(expr, msg, ...) _Static_assert(expr, msg)

#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif

/* As the kernel's: the number of characters really written, never more than @size - 1. */
static inline __printf(3, 0) int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int n = vsnprintf(buf, size, fmt, args);

	if (n < 0 || !size)
		return 0;
	return (size_t)n < size ? n : (int)size - 1;
}

static inline __printf(3, 4) int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

#endif /* __KERNEL__ */

#endif /* _XLATE_ENV_H */

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
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

#include <asm/barrier.h>
#include <asm/byteorder.h>

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

/* One access, neither torn nor repeated: for memory that somebody else writes, too. */
#define READ_ONCE(x)	 (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define cpu_to_le16(x) ((__le16)(u16)(x))
#define cpu_to_le32(x) ((__le32)(u32)(x))
#define cpu_to_le64(x) ((__le64)(u64)(x))
#else
#define cpu_to_le16(x) ((__le16)__builtin_bswap16(x))
#define cpu_to_le32(x) ((__le32)__builtin_bswap32(x))
#define cpu_to_le64(x) ((__le64)__builtin_bswap64(x))
#endif
#define le16_to_cpu(x) ((u16)cpu_to_le16(x))
#define le32_to_cpu(x) ((u32)cpu_to_le32(x))
#define le64_to_cpu(x) ((u64)cpu_to_le64(x))

/* Number of the highest bit that is set, counted from 1; 0 for 0. */
static __always_inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

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

/*
 * Barriers between two parties that share memory. @platform: the other one is a device
 * that keeps the platform's rules for devices (VIRTIO_F_ORDER_PLATFORM); without it, it
 * behaves as one more CPU.
 */
#ifdef __KERNEL__

/* All before it, then all after it, reads behind writes included. */
static __always_inline void env_mb(bool platform)
{
	if (platform)
		mb(); /* see above */
	else
		virt_mb(); /* see above */
}

/* Reads before it, then reads after it. */
static __always_inline void env_rmb(bool platform)
{
	if (platform)
		dma_rmb(); /* see above */
	else
		virt_rmb(); /* see above */
}

/* All before it, reads of what is handed over included, then @v is written to *@p. */
#define env_publish(platform, p, v)                                 \
	do {                                                        \
		if (platform) {                                     \
			mb(); /* there is no release for devices */ \
			WRITE_ONCE(*(p), v);                        \
		} else {                                            \
			virt_store_release(p, v); /* see above */   \
		}                                                   \
	} while (0)

#else

static __always_inline void env_mb(bool platform)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static __always_inline void env_rmb(bool platform)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

#define env_publish(platform, p, v)                       \
	do {                                              \
		(void)(platform);                         \
		__atomic_store_n(p, v, __ATOMIC_RELEASE); \
	} while (0)

#endif /* __KERNEL__ */

#endif /* _XLATE_ENV_H */

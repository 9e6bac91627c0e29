/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads of kernel memory that may go away meanwhile: a fault ends them. The kernel's
 * __get_kernel_nofault() tests for one after each word, which for tables of 512 words, and
 * a struct page behind each, is most of the work; here it is once for several.
 *
 * The addresses are of the direct map and of the array of struct pages, never of user
 * space.
 */
#ifndef _IOMMU_PROBE_NOFAULT_H
#define _IOMMU_PROBE_NOFAULT_H

#include <linux/errno.h>
#include <linux/mm_types.h>
#include <linux/stddef.h>

#include <asm/asm.h>

/* If the instruction at @label faults: on behind all of them, with err as it was before. */
#define NOFAULT(label) _ASM_EXTABLE(label, 9b)

/* Behind all of them: none did. */
#define NOFAULT_END "	xor %[err], %[err]\n9:\n"

/* clang-format off */
#define NOFAULT_COPY(label, offset) \
	#label ":	mov " #offset "(%[from]), %[tmp]\n" \
	"	mov %[tmp], " #offset "(%[to])\n"
/* clang-format on */

/* Copies four words, each in one read. Returns 0 or -EFAULT. */
static __always_inline int nofault_copy4(u64 *to, const u64 *from)
{
	int err = -EFAULT;
	u64 tmp;

	asm volatile(NOFAULT_COPY(1, 0) NOFAULT_COPY(2, 8) NOFAULT_COPY(3, 16) NOFAULT_COPY(4, 24)
			     NOFAULT_END NOFAULT(1b) NOFAULT(2b) NOFAULT(3b) NOFAULT(4b)
		     : [err] "+r"(err), [tmp] "=&r"(tmp)
		     : [to] "r"(to), [from] "r"(from)
		     : "memory");
	return err;
}

/* Reads one word. Returns 0 or -EFAULT. */
static __always_inline int nofault_read(u64 *to, const u64 *from)
{
	int err = -EFAULT;
	u64 tmp = 0;

	asm volatile("1:	mov (%[from]), %[tmp]\n" NOFAULT_END NOFAULT(1b)
		     : [err] "+r"(err), [tmp] "+r"(tmp)
		     : [from] "r"(from));
	*to = tmp;
	return err;
}

/*
 * The words of a struct page that tell most: flags, whom it belongs to, and its type (or
 * how often it is mapped) together with its references, those in the upper half. Returns 0
 * or -EFAULT.
 */
static __always_inline int nofault_page(const struct page *page, unsigned long *flags,
					unsigned long *mapping, u64 *counts)
{
	unsigned long f = 0, m = 0;
	int err = -EFAULT;
	u64 c = 0;

	static_assert(offsetof(struct page, page_type) % sizeof(u64) == 0);
	static_assert(offsetof(struct page, _refcount) ==
		      offsetof(struct page, page_type) + sizeof(u32));
	asm volatile("1:	mov %c[flags](%[page]), %[f]\n"
		     "2:	mov %c[mapping](%[page]), %[m]\n"
		     "3:	mov %c[counts](%[page]), %[c]\n" NOFAULT_END NOFAULT(1b) NOFAULT(2b)
			     NOFAULT(3b)
		     : [err] "+r"(err), [f] "=&r"(f), [m] "=&r"(m), [c] "=&r"(c)
		     : [page] "r"(page), [flags] "i"(offsetof(struct page, flags)),
		       [mapping] "i"(offsetof(struct page, mapping)),
		       [counts] "i"(offsetof(struct page, page_type)));
	*flags = f;
	*mapping = m;
	*counts = c;
	return err;
}

/* clang-format off */
#define NOFAULT_WORD(label, word, page) \
	#label ":	mov %c[" #word "] + " #page " * %c[size](%[first]), %[tmp]\n"
#define NOFAULT_DIFFER(label, word, page) \
	NOFAULT_WORD(label, word, page) \
	"	xor %[" #word "_like], %[tmp]\n" \
	"	or %[tmp], %[all]\n"
/* clang-format on */

/*
 * Are the words of nofault_page() in four neighbouring pages the same as these? Of the flags
 * only those of @odd count.
 */
static __always_inline bool nofault_alike4(const struct page *first, unsigned long odd,
					   unsigned long flags, unsigned long mapping, u64 counts)
{
	u64 differ = 1, all, tmp;

	/* clang-format off */
	asm volatile("	xor %[all], %[all]\n"
		     NOFAULT_DIFFER(11, flags, 0) NOFAULT_DIFFER(12, flags, 1)
		     NOFAULT_DIFFER(13, flags, 2) NOFAULT_DIFFER(14, flags, 3)
		     "	and %[odd], %[all]\n"
		     NOFAULT_DIFFER(15, mapping, 0) NOFAULT_DIFFER(16, mapping, 1)
		     NOFAULT_DIFFER(17, mapping, 2) NOFAULT_DIFFER(18, mapping, 3)
		     NOFAULT_DIFFER(21, counts, 0) NOFAULT_DIFFER(22, counts, 1)
		     NOFAULT_DIFFER(23, counts, 2) NOFAULT_DIFFER(24, counts, 3)
		     "	mov %[all], %[differ]\n"
		     "9:\n"
		     NOFAULT(11b) NOFAULT(12b) NOFAULT(13b) NOFAULT(14b)
		     NOFAULT(15b) NOFAULT(16b) NOFAULT(17b) NOFAULT(18b)
		     NOFAULT(21b) NOFAULT(22b) NOFAULT(23b) NOFAULT(24b)
		     : [differ] "+r"(differ), [all] "=&r"(all), [tmp] "=&r"(tmp)
		     : [first] "r"(first), [size] "i"(sizeof(struct page)), [odd] "r"(odd),
		       [flags_like] "r"(flags), [mapping_like] "r"(mapping),
		       [counts_like] "r"(counts),
		       [flags] "i"(offsetof(struct page, flags)),
		       [mapping] "i"(offsetof(struct page, mapping)),
		       [counts] "i"(offsetof(struct page, page_type)));
	/* clang-format on */
	return !differ;
}

#endif /* _IOMMU_PROBE_NOFAULT_H */

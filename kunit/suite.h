/* SPDX-License-Identifier: GPL-2.0-only */
/* What the KUnit suites of the pure cores share: a machine, and numbers at random. */
#ifndef _KUNIT_SUITE_H
#define _KUNIT_SUITE_H

#include <kunit/test.h>

#include "../include/xlate/x86.h"

/*
 * A machine with everything: the swap types are those of a 6.12 kernel with all options,
 * the encryption bit is that of an AMD CPU with SME.
 */
static const struct pagewalk_mmu __maybe_unused suite_mmu = {
	.phys_mask = GENMASK_ULL(51, 12) & ~BIT_ULL(47),
	.enc_mask = BIT_ULL(47),
	.saved_dirty_mask = BIT_ULL(58),
	.devmap_mask = BIT_ULL(57),
	.flags = PAGEWALK_MMU_NX | PAGEWALK_MMU_PKU | PAGEWALK_MMU_VSYSCALL,
	.levels = 4,
	.swp_files = 23,
	.swp_hwpoison = 23,
	.swp_migration_read = 24,
	.swp_migration_read_excl = 25,
	.swp_migration_write = 26,
	.swp_device_write = 27,
	.swp_device_read = 28,
	.swp_device_excl_write = 29,
	.swp_device_excl_read = 30,
	.swp_marker = 31,
	.marker_uffd_wp = 1,
	.marker_poison = 2,
	.marker_guard = 4,
};

/* A swap-like entry, built by the rule of the format: the offset is stored inverted. */
#define SUITE_SWP(type, offset) \
	((u64)(type) << X86_SWP_TYPE_SHIFT | ((~(u64)(offset) << 9) & X86_SWP_OFFSET))

/* The next of a row of numbers that is the same in each run (xorshift64). */
static inline u64 suite_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif /* _KUNIT_SUITE_H */

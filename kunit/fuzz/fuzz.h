/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzz targets share: reading the input, and stopping when an invariant breaks. */
#ifndef _FUZZ_H
#define _FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../include/xlate/x86.h"

#define CHECK(cond)                                                                \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                   \
		}                                                                  \
	} while (0)

/* What is left of the input; behind its end there are zeros. */
struct fuzz_input {
	const u8 *data;
	size_t size;
};

static inline void fuzz_take(struct fuzz_input *in, void *to, size_t size)
{
	size_t have = size < in->size ? size : in->size;

	memset(to, 0, size);
	if (have)
		memcpy(to, in->data, have);
	in->data += have;
	in->size -= have;
}

static inline u64 fuzz_number(struct fuzz_input *in, size_t size)
{
	u64 n = 0;

	fuzz_take(in, &n, size);
	return n;
}

/* The machine: as a 6.12 kernel has it, but for the options that the input takes away. */
static inline struct pagewalk_mmu fuzz_mmu(struct fuzz_input *in)
{
	unsigned int without = fuzz_number(in, 1);

	return (struct pagewalk_mmu){
		.phys_mask = GENMASK_ULL(45, 12),
		.enc_mask = without & 1 ? 0 : BIT_ULL(47),
		.saved_dirty_mask = without & 1 ? 0 : BIT_ULL(58),
		.devmap_mask = without & 1 ? 0 : BIT_ULL(57),
		.flags = without & 2 ? 0 :
				       PAGEWALK_MMU_NX | PAGEWALK_MMU_PKU | PAGEWALK_MMU_VSYSCALL,
		.levels = without & 4 ? 4 : 5,
		.swp_files = 23,
		.swp_hwpoison = without & 8 ? PAGEWALK_SWP_ABSENT : 23,
		.swp_migration_read = 24,
		.swp_migration_read_excl = 25,
		.swp_migration_write = 26,
		.swp_device_write = without & 16 ? PAGEWALK_SWP_ABSENT : 27,
		.swp_device_read = without & 16 ? PAGEWALK_SWP_ABSENT : 28,
		.swp_device_excl_write = without & 16 ? PAGEWALK_SWP_ABSENT : 29,
		.swp_device_excl_read = without & 16 ? PAGEWALK_SWP_ABSENT : 30,
		.swp_marker = without & 32 ? PAGEWALK_SWP_ABSENT : 31,
		.marker_uffd_wp = 1,
		.marker_poison = 2,
		.marker_guard = without & 64 ? 0 : 4,
	};
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif /* _FUZZ_H */

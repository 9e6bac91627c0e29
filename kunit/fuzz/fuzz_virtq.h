/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzz targets of the two sides of a virtqueue share. */
#ifndef _FUZZ_VIRTQ_H
#define _FUZZ_VIRTQ_H

#include "fuzz.h"

#include "../virtq_model.h"

#define MAX_NUM	   32 /* descriptors */
#define MAX_PIECES 6 /* of a buffer */

/* Each area is an allocation of its own: the sanitizer sees the first byte beyond. */
static inline void *area(size_t size)
{
	void *p = calloc(1, size);

	CHECK(p);
	return p;
}

/* The features and the size, the first two bytes of an input. */
static inline void make_model(struct fuzz_input *in, struct model *m)
{
	unsigned int options = fuzz_number(in, 1), num = fuzz_number(in, 1);
	bool packed = options & 1;

	m->features = (packed ? VIRTQ_F_PACKED : 0) | (options & 2 ? VIRTQ_F_EVENT_IDX : 0) |
		      (options & 4 ? VIRTQ_F_INDIRECT : 0) | (options & 8 ? VIRTQ_F_IN_ORDER : 0) |
		      (options & 16 ? VIRTQ_F_ORDER_PLATFORM : 0);
	m->num = packed ? num % MAX_NUM + 1 : 1U << num % 6;
	m->desc = area(virtq_desc_bytes(m->num));
	m->driver = area(virtq_driver_bytes(packed, m->num));
	m->device = area(virtq_device_bytes(packed, m->num));
	model_start(m);
}

static inline void free_model(struct model *m)
{
	free(m->desc);
	free(m->driver);
	free(m->device);
}

/* Writes a byte of the input somewhere into @size bytes. */
static inline void scribble(struct fuzz_input *in, void *at, size_t size)
{
	size_t where = fuzz_number(in, 2) % size;

	((u8 *)at)[where] = fuzz_number(in, 1);
}

#endif /* _FUZZ_VIRTQ_H */

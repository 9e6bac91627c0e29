/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: how the cores reach an 82576's registers. In the modules it is a BAR, in the
 * tests a model in memory.
 */
#ifndef _E82576_IO_H
#define _E82576_IO_H

#include "e82576_regs.h"

/**
 * struct e82576_io_ops - a way to the registers
 * @read:  the register at byte offset @reg
 * @write: ... becomes @value
 */
struct e82576_io_ops {
	u32 (*read)(void *ctx, u32 reg);
	void (*write)(void *ctx, u32 reg, u32 value);
};

/**
 * struct e82576_io - a device
 * @ops:  how to reach it
 * @ctx:  for @ops
 * @gone: it no longer answers: it was pulled, or its bus is in error
 */
struct e82576_io {
	const struct e82576_io_ops *ops;
	void *ctx;
	bool gone;
};

/*
 * A device that was pulled reads as all ones. So may a word that a virtual function wrote;
 * STATUS, which has bits that are always zero, tells the two apart.
 */
static inline u32 e82576_read(struct e82576_io *io, u32 reg)
{
	u32 value;

	if (io->gone)
		return ~0U;
	value = io->ops->read(io->ctx, reg);
	if (unlikely(value == ~0U) && io->ops->read(io->ctx, E82576_STATUS) == ~0U)
		io->gone = true;
	return value;
}

static inline void e82576_write(struct e82576_io *io, u32 reg, u32 value)
{
	if (!io->gone)
		io->ops->write(io->ctx, reg, value);
}

#endif /* _E82576_IO_H */

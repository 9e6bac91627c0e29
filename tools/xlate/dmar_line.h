/* SPDX-License-Identifier: GPL-2.0-only */
/* A fault as the kernel's log tells it, in one line that somebody pasted. */
#ifndef _DMAR_LINE_H
#define _DMAR_LINE_H

#include "xlate.h"

/**
 * struct dmar_line - what the line says
 * @interrupt:  an interrupt was refused, no DMA: @addr is an index
 * @write:      the access
 * @has_pasid:  the request had one
 * @pasid:      this
 * @bdf:        bus, device and function; the kernel does not print the segment
 * @addr:       the page
 * @reason:     code
 * @words:      the kernel's, behind the code
 */
struct dmar_line {
	bool interrupt;
	bool write;
	bool has_pasid;
	u32 pasid;
	u16 bdf;
	u64 addr;
	u32 reason;
	const char *words;
};

/* Do these words look like a line of the log rather than arguments? */
bool dmar_line_like(const char *text);

/* Takes it apart; NULL, or what it lacks, in words. */
const char *dmar_line_parse(const char *text, struct dmar_line *line);

#endif /* _DMAR_LINE_H */

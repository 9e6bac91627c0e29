// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fault as the kernel's log tells it. dmar_fault_do_one() of drivers/iommu/intel/dmar.c
 * prints, in 6.1 and 6.12 alike:
 *
 *	DMAR: [DMA Read NO_PASID] Request device [00:04.0] fault addr 0xfffff000 [fault reason 0x06] PTE Read access is not set
 *	DMAR: [DMA Write PASID 0x1] Request device [00:04.0] fault addr 0x1000 [fault reason 0x71] SM: Present bit in ...
 *	DMAR: [INTR-REMAP] Request device [00:04.0] fault index 0x2f [fault reason 0x26] Blocked an interrupt ...
 *
 * Kernels before 5.14 had the PASID behind the device and numbers without 0x, the reason in
 * decimal. Whatever stands before (time, host, "kernel:") is passed over.
 */
#include <ctype.h>
#include <stdlib.h>

#include "dmar_line.h"

bool dmar_line_like(const char *text)
{
	return strstr(text, "DMAR:") || strstr(text, "[DMA ") || strstr(text, "INTR-REMAP") ||
	       strstr(text, "fault addr");
}

/* The number behind @key, hexadecimal unless it is without 0x and @decimal. */
static bool number_behind(const char *text, const char *key, bool decimal, u64 *n)
{
	const char *p = strstr(text, key);
	char *end;

	if (!p)
		return false;
	p += strlen(key);
	p += strspn(p, " ");
	if (!isxdigit((unsigned char)*p))
		return false;
	errno = 0;
	*n = strtoull(p, &end, decimal && strncmp(p, "0x", 2) ? 10 : 16);
	return !errno && (!*end || *end == ' ' || *end == ']' || *end == '\n');
}

static bool device_behind(const char *text, const char *key, u16 *bdf)
{
	unsigned int bus, slot, function;
	const char *p = strstr(text, key);
	char end;

	if (!p || sscanf(p + strlen(key), " [%2x:%2x.%1u%c", &bus, &slot, &function, &end) != 4 ||
	    end != ']' || slot > 31 || function > 7)
		return false;
	*bdf = bus << 8 | slot << 3 | function;
	return true;
}

const char *dmar_line_parse(const char *text, struct dmar_line *line)
{
	const char *start = strstr(text, "[DMA "), *reason;
	u64 n;

	memset(line, 0, sizeof(*line));
	if (!start) {
		start = strstr(text, "[INTR-REMAP]");
		line->interrupt = start;
	}
	if (!start) {
		if (strstr(text, "handling fault status"))
			return "it says that faults are pending, not which: the lines after it do";
		if (strstr(text, "Invalidation"))
			return "it is about a command of the kernel to the unit, no DMA of a device";
		return "no fault: \"[DMA Read ...\" or \"[DMA Write ...\" is missing";
	}
	line->write = !strncmp(start, "[DMA Write", 10);
	if (!line->interrupt && !line->write && strncmp(start, "[DMA Read", 9))
		return "neither a read nor a write";
	if (!device_behind(start, "Request device", &line->bdf))
		return "the device is missing: \"Request device [00:04.0]\"";
	if (!number_behind(start, line->interrupt ? "fault index" : "fault addr", false,
			   &line->addr))
		return line->interrupt ? "the index is missing: \"fault index 0x2f\"" :
					 "the address is missing: \"fault addr 0xfffff000\"";
	if (number_behind(start, "PASID ", false, &n) && n < 1 << 20) {
		line->has_pasid = true;
		line->pasid = n;
	}
	reason = strstr(start, "[fault reason");
	if (!reason || !number_behind(reason, "[fault reason", true, &n) || n > 255)
		return "the reason is missing: \"[fault reason 0x05]\"";
	line->reason = n;
	line->words = strchr(reason, ']');
	line->words = line->words ? line->words + 1 + strspn(line->words + 1, " ") : "";
	return NULL;
}

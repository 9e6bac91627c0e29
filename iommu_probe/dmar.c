// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: the ACPI DMAR table (VT-d specification, chapter 8). */
#include "acpi_bytes.h"
#include "dmar.h"

#define DMAR_HEADER 48

/* Copies @n characters without the blanks behind them; what cannot be printed is "?". */
static char *dmar_word(char *to, const u8 *from, unsigned int n)
{
	while (n && (from[n - 1] == ' ' || !from[n - 1]))
		n--;
	for (; n; n--, from++)
		*to++ = *from > ' ' && *from < 0x7f ? *from : '?';
	*to = '\0';
	return to;
}

int dmar_open(struct dmar_table *t, const void *bytes, size_t size)
{
	char *at;

	memset(t, 0, sizeof(*t));
	if (!acpi_open(bytes, size, "DMAR", DMAR_HEADER, &t->size, &t->checksum))
		return -EINVAL;
	t->bytes = bytes;
	/* The table has the width minus one; more than 64 bits make no sense. */
	t->haw = min(t->bytes[36] + 1, 64);
	t->flags = t->bytes[37];
	at = dmar_word(t->oem, t->bytes + 10, 6);
	*at++ = ' ';
	dmar_word(at, t->bytes + 16, 8);
	return 0;
}

int dmar_next(const struct dmar_table *t, size_t *pos, struct dmar_structure *s)
{
	size_t start = *pos ? *pos : DMAR_HEADER, need = 4;
	const u8 *p = t->bytes + start;
	unsigned int length;

	memset(s, 0, sizeof(*s));
	if (start == t->size)
		return 0;
	if (t->size - start < 4)
		return -EINVAL;
	s->type = acpi_get(p, 2);
	length = acpi_get(p + 2, 2);
	switch (s->type) {
	case DMAR_UNIT:
		need = 16;
		break;
	case DMAR_RESERVED:
		need = 24;
		break;
	case DMAR_ATS:
	case DMAR_SATC:
	case DMAR_SIDP:
		need = 8;
		break;
	default:
		break;
	}
	if (length < need || length > t->size - start)
		return -EINVAL;

	if (need >= 8)
		s->segment = acpi_get(p + 6, 2);
	if (s->type == DMAR_UNIT) {
		s->all = p[4] & 1;
		s->base = acpi_get(p + 8, 8);
		s->end = acpi_end(s->base, 4096ULL << (p[5] & 15));
	} else if (s->type == DMAR_RESERVED) {
		s->base = acpi_get(p + 8, 8);
		s->end = acpi_get(p + 16, 8);
	} else if (s->type == DMAR_ATS) {
		s->all = p[4] & 1;
	}
	s->scopes = need >= 8 ? start + need : start + length;
	s->scopes_end = start + length;
	*pos = start + length;
	return 1;
}

int dmar_next_scope(const struct dmar_table *t, const struct dmar_structure *s, size_t *pos,
		    struct dmar_scope *scope)
{
	size_t start = *pos ? *pos : s->scopes;
	const u8 *p = t->bytes + start;
	unsigned int length, i;

	memset(scope, 0, sizeof(*scope));
	if (start == s->scopes_end)
		return 0;
	/* Type, length, two reserved bytes, id, bus, and at least one hop. */
	if (s->scopes_end - start < 8)
		return -EINVAL;
	length = p[1];
	if (length < 8 || length > s->scopes_end - start || (length - 6) / 2 > DMAR_MAX_PATH)
		return -EINVAL;
	scope->type = p[0];
	scope->id = p[4];
	scope->bus = p[5];
	scope->hops = (length - 6) / 2;
	for (i = 0; i < scope->hops; i++)
		scope->path[i] = (p[6 + 2 * i] & 31) << 3 | (p[7 + 2 * i] & 7);
	*pos = start + length;
	return 1;
}

int dmar_scope_rid(const struct dmar_scope *scope, u16 segment,
		   int (*secondary)(void *ctx, u16 segment, u16 rid), void *ctx, u16 *rid)
{
	unsigned int i;
	int bus = scope->bus;

	for (i = 0; i + 1 < scope->hops; i++) {
		bus = secondary(ctx, segment, bus << 8 | scope->path[i]);
		if (bus < 0)
			return bus;
		bus &= 0xff;
	}
	*rid = bus << 8 | scope->path[i];
	return 0;
}

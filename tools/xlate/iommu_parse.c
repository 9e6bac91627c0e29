// SPDX-License-Identifier: GPL-2.0-only
/* The module's files, and those of the machine, as the structures of iommu_source.h. */
#include <stdlib.h>

#include "iommu_lines.h"

#define NOT_KNOWN "not as this version of xlate knows it"

static int no_file(const struct iom *s, const char *name)
{
	return fail(XLATE_ERROR, "it takes a file that xlate iommu --save wrote",
		    "%s: it has no \"%s\"", s->from ? s->from : "the module", name);
}

/* units */

/* Value of "key=value" in a line, to be freed, or NULL. */
static char *pair(const char *line, const char *key)
{
	size_t len = strlen(key);
	const char *p = line;

	while ((p = strchr(p, ' '))) {
		p++;
		if (!strncmp(p, key, len) && p[len] == '=')
			return xalloc(strndup(p + len + 1, strcspn(p + len + 1, " ")));
	}
	return NULL;
}

/* The same as a number, 0 when it is not there or "-"; hexadecimal without 0x for @hex. */
static bool pair_number(const char *line, const char *key, bool hex, u64 max, u64 *value)
{
	char *word = pair(line, key), *number;
	bool good = true;

	*value = 0;
	if (word && strcmp(word, "-")) {
		number = xasprintf("%s%s", hex ? "0x" : "", word);
		good = iom_number(number, value) && *value <= max;
		free(number);
	}
	free(word);
	return good;
}

static const char *pair_word(struct iom *s, const char *line, const char *key)
{
	char *word = pair(line, key);

	return word ? iom_keep(s, word) : "-";
}

static bool parse_unit(struct iom *s, const char *line)
{
	u64 id, segment, haw, major = 0, minor = 0;
	const char *type, *version;
	struct iom_unit *u;

	s->units = grow(s->units, s->nunits, sizeof(*u));
	u = &s->units[s->nunits];
	memset(u, 0, sizeof(*u));
	type = pair_word(s, line, "type");
	version = pair_word(s, line, "version");
	if ((strcmp(type, "vtd") && strcmp(type, "amd")) ||
	    (strcmp(version, "-") && sscanf(version, "%2llu.%2llu", &major, &minor) != 2) ||
	    !pair_number(line, "id", false, 0xffff, &id) ||
	    !pair_number(line, "segment", true, 0xffff, &segment) ||
	    !pair_number(line, "haw", false, 64, &haw) ||
	    !pair_number(line, "base", false, ~0ULL, &u->hw.base) ||
	    !pair_number(line, "cap", false, ~0ULL, &u->hw.cap) ||
	    !pair_number(line, "ecap", false, ~0ULL, &u->hw.ecap) ||
	    !pair_number(line, "gsts", false, ~0ULL, &u->hw.status) ||
	    !pair_number(line, "rtaddr", false, ~0ULL, &u->hw.root) ||
	    !pair_number(line, "fsts", false, ~0ULL, &u->hw.fault) ||
	    !pair_number(line, "enc", false, ~0ULL, &u->hw.enc_mask))
		return false;
	u->id = id;
	u->hw.type = !strcmp(type, "amd") ? IOP_AMD : IOP_VTD;
	u->hw.segment = segment;
	u->hw.version = major << 4 | minor;
	u->hw.model = !strcmp(pair_word(s, line, "model"), "qemu") ? IOP_MODEL_QEMU :
								     IOP_MODEL_HARDWARE;
	/* The walker shifts by it. */
	u->hw.haw = haw ? max(min(haw, 52ULL), 12ULL) : 52;
	u->on = iop_unit_on(&u->hw);
	u->mode = pair_word(s, line, "mode");
	u->intremap = pair_word(s, line, "intremap");
	u->words = iom_keep(s, strdup(line));
	s->nunits++;
	return true;
}

static bool parse_reserved(struct iom *s, const char *line)
{
	struct iom_reserved *r;

	s->reserved = grow(s->reserved, s->nreserved, sizeof(*r));
	r = &s->reserved[s->nreserved];
	if (!pair_number(line, "start", false, ~0ULL, &r->start) ||
	    !pair_number(line, "end", false, ~0ULL, &r->last) || r->last < r->start)
		return false;
	r->devices = pair_word(s, line, "devices");
	s->nreserved++;
	return true;
}

static int parse_units(struct iom *s)
{
	struct iom_lines l;
	char *line, *word;
	int ret;

	s->source = NULL;
	ret = lines_begin(s, &l, "units", "iommu_probe units", NULL);
	if (ret)
		return ret == -ENOENT ? no_file(s, "units") : ret;
	while ((line = lines_next(&l))) {
		if (s->nunits + s->nreserved >= IOM_MAX_RECORDS ||
		    (!strncmp(line, "unit ", 5) && !parse_unit(s, line)) ||
		    (!strncmp(line, "reserved ", 9) && !parse_reserved(s, line)))
			return lines_bad(&l, NOT_KNOWN);
		/* "msi" is the same everywhere; words that are not here are a newer module's. */
		if (strncmp(line, "source ", 7))
			continue;
		s->source = word = line + 7;
		word += strcspn(word, " ");
		s->reason = *word ? word + 1 : "";
		*word = '\0';
	}
	if (!s->source) {
		s->source = s->nunits ? "tables" : "none";
		s->reason = "";
	}
	return 0;
}

const struct iom_unit *iom_unit(const struct iom *s, const struct iom_dev *d)
{
	size_t i;

	for (i = 0; i < s->nunits; i++)
		if (s->units[i].id == d->unit)
			return &s->units[i];
	return NULL;
}

/* devices */

static int by_rid(const void *a, const void *b)
{
	const struct iom_dev *x = a, *y = b;

	if (x->rid != y->rid)
		return x->rid < y->rid ? -1 : 1;
	/* Requests without PASID, IOM_NONE, first. */
	return x->pasid + 1 < y->pasid + 1 ? -1 : x->pasid != y->pasid;
}

static int parse_devices(struct iom *s)
{
	enum {
		RID,
		PASID,
		UNIT,
		DEVICE,
		VF,
		DRIVER,
		GROUP,
		DOMAIN,
		MODE,
		FORMAT,
		LEVELS,
		DID,
		ROOT,
		MAPPINGS,
		BYTES,
		FLAGS,
		SOURCE
	};
	static const char *const names[] = {
		"rid",	 "pasid",	"unit",	 "device", "vf_of",  "driver",
		"group", "domain_type", "mode",	 "format", "levels", "did",
		"root",	 "mappings",	"bytes", "flags",  "source", NULL,
	};
	u64 pasid, unit, group, levels, did;
	struct iom_dev *d;
	struct iom_lines l;
	int ret;

	ret = lines_begin(s, &l, "devices", "iommu_probe devices", names);
	if (ret)
		return ret == -ENOENT ? no_file(s, "devices") : ret;
	while ((ret = lines_record(&l)) > 0) {
		s->devs = grow(s->devs, s->ndevs, sizeof(*d));
		d = &s->devs[s->ndevs];
		memset(d, 0, sizeof(*d));
		d->vf_of = IOM_NONE;
		if (s->ndevs >= IOM_MAX_RECORDS || !iom_parse_rid(l.field[RID], &d->rid) ||
		    !lines_number(&l, PASID, IOM_NONE, (1 << 20) - 1, &pasid) ||
		    !lines_number(&l, UNIT, IOM_NONE, 0xffff, &unit) ||
		    (strcmp(l.field[VF], "-") && !iom_parse_rid(l.field[VF], &d->vf_of)) ||
		    !lines_number(&l, GROUP, IOM_NONE, 0x7fffffff, &group) ||
		    !lines_number(&l, LEVELS, 0, RADIX_MAX_LEVELS, &levels) ||
		    !lines_number(&l, DID, IOM_NONE, 0xffffff, &did) ||
		    !lines_number(&l, ROOT, 0, ~0ULL, &d->root) ||
		    !lines_number(&l, MAPPINGS, 0, ~0ULL, &d->mappings) ||
		    !lines_number(&l, BYTES, 0, ~0ULL, &d->bytes))
			return lines_bad(&l, NOT_KNOWN);
		d->pasid = pasid;
		d->unit = unit;
		d->group = group;
		d->levels = levels;
		d->did = did;
		d->claimed = strcmp(l.field[DEVICE], "-");
		d->driver = l.field[DRIVER];
		d->domain = l.field[DOMAIN];
		d->mode = l.field[MODE];
		d->format = l.field[FORMAT];
		d->flags = l.field[FLAGS];
		d->source = l.field[SOURCE];
		s->ndevs++;
	}
	if (s->ndevs)
		qsort(s->devs, s->ndevs, sizeof(*s->devs), by_rid);
	return -ret;
}

int iom_parse(struct iom *s)
{
	int ret = parse_units(s);

	return ret ? ret : parse_devices(s);
}

int iom_bad_rid(const char *word)
{
	return fail(XLATE_USAGE,
		    "a device is named as lspci names it: 0000:00:1f.3, or 00:1f.3 for segment 0",
		    "%s: not the name of a PCI function", word);
}

const struct iom_dev *iom_dev(const struct iom *s, u32 rid)
{
	size_t i;

	for (i = 0; i < s->ndevs; i++)
		if (s->devs[i].rid == rid)
			return &s->devs[i];
	return NULL;
}

int iom_find(const struct iom *s, const char *word, const struct iom_dev **d)
{
	char name[IOM_RID_SIZE];
	size_t i;
	u32 rid;

	if (!iom_parse_rid(word, &rid))
		return iom_bad_rid(word);
	*d = NULL;
	for (i = 0; i < s->ndevs; i++) {
		/* Without a segment: the first that has one like it. */
		bool short_name = strlen(word) < 9;

		if (s->devs[i].rid == rid ||
		    (short_name && (s->devs[i].rid & 0xffff) == (rid & 0xffff) && !*d))
			*d = *d && (*d)->rid == s->devs[i].rid ? *d : &s->devs[i];
	}
	if (!*d)
		return fail(XLATE_ERROR, "xlate iommu lists the devices and the requester IDs",
			    "%s: no device and no entry of the tables has this requester ID",
			    iom_rid_name(rid, name));
	return 0;
}

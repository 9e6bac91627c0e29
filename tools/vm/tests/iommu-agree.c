// SPDX-License-Identifier: GPL-2.0-only
/*
 * What iommu_probe says of every device, against what the kernel says:
 *
 *  - each leaf of `mappings` and of `tables`, first and last byte, asked of
 *    iommu_iova_to_phys(); and each page that the kernel says is mapped in the places where
 *    I/O addresses are given out, looked for among the leaves;
 *  - where the kernel has its own dump (Intel's debugfs, kernel debug): every entry of it,
 *    bit for bit, both ways;
 *  - drivers, groups, kinds of domains and physical functions, against sysfs.
 *
 * usage: iommu-agree MODE; MODE is what the machine was booted for: legacy, sm, fl, pt, off.
 *
 * A domain of many kinds of pages is made on the first edu device.
 */
#include "iommu.h"

#define INTEL "/sys/kernel/debug/iommu/intel"
#define TRIES 20

/* Where the kernel's own allocator gives out addresses: just below 4 GiB. And where
 * firmware wants memory as it is: the first 16 MiB.
 */
static const struct {
	uint64_t start, pages;
} searched[] = {
	{ 0, (17 << 20) / PAGE },
	{ 0xf0000000, (256 << 20) / PAGE },
};

struct leaf {
	uint64_t iova, size, phys, entry;
	unsigned int level;
	char rights[4];
};

/* Entries that point to a table: by level and address that they are for. */
struct leaves {
	struct leaf *at;
	size_t count, room;
};

/* Sums of the whole run */
static struct {
	size_t devices, leaves, asked, searched, dumped, upper;
} sum;

static int oracle;
static const char *mode;

static void add_leaf(struct leaves *l, struct leaf leaf)
{
	if (l->count == l->room)
		l->at = realloc(l->at, (l->room = l->room * 2 + 256) * sizeof(*l->at));
	l->at[l->count++] = leaf;
}

static int by_iova(const void *a, const void *b)
{
	const struct leaf *x = a, *y = b;

	if (x->iova != y->iova)
		return x->iova < y->iova ? -1 : 1;
	return (x->level < y->level) - (x->level > y->level);
}

static void sort_leaves(struct leaves *l)
{
	qsort(l->at, l->count, sizeof(*l->at), by_iova);
}

static void free_leaves(struct leaves *l)
{
	free(l->at);
	memset(l, 0, sizeof(*l));
}

static uint64_t level_bytes(unsigned int level)
{
	return PAGE << (9 * (level - 1));
}

/* Bits 51:12, cut to the page's size: the same place in VT-d's two formats. */
static uint64_t entry_phys(uint64_t entry, uint64_t size)
{
	return entry & 0x000ffffffffff000ULL & ~(size - 1);
}

/* -- what iommu_probe says ----------------------------------------------------------- */

/* mappings: start end page rights kind phys entry */
static bool read_mappings(const char *name, struct leaves *l, char *why, size_t room)
{
	char path[128];
	struct lines lines;

	snprintf(path, sizeof(path), PROBE "/%s/mappings", name);
	lines = read_lines(path);
	if (!lines.text) {
		snprintf(why, room, "cannot read %s: %s", path, strerror(errno));
		return false;
	}
	for (size_t i = 0; i < lines.count; i++) {
		struct line *w = &lines.line[i];
		uint64_t start, end, size, entry;
		struct leaf leaf = {};

		if (w->words < 7 || !strcmp(w->word[4], "raced")) {
			snprintf(why, room, "mappings: %s %s: %s", w->word[0],
				 w->words > 1 ? w->word[1] : "",
				 w->words < 7 ? "short line" : "raced");
			free_lines(&lines);
			return false;
		}
		start = number(w->word[0]);
		end = number(w->word[1]);
		leaf.level = !strcmp(w->word[2], "4K") ? 1 :
			     !strcmp(w->word[2], "2M") ? 2 :
			     !strcmp(w->word[2], "1G") ? 3 :
							 9;
		size = level_bytes(leaf.level);
		entry = number(w->word[6]);
		snprintf(leaf.rights, sizeof(leaf.rights), "%s", w->word[3]);
		if (leaf.level == 9 || end <= start || (end - start) % size || start % size ||
		    entry_phys(entry, size) != number(w->word[5])) {
			snprintf(why, room, "mappings: no sense in %s %s %s %s %s", w->word[0],
				 w->word[1], w->word[2], w->word[5], w->word[6]);
			free_lines(&lines);
			return false;
		}
		leaf.size = size;
		for (leaf.iova = start; leaf.iova < end; leaf.iova += size) {
			leaf.entry = entry + (leaf.iova - start);
			leaf.phys = number(w->word[5]) + (leaf.iova - start);
			add_leaf(l, leaf);
		}
	}
	free_lines(&lines);
	sort_leaves(l);
	return true;
}

/* tables: kind level iova table index count entry flags. Entries that are not leaves -> upper,
 * those above the page table (root, context, PASID) are not looked at here.
 */
static bool read_tables(const char *name, struct leaves *l, struct leaves *upper, char *why,
			size_t room)
{
	char path[128];
	struct lines lines;
	bool good = true;

	snprintf(path, sizeof(path), PROBE "/%s/tables", name);
	lines = read_lines(path);
	if (!lines.text) {
		snprintf(why, room, "cannot read %s: %s", path, strerror(errno));
		return false;
	}
	for (size_t i = 0; good && i < lines.count; i++) {
		struct line *w = &lines.line[i];
		struct leaf leaf = {};
		uint64_t count;

		if (w->words < 8 || !strcmp(w->word[0], "raced") || !strcmp(w->word[0], "odd")) {
			snprintf(why, room, "tables: line %zu is %s", i,
				 w->words < 8 ? "short" : w->word[0]);
			good = false;
		} else if (!strcmp(w->word[0], "leaf") || !strcmp(w->word[0], "table")) {
			bool is_leaf = w->word[0][0] == 'l';

			leaf.level = number(w->word[1]);
			leaf.iova = number(w->word[2]);
			leaf.entry = number(w->word[6]);
			count = number(w->word[5]);
			if (leaf.level < 1 || leaf.level > 5 || (leaf.level == 1 && !is_leaf) ||
			    !count || number(w->word[4]) + count > 512 ||
			    (!is_leaf && count != 1)) {
				snprintf(why, room, "tables: no sense in line %zu (%s)", i,
					 w->word[2]);
				good = false;
				break;
			}
			leaf.size = level_bytes(leaf.level);
			for (; count; count--) {
				leaf.phys = entry_phys(leaf.entry, leaf.size);
				add_leaf(is_leaf ? l : upper, leaf);
				leaf.iova += leaf.size;
				leaf.entry += leaf.size;
			}
		}
	}
	free_lines(&lines);
	sort_leaves(l);
	sort_leaves(upper);
	return good;
}

/* -- Intel's own dump ------------------------------------------------------------------ */

/*
 * Device 0000:00:03.0 @0x1023000            (or: with pasid 0 @0x1023000)
 * IOVA_PFN  PML5E  PML4E  PDPE  PDE  PTE
 * 0x00000000ff8e0 |  0x0...  0x...  ...      from PML5E down to the leaf
 */
static bool read_dump(const char *name, struct leaves *l, struct leaves *upper, uint64_t *root)
{
	char path[128];
	struct lines lines;

	snprintf(path, sizeof(path), INTEL "/%s/domain_translation_struct", name);
	lines = read_lines(path);
	*root = 0;
	if (!lines.text)
		return false;
	for (size_t i = 0; i < lines.count; i++) {
		struct line *w = &lines.line[i];
		uint64_t iova = number(w->word[0]) * PAGE;

		if (!strcmp(w->word[0], "Device"))
			*root = number(w->word[w->words - 1] + 1);
		if (w->words < 5 || strcmp(w->word[1], "|"))
			continue;
		for (int k = 2; k < w->words; k++) {
			struct leaf leaf = { .level = 7 - k, .entry = number(w->word[k]) };

			leaf.size = level_bytes(leaf.level);
			leaf.iova = iova & ~(leaf.size - 1);
			leaf.phys = entry_phys(leaf.entry, leaf.size);
			if (k == w->words - 1)
				add_leaf(l, leaf);
			else if (leaf.entry &&
				 !(upper->count && upper->at[upper->count - 1].iova == leaf.iova &&
				   upper->at[upper->count - 1].level == leaf.level))
				add_leaf(upper, leaf);
		}
	}
	free_lines(&lines);
	sort_leaves(l);
	sort_leaves(upper);
	/* The same upper entry stands in many lines. */
	for (size_t i = 0, to = 0; i < upper->count; i++) {
		if (!to || by_iova(&upper->at[to - 1], &upper->at[i]))
			upper->at[to++] = upper->at[i];
		if (i == upper->count - 1)
			upper->count = to;
	}
	return true;
}

/* How many differ; the first of them are told. Upper entries without any leaf are ours only:
 * the kernel's dump cannot show them.
 */
static size_t compare(const char *name, const char *what, const struct leaves *ours,
		      const struct leaves *theirs, bool may_have_more)
{
	size_t i = 0, k = 0, bad = 0;

	while (i < ours->count || k < theirs->count) {
		const struct leaf *a = &ours->at[i], *b = &theirs->at[k];
		int order = i == ours->count ? 1 : k == theirs->count ? -1 : by_iova(a, b);

		if (order < 0) {
			if (!may_have_more && bad++ < 5)
				diag("%s %s: only we have %#" PRIx64 " level %u entry %#" PRIx64,
				     name, what, a->iova, a->level, a->entry);
			i++;
		} else if (order > 0) {
			if (bad++ < 5)
				diag("%s %s: we lack %#" PRIx64 " level %u entry %#" PRIx64, name,
				     what, b->iova, b->level, b->entry);
			k++;
		} else {
			if (a->entry != b->entry && bad++ < 5)
				diag("%s %s: %#" PRIx64 " level %u: we say %#" PRIx64
				     ", not %#" PRIx64,
				     name, what, a->iova, a->level, a->entry, b->entry);
			i++;
			k++;
		}
	}
	return bad;
}

/* -- iommu_iova_to_phys() ---------------------------------------------------------------- */

/* Wrong leaves, and pages that we do not have. */
static size_t ask(const char *name, const struct leaves *l, int *type)
{
	uint64_t *iova = malloc((l->count * 2 + 1) * sizeof(*iova));
	uint64_t *phys = malloc((l->count * 2 + 1) * sizeof(*phys));
	uint32_t rid = rid_of(name);
	size_t bad = 0;

	for (size_t i = 0; i < l->count; i++) {
		iova[i * 2] = l->at[i].iova;
		iova[i * 2 + 1] = l->at[i].iova + l->at[i].size - 1;
	}
	iova[l->count * 2] = 0;
	*type = oracle_lookup(oracle, rid, iova, phys, l->count * 2 + 1);
	for (size_t i = 0; *type >= 0 && i < l->count * 2; i++) {
		const struct leaf *leaf = &l->at[i / 2];
		uint64_t want = leaf->phys + (i & 1 ? leaf->size - 1 : 0);

		if (phys[i] != want && bad++ < 5)
			diag("%s %#" PRIx64 ": we say %#" PRIx64 ", iommu_iova_to_phys() %#" PRIx64,
			     name, iova[i], want, phys[i]);
	}
	free(iova);
	free(phys);
	sum.asked += l->count * 2;
	return bad;
}

static const struct leaf *leaf_at(const struct leaves *l, uint64_t iova)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (l->at[mid].iova + l->at[mid].size <= iova)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->count && l->at[low].iova <= iova ? &l->at[low] : NULL;
}

static size_t search_range(const char *name, const struct leaves *l, uint64_t start, uint64_t pages)
{
	struct oracle_hit *hits;
	ssize_t n = oracle_scan(oracle, rid_of(name), start, pages, &hits);
	size_t bad = 0;

	for (ssize_t i = 0; i < n; i++) {
		const struct leaf *leaf = leaf_at(l, hits[i].iova);

		if ((!leaf || leaf->phys + (hits[i].iova - leaf->iova) != hits[i].phys) &&
		    bad++ < 5)
			diag("%s %#" PRIx64 ": iommu_iova_to_phys() says %#" PRIx64 ", we %s", name,
			     (uint64_t)hits[i].iova, (uint64_t)hits[i].phys,
			     leaf ? "something else" : "lack it");
	}
	free(hits);
	if (n < 0) {
		diag("%s: oracle: %s", name, strerror(-n));
		bad++;
	}
	sum.searched += pages;
	return bad;
}

static size_t search(const char *name, const struct leaves *l)
{
	size_t bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(searched); i++)
		bad += search_range(name, l, searched[i].start, searched[i].pages);
	/* Elsewhere: the pages around what we know. */
	for (size_t i = 0; i < l->count; i++) {
		const struct leaf *a = &l->at[i];

		if (a->iova && (!i || a[-1].iova + a[-1].size < a->iova))
			bad += search_range(name, l, a->iova - PAGE, 1);
		if (i + 1 == l->count || a->iova + a->size < a[1].iova)
			bad += search_range(name, l, a->iova + a->size, 1);
	}
	return bad;
}

/* -- one device ---------------------------------------------------------------------------- */

/* rid pasid unit device vf_of driver group domain_type mode format levels did root mappings
 * bytes flags source
 */
enum {
	RID,
	PASID,
	UNIT,
	DEVICE,
	VF_OF,
	DRIVER,
	GROUP,
	TYPE,
	MODE,
	FORMAT,
	LEVELS,
	DID,
	ROOT,
	MAPPINGS,
	BYTES,
	FLAGS,
	SOURCE,
	COLUMNS
};

static bool same_leaves(const struct leaves *a, const struct leaves *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->at[i].iova != b->at[i].iova || a->at[i].size != b->at[i].size ||
		    a->at[i].entry != b->at[i].entry)
			return false;
	return true;
}

/* What can be known by tables; true if all agreed. */
static bool check_leaves(struct line *row)
{
	struct leaves before = {}, after = {}, tables = {}, upper = {}, dump = {}, dump_upper = {};
	const char *name = row->word[RID];
	char why[256] = "kept changing";
	size_t bad = 0, bytes = 0;
	bool good = false, dumped = false;
	uint64_t root = 0;
	int try, type;

	/* A driver may map something in the middle of it all: then once more. */
	for (try = 0; try < TRIES && !good; try++) {
		free_leaves(&before);
		free_leaves(&after);
		free_leaves(&tables);
		free_leaves(&upper);
		free_leaves(&dump);
		free_leaves(&dump_upper);
		if (!read_mappings(name, &before, why, sizeof(why)) ||
		    !read_tables(name, &tables, &upper, why, sizeof(why)))
			continue;
		dumped = read_dump(name, &dump, &dump_upper, &root);
		if (!read_mappings(name, &after, why, sizeof(why)))
			continue;
		good = same_leaves(&before, &after);
	}
	if (!ok(good, "%s: mappings and tables can be read whole (%zu leaves)", name,
		after.count)) {
		diag("%s", why);
		goto out;
	}
	for (size_t i = 0; i < after.count; i++)
		bytes += after.at[i].size;

	good = ok(!compare(name, "tables", &tables, &after, false),
		  "%s: tables and mappings have the same leaves", name);
	good &= ok(after.count == number(row->word[MAPPINGS]) && bytes == number(row->word[BYTES]),
		   "%s: devices says so many mappings and bytes: %s, %s", name, row->word[MAPPINGS],
		   row->word[BYTES]);
	bad = ask(name, &after, &type);
	good &= ok(!bad && type >= 0, "%s: every leaf is what iommu_iova_to_phys() says", name);
	if (type == ORACLE_PAGING) {
		bad = search(name, &after);
		good &= ok(!bad, "%s: iommu_iova_to_phys() knows no page that we lack", name);
	}
	good &= ok(!strcmp(row->word[MODE], type == ORACLE_PAGING   ? "table" :
					    type == ORACLE_IDENTITY ? "pass" :
					    type == ORACLE_NONE	    ? "off" :
								      "blocked"),
		   "%s: mode %s is the kernel's type %d", name, row->word[MODE], type);
	if (dumped && type == ORACLE_PAGING) {
		bad = compare(name, "the kernel's dump", &after, &dump, false);
		bad += compare(name, "the kernel's upper entries", &upper, &dump_upper, true);
		good &= ok(
			!bad && root == number(row->word[ROOT]),
			"%s: all is as in the kernel's own dump: root, %zu leaves, %zu upper entries",
			name, dump.count, dump_upper.count);
		sum.dumped += dump.count;
		sum.upper += dump_upper.count;
	}
	sum.leaves += after.count;
out:
	free_leaves(&before);
	free_leaves(&after);
	free_leaves(&tables);
	free_leaves(&upper);
	free_leaves(&dump);
	free_leaves(&dump_upper);
	return good;
}

/* What sysfs knows. */
static void check_sysfs(struct line *row)
{
	const char *name = row->word[RID];
	char driver[256], group[256], physfn[256], path[320], type[256];

	snprintf(driver, sizeof(driver), "%s", link_name(pci_path(name, "driver")));
	snprintf(group, sizeof(group), "%s", link_name(pci_path(name, "iommu_group")));
	snprintf(physfn, sizeof(physfn), "%s", link_name(pci_path(name, "physfn")));
	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%s/type", group);
	snprintf(type, sizeof(type), "%s", strcmp(group, "-") ? first_line(path) : "-");
	/* The file says what the default domain is; one that a test attached is not it. */
	if (!strcmp(row->word[TYPE], "unmanaged"))
		snprintf(type, sizeof(type), "unmanaged");
	if (!ok(!strcmp(row->word[DEVICE], name) && !strcmp(row->word[DRIVER], driver) &&
			!strcmp(row->word[GROUP], group) && !strcmp(row->word[VF_OF], physfn) &&
			!strcasecmp(row->word[TYPE], type),
		"%s: driver %s, group %s, type %s, VF of %s, as in sysfs", name, driver, group,
		type, physfn))
		diag("we say: device %s driver %s group %s type %s vf_of %s", row->word[DEVICE],
		     row->word[DRIVER], row->word[GROUP], row->word[TYPE], row->word[VF_OF]);
}

static struct line *row_of(struct lines *devices, const char *name)
{
	for (size_t i = 0; i < devices->count; i++)
		if (!strcmp(devices->line[i].word[RID], name))
			return &devices->line[i];
	return NULL;
}

/* -- a domain with something of everything ------------------------------------------------- */

static const struct made {
	uint64_t iova, phys, pages;
	uint32_t stride, prot;
	const char *what;
} made[] = {
	{ 0x40000000, 0x100000, 1, 1, ORACLE_READ | ORACLE_WRITE, "a page" },
	{ 0x40002000, 0x102000, 3, 1, ORACLE_READ, "read-only pages" },
	{ 0x40006000, 0x106000, 1, 1, ORACLE_WRITE, "a write-only page" },
	{ 0x40200000, 0x400000, 1536, 1, ORACLE_READ | ORACLE_WRITE, "large pages" },
	{ 0x40ff0000, 0x400000, 600, 7, ORACLE_READ | ORACLE_WRITE, "scattered pages" },
	{ 0x80000000, 0x0, 262144, 1, ORACLE_READ, "a page of 1 GiB" },
	{ 0x1400001000, 0x5000, 2048, 1, ORACLE_READ | ORACLE_WRITE, "4 KiB pages, ill aligned" },
	{ 0x7ffffff000, 0x200000, 1, 1, ORACLE_READ | ORACLE_WRITE, "the last page of 39 bits" },
	{ 0x7ffffffff000, 0x201000, 1, 1, ORACLE_READ | ORACLE_WRITE, "the last page of 47 bits" },
};

static bool have_edu;

static void make_domain(const char *edu)
{
	uint32_t rid = rid_of(edu);

	if (!ok(!ioctl(oracle, ORACLE_CLAIM, &rid), "a domain for %s", edu))
		return;
	have_edu = true;
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		int ret = oracle_map(oracle, made[i].iova, made[i].phys, made[i].pages,
				     made[i].stride, made[i].prot);

		/* Not every table is 4 levels deep. */
		if (ret && made[i].iova >> 39)
			skip("no room in this domain", "%s at %#" PRIx64, made[i].what,
			     made[i].iova);
		else
			ok(!ret, "mapped: %s at %#" PRIx64, made[i].what, made[i].iova);
	}
}

/* Rights as asked for. What may be written may be read, too: first-stage tables have no other
 * way, and where zero-length reads need that right, as with QEMU's unit, the kernel grants it.
 */
static void check_made(struct line *row)
{
	struct leaves l = {};
	char why[256] = "";
	size_t large = 0, huge = 0;

	if (!ok(read_mappings(row->word[RID], &l, why, sizeof(why)), "%s: mappings",
		row->word[RID])) {
		diag("%s", why);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		const struct leaf *leaf = leaf_at(&l, made[i].iova);
		const char *want = made[i].prot & ORACLE_WRITE ? "rw" : "r-";

		if (leaf)
			ok(!strcmp(leaf->rights, want), "%s: %s has the rights %s", row->word[RID],
			   made[i].what, want);
	}
	for (size_t i = 0; i < l.count; i++) {
		large += l.at[i].level == 2;
		huge += l.at[i].level == 3;
	}
	ok(large == 3 && huge == 1, "%s: three pages of 2 MiB, one of 1 GiB (%zu, %zu)",
	   row->word[RID], large, huge);
	free_leaves(&l);
}

/* -- root, context and PASID entries ---------------------------------------------------------- */

/*
 * B.D.F  Root_entry  Context_entry  PASID  PASID_table_entry
 * 00:03.0  hi:lo  hi:lo  0  val2:val1:val0
 * Every function in it has a row and the same entries, and no other row has any.
 */
static bool has_entry(const struct lines *tables, const char *kind, uint64_t first, uint64_t second)
{
	for (size_t i = 0; i < tables->count; i++) {
		const struct line *w = &tables->line[i];
		uint64_t got[2];

		if (w->words < 8 || strcmp(w->word[0], kind))
			continue;
		got[0] = number(w->word[6]);
		got[1] = strchr(w->word[6], ',') ? number(strchr(w->word[6], ',') + 1) : 0;
		if (got[0] == first && got[1] == second)
			return true;
	}
	return false;
}

static void check_roots(struct lines *devices)
{
	struct lines dump = read_lines(INTEL "/dmar_translation_struct");
	size_t bad = 0, seen = 0, ours = 0;

	if (!dump.text) {
		skip("this kernel has no dump of its own", "root, context and PASID entries");
		return;
	}
	for (size_t i = 0; i < dump.count; i++) {
		struct line *w = &dump.line[i];
		char name[16], path[128];
		uint64_t root[2], context[2], pasid[3];
		struct lines tables;
		struct line *row;
		bool scalable, good;

		if (w->words != 5 || w->word[0][2] != ':' ||
		    sscanf(w->word[1], "%" PRIx64 ":%" PRIx64, &root[1], &root[0]) != 2 ||
		    sscanf(w->word[2], "%" PRIx64 ":%" PRIx64, &context[1], &context[0]) != 2 ||
		    sscanf(w->word[4], "%" PRIx64 ":%" PRIx64 ":%" PRIx64, &pasid[2], &pasid[1],
			   &pasid[0]) != 3)
			continue;
		seen++;
		scalable = w->word[3][0] != '-';
		snprintf(name, sizeof(name), "0000:%.7s", w->word[0]);
		row = row_of(devices, name);
		snprintf(path, sizeof(path), PROBE "/%s/tables", name);
		tables = read_lines(path);
		/* In scalable mode the halves of the root entry are for the halves of the bus. */
		good = row && has_entry(&tables, "root", root[0], root[1]) &&
		       has_entry(&tables, "context", context[0], context[1]) &&
		       (!scalable || has_entry(&tables, "pasid", pasid[0], pasid[1]));
		if (!good && bad++ < 5)
			diag("%s: %s %s %s is not in our tables", name, w->word[1], w->word[2],
			     w->word[4]);
		free_lines(&tables);
	}
	for (size_t i = 0; i < devices->count; i++)
		ours += strcmp(devices->line[i].word[MODE], "absent") &&
			strcmp(devices->line[i].word[MODE], "off");
	ok(!bad && seen == ours,
	   "root, context and PASID entries of %zu functions are as in the kernel's own dump (%zu)",
	   ours, seen);
	free_lines(&dump);
}

/* -- everything --------------------------------------------------------------------------- */

static void check_mode(struct lines *devices, const char *edu)
{
	const char *want_mode = !strcmp(mode, "pt")  ? "pass" :
				!strcmp(mode, "off") ? "off" :
						       "table";
	const char *want_format = !strcmp(mode, "fl") ? "vtd-fs" : "vtd-ss";
	size_t as_wanted = 0, others = 0;

	for (size_t i = 0; i < devices->count; i++) {
		struct line *row = &devices->line[i];

		/* Devices that have the edu's domain */
		if (have_edu && !strcmp(row->word[GROUP], row_of(devices, edu)->word[GROUP]))
			continue;
		if (!strcmp(row->word[MODE], want_mode) &&
		    (strcmp(want_mode, "table") || !strcmp(row->word[FORMAT], want_format)))
			as_wanted++;
		else
			others++;
	}
	ok(as_wanted && !others, "booted for %s: %zu functions have mode %s, %zu have not", mode,
	   as_wanted, want_mode, others);
}

int main(int argc, char **argv)
{
	char *edu = find_edu(0);
	struct lines devices;
	struct dirent **list;
	int count;

	if (argc != 2)
		bail("usage: iommu-agree legacy|sm|fl|pt|off");
	mode = argv[1];
	oracle = oracle_open();
	if (edu && strcmp(mode, "off"))
		make_domain(edu);

	devices = read_lines(PROBE "/devices");
	if (!ok(devices.count > 0, "devices has %zu rows", devices.count))
		return tap_end();
	for (size_t i = 0; i < devices.count; i++)
		if (devices.line[i].words != COLUMNS)
			bail("devices: %s has %d columns", devices.line[i].word[0],
			     devices.line[i].words);
	check_mode(&devices, edu);

	/* Each device on the bus has a row. */
	count = scandir(PCI, &list, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *name = list[i]->d_name;
		struct line *row;

		if (name[0] == '.')
			continue;
		row = row_of(&devices, name);
		if (!ok(row != NULL, "%s has a row", name))
			continue;
		check_sysfs(row);
		check_leaves(row);
		if (have_edu && !strcmp(name, edu))
			check_made(row);
		sum.devices++;
	}
	check_roots(&devices);

	diag("compared: %zu functions, %zu leaves; %zu addresses asked of iommu_iova_to_phys(), %zu pages searched; "
	     "%zu leaves and %zu upper entries of the kernel's dump",
	     sum.devices, sum.leaves, sum.asked, sum.searched, sum.dumped, sum.upper);
	if (strcmp(mode, "off") && have_edu)
		ok(sum.leaves > 1000, "there was something to compare: %zu leaves", sum.leaves);
	return tap_end();
}

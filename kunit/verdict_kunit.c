// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: what would happen if the process touched this address now. */
#include <linux/module.h>

#include "suite.h"

#include "../pagewalk/x86_names.c"
#include "../pagewalk/verdict.c"

#define ADDR 0x401008ULL
#define PAGE 0x103abc000ULL

/* Areas as /proc/PID/maps has them. */
#define V_NONE	PAGEWALK_VMA_PRESENT
#define V_R	(V_NONE | PAGEWALK_VMA_READ | PAGEWALK_VMA_MAYWRITE)
#define V_RW	(V_R | PAGEWALK_VMA_WRITE)
#define V_RX	(V_R | PAGEWALK_VMA_EXEC)
#define V_RWX	(V_RW | PAGEWALK_VMA_EXEC)
#define V_ANON	PAGEWALK_VMA_ANON
#define V_FILE	PAGEWALK_VMA_FILE
#define V_SHARE (PAGEWALK_VMA_FILE | PAGEWALK_VMA_SHARED)
#define V_SHMEM (V_SHARE | PAGEWALK_VMA_SHMEM)
#define V_HTLB	PAGEWALK_VMA_HUGETLB
#define V_STACK (V_RW | V_ANON | PAGEWALK_VMA_GROWSDOWN)

/* Entries. */
#define E_RW  (PAGE | X86_P | X86_RW | X86_US | X86_A | X86_D | X86_NX)
#define E_RO  (PAGE | X86_P | X86_US | X86_A | X86_NX)
#define E_RX  (PAGE | X86_P | X86_US | X86_A)
#define E_RWX (E_RX | X86_RW | X86_D)
#define E_OFF ((0x000f7ffffffff000 & ~PAGE) | X86_PROTNONE | X86_US) /* PROT_NONE, NUMA */

/* What verdict_summary() shall say. */
#define ALLOWED		"allowed faults=0"
#define FIX(how, why)	"fixed repair=" how " error_code=" why " faults=1"
#define MONITOR(why)	"userfaultfd error_code=" why " faults=1"
#define SEGV(code, why) "SIGSEGV si_code=" code " error_code=" why " faults=1"
#define BUS(code, why)	"SIGBUS si_code=" code " error_code=" why " faults=1"
/* A fetch whose page is brought, and then turns out not to be executable. */
#define THEN_NX "SIGSEGV si_code=2(SEGV_ACCERR) error_code=0x15(P|U|I) faults=2"

#define MAPERR "1(SEGV_MAPERR)"
#define ACCERR "2(SEGV_ACCERR)"
#define PKUERR "4(SEGV_PKUERR)"
#define ADRERR "2(BUS_ADRERR)"
#define MCEERR "4(BUS_MCEERR_AR)"

#define R  "0x4(U)"
#define W  "0x6(W|U)"
#define X  "0x14(U|I)"
#define PR "0x5(P|U)"
#define PW "0x7(P|W|U)"
#define PX "0x15(P|U|I)"

/* A walk through tables that allow everything, in an area with room around. */
static struct pagewalk_facts *facts_new(struct kunit *test, unsigned int levels)
{
	struct pagewalk_facts *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->addr = ADDR;
	f->untagged = ADDR;
	f->task_size = (1ULL << (levels == 5 ? 56 : 47)) - 0x1000;
	f->mmu = suite_mmu;
	f->mmu.levels = levels;
	f->root = 0x1037fa000;
	f->vm_start = 0x400000;
	f->vm_end = 0x800000;
	for (i = 0; i < levels; i++) {
		struct pagewalk_step *s = &f->step[i];

		s->level = levels - i;
		s->table = f->root + i * 0x1000;
		s->index = radix_index(ADDR, s->level);
		s->entry = (s->table + 0x1000) | X86_P | X86_RW | X86_US | X86_A | X86_D;
		s->user_entry = s->entry;
		s->state = PAGEWALK_TABLE;
	}
	return f;
}

static void facts_entry(struct pagewalk_facts *f, unsigned int step, u64 entry)
{
	f->step[step].entry = entry;
	f->step[step].user_entry = entry;
}

/* The walk ends in a table of @level with @entry. */
static void facts_leaf(struct pagewalk_facts *f, unsigned int level, u64 entry, u32 vma)
{
	struct pagewalk_step *s = &f->step[f->mmu.levels - level];

	facts_entry(f, f->mmu.levels - level, entry);
	s->state = x86_state(&f->mmu, entry, level, vma);
	f->steps = f->mmu.levels - level + 1;
	f->vma = vma;
}

/* Judges, and looks whether the answer's parts go together. */
static void judge_into(struct kunit *test, const struct pagewalk_facts *f,
		       enum verdict_access access, struct verdict *v, char *summary)
{
	memset(v, 0xa5, sizeof(*v));
	verdict(f, access, v, NULL);
	verdict_summary(v, summary, 128);

	KUNIT_EXPECT_LE_MSG(test, v->faults, 2U, "%s", summary);
	KUNIT_EXPECT_EQ_MSG(test, v->signo,
			    v->outcome == VERDICT_SIGSEGV ? 11 :
			    v->outcome == VERDICT_SIGBUS  ? 7 :
							    0,
			    "%s", summary);
	KUNIT_EXPECT_EQ_MSG(test, v->si_code != 0, v->signo != 0, "%s", summary);
	KUNIT_EXPECT_EQ_MSG(test, v->trap == 14, v->faults != 0, "%s", summary);
	if (v->outcome == VERDICT_ALLOWED)
		KUNIT_EXPECT_EQ_MSG(test, v->trap, 0, "%s", summary);
	if (v->outcome == VERDICT_FIXED)
		KUNIT_EXPECT_NE_MSG(test, v->repair, VERDICT_NO_REPAIR, "%s", summary);
}

static void expect(struct kunit *test, const struct pagewalk_facts *f, enum verdict_access access,
		   const char *want, unsigned int row)
{
	struct verdict v;
	char summary[128];

	judge_into(test, f, access, &v, summary);
	KUNIT_EXPECT_STREQ_MSG(test, summary, want, "row %u, access %u", row, access);
}

/* State by access by area. */
struct truth {
	u64 entry;
	u32 vma;
	u32 page;
	u32 flags;
	const char *want[3]; /* read, write, execute */
};

static void expect_truth(struct kunit *test, unsigned int level, const struct truth *row,
			 unsigned int rows)
{
	struct pagewalk_facts *f = facts_new(test, 4);
	enum verdict_access access;
	unsigned int i;

	for (i = 0; i < rows; i++) {
		facts_leaf(f, level, row[i].entry, row[i].vma);
		f->page = row[i].page;
		f->flags = row[i].flags;
		for (access = VERDICT_READ; access <= VERDICT_EXEC; access++)
			expect(test, f, access, row[i].want[access], i + 1);
	}
}

static void verdict_present(struct kunit *test)
{
	static const struct truth row[] = {
		/* 1: data */ { E_RW, V_RW | V_ANON, 0, 0, { ALLOWED, ALLOWED, SEGV(ACCERR, PX) } },
		/* 2: text */ { E_RX, V_RX | V_FILE, 0, 0, { ALLOWED, SEGV(ACCERR, PW), ALLOWED } },
		/* 3: constants */
		{ E_RO, V_R | V_FILE, 0, 0, { ALLOWED, SEGV(ACCERR, PW), SEGV(ACCERR, PX) } },
		/* 4 */ { E_RWX, V_RWX | V_ANON, 0, 0, { ALLOWED, ALLOWED, ALLOWED } },
		/* 5: not user mode's */
		{ E_RWX & ~X86_US,
		  V_RWX | V_ANON,
		  0,
		  0,
		  { SEGV(ACCERR, PR), FIX("retry", PW), SEGV(ACCERR, PX) } },
		/* 6: accessed and dirty bits are the hardware's work, not a fault */
		{ E_RW & ~(X86_A | X86_D),
		  V_RW | V_ANON,
		  0,
		  0,
		  { ALLOWED, ALLOWED, SEGV(ACCERR, PX) } },
	};

	expect_truth(test, 1, row, ARRAY_SIZE(row));
}

static void verdict_large_pages(struct kunit *test)
{
	static const struct truth row[] = {
		/* 1 */ { 0x80000001400000e7,
			  V_RW | V_ANON,
			  0,
			  0,
			  { ALLOWED, ALLOWED, SEGV(ACCERR, PX) } },
		/* 2 */
		{ 0x1400000a5, V_RX | V_FILE, 0, 0, { ALLOWED, SEGV(ACCERR, PW), ALLOWED } },
		/* 3: PAT is bit 12 here, not reserved */
		{ 0x1400010e7, V_RWX | V_ANON, 0, 0, { ALLOWED, ALLOWED, ALLOWED } },
	};
	static const struct truth split = {
		/* caught while it is being split: pitfall 5 */
		(0x000f7fffffe00000 & ~0x140000000ULL) | X86_PS | X86_RW | X86_US,
		V_RWX | V_ANON,
		0,
		0,
		{ FIX("retry", R), FIX("retry", W), FIX("retry", X) },
	};

	expect_truth(test, 2, row, ARRAY_SIZE(row));
	expect_truth(test, 3, row, ARRAY_SIZE(row));
	expect_truth(test, 2, &split, 1);
}

/* Nothing there yet: what was promised. */
static void verdict_empty(struct kunit *test)
{
	static const struct truth row[] = {
		/* 1 */ { 0,
			  V_RW | V_ANON,
			  0,
			  0,
			  { FIX("zero-page", R), FIX("demand-zero", W), THEN_NX } },
		/* 2 */
		{ 0,
		  V_RWX | V_ANON,
		  0,
		  0,
		  { FIX("zero-page", R), FIX("demand-zero", W), FIX("zero-page", X) } },
		/* 3 */
		{ 0, V_R | V_ANON, 0, 0, { FIX("zero-page", R), SEGV(ACCERR, W), THEN_NX } },
		/* 4 */
		{ 0,
		  V_RX | V_FILE,
		  0,
		  0,
		  { FIX("file-map", R), SEGV(ACCERR, W), FIX("file-map", X) } },
		/* 5 */
		{ 0, V_RW | V_FILE, 0, 0, { FIX("file-map", R), FIX("file-copy", W), THEN_NX } },
		/* 6 */
		{ 0, V_RW | V_SHARE, 0, 0, { FIX("file-map", R), FIX("file-map", W), THEN_NX } },
		/* 7 */
		{ 0, V_RW | V_SHMEM, 0, 0, { FIX("file-map", R), FIX("file-map", W), THEN_NX } },
		/* 8 */
		{ 0,
		  V_RW | V_HTLB,
		  0,
		  0,
		  { FIX("hugetlb-page", R), FIX("hugetlb-page", W), THEN_NX } },
		/* 9: mmap(PROT_NONE) */
		{ 0, V_NONE | V_ANON, 0, 0, { SEGV(ACCERR, R), SEGV(ACCERR, W), SEGV(ACCERR, X) } },
		/* 10: x86 cannot forbid reads alone */
		{ 0,
		  V_NONE | PAGEWALK_VMA_WRITE | V_ANON,
		  0,
		  0,
		  { FIX("zero-page", R), FIX("demand-zero", W), THEN_NX } },
		/* 11: execute only, on a machine without keys */
		{ 0,
		  V_NONE | PAGEWALK_VMA_EXEC | V_FILE,
		  0,
		  0,
		  { FIX("file-map", R), SEGV(ACCERR, W), FIX("file-map", X) } },
		/* 12: no area at all */
		{ 0, 0, 0, 0, { SEGV(MAPERR, R), SEGV(MAPERR, W), SEGV(MAPERR, X) } },
		/* 13: beyond the end of the file */
		{ 0,
		  V_RWX | V_SHARE,
		  0,
		  PAGEWALK_FACT_EOF,
		  { BUS(ADRERR, R), BUS(ADRERR, W), BUS(ADRERR, X) } },
		/* 14: ... but the area is looked at first */
		{ 0,
		  V_R | V_FILE,
		  0,
		  PAGEWALK_FACT_EOF,
		  { BUS(ADRERR, R), SEGV(ACCERR, W), BUS(ADRERR, X) } },
		/* 15: a device that mapped no page here */
		{ 0,
		  V_RW | PAGEWALK_VMA_PFNMAP,
		  0,
		  PAGEWALK_FACT_NO_FAULT,
		  { BUS(ADRERR, R), BUS(ADRERR, W), BUS(ADRERR, X) } },
		/* 16: shadow stacks are written by calls alone */
		{ 0,
		  V_RW | V_ANON | PAGEWALK_VMA_SHSTK,
		  0,
		  0,
		  { FIX("zero-page", R), SEGV(ACCERR, W), THEN_NX } },
	};
	unsigned int level;

	for (level = 1; level <= 4; level++)
		expect_truth(test, level, row, ARRAY_SIZE(row));
}

/* Pitfalls 4..7: an entry with P clear that is not empty. */
static void verdict_pitfalls_4_to_7_not_present(struct kunit *test)
{
#define ALL(what)                         \
	{                                 \
		what(R), what(W), what(X) \
	}
#define SWAPIN(why)    FIX("swap-in", why)
#define MIGRATE(why)   FIX("wait-migration", why)
#define DEVICE(why)    FIX("from-device", why)
#define HINT(why)      FIX("numa-hint", why)
#define POISONED(why)  BUS(MCEERR, why)
#define GUARDED(why)   SEGV(MAPERR, why)
#define FORBIDDEN(why) SEGV(ACCERR, why)
#define UNKNOWN(why)   BUS(ADRERR, why)
	static const struct truth row[] = {
		/* 1 */ { SUITE_SWP(0, 5), V_RWX | V_ANON, 0, 0, ALL(SWAPIN) },
		/* 2 */
		{ SUITE_SWP(0, 5),
		  V_RW | V_ANON,
		  0,
		  0,
		  { FIX("swap-in", R), FIX("swap-in", W), THEN_NX } },
		/* 3 */
		{ SUITE_SWP(0, 5),
		  V_R | V_ANON,
		  0,
		  0,
		  { FIX("swap-in", R), SEGV(ACCERR, W), THEN_NX } },
		/* 4 */ { SUITE_SWP(22, 5), V_NONE, 0, 0, ALL(FORBIDDEN) },
		/* 5 */ { SUITE_SWP(24, 5), V_RWX | V_ANON, 0, 0, ALL(MIGRATE) },
		/* 6 */ { SUITE_SWP(25, 5), V_RWX | V_ANON, 0, 0, ALL(MIGRATE) },
		/* 7 */ { SUITE_SWP(26, 5), V_RWX | V_ANON, 0, 0, ALL(MIGRATE) },
		/* 8 */ { SUITE_SWP(27, 5), V_RWX | V_ANON, 0, 0, ALL(DEVICE) },
		/* 9 */ { SUITE_SWP(28, 5), V_RWX | V_ANON, 0, 0, ALL(DEVICE) },
		/* 10 */ { SUITE_SWP(29, 5), V_RWX | V_ANON, 0, 0, ALL(DEVICE) },
		/* 11 */ { SUITE_SWP(30, 5), V_RWX | V_ANON, 0, 0, ALL(DEVICE) },
		/* 12: memory error */ { SUITE_SWP(23, 5), V_RWX | V_ANON, 0, 0, ALL(POISONED) },
		/* 13 */ { SUITE_SWP(23, 5), V_NONE, 0, 0, ALL(FORBIDDEN) },
		/* 14: UFFDIO_POISON */ { SUITE_SWP(31, 2), V_RWX | V_ANON, 0, 0, ALL(POISONED) },
		/* 15: guard page, in an area with all rights */
		{ SUITE_SWP(31, 4), V_RWX | V_ANON, 0, 0, ALL(GUARDED) },
		/* 16 */ { SUITE_SWP(31, 4), V_NONE, 0, 0, ALL(FORBIDDEN) },
		/* 17: a left-over marker where userfaultfd is gone is as good as empty */
		{ SUITE_SWP(31, 1),
		  V_RWX | V_ANON,
		  0,
		  0,
		  { FIX("zero-page", R), FIX("demand-zero", W), FIX("zero-page", X) } },
		/* 18 */ { SUITE_SWP(31, 8), V_RWX | V_ANON, 0, 0, ALL(UNKNOWN) },
		/* 19: mprotect(PROT_NONE) */ { E_OFF, V_NONE | V_ANON, 0, 0, ALL(FORBIDDEN) },
		/* 20: the same bits, but the area may be touched */
		{ E_OFF, V_RWX | V_ANON, 0, 0, ALL(HINT) },
		/* 21 */
		{ E_OFF, V_R | V_ANON, 0, 0, { FIX("numa-hint", R), SEGV(ACCERR, W), THEN_NX } },
	};

	expect_truth(test, 1, row, ARRAY_SIZE(row));
	/* Pitfall 15: the same in the tables of hugetlb. */
	expect_truth(test, 2, row, ARRAY_SIZE(row));
}

/* Pitfall 10, 12: a write to a page that is not writable in an area that is. */
static void verdict_pitfall_12_copy_on_write(struct kunit *test)
{
#define COPY  FIX("cow-copy", PW)
#define REUSE FIX("cow-reuse", PW)
#define A     (PAGEWALK_PG_VALID | PAGEWALK_PG_ANON)
#define F     (PAGEWALK_PG_VALID | PAGEWALK_PG_FILE)
#define NOX   SEGV(ACCERR, PX)
	static const struct truth row[] = {
		/* 1: after fork() */ { E_RO, V_RW | V_ANON, A, 0, { ALLOWED, COPY, NOX } },
		/* 2 */
		{ E_RO, V_RW | V_ANON, A | PAGEWALK_PG_EXCLUSIVE, 0, { ALLOWED, REUSE, NOX } },
		/* 3: the other one has gone */
		{ E_RO, V_RW | V_ANON, A | PAGEWALK_PG_ONCE, 0, { ALLOWED, REUSE, NOX } },
		/* 4 */ { E_RO, V_RW | V_ANON, A | PAGEWALK_PG_KSM, 0, { ALLOWED, COPY, NOX } },
		/* 5: KSM never gives a page away, even when it is mapped once */
		{ E_RO,
		  V_RW | V_ANON,
		  A | PAGEWALK_PG_KSM | PAGEWALK_PG_ONCE,
		  0,
		  { ALLOWED, COPY, NOX } },
		/* 6: the page of zeros, small and huge */
		{ E_RO,
		  V_RW | V_ANON,
		  PAGEWALK_PG_VALID | PAGEWALK_PG_ZERO,
		  0,
		  { ALLOWED, COPY, NOX } },
		/* 7 */
		{ E_RO,
		  V_RW | V_ANON,
		  PAGEWALK_PG_VALID | PAGEWALK_PG_HUGE_ZERO,
		  0,
		  { ALLOWED, COPY, NOX } },
		/* 8: .data before the first write; mapped once makes no difference */
		{ E_RO, V_RW | V_FILE, F | PAGEWALK_PG_ONCE, 0, { ALLOWED, COPY, NOX } },
		/* 9: an anonymous copy in a file mapping */
		{ E_RO, V_RW | V_FILE, A | PAGEWALK_PG_EXCLUSIVE, 0, { ALLOWED, REUSE, NOX } },
		/* 10: shared file mapping: the page stays the file's */
		{ E_RO, V_RW | V_SHARE, F, 0, { ALLOWED, FIX("make-writable", PW), NOX } },
		/* 11 */
		{ E_RO,
		  V_RW | V_SHMEM,
		  PAGEWALK_PG_VALID | PAGEWALK_PG_SHMEM,
		  0,
		  { ALLOWED, FIX("make-writable", PW), NOX } },
		/* 12: pitfall 9, no struct page */
		{ E_RO | X86_SPECIAL,
		  V_RW | V_SHARE | PAGEWALK_VMA_PFNMAP,
		  PAGEWALK_PG_VALID | PAGEWALK_PG_NOPAGE,
		  0,
		  { ALLOWED, FIX("make-writable", PW), NOX } },
		/* 13: the area decides first */
		{ E_RO, V_R | V_ANON, A, 0, { ALLOWED, SEGV(ACCERR, PW), NOX } },
		/* 14: shadow stack: D without RW */
		{ E_RO | X86_D,
		  V_RW | V_ANON | PAGEWALK_VMA_SHSTK,
		  A,
		  0,
		  { ALLOWED, SEGV(ACCERR, PW), NOX } },
	};

	expect_truth(test, 1, row, ARRAY_SIZE(row));
}

/* Pitfall 11: a userfaultfd monitor is asked only about what it watches. */
static void verdict_pitfall_11_userfaultfd(struct kunit *test)
{
#define MISSING PAGEWALK_VMA_UFFD_MISSING
#define WP	PAGEWALK_VMA_UFFD_WP
#define MON_R	MONITOR(R)
#define MON_W	MONITOR(W)
#define MON_X	MONITOR(X)
#define MON_PW	MONITOR(PW)
	static const struct truth row[] = {
		/* 1 */ { 0, V_RW | V_ANON | MISSING, 0, 0, { MON_R, MON_W, MON_X } },
		/* 2 */ { 0, V_RW | V_SHMEM | MISSING, 0, 0, { MON_R, MON_W, MON_X } },
		/* 3 */ { 0, V_RW | V_HTLB | MISSING, 0, 0, { MON_R, MON_W, MON_X } },
		/* 4: files know no missing pages */
		{ 0,
		  V_RW | V_SHARE | MISSING,
		  0,
		  0,
		  { FIX("file-map", R), FIX("file-map", W), THEN_NX } },
		/* 5: the end of the file comes first */
		{ 0,
		  V_RW | V_SHMEM | MISSING,
		  0,
		  PAGEWALK_FACT_EOF,
		  { BUS(ADRERR, R), BUS(ADRERR, W), BUS(ADRERR, X) } },
		/* 6: the right comes first */
		{ 0, V_R | V_ANON | MISSING, 0, 0, { MON_R, SEGV(ACCERR, W), MON_X } },
		/* 7 */
		{ 0,
		  V_RW | V_ANON | WP,
		  0,
		  0,
		  { FIX("zero-page", R), FIX("demand-zero", W), THEN_NX } },
		/* 8: a protected page */
		{ E_RO | X86_UFFD_WP, V_RW | V_ANON | WP, A, 0, { ALLOWED, MON_PW, NOX } },
		/* 9: ... also of a shared mapping */
		{ E_RO | X86_UFFD_WP,
		  V_RW | V_SHMEM | WP,
		  PAGEWALK_PG_VALID | PAGEWALK_PG_SHMEM,
		  0,
		  { ALLOWED, MON_PW, NOX } },
		/* 10: the bit is left over */
		{ E_RO | X86_UFFD_WP, V_RW | V_ANON, A, 0, { ALLOWED, COPY, NOX } },
		/* 11: not protected, only not written since fork() */
		{ E_RO, V_RW | V_ANON | WP, A, 0, { ALLOWED, COPY, NOX } },
		/* 12: swapped out */
		{ SUITE_SWP(0, 5) | X86_SWP_UFFD_WP,
		  V_RW | V_ANON | WP,
		  0,
		  0,
		  { FIX("swap-in", R), MON_W, THEN_NX } },
		/* 13 */
		{ SUITE_SWP(0, 5) | X86_SWP_UFFD_WP,
		  V_RW | V_ANON,
		  0,
		  0,
		  { FIX("swap-in", R), FIX("swap-in", W), THEN_NX } },
		/* 14: a marker: the fresh page is protected, and the second fault finds that */
		{ SUITE_SWP(31, 1),
		  V_RW | V_SHMEM | WP,
		  0,
		  0,
		  { FIX("file-map", R), "userfaultfd error_code=0x7(P|W|U) faults=2", THEN_NX } },
		/* 15: both */
		{ SUITE_SWP(31, 1), V_RW | V_SHMEM | WP | MISSING, 0, 0, { MON_R, MON_W, MON_X } },
	};

	expect_truth(test, 1, row, ARRAY_SIZE(row));
}

/* Where the walk ends does not matter, and a table at its end is a walk cut short. */
static void verdict_walk_ends_anywhere(struct kunit *test)
{
	struct pagewalk_facts *f = facts_new(test, 5);
	unsigned int level;

	for (level = 5; level >= 1; level--) {
		facts_leaf(f, level, 0, V_RW | V_ANON);
		expect(test, f, VERDICT_WRITE, FIX("demand-zero", W), level);
	}
	f->steps = 0;
	expect(test, f, VERDICT_WRITE, FIX("demand-zero", W), 0);
	f->vma = 0;
	expect(test, f, VERDICT_READ, SEGV(MAPERR, R), 0);
	f->vma = V_RW | V_ANON;
	f->steps = 3;
	f->flags = PAGEWALK_FACT_RACED;
	expect(test, f, VERDICT_READ, FIX("zero-page", R), 0);
}

/* Pitfall 3: any level can take a right away, and the error code is the same. */
static void verdict_pitfall_3_effective_rights(struct kunit *test)
{
	struct pagewalk_facts *f = facts_new(test, 5);
	unsigned int i;

	facts_leaf(f, 1, E_RWX, V_RX | V_FILE);
	for (i = 0; i < 5; i++) {
		u64 entry = f->step[i].entry;

		expect(test, f, VERDICT_WRITE, ALLOWED, i);
		facts_entry(f, i, entry & ~X86_RW);
		expect(test, f, VERDICT_READ, ALLOWED, i);
		expect(test, f, VERDICT_WRITE, SEGV(ACCERR, PW), i);
		expect(test, f, VERDICT_EXEC, ALLOWED, i);
		facts_entry(f, i, entry | X86_NX);
		expect(test, f, VERDICT_READ, ALLOWED, i);
		expect(test, f, VERDICT_WRITE, ALLOWED, i);
		expect(test, f, VERDICT_EXEC, SEGV(ACCERR, PX), i);
		facts_entry(f, i, entry & ~X86_US);
		expect(test, f, VERDICT_READ, SEGV(ACCERR, PR), i);
		facts_entry(f, i, entry);
	}
}

/* Pitfall 2: what counts is user mode's own copy of the top level. */
static void verdict_pitfall_2_pti(struct kunit *test)
{
	struct pagewalk_facts *f = facts_new(test, 4);

	facts_leaf(f, 1, E_RX, V_RX | V_FILE);
	f->user_root = f->root + 0x1000;
	f->step[0].entry |= X86_NX;
	expect(test, f, VERDICT_EXEC, ALLOWED, 1);
	/* The other way round, as a broken copy would be. */
	f->step[0].user_entry |= X86_NX;
	f->step[0].entry &= ~X86_NX;
	expect(test, f, VERDICT_EXEC, SEGV(ACCERR, PX), 2);
	f->step[0].user_entry = 0;
	expect(test, f, VERDICT_READ, FIX("retry", R), 3);
}

/* Without EFER.NXE there is neither NX nor the I bit of the error code. */
static void verdict_no_nx(struct kunit *test)
{
	struct pagewalk_facts *f = facts_new(test, 4);

	f->mmu.flags &= ~PAGEWALK_MMU_NX;
	facts_leaf(f, 1, E_RWX, V_RW | V_ANON);
	expect(test, f, VERDICT_EXEC, ALLOWED, 1);
	facts_leaf(f, 1, 0, V_RW | V_ANON);
	expect(test, f, VERDICT_EXEC, FIX("zero-page", R), 2);
	/* Bit 63 is reserved then. */
	facts_leaf(f, 1, E_RW, V_RW | V_ANON);
	expect(test, f, VERDICT_READ, "corrupt error_code=0xd(P|U|RSVD) faults=1", 3);
}

static void verdict_reserved_bits(struct kunit *test)
{
	static const struct {
		unsigned int level;
		u64 entry;
		bool reserved;
	} row[] = {
		/* 1 */ { 1, E_RWX, false },
		/* 2: above the CPU's physical addresses */ { 1, E_RWX | BIT_ULL(46), true },
		/* 3 */ { 1, E_RWX | BIT_ULL(51), true },
		/* 4: the encryption bit is none */ { 1, E_RWX | BIT_ULL(47), false },
		/* 5: bits for the software */ { 1, E_RWX | GENMASK_ULL(58, 52), false },
		/* 6: PAT of a small page */ { 1, E_RWX | X86_PAT, false },
		/* 7 */ { 2, 0x1400000e7, false },
		/* 8: PAT of a large one */ { 2, 0x1400010e7, false },
		/* 9: below its size */ { 2, 0x1400020e7, true },
		/* 10 */ { 2, 0x1401000e7, true },
		/* 11: 1 GiB */ { 3, 0x1600000e7, true },
		/* 12 */ { 3, 0x1400000e7, false },
		/* 13: P is clear, so no bit is */ { 2, SUITE_SWP(3, 5), false },
		/* 14: no pages so large */ { 4, 0xe7, true },
		/* 15 */ { 5, 0xe7, true },
	};
	struct pagewalk_facts *f = facts_new(test, 5);
	unsigned int i;

	f->mmu.phys_mask = GENMASK_ULL(45, 12);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct verdict v;
		char summary[128];

		facts_leaf(f, row[i].level, row[i].entry, V_RWX | V_ANON);
		judge_into(test, f, VERDICT_WRITE, &v, summary);
		KUNIT_EXPECT_EQ_MSG(test, v.outcome == VERDICT_CORRUPT, row[i].reserved,
				    "row %u: %s", i + 1, summary);
		if (row[i].reserved)
			KUNIT_EXPECT_EQ_MSG(test, v.error_code[0], 0xf, "row %u", i + 1);
	}
	/* In a table's entry, too, before the levels below are looked at. */
	facts_leaf(f, 1, 0, V_RWX | V_ANON);
	facts_entry(f, 2, f->step[2].entry | BIT_ULL(50));
	expect(test, f, VERDICT_EXEC, "corrupt error_code=0x1d(P|U|RSVD|I) faults=1", 16);
}

/* Pitfall 16: keys are the thread's, and they are looked at before the area. */
static void verdict_pitfall_16_protection_keys(struct kunit *test)
{
#define KEY(n) ((u64)(n) << X86_PKEY_SHIFT)
#define PKR    SEGV(PKUERR, "0x25(P|U|PK)")
#define PKW    SEGV(PKUERR, "0x27(P|W|U|PK)")
	static const struct {
		u64 entry;
		u32 vma;
		u8 pkey;
		u32 pkru;
		const char *want[3];
	} row[] = {
		/* 1: nothing is forbidden */
		{ E_RWX | KEY(1), V_RWX | V_ANON, 1, 0, { ALLOWED, ALLOWED, ALLOWED } },
		/* 2: access disabled: data only, code runs on */
		{ E_RWX | KEY(1), V_RWX | V_ANON, 1, 0x4, { PKR, PKW, ALLOWED } },
		/* 3: write disabled */
		{ E_RWX | KEY(1), V_RWX | V_ANON, 1, 0x8, { ALLOWED, PKW, ALLOWED } },
		/* 4: another key's bits */
		{ E_RWX | KEY(2), V_RWX | V_ANON, 2, 0xc, { ALLOWED, ALLOWED, ALLOWED } },
		/* 5: the last key */
		{ E_RWX | KEY(15), V_RWX | V_ANON, 15, 0x40000000, { PKR, PKW, ALLOWED } },
		/* 6: the default key counts like any other */
		{ E_RWX, V_RWX | V_ANON, 0, 0x2, { ALLOWED, PKW, ALLOWED } },
		/* 7: not there: no PK bit, but the same signal */
		{ 0,
		  V_RWX | V_ANON,
		  1,
		  0x4,
		  { SEGV(PKUERR, R), SEGV(PKUERR, W), FIX("zero-page", X) } },
		/* 8 */
		{ SUITE_SWP(0, 5),
		  V_RWX | V_ANON,
		  1,
		  0x8,
		  { FIX("swap-in", R), SEGV(PKUERR, W), FIX("swap-in", X) } },
		/* 9: read-only besides: the key is named */
		{ E_RX | KEY(1), V_RX | V_ANON, 1, 0xc, { PKR, PKW, ALLOWED } },
		/* 10: read-only, key allows */
		{ E_RX | KEY(1), V_RX | V_ANON, 1, 0, { ALLOWED, SEGV(ACCERR, PW), ALLOWED } },
		/* 11: execute only */
		{ E_RX | KEY(1),
		  V_NONE | PAGEWALK_VMA_EXEC | V_FILE,
		  1,
		  0x4,
		  { PKR, PKW, ALLOWED } },
		/* 12: a kernel page has no key for user mode */
		{ (E_RWX & ~X86_US) | KEY(1),
		  V_RX | V_ANON,
		  0,
		  0x4,
		  { SEGV(ACCERR, PR), SEGV(ACCERR, PW), SEGV(ACCERR, PX) } },
		/* 13: the entry's key is the one that the hardware asks */
		{ E_RWX | KEY(1), V_RWX | V_ANON, 0, 0x4, { PKR, PKW, ALLOWED } },
	};
	struct pagewalk_facts *f = facts_new(test, 4);
	enum verdict_access access;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		facts_leaf(f, 1, row[i].entry, row[i].vma);
		f->flags = PAGEWALK_FACT_PKRU;
		f->pkey = row[i].pkey;
		f->pkru = row[i].pkru;
		for (access = VERDICT_READ; access <= VERDICT_EXEC; access++)
			expect(test, f, access, row[i].want[access], i + 1);
	}

	/* Not known, or no such hardware: no guess. */
	facts_leaf(f, 1, E_RWX | KEY(1), V_RWX | V_ANON);
	f->pkey = 1;
	f->pkru = 0x4;
	f->flags = 0;
	expect(test, f, VERDICT_READ, ALLOWED, 14);
	f->flags = PAGEWALK_FACT_PKRU;
	f->mmu.flags &= ~PAGEWALK_MMU_PKU;
	expect(test, f, VERDICT_READ, ALLOWED, 15);
}

static void verdict_stack_growth(struct kunit *test)
{
#define TOP  0x7ffffffff000ULL
#define LOW  (TOP - 0x21000)
#define GROW FIX("stack-growth", W)
#define OFF  SEGV(MAPERR, W)
	static const struct {
		u64 addr;
		u64 limit;
		u64 prev_end;
		u32 prev_vma;
		u32 flags;
		const char *want;
	} row[] = {
		/* 1: right below */ { LOW - 8, 0x800000, 0, 0, PAGEWALK_FACT_STACK, GROW },
		/* 2: no stack above */ { LOW - 8, 0x800000, 0, 0, 0, OFF },
		/* 3: the last page that the limit allows */
		{ TOP - 0x800000, 0x800000, 0, 0, PAGEWALK_FACT_STACK, GROW },
		/* 4: one byte more */ { TOP - 0x800001, 0x800000, 0, 0, PAGEWALK_FACT_STACK, OFF },
		/* 5: limits need not be whole pages */
		{ TOP - 0x7ff800, 0x7ff800, 0, 0, PAGEWALK_FACT_STACK, OFF },
		/* 6: unlimited */ { LOW - 0x40000000, ~0ULL, 0, 0, PAGEWALK_FACT_STACK, GROW },
		/* 7: an area below, far enough */
		{ LOW - 8, 0x800000, LOW - 0x101000, V_RW, PAGEWALK_FACT_STACK, GROW },
		/* 8: in the guard gap of 256 pages */
		{ LOW - 8, 0x800000, LOW - 0x100000, V_RW, PAGEWALK_FACT_STACK, OFF },
		/* 9: PROT_NONE areas may stand there: programs make their own guards */
		{ LOW - 8, 0x800000, LOW - 0x100000, V_NONE, PAGEWALK_FACT_STACK, GROW },
		/* 10: so may another stack */
		{ LOW - 8, 0x800000, LOW - 0x2000, V_STACK, PAGEWALK_FACT_STACK, GROW },
	};
	struct pagewalk_facts *f = facts_new(test, 4);
	unsigned int i;

	f->vm_start = LOW;
	f->vm_end = TOP;
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		facts_leaf(f, 2, 0, V_STACK & ~PAGEWALK_VMA_PRESENT);
		f->addr = row[i].addr;
		f->untagged = row[i].addr;
		f->stack_limit = row[i].limit;
		f->prev_end = row[i].prev_end;
		f->prev_vma = row[i].prev_vma;
		f->flags = row[i].flags;
		expect(test, f, VERDICT_WRITE, row[i].want, i + 1);
	}
	/* It grows for a fetch as well, which then finds no right to execute. */
	f->flags = PAGEWALK_FACT_STACK;
	expect(test, f, VERDICT_READ, FIX("stack-growth", R), 11);
	expect(test, f, VERDICT_EXEC, THEN_NX, 12);
}

/* Pitfall 17: addresses outside the tables' reach, and tags. */
static void verdict_pitfall_17_addresses(struct kunit *test)
{
#define GP     "SIGSEGV si_code=128(SI_KERNEL) faults=0"
#define KERNEL SEGV(MAPERR, R)
	static const struct {
		unsigned int levels;
		u64 addr, untagged;
		enum verdict_access access;
		const char *want;
		unsigned int trap;
		u32 unknown;
	} row[] = {
		/* 1 */ { 4, ADDR, ADDR, VERDICT_READ, ALLOWED },
		/* 2: the last page of user space */
		{ 4, 0x7fffffffefff, 0x7fffffffefff, VERDICT_READ, ALLOWED },
		/* 3: the page behind it is never mapped */
		{ 4, 0x7ffffffff000, 0x7ffffffff000, VERDICT_READ, KERNEL, 14, 0 },
		/* 4 */ { 4, 0x7fffffffffff, 0x7fffffffffff, VERDICT_READ, KERNEL, 14, 0 },
		/* 5: bit 47 without those above it */
		{ 4, 0x800000000000, 0x800000000000, VERDICT_READ, GP, 13, 0 },
		/* 6 */ { 4, 0xffff7fffffffffff, 0xffff7fffffffffff, VERDICT_WRITE, GP, 13, 0 },
		/* 7 */ { 4, 0x8000000000000000, 0x8000000000000000, VERDICT_EXEC, GP, 13, 0 },
		/* 8: the kernel's half: whether P is set is not for us to know */
		{ 4, 0xffff800000000000, 0xffff800000000000, VERDICT_READ, KERNEL, 14, PFEC_P },
		/* 9 */ { 4, ~0ULL, ~0ULL, VERDICT_WRITE, SEGV(MAPERR, W), 14, PFEC_P },
		/* 10: with five levels that is user space */
		{ 5, 0x800000000000, 0x800000000000, VERDICT_READ, ALLOWED },
		/* 11 */ { 5, 0x00ffffffffffefff, 0x00ffffffffffefff, VERDICT_READ, ALLOWED },
		/* 12 */ { 5, 0x00fffffffffff000, 0x00fffffffffff000, VERDICT_READ, KERNEL, 14, 0 },
		/* 13 */ { 5, 0x0100000000000000, 0x0100000000000000, VERDICT_READ, GP, 13, 0 },
		/* 14 */ { 5, 0xfeffffffffffffff, 0xfeffffffffffffff, VERDICT_READ, GP, 13, 0 },
		/* 15 */
		{ 5, 0xff00000000000000, 0xff00000000000000, VERDICT_READ, KERNEL, 14, PFEC_P },
		/* 16: a tag that LAM ignores */
		{ 4, 0x2a00000000401008, ADDR, VERDICT_READ, ALLOWED },
		/* 17 */ { 4, 0x2a00000000401008, ADDR, VERDICT_WRITE, ALLOWED },
		/* 18: not in a jump */ { 4, 0x2a00000000401008, ADDR, VERDICT_EXEC, GP, 13, 0 },
		/* 19: the same address without LAM */
		{ 4, 0x2a00000000401008, 0x2a00000000401008, VERDICT_READ, GP, 13, 0 },
	};
	struct pagewalk_facts *f[2] = { facts_new(test, 4), facts_new(test, 5) };
	unsigned int i;

	facts_leaf(f[0], 1, E_RWX, V_RWX | V_ANON);
	facts_leaf(f[1], 1, E_RWX, V_RWX | V_ANON);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct pagewalk_facts *at = f[row[i].levels - 4];
		struct verdict v;
		char summary[128];

		at->addr = row[i].addr;
		at->untagged = row[i].untagged;
		judge_into(test, at, row[i].access, &v, summary);
		KUNIT_EXPECT_STREQ_MSG(test, summary, row[i].want, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, v.trap, row[i].trap, "row %u", i + 1);
		KUNIT_EXPECT_EQ_MSG(test, v.unknown, row[i].unknown, "row %u", i + 1);
	}
}

static void verdict_vsyscall(struct kunit *test)
{
#define EMULATED "emulated error_code=0x14(U|I) faults=1"
#define NO_ENTRY SEGV("128(SI_KERNEL)", X)
	static const struct {
		u64 addr;
		enum verdict_access access;
		const char *want;
	} row[] = {
		/* 1: gettimeofday, time, getcpu */ { 0xffffffffff600000, VERDICT_EXEC, EMULATED },
		/* 2 */ { 0xffffffffff600400, VERDICT_EXEC, EMULATED },
		/* 3 */ { 0xffffffffff600800, VERDICT_EXEC, EMULATED },
		/* 4: there is no fourth */ { 0xffffffffff600c00, VERDICT_EXEC, NO_ENTRY },
		/* 5: not at its start */ { 0xffffffffff600001, VERDICT_EXEC, NO_ENTRY },
		/* 6 */ { 0xffffffffff600000, VERDICT_READ, SEGV(MAPERR, R) },
		/* 7 */ { 0xffffffffff600000, VERDICT_WRITE, SEGV(MAPERR, W) },
		/* 8: the pages beside it */ { 0xffffffffff5ffc00, VERDICT_EXEC, SEGV(MAPERR, X) },
		/* 9 */ { 0xffffffffff601000, VERDICT_EXEC, SEGV(MAPERR, X) },
	};
	struct pagewalk_facts *f = facts_new(test, 4);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		f->addr = row[i].addr;
		f->untagged = row[i].addr;
		expect(test, f, row[i].access, row[i].want, i + 1);
	}
	/* vsyscall=none */
	f->mmu.flags &= ~PAGEWALK_MMU_VSYSCALL;
	f->addr = 0xffffffffff600000;
	f->untagged = f->addr;
	expect(test, f, VERDICT_EXEC, SEGV(MAPERR, X), 10);
}

/* Facts may come from a file: what no walk can have produced is refused, not followed. */
static void verdict_senseless_facts(struct kunit *test)
{
	static const u8 levels[][2] = { { 0, 1 }, { 6, 1 }, { 1, 1 }, { 1, 2 }, { 255, 1 } };
	struct pagewalk_facts *f = facts_new(test, 4);
	unsigned int i;

	facts_leaf(f, 1, E_RWX, V_RWX | V_ANON);
	f->steps = 6;
	expect(test, f, VERDICT_READ, "corrupt faults=0", 1);
	f->steps = 2;
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		f->step[0].level = levels[i][0];
		f->step[1].level = levels[i][1];
		expect(test, f, VERDICT_READ, "corrupt faults=0", i + 2);
	}
	f->steps = 0;
	f->pkey = 16;
	expect(test, f, VERDICT_READ, "corrupt faults=0", i + 2);
}

/* The text that explain prints. */
struct lines {
	unsigned int count;
	char text[12][160];
};

static void lines_add(void *ctx, enum verdict_by by, const char *text)
{
	struct lines *l = ctx;

	if (l->count < ARRAY_SIZE(l->text))
		scnprintf(l->text[l->count], sizeof(l->text[0]), "%s %s", verdict_by_name(by),
			  text);
	l->count++;
}

static void verdict_text(struct kunit *test)
{
	static const char *const want[] = {
		"HW level 4 table 0x1037fa000 index 0 entry 0x1037fb067 table P,RW,US,A -> table 0x1037fb000",
		"HW level 3 table 0x1037fb000 index 0 entry 0x1037fc067 table P,RW,US,A -> table 0x1037fc000",
		"HW level 2 table 0x1037fc000 index 2 entry 0x1037fd067 table P,RW,US,A -> table 0x1037fd000",
		"HW level 1 table 0x1037fd000 index 1 entry 0x8000000103abc025 present P,US,A,NX -> 4K page 0x103abc000",
		"HW rights over all levels: r--",
		"HW level 1 forbids the write (RW is clear)",
		"HW page fault, error code 0x7 (P|W|U)",
		"OS area 0x400000-0x800000 r--p",
		"OS the area is not writable: SIGSEGV, si_code SEGV_ACCERR",
	};
	struct pagewalk_facts *f = facts_new(test, 4);
	struct lines *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	struct verdict_sink sink = { lines_add, l };
	struct verdict v;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, l);
	facts_leaf(f, 1, E_RO, V_R | V_FILE);
	verdict(f, VERDICT_WRITE, &v, &sink);
	KUNIT_ASSERT_EQ(test, l->count, ARRAY_SIZE(want));
	for (i = 0; i < ARRAY_SIZE(want); i++)
		KUNIT_EXPECT_STREQ(test, l->text[i], want[i]);

	/* An access that passes ends at a physical address, offset included. */
	l->count = 0;
	verdict(f, VERDICT_READ, &v, &sink);
	KUNIT_EXPECT_STREQ(test, l->text[l->count - 1],
			   "HW the read goes to physical address 0x103abc008");
	l->count = 0;
	facts_leaf(f, 2, 0x80000001400000e7, V_RW | V_ANON);
	verdict(f, VERDICT_READ, &v, &sink);
	KUNIT_EXPECT_STREQ(test, l->text[l->count - 1],
			   "HW the read goes to physical address 0x140001008");
}

static void verdict_names(struct kunit *test)
{
	struct verdict v = { .outcome = VERDICT_SIGSEGV, .signo = 11, .si_code = 2, .faults = 1 };
	char buf[128];
	unsigned int i, size;

	for (i = 0; i <= VERDICT_CORRUPT; i++)
		KUNIT_EXPECT_NE(test, strcmp(verdict_outcome_name(i), "?"), 0);
	KUNIT_EXPECT_STREQ(test, verdict_outcome_name(VERDICT_CORRUPT + 1), "?");
	for (i = 0; i < VERDICT_REPAIRS; i++)
		KUNIT_ASSERT_NOT_NULL(test, verdict_repair_name(i));
	KUNIT_EXPECT_STREQ(test, verdict_repair_name(VERDICT_REPAIRS), "?");
	KUNIT_EXPECT_STREQ(test, verdict_repair_name(-1), "?");

	for (size = 1; size < sizeof(buf); size++) {
		memset(buf, '#', sizeof(buf));
		verdict_summary(&v, buf, size);
		KUNIT_EXPECT_LT(test, strnlen(buf, size), size);
		KUNIT_EXPECT_EQ(test, buf[size], '#');
	}

	KUNIT_EXPECT_EQ(test, verdict_parse_access("r"), VERDICT_READ);
	KUNIT_EXPECT_EQ(test, verdict_parse_access("write"), VERDICT_WRITE);
	KUNIT_EXPECT_EQ(test, verdict_parse_access("x"), VERDICT_EXEC);
	KUNIT_EXPECT_EQ(test, verdict_parse_access("exec"), VERDICT_EXEC);
	KUNIT_EXPECT_EQ(test, verdict_parse_access(""), -EINVAL);
	KUNIT_EXPECT_EQ(test, verdict_parse_access("rw"), -EINVAL);
}

static struct kunit_case verdict_cases[] = {
	KUNIT_CASE(verdict_present),
	KUNIT_CASE(verdict_large_pages),
	KUNIT_CASE(verdict_empty),
	KUNIT_CASE(verdict_pitfall_2_pti),
	KUNIT_CASE(verdict_pitfall_3_effective_rights),
	KUNIT_CASE(verdict_pitfalls_4_to_7_not_present),
	KUNIT_CASE(verdict_pitfall_11_userfaultfd),
	KUNIT_CASE(verdict_pitfall_12_copy_on_write),
	KUNIT_CASE(verdict_pitfall_16_protection_keys),
	KUNIT_CASE(verdict_pitfall_17_addresses),
	KUNIT_CASE(verdict_walk_ends_anywhere),
	KUNIT_CASE(verdict_no_nx),
	KUNIT_CASE(verdict_reserved_bits),
	KUNIT_CASE(verdict_stack_growth),
	KUNIT_CASE(verdict_vsyscall),
	KUNIT_CASE(verdict_senseless_facts),
	KUNIT_CASE(verdict_text),
	KUNIT_CASE(verdict_names),
	{},
};

static struct kunit_suite verdict_suite = {
	.name = "pagewalk_verdict",
	.test_cases = verdict_cases,
};

kunit_test_suite(verdict_suite);

MODULE_DESCRIPTION("KUnit suite of xlate's verdicts");
MODULE_LICENSE("GPL");

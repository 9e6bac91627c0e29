// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: judge any facts, likely or not. Checked: the parts of the answer go together,
 * the words fit, and the answer is the same with and without somebody who reads them.
 */
#include "fuzz.h"

#include "../../pagewalk/x86_names.c"
#include "../../pagewalk/verdict.c"

static unsigned int lines;

static void take_line(void *ctx, enum verdict_by by, const char *text)
{
	size_t len = strlen(text);

	CHECK(ctx == &lines);
	CHECK(by == VERDICT_HW || by == VERDICT_OS);
	CHECK(len > 0 && len < 255);
	CHECK(!strchr(text, '\n'));
	CHECK(++lines < 32);
}

/* Makes a walk of what are only numbers so far: levels in order, states as the entries say. */
static void make_walk(struct pagewalk_facts *f)
{
	unsigned int i, top = f->mmu.levels;

	f->steps %= top + 1;
	f->pkey &= 15;
	for (i = 0; i < f->steps; i++) {
		struct pagewalk_step *s = &f->step[i];

		s->level = top - i;
		if (i + 1 < f->steps)
			s->entry = (s->entry & ~X86_PS) | X86_P;
		if (i || !(f->mmu.flags & PAGEWALK_MMU_PTI))
			s->user_entry = s->entry;
		s->state = x86_state(&f->mmu, s->entry, s->level, f->vma);
	}
}

static void check(const struct pagewalk_facts *f, enum verdict_access access)
{
	const struct verdict_sink sink = { take_line, &lines };
	struct verdict v, again;
	char summary[128];
	unsigned int i;
	int len;

	lines = 0;
	verdict(f, access, &v, &sink);
	CHECK(lines);
	verdict(f, access, &again, NULL);
	CHECK(!memcmp(&v, &again, sizeof(v)));

	CHECK(v.outcome <= VERDICT_CORRUPT && v.repair < VERDICT_REPAIRS && v.faults <= 2);
	CHECK(v.signo == (v.outcome == VERDICT_SIGSEGV ? SIG_SEGV :
			  v.outcome == VERDICT_SIGBUS  ? SIG_BUS :
							 0));
	CHECK(!v.signo == !v.si_code);
	CHECK(strcmp(verdict_si_code_name(&v), "?"));
	CHECK(v.trap == (v.faults ? 14 : v.outcome == VERDICT_SIGSEGV ? 13 : 0));
	CHECK(v.outcome != VERDICT_ALLOWED || (!v.faults && !v.trap));
	CHECK(v.outcome != VERDICT_FIXED || (v.faults && v.repair));
	CHECK(v.outcome != VERDICT_MONITOR || v.faults);
	for (i = 0; i < 2; i++) {
		u32 code = v.error_code[i];

		if (i >= v.faults) {
			CHECK(!code);
			continue;
		}
		CHECK((code & PFEC_U) && !(code & ~0x3fU));
		CHECK(!(code & PFEC_W) == (access != VERDICT_WRITE));
		CHECK(!(code & PFEC_I) ==
		      (access != VERDICT_EXEC || !(f->mmu.flags & PAGEWALK_MMU_NX)));
		CHECK(!(code & (PFEC_RSVD | PFEC_PK)) || (code & PFEC_P));
	}
	/* The second fault is never the first one again. */
	CHECK(v.faults < 2 || v.error_code[0] != v.error_code[1]);

	len = verdict_summary(&v, summary, sizeof(summary));
	CHECK(len > 0 && len < (int)sizeof(summary) - 1 && (size_t)len == strlen(summary));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	unsigned int options = fuzz_number(&in, 1);
	struct pagewalk_mmu mmu = fuzz_mmu(&in);
	struct pagewalk_facts f;
	int access;

	fuzz_take(&in, &f, sizeof(f));
	if (options & 1) {
		mmu.flags |= options & 2 ? PAGEWALK_MMU_PTI : 0;
		f.mmu = mmu;
		make_walk(&f);
	}
	/* Addresses of all kinds are rare among random numbers. */
	if (options & 4)
		f.addr >>= 17;
	if (options & 8)
		f.untagged = f.addr;
	if (options & 16)
		f.task_size = (1ULL << 47) - 0x1000;
	for (access = VERDICT_READ; access <= VERDICT_EXEC; access++)
		check(&f, access);
	/* Not part of a verdict, but of every listing. */
	CHECK(strlen(x86_kind_name(f.page)) && strlen(x86_kind_name(f.page)) < 12);
	CHECK(strlen(x86_state_name(f.step[0].state)) && strlen(x86_size_name(f.step[0].level)));
	return 0;
}

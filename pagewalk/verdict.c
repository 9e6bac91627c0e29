// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pure core: what would happen if the process touched this address now?
 *
 * The order of the checks is the hardware's (APM vol. 2, 5.6 and 8.4.2), then that of
 * do_user_addr_fault(), access_error() and handle_mm_fault() in Linux.
 */
#include "verdict.h"

#define SIG_BUS	 7
#define SIG_SEGV 11

#define CODE_SEGV_MAPERR   1
#define CODE_SEGV_ACCERR   2
#define CODE_SEGV_PKUERR   4
#define CODE_BUS_ADRERR	   2
#define CODE_BUS_MCEERR_AR 4
#define CODE_SI_KERNEL	   0x80

/* The kernel's default stack_guard_gap, in bytes; the boot option can change it. */
#define STACK_GUARD_GAP (256ULL << RADIX_PAGE_SHIFT)

#define VSYSCALL_START 0xffffffffff600000ULL
#define VSYSCALL_SIZE  0x1000ULL

/* The question being answered. */
struct judge {
	const struct pagewalk_facts *f;
	const struct pagewalk_mmu *mmu;
	const struct verdict_sink *sink;
	struct verdict *v;
	enum verdict_access access;
	u64 addr; /* as the hardware takes it: without a tag it ignores */
};

static const char *const access_names[] = { "read", "write", "instruction fetch" };

static __printf(3, 4) void say(const struct judge *j, enum verdict_by by, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (!j->sink)
		return;
	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	j->sink->line(j->sink->ctx, by, text);
}

/* "P|W|U" of an error code. */
static int error_code_names(u32 code, char *buf, size_t size)
{
	static const char *const names[] = { "P", "W", "U", "RSVD", "I", "PK" };
	unsigned int i;
	int len = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (code & (1U << i))
			len += scnprintf(buf + len, size - len, "%s%s", len ? "|" : "", names[i]);
	if (!len)
		len = scnprintf(buf, size, "-");
	return len;
}

/* The hardware raises a page fault. */
static void fault(struct judge *j, u32 code)
{
	char names[32];

	if (j->access == VERDICT_WRITE)
		code |= PFEC_W;
	if (j->access == VERDICT_EXEC && (j->mmu->flags & PAGEWALK_MMU_NX))
		code |= PFEC_I;
	code |= PFEC_U;

	j->v->trap = 14;
	j->v->error_code[min(j->v->faults, 1U)] = code;
	j->v->faults++;
	error_code_names(code, names, sizeof(names));
	say(j, VERDICT_HW, "page fault, error code 0x%x (%s)%s", code, names,
	    j->v->unknown ? ", P depends on the kernel's own tables" : "");
}

static void signal(struct judge *j, int signo, int code, const char *why)
{
	j->v->outcome = signo == SIG_SEGV ? VERDICT_SIGSEGV : VERDICT_SIGBUS;
	j->v->signo = signo;
	j->v->si_code = code;
	say(j, VERDICT_OS, "%s: %s, si_code %s", why, signo == SIG_SEGV ? "SIGSEGV" : "SIGBUS",
	    verdict_si_code_name(j->v));
}

static void repaired(struct judge *j, enum verdict_repair how, const char *what)
{
	j->v->outcome = VERDICT_FIXED;
	j->v->repair = how;
	say(j, VERDICT_OS, "%s", what);
}

static void monitor(struct judge *j, const char *why)
{
	j->v->outcome = VERDICT_MONITOR;
	say(j, VERDICT_OS, "%s: the thread sleeps until the userfaultfd monitor answers", why);
}

/* Shows one level as the hardware reads it. */
static void say_step(const struct judge *j, const struct pagewalk_step *s)
{
	char flags[96], to[48] = "";
	enum pagewalk_state state = s->state;
	u64 target = x86_target(j->mmu, s->entry, s->level, state);

	if (!j->sink)
		return;
	x86_flags(j->mmu, s->entry, s->level, state, flags, sizeof(flags));
	if (state == PAGEWALK_TABLE)
		scnprintf(to, sizeof(to), " -> table 0x%llx", target << RADIX_PAGE_SHIFT);
	else if (x86_maps_frame(state))
		scnprintf(to, sizeof(to), " -> %s page 0x%llx", x86_size_name(s->level),
			  target << RADIX_PAGE_SHIFT);
	else if (state == PAGEWALK_SWAP)
		scnprintf(to, sizeof(to), " -> swap type %u offset 0x%llx", x86_swp_type(s->entry),
			  target);
	else if (x86_swp_has_pfn(state))
		scnprintf(to, sizeof(to), " -> page 0x%llx", target << RADIX_PAGE_SHIFT);
	say(j, VERDICT_HW, "level %u table 0x%llx index %u entry 0x%llx %s %s%s", s->level,
	    s->table, s->index, s->entry, x86_state_name(state), flags, to);
	if (s->user_entry != s->entry) {
		x86_flags(j->mmu, s->user_entry, s->level, state, flags, sizeof(flags));
		say(j, VERDICT_HW,
		    "level %u user mode's copy (PTI) 0x%llx entry 0x%llx %s: this one counts",
		    s->level, j->f->user_root, s->user_entry, flags);
	}
}

/* Address bits that must be zero in a present entry, and PS where there are no such pages. */
static u64 reserved_bits(const struct pagewalk_mmu *mmu, const struct pagewalk_step *s)
{
	u64 addr = GENMASK_ULL(51, 12);
	u64 bits = addr & ~(mmu->phys_mask | mmu->enc_mask);

	if (s->level > 3)
		bits |= X86_PS;
	else if (s->level > 1 && s->state != PAGEWALK_TABLE)
		bits |= addr & (radix_size(s->level) - 1) & ~X86_PAT_LARGE;
	if (!(mmu->flags & PAGEWALK_MMU_NX))
		bits |= X86_NX;
	return bits;
}

/* Does the thread's PKRU forbid data access through this key (APM vol. 2, 5.6.7)? */
static bool pkey_denies(const struct judge *j, unsigned int pkey, bool write)
{
	u32 bits = j->f->pkru >> (2 * pkey);

	if (!(j->mmu->flags & PAGEWALK_MMU_PKU) || !(j->f->flags & PAGEWALK_FACT_PKRU))
		return false;
	return (bits & 1) || (write && (bits & 2));
}

/*
 * The hardware's part. Returns true when the access passes; else the fault has been
 * raised.
 */
static bool hardware(struct judge *j)
{
	const struct pagewalk_facts *f = j->f;
	static const u8 need_of[] = { PAGEWALK_R, PAGEWALK_W, PAGEWALK_X };
	u8 rights = PAGEWALK_R | PAGEWALK_W | PAGEWALK_X, need = need_of[j->access];
	const struct pagewalk_step *leaf = NULL;
	unsigned int i, blame = 0, pkey;
	bool denied_by_key = false;
	char name[4];
	u64 entry;

	for (i = 0; i < f->steps; i++) {
		const struct pagewalk_step *s = &f->step[i];

		leaf = s;
		say_step(j, s);
		entry = s->user_entry;
		if (!(entry & X86_P)) {
			say(j, VERDICT_HW, "P is clear in level %u: the walk ends here", s->level);
			fault(j, 0);
			return false;
		}
		if (entry & reserved_bits(j->mmu, s)) {
			say(j, VERDICT_HW, "a reserved bit is set in level %u", s->level);
			fault(j, PFEC_P | PFEC_RSVD);
			return false;
		}
		if ((rights & need) && !(x86_rights(j->mmu, entry) & need))
			blame = s->level;
		rights &= x86_rights(j->mmu, entry);
	}
	if (!leaf || leaf->state != PAGEWALK_PAGE) {
		say(j, VERDICT_HW,
		    f->flags & PAGEWALK_FACT_RACED ?
			    "the tables kept changing while they were read: no walk" :
			    "no entry leads anywhere from here");
		fault(j, 0);
		return false;
	}

	pkey = (leaf->entry & X86_PKEY) >> X86_PKEY_SHIFT;
	if (j->access != VERDICT_EXEC && (rights & PAGEWALK_R))
		denied_by_key = pkey_denies(j, pkey, j->access == VERDICT_WRITE);
	x86_rights_name(rights, name);
	say(j, VERDICT_HW, "rights over all levels: %s", name);
	if (blame)
		say(j, VERDICT_HW, "level %u forbids the %s (%s)", blame, access_names[j->access],
		    !(rights & PAGEWALK_R) ? "US is clear" :
		    need == PAGEWALK_W	   ? "RW is clear" :
					     "NX is set");
	if (denied_by_key)
		say(j, VERDICT_HW, "protection key %u forbids the %s (PKRU 0x%08x)", pkey,
		    access_names[j->access], f->pkru);
	else if (pkey && j->access != VERDICT_EXEC && !(f->flags & PAGEWALK_FACT_PKRU))
		say(j, VERDICT_HW, "protection key %u: the thread's PKRU is not known", pkey);
	if (blame || denied_by_key) {
		fault(j, PFEC_P | (denied_by_key ? PFEC_PK : 0));
		return false;
	}

	if (!(leaf->entry & X86_A))
		say(j, VERDICT_HW, "sets A (accessed) in level %u", leaf->level);
	if (j->access == VERDICT_WRITE && !(leaf->entry & X86_D))
		say(j, VERDICT_HW, "sets D (dirty) in level %u", leaf->level);
	say(j, VERDICT_HW, "the %s goes to physical address 0x%llx", access_names[j->access],
	    x86_frame(j->mmu, leaf->entry, leaf->level) +
		    (j->addr & (radix_size(leaf->level) - 1)));
	j->v->outcome = VERDICT_ALLOWED;
	return true;
}

/* The page fault hit no area: does the stack above grow down to it (expand_stack())? */
static bool grows_stack(const struct judge *j)
{
	const struct pagewalk_facts *f = j->f;
	u64 page = j->addr & ~0xfffULL;

	if (!(f->flags & PAGEWALK_FACT_STACK))
		return false;
	if (f->vm_end - page > f->stack_limit) {
		say(j, VERDICT_OS,
		    "the stack above cannot grow so far: its limit is %llu KiB (RLIMIT_STACK)",
		    f->stack_limit >> 10);
		return false;
	}
	if (f->prev_end && x86_vma_accessible(f->prev_vma) &&
	    !(f->prev_vma & PAGEWALK_VMA_GROWSDOWN) && page - f->prev_end < STACK_GUARD_GAP) {
		say(j, VERDICT_OS,
		    "the stack above cannot grow: its guard gap would reach the area below");
		return false;
	}
	return true;
}

/* A fault at an empty entry: what does the area promise (do_anonymous_page(), do_fault())? */
static void missing(struct judge *j, u32 vma)
{
	const struct pagewalk_facts *f = j->f;
	bool write = j->access == VERDICT_WRITE;

	if (f->flags & PAGEWALK_FACT_EOF) {
		signal(j, SIG_BUS, CODE_BUS_ADRERR, "the page lies beyond the end of its file");
	} else if (f->flags & PAGEWALK_FACT_NO_FAULT) {
		signal(j, SIG_BUS, CODE_BUS_ADRERR, "the device maps no page here");
	} else if ((vma & PAGEWALK_VMA_UFFD_MISSING) &&
		   (vma & (PAGEWALK_VMA_ANON | PAGEWALK_VMA_HUGETLB | PAGEWALK_VMA_SHMEM))) {
		monitor(j, "a missing page in a range that userfaultfd watches");
	} else if (vma & PAGEWALK_VMA_HUGETLB) {
		repaired(j, VERDICT_HUGETLB_PAGE,
			 "takes a page from the hugetlb pool (SIGBUS if it is empty)");
	} else if (vma & PAGEWALK_VMA_ANON) {
		if (write)
			repaired(j, VERDICT_DEMAND_ZERO,
				 "keeps its promise (over-commit): a fresh page of zeros");
		else
			repaired(j, VERDICT_ZERO_PAGE,
				 "reading memory never written: maps the shared page of zeros");
	} else if (write && !(vma & PAGEWALK_VMA_SHARED)) {
		repaired(j, VERDICT_FILE_COPY,
			 "private file mapping: gives a copy of the file's page");
	} else {
		repaired(j, VERDICT_FILE_MAP,
			 "maps the file's page from the page cache, read from disk first if need be");
	}
}

/* A write to a present page that is not writable in an area that is (do_wp_page()). */
static void write_protected(struct judge *j, u32 vma, const struct pagewalk_step *leaf)
{
	const struct pagewalk_facts *f = j->f;
	u32 page = f->page;

	if ((leaf->entry & X86_UFFD_WP) && (vma & PAGEWALK_VMA_UFFD_WP)) {
		monitor(j, "a write to a page that userfaultfd protects");
	} else if (vma & PAGEWALK_VMA_SHARED) {
		repaired(j, VERDICT_MAKE_WRITABLE,
			 "first write through a shared mapping since it was cleaned: made writable");
	} else if (!(page & PAGEWALK_PG_ANON)) {
		repaired(j, VERDICT_COW_COPY,
			 page & (PAGEWALK_PG_ZERO | PAGEWALK_PG_HUGE_ZERO) ?
				 "copy-on-write: a fresh page instead of the shared page of zeros" :
				 "copy-on-write: a private copy of the file's page");
	} else if (page & PAGEWALK_PG_KSM) {
		repaired(j, VERDICT_COW_COPY, "copy-on-write: parts from the page that KSM merged");
	} else if (page & PAGEWALK_PG_EXCLUSIVE) {
		repaired(j, VERDICT_COW_REUSE, "nobody shares this page: made writable in place");
	} else if ((page & PAGEWALK_PG_ONCE) && !(leaf->level == 1 && (page & PAGEWALK_PG_LARGE))) {
		/* Only a whole folio can be taken over: the other parts hold a large one, too. */
		repaired(j, VERDICT_COW_REUSE,
			 "copy-on-write, but mapped nowhere else by now: made writable in place (copied if something else still holds it)");
	} else {
		repaired(j, VERDICT_COW_COPY,
			 "copy-on-write: the page, or the large page that it is a part of, is shared, so a copy is made");
	}
}

/* What the kernel does with the last entry of the walk (handle_mm_fault()). */
static void by_state(struct judge *j, u32 vma)
{
	const struct pagewalk_facts *f = j->f;
	const struct pagewalk_step *leaf = f->steps ? &f->step[f->steps - 1] : NULL;
	enum pagewalk_state state = leaf ? leaf->state : PAGEWALK_NONE;

	switch (state) {
	case PAGEWALK_NONE:
	case PAGEWALK_TABLE:
		missing(j, vma);
		break;
	case PAGEWALK_UFFD_WP:
		missing(j, vma);
		/* The fresh page inherits the protection, which the write then meets. */
		if (j->access == VERDICT_WRITE && (vma & PAGEWALK_VMA_UFFD_WP) &&
		    j->v->outcome == VERDICT_FIXED) {
			say(j, VERDICT_HW, "tries again and finds RW clear");
			fault(j, PFEC_P);
			monitor(j, "a write to a page that userfaultfd protects");
		}
		break;
	case PAGEWALK_PAGE:
		if (j->access == VERDICT_WRITE && !(leaf->entry & X86_RW))
			write_protected(j, vma, leaf);
		else
			repaired(j, VERDICT_RETRY, "the page's entry needs no repair: tries again");
		break;
	case PAGEWALK_PROTNONE:
	case PAGEWALK_NUMA:
		repaired(j, VERDICT_NUMA_HINT,
			 "P was cleared to learn which node uses the page: set again, the page perhaps moved");
		break;
	case PAGEWALK_SPLIT:
		repaired(j, VERDICT_RETRY,
			 "a huge page is being split at this moment: tries again");
		break;
	case PAGEWALK_SWAP:
		if ((leaf->entry & X86_SWP_UFFD_WP) && j->access == VERDICT_WRITE &&
		    (vma & PAGEWALK_VMA_UFFD_WP))
			monitor(j, "a write to a swapped-out page that userfaultfd protects");
		else
			repaired(j, VERDICT_SWAP_IN,
				 "reads the page back from swap (or finds it in the swap cache)");
		break;
	case PAGEWALK_MIGRATION:
		repaired(j, VERDICT_WAIT_MIGRATION, "waits until the page has been moved");
		break;
	case PAGEWALK_DEVICE:
	case PAGEWALK_DEVICE_EXCL:
		repaired(j, VERDICT_FROM_DEVICE, "the driver brings the page back from the device");
		break;
	case PAGEWALK_HWPOISON:
		signal(j, SIG_BUS, CODE_BUS_MCEERR_AR, "the frame had a memory error");
		break;
	case PAGEWALK_POISON:
		signal(j, SIG_BUS, CODE_BUS_MCEERR_AR, "the entry was poisoned (UFFDIO_POISON)");
		break;
	case PAGEWALK_GUARD:
		signal(j, SIG_SEGV, CODE_SEGV_MAPERR, "a guard page (MADV_GUARD_INSTALL)");
		break;
	default:
		signal(j, SIG_BUS, CODE_BUS_ADRERR, "an entry of unknown type");
		break;
	}
}

/* The operating system's part, after a page fault. */
static void operating_system(struct judge *j)
{
	const struct pagewalk_facts *f = j->f;
	u32 code = j->v->error_code[0], vma = f->vma;
	bool write = j->access == VERDICT_WRITE, grown = false;
	char rights[4];

	if (code & PFEC_RSVD) {
		j->v->outcome = VERDICT_CORRUPT;
		say(j, VERDICT_OS,
		    "Linux never sets reserved bits: the kernel reports a corrupted page table");
		return;
	}
	if (!(vma & PAGEWALK_VMA_PRESENT)) {
		if (!grows_stack(j)) {
			signal(j, SIG_SEGV, CODE_SEGV_MAPERR, "nothing is mapped here");
			return;
		}
		grown = true;
		say(j, VERDICT_OS, "the stack above grows down to here");
	} else {
		x86_rights_name(vma & (PAGEWALK_R | PAGEWALK_W | PAGEWALK_X), rights);
		say(j, VERDICT_OS, "area 0x%llx-0x%llx %s%c", f->vm_start, f->vm_end, rights,
		    vma & PAGEWALK_VMA_SHARED ? 's' : 'p');
	}

	if (code & PFEC_PK || (j->access != VERDICT_EXEC && pkey_denies(j, f->pkey, write))) {
		signal(j, SIG_SEGV, CODE_SEGV_PKUERR, "refused by the protection key");
		return;
	}
	if (write && (vma & PAGEWALK_VMA_SHSTK)) {
		signal(j, SIG_SEGV, CODE_SEGV_ACCERR,
		       "ordinary writes may not touch a shadow stack");
		return;
	}
	if (write && !(vma & PAGEWALK_VMA_WRITE)) {
		signal(j, SIG_SEGV, CODE_SEGV_ACCERR, "the area is not writable");
		return;
	}
	if (!write && (code & PFEC_P)) {
		signal(j, SIG_SEGV, CODE_SEGV_ACCERR,
		       j->access == VERDICT_EXEC ? "the area is not executable" :
						   "the page is not for user mode");
		return;
	}
	if (!write && !x86_vma_accessible(vma)) {
		signal(j, SIG_SEGV, CODE_SEGV_ACCERR, "the area is PROT_NONE");
		return;
	}

	by_state(j, vma);
	if (grown && j->v->outcome == VERDICT_FIXED)
		j->v->repair = VERDICT_STACK_GROWTH;

	if (j->access == VERDICT_EXEC && j->v->outcome == VERDICT_FIXED &&
	    !(vma & PAGEWALK_VMA_EXEC) && (j->mmu->flags & PAGEWALK_MMU_NX)) {
		say(j, VERDICT_HW, "tries again and finds NX set");
		fault(j, PFEC_P);
		signal(j, SIG_SEGV, CODE_SEGV_ACCERR, "the area is not executable");
	}
}

/* Could such facts come from a page table? Whoever reads them from a file cannot know. */
static bool plausible(const struct pagewalk_facts *f)
{
	unsigned int i, above = X86_MAX_LEVEL + 1;

	if (f->steps > ARRAY_SIZE(f->step) || f->pkey > 15)
		return false;
	for (i = 0; i < f->steps; i++) {
		if (!f->step[i].level || f->step[i].level >= above)
			return false;
		above = f->step[i].level;
	}
	return true;
}

/* The upper half of the address space, and the page below it, belong to the kernel. */
static void kernel_address(struct judge *j)
{
	u64 off = j->addr - VSYSCALL_START;

	if (off < VSYSCALL_SIZE && (j->mmu->flags & PAGEWALK_MMU_VSYSCALL)) {
		fault(j, 0);
		if (j->access == VERDICT_EXEC && !(off & 0x3ff) && off < 0xc00) {
			j->v->outcome = VERDICT_EMULATED;
			say(j, VERDICT_OS,
			    "an entry of the vsyscall page: the kernel does the call itself");
			return;
		}
		/* emulate_vsyscall() forces a plain signal on those who call what is no entry. */
		if (j->access == VERDICT_EXEC)
			signal(j, SIG_SEGV, CODE_SI_KERNEL, "not an entry of the vsyscall page");
		else
			signal(j, SIG_SEGV, CODE_SEGV_MAPERR,
			       "the vsyscall page can only be called");
		return;
	}
	if (j->addr >> 63)
		j->v->unknown = PFEC_P;
	say(j, VERDICT_HW, "the address is the kernel's: not for user mode, mapped or not");
	fault(j, 0);
	signal(j, SIG_SEGV, CODE_SEGV_MAPERR, "not in user space");
}

void verdict(const struct pagewalk_facts *f, enum verdict_access access, struct verdict *v,
	     const struct verdict_sink *sink)
{
	struct judge j = {
		.f = f,
		.mmu = &f->mmu,
		.sink = sink,
		.v = v,
		.access = access,
		/* Tags are ignored in data addresses only. */
		.addr = access == VERDICT_EXEC ? f->addr : f->untagged,
	};
	unsigned int bits = f->mmu.levels == 5 ? 57 : 48;
	s64 sign = (s64)(j.addr << (64 - bits)) >> 63;

	memset(v, 0, sizeof(*v));

	if (!plausible(f)) {
		v->outcome = VERDICT_CORRUPT;
		say(&j, VERDICT_OS, "these facts describe no walk");
		return;
	}
	if (access != VERDICT_EXEC && f->untagged != f->addr)
		say(&j, VERDICT_HW, "tag bits are ignored (LAM): 0x%llx", f->untagged);
	if (j.addr >> (bits - 1) != (u64)sign >> (bits - 1)) {
		v->trap = 13;
		say(&j, VERDICT_HW,
		    "not canonical: bits 63..%u differ from bit %u; no walk, general protection fault (#GP)",
		    bits, bits - 1);
		signal(&j, SIG_SEGV, CODE_SI_KERNEL,
		       "no page fault, so no address (SIGBUS if through the stack pointer, #SS)");
		return;
	}
	if (j.addr >= f->task_size) {
		kernel_address(&j);
		return;
	}
	if (!hardware(&j))
		operating_system(&j);
}

const char *verdict_by_name(enum verdict_by by)
{
	return by == VERDICT_HW ? "HW" : "OS";
}

const char *verdict_outcome_name(enum verdict_outcome outcome)
{
	switch (outcome) {
	case VERDICT_ALLOWED:
		return "allowed";
	case VERDICT_FIXED:
		return "fixed";
	case VERDICT_SIGSEGV:
		return "SIGSEGV";
	case VERDICT_SIGBUS:
		return "SIGBUS";
	case VERDICT_MONITOR:
		return "userfaultfd";
	case VERDICT_EMULATED:
		return "emulated";
	case VERDICT_CORRUPT:
		return "corrupt";
	}
	return "?";
}

const char *verdict_repair_name(enum verdict_repair repair)
{
	static const char *const names[VERDICT_REPAIRS] = {
		[VERDICT_NO_REPAIR] = "-",
		[VERDICT_DEMAND_ZERO] = "demand-zero",
		[VERDICT_ZERO_PAGE] = "zero-page",
		[VERDICT_FILE_MAP] = "file-map",
		[VERDICT_FILE_COPY] = "file-copy",
		[VERDICT_SWAP_IN] = "swap-in",
		[VERDICT_COW_COPY] = "cow-copy",
		[VERDICT_COW_REUSE] = "cow-reuse",
		[VERDICT_MAKE_WRITABLE] = "make-writable",
		[VERDICT_STACK_GROWTH] = "stack-growth",
		[VERDICT_NUMA_HINT] = "numa-hint",
		[VERDICT_WAIT_MIGRATION] = "wait-migration",
		[VERDICT_HUGETLB_PAGE] = "hugetlb-page",
		[VERDICT_FROM_DEVICE] = "from-device",
		[VERDICT_RETRY] = "retry",
	};

	return (unsigned int)repair < VERDICT_REPAIRS ? names[repair] : "?";
}

const char *verdict_si_code_name(const struct verdict *v)
{
	if (v->si_code == CODE_SI_KERNEL)
		return "SI_KERNEL";
	if (v->signo == SIG_SEGV)
		return v->si_code == CODE_SEGV_MAPERR ? "SEGV_MAPERR" :
		       v->si_code == CODE_SEGV_ACCERR ? "SEGV_ACCERR" :
		       v->si_code == CODE_SEGV_PKUERR ? "SEGV_PKUERR" :
							"?";
	if (v->signo == SIG_BUS)
		return v->si_code == CODE_BUS_ADRERR	? "BUS_ADRERR" :
		       v->si_code == CODE_BUS_MCEERR_AR ? "BUS_MCEERR_AR" :
							  "?";
	return "-";
}

int verdict_summary(const struct verdict *v, char *buf, size_t size)
{
	char names[32];
	int len;

	len = scnprintf(buf, size, "%s", verdict_outcome_name(v->outcome));
	if (v->repair && v->outcome == VERDICT_FIXED)
		len += scnprintf(buf + len, size - len, " repair=%s",
				 verdict_repair_name(v->repair));
	if (v->signo)
		len += scnprintf(buf + len, size - len, " si_code=%d(%s)", v->si_code,
				 verdict_si_code_name(v));
	if (v->faults) {
		u32 code = v->error_code[v->faults - 1];

		error_code_names(code, names, sizeof(names));
		len += scnprintf(buf + len, size - len, " error_code=0x%x(%s)", code, names);
	}
	len += scnprintf(buf + len, size - len, " faults=%u", v->faults);
	return len;
}

int verdict_parse_access(const char *word)
{
	if (!strcmp(word, "r") || !strcmp(word, "read"))
		return VERDICT_READ;
	if (!strcmp(word, "w") || !strcmp(word, "write"))
		return VERDICT_WRITE;
	if (!strcmp(word, "x") || !strcmp(word, "exec"))
		return VERDICT_EXEC;
	return -EINVAL;
}

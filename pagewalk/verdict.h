/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pure core: what would happen if the process touched this address now?
 *
 * First the hardware's part: the walk, the rights of all levels, and, if it refuses, the
 * page-fault error code that it pushes. Then the operating system's: the area, and what
 * Linux's fault handler does for each kind of entry (arch/x86/mm/fault.c, mm/memory.c):
 * repair it so that the access goes on, or send a signal. These are the two columns of
 * the article's "Responsibilities".
 *
 * The answer is a snapshot: what is true when the facts were gathered.
 */
#ifndef _PAGEWALK_VERDICT_H
#define _PAGEWALK_VERDICT_H

#include "../include/xlate/x86.h"

enum verdict_access {
	VERDICT_READ,
	VERDICT_WRITE,
	VERDICT_EXEC,
};

/* Page-fault error code (APM vol. 2, 8.4.2; Intel SDM vol. 3A, 4.7). */
#define PFEC_P	  0x01 /* the page was present: its rights forbade the access */
#define PFEC_W	  0x02 /* a write */
#define PFEC_U	  0x04 /* from user mode */
#define PFEC_RSVD 0x08 /* a reserved bit was set in an entry */
#define PFEC_I	  0x10 /* an instruction fetch */
#define PFEC_PK	  0x20 /* refused by a protection key */

enum verdict_outcome {
	VERDICT_ALLOWED, /* the hardware lets it pass */
	VERDICT_FIXED, /* page fault; the kernel repairs it and the access goes on */
	VERDICT_SIGSEGV,
	VERDICT_SIGBUS,
	VERDICT_MONITOR, /* page fault; a userfaultfd monitor decides */
	VERDICT_EMULATED, /* the kernel does it in the process's stead (vsyscall) */
	VERDICT_CORRUPT, /* a reserved bit is set: the kernel will complain (or senseless facts) */
};

/* What the kernel does to repair a fault; the last one when there are several. */
enum verdict_repair {
	VERDICT_NO_REPAIR,
	VERDICT_DEMAND_ZERO, /* a fresh page of zeros */
	VERDICT_ZERO_PAGE, /* the shared page of zeros, for reading */
	VERDICT_FILE_MAP, /* the file's page from the page cache, read first if need be */
	VERDICT_FILE_COPY, /* a private copy of the file's page */
	VERDICT_SWAP_IN,
	VERDICT_COW_COPY, /* copy-on-write: a copy */
	VERDICT_COW_REUSE, /* copy-on-write: nobody shares it any more, made writable */
	VERDICT_MAKE_WRITABLE, /* shared mapping: the file system is told, then made writable */
	VERDICT_STACK_GROWTH,
	VERDICT_NUMA_HINT,
	VERDICT_WAIT_MIGRATION,
	VERDICT_HUGETLB_PAGE,
	VERDICT_FROM_DEVICE, /* brought back from device memory */
	VERDICT_RETRY, /* a state that lasts only for a moment */
	VERDICT_REPAIRS,
};

/**
 * struct verdict - the answer
 * @outcome:	 see there
 * @repair:	 what the kernel does, if @outcome is VERDICT_FIXED (or was, before the signal)
 * @trap:	 exception vector: 14 (#PF), 13 (#GP), 0 for none
 * @faults:	 how many page faults there will be, 0..2
 * @error_code:	 of the first and the last of them, as the hardware pushes it
 * @unknown:	 bits of @error_code that the facts cannot tell
 * @signo:	 SIGSEGV (11), SIGBUS (7) or 0
 * @si_code:	 the signal's si_code
 */
struct verdict {
	enum verdict_outcome outcome;
	enum verdict_repair repair;
	unsigned int trap;
	unsigned int faults;
	u32 error_code[2];
	u32 unknown;
	int signo;
	int si_code;
};

/* Whose work a step is. */
enum verdict_by {
	VERDICT_HW,
	VERDICT_OS,
};

/**
 * struct verdict_sink - where the steps go, in order
 * @line: gets one step: a line of text without newline
 * @ctx:  for it
 */
struct verdict_sink {
	void (*line)(void *ctx, enum verdict_by by, const char *text);
	void *ctx;
};

/**
 * verdict() - judge an access
 * @f:	    what is known
 * @access: read, write or execute
 * @v:	    gets the answer
 * @sink:   gets the steps in words, or NULL
 */
void verdict(const struct pagewalk_facts *f, enum verdict_access access, struct verdict *v,
	     const struct verdict_sink *sink);

/* Names of one word: "allowed", "cow-copy", "SEGV_ACCERR"; "HW" and "OS". */
const char *verdict_outcome_name(enum verdict_outcome outcome);
const char *verdict_repair_name(enum verdict_repair repair);
const char *verdict_si_code_name(const struct verdict *v);
const char *verdict_by_name(enum verdict_by by);

/**
 * verdict_summary() - the answer in one line, for people and for awk
 * @v:	  answer
 * @buf:  gets e.g. "SIGSEGV si_code=2(SEGV_ACCERR) error_code=0x7(P|W|U) faults=1"
 * @size: of @buf, in bytes; 128 always suffice
 *
 * Return: length of the string.
 */
int verdict_summary(const struct verdict *v, char *buf, size_t size);

/* Reads "r", "w" or "x"; -EINVAL for anything else. */
int verdict_parse_access(const char *word);

#endif /* _PAGEWALK_VERDICT_H */

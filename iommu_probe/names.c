// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: everything about IOMMUs in words. */
#include "dma.h"

static const char *iop_name(const char *const *names, unsigned int count, unsigned int i)
{
	return i < count && names[i] ? names[i] : "?";
}

#define IOP_NAME(names, i) iop_name(names, ARRAY_SIZE(names), i)

const char *iopt_format_name(unsigned int format)
{
	static const char *const names[] = {
		[IOPT_NONE] = "-",	  [IOPT_VTD_SS] = "vtd-ss", [IOPT_VTD_FS] = "vtd-fs",
		[IOPT_AMD_V1] = "amd-v1", [IOPT_AMD_V2] = "amd-v2", [IOPT_NPT] = "npt",
		[IOPT_EPT] = "ept",
	};

	return IOP_NAME(names, format);
}

const char *iop_type_name(unsigned int type)
{
	static const char *const names[] = { "-", "vtd", "amd" };

	return IOP_NAME(names, type);
}

const char *iop_mode_name(unsigned int mode)
{
	static const char *const names[] = {
		[IOP_MODE_OFF] = "off",		  [IOP_MODE_LEGACY] = "legacy",
		[IOP_MODE_SCALABLE] = "scalable", [IOP_MODE_ABORT] = "abort",
		[IOP_MODE_AMD] = "amd",		  [IOP_MODE_UNKNOWN] = "unknown",
	};

	return IOP_NAME(names, mode);
}

const char *iop_what_name(unsigned int what)
{
	static const char *const names[] = {
		[IOP_OFF] = "off",   [IOP_ABSENT] = "absent", [IOP_BLOCKED] = "blocked",
		[IOP_PASS] = "pass", [IOP_TABLE] = "table",   [IOP_NESTED] = "nested",
		[IOP_BAD] = "bad",
	};

	return IOP_NAME(names, what);
}

const char *iop_kind_name(unsigned int kind)
{
	static const char *const names[] = {
		[IOP_ROOT_ENTRY] = "root",
		[IOP_CONTEXT_ENTRY] = "context",
		[IOP_PASID_DIR_ENTRY] = "pasid-dir",
		[IOP_PASID_ENTRY] = "pasid",
		[IOP_DTE] = "dte",
		[IOP_GCR3_ENTRY] = "gcr3",
		[IOP_TABLE_ENTRY] = "table",
		[IOP_LEAF_ENTRY] = "leaf",
		[IOP_EMPTY_ENTRY] = "empty",
		[IOP_ODD_ENTRY] = "odd",
	};

	return IOP_NAME(names, kind);
}

const char *iop_outcome_name(unsigned int outcome)
{
	static const char *const names[] = { "allowed", "fault", "interrupt", "unknown" };

	return IOP_NAME(names, outcome);
}

const char *iop_access_name(unsigned int access)
{
	static const char *const names[] = { "read", "write", "atomic", "page-request" };

	return IOP_NAME(names, access);
}

const char *iopt_rights_name(u8 rights, char *buf)
{
	buf[0] = rights & IOPT_R ? 'r' : '-';
	buf[1] = rights & IOPT_W ? 'w' : '-';
	buf[2] = '\0';
	return buf;
}

const char *iopt_size_name(u64 bytes, char *buf)
{
	static const char unit[] = "BKMGTPE";
	unsigned int i = 0;

	while (bytes >= 1024 && !(bytes & 1023)) {
		bytes >>= 10;
		i++;
	}
	scnprintf(buf, 8, "%llu%c", (unsigned long long)bytes, unit[i]);
	return buf;
}

/* One table for every text and JSON output: bit, name, where it means that. */
enum iopt_flag_use {
	FLAG_SS = 1,
	FLAG_V1 = 2,
	FLAG_EPT = 4,
	FLAG_X86 = 8,
	FLAG_FS = 16, /* VT-d first stage only */
	FLAG_AD = 32, /* only where accessed and dirty flags are on */
	FLAG_LEAF = 64, /* only in an entry that maps a page */
	FLAG_LARGE = 128, /* only above level 1 */
};

static const struct {
	u64 mask;
	const char *name;
	u8 use;
} iopt_flag_names[] = {
	{ VTD_SS_R, "R", FLAG_SS | FLAG_EPT },
	{ VTD_SS_W, "W", FLAG_SS | FLAG_EPT },
	{ EPT_X, "X", FLAG_EPT },
	{ X86_P, "P", FLAG_X86 },
	{ X86_RW, "RW", FLAG_X86 },
	{ X86_US, "US", FLAG_X86 },
	{ X86_PWT, "PWT", FLAG_X86 },
	{ X86_PCD, "PCD", FLAG_X86 },
	{ AMDVI_PTE_PR, "PR", FLAG_V1 },
	{ AMDVI_PTE_IR, "IR", FLAG_V1 },
	{ AMDVI_PTE_IW, "IW", FLAG_V1 },
	{ X86_PS, "PS", FLAG_SS | FLAG_EPT | FLAG_X86 | FLAG_LARGE },
	{ X86_A, "A", FLAG_X86 },
	{ X86_D, "D", FLAG_X86 | FLAG_LEAF },
	{ X86_G, "G", FLAG_X86 | FLAG_LEAF },
	{ VTD_SS_A, "A", FLAG_SS | FLAG_EPT | FLAG_AD },
	{ VTD_SS_D, "D", FLAG_SS | FLAG_EPT | FLAG_AD | FLAG_LEAF },
	{ AMDVI_PTE_A, "A", FLAG_V1 | FLAG_AD },
	{ AMDVI_PTE_D, "D", FLAG_V1 | FLAG_AD | FLAG_LEAF },
	{ VTD_FS_EA, "EA", FLAG_FS },
	{ VTD_SS_SNP, "SNP", FLAG_SS | FLAG_LEAF },
	{ VTD_SS_TM, "TM", FLAG_SS | FLAG_LEAF },
	{ EPT_IPAT, "IPAT", FLAG_EPT | FLAG_LEAF },
	{ EPT_XU, "XU", FLAG_EPT },
	{ EPT_SVE, "SVE", FLAG_EPT },
	{ AMDVI_PTE_U, "U", FLAG_V1 | FLAG_LEAF },
	{ AMDVI_PTE_FC, "FC", FLAG_V1 | FLAG_LEAF },
	{ X86_NX, "NX", FLAG_X86 },
};

static u8 iopt_flag_use(const struct iopt *t)
{
	switch (t->format) {
	case IOPT_VTD_SS:
		return FLAG_SS;
	case IOPT_AMD_V1:
		return FLAG_V1;
	case IOPT_EPT:
		return FLAG_EPT;
	case IOPT_VTD_FS:
		return FLAG_X86 | FLAG_FS;
	default:
		return FLAG_X86;
	}
}

int iopt_flags(const struct iopt *t, u64 entry, unsigned int level, char *buf, size_t size)
{
	static const char *const memory[] = { "UC", "WC", "2", "3", "WT", "WP", "WB", "7" };
	bool present = iopt_present(t->format, entry);
	u64 bad = present ? iopt_reserved(t, entry, level) : 0;
	bool leaf = present && !iopt_next(t->format, entry, level);
	u8 use = iopt_flag_use(t);
	unsigned int i;
	int len = 0;

	for (i = 0; i < ARRAY_SIZE(iopt_flag_names); i++) {
		u8 flag = iopt_flag_names[i].use;

		/* What is reserved here has no name here. */
		if (!(flag & use) || !(entry & iopt_flag_names[i].mask & ~bad) ||
		    ((flag & FLAG_AD) && !(t->features & IOPT_AD)) ||
		    ((flag & FLAG_LEAF) && !leaf) || ((flag & FLAG_LARGE) && level == 1))
			continue;
		len += scnprintf(buf + len, size - len, "%s,", iopt_flag_names[i].name);
	}
	if (leaf && t->format == IOPT_EPT)
		len += scnprintf(buf + len, size - len, "%s,", memory[FIELD_GET(EPT_MT, entry)]);
	if (leaf && iopt_is_x86(t->format) && (entry & (level == 1 ? X86_PAT : X86_PAT_LARGE)))
		len += scnprintf(buf + len, size - len, "PAT,");
	if (present && t->format == IOPT_AMD_V1)
		len += scnprintf(buf + len, size - len, "NL%u,",
				 (unsigned int)FIELD_GET(AMDVI_PTE_NL, entry));
	if (bad)
		len += scnprintf(buf + len, size - len, "RSVD:0x%llx,", (unsigned long long)bad);

	if (!len)
		return scnprintf(buf, size, "-");
	buf[--len] = '\0';
	return len;
}

/* VT-d fault reasons (7.1.3), of which drivers/iommu/intel/dmar.c has names, too. */
static const char *const vtd_reasons[0x100] = {
	[VTD_FR_ROOT_P] = "the root entry is not present",
	[VTD_FR_CTX_P] = "the context entry is not present",
	[VTD_FR_CTX_INV] = "the context entry is invalid",
	[VTD_FR_WIDTH] = "the address is beyond the width of the tables",
	[VTD_FR_WRITE] = "no write permission in the page tables",
	[VTD_FR_READ] = "no read permission in the page tables",
	[VTD_FR_SS_ACCESS] = "a page table cannot be read",
	[VTD_FR_ROOT_ACCESS] = "the root table cannot be read",
	[VTD_FR_CTX_ACCESS] = "the context table cannot be read",
	[VTD_FR_ROOT_RSVD] = "a reserved bit is set in the root entry",
	[VTD_FR_CTX_RSVD] = "a reserved bit is set in the context entry",
	[VTD_FR_SS_RSVD] = "a reserved bit is set in a page-table entry",
	[VTD_FR_BLOCKED] = "the context entry blocks translation requests and translated requests",
	[VTD_FR_MSI] = "the address is, or leads to, the interrupt range",
	[0x20] = "interrupt: a reserved field of the request is set",
	[0x21] = "interrupt: the index is beyond the table",
	[0x22] = "interrupt: the table entry is not present",
	[0x23] = "interrupt: the table cannot be read",
	[0x24] = "interrupt: a reserved field of the table entry is set",
	[0x25] = "interrupt: a request of the old format, which is blocked",
	[0x26] = "interrupt: the source is not the one that the table entry asks for",
	[0x27] = "interrupt: the posted-interrupt descriptor cannot be read",
	[0x28] = "interrupt: a reserved field of the posted-interrupt descriptor is set",
	[0x29] = "interrupt: an untranslated request that is blocked",
	[VTD_FR_SM_TTM] = "the translation mode in the root table address is invalid",
	[VTD_FR_SM_TTM_PASID] = "a request with a PASID in legacy mode",
	[0x32] = "a page group response request in legacy mode",
	[0x33] = "a translated request in a mode that has none",
	[VTD_FR_SM_ROOT_ACCESS] = "the root table cannot be read",
	[VTD_FR_SM_ROOT_P] = "the root entry is not present",
	[VTD_FR_SM_ROOT_RSVD] = "a reserved bit is set in the root entry",
	[VTD_FR_SM_CTX_ACCESS] = "the context table cannot be read",
	[VTD_FR_SM_CTX_P] = "the context entry is not present",
	[VTD_FR_SM_CTX_RSVD] = "a reserved bit is set in the context entry",
	[VTD_FR_SM_CTX_INV] = "the context entry is invalid",
	[VTD_FR_SM_CTX_DTE] = "the context entry allows no device TLB",
	[VTD_FR_SM_CTX_PASIDE] = "the context entry allows no PASIDs",
	[VTD_FR_SM_PASID_BEYOND] = "the PASID is beyond the directory",
	[VTD_FR_SM_CTX_PRE] = "the context entry allows no page requests",
	[VTD_FR_SM_RID_PASID] = "the PASID of plain requests is beyond the directory",
	[VTD_FR_SM_DIR_ACCESS] = "the PASID directory cannot be read",
	[VTD_FR_SM_DIR_P] = "the PASID directory entry is not present",
	[VTD_FR_SM_DIR_RSVD] = "a reserved bit is set in the PASID directory entry",
	[VTD_FR_SM_PASID_ACCESS] = "the PASID table cannot be read",
	[VTD_FR_SM_PASID_P] = "the PASID table entry is not present",
	[VTD_FR_SM_PASID_RSVD] = "a reserved bit is set in the PASID table entry",
	[VTD_FR_SM_PASID_INV] = "the PASID table entry is invalid",
	[VTD_FR_SM_ERE] = "the PASID table entry allows no execute requests",
	[VTD_FR_SM_SRE] = "the PASID table entry allows no supervisor requests",
	[VTD_FR_SM_FS_ACCESS] = "a first-stage table cannot be read",
	[VTD_FR_SM_FS_P] = "a first-stage entry is not present",
	[VTD_FR_SM_FS_RSVD] = "a reserved bit is set in a first-stage entry",
	[VTD_FR_SM_FS_ROOT] = "the first-stage root table cannot be read",
	[VTD_FR_SM_FS_ROOT_SS] = "a first-stage table is beyond the second stage",
	[VTD_FR_SM_FS_ROOT_SS_R] = "the second stage forbids reading the first-stage root table",
	[VTD_FR_SM_FS_TABLE_SS_R] = "the second stage forbids reading a first-stage table",
	[VTD_FR_SM_FS_TABLE_SS_W] = "the second stage forbids writing a first-stage table",
	[VTD_FR_SM_SS_ACCESS] = "a second-stage table cannot be read",
	[VTD_FR_SM_SS_RIGHTS] = "no read or write permission in the second-stage tables",
	[VTD_FR_SM_SS_RSVD] = "a reserved bit is set in a second-stage entry",
	[VTD_FR_SM_SS_ROOT] = "the second-stage root table cannot be read",
	[VTD_FR_SM_SS_AD] = "a second-stage flag cannot be set without snooping",
	[0x7d] = "a second-stage flag cannot be set in one go",
	[VTD_FR_SM_CANONICAL] = "the address is not canonical",
	[VTD_FR_SM_USER] = "a first-stage entry is for privileged requests only",
	[VTD_FR_SM_EXEC] = "no execute permission in the first-stage tables",
	[VTD_FR_SM_WIDTH] = "the address is beyond the width of the host",
	[VTD_FR_SM_SS_WIDTH] = "the address is beyond the width of the second-stage tables",
	[VTD_FR_SM_WRITE] = "no write permission in the first-stage tables",
	[VTD_FR_SM_READ] = "no read permission in the first-stage tables",
	[VTD_FR_SM_MSI] = "the address is, or leads to, the interrupt range",
	[VTD_FR_SM_FS_AD] = "a first-stage flag cannot be set without snooping",
	[VTD_FR_SM_FS_AD_ATOMIC] = "a first-stage flag cannot be set in one go",
};

static const char *const amd_reasons[] = {
	[AMDVI_EV_ILLEGAL_DTE] = "the device table entry is invalid",
	[AMDVI_EV_PAGE_FAULT] = "page fault",
	[AMDVI_EV_DTE_HARDWARE] = "the device table cannot be read",
	[AMDVI_EV_PTE_HARDWARE] = "a page table cannot be read",
	[AMDVI_EV_ILLEGAL_COMMAND] = "an illegal command",
	[AMDVI_EV_COMMAND_HARDWARE] = "the command buffer cannot be read",
	[AMDVI_EV_IOTLB_TIMEOUT] = "a device does not answer invalidations of its TLB",
	[AMDVI_EV_INVALID_REQUEST] = "a request that the device must not make",
	[AMDVI_EV_INVALID_PPR] = "an invalid page request",
	[AMDVI_EV_COUNTER_ZERO] = "an event counter became zero",
	[AMDVI_EV_RMP_FAULT] = "the reverse map table forbids it",
	[AMDVI_EV_RMP_HARDWARE] = "the reverse map table cannot be read",
};

const char *iop_reason_name(unsigned int type, unsigned int reason)
{
	const char *name = NULL;

	if (type == IOP_VTD && reason < ARRAY_SIZE(vtd_reasons))
		name = vtd_reasons[reason];
	else if (type == IOP_AMD && reason < ARRAY_SIZE(amd_reasons))
		name = amd_reasons[reason];
	return name ?: "unknown reason";
}

int iop_unit_levels(const struct iop_unit *u, char *buf, size_t size)
{
	unsigned int level, top;
	int len = 0;

	buf[0] = '\0';
	if (u->type == IOP_VTD) {
		for (level = 2; level <= VTD_SS_MAX_LEVELS; level++)
			if (vtd_levels_ok(u->cap, level))
				len += scnprintf(buf + len, size - len, "%s%u", len ? "," : "",
						 level);
	} else if (u->type == IOP_AMD) {
		/* Any number up to the most. */
		top = min(4 + FIELD_GET(AMDVI_EFR_HATS, u->cap), 6ULL);
		for (level = 1; level <= top; level++)
			len += scnprintf(buf + len, size - len, "%s%u", len ? "," : "", level);
	}
	return len ?: scnprintf(buf, size, "-");
}

int iop_unit_pages(const struct iop_unit *u, char *buf, size_t size)
{
	if (u->type == IOP_AMD)
		return scnprintf(buf, size, "4K,2M,1G,any");
	if (u->type != IOP_VTD)
		return scnprintf(buf, size, "-");
	return scnprintf(buf, size, "4K%s%s", u->cap & VTD_CAP_SS2MP ? ",2M" : "",
			 u->cap & VTD_CAP_SS1GP ? ",1G" : "");
}

/* How a capability is told. */
enum iop_cap_kind {
	CAP_BIT, /* yes or no */
	CAP_PLUS_1, /* a number that is stored minus one */
	CAP_DOMAINS,
	CAP_LEVELS, /* guest levels: 4 and up */
};

struct iop_cap {
	u64 mask;
	const char *name;
	u8 kind;
	bool second; /* in the second register */
};

static const struct iop_cap vtd_caps[] = {
	{ VTD_CAP_MGAW, "input address bits", CAP_PLUS_1, false },
	{ VTD_CAP_ND, "domains", CAP_DOMAINS, false },
	{ VTD_CAP_SS2MP, "second stage: 2 MiB pages", CAP_BIT, false },
	{ VTD_CAP_SS1GP, "second stage: 1 GiB pages", CAP_BIT, false },
	{ VTD_CAP_FS1GP, "first stage: 1 GiB pages", CAP_BIT, false },
	{ VTD_CAP_FS5LP, "first stage: five levels", CAP_BIT, false },
	{ VTD_CAP_NFR, "fault records", CAP_PLUS_1, false },
	{ VTD_CAP_AFL, "fault log in memory", CAP_BIT, false },
	{ VTD_CAP_CM, "caching mode", CAP_BIT, false },
	{ VTD_CAP_RWBF, "write buffers to be flushed", CAP_BIT, false },
	{ VTD_CAP_PLMR, "protected low memory", CAP_BIT, false },
	{ VTD_CAP_PHMR, "protected high memory", CAP_BIT, false },
	{ VTD_CAP_ZLR, "zero-length reads of write-only pages", CAP_BIT, false },
	{ VTD_CAP_PSI, "page-selective invalidation", CAP_BIT, false },
	{ VTD_CAP_DWD, "write draining", CAP_BIT, false },
	{ VTD_CAP_DRD, "read draining", CAP_BIT, false },
	{ VTD_CAP_PI, "posted interrupts", CAP_BIT, false },
	{ VTD_ECAP_C, "coherent table walks", CAP_BIT, true },
	{ VTD_ECAP_QI, "queued invalidation", CAP_BIT, true },
	{ VTD_ECAP_DT, "device TLBs", CAP_BIT, true },
	{ VTD_ECAP_IR, "interrupt remapping", CAP_BIT, true },
	{ VTD_ECAP_EIM, "extended interrupt mode", CAP_BIT, true },
	{ VTD_ECAP_PT, "pass-through", CAP_BIT, true },
	{ VTD_ECAP_SC, "snoop control", CAP_BIT, true },
	{ VTD_ECAP_MTS, "memory types", CAP_BIT, true },
	{ VTD_ECAP_SMTS, "scalable mode", CAP_BIT, true },
	{ VTD_ECAP_FSTS, "first-stage translation", CAP_BIT, true },
	{ VTD_ECAP_SSTS, "second-stage translation in scalable mode", CAP_BIT, true },
	{ VTD_ECAP_NEST, "nested translation", CAP_BIT, true },
	{ VTD_ECAP_SSADS, "second stage: accessed and dirty flags", CAP_BIT, true },
	{ VTD_ECAP_PASID, "PASIDs", CAP_BIT, true },
	{ VTD_ECAP_PSS, "PASID bits", CAP_PLUS_1, true },
	{ VTD_ECAP_RPS, "a PASID of its own for plain requests", CAP_BIT, true },
	{ VTD_ECAP_PRS, "page requests", CAP_BIT, true },
	{ VTD_ECAP_ERS, "execute requests", CAP_BIT, true },
	{ VTD_ECAP_SRS, "supervisor requests", CAP_BIT, true },
	{ VTD_ECAP_EAFS, "extended accessed flag", CAP_BIT, true },
	{ VTD_ECAP_ADMS, "abort mode", CAP_BIT, true },
};

static const struct iop_cap amd_caps[] = {
	{ AMDVI_EFR_GTSUP, "guest translation", CAP_BIT, false },
	{ AMDVI_EFR_GATS, "guest levels", CAP_LEVELS, false },
	{ AMDVI_EFR_GLXSUP, "GCR3 table levels", CAP_PLUS_1, false },
	{ AMDVI_EFR_PASMAX, "PASID bits", CAP_PLUS_1, false },
	{ AMDVI_EFR_NXSUP, "execute permission", CAP_BIT, false },
	{ AMDVI_EFR_PPRSUP, "page requests", CAP_BIT, false },
	{ AMDVI_EFR_PREFSUP, "prefetching", CAP_BIT, false },
	{ AMDVI_EFR_IASUP, "invalidation of everything", CAP_BIT, false },
	{ AMDVI_EFR_GASUP, "guest interrupts", CAP_BIT, false },
	{ AMDVI_EFR_XTSUP, "x2APIC", CAP_BIT, false },
	{ AMDVI_EFR_PCSUP, "performance counters", CAP_BIT, false },
	{ AMDVI_EFR_HESUP, "hardware error registers", CAP_BIT, false },
	{ AMDVI_EFR_GIOSUP, "guest tables for plain requests", CAP_BIT, false },
	{ AMDVI_EFR_HASUP, "host accessed flag", CAP_BIT, false },
	{ AMDVI_EFR_HDSUP, "host dirty flag", CAP_BIT, false },
};

int iop_unit_capability(const struct iop_unit *u, unsigned int i, char *buf, size_t size)
{
	const struct iop_cap *caps = u->type == IOP_AMD ? amd_caps : vtd_caps;
	unsigned int count = u->type == IOP_AMD ? ARRAY_SIZE(amd_caps) :
			     u->type == IOP_VTD ? ARRAY_SIZE(vtd_caps) :
						  0;
	unsigned int value;

	if (i >= count)
		return 0;
	value = ((caps[i].second ? u->ecap : u->cap) & caps[i].mask) >>
		__builtin_ctzll(caps[i].mask);
	switch (caps[i].kind) {
	case CAP_PLUS_1:
		value++;
		break;
	case CAP_DOMAINS:
		value = 1U << (4 + 2 * value);
		break;
	case CAP_LEVELS:
		value += 4;
		break;
	default:
		return scnprintf(buf, size, "%s: %s", caps[i].name, value ? "yes" : "no");
	}
	return scnprintf(buf, size, "%s: %u", caps[i].name, value);
}

static const struct iopt *step_tree(const struct iop_verdict *v, const struct iop_step *s)
{
	return s->stage == 2 ? &v->who.tree2.t : &v->who.tree.t;
}

int iop_step_text(const struct iop_verdict *v, unsigned int i, char *buf, size_t size)
{
	const struct iop_step *s = &v->step[i];
	unsigned long long entry = s->entry, table = s->table;
	const struct iop_raw *raw;
	char flags[96];
	int len = 0;

	if (!s->stage) {
		raw = i < v->who.raws ? &v->who.raw[i] : NULL;
		len = scnprintf(buf, size, "%s table 0x%016llx index %u", iop_kind_name(s->kind),
				table, s->index);
		if (raw && !raw->words)
			return len + scnprintf(buf + len, size - len, " cannot be read");
		len += scnprintf(buf + len, size - len, " entry 0x%016llx", entry);
		if (raw && raw->words > 1 && s->kind != IOP_ROOT_ENTRY)
			len += scnprintf(buf + len, size - len, ",0x%016llx",
					 (unsigned long long)raw->q[1]);
		return len;
	}

	if (v->who.what == IOP_NESTED)
		len = scnprintf(buf, size, "stage %u ", s->stage);
	iopt_flags(step_tree(v, s), s->entry, s->level, flags, sizeof(flags));
	len += scnprintf(buf + len, size - len,
			 "level %u table 0x%016llx index %u entry 0x%016llx %s %s", s->level, table,
			 s->index, entry, iop_kind_name(s->kind), flags);
	return len;
}

int iop_step_word(const struct iop_verdict *v, unsigned int i, char *buf, size_t size)
{
	const struct iop_step *s = &v->step[i];
	unsigned long long entry = s->entry;

	if (!s->stage)
		return scnprintf(buf, size, "%s:%u:0x%016llx", iop_kind_name(s->kind), s->index,
				 entry);
	return scnprintf(buf, size, "%s%u:%u:0x%016llx", s->stage == 2 ? "h" : "", s->level,
			 s->index, entry);
}

int iop_verdict_text(const struct iop_unit *u, const struct iop_verdict *v, char *buf, size_t size)
{
	unsigned long long iova = v->iova, phys = v->phys;
	char page[8], rights[3];
	int len;

	len = scnprintf(buf, size, "a %s 0x%llx ", v->write ? "write to" : "read of", iova);
	switch (v->outcome) {
	case IOP_ALLOWED:
		len += scnprintf(buf + len, size - len, "reaches 0x%llx", phys);
		if (!v->page)
			return len + scnprintf(buf + len, size - len, ", not translated");
		return len + scnprintf(buf + len, size - len, ", page of %s, rights %s",
				       iopt_size_name(v->page, page),
				       iopt_rights_name(v->rights, rights));
	case IOP_INTERRUPT:
		return len + scnprintf(buf + len, size - len, "is %s, not a DMA",
				       v->write ? "an interrupt" : "in the interrupt range");
	case IOP_UNKNOWN:
		if (v->raced)
			return len + scnprintf(buf + len, size - len,
					       "cannot be told: the tables kept changing");
		if (phys)
			return len + scnprintf(buf + len, size - len,
					       "cannot be told: nothing is known about 0x%llx",
					       phys);
		return len + scnprintf(buf + len, size - len,
				       "cannot be told: the unit is in a mode that is not decoded");
	default:
		break;
	}

	len += scnprintf(buf + len, size - len, "faults: 0x%02x %s", v->reason,
			 iop_reason_name(u->type, v->reason));
	if (v->spec_reason != v->reason)
		len += scnprintf(buf + len, size - len, " (by the specification 0x%02x)",
				 v->spec_reason);
	if (u->type == IOP_AMD)
		len += scnprintf(buf + len, size - len, "%s%s%s",
				 !(v->flags & AMDVI_EVF_PR) ? ", not present" : "",
				 v->flags & AMDVI_EVF_PE ? ", no permission" : "",
				 v->flags & AMDVI_EVF_RZ ? ", a reserved bit is set" : "");
	if (v->level)
		len += scnprintf(buf + len, size - len, ", at level %u%s", v->level,
				 v->stage == 2 ? " of the second stage" : "");
	if (v->who.silent)
		len += scnprintf(buf + len, size - len, ", and is not recorded");
	return len;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The remapping units: ACPI says where their registers are (DMAR, IVRS), and the registers
 * say the rest. They are mapped once more, beside their driver, and only ever read: of the
 * registers that we read none changes by that.
 *
 * Units that are plugged in later are not seen until the module is loaded anew.
 */
#include <linux/acpi.h>
#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "dmar.h"
#include "iommu_probe.h"
#include "ivrs.h"

/* AMD: all that we read is in the first 16 KiB. */
#define AMD_MMIO_BYTES 0x4000

struct ip_unit ip_units[IP_MAX_UNITS];
unsigned int ip_unit_count;

static struct acpi_table_header *acpi_dmar, *acpi_ivrs;
static struct dmar_table dmar;
static struct ivrs_table ivrs;

void ip_unit_read(const struct ip_unit *unit, struct iop_unit *regs)
{
	*regs = unit->regs;
	if (regs->type == IOP_VTD) {
		regs->status = readl(unit->mmio + VTD_REG_GSTS);
		regs->root = readq(unit->mmio + VTD_REG_RTADDR);
		regs->fault = readl(unit->mmio + VTD_REG_FSTS);
		/* Asleep or gone: such bits are never all set. */
		if (regs->status == ~0U)
			regs->status = 0;
	} else {
		regs->status = readq(unit->mmio + AMDVI_REG_CONTROL);
		regs->root = readq(unit->mmio + AMDVI_REG_DEVTAB);
		regs->fault = readq(unit->mmio + AMDVI_REG_STATUS);
		if (regs->status == ~0ULL)
			regs->status = 0;
	}
}

/* -- ACPI -> units ------------------------------------------------------------------ */

static struct ip_unit *unit_add(u8 type, u16 segment, u8 haw, u64 base, size_t bytes)
{
	struct ip_unit *unit = &ip_units[ip_unit_count];

	if (ip_unit_count == IP_MAX_UNITS) {
		pr_warn_once("iommu_probe: more than %u IOMMUs, the others are left out\n",
			     IP_MAX_UNITS);
		return NULL;
	}
	/* Firmware was seen to say nonsense here. */
	if (!base || offset_in_page(base) || page_is_ram(base >> PAGE_SHIFT))
		goto bad;
	unit->mmio = ioremap(base, bytes);
	if (!unit->mmio)
		goto bad;
	unit->id = ip_unit_count;
	unit->regs.type = type;
	unit->regs.segment = segment;
	unit->regs.haw = haw;
	unit->regs.base = base;
	return unit;

bad:
	pr_warn("iommu_probe: no registers of an IOMMU at 0x%llx, as ACPI says\n", base);
	return NULL;
}

static void unit_drop(struct ip_unit *unit)
{
	iounmap(unit->mmio);
	memset(unit, 0, sizeof(*unit));
}

static void vtd_unit_add(const struct dmar_structure *s, size_t pos)
{
	struct ip_unit *unit = unit_add(IOP_VTD, s->segment, dmar.haw, s->base, PAGE_SIZE);
	struct iop_unit *regs;
	size_t bytes;

	if (!unit)
		return;
	regs = &unit->regs;
	regs->model = strstarts(dmar.oem, "BOCHS") ? IOP_MODEL_QEMU : IOP_MODEL_HARDWARE;
	regs->version = readl(unit->mmio + VTD_REG_VER);
	regs->cap = readq(unit->mmio + VTD_REG_CAP);
	regs->ecap = readq(unit->mmio + VTD_REG_ECAP);
	if (regs->cap == ~0ULL && regs->ecap == ~0ULL) {
		pr_warn("iommu_probe: the IOMMU at 0x%llx does not answer\n", regs->base);
		unit_drop(unit);
		return;
	}

	/* The fault records may be further up. */
	bytes = vtd_fault_offset(regs->cap) + vtd_fault_records(regs->cap) * VTD_FRCD_BYTES;
	if (bytes > PAGE_SIZE) {
		void __iomem *more = ioremap(regs->base, PAGE_ALIGN(bytes));

		if (!more) {
			unit_drop(unit);
			return;
		}
		iounmap(unit->mmio);
		unit->mmio = more;
	}
	unit->all = s->all;
	unit->scopes = pos;
	ip_unit_read(unit, regs);
	ip_unit_count++;
}

static void vtd_units(void)
{
	struct dmar_structure s;
	size_t pos = 0, at;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_DMAR, 0, &acpi_dmar))) {
		acpi_dmar = NULL;
		return;
	}
	if (dmar_open(&dmar, acpi_dmar, acpi_dmar->length)) {
		pr_warn("iommu_probe: the ACPI table DMAR is malformed\n");
		memset(&dmar, 0, sizeof(dmar));
		return;
	}
	for (at = pos; dmar_next(&dmar, &pos, &s) > 0; at = pos)
		if (s.type == DMAR_UNIT)
			vtd_unit_add(&s, at);
}

static void amd_unit_add(const struct ivrs_block *b, size_t pos)
{
	struct ip_unit *unit =
		unit_add(IOP_AMD, b->segment, ivrs.phys_bits, b->base, AMD_MMIO_BYTES);
	struct iop_unit *regs;

	if (!unit)
		return;
	regs = &unit->regs;
	regs->cap = readq(unit->mmio + AMDVI_REG_EFR);
	regs->ecap = readq(unit->mmio + AMDVI_REG_EFR2);
	regs->enc_mask = sme_me_mask;
	if (regs->cap == ~0ULL && readq(unit->mmio + AMDVI_REG_DEVTAB) == ~0ULL) {
		pr_warn("iommu_probe: the IOMMU at 0x%llx does not answer\n", regs->base);
		unit_drop(unit);
		return;
	}
	unit->scopes = pos;
	ip_unit_read(unit, regs);
	ip_unit_count++;
}

static void amd_units(void)
{
	struct ivrs_block b;
	size_t pos = 0, at;

	if (ACPI_FAILURE(acpi_get_table(ACPI_SIG_IVRS, 0, &acpi_ivrs))) {
		acpi_ivrs = NULL;
		return;
	}
	if (ivrs_open(&ivrs, acpi_ivrs, acpi_ivrs->length)) {
		pr_warn("iommu_probe: the ACPI table IVRS is malformed\n");
		memset(&ivrs, 0, sizeof(ivrs));
		return;
	}
	for (at = pos; ivrs_next(&ivrs, &pos, &b) > 0; at = pos)
		if (b.type == ivrs.ivhd_type)
			amd_unit_add(&b, at);
}

int ip_units_init(void)
{
	/* No such table is no error: see ip_source(). */
	vtd_units();
	amd_units();
	return 0;
}

void ip_units_exit(void)
{
	while (ip_unit_count)
		unit_drop(&ip_units[--ip_unit_count]);
	if (acpi_ivrs)
		acpi_put_table(acpi_ivrs);
	if (acpi_dmar)
		acpi_put_table(acpi_dmar);
}

static int has_group(struct device *dev, void *unused)
{
	return device_iommu_mapped(dev);
}

enum ip_source ip_source(void)
{
	if (ip_unit_count)
		return IP_SOURCE_TABLES;
	return bus_for_each_dev(&pci_bus_type, NULL, NULL, has_group) ? IP_SOURCE_API :
									IP_SOURCE_NONE;
}

/* -- which unit serves whom --------------------------------------------------------- */

static int bridge_secondary(void *ctx, u16 segment, u16 rid)
{
	u8 secondary, subordinate;

	return ip_device_buses(ip_key(segment, rid), &secondary, &subordinate) ?: secondary;
}

/* Does a device scope of the unit name the device, or a bridge above it? */
static bool vtd_unit_names(const struct ip_unit *unit, unsigned long key)
{
	struct dmar_structure s;
	struct dmar_scope scope;
	u8 secondary, subordinate;
	size_t pos = unit->scopes;
	u16 rid;

	if (dmar_next(&dmar, &pos, &s) <= 0)
		return false;
	for (pos = 0; dmar_next_scope(&dmar, &s, &pos, &scope) > 0;) {
		if (dmar_scope_rid(&scope, s.segment, bridge_secondary, NULL, &rid))
			continue;
		if (rid == ip_key_rid(key) &&
		    (scope.type == DMAR_SCOPE_DEVICE || scope.type == DMAR_SCOPE_BRIDGE))
			return true;
		if (scope.type == DMAR_SCOPE_BRIDGE &&
		    !ip_device_buses(ip_key(s.segment, rid), &secondary, &subordinate) &&
		    PCI_BUS_NUM(key) >= secondary && PCI_BUS_NUM(key) <= subordinate)
			return true;
	}
	return false;
}

static bool amd_unit_names(const struct ip_unit *unit, unsigned long key)
{
	struct ivrs_devices d;
	struct ivrs_block b;
	size_t pos = unit->scopes;

	if (ivrs_next(&ivrs, &pos, &b) <= 0)
		return false;
	for (pos = 0; ivrs_next_devices(&ivrs, &b, &pos, &d) > 0;)
		if (d.kind == IVRS_PCI && ip_key_rid(key) >= d.first && ip_key_rid(key) <= d.last)
			return true;
	return false;
}

static bool unit_names(const struct ip_unit *unit, unsigned long key)
{
	if (unit->regs.segment != ip_key_segment(key))
		return false;
	return unit->regs.type == IOP_VTD ? vtd_unit_names(unit, key) : amd_unit_names(unit, key);
}

static bool unit_has(const struct ip_unit *unit, unsigned long key)
{
	struct iop_unit regs;
	u32 rid = ip_key_rid(key);

	ip_unit_read(unit, &regs);
	return regs.segment == ip_key_segment(key) && !iop_next_rid(&regs, &ip_memory, &rid) &&
	       rid == ip_key_rid(key);
}

struct ip_unit *ip_unit_of(unsigned long key)
{
	struct ip_unit *unit;
	struct ip_view v;

	ip_for_each_unit(unit)
		if (unit_has(unit, key))
			return unit;
	/* A VF is served with its PF. */
	if (ip_device_view(key, &v) && v.vf)
		key = v.pf;
	ip_for_each_unit(unit)
		if (unit_names(unit, key))
			return unit;
	ip_for_each_unit(unit)
		if (unit->all && unit->regs.segment == ip_key_segment(key))
			return unit;
	return NULL;
}

/* -- the file "units" --------------------------------------------------------------- */

static void show_unit(struct seq_file *m, const struct ip_unit *unit)
{
	char levels[16], pages[16], text[80];
	struct iop_unit r;
	unsigned int i;

	ip_unit_read(unit, &r);
	iop_unit_levels(&r, levels, sizeof(levels));
	iop_unit_pages(&r, pages, sizeof(pages));
	seq_printf(m, "unit id=%u type=%s model=%s base=0x%016llx segment=%04x scope=%s", unit->id,
		   iop_type_name(r.type), r.model == IOP_MODEL_QEMU ? "qemu" : "hardware", r.base,
		   r.segment, unit->all ? "all" : "listed");
	if (r.type == IOP_VTD)
		seq_printf(m, " version=%u.%u", r.version >> 4 & 0xf, r.version & 0xf);
	else
		seq_puts(m, " version=-");
	seq_printf(m, " cap=0x%llx ecap=0x%llx gsts=0x%llx rtaddr=0x%016llx fsts=0x%llx", r.cap,
		   r.ecap, r.status, r.root, r.fault);
	seq_printf(m, " mode=%s translation=%s", iop_mode_name(iop_unit_mode(&r)),
		   iop_unit_on(&r) ? "on" : "off");
	if (r.type == IOP_VTD)
		seq_printf(m, " intremap=%s", iop_unit_intremap(&r) ? "on" : "off");
	else
		seq_puts(m, " intremap=-");
	seq_printf(m, " levels=%s", levels);
	if (r.type == IOP_VTD) {
		seq_printf(m,
			   " mgaw=%u haw=%u pages=%s domains=%llu fault_records=%u coherent=%s\n",
			   vtd_mgaw(r.cap), r.haw, pages,
			   1ULL << (4 + 2 * FIELD_GET(VTD_CAP_ND, r.cap)), vtd_fault_records(r.cap),
			   r.ecap & VTD_ECAP_C ? "yes" : "no");
	} else {
		seq_printf(m, " mgaw=- haw=%u pages=%s domains=65536 fault_records=- coherent=-",
			   r.haw, pages);
		seq_printf(m, " enc=0x%llx\n", r.enc_mask);
	}
	for (i = 0; iop_unit_capability(&r, i, text, sizeof(text)); i++)
		seq_printf(m, "capability id=%u %s\n", unit->id, text);
}

static void show_rid(struct seq_file *m, const char *sep, unsigned long key)
{
	char name[IP_RID_NAME];

	ip_rid_name(key, name);
	seq_printf(m, "%s%s", sep, name);
}

/* Memory that firmware wants certain devices to reach at the same address. */
static void show_dmar_reserved(struct seq_file *m)
{
	struct dmar_structure s;
	struct dmar_scope scope;
	unsigned int id = 0;
	size_t pos = 0, at;
	const char *sep;
	u16 rid;

	while (dmar.bytes && dmar_next(&dmar, &pos, &s) > 0) {
		if (s.type != DMAR_RESERVED)
			continue;
		seq_printf(m, "reserved id=%u segment=%04x start=0x%016llx end=0x%016llx devices=",
			   id++, s.segment, s.base, s.end);
		sep = "";
		for (at = 0; dmar_next_scope(&dmar, &s, &at, &scope) > 0;) {
			if (dmar_scope_rid(&scope, s.segment, bridge_secondary, NULL, &rid))
				continue;
			show_rid(m, sep, ip_key(s.segment, rid));
			sep = ",";
		}
		seq_puts(m, *sep ? "\n" : "-\n");
	}
}

static void show_ivrs_reserved(struct seq_file *m)
{
	struct ivrs_block b;
	unsigned int id = 0;
	size_t pos = 0;

	while (ivrs.bytes && ivrs_next(&ivrs, &pos, &b) > 0) {
		if (b.type != IVRS_IVMD_ALL && b.type != IVRS_IVMD_ONE && b.type != IVRS_IVMD_RANGE)
			continue;
		seq_printf(m, "reserved id=%u segment=%04x start=0x%016llx end=0x%016llx devices=",
			   id++, b.segment, b.base, b.end);
		if (b.type == IVRS_IVMD_ALL) {
			seq_puts(m, "all\n");
			continue;
		}
		show_rid(m, "", ip_key(b.segment, b.rid));
		if (b.type == IVRS_IVMD_RANGE)
			show_rid(m, "-", ip_key(b.segment, b.last));
		seq_putc(m, '\n');
	}
}

int ip_units_show(struct seq_file *m, void *v)
{
	struct ip_unit *unit;

	seq_puts(m, "# iommu_probe units 1\n# record key=value...\n");
	ip_for_each_unit(unit)
		show_unit(m, unit);
	show_dmar_reserved(m);
	show_ivrs_reserved(m);
	if (ip_unit_count)
		seq_printf(m, "msi start=0x%016llx end=0x%016llx\n", VTD_MSI_FIRST, VTD_MSI_LAST);
	switch (ip_source()) {
	case IP_SOURCE_TABLES:
		if (ip_units[0].regs.type == IOP_VTD)
			seq_puts(m,
				 "source vtd tables are read from memory, as the unit reads them\n");
		else
			seq_puts(m,
				 "source amd tables are read from memory; never tried on hardware\n");
		break;
	case IP_SOURCE_API:
		seq_puts(m,
			 "source api no ACPI table names an IOMMU whose tables could be read: what the kernel says\n");
		break;
	case IP_SOURCE_NONE:
		seq_puts(m, "source none no IOMMU: each device reaches all memory\n");
		break;
	}
	return 0;
}

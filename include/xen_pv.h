/* SPDX-License-Identifier: GPL-2.0-only */
/* Not for PV guests of Xen, which dom0 is by default; for modules only. */
#ifndef _XLATE_XEN_PV_H
#define _XLATE_XEN_PV_H

#include <linux/errno.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <asm/cpufeature.h>

/**
 * xlate_refuse_xen_pv() - does this kernel run as a PV guest of Xen?
 *
 * The physical addresses of such a kernel are its own (pseudo-physical ones), while its page
 * tables, its devices and its DMA API have those of the machine. Who takes one for the other
 * reads and writes somewhere else; and the IOMMU is the hypervisor's, which hides it.
 *
 * Return: 0, or -ENODEV after it has said so.
 */
static inline int xlate_refuse_xen_pv(void)
{
	if (!boot_cpu_has(X86_FEATURE_XENPV))
		return 0;
	pr_err("%s: not on Xen PV, whose tables and devices have addresses of the machine: boot with dom0=pvh, or as an HVM or PVH guest\n",
	       THIS_MODULE->name);
	return -ENODEV;
}

#endif /* _XLATE_XEN_PV_H */

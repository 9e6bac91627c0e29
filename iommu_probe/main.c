// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommu_probe: which I/O page table a device uses, and what it may touch.
 *
 *	/sys/kernel/debug/iommu_probe/
 *	  units			the remapping units, and what memory is reserved for whom
 *	  devices		each requester ID: device, group, domain, table
 *	  domains		each table, and who uses it
 *	  <bdf>/tables		every entry in use of every level, from the root entry on
 *	  <bdf>/mappings	what is mapped where, in runs
 *	  faults		DMA faults, as they happen
 *	  lab/			only with lab=1: see lab.c
 *
 * All of it is only read: nothing is mapped, attached or reset outside of the lab.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "../include/xen_pv.h"
#include "iommu_probe.h"

static struct dentry *probe_root;

DEFINE_PERMITTED_ATTRIBUTE(ip_units);

static const struct {
	const char *name;
	const struct file_operations *fops;
} probe_files[] = {
	{ "units", &ip_units_fops },
	{ "devices", &ip_devices_fops },
	{ "domains", &ip_domains_fops },
	{ "faults", &ip_faults_fops },
};

void ip_rid_name(unsigned long key, char *name)
{
	u16 rid = ip_key_rid(key);

	snprintf(name, IP_RID_NAME, "%04x:%02x:%02x.%x", ip_key_segment(key), PCI_BUS_NUM(rid),
		 PCI_SLOT(rid), PCI_FUNC(rid));
}

static int __init iommu_probe_init(void)
{
	unsigned int i;
	int ret = xlate_refuse_xen_pv();

	if (ret)
		return ret;
	probe_root = debugfs_create_dir("iommu_probe", NULL);
	if (IS_ERR(probe_root)) {
		pr_err("iommu_probe: no debugfs (%ld): is it off (debugfs=)?\n",
		       PTR_ERR(probe_root));
		return PTR_ERR(probe_root);
	}
	ret = ip_units_init();
	if (ret)
		goto err_root;
	ret = ip_faults_init();
	if (ret)
		goto err_units;
	ret = ip_devices_init();
	if (ret)
		goto err_faults;
	ret = ip_lab_init(probe_root);
	if (ret)
		goto err_devices;

	/* Nothing fails from here on, so files that are opened stay. */
	ip_folders_init(probe_root);
	for (i = 0; i < ARRAY_SIZE(probe_files); i++)
		debugfs_create_file(probe_files[i].name, 0400, probe_root, NULL,
				    probe_files[i].fops);
	return 0;

err_devices:
	ip_devices_exit();
	ip_folders_exit();
err_faults:
	ip_faults_exit();
err_units:
	ip_units_exit();
err_root:
	debugfs_remove(probe_root);
	return ret;
}

static void __exit iommu_probe_exit(void)
{
	ip_lab_exit();
	ip_devices_exit();
	ip_folders_exit();
	debugfs_remove(probe_root);
	ip_faults_exit();
	ip_units_exit();
}

module_init(iommu_probe_init);
module_exit(iommu_probe_exit);

MODULE_DESCRIPTION("Which I/O page table each PCI requester ID uses, and what it maps");
MODULE_LICENSE("GPL");

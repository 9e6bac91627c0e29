// SPDX-License-Identifier: GPL-2.0-only
/*
 * vnic: the guest's driver of a virtio network device whose rings can be seen.
 *
 * It takes no device by itself. To give it one:
 *
 *	echo vnic >/sys/bus/pci/devices/BDF/driver_override
 *	echo BDF >/sys/bus/pci/devices/BDF/driver/unbind
 *	echo BDF >/sys/bus/pci/drivers_probe
 */
#include <linux/debugfs.h>
#include <linux/module.h>

#include "../include/xen_pv.h"
#include "vnic.h"

struct dentry *vnic_debugfs;

static int __init vnic_init(void)
{
	int ret = xlate_refuse_xen_pv();

	if (ret)
		return ret;
	vnic_debugfs = debugfs_create_dir("vnic", NULL);
	ret = vnic_pci_init();
	if (ret)
		debugfs_remove(vnic_debugfs);
	return ret;
}

static void __exit vnic_exit(void)
{
	vnic_pci_exit();
	debugfs_remove(vnic_debugfs);
}

module_init(vnic_init);
module_exit(vnic_exit);

MODULE_DESCRIPTION("Virtio network devices, with rings that can be seen");
MODULE_LICENSE("GPL");

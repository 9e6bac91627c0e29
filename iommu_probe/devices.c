// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which PCI devices there are, and what the kernel says of them.
 *
 * A device is in ip_devices from its announcement on the bus until just before the IOMMU
 * core lets go of it: our notifier for the latter runs first. So under devices_lock a
 * device that is in there exists, and so does its group. That lock is innermost: device
 * removal waits for it, so nothing under it may wait for a device.
 *
 * device_lock() can be held for long (a VF that is being taken from vfio), hence trylock.
 */
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include "compat.h"
#include "iommu_probe.h"

/* Devices and functions of a bus. */
#define ALL_DEVFNS 256

static DEFINE_MUTEX(devices_lock);
static DEFINE_XARRAY(devices); /* ip_key() -> struct pci_dev, not referenced */

/*
 * What waits for the lock is on its way out, and may be what memory would be written to in
 * order to get some.
 */
static unsigned int lock_devices(void)
{
	mutex_lock(&devices_lock);
	return memalloc_noio_save();
}

static void unlock_devices(unsigned int noio)
{
	memalloc_noio_restore(noio);
	mutex_unlock(&devices_lock);
}

static unsigned long device_key(const struct pci_dev *pdev)
{
	return ip_key(pci_domain_nr(pdev->bus), pci_dev_id((struct pci_dev *)pdev));
}

static int device_note(struct device *dev, void *unused)
{
	struct pci_dev *pdev = to_pci_dev(dev);

	lockdep_assert_held(&devices_lock);
	return xa_err(xa_store(&devices, device_key(pdev), pdev, GFP_KERNEL));
}

/* After the IOMMU core has seen the new device. */
static int notify_added(struct notifier_block *nb, unsigned long action, void *data)
{
	unsigned int noio;

	if (action == BUS_NOTIFY_ADD_DEVICE) {
		noio = lock_devices();
		/* Without memory it is missing in the list until the module is loaded anew. */
		device_note(data, NULL);
		unlock_devices(noio);
		ip_folders_sync();
	}
	return NOTIFY_DONE;
}

/* Before the IOMMU core lets go of it. */
static int notify_removed(struct notifier_block *nb, unsigned long action, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	if (action == BUS_NOTIFY_REMOVED_DEVICE) {
		mutex_lock(&devices_lock);
		xa_cmpxchg(&devices, device_key(pdev), pdev, NULL, 0);
		mutex_unlock(&devices_lock);
		ip_folders_sync();
	}
	return NOTIFY_DONE;
}

static struct notifier_block added = { .notifier_call = notify_added, .priority = -1 };
static struct notifier_block removed = { .notifier_call = notify_removed, .priority = 1 };

/* The type of the domain that the device's group is attached to, in a word. */
static const char *domain_type(struct device *dev)
{
	struct iommu_domain *domain;
	unsigned int type, tries;

	/* vfio may replace and free it meanwhile; so believe what is still true afterwards. */
	for (tries = 0; tries < 3; tries++) {
		domain = iommu_get_domain_for_dev(dev);
		if (!domain)
			return "-";
		if (copy_from_kernel_nofault(&type, &domain->type, sizeof(type)) ||
		    iommu_get_domain_for_dev(dev) != domain)
			continue;
		switch (type) {
		case IOMMU_DOMAIN_BLOCKED:
			return "blocked";
		case IOMMU_DOMAIN_IDENTITY:
			return "identity";
		case IOMMU_DOMAIN_UNMANAGED:
			return "unmanaged";
		case IOMMU_DOMAIN_DMA:
			return "dma";
		case IOMMU_DOMAIN_DMA_FQ:
			return "dma-fq";
		case IOMMU_DOMAIN_SVA:
			return "sva";
		}
		return "other";
	}
	return "?";
}

bool ip_device_view(unsigned long key, struct ip_view *v)
{
	struct iommu_group *group;
	struct pci_dev *pdev;

	memset(v, 0, sizeof(*v));
	v->group = -1;
	v->domain_type = "-";
	strscpy(v->driver, "-", sizeof(v->driver));

	mutex_lock(&devices_lock);
	pdev = xa_load(&devices, key);
	if (!pdev)
		goto out;
	v->found = true;
	v->bridge = pdev->hdr_type == PCI_HEADER_TYPE_BRIDGE;
	/* A VF holds a reference on its PF. */
	v->vf = pdev->is_virtfn;
	if (v->vf)
		v->pf = device_key(pci_physfn(pdev));

	group = iommu_group_get(&pdev->dev);
	if (group) {
		v->group = iommu_group_id(group);
		iommu_group_put(group);
	}
	if (!device_trylock(&pdev->dev)) {
		v->domain_type = "?";
		strscpy(v->driver, "?", sizeof(v->driver));
		goto out;
	}
	if (group)
		v->domain_type = domain_type(&pdev->dev);
	if (pdev->dev.driver) {
		strscpy(v->driver, pdev->dev.driver->name, sizeof(v->driver));
		v->lab = ip_lab_owns(pdev->dev.driver);
	}
	device_unlock(&pdev->dev);
out:
	mutex_unlock(&devices_lock);
	return v->found;
}

int ip_device_buses(unsigned long key, u8 *secondary, u8 *subordinate)
{
	struct pci_dev *pdev;
	int ret = -ENODEV;

	mutex_lock(&devices_lock);
	pdev = xa_load(&devices, key);
	if (pdev && pdev->hdr_type == PCI_HEADER_TYPE_BRIDGE &&
	    !pci_read_config_byte(pdev, PCI_SECONDARY_BUS, secondary) &&
	    !pci_read_config_byte(pdev, PCI_SUBORDINATE_BUS, subordinate))
		ret = 0;
	mutex_unlock(&devices_lock);
	return ret;
}

/* Other requester IDs that requests of a device, or of those behind it, may bear. */
static int device_aliases(struct pci_dev *pdev, struct xarray *rids)
{
	int domain = pci_domain_nr(pdev->bus);
	unsigned int devfn;
	u8 secondary;
	int ret = 0;

	/* A PCI Express to PCI bridge takes ownership: secondary bus, device 0. */
	if (pci_pcie_type(pdev) == PCI_EXP_TYPE_PCI_BRIDGE &&
	    !pci_read_config_byte(pdev, PCI_SECONDARY_BUS, &secondary))
		ret = ip_rids_add(rids, ip_key(domain, PCI_DEVID(secondary, 0)), IP_RID_ALIAS);
	if (!pdev->dma_alias_mask)
		return ret;
	for_each_set_bit(devfn, pdev->dma_alias_mask, ALL_DEVFNS) {
		ret = ret   ?:
			      ip_rids_add(rids, ip_key(domain, PCI_DEVID(pdev->bus->number, devfn)),
					  IP_RID_ALIAS);
	}
	return ret;
}

int ip_devices_list(struct xarray *rids)
{
	struct pci_dev *pdev;
	unsigned long key;
	unsigned int noio;
	int ret = 0;

	noio = lock_devices();
	xa_for_each(&devices, key, pdev) {
		ret = ip_rids_add(rids, key, IP_RID_DEVICE) ?: device_aliases(pdev, rids);
		if (ret)
			break;
	}
	unlock_devices(noio);
	return ret;
}

int ip_devices_init(void)
{
	unsigned int noio;
	int ret;

	ret = bus_register_notifier(&pci_bus_type, &removed);
	if (ret)
		return ret;
	ret = bus_register_notifier(&pci_bus_type, &added);
	if (ret)
		goto err_removed;

	/*
	 * A device that this finds on the bus has not been taken from there, so its removal
	 * has yet to come by, and then waits for the lock.
	 */
	noio = lock_devices();
	ret = bus_for_each_dev(&pci_bus_type, NULL, NULL, device_note);
	unlock_devices(noio);
	if (ret)
		goto err_added;
	return 0;

err_added:
	bus_unregister_notifier(&pci_bus_type, &added);
err_removed:
	bus_unregister_notifier(&pci_bus_type, &removed);
	xa_destroy(&devices);
	return ret;
}

void ip_devices_exit(void)
{
	bus_unregister_notifier(&pci_bus_type, &added);
	bus_unregister_notifier(&pci_bus_type, &removed);
	xa_destroy(&devices);
}

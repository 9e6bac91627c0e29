// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lab: DMA to order, so that faults can be provoked and compared with what was
 * foretold. It is there only when the module is loaded with lab=1, and only for QEMU's edu
 * device, which no other driver claims. That device's group gets a domain of the lab's
 * own; it never does DMA to memory that is not the lab's.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "edu.h"
#include "lab.h"

static bool lab_on;
module_param_named(lab, lab_on, bool, 0400);
MODULE_PARM_DESC(lab, "drive QEMU's edu device, to do DMA to order (default: no)");

/* A transfer takes 100 ms of the device's time; a busy host may make more of it. */
#define TRANSFER_MS 10000

DEFINE_MUTEX(lab_mutex);
LIST_HEAD(lab_devices);
LIST_HEAD(lab_spaces);

static bool transfer_goes_on(struct lab_device *lab)
{
	return readq(lab->mmio + EDU_REG_DMA_CMD) & EDU_DMA_RUN;
}

int lab_transfer(struct lab_device *lab, bool write, u64 addr, unsigned int bytes)
{
	unsigned int ms;

	if (lab->broken || !bytes || bytes > EDU_BUFFER_BYTES)
		return -EIO;
	writeq(write ? EDU_BUFFER : addr, lab->mmio + EDU_REG_DMA_SRC);
	writeq(write ? addr : EDU_BUFFER, lab->mmio + EDU_REG_DMA_DST);
	writeq(bytes, lab->mmio + EDU_REG_DMA_COUNT);
	writeq(EDU_DMA_RUN | (write ? EDU_DMA_TO_PCI : 0), lab->mmio + EDU_REG_DMA_CMD);
	/* Also a signal must not leave a transfer behind whose memory is then freed. */
	for (ms = 0; ms < TRANSFER_MS; ms += 20) {
		if (!transfer_goes_on(lab))
			return 0;
		msleep(20);
	}
	/* It may still come: off with the device, before its memory is given back. */
	lab->broken = true;
	pci_clear_master(lab->pdev);
	return -ETIMEDOUT;
}

static int lab_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct lab_device *lab;
	int ret;

	lab = kzalloc(sizeof(*lab), GFP_KERNEL);
	if (!lab)
		return -ENOMEM;
	lab->pdev = pdev;

	ret = pci_enable_device(pdev);
	if (ret)
		goto err_free;
	ret = pci_request_region(pdev, 0, "iommu_probe lab");
	if (ret)
		goto err_disable;
	lab->mmio = pci_iomap(pdev, 0, EDU_REG_DMA_CMD + sizeof(u64));
	ret = -ENOMEM;
	if (!lab->mmio)
		goto err_region;
	ret = -ENODEV;
	if ((readl(lab->mmio + EDU_REG_ID) & EDU_ID_MASK) != EDU_ID || transfer_goes_on(lab))
		goto err_unmap;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		goto err_unmap;

	mutex_lock(&lab_mutex);
	lab->space = lab_space_get(pdev);
	ret = PTR_ERR_OR_ZERO(lab->space);
	if (!ret) {
		list_add_tail(&lab->list, &lab_devices);
		pci_set_drvdata(pdev, lab);
		pci_set_master(pdev);
	}
	mutex_unlock(&lab_mutex);
	if (ret)
		goto err_unmap;
	return 0;

err_unmap:
	pci_iounmap(pdev, lab->mmio);
err_region:
	pci_release_region(pdev, 0);
err_disable:
	pci_disable_device(pdev);
err_free:
	kfree(lab);
	return ret;
}

static void lab_remove(struct pci_dev *pdev)
{
	struct lab_device *lab = pci_get_drvdata(pdev);

	/* Waits for a command that is under way, with its transfers. */
	mutex_lock(&lab_mutex);
	list_del(&lab->list);
	pci_clear_master(pdev);
	lab_space_put(lab->space);
	mutex_unlock(&lab_mutex);

	pci_iounmap(pdev, lab->mmio);
	pci_release_region(pdev, 0);
	pci_disable_device(pdev);
	kfree(lab);
}

/* Without MODULE_DEVICE_TABLE: nothing loads us by itself. */
static const struct pci_device_id lab_ids[] = { { PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) }, {} };

static struct pci_driver lab_driver = {
	.name = "iommu_probe_lab",
	.id_table = lab_ids,
	.probe = lab_probe,
	.remove = lab_remove,
	/* The group's domain is ours to choose. */
	.driver_managed_dma = true,
};

bool ip_lab_owns(const struct device_driver *driver)
{
	return driver == &lab_driver.driver;
}

int ip_lab_init(struct dentry *root)
{
	int ret;

	if (!lab_on)
		return 0;
	ret = pci_register_driver(&lab_driver);
	if (ret)
		return ret;
	lab_files_init(root);
	return 0;
}

void ip_lab_exit(void)
{
	if (!lab_on)
		return;
	lab_files_exit();
	pci_unregister_driver(&lab_driver);
}

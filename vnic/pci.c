// SPDX-License-Identifier: GPL-2.0-only
/* A virtio device on the PCI bus (VIRTIO 4.1): binding, registers, interrupts. */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/iopoll.h>
#include <linux/pci.h>

#include "../include/xlate/virtio_pci.h"

#include "vnic.h"

/* How long a device may take for a reset, in microseconds. */
#define RESET_US (2 * USEC_PER_SEC)

/**
 * struct vnic_pci - what we know of the PCI device
 * @pdev:	it
 * @common:	common configuration
 * @common_len:	bytes of it
 * @notify:	where queues are notified
 * @notify_len:	bytes of it
 * @notify_mult: bytes from one place to the next
 * @isr:	interrupt status
 * @device:	configuration of the network device
 * @device_len:	bytes of it
 * @vectors:	1: one interrupt for all, maybe without MSI-X; 2: one for the configuration
 *		and commands, one for packets; more: one for each pair
 * @msix:	MSI-X is in use
 */
struct vnic_pci {
	struct pci_dev *pdev;
	struct vpci_common __iomem *common;
	u32 common_len;
	u8 __iomem *notify;
	u32 notify_len;
	u32 notify_mult;
	u8 __iomem *isr;
	struct vnet_config __iomem *device;
	u32 device_len;
	int vectors;
	bool msix;
};

static struct vnic_pci *to_pci(struct vnic *vn)
{
	return vnic_priv(vn);
}

/* -- capabilities (4.1.4) -------------------------------------------------------------- */

/* Capabilities that fit into the configuration space; a list that is longer is a circle. */
#define CAPS_MAX ((PCI_CFG_SPACE_SIZE - PCI_STD_HEADER_SIZEOF) / 4)

/*
 * Maps what a capability speaks of; NULL when it is too short, not aligned or somewhere else. One
 * that is longer than its BAR ends there.
 */
static u8 __iomem *pci_map_cap(struct vnic_pci *p, int type, u32 least, u32 align, u32 *len,
			       int *where)
{
	struct pci_dev *pdev = p->pdev;
	int pos, n = 0;

	for (pos = pci_find_capability(pdev, PCI_CAP_ID_VNDR); pos && n++ < CAPS_MAX;
	     pos = pci_find_next_capability(pdev, pos, PCI_CAP_ID_VNDR)) {
		u32 offset, length;
		u8 this, bar;

		pci_read_config_byte(pdev, pos + offsetof(struct vpci_cap, type), &this);
		pci_read_config_byte(pdev, pos + offsetof(struct vpci_cap, bar), &bar);
		/* The first that can be used is the one that the device prefers. */
		if (this != type || bar >= PCI_STD_NUM_BARS ||
		    !(pci_resource_flags(pdev, bar) & IORESOURCE_MEM))
			continue;
		pci_read_config_dword(pdev, pos + offsetof(struct vpci_cap, offset), &offset);
		pci_read_config_dword(pdev, pos + offsetof(struct vpci_cap, length), &length);
		if (length < least || (u64)offset + least > pci_resource_len(pdev, bar)) {
			dev_err(&pdev->dev, "capability %d: %u bytes at %#x do not fit BAR %u\n",
				type, length, offset, bar);
			continue;
		}
		if (!IS_ALIGNED(offset, align)) {
			dev_err(&pdev->dev, "capability %d: %#x is not aligned to %u bytes\n", type,
				offset, align);
			continue;
		}
		*len = min_t(u64, length, pci_resource_len(pdev, bar) - offset);
		if (where)
			*where = pos;
		return pci_iomap_range(pdev, bar, offset, *len);
	}
	dev_err(&pdev->dev, "no virtio capability of type %d: not a modern device?\n", type);
	return NULL;
}

static void pci_unmap(struct vnic_pci *p)
{
	void __iomem *parts[] = { p->common, p->notify, p->isr, p->device };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i])
			pci_iounmap(p->pdev, parts[i]);
}

static int pci_map(struct vnic_pci *p)
{
	u32 unused;
	int pos;

	p->common = (void __iomem *)pci_map_cap(p, VPCI_CAP_COMMON, VPCI_COMMON_BASIC, 4,
						&p->common_len, NULL);
	p->notify = pci_map_cap(p, VPCI_CAP_NOTIFY, 2, 2, &p->notify_len, &pos);
	p->isr = pci_map_cap(p, VPCI_CAP_ISR, 1, 1, &unused, NULL);
	/* How long it is depends on the features that the device offers (4.1.4.6). */
	p->device = (void __iomem *)pci_map_cap(p, VPCI_CAP_DEVICE, 1, 4, &p->device_len, NULL);
	if (!p->common || !p->notify || !p->isr || !p->device) {
		pci_unmap(p);
		return -ENODEV;
	}
	pci_read_config_dword(p->pdev, pos + VPCI_CAP_NOTIFY_MULTIPLIER, &p->notify_mult);
	return 0;
}

/* -- registers ------------------------------------------------------------------------- */

static u8 pci_status(struct vnic *vn)
{
	return readb(&to_pci(vn)->common->device_status);
}

static void pci_set_status(struct vnic *vn, u8 status)
{
	writeb(status, &to_pci(vn)->common->device_status);
}

/*
 * Done when the status reads 0 (2.4.2, 4.1.4.3.2). A device that is gone, or does not get
 * ready, is at least kept from memory.
 */
static int pci_reset(struct vnic *vn)
{
	struct vnic_pci *p = to_pci(vn);
	u8 __iomem *reg = &p->common->device_status;
	u8 status;

	writeb(0, reg);
	if (readb_poll_timeout(reg, status, !status || status == 0xff, 1000, RESET_US) || status) {
		pci_clear_master(p->pdev);
		return status == 0xff ? -ENODEV : -ETIMEDOUT;
	}
	pci_set_master(p->pdev);
	return 0;
}

static u64 pci_features(struct vnic *vn)
{
	struct vpci_common __iomem *c = to_pci(vn)->common;
	u64 features;

	writel(0, &c->device_feature_select);
	features = readl(&c->device_feature);
	writel(1, &c->device_feature_select);
	return features | (u64)readl(&c->device_feature) << 32;
}

static void pci_set_features(struct vnic *vn, u64 features)
{
	struct vpci_common __iomem *c = to_pci(vn)->common;

	writel(0, &c->driver_feature_select);
	writel(lower_32_bits(features), &c->driver_feature);
	writel(1, &c->driver_feature_select);
	writel(upper_32_bits(features), &c->driver_feature);
}

static unsigned int pci_queues(struct vnic *vn)
{
	return readw(&to_pci(vn)->common->num_queues);
}

static u8 pci_generation(struct vnic *vn)
{
	return readb(&to_pci(vn)->common->config_generation);
}

/* Has the configuration all of the field that comes with the feature (2.5.3)? */
#define pci_has(vn, feature, field)   \
	((vn)->offered & (feature) && \
	 to_pci(vn)->device_len >= offsetofend(struct vnet_config, field))

/* Each field by its own width (4.1.3.1). */
static void pci_config(struct vnic *vn, struct vnet_config *to)
{
	struct vnet_config __iomem *c = to_pci(vn)->device;
	unsigned int i;

	memset(to, 0, sizeof(*to));
	for (i = 0; i < ETH_ALEN && pci_has(vn, VNET_F_MAC, mac); i++)
		to->mac[i] = readb(&c->mac[i]);
	if (pci_has(vn, VNET_F_STATUS, status))
		to->status = cpu_to_le16(readw(&c->status));
	if (pci_has(vn, VNET_F_MQ, max_pairs))
		to->max_pairs = cpu_to_le16(readw(&c->max_pairs));
	if (pci_has(vn, VNET_F_MTU, mtu))
		to->mtu = cpu_to_le16(readw(&c->mtu));
	if (pci_has(vn, VNET_F_SPEED_DUPLEX, speed))
		to->speed = cpu_to_le32(readl(&c->speed));
	if (pci_has(vn, VNET_F_SPEED_DUPLEX, duplex))
		to->duplex = readb(&c->duplex);
}

static unsigned int pci_queue_max(struct vnic *vn, u16 index)
{
	struct vpci_common __iomem *c = to_pci(vn)->common;

	if (index >= pci_queues(vn))
		return 0;
	writew(index, &c->queue_select);
	return readw(&c->queue_size);
}

static void pci_write_address(u64 addr, __le32 __iomem *lo, __le32 __iomem *hi)
{
	writel(lower_32_bits(addr), lo);
	writel(upper_32_bits(addr), hi);
}

/* The vector of a virtqueue, as an index into those that we have. */
static unsigned int pci_vector(struct vnic *vn, u16 index)
{
	struct vnic_pci *p = to_pci(vn);

	if (p->vectors == 1 || (vn->config.ctrl && index == vn->config.ctrl))
		return 0;
	return p->vectors == 1 + vn->pairs ? 1 + index / 2 : 1;
}

static struct vnic_vq *pci_vq(struct vnic *vn, u16 index)
{
	if (vn->config.ctrl && index == vn->config.ctrl)
		return &vn->ctrl.vq;
	return index & 1 ? &vn->pair[index / 2].tx : &vn->pair[index / 2].rx;
}

/* 4.1.5.1.3 */
static int pci_queue_start(struct vnic *vn, u16 index)
{
	struct vnic_pci *p = to_pci(vn);
	struct vpci_common __iomem *c = p->common;
	struct vnic_vq *vq = pci_vq(vn, index);
	u64 place;

	writew(index, &c->queue_select);
	if (readw(&c->queue_enable)) {
		netdev_err(vn->dev, "virtqueue %u was started before\n", index);
		return -EBUSY;
	}
	writew(vq->q.num, &c->queue_size);
	pci_write_address(vq->dma, &c->queue_desc_lo, &c->queue_desc_hi);
	pci_write_address(vq->dma + vq->driver, &c->queue_driver_lo, &c->queue_driver_hi);
	pci_write_address(vq->dma + vq->device, &c->queue_device_lo, &c->queue_device_hi);

	place = (u64)readw(&c->queue_notify_off) * p->notify_mult;
	if (place + sizeof(u16) > p->notify_len) {
		netdev_err(vn->dev,
			   "virtqueue %u: notified at %#llx, beyond the last of %u bytes\n", index,
			   place, p->notify_len);
		return -EINVAL;
	}
	if (place % sizeof(u16)) {
		netdev_err(vn->dev, "virtqueue %u: notified at %#llx, which is odd\n", index,
			   place);
		return -EINVAL;
	}
	vq->notify = p->notify + place;

	if (p->msix) {
		u16 vector = pci_vector(vn, index);

		writew(vector, &c->queue_msix_vector);
		if (readw(&c->queue_msix_vector) != vector) {
			netdev_err(vn->dev, "virtqueue %u: no interrupt\n", index);
			return -EBUSY;
		}
	}
	writew(1, &c->queue_enable);
	return 0;
}

/* 2.6.1.1, 4.1.4.3.2 */
static int pci_queue_reset(struct vnic *vn, u16 index)
{
	struct vnic_pci *p = to_pci(vn);
	struct vpci_common __iomem *c = p->common;
	u16 left;

	if (!(vn->features & VNET_F_RING_RESET) || p->common_len < sizeof(*c))
		return -EOPNOTSUPP;
	writew(index, &c->queue_select);
	writew(1, &c->queue_reset);
	if (readw_poll_timeout(&c->queue_reset, left, !left, 100, RESET_US))
		return -ETIMEDOUT;
	return readw(&c->queue_enable) ? -EBUSY : 0;
}

/* -- interrupts (4.1.5.1.2) ------------------------------------------------------------ */

static irqreturn_t pci_irq_pair(int irq, void *data)
{
	vnic_pair_irq(data, false);
	return IRQ_HANDLED;
}

static irqreturn_t pci_irq_pairs(int irq, void *data)
{
	struct vnic *vn = data;
	unsigned int i;

	for (i = 0; i < vn->pairs; i++)
		vnic_pair_irq(&vn->pair[i], true);
	return IRQ_HANDLED;
}

/* The configuration and commands; also asks for what else there is to do. */
static irqreturn_t pci_irq_config(int irq, void *data)
{
	struct vnic *vn = data;

	vnic_ctrl_irq(vn);
	vnic_todo(vn, VNIC_DO_CONFIG);
	return IRQ_HANDLED;
}

/* One MSI-X vector for all. */
static irqreturn_t pci_irq_all(int irq, void *data)
{
	pci_irq_pairs(irq, data);
	return pci_irq_config(irq, data);
}

/* Without MSI-X: the status says what it is about, and whether it is ours. */
static irqreturn_t pci_irq_line(int irq, void *data)
{
	struct vnic *vn = data;
	u8 isr = readb(to_pci(vn)->isr);

	if (!isr)
		return IRQ_NONE;
	if (isr & VPCI_ISR_QUEUE) {
		pci_irq_pairs(irq, data);
		vnic_ctrl_irq(vn);
	}
	if (isr & VPCI_ISR_CONFIG)
		vnic_todo(vn, VNIC_DO_CONFIG);
	return IRQ_HANDLED;
}

/* What the handler of vector @i of @vectors is called with: a pair when it has its own. */
static void *pci_irq_data(struct vnic *vn, int vectors, int i)
{
	return i && vectors == 1 + vn->pairs ? (void *)&vn->pair[i - 1] : (void *)vn;
}

static irq_handler_t pci_irq_handler(struct vnic *vn, int vectors, int i)
{
	if (!to_pci(vn)->msix)
		return pci_irq_line;
	if (vectors == 1)
		return pci_irq_all;
	if (!i)
		return pci_irq_config;
	return vectors == 1 + vn->pairs ? pci_irq_pair : pci_irq_pairs;
}

/* Frees the first @n of @vectors. */
static void pci_irq_free(struct vnic *vn, int vectors, int n)
{
	struct pci_dev *pdev = to_pci(vn)->pdev;

	while (n--)
		free_irq(pci_irq_vector(pdev, n), pci_irq_data(vn, vectors, n));
	pci_free_irq_vectors(pdev);
}

static void pci_irq_stop(struct vnic *vn)
{
	struct vnic_pci *p = to_pci(vn);

	if (p->vectors)
		pci_irq_free(vn, p->vectors, p->vectors);
	p->vectors = 0;
}

static int pci_irq_start(struct vnic *vn)
{
	int i, ret, vectors, want = 1 + vn->pairs;
	struct vnic_pci *p = to_pci(vn);

	vectors = pci_alloc_irq_vectors(p->pdev, want, want, PCI_IRQ_MSIX);
	if (vectors < 0)
		vectors = pci_alloc_irq_vectors(p->pdev, 2, 2, PCI_IRQ_MSIX);
	/* A line has a status, which says what it is about; a single message does not. */
	if (vectors < 0 && p->pdev->irq != IRQ_NOTCONNECTED)
		vectors = pci_alloc_irq_vectors(p->pdev, 1, 1, PCI_IRQ_INTX);
	if (vectors < 0)
		vectors = pci_alloc_irq_vectors(p->pdev, 1, 1, PCI_IRQ_MSIX);
	if (vectors < 0)
		return vectors;
	p->msix = p->pdev->msix_enabled;
	for (i = 0; i < vectors; i++) {
		ret = request_irq(pci_irq_vector(p->pdev, i), pci_irq_handler(vn, vectors, i),
				  p->msix ? 0 : IRQF_SHARED, vn->dev->name,
				  pci_irq_data(vn, vectors, i));
		if (ret) {
			pci_irq_free(vn, vectors, i);
			return ret;
		}
	}
	p->vectors = vectors;
	if (!p->msix)
		return 0;
	writew(0, &p->common->config_msix_vector);
	if (readw(&p->common->config_msix_vector)) {
		netdev_err(vn->dev, "no interrupt for the configuration\n");
		pci_irq_stop(vn);
		return -EBUSY;
	}
	return 0;
}

static const struct vnic_bus vnic_pci_bus = {
	.status = pci_status,
	.set_status = pci_set_status,
	.reset = pci_reset,
	.features = pci_features,
	.set_features = pci_set_features,
	.queues = pci_queues,
	.generation = pci_generation,
	.config = pci_config,
	.queue_max = pci_queue_max,
	.queue_start = pci_queue_start,
	.queue_reset = pci_queue_reset,
	.irq_start = pci_irq_start,
	.irq_stop = pci_irq_stop,
};

/* -- binding --------------------------------------------------------------------------- */

static int vnic_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vnic_pci p = { .pdev = pdev };
	struct vnic *vn;
	int ret;

	/* With driver_override anything may come here. */
	if (pdev->vendor != VPCI_VENDOR ||
	    (pdev->device != VPCI_MODERN(VPCI_TYPE_NET) && pdev->device != VPCI_TRANSITIONAL_NET)) {
		dev_err(&pdev->dev, "%04x:%04x is not a virtio network device\n", pdev->vendor,
			pdev->device);
		return -ENODEV;
	}
	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_request_regions(pdev, "vnic");
	if (ret)
		goto err_disable;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		goto err_regions;
	ret = pci_map(&p);
	if (ret)
		goto err_regions;
	pci_set_master(pdev);
	vn = vnic_create(&pdev->dev, &vnic_pci_bus, &p, sizeof(p));
	if (IS_ERR(vn)) {
		ret = PTR_ERR(vn);
		goto err_unmap;
	}
	pci_set_drvdata(pdev, vn);
	return 0;

err_unmap:
	pci_clear_master(pdev);
	pci_unmap(&p);
err_regions:
	pci_release_regions(pdev);
err_disable:
	pci_disable_device(pdev);
	return ret;
}

static void vnic_pci_remove(struct pci_dev *pdev)
{
	struct vnic *vn = pci_get_drvdata(pdev);
	struct vnic_pci p = *to_pci(vn);

	vnic_destroy(vn);
	pci_clear_master(pdev);
	pci_unmap(&p);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
}

/* Nothing but a reset keeps a device from writing to memory that will be somebody else's. */
static void vnic_pci_shutdown(struct pci_dev *pdev)
{
	struct vnic *vn = pci_get_drvdata(pdev);

	rtnl_lock();
	netif_device_detach(vn->dev);
	dev_close(vn->dev);
	rtnl_unlock();
}

/*
 * For those who ask the driver by name; there is no MODULE_DEVICE_TABLE, so nobody loads us
 * for a device, and these match only a device whose driver_override names us.
 */
static const struct pci_device_id vnic_pci_ids[] = {
	{ PCI_DEVICE_DRIVER_OVERRIDE(VPCI_VENDOR, VPCI_MODERN(VPCI_TYPE_NET), true) },
	{ PCI_DEVICE_DRIVER_OVERRIDE(VPCI_VENDOR, VPCI_TRANSITIONAL_NET, true) },
	{}
};

static struct pci_driver vnic_pci_driver = {
	.name = "vnic",
	.id_table = vnic_pci_ids,
	.probe = vnic_pci_probe,
	.remove = vnic_pci_remove,
	.shutdown = vnic_pci_shutdown,
};

int vnic_pci_init(void)
{
	return pci_register_driver(&vnic_pci_driver);
}

void vnic_pci_exit(void)
{
	pci_unregister_driver(&vnic_pci_driver);
}

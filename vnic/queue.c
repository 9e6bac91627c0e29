// SPDX-License-Identifier: GPL-2.0-only
/* Memory of a virtqueue. */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/slab.h>

#include "vnic.h"

void *vnic_dma_alloc(struct vnic *vn, size_t size, dma_addr_t *dma)
{
	void *mem;

	if (vn->dma_dev)
		return dma_alloc_coherent(vn->dma_dev, size, dma, GFP_KERNEL | __GFP_NOWARN);
	mem = alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (mem)
		*dma = virt_to_phys(mem);
	return mem;
}

void vnic_dma_free(struct vnic *vn, size_t size, void *mem, dma_addr_t dma)
{
	if (vn->dma_dev)
		dma_free_coherent(vn->dma_dev, size, mem, dma);
	else
		free_pages_exact(mem, size);
}

int vnic_vq_alloc(struct vnic *vn, struct vnic_vq *vq, u16 index, unsigned int num,
		  unsigned int table)
{
	unsigned int max = vn->bus->queue_max(vn, index);
	struct virtq_counters counters = vq->q.counters;
	struct virtq_fault last = vq->q.last_fault;
	u64 chains = counters.chains + vq->q.added;
	struct drvq_config cfg = {
		.features = vn->features,
		/* How much was received is all that is of interest. */
		.any_len = index % 2 || index == vn->config.ctrl,
	};
	size_t tables;
	int ret;

	if (!vn->packed && max)
		max = rounddown_pow_of_two(max);
	cfg.num = min3(num, max, (unsigned int)VIRTQ_MAX_NUM);
	if (!virtq_num_valid(vn->packed, cfg.num)) {
		netdev_err(vn->dev, "virtqueue %u: the device has %u descriptors\n", index, max);
		return -ENODEV;
	}
	if (!(vn->features & VIRTQ_F_INDIRECT))
		table = 0;

	vq->index = index;
	vq->driver = virtq_desc_bytes(cfg.num);
	vq->device = ALIGN(vq->driver + virtq_driver_bytes(vn->packed, cfg.num), SMP_CACHE_BYTES);
	tables = ALIGN(vq->device + virtq_device_bytes(vn->packed, cfg.num), SMP_CACHE_BYTES);
	vq->size = PAGE_ALIGN(tables + (size_t)cfg.num * table * sizeof(struct virtq_desc));
	vq->mem = vnic_dma_alloc(vn, vq->size, &vq->dma);
	cfg.slots = kvcalloc(cfg.num, sizeof(*cfg.slots), GFP_KERNEL);
	if (table)
		cfg.table_sg = kvcalloc((size_t)cfg.num * table, sizeof(*cfg.table_sg), GFP_KERNEL);
	if (!vq->mem || !cfg.slots || (table && !cfg.table_sg)) {
		ret = -ENOMEM;
		goto err;
	}
	cfg.desc = vq->mem;
	cfg.driver = vq->mem + vq->driver;
	cfg.device = vq->mem + vq->device;
	if (table) {
		cfg.table_len = table;
		/* Two pieces take two descriptors, which a device reads faster than a table. */
		cfg.indirect_min = 3;
		cfg.tables = vq->mem + tables;
		cfg.tables_addr = vq->dma + tables;
	}
	ret = drvq_init(&vq->q, &cfg);
	if (ret)
		goto err;
	/* Counters are the queue's, not the memory's. */
	vq->q.counters = counters;
	vq->q.counters.chains = chains;
	vq->q.kicked = counters.extra;
	vq->q.last_fault = last;
	return 0;

err:
	kvfree(cfg.table_sg);
	kvfree(cfg.slots);
	if (vq->mem)
		vnic_dma_free(vn, vq->size, vq->mem, vq->dma);
	vq->mem = NULL;
	return ret;
}

void vnic_vq_free(struct vnic *vn, struct vnic_vq *vq)
{
	struct drvq_config *cfg = &vq->q.config;

	if (!vq->mem)
		return;
	kvfree(cfg->table_sg);
	kvfree(cfg->slots);
	cfg->table_sg = NULL;
	cfg->slots = NULL;
	vnic_dma_free(vn, vq->size, vq->mem, vq->dma);
	vq->mem = NULL;
}

void vnic_vq_broken(struct vnic *vn, struct vnic_vq *vq, const char *name)
{
	const struct virtq_fault *f = &vq->q.fault;

	vnic_recover(vn, vq == &vn->ctrl.vq ? NULL : vq, "%s is broken: %s: %s (%llu, %llu at %u)",
		     name, virtq_reason_text(f->reason).name, virtq_reason_text(f->reason).text,
		     f->value, f->limit, f->pos);
}

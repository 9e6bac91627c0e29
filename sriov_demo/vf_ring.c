// SPDX-License-Identifier: GPL-2.0-only
/* sriov_demo_vf: the rings' memory, and the registers of the queues. */
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>
#include <linux/vmalloc.h>

#include "vf.h"

/* Polls of a queue's enable bit, of ten microseconds each. */
#define VF_QUEUE_POLLS 1000

static int vf_tx_alloc(struct vf_tx *tx, struct vf_nic *nic, struct vf_pair *pair)
{
	tx->dev = &nic->pdev->dev;
	tx->mask = nic->tx_size - 1;
	tx->txq = netdev_get_tx_queue(nic->netdev, pair->index);
	tx->tail = nic->base + E82576_VF_TX(pair->index) + E82576_Q_TAIL;
	tx->buf = kvcalloc(nic->tx_size, sizeof(*tx->buf), GFP_KERNEL);
	if (!tx->buf)
		return -ENOMEM;
	/* At a multiple of a page, which is more than the 128 bytes that it takes. */
	tx->desc =
		dma_alloc_coherent(tx->dev, nic->tx_size * sizeof(*tx->desc), &tx->dma, GFP_KERNEL);
	return tx->desc ? 0 : -ENOMEM;
}

static void vf_tx_free(struct vf_tx *tx)
{
	if (tx->desc)
		dma_free_coherent(tx->dev, (tx->mask + 1) * sizeof(*tx->desc), tx->desc, tx->dma);
	tx->desc = NULL;
	kvfree(tx->buf);
	tx->buf = NULL;
}

static int vf_rx_alloc(struct vf_rx *rx, struct vf_nic *nic, struct vf_pair *pair)
{
	struct page_pool_params params = {
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
		.pool_size = nic->rx_size,
		.nid = dev_to_node(&nic->pdev->dev),
		.dev = &nic->pdev->dev,
		.dma_dir = DMA_FROM_DEVICE,
		.offset = VF_HEADROOM,
	};
	struct page_pool *pool;

	rx->mask = nic->rx_size - 1;
	rx->index = pair->index;
	rx->hash = nic->pairs > 1;
	rx->tail = nic->base + E82576_VF_RX(pair->index) + E82576_Q_TAIL;
	/*
	 * The device knows sizes in KiB only. Whatever it is told, it goes on in the next
	 * buffer, so that a frame that is too long does no harm.
	 */
	rx->room = nic->netdev->mtu > ETH_DATA_LEN ? 3072 : 2048;
	BUILD_BUG_ON(VF_HEADROOM + 3072 + SKB_DATA_ALIGN(sizeof(struct skb_shared_info)) >
		     PAGE_SIZE);
	params.max_len = rx->room;
	vf_pool_napi(&params, &pair->napi);
	pool = page_pool_create(&params);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	rx->pool = pool;
	rx->page = kvcalloc(nic->rx_size, sizeof(*rx->page), GFP_KERNEL);
	if (!rx->page)
		return -ENOMEM;
	rx->desc = dma_alloc_coherent(&nic->pdev->dev, nic->rx_size * sizeof(*rx->desc), &rx->dma,
				      GFP_KERNEL);
	return rx->desc ? 0 : -ENOMEM;
}

static void vf_rx_free(struct vf_rx *rx, struct vf_nic *nic)
{
	if (rx->desc)
		dma_free_coherent(&nic->pdev->dev, (rx->mask + 1) * sizeof(*rx->desc), rx->desc,
				  rx->dma);
	rx->desc = NULL;
	kvfree(rx->page);
	rx->page = NULL;
	if (rx->pool)
		page_pool_destroy(rx->pool);
	rx->pool = NULL;
}

/**
 * vf_rings_alloc() - memory for the rings
 * @nic: whose
 *
 * Return: 0 or -ENOMEM
 */
int vf_rings_alloc(struct vf_nic *nic)
{
	struct vf_pair *pair;
	unsigned int n;
	int ret;

	for (n = 0; n < nic->pairs; n++) {
		pair = &nic->pair[n];
		ret = vf_tx_alloc(&pair->tx, nic, pair);
		if (!ret)
			ret = vf_rx_alloc(&pair->rx, nic, pair);
		if (ret) {
			vf_rings_free(nic);
			return ret;
		}
	}
	return 0;
}

/**
 * vf_rings_free() - ... and back
 * @nic: whose; its rings are drained
 */
void vf_rings_free(struct vf_nic *nic)
{
	unsigned int n;

	for (n = 0; n < VF_PAIRS; n++) {
		vf_tx_free(&nic->pair[n].tx);
		vf_rx_free(&nic->pair[n].rx, nic);
	}
}

/* A queue says when it has started. What it says after a surprise removal ends the wait, too. */
static void vf_queue_enable(struct vf_nic *nic, u32 block, u32 dctl)
{
	unsigned int i;

	vf_write(nic, block + E82576_Q_DCTL, dctl);
	for (i = 0; i < VF_QUEUE_POLLS; i++) {
		if (vf_read(nic, block + E82576_Q_DCTL) & E82576_TXDCTL_ENABLE)
			return;
		usleep_range(10, 20);
	}
	netdev_warn(nic->netdev, "a queue at %#x does not start\n", block);
}

static void vf_queue_base(struct vf_nic *nic, u32 block, dma_addr_t dma, unsigned int bytes)
{
	vf_write(nic, block + E82576_Q_DCTL, 0);
	vf_write(nic, block + E82576_Q_BAL, lower_32_bits(dma));
	vf_write(nic, block + E82576_Q_BAH, upper_32_bits(dma));
	vf_write(nic, block + E82576_Q_LEN, bytes);
	vf_write(nic, block + E82576_Q_HEAD, 0);
	vf_write(nic, block + E82576_Q_TAIL, 0);
}

/**
 * vf_rings_start() - tell the device of the rings, and start the queues
 * @nic: whose
 */
void vf_rings_start(struct vf_nic *nic)
{
	unsigned int n;
	u32 block;

	for (n = 0; n < nic->pairs; n++) {
		struct vf_tx *tx = &nic->pair[n].tx;
		struct vf_rx *rx = &nic->pair[n].rx;

		block = E82576_VF_TX(n);
		vf_queue_base(nic, block, tx->dma, (tx->mask + 1) * sizeof(*tx->desc));
		/*
		 * A former owner's head write-back address would still be there: neither a reset
		 * nor igb clears it (7.2.3).
		 */
		vf_write(nic, block + E82576_Q_WBAL, 0);
		vf_write(nic, block + E82576_Q_WBAH, 0);
		vf_queue_enable(nic, block, E82576_TXDCTL_ENABLE);

		block = E82576_VF_RX(n);
		memset(rx->desc, 0, (rx->mask + 1) * sizeof(*rx->desc));
		vf_queue_base(nic, block, rx->dma, (rx->mask + 1) * sizeof(*rx->desc));
		/* Drop what finds no buffer: a slow VF must not hold up the others. */
		vf_write(nic, block + E82576_Q_SRRCTL,
			 FIELD_PREP(E82576_SRRCTL_BSIZEPACKET, rx->room / 1024) |
				 FIELD_PREP(E82576_SRRCTL_DESCTYPE,
					    E82576_SRRCTL_DESCTYPE_ADV_ONE) |
				 E82576_SRRCTL_DROP_EN);
		vf_queue_enable(nic, block, E82576_RXDCTL_ENABLE);
		vf_rx_refill(rx);
	}
}

/**
 * vf_rings_stop() - stop the queues
 * @nic: whose
 */
void vf_rings_stop(struct vf_nic *nic)
{
	unsigned int n;

	for (n = 0; n < nic->pairs; n++) {
		vf_write(nic, E82576_VF_RX(n) + E82576_Q_DCTL, 0);
		vf_write(nic, E82576_VF_TX(n) + E82576_Q_DCTL, 0);
	}
	/* What the device has begun it finishes; the read waits for the writes. */
	vf_read(nic, E82576_VTSTATUS);
	usleep_range(10000, 12000);
}

/**
 * vf_rings_drain() - drop what is in the rings; the queues are stopped
 * @nic: whose
 */
void vf_rings_drain(struct vf_nic *nic)
{
	unsigned int n;

	for (n = 0; n < nic->pairs; n++) {
		vf_tx_drain(&nic->pair[n].tx);
		vf_rx_drain(&nic->pair[n].rx);
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * sriov_demo_vf: vectors and NAPI.
 *
 * Vector n is queue pair n's (vector.h), the last one the mailbox's.
 */
#include <linux/interrupt.h>

#include "vf.h"

static u32 vf_all_vectors(const struct vf_nic *nic)
{
	return BIT(nic->vectors) - 1;
}

/**
 * vf_poll() - reclaim, take, and complete when there is no more
 * @napi:   of a pair
 * @budget: frames at most
 *
 * Return: frames taken, or @budget: there is more
 */
int vf_poll(struct napi_struct *napi, int budget)
{
	struct vf_pair *pair = container_of(napi, struct vf_pair, napi);
	u16 clean = pair->tx.clean;
	int done = 0;
	bool sent;

	vector_polled(&pair->vector);
	sent = vf_tx_clean(&pair->tx, budget);
	/* Without a budget (netconsole) only transmission is wanted. */
	if (likely(budget))
		done = vf_rx_poll(&pair->rx, napi, budget);
	if (!sent || (done == budget && budget))
		return budget;
	vector_complete(&pair->vector, napi, done);
	/* See vf_mailbox_irq(). A ring without buffers is the service's own doing (vf_rescue()). */
	if (unlikely(pair->index && !done && clean == pair->tx.clean &&
		     pair->rx.use != pair->rx.clean))
		vf_service_soon(pair->nic);
	return done;
}

static irqreturn_t vf_pair_irq(int irq, void *data)
{
	struct vf_pair *pair = data;

	pair->irqs++;
	vector_fired(&pair->vector, &pair->napi);
	return IRQ_HANDLED;
}

/*
 * Vector 1 may mean the mailbox, too, whether it is a second pair's or nobody's: QEMU takes
 * the number that VTIVAR_MISC holds for a set of vectors, so that 2 becomes vector 1
 * (hw/net/igb_core.c, mailbox_interrupt_to_vf()). The service has a look now and then in any
 * case.
 */
static irqreturn_t vf_mailbox_irq(int irq, void *data)
{
	struct vf_nic *nic = data;

	nic->mbx_irqs++;
	vf_service_soon(nic);
	return IRQ_HANDLED;
}

static int vf_irq_request(struct vf_nic *nic, unsigned int vector)
{
	int irq = pci_irq_vector(nic->pdev, vector);
	struct vf_pair *pair;

	if (vector < nic->pairs) {
		pair = &nic->pair[vector];
		snprintf(pair->name, sizeof(pair->name), "%s-%u", nic->netdev->name, vector);
		return request_irq(irq, vf_pair_irq, 0, pair->name, pair);
	}
	if (vector < nic->vectors - 1) {
		snprintf(nic->alone, sizeof(nic->alone), "%s-mbx2", nic->netdev->name);
		return request_irq(irq, vf_mailbox_irq, 0, nic->alone, nic);
	}
	snprintf(nic->mbx_name, sizeof(nic->mbx_name), "%s-mbx", nic->netdev->name);
	return request_irq(irq, vf_mailbox_irq, 0, nic->mbx_name, nic);
}

static void vf_irq_free(struct vf_nic *nic, unsigned int vector)
{
	int irq = pci_irq_vector(nic->pdev, vector);

	if (vector < nic->pairs)
		free_irq(irq, &nic->pair[vector]);
	else
		free_irq(irq, nic);
}

/**
 * vf_irqs_request() - install the handlers
 * @nic: whose
 *
 * Return: 0 or -errno
 */
int vf_irqs_request(struct vf_nic *nic)
{
	unsigned int vector;
	int ret;

	for (vector = 0; vector < nic->vectors; vector++) {
		ret = vf_irq_request(nic, vector);
		if (ret)
			goto err_free;
	}
	return 0;

err_free:
	while (vector--)
		vf_irq_free(nic, vector);
	return ret;
}

/**
 * vf_irqs_free() - remove them
 * @nic: whose
 */
void vf_irqs_free(struct vf_nic *nic)
{
	unsigned int vector;

	for (vector = 0; vector < nic->vectors; vector++)
		vf_irq_free(nic, vector);
}

/**
 * vf_itr_write() - tell the device how often it may interrupt
 * @nic: whose; @nic->itr says it
 */
void vf_itr_write(struct vf_nic *nic)
{
	unsigned int n;

	for (n = 0; n < nic->pairs; n++)
		vf_write(nic, E82576_VTEITR(n), FIELD_PREP(E82576_EITR_INTERVAL, nic->itr));
}

/**
 * vf_irqs_start() - let the device interrupt, and the polls run
 * @nic: whose
 */
void vf_irqs_start(struct vf_nic *nic)
{
	u32 ivar = 0, bits = 0;
	unsigned int n;

	for (n = 0; n < nic->pairs; n++) {
		struct vf_pair *pair = &nic->pair[n];

		vector_start(&pair->vector);
		/* The same vector for both directions. */
		ivar |= (E82576_IVAR_VALID | n) * 0x101U << n * 16;
		bits |= BIT(n);
		napi_enable(&pair->napi);
	}
	vf_write(nic, E82576_VTIVAR, ivar);
	vf_write(nic, E82576_VTIVAR_MISC, E82576_IVAR_VALID | (nic->vectors - 1));
	vf_itr_write(nic);
	vf_write(nic, E82576_VTEIAC, vf_all_vectors(nic));
	vf_write(nic, E82576_VTEIAM, 0);
	vf_write(nic, E82576_VTEIMS, vf_all_vectors(nic));
	/* What came before the vectors were set up told nobody. */
	vf_write(nic, E82576_VTEICS, bits);
}

/**
 * vf_irqs_stop() - no interrupts and no polls any more
 * @nic: whose
 */
void vf_irqs_stop(struct vf_nic *nic)
{
	unsigned int vector;

	vf_write(nic, E82576_VTEIMC, vf_all_vectors(nic));
	for (vector = 0; vector < nic->pairs; vector++)
		napi_disable(&nic->pair[vector].napi);
	/* The last poll may have unmasked its vector. */
	vf_write(nic, E82576_VTEIMC, vf_all_vectors(nic));
	/* The read waits for the write. */
	vf_read(nic, E82576_VTSTATUS);
	for (vector = 0; vector < nic->vectors; vector++)
		synchronize_irq(pci_irq_vector(nic->pdev, vector));
	/*
	 * The next driver may look at what is there before it sets its own, as igbvf does, and
	 * a reset of the function leaves both as they are in QEMU's model.
	 */
	vf_write(nic, E82576_VTIVAR, 0);
	vf_write(nic, E82576_VTIVAR_MISC, 0);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Vectors. Vector 0 is everything but queues: link, mailboxes, errors. Vector n is that of
 * queue pair n - 1 (vector.h).
 */
#include <linux/interrupt.h>

#include "pf.h"

#define SD_OTHER     BIT(0)
#define SD_OTHER_ITR 100 /* microseconds between two interrupts of vector 0, at least */

static u32 sd_queue_bits(const struct sd *sd)
{
	return GENMASK(max(sd->num_rx, sd->num_tx), 1);
}

void sd_irq_enable(struct sd *sd)
{
	u32 ims = E82576_ICR_LSC | E82576_ICR_DOUTSYNC | E82576_ICR_DRSTA;

	if (sd->carve.num_vfs)
		ims |= E82576_ICR_VMMB;
	sd_write(sd, E82576_EIMS, SD_OTHER);
	sd_write(sd, E82576_IMS, ims);
}

void sd_irq_disable(struct sd *sd)
{
	sd_write(sd, E82576_EIMC, ~0U);
	sd_write(sd, E82576_IMC, ~0U);
	sd_flush(sd);
}

void sd_apply_vectors(struct sd *sd)
{
	unsigned int i, hw, shift;
	u32 bits = sd_queue_bits(sd), ivar;

	sd_write(sd, E82576_GPIE,
		 E82576_GPIE_MULTIPLE_MSIX | E82576_GPIE_PBA_SUPPORT | E82576_GPIE_EIAME |
			 E82576_GPIE_NSICR);
	for (i = 0; i < max(sd->num_rx, sd->num_tx); i++) {
		hw = sd_hw_queue(sd, i);
		shift = hw < 8 ? 0 : 16;
		ivar = sd_read(sd, E82576_IVAR(hw % 8)) & ~(0xffffu << shift);
		if (i < sd->num_rx)
			ivar |= (E82576_IVAR_VALID | (i + 1)) << shift;
		if (i < sd->num_tx)
			ivar |= (E82576_IVAR_VALID | (i + 1)) << (shift + 8);
		sd_write(sd, E82576_IVAR(hw % 8), ivar);
	}
	sd_write(sd, E82576_IVAR_MISC, E82576_IVAR_VALID << E82576_IVAR_MISC_OTHER_SHIFT);
	/* A virtual function can raise it as fast as it can write to its mailbox. */
	sd_write(sd, E82576_EITR(0), FIELD_PREP(E82576_EITR_INTERVAL, SD_OTHER_ITR));
	/* Only ours: the higher bits are the virtual functions'. */
	sd_write(sd, E82576_EIAC, bits | SD_OTHER);
	/* See vector.h. The virtual functions have theirs, which igbvf uses. */
	sd_write(sd, E82576_EIAM, 0);
}

/* -- virtual functions ------------------------------------------------------------------ */

void sd_carve_again(struct sd *sd, u64 when)
{
	u64 now = ktime_get_ns();

	if (when && !test_bit(SD_REMOVING, &sd->flags))
		mod_delayed_work(system_wq, &sd->carve_work,
				 when > now ? nsecs_to_jiffies(when - now) + 1 : 0);
}

void sd_nudge(struct sd *sd)
{
	unsigned int i;

	lockdep_assert_held(&sd->carve_lock);
	for (i = 0; i < sd->carve.num_vfs; i++) {
		u64 controls = sd->carve.vf[i].events.controls;

		if (sd->nudged[i] != controls)
			sd_write(sd, E82576_PVTEICS(i), BIT(E82576_VF_VECTORS - 1));
		sd->nudged[i] = controls;
	}
}

void sd_carve_service(struct sd *sd)
{
	unsigned long irq;
	u64 when;

	spin_lock_irqsave(&sd->carve_lock, irq);
	when = carve_service(&sd->carve, ktime_get_ns());
	sd_nudge(sd);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	sd_carve_again(sd, when);
}

/* -- handlers ----------------------------------------------------------------------------- */

static irqreturn_t sd_other_irq(int irq, void *data)
{
	struct sd *sd = data;
	/* Reading clears it. */
	u32 icr = sd_read(sd, E82576_ICR);

	/* Not there any more: the watchdog will see. */
	if (icr == ~0U)
		return IRQ_HANDLED;
	WRITE_ONCE(sd->test_icr, sd->test_icr | icr);
	if (icr & E82576_ICR_DOUTSYNC) {
		spin_lock(&sd->carve_lock);
		sd->spoofed |= sd_read(sd, E82576_WVBR);
		spin_unlock(&sd->carve_lock);
	}
	if (icr & E82576_ICR_VMMB)
		sd_carve_service(sd);
	if (!test_bit(SD_REMOVING, &sd->flags) && !test_bit(SD_TESTING, &sd->flags)) {
		if (icr & E82576_ICR_DRSTA) {
			/* Somebody else has reset it, and the counters with it. */
			spin_lock(&sd->carve_lock);
			sd->carve.counting = false;
			spin_unlock(&sd->carve_lock);
			schedule_work(&sd->reset_work);
		}
		if (icr & E82576_ICR_LSC)
			mod_delayed_work(system_wq, &sd->watchdog, 0);
	}
	sd_write(sd, E82576_EIMS, SD_OTHER);
	return IRQ_HANDLED;
}

int sd_irq_alloc(struct sd *sd)
{
	unsigned int want = min_t(unsigned int, SD_MAX_QUEUES, num_online_cpus());
	int ret;

	ret = pci_alloc_irq_vectors(sd->pdev, 2, 1 + want, PCI_IRQ_MSIX);
	if (ret < 0) {
		pci_err(sd->pdev, "it takes two MSI-X vectors at least (%d)\n", ret);
		return ret;
	}
	sd->vecs = ret - 1;
	snprintf(sd->irq_name, sizeof(sd->irq_name), SD_NAME "-%s", pci_name(sd->pdev));
	ret = request_irq(pci_irq_vector(sd->pdev, 0), sd_other_irq, 0, sd->irq_name, sd);
	if (ret)
		pci_free_irq_vectors(sd->pdev);
	return ret;
}

void sd_irq_free(struct sd *sd)
{
	free_irq(pci_irq_vector(sd->pdev, 0), sd);
	pci_free_irq_vectors(sd->pdev);
}

int sd_irq_request(struct sd *sd)
{
	unsigned int i;
	int ret;

	for (i = 0; i < max(sd->num_rx, sd->num_tx); i++) {
		struct ring_vec *v = &sd->vec[i];

		v->irq = pci_irq_vector(sd->pdev, i + 1);
		snprintf(v->name, sizeof(v->name), "%s-%u", sd->netdev->name, i);
		ret = request_irq(v->irq, ring_irq, 0, v->name, v);
		if (ret)
			goto err_free;
	}
	return 0;

err_free:
	while (i--)
		free_irq(sd->vec[i].irq, &sd->vec[i]);
	return ret;
}

void sd_irq_release(struct sd *sd)
{
	unsigned int i;

	for (i = 0; i < max(sd->num_rx, sd->num_tx); i++)
		free_irq(sd->vec[i].irq, &sd->vec[i]);
}

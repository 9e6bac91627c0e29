// SPDX-License-Identifier: GPL-2.0-only
/* Errors of the bus (AER), and resets of the function (sysfs). */
#include <linux/delay.h>
#include <linux/rtnetlink.h>

#include "pf.h"

/* Let nothing run. Whether it was running is in netif_running(). */
static void sd_quiesce(struct sd *sd)
{
	unsigned long irq;

	rtnl_lock();
	netif_device_detach(sd->netdev);
	sd_down(sd);
	/* The last look at the counters: nobody has another one at a detached interface. */
	spin_lock_irqsave(&sd->carve_lock, irq);
	carve_poll(&sd->carve);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	rtnl_unlock();
}

static int sd_revive(struct sd *sd)
{
	unsigned long irq;
	int ret;

	rtnl_lock();
	/* A reset by sysfs between the steps of AER has revived it already. */
	sd_down(sd);
	sd_sync_vlans(sd);
	spin_lock_irqsave(&sd->carve_lock, irq);
	carve_was_reset(&sd->carve);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	ret = sd_reset(sd);
	if (!ret && netif_running(sd->netdev))
		ret = sd_up(sd);
	if (!ret)
		netif_device_attach(sd->netdev);
	else
		netdev_err(sd->netdev, "not up again after a reset (%d)\n", ret);
	rtnl_unlock();
	if (!ret)
		mod_delayed_work(system_wq, &sd->watchdog, 0);
	return ret;
}

static pci_ers_result_t sd_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct sd *sd = netdev_priv(pci_get_drvdata(pdev));

	/* The queues may not hear that they stop, but nothing is written to what is freed. */
	if (state != pci_channel_io_normal)
		pci_clear_master(pdev);
	sd_quiesce(sd);
	return state == pci_channel_io_perm_failure ? PCI_ERS_RESULT_DISCONNECT :
						      PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t sd_slot_reset(struct pci_dev *pdev)
{
	struct sd *sd = netdev_priv(pci_get_drvdata(pdev));

	pci_restore_state(pdev);
	pci_save_state(pdev);
	pci_set_master(pdev);
	return sd_gone(sd) ? PCI_ERS_RESULT_DISCONNECT : PCI_ERS_RESULT_RECOVERED;
}

static void sd_error_resume(struct pci_dev *pdev)
{
	sd_revive(netdev_priv(pci_get_drvdata(pdev)));
}

/* Who only reads an attribute lets go soon. Who binds a driver may be waiting for us. */
static bool sd_vf_lock(struct pci_dev *vf)
{
	unsigned int tries;

	for (tries = 0; tries < 50; tries++) {
		if (pci_dev_trylock(vf))
			return true;
		usleep_range(1000, 2000);
	}
	return false;
}

/*
 * Who is to be told: only our own driver. That of igbvf in 6.12 takes an interface that is down
 * for one that is up, and waits for ever (igbvf_io_prepare(), napi_disable()); it notices a reset
 * by itself.
 */
static const struct pci_error_handlers *sd_vf_handler(const struct pci_dev *vf)
{
	if (!vf->driver || strcmp(vf->driver->name, "sriov_demo_vf"))
		return NULL;
	return vf->driver->err_handler;
}

/*
 * A reset of ours takes the virtual functions with it: their registers, their configuration
 * space, their vectors. The core of PCI gives back only that they exist. So do for each of
 * them what the core does for a function that is reset, with the same things held: whoever is
 * bound stays bound until it is over. One that is coming or going, or is being reset together
 * with us (a bus), is not ours to care for.
 */
static void sd_vfs_prepare(struct sd *sd)
{
	unsigned int i;

	for (i = 0; i < E82576_MAX_VFS; i++) {
		const struct pci_error_handlers *handler;
		struct pci_dev *vf = NULL;

		if (i < pci_num_vf(sd->pdev))
			vf = sd_vf_pdev(sd, i);
		if (vf && !sd_vf_lock(vf)) {
			pci_dev_put(vf);
			vf = NULL;
		}
		sd->reset_vf[i] = vf;
		if (!vf)
			continue;
		handler = sd_vf_handler(vf);
		if (handler)
			handler->reset_prepare(vf);
		pci_save_state(vf);
	}
}

/* Before we speak to them: bus mastering and vectors. */
static void sd_vfs_restore(struct sd *sd)
{
	unsigned int i;

	for (i = 0; i < E82576_MAX_VFS; i++)
		if (sd->reset_vf[i]) {
			pci_restore_state(sd->reset_vf[i]);
			/* What was restored is not there to be restored again. */
			pci_save_state(sd->reset_vf[i]);
		}
}

static void sd_vfs_done(struct sd *sd)
{
	unsigned int i;

	for (i = 0; i < E82576_MAX_VFS; i++) {
		const struct pci_error_handlers *handler;
		struct pci_dev *vf = sd->reset_vf[i];

		sd->reset_vf[i] = NULL;
		if (!vf)
			continue;
		handler = sd_vf_handler(vf);
		if (handler)
			handler->reset_done(vf);
		pci_dev_unlock(vf);
		pci_dev_put(vf);
	}
}

static void sd_reset_prepare(struct pci_dev *pdev)
{
	struct sd *sd = netdev_priv(pci_get_drvdata(pdev));

	/* Theirs first, while there is somebody to say goodbye to. */
	sd_vfs_prepare(sd);
	sd_quiesce(sd);
}

static void sd_reset_done(struct pci_dev *pdev)
{
	struct sd *sd = netdev_priv(pci_get_drvdata(pdev));

	/* An error that was not recovered from has left it off, and so it was restored. */
	pci_set_master(pdev);
	/* For the next sd_slot_reset(). */
	pci_save_state(pdev);
	sd_vfs_restore(sd);
	sd_revive(sd);
	sd_vfs_done(sd);
}

const struct pci_error_handlers sd_err_handler = {
	.error_detected = sd_error_detected,
	.slot_reset = sd_slot_reset,
	.resume = sd_error_resume,
	.reset_prepare = sd_reset_prepare,
	.reset_done = sd_reset_done,
};

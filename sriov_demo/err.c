// SPDX-License-Identifier: GPL-2.0-only
/* Errors of the bus (AER), and resets of the function (sysfs). */
#include <linux/rtnetlink.h>

#include "pf.h"

/* Let nothing run. Whether it was running is in netif_running(). */
static void sd_quiesce(struct sd *sd)
{
	rtnl_lock();
	netif_device_detach(sd->netdev);
	sd_down(sd);
	rtnl_unlock();
}

static int sd_revive(struct sd *sd)
{
	int ret;

	rtnl_lock();
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

static void sd_reset_prepare(struct pci_dev *pdev)
{
	sd_quiesce(netdev_priv(pci_get_drvdata(pdev)));
}

static void sd_reset_done(struct pci_dev *pdev)
{
	sd_revive(netdev_priv(pci_get_drvdata(pdev)));
}

const struct pci_error_handlers sd_err_handler = {
	.error_detected = sd_error_detected,
	.slot_reset = sd_slot_reset,
	.resume = sd_error_resume,
	.reset_prepare = sd_reset_prepare,
	.reset_done = sd_reset_done,
};

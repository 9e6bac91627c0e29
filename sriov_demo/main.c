// SPDX-License-Identifier: GPL-2.0-only
/*
 * sriov_demo: a driver for the physical function of the Intel 82576, which carves virtual
 * functions. It binds where a user binds it (driver_override), and nowhere else: it has no
 * table of devices, so that a management port stays with igb.
 *
 *	hw.c		resetting and setting up the card; EEPROM
 *	link.c		PHY and link
 *	irq.c		vectors; mailboxes of virtual functions are served here
 *	netdev.c	the network device
 *	ring.c tx.c rx.c	its rings
 *	ethtool.c selftest.c stats.c	what ethtool shows and tests
 *	sriov.c		virtual functions: sysfs and ip-link
 *	carve*.c	... and what they may do, as a core of its own
 *	debugfs.c	/sys/kernel/debug/sriov_demo/<bdf>/
 *	err.c		errors and resets of the bus
 */
#include <linux/etherdevice.h>
#include <linux/module.h>

#include "pf.h"

static int sd_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct net_device *netdev;
	u8 mac[ETH_ALEN];
	u32 words[2];
	struct sd *sd;
	unsigned int i;
	int ret;

	if (pdev->is_virtfn) {
		pci_err(pdev, "this is a virtual function: bind sriov_demo_vf\n");
		return -ENODEV;
	}
	ret = pci_enable_device_mem(pdev);
	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		goto err_disable;
	ret = pci_request_mem_regions(pdev, SD_NAME);
	if (ret)
		goto err_disable;
	pci_set_master(pdev);
	pci_save_state(pdev);

	ret = -ENOMEM;
	netdev = alloc_etherdev_mqs(sizeof(*sd), SD_MAX_QUEUES, SD_MAX_QUEUES);
	if (!netdev)
		goto err_regions;
	SET_NETDEV_DEV(netdev, &pdev->dev);
	pci_set_drvdata(pdev, netdev);
	sd = netdev_priv(netdev);
	sd->pdev = pdev;
	sd->netdev = netdev;
	sd->tx_size = RING_DEFAULT;
	sd->rx_size = RING_DEFAULT;
	sd->itr = RING_ITR_DEFAULT;
	sd->adaptive = true;
	sd->link.autoneg = true;
	sd->link.advertise = ADVERTISED_10baseT_Half | ADVERTISED_10baseT_Full |
			     ADVERTISED_100baseT_Half | ADVERTISED_100baseT_Full |
			     ADVERTISED_1000baseT_Full;
	sd->link.fc_auto = true;
	sd->link.fc_rx = true;
	sd->link.fc_tx = true;
	for (i = 0; i < SD_MAX_QUEUES; i++) {
		u64_stats_init(&sd->tx[i].stats.syncp);
		u64_stats_init(&sd->rx[i].stats.syncp);
	}
	spin_lock_init(&sd->carve_lock);
	INIT_DELAYED_WORK(&sd->watchdog, sd_watchdog_work);
	INIT_WORK(&sd->reset_work, sd_reset_work);
	netdev_rss_key_fill(sd->rss_key, sizeof(sd->rss_key));

	sd->hw = pci_iomap(pdev, 0, E82576_MMIO_SIZE);
	ret = -EIO;
	if (!sd->hw || sd_gone(sd)) {
		pci_err(pdev, "its registers cannot be read\n");
		goto err_unmap;
	}

	/* A reset loads the address from the EEPROM into the first filter. */
	ret = sd_hw_reset(sd);
	if (ret)
		goto err_unmap;
	if (sd_nvm_check(sd))
		pci_warn(pdev, "the checksum of its EEPROM is wrong\n");
	words[0] = sd_read(sd, E82576_RAL(0));
	words[1] = sd_read(sd, E82576_RAH(0));
	mbx_get_mac(words, mac);
	if (!is_valid_ether_addr(mac)) {
		eth_random_addr(mac);
		pci_warn(pdev, "it has no address, using a random one\n");
	}
	eth_hw_addr_set(netdev, mac);
	memcpy(netdev->perm_addr, mac, ETH_ALEN);
	carve_init(&sd->carve, &sd_io_ops, (__force void *)sd->hw, mac);

	netdev->netdev_ops = &sd_netdev_ops;
	netdev->ethtool_ops = &sd_ethtool_ops;
	sd_qstats_add(netdev);
	netdev->watchdog_timeo = 5 * HZ;
	netdev->priv_flags |= IFF_UNICAST_FLT | IFF_SUPP_NOFCS;
	ring_set_features(netdev);
	netdev->hw_features |= NETIF_F_HW_VLAN_CTAG_RX | NETIF_F_HW_VLAN_CTAG_TX;

	/* Also virtual functions that were there before us. */
	ret = sd_sriov_init(sd);
	if (ret)
		goto err_unmap;
	ret = sd_irq_alloc(sd);
	if (ret)
		goto err_sriov;
	sd->want = min_t(unsigned int, sd->vecs, num_online_cpus());
	rtnl_lock();
	ret = sd_set_queues(sd) ?: sd_reset(sd);
	rtnl_unlock();
	if (ret)
		goto err_irq;
	sd_write(sd, E82576_CTRL_EXT, sd_read(sd, E82576_CTRL_EXT) | E82576_CTRL_EXT_DRV_LOAD);

	netif_carrier_off(netdev);
	ret = register_netdev(netdev);
	if (ret)
		goto err_reset;
	sd_debugfs_add(sd);
	queue_delayed_work(system_wq, &sd->watchdog, 0);
	netdev_info(netdev, "82576 at %s, %u vectors for queues, %d virtual functions\n",
		    pci_name(pdev), sd->vecs, sd->carve.num_vfs);
	return 0;

err_reset:
	sd_irq_disable(sd);
	sd_hw_reset(sd);
err_irq:
	/* An interrupt may have asked for either. */
	set_bit(SD_REMOVING, &sd->flags);
	sd_irq_free(sd);
	cancel_delayed_work_sync(&sd->watchdog);
	cancel_work_sync(&sd->reset_work);
err_sriov:
	sd_sriov_exit(sd);
err_unmap:
	if (sd->hw)
		pci_iounmap(pdev, sd->hw);
	free_netdev(netdev);
err_regions:
	pci_release_mem_regions(pdev);
err_disable:
	pci_disable_device(pdev);
	return ret;
}

static void sd_remove(struct pci_dev *pdev)
{
	struct net_device *netdev = pci_get_drvdata(pdev);
	struct sd *sd = netdev_priv(netdev);

	/* While all of us still works: drivers of virtual functions say goodbye. */
	if (pci_num_vf(pdev))
		sd_sriov_configure(pdev, 0);
	set_bit(SD_REMOVING, &sd->flags);
	sd_debugfs_del(sd);
	unregister_netdev(netdev);
	cancel_delayed_work_sync(&sd->watchdog);
	cancel_work_sync(&sd->reset_work);
	if (!sd_gone(sd)) {
		sd_irq_disable(sd);
		sd_write(sd, E82576_CTRL_EXT,
			 sd_read(sd, E82576_CTRL_EXT) & ~E82576_CTRL_EXT_DRV_LOAD);
		sd_hw_reset(sd);
	}
	sd_irq_free(sd);
	sd_sriov_exit(sd);
	pci_iounmap(pdev, sd->hw);
	free_netdev(netdev);
	pci_release_mem_regions(pdev);
	pci_disable_device(pdev);
}

static void sd_shutdown(struct pci_dev *pdev)
{
	struct net_device *netdev = pci_get_drvdata(pdev);
	struct sd *sd = netdev_priv(netdev);

	rtnl_lock();
	dev_close(netdev);
	netif_device_detach(netdev);
	rtnl_unlock();
	/*
	 * No DMA into memory that the next kernel may use for something else, and nothing left
	 * that would allow it again.
	 */
	set_bit(SD_REMOVING, &sd->flags);
	cancel_delayed_work_sync(&sd->watchdog);
	cancel_work_sync(&sd->reset_work);
	if (!sd_gone(sd))
		sd_irq_disable(sd);
	cancel_delayed_work_sync(&sd->carve_work);
	if (!sd_gone(sd))
		sd_hw_reset(sd);
	if (system_state == SYSTEM_POWER_OFF)
		pci_set_power_state(pdev, PCI_D3hot);
}

/*
 * For driver_override, which wants an entry to match: no alias, so nothing loads us, and no
 * device is bound that was not named.
 */
static const struct pci_device_id sd_ids[] = { { PCI_DEVICE_DRIVER_OVERRIDE(PCI_VENDOR_ID_INTEL,
									    0x10c9, true) },
					       {} };

static struct pci_driver sd_driver = {
	.name = SD_NAME,
	.id_table = sd_ids,
	.probe = sd_probe,
	.remove = sd_remove,
	.shutdown = sd_shutdown,
	.sriov_configure = sd_sriov_configure,
	.err_handler = &sd_err_handler,
};

static int __init sd_init(void)
{
	int ret;

	sd_debugfs_init();
	ret = pci_register_driver(&sd_driver);
	if (ret)
		sd_debugfs_exit();
	return ret;
}

static void __exit sd_exit(void)
{
	pci_unregister_driver(&sd_driver);
	sd_debugfs_exit();
}

module_init(sd_init);
module_exit(sd_exit);

MODULE_DESCRIPTION("Physical function of the Intel 82576: carves virtual functions");
MODULE_LICENSE("GPL");

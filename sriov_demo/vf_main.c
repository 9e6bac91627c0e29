// SPDX-License-Identifier: GPL-2.0-only
/*
 * sriov_demo_vf: driver of the virtual functions (8086:10ca) of an Intel 82576, whoever
 * drives its physical function: igb or sriov_demo.
 *
 *	vf_main.c	probe and remove; resets and errors of the bus
 *	vf_netdev.c	up and down; what the stack asks for
 *	vf_link.c	what is agreed with the physical function; the link
 *	vf_mbx.c	the mailbox (pure core)
 *	vf_irq.c	vectors and NAPI
 *	vf_ring.c	the rings' memory and registers
 *	vf_tx.c vf_rx.c	the hot paths
 *	vf_ethtool.c	ethtool(8)
 *
 * It binds only where it is told to (driver_override), so that it never takes a function away
 * from igbvf.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "vf.h"

#define VF_VENDOR 0x8086
#define VF_DEVICE 0x10ca

static u32 vf_io_read(void *ctx, u32 reg)
{
	struct vf_nic *nic = ctx;

	return readl(nic->base + reg);
}

static void vf_io_write(void *ctx, u32 reg, u32 value)
{
	struct vf_nic *nic = ctx;

	writel(value, nic->base + reg);
}

static const struct e82576_io_ops vf_io_ops = {
	.read = vf_io_read,
	.write = vf_io_write,
};

static void vf_mbx_wait(void *ctx, unsigned int usec)
{
	usleep_range(usec, usec * 2);
}

static void vf_init_netdev(struct vf_nic *nic)
{
	struct net_device *netdev = nic->netdev;

	netdev->netdev_ops = &vf_netdev_ops;
	netdev->ethtool_ops = &vf_ethtool_ops;
	netdev->watchdog_timeo = VF_TX_TIME;
	netdev->min_mtu = ETH_MIN_MTU;
	netdev->max_mtu = VF_MTU_MAX;
	netdev->priv_flags |= IFF_UNICAST_FLT;
	netdev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 |
			      NETIF_F_RXCSUM | NETIF_F_RXHASH;
	netdev->vlan_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6;
	netdev->features = netdev->hw_features | NETIF_F_HIGHDMA | NETIF_F_HW_VLAN_CTAG_TX |
			   NETIF_F_HW_VLAN_CTAG_RX | NETIF_F_HW_VLAN_CTAG_FILTER;
}

/* The address that the physical function gives; else one of our own, for which we ask it. */
static int vf_first_word(struct vf_nic *nic)
{
	struct net_device *netdev = nic->netdev;
	u8 mac[ETH_ALEN];
	int ret;

	if (vf_mbx_dead(&nic->mbx)) {
		pci_err(nic->pdev,
			"its registers answer nothing but 0. QEMU before 10.0.6 and 10.1.2 is like that when the VFs' BARs lie at 4 GiB or above (BAR 0 of this one: %pR): give the machine less than 2 GiB, and put igb behind a pcie-root-port\n",
			&nic->pdev->resource[0]);
		return -ENODEV;
	}
	/* From here on: what is there is a former owner's. */
	vf_count(nic);
	memset(nic->counter, 0, sizeof(nic->counter));
	ret = vf_mbx_reset(&nic->mbx, mac);
	if (ret == -ENODEV || vf_gone(nic)) {
		pci_err(nic->pdev, "its registers answer nothing but ones\n");
		return -ENODEV;
	}
	if (!ret && is_valid_ether_addr(mac)) {
		ether_addr_copy(nic->pf_mac, mac);
		set_bit(VF_PF_MAC, &nic->flags);
		eth_hw_addr_set(netdev, mac);
		return 0;
	}
	eth_hw_addr_random(netdev);
	if (ret)
		pci_warn(nic->pdev,
			 "its physical function is not ready (%d); going on when it is\n", ret);
	else
		pci_info(nic->pdev, "given no address: using %pM\n", netdev->dev_addr);
	return 0;
}

static int vf_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct net_device *netdev;
	struct vf_nic *nic;
	unsigned int n;
	int ret;

	ret = pci_enable_device_mem(pdev);
	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		goto err_disable;
	ret = pci_request_mem_regions(pdev, VF_NAME);
	if (ret)
		goto err_disable;
	pci_set_master(pdev);
	/* For vf_slot_reset(). */
	pci_save_state(pdev);

	ret = -ENOMEM;
	netdev = alloc_etherdev_mqs(sizeof(*nic), VF_PAIRS, VF_PAIRS);
	if (!netdev)
		goto err_regions;
	SET_NETDEV_DEV(netdev, &pdev->dev);
	pci_set_drvdata(pdev, netdev);
	nic = netdev_priv(netdev);
	nic->netdev = netdev;
	nic->pdev = pdev;
	nic->pairs = 1;
	nic->rx_size = VF_RING_STD;
	nic->tx_size = VF_RING_STD;
	nic->itr = VF_ITR_STD;
	nic->io.ops = &vf_io_ops;
	nic->io.ctx = nic;
	nic->mbx.io = &nic->io;
	nic->mbx.wait = vf_mbx_wait;
	mutex_init(&nic->lock);
	INIT_DELAYED_WORK(&nic->service, vf_service);
	vf_init_netdev(nic);

	if (pci_resource_len(pdev, 0) < E82576_VF_MMIO_SIZE) {
		ret = -ENODEV;
		goto err_netdev;
	}
	nic->base = pci_ioremap_bar(pdev, 0);
	if (!nic->base)
		goto err_netdev;
	ret = vf_first_word(nic);
	if (ret)
		goto err_unmap;
	ret = pci_alloc_irq_vectors(pdev, 2, VF_VECTORS, PCI_IRQ_MSIX);
	if (ret < 0) {
		pci_err(pdev, "no MSI-X vectors (%d)\n", ret);
		goto err_unmap;
	}
	nic->vectors = ret;

	for (n = 0; n < VF_PAIRS; n++) {
		struct vf_pair *pair = &nic->pair[n];

		pair->index = n;
		pair->nic = nic;
		vector_init(&pair->vector, nic->base + E82576_VTEIMC, nic->base + E82576_VTEIMS,
			    BIT(n));
		u64_stats_init(&pair->rx.sync);
		u64_stats_init(&pair->tx.sync);
		netif_napi_add(netdev, &pair->napi, vf_poll);
	}
	netif_carrier_off(netdev);
	ret = register_netdev(netdev);
	if (ret)
		goto err_vectors;
	netdev_info(netdev, "82576 virtual function %s, %pM\n", pci_name(pdev), netdev->dev_addr);
	return 0;

err_vectors:
	pci_free_irq_vectors(pdev);
err_unmap:
	iounmap(nic->base);
err_netdev:
	free_netdev(netdev);
err_regions:
	pci_release_mem_regions(pdev);
err_disable:
	pci_disable_device(pdev);
	return ret;
}

static void vf_remove(struct pci_dev *pdev)
{
	struct net_device *netdev = pci_get_drvdata(pdev);
	struct vf_nic *nic = netdev_priv(netdev);

	unregister_netdev(netdev);
	/* It finds the interface down, and does not come back. */
	cancel_delayed_work_sync(&nic->service);
	/* Nothing of ours stays behind: neither queues nor filters. */
	vf_write(nic, E82576_VTCTRL, E82576_CTRL_RST);
	pci_free_irq_vectors(pdev);
	iounmap(nic->base);
	free_netdev(netdev);
	pci_release_mem_regions(pdev);
	pci_disable_device(pdev);
}

/* Let nothing of it run. Whether it was running is in netif_running() of the interface. */
static void vf_quiesce(struct vf_nic *nic)
{
	rtnl_lock();
	netif_device_detach(nic->netdev);
	vf_down(nic);
	rtnl_unlock();
	cancel_delayed_work_sync(&nic->service);
}

static void vf_shutdown(struct pci_dev *pdev)
{
	vf_quiesce(netdev_priv(pci_get_drvdata(pdev)));
	pci_disable_device(pdev);
}

/* -- resets (FLR, by sysfs for one) and errors of the bus --------------------------------- */

static int vf_note_vlan(struct net_device *vlan_dev, int vlan, void *vlans)
{
	set_bit(vlan, vlans);
	return 0;
}

static int vf_revive(struct vf_nic *nic)
{
	DECLARE_BITMAP(left, VLAN_N_VID) = { 0 };
	int ret = 0;

	rtnl_lock();
	WRITE_ONCE(nic->io.gone, false);
	/* A reset by sysfs between the steps of AER has revived it already. */
	vf_down(nic);
	/* Nobody has told of those that went while the interface was detached. */
	vlan_for_each(nic->netdev, vf_note_vlan, left);
	bitmap_and(nic->vlans, nic->vlans, left, VLAN_N_VID);
	if (netif_running(nic->netdev))
		ret = vf_up(nic);
	if (!ret)
		netif_device_attach(nic->netdev);
	else
		netdev_err(nic->netdev, "not up again after a reset (%d)\n", ret);
	rtnl_unlock();
	return ret;
}

static void vf_reset_prepare(struct pci_dev *pdev)
{
	vf_quiesce(netdev_priv(pci_get_drvdata(pdev)));
}

static void vf_reset_done(struct pci_dev *pdev)
{
	/* What was restored is not there for the next vf_slot_reset(). */
	pci_save_state(pdev);
	vf_revive(netdev_priv(pci_get_drvdata(pdev)));
}

static pci_ers_result_t vf_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct vf_nic *nic = netdev_priv(pci_get_drvdata(pdev));

	/*
	 * Its registers are not to be touched, but the function may be as alive as ever: without
	 * bus mastering it does not write to what is freed now. Detached it stays as it is:
	 * vf_service() looks for that.
	 */
	if (state != pci_channel_io_normal) {
		rtnl_lock();
		netif_device_detach(nic->netdev);
		pci_clear_master(pdev);
		WRITE_ONCE(nic->io.gone, true);
		rtnl_unlock();
	}
	vf_quiesce(nic);
	if (state == pci_channel_io_perm_failure)
		return PCI_ERS_RESULT_DISCONNECT;
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t vf_slot_reset(struct pci_dev *pdev)
{
	struct vf_nic *nic = netdev_priv(pci_get_drvdata(pdev));

	pci_restore_state(pdev);
	pci_save_state(pdev);
	pci_set_master(pdev);
	WRITE_ONCE(nic->io.gone, false);
	vf_read(nic, E82576_VTSTATUS);
	return vf_gone(nic) ? PCI_ERS_RESULT_DISCONNECT : PCI_ERS_RESULT_RECOVERED;
}

static void vf_error_resume(struct pci_dev *pdev)
{
	vf_revive(netdev_priv(pci_get_drvdata(pdev)));
}

static const struct pci_error_handlers vf_error_handlers = {
	.error_detected = vf_error_detected,
	.slot_reset = vf_slot_reset,
	.resume = vf_error_resume,
	.reset_prepare = vf_reset_prepare,
	.reset_done = vf_reset_done,
};

/* No MODULE_DEVICE_TABLE: udev shall not load us beside igbvf. */
static const struct pci_device_id vf_ids[] = { { PCI_DEVICE_DRIVER_OVERRIDE(VF_VENDOR, VF_DEVICE,
									    true) },
					       {} };

static struct pci_driver vf_driver = {
	.name = VF_NAME,
	.id_table = vf_ids,
	.probe = vf_probe,
	.remove = vf_remove,
	.shutdown = vf_shutdown,
	.err_handler = &vf_error_handlers,
};
module_pci_driver(vf_driver);

MODULE_DESCRIPTION("Driver of the virtual functions of an Intel 82576");
MODULE_LICENSE("GPL");

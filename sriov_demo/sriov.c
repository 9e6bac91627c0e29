// SPDX-License-Identifier: GPL-2.0-only
/* Virtual functions: carving them (sysfs), and what ip-link sets and shows. */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#include "pf.h"

struct pci_dev *sd_vf_pdev(struct sd *sd, unsigned int vf)
{
	struct pci_dev *pdev = NULL;

	while ((pdev = pci_get_device(PCI_VENDOR_ID_INTEL, 0x10ca, pdev)))
		if (pdev->is_virtfn && pci_physfn(pdev) == sd->pdev && pci_iov_vf_id(pdev) == vf)
			break;
	return pdev;
}

static void sd_carve_work(struct work_struct *work)
{
	sd_carve_service(container_of(to_delayed_work(work), struct sd, carve_work));
}

/* A driver of the host has let go of a virtual function: the next one finds it new. */
static int sd_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	struct sd *sd = container_of(nb, struct sd, notifier);
	struct pci_dev *pdev = to_pci_dev((struct device *)data);
	unsigned long irq;
	int vf;

	if (action != BUS_NOTIFY_UNBOUND_DRIVER || !pdev->is_virtfn ||
	    pci_physfn(pdev) != sd->pdev || test_bit(SD_REMOVING, &sd->flags))
		return NOTIFY_DONE;
	vf = pci_iov_vf_id(pdev);
	spin_lock_irqsave(&sd->carve_lock, irq);
	if (vf >= 0 && vf < sd->carve.num_vfs)
		carve_release(&sd->carve, vf, ktime_get_ns());
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	return NOTIFY_OK;
}

int sd_sriov_init(struct sd *sd)
{
	int ret;

	INIT_DELAYED_WORK(&sd->carve_work, sd_carve_work);
	/* The eighth pool is the PF's. */
	if (pci_sriov_get_totalvfs(sd->pdev)) {
		ret = pci_sriov_set_totalvfs(sd->pdev, E82576_MAX_VFS);
		/* It says no while there are functions, left by another driver. */
		if (ret && !pci_num_vf(sd->pdev))
			return ret;
	}
	if (pci_num_vf(sd->pdev) > E82576_MAX_VFS) {
		pci_err(sd->pdev,
			"it has %d virtual functions; the eighth pool is ours, so it is %d at most: let the driver that made them take them away (0 > sriov_numvfs)\n",
			pci_num_vf(sd->pdev), E82576_MAX_VFS);
		return -EBUSY;
	}
	if (pci_num_vf(sd->pdev)) {
		carve_set_vfs(&sd->carve, pci_num_vf(sd->pdev), CARVE_BY_ADOPTION, ktime_get_ns());
		pci_info(sd->pdev, "adopting %u virtual functions\n", sd->carve.num_vfs);
	}
	sd->notifier.notifier_call = sd_notify;
	return bus_register_notifier(&pci_bus_type, &sd->notifier);
}

void sd_sriov_exit(struct sd *sd)
{
	bus_unregister_notifier(&pci_bus_type, &sd->notifier);
	cancel_delayed_work_sync(&sd->carve_work);
}

/* As many as @count from now on, for the card; PCI's side of it is the caller's. */
static int sd_carve(struct sd *sd, unsigned int count)
{
	unsigned long irq;
	int ret;

	rtnl_lock();
	spin_lock_irqsave(&sd->carve_lock, irq);
	carve_quiesce(&sd->carve, ktime_get_ns());
	carve_set_vfs(&sd->carve, count, CARVE_BY_CARVING, ktime_get_ns());
	sd->spoofed = 0;
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	ret = sd_restart(sd, true);
	rtnl_unlock();
	sd_debugfs_vfs(sd);
	return ret;
}

/* sysfs: from 0 to some, or to 0; the core of PCI sees to that, and to no more than seven. */
int sd_sriov_configure(struct pci_dev *pdev, int count)
{
	struct sd *sd = netdev_priv(pci_get_drvdata(pdev));
	int ret;

	if (!count) {
		if (pci_vfs_assigned(pdev)) {
			pci_warn(pdev, "virtual functions are in the hands of guests\n");
			return -EPERM;
		}
		/* Waits for whoever has one of them by vfio. */
		pci_disable_sriov(pdev);
		return sd_carve(sd, 0);
	}
	if (count > E82576_MAX_VFS)
		return -ERANGE;
	/* The card first: drivers may be bound as soon as there are functions. */
	ret = sd_carve(sd, count);
	if (!ret)
		ret = pci_enable_sriov(pdev, count);
	if (ret) {
		sd_carve(sd, 0);
		return ret;
	}
	return count;
}

/* -- ip-link ------------------------------------------------------------------------------- */

/* After each of these there may be something to tell the VF: sd_carve_service() does. */

int sd_set_vf_mac(struct net_device *netdev, int vf, u8 *mac)
{
	struct sd *sd = netdev_priv(netdev);
	unsigned long irq;
	int ret;

	if (vf < 0)
		return -EINVAL;
	spin_lock_irqsave(&sd->carve_lock, irq);
	ret = carve_set_mac(&sd->carve, vf, mac, ktime_get_ns());
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	sd_carve_service(sd);
	return ret;
}

int sd_set_vf_vlan(struct net_device *netdev, int vf, u16 vlan, u8 qos, __be16 proto)
{
	struct sd *sd = netdev_priv(netdev);
	unsigned long irq;
	int ret;

	/* VMVIR has no place for another one. */
	if (proto != htons(ETH_P_8021Q))
		return -EPROTONOSUPPORT;
	if (vf < 0)
		return -EINVAL;
	spin_lock_irqsave(&sd->carve_lock, irq);
	ret = carve_set_vlan(&sd->carve, vf, vlan, qos, ktime_get_ns());
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	sd_carve_service(sd);
	return ret;
}

int sd_set_vf_rate(struct net_device *netdev, int vf, int min_rate, int max_rate)
{
	struct sd *sd = netdev_priv(netdev);
	unsigned long irq;
	int ret;

	/* A limit is what the hardware has, not a guarantee. */
	if (min_rate || vf < 0 || max_rate < 0)
		return -EINVAL;
	spin_lock_irqsave(&sd->carve_lock, irq);
	ret = carve_set_rate(&sd->carve, vf, max_rate);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	sd_carve_service(sd);
	return ret;
}

int sd_set_vf_spoofchk(struct net_device *netdev, int vf, bool on)
{
	struct sd *sd = netdev_priv(netdev);
	unsigned long irq;
	int ret;

	if (vf < 0)
		return -EINVAL;
	spin_lock_irqsave(&sd->carve_lock, irq);
	ret = carve_set_spoofchk(&sd->carve, vf, on);
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	sd_carve_service(sd);
	return ret;
}

int sd_set_vf_trust(struct net_device *netdev, int vf, bool on)
{
	struct sd *sd = netdev_priv(netdev);
	unsigned long irq;
	int ret;

	if (vf < 0)
		return -EINVAL;
	spin_lock_irqsave(&sd->carve_lock, irq);
	ret = carve_set_trust(&sd->carve, vf, on, ktime_get_ns());
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	sd_carve_service(sd);
	return ret;
}

int sd_set_vf_link_state(struct net_device *netdev, int vf, int state)
{
	struct sd *sd = netdev_priv(netdev);
	unsigned long irq;
	int ret;

	if (vf < 0 || state < 0)
		return -EINVAL;
	spin_lock_irqsave(&sd->carve_lock, irq);
	ret = carve_set_link(&sd->carve, vf, state, ktime_get_ns());
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	sd_carve_service(sd);
	return ret;
}

int sd_get_vf_config(struct net_device *netdev, int vf, struct ifla_vf_info *info)
{
	struct sd *sd = netdev_priv(netdev);
	const struct carve_vf *v;
	unsigned long irq;
	int ret = -EINVAL;

	spin_lock_irqsave(&sd->carve_lock, irq);
	if (vf >= 0 && vf < sd->carve.num_vfs) {
		v = &sd->carve.vf[vf];
		info->vf = vf;
		memcpy(info->mac, v->mac, ETH_ALEN);
		info->vlan = v->vlan;
		info->qos = v->qos;
		info->vlan_proto = htons(ETH_P_8021Q);
		info->spoofchk = v->spoofchk;
		info->linkstate = v->link;
		info->min_tx_rate = 0;
		info->max_tx_rate = v->max_rate;
		info->trusted = v->trusted;
		ret = 0;
	}
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	return ret;
}

int sd_get_vf_stats(struct net_device *netdev, int vf, struct ifla_vf_stats *stats)
{
	struct sd *sd = netdev_priv(netdev);
	const struct carve_counters *c;
	unsigned long irq;
	int ret = -EINVAL;

	spin_lock_irqsave(&sd->carve_lock, irq);
	if (vf >= 0 && vf < sd->carve.num_vfs) {
		if (netif_device_present(netdev))
			carve_poll(&sd->carve);
		c = &sd->carve.vf[vf].total;
		stats->rx_packets = c->rx_packets;
		stats->tx_packets = c->tx_packets;
		stats->rx_bytes = c->rx_bytes;
		stats->tx_bytes = c->tx_bytes;
		stats->multicast = c->rx_multicast;
		ret = 0;
	}
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/sriov_demo/<bdf>/
 *
 *	state		the card: functions, shares, switch settings
 *	queues		the sixteen queue pairs: which function and requester has which
 *	vf<N>/state	the function's state and why, what was set for it
 *	vf<N>/mailbox	the last messages, in words
 *	vf<N>/counters	what it has moved, and what has happened to it
 *	vf<N>/filters	addresses, VLANs and multicast hashes that lead to it
 *
 * Registers are read with the lock held that the core has: the files show one moment.
 */
#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/seq_file.h>

#include "pf.h"

static struct dentry *sd_root;

static void sd_show_function(struct seq_file *m, struct sd *sd, unsigned int owner)
{
	struct pci_dev *pdev = owner == CARVE_PF ? pci_dev_get(sd->pdev) : sd_vf_pdev(sd, owner);

	if (!pdev) {
		seq_puts(m, "- - -");
		return;
	}
	/* The driver may go at any time; its name is read with the device held. */
	if (device_trylock(&pdev->dev)) {
		seq_printf(m, "%s 0x%04x %s", pci_name(pdev), pci_dev_id(pdev),
			   pdev->driver ? pdev->driver->name : "-");
		device_unlock(&pdev->dev);
	} else {
		seq_printf(m, "%s 0x%04x busy", pci_name(pdev), pci_dev_id(pdev));
	}
	pci_dev_put(pdev);
}

static int sd_state_show(struct seq_file *m, void *data)
{
	struct sd *sd = m->private;
	u32 ctrl, status, vt, dtxswc, vfre, vfte, mrqc, qde, icr;
	unsigned long irq;

	spin_lock_irqsave(&sd->carve_lock, irq);
	ctrl = sd_read(sd, E82576_CTRL_EXT);
	status = sd_read(sd, E82576_STATUS);
	vt = sd_read(sd, E82576_VT_CTL);
	dtxswc = sd_read(sd, E82576_DTXSWC);
	vfre = sd_read(sd, E82576_VFRE);
	vfte = sd_read(sd, E82576_VFTE);
	mrqc = sd_read(sd, E82576_MRQC);
	qde = sd_read(sd, E82576_QDE);
	icr = sd_read(sd, E82576_MBVFIMR);
	spin_unlock_irqrestore(&sd->carve_lock, irq);

	seq_printf(m, "device %s\n", pci_name(sd->pdev));
	if (status == ~0U) {
		seq_puts(m, "gone its registers read as all ones\n");
		return 0;
	}
	seq_printf(m, "interface %s\n", sd->netdev->name);
	seq_printf(m, "link %s %u\n", sd->link.up ? "up" : "down", sd->link.now);
	seq_printf(m, "vfs %u of %u\n", sd->carve.num_vfs, E82576_MAX_VFS);
	seq_printf(m, "queues tx %u rx %u\n", sd->num_tx, sd->num_rx);
	seq_printf(m, "resets %llu\n", sd->resets);
	seq_printf(m, "share-addresses %u\n", sd->carve.mac_share);
	seq_printf(m, "share-vlans %u\n", sd->carve.vlan_share);
	seq_printf(m, "pools-receive 0x%02x\n", vfre & 0xff);
	seq_printf(m, "pools-transmit 0x%02x\n", vfte & 0xff);
	seq_printf(m, "pool-default %u\n", (unsigned int)FIELD_GET(E82576_VT_CTL_DEF_PL, vt));
	seq_printf(m, "replication %s\n", vt & E82576_VT_CTL_REPLICATION ? "on" : "off");
	seq_printf(m, "loop-back %s\n", dtxswc & E82576_DTXSWC_LOOPBACK_EN ? "on" : "off");
	seq_printf(m, "anti-spoof-addresses 0x%02x\n", dtxswc & 0xff);
	seq_printf(m, "anti-spoof-vlans 0x%02x\n", dtxswc >> 8 & 0xff);
	seq_printf(m, "queues-drop 0x%04x\n", qde & 0xffff);
	seq_printf(m, "mode %u\n", (unsigned int)FIELD_GET(E82576_MRQC_ENABLE, mrqc));
	seq_printf(m, "mailbox-interrupts 0x%02x\n", icr & 0xff);
	seq_printf(m, "ready %s\n", ctrl & E82576_CTRL_EXT_PFRSTD ? "yes" : "no");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sd_state);

struct sd_queue_regs {
	u32 rx;
	u32 rdh;
	u32 rdt;
	u32 tx;
	u32 tdh;
	u32 tdt;
};

static void sd_read_queue(struct sd *sd, unsigned int q, struct sd_queue_regs *regs)
{
	regs->rx = sd_read(sd, E82576_RXDCTL(q));
	regs->rdh = sd_read(sd, E82576_RDH(q));
	regs->rdt = sd_read(sd, E82576_RDT(q));
	regs->tx = sd_read(sd, E82576_TXDCTL(q));
	regs->tdh = sd_read(sd, E82576_TDH(q));
	regs->tdt = sd_read(sd, E82576_TDT(q));
}

static int sd_queues_show(struct seq_file *m, void *data)
{
	struct sd *sd = m->private;
	struct sd_queue_regs regs;
	unsigned int q, owner;

	seq_puts(m, "# pair pool function device requester driver rx head tail tx head tail\n");
	for (q = 0; q < E82576_QUEUES; q++) {
		owner = carve_owner(&sd->carve, q);
		sd_read_queue(sd, q, &regs);
		seq_printf(m, "%u %u ", q, q % E82576_POOLS);
		if (owner == CARVE_PF)
			seq_puts(m, "pf ");
		else
			seq_printf(m, "vf%u ", owner);
		sd_show_function(m, sd, owner);
		seq_printf(m, " %s %u %u %s %u %u\n", regs.rx & E82576_RXDCTL_ENABLE ? "on" : "off",
			   regs.rdh, regs.rdt, regs.tx & E82576_TXDCTL_ENABLE ? "on" : "off",
			   regs.tdh, regs.tdt);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sd_queues);

/* -- a virtual function --------------------------------------------------------------- */

/* A copy, so that nothing is written to a slow reader with the lock held. Or NULL. */
static struct carve_vf *sd_copy(struct seq_file *m)
{
	struct sd_vf_file *file = m->private;
	struct sd *sd = file->sd;
	struct carve_vf *v = kmalloc(sizeof(*v), GFP_KERNEL);
	unsigned long irq;

	if (!v)
		return NULL;
	spin_lock_irqsave(&sd->carve_lock, irq);
	if (netif_device_present(sd->netdev))
		carve_poll(&sd->carve);
	*v = sd->carve.vf[file->vf];
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	return v;
}

static u64 sd_ms_ago(u64 when)
{
	u64 now = ktime_get_ns();

	return now > when ? div_u64(now - when, NSEC_PER_MSEC) : 0;
}

/*
 * What a VF's driver sees of its own BAR. QEMU before 10.0.6 reads all of it as 0 when it is
 * above 4 GiB, which happens to a guest with more than 2 GiB of memory.
 */
static void sd_show_mmio(struct seq_file *m, struct sd *sd, unsigned int vf)
{
	struct pci_dev *pdev = sd_vf_pdev(sd, vf);
	void __iomem *bar = NULL;
	u32 status;

	if (!pdev) {
		seq_puts(m, "mmio - no such function on the bus\n");
		return;
	}
	/* Without a driver its memory is off. It stays on as long as the device is held. */
	if (!device_trylock(&pdev->dev)) {
		seq_puts(m, "mmio - its driver is coming or going\n");
		pci_dev_put(pdev);
		return;
	}
	if (pci_resource_len(pdev, 0) >= E82576_VF_MMIO_SIZE && pci_is_enabled(pdev))
		bar = ioremap(pci_resource_start(pdev, 0), E82576_VF_MMIO_SIZE);
	if (bar) {
		status = readl(bar + E82576_VTSTATUS);
		if (!status && sd_read(sd, E82576_STATUS))
			seq_puts(m,
				 "mmio dead no driver can work: use less memory or QEMU 10.0.6\n");
		else if (status == ~0U)
			seq_puts(m, "mmio gone it reads as all ones\n");
		else
			seq_printf(m, "mmio alive status 0x%08x\n", status);
		iounmap(bar);
	} else {
		seq_puts(m, "mmio off no driver has it\n");
	}
	device_unlock(&pdev->dev);
	pci_dev_put(pdev);
}

static int sd_vf_state_show(struct seq_file *m, void *data)
{
	struct sd_vf_file *file = m->private;
	struct sd_queue_regs regs;
	struct sd *sd = file->sd;
	struct carve_vf *v = sd_copy(m);
	unsigned int q;

	if (!v)
		return -ENOMEM;
	seq_printf(m, "state %s %s %llu ms\n", carve_state_name(v->state),
		   carve_reason_name(v->reason), sd_ms_ago(v->since));
	seq_puts(m, "function ");
	sd_show_function(m, sd, file->vf);
	seq_printf(m, "\nmac %pM %s\n", v->mac, carve_zero_mac(v->admin_mac) ? "free" : "fixed");
	seq_printf(m, "vlan %u qos %u\n", v->vlan, v->qos);
	seq_printf(m, "spoofchk %s\n", v->spoofchk ? "on" : "off");
	seq_printf(m, "trust %s\n", v->trusted ? "on" : "off");
	seq_printf(m, "link %s\n", carve_link_name(v->link));
	seq_printf(m, "rate %u\n", v->max_rate);
	seq_printf(m, "frame %u\n", v->max_frame ?: CARVE_STD_FRAME);
	seq_printf(m, "pairs %u\n", v->queues);
	seq_printf(m, "all-multicast %s\n", v->all_multi ? "on" : "off");
	for (q = file->vf; q < E82576_QUEUES; q += E82576_POOLS) {
		sd_read_queue(sd, q, &regs);
		seq_printf(m, "pair %u rx %s head %u tail %u tx %s head %u tail %u\n", q,
			   regs.rx & E82576_RXDCTL_ENABLE ? "on" : "off", regs.rdh, regs.rdt,
			   regs.tx & E82576_TXDCTL_ENABLE ? "on" : "off", regs.tdh, regs.tdt);
	}
	sd_show_mmio(m, sd, file->vf);
	kfree(v);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sd_vf_state);

static int sd_vf_mailbox_show(struct seq_file *m, void *data)
{
	struct carve_vf *v = sd_copy(m);
	unsigned int seq, first;
	char text[80];

	if (!v)
		return -ENOMEM;
	seq_puts(m, "# line ms-ago event verdict | words\n");
	first = v->trace_seq > CARVE_TRACE ? v->trace_seq - CARVE_TRACE + 1 : 1;
	for (seq = first; seq && seq <= v->trace_seq; seq++) {
		const struct carve_trace *t = &v->trace[seq % CARVE_TRACE];

		switch (t->event) {
		case CARVE_EV_STATE:
			snprintf(text, sizeof(text), "%s %s", carve_state_name(t->word[0]),
				 carve_reason_name(t->word[1]));
			break;
		case CARVE_EV_MESSAGE:
		case CARVE_EV_REPLY:
		case CARVE_EV_CONTROL:
			mbx_describe(t->word, ARRAY_SIZE(t->word), text, sizeof(text));
			break;
		default:
			strscpy(text, "-", sizeof(text));
			break;
		}
		seq_printf(m, "%u %llu %s %s | %s\n", t->seq, sd_ms_ago(t->when),
			   carve_event_name(t->event), carve_verdict_name(t->verdict), text);
	}
	kfree(v);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sd_vf_mailbox);

static int sd_vf_counters_show(struct seq_file *m, void *data)
{
	struct carve_vf *v = sd_copy(m);

	if (!v)
		return -ENOMEM;
	seq_printf(m, "rx_packets %llu\n", v->total.rx_packets);
	seq_printf(m, "rx_bytes %llu\n", v->total.rx_bytes);
	seq_printf(m, "rx_multicast %llu\n", v->total.rx_multicast);
	seq_printf(m, "tx_packets %llu\n", v->total.tx_packets);
	seq_printf(m, "tx_bytes %llu\n", v->total.tx_bytes);
	seq_printf(m, "messages %llu\n", v->events.messages);
	seq_printf(m, "acked %llu\n", v->events.acked);
	seq_printf(m, "nacked %llu\n", v->events.nacked);
	seq_printf(m, "dropped %llu\n", v->events.dropped);
	seq_printf(m, "controls %llu\n", v->events.controls);
	seq_printf(m, "reads %llu\n", v->events.reads);
	seq_printf(m, "function_resets %llu\n", v->events.flrs);
	seq_printf(m, "resets %llu\n", v->events.resets);
	seq_printf(m, "revoked %llu\n", v->events.revoked);
	seq_printf(m, "mailbox_busy %llu\n", v->events.busy);
	seq_printf(m, "storms %llu\n", v->events.storms);
	seq_printf(m, "spoofs %llu\n", v->events.spoofs);
	seq_printf(m, "scrubbed %llu\n", v->events.scrubbed);
	kfree(v);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sd_vf_counters);

static int sd_vf_filters_show(struct seq_file *m, void *data)
{
	struct sd_vf_file *file = m->private;
	struct sd *sd = file->sd;
	struct carve_rar rar[E82576_RARS];
	struct carve_vlvf vlvf[E82576_VLVFS];
	struct carve_vf *v = sd_copy(m);
	unsigned long irq;
	unsigned int i;

	if (!v)
		return -ENOMEM;
	spin_lock_irqsave(&sd->carve_lock, irq);
	memcpy(rar, sd->carve.rar, sizeof(rar));
	memcpy(vlvf, sd->carve.vlvf, sizeof(vlvf));
	spin_unlock_irqrestore(&sd->carve_lock, irq);
	for (i = 0; i < E82576_RARS; i++)
		if (rar[i].owner == file->vf)
			seq_printf(m, "address %pM filter %u\n", rar[i].mac, i);
	for (i = 0; i < E82576_VLVFS; i++)
		if (vlvf[i].pools & BIT(file->vf))
			seq_printf(m, "vlan %u entry %u\n", vlvf[i].vlan, i);
	for (i = 0; i < v->hashes; i++)
		seq_printf(m, "multicast-hash 0x%03x\n", v->hash[i]);
	kfree(v);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sd_vf_filters);

/* -- folders -------------------------------------------------------------------------- */

void sd_debugfs_vfs(struct sd *sd)
{
	unsigned int vf;
	char name[8];

	for (vf = 0; vf < E82576_MAX_VFS; vf++) {
		struct sd_vf_file *file = &sd->vf_file[vf];

		if (vf >= sd->carve.num_vfs || !sd->dir) {
			debugfs_remove(sd->vf_dir[vf]);
			sd->vf_dir[vf] = NULL;
			continue;
		}
		if (sd->vf_dir[vf])
			continue;
		file->sd = sd;
		file->vf = vf;
		snprintf(name, sizeof(name), "vf%u", vf);
		sd->vf_dir[vf] = debugfs_create_dir(name, sd->dir);
		debugfs_create_file("state", 0400, sd->vf_dir[vf], file, &sd_vf_state_fops);
		debugfs_create_file("mailbox", 0400, sd->vf_dir[vf], file, &sd_vf_mailbox_fops);
		debugfs_create_file("counters", 0400, sd->vf_dir[vf], file, &sd_vf_counters_fops);
		debugfs_create_file("filters", 0400, sd->vf_dir[vf], file, &sd_vf_filters_fops);
	}
}

void sd_debugfs_add(struct sd *sd)
{
	sd->dir = debugfs_create_dir(pci_name(sd->pdev), sd_root);
	debugfs_create_file("state", 0400, sd->dir, sd, &sd_state_fops);
	debugfs_create_file("queues", 0400, sd->dir, sd, &sd_queues_fops);
	sd_debugfs_vfs(sd);
}

void sd_debugfs_del(struct sd *sd)
{
	debugfs_remove(sd->dir);
	sd->dir = NULL;
	memset(sd->vf_dir, 0, sizeof(sd->vf_dir));
}

void sd_debugfs_init(void)
{
	sd_root = debugfs_create_dir(SD_NAME, NULL);
}

void sd_debugfs_exit(void)
{
	debugfs_remove(sd_root);
}

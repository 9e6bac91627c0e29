// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file "faults": each DMA fault as it happens.
 *
 * VT-d's driver has no hook for faults, it only prints them, and not all. So here is a
 * kprobe on its interrupt handler, dmar_fault(): when that begins, the fault records are
 * still in the unit's registers. We copy them from there, and make the walk that the unit
 * made, in the tables as they are at that moment.
 *
 * All that runs in a hard interrupt: registers are mapped before, memory is read without
 * locks (mem.c), and of the driver's arguments only the value of one pointer is used, to
 * tell one unit's interrupt from another's. Records that arrive while the driver is
 * clearing others are cleared by it unseen.
 */
#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/clock.h>
#include <linux/wait.h>

#include "iommu_probe.h"

/* Faults that are kept. */
#define RING 256

/* In a storm, walks are left out: so many are made within a jiffy. */
#define WALKS_PER_JIFFY 16

/* What a unit can have at most (VT-d spec 11.4.2, NFR). */
#define MAX_RECORDS 256

/**
 * struct fault - a fault that was seen
 * @seq:     its number, from 0
 * @time:    local_clock(), as the kernel's log has it, in ns
 * @unit:    id of the unit
 * @walked:  @verdict is there
 * @fault:   the record, decoded
 * @verdict: the walk at that moment
 */
struct fault {
	u64 seq;
	u64 time;
	unsigned int unit;
	bool walked;
	struct iop_fault fault;
	struct iop_verdict verdict;
};

/**
 * struct ring - all of them
 * @lock:  for all of it; taken in hard interrupts
 * @fault: the ring: fault number n is at n % RING
 * @seen:  how many there were
 * @overflows: how often a unit said that it had lost some
 * @jiffy: when the last walk was made
 * @walks: how many in that jiffy
 * @owner: for each unit, the pointer that its interrupts come with; NULL: not known yet
 * @early: for each unit, records that were taken during the interrupt of a unit that may
 *	   have been another one
 * @any_early: there may be some
 * @who:     scratch memory
 * @why:   why nothing is recorded; NULL if all is well
 * @error: errno to that, or 0
 */
static struct ring {
	raw_spinlock_t lock;
	struct fault *fault;
	u64 seen;
	u64 overflows;
	unsigned long jiffy;
	unsigned int walks;
	void *owner[IP_MAX_UNITS];
	DECLARE_BITMAP(early[IP_MAX_UNITS], MAX_RECORDS);
	bool any_early;
	struct iop_requester who;
	const char *why;
	int error;
} ring = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(ring.lock),
};

static DECLARE_WAIT_QUEUE_HEAD(faults_wait);

static void faults_wake(struct irq_work *work)
{
	wake_up_interruptible(&faults_wait);
}

static struct irq_work faults_work = IRQ_WORK_INIT(faults_wake);

/* -- in the interrupt -------------------------------------------------------------------- */

static void fault_add(const struct ip_unit *unit, const struct iop_fault *fault)
{
	struct fault *f = &ring.fault[ring.seen % RING];
	unsigned long now = jiffies;
	u32 pasid = fault->pasid;
	struct iop_unit regs;

	f->seq = ring.seen++;
	f->time = local_clock();
	f->unit = unit->id;
	f->fault = *fault;
	f->walked = false;
	if (fault->interrupt)
		return;
	if (time_after(now, ring.jiffy)) {
		ring.jiffy = now;
		ring.walks = 0;
	}
	if (ring.walks == WALKS_PER_JIFFY)
		return;
	ring.walks++;
	ip_unit_read(unit, &regs);
	/* In scalable mode also plain requests are reported with the PASID that they get. */
	if (!iop_requester(&regs, &ip_memory, fault->rid, IOP_NO_PASID, &ring.who) &&
	    ring.who.pasid_used == pasid)
		pasid = IOP_NO_PASID;
	iop_dma(&regs, &ip_memory, fault->rid, pasid, fault->addr, fault->access != IOP_READ,
		&f->verdict);
	f->walked = true;
}

static void __iomem *record_at(const struct ip_unit *unit, unsigned int i)
{
	return unit->mmio + vtd_fault_offset(unit->regs.cap) + i * VTD_FRCD_BYTES;
}

/* Takes the pending records of a unit; @owned: it is this unit's interrupt. */
static void unit_take(const struct ip_unit *unit, u32 status, bool owned)
{
	unsigned int records = vtd_fault_records(unit->regs.cap), n, i;
	unsigned long *early = ring.early[unit->id];
	struct iop_fault fault;
	u64 lo, hi;

	i = FIELD_GET(VTD_FSTS_FRI, status);
	for (n = 0; n < records; n++, i++) {
		if (i >= records)
			i = 0;
		hi = readq(record_at(unit, i) + sizeof(u64));
		lo = readq(record_at(unit, i));
		if (!iop_vtd_fault(lo, hi, &fault))
			break;
		if (test_bit(i, early)) {
			if (owned)
				clear_bit(i, early);
			continue;
		}
		if (!owned) {
			set_bit(i, early);
			ring.any_early = true;
		}
		fault_add(unit, &fault);
	}
}

/* Of records that were taken early: are they still the same? */
static void forget_early(void)
{
	struct ip_unit *unit;
	unsigned int i;

	ring.any_early = false;
	ip_for_each_unit(unit) {
		for_each_set_bit(i, ring.early[unit->id], MAX_RECORDS) {
			if (readq(record_at(unit, i) + sizeof(u64)) & VTD_FRCD_HI_F)
				ring.any_early = true;
			else
				clear_bit(i, ring.early[unit->id]);
		}
	}
}

static u32 unit_status(const struct ip_unit *unit)
{
	u32 status = unit->regs.type == IOP_VTD ? readl(unit->mmio + VTD_REG_FSTS) : 0;

	/* All ones: the unit does not answer. */
	return status != ~0U && (status & VTD_FSTS_PPF) ? status : 0;
}

/*
 * Which unit is it? Its driver's pointer tells, once it has come while a single unit had
 * records pending. Before that, those of all units whose pointer is not known are taken,
 * and passed over when their own interrupt comes.
 */
static void faults_take(void *dev_id)
{
	struct ip_unit *unit, *found = NULL;
	unsigned int pending = 0;
	u32 status;

	if (ring.any_early)
		forget_early();
	ip_for_each_unit(unit) {
		if (ring.owner[unit->id] == dev_id) {
			found = unit;
			pending = 1;
			break;
		}
		if (!ring.owner[unit->id] && unit_status(unit)) {
			found = unit;
			pending++;
		}
	}
	if (pending == 1) {
		ring.owner[found->id] = dev_id;
		status = unit_status(found);
		if (status & VTD_FSTS_PFO)
			ring.overflows++;
		if (status)
			unit_take(found, status, true);
		return;
	}
	ip_for_each_unit(unit) {
		status = ring.owner[unit->id] ? 0 : unit_status(unit);
		if (status)
			unit_take(unit, status, false);
	}
}

static int faults_hit(struct kprobe *p, struct pt_regs *regs)
{
	void *dev_id = (void *)regs_get_kernel_argument(regs, 1);
	unsigned long irq;
	u64 seen;

	raw_spin_lock_irqsave(&ring.lock, irq);
	seen = ring.seen;
	faults_take(dev_id);
	seen -= ring.seen;
	raw_spin_unlock_irqrestore(&ring.lock, irq);
	if (seen)
		irq_work_queue(&faults_work);
	return 0;
}

static struct kprobe faults_probe = {
	.symbol_name = "dmar_fault",
	.pre_handler = faults_hit,
};

/* -- the file ---------------------------------------------------------------------------- */

/**
 * struct fault_reader - an open file
 * @fault:  a copy of the one to be shown
 * @lost:   how many were overwritten before this reader got to them
 * @text:   room for words
 */
struct fault_reader {
	struct fault fault;
	u64 lost;
	char text[256];
};

/* Position 0 is the header, that of a fault its number plus 1. */
static void *fault_at(struct fault_reader *r, loff_t *pos)
{
	u64 seq = *pos - 1, oldest;
	void *v = NULL;

	raw_spin_lock_irq(&ring.lock);
	oldest = ring.seen > RING ? ring.seen - RING : 0;
	r->lost = seq < oldest ? oldest - seq : 0;
	seq += r->lost;
	if (seq < ring.seen) {
		r->fault = ring.fault[seq % RING];
		v = r;
	}
	raw_spin_unlock_irq(&ring.lock);
	*pos = seq + 1;
	return v;
}

static void *faults_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? fault_at(m->private, pos) : SEQ_START_TOKEN;
}

static void *faults_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct fault_reader *r = m->private;

	if (v == SEQ_START_TOKEN) {
		/* Those that went before the reader came are no loss to him. */
		raw_spin_lock_irq(&ring.lock);
		*pos = (ring.seen > RING ? ring.seen - RING : 0) + 1;
		raw_spin_unlock_irq(&ring.lock);
	} else {
		++*pos;
	}
	return fault_at(r, pos);
}

static void faults_stop(struct seq_file *m, void *v)
{
}

static int show_head(struct seq_file *m)
{
	u64 seen, overflows;

	raw_spin_lock_irq(&ring.lock);
	seen = ring.seen;
	overflows = ring.overflows;
	raw_spin_unlock_irq(&ring.lock);
	seq_puts(m, "# iommu_probe faults 1\n"
		    "# seq time unit rid device pasid access address reason words | walk\n");
	seq_printf(m, "# seen=%llu dropped=%llu overflows=%llu ring=%u\n", seen,
		   seen > RING ? seen - RING : 0, overflows, RING);
	if (ring.why)
		seq_printf(m, "# not recording: %s (error %d)\n", ring.why, -ring.error);
	return 0;
}

static void show_walk(struct seq_file *m, struct fault_reader *r)
{
	const struct iop_verdict *v = &r->fault.verdict;
	unsigned int i;

	if (!r->fault.walked) {
		seq_puts(m, " | -");
		return;
	}
	seq_puts(m, " |");
	for (i = 0; i < v->steps; i++) {
		iop_step_word(v, i, r->text, sizeof(r->text));
		seq_printf(m, " %s", r->text);
	}
	/* What this walk would come to; another end than the fault's is a race. */
	seq_printf(m, " =%s", iop_outcome_name(v->outcome));
	if (v->outcome == IOP_FAULT)
		seq_printf(m, ":0x%02x", v->reason);
	else if (v->outcome == IOP_ALLOWED)
		seq_printf(m, ":0x%llx", v->phys);
}

static int faults_show(struct seq_file *m, void *v)
{
	struct fault_reader *r = m->private;
	const struct fault *f = &r->fault;
	const struct ip_unit *unit;
	char rid[IP_RID_NAME];
	struct ip_view view;
	u64 us = f->time;
	u32 ns;

	if (v == SEQ_START_TOKEN)
		return show_head(m);
	if (r->lost)
		seq_printf(m, "# lost %llu\n", r->lost);
	unit = &ip_units[f->unit];
	ip_rid_name(ip_key(unit->regs.segment, f->fault.rid), rid);
	ip_device_view(ip_key(unit->regs.segment, f->fault.rid), &view);
	ns = do_div(us, NSEC_PER_SEC);
	seq_printf(m, "%llu %llu.%06u %u %s %s ", f->seq, us, ns / (u32)NSEC_PER_USEC, f->unit, rid,
		   view.found ? rid : "-");
	if (f->fault.pasid == IOP_NO_PASID)
		seq_putc(m, '-');
	else
		seq_printf(m, "%u", f->fault.pasid);
	seq_printf(m, " %s 0x%016llx 0x%02x %s",
		   f->fault.interrupt ? "interrupt" : iop_access_name(f->fault.access),
		   f->fault.addr, f->fault.reason,
		   iop_reason_name(unit->regs.type, f->fault.reason));
	show_walk(m, r);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations faults_seq = {
	.start = faults_start,
	.next = faults_next,
	.stop = faults_stop,
	.show = faults_show,
};

static int faults_open(struct inode *inode, struct file *file)
{
	int ret = xlate_permitted(file);

	return ret ?: seq_open_private(file, &faults_seq, sizeof(struct fault_reader));
}

static __poll_t faults_poll(struct file *file, poll_table *wait)
{
	struct seq_file *m = file->private_data;
	u64 next = READ_ONCE(m->index);
	bool more;

	poll_wait(file, &faults_wait, wait);
	raw_spin_lock_irq(&ring.lock);
	more = !next || next - 1 < ring.seen;
	raw_spin_unlock_irq(&ring.lock);
	return more ? EPOLLIN | EPOLLRDNORM : 0;
}

const struct file_operations ip_faults_fops = {
	.owner = THIS_MODULE,
	.open = faults_open,
	.read = xlate_seq_read,
	.poll = faults_poll,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

int ip_faults_init(void)
{
	ring.fault = kvcalloc(RING, sizeof(*ring.fault), GFP_KERNEL);
	if (!ring.fault)
		return -ENOMEM;
	if (!ip_unit_count || ip_units[0].regs.type != IOP_VTD) {
		ring.why = ip_unit_count ? "AMD's driver has no function to hook into" :
					   "no IOMMU whose registers could be read";
		return 0;
	}
	ring.error = register_kprobe(&faults_probe);
	if (ring.error)
		ring.why = "no kprobe on dmar_fault";
	return 0;
}

void ip_faults_exit(void)
{
	/* Waits for handlers that are under way. */
	if (!ring.why)
		unregister_kprobe(&faults_probe);
	irq_work_sync(&faults_work);
	kvfree(ring.fault);
}

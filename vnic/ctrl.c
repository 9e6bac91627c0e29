// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control queue (VIRTIO 5.1.6.5). A command waits for the device's answer asleep, and not
 * for ever. The buffer of one that was not answered stays the device's until it is reset.
 */
#include <linux/slab.h>

#include "vnic.h"

/* How long a device may take for an answer. */
#define ANSWER_TIME (2 * HZ)

/* The buffer: what the device reads, and in a cache line of its own what it writes. */
#define CTRL_HEAD   sizeof(struct vnet_ctrl)
#define CTRL_ANSWER ALIGN(CTRL_HEAD + VNIC_COMMAND_MAX, SMP_CACHE_BYTES)
#define CTRL_SIZE   PAGE_ALIGN(CTRL_ANSWER + SMP_CACHE_BYTES)

/* Not a pointer to anything: the one buffer. */
#define CTRL_TOKEN ((void *)1)

static bool ctrl_kick(struct vnic *vn)
{
	return vn->packed ? drvq_kick(&vn->ctrl.vq.q, true) : drvq_kick(&vn->ctrl.vq.q, false);
}

static bool ctrl_get(struct vnic *vn)
{
	struct drvq_done done;

	return vn->packed ? drvq_get(&vn->ctrl.vq.q, true, &done) :
			    drvq_get(&vn->ctrl.vq.q, false, &done);
}

static bool ctrl_enable(struct vnic *vn)
{
	return vn->packed ? drvq_enable_cb(&vn->ctrl.vq.q, true, 0) :
			    drvq_enable_cb(&vn->ctrl.vq.q, false, 0);
}

/* Hands the command in the buffer to the device. */
static int ctrl_send(struct vnic *vn, size_t len)
{
	struct vnic_ctrl *c = &vn->ctrl;
	struct virtq_sg sg[3] = { { c->dma, CTRL_HEAD } };
	unsigned int outs = 1;
	unsigned long flags;
	int ret;

	/* In pieces of their own: devices read the class and the command first. */
	if (len)
		sg[outs++] = (struct virtq_sg){ c->dma + CTRL_HEAD, len };
	sg[outs] = (struct virtq_sg){ c->dma + CTRL_ANSWER, 1 };

	spin_lock_irqsave(&c->lock, flags);
	c->vq.q.now = jiffies;
	c->answered = false;
	ret = drvq_add(&c->vq.q, sg, outs, 1, CTRL_TOKEN);
	if (!ret && ctrl_kick(vn))
		vnic_notify(vn, &c->vq);
	spin_unlock_irqrestore(&c->lock, flags);
	return ret;
}

/* Takes answers. Return: whether there were any. */
static bool ctrl_take(struct vnic *vn)
{
	struct vnic_ctrl *c = &vn->ctrl;
	bool got, any = false;
	unsigned long flags;

	if (!c->vq.mem)
		return false;
	spin_lock_irqsave(&c->lock, flags);
	/* The next answer interrupts again; what came just now is seen here. */
	do {
		for (got = false; ctrl_get(vn); got = true) {
			WRITE_ONCE(c->answered, true);
			complete(&c->done);
		}
		any |= got;
	} while (!ctrl_enable(vn) && got);
	if (drvq_broken(&c->vq.q)) {
		/* Nobody waits for what cannot come any more. */
		WRITE_ONCE(c->on, false);
		complete(&c->done);
		vnic_vq_broken(vn, &c->vq, "the control queue");
	}
	spin_unlock_irqrestore(&c->lock, flags);
	return any;
}

/* The answer did not interrupt; is it there all the same? */
static bool ctrl_look(struct vnic *vn)
{
	ctrl_take(vn);
	if (!try_wait_for_completion(&vn->ctrl.done))
		return false;
	vn->ctrl.vq.lost_interrupts++;
	return true;
}

int vnic_command(struct vnic *vn, u8 class, u8 command, const void *data, size_t len)
{
	struct vnet_ctrl head = { .class = class, .command = command };
	struct vnic_ctrl *c = &vn->ctrl;
	u8 *answer;
	int ret;

	if (len > VNIC_COMMAND_MAX)
		return -EINVAL;
	mutex_lock(&c->mutex);
	if (!READ_ONCE(c->on)) {
		ret = -ENODEV;
		goto out;
	}
	answer = c->buf + CTRL_ANSWER;
	memcpy(c->buf, &head, CTRL_HEAD);
	memcpy(c->buf + CTRL_HEAD, data, len);
	WRITE_ONCE(*answer, 0xff);
	reinit_completion(&c->done);
	ret = ctrl_send(vn, len);
	if (ret)
		goto out;
	c->sent++;
	if (!wait_for_completion_timeout(&c->done, ANSWER_TIME) && !ctrl_look(vn)) {
		c->timeouts++;
		WRITE_ONCE(c->on, false);
		vnic_recover(vn, NULL, "no answer to command %u of class %u", command, class);
		ret = -ETIMEDOUT;
	} else if (!READ_ONCE(c->answered)) {
		ret = -ENODEV;
	} else if (READ_ONCE(*answer) != VNET_OK) {
		c->failed++;
		ret = -EIO;
	}
out:
	mutex_unlock(&c->mutex);
	return ret;
}

void vnic_ctrl_irq(struct vnic *vn)
{
	/* The vector may be the configuration's, too. */
	if (ctrl_take(vn))
		vn->ctrl.vq.q.counters.interrupts++;
}

int vnic_ctrl_up(struct vnic *vn)
{
	struct vnic_ctrl *c = &vn->ctrl;
	int ret;

	if (!vn->config.ctrl)
		return 0;
	ret = vnic_vq_alloc(vn, &c->vq, vn->config.ctrl, 64, 0);
	if (ret)
		return ret;
	/* Head, arguments, answer. */
	if (c->vq.q.num < 3) {
		vnic_vq_free(vn, &c->vq);
		return -ENODEV;
	}
	c->buf = vnic_dma_alloc(vn, CTRL_SIZE, &c->dma);
	if (!c->buf) {
		vnic_vq_free(vn, &c->vq);
		return -ENOMEM;
	}
	return 0;
}

void vnic_ctrl_stop(struct vnic *vn)
{
	WRITE_ONCE(vn->ctrl.on, false);
	complete(&vn->ctrl.done);
}

void vnic_ctrl_down(struct vnic *vn)
{
	struct vnic_ctrl *c = &vn->ctrl;

	/* A command under way has given up, or will. */
	mutex_lock(&c->mutex);
	WRITE_ONCE(c->on, false);
	if (c->vq.mem) {
		vnic_dma_free(vn, CTRL_SIZE, c->buf, c->dma);
		vnic_vq_free(vn, &c->vq);
	}
	mutex_unlock(&c->mutex);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An 82576 in memory, as far as the carving of it goes: registers that do something when
 * they are read or written, mailboxes, resets of functions, and the one DMA write that
 * matters for hygiene, the transmit head's. Both sides are there: the physical function's
 * BAR, and each virtual function's own.
 *
 * For KUnit and for the fuzzer: nothing of the kernel's is used.
 */
#ifndef _E82576_MODEL_H
#define _E82576_MODEL_H

#include "../sriov_demo/e82576_io.h"
#include "../sriov_demo/e82576_mbx.h"

/**
 * struct e82576_model - a card
 * @reg:      its registers, by byte offset / 4
 * @rate:     rate limits, by queue: RTTBCNRC as it was written for it
 * @vtivar:   VTIVAR of each virtual function
 * @gone:     it was pulled out
 * @events:   interrupts that the physical function would have had
 * @reads:    how often the PF's registers were read
 * @writes:   ... and written
 * @wb_count: head write-backs that the device has done
 * @wb_addr:  where the last one went
 * @wb_by:    whose requester ID it had
 * @bad:      an access that no driver may make: the offset, or 0
 * @hook:     called after the PF has read a register, so that a virtual function can do
 *	      something just then; may be NULL
 */
struct e82576_model {
	u32 reg[E82576_MMIO_SIZE / 4];
	u32 rate[E82576_QUEUES];
	u32 vtivar[E82576_POOLS];
	bool gone;
	unsigned int events;
	unsigned int reads;
	unsigned int writes;
	unsigned int wb_count;
	u64 wb_addr;
	unsigned int wb_by;
	u32 bad;
	void (*hook)(struct e82576_model *m, u32 reg);
};

static inline u32 *model_reg(struct e82576_model *m, u32 reg)
{
	return &m->reg[reg / 4];
}

/* What a reset of the card leaves (section 4.3; igb_mac_reg_init in QEMU). */
static inline void model_reset(struct e82576_model *m)
{
	unsigned int i;

	/* Counters and tables survive CTRL.RST in hardware; let all of it be something. */
	memset(m->reg, 0, sizeof(m->reg));
	memset(m->rate, 0, sizeof(m->rate));
	memset(m->vtivar, 0, sizeof(m->vtivar));
	*model_reg(m, E82576_STATUS) = E82576_STATUS_LU | E82576_STATUS_FD;
	*model_reg(m, E82576_RPLOLR) = BIT(31);
	*model_reg(m, E82576_VFRE) = 0xff;
	*model_reg(m, E82576_VFTE) = 0xff;
	*model_reg(m, E82576_MBVFIMR) = 0xff;
	for (i = 0; i < E82576_POOLS; i++) {
		*model_reg(m, E82576_VMOLR(i)) = 0x2600 | E82576_VMOLR_STRCRC;
		*model_reg(m, E82576_V2PMAILBOX(i)) = E82576_VMAILBOX_RSTI;
	}
	for (i = 0; i < E82576_QUEUES; i++) {
		*model_reg(m, E82576_RXDCTL(i)) = E82576_RXDCTL_RESET;
		*model_reg(m, E82576_TXCTL(i)) = E82576_TXCTL_RESET;
	}
	*model_reg(m, E82576_TXDCTL(0)) = E82576_TXDCTL_ENABLE;
}

/* A function-level reset, or the VF's own CTRL.RST: queues off, and no more (QEMU 10). */
static inline void model_vf_reset(struct e82576_model *m, unsigned int vf)
{
	unsigned int q;

	for (q = vf; q < E82576_QUEUES; q += E82576_POOLS) {
		*model_reg(m, E82576_RXDCTL(q)) &= ~E82576_RXDCTL_ENABLE;
		*model_reg(m, E82576_TXDCTL(q)) &= ~E82576_TXDCTL_ENABLE;
	}
	*model_reg(m, E82576_VFRE) &= ~BIT(vf);
	*model_reg(m, E82576_VFTE) &= ~BIT(vf);
	*model_reg(m, E82576_VFLRE) |= BIT(vf);
	m->events++;
}

/* The device sends what is between head and tail, and reports the head. */
static inline void model_transmit(struct e82576_model *m, unsigned int queue)
{
	u32 wbal = *model_reg(m, E82576_TDWBAL(queue));

	if (!(*model_reg(m, E82576_TXDCTL(queue)) & E82576_TXDCTL_ENABLE) ||
	    !(*model_reg(m, E82576_VFTE) & BIT(queue % E82576_POOLS)))
		return;
	*model_reg(m, E82576_TDH(queue)) = *model_reg(m, E82576_TDT(queue));
	if (!(wbal & E82576_TDWBAL_HEAD_WB_EN))
		return;
	m->wb_count++;
	m->wb_addr = (u64)*model_reg(m, E82576_TDWBAH(queue)) << 32 | (wbal & ~3U);
	m->wb_by = queue % E82576_POOLS;
}

static inline u32 model_read(void *ctx, u32 reg)
{
	struct e82576_model *m = ctx;
	u32 value;

	m->reads++;
	if (m->gone)
		return ~0U;
	if (reg % 4 || reg >= E82576_MMIO_SIZE) {
		m->bad = reg;
		return 0;
	}
	value = *model_reg(m, reg);
	if (m->hook)
		m->hook(m, reg);
	return value;
}

static inline void model_write_p2v(struct e82576_model *m, unsigned int vf, u32 value)
{
	u32 *p2v = model_reg(m, E82576_P2VMAILBOX(vf)), *v2p = model_reg(m, E82576_V2PMAILBOX(vf));

	if (value & E82576_P2VMAILBOX_STS)
		*v2p |= E82576_VMAILBOX_PFSTS;
	if (value & E82576_P2VMAILBOX_ACK)
		*v2p |= E82576_VMAILBOX_PFACK;
	if (!(value & E82576_P2VMAILBOX_PFU)) {
		*p2v &= ~E82576_P2VMAILBOX_PFU;
		*v2p &= ~E82576_VMAILBOX_PFU;
	} else if (!(*p2v & E82576_P2VMAILBOX_VFU)) {
		*p2v |= E82576_P2VMAILBOX_PFU;
		*v2p |= E82576_VMAILBOX_PFU;
	}
}

static inline void model_write(void *ctx, u32 reg, u32 value)
{
	struct e82576_model *m = ctx;
	unsigned int i;

	m->writes++;
	if (m->gone)
		return;
	if (reg % 4 || reg >= E82576_MMIO_SIZE) {
		m->bad = reg;
		return;
	}
	switch (reg) {
	case E82576_STATUS:
		return;
	case E82576_CTRL:
		if (value & E82576_CTRL_RST) {
			model_reset(m);
			return;
		}
		break;
	case E82576_MBVFICR:
	case E82576_VFLRE:
		*model_reg(m, reg) &= ~value;
		return;
	case E82576_CTRL_EXT:
		for (i = 0; value & E82576_CTRL_EXT_PFRSTD && i < E82576_POOLS; i++) {
			*model_reg(m, E82576_V2PMAILBOX(i)) &= ~E82576_VMAILBOX_RSTI;
			*model_reg(m, E82576_V2PMAILBOX(i)) |= E82576_VMAILBOX_RSTD;
		}
		break;
	case E82576_RTTBCNRC:
		i = *model_reg(m, E82576_RTTDQSEL);
		if (i < E82576_QUEUES)
			m->rate[i] = value;
		else
			m->bad = reg;
		break;
	}
	for (i = 0; i < E82576_POOLS; i++) {
		if (reg == E82576_P2VMAILBOX(i)) {
			model_write_p2v(m, i, value);
			return;
		}
	}
	*model_reg(m, reg) = value;
}

static __maybe_unused const struct e82576_io_ops model_ops = { model_read, model_write };

/* -- a virtual function's BAR ------------------------------------------------------------ */

/* Return: where a VF's register is among the PF's, or 0: there is none. */
static inline u32 model_vf_offset(unsigned int vf, u32 reg)
{
	unsigned int n;

	switch (reg) {
	case E82576_VTCTRL:
		return E82576_PVTCTRL(vf);
	case E82576_VTSTATUS:
	case E82576_VTFRTIMER:
		return reg;
	case E82576_VTEICS:
	case E82576_VTEIMS:
	case E82576_VTEIMC:
	case E82576_VTEIAC:
	case E82576_VTEIAM:
		return E82576_PVTEICS(vf) + reg - E82576_VTEICS;
	case E82576_VTEICR:
		return E82576_PVTEICR(vf);
	case E82576_VMAILBOX:
		return E82576_V2PMAILBOX(vf);
	case E82576_VFPSRTYPE:
		return E82576_PSRTYPE(vf);
	}
	if (reg >= E82576_VTEITR(0) && reg <= E82576_VTEITR(2))
		return E82576_EITR(22 - E82576_VF_VECTORS * vf) + reg - E82576_VTEITR(0);
	if (reg >= E82576_VBMEM && reg < E82576_VBMEM + 4 * E82576_MBX_WORDS)
		return E82576_VMBMEM(vf) + reg - E82576_VBMEM;
	if (reg >= E82576_VFGPRC && reg <= E82576_VFMPRC)
		return E82576_PVFGPRC(vf) + reg - E82576_VFGPRC;
	for (n = 0; n < 2; n++) {
		if (reg >= E82576_VF_RX(n) && reg < E82576_VF_RX(n) + 0x40)
			return E82576_RDBAL(vf + E82576_POOLS * n) + reg - E82576_VF_RX(n);
		if (reg >= E82576_VF_TX(n) && reg < E82576_VF_TX(n) + 0x40)
			return E82576_TDBAL(vf + E82576_POOLS * n) + reg - E82576_VF_TX(n);
	}
	return 0;
}

static inline u32 model_vf_read(struct e82576_model *m, unsigned int vf, u32 reg)
{
	u32 at = model_vf_offset(vf, reg), value;

	if (m->gone)
		return ~0U;
	if (reg == E82576_VTIVAR)
		return m->vtivar[vf];
	if (!at)
		return 0;
	value = *model_reg(m, at);
	if (reg == E82576_VMAILBOX)
		*model_reg(m, at) &=
			~(E82576_VMAILBOX_PFSTS | E82576_VMAILBOX_PFACK | E82576_VMAILBOX_RSTD);
	return value;
}

static inline void model_vf_write(struct e82576_model *m, unsigned int vf, u32 reg, u32 value)
{
	u32 *p2v = model_reg(m, E82576_P2VMAILBOX(vf)), *v2p = model_reg(m, E82576_V2PMAILBOX(vf));
	u32 at = model_vf_offset(vf, reg), entry;
	unsigned int n;

	if (m->gone)
		return;
	switch (reg) {
	case E82576_VTSTATUS:
	case E82576_VTFRTIMER:
		return;
	case E82576_VTCTRL:
		if (value & E82576_CTRL_RST)
			model_vf_reset(m, vf);
		return;
	case E82576_VMAILBOX:
		if (value & E82576_VMAILBOX_REQ) {
			*model_reg(m, E82576_MBVFICR) |= E82576_MBVFICR_VFREQ(vf);
			m->events++;
		}
		if (value & E82576_VMAILBOX_ACK) {
			*model_reg(m, E82576_MBVFICR) |= E82576_MBVFICR_VFACK(vf);
			m->events++;
		}
		if (!(value & E82576_VMAILBOX_VFU)) {
			*v2p &= ~E82576_VMAILBOX_VFU;
			*p2v &= ~E82576_P2VMAILBOX_VFU;
		} else if (!(*v2p & E82576_VMAILBOX_PFU)) {
			*v2p |= E82576_VMAILBOX_VFU;
			*p2v |= E82576_P2VMAILBOX_VFU;
		}
		return;
	case E82576_VTIVAR:
		m->vtivar[vf] = value;
		/* The first pair only, and nothing is ever taken back: as in QEMU. */
		for (n = 0; n < 2; n++) {
			entry = value >> (8 * n) & 0xff;
			if (entry & E82576_IVAR_VALID)
				*model_reg(m, E82576_IVAR(vf)) |=
					(E82576_IVAR_VALID |
					 (22 - E82576_VF_VECTORS * vf + (entry & 3)))
					<< (8 * n);
		}
		return;
	}
	if (reg >= E82576_VFGPRC && reg <= E82576_VFMPRC)
		return;
	if (!at)
		return;
	*model_reg(m, at) = value;
	for (n = vf; n < E82576_QUEUES; n += E82576_POOLS)
		if (at == E82576_TDT(n))
			model_transmit(m, n);
}

/* A driver's half of a message: take the buffer, fill it, tell the PF. */
static inline bool model_vf_post(struct e82576_model *m, unsigned int vf, const u32 *word,
				 unsigned int words)
{
	unsigned int i;

	model_vf_write(m, vf, E82576_VMAILBOX, E82576_VMAILBOX_VFU);
	if (!(model_vf_read(m, vf, E82576_VMAILBOX) & E82576_VMAILBOX_VFU))
		return false;
	for (i = 0; i < words; i++)
		model_vf_write(m, vf, E82576_VBMEM + 4 * i, word[i]);
	model_vf_write(m, vf, E82576_VMAILBOX, E82576_VMAILBOX_REQ);
	return true;
}

/* ... and its other half: what the PF has sent. Return: it has sent something. */
static inline bool model_vf_take(struct e82576_model *m, unsigned int vf, u32 *word,
				 unsigned int words)
{
	bool sent = *model_reg(m, E82576_V2PMAILBOX(vf)) & E82576_VMAILBOX_PFSTS;
	unsigned int i;

	model_vf_read(m, vf, E82576_VMAILBOX);
	for (i = 0; i < words; i++)
		word[i] = model_vf_read(m, vf, E82576_VBMEM + 4 * i);
	if (sent)
		model_vf_write(m, vf, E82576_VMAILBOX, E82576_VMAILBOX_ACK);
	return sent;
}

#endif /* _E82576_MODEL_H */

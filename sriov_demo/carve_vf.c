// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: one VF of a carved card: hygiene, what the administrator sets, counters. */
#include "carve.h"

/*
 * Everything that the last owner may have left in the registers of a VF. A reset of the
 * function turns its queues off, and that is all: where they lead, where the device reports
 * the head (TDWBAL, TDWBAH: an address in the last owner's memory, or in the next one's),
 * which vectors they raise and what is in the mailbox stays as it was.
 */
void carve_scrub(struct carve *c, unsigned int vf)
{
	struct e82576_io *io = &c->io;
	struct carve_vf *v = &c->vf[vf];
	unsigned int q, i;
	u32 value;

	for (q = vf; q < E82576_QUEUES; q += E82576_POOLS) {
		e82576_write(io, E82576_TXDCTL(q), 0);
		e82576_write(io, E82576_RXDCTL(q), E82576_RXDCTL_RESET);
		if (e82576_read(io, E82576_TDWBAL(q)) & E82576_TDWBAL_HEAD_WB_EN && !io->gone)
			v->events.scrubbed++;
		e82576_write(io, E82576_TDWBAL(q), 0);
		e82576_write(io, E82576_TDWBAH(q), 0);
		e82576_write(io, E82576_TXCTL(q), E82576_TXCTL_RESET);
		e82576_write(io, E82576_TDLEN(q), 0);
		e82576_write(io, E82576_TDBAL(q), 0);
		e82576_write(io, E82576_TDBAH(q), 0);
		e82576_write(io, E82576_TDH(q), 0);
		e82576_write(io, E82576_TDT(q), 0);
		value = e82576_read(io, E82576_RXCTL(q));
		e82576_write(io, E82576_RXCTL(q), value & ~E82576_RXCTL_DCA);
		e82576_write(io, E82576_RDLEN(q), 0);
		e82576_write(io, E82576_RDBAL(q), 0);
		e82576_write(io, E82576_RDBAH(q), 0);
		e82576_write(io, E82576_RDH(q), 0);
		e82576_write(io, E82576_RDT(q), 0);
		e82576_write(io, E82576_SRRCTL(q), 0);
	}
	e82576_write(io, E82576_PSRTYPE(vf), 0);
	/* Row n holds the vectors of the queues n and n + 8, which are all this VF's. */
	e82576_write(io, E82576_IVAR(vf), 0);
	value = BIT(E82576_VF_VECTORS) - 1;
	e82576_write(io, E82576_PVTEIMC(vf), value);
	e82576_write(io, E82576_PVTEIAC(vf), 0);
	e82576_write(io, E82576_PVTEIAM(vf), 0);
	e82576_write(io, E82576_PVTEICR(vf), value);
	for (i = 0; i < E82576_VF_VECTORS; i++)
		e82576_write(io, E82576_EITR(22 - E82576_VF_VECTORS * vf + i), 0);
}

/*
 * What is in the mailbox, unless somebody is writing it this moment, or it is the next
 * owner's first request: that overwrites it, and the answer to RESET does the rest.
 */
void carve_scrub_mailbox(struct carve *c, unsigned int vf)
{
	unsigned int i;

	if (!carve_lock(c, vf))
		return;
	/* Nobody can send a message now. */
	if (!(e82576_read(&c->io, E82576_MBVFICR) & E82576_MBVFICR_VFREQ(vf)))
		for (i = 0; i < E82576_MBX_WORDS; i++)
			e82576_write(&c->io, E82576_VMBMEM(vf) + 4 * i, 0);
	e82576_write(&c->io, E82576_P2VMAILBOX(vf), 0);
}

/* What the VF has asked for. What the administrator has set stays. */
void carve_forget(struct carve *c, unsigned int vf)
{
	struct carve_vf *v = &c->vf[vf];
	bool multicast = v->hashes;

	carve_vf_clear_macs(c, vf);
	carve_vf_clear_vlans(c, vf);
	v->hashes = 0;
	v->all_multi = false;
	v->max_frame = 0;
	v->queues = 1;
	if (multicast)
		carve_apply_multicast(c);
}

void carve_revoke(struct carve *c, unsigned int vf, enum carve_reason reason, u64 now)
{
	struct carve_vf *v = &c->vf[vf];

	if (v->state == CARVE_READY) {
		v->events.revoked++;
		carve_forget(c, vf);
		carve_enter(c, vf, CARVE_REVOKED, reason, now);
		v->nack_at = 0;
		v->ping = true;
	}
	carve_apply_vf(c, vf);
	carve_apply_pools(c);
}

/* A pool may move frames when its function is set up and its link not held down. */
void carve_apply_pools(struct carve *c)
{
	u32 pools = BIT(CARVE_PF);
	unsigned int i;

	if (!c->num_vfs) {
		pools = 0xff;
	} else {
		for (i = 0; i < c->num_vfs; i++)
			if (c->vf[i].state == CARVE_READY && c->vf[i].link != CARVE_LINK_DISABLE)
				pools |= BIT(i);
		/* One that was reset a moment ago has had its bit cleared, and must be scrubbed. */
		pools &= ~e82576_read(&c->io, E82576_VFLRE);
	}
	e82576_write(&c->io, E82576_VFRE, pools);
	e82576_write(&c->io, E82576_VFTE, pools);
}

/* Everything of one VF that is not in a shared table. */
void carve_apply_vf(struct carve *c, unsigned int vf)
{
	struct carve_vf *v = &c->vf[vf];
	struct carve_rar *rar = &c->rar[E82576_RARS - 1 - vf];
	u32 dtxswc = c->dtxswc;

	memcpy(rar->mac, v->mac, CARVE_MAC_LEN);
	rar->owner = carve_valid_mac(v->mac) ? vf : CARVE_NOBODY;
	carve_apply_rar(c, E82576_RARS - 1 - vf);

	e82576_write(&c->io, E82576_VMVIR(vf),
		     v->vlan || v->qos ? (v->vlan | v->qos << 13) | E82576_VMVIR_VLANA_DEFAULT : 0);
	carve_apply_vmolr(c, vf);

	dtxswc &= ~(E82576_DTXSWC_MACAS(vf) | E82576_DTXSWC_VLANAS(vf));
	if (v->spoofchk)
		dtxswc |= E82576_DTXSWC_MACAS(vf) | E82576_DTXSWC_VLANAS(vf);
	if (dtxswc != c->dtxswc) {
		c->dtxswc = dtxswc;
		e82576_write(&c->io, E82576_DTXSWC, dtxswc);
	}
}

/* A queue's limit: the factor link speed / rate, as integer and 14 binary places. */
static void carve_write_rate(struct carve *c, unsigned int queue, unsigned int rate)
{
	u32 value = 0;

	if (rate && c->speed > rate) {
		value = ((u32)c->speed << E82576_RTTBCNRC_RF_INT_SHIFT) / rate;
		value = (value & (E82576_RTTBCNRC_RF_INT | E82576_RTTBCNRC_RF_DEC)) |
			E82576_RTTBCNRC_RS_ENA;
	}
	e82576_write(&c->io, E82576_RTTDQSEL, queue);
	e82576_write(&c->io, E82576_RTTBCNRM, E82576_RTTBCNRM_JUMBO);
	e82576_write(&c->io, E82576_RTTBCNRC, value);
}

/*
 * The limit is a VF's, the hardware has one for each queue, and nothing keeps a VF from
 * using its second one: without a share of its own there, that queue would know no limit.
 */
void carve_apply_rate(struct carve *c, unsigned int vf)
{
	struct carve_vf *v = &c->vf[vf];
	unsigned int second = v->queues > 1 ? v->max_rate / 2 : 1;

	if (!v->max_rate || v->max_rate == 1)
		second = v->max_rate;
	carve_write_rate(c, vf, v->max_rate > 1 ? v->max_rate - second : v->max_rate);
	carve_write_rate(c, vf + E82576_POOLS, second);
}

/* Go on from what the hardware counts now; a reset may have set it back. */
void carve_rebase(struct carve *c, unsigned int vf)
{
	static const u32 reg[CARVE_COUNTERS] = {
		E82576_PVFGPRC(0), E82576_PVFGORC(0), E82576_PVFGPTC(0),
		E82576_PVFGOTC(0), E82576_PVFMPRC(0),
	};
	struct carve_vf *v = &c->vf[vf];
	u64 *total[CARVE_COUNTERS] = {
		&v->total.rx_packets, &v->total.rx_bytes,     &v->total.tx_packets,
		&v->total.tx_bytes,   &v->total.rx_multicast,
	};
	unsigned int n;

	for (n = 0; n < CARVE_COUNTERS; n++) {
		u32 value = e82576_read(&c->io, reg[n] + 0x100 * vf);

		if (c->io.gone)
			return;
		if (value >= v->last[n])
			*total[n] += value - v->last[n];
		v->last[n] = value;
	}
}

int carve_set_mac(struct carve *c, unsigned int vf, const u8 *mac, u64 now)
{
	unsigned int owner = carve_mac_owner(c, mac);
	struct carve_vf *v = &c->vf[vf];

	if (vf >= c->num_vfs)
		return -EINVAL;
	if (carve_zero_mac(mac)) {
		/* As igb: the driver chooses again, when it next says RESET. */
		memset(v->admin_mac, 0, sizeof(v->admin_mac));
		memset(v->mac, 0, sizeof(v->mac));
		carve_revoke(c, vf, CARVE_BY_MAC, now);
		return 0;
	}
	if (!carve_valid_mac(mac))
		return -EINVAL;
	if (owner == CARVE_PF || carve_mac_given(c, mac, vf))
		return -EADDRINUSE;
	/* It was not given this address, it only took it. */
	if (owner != CARVE_NOBODY && owner != vf)
		carve_evict(c, mac, now);
	memcpy(v->admin_mac, mac, CARVE_MAC_LEN);
	if (!memcmp(v->mac, mac, CARVE_MAC_LEN))
		return 0;
	memcpy(v->mac, mac, CARVE_MAC_LEN);
	carve_revoke(c, vf, CARVE_BY_MAC, now);
	return 0;
}

int carve_set_vlan(struct carve *c, unsigned int vf, u16 vlan, u8 qos, u64 now)
{
	struct carve_vf *v = &c->vf[vf];
	int ret;

	if (vf >= c->num_vfs || vlan > 4094 || qos > 7)
		return -EINVAL;
	if (v->vlan == vlan && v->qos == qos)
		return 0;
	/* Its own VLANs make room: a share has room for one at least. */
	carve_vf_clear_vlans(c, vf);
	if (v->vlan)
		carve_leave(c, vf, v->vlan);
	v->vlan = 0;
	v->qos = 0;
	ret = vlan ? carve_join(c, vf, vlan) : 0;
	if (!ret) {
		v->vlan = vlan;
		v->qos = qos;
	}
	carve_apply_priority(c);
	carve_revoke(c, vf, CARVE_BY_VLAN, now);
	return ret;
}

int carve_set_rate(struct carve *c, unsigned int vf, unsigned int rate)
{
	if (vf >= c->num_vfs || (rate && (!c->speed || rate > c->speed)))
		return -EINVAL;
	c->vf[vf].max_rate = rate;
	carve_apply_rate(c, vf);
	return 0;
}

int carve_set_spoofchk(struct carve *c, unsigned int vf, bool on)
{
	if (vf >= c->num_vfs)
		return -EINVAL;
	c->vf[vf].spoofchk = on;
	carve_apply_vf(c, vf);
	return 0;
}

int carve_set_trust(struct carve *c, unsigned int vf, bool on, u64 now)
{
	struct carve_vf *v = &c->vf[vf];

	if (vf >= c->num_vfs)
		return -EINVAL;
	if (v->trusted == on)
		return 0;
	v->trusted = on;
	if (on)
		return 0;
	/* What it got by being trusted it must not keep. */
	if (!carve_zero_mac(v->admin_mac))
		memcpy(v->mac, v->admin_mac, sizeof(v->mac));
	carve_revoke(c, vf, CARVE_BY_TRUST, now);
	return 0;
}

int carve_set_link(struct carve *c, unsigned int vf, enum carve_link link, u64 now)
{
	struct carve_vf *v = &c->vf[vf];

	if (vf >= c->num_vfs || link > CARVE_LINK_DISABLE)
		return -EINVAL;
	if (v->link == link)
		return 0;
	v->link = link;
	carve_apply_pools(c);
	v->ping = true;
	return 0;
}

void carve_release(struct carve *c, unsigned int vf, u64 now)
{
	struct carve_vf *v = &c->vf[vf];

	if (vf >= c->num_vfs)
		return;
	carve_rebase(c, vf);
	carve_forget(c, vf);
	memcpy(v->mac, v->admin_mac, sizeof(v->mac));
	carve_enter(c, vf, CARVE_RESET, CARVE_BY_RELEASE, now);
	v->nack_at = 0;
	v->sent_at = 0;
	v->ping = false;
	v->tries = 0;
	/* Off first: whoever had it may have left the queues running. */
	carve_apply_vf(c, vf);
	carve_apply_pools(c);
	carve_scrub(c, vf);
	carve_scrub_mailbox(c, vf);
	memset(&v->total, 0, sizeof(v->total));
}

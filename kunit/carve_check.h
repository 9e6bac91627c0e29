/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The invariants of a carved card, for KUnit and for the fuzzer: whatever one virtual
 * function did, nothing of the others' has changed; and tables and registers agree.
 */
#ifndef _CARVE_CHECK_H
#define _CARVE_CHECK_H

#include "../sriov_demo/carve.h"
#include "e82576_model.h"

/* Is @vlan some function's other than @vf? */
static inline bool check_vlan_others(const struct carve *c, unsigned int vlan, unsigned int vf)
{
	unsigned int i;

	if (!vlan || c->pf_mode & CARVE_PF_PROMISC || c->pf_vlan[vlan / 32] & BIT(vlan % 32))
		return true;
	for (i = 0; i < E82576_VLVFS; i++)
		if (c->vlvf[i].vlan == vlan && c->vlvf[i].pools & ~BIT(vf))
			return true;
	return false;
}

static inline bool check_hash_others(const struct carve *c, unsigned int hash, unsigned int vf)
{
	unsigned int i, n;

	if (c->pf_hash[hash / 32] & BIT(hash % 32))
		return true;
	for (i = 0; i < c->num_vfs; i++)
		for (n = 0; i != vf && n < c->vf[i].hashes; n++)
			if (c->vf[i].hash[n] == hash)
				return true;
	return false;
}

static inline bool check_within(u32 reg, u32 from, u32 size)
{
	return reg >= from && reg < from + size;
}

static inline bool check_rah(u32 value, unsigned int vf)
{
	return !(value & E82576_RAH_AV) || FIELD_GET(E82576_RAH_POOLSEL, value) == BIT(vf);
}

/*
 * May a register have gone from @was to @is by what @vf did? @c is the state before, whose
 * parts that are not @vf's have not changed.
 */
static inline bool check_register(const struct carve *c, unsigned int vf, u32 reg, u32 was, u32 is)
{
	u32 bits = was ^ is;
	unsigned int i, n;

	if (check_within(reg, E82576_VMBMEM(vf), 4 * E82576_MBX_WORDS) ||
	    reg == E82576_P2VMAILBOX(vf) || reg == E82576_V2PMAILBOX(vf) ||
	    reg == E82576_VMOLR(vf) || reg == E82576_VMVIR(vf) || reg == E82576_IVAR(vf) ||
	    reg == E82576_PSRTYPE(vf) || check_within(reg, E82576_PVTCTRL(vf), 0x100) ||
	    check_within(reg, E82576_EITR(22 - E82576_VF_VECTORS * vf), 4 * E82576_VF_VECTORS))
		return true;
	for (i = vf; i < E82576_QUEUES; i += E82576_POOLS)
		if (check_within(reg, E82576_RDBAL(i), 0x40) ||
		    check_within(reg, E82576_TDBAL(i), 0x40))
			return true;

	switch (reg) {
	case E82576_VFRE:
	case E82576_VFTE:
	case E82576_VFLRE:
	case E82576_MBVFIMR:
		return !(bits & ~BIT(vf));
	case E82576_MBVFICR:
		return !(bits & ~(BIT(vf) | BIT(vf + 16)));
	case E82576_DTXSWC:
		return !(bits & ~(E82576_DTXSWC_MACAS(vf) | E82576_DTXSWC_VLANAS(vf)));
	case E82576_RTTDQSEL:
	case E82576_RTTBCNRM:
	case E82576_RTTBCNRC:
		/* What counts is what each queue got. */
		return true;
	}
	for (i = 0; i < E82576_RARS; i++) {
		/* The upper half says whose it is. */
		if (reg == E82576_RAH(i))
			return check_rah(was, vf) && check_rah(is, vf);
		if (reg == E82576_RAL(i))
			return c->rar[i].owner == vf || c->rar[i].owner == CARVE_NOBODY;
	}
	for (i = 0; i < E82576_VLVFS; i++) {
		u32 own = E82576_VLVF_VI_EN | FIELD_PREP(E82576_VLVF_POOLSEL, BIT(vf));

		if (reg != E82576_VLVF(i))
			continue;
		/* The PF, when it wants all frames, is in all VLANs that there are. */
		if (c->pf_mode & CARVE_PF_PROMISC)
			own |= FIELD_PREP(E82576_VLVF_POOLSEL, BIT(CARVE_PF));
		/* Its own, or none, before and after; or just its bit. */
		return ((!was || (was & ~E82576_VLVF_VLAN_ID) == own) &&
			(!is || (is & ~E82576_VLVF_VLAN_ID) == own)) ||
		       bits == FIELD_PREP(E82576_VLVF_POOLSEL, BIT(vf));
	}
	if (check_within(reg, E82576_VFTA(0), 4 * E82576_VFTA_WORDS)) {
		for (n = 0; n < 32; n++)
			if (bits & BIT(n) &&
			    check_vlan_others(c, (reg - E82576_VFTA(0)) * 8 + n, vf))
				return false;
		return true;
	}
	if (check_within(reg, E82576_MTA(0), 4 * E82576_MTA_WORDS)) {
		for (n = 0; n < 32; n++)
			if (bits & BIT(n) &&
			    check_hash_others(c, (reg - E82576_MTA(0)) * 8 + n, vf))
				return false;
		return true;
	}
	return false;
}

/**
 * carve_check_only() - nothing but @vf has changed
 * @c0: the core before
 * @m0: the card before
 * @c:	the core now
 * @m:	the card now
 * @vf: who was active
 *
 * Return: NULL, or what has changed.
 */
static inline const char *carve_check_only(const struct carve *c0, const struct e82576_model *m0,
					   const struct carve *c, const struct e82576_model *m,
					   unsigned int vf)
{
	unsigned int i;

	if (m->bad)
		return "an access outside of the registers";
	for (i = 0; i < E82576_MAX_VFS; i++)
		if (i != vf && memcmp(&c0->vf[i], &c->vf[i], sizeof(c->vf[i])))
			return "state of another VF";
	for (i = 0; i < E82576_RARS; i++)
		if ((c0->rar[i].owner != vf && c0->rar[i].owner != CARVE_NOBODY &&
		     (c->rar[i].owner != c0->rar[i].owner ||
		      memcmp(c->rar[i].mac, c0->rar[i].mac, CARVE_MAC_LEN))) ||
		    (c0->rar[i].owner == CARVE_NOBODY && c->rar[i].owner != vf &&
		     c->rar[i].owner != CARVE_NOBODY))
			return "owner of an address";
	for (i = 0; i < E82576_VLVFS; i++)
		if ((c0->vlvf[i].pools ^ c->vlvf[i].pools) & ~BIT(vf) ||
		    (c0->vlvf[i].pools & ~BIT(vf) && c0->vlvf[i].vlan != c->vlvf[i].vlan))
			return "members of a VLAN";
	if (c0->num_vfs != c->num_vfs || c0->pf_macs != c->pf_macs || c0->pf_mode != c->pf_mode ||
	    c0->pf_frame != c->pf_frame || c0->mac_share != c->mac_share ||
	    c0->vlan_share != c->vlan_share || c0->link_up != c->link_up || c0->speed != c->speed ||
	    c0->uta != c->uta || memcmp(c0->pf_vlan, c->pf_vlan, sizeof(c->pf_vlan)) ||
	    memcmp(c0->pf_hash, c->pf_hash, sizeof(c->pf_hash)))
		return "what is the PF's";
	for (i = 0; i < E82576_QUEUES; i++)
		if (i % E82576_POOLS != vf && m0->rate[i] != m->rate[i])
			return "rate of another function";
	for (i = 0; i < E82576_MMIO_SIZE; i += 4)
		if (m0->reg[i / 4] != m->reg[i / 4] &&
		    !check_register(c0, vf, i, m0->reg[i / 4], m->reg[i / 4]))
			return "a register";
	return NULL;
}

/**
 * carve_check() - tables, shares and registers agree
 * @c: the core
 * @m: the card
 *
 * Return: NULL, or what does not agree.
 */
static inline const char *carve_check(const struct carve *c, const struct e82576_model *m)
{
	u32 pools = m->reg[E82576_VFRE / 4], want[E82576_MTA_WORDS];
	unsigned int i, n, macs, vlans;

	for (i = 0; i < E82576_RARS; i++) {
		const struct carve_rar *rar = &c->rar[i];
		u32 rah = m->reg[E82576_RAH(i) / 4];

		if (rar->owner == CARVE_NOBODY) {
			if (rah & E82576_RAH_AV)
				return "an address without an owner is on";
			continue;
		}
		if (!(rah & E82576_RAH_AV) ||
		    FIELD_GET(E82576_RAH_POOLSEL, rah) != BIT(c->num_vfs ? rar->owner : 0))
			return "an address is another's in the card";
		for (n = i + 1; n < E82576_RARS; n++)
			if (c->rar[n].owner != CARVE_NOBODY &&
			    !memcmp(rar->mac, c->rar[n].mac, CARVE_MAC_LEN))
				return "an address twice";
	}
	for (i = 0; i < c->num_vfs; i++) {
		const struct carve_vf *v = &c->vf[i];

		for (macs = 0, n = 1; n < E82576_RARS - c->num_vfs; n++)
			macs += c->rar[n].owner == i;
		for (vlans = 0, n = 1; n < E82576_VLVFS; n++)
			vlans += !!(c->vlvf[n].pools & BIT(i));
		if (macs != v->macs || macs > c->mac_share)
			return "more addresses than the share";
		if (vlans != v->vlans + !!v->vlan || vlans > c->vlan_share)
			return "more VLANs than the share";
		if (v->state != CARVE_READY && (v->hashes || v->all_multi || v->queues > 1 || macs))
			return "a VF that is not set up has filters";
		if (v->state != CARVE_READY || v->link == CARVE_LINK_DISABLE)
			if (pools & BIT(i) || m->reg[E82576_VFTE / 4] & BIT(i))
				return "a VF moves frames that must not";
		if (!v->trusted && m->reg[E82576_VMOLR(i) / 4] & E82576_VMOLR_MPME)
			return "all multicast frames without trust";
		if (m->reg[E82576_VMOLR(i) / 4] & E82576_VMOLR_ROPE)
			return "unknown unicast frames";
		if (v->vlan && m->reg[E82576_VMOLR(i) / 4] & E82576_VMOLR_AUPE)
			return "untagged frames in a port VLAN";
		if (m->reg[E82576_VMOLR(i) / 4] != c->vmolr[i])
			return "VMOLR";
		if (v->spoofchk != !!(m->reg[E82576_DTXSWC / 4] & E82576_DTXSWC_MACAS(i)))
			return "anti-spoofing";
	}
	for (i = 0; i < E82576_VLVFS && c->num_vfs; i++) {
		u32 vlvf = m->reg[E82576_VLVF(i) / 4];
		u32 members = c->vlvf[i].pools;

		if (members && c->pf_mode & CARVE_PF_PROMISC)
			members |= BIT(CARVE_PF);
		if (FIELD_GET(E82576_VLVF_POOLSEL, vlvf) != members ||
		    (members && (vlvf & E82576_VLVF_VLAN_ID) != c->vlvf[i].vlan))
			return "VLVF";
	}
	/* The gates of VLANs, and of hashes: open where somebody wants it, and only there. */
	memcpy(want, c->pf_vlan, sizeof(want));
	want[0] |= 1;
	for (i = 0; i < E82576_VLVFS; i++)
		if (c->vlvf[i].pools)
			want[c->vlvf[i].vlan / 32] |= BIT(c->vlvf[i].vlan % 32);
	if (c->pf_mode & CARVE_PF_PROMISC)
		memset(want, 0xff, sizeof(want));
	if (memcmp(want, &m->reg[E82576_VFTA(0) / 4], sizeof(want)))
		return "VFTA";
	memcpy(want, c->pf_hash, sizeof(want));
	for (i = 0; i < c->num_vfs; i++)
		for (n = 0; n < c->vf[i].hashes; n++)
			want[c->vf[i].hash[n] / 32] |= BIT(c->vf[i].hash[n] % 32);
	if (memcmp(want, &m->reg[E82576_MTA(0) / 4], sizeof(want)))
		return "MTA";
	return NULL;
}

#endif /* _CARVE_CHECK_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pure core: the tables by which the card decides who gets a frame. All functions share
 * them, so each entry has an owner and each function a share.
 *
 * A frame goes to the pools that its address chooses (RAL and RAH, else MTA; VMOLR for
 * broadcast), less those that are not in its VLAN (VLVF), and less those that are off (VFRE);
 * sections 7.10.3.3 to 7.10.3.5. Behind a multicast hash there are many addresses: a pool
 * that wants any of them gets what others want, too. That is how the hardware is, and why
 * the stack looks again.
 */
#include "carve.h"

bool carve_zero_mac(const u8 *mac)
{
	return !(mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

bool carve_valid_mac(const u8 *mac)
{
	return !(mac[0] & 1) && !carve_zero_mac(mac);
}

/* -- addresses ------------------------------------------------------------------------ */

void carve_apply_rar(struct carve *c, unsigned int i)
{
	struct carve_rar *rar = &c->rar[i];
	/* Without IOV mode there is one pool, which is 0. */
	unsigned int pool = c->num_vfs ? rar->owner : 0;
	u32 words[2] = { 0 };

	if (rar->owner != CARVE_NOBODY) {
		mbx_put_mac(words, rar->mac);
		words[1] |= E82576_RAH_AV | FIELD_PREP(E82576_RAH_POOLSEL, BIT(pool));
	}
	/* Invalid while half of it is new. */
	e82576_write(&c->io, E82576_RAH(i), 0);
	e82576_write(&c->io, E82576_RAL(i), words[0]);
	e82576_write(&c->io, E82576_RAH(i), words[1]);
}

/* Return: who has this address, or CARVE_NOBODY. */
unsigned int carve_mac_owner(const struct carve *c, const u8 *mac)
{
	unsigned int i;

	for (i = 0; i < E82576_RARS; i++)
		if (c->rar[i].owner != CARVE_NOBODY && !memcmp(c->rar[i].mac, mac, CARVE_MAC_LEN))
			return c->rar[i].owner;
	return CARVE_NOBODY;
}

/* Has the administrator given this address to a VF, @but one, whether or not it is in use? */
bool carve_mac_given(const struct carve *c, const u8 *mac, unsigned int but)
{
	unsigned int i;

	for (i = 0; i < c->num_vfs; i++)
		if (i != but && !memcmp(c->vf[i].admin_mac, mac, CARVE_MAC_LEN))
			return true;
	return false;
}

/* May a VF use addresses of its own choice? */
static bool carve_may_choose(const struct carve_vf *v)
{
	return v->trusted || carve_zero_mac(v->admin_mac);
}

/* Take an address away from VFs that have chosen it by themselves. */
void carve_evict(struct carve *c, const u8 *mac, u64 now)
{
	unsigned int i, owner;

	for (i = 1; i < E82576_RARS; i++) {
		owner = c->rar[i].owner;
		if (owner >= c->num_vfs || memcmp(c->rar[i].mac, mac, CARVE_MAC_LEN))
			continue;
		if (i == E82576_RARS - 1 - owner) {
			memcpy(c->vf[owner].mac, c->vf[owner].admin_mac, CARVE_MAC_LEN);
		} else {
			c->rar[i].owner = CARVE_NOBODY;
			carve_apply_rar(c, i);
			c->vf[owner].macs--;
		}
		carve_revoke(c, owner, CARVE_BY_EVICTION, now);
	}
}

/* One of the further addresses of a function is no longer. Return: whether it was one. */
static bool carve_drop_mac(struct carve *c, unsigned int owner, const u8 *mac)
{
	unsigned int i;

	for (i = 1; i < E82576_RARS - c->num_vfs; i++) {
		if (c->rar[i].owner != owner || memcmp(c->rar[i].mac, mac, CARVE_MAC_LEN))
			continue;
		c->rar[i].owner = CARVE_NOBODY;
		carve_apply_rar(c, i);
		return true;
	}
	return false;
}

/* An entry that nobody's first address needs. Return: its number, or 0. */
static unsigned int carve_free_rar(const struct carve *c)
{
	unsigned int i;

	for (i = 1; i < E82576_RARS - c->num_vfs; i++)
		if (c->rar[i].owner == CARVE_NOBODY)
			return i;
	return 0;
}

enum carve_verdict carve_vf_mac(struct carve *c, unsigned int vf, const u8 *mac)
{
	struct carve_vf *v = &c->vf[vf];
	unsigned int owner;

	if (!carve_valid_mac(mac))
		return CARVE_BAD_MAC;
	if (!memcmp(v->mac, mac, CARVE_MAC_LEN))
		return CARVE_OK;
	if (!carve_may_choose(v))
		return CARVE_MAC_FIXED;
	owner = carve_mac_owner(c, mac);
	if ((owner != CARVE_NOBODY && owner != vf) || carve_mac_given(c, mac, vf))
		return CARVE_MAC_TAKEN;
	/* One of its own further addresses becomes the first. */
	if (owner == vf && carve_drop_mac(c, vf, mac))
		v->macs--;
	memcpy(v->mac, mac, CARVE_MAC_LEN);
	carve_apply_vf(c, vf);
	return CARVE_OK;
}

enum carve_verdict carve_vf_add_mac(struct carve *c, unsigned int vf, const u8 *mac)
{
	struct carve_vf *v = &c->vf[vf];
	unsigned int owner, i;

	if (!carve_valid_mac(mac))
		return CARVE_BAD_MAC;
	owner = carve_mac_owner(c, mac);
	if (owner == vf)
		return CARVE_OK;
	if (!carve_may_choose(v))
		return CARVE_MAC_FIXED;
	if (owner != CARVE_NOBODY || carve_mac_given(c, mac, vf))
		return CARVE_MAC_TAKEN;
	i = v->macs < c->mac_share ? carve_free_rar(c) : 0;
	if (!i)
		return CARVE_NO_ROOM;
	memcpy(c->rar[i].mac, mac, CARVE_MAC_LEN);
	c->rar[i].owner = vf;
	v->macs++;
	carve_apply_rar(c, i);
	return CARVE_OK;
}

void carve_vf_clear_macs(struct carve *c, unsigned int vf)
{
	unsigned int i;

	for (i = 1; i < E82576_RARS - c->num_vfs; i++) {
		if (c->rar[i].owner != vf)
			continue;
		c->rar[i].owner = CARVE_NOBODY;
		carve_apply_rar(c, i);
	}
	c->vf[vf].macs = 0;
}

int carve_pf_set_mac(struct carve *c, const u8 *mac, u64 now)
{
	if (carve_mac_given(c, mac, CARVE_PF))
		return -EADDRINUSE;
	if (carve_mac_owner(c, mac) < c->num_vfs)
		carve_evict(c, mac, now);
	/* One of its own further addresses becomes the first. */
	carve_pf_del_mac(c, mac);
	memcpy(c->rar[0].mac, mac, CARVE_MAC_LEN);
	carve_apply_rar(c, 0);
	return 0;
}

int carve_pf_add_mac(struct carve *c, const u8 *mac, u64 now)
{
	unsigned int owner = carve_mac_owner(c, mac), i;
	unsigned int share = E82576_RARS - 1 - c->num_vfs - c->num_vfs * c->mac_share;

	if (!carve_valid_mac(mac))
		return -EINVAL;
	if (owner == CARVE_PF)
		return 0;
	if (carve_mac_given(c, mac, CARVE_PF))
		return -EADDRINUSE;
	if (owner != CARVE_NOBODY)
		carve_evict(c, mac, now);
	i = c->pf_macs < share ? carve_free_rar(c) : 0;
	if (!i)
		return -ENOSPC;
	memcpy(c->rar[i].mac, mac, CARVE_MAC_LEN);
	c->rar[i].owner = CARVE_PF;
	c->pf_macs++;
	carve_apply_rar(c, i);
	return 0;
}

void carve_pf_del_mac(struct carve *c, const u8 *mac)
{
	if (carve_drop_mac(c, CARVE_PF, mac))
		c->pf_macs--;
}

/* -- VLANs ------------------------------------------------------------------------------ */

static void carve_write_vfta(struct carve *c, unsigned int word, u32 value)
{
	if (c->vfta[word] == value)
		return;
	c->vfta[word] = value;
	e82576_write(&c->io, E82576_VFTA(word), value);
}

/* Is any function in this VLAN? The PF, when it wants all frames, is in all of them. */
static bool carve_vlan_used(const struct carve *c, u16 vlan)
{
	unsigned int i;

	if (!vlan || c->pf_mode & CARVE_PF_PROMISC || c->pf_vlan[vlan / 32] & BIT(vlan % 32))
		return true;
	for (i = 0; i < E82576_VLVFS; i++)
		if (c->vlvf[i].pools && c->vlvf[i].vlan == vlan)
			return true;
	return false;
}

static void carve_apply_vlan(struct carve *c, u16 vlan)
{
	u32 bit = BIT(vlan % 32), word = c->vfta[vlan / 32];

	carve_write_vfta(c, vlan / 32, carve_vlan_used(c, vlan) ? word | bit : word & ~bit);
}

static void carve_apply_vlvf(struct carve *c, unsigned int i)
{
	struct carve_vlvf *e = &c->vlvf[i];
	u32 pools = e->pools;

	if (pools && c->pf_mode & CARVE_PF_PROMISC)
		pools |= BIT(CARVE_PF);
	e82576_write(&c->io, E82576_VLVF(i),
		     pools ? e->vlan | FIELD_PREP(E82576_VLVF_POOLSEL, pools) | E82576_VLVF_VI_EN :
			     0);
}

/* VLAN 0 is a priority without a VLAN: for all but those whose VLAN is set for them. */
void carve_apply_priority(struct carve *c)
{
	unsigned int i;

	c->vlvf[0].vlan = 0;
	c->vlvf[0].pools = c->num_vfs ? BIT(CARVE_PF) : 0;
	for (i = 0; i < c->num_vfs; i++)
		if (!c->vf[i].vlan)
			c->vlvf[0].pools |= BIT(i);
	carve_apply_vlvf(c, 0);
}

/* Return: the entry of this VLAN, or a free one if @make, or 0. Entry 0 is VLAN 0's. */
static unsigned int carve_find_vlvf(const struct carve *c, u16 vlan, bool make)
{
	unsigned int i, empty = 0;

	for (i = 1; i < E82576_VLVFS; i++) {
		if (c->vlvf[i].pools && c->vlvf[i].vlan == vlan)
			return i;
		if (!c->vlvf[i].pools && !empty)
			empty = i;
	}
	return make ? empty : 0;
}

/* Return: 0, or -ENOSPC. Shares are so that a VF within its own never gets that. */
int carve_join(struct carve *c, unsigned int owner, u16 vlan)
{
	unsigned int i, used = 0;

	if (owner == CARVE_PF) {
		for (i = 1; i < E82576_VLVFS; i++)
			used += !!(c->vlvf[i].pools & BIT(CARVE_PF));
		/* Without an entry it still gets unicast frames, as the default pool. */
		if (used >= E82576_VLVFS - 1 - c->num_vfs * c->vlan_share)
			return -ENOSPC;
	}
	i = carve_find_vlvf(c, vlan, true);
	if (!i)
		return -ENOSPC;
	c->vlvf[i].vlan = vlan;
	c->vlvf[i].pools |= BIT(owner);
	carve_apply_vlvf(c, i);
	carve_apply_vlan(c, vlan);
	return 0;
}

void carve_leave(struct carve *c, unsigned int owner, u16 vlan)
{
	unsigned int i = carve_find_vlvf(c, vlan, false);

	if (!i)
		return;
	c->vlvf[i].pools &= ~BIT(owner);
	/* The gate first: what is in no entry falls to the default pool. */
	carve_apply_vlan(c, vlan);
	carve_apply_vlvf(c, i);
}

enum carve_verdict carve_vf_vlan(struct carve *c, unsigned int vf, u16 vlan, bool on)
{
	struct carve_vf *v = &c->vf[vf];
	unsigned int i;

	if (v->vlan || v->qos)
		return CARVE_PORT_VLAN;
	/* Priority without a VLAN: everybody has that. */
	if (!vlan)
		return CARVE_OK;
	i = carve_find_vlvf(c, vlan, false);
	if (!!(i && c->vlvf[i].pools & BIT(vf)) == on)
		return CARVE_OK;
	if (!on) {
		carve_leave(c, vf, vlan);
		v->vlans--;
		return CARVE_OK;
	}
	if (v->vlans >= c->vlan_share || carve_join(c, vf, vlan))
		return CARVE_NO_ROOM;
	v->vlans++;
	return CARVE_OK;
}

void carve_vf_clear_vlans(struct carve *c, unsigned int vf)
{
	unsigned int i;

	for (i = 1; i < E82576_VLVFS && c->vf[vf].vlans; i++) {
		if (!(c->vlvf[i].pools & BIT(vf)))
			continue;
		carve_leave(c, vf, c->vlvf[i].vlan);
		c->vf[vf].vlans--;
	}
}

void carve_pf_set_vlan(struct carve *c, u16 vlan, bool on)
{
	vlan %= 4096;
	if (on)
		c->pf_vlan[vlan / 32] |= BIT(vlan % 32);
	else
		c->pf_vlan[vlan / 32] &= ~BIT(vlan % 32);
	if (c->num_vfs && vlan) {
		if (on)
			carve_join(c, CARVE_PF, vlan);
		else
			carve_leave(c, CARVE_PF, vlan);
	}
	carve_apply_vlan(c, vlan);
}

/* -- multicast ------------------------------------------------------------------------------ */

void carve_apply_multicast(struct carve *c)
{
	u32 mta[E82576_MTA_WORDS];
	unsigned int i, n;

	memcpy(mta, c->pf_hash, sizeof(mta));
	for (i = 0; i < c->num_vfs; i++)
		for (n = 0; n < c->vf[i].hashes; n++)
			mta[c->vf[i].hash[n] / 32] |= BIT(c->vf[i].hash[n] % 32);
	for (i = 0; i < E82576_MTA_WORDS; i++) {
		if (c->mta[i] == mta[i])
			continue;
		c->mta[i] = mta[i];
		e82576_write(&c->io, E82576_MTA(i), mta[i]);
	}
}

void carve_pf_set_multicast(struct carve *c, const u32 *hash)
{
	memcpy(c->pf_hash, hash, sizeof(c->pf_hash));
	carve_apply_multicast(c);
	carve_apply_vmolr(c, CARVE_PF);
}

/* -- what each pool takes ---------------------------------------------------------------------- */

static u32 carve_pf_vmolr(const struct carve *c)
{
	u32 value = E82576_VMOLR_BAM | E82576_VMOLR_AUPE | E82576_VMOLR_STRCRC;
	unsigned int i;

	value |= E82576_VMOLR_LPE | FIELD_PREP(E82576_VMOLR_RLPML, c->pf_frame);
	if (c->pf_mode & CARVE_PF_STRIP)
		value |= E82576_VMOLR_STRVLAN;
	if (c->pf_mode & CARVE_PF_RSS && c->num_vfs)
		value |= E82576_VMOLR_RSSE;
	if (c->pf_mode & CARVE_PF_PROMISC)
		value |= E82576_VMOLR_MPME | E82576_VMOLR_ROPE;
	if (c->pf_mode & CARVE_PF_ALL_MULTI)
		value |= E82576_VMOLR_MPME;
	for (i = 0; i < E82576_MTA_WORDS; i++)
		if (c->pf_hash[i])
			value |= E82576_VMOLR_ROMPE;
	return value;
}

static u32 carve_vf_vmolr(const struct carve_vf *v)
{
	u32 value = E82576_VMOLR_BAM | E82576_VMOLR_STRCRC;

	/* In a port VLAN there are no untagged frames, and the VF sees no tags. */
	if (!v->vlan)
		value |= E82576_VMOLR_AUPE;
	if (v->vlan || v->vlans)
		value |= E82576_VMOLR_STRVLAN;
	if (v->max_frame)
		value |= E82576_VMOLR_LPE | FIELD_PREP(E82576_VMOLR_RLPML, v->max_frame);
	else
		value |= FIELD_PREP(E82576_VMOLR_RLPML, CARVE_STD_FRAME);
	if (v->all_multi)
		value |= E82576_VMOLR_MPME;
	if (v->hashes)
		value |= E82576_VMOLR_ROMPE;
	if (v->queues > 1)
		value |= E82576_VMOLR_RSSE;
	return value;
}

/* @pool: a VF's, or CARVE_PF, which without IOV mode is all of them. */
void carve_apply_vmolr(struct carve *c, unsigned int pool)
{
	unsigned int i, first = pool, last = pool;
	u32 value;

	if (pool < c->num_vfs) {
		value = carve_vf_vmolr(&c->vf[pool]);
	} else {
		value = carve_pf_vmolr(c);
		first = c->num_vfs ? CARVE_PF : 0;
		last = CARVE_PF;
	}
	for (i = first; i <= last; i++) {
		if (c->vmolr[i] == value)
			continue;
		c->vmolr[i] = value;
		e82576_write(&c->io, E82576_VMOLR(i), value);
	}
}

/* What the PF takes, as far as it is not VMOLR's matter. */
static void carve_apply_mode(struct carve *c)
{
	bool iov = c->num_vfs, all = c->pf_mode & CARVE_PF_PROMISC;
	u32 rctl, ctrl;
	unsigned int i;

	rctl = e82576_read(&c->io, E82576_RCTL);
	rctl &= ~(E82576_RCTL_UPE | E82576_RCTL_MPE | E82576_RCTL_VFE);
	if (all)
		rctl |= E82576_RCTL_UPE | E82576_RCTL_MPE;
	if (c->pf_mode & CARVE_PF_ALL_MULTI)
		rctl |= E82576_RCTL_MPE;
	/* The gate between VLANs is never opened while there are VFs. */
	if (iov || !all)
		rctl |= E82576_RCTL_VFE;
	e82576_write(&c->io, E82576_RCTL, rctl);

	e82576_write(&c->io, E82576_RLPML, iov ? E82576_MAX_FRAME : c->pf_frame);
	/* Stripping is the pools' matter in IOV mode, the card's otherwise. */
	ctrl = e82576_read(&c->io, E82576_CTRL) & ~E82576_CTRL_VME;
	if (!iov && c->pf_mode & CARVE_PF_STRIP)
		ctrl |= E82576_CTRL_VME;
	e82576_write(&c->io, E82576_CTRL, ctrl);

	/* Unicast frames to unknown addresses: by hash, which lets all of them through. */
	if (c->uta != (iov && all)) {
		c->uta = iov && all;
		for (i = 0; i < E82576_UTA_WORDS; i++)
			e82576_write(&c->io, E82576_UTA(i), c->uta ? ~0U : 0);
	}
}

/* The gate: a bit for each VLAN that anybody is in. */
static void carve_apply_vfta(struct carve *c)
{
	bool all = c->pf_mode & CARVE_PF_PROMISC;
	u32 vfta[E82576_VFTA_WORDS];
	unsigned int i;

	memcpy(vfta, c->pf_vlan, sizeof(vfta));
	vfta[0] |= 1;
	for (i = 0; i < E82576_VLVFS; i++)
		if (c->vlvf[i].pools)
			vfta[c->vlvf[i].vlan / 32] |= BIT(c->vlvf[i].vlan % 32);
	for (i = 0; i < E82576_VFTA_WORDS; i++)
		carve_write_vfta(c, i, all ? ~0U : vfta[i]);
}

void carve_pf_set_mode(struct carve *c, unsigned int mode, u16 frame)
{
	bool turn = (mode ^ c->pf_mode) & CARVE_PF_PROMISC;
	unsigned int i;

	c->pf_mode = mode;
	c->pf_frame = frame;
	carve_apply_mode(c);
	carve_apply_vmolr(c, CARVE_PF);
	if (!turn)
		return;
	carve_apply_vfta(c);
	for (i = 0; c->num_vfs && i < E82576_VLVFS; i++)
		carve_apply_vlvf(c, i);
}

/* All tables, after a reset that may have left anything there. */
void carve_apply_filters(struct carve *c)
{
	unsigned int i;

	for (i = 0; i < E82576_VFTA_WORDS; i++) {
		c->vfta[i] = 0;
		e82576_write(&c->io, E82576_VFTA(i), 0);
	}
	carve_apply_priority(c);
	for (i = 1; i < E82576_VLVFS; i++)
		carve_apply_vlvf(c, i);
	carve_apply_vfta(c);

	for (i = 0; i < E82576_MTA_WORDS; i++) {
		c->mta[i] = 0;
		e82576_write(&c->io, E82576_MTA(i), 0);
	}
	carve_apply_multicast(c);
	for (i = 0; i < E82576_UTA_WORDS; i++)
		e82576_write(&c->io, E82576_UTA(i), 0);
	c->uta = false;

	for (i = 0; i < E82576_RARS; i++)
		carve_apply_rar(c, i);
	for (i = 0; i < E82576_POOLS; i++) {
		c->vmolr[i] = 0;
		e82576_write(&c->io, E82576_VMOLR(i), 0);
	}
	for (i = 0; i < c->num_vfs; i++)
		carve_apply_vmolr(c, i);
	carve_apply_vmolr(c, CARVE_PF);
	carve_apply_mode(c);
}

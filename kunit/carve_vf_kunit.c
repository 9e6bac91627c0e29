// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: the life of virtual functions: hand-over, the administrator, the shared tables. */
#include <linux/module.h>

#include "carve_suite.h"

#include "../sriov_demo/carve.c"
#include "../sriov_demo/carve_vf.c"
#include "../sriov_demo/carve_mbx.c"
#include "../sriov_demo/carve_filter.c"
#include "../sriov_demo/carve_names.c"

#define INFO(n) ((u32)(n) << 16)
#define GOOD	(MBX_ACK | MBX_CTS)
#define BAD	(MBX_NACK | MBX_CTS)

static void vf_pools(struct kunit *test)
{
	struct bench *b = bench_new(test, 3);
	unsigned int q;

	for (q = 0; q < E82576_QUEUES; q++)
		KUNIT_EXPECT_EQ(test, carve_owner(b->c, q), q % 8 < 3 ? q % 8 : CARVE_PF);
	KUNIT_EXPECT_EQ(test, FIELD_GET(E82576_VT_CTL_DEF_PL, bench_reg(b, E82576_VT_CTL)),
			CARVE_PF);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_VT_CTL) & E82576_VT_CTL_REPLICATION);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_DTXSWC) & E82576_DTXSWC_LOOPBACK_EN);
	/* A VF without descriptors stops nobody. */
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_QDE), 0xffff);
	/* The PF may send what it likes: it speaks for others, too. */
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_DTXSWC) & 0xffff, 0x0707);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_CTRL_EXT) & E82576_CTRL_EXT_PFRSTD);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_V2PMAILBOX(0)) & E82576_VMAILBOX_RSTI);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_RAH(0)) >> 16,
			(E82576_RAH_AV | FIELD_PREP(E82576_RAH_POOLSEL, BIT(CARVE_PF))) >> 16);
	EXPECT_SOUND(b);

	/* Without VFs all is the PF's. */
	b = bench_new(test, 0);
	for (q = 0; q < E82576_QUEUES; q++)
		KUNIT_EXPECT_EQ(test, carve_owner(b->c, q), CARVE_PF);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VT_CTL), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_DTXSWC), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_QDE), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_IOVCTL), E82576_IOVCTL_REUSE_VFQ);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFRE), 0xff);
	EXPECT_SOUND(b);
}

/* A driver that sets up its first queue as igbvf does: no word about head write-back. */
static void vf_start_queue(struct bench *b, unsigned int vf)
{
	u32 tx = E82576_VF_TX(0);

	model_vf_write(b->m, vf, tx + E82576_Q_LEN, 4096);
	model_vf_write(b->m, vf, tx + E82576_Q_BAL, 0x1000);
	model_vf_write(b->m, vf, tx + E82576_Q_HEAD, 0);
	model_vf_write(b->m, vf, tx + E82576_Q_TAIL, 0);
	model_vf_write(b->m, vf, tx + E82576_Q_DCTL, E82576_TXDCTL_ENABLE);
}

static void vf_send(struct bench *b, unsigned int vf)
{
	u32 tail = E82576_VF_TX(0) + E82576_Q_TAIL;

	model_vf_write(b->m, vf, tail, model_vf_read(b->m, vf, tail) + 1);
}

/* Headline: an owner leaves a DMA address behind. With a PF driver that does not look, the */
/* next owner's first frame makes the device write there; with ours it does not. */
static void vf_head_write_back(struct kunit *test)
{
	struct bench *b = bench_new(test, 1);
	u32 tx = E82576_VF_TX(0);

	bench_ready(b, 0);
	vf_start_queue(b, 0);
	model_vf_write(b->m, 0, tx + E82576_Q_WBAH, 0x12);
	model_vf_write(b->m, 0, tx + E82576_Q_WBAL, 0x34567000 | E82576_TDWBAL_HEAD_WB_EN);
	vf_send(b, 0);
	KUNIT_EXPECT_EQ(test, b->m->wb_count, 1);
	KUNIT_EXPECT_EQ(test, b->m->wb_addr, 0x1234567000ULL);

	/* The function is reset, and that is all that the hardware does. */
	bench_remember(b);
	model_vf_reset(b->m, 0);
	*model_reg(b->m, E82576_VFLRE) = 0;
	*model_reg(b->m, E82576_VFTE) |= 1;
	vf_start_queue(b, 0);
	vf_send(b, 0);
	KUNIT_EXPECT_EQ(test, b->m->wb_count, 2);

	/* The same with the PF's driver at work. */
	memcpy(b->m, b->m0, sizeof(*b->m));
	model_vf_reset(b->m, 0);
	bench_serve(b);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].state, CARVE_RESET);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].reason, CARVE_BY_FLR);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_TDWBAL(0)), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_TDWBAH(0)), 0);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].events.scrubbed, 1);
	bench_ready(b, 0);
	vf_start_queue(b, 0);
	vf_send(b, 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_TDH(0)), 1);
	KUNIT_EXPECT_EQ(test, b->m->wb_count, 1);

	/* Armed again before RESET, in both queues: RESET looks, too. */
	model_vf_write(b->m, 0, E82576_VF_TX(1) + E82576_Q_WBAL, 0x1001);
	model_vf_write(b->m, 0, tx + E82576_Q_WBAL, 0x2001);
	ASK(b, 0, MBX_VF_RESET);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_TDWBAL(0)) | bench_reg(b, E82576_TDWBAL(8)), 0);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].events.scrubbed, 3);
}

/* What an owner can write anywhere in its BAR is gone for the next one. */
static void vf_hand_over(struct kunit *test)
{
	struct bench *b, *fresh = bench_new(test, 7);
	unsigned int vf, reg, left;
	int way;

	for (vf = 0; vf < 7; vf += 3) {
		b = bench_new(test, 7);
		for (way = 0; way < 3; way++) {
			bench_ready(b, vf);
			bench_ask_mac(b, vf, MBX_MAC_FIRST, mac_of(1));
			bench_ask_mac(b, vf, MBX_MAC_ADD, mac_of(2));
			ASK(b, vf, MBX_VF_MULTICAST | INFO(2), 0x00020001);
			ASK(b, vf, MBX_VF_VLAN | INFO(1), 100);
			ASK(b, vf, MBX_VF_LPE, 9000);
			ASK(b, vf, MBX_VF_RSS, 2);
			for (reg = 0; reg < E82576_VF_MMIO_SIZE; reg += 4)
				if (reg != E82576_VMAILBOX && reg != E82576_VTCTRL)
					model_vf_write(b->m, vf, reg, 0xa5a5a5a5 ^ reg);
			EXPECT_SOUND(b);
			b->now += SEC;
			switch (way) {
			case 0:
				/* a reset of the function: vfio, sysfs */
				model_vf_reset(b->m, vf);
				bench_serve(b);
				break;
			case 1:
				/* the host's driver lets go of it */
				carve_release(b->c, vf, b->now);
				break;
			case 2:
				/* the next driver says RESET, whatever came before */
				ASK(b, vf, MBX_VF_RESET);
				bench_ask_mac(b, vf, MBX_MAC_FIRST, mac_of(1));
				KUNIT_EXPECT_EQ(test, b->c->vf[vf].state, CARVE_READY);
				model_vf_reset(b->m, vf);
				bench_serve(b);
				break;
			}
			KUNIT_EXPECT_EQ(test, b->c->vf[vf].state, CARVE_RESET);
			KUNIT_EXPECT_TRUE(test, carve_zero_mac(b->c->vf[vf].mac));
			EXPECT_SOUND(b);
			/*
			 * As a card that nobody has touched, but for the flags of the mailbox, and
			 * what can only be set or only cleared.
			 */
			for (left = 0, reg = 0; reg < E82576_MMIO_SIZE; reg += 4) {
				if (reg == E82576_V2PMAILBOX(vf) || reg == E82576_PVTEICS(vf) ||
				    reg == E82576_PVTEIMS(vf) || reg == E82576_PVTEIMC(vf) ||
				    reg == E82576_PVTEICR(vf) || reg == E82576_RTTDQSEL)
					continue;
				/* between the registers of a queue, and of a VF */
				if (reg >= E82576_RDBAL(0) && reg < E82576_TDBAL(16) &&
				    ((reg & 0x3f) == 0x1c || (reg & 0x3f) == 0x20 ||
				     (reg & 0x3f) == 0x24 || (reg & 0x3f) == 0x2c ||
				     (reg & 0x3f) == 0x30 || (reg & 0x3f) == 0x34 ||
				     (reg < E82576_TDBAL(0) && (reg & 0x3f) >= 0x38) ||
				     (reg >= E82576_TDBAL(0) && (reg & 0x3f) == 0x0c)))
					continue;
				/* RXCTL: what is not about a CPU's cache stays. */
				if (reg >= E82576_RDBAL(0) && reg < E82576_RDBAL(16) &&
				    (reg & 0x3f) == 0x14 &&
				    !(*model_reg(b->m, reg) & E82576_RXCTL_DCA))
					continue;
				if (*model_reg(b->m, reg) != *model_reg(fresh->m, reg)) {
					kunit_info(test, "way %d: %05x: %08x, not %08x", way, reg,
						   *model_reg(b->m, reg),
						   *model_reg(fresh->m, reg));
					left++;
				}
			}
			KUNIT_EXPECT_EQ(test, left, 0);
		}
	}
}

/* A reset that is seen together with the next owner's RESET comes first. */
static void vf_reset_then_ask(struct kunit *test)
{
	static const u32 word = MBX_VF_RESET;
	struct bench *b = bench_new(test, 1);
	u32 answer[3];

	bench_ready(b, 0);
	bench_ask_mac(b, 0, MBX_MAC_FIRST, mac_of(1));
	model_vf_reset(b->m, 0);
	model_vf_post(b->m, 0, &word, 1);
	bench_serve(b);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 0, answer, 3));
	/* The address that the last owner chose was its own. */
	KUNIT_EXPECT_EQ(test, answer[0], MBX_VF_RESET | MBX_NACK);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].state, CARVE_READY);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_VFTE) & BIT(0));

	/* One that comes while another VF is served does not let the first one move. */
	model_vf_reset(b->m, 0);
	carve_apply_pools(b->c);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_VFTE) & BIT(0));
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_VFRE) & BIT(0));
}

static void vf_admin_mac(struct kunit *test)
{
	struct bench *b = bench_new(test, 3);
	struct carve_vf *v = b->c->vf;
	u32 word[3];

	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 3, mac_of(1), b->now), -EINVAL);
	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 0, (const u8[]){ 1, 2, 3, 4, 5, 6 }, b->now),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 0, pf_mac, b->now), -EADDRINUSE);
	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 0, mac_of(1), b->now), 0);
	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 1, mac_of(1), b->now), -EADDRINUSE);
	KUNIT_EXPECT_EQ(test, v[0].state, CARVE_RESET);

	/* A driver that is told its address may say it again, and nothing else. */
	bench_ready(b, 0);
	KUNIT_EXPECT_EQ(test, bench_ask_mac(b, 0, MBX_MAC_FIRST, mac_of(1)), MBX_VF_MAC | GOOD);
	KUNIT_EXPECT_EQ(test, bench_ask_mac(b, 0, MBX_MAC_FIRST, mac_of(2)), MBX_VF_MAC | BAD);
	KUNIT_EXPECT_EQ(test, bench_ask_mac(b, 0, MBX_MAC_ADD, mac_of(2)),
			MBX_VF_MAC | INFO(MBX_MAC_ADD) | BAD);
	/* ... unless it is trusted. */
	KUNIT_EXPECT_EQ(test, carve_set_trust(b->c, 0, true, b->now), 0);
	KUNIT_EXPECT_EQ(test, bench_ask_mac(b, 0, MBX_MAC_ADD, mac_of(2)),
			MBX_VF_MAC | INFO(MBX_MAC_ADD) | GOOD);

	/* Changed under a running driver: it is told to begin anew, and finds the new one. */
	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 0, mac_of(3), b->now), 0);
	KUNIT_EXPECT_EQ(test, v[0].state, CARVE_REVOKED);
	KUNIT_EXPECT_EQ(test, v[0].reason, CARVE_BY_MAC);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_VFTE) & BIT(0));
	bench_serve(b);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 0, word, 1));
	KUNIT_EXPECT_EQ(test, word[0], MBX_NACK);
	/* It reads that again and again; it hears it again, but not each time. */
	bench_serve(b);
	KUNIT_EXPECT_FALSE(test, model_vf_take(b->m, 0, word, 1));
	b->now += CARVE_NACK_EVERY;
	model_vf_write(b->m, 0, E82576_VMAILBOX, E82576_VMAILBOX_ACK);
	bench_serve(b);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 0, word, 1));
	bench_serve(b);
	word[0] = MBX_VF_RESET;
	model_vf_post(b->m, 0, word, 1);
	bench_serve(b);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 0, word, 3));
	KUNIT_EXPECT_EQ(test, word[0], MBX_VF_RESET | MBX_ACK);
	KUNIT_EXPECT_EQ(test, word[2], 0x0300);
	EXPECT_SOUND(b);

	/* The same again changes nothing. */
	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 0, mac_of(3), b->now), 0);
	KUNIT_EXPECT_EQ(test, v[0].state, CARVE_READY);

	/* What a VF has only taken it loses to whom it is given. */
	bench_ready(b, 1);
	bench_ask_mac(b, 1, MBX_MAC_FIRST, mac_of(8));
	bench_ready(b, 2);
	bench_ask_mac(b, 2, MBX_MAC_ADD, mac_of(9));
	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 0, mac_of(8), b->now), 0);
	KUNIT_EXPECT_EQ(test, v[1].state, CARVE_REVOKED);
	KUNIT_EXPECT_EQ(test, v[1].reason, CARVE_BY_EVICTION);
	KUNIT_EXPECT_TRUE(test, carve_zero_mac(v[1].mac));
	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 0, mac_of(9), b->now), 0);
	KUNIT_EXPECT_EQ(test, v[2].reason, CARVE_BY_EVICTION);
	EXPECT_SOUND(b);
	/* The PF likewise; but not what was given. */
	bench_ready(b, 1);
	bench_ask_mac(b, 1, MBX_MAC_FIRST, mac_of(8));
	KUNIT_EXPECT_EQ(test, carve_pf_set_mac(b->c, mac_of(9), b->now), -EADDRINUSE);
	KUNIT_EXPECT_EQ(test, carve_pf_set_mac(b->c, mac_of(8), b->now), 0);
	KUNIT_EXPECT_EQ(test, v[1].reason, CARVE_BY_EVICTION);
	KUNIT_EXPECT_EQ(test, carve_pf_add_mac(b->c, mac_of(9), b->now), -EADDRINUSE);
	EXPECT_SOUND(b);

	/* Zeros: the driver may choose again. */
	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 0, zero_mac, b->now), 0);
	carve_set_trust(b->c, 0, false, b->now);
	bench_ready(b, 0);
	KUNIT_EXPECT_EQ(test, bench_ask_mac(b, 0, MBX_MAC_FIRST, mac_of(5)), MBX_VF_MAC | GOOD);
	EXPECT_SOUND(b);
}

/* What a VF takes because it is trusted: not for longer than that, and not for the next owner. */
static void vf_trusted_mac(struct kunit *test)
{
	struct bench *b = bench_new(test, 3);
	struct carve_vf *v = b->c->vf;
	unsigned int way;

	for (way = 0; way < 3; way++) {
		KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 0, mac_of(1), b->now), 0);
		KUNIT_EXPECT_EQ(test, carve_set_trust(b->c, 0, true, b->now), 0);
		bench_ready(b, 0);
		KUNIT_EXPECT_EQ(test, bench_ask_mac(b, 0, MBX_MAC_FIRST, mac_of(2)),
				MBX_VF_MAC | GOOD);
		KUNIT_EXPECT_MEMEQ(test, v[0].mac, mac_of(2), CARVE_MAC_LEN);
		EXPECT_SOUND(b);
		/* The administrator's is kept for it meanwhile; its own choice binds nobody. */
		bench_ready(b, 1);
		KUNIT_EXPECT_EQ(test, bench_ask_mac(b, 1, MBX_MAC_FIRST, mac_of(1)),
				MBX_VF_MAC | BAD);
		KUNIT_EXPECT_EQ(test, bench_ask_mac(b, 1, MBX_MAC_ADD, mac_of(1)),
				MBX_VF_MAC | INFO(MBX_MAC_ADD) | BAD);
		KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 1, mac_of(1), b->now), -EADDRINUSE);
		KUNIT_EXPECT_EQ(test, carve_pf_set_mac(b->c, mac_of(1), b->now), -EADDRINUSE);
		KUNIT_EXPECT_EQ(test, carve_pf_add_mac(b->c, mac_of(1), b->now), -EADDRINUSE);

		if (way == 0)
			carve_set_trust(b->c, 0, false, b->now);
		else if (way == 1)
			carve_release(b->c, 0, b->now);
		else
			model_vf_reset(b->m, 0);
		b->now += SEC;
		bench_serve(b);
		KUNIT_EXPECT_MEMEQ(test, v[0].mac, mac_of(1), CARVE_MAC_LEN);
		KUNIT_EXPECT_EQ(test, carve_mac_owner(b->c, mac_of(2)), CARVE_NOBODY);
		EXPECT_SOUND(b);
	}

	/* Taken away by one to whom it is given, it has the administrator's again. */
	bench_ready(b, 0);
	bench_ask_mac(b, 0, MBX_MAC_FIRST, mac_of(2));
	KUNIT_EXPECT_EQ(test, carve_set_mac(b->c, 2, mac_of(2), b->now), 0);
	KUNIT_EXPECT_MEMEQ(test, v[0].mac, mac_of(1), CARVE_MAC_LEN);
	EXPECT_SOUND(b);

	/* One of its further addresses becomes the first, and leaves its place. */
	bench_ready(b, 1);
	bench_ask_mac(b, 1, MBX_MAC_ADD, mac_of(5));
	KUNIT_EXPECT_EQ(test, v[1].macs, 1);
	KUNIT_EXPECT_EQ(test, bench_ask_mac(b, 1, MBX_MAC_FIRST, mac_of(5)), MBX_VF_MAC | GOOD);
	KUNIT_EXPECT_EQ(test, v[1].macs, 0);
	KUNIT_EXPECT_EQ(test, carve_mac_owner(b->c, mac_of(5)), 1);
	EXPECT_SOUND(b);
}

static void vf_admin_vlan(struct kunit *test)
{
	struct bench *b = bench_new(test, 2);
	struct carve_vf *v = b->c->vf;
	u32 vmolr;

	KUNIT_EXPECT_EQ(test, carve_set_vlan(b->c, 2, 1, 0, b->now), -EINVAL);
	KUNIT_EXPECT_EQ(test, carve_set_vlan(b->c, 0, 4095, 0, b->now), -EINVAL);
	KUNIT_EXPECT_EQ(test, carve_set_vlan(b->c, 0, 1, 8, b->now), -EINVAL);

	bench_ready(b, 0);
	ASK(b, 0, MBX_VF_VLAN | INFO(1), 50);
	ASK(b, 0, MBX_VF_VLAN | INFO(1), 51);
	KUNIT_EXPECT_EQ(test, carve_set_vlan(b->c, 0, 100, 5, b->now), 0);
	KUNIT_EXPECT_EQ(test, v[0].reason, CARVE_BY_VLAN);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VMVIR(0)),
			E82576_VMVIR_VLANA_DEFAULT | 5 << 13 | 100);
	vmolr = bench_reg(b, E82576_VMOLR(0));
	KUNIT_EXPECT_FALSE(test, vmolr & E82576_VMOLR_AUPE);
	KUNIT_EXPECT_TRUE(test, vmolr & E82576_VMOLR_STRVLAN);
	/* Its own VLANs are gone, and priority without a VLAN is not for it. */
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTA(1)), 0);
	KUNIT_EXPECT_EQ(test, FIELD_GET(E82576_VLVF_POOLSEL, bench_reg(b, E82576_VLVF(0))),
			BIT(CARVE_PF) | BIT(1));
	EXPECT_SOUND(b);
	bench_ready(b, 0);
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_VLAN | INFO(1), 50), MBX_VF_VLAN | INFO(1) | BAD);
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_VLAN, 100), MBX_VF_VLAN | BAD);
	/* RESET and a reset leave it alone. */
	KUNIT_EXPECT_EQ(test, v[0].vlan, 100);
	model_vf_reset(b->m, 0);
	bench_serve(b);
	KUNIT_EXPECT_EQ(test, v[0].vlan, 100);
	KUNIT_EXPECT_NE(test, bench_reg(b, E82576_VMVIR(0)), 0);
	EXPECT_SOUND(b);

	/* Another VF in the same VLAN stays when the first one goes. */
	bench_ready(b, 1);
	ASK(b, 1, MBX_VF_VLAN | INFO(1), 100);
	KUNIT_EXPECT_EQ(test, carve_set_vlan(b->c, 0, 0, 0, b->now), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VMVIR(0)), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTA(3)), BIT(4));
	EXPECT_SOUND(b);
	bench_ready(b, 0);
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_VLAN | INFO(1), 50), MBX_VF_VLAN | INFO(1) | GOOD);

	/* The PF's VLANs, and those that it shares. */
	carve_pf_set_vlan(b->c, 100, true);
	carve_pf_set_vlan(b->c, 200, true);
	EXPECT_SOUND(b);
	ASK(b, 1, MBX_VF_VLAN, 100);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTA(3)), BIT(4));
	carve_pf_set_vlan(b->c, 100, false);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTA(3)), 0);
	EXPECT_SOUND(b);
}

static void vf_admin_rest(struct kunit *test)
{
	struct bench *b = bench_new(test, 2);
	u32 rate;

	KUNIT_EXPECT_EQ(test, carve_set_spoofchk(b->c, 2, true), -EINVAL);
	KUNIT_EXPECT_EQ(test, carve_set_spoofchk(b->c, 1, false), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_DTXSWC), E82576_DTXSWC_LOOPBACK_EN | 0x0101);
	KUNIT_EXPECT_EQ(test, carve_set_spoofchk(b->c, 1, true), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_DTXSWC), E82576_DTXSWC_LOOPBACK_EN | 0x0303);

	/* 300 Mb/s of 1000: a factor of 3 and 1/3; the second queue gets next to nothing. */
	KUNIT_EXPECT_EQ(test, carve_set_rate(b->c, 2, 100), -EINVAL);
	KUNIT_EXPECT_EQ(test, carve_set_rate(b->c, 0, 1001), -EINVAL);
	KUNIT_EXPECT_EQ(test, carve_set_rate(b->c, 0, 301), 0);
	rate = b->m->rate[0];
	KUNIT_EXPECT_TRUE(test, rate & E82576_RTTBCNRC_RS_ENA);
	KUNIT_EXPECT_EQ(test, FIELD_GET(E82576_RTTBCNRC_RF_INT, rate), 3);
	KUNIT_EXPECT_EQ(test, FIELD_GET(E82576_RTTBCNRC_RF_DEC, rate), 0x4000 / 3);
	KUNIT_EXPECT_EQ(test, FIELD_GET(E82576_RTTBCNRC_RF_INT, b->m->rate[8]), 1000);
	KUNIT_EXPECT_EQ(test, b->m->rate[1] | b->m->rate[9], 0);
	/* With two queues, half and half. */
	bench_ready(b, 0);
	ASK(b, 0, MBX_VF_RSS, 2);
	KUNIT_EXPECT_EQ(test, FIELD_GET(E82576_RTTBCNRC_RF_INT, b->m->rate[0]), 6);
	KUNIT_EXPECT_EQ(test, FIELD_GET(E82576_RTTBCNRC_RF_INT, b->m->rate[8]), 6);
	/* A slower link: the limit stays what it is, or is none at all. */
	carve_link(b->c, true, 100, b->now);
	KUNIT_EXPECT_EQ(test, b->m->rate[0] | b->m->rate[8], 0);
	carve_link(b->c, true, 1000, b->now);
	KUNIT_EXPECT_NE(test, b->m->rate[0], 0);
	KUNIT_EXPECT_EQ(test, carve_set_rate(b->c, 0, 1), 0);
	KUNIT_EXPECT_NE(test, b->m->rate[8], 0);
	KUNIT_EXPECT_EQ(test, carve_set_rate(b->c, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, b->m->rate[0] | b->m->rate[8], 0);
	/* Without a link nobody knows what the factor would be. */
	carve_link(b->c, false, 0, b->now);
	KUNIT_EXPECT_EQ(test, carve_set_rate(b->c, 0, 10), -EINVAL);
	KUNIT_EXPECT_EQ(test, carve_set_rate(b->c, 0, 0), 0);
}

/* Let a VF's driver read until there is nothing new. */
static void bench_drain(struct bench *b, unsigned int vf)
{
	u32 word;

	do
		bench_serve(b);
	while (model_vf_take(b->m, vf, &word, 1));
}

static void vf_link_state(struct kunit *test)
{
	struct bench *b = bench_new(test, 2);
	u32 word[3];

	bench_ready(b, 0);
	bench_ask_mac(b, 0, MBX_MAC_FIRST, mac_of(1));
	KUNIT_EXPECT_EQ(test, carve_set_link(b->c, 0, 3, b->now), -EINVAL);
	KUNIT_EXPECT_EQ(test, carve_set_link(b->c, 2, CARVE_LINK_AUTO, b->now), -EINVAL);

	/* Down: no frame moves, and what its driver reads has no CTS and is no refusal. */
	KUNIT_EXPECT_EQ(test, carve_set_link(b->c, 0, CARVE_LINK_DISABLE, b->now), 0);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_VFRE) & BIT(0));
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_VFTE) & BIT(0));
	bench_serve(b);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 0, word, 1));
	KUNIT_EXPECT_EQ(test, word[0], MBX_PF_CONTROL);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].state, CARVE_READY);
	/* It may go on to ask for things. */
	bench_serve(b);
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_LPE, 1500), MBX_VF_LPE | MBX_ACK);
	EXPECT_SOUND(b);
	/* A refusal is what it must not be left with: igbvf would reset itself for ever. */
	KUNIT_EXPECT_EQ(test, ASK(b, 0, MBX_VF_LPE, 1), MBX_VF_LPE | MBX_NACK);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VMBMEM(0)), MBX_PF_CONTROL);
	/* Nor does it come up by saying RESET. */
	bench_ready(b, 0);
	bench_drain(b, 0);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_VFTE) & BIT(0));
	EXPECT_SOUND(b);

	KUNIT_EXPECT_EQ(test, carve_set_link(b->c, 0, CARVE_LINK_ENABLE, b->now), 0);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_VFTE) & BIT(0));
	bench_serve(b);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 0, word, 1));
	KUNIT_EXPECT_EQ(test, word[0], MBX_PF_CONTROL | MBX_CTS | INFO(MBX_CONTROL_LINK_UP));
	bench_serve(b);
	KUNIT_EXPECT_EQ(test, carve_set_link(b->c, 0, CARVE_LINK_AUTO, b->now), 0);
	bench_serve(b);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 0, word, 1));
	KUNIT_EXPECT_EQ(test, word[0], MBX_PF_CONTROL | MBX_CTS);
	/* Nobody listens in the other VF: nothing is sent to it. */
	KUNIT_EXPECT_EQ(test, b->c->vf[1].events.controls, 0);
}

static void vf_card_reset(struct kunit *test)
{
	struct bench *b = bench_new(test, 3);
	struct carve_vf *v = b->c->vf;
	u32 word[3];
	unsigned int i;

	carve_set_mac(b->c, 0, mac_of(1), b->now);
	carve_set_vlan(b->c, 1, 100, 2, b->now);
	carve_set_rate(b->c, 1, 50);
	carve_set_spoofchk(b->c, 1, false);
	carve_pf_set_vlan(b->c, 300, true);
	for (i = 0; i < 2; i++)
		bench_ready(b, i);
	ASK(b, 0, MBX_VF_VLAN | INFO(1), 7);
	*model_reg(b->m, E82576_PVFGPRC(0)) = 10;

	carve_quiesce(b->c, b->now);
	KUNIT_EXPECT_EQ(test, v[0].state, CARVE_REVOKED);
	KUNIT_EXPECT_EQ(test, v[0].reason, CARVE_BY_PF_RESET);
	KUNIT_EXPECT_EQ(test, v[2].state, CARVE_RESET);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTE), 0);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 0, word, 1));
	KUNIT_EXPECT_EQ(test, word[0], MBX_PF_CONTROL);

	model_write(b->m, E82576_CTRL, E82576_CTRL_RST);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_V2PMAILBOX(0)) & E82576_VMAILBOX_RSTI);
	carve_program(b->c, b->now);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_V2PMAILBOX(0)) & E82576_VMAILBOX_RSTI);
	EXPECT_SOUND(b);
	/* What the administrator set is there again; what the VFs asked for is not. */
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_RAL(23)), 2);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VMVIR(1)) & 0xfff, 100);
	KUNIT_EXPECT_NE(test, b->m->rate[1], 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_DTXSWC) & 0xff, 5);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTA(0)), 1);
	KUNIT_EXPECT_NE(test, bench_reg(b, E82576_VFTA(9)), 0);
	/* The counters begin anew in the card, and go on here. */
	*model_reg(b->m, E82576_PVFGPRC(0)) = 3;
	carve_poll(b->c);
	KUNIT_EXPECT_EQ(test, v[0].total.rx_packets, 13);

	/* They are told, when the link is there. */
	carve_link(b->c, true, 1000, b->now);
	KUNIT_EXPECT_TRUE(test, model_vf_take(b->m, 0, word, 1));
	KUNIT_EXPECT_EQ(test, word[0], MBX_NACK);
	KUNIT_EXPECT_FALSE(test, model_vf_take(b->m, 2, word, 1));
	bench_serve(b);
	bench_ready(b, 0);
	bench_ready(b, 1);
	EXPECT_SOUND(b);
}

/* Shares: nobody can take what the others may need. */
static void vf_shares(struct kunit *test)
{
	unsigned int vfs, vf, i, good;
	struct bench *b;

	for (vfs = 1; vfs <= E82576_MAX_VFS; vfs++) {
		b = bench_new(test, vfs);
		KUNIT_EXPECT_GE(test, b->c->mac_share, 2);
		KUNIT_EXPECT_GE(test, b->c->vlan_share, 4);
		for (vf = 0; vf < vfs; vf++) {
			bench_ready(b, vf);
			bench_ask_mac(b, vf, MBX_MAC_FIRST, mac_of(1000 + vf));
			for (good = 0, i = 0; i < 30; i++)
				good += bench_ask_mac(b, vf, MBX_MAC_ADD, mac_of(vf * 30 + i)) ==
					(MBX_VF_MAC | INFO(MBX_MAC_ADD) | GOOD);
			KUNIT_EXPECT_EQ(test, good, b->c->mac_share);
			for (good = 0, i = 1; i < 40; i++)
				good += ASK(b, vf, MBX_VF_VLAN | INFO(1), vf * 40 + i) ==
					(MBX_VF_VLAN | INFO(1) | GOOD);
			KUNIT_EXPECT_EQ(test, good, b->c->vlan_share);
			KUNIT_EXPECT_EQ(test, bench_trace(b, vf, CARVE_EV_MESSAGE)->verdict,
					CARVE_NO_ROOM);
		}
		/* After all of that there is room for what the PF is owed. */
		for (good = 0, i = 0; i < 30; i++)
			good += !carve_pf_add_mac(b->c, mac_of(2000 + i), b->now);
		KUNIT_EXPECT_GE(test, good, 2);
		KUNIT_EXPECT_EQ(test, carve_pf_add_mac(b->c, mac_of(3000), b->now), -ENOSPC);
		for (i = 0; i < 10; i++)
			carve_pf_set_vlan(b->c, 1000 + i, true);
		for (good = 0, i = 1; i < E82576_VLVFS; i++)
			good += !!(b->c->vlvf[i].pools & BIT(CARVE_PF));
		KUNIT_EXPECT_GE(test, good, 3);
		EXPECT_SOUND(b);

		/* An administrator who wants VFs in VLANs of their own always can. */
		for (vf = 0; vf < vfs; vf++)
			KUNIT_EXPECT_EQ(test, carve_set_vlan(b->c, vf, 2000 + vf, 0, b->now), 0);
		EXPECT_SOUND(b);
		/* And all of it can be given back. */
		for (vf = 0; vf < vfs; vf++) {
			carve_set_vlan(b->c, vf, 0, 0, b->now);
			carve_release(b->c, vf, b->now);
		}
		for (i = 0; i < 30; i++)
			carve_pf_del_mac(b->c, mac_of(2000 + i));
		for (i = 0; i < 10; i++)
			carve_pf_set_vlan(b->c, 1000 + i, false);
		for (i = 1; i < E82576_VLVFS; i++)
			KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VLVF(i)), 0);
		for (i = 1; i < E82576_RARS; i++)
			KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_RAH(i)), 0);
		KUNIT_EXPECT_EQ(test, b->c->pf_macs, 0);
		EXPECT_SOUND(b);
	}
}

static void vf_pf_modes(struct kunit *test)
{
	struct bench *b = bench_new(test, 2);
	static u32 hash[E82576_MTA_WORDS];
	u32 pf = E82576_VMOLR(CARVE_PF);

	carve_set_vlan(b->c, 0, 100, 0, b->now);
	carve_pf_set_mode(b->c, CARVE_PF_STRIP | CARVE_PF_RSS, 1522);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, pf) & E82576_VMOLR_STRVLAN);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, pf) & E82576_VMOLR_RSSE);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_CTRL) & E82576_CTRL_VME);

	/* All frames for the PF does not mean all frames for the others: VLANs stay apart. */
	carve_pf_set_mode(b->c, CARVE_PF_PROMISC, 9018);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_RCTL) & E82576_RCTL_VFE);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_RCTL) & E82576_RCTL_UPE);
	KUNIT_EXPECT_EQ(test, FIELD_GET(E82576_VLVF_POOLSEL, bench_reg(b, E82576_VLVF(1))),
			BIT(CARVE_PF) | BIT(0));
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTA(77)), ~0U);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_UTA(127)), ~0U);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_VMOLR(1)) & E82576_VMOLR_ROPE);
	KUNIT_EXPECT_EQ(test, bench_reg(b, pf) & E82576_VMOLR_RLPML, 9018);
	EXPECT_SOUND(b);
	carve_pf_set_mode(b->c, 0, 1522);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTA(77)), 0);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTA(3)), BIT(4));
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_UTA(127)), 0);
	EXPECT_SOUND(b);

	/* Hashes of the PF and of a VF meet in one bit; it stays while one needs it. */
	hash[1] = BIT(3);
	carve_pf_set_multicast(b->c, hash);
	bench_ready(b, 1);
	ASK(b, 1, MBX_VF_MULTICAST | INFO(1), 35);
	hash[1] = 0;
	carve_pf_set_multicast(b->c, hash);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_MTA(1)), BIT(3));
	KUNIT_EXPECT_FALSE(test, bench_reg(b, pf) & E82576_VMOLR_ROMPE);
	ASK(b, 1, MBX_VF_MULTICAST);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_MTA(1)), 0);

	/* Without VFs: the card's own switches. */
	b = bench_new(test, 0);
	carve_pf_set_mode(b->c, CARVE_PF_STRIP, 1522);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_CTRL) & E82576_CTRL_VME);
	KUNIT_EXPECT_TRUE(test, bench_reg(b, E82576_RCTL) & E82576_RCTL_VFE);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_RLPML), 1522);
	carve_pf_set_vlan(b->c, 100, true);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VFTA(3)), BIT(4));
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VLVF(1)), 0);
	carve_pf_set_mode(b->c, CARVE_PF_PROMISC, 1522);
	KUNIT_EXPECT_FALSE(test, bench_reg(b, E82576_RCTL) & E82576_RCTL_VFE);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_UTA(0)), 0);
	carve_pf_set_mode(b->c, CARVE_PF_ALL_MULTI, 1522);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_RCTL) & (E82576_RCTL_MPE | E82576_RCTL_UPE),
			E82576_RCTL_MPE);
	/* VLANs find their entries when there are VFs. */
	carve_set_vfs(b->c, 7, CARVE_BY_ADOPTION, b->now);
	KUNIT_EXPECT_EQ(test, b->c->vf[6].reason, CARVE_BY_ADOPTION);
	carve_program(b->c, b->now);
	KUNIT_EXPECT_EQ(test, bench_reg(b, E82576_VLVF(1)),
			100 | E82576_VLVF_VI_EN | FIELD_PREP(E82576_VLVF_POOLSEL, BIT(CARVE_PF)));
	EXPECT_SOUND(b);
}

static void vf_counters(struct kunit *test)
{
	struct bench *b = bench_new(test, 2);
	struct carve_counters *t = &b->c->vf[1].total;
	unsigned int i;

	/* Three gigabytes between two looks, ten times: 32 bits wrap around, 64 do not. */
	for (i = 1; i <= 10; i++) {
		*model_reg(b->m, E82576_PVFGORC(1)) = (u32)(i * 3000000000ULL);
		*model_reg(b->m, E82576_PVFGPTC(1)) = i;
		carve_poll(b->c);
	}
	KUNIT_EXPECT_EQ(test, t->rx_bytes, 30000000000ULL);
	KUNIT_EXPECT_EQ(test, t->tx_packets, 10);
	KUNIT_EXPECT_EQ(test, b->c->vf[0].total.rx_bytes, 0);

	/* A reset may or may not set them back in the hardware. */
	*model_reg(b->m, E82576_PVFGPTC(1)) = 15;
	model_vf_reset(b->m, 1);
	bench_serve(b);
	KUNIT_EXPECT_EQ(test, t->tx_packets, 15);
	*model_reg(b->m, E82576_PVFGPTC(1)) = 0;
	model_vf_reset(b->m, 1);
	bench_serve(b);
	*model_reg(b->m, E82576_PVFGPTC(1)) = 2;
	carve_poll(b->c);
	KUNIT_EXPECT_EQ(test, t->tx_packets, 17);

	/* Nor does a reset of the card by somebody else count as 2^32 of them. */
	*model_reg(b->m, E82576_PVFGPTC(1)) = 1;
	carve_was_reset(b->c);
	carve_poll(b->c);
	KUNIT_EXPECT_EQ(test, t->tx_packets, 17);
	*model_reg(b->m, E82576_PVFGPTC(1)) = 2;
	carve_poll(b->c);
	KUNIT_EXPECT_EQ(test, t->tx_packets, 18);

	/* Nor does one of ours when somebody looks in the midst of it. */
	carve_quiesce(b->c, b->now);
	*model_reg(b->m, E82576_PVFGPTC(1)) = 0;
	carve_poll(b->c);
	KUNIT_EXPECT_EQ(test, t->tx_packets, 18);
	carve_program(b->c, b->now);
	*model_reg(b->m, E82576_PVFGPTC(1)) = 1;
	carve_poll(b->c);
	KUNIT_EXPECT_EQ(test, t->tx_packets, 19);

	/* The next owner's begin at nothing, whatever the hardware says. */
	carve_release(b->c, 1, b->now);
	KUNIT_EXPECT_EQ(test, t->tx_packets, 0);
	*model_reg(b->m, E82576_PVFGPTC(1)) = 4;
	carve_poll(b->c);
	KUNIT_EXPECT_EQ(test, t->tx_packets, 3);
	KUNIT_EXPECT_EQ(test, t->rx_bytes, 0);
}

static void vf_trace(struct kunit *test)
{
	struct bench *b = bench_new(test, 1);
	struct carve_vf *v = &b->c->vf[0];
	unsigned int i;
	u32 seq;

	bench_ready(b, 0);
	for (i = 0; i < 5 * CARVE_TRACE; i++)
		ASK(b, 0, MBX_VF_LPE, 1000 + i);
	/* The last lines, in order, and none twice. */
	KUNIT_EXPECT_GT(test, v->trace_seq, 10U * CARVE_TRACE);
	for (i = 0; i < CARVE_TRACE; i++) {
		seq = v->trace_seq - i;
		KUNIT_EXPECT_EQ(test, v->trace[seq % CARVE_TRACE].seq, seq);
	}
	KUNIT_EXPECT_EQ(test, bench_trace(b, 0, CARVE_EV_MESSAGE)->word[1], 1000 + i * 5 - 1);
	KUNIT_EXPECT_EQ(test, bench_trace(b, 0, CARVE_EV_REPLY)->word[0], MBX_VF_LPE | GOOD);
}

static struct kunit_case vf_cases[] = {
	KUNIT_CASE(vf_pools),	       KUNIT_CASE(vf_head_write_back), KUNIT_CASE(vf_hand_over),
	KUNIT_CASE(vf_reset_then_ask), KUNIT_CASE(vf_admin_mac),       KUNIT_CASE(vf_trusted_mac),
	KUNIT_CASE(vf_admin_vlan),     KUNIT_CASE(vf_admin_rest),      KUNIT_CASE(vf_link_state),
	KUNIT_CASE(vf_card_reset),     KUNIT_CASE(vf_shares),	       KUNIT_CASE(vf_pf_modes),
	KUNIT_CASE(vf_counters),       KUNIT_CASE(vf_trace),	       {},
};

static struct kunit_suite vf_suite = {
	.name = "sriov_demo_vf",
	.test_cases = vf_cases,
};

kunit_test_suite(vf_suite);

MODULE_DESCRIPTION("KUnit suite of virtual functions' lives in sriov_demo");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: virtual functions that do whatever the input says to their registers and
 * mailboxes, and an administrator between them. Checked: nothing but the function that
 * acted has changed, and tables, shares and registers agree.
 */
#include "fuzz.h"

#include "../carve_check.h"

#include "../../sriov_demo/carve.c"
#include "../../sriov_demo/carve_vf.c"
#include "../../sriov_demo/carve_mbx.c"
#include "../../sriov_demo/carve_filter.c"
#include "../../sriov_demo/carve_names.c"

static struct e82576_model m, m0;
static struct carve c, c0;
static u64 now;

static const u8 pf_mac[6] = { 0x52, 0x54, 0x00, 0x78, 0x6c, 0x00 };

static void sound(const char *what)
{
	if (!what)
		return;
	fprintf(stderr, "fuzz_mailbox.c: %s\n", what);
	abort();
}

/* A few addresses, so that they meet. */
static void take_mac(struct fuzz_input *in, u8 *mac)
{
	unsigned int n = fuzz_number(in, 1);

	memcpy(mac, pf_mac, 6);
	if (n) {
		mac[0] = n & 64 ? 1 : 2;
		mac[5] = n & 31;
	}
	if (n == 255)
		memset(mac, 0, 6);
}

static void describe(const struct carve_vf *v)
{
	const struct carve_trace *t = &v->trace[v->trace_seq % CARVE_TRACE];
	char text[64];
	int n = mbx_describe(t->word, 3, text, sizeof(text));

	CHECK(n > 0 && n < (int)sizeof(text) - 1 && (size_t)n == strlen(text));
	CHECK(strcmp(carve_state_name(v->state), "?") && strcmp(carve_reason_name(v->reason), "?"));
	CHECK(strcmp(carve_event_name(t->event), "?") &&
	      strcmp(carve_verdict_name(t->verdict), "?"));
	CHECK(strcmp(carve_link_name(v->link), "?"));
}

/* One act of a virtual function. */
static void act(struct fuzz_input *in, unsigned int vf, unsigned int kind)
{
	u32 word[E82576_MBX_WORDS];
	unsigned int i;
	u8 mac[6];

	/* A storm: as fast as it can, without a moment between. */
	for (i = 0; kind == 0xff && i < 2 * CARVE_EVENT_BURST; i++) {
		word[0] = MBX_VF_LPE;
		model_vf_post(&m, vf, word, 1);
		carve_service(&c, now);
	}
	switch (kind % 8) {
	case 0:
		model_vf_write(&m, vf, fuzz_number(in, 2) % E82576_VF_MMIO_SIZE & ~3U,
			       fuzz_number(in, 4));
		return;
	case 1:
		model_vf_reset(&m, vf);
		return;
	case 2:
		model_vf_write(&m, vf, E82576_VMAILBOX, fuzz_number(in, 1));
		return;
	case 3:
		model_vf_take(&m, vf, word, 3);
		return;
	case 4:
		/* Anything; unless it says otherwise, what makes the most sense. */
		fuzz_take(in, word, sizeof(word));
		break;
	case 5:
		word[0] = MBX_VF_MAC | (u32)fuzz_number(in, 1) % 4 << 16;
		take_mac(in, mac);
		mbx_put_mac(&word[1], mac);
		break;
	case 6:
		word[0] = MBX_VF_VLAN | (u32)fuzz_number(in, 1) % 2 << 16;
		word[1] = fuzz_number(in, 1) % 64;
		break;
	default:
		fuzz_take(in, word, 8);
		word[0] = (word[0] & 0x00ff003f) ?: MBX_VF_RESET;
	}
	model_vf_post(&m, vf, word, E82576_MBX_WORDS);
}

/* One act of the administrator, or of the PF's own driver. */
static void administer(struct fuzz_input *in, unsigned int kind)
{
	unsigned int vf = fuzz_number(in, 1) % 8, n = fuzz_number(in, 1);
	u8 mac[6];

	take_mac(in, mac);
	switch (kind % 16) {
	case 0:
		carve_set_mac(&c, vf, mac, now);
		break;
	case 1:
		carve_set_vlan(&c, vf, n % 64, n >> 6, now);
		break;
	case 2:
		carve_set_rate(&c, vf, n);
		break;
	case 3:
		carve_set_spoofchk(&c, vf, n & 1);
		break;
	case 4:
		carve_set_trust(&c, vf, n & 1, now);
		break;
	case 5:
		carve_set_link(&c, vf, n % 4, now);
		break;
	case 6:
		carve_release(&c, vf, now);
		break;
	case 7:
		if (carve_valid_mac(mac))
			carve_pf_set_mac(&c, mac, now);
		break;
	case 8:
		carve_pf_add_mac(&c, mac, now);
		break;
	case 9:
		carve_pf_del_mac(&c, mac);
		break;
	case 10:
		carve_pf_set_vlan(&c, n % 64, n >> 7);
		break;
	case 11:
		carve_pf_set_mode(&c, n % 16, 1522);
		break;
	case 12:
		carve_link(&c, n & 1, n & 2 ? 1000 : 100, now);
		break;
	case 13:
		carve_quiesce(&c, now);
		model_write(&m, E82576_CTRL, E82576_CTRL_RST);
		carve_program(&c, now);
		break;
	case 14:
		carve_quiesce(&c, now);
		carve_set_vfs(&c, n % 8, CARVE_BY_CARVING, now);
		model_write(&m, E82576_CTRL, E82576_CTRL_RST);
		carve_program(&c, now);
		break;
	default:
		now += n * CARVE_MS;
		if (n & 1)
			carve_was_reset(&c);
		else
			carve_poll(&c);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	unsigned int vf, kind, steps, i;

	now = 100 * 1000 * CARVE_MS;
	memset(&m, 0, sizeof(m));
	model_reset(&m);
	carve_init(&c, &model_ops, &m, pf_mac);
	carve_set_vfs(&c, fuzz_number(&in, 1) % 8, CARVE_BY_CARVING, now);
	carve_program(&c, now);
	while (in.size) {
		kind = fuzz_number(&in, 1);
		if (kind & 0x80 || !c.num_vfs) {
			administer(&in, kind);
			m.gone |= kind == 0xff;
			continue;
		}
		/* What others have left behind is served before one of them acts. */
		for (i = 0; i < c.num_vfs; i++)
			model_vf_write(&m, i, E82576_VMAILBOX, 0);
		for (i = 0; i < 4; i++) {
			now += 1000 * CARVE_MS;
			carve_service(&c, now);
		}
		m0 = m;
		c0 = c;
		vf = kind % c.num_vfs;
		for (steps = fuzz_number(&in, 1) % 16; steps; steps--) {
			act(&in, vf, fuzz_number(&in, 1));
			now += fuzz_number(&in, 1) * CARVE_MS / 16;
			carve_service(&c, now);
			describe(&c.vf[vf]);
		}
		if (!m.gone)
			sound(carve_check_only(&c0, &m0, &c, &m, vf));
	}
	CHECK(!m.bad);
	if (!m.gone)
		sound(carve_check(&c, &m));
	return 0;
}

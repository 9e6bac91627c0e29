// SPDX-License-Identifier: GPL-2.0-only
/* Pure core: words for people. */
#include "carve.h"

const char *carve_state_name(enum carve_state state)
{
	static const char *const names[] = {
		[CARVE_ABSENT] = "absent",
		[CARVE_RESET] = "reset",
		[CARVE_READY] = "ready",
		[CARVE_REVOKED] = "revoked",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "?";
}

const char *carve_reason_name(enum carve_reason reason)
{
	static const char *const names[] = {
		[CARVE_BY_NOTHING] = "-",
		[CARVE_BY_CARVING] = "carved",
		[CARVE_BY_ADOPTION] = "adopted",
		[CARVE_BY_FLR] = "function-reset",
		[CARVE_BY_DRIVER] = "driver-asked",
		[CARVE_BY_PF_RESET] = "card-reset",
		[CARVE_BY_MAC] = "address-set",
		[CARVE_BY_VLAN] = "vlan-set",
		[CARVE_BY_TRUST] = "trust-withdrawn",
		[CARVE_BY_EVICTION] = "address-taken",
		[CARVE_BY_MAILBOX] = "mailbox-held",
		[CARVE_BY_RELEASE] = "driver-left",
	};

	return reason < ARRAY_SIZE(names) ? names[reason] : "?";
}

const char *carve_link_name(enum carve_link link)
{
	static const char *const names[] = {
		[CARVE_LINK_AUTO] = "auto",
		[CARVE_LINK_ENABLE] = "enable",
		[CARVE_LINK_DISABLE] = "disable",
	};

	return link < ARRAY_SIZE(names) ? names[link] : "?";
}

const char *carve_verdict_name(enum carve_verdict verdict)
{
	static const char *const names[] = {
		[CARVE_OK] = "ok",
		[CARVE_NOT_READY] = "not-set-up",
		[CARVE_THROTTLED] = "throttled",
		[CARVE_STALE] = "stale",
		[CARVE_UNKNOWN] = "unknown-message",
		[CARVE_BAD_MAC] = "bad-address",
		[CARVE_MAC_FIXED] = "address-fixed",
		[CARVE_MAC_TAKEN] = "address-taken",
		[CARVE_NO_ROOM] = "no-room",
		[CARVE_BAD_HASH] = "bad-hash",
		[CARVE_BAD_VLAN] = "bad-vlan",
		[CARVE_PORT_VLAN] = "vlan-fixed",
		[CARVE_BAD_LENGTH] = "bad-length",
		[CARVE_BAD_INFO] = "bad-information",
		[CARVE_NOT_TRUSTED] = "not-trusted",
		[CARVE_IMPOSSIBLE] = "impossible",
	};

	return verdict < ARRAY_SIZE(names) ? names[verdict] : "?";
}

const char *carve_event_name(enum carve_event event)
{
	static const char *const names[] = {
		[CARVE_EV_MESSAGE] = "message", [CARVE_EV_REPLY] = "reply",
		[CARVE_EV_CONTROL] = "control", [CARVE_EV_FLR] = "function-reset",
		[CARVE_EV_STATE] = "state",	[CARVE_EV_BUSY] = "mailbox-held",
		[CARVE_EV_STORM] = "storm",
	};

	return event < ARRAY_SIZE(names) ? names[event] : "?";
}

static int mbx_describe_mac(const u32 *word, char *buf, size_t size)
{
	static const char *const subject[] = { "MAC", "MAC-CLEAR", "MAC-ADD" };
	unsigned int info = FIELD_GET(MBX_INFO, word[0]);
	u8 mac[6];
	int n;

	if (info >= ARRAY_SIZE(subject))
		return scnprintf(buf, size, "MAC-%u", info);
	n = scnprintf(buf, size, "%s", subject[info]);
	if (info == MBX_MAC_CLEAR || word[0] & (MBX_ACK | MBX_NACK))
		return n;
	mbx_get_mac(&word[1], mac);
	return n + scnprintf(buf + n, size - n, " %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			     mac[2], mac[3], mac[4], mac[5]);
}

int mbx_describe(const u32 *word, unsigned int words, char *buf, size_t size)
{
	static const u32 flag[] = { MBX_ACK, MBX_NACK, MBX_CTS };
	static const char *const name[] = { " ACK", " NACK", " CTS" };
	unsigned int info = FIELD_GET(MBX_INFO, word[0]), type = FIELD_GET(MBX_TYPE, word[0]), i;
	u32 w[3] = { word[0], words > 1 ? word[1] : 0, words > 2 ? word[2] : 0 };
	bool answer = w[0] & (MBX_ACK | MBX_NACK);
	u8 mac[6];
	int n = 0;

	switch (type) {
	case 0:
		/* Nothing but flags: NACK, "say RESET". */
		n = scnprintf(buf, size, "-");
		break;
	case MBX_VF_RESET:
		n = scnprintf(buf, size, "RESET");
		if (w[0] & MBX_ACK) {
			mbx_get_mac(&w[1], mac);
			n += scnprintf(buf + n, size - n, " %02x:%02x:%02x:%02x:%02x:%02x", mac[0],
				       mac[1], mac[2], mac[3], mac[4], mac[5]);
		}
		break;
	case MBX_VF_MAC:
		n = mbx_describe_mac(w, buf, size);
		break;
	case MBX_VF_MULTICAST:
		n = scnprintf(buf, size, "MULTICAST %u", info);
		break;
	case MBX_VF_VLAN:
		n = scnprintf(buf, size, info ? "VLAN-JOIN" : "VLAN-LEAVE");
		if (!answer)
			n += scnprintf(buf + n, size - n, " %u", w[1]);
		break;
	case MBX_VF_LPE:
		n = scnprintf(buf, size, "LENGTH");
		if (!answer)
			n += scnprintf(buf + n, size - n, " %u", w[1]);
		break;
	case MBX_VF_PROMISC:
		n = scnprintf(buf, size, "PROMISC%s%s", info & MBX_PROMISC_UNICAST ? "-UNI" : "",
			      info & MBX_PROMISC_MULTICAST ? "-MULTI" : "");
		break;
	case MBX_VF_RSS:
		n = scnprintf(buf, size, "RSS");
		if (!answer)
			n += scnprintf(buf + n, size - n, " %u", w[1] & 0xff);
		break;
	case MBX_PF_CONTROL:
		n = scnprintf(buf, size, "CONTROL%s", info & MBX_CONTROL_LINK_UP ? " link-up" : "");
		break;
	default:
		n = scnprintf(buf, size, "0x%04x", type);
		break;
	}
	for (i = 0; i < ARRAY_SIZE(flag); i++)
		if (w[0] & flag[i])
			n += scnprintf(buf + n, size - n, "%s", name[i]);
	return n;
}

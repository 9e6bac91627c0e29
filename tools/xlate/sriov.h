/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions with virtual functions (SR-IOV), as sysfs and rtnetlink show them.
 *
 *	sriov.c		sysfs: functions, counts, drivers, groups
 *	sriov_card.c	debugfs of sriov_demo: what only it knows
 *	rtnl.c		rtnetlink: what the PF's driver keeps for each VF
 *	vf.c vf_set.c	the sub-command
 */
#ifndef _SRIOV_H
#define _SRIOV_H

#include <linux/if_link.h>

#include "xlate.h"

/* "0000:01:10.0" and its end. */
#define BDF_SIZE 16

/**
 * struct counters - packets and bytes, from the function's own point of view
 * @rx_packets: received
 * @tx_packets: sent
 * @rx_bytes:	received
 * @tx_bytes:	sent
 */
struct counters {
	u64 rx_packets;
	u64 tx_packets;
	u64 rx_bytes;
	u64 tx_bytes;
};

/**
 * struct vf_facts - what the PF's driver keeps for a VF (ip-link(8), "vf NUM")
 * @known:	did it tell?
 * @mac:	address, all zeros when none is set
 * @mac_len:	its length in bytes
 * @vlan:	tag that the PF inserts, 0 for none
 * @qos:	priority in that tag
 * @vlan_proto: 0x8100 or 0x88a8
 * @min_rate:	Mbit/s, 0 for no bound
 * @max_rate:	Mbit/s, 0 for no bound
 * @spoofchk:	0, 1, or -1 when the driver does not say
 * @trust:	0, 1, or -1 when the driver does not say
 * @link:	IFLA_VF_LINK_STATE_*
 * @stats:	zeros also when the driver counts nothing
 */
struct vf_facts {
	bool known;
	unsigned char mac[32];
	unsigned int mac_len;
	u32 vlan;
	u32 qos;
	u32 vlan_proto;
	u32 min_rate;
	u32 max_rate;
	int spoofchk;
	int trust;
	u32 link;
	struct counters stats;
};

/**
 * struct function - a PCI function that has VFs or is one
 * @bdf:	its name
 * @driver:	bound to it, "" for none
 * @netdev:	its first network interface, "" for none (or in another namespace)
 * @vendor:	PCI vendor
 * @device:	PCI device
 * @class:	PCI class code
 * @group:	its IOMMU group, -1 for none
 * @total:	PF: VFs that it may have
 * @count:	PF: VFs that it has
 * @autoprobe:	PF: are drivers bound to new VFs?
 * @vf:		PF: its VFs in their order, @count of them
 * @facts:	VF: what the PF's driver keeps
 * @pairs:	its queue pairs, "0,8"; "" when its card's driver does not say
 * @state:	VF: "ready" ..., as sriov_demo has it; "" for other drivers
 * @reason:	VF: of @state
 */
struct function {
	char bdf[BDF_SIZE];
	char driver[64];
	char netdev[64];
	u32 vendor;
	u32 device;
	u32 class;
	int group;
	unsigned int total;
	unsigned int count;
	bool autoprobe;
	struct function *vf;
	struct vf_facts facts;
	char pairs[48];
	char state[16];
	char reason[24];
};

/* sriov.c */

/**
 * sriov_scan() - all PFs of the machine, in the order of their names
 * @pf: gets an array, to be freed by sriov_free()
 * @n:	gets its length
 *
 * Return: 0, or an exit code after reporting the error.
 */
int sriov_scan(struct function **pf, size_t *n);
void sriov_free(struct function *pf, size_t n);

/**
 * sriov_find() - the function that a word names
 * @pf:	  all PFs
 * @n:	  how many
 * @word: a BDF (with or without its segment) of a PF or VF, or a PF's network interface
 * @vf:	  gets the number of the VF, or -1
 *
 * Return: the PF, or NULL.
 */
struct function *sriov_find(struct function *pf, size_t n, const char *word, int *vf);

/**
 * sriov_holder() - who has a function that was given to VFIO
 * @f:	  the function
 * @buf:  gets the process, "qemu[123]"
 * @size: of @buf, in bytes
 *
 * That process must let go before the function can be removed.
 *
 * Return: is there one?
 */
bool sriov_holder(const struct function *f, char *buf, size_t size);

/* A small file of a function's folder; "" when there is none. @buf has @size bytes. */
const char *sysfs_text(const char *bdf, const char *name, char *buf, size_t size);

/* The interface's counters; false when it has none. */
bool netdev_counters(const char *netdev, struct counters *c);

/* Writes to a file of a function's folder. Return: 0 or a negative errno. */
int sysfs_write(const char *bdf, const char *name, const char *text);

/* sriov_card.c */

/* Fills in what sriov_demo says of a PF and its VFs, if it drives the PF. */
void sriov_card(struct function *pf);

/* rtnl.c */

/**
 * rtnl_vfs() - ask a PF's driver about its VFs
 * @netdev: the PF's interface
 * @vf:	    functions whose facts are filled in
 * @count:  how many
 *
 * Return: 0 or a negative errno.
 */
int rtnl_vfs(const char *netdev, struct function *vf, unsigned int count);

/**
 * rtnl_set_vf() - set one thing of one VF
 * @netdev: the PF's interface
 * @type:   IFLA_VF_*
 * @data:   the matching struct ifla_vf_*
 * @len:    its size, in bytes
 * @said:   gets the kernel's own words about the error, or ""; 128 bytes
 *
 * Return: 0 or a negative errno.
 */
int rtnl_set_vf(const char *netdev, u16 type, const void *data, size_t len, char *said);

/* vf_set.c */

/* xlate vf set ... */
int vf_set(int argc, char **argv);

#endif /* _SRIOV_H */

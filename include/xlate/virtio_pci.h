/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio device on the PCI bus: where its registers are, and what they mean.
 *
 * Sections are those of VIRTIO 1.2 and 1.3: 2.1 is the device status, 4.1 the PCI bus.
 */
#ifndef _XLATE_VIRTIO_PCI_H
#define _XLATE_VIRTIO_PCI_H

#include "env.h"

/* -- which devices (4.1.2) ----------------------------------------------------------- */

#define VPCI_VENDOR	      0x1af4
#define VPCI_MODERN(type)     (0x1040 + (type)) /* device id of a device of that type */
#define VPCI_TYPE_NET	      1
#define VPCI_TRANSITIONAL_NET 0x1000 /* modern registers and legacy ones */

/* -- capabilities (4.1.4) -------------------------------------------------------------- */

/* Where a structure is: a vendor-specific capability of PCI configuration space. */
struct vpci_cap {
	__u8 vndr; /* 0x09 */
	__u8 next;
	__u8 len;
	__u8 type;
	__u8 bar;
	__u8 id;
	__u8 padding[2];
	__le32 offset;
	__le32 length;
};

static_assert(sizeof(struct vpci_cap) == 16);
static_assert(offsetof(struct vpci_cap, offset) == 8);

#define VPCI_CAP_VENDOR 0x09
#define VPCI_CAP_COMMON 1
#define VPCI_CAP_NOTIFY 2
#define VPCI_CAP_ISR	3
#define VPCI_CAP_DEVICE 4
#define VPCI_CAP_PCI	5 /* another way to the same registers; not used */

/* Behind the capability of type VPCI_CAP_NOTIFY: bytes from one queue's place to the next. */
#define VPCI_CAP_NOTIFY_MULTIPLIER 16

/* -- common configuration (4.1.4.3) ------------------------------------------------------ */

struct vpci_common {
	/* of the device */
	__le32 device_feature_select; /* which 32 bits the next register shows */
	__le32 device_feature;
	__le32 driver_feature_select;
	__le32 driver_feature;
	__le16 config_msix_vector;
	__le16 num_queues;
	__u8 device_status;
	__u8 config_generation;
	/* of the queue that queue_select names */
	__le16 queue_select;
	__le16 queue_size; /* descriptors; 0: there is no such queue */
	__le16 queue_msix_vector;
	__le16 queue_enable;
	__le16 queue_notify_off;
	__le32 queue_desc_lo;
	__le32 queue_desc_hi;
	__le32 queue_driver_lo;
	__le32 queue_driver_hi;
	__le32 queue_device_lo;
	__le32 queue_device_hi;
	/* only with features of their own, and if the structure is so long */
	__le16 queue_notif_config_data;
	__le16 queue_reset;
};

#define VPCI_COMMON_BASIC offsetof(struct vpci_common, queue_notif_config_data)

static_assert(sizeof(struct vpci_common) == 60);
static_assert(offsetof(struct vpci_common, device_status) == 20);
static_assert(offsetof(struct vpci_common, queue_desc_lo) == 32);
static_assert(offsetof(struct vpci_common, queue_reset) == 58);

#define VPCI_NO_VECTOR 0xffff

/* Device status (2.1). */
#define VPCI_STATUS_ACKNOWLEDGE 0x01 /* somebody found it */
#define VPCI_STATUS_DRIVER	0x02 /* somebody knows how to drive it */
#define VPCI_STATUS_DRIVER_OK	0x04 /* and does */
#define VPCI_STATUS_FEATURES_OK 0x08 /* both agree on the features */
#define VPCI_STATUS_NEEDS_RESET 0x40 /* the device gave up */
#define VPCI_STATUS_FAILED	0x80 /* the driver gave up */

/* Interrupt status, without MSI-X; reading clears it (4.1.4.5). */
#define VPCI_ISR_QUEUE	0x01
#define VPCI_ISR_CONFIG 0x02

#endif /* _XLATE_VIRTIO_PCI_H */

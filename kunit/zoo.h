/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* /dev/xlate_zoo: the test device of kunit/zoo_device.c. */
#ifndef _XLATE_ZOO_H
#define _XLATE_ZOO_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* mmap() offsets, in pages: what kind of mapping one gets. */
#define ZOO_PFNMAP 0 /* remap_pfn_range() of a page: VM_PFNMAP */
#define ZOO_MIXED  1 /* vm_insert_page(): VM_MIXEDMAP with a struct page */
#define ZOO_NOPAGE 2 /* VM_PFNMAP with nothing mapped and no fault handler */

/* Hold the anonymous page at this address of the caller in migration, until ZOO_LETGO or the last
 * close(). EBUSY if the file is mapped or holds one already.
 */
#define ZOO_HOLD  _IOW('z', 1, __u64)
#define ZOO_LETGO _IO('z', 2)

#endif /* _XLATE_ZOO_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second stages of CPUs: Intel's EPT (SDM vol. 3C, 29.3.2) and AMD's nested paging,
 * NPT (APM vol. 2, 15.25).
 *
 * An EPT entry is there when one of R, W and X is set:
 *
 *	 63 62      52 51                       12 11 10  9  8  7  6  5    3  2  1  0
 *	+--+----------+---------------------------+--+--+--+--+--+--+-------+--+--+--+
 *	|SV|   ign.   |  physical address         |  |XU| D| A|PS|IP|  MT   | X| W| R|
 *	+--+----------+---------------------------+--+--+--+--+--+--+-------+--+--+--+
 *
 * MT and IP: pages only, reserved in entries that point to a table. PS: levels 2 and 3.
 *
 * NPT has the x86-64 format (x86.h), but every walk is one of user mode: an entry without
 * US refuses everything.
 */
#ifndef _XLATE_EPT_H
#define _XLATE_EPT_H

#include "env.h"

#define EPT_R	 BIT_ULL(0)
#define EPT_W	 BIT_ULL(1)
#define EPT_X	 BIT_ULL(2) /* in supervisor mode only, where mode-based execution is on */
#define EPT_MT	 GENMASK_ULL(5, 3) /* memory type: 0 UC, 1 WC, 4 WT, 5 WP, 6 WB */
#define EPT_IPAT BIT_ULL(6) /* the guest's PAT is ignored */
#define EPT_PS	 BIT_ULL(7)
#define EPT_A	 BIT_ULL(8)
#define EPT_D	 BIT_ULL(9)
#define EPT_XU	 BIT_ULL(10) /* executable in user mode */
#define EPT_SVE	 BIT_ULL(63) /* a violation may become a #VE in the guest: 0; 1 suppresses it */

#define EPT_MAX_LEVELS 5

#endif /* _XLATE_EPT_H */

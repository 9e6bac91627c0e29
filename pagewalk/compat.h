/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels, by feature (Kbuild asks the headers); the only place for
 * them. Each is written so that the newer kernel's way is the one that the code uses.
 */
#ifndef _PAGEWALK_COMPAT_H
#define _PAGEWALK_COMPAT_H

#include <linux/mm.h>
#include <linux/uaccess.h>

#include <asm/pgtable_types.h>

/* How often one page is mapped, be it alone or with its whole large folio. */
#ifdef HAVE_PAGE_MAPCOUNT
#define pw_page_mapcount(folio, page) page_mapcount(page)
#else
static inline int pw_page_mapcount(struct folio *folio, struct page *page)
{
	int count;

	if (folio_test_hugetlb(folio))
		return folio_entire_mapcount(folio);
	count = atomic_read(&page->_mapcount) + 1;
	if (folio_test_large(folio))
		count += folio_entire_mapcount(folio);
	return count;
}
#endif

/* Are all pages of a large folio, of which one is mapped with the whole, mapped alike? */
static inline bool pw_mapped_alike(struct folio *folio)
{
#ifdef HAVE_PAGE_MAPCOUNT
	return folio_test_anon(folio) && !PageDoubleMap(&folio->page);
#else
	return folio_large_mapcount(folio) == folio_entire_mapcount(folio);
#endif
}

/* Kernels before linear address masking (LAM) know no tags. */
#ifndef untagged_addr_remote
#define untagged_addr_remote(mm, addr) (addr)
#endif

#ifndef _PAGE_SAVED_DIRTY
#define _PAGE_SAVED_DIRTY 0
#endif

#ifndef _PAGE_DEVMAP
#define _PAGE_DEVMAP 0
#endif

#ifndef VM_SHADOW_STACK
#define VM_SHADOW_STACK VM_NONE
#endif

#endif /* _PAGEWALK_COMPAT_H */

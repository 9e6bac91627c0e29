/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernels that keep page pools elsewhere. Kbuild says which this is. */
#ifndef _VF_COMPAT_H
#define _VF_COMPAT_H

#ifdef HAVE_PAGE_POOL_HELPERS
#include <net/page_pool/helpers.h>
#include <net/page_pool/types.h>
/* The pool may be told which poll empties it: what comes back there goes back at once. */
#define vf_pool_napi(params, poll) ((params)->napi = (poll))
#else
#include <net/page_pool.h>
#define vf_pool_napi(params, poll) ((void)(params), (void)(poll))
#endif

#endif /* _VF_COMPAT_H */

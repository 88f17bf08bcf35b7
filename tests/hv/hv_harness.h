/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_harness.h - what the suite needs beyond hv.h: domains to work on, and a
 * hand inside them.  harness_model.c and harness_xen.c provide it.
 *
 * A subject is a domain with nothing running in it: no guest OS is needed.
 */
#ifndef HV_HARNESS_H
#define HV_HARNESS_H

#include "hv.h"

/* Once, before everything.  false: there is no hypervisor here (said on
 * stderr), and the suite is skipped. */
bool harness_start(void);
void harness_stop(void);

/* A new domain, born paused, that may own max_pages and has a p2m pool of
 * pool_pages (0: plenty). */
hv_domid harness_subject(const struct hv_handle *handle, uint64_t max_pages,
			 uint64_t pool_pages);

/* The page at gfn, by other means than hv_map().  false on a hole. */
bool harness_peek(hv_domid domid, gfn_t gfn, void *page);
bool harness_poke(hv_domid domid, gfn_t gfn, const void *page);

/* What the domain's own kernel would write into its grant table for dom0.
 * refs 8 to 511. */
void harness_grant(hv_domid domid, uint32_t ref, gfn_t gfn);
void harness_ungrant(hv_domid domid, uint32_t ref);

/* Tell xenstored of a vault, as the manager will; and does it know of it? */
bool harness_introduce(hv_domid domid, const struct hv_store_ring *ring);
bool harness_introduced(hv_domid domid);

/* Wait until pages that were freed are free: Xen takes its time.  Differences
 * in free pages up to the result mean nothing. */
uint64_t harness_settle(void);

/* Are there page tables that limit what can be populated (x86 HAP has, but
 * its smallest pool is large)? */
bool harness_pool_runs_out(void);

/* Host memory that is set aside, for the suite to do with as it likes.  false:
 * there is none; missing names what is not there, and how to get it. */
struct harness_memory {
	mfn_t first;
	uint64_t pages;
	const char *missing;
};
bool harness_memory(struct harness_memory *memory);

#endif

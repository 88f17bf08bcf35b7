// SPDX-License-Identifier: GPL-2.0-only
#include "hv_harness.h"

#include "hv_model.h"

#include <stdio.h>
#include <stdlib.h>

#define MEMORY_PAGES 512u

/* HV_SUITE_XEN_COMMANDLINE="" makes a Xen that leaves freed pages alone. */
bool harness_start(void)
{
	const struct hv_model_config config = {
		.commandline = getenv("HV_SUITE_XEN_COMMANDLINE"),
		.pool_pages = MEMORY_PAGES,
	};

	hv_model_reset(&config);
	return true;
}

void harness_stop(void)
{
	hv_model_process_exit();
}

static void must(bool done, const char *what)
{
	if (done)
		return;
	fprintf(stderr, "harness: %s failed\n", what);
	abort();
}

hv_domid harness_subject(const struct hv_handle *handle, uint64_t max_pages,
			 uint64_t pool_pages)
{
	const struct hv_model_guest guest = {
		.handle = *handle,
		.max_pages = max_pages,
		.pool_pages = pool_pages,
	};
	struct hv *hv;
	hv_domid domid = 0;

	must(!hv_model_guest_create(&guest, &domid), "create");
	must(!hv_open(&hv) && !hv_domain_pause(hv, domid), "pause");
	hv_close(hv);
	return domid;
}

bool harness_peek(hv_domid domid, gfn_t gfn, void *page)
{
	return hv_model_peek(domid, gfn, page);
}

bool harness_poke(hv_domid domid, gfn_t gfn, const void *page)
{
	return hv_model_poke(domid, gfn, page);
}

/* The guest acts, so it runs for the while. */
static void as_guest(hv_domid domid, uint32_t ref, gfn_t gfn, bool valid)
{
	struct hv *hv;

	must(!hv_open(&hv) && !hv_domain_unpause(hv, domid), "unpause");
	must(valid ? hv_model_guest_grant(domid, ref, gfn) :
		     hv_model_guest_ungrant(domid, ref),
	     "grant");
	must(!hv_domain_pause(hv, domid), "pause");
	hv_close(hv);
}

void harness_grant(hv_domid domid, uint32_t ref, gfn_t gfn)
{
	as_guest(domid, ref, gfn, true);
}

void harness_ungrant(hv_domid domid, uint32_t ref)
{
	as_guest(domid, ref, (gfn_t){ 0 }, false);
}

/* The model has no xenstored.  One that follows the domain's life stands in. */
bool harness_introduce(hv_domid domid, const struct hv_store_ring *ring)
{
	return harness_introduced(domid) && ring->frame.n && ring->port;
}

bool harness_introduced(hv_domid domid)
{
	struct hv_domain domain = { 0 };
	struct hv *hv;
	int rc;

	must(!hv_open(&hv), "open");
	rc = hv_domain_get(hv, domid, &domain);
	hv_close(hv);
	return !rc && !domain.dying;
}

uint64_t harness_settle(void)
{
	return 0;
}

bool harness_pool_runs_out(void)
{
	return true;
}

bool harness_memory(struct harness_memory *memory)
{
	*memory = (struct harness_memory){ HV_MODEL_POOL, MEMORY_PAGES, NULL };
	return true;
}

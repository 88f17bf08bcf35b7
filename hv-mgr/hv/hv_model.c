// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv.h on the model: connection, host, domains, buffers, and the process that
 * holds them.  Hypercalls are counted as hv_xen*.c count them in an arm64 dom0.
 */
#include "hv_model_host.h"

#include "hv_buffer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct buffer {
	struct buffer *next;
	void *address;
	size_t bytes;
};

static struct {
	struct hv *connections;
	struct buffer *buffers;
} process;

/* ---- connection and host ---- */

static struct verdict enter_domain(struct hv *hv, enum hv_model_call call,
				   hv_domid domid)
{
	hv->hypercalls++;
	return model_faults_enter(call, domid, (gfn_t){ 0 }, 0);
}

int hv_open(struct hv **result)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_OPEN, 0, (gfn_t){ 0 }, 0);
	struct hv *hv;

	if (verdict.error)
		return verdict.error;
	hv = calloc(1, sizeof(*hv));
	if (!hv)
		return -ENOMEM;
	hv->next = process.connections;
	process.connections = hv;
	*result = hv;
	return 0;
}

void hv_close(struct hv *hv)
{
	struct hv **link = &process.connections;

	while (*link && *link != hv)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = hv->next;
	hv_buffer_free(hv->copy_buffer, hv->copy_bytes);
	free(hv);
}

uint64_t hv_hypercalls(const struct hv *hv)
{
	return hv->hypercalls;
}

int hv_host_info(struct hv *hv, struct hv_host *info)
{
	const struct hv_model_config *config = model_host_config();
	struct verdict verdict =
		model_faults_enter(HV_CALL_HOST_INFO, 0, (gfn_t){ 0 }, 0);

	hv->hypercalls += 3;
	if (verdict.skip)
		return verdict.error;
	*info = (struct hv_host){
		.xen_major = config->xen_major,
		.xen_minor = config->xen_minor,
		.lib_major = config->lib_major,
		.lib_minor = config->lib_minor,
		.scrubs_freed_pages = model_host_scrubs(),
		.confines_iomem = !config->leaks_iomem,
		.address_bits = config->address_bits,
		.free_pages = model_host_free_pages(),
	};
	snprintf(info->commandline, sizeof(info->commandline), "%s",
		 config->commandline);
	return verdict.error;
}

/* ---- domains ---- */

static struct hv_domain describe(const struct domain *domain)
{
	return (struct hv_domain){
		.domid = domain->domid,
		.handle = domain->handle,
		.dying = domain->dying,
		.paused = domain->pauses != 0,
		.gone_down = domain->gone_down,
		.pv = domain->pv,
		.lifeless = domain->lifeless,
		.pages = domain->pages,
		.max_pages = domain->max_pages,
	};
}

int hv_domain_get(struct hv *hv, hv_domid domid, struct hv_domain *result)
{
	struct verdict verdict = enter_domain(hv, HV_CALL_DOMAIN_GET, domid);
	struct domain *domain = model_domain_find(domid);

	if (verdict.skip)
		return verdict.error;
	if (!domain)
		return -ESRCH;
	*result = describe(domain);
	return verdict.error;
}

int hv_domain_list(struct hv *hv, hv_domid first, struct hv_domain *domains,
		   int room)
{
	struct verdict verdict = enter_domain(hv, HV_CALL_DOMAIN_LIST, first);
	int found = 0;

	if (verdict.skip)
		return verdict.error;
	for (struct domain *d = model_domain_first(); d && found < room;
	     d = d->next)
		if (d->domid >= first)
			domains[found++] = describe(d);
	return model_outcome(verdict, found);
}

/* XEN_DOMCTL_pausedomain and its fellows: dom0 may not do that to itself. */
static int find_guest(hv_domid domid, struct domain **domain)
{
	*domain = model_domain_find(domid);
	if (!domid)
		return -EINVAL;
	return *domain ? 0 : -ESRCH;
}

int hv_domain_pause(struct hv *hv, hv_domid domid)
{
	struct verdict verdict = enter_domain(hv, HV_CALL_DOMAIN_PAUSE, domid);
	struct domain *domain;
	int rc = find_guest(domid, &domain);

	if (verdict.skip)
		return verdict.error;
	if (rc)
		return rc;
	domain->pauses++;
	return verdict.error;
}

int hv_domain_unpause(struct hv *hv, hv_domid domid)
{
	struct verdict verdict =
		enter_domain(hv, HV_CALL_DOMAIN_UNPAUSE, domid);
	struct domain *domain;
	int rc = find_guest(domid, &domain);

	if (verdict.skip)
		return verdict.error;
	if (rc)
		return rc;
	if (!domain->pauses)
		return -EINVAL;
	domain->pauses--;
	return verdict.error;
}

int hv_domain_set_max_pages(struct hv *hv, hv_domid domid, uint64_t max_pages)
{
	struct verdict verdict =
		enter_domain(hv, HV_CALL_DOMAIN_SET_MAX_PAGES, domid);
	struct domain *domain = model_domain_find(domid);

	if (verdict.skip)
		return verdict.error;
	if (!domain)
		return -ESRCH;
	domain->max_pages = max_pages;
	return verdict.error;
}

int hv_domain_destroy(struct hv *hv, hv_domid domid)
{
	struct verdict verdict =
		enter_domain(hv, HV_CALL_DOMAIN_DESTROY, domid);
	struct domain *domain;
	int rc = find_guest(domid, &domain);

	if (verdict.skip)
		return verdict.error;
	if (rc)
		return rc;
	model_domain_kill(domain);
	return verdict.error;
}

int hv_p2m_pool_get(struct hv *hv, hv_domid domid, uint64_t *bytes)
{
	struct verdict verdict = enter_domain(hv, HV_CALL_P2M_POOL_GET, domid);
	struct domain *domain = model_domain_find(domid);

	if (verdict.skip)
		return verdict.error;
	if (!domain)
		return -ESRCH;
	*bytes = domain->pool << HV_PAGE_SHIFT;
	return verdict.error;
}

int hv_p2m_pool_set(struct hv *hv, hv_domid domid, uint64_t bytes)
{
	struct verdict verdict = enter_domain(hv, HV_CALL_P2M_POOL_SET, domid);
	struct domain *domain = model_domain_find(domid);

	if (verdict.skip)
		return verdict.error;
	if (!domain)
		return -ESRCH;
	return model_outcome(
		verdict, model_domain_set_pool(domain, (bytes + HV_PAGE_SIZE -
							1) >> HV_PAGE_SHIFT));
}

/* ---- buffers ---- */

void *hv_buffer_alloc(size_t bytes)
{
	struct verdict verdict =
		model_faults_enter(HV_CALL_BUFFER_ALLOC, 0, (gfn_t){ 0 }, 0);
	struct buffer *buffer;

	if (verdict.error)
		return NULL;
	buffer = calloc(1, sizeof(*buffer));
	if (!buffer)
		return NULL;
	buffer->bytes = bytes;
	buffer->address = hv_locked_alloc(bytes);
	if (!buffer->address) {
		free(buffer);
		return NULL;
	}
	buffer->next = process.buffers;
	process.buffers = buffer;
	return buffer->address;
}

void hv_buffer_free(void *address, size_t bytes)
{
	struct buffer **link = &process.buffers;
	struct buffer *buffer;

	if (!address)
		return;
	while (*link && (*link)->address != address)
		link = &(*link)->next;
	buffer = *link;
	if (!buffer || buffer->bytes != bytes) {
		fprintf(stderr, "hv_model: free of what is no buffer\n");
		abort();
	}
	*link = buffer->next;
	hv_locked_free(address, bytes);
	free(buffer);
}

void *hv_copy_buffer(struct hv *hv, size_t bytes)
{
	hv->copy_buffer = hv_buffer_alloc(bytes);
	hv->copy_bytes = hv->copy_buffer ? bytes : 0;
	return hv->copy_buffer;
}

/* ---- the process ---- */

void model_process_exit(void)
{
	model_faults_mute(true); /* not the process's doing: nobody is told */
	model_frames_exit();
	model_vaults_exit();
	model_memories_exit();
	while (process.connections)
		hv_close(process.connections);
	while (process.buffers)
		hv_buffer_free(process.buffers->address,
			       process.buffers->bytes);
	model_faults_mute(false);
}

void model_process_ledger(struct hv_model_ledger *ledger)
{
	for (struct hv *hv = process.connections; hv; hv = hv->next)
		ledger->connections++;
	for (struct buffer *b = process.buffers; b; b = b->next)
		ledger->buffers++;
	model_frames_ledger(ledger);
	model_vaults_ledger(ledger);
	model_memories_ledger(ledger);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "faults.h"

#include <errno.h>
#include <stdlib.h>

#include "host.h"

#define FAIL (1U << HV_FAULT_FAIL)
#define SHORT (1U << HV_FAULT_SHORT)
#define SILENT (1U << HV_FAULT_SILENT)
#define AFTER (1U << HV_FAULT_AFTER)

/*
 * What can go wrong with each call of hv.h, and make a difference: hv_model.h
 * says what of it is the same as something else.  Where a success that did
 * nothing is left out, nobody could know of it:
 *
 * - questions, and what has something to show: there is nothing to be done;
 * - grant copies (COPY_GRANTED, VAULT_*): each page has a status of its own,
 *   which says "failed" until Xen has written it;
 * - MEMORY_*: no hypercall, but a copy by this process;
 * - IOMEM_*: Xen has no call that shows what it did (docs/architecture.md, 7.);
 * - CACHE_FLUSH: nothing shows what is in a cache;
 * - DOMAIN_UNPAUSE: the pause that is left may be one that somebody else made
 *   meanwhile.
 *
 * -ESRCH of a call that asks for a domain is an answer, not a fault:
 * DOMAIN_GET, DOMAIN_DESTROY and VAULT_OPEN do not have it here.
 */
static const struct {
	unsigned int kinds;
	int errors[FAULT_ERRORS]; /* a count's: it is 0, whichever */
} calls[HV_CALLS] = {
	[HV_CALL_OPEN] = { FAIL, { -EACCES, -ENOMEM } },
	[HV_CALL_HOST_INFO] = { FAIL, { -EFAULT, -EPERM } },
	[HV_CALL_DOMAIN_GET] = { FAIL, { -EFAULT, -ENOMEM, -EPERM } },
	[HV_CALL_DOMAIN_LIST] = { FAIL, { -EFAULT, -ENOMEM, -EPERM } },
	[HV_CALL_DOMAIN_PAUSE] = { FAIL | SILENT | AFTER,
				   { -EPERM, -ESRCH, -EINVAL } },
	[HV_CALL_DOMAIN_UNPAUSE] = { FAIL | AFTER,
				     { -EPERM, -ESRCH, -EINVAL } },
	[HV_CALL_DOMAIN_SET_MAX_PAGES] = { FAIL | SILENT | AFTER,
					   { -EINVAL, -ESRCH, -EPERM } },
	[HV_CALL_DOMAIN_DESTROY] = { FAIL | SILENT | AFTER,
				     { -EBUSY, -EPERM, -EINVAL } },
	[HV_CALL_P2M_POOL_GET] = { FAIL, { -EFAULT, -ESRCH } },
	[HV_CALL_P2M_POOL_SET] = { FAIL | SILENT | AFTER,
				   { -ENOMEM, -EINVAL, -ESRCH } },
	[HV_CALL_POPULATE] = { FAIL | SHORT | SILENT, { -EIO } },
	[HV_CALL_STRIP] = { FAIL | SHORT | SILENT, { -EIO } },
	[HV_CALL_MAP] = { FAIL, { -EINVAL, -ENOMEM, -ESRCH } },
	[HV_CALL_CACHE_FLUSH] = { FAIL, { -EINVAL, -EFAULT } },
	[HV_CALL_HOLES] = { FAIL | SHORT, { -EIO } },
	[HV_CALL_COPY_GRANTED] = { FAIL | SHORT | AFTER, { -EFAULT, -EIO } },
	[HV_CALL_VAULT_CREATE] = { FAIL | SHORT | AFTER,
				   { -ENOMEM, -EPERM, -EEXIST } },
	[HV_CALL_VAULT_OPEN] = { FAIL, { -ENOMEM, -EIO, -EPERM } },
	[HV_CALL_VAULT_WRITE] = { FAIL | SHORT | AFTER, { -EIO, -EFAULT } },
	[HV_CALL_VAULT_READ] = { FAIL | SHORT | AFTER, { -EIO, -EFAULT } },
	[HV_CALL_VAULT_STORE_RING] = { FAIL, { -EFAULT, -ENOENT } },
	[HV_CALL_IOMEM_PERMIT] = { FAIL | SHORT | AFTER,
				   { -EPERM, -ENOMEM, -ESRCH } },
	[HV_CALL_IOMEM_MAP] = { FAIL | SHORT, { -EIO } },
	[HV_CALL_IOMEM_UNMAP] = { FAIL | SHORT, { -EIO } },
	[HV_CALL_MEMORY_OPEN] = { FAIL, { -EPERM, -ENOMEM } },
	[HV_CALL_MEMORY_READ] = { FAIL | SHORT | AFTER, { -EINVAL, -EIO } },
	[HV_CALL_MEMORY_WRITE] = { FAIL | SHORT | AFTER, { -EINVAL, -EIO } },
	[HV_CALL_MEMORY_ZERO] = { FAIL | SHORT | AFTER, { -EINVAL, -EIO } },
	[HV_CALL_MEMORY_FLUSH] = { FAIL | SHORT | AFTER, { -EINVAL, -EIO } },
	[HV_CALL_BUFFER_ALLOC] = { FAIL, { -ENOMEM } },
};

/* What libxenstore has of xenstored (xsd_errors[] in io/xs_wire.h). */
static const int store_errors[FAULT_ERRORS] = { -EIO, -ENOSPC, -E2BIG,
						-EACCES };

static struct {
	struct fault fault;
	unsigned int left; /* calls until it strikes; 0: none is planned */
	uint64_t until;	   /* ms; 0: it has not struck */
} plan;

void faults_plan(const struct fault *fault, unsigned int at)
{
	plan.fault = *fault;
	plan.left = at;
	plan.until = 0;
}

bool faults_struck(void)
{
	return plan.until != 0;
}

bool faults_last(void)
{
	return plan.fault.lasting && plan.until > host.now;
}

void faults_end(void)
{
	plan.left = 0;
	plan.fault.lasting = false;
	hv_model_clear_faults();
}

void faults_tick(void)
{
	if (plan.until && !faults_last())
		faults_end();
}

/* This is a call that it can happen to: is it the one, or one of those after? */
static bool strikes(void)
{
	if (faults_last())
		return true;
	if (!plan.left || --plan.left)
		return false;
	plan.until = host.now + FAULT_WHILE_MS;
	return true;
}

/* ---- hypercalls ---- */

void faults_hypercall(enum hv_model_call call)
{
	const struct fault *fault = &plan.fault;
	struct hv_model_fault inject = {
		.call = call,
		.nth = 1,
		.kind = fault->kind,
		.error = calls[call].errors[fault->error],
		.limit = 1,
	};

	if (fault->of != FAULT_OF_HYPERCALL || !inject.error ||
	    !(calls[call].kinds & (1U << fault->kind)) || !strikes())
		return;
	hv_model_inject(&inject);
}

/* ---- requests ---- */

int faults_request(enum xenstore_moment moment)
{
	const struct fault *fault = &plan.fault;
	enum xenstore_moment then =
		fault->kind == HV_FAULT_AFTER ? XENSTORE_DONE : XENSTORE_BEFORE;

	if (!host.inside)
		return 0;
	if (fault->of == FAULT_OF_COMMIT)
		return moment == XENSTORE_COMMIT && strikes() ? -EAGAIN : 0;
	if (moment == XENSTORE_COMMIT)
		moment = XENSTORE_BEFORE;
	if (fault->of != FAULT_OF_STORE || moment != then || !strikes())
		return 0;
	return store_errors[fault->error];
}

/* ---- memory: what daemon/ and backing/ call instead of malloc, calloc ---- */

static bool has_memory(void)
{
	return plan.fault.of != FAULT_OF_MEMORY || !host.inside || !strikes();
}

void *faults_malloc(size_t size);
void *faults_calloc(size_t count, size_t size);

void *faults_malloc(size_t size)
{
	return has_memory() ? malloc(size) : NULL;
}

void *faults_calloc(size_t count, size_t size)
{
	return has_memory() ? calloc(count, size) : NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Faults and hooks: what the model does instead of what it was asked. */
#include "hv_model_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAULTS 32u

static struct {
	struct hv_model_fault waiting[FAULTS];
	unsigned int count;
	unsigned int calls[HV_CALLS];
	hv_model_hook *hook;
	void *argument;
	bool in_hook;
} faults;

void hv_model_inject(const struct hv_model_fault *fault)
{
	if (faults.count == FAULTS) {
		fprintf(stderr, "hv_model: too many faults\n");
		abort();
	}
	faults.waiting[faults.count++] = *fault;
}

void hv_model_clear_faults(void)
{
	faults.count = 0;
}

unsigned int hv_model_calls(enum hv_model_call call)
{
	return faults.calls[call];
}

void hv_model_set_hook(hv_model_hook *hook, void *argument)
{
	faults.hook = hook;
	faults.argument = argument;
	faults.in_hook = false;
}

void model_faults_reset(void)
{
	memset(&faults, 0, sizeof(faults));
}

static bool has_something_to_show(enum hv_model_call call)
{
	return call == HV_CALL_OPEN || call == HV_CALL_MAP ||
	       call == HV_CALL_VAULT_OPEN || call == HV_CALL_VAULT_CREATE ||
	       call == HV_CALL_MEMORY_OPEN || call == HV_CALL_BUFFER_ALLOC;
}

static struct verdict judge(const struct hv_model_fault *fault,
			    enum hv_model_call call)
{
	int error = fault->error ? fault->error : -EIO;

	switch (fault->kind) {
	case HV_FAULT_SHORT:
		return (struct verdict){ false, error, fault->limit };
	case HV_FAULT_AFTER:
		return (struct verdict){ false, error, UNBOUNDED };
	case HV_FAULT_SILENT:
		if (has_something_to_show(call))
			break;
		return (struct verdict){ true, 0, UNBOUNDED };
	case HV_FAULT_FAIL:
		break;
	}
	return (struct verdict){ true, error, UNBOUNDED };
}

static void retire_fault(unsigned int index)
{
	faults.count--;
	memmove(&faults.waiting[index], &faults.waiting[index + 1],
		(faults.count - index) * sizeof(faults.waiting[0]));
}

static struct verdict next_fault(enum hv_model_call call)
{
	struct verdict verdict = { false, 0, UNBOUNDED };
	bool struck = false;
	unsigned int i = 0;

	while (i < faults.count) {
		struct hv_model_fault *fault = &faults.waiting[i];
		bool due;

		i++;
		if (fault->call != HV_CALL_ANY && fault->call != call)
			continue;
		if (fault->nth > 1) {
			fault->nth--;
			continue;
		}
		due = !struck;
		if (due)
			verdict = judge(fault, call);
		struck = true;
		if (due && !fault->lasting)
			retire_fault(--i);
	}
	return verdict;
}

struct verdict model_faults_enter(enum hv_model_call call, hv_domid domid,
				  gfn_t gfn, uint32_t count)
{
	if (faults.in_hook)
		return (struct verdict){ false, 0, UNBOUNDED };
	faults.calls[call]++;
	faults.calls[HV_CALL_ANY]++;
	if (faults.hook) {
		faults.in_hook = true;
		faults.hook(faults.argument, call, domid, gfn, count);
		faults.in_hook = false;
	}
	return next_fault(call);
}

void model_faults_mute(bool mute)
{
	faults.in_hook = mute;
}

int model_outcome(struct verdict verdict, int rc)
{
	return verdict.error ? verdict.error : rc;
}

uint32_t model_within(struct verdict verdict, uint32_t count)
{
	return count < verdict.limit ? count : verdict.limit;
}

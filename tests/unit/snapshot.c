// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot.h"

#include "cmocka_all.h"

void snapshot_take(struct snapshot *snapshot, const struct fixture *fixture)
{
	snapshot->carveout = fixture->carveout;
	snapshot->ledger = hv_model_ledger();
	snapshot->calls = hv_model_calls(HV_CALL_ANY);
	snapshot->records = fixture->records;
	snapshot->leaving = fixture->leaving;
}

void snapshot_assert_same(const struct snapshot *snapshot,
			  const struct fixture *fixture)
{
	struct hv_model_ledger ledger = hv_model_ledger();

	assert_memory_equal(&snapshot->carveout, &fixture->carveout,
			    sizeof(snapshot->carveout));
	assert_true(hv_model_ledger_equal(&snapshot->ledger, &ledger));
	assert_int_equal(snapshot->calls, hv_model_calls(HV_CALL_ANY));
	assert_int_equal(snapshot->records, fixture->records);
	assert_int_equal(snapshot->leaving, fixture->leaving);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that a refused request could have changed.  The content is not in it:
 * nothing but a call of the hypervisor changes that, and there was none.
 */
#ifndef TESTS_SNAPSHOT_H
#define TESTS_SNAPSHOT_H

#include "fixture.h"

struct snapshot {
	struct carveout carveout;
	struct hv_model_ledger ledger;
	unsigned int calls; /* of the hypervisor */
	unsigned int records;
	unsigned int leaving;
};

void snapshot_take(struct snapshot *snapshot, const struct fixture *fixture);
void snapshot_assert_same(const struct snapshot *snapshot,
			  const struct fixture *fixture);

#endif

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor.h"

static void see_pools(struct doctor *doctor)
{
	struct doctor_pools *pools = &doctor->pools;
	size_t size = 0;
	void *fdt = NULL;
	int rc = pool_tree_live(&fdt, &size);

	pools->seen = true;
	pools->confines_iomem = doctor->host.confines_iomem;
	pools->has_mem = !access("/dev/mem", R_OK | W_OK);
	if (!rc)
		pools->count = pool_tree_find(fdt, size, pools->at,
					      SENTENCE(pools->error));
	else if (rc != -ENOENT)
		pools->count = rc;
	if (rc && rc != -ENOENT)
		snprintf(pools->error, sizeof(pools->error),
			 "/sys/firmware/fdt: %s", strerror(-rc));
	free(fdt);
}

/* The next one with a problem, or NULL. */
static const struct pool_node *next_broken(struct doctor_pools *pools)
{
	while (pools->told < pools->count) {
		const struct pool_node *pool = &pools->at[pools->told++];

		if (*pool->problem)
			return pool;
	}
	return NULL;
}

static bool any_broken(const struct doctor_pools *pools)
{
	for (int i = pools->told; i < pools->count; i++)
		if (*pools->at[i].problem)
			return true;
	return false;
}

static void judge_none(const struct doctor_pools *pools,
		       struct finding *finding)
{
	if (pools->confines_iomem)
		finding_set(
			finding, DOCTOR_OK, NULL,
			"none; backing=vault needs none, hv-mgr dt host makes one");
	else
		finding_set(
			finding, DOCTOR_OK, NULL,
			"none, and none could be used: on this architecture a back end in a PV dom0 can keep a grant mapping of a pool's frame; backing=vault needs none");
}

void doctor_judge_pools(struct doctor_pools *pools, struct finding *finding)
{
	const struct pool_node *broken;

	if (pools->count == -EINVAL) {
		finding_set(
			finding, DOCTOR_FAIL,
			"mend the tree that the firmware gives to Xen, and reboot",
			"the host's device tree cannot be read: %s",
			pools->error);
	} else if (pools->count < 0) {
		finding_set(finding, DOCTOR_WARN, "run it as root in dom0",
			    "not known: %s", pools->error);
	} else if (!pools->count) {
		judge_none(pools, finding);
	} else if (!pools->confines_iomem) {
		finding_set(
			finding, DOCTOR_FAIL,
			"take them out of the device tree: backing=vault needs none",
			"there are pools, but on this architecture a back end in a PV dom0 can keep a grant mapping of a pool's frame");
	} else if (!pools->has_mem) {
		finding_set(
			finding, DOCTOR_FAIL,
			"give dom0 a kernel with CONFIG_DEVMEM, and run hv-mgr as root",
			"there are pools, but no /dev/mem, by which they are read and scrubbed");
	} else if ((broken = next_broken(pools))) {
		finding_set(
			finding, DOCTOR_FAIL,
			"mend the tree that the firmware gives to Xen, and reboot; hv-mgr dt host writes pools as they should be",
			"pool %s: %s", broken->name, broken->problem);
		finding->again = any_broken(pools);
	} else {
		finding_set(finding, DOCTOR_OK, NULL, "%d in the device tree",
			    pools->count);
	}
}

void doctor_pool(struct doctor *doctor, struct finding *finding)
{
	if (!doctor->has_host) {
		finding_set(finding, DOCTOR_WARN, NULL,
			    "not looked at: Xen does not answer");
		return;
	}
	if (!doctor->pools.seen)
		see_pools(doctor);
	doctor_judge_pools(&doctor->pools, finding);
}

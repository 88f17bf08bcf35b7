/* SPDX-License-Identifier: GPL-2.0-only */
/* What doctor looks at. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/cli.h"
#include "config/pool_tree.h"
#include "hv/hv.h"

enum doctor_result { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct finding {
	enum doctor_result result;
	char found[256];
	const char *todo; /* static; NULL: nothing */
	bool again;	  /* there is more to be found: look once more */
};

/* Set all of a finding. */
__attribute__((format(printf, 4, 5))) void
finding_set(struct finding *finding, enum doctor_result result,
	    const char *todo, const char *format, ...);

/* What there is to say about pools; filled in at the first look. */
struct doctor_pools {
	bool seen;
	bool confines_iomem; /* struct hv_host's */
	bool has_mem;	     /* /dev/mem, by which the daemon scrubs them */
	int count;	     /* negative: error says why they are not known */
	struct pool_node at[POOLS_MAX];
	char error[200];
	int told; /* so many of their problems */
};

struct doctor {
	struct cli *cli;
	struct hv *hv; /* NULL: hv_error says why */
	int hv_error;
	bool has_host;
	struct hv_host host;
	struct doctor_pools pools;
};

typedef void doctor_look(struct doctor *doctor, struct finding *finding);

/* doctor_host.c: what files say */
doctor_look doctor_root, doctor_dom0, doctor_privcmd, doctor_evtchn,
	doctor_gntdev, doctor_gntalloc, doctor_xl, doctor_core;

/* doctor_store.c */
doctor_look doctor_xenstore;

/* doctor_xen.c: what the hypervisor says */
doctor_look doctor_hypervisor, doctor_version, doctor_scrub, doctor_bootscrub,
	doctor_memory, doctor_p2m_pool;

/* doctor_pool.c */
doctor_look doctor_pool;
void doctor_judge_pools(struct doctor_pools *pools, struct finding *finding);

/* doctor_daemon.c: what the daemon says, if there is one */
doctor_look doctor_daemon, doctor_guests;

/*
 * The name of the first core in /proc/cpuinfo, read from cpuinfo, that
 * XSA-493 (CVE-2025-10263) concerns, or NULL.
 */
const char *doctor_affected_core(FILE *cpuinfo);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vault backing: content lives in a domain that runs nothing; windows are
 * fresh pages of the guest's own, copied into the vault when they close.
 *
 * Why a copy: pages that the guest owned can still have writers after they left
 * its physical map (a grant that a back end in dom0 maps, a grant to itself
 * mapped at another frame, a registered vcpu_info page).  What is measured
 * must be a copy that no guest ever had a mapping of.
 */
#ifndef BACKING_VAULT_H
#define BACKING_VAULT_H

#include "backing/backing.h"
#include "backing/guest.h"

struct vault_place {
	struct guest *guest; /* outlives the backing */
	const char *name;    /* the carveout's, for the log; outlives it too */
	gfn_t base;	     /* the carveout's first frame in the guest */
	uint64_t size;	     /* bytes */
	struct hv_handle handle; /* the vault's, tells an orphan's owner */
};

/*
 * Make a vault for a new carveout.  Its pages are undefined unless the host
 * scrubs: the caller scrubs it before first use.  -ENOMEM: the host is full;
 * -EEXIST: a vault with this handle lives (an orphan: see vault_adopt()).
 */
int vault_create(const struct vault_place *place, struct backing **backing,
		 hv_domid *vault);

/* Take over a vault that an earlier manager made.  -ESRCH: it is gone. */
int vault_adopt(const struct vault_place *place, hv_domid vault,
		struct backing **backing);

/* Take a window away whose vault is lost. */
int vault_withdraw_lost(const struct vault_place *place,
			struct backing_window *window);

/* As hv_vault_store_ring(), for a backing made here. */
int vault_store_ring(struct backing *backing, struct hv_store_ring *ring);

#endif

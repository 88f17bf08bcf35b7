/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_CLAIM_H
#define CARVEOUT_CLAIM_H

#include <linux/types.h>

struct carveout;

/* Why no window may be opened, and nobody may begin to write (claim.c). */
enum carveout_bar {
	CARVEOUT_BAR_GONE = 1,	   /* detached: nothing works any more */
	CARVEOUT_BAR_SHUTDOWN = 2, /* this kernel ends */
	CARVEOUT_BAR_SUSPEND = 4,  /* the guest is being saved */
	CARVEOUT_BAR_RESET = 8,	   /* until RESET is answered */
};

int carveout_barred(const struct carveout *c);
void carveout_bar(struct carveout *c, enum carveout_bar bar);
void carveout_unbar(struct carveout *c, enum carveout_bar bar);
u32 carveout_epoch(struct carveout *c);
void carveout_begin_epoch(struct carveout *c);
int carveout_claim(struct carveout *c);
int carveout_claim_reset(struct carveout *c);
void carveout_unclaim(struct carveout *c);

#endif

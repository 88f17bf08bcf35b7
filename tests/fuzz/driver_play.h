/* SPDX-License-Identifier: GPL-2.0-only */
/* What those have in common who play around the guest driver. */
#ifndef DRIVER_PLAY_H
#define DRIVER_PLAY_H

#include "kernel.h"

struct carveoutif_sring;

struct play {
	struct xen_carveout *c;
	bool honest;  /* the manager is as it should be */
	bool faulted; /* the kernel has had one of its own, or is to */
	bool found;   /* was published: xen_carveout_get() finds no other */
	/* Occasions at which windows are taken from who has them. */
	unsigned int takings;
};
extern struct play play;

static inline struct carveoutif_sring *ring(void)
{
	return kernel_ring_page();
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_cmdline.h - what Xen made of its own command line.
 *
 * Pure: no Xen needed, no allocation.
 */
#ifndef XEN_CMDLINE_H
#define XEN_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

/* Free memory at boot: xen/common/page_alloc.c, enum bootscrub_mode. */
enum xen_bootscrub {
	XEN_BOOTSCRUB_IDLE, /* Xen's default: in the background */
	XEN_BOOTSCRUB_ON,   /* before dom0 starts */
	XEN_BOOTSCRUB_OFF,  /* never: free memory holds what the reset left */
};

struct xen_cmdline {
	bool scrub_domheap; /* pages are scrubbed whenever they are freed */
	enum xen_bootscrub bootscrub;
};

struct xen_cmdline xen_cmdline_parse(const char *text);

/*
 * Does every page that Xen hands out hold zeros?  room is the size of the
 * buffer that text came in: a text that fills it may have lost its end, where
 * anything may stand, so the answer is no.
 */
bool xen_cmdline_scrubs(const char *text, size_t room);

#endif

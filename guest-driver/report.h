/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_CARVEOUT_REPORT_H
#define XEN_CARVEOUT_REPORT_H

struct xen_carveout;

void xen_carveout_note_error(struct xen_carveout *c, const char *step,
			     int error);

#endif

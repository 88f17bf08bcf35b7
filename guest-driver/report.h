/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_REPORT_H
#define CARVEOUT_REPORT_H

struct carveout;

void carveout_note_error(struct carveout *c, const char *step, int error);

#endif

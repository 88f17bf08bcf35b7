/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_DEBUGFS_H
#define CARVEOUT_DEBUGFS_H

struct carveout;

void carveout_debugfs_init(void);
void carveout_debugfs_exit(void);
void carveout_debugfs_add(struct carveout *c);
void carveout_debugfs_remove(struct carveout *c);

#endif

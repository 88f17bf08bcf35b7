/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_TREE_H
#define CARVEOUT_TREE_H

struct carveout;

void carveout_tree_match(struct carveout *c);
void carveout_tree_announce(struct carveout *c);
void carveout_tree_exit(void);

#endif

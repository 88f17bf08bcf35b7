/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_NODES_H
#define CARVEOUT_NODES_H

struct carveout;

int carveout_check_nodes(struct carveout *c);
int carveout_write_nodes(struct carveout *c);

#endif

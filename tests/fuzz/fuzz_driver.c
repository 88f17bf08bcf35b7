// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest driver against a back end that may do anything, in the kernel that
 * kernel/ plays.  Whatever happens, when the device is gone every window is
 * free, nothing is mapped, granted, bound or queued, and memory is as before.
 *
 * An input is eleven lines: the back end's nodes, and driver_world.c's script.
 */
#include "driver_world.h"

#include "few_nodes.h"
#include "fuzz.h"

struct node nodes[] = {
	{ .name = "versions" },
	{ .name = "memory" },
	{ .name = "name" },
	{ .name = "base" },
	{ .name = "size" },
	{ .name = "window-max" },
	{ .name = "windows-max" },
	{ .name = "expected-size" },
	{ .name = "error" },
	{ .name = "format" },
	{ .name = "evidence" },
	{ .name = "script" },
	{ 0 },
};

static const struct node *const the_script = &nodes[11];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xen_carveout *c;

	nodes_set(data, size);
	if (!the_script->value)
		return 0;
	c = world_begin((const uint8_t *)the_script->value, the_script->length,
			false);
	world_play();
	world_end(c);
	return 0;
}

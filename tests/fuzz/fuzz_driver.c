// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest driver against a back end that may do anything, in the kernel that
 * kernel/ plays.  Whatever happens, when the device is gone every window is
 * free, nothing is mapped, granted, bound or queued, and memory is as before.
 *
 * An input is ten lines: the back end's nodes, and driver_world.c's script.
 */
#include "driver_world.h"

#include "internal.h"

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
	{ .name = "script" },
	{ .name = "backend" }, /* of a stranded device: not there again */
	{ 0 },
};

static const struct node *const the_script = &nodes[9];

static void check_free(const struct carveout *c)
{
	for (unsigned int i = 0; i < CARVEOUTIF_SLOTS; i++) {
		const struct window *w = &c->windows[i];

		require(w->state == WINDOW_FREE && !w->users);
		require(!w->map.vaddr || w->dead);
		if (w->dead) /* the kernel's loss, not ours */
			memunmap(w->map.vaddr);
	}
	require(!c->ring.page && !c->ring.busy[0] && !c->region);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct carveout *c;

	nodes_set(data, size);
	if (!the_script->value)
		return 0;
	c = world_begin((const uint8_t *)the_script->value, the_script->length);
	world_play();
	world_end();
	check_free(c);
	carveout_put(c);
	require(kernel_nothing_left());
	return 0;
}

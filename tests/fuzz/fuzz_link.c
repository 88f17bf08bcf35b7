// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest driver beside a manager as it should be (driver_manager.c): whoever
 * opens, writes, resets, saves the guest or shuts it down, and whatever fails
 * in the kernel meanwhile: nothing is touched that the manager has taken away,
 * and no stream is sealed with something missing.
 *
 * An input is an octet, how many windows there may be, and driver_world.c's
 * script.
 */
#include "driver_world.h"

#include "kernel.h"

#include "driver_manager.h"
#include "few_nodes.h"
#include "fuzz.h"

#define BASE (4ull << 30)
#define SIZE (1ull << 20)

struct node nodes[] = {
	{ .name = "versions" },	   { .name = "memory" },
	{ .name = "name" },	   { .name = "base" },
	{ .name = "size" },	   { .name = "window-max" },
	{ .name = "windows-max" }, { .name = "expected-size" },
	{ .name = "format" },	   { .name = "error" },
	{ .name = "evidence" },	   { 0 },
};

static const char *const values[] = { "1,2",	    "normal",  "modem",
				      "4294967296", "1048576", "16384" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char windows[] = "1";

	if (!size)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		node_set(&nodes[i], (const uint8_t *)values[i],
			 strlen(values[i]));
	windows[0] = (char)('1' + data[0] % 4);
	node_set(&nodes[ARRAY_SIZE(values)], (const uint8_t *)windows, 1);
	manager_begin(BASE, SIZE);
	struct xen_carveout *c = world_begin(data + 1, size - 1, true);

	world_play();
	world_end(c);
	return 0;
}

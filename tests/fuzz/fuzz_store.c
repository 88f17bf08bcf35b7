// SPDX-License-Identifier: GPL-2.0-only
/*
 * A front end that writes anything to its nodes, and records that are not what
 * the manager wrote, before a restart in the middle of a load.  Nothing that a
 * guest writes makes host_check() false; whatever a record says, nothing is
 * left when the guest is gone.
 *
 * The input is a list of lines: the node's number among the front end's nodes,
 * or among the records' if it is upper case, and its value.
 */
#include <string.h>

#include "daemon/store.h"
#include "records.h"
#include "script.h"
#include "xenstored.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Was it a record? */
static bool write_node(const uint8_t *line, size_t length)
{
	unsigned int n = line[0] & 0x1fU;
	struct store_path front =
		store_path("/local/domain/%u/device/carveout/0", host.guest);
	char text[RECORD_TEXT_MAX] = "";
	const char *path;

	if (line[0] >= 'A' && line[0] <= 'Z') {
		memcpy(text, line + 1,
		       length < sizeof(text) ? length - 1 : sizeof(text) - 1);
		records_spoil(n - 1, text);
		return true;
	}
	path = xenstore_below(front.text, n);
	if (path && length - 1 <= XENSTORE_VALUE_MAX)
		xenstore_put(0, path, line + 1, (unsigned int)(length - 1));
	return false;
}

static bool write_nodes(const uint8_t *data, size_t size)
{
	bool records = false;

	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t length = end ? (size_t)(end - data) : size;

		if (length)
			records |= write_node(data, length);
		data += length += end != NULL;
		size -= length;
	}
	return records;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	script_start(data[0]);
	front_begin(1, SCRIPT_LENGTH);
	host.front.hold = data[0] % 5;
	host_until(script_holds);
	front_idle();
	host_stop();
	host.spoiled = write_nodes(data + 1, size - 1);
	host_turns(3);
	if (!host.spoiled)
		host_check();
	host_destroy_domain(host.guest);
	host_turns(1);
	host_stop(); /* what it could not know, the next one does */
	host_turns(3);
	host_power_off();
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Print docs/states.md from the state table:
 *   build/host-gcc/tests/unit/print_states > docs/states.md
 * A test compares the two.
 */
#include <stdio.h>
#include <string.h>

#include "state.h"

static const char *answer(enum carveout_state state,
			  enum carveout_request request, enum carveout_who who)
{
	int rc = carveout_state_allows(state, request, who);

	return rc ? strerrorname_np(-rc) : "yes";
}

static void print_row(enum carveout_request request)
{
	printf("| %s |", carveout_request_name(request));
	for (int s = 1; s < CARVEOUT_STATES; s++)
		printf(" %s / %s |",
		       answer((enum carveout_state)s, request, CARVEOUT_GUEST),
		       answer((enum carveout_state)s, request, CARVEOUT_DOM0));
	putchar('\n');
}

int main(void)
{
	puts("# States and requests\n");
	puts("Made from `common/state.c` by `tests/unit/print_states.c`. In each field: the answer to the guest /");
	puts("to dom0. `EOPNOTSUPP`: this party never makes that request. While a carveout is being scrubbed or");
	puts("measured, what would be `yes` for open, write and seal is `EBUSY`; the manager keeps dom0's write or seal until then.\n");
	printf("| |");
	for (int s = 1; s < CARVEOUT_STATES; s++)
		printf(" %s |", carveout_state_name((enum carveout_state)s));
	printf("\n|---|");
	for (int s = 1; s < CARVEOUT_STATES; s++)
		printf("---|");
	putchar('\n');
	for (int r = 0; r < CARVEOUT_REQUESTS; r++)
		print_row((enum carveout_request)r);
	return 0;
}

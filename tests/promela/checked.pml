/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a model is checked: its promises, one by one if need be; its mutants; and
 * a manager that may be killed before anything that others can see.
 *
 * Set when run, in the environment (so that one compiled model serves):
 *   CRASHES     times that the manager is killed at most
 *   ORDERS      orders of dom0 at most
 *   ONLY        the number of one promise to check; else all
 *   MUTANT      the number of a step to leave out, or to swap with the next
 */
c_decl {
\#include <stdlib.h>

static int from_environment(const char *name)
{
	const char *value = getenv(name);

	return value ? atoi(value) : 0;
}
};
byte only;
byte mutant;
byte CRASHES;
byte ORDERS;
unsigned crashes : 2;
unsigned orders : 2; /* that dom0 gave */

inline set()
{
	c_code {
		now.only = from_environment("ONLY");
		now.mutant = from_environment("MUTANT");
		now.CRASHES = from_environment("CRASHES");
		now.ORDERS = from_environment("ORDERS");
	}
}

#define promise(which, holds) assert((only && only != which) || (holds))
#define without(step) (mutant == step)

/*
 * What others can see of the manager is done in one go, or it is killed before.
 */
#define OR_KILLED :: crashes < CRASHES -> crashes++; goto killed
#define effect(what) if :: d_step { what } OR_KILLED fi

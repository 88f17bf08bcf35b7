// SPDX-License-Identifier: GPL-2.0-only
#include "state.h"

#ifdef __KERNEL__
#include <linux/errno.h>
#else
#include <errno.h>
#endif

#define OK 0

/*
 * answers[state][request] = { guest's answer, dom0's answer }.
 *
 * -EOPNOTSUPP: this party never makes that request.  -ECANCELED tells a loader
 * whose carveout was revoked under it that only a reset helps.  What a guest
 * may do to a SEALED carveout is nothing; a stanza with guest-reset=1 is the
 * one exception, made by the caller (carveout.c).
 */
static const short answers[CARVEOUT_STATES][CARVEOUT_REQUESTS][CARVEOUT_WHOS] = {
	[CARVEOUT_EMPTY] = {
		[CARVEOUT_REQ_OPEN]   = { OK, -EOPNOTSUPP },
		[CARVEOUT_REQ_CLOSE]  = { -ENOENT, -EOPNOTSUPP },
		[CARVEOUT_REQ_WRITE]  = { OK, OK },
		[CARVEOUT_REQ_SEAL]   = { -ENODATA, -ENODATA },
		[CARVEOUT_REQ_ABORT]  = { OK, OK },
		[CARVEOUT_REQ_REVOKE] = { -EOPNOTSUPP, OK },
		[CARVEOUT_REQ_RESET]  = { OK, OK },
		[CARVEOUT_REQ_READ]   = { -EOPNOTSUPP, -ENODATA },
	},
	[CARVEOUT_LOADING] = {
		[CARVEOUT_REQ_OPEN]   = { OK, -EOPNOTSUPP },
		[CARVEOUT_REQ_CLOSE]  = { OK, -EOPNOTSUPP },
		[CARVEOUT_REQ_WRITE]  = { OK, OK },
		[CARVEOUT_REQ_SEAL]   = { OK, OK },
		[CARVEOUT_REQ_ABORT]  = { OK, OK },
		[CARVEOUT_REQ_REVOKE] = { -EOPNOTSUPP, OK },
		[CARVEOUT_REQ_RESET]  = { OK, OK },
		[CARVEOUT_REQ_READ]   = { -EOPNOTSUPP, -EBUSY },
	},
	[CARVEOUT_SEALED] = {
		[CARVEOUT_REQ_OPEN]   = { -EPERM, -EOPNOTSUPP },
		[CARVEOUT_REQ_CLOSE]  = { -ENOENT, -EOPNOTSUPP },
		[CARVEOUT_REQ_WRITE]  = { -EPERM, -EPERM },
		[CARVEOUT_REQ_SEAL]   = { -EALREADY, -EALREADY },
		[CARVEOUT_REQ_ABORT]  = { -EPERM, -EPERM },
		[CARVEOUT_REQ_REVOKE] = { -EOPNOTSUPP, OK },
		[CARVEOUT_REQ_RESET]  = { -EPERM, OK },
		[CARVEOUT_REQ_READ]   = { -EOPNOTSUPP, OK },
	},
	[CARVEOUT_FAILED] = {
		[CARVEOUT_REQ_OPEN]   = { -ECANCELED, -EOPNOTSUPP },
		[CARVEOUT_REQ_CLOSE]  = { -ECANCELED, -EOPNOTSUPP },
		[CARVEOUT_REQ_WRITE]  = { -ECANCELED, -ECANCELED },
		[CARVEOUT_REQ_SEAL]   = { -ECANCELED, -ECANCELED },
		[CARVEOUT_REQ_ABORT]  = { OK, OK },
		[CARVEOUT_REQ_REVOKE] = { -EOPNOTSUPP, OK },
		[CARVEOUT_REQ_RESET]  = { OK, OK },
		[CARVEOUT_REQ_READ]   = { -EOPNOTSUPP, -ENODATA },
	},
};

static const char *const state_names[CARVEOUT_STATES] = {
	[CARVEOUT_EMPTY] = "EMPTY",
	[CARVEOUT_LOADING] = "LOADING",
	[CARVEOUT_SEALED] = "SEALED",
	[CARVEOUT_FAILED] = "FAILED",
};

static const char *const request_names[CARVEOUT_REQUESTS] = {
	[CARVEOUT_REQ_OPEN] = "open",	[CARVEOUT_REQ_CLOSE] = "close",
	[CARVEOUT_REQ_WRITE] = "write", [CARVEOUT_REQ_SEAL] = "seal",
	[CARVEOUT_REQ_ABORT] = "abort", [CARVEOUT_REQ_REVOKE] = "revoke",
	[CARVEOUT_REQ_RESET] = "reset", [CARVEOUT_REQ_READ] = "read",
};

int carveout_state_allows(enum carveout_state state,
			  enum carveout_request request, enum carveout_who who)
{
	if ((unsigned int)state >= CARVEOUT_STATES || !state_names[state])
		return -EINVAL;
	if ((unsigned int)request >= CARVEOUT_REQUESTS)
		return -EINVAL;
	if ((unsigned int)who >= CARVEOUT_WHOS)
		return -EINVAL;
	return answers[state][request][who];
}

const char *carveout_state_name(enum carveout_state state)
{
	if ((unsigned int)state >= CARVEOUT_STATES || !state_names[state])
		return "?";
	return state_names[state];
}

const char *carveout_request_name(enum carveout_request request)
{
	if ((unsigned int)request >= CARVEOUT_REQUESTS)
		return "?";
	return request_names[request];
}

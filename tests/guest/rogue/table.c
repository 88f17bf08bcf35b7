// SPDX-License-Identifier: GPL-2.0-only
/*
 * table     Flaw looked for: a request that the protocol refuses is done, or
 *           done in part, or gets another answer.  Method: the table below,
 *           one request after the other, every field at its edges and where
 *           sums overflow or are cut to 32 bits; include/carveoutif.h says
 *           what each must get.  QUERY rows look between them that what was
 *           refused has changed nothing.  Meaning: "N requests, 0 wrong" is
 *           as it must be; a row that got another answer is named.  The
 *           carveout is SEALED at last, its content one zero byte.
 * foreign   Flaw: a window of one carveout can be closed through another.
 *           Method: open one in the first carveout, then close its id, ids
 *           around it and ids that were never given through the second.
 *           Meaning: "0 closed, 1 open" is as it must be.
 */
#include <linux/string.h>

#include "rogue.h"
#include "state.h"

/* Stand for the ids of the windows last opened in slot 0 and 1, */
#define IN_0 0xfffffff0U
#define IN_1 0xfffffff1U
#define NEVER 0xfffffff2U /* and for one that was not given yet. */
#define LISTED \
	0xfffffff3U /* A directory of as many pages as a window may have. */

#define TOP (~0ULL)
#define TOP_PAGE (~4095ULL)

struct row {
	struct carveoutif_request request;
	int status;
	u8 state, open; /* what an answer to QUERY says */
};

/* With one byte of the request other than zero. */
#define BYTE(field_) .field_ = 1

static const struct row rows[] = {
	/* What is no request at all. */
	{ QUERY, 0, CARVEOUT_EMPTY, 0 },
	{ { .op = 0 }, -EINVAL },
	{ { .op = 8 }, -EINVAL },
	{ { .op = 255 }, -EINVAL },
	{ { .op = CARVEOUTIF_OP_QUERY, BYTE(reserved[0]) }, -EINVAL },
	{ { .op = CARVEOUTIF_OP_QUERY, BYTE(reserved[4]) }, -EINVAL },
	{ { .op = CARVEOUTIF_OP_QUERY, BYTE(u.none[0]) }, -EINVAL },
	{ { .op = CARVEOUTIF_OP_QUERY, BYTE(u.none[55]) }, -EINVAL },
	{ { .op = CARVEOUTIF_OP_RESET, BYTE(u.none[55]) }, -EINVAL },
	{ { .op = CARVEOUTIF_OP_ABORT, BYTE(u.none[0]) }, -EINVAL },
	{ { .op = CARVEOUTIF_OP_OPEN,
	    BYTE(reserved[4]),
	    .u.open = { 0, PAGE, W, 0 } },
	  -EINVAL },

	/* What there is nothing for. */
	{ CLOSE(0, COMMIT, 0), -ENOENT },
	{ CLOSE(1, DISCARD, 0), -ENOENT },
	{ CLOSE(~0U, COMMIT, 0), -ENOENT },
	{ SEAL(PAGE, 0), -ENODATA },
	{ ABORT, 0 },
	{ RESET, 0 },

	/* Offsets and lengths. */
	{ OPEN(1, PAGE, W, 0), -EINVAL },
	{ OPEN(PAGE - 1, PAGE, W, 0), -EINVAL },
	{ OPEN(MODEM_SIZE - 1, PAGE, W, 0), -EINVAL },
	{ OPEN(MODEM_SIZE + 1, PAGE, W, 0), -EINVAL },
	{ OPEN(TOP, PAGE, W, 0), -EINVAL },
	{ OPEN(0, 0, W, 0), -EINVAL },
	{ OPEN(0, 1, W, 0), -EINVAL },
	{ OPEN(0, PAGE - 1, W, 0), -EINVAL },
	{ OPEN(0, PAGE + 1, W, 0), -EINVAL },
	{ OPEN(0, MODEM_WINDOW + PAGE, W, 0), -EINVAL },
	{ OPEN(0, MODEM_SIZE, W, 0), -EINVAL },
	{ OPEN(0, (1ULL << 32) + PAGE, W, 0), -EINVAL },
	{ OPEN(0, TOP, W, 0), -EINVAL },
	{ OPEN(0, TOP_PAGE, W, 0), -EINVAL },
	{ OPEN(PAGE, TOP_PAGE, W, 0), -EINVAL }, /* ends at 0 */
	{ OPEN(MODEM_SIZE, PAGE, W, 0), -ENOSPC },
	{ OPEN(MODEM_SIZE - PAGE, 2 * PAGE, W, 0), -ENOSPC },
	{ OPEN(MODEM_SIZE + PAGE, PAGE, W, 0), -ENOSPC },
	{ OPEN(1ULL << 32, PAGE, W, 0), -ENOSPC },
	{ OPEN(1ULL << 63, PAGE, W, 0), -ENOSPC },
	{ OPEN(TOP_PAGE, PAGE, W, 0), -ENOSPC }, /* ends at 0 */
	{ OPEN(TOP_PAGE, 2 * PAGE, W, 0), -ENOSPC },
	/* Modes, slots, reserved bytes. */
	{ OPEN(0, PAGE, 0, 0), -EINVAL },
	{ OPEN(0, PAGE, 3, 0), -EINVAL },
	{ OPEN(0, PAGE, 255, 0), -EINVAL },
	{ OPEN(0, PAGE, W, MODEM_WINDOWS), -EINVAL },
	{ OPEN(0, PAGE, W, CARVEOUTIF_SLOTS), -EINVAL },
	{ OPEN(0, PAGE, W, 255), -EINVAL },
	{ { .op = CARVEOUTIF_OP_OPEN,
	    .u.open = { 0, PAGE, W, 0, BYTE(reserved[0]) } },
	  -EINVAL },
	{ { .op = CARVEOUTIF_OP_OPEN,
	    .u.open = { 0, PAGE, W, 0, BYTE(reserved[37]) } },
	  -EINVAL },
	{ QUERY, 0, CARVEOUT_EMPTY, 0 },

	/* Putting. */
	{ PUT(1, PAGE, LISTED), -EINVAL },
	{ PUT(PAGE - 1, PAGE, LISTED), -EINVAL },
	{ PUT(TOP, PAGE, LISTED), -EINVAL },
	{ PUT(0, MODEM_WINDOW + 1, LISTED), -EINVAL },
	{ PUT(0, ~0U, LISTED), -EINVAL },
	{ PUT(PAGE, ~0U - PAGE + 1, LISTED), -EINVAL },
	{ PUT(MODEM_SIZE, 1, LISTED), -ENOSPC },
	{ PUT(MODEM_SIZE - PAGE, PAGE + 1, LISTED), -ENOSPC },
	{ PUT(1ULL << 32, PAGE, LISTED), -ENOSPC },
	{ PUT(TOP_PAGE, 1, LISTED), -ENOSPC },
	{ PUT(TOP_PAGE, 2 * PAGE, LISTED), -ENOSPC },
	{ { .op = CARVEOUTIF_OP_PUT,
	    .u.put = { 0, PAGE, LISTED, BYTE(reserved[0]) } },
	  -EINVAL },
	{ { .op = CARVEOUTIF_OP_PUT,
	    .u.put = { 0, PAGE, LISTED, BYTE(reserved[39]) } },
	  -EINVAL },
	{ PUT(0, 1, ~0U), -EFAULT },
	{ PUT(0, 1, 1U << 31), -EFAULT },
	{ QUERY, 0, CARVEOUT_EMPTY, 0 },
	{ PUT(0, 0, ~0U), 0 },
	{ QUERY, 0, CARVEOUT_LOADING, 0 },
	{ SEAL(PAGE, 0), -ENODATA },
	{ RESET, 0 },

	/* Windows beside and over others. */
	{ OPEN(0, PAGE, W, 0), 0 },
	{ OPEN(2 * PAGE, PAGE, W, 0), -EBUSY },
	{ OPEN(0, PAGE, W, 1), -EBUSY },
	{ OPEN(0, 2 * PAGE, RW, 1), -EBUSY },
	{ OPEN(PAGE, MODEM_WINDOW, W, 1), 0 },
	{ QUERY, 0, CARVEOUT_LOADING, 2 },
	{ SEAL(PAGE, 0), -EBUSY },
	{ PUT(0, 1, LISTED), -EBUSY },
	{ PUT(PAGE, MODEM_WINDOW, LISTED), -EBUSY },
	{ PUT(MODEM_WINDOW, PAGE + 1, LISTED), -EBUSY },
	{ PUT(MODEM_WINDOW + PAGE, PAGE + 1, LISTED), 0 },
	{ PUT(MODEM_SIZE - PAGE, PAGE, LISTED), 0 },

	/* Closing what is not so. */
	{ CLOSE(0, COMMIT, 0), -ENOENT },
	{ CLOSE(NEVER, COMMIT, 0), -ENOENT },
	{ CLOSE(~0U, DISCARD, 0), -ENOENT },
	{ CLOSE(IN_0, 0, 0), -EINVAL },
	{ CLOSE(IN_0, 3, 0), -EINVAL },
	{ CLOSE(IN_0, 255, 0), -EINVAL },
	{ CLOSE(IN_0, DISCARD, 1), -EINVAL },
	{ CLOSE(IN_0, DISCARD, PAGE), -EINVAL },
	{ CLOSE(IN_0, COMMIT, PAGE + 1), -EINVAL },
	{ CLOSE(IN_0, COMMIT, 1ULL << 32), -EINVAL },
	{ CLOSE(IN_0, COMMIT, (1ULL << 32) + 1), -EINVAL },
	{ CLOSE(IN_0, COMMIT, TOP_PAGE), -EINVAL },
	{ CLOSE(IN_0, COMMIT, TOP), -EINVAL },
	{ { .op = CARVEOUTIF_OP_CLOSE,
	    .u.close = { IN_0, COMMIT, BYTE(reserved[0]) } },
	  -EINVAL },
	{ { .op = CARVEOUTIF_OP_CLOSE,
	    .u.close = { IN_0, DISCARD, BYTE(reserved[2]) } },
	  -EINVAL },
	{ { .op = CARVEOUTIF_OP_CLOSE,
	    .u.close = { IN_0, COMMIT, BYTE(reserved2[0]) } },
	  -EINVAL },
	{ { .op = CARVEOUTIF_OP_CLOSE,
	    .u.close = { IN_0, COMMIT, BYTE(reserved2[39]) } },
	  -EINVAL },
	{ QUERY, 0, CARVEOUT_LOADING, 2 },

	/* Closing, and closing again. */
	{ CLOSE(IN_1, COMMIT, 1), 0 },
	{ CLOSE(IN_1, COMMIT, 1), -ENOENT },
	{ CLOSE(IN_0, COMMIT, PAGE), 0 },
	{ CLOSE(IN_0, DISCARD, 0), -ENOENT },
	{ OPEN(MODEM_SIZE - PAGE, PAGE, RW, 1), 0 },
	{ CLOSE(IN_0, DISCARD, 0), -ENOENT },
	{ CLOSE(IN_1, DISCARD, 0), 0 },
	{ CLOSE(IN_1, DISCARD, 0), -ENOENT },
	{ QUERY, 0, CARVEOUT_LOADING, 0 },

	/* Seals. */
	{ SEAL(0, 0), -EINVAL },
	{ SEAL(MODEM_SIZE + 1, 0), -ENOSPC },
	{ SEAL(MODEM_SIZE + PAGE, 0), -ENOSPC },
	{ SEAL(1ULL << 32, 0), -ENOSPC },
	{ SEAL(TOP_PAGE, 0), -ENOSPC },
	{ SEAL(TOP, 0), -ENOSPC },
	{ SEAL(PAGE, 2), -EINVAL },
	{ SEAL(PAGE, 0x81), -EINVAL },
	{ { .op = CARVEOUTIF_OP_SEAL,
	    .u.seal = { PAGE, 0, BYTE(reserved[6]) } },
	  -EINVAL },
	{ { .op = CARVEOUTIF_OP_SEAL, .u.seal = { PAGE, 0, BYTE(directory) } },
	  -EINVAL },
	{ { .op = CARVEOUTIF_OP_SEAL, .u.seal = { PAGE, 0, BYTE(digest[31]) } },
	  -EINVAL },
	{ QUERY, 0, CARVEOUT_LOADING, 0 },
	{ SEAL(PAGE, CARVEOUTIF_SEAL_HAS_DIGEST), -EBADMSG },
	{ QUERY, 0, CARVEOUT_FAILED, 0 },

	/* After a failure. */
	{ SEAL(PAGE, 0), -ECANCELED },
	{ OPEN(0, PAGE, W, 0), -ECANCELED },
	{ PUT(0, PAGE, LISTED), -ECANCELED },
	{ CLOSE(IN_0, COMMIT, 0), -ECANCELED },
	{ ABORT, 0 },
	{ RESET, 0 },
	{ QUERY, 0, CARVEOUT_EMPTY, 0 },
	{ OPEN(0, PAGE, W, 0), 0 },
	{ ABORT, 0 },
	{ QUERY, 0, CARVEOUT_FAILED, 0 },
	{ CLOSE(IN_0, COMMIT, 0), -ECANCELED },
	{ RESET, 0 },

	/* When it is sealed. */
	{ OPEN(0, PAGE, W, 0), 0 },
	{ CLOSE(IN_0, COMMIT, PAGE), 0 },
	{ SEAL(1, 0), 0 },
	{ QUERY, 0, CARVEOUT_SEALED, 0 },
	{ OPEN(0, PAGE, RW, 0), -EPERM },
	{ PUT(0, PAGE, LISTED), -EPERM },
	{ CLOSE(IN_0, COMMIT, 0), -ENOENT },
	{ SEAL(1, 0), -EALREADY },
	{ ABORT, -EPERM },
	{ RESET, -EPERM },
	{ QUERY, 0, CARVEOUT_SEALED, 0 },
};

/* Ids of the windows last opened, by slot. */
static u32 windows[MODEM_WINDOWS];

static struct carveoutif_request fill_in(const struct row *row, u16 id)
{
	struct carveoutif_request request = row->request;
	u32 stands_for = request.u.close.window - IN_0;

	request.id = id;
	if (request.op == CARVEOUTIF_OP_PUT &&
	    request.u.put.directory == LISTED)
		request.u.put.directory = links[MODEM].directory_ref;
	if (request.op != CARVEOUTIF_OP_CLOSE)
		return request;
	if (stands_for < MODEM_WINDOWS)
		request.u.close.window = windows[stands_for];
	else if (request.u.close.window == NEVER)
		request.u.close.window = windows[1] + 1;
	return request;
}

/* Nothing but what the protocol names is in an answer. */
static bool in_form(const struct carveoutif_request *request,
		    const struct carveoutif_response *response)
{
	return response->id == request->id && response->op == request->op &&
	       !response->reserved &&
	       (!response->status ||
		!memchr_inv(response->u.none, 0, sizeof(response->u.none)));
}

static bool as_expected(const struct row *row,
			const struct carveoutif_request *request,
			const struct carveoutif_response *response)
{
	const struct carveoutif_state *state = &response->u.query;

	if (response->status != row->status || !in_form(request, response))
		return false;
	if (request->op != CARVEOUTIF_OP_QUERY || response->status)
		return true;
	return state->state == row->state && state->windows_open == row->open &&
	       state->size == MODEM_SIZE;
}

static void note_window(const struct carveoutif_request *request,
			const struct carveoutif_response *response)
{
	if (request->op == CARVEOUTIF_OP_OPEN && !response->status &&
	    request->u.open.slot < MODEM_WINDOWS)
		windows[request->u.open.slot] = response->u.open.window;
}

int attack_table(void)
{
	struct carveoutif_response response;
	struct carveoutif_request request;
	unsigned int i, wrong = 0;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		request = fill_in(&rows[i], i * 257);
		link_list(&links[MODEM], request.op == CARVEOUTIF_OP_PUT ?
						 links[MODEM].ring_ref :
						 0);
		if (link_ask(&links[MODEM], &request, &response) == -ETIMEDOUT)
			break;
		note_window(&request, &response);
		if (as_expected(&rows[i], &request, &response))
			continue;
		wrong++;
		pr_err("rogue: row %u: op %u got %d, not %d: %*ph\n", i,
		       request.op, response.status, rows[i].status, 16,
		       response.u.none);
	}
	tell("%u requests, %u wrong%s", i, wrong,
	     i < ARRAY_SIZE(rows) ? ", then no answer" : "");
	return 0;
}

/* Ids around the one that the other carveout has open. */
static unsigned int close_around(struct link *link, u32 window)
{
	struct carveoutif_response response;
	unsigned int closed = 0;
	u32 id;

	for (id = window - 8; id != window + 8; id++) {
		struct carveoutif_request request = CLOSE(id, DISCARD, 0);

		closed += link_ask(link, &request, &response) != -ENOENT;
	}
	return closed;
}

int attack_foreign(void)
{
	const struct carveoutif_request open = OPEN(0, PAGE, W, 0);
	const struct carveoutif_request query = QUERY, reset = RESET;
	struct carveoutif_response response;
	unsigned int closed;
	int err;

	err = link_ask(&links[MODEM], &open, &response);
	if (err)
		return err;
	closed = close_around(&links[SPARE], response.u.open.window);
	err = link_ask(&links[MODEM], &query, &response);
	tell("%u closed, %u open", closed, response.u.query.windows_open);
	return err ? err : link_ask(&links[MODEM], &reset, &response);
}

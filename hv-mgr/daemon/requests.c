// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/requests.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_limit.h"
#include "carveoutif.h"
#include "daemon/device.h"
#include "daemon/examination.h"
#include "daemon/label.h"
#include "daemon/ring.h"
#include "daemon/tenant.h"
#include "daemon/waiters.h"
#include "daemon/xenbus.h"

/*
 * Requests of one front end served before others have their turn, and how long
 * no further one is begun: a request may cost a thousand hypercalls.
 */
#define BUDGET 8
#define SLICE_MS 2

static bool is_zero(const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i])
			return false;
	return true;
}

/* ---- one function a request; each sees a private copy ---- */

static int open_slot(struct device *device, const struct carveoutif_open *open,
		     uint32_t *window)
{
	struct carveout *carveout = &device->carveout;

	/* Given by an earlier manager, that did not come to say so. */
	if (device->replay && open->slot < CARVEOUT_WINDOWS &&
	    carveout->windows[open->slot].state == WINDOW_OPEN)
		carveout_discard(carveout, carveout->windows[open->slot].id);
	return carveout_open(carveout, open->slot, open->offset, open->length,
			     open->mode == CARVEOUTIF_MODE_READ_WRITE, window);
}

static int do_open(struct device *device,
		   const struct carveoutif_request *request,
		   struct carveoutif_response *response)
{
	const struct carveoutif_open *open = &request->u.open;
	uint32_t window;
	int rc;

	if (!is_zero(open->reserved, sizeof(open->reserved)) ||
	    (open->mode != CARVEOUTIF_MODE_WRITE &&
	     open->mode != CARVEOUTIF_MODE_READ_WRITE))
		return -EINVAL;
	/* Else the detaching might never end. */
	if (device->detaching)
		return -ECANCELED;
	rc = open_slot(device, open, &window);
	if (rc)
		return rc;
	response->u.open.gpa = device->carveout.config.base + open->offset;
	response->u.open.window = window;
	return 0;
}

static int commit(struct device *device, const struct carveoutif_close *close)
{
	uint32_t refs[CARVEOUTIF_WINDOW_PAGES];
	int slot = carveout_slot(&device->carveout, close->window);

	if (slot >= 0)
		ring_read_directory(device->ring, (unsigned int)slot, refs,
				    CARVEOUTIF_WINDOW_PAGES);
	return carveout_commit(&device->carveout, close->window, close->used,
			       refs);
}

/* Closed by an earlier manager, that did not come to say so. */
static bool was_closed(const struct device *device, uint32_t window)
{
	return device->replay && window &&
	       device->carveout.state == CARVEOUT_LOADING &&
	       device->carveout.last_closed == window;
}

static int do_close(struct device *device,
		    const struct carveoutif_request *request,
		    struct carveoutif_response *response)
{
	const struct carveoutif_close *close = &request->u.close;
	bool commits = close->how == CARVEOUTIF_HOW_COMMIT;
	int rc = 0;

	if (!is_zero(close->reserved, sizeof(close->reserved)) ||
	    !is_zero(close->reserved2, sizeof(close->reserved2)) ||
	    (!commits && (close->how != CARVEOUTIF_HOW_DISCARD || close->used)))
		return -EINVAL;
	if (!was_closed(device, close->window))
		rc = commits ?
			     commit(device, close) :
			     carveout_discard(&device->carveout, close->window);
	if (!rc)
		response->u.close.committed = close->used;
	return rc;
}

/* Sealed by an earlier manager, that did not come to say so. */
static bool was_sealed(const struct device *device,
		       const struct carveoutif_seal *seal)
{
	const struct carveout *carveout = &device->carveout;

	return device->replay && carveout->state == CARVEOUT_SEALED &&
	       carveout->length == seal->length &&
	       (!(seal->flags & CARVEOUTIF_SEAL_HAS_DIGEST) ||
		!memcmp(carveout->digest, seal->digest, sizeof(seal->digest)));
}

/* What is refused anyhow has no evidence taken: somebody else's is being judged. */
static int fetch_evidence(struct device *device,
			  const struct carveoutif_seal *seal)
{
	if (carveout_busy(&device->carveout))
		return 0;
	return examination_fetch(device, seal->directory, seal->evidence);
}

static int do_seal(struct device *device,
		   const struct carveoutif_request *request,
		   struct carveoutif_response *response)
{
	const struct carveoutif_seal *seal = &request->u.seal;
	bool expects = seal->flags & CARVEOUTIF_SEAL_HAS_DIGEST;
	int rc;

	(void)response; /* fill_sealed(), when it is sealed */
	if ((seal->flags & ~CARVEOUTIF_SEAL_HAS_DIGEST) ||
	    !is_zero(seal->reserved, sizeof(seal->reserved)) ||
	    (!seal->evidence && seal->directory) ||
	    (!expects && !is_zero(seal->digest, sizeof(seal->digest))))
		return -EINVAL;
	if (was_sealed(device, seal))
		return 0;
	rc = fetch_evidence(device, seal);
	return rc ? rc :
		    carveout_seal(&device->carveout, CARVEOUT_GUEST,
				  seal->length, expects ? seal->digest : NULL);
}

static void fill_sealed(const struct device *device,
			struct carveoutif_response *response)
{
	response->u.seal.length = device->carveout.length;
	memcpy(response->u.seal.digest, device->carveout.digest,
	       sizeof(response->u.seal.digest));
}

static int do_query(struct device *device,
		    const struct carveoutif_request *request,
		    struct carveoutif_response *response)
{
	const struct carveout *carveout = &device->carveout;
	struct carveoutif_state *state = &response->u.query;

	(void)request;
	state->state = (uint8_t)carveout_state_for_guest(carveout);
	state->windows_open = (uint8_t)carveout_windows_held(carveout);
	state->size = carveout->config.size;
	if (carveout->state == CARVEOUT_SEALED) {
		state->length = carveout->length;
		memcpy(state->digest, carveout->digest, sizeof(state->digest));
	}
	return 0;
}

/* These two take the windows with them, when they are allowed. */
static int do_reset(struct device *device,
		    const struct carveoutif_request *request,
		    struct carveoutif_response *response)
{
	(void)request;
	(void)response;
	return carveout_reset(&device->carveout, CARVEOUT_GUEST);
}

static int do_abort(struct device *device,
		    const struct carveoutif_request *request,
		    struct carveoutif_response *response)
{
	(void)request;
	(void)response;
	return carveout_abort(&device->carveout, CARVEOUT_GUEST,
			      "the guest's loader failed");
}

static int do_put(struct device *device,
		  const struct carveoutif_request *request,
		  struct carveoutif_response *response)
{
	const struct carveoutif_put *put = &request->u.put;
	int rc;

	if (!is_zero(put->reserved, sizeof(put->reserved)))
		return -EINVAL;
	if (device->detaching)
		return -ECANCELED;
	rc = carveout_put(&device->carveout, put->offset, put->length,
			  put->directory);
	if (!rc)
		response->u.close.committed = put->length;
	return rc;
}

/* What may be asked; `bare` has no fields. */
static const struct operation {
	int (*serve)(struct device *device,
		     const struct carveoutif_request *request,
		     struct carveoutif_response *response);
	bool bare;
	/* Of those that may be slow: what a waiter waits for. */
	enum carveout_request request;
} operations[] = {
	[CARVEOUTIF_OP_OPEN] = { do_open, false, CARVEOUT_REQ_OPEN },
	[CARVEOUTIF_OP_CLOSE] = { do_close, false, CARVEOUT_REQ_CLOSE },
	[CARVEOUTIF_OP_SEAL] = { do_seal, false, CARVEOUT_REQ_SEAL },
	[CARVEOUTIF_OP_RESET] = { do_reset, true, CARVEOUT_REQ_RESET },
	[CARVEOUTIF_OP_ABORT] = { do_abort, true, CARVEOUT_REQ_ABORT },
	[CARVEOUTIF_OP_QUERY] = { do_query, true, CARVEOUT_REQUESTS },
	[CARVEOUTIF_OP_PUT] = { do_put, false, CARVEOUT_REQ_WRITE },
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static int serve(struct device *device,
		 const struct carveoutif_request *request,
		 struct carveoutif_response *response)
{
	const struct operation *operation;

	if (request->op >= OPERATIONS || !operations[request->op].serve)
		return -EINVAL;
	operation = &operations[request->op];
	if (!is_zero(request->reserved, sizeof(request->reserved)) ||
	    (operation->bare &&
	     !is_zero(request->u.none, sizeof(request->u.none))))
		return -EINVAL;
	return operation->serve(device, request, response);
}

/* ---- answers ---- */

static void answer_waiter(struct device *device, const struct waiter *waiter,
			  enum waiter_end end)
{
	struct carveoutif_response response = {
		.id = waiter->id,
		.op = waiter->op,
	};

	/* It goes with its connection, which ends before the device does. */
	if (end != WAITER_DONE || !device->ring)
		return;
	response.status = carveout_outcome(&device->carveout, waiter->request);
	if (!response.status && waiter->op == CARVEOUTIF_OP_SEAL)
		fill_sealed(device, &response);
	ring_answer(device->ring, &response);
	device->ring_pending = true;
}

/* Its answer comes when the work is done. */
static bool wait_for_work(struct device *device,
			  const struct carveoutif_request *request)
{
	const struct waiter waiter = {
		.request = operations[request->op].request,
		.answer = answer_waiter,
		.id = request->id,
		.op = request->op,
	};

	return waiters_add(device, &waiter);
}

static void serve_one(struct device *device,
		      const struct carveoutif_request *request)
{
	struct carveoutif_response response = {
		.id = request->id,
		.op = request->op,
	};

	response.status = serve(device, request, &response);
	device->replay = false;
	if (response.status == -EINPROGRESS) {
		if (wait_for_work(device, request))
			return;
		response.status = -ENOMEM;
	}
	if (!response.status && request->op == CARVEOUTIF_OP_SEAL)
		fill_sealed(device, &response);
	ring_answer(device->ring, &response);
}

static void give_up(struct device *device)
{
	struct guest *guest = &device->tenant->guest;

	if (log_allowed(&guest->log, guest->domid))
		log_warning("%s: ring indices make no sense: connection closed",
			    label_of_device(device).text);
	xenbus_disconnect(device);
}

/*
 * One by one: while the front end waits for an answer, nothing else of it is
 * taken, so that a next manager finds by the ring alone what was not answered.
 */
static bool front_waits(const struct device *device)
{
	return waiters_have(device, NULL);
}

void requests_serve(struct device *device)
{
	struct carveoutif_request request;
	uint64_t begun = clock_ms();

	device->ring_pending = false;
	for (int i = 0; i < BUDGET && !front_waits(device); i++) {
		int rc;

		if (clock_ms() - begun >= SLICE_MS)
			break;
		rc = ring_next(device->ring, &request);

		if (!rc)
			return;
		if (rc < 0) {
			give_up(device);
			return;
		}
		serve_one(device, &request);
	}
	device->ring_pending = !front_waits(device);
}

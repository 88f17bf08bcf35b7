// SPDX-License-Identifier: GPL-2.0-only
#include "naive.h"

#include <errno.h>
#include <string.h>

typedef unsigned __int128 wide;

#define FOR_EACH_WINDOW(naive, w)                                   \
	for (__typeof__(&(naive)->windows[0]) w = (naive)->windows; \
	     w < (naive)->windows + CARVEOUT_WINDOWS; w++)

void naive_init(struct naive *naive, const struct carveout_config *config)
{
	memset(naive, 0, sizeof(*naive));
	naive->config = config;
	naive->state = CARVEOUT_EMPTY;
}

/* ---- what is there ---- */

struct naive_window *naive_window_at(struct naive *naive, uint64_t offset)
{
	FOR_EACH_WINDOW(naive, w)
	if (w->open && offset >= w->offset && offset < w->offset + w->length)
		return w;
	return NULL;
}

struct naive_window *naive_window(struct naive *naive, uint32_t id)
{
	FOR_EACH_WINDOW(naive, w)
	if (w->open && w->id == id)
		return w;
	return NULL;
}

unsigned int naive_windows(const struct naive *naive)
{
	unsigned int open = 0;

	FOR_EACH_WINDOW(naive, w)
	open += w->open;
	return open;
}

bool naive_busy(const struct naive *naive)
{
	FOR_EACH_WINDOW(naive, w)
	if (w->open && w->leaving)
		return true;
	return naive->sealing || naive->scrubbing;
}

static bool is_beyond(const struct naive *naive, uint64_t offset,
		      uint64_t length)
{
	return (wide)offset + length > naive->config->size;
}

/* ---- ends ---- */

static void take_windows(struct naive *naive)
{
	FOR_EACH_WINDOW(naive, w)
	w->open = false;
}

static void ask_for_windows(struct naive *naive)
{
	FOR_EACH_WINDOW(naive, w)
	if (w->open && !w->leaving) {
		w->leaving = true;
		w->deadline = naive->now + FIXTURE_GRACE;
		naive->told++;
	}
}

static void start_scrub(struct naive *naive, enum carveout_state next)
{
	naive->state = CARVEOUT_FAILED;
	naive->sealing = false;
	naive->scrubbing = true;
	naive->next = next;
}

static void fail(struct naive *naive)
{
	ask_for_windows(naive);
	start_scrub(naive, CARVEOUT_FAILED);
}

void naive_scrubbed(struct naive *naive)
{
	naive->scrubbing = false;
	naive->state = naive->next;
	memset(naive->content, 0, sizeof(naive->content));
}

void naive_sealed(struct naive *naive)
{
	naive->sealing = false;
	memset(naive->content + naive->length, 0,
	       sizeof(naive->content) - naive->length);
	naive->state = CARVEOUT_SEALED;
	if (naive->differs)
		fail(naive);
}

void naive_time(struct naive *naive, uint64_t now)
{
	naive->now = now;
	FOR_EACH_WINDOW(naive, w)
	if (w->open && w->leaving && w->deadline <= now)
		w->open = false;
}

/* ---- requests ---- */

static int may(const struct naive *naive, enum carveout_request request,
	       enum carveout_who who)
{
	return carveout_state_allows(naive->state, request, who);
}

static int may_write(const struct naive *naive, enum carveout_request request,
		     enum carveout_who who)
{
	int rc = may(naive, request, who);

	if (rc)
		return rc;
	if (naive_busy(naive) ||
	    (naive->state == CARVEOUT_LOADING && naive->writer != who))
		return -EBUSY;
	return 0;
}

static void begin(struct naive *naive, enum carveout_who who)
{
	naive->written &= naive->state == CARVEOUT_LOADING;
	naive->state = CARVEOUT_LOADING;
	naive->writer = who;
	naive->guest_loads |= who == CARVEOUT_GUEST;
}

static bool has_window_in(struct naive *naive, uint64_t offset, uint64_t length)
{
	for (uint64_t at = offset; at < offset + length; at += HV_PAGE_SIZE)
		if (naive_window_at(naive, at))
			return true;
	return false;
}

/* Of a load that dom0 has ended, the guest hears. */
static int may_load(const struct naive *naive, enum carveout_request request)
{
	int rc = may_write(naive, request, CARVEOUT_GUEST);

	if (rc)
		return rc;
	return naive->state == CARVEOUT_EMPTY && naive->guest_loads ?
		       -ECANCELED :
		       0;
}

static int may_open(struct naive *naive, uint64_t offset, uint64_t length)
{
	int rc = may_load(naive, CARVEOUT_REQ_OPEN);

	if (rc)
		return rc;
	if (offset % HV_PAGE_SIZE || length % HV_PAGE_SIZE || !length ||
	    length > naive->config->window_max)
		return -EINVAL;
	if (is_beyond(naive, offset, length))
		return -ENOSPC;
	if (has_window_in(naive, offset, length) ||
	    naive_windows(naive) == naive->config->windows_max)
		return -EBUSY;
	return 0;
}

int naive_open(struct naive *naive, uint64_t offset, uint64_t length,
	       bool show_content)
{
	struct naive_window *w = naive->windows;
	int rc = may_open(naive, offset, length);

	if (rc)
		return rc;
	begin(naive, CARVEOUT_GUEST);
	while (w->open)
		w++;
	w->open = true;
	w->leaving = false;
	w->id = 0;
	w->offset = offset;
	w->length = (uint32_t)length;
	memset(w->bytes, 0, length);
	if (show_content)
		memcpy(w->bytes, naive->content + offset, length);
	return 0;
}

void naive_name_window(struct naive *naive, uint32_t id)
{
	naive_window(naive, 0)->id = id;
}

int naive_commit(struct naive *naive, uint32_t id, uint64_t used)
{
	struct naive_window *w = naive_window(naive, id);
	int rc;

	if (w && w->leaving) {
		w->open = false;
		return -ECANCELED;
	}
	rc = may(naive, CARVEOUT_REQ_CLOSE, CARVEOUT_GUEST);
	if (rc)
		return rc;
	if (!w)
		return -ENOENT;
	if (used > w->length)
		return -EINVAL;
	memset(naive->content + w->offset, 0, w->length);
	memcpy(naive->content + w->offset, w->bytes, used);
	naive->written |= used != 0;
	w->open = false;
	return 0;
}

int naive_discard(struct naive *naive, uint32_t id)
{
	struct naive_window *w = naive_window(naive, id);
	int rc;

	if (!w) {
		rc = may(naive, CARVEOUT_REQ_CLOSE, CARVEOUT_GUEST);
		return rc ? rc : -ENOENT;
	}
	w->open = false;
	return 0;
}

/* And zeros to the end of their last page. */
static void take_bytes(struct naive *naive, uint64_t offset,
		       const uint8_t *bytes, uint64_t length)
{
	memcpy(naive->content + offset, bytes, length);
	naive->written |= length != 0;
	while ((offset + length) % HV_PAGE_SIZE)
		naive->content[offset + length++] = 0;
}

int naive_write(struct naive *naive, uint64_t offset, const uint8_t *bytes,
		uint64_t length)
{
	int rc = may_write(naive, CARVEOUT_REQ_WRITE, CARVEOUT_DOM0);

	if (rc)
		return rc;
	if (offset % HV_PAGE_SIZE || !length || length > CARVEOUT_CHUNK)
		return -EINVAL;
	if (is_beyond(naive, offset, length))
		return -ENOSPC;
	begin(naive, CARVEOUT_DOM0);
	take_bytes(naive, offset, bytes, length);
	return 0;
}

int naive_put(struct naive *naive, uint64_t offset, const uint8_t *bytes,
	      uint64_t length, bool granted)
{
	int rc = may_load(naive, CARVEOUT_REQ_WRITE);

	if (rc)
		return rc;
	if (offset % HV_PAGE_SIZE || length > naive->config->window_max)
		return -EINVAL;
	if (is_beyond(naive, offset, length))
		return -ENOSPC;
	if (has_window_in(naive, offset, length))
		return -EBUSY;
	if (!granted)
		return -EFAULT;
	begin(naive, CARVEOUT_GUEST);
	take_bytes(naive, offset, bytes, length);
	return 0;
}

int naive_seal(struct naive *naive, enum carveout_who who, uint64_t length,
	       bool differs)
{
	int rc = may(naive, CARVEOUT_REQ_SEAL, who);

	if (rc)
		return rc;
	if (naive_busy(naive) || naive_windows(naive) ||
	    (who == CARVEOUT_GUEST && naive->writer != who))
		return -EBUSY;
	if (!length)
		return -EINVAL;
	if (is_beyond(naive, 0, length))
		return -ENOSPC;
	if (!naive->written)
		return -ENODATA;
	naive->guest_loads &= who != CARVEOUT_GUEST;
	naive->length = length;
	naive->sealing = true;
	naive->differs = differs;
	return 0;
}

int naive_reset(struct naive *naive, enum carveout_who who)
{
	int rc = may(naive, CARVEOUT_REQ_RESET, who);
	bool lets = naive->state == CARVEOUT_SEALED &&
		    naive->config->guest_reset;

	if (rc && !lets)
		return rc;
	if (naive->state == CARVEOUT_LOADING && who == CARVEOUT_GUEST &&
	    naive->writer != who)
		return -EBUSY;
	naive->guest_loads &= who != CARVEOUT_GUEST;
	if (who == CARVEOUT_GUEST)
		take_windows(naive);
	else
		ask_for_windows(naive);
	start_scrub(naive, CARVEOUT_EMPTY);
	return 0;
}

int naive_abort(struct naive *naive, enum carveout_who who)
{
	int rc = may(naive, CARVEOUT_REQ_ABORT, who);

	if (rc)
		return rc;
	naive->guest_loads &= who != CARVEOUT_GUEST;
	if (naive->state != CARVEOUT_LOADING)
		return 0;
	if (naive->writer != who)
		return -EBUSY;
	take_windows(naive);
	fail(naive);
	return 0;
}

int naive_revoke(struct naive *naive, bool at_once)
{
	if (at_once)
		take_windows(naive);
	else
		ask_for_windows(naive);
	if (naive->state == CARVEOUT_LOADING)
		fail(naive);
	return 0;
}

int naive_read(const struct naive *naive, uint64_t offset, uint64_t length)
{
	int rc = may(naive, CARVEOUT_REQ_READ, CARVEOUT_DOM0);
	uint64_t first = offset / HV_PAGE_SIZE * HV_PAGE_SIZE;

	if (rc)
		return rc;
	/* With the pages that it begins and ends in, it has to fit a buffer. */
	if ((wide)offset + length > naive->length ||
	    offset + length > first + CARVEOUT_CHUNK)
		return -EINVAL;
	return 0;
}

void naive_disconnected(struct naive *naive)
{
	naive->guest_loads = false;
	take_windows(naive);
	if (naive->state == CARVEOUT_LOADING && naive->writer == CARVEOUT_GUEST)
		fail(naive);
}

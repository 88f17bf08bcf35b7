// SPDX-License-Identifier: GPL-2.0-only
#include "backing/guest.h"

#include <errno.h>

#include "base/log.h"

/*
 * Page tables for order-0 pages anywhere in `span` bytes: one level-3 table
 * every 2 MiB, one level-2 table every 1 GiB, and the ends.  The guest must not
 * be able to make a window fail by using up its own pool first, so this much
 * is added for us; what it takes of that it takes from itself.
 */
static uint64_t table_bytes(uint64_t span)
{
	return ((span >> 21) + (span >> 30) + 4) * HV_PAGE_SIZE;
}

/* One that fails has grown by what the host had left: hv_p2m_pool_set(). */
static int grow_pool(struct guest *guest, uint64_t bytes)
{
	uint64_t now;
	int rc;

	rc = hv_p2m_pool_get(guest->hv, guest->domid, &now);
	if (rc == -EOPNOTSUPP)
		return 0;
	if (rc)
		return rc;
	rc = hv_p2m_pool_set(guest->hv, guest->domid, now + bytes);
	if (rc)
		hv_p2m_pool_set(guest->hv, guest->domid, now);
	return rc;
}

static void shrink_pool(struct guest *guest, uint64_t bytes)
{
	uint64_t now;

	if (hv_p2m_pool_get(guest->hv, guest->domid, &now) || now < bytes)
		return;
	/* Refused if in use: harmless, it goes with the guest. */
	hv_p2m_pool_set(guest->hv, guest->domid, now - bytes);
}

static int read_max_pages(const struct guest *guest, uint64_t *pages)
{
	struct hv_domain domain;
	int rc;

	rc = hv_domain_get(guest->hv, guest->domid, &domain);
	if (!rc)
		*pages = domain.max_pages;
	return rc;
}

/* What counts is what max_pages is then, not what the hypercall said. */
static int set_max_pages(struct guest *guest)
{
	uint64_t now;
	int rc = hv_domain_set_max_pages(guest->hv, guest->domid,
					 guest->set_pages);
	int unknown = read_max_pages(guest, &now);

	if (!unknown && now == guest->set_pages)
		return 0;
	if (!rc)
		rc = unknown ? unknown : -EIO;
	return rc;
}

/*
 * Let it own `pages` more than its own; max_pages is `now`.  Noted first: killed
 * before the hypercall or after it, the next manager can tell what the guest has
 * without us.
 */
static int allow_from(struct guest *guest, uint64_t now, uint64_t pages)
{
	if (now != guest->was_pages && now != guest->set_pages)
		guest->baseline_pages = now;
	if (now != guest->baseline_pages + pages && guest->note_allowance)
		guest->note_allowance(guest->context, guest->baseline_pages,
				      now, guest->baseline_pages + pages);
	guest->was_pages = now;
	guest->set_pages = guest->baseline_pages + pages;
	return now == guest->set_pages ? 0 : set_max_pages(guest);
}

static int allow(struct guest *guest, uint64_t pages)
{
	uint64_t now;
	int rc = read_max_pages(guest, &now);

	return rc ? rc : allow_from(guest, now, pages);
}

int guest_take_up(struct guest *guest, uint64_t now, uint64_t baseline_pages)
{
	int rc;

	guest->baseline_pages = baseline_pages;
	guest->was_pages = guest->set_pages = now;
	rc = allow(guest, guest->window_pages);
	guest->owes_allowance = rc != 0;
	return rc;
}

int guest_check_allowance(struct guest *guest, uint64_t pages)
{
	struct hv_domain domain;
	int rc = hv_domain_get(guest->hv, guest->domid, &domain);

	if (!rc)
		rc = allow_from(guest, domain.max_pages, guest->window_pages);
	if (!rc && domain.pages + pages > guest->set_pages)
		rc = -ENOMEM;
	return rc;
}

int guest_reserve(struct guest *guest, uint64_t pages, uint64_t span)
{
	int rc;

	rc = grow_pool(guest, table_bytes(span));
	if (rc)
		return rc;
	rc = allow(guest, guest->window_pages + pages);
	if (!rc) {
		guest->window_pages += pages;
		return 0;
	}
	guest->owes_allowance = true;
	shrink_pool(guest, table_bytes(span));
	return rc;
}

void guest_release(struct guest *guest, uint64_t pages, uint64_t span)
{
	guest->window_pages -= pages;
	if (allow(guest, guest->window_pages))
		guest->owes_allowance = true;
	shrink_pool(guest, table_bytes(span));
}

bool guest_is_gone(const struct guest *guest)
{
	struct hv_domain domain;
	int rc;

	rc = hv_domain_get(guest->hv, guest->domid, &domain);
	return rc ? rc == -ESRCH : domain.dying;
}

/* ---- pauses ---- */

/* How often an unpause that fails is tried at once. */
#define UNPAUSE_TRIES 3

static int read_paused(const struct guest *guest, bool *paused)
{
	struct hv_domain domain;
	int rc;

	rc = hv_domain_get(guest->hv, guest->domid, &domain);
	if (!rc)
		*paused = domain.paused;
	return rc;
}

static int note(struct guest *guest, bool paused)
{
	return guest->note_pause ? guest->note_pause(guest->context, paused) :
				   0;
}

/* As long as a pause of ours stands, so does its note. */
static void forget_pause(struct guest *guest)
{
	if (!guest->owed_unpauses)
		note(guest, false);
}

/*
 * The guest must not see what is done next: whether it is paused is looked at,
 * whatever the hypercall said.  Where somebody else had paused it already that
 * shows nothing, and the hypercall is believed.
 */
static int pause(struct guest *guest)
{
	bool before, now = false;
	int rc, unknown;

	rc = read_paused(guest, &before);
	if (!rc && !guest->owed_unpauses)
		rc = note(guest, true);
	if (rc)
		return rc;
	rc = hv_domain_pause(guest->hv, guest->domid);
	unknown = read_paused(guest, &now);
	if (now && (!rc || !before))
		return 0;
	if (!rc && unknown) {
		guest_undo_pause(guest);
		return unknown;
	}
	forget_pause(guest);
	return rc ? rc : -EIO;
}

int guest_pause(struct guest *guest)
{
	int rc = guest->pauses ? 0 : pause(guest);

	if (!rc)
		guest->pauses++;
	return rc;
}

bool guest_is_paused(const struct guest *guest)
{
	bool paused;

	return !read_paused(guest, &paused) && paused;
}

/* A success that changed nothing cannot be told from a pause that somebody else
 * made meanwhile. */
static int unpause(struct guest *guest)
{
	bool paused = true;
	int rc = hv_domain_unpause(guest->hv, guest->domid);

	if (rc && !read_paused(guest, &paused) && !paused)
		return 0;
	return rc;
}

void guest_undo_pause(struct guest *guest)
{
	int rc = -EAGAIN;

	for (int i = 0; rc && i < UNPAUSE_TRIES; i++)
		rc = unpause(guest);
	if (rc && !guest_is_gone(guest)) {
		guest->owed_unpauses++;
		log_error(
			"domain %u stays paused: unpause: errno %d; it is tried again",
			guest->domid, -rc);
	}
	forget_pause(guest);
}

void guest_unpause(struct guest *guest)
{
	if (--guest->pauses)
		return;
	if (guest->stays_paused)
		guest->owed_unpauses++;
	else
		guest_undo_pause(guest);
	guest->stays_paused = false;
}

void guest_stay_paused(struct guest *guest)
{
	guest->stays_paused = true;
	guest_unpause(guest);
}

/* ---- what is owed ---- */

bool guest_owes(const struct guest *guest)
{
	return guest->owes_allowance || guest->owed_unpauses;
}

void guest_settle(struct guest *guest)
{
	if (guest_is_gone(guest)) {
		guest->owes_allowance = false;
		guest->owed_unpauses = 0;
		return;
	}
	if (guest->owes_allowance)
		guest->owes_allowance = allow(guest, guest->window_pages) != 0;
	while (guest->owed_unpauses && !unpause(guest))
		guest->owed_unpauses--;
	forget_pause(guest);
}

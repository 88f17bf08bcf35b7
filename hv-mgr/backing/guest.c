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

static int grow_pool(struct guest *guest, uint64_t bytes)
{
	uint64_t now;
	int rc;

	rc = hv_p2m_pool_get(guest->hv, guest->domid, &now);
	if (rc == -EOPNOTSUPP)
		return 0;
	if (rc)
		return rc;
	return hv_p2m_pool_set(guest->hv, guest->domid, now + bytes);
}

static void shrink_pool(struct guest *guest, uint64_t bytes)
{
	uint64_t now;

	if (hv_p2m_pool_get(guest->hv, guest->domid, &now) || now < bytes)
		return;
	/* Refused if in use: harmless, it goes with the guest. */
	hv_p2m_pool_set(guest->hv, guest->domid, now - bytes);
}

/*
 * Let it own `pages` more than its own; it may own `now`.  Noted first: killed
 * before the hypercall or after it, the next manager can tell what the guest
 * has without us.
 */
static int allow(struct guest *guest, uint64_t now, uint64_t pages)
{
	uint64_t most = guest->baseline_pages + pages;
	int rc = 0;

	if (guest->note_allowance)
		rc = guest->note_allowance(guest->context,
					   guest->baseline_pages, now, most);
	if (rc)
		return rc;
	return hv_domain_set_max_pages(guest->hv, guest->domid, most);
}

int guest_take_up(struct guest *guest, uint64_t now, uint64_t baseline_pages)
{
	guest->baseline_pages = baseline_pages;
	return allow(guest, now, guest->window_pages);
}

int guest_check_allowance(struct guest *guest)
{
	struct hv_domain domain;
	int rc;

	rc = hv_domain_get(guest->hv, guest->domid, &domain);
	if (rc)
		return rc;
	if (domain.max_pages == guest->baseline_pages + guest->window_pages)
		return 0;
	guest->baseline_pages = domain.max_pages;
	return allow(guest, domain.max_pages, guest->window_pages);
}

static int set_windows(struct guest *guest, uint64_t pages)
{
	int rc;

	rc = guest_check_allowance(guest);
	if (rc)
		return rc;
	rc = allow(guest, guest->baseline_pages + guest->window_pages, pages);
	if (!rc)
		guest->window_pages = pages;
	return rc;
}

int guest_reserve(struct guest *guest, uint64_t pages, uint64_t span)
{
	int rc;

	rc = grow_pool(guest, table_bytes(span));
	if (rc)
		return rc;
	rc = set_windows(guest, guest->window_pages + pages);
	if (rc)
		shrink_pool(guest, table_bytes(span));
	return rc;
}

void guest_release(struct guest *guest, uint64_t pages, uint64_t span)
{
	if (set_windows(guest, guest->window_pages - pages))
		guest->window_pages -= pages; /* the guest is gone */
	shrink_pool(guest, table_bytes(span));
}

bool guest_is_gone(const struct guest *guest)
{
	struct hv_domain domain;
	int rc;

	rc = hv_domain_get(guest->hv, guest->domid, &domain);
	return rc ? rc == -ESRCH : domain.dying;
}

int guest_pause(struct guest *guest)
{
	int rc = 0;

	if (guest->note_pause)
		rc = guest->note_pause(guest->context, true);
	if (rc)
		return rc;
	rc = hv_domain_pause(guest->hv, guest->domid);
	if (rc && guest->note_pause)
		guest->note_pause(guest->context, false);
	return rc;
}

void guest_unpause(struct guest *guest)
{
	int rc;

	rc = hv_domain_unpause(guest->hv, guest->domid);
	if (rc && rc != -ESRCH)
		log_error(
			"domain %u stays paused: unpause: errno %d; try xl unpause",
			guest->domid, -rc);
	if (guest->note_pause)
		guest->note_pause(guest->context, false);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "backing/frames.h"

#include <errno.h>

#include "base/log.h"
#include "base/log_limit.h"

/*
 * On a host that does not scrub, the fresh page holds somebody's old bytes, and
 * the guest may be looking: it must not run while the page is there.
 */
void frames_evict(struct guest *guest, gfn_t gfn)
{
	bool pause = !guest->scrubs_freed_pages;
	bool shown;

	if (pause && guest_pause(guest))
		return;
	shown = hv_populate(guest->hv, guest->domid, gfn, 1) == 1 &&
		hv_strip(guest->hv, guest->domid, gfn, 1) != 1;
	if (pause && shown)
		guest_stay_paused(guest);
	else if (pause)
		guest_unpause(guest);
}

/* Every look is a mapping, so few of them: twice as many frames each time.  Past
 * the last hole no more are looked at than there were holes. */
static uint32_t leading_holes(const struct guest *guest, gfn_t gfn,
			      uint32_t count)
{
	uint32_t holes = 0, found, want;

	for (uint32_t ahead = 1; holes < count; ahead *= 2) {
		want = ahead < count - holes ? ahead : count - holes;
		found = hv_holes(guest->hv, guest->domid, gfn_add(gfn, holes),
				 want);
		holes += found;
		if (found < want)
			break;
	}
	return holes;
}

/*
 * Strip stopped at this frame: the guest has removed the page (a hole, fine)
 * or put something else there that is not its own page: a grant it mapped, a
 * shared Xen page.  Or the hypervisor failed: a page of its own that is
 * replaced would stay on its account.  Returns how many frames are dealt with.
 */
static uint32_t pass_strange_frames(struct guest *guest, gfn_t gfn,
				    uint32_t count)
{
	uint32_t holes = leading_holes(guest, gfn, count);

	if (holes)
		return holes;
	if (hv_strip(guest->hv, guest->domid, gfn, 1) != 1)
		frames_evict(guest, gfn);
	return 1;
}

bool frames_strip(struct guest *guest, gfn_t gfn, uint32_t count)
{
	uint32_t done = 0;
	bool plain = true;

	while (done < count) {
		done += hv_strip(guest->hv, guest->domid, gfn_add(gfn, done),
				 count - done);
		if (done == count)
			break;
		plain = false;
		done += pass_strange_frames(guest, gfn_add(gfn, done),
					    count - done);
	}
	return plain;
}

/*
 * A hypercall that reports success and did nothing is known.  Once stripped,
 * the first frame is a hole, so that a second strip does nothing and says so.
 * If it did something, the guest is refilling the range with pages of its own,
 * or Xen lies; and where the first one stopped, an answer of "nothing" may be
 * that of a hypervisor that fails: look at every frame.
 */
static bool strip_and_look(struct guest *guest, gfn_t gfn, uint32_t count)
{
	bool plain = frames_strip(guest, gfn, count);

	if (!hv_strip(guest->hv, guest->domid, gfn, count) && plain)
		return true;
	return hv_holes(guest->hv, guest->domid, gfn, count) == count;
}

/* A guest that stands still refills nothing: that decides it. */
static bool strip_paused(struct guest *guest, gfn_t gfn, uint32_t count)
{
	bool gone;

	if (guest_pause(guest))
		return false;
	gone = strip_and_look(guest, gfn, count);
	guest_unpause(guest);
	return gone;
}

int frames_strip_all(struct guest *guest, gfn_t gfn, uint32_t count)
{
	if (strip_and_look(guest, gfn, count) ||
	    strip_paused(guest, gfn, count))
		return 0;
	if (log_allowed(&guest->log, guest->domid))
		log_error(
			"domain %u: frames 0x%llx+%u are still mapped after they were stripped",
			guest->domid, (unsigned long long)gfn.n, count);
	return -EIO;
}

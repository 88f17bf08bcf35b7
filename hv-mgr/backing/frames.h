/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking RAM away from a range of a guest's frames, whatever it has put there. */
#ifndef BACKING_FRAMES_H
#define BACKING_FRAMES_H

#include "backing/guest.h"

/*
 * Make [gfn, gfn + count) free of the guest's RAM as far as that goes: frames
 * that are holes already are skipped, strange ones replaced first.  true: there
 * were none of these.  Says nothing of success: a guest may be refilling the
 * range meanwhile.
 */
bool frames_strip(struct guest *guest, gfn_t gfn, uint32_t count);

/*
 * The same, and make sure: of a guest that goes on refilling the range, by
 * pausing it.  -EIO: frames are still mapped, because the hypervisor fails.
 */
int frames_strip_all(struct guest *guest, gfn_t gfn, uint32_t count);

/*
 * Make a frame a hole, whatever the guest has put there, by replacing it with a
 * fresh page and taking that away (p2m_insert_mapping() replaces whatever there
 * is).  Needs room for one page in the guest's max_pages.
 */
void frames_evict(struct guest *guest, gfn_t gfn);

#endif

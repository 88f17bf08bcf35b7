/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The carveouts of a guest that has none yet: where they will lie.  Asked
 * before there is a guest, so that its device tree can name them, and what
 * attaching would refuse is refused before.
 */
#ifndef CONFIG_GUEST_PLAN_H
#define CONFIG_GUEST_PLAN_H

#include "config/placement.h"
#include "config/sentence.h"
#include "config/stanza.h"

/*
 * Place them as attaching them in this order will.  The stanzas are those that
 * stanza_check_all() took.  -EINVAL, -EEXIST or -ENOSPC with a sentence that
 * names the one that has no place.
 */
int guest_plan(const struct placement_space *space,
	       const struct stanza *stanzas, size_t count,
	       struct placed placed[STANZAS_MAX], struct sentence error);

#endif

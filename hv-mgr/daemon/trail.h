/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the measured log (daemon/trail_file.h) has of carveouts: an entry for
 * each change of state, made when that was recorded.  What was recorded and not
 * logged, since the manager was killed between the two, the next one logs before
 * it goes on: no carveout is sealed of which the log says nothing.
 *
 *   started    a manager; version, boot
 *   broken     the log does not hold, or is not what there was; why
 *   created    a carveout was attached; size, gpa, backing, at of a pool's, and
 *              verify and roots, where content is to be verified
 *   opened     a load began; writer
 *   sealed     length, sha256, writer, and verdict, if it was verified
 *   revoked    a load was ended by dom0
 *   failed     a load ended, or content was lost; why
 *   rejected   a load did not pass what was demanded of it; why
 *   reset      it is EMPTY, or will be when it is scrubbed
 *   detached   it is no more
 *   taken-up   a manager found a carveout that the log did not have
 *   stands     said again, as its last entry was about to go; with length,
 *              sha256 if it is sealed
 *   left-out   entries of a guest that there are not; count
 *
 * What a guest can do at will makes TRAIL_SHARE entries a TRAIL_SHARE_MS, and
 * is counted beyond that: then `left-out` says how many there were, and how
 * each carveout stands, if that is another way than was said last.  Never left
 * out are a seal, the end of what was sealed, and what dom0 does.
 */
#ifndef DAEMON_TRAIL_H
#define DAEMON_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

#define TRAIL_SHARE 60
#define TRAIL_SHARE_MS 60000

struct carveout_snapshot;
struct device;
struct manager;
struct tenant;

/* The first entries of this manager's.  Once records are there, or doubted. */
void trail_begin(struct manager *manager);

void trail_created(struct device *device);
/* Its record was written: has its state changed? */
void trail_note(struct device *device);
/* why: NULL, or why there may be something of it. */
void trail_detached(struct device *device, const char *why);

/* An earlier manager's is gone on with, as recorded.  Before carveout_resume().
 */
void trail_take_up(struct device *device, const struct carveout_snapshot *from);
/* Those that the log has and of which there is no record. */
void trail_sweep(struct manager *manager);

/* Say what was left out, when it is time; ms until then, -1: nothing was. */
void trail_settle(struct tenant *tenant);
int64_t trail_wait(const struct tenant *tenant);
/* Now: the guest goes. */
void trail_end(struct tenant *tenant);

#endif

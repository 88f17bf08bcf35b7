/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May a carveout's content be used?  A stanza's verify=, asked when it is about
 * to be sealed: what struct carveout_owner calls examine, see and decide.  Of
 * certificates judge/process.h is asked, one device after the other, guests in
 * turns.
 */
#ifndef DAEMON_EXAMINATION_H
#define DAEMON_EXAMINATION_H

#include <stddef.h>
#include <stdint.h>

struct carveout;
struct device;
struct manager;

/*
 * What comes with the seal that follows, a copy of which is kept until that is
 * decided; length 0: nothing.  -EINVAL: more than there may be; -ENOMEM.
 */
int examination_bring(struct device *device, const void *evidence,
		      size_t length);

/* The same, from the guest's pages.  Also -EFAULT. */
int examination_fetch(struct device *device, uint32_t directory,
		      uint32_t length);

int examination_begin(struct carveout *carveout, const char **why,
		      void *device);
void examination_see(const void *bytes, size_t length, void *device);
int examination_decide(const char **why, void *device);

/* The judge's descriptor is readable. */
void examination_answered(int fd, short events, void *manager);

/* Ask for the next one, if nobody is asked for. */
void examination_ask(struct manager *manager);

/* It is over, or the device goes. */
void examination_end(struct device *device);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose turn it is.  Tenants that have something to do stand in a queue, and
 * who had least of our time is the next: one whose turns are long, because it
 * keeps xenstored or Xen busy, has fewer of them.  Those that have something to
 * do later are in another queue, by its time.  Who has nothing to do is in
 * neither, costs nothing, however many they are, and saves nothing up.
 */
#ifndef DAEMON_TURNS_H
#define DAEMON_TURNS_H

#include <stdint.h>
#include <sys/queue.h>

struct tenant;

TAILQ_HEAD(tenant_queue, tenant);
struct turns {
	struct tenant_queue ready, later;
	uint64_t spent; /* of who had the last turn, at its beginning */
	uint64_t begun; /* ms: that turn */
};

void turns_init(struct turns *turns);

/* It has something to do: whatever changes one of a tenant's devices says so. */
void turns_wake(struct tenant *tenant);

/* The next whose turn it is, taken out; NULL: nobody's. */
struct tenant *turns_next(struct turns *turns);
/* It had its turn, and has more to do in `wait` ms; -1: no more. */
void turns_again(struct tenant *tenant, int64_t wait);
/* It goes. */
void turns_remove(struct tenant *tenant);

/* Milliseconds until it is somebody's turn; -1: nobody's. */
int64_t turns_wait(const struct turns *turns);

#endif

// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/turns.h"

#include "base/clock.h"
#include "daemon/tenant.h"

void turns_init(struct turns *turns)
{
	TAILQ_INIT(&turns->ready);
	TAILQ_INIT(&turns->later);
}

static struct turns *turns_of(const struct tenant *tenant)
{
	return &tenant->manager->turns;
}

void turns_remove(struct tenant *tenant)
{
	if (tenant->turn == TURN_READY)
		TAILQ_REMOVE(&turns_of(tenant)->ready, tenant, queue);
	else if (tenant->turn == TURN_LATER)
		TAILQ_REMOVE(&turns_of(tenant)->later, tenant, queue);
	tenant->turn = TURN_NONE;
}

/* before: who is ahead of it; NULL: nobody. */
static void insert(struct tenant_queue *queue, struct tenant *before,
		   struct tenant *tenant)
{
	if (before)
		TAILQ_INSERT_AFTER(queue, before, tenant, queue);
	else
		TAILQ_INSERT_HEAD(queue, tenant, queue);
}

/* Most come from their turn, and go to the end. */
void turns_wake(struct tenant *tenant)
{
	struct turns *turns = turns_of(tenant);
	struct tenant_queue *ready = &turns->ready;
	struct tenant *before;

	if (tenant->turn == TURN_READY)
		return;
	turns_remove(tenant);
	if (tenant->spent < turns->spent)
		tenant->spent = turns->spent;
	before = TAILQ_LAST(ready, tenant_queue);
	while (before && before->spent > tenant->spent)
		before = TAILQ_PREV(before, tenant_queue, queue);
	insert(ready, before, tenant);
	tenant->turn = TURN_READY;
}

/* Most times are as far away as others', so that the newest is the last. */
static void wake_at(struct tenant *tenant, uint64_t at)
{
	struct tenant_queue *later = &turns_of(tenant)->later;
	struct tenant *before = TAILQ_LAST(later, tenant_queue);

	while (before && before->turn_at > at)
		before = TAILQ_PREV(before, tenant_queue, queue);
	insert(later, before, tenant);
	tenant->turn = TURN_LATER;
	tenant->turn_at = at;
}

/* In 1000ths of the clock's: of turns that it does not see, some it does. */
static void charge(struct tenant *tenant)
{
	tenant->spent += 1 + 1000 * (clock_ms() - turns_of(tenant)->begun);
}

void turns_again(struct tenant *tenant, int64_t wait)
{
	bool woken = tenant->turn == TURN_READY;

	turns_remove(tenant);
	charge(tenant);
	if (!wait || woken)
		turns_wake(tenant);
	else if (wait > 0)
		wake_at(tenant, clock_ms() + (uint64_t)wait);
}

static void wake_due(struct turns *turns)
{
	uint64_t now = TAILQ_EMPTY(&turns->later) ? 0 : clock_ms();
	struct tenant *first;

	while ((first = TAILQ_FIRST(&turns->later)) && first->turn_at <= now)
		turns_wake(first);
}

struct tenant *turns_next(struct turns *turns)
{
	struct tenant *first;

	wake_due(turns);
	first = TAILQ_FIRST(&turns->ready);
	if (!first)
		return NULL;
	turns_remove(first);
	turns->spent = first->spent;
	turns->begun = clock_ms();
	return first;
}

int64_t turns_wait(const struct turns *turns)
{
	const struct tenant *first = TAILQ_FIRST(&turns->later);
	uint64_t now;

	if (!TAILQ_EMPTY(&turns->ready))
		return 0;
	if (!first)
		return -1;
	now = clock_ms();
	return first->turn_at > now ? (int64_t)(first->turn_at - now) : 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/waiters.h"

#include <stdlib.h>

#include "base/clock.h"

bool waiters_add(struct device *device, const struct waiter *waiter)
{
	struct waiter *copy = malloc(sizeof(*copy));

	if (!copy)
		return false;
	*copy = *waiter;
	copy->next = device->waiters;
	device->waiters = copy;
	return true;
}

bool waiters_have(const struct device *device, const struct connection *client)
{
	for (const struct waiter *w = device->waiters; w; w = w->next)
		if (w->client == client)
			return true;
	return false;
}

void waiters_forget(struct device *device, const struct connection *client)
{
	struct waiter **link = &device->waiters;

	while (*link) {
		struct waiter *waiter = *link;

		if (waiter->client != client) {
			link = &waiter->next;
			continue;
		}
		*link = waiter->next;
		free(waiter);
	}
}

static bool is_late(const struct waiter *waiter)
{
	return waiter->until && clock_ms() >= waiter->until;
}

static bool is_due(const struct device *device, const struct waiter *waiter)
{
	if (is_late(waiter))
		return true;
	return !waiter->until_gone &&
	       carveout_done(&device->carveout, waiter->request);
}

static struct waiter **first_due(struct device *device)
{
	struct waiter **link = &device->waiters;

	while (*link && !is_due(device, *link))
		link = &(*link)->next;
	return link;
}

bool waiters_are_due(const struct device *device)
{
	for (const struct waiter *w = device->waiters; w; w = w->next)
		if (is_due(device, w))
			return true;
	return false;
}

static void answer(struct device *device, struct waiter **link,
		   enum waiter_end end)
{
	struct waiter *waiter = *link;

	*link = waiter->next;
	waiter->answer(device, waiter, end);
	free(waiter);
}

/* From the first one on each time: an answer may take others out. */
void waiters_answer(struct device *device)
{
	struct waiter **link;

	while (*(link = first_due(device)))
		answer(device, link,
		       carveout_done(&device->carveout, (*link)->request) ?
			       WAITER_DONE :
			       WAITER_LATE);
}

void waiters_answer_gone(struct device *device)
{
	while (device->waiters)
		answer(device, &device->waiters, WAITER_GONE);
}

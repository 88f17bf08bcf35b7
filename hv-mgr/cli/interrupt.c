// SPDX-License-Identifier: GPL-2.0-only
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

static const int caught[] = { SIGINT, SIGTERM, SIGHUP };
static volatile sig_atomic_t seen;

static void on_signal(int number)
{
	(void)number;
	seen = 1;
}

void interrupt_catch(void)
{
	/* No SA_RESTART: what waits is to notice. */
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaction(caught[i], &action, NULL);
}

bool interrupt_seen(void)
{
	return seen;
}

/* Blocked while looking, so that a signal just before the sleep ends it. */
void interrupt_sleep(unsigned int milliseconds)
{
	struct timespec time = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = (long)(milliseconds % 1000) * 1000000,
	};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!seen && sigtimedwait(&set, NULL, &time) > 0)
		seen = 1;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

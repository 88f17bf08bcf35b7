// SPDX-License-Identifier: GPL-2.0-only
#include "base/log_limit.h"

#include "base/clock.h"
#include "base/log.h"

bool log_allowed(struct log_limit *limit, unsigned int domid)
{
	uint64_t now = clock_ms();

	if (now - limit->since >= LOG_LIMIT_MS)
		*limit = (struct log_limit){ .since = now };
	if (limit->lines > LOG_LIMIT_LINES)
		return false;
	if (limit->lines++ < LOG_LIMIT_LINES)
		return true;
	log_warning(
		"domain %u causes too many lines: more of them are left out, for a minute at most",
		domid);
	return false;
}

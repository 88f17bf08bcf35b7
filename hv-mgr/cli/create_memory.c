// SPDX-License-Identifier: GPL-2.0-only
#include "cli/create_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/interrupt.h"
#include "cli/reply.h"
#include "cli/spawn.h"
#include "cli/specs.h"
#include "cli/xl_list.h"

#define MIB(bytes) (((bytes) + (1 << 20) - 1) >> 20)
/* Of a vault's domain, and of what its guest's page tables may grow by. */
#define VAULT_EXTRA (1ULL << 20)
#define LOOK_MS 200
/* libxl_wait_for_memory_target(): as long as it goes on, and 10 s without. */
#define STUCK_MS 10000

/* A pool's memory is not Xen's, but its windows' page tables are. */
static uint64_t needed(const struct stanza *stanzas, size_t count)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		bytes += VAULT_EXTRA;
		if (stanzas[i].backing == STANZA_VAULT)
			bytes += stanzas[i].size + (uint64_t)stanzas[i].window *
							   stanzas[i].windows;
	}
	return bytes;
}

/* auto_autoballoon() in tools/xl/xl.c: not where dom0 was given its share. */
static bool dom0_has_its_share(void)
{
	const char *argv[] = { NULL, "info", "xen_commandline", NULL };
	char line[2048];
	regex_t share;
	bool found;

	if (spawn_xl_line(argv, line, sizeof(line)) ||
	    regcomp(&share,
		    "(^| )dom0_mem=((|min:|max:)[0-9]+[bBkKmMgG]?,?)+($| )",
		    REG_NOSUB | REG_EXTENDED))
		return false;
	found = !regexec(&share, line, 0, NULL, 0);
	regfree(&share);
	return found;
}

static bool xl_takes_from_dom0(void)
{
	switch (xlcfg_autoballoon()) {
	case XLCFG_ON:
		return true;
	case XLCFG_OFF:
		return false;
	default:
		return !dom0_has_its_share();
	}
}

int create_memory_check(struct cli *cli, const struct xlcfg *config,
			const struct stanza *stanzas, struct json_object *info)
{
	uint64_t bytes = needed(stanzas, config->count);
	uint64_t free_bytes = reply_number(info, "free_bytes");

	if (free_bytes >= config->memory + bytes || xl_takes_from_dom0())
		return 0;
	return cli_fail(
		cli, CLI_NO_SPACE, ENOMEM,
		"the host has %" PRIu64
		" MiB free, and the guest needs %" PRIu64
		" and its carveouts %" PRIu64
		" beside: shut something down, or lower dom0's memory (xl mem-set 0; xl does it by itself only where xl.conf says autoballoon=\"on\", or Xen's command line has no dom0_mem=)",
		free_bytes >> 20, MIB(config->memory), MIB(bytes));
}

/* The daemon's word on what is free, or an exit code, told. */
static int ask_free(struct cli *cli, uint64_t *bytes)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	int rc =
		cli_send(cli, cli_request("info", NULL, NULL), NULL, 0, &reply);

	*bytes = reply_number(reply.json, "free_bytes");
	return rc;
}

/* xl's own way to lower it, with xl's own idea of the least it can have. */
static int lower_dom0(uint64_t missing)
{
	char target[32];
	const char *argv[] = { NULL, "mem-set", "0", target, NULL };
	struct xl_list dom0;
	int rc = xl_list("0", &dom0);

	if (rc)
		return rc;
	if (MIB(missing) >= dom0.mib)
		return -ENOMEM;
	snprintf(target, sizeof(target), "%" PRIu64 "m",
		 dom0.mib - MIB(missing));
	return spawn_xl(argv, true);
}

static int wait_for_free(struct cli *cli, uint64_t wanted)
{
	uint64_t bytes, most = 0, moved_at = clock_ms();
	int rc;

	for (;;) {
		rc = ask_free(cli, &bytes);
		if (rc || bytes >= wanted)
			return rc;
		if (bytes > most)
			moved_at = clock_ms();
		most = bytes > most ? bytes : most;
		if (interrupt_seen() || clock_ms() - moved_at >= STUCK_MS)
			break;
		interrupt_sleep(LOOK_MS);
	}
	return cli_fail(
		cli, CLI_NO_SPACE, ENOMEM,
		"the carveouts need %" PRIu64
		" MiB beside the guest's memory, and only %" PRIu64
		" became free: dom0 gives no more (xl list 0); shut something down",
		MIB(wanted), bytes >> 20);
}

int create_memory_take(struct cli *cli, const struct xlcfg *config)
{
	struct stanza stanzas[STANZAS_MAX];
	uint64_t free_bytes, wanted;
	int rc = specs_parse(cli, "carveout",
			     (const char *const *)config->carveouts,
			     config->count, stanzas);

	if (!rc)
		rc = ask_free(cli, &free_bytes);
	if (rc)
		return rc;
	wanted = needed(stanzas, config->count);
	if (free_bytes >= wanted || !xl_takes_from_dom0())
		return 0;
	if (lower_dom0(wanted - free_bytes))
		return cli_fail(
			cli, CLI_NO_SPACE, ENOMEM,
			"the carveouts need %" PRIu64
			" MiB beside the guest's memory, %" PRIu64
			" are free, and dom0 cannot give the rest (xl mem-set 0)",
			MIB(wanted), free_bytes >> 20);
	cli_note(cli,
		 "dom0's memory was lowered for the carveouts by %" PRIu64
		 " MiB, as xl create lowers it for guests",
		 MIB(wanted - free_bytes));
	return wait_for_free(cli, wanted);
}

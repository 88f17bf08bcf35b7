// SPDX-License-Identifier: GPL-2.0-only
/*
 * An xl config that may be any octets, with a line from the command line: what
 * is read is whole, what is refused gets a sentence, and the stanzas go where
 * `hv-mgr create` sends them.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/stanza.h"
#include "config/xlcfg.h"
#include "fuzz.h"

#define STANZAS 8

/* Its parser leaks values that a syntax error cuts off (4.17). */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libxlutil";
}

static const char *const extra[] = { "memory = 64" };

static void check_stanzas(const struct xlcfg *config)
{
	struct stanza stanzas[STANZAS];
	char error[256];
	size_t count = 0;

	for (size_t i = 0; i < config->count && count < STANZAS; i++)
		if (!stanza_parse(config->carveouts[i], &stanzas[count],
				  SENTENCE(error)))
			count++;
	stanza_check_all(stanzas, count, SENTENCE(error));
}

static void check(const char *path)
{
	struct xlcfg config;
	char error[256] = "";

	if (xlcfg_read(path, extra, 1, &config, SENTENCE(error))) {
		require(*error && !config.name && !config.count);
		return;
	}
	require(config.name && *config.name);
	require(!config.count == !config.carveouts);
	check_stanzas(&config);
	xlcfg_free(&config);
}

/* A file that has a name only in this process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("guest.cfg", MFD_CLOEXEC);
	char path[32];

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check(path);
	close(fd);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stanza that may be any text: what is accepted keeps every bound that the
 * manager relies on, what is refused gets a sentence that fits its room.
 */
#include <errno.h>

#include "carveoutif.h"
#include "config/stanza.h"
#include "fuzz.h"
#include "range.h"

static void check_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	require(length && length <= STANZA_NAME_MAX && !name[length]);
	require(*name != '_' && *name != '-');
}

static void check_pool(const struct stanza *stanza)
{
	require(range_page_aligned(stanza->at) && stanza->at < 1ULL << 48);
	if (*stanza->pool)
		check_name(stanza->pool);
	if (stanza->backing == STANZA_VAULT)
		require(!*stanza->pool && !stanza->at);
}

static void check_accepted(const struct stanza *stanza)
{
	check_name(stanza->name);
	require(stanza->size && stanza->size <= STANZA_SIZE_MAX);
	require(range_page_aligned(stanza->size));
	require(stanza->window && range_page_aligned(stanza->window));
	require(stanza->window <= CARVEOUTIF_WINDOW_MAX);
	require(stanza->window <= stanza->size);
	require(stanza->windows && stanza->windows <= CARVEOUTIF_SLOTS);
	require(stanza->expected_size <= stanza->size);
	require(range_within(stanza->gpa, stanza->size, 1ULL << 44));
	require(stanza->format < IMAGE_FORMATS);
	require(stanza->verify.roots <= VERIFY_ROOTS_MAX);
	check_pool(stanza);
}

/* What is written is read as the same again. */
static void check_written(const struct stanza *stanza)
{
	char text[1024], again[1024], error[256];
	struct stanza two;

	require(!stanza_format(stanza, text, sizeof(text)));
	require(!stanza_parse(text, &two, SENTENCE(error)));
	require(!stanza_format(&two, again, sizeof(again)));
	require(!strcmp(text, again));
	require(!strcmp(stanza->name, two.name) &&
		!strcmp(stanza->pool, two.pool));
	require(stanza->size == two.size && stanza->window == two.window &&
		stanza->windows == two.windows && stanza->gpa == two.gpa &&
		stanza->expected_size == two.expected_size &&
		stanza->format == two.format &&
		stanza->guest_reset == two.guest_reset &&
		stanza->backing == two.backing && stanza->at == two.at);
	require(!memcmp(&stanza->verify, &two.verify, sizeof(two.verify)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char error[256] = "", narrow[9] = "";
	struct stanza two[2];
	int rc = stanza_parse(text, &two[0], SENTENCE(error));

	require(stanza_parse(text, &two[1], SENTENCE(narrow)) == rc);
	require(!strncmp(error, narrow, sizeof(narrow) - 1));
	if (rc)
		require(rc == -EINVAL && *error);
	else
		check_accepted(&two[0]);
	if (!rc)
		check_written(&two[0]);
	/* One carveout twice is one too many. */
	if (!rc)
		require(stanza_check_all(two, 2, SENTENCE(error)) == -EEXIST);
	free(text);
	return 0;
}

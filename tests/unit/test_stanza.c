// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmocka_all.h"

#include "config/number.h"
#include "config/stanza.h"
#include "config/xlcfg.h"

#define MIB (1ULL << 20)

static char error[256];

static struct stanza parse(const char *text)
{
	struct stanza stanza;

	if (stanza_parse(text, &stanza, SENTENCE(error)))
		fail_msg("\"%s\" was refused: %s", text, error);
	return stanza;
}

/* It is refused, with a sentence that has `word` in it. */
static void refuse(const char *text, const char *word)
{
	struct stanza stanza;

	memset(&stanza, 0x5a, sizeof(stanza));
	strcpy(error, "untouched");
	assert_int_equal(stanza_parse(text, &stanza, SENTENCE(error)), -EINVAL);
	if (!strstr(error, word))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", text, error,
			 word);
	assert_int_equal(stanza.windows, 0x5a5a5a5a);
}

static void a_stanza_needs_no_more_than_a_name_and_a_size(void **state)
{
	struct stanza s = parse("name=modem,size=64M");

	(void)state;
	assert_string_equal(s.name, "modem");
	assert_int_equal(s.size, 64 * MIB);
	assert_int_equal(s.window, MIB);
	assert_int_equal(s.windows, 2);
	assert_int_equal(s.gpa, 0);
	assert_int_equal(s.expected_size, 0);
	assert_int_equal(s.format, IMAGE_AUTO);
	assert_false(s.guest_reset);
}

static void same(const struct stanza *a, const struct stanza *b)
{
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->window, b->window);
	assert_int_equal(a->windows, b->windows);
	assert_int_equal(a->gpa, b->gpa);
	assert_int_equal(a->expected_size, b->expected_size);
	assert_int_equal(a->format, b->format);
	assert_int_equal(a->guest_reset, b->guest_reset);
	assert_int_equal(a->backing, b->backing);
	assert_string_equal(a->pool, b->pool);
	assert_int_equal(a->at, b->at);
	assert_memory_equal(&a->verify, &b->verify, sizeof(a->verify));
}

static struct stanza format_and_parse(const struct stanza *stanza,
				      char *written, size_t room)
{
	assert_int_equal(stanza_format(stanza, written, room), 0);
	return parse(written);
}

#define DIGEST_128 "00112233445566778899aabbccddeeff"
#define DIGEST_256 DIGEST_128 DIGEST_128
#define DIGEST_384 DIGEST_256 DIGEST_128
#define ROOT ",root=sha256:" DIGEST_256

/* Of every key a value that is not what it is without the key, beside what it
 * needs to be right.  A new key needs a row here. */
static const struct {
	const char *key, *value, *beside;
} examples[] = {
	{ "name", "b-1", ",size=64M" },
	{ "size", "67108864", ",name=x" },
	{ "window", "8192", ",name=x,size=64M" },
	{ "windows", "3", ",name=x,size=64M" },
	{ "gpa", "4297064448", ",name=x,size=64M" },
	{ "expected-size", "12345", ",name=x,size=64M" },
	{ "format", "mbn", ",name=x,size=64M" },
	{ "guest-reset", "1", ",name=x,size=64M" },
	{ "backing", "pool", ",name=x,size=64M" },
	{ "pool", "fast", ",name=x,size=64M,backing=pool" },
	{ "at", "1207959552", ",name=x,size=64M,backing=pool" },
	{ "verify", "sha384:" DIGEST_384, ",name=x,size=64M" },
	{ "root", "sha256:" DIGEST_256, ",name=x,size=64M,verify=mbn" },
	{ "clock", "check", ",name=x,size=64M,verify=mbn" },
};

static void every_key_is_written_as_it_is_read(void **state)
{
	char text[256], written[512], setting[160];
	struct stanza one, two;

	(void)state;
	for (size_t i = 0; stanza_key(i); i++) {
		assert_true(i < sizeof(examples) / sizeof(examples[0]));
		assert_string_equal(stanza_key(i), examples[i].key);
		snprintf(setting, sizeof(setting), "%s=%s", examples[i].key,
			 examples[i].value);
		snprintf(text, sizeof(text), "%s%s", setting,
			 examples[i].beside);
		one = parse(text);
		two = format_and_parse(&one, written, sizeof(written));
		if (!strstr(written, setting))
			fail_msg("\"%s\" lacks %s", written, setting);
		same(&one, &two);
	}
}

static void the_longest_stanza_is_written_whole(void **state)
{
	struct stanza one = parse(
		"name=0123456789abcdef0123456789abcde,size=4074M,window=2M,windows=4,gpa=0xfef00000000,expected-size=4271898624,format=raw,guest-reset=1,backing=pool,pool=0123456789abcdef0123456789abcde,at=0xfffffffff000,verify=mbn" ROOT
			ROOT ROOT ROOT ",clock=check");
	char written[640], cut[640];
	struct stanza two = format_and_parse(&one, written, sizeof(written));

	(void)state;
	same(&one, &two);
	assert_int_equal(stanza_format(&one, cut, strlen(written) + 1), 0);
	assert_int_equal(stanza_format(&one, cut, strlen(written)), -ENOSPC);
	assert_int_equal(stanza_format(&one, cut, 5), -ENOSPC);
}

static void every_key_is_taken(void **state)
{
	struct stanza s = parse(
		"name=a_b-9, size=3G, window=2M, windows=4, gpa=0x100000000, expected-size=12345, format=elf, guest-reset=1, backing=vault");

	(void)state;
	assert_string_equal(s.name, "a_b-9");
	assert_int_equal(s.size, 3072 * MIB);
	assert_int_equal(s.window, 2 * MIB);
	assert_int_equal(s.windows, 4);
	assert_int_equal(s.gpa, 1ULL << 32);
	assert_int_equal(s.expected_size, 12345);
	assert_int_equal(s.format, IMAGE_ELF);
	assert_true(s.guest_reset);
}

static void blanks_do_not_count(void **state)
{
	struct stanza s = parse("  size =\t8k ,name= x ");

	(void)state;
	assert_string_equal(s.name, "x");
	assert_int_equal(s.size, 8192);
}

static void a_small_carveout_has_a_window_as_small(void **state)
{
	(void)state;
	assert_int_equal(parse("name=x,size=4K").window, 4096);
	assert_int_equal(parse("name=x,size=1028K").window, MIB);
}

static void a_carveout_may_end_where_the_addresses_do(void **state)
{
	struct stanza s = parse("name=x,size=2M,gpa=0xffffe00000");

	(void)state;
	assert_int_equal(s.gpa + s.size, 1ULL << 40);
	refuse("name=x,size=4M,gpa=0xfffffe00000", "2^44");
	refuse("name=x,size=2M,gpa=0x100000000000", "2^44");
	refuse("name=x,size=2M,gpa=0xffffffffffe00000", "2^44");
}

static void what_is_required_and_missing_is_named(void **state)
{
	(void)state;
	refuse("size=64M", "name is missing");
	refuse("name=modem", "size is missing");
}

static void nothing_where_a_setting_should_be_is_a_mistake(void **state)
{
	(void)state;
	refuse("", "key=value");
	refuse("  ", "key=value");
	refuse("name=x,,size=4K", "key=value");
	refuse("name=x,size=4K,", "key=value");
	refuse(",name=x,size=4K", "key=value");
}

static void an_unknown_key_is_answered_with_the_known_ones(void **state)
{
	(void)state;
	refuse("name=x,siz=4K", "siz: no such key");
	refuse("name=x,siz=4K",
	       "name, size, window, windows, gpa, expected-size, format, guest-reset, backing, pool, at, verify, root, clock");
	refuse("Name=x", "no such key");
	refuse("=4K", "no such key");
}

static void a_key_without_a_value_is_a_mistake(void **state)
{
	(void)state;
	refuse("name=x,size", "size has no value");
	refuse("name=x,size=", "size=");
	refuse("name=,size=4K", "name=");
	refuse("name=x,size=4K,backing=", "vault");
}

static void a_key_may_not_stand_there_twice(void **state)
{
	(void)state;
	refuse("name=x,size=4K,size=4K", "size=4K: the key stands there twice");
	refuse("name=x,name=y,size=4K", "twice");
}

static void a_name_is_what_xenstore_and_sysfs_can_bear(void **state)
{
	(void)state;
	parse("name=abcdefghijklmnopqrstuvwxyz01234,size=4K");
	refuse("name=abcdefghijklmnopqrstuvwxyz012345,size=4K", "1 to 31");
	refuse("name=Modem,size=4K", "name=Modem");
	refuse("name=-x,size=4K", "1 to 31");
	refuse("name=a/b,size=4K", "1 to 31");
	refuse("name=a b,size=4K", "1 to 31");
	refuse("name=a=b,size=4K", "name=a=b");
	refuse("name=..,size=4K", "1 to 31");
}

static void a_size_is_whole_pages_within_bounds(void **state)
{
	(void)state;
	refuse("name=x,size=0", "size=0");
	refuse("name=x,size=4095", "multiple of 4K");
	refuse("name=x,size=6K", "multiple of 4K");
	refuse("name=x,size=5G", "to 4074M");
	refuse("name=x,size=4171780K", "to 4074M");
}

static void a_number_is_digits_and_nothing_else(void **state)
{
	(void)state;
	refuse("name=x,size=-4096", "size=-4096");
	refuse("name=x,size=+4096", "size=+4096");
	refuse("name=x,size=4 K", "size=4 K");
	refuse("name=x,size=4KB", "size=4KB");
	refuse("name=x,size=4T", "size=4T");
	refuse("name=x,size=K", "size=K");
	refuse("name=x,size=0x", "size=0x");
	refuse("name=x,size=1.5M", "size=1.5M");
	refuse("name=x,size=four", "size=four");
}

static void a_number_that_overflows_is_not_a_small_one(void **state)
{
	(void)state;
	/* 2^64 + 4096, 2^64 + 4K in K, 2^54 + 1 in K: all 4096 or 1K cut. */
	refuse("name=x,size=18446744073709555712", "size=");
	refuse("name=x,size=18014398509481988K", "size=");
	refuse("name=x,size=0x10000000000001000", "size=");
	refuse("name=x,size=17179869185G", "size=");
	refuse("name=x,size=4K,windows=4294967297", "windows=");
	refuse("name=x,size=4K,window=4294971392", "window=");
}

static void a_number_with_a_leading_zero_is_decimal(void **state)
{
	uint64_t number;

	(void)state;
	assert_int_equal(parse("name=x,size=010M").size, 10 * MIB);
	assert_true(number_parse("0x1F", 4, &number));
	assert_int_equal(number, 31);
	assert_true(number_parse("18446744073709551615", 20, &number));
	assert_true(number == UINT64_MAX);
	assert_false(number_parse("", 0, &number));
}

static void a_window_fits_the_protocol_and_the_carveout(void **state)
{
	(void)state;
	refuse("name=x,size=64M,window=0", "window=0");
	refuse("name=x,size=64M,window=4M", "to 2M");
	refuse("name=x,size=64M,window=1000", "multiple of 4K");
	refuse("name=x,size=8K,window=12K", "no larger than the carveout");
	refuse("name=x,size=8K,windows=0", "windows=0");
	refuse("name=x,size=8K,windows=5", "windows=5");
}

static void an_address_is_aligned_and_not_zero(void **state)
{
	(void)state;
	refuse("name=x,size=8K,gpa=0", "gpa=0");
	refuse("name=x,size=8K,gpa=0x100001000", "multiple of 2M");
}

static void the_image_must_fit(void **state)
{
	(void)state;
	assert_int_equal(parse("name=x,size=8K,expected-size=8K").expected_size,
			 8192);
	refuse("name=x,size=8K,expected-size=8193", "must fit");
	refuse("name=x,size=8K,expected-size=0", "expected-size=0");
	refuse("name=x,size=8K,format=bin", "auto, raw, elf or mbn");
	refuse("name=x,size=8K,format=", "auto, raw, elf or mbn");
}

static void a_flag_is_0_or_1_and_a_backing_vault_or_pool(void **state)
{
	(void)state;
	refuse("name=x,size=8K,guest-reset=yes", "0 or 1");
	refuse("name=x,size=8K,guest-reset=01", "0 or 1");
	refuse("name=x,size=8K,backing=disk", "vault or pool");
}

static void what_content_must_be_is_told_by_a_digest_or_a_root(void **state)
{
	struct stanza s = parse("name=x,size=8K,verify=sha256:" DIGEST_256);

	(void)state;
	assert_int_equal(s.verify.kind, VERIFY_SHA256);
	assert_int_equal(s.verify.digest[31], 0xff);
	assert_int_equal(parse("name=x,size=8K").verify.kind, VERIFY_NONE);
	assert_int_equal(parse("name=x,size=8K,verify=none").verify.kind,
			 VERIFY_NONE);
	s = parse("name=x,size=8K,verify=mbn" ROOT ROOT ",clock=ignore");
	assert_int_equal(s.verify.roots, 2);
	assert_int_equal(s.verify.root[1][1], 0x11);
	assert_false(s.verify.clock);
	refuse("name=x,size=8K,verify=md5", "or mbn");
	refuse("name=x,size=8K,verify=sha256:" DIGEST_128, "or mbn");
	refuse("name=x,size=8K,verify=sha256:" DIGEST_256 "0", "or mbn");
	refuse("name=x,size=8K,verify=sha384:" DIGEST_256, "or mbn");
	refuse("name=x,size=8K,verify=sha256:" DIGEST_128
	       "0123456789abcdefg123456789abcdef",
	       "or mbn");
	refuse("name=x,size=8K,verify=mbn,root=/etc/root.der", "sha256:");
	refuse("name=x,size=8K,verify=mbn" ROOT ROOT ROOT ROOT ROOT,
	       "at most 4");
	refuse("name=x,size=8K" ROOT, "verify=mbn");
	refuse("name=x,size=8K,verify=sha256:" DIGEST_256 ",clock=check",
	       "verify=mbn");
	refuse("name=x,size=8K,verify=mbn,clock=on", "check or ignore");
}

static void a_place_in_a_pool_is_taken(void **state)
{
	struct stanza s =
		parse("name=x,size=8K,at=0x48001000,backing=pool,pool=fast-1");

	(void)state;
	assert_int_equal(s.backing, STANZA_POOL);
	assert_string_equal(s.pool, "fast-1");
	assert_int_equal(s.at, 0x48001000);
	s = parse("name=x,size=8K,backing=pool");
	assert_string_equal(s.pool, "");
	assert_int_equal(s.at, 0);
	assert_int_equal(parse("name=x,size=8K").backing, STANZA_VAULT);
}

static void a_place_in_a_pool_is_checked(void **state)
{
	(void)state;
	refuse("name=x,size=8K,backing=pool,at=0x48000800", "multiple of 4K");
	refuse("name=x,size=8K,backing=pool,at=0", "at=0");
	refuse("name=x,size=8K,backing=pool,at=0x1000000000000",
	       "inside a pool");
	refuse("name=x,size=8K,backing=pool,pool=No", "pool=No");
	refuse("name=x,size=8K,pool=fast", "backing=pool");
	refuse("name=x,size=8K,backing=vault,at=0x48000000", "backing=pool");
}

static void a_long_mistake_makes_a_short_sentence(void **state)
{
	char text[5000];
	struct stanza stanza;
	char small[20];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	refuse(text, "no such key");
	memcpy(text, "name=", 5);
	refuse(text, "1 to 31");
	assert_int_equal(stanza_parse(text, &stanza, SENTENCE(small)), -EINVAL);
	assert_true(strlen(small) < sizeof(small));
}

static void check_all(const char *a, const char *b, int rc, const char *word)
{
	struct stanza stanzas[3] = { parse("name=other,size=4K"), parse(a),
				     parse(b) };

	*error = '\0';
	assert_int_equal(stanza_check_all(stanzas, 3, SENTENCE(error)), rc);
	assert_non_null(strstr(error, word));
}

static void a_guest_has_at_most_16_carveouts(void **state)
{
	struct stanza stanzas[STANZAS_MAX + 1];

	(void)state;
	for (int i = 0; i <= STANZAS_MAX; i++) {
		stanzas[i] = parse("name=x,size=4K");
		snprintf(stanzas[i].name, sizeof(stanzas[i].name), "c%d", i);
	}
	assert_int_equal(STANZAS_MAX, 16);
	assert_int_equal(
		stanza_check_all(stanzas, STANZAS_MAX, SENTENCE(error)), 0);
	assert_int_equal(stanza_check_all(stanzas, STANZAS_MAX + 1,
					  SENTENCE(error)),
			 -ENOSPC);
	assert_non_null(strstr(error, "at most 16"));
}

static void two_carveouts_may_not_have_one_name(void **state)
{
	(void)state;
	check_all("name=a,size=4K", "name=a,size=8K", -EEXIST, "name=a");
	check_all("name=a,size=4K", "name=b,size=4K", 0, "");
}

static void ranges_that_were_chosen_may_touch_but_not_overlap(void **state)
{
	(void)state;
	check_all("name=a,size=4M,gpa=0x100000000",
		  "name=b,size=2M,gpa=0x100400000", 0, "");
	check_all("name=a,size=2M,gpa=0x100400000",
		  "name=b,size=4M,gpa=0x100000000", 0, "");
	check_all("name=a,size=4100K,gpa=0x100000000",
		  "name=b,size=2M,gpa=0x100400000", -EINVAL, "overlap");
	check_all("name=a,size=2M,gpa=0x100200000",
		  "name=b,size=4M,gpa=0x100000000", -EINVAL, "overlap");
	check_all("name=a,size=2M", "name=b,size=2M", 0, "");
	check_all("name=a,size=8K,backing=pool,at=0x48000000",
		  "name=b,size=8K,backing=pool,at=0x48002000", 0, "");
	check_all("name=a,size=8K,backing=pool,at=0x48000000",
		  "name=b,size=8K,backing=pool,at=0x48001000", -EINVAL,
		  "overlap");
}

/* ---- the domain config ---- */

static char path[64];

static void write_config(const char *text)
{
	int fd;

	strcpy(path, "/tmp/test_stanza.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int read_config(const char *text, struct xlcfg *config)
{
	int rc;

	write_config(text);
	*error = '\0';
	rc = xlcfg_read(path, NULL, 0, config, SENTENCE(error));
	unlink(path);
	return rc;
}

static void refuse_config(const char *text, const char *word)
{
	struct xlcfg config;

	assert_int_equal(read_config(text, &config), -EINVAL);
	if (!strstr(error, word))
		fail_msg("\"%s\" does not say \"%s\"", error, word);
	assert_null(config.carveouts);
	assert_null(config.name);
}

static void a_config_tells_its_name_and_its_carveouts(void **state)
{
	struct xlcfg config;

	(void)state;
	assert_int_equal(
		read_config("name = 'g1' # a guest\nmemory=64\ncarveout = [\n"
			    " \"name=a, size=4K\",\n 'name=b,size=8K' ]\n",
			    &config),
		0);
	assert_string_equal(config.name, "g1");
	assert_int_equal(config.count, 2);
	assert_string_equal(config.carveouts[0], "name=a, size=4K");
	assert_string_equal(config.carveouts[1], "name=b,size=8K");
	xlcfg_free(&config);
}

static void a_config_may_have_no_carveouts(void **state)
{
	struct xlcfg config;

	(void)state;
	assert_int_equal(read_config("name = 'g1'", &config), 0);
	assert_int_equal(config.count, 0);
	xlcfg_free(&config);
	assert_int_equal(read_config("name = 'g1'\ncarveout=[]", &config), 0);
	assert_int_equal(config.count, 0);
	xlcfg_free(&config);
}

static void extra_lines_count_as_the_end_of_the_config(void **state)
{
	const char *extra[] = { "name='g2'", "carveout+=['name=b,size=4K']" };
	struct xlcfg config;

	(void)state;
	write_config("name='g1'\ncarveout=['name=a,size=4K']");
	assert_int_equal(xlcfg_read(path, extra, 2, &config, SENTENCE(error)),
			 0);
	unlink(path);
	assert_string_equal(config.name, "g2");
	assert_int_equal(config.count, 2);
	assert_string_equal(config.carveouts[1], "name=b,size=4K");
	xlcfg_free(&config);
}

static void a_carveout_that_is_no_list_is_a_mistake(void **state)
{
	(void)state;
	refuse_config("name='g'\ncarveout='name=a,size=4K'\n",
		      "carveout must be a list");
	refuse_config("name='g'\ncarveout=['name=a,size=4K', ['x']]\n",
		      "item 2 of carveout is not a string");
}

static void a_config_that_does_not_parse_is_a_mistake_with_a_line(void **state)
{
	(void)state;
	refuse_config("name='g'\ncarveout = [ 'name=a'\nmemory=3\n", ":3:");
	refuse_config("memory=64\n", "no name");
}

static void a_config_that_cannot_be_read_is_named(void **state)
{
	struct xlcfg config;

	(void)state;
	assert_int_equal(xlcfg_read("/nowhere/g.cfg", NULL, 0, &config,
				    SENTENCE(error)),
			 -ENOENT);
	assert_string_equal(error, "/nowhere/g.cfg: No such file or directory");
	/* libxlutil would end the process on this one. */
	assert_int_equal(xlcfg_read("/tmp", NULL, 0, &config, SENTENCE(error)),
			 -EINVAL);
	assert_non_null(strstr(error, "not a regular file"));
	assert_int_equal(xlcfg_read("/dev/zero", NULL, 0, &config,
				    SENTENCE(error)),
			 -EINVAL);
}

static void a_config_with_a_nul_is_a_mistake(void **state)
{
	struct xlcfg config;

	(void)state;
	write_config("name='g");
	assert_int_equal(truncate(path, 20), 0);
	/* libxlutil would end the process on this one, too. */
	assert_int_equal(xlcfg_read(path, (const char *[]){ "'" }, 1, &config,
				    SENTENCE(error)),
			 -EINVAL);
	unlink(path);
	assert_non_null(strstr(error, "there is a NUL in it"));
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stanza_needs_no_more_than_a_name_and_a_size),
		TEST(every_key_is_taken),
		TEST(every_key_is_written_as_it_is_read),
		TEST(the_longest_stanza_is_written_whole),
		TEST(blanks_do_not_count),
		TEST(a_small_carveout_has_a_window_as_small),
		TEST(a_carveout_may_end_where_the_addresses_do),
		TEST(what_is_required_and_missing_is_named),
		TEST(nothing_where_a_setting_should_be_is_a_mistake),
		TEST(an_unknown_key_is_answered_with_the_known_ones),
		TEST(a_key_without_a_value_is_a_mistake),
		TEST(a_key_may_not_stand_there_twice),
		TEST(a_name_is_what_xenstore_and_sysfs_can_bear),
		TEST(a_size_is_whole_pages_within_bounds),
		TEST(a_number_is_digits_and_nothing_else),
		TEST(a_number_that_overflows_is_not_a_small_one),
		TEST(a_number_with_a_leading_zero_is_decimal),
		TEST(a_window_fits_the_protocol_and_the_carveout),
		TEST(an_address_is_aligned_and_not_zero),
		TEST(the_image_must_fit),
		TEST(a_flag_is_0_or_1_and_a_backing_vault_or_pool),
		TEST(what_content_must_be_is_told_by_a_digest_or_a_root),
		TEST(a_place_in_a_pool_is_taken),
		TEST(a_place_in_a_pool_is_checked),
		TEST(a_long_mistake_makes_a_short_sentence),
		TEST(a_guest_has_at_most_16_carveouts),
		TEST(two_carveouts_may_not_have_one_name),
		TEST(ranges_that_were_chosen_may_touch_but_not_overlap),
		TEST(a_config_tells_its_name_and_its_carveouts),
		TEST(a_config_may_have_no_carveouts),
		TEST(extra_lines_count_as_the_end_of_the_config),
		TEST(a_carveout_that_is_no_list_is_a_mistake),
		TEST(a_config_that_does_not_parse_is_a_mistake_with_a_line),
		TEST(a_config_that_cannot_be_read_is_named),
		TEST(a_config_with_a_nul_is_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

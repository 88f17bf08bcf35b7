// SPDX-License-Identifier: GPL-2.0-only
/* hv.h's promises: vaults, and what all of it costs. */
#include "hv_suite.h"

#include <errno.h>
#include <string.h>

#include "cmocka_all.h"

#define VAULT_PAGES 1100u

static hv_domid make_vault(void)
{
	hv_domid domid = 0;

	assert_int_equal(
		hv_vault_create(hv, &vault_handle, VAULT_PAGES, &domid), 0);
	return domid;
}

static struct hv_vault *open_vault(hv_domid domid)
{
	struct hv_vault *vault = NULL;

	assert_int_equal(hv_vault_open(hv, domid, &vault_handle, VAULT_PAGES,
				       &vault),
			 0);
	return vault;
}

static void a_vault_is_a_paused_domain_with_its_handle(void **state)
{
	hv_domid domid = make_vault();
	struct hv_domain domain = look(domid);

	(void)state;
	assert_true(domain.paused);
	assert_true(domain.lifeless);
	assert_false(domain.pv);
	assert_false(domain.dying);
	assert_memory_equal(&domain.handle, &vault_handle,
			    sizeof(vault_handle));
	assert_int_equal(domain.pages, VAULT_PAGES + 1);
	assert_int_equal(domain.max_pages, VAULT_PAGES + 1);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

static void a_vault_keeps_what_was_written(void **state)
{
	hv_domid domid = make_vault();
	struct hv_vault *vault = open_vault(domid);

	(void)state;
	paint(t.in, BUFFER_BYTES, 11);
	assert_int_equal(hv_vault_write(vault, 500, 600, t.in), 0);
	assert_int_equal(hv_vault_write(vault, 0, 500, t.in), 0);
	assert_int_equal(hv_vault_read(vault, 500, 600, t.out), 0);
	assert_memory_equal(t.in, t.out, BUFFER_BYTES);
	assert_int_equal(hv_vault_read(vault, 499, 2, t.out), 0);
	assert_memory_equal(t.in + 499 * HV_PAGE_SIZE, t.out, HV_PAGE_SIZE);
	assert_memory_equal(t.in, t.out + HV_PAGE_SIZE, HV_PAGE_SIZE);
	hv_vault_close(vault);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

static void foreign_memory_is_no_buffer_for_a_copy(void **state)
{
	hv_domid domid = make_vault();
	struct hv_vault *vault = open_vault(domid);
	void *mapping;

	(void)state;
	assert_int_equal(hv_map(hv, domid, (gfn_t){ 3 }, 1, &mapping), 0);
	assert_int_equal(hv_vault_read(vault, 0, 1, mapping), -EIO);
	assert_int_equal(hv_vault_write(vault, 0, 1, mapping), -EIO);
	hv_unmap(hv, mapping, 1);
	hv_vault_close(vault);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

static void a_vault_outlives_the_connection(void **state)
{
	hv_domid domid = make_vault();
	struct hv_vault *vault = open_vault(domid);

	(void)state;
	paint(t.in, HV_PAGE_SIZE, 12);
	assert_int_equal(hv_vault_write(vault, VAULT_PAGES - 1, 1, t.in), 0);
	hv_vault_close(vault);
	hv_close(hv);
	hv = NULL;
	assert_int_equal(hv_open(&hv), 0);
	vault = open_vault(domid);
	assert_int_equal(hv_vault_read(vault, VAULT_PAGES - 1, 1, t.out), 0);
	assert_memory_equal(t.in, t.out, HV_PAGE_SIZE);
	hv_vault_close(vault);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

static void a_vault_has_bounds(void **state)
{
	static const struct {
		uint64_t page;
		uint32_t count;
	} beyond[] = {
		{ 0, VAULT_PAGES + 1 }, { 0, UINT32_MAX },
		{ 1, VAULT_PAGES },	{ VAULT_PAGES - 1, 2 },
		{ VAULT_PAGES, 1 },	{ VAULT_PAGES + 1, 0 },
		{ UINT64_MAX - 1, 2 },	{ UINT64_MAX, 1 },
		{ UINT64_MAX, 2 },	{ UINT64_MAX, UINT32_MAX },
	};
	hv_domid domid = make_vault();
	struct hv_vault *vault = open_vault(domid);

	(void)state;
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		assert_int_equal(hv_vault_write(vault, beyond[i].page,
						beyond[i].count, t.in),
				 -EINVAL);
		assert_int_equal(hv_vault_read(vault, beyond[i].page,
					       beyond[i].count, t.out),
				 -EINVAL);
	}
	assert_int_equal(hv_vault_read(vault, 0, 0, t.out), 0);
	assert_int_equal(hv_vault_write(vault, VAULT_PAGES - 1, 1, t.in), 0);
	assert_int_equal(hv_vault_read(vault, VAULT_PAGES, 0, t.out), 0);
	hv_vault_close(vault);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

static void a_vault_opens_only_by_its_own_handle(void **state)
{
	hv_domid domid = make_vault();
	struct hv_vault *vault = NULL;

	(void)state;
	assert_int_equal(hv_vault_open(hv, domid, &other_handle, VAULT_PAGES,
				       &vault),
			 -ESRCH);
	assert_int_equal(hv_vault_open(hv, t.domid, &vault_handle, VAULT_PAGES,
				       &vault),
			 -ESRCH);
	assert_int_equal(hv_vault_open(hv, 32000, &vault_handle, VAULT_PAGES,
				       &vault),
			 -ESRCH);
	assert_int_equal(hv_vault_open(hv, domid, &vault_handle,
				       VAULT_PAGES + 1, &vault),
			 -EINVAL);
	assert_int_equal(hv_vault_open(hv, domid, &vault_handle, UINT64_MAX,
				       &vault),
			 -EINVAL);
	assert_null(vault);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

static void two_vaults_do_not_share_a_handle(void **state)
{
	hv_domid domid = make_vault(), second = 0;

	(void)state;
	assert_int_equal(hv_vault_create(hv, &vault_handle, 4, &second),
			 -EEXIST);
	assert_int_equal(hv_vault_create(hv, &other_handle, 4, &second), 0);
	assert_int_not_equal(second, domid);
	assert_int_equal(hv_domain_destroy(hv, second), 0);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

static void two_open_vaults_do_not_mix(void **state)
{
	hv_domid domid = make_vault(), second = 0;
	struct hv_vault *vault = open_vault(domid), *other = NULL;

	(void)state;
	assert_int_equal(hv_vault_create(hv, &other_handle, 4, &second), 0);
	assert_int_equal(hv_vault_open(hv, second, &other_handle, 4, &other),
			 0);
	memset(t.in, 0x11, HV_PAGE_SIZE);
	memset(t.in + HV_PAGE_SIZE, 0x22, HV_PAGE_SIZE);
	assert_int_equal(hv_vault_write(vault, 0, 1, t.in), 0);
	assert_int_equal(hv_vault_write(other, 0, 1, t.in + HV_PAGE_SIZE), 0);
	assert_int_equal(hv_vault_read(vault, 0, 1, t.out), 0);
	assert_true(all_are(t.out, HV_PAGE_SIZE, 0x11));
	assert_int_equal(hv_vault_read(other, 0, 1, t.out), 0);
	assert_true(all_are(t.out, HV_PAGE_SIZE, 0x22));
	hv_vault_close(other);
	hv_vault_close(vault);
	assert_int_equal(hv_domain_destroy(hv, second), 0);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

static void an_open_vault_keeps_its_domid(void **state)
{
	hv_domid domid = make_vault();
	struct hv_vault *vault = open_vault(domid);
	struct hv_domain domain;

	(void)state;
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
	assert_int_equal(hv_vault_read(vault, 1, 1, t.out), -EIO);
	assert_int_equal(hv_vault_write(vault, 1, 1, t.in), -EIO);
	domain = look(domid); /* dying, but there */
	assert_true(domain.dying);
	assert_memory_equal(&domain.handle, &vault_handle,
			    sizeof(vault_handle));
	hv_vault_close(vault);
	harness_settle();
	assert_int_equal(hv_domain_get(hv, domid, &domain), -ESRCH);
}

static void a_dying_vault_does_not_open(void **state)
{
	hv_domid domid = make_vault();
	struct hv_vault *held = open_vault(domid), *vault = NULL;

	(void)state;
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
	assert_int_equal(hv_vault_open(hv, domid, &vault_handle, VAULT_PAGES,
				       &vault),
			 -ESRCH);
	hv_vault_close(held);
}

static void a_vault_tells_its_store_ring_after_a_restart_too(void **state)
{
	struct hv_store_ring ring = { 0 }, again = { 0 };
	hv_domid domid = make_vault();
	struct hv_vault *vault = open_vault(domid);

	(void)state;
	assert_int_equal(hv_vault_store_ring(vault, &ring), 0);
	assert_true(ring.frame.n >= VAULT_PAGES);
	assert_true(ring.port > 0);
	assert_true(harness_peek(domid, ring.frame, t.out));
	assert_true(all_are(t.out, HV_PAGE_SIZE, 0));
	hv_vault_close(vault);
	hv_close(hv);
	assert_int_equal(hv_open(&hv), 0);
	vault = open_vault(domid);
	assert_int_equal(hv_vault_store_ring(vault, &again), 0);
	assert_int_equal(again.frame.n, ring.frame.n);
	assert_int_equal(again.port, ring.port);
	hv_vault_close(vault);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

/* It maps the ring by the vault's grant and binds the port; when the vault
 * dies it lets go, or the domid would never be free again. */
static void xenstored_takes_a_vault_in_and_lets_it_go(void **state)
{
	struct hv_store_ring ring = { 0 };
	hv_domid domid = make_vault();
	struct hv_vault *vault = open_vault(domid);
	struct hv_domain domain;

	(void)state;
	assert_int_equal(hv_vault_store_ring(vault, &ring), 0);
	hv_vault_close(vault);
	assert_true(harness_introduce(domid, &ring));
	assert_true(harness_introduced(domid));
	assert_int_equal(hv_domain_unpause(hv, domid), 0); /* runs nothing */
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
	for (int i = 0; i < 20 && harness_introduced(domid); i++)
		harness_settle();
	assert_false(harness_introduced(domid));
	harness_settle();
	assert_int_equal(hv_domain_get(hv, domid, &domain), -ESRCH);
}

static void a_vault_too_large_for_the_host_leaves_nothing(void **state)
{
	struct hv_domain domains[64];
	struct hv_host before, after;
	hv_domid domid = 0;
	int count = hv_domain_list(hv, 0, domains, 64);
	uint64_t slack;

	(void)state;
	slack = harness_settle();
	assert_int_equal(hv_host_info(hv, &before), 0);
	if (before.free_pages > 600000)
		skip(); /* a vault is less than 4 GiB: it would fit */
	assert_int_equal(hv_vault_create(hv, &vault_handle,
					 before.free_pages + 1, &domid),
			 -ENOMEM);
	harness_settle();
	assert_int_equal(hv_host_info(hv, &after), 0);
	assert_true(after.free_pages + slack >= before.free_pages);
	assert_int_equal(hv_domain_list(hv, 0, domains, 64), count);
}

static void a_vault_of_a_senseless_size_is_refused(void **state)
{
	hv_domid domid = 0;

	(void)state;
	assert_int_equal(hv_vault_create(hv, &vault_handle, 0, &domid),
			 -EINVAL);
	assert_int_equal(hv_vault_create(hv, &vault_handle, UINT64_MAX, &domid),
			 -EINVAL);
	assert_int_equal(hv_vault_create(hv, &vault_handle, 4074 * 256 + 1,
					 &domid),
			 -EINVAL);
}

/* ---- books and costs ---- */

/* Open, close, into the vault, strip: what the manager does all day. */
static void one_cycle(struct hv_vault *vault)
{
	uint32_t refs[256];

	populate(WINDOW, 256);
	for (uint32_t i = 0; i < 256; i++)
		refs[i] = 8 + i;
	assert_int_equal(hv_copy_granted(hv, t.domid, refs, 256, t.in), 0);
	assert_int_equal(hv_vault_write(vault, 0, 256, t.in), 0);
	strip(WINDOW, 256);
}

static void cycles_leave_the_books_as_they_were(void **state)
{
	struct hv_host before, after;
	struct hv_vault *vault;
	hv_domid domid = make_vault();
	uint64_t slack;

	(void)state;
	vault = open_vault(domid);
	for (uint32_t i = 0; i < 256; i++)
		harness_grant(t.domid, 8 + i, gfn_add(WINDOW, i));
	one_cycle(vault);
	slack = harness_settle();
	assert_int_equal(hv_host_info(hv, &before), 0);
	for (int i = 0; i < 16; i++)
		one_cycle(vault);
	harness_settle();
	assert_int_equal(hv_host_info(hv, &after), 0);
	assert_true(after.free_pages + slack >= before.free_pages);
	assert_true(before.free_pages + slack >= after.free_pages);
	assert_int_equal(look(t.domid).pages, 0);
	hv_vault_close(vault);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

/* The figure that docs promise: 1 MiB in and out in under 40 hypercalls. */
static void a_mebibyte_costs_less_than_forty_hypercalls(void **state)
{
	hv_domid domid = make_vault();
	struct hv_vault *vault = open_vault(domid);
	uint64_t before;

	(void)state;
	for (uint32_t i = 0; i < 256; i++)
		harness_grant(t.domid, 8 + i, gfn_add(WINDOW, i));
	before = hv_hypercalls(hv);
	one_cycle(vault);
	assert_within(hv_hypercalls(hv) - before, 34, 40);
	hv_vault_close(vault);
	assert_int_equal(hv_domain_destroy(hv, domid), 0);
}

static void a_buffer_is_page_aligned_and_zeroed(void **state)
{
	uint8_t *buffer = hv_buffer_alloc(5 * HV_PAGE_SIZE);

	(void)state;
	assert_non_null(buffer);
	assert_int_equal((uintptr_t)buffer % HV_PAGE_SIZE, 0);
	assert_true(all_are(buffer, 5 * HV_PAGE_SIZE, 0));
	hv_buffer_free(buffer, 5 * HV_PAGE_SIZE);
	hv_buffer_free(NULL, 5 * HV_PAGE_SIZE);
}

static const struct CMUnitTest tests[] = {
	TEST(a_vault_is_a_paused_domain_with_its_handle),
	TEST(a_vault_keeps_what_was_written),
	TEST(foreign_memory_is_no_buffer_for_a_copy),
	TEST(a_vault_outlives_the_connection),
	TEST(a_vault_has_bounds),
	TEST(a_vault_opens_only_by_its_own_handle),
	TEST(two_vaults_do_not_share_a_handle),
	TEST(two_open_vaults_do_not_mix),
	TEST(an_open_vault_keeps_its_domid),
	TEST(a_dying_vault_does_not_open),
	TEST(a_vault_tells_its_store_ring_after_a_restart_too),
	TEST(xenstored_takes_a_vault_in_and_lets_it_go),
	TEST(a_vault_too_large_for_the_host_leaves_nothing),
	TEST(a_vault_of_a_senseless_size_is_refused),
	TEST(cycles_leave_the_books_as_they_were),
	TEST(a_mebibyte_costs_less_than_forty_hypercalls),
	TEST(a_buffer_is_page_aligned_and_zeroed),
};

int suite_vaults(void)
{
	return cmocka_run_group_tests_name("vaults", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* hv.h's promises: the host, domains, their limits. */
#include "hv_suite.h"

#include <errno.h>
#include <string.h>

#include "cmocka_all.h"

#define NEXT_GIB ((gfn_t){ 0x140000 })

static void the_host_says_what_it_is(void **state)
{
	struct hv_host host;

	(void)state;
	assert_int_equal(hv_host_info(hv, &host), 0);
	assert_int_equal(host.xen_major, 4);
	assert_true(host.xen_minor >= 17);
	assert_int_equal(host.lib_major, 4);
	assert_true(host.free_pages > 0);
}

static void a_domain_tells_its_handle_and_limits(void **state)
{
	struct hv_domain domain = look(t.domid);

	(void)state;
	assert_int_equal(domain.domid, t.domid);
	assert_memory_equal(&domain.handle, &subject_handle,
			    sizeof(subject_handle));
	assert_false(domain.dying);
	assert_false(domain.gone_down);
	assert_int_equal(domain.pages, 0);
	assert_int_equal(domain.max_pages, PLENTY);
}

static void a_domain_that_is_not_is_not_found(void **state)
{
	struct hv_domain domain;
	void *address;

	(void)state;
	assert_int_equal(hv_domain_get(hv, 32000, &domain), -ESRCH);
	assert_int_equal(hv_domain_pause(hv, 32000), -ESRCH);
	assert_int_equal(hv_domain_destroy(hv, 32000), -ESRCH);
	assert_int_equal(hv_domain_set_max_pages(hv, 32000, 1), -ESRCH);
	assert_int_equal(hv_map(hv, 32000, WINDOW, 1, &address), -ESRCH);
	assert_int_equal(hv_populate(hv, 32000, WINDOW, 1), 0);
	assert_int_equal(hv_holes(hv, 32000, WINDOW, 1), 0);
}

static void the_list_has_every_domain_once_in_order(void **state)
{
	struct hv_domain domains[4];
	unsigned int seen = 0;
	int found, last = -1;
	hv_domid next = 0;

	(void)state;
	while ((found = hv_domain_list(hv, next, domains, 4)) > 0) {
		for (int i = 0; i < found; i++) {
			assert_true(domains[i].domid > last);
			last = domains[i].domid;
			seen += domains[i].domid == t.domid;
		}
		next = (hv_domid)(last + 1);
	}
	assert_int_equal(found, 0);
	assert_int_equal(seen, 1);
}

static void pauses_nest(void **state)
{
	(void)state;
	assert_true(look(t.domid).paused); /* as it was born */
	assert_int_equal(hv_domain_unpause(hv, t.domid), 0);
	assert_false(look(t.domid).paused);
	assert_int_equal(hv_domain_pause(hv, t.domid), 0);
	assert_int_equal(hv_domain_pause(hv, t.domid), 0);
	assert_int_equal(hv_domain_unpause(hv, t.domid), 0);
	assert_true(look(t.domid).paused);
	assert_int_equal(hv_domain_unpause(hv, t.domid), 0);
	assert_false(look(t.domid).paused);
}

static void an_unpause_too_many_is_refused(void **state)
{
	(void)state;
	assert_int_equal(hv_domain_unpause(hv, t.domid), 0);
	assert_int_equal(hv_domain_unpause(hv, t.domid), -EINVAL);
}

static void max_pages_is_absolute(void **state)
{
	(void)state;
	assert_int_equal(hv_domain_set_max_pages(hv, t.domid, 77), 0);
	assert_int_equal(look(t.domid).max_pages, 77);
	populate(WINDOW, 77);
	assert_int_equal(hv_domain_set_max_pages(hv, t.domid, 7), 0);
	assert_int_equal(look(t.domid).max_pages, 7);
	assert_int_equal(look(t.domid).pages, 77);
}

static void the_p2m_pool_is_set_in_whole_pages(void **state)
{
	uint64_t bytes = 0;

	(void)state;
	assert_int_equal(hv_p2m_pool_set(hv, t.domid, (5 << 20) + 1), 0);
	assert_int_equal(hv_p2m_pool_get(hv, t.domid, &bytes), 0);
	assert_int_equal(bytes, (5 << 20) + HV_PAGE_SIZE);
}

static void a_p2m_pool_in_use_does_not_shrink_away(void **state)
{
	(void)state;
	if (!harness_pool_runs_out())
		skip();
	populate(WINDOW, 1);
	populate(NEXT_GIB, 1);
	assert_int_equal(hv_p2m_pool_set(hv, t.domid, 0), -EBUSY);
}

static const struct CMUnitTest tests[] = {
	TEST(the_host_says_what_it_is),
	TEST(a_domain_tells_its_handle_and_limits),
	TEST(a_domain_that_is_not_is_not_found),
	TEST(the_list_has_every_domain_once_in_order),
	TEST(pauses_nest),
	TEST(an_unpause_too_many_is_refused),
	TEST(max_pages_is_absolute),
	TEST(the_p2m_pool_is_set_in_whole_pages),
	TEST(a_p2m_pool_in_use_does_not_shrink_away),
};

int suite_domains(void)
{
	return cmocka_run_group_tests_name("domains", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest puts something of its own in place of a window's frame just before it
 * closes the window, and the manager that has to get it out of there dies: what
 * it puts there for a moment (frames_evict()) is seen by nobody.
 */
#include "cmocka_all.h"
#include "script.h"

/* RAM of the guest's that nothing else uses. */
#define SPARE ((gfn_t){ HV_MODEL_RAM.n + 40 })

static bool replaced_at(uint64_t gpa)
{
	host.replaced = true;
	host.replaced_at = gpa - HOST_BASE;
	return true;
}

/* The same bytes again, so that a load that goes on has the right digest. */
static bool populate_over(uint64_t gpa)
{
	uint8_t page[HV_PAGE_SIZE];

	return hv_model_guest_read(host.guest, gpa, page, sizeof(page)) &&
	       hv_model_guest_populate(host.guest, gfn_of_gpa(gpa), 1) == 1 &&
	       hv_model_guest_write(host.guest, gpa, page, sizeof(page)) &&
	       replaced_at(gpa);
}

static bool alias_over(uint64_t gpa)
{
	uint8_t page[HV_PAGE_SIZE];

	return hv_model_guest_read(host.guest, gpa, page, sizeof(page)) &&
	       hv_model_guest_write(host.guest, SPARE.n << HV_PAGE_SHIFT, page,
				    sizeof(page)) &&
	       hv_model_guest_alias(host.guest, SPARE, gfn_of_gpa(gpa)) &&
	       replaced_at(gpa);
}

static void whenever_the_manager_dies(bool (*replace)(uint64_t gpa))
{
	for (host_trial(1); host_again(); host_next()) {
		script_attach_quietly();
		host_plan(host.trial.first, NULL);
		front_begin(1, SCRIPT_LENGTH);
		host.front.before_close = replace;
		host_until(script_sealed);
		host.at = 0;
		assert_true(host.replaced);
		host_check();
		host_check_sealed(1, SCRIPT_LENGTH);
		assert_int_equal(script_ask("detach"), 0);
	}
}

static void a_guest_populates_over_a_frame_and_the_manager_dies(void)
{
	whenever_the_manager_dies(populate_over);
}

static void a_guest_maps_a_grant_over_a_frame_and_the_manager_dies(void)
{
	whenever_the_manager_dies(alias_over);
}

int main(void)
{
	static const struct host_test tests[] = {
		HOST_TEST(a_guest_populates_over_a_frame_and_the_manager_dies),
		HOST_TEST(
			a_guest_maps_a_grant_over_a_frame_and_the_manager_dies),
	};

	return host_run("replace", tests, sizeof(tests) / sizeof(tests[0]));
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hv.h promises, on whichever hypervisor is linked in: the model on any
 * machine, Xen in dom0.  A test's name is the sentence that it shows.
 *
 * Exit status: 0 all well, 1 a promise is broken, 77 no hypervisor here.
 */
#include "hv_suite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmocka_all.h"

#define SKIPPED 77

struct hv *hv;
bool suite_scrubs;
struct suite_test t;

const struct hv_handle subject_handle = { "hv suite subject" };
const struct hv_handle vault_handle = { "hv suite vault A" };
const struct hv_handle other_handle = { "hv suite vault B" };

void paint(uint8_t *bytes, size_t length, unsigned int seed)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)((i * 31 + (i >> 12) * 7 + seed) & 0xff);
}

bool all_are(const uint8_t *bytes, size_t length, uint8_t value)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

int suite_setup(void **state)
{
	(void)state;
	t.domid = harness_subject(&subject_handle, PLENTY, 0);
	t.in = hv_buffer_alloc(BUFFER_BYTES);
	t.out = hv_buffer_alloc(BUFFER_BYTES);
	return t.in && t.out ? 0 : -1;
}

int suite_teardown(void **state)
{
	(void)state;
	hv_domain_destroy(hv, t.domid);
	hv_buffer_free(t.in, BUFFER_BYTES);
	hv_buffer_free(t.out, BUFFER_BYTES);
	return 0;
}

struct hv_domain look(hv_domid domid)
{
	struct hv_domain domain;

	assert_int_equal(hv_domain_get(hv, domid, &domain), 0);
	return domain;
}

void populate(gfn_t gfn, uint32_t count)
{
	assert_int_equal(hv_populate(hv, t.domid, gfn, count), count);
}

void strip(gfn_t gfn, uint32_t count)
{
	assert_int_equal(hv_strip(hv, t.domid, gfn, count), count);
}

static int run_all(void)
{
	int failed = suite_domains();

	failed += suite_frames();
	failed += suite_vaults();
	failed += suite_pool();
	failed += suite_copies();
	return failed;
}

int main(void)
{
	struct hv_host host;
	int rc;

	if (!harness_start())
		return SKIPPED;
	rc = hv_open(&hv);
	if (!rc)
		rc = hv_host_info(hv, &host);
	if (rc) {
		fprintf(stderr, "hv_suite: %s\n", strerror(-rc));
		return rc == -ENOENT ? SKIPPED : 1;
	}
	suite_scrubs = host.scrubs_freed_pages;
	printf("Xen %u.%u, libraries %u.%u, \"%s\": freed pages are %s\n",
	       host.xen_major, host.xen_minor, host.lib_major, host.lib_minor,
	       host.commandline,
	       suite_scrubs ? "scrubbed" : "left as they are");
	rc = run_all();
	hv_close(hv);
	harness_stop();
	return rc ? 1 : 0;
}

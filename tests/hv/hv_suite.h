/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_suite.h - what the parts of the suite share (suite_*.c): a subject, two
 * buffers, and short ways to say things.
 */
#ifndef HV_SUITE_H
#define HV_SUITE_H

#include "hv_harness.h"

/* Where windows lie: 4 GiB on arm64, and fine on x86. */
#define WINDOW ((gfn_t){ 0x100000 })
#define PLENTY 2048u

#define BUFFER_PAGES 600u
#define BUFFER_BYTES (BUFFER_PAGES * HV_PAGE_SIZE)

/* The connection; a test may close it and open another. */
extern struct hv *hv;
extern bool suite_scrubs; /* struct hv_host: scrubs_freed_pages */

/* A subject and two buffers, made anew for each test. */
extern struct suite_test {
	hv_domid domid;
	uint8_t *in, *out;
} t;

extern const struct hv_handle subject_handle, vault_handle, other_handle;

int suite_setup(void **state);
int suite_teardown(void **state);

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, suite_setup, suite_teardown)

void paint(uint8_t *bytes, size_t length, unsigned int seed);
bool all_are(const uint8_t *bytes, size_t length, uint8_t value);
struct hv_domain look(hv_domid domid); /* which must be there */

/* All of it, on the subject, or the test fails. */
void populate(gfn_t gfn, uint32_t count);
void strip(gfn_t gfn, uint32_t count);

/* The parts.  Each returns how many tests failed. */
int suite_domains(void);
int suite_frames(void);
int suite_vaults(void);
int suite_pool(void);
int suite_copies(void);

#endif

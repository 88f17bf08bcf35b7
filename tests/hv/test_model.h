/* SPDX-License-Identifier: GPL-2.0-only */
/* test_model.h - what the tests of the model share. */
#ifndef TEST_MODEL_H
#define TEST_MODEL_H

#include "hv_model.h"

#define WINDOW ((gfn_t){ 0x100000 })
#define WINDOW_GPA ((uint64_t)0x100000 << HV_PAGE_SHIFT)
#define ALIAS ((gfn_t){ 0x180000 })
#define RAM_PAGES 64u

extern struct hv *hv;
extern hv_domid guest; /* one that runs */
extern uint8_t page[HV_PAGE_SIZE];
extern const struct hv_handle vault_handle;

/* Another machine, with a guest in it. */
void boot_as(const struct hv_model_config *config);

int model_setup(void **state);
int model_teardown(void **state);

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, model_setup, model_teardown)

void populate(gfn_t gfn, uint32_t count);
uint8_t guest_byte(uint64_t gpa);
void inject(enum hv_model_call call, unsigned int nth,
	    enum hv_model_fault_kind kind, int error);

/* The parts.  Each returns how many tests failed. */
int model_fault_tests(void);
int model_pool_tests(void);

#endif

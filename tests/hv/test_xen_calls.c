// SPDX-License-Identifier: GPL-2.0-only
/* What is asked of Xen, where no Xen that tests run on would mind another. */
#include "hv_xen.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cmocka_all.h"

static long page_size; /* of dom0's kernel; 0: the one that runs */
static struct xen_domctl_createdomain asked;

/* The linker puts these in the place of the real ones.  The sanitizers' own
 * code comes by here before there is any. */
long __real_sysconf(int name);
long __wrap_sysconf(int name);
__attribute__((no_sanitize("address", "undefined"))) long
__wrap_sysconf(int name)
{
	return name == _SC_PAGESIZE && page_size ? page_size :
						   __real_sysconf(name);
}

int __wrap_xc_domain_getinfolist(xc_interface *xc, uint32_t first,
				 unsigned int most, xc_domaininfo_t *info);
int __wrap_xc_domain_getinfolist(xc_interface *xc, uint32_t first,
				 unsigned int most, xc_domaininfo_t *info)
{
	(void)xc;
	(void)first;
	(void)most;
	(void)info;
	return 0;
}

int __wrap_xc_domain_create(xc_interface *xc, uint32_t *domid,
			    struct xen_domctl_createdomain *config);
int __wrap_xc_domain_create(xc_interface *xc, uint32_t *domid,
			    struct xen_domctl_createdomain *config)
{
	(void)xc;
	(void)domid;
	asked = *config;
	errno = EPERM;
	return -1;
}

/* With 16 or 64 KiB, what is mapped and locked would be another's, too. */
static void a_dom0_with_other_pages_than_xens_is_refused(void **state)
{
	struct hv *hv = NULL;

	(void)state;
	for (page_size = 16 << 10; page_size <= 64 << 10; page_size *= 2)
		assert_int_equal(hv_open(&hv), -ENOTSUP);
	page_size = 0;
	assert_null(hv);
}

/* Where Flask is enforcing, one without a label may not be made: this is what
 * the policies that come with Xen let dom0 make (SECINITSID_DOMU). */
static void a_vault_has_the_label_that_guests_have(void **state)
{
	const struct hv_handle handle = { .byte = { 1, 2, 3 } };
	struct hv hv = { 0 };
	hv_domid domid;

	(void)state;
	assert_int_equal(hv_vault_create(&hv, &handle, 16, &domid), -EPERM);
	assert_memory_equal(asked.handle, &handle, sizeof(handle));
	assert_int_equal(asked.ssidref, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dom0_with_other_pages_than_xens_is_refused),
		cmocka_unit_test(a_vault_has_the_label_that_guests_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

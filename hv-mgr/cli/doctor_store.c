// SPDX-License-Identifier: GPL-2.0-only
/* The only file of the command line that knows libxenstore. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "cli/doctor.h"

/*
 * By socket only: with a dead xenstored, /dev/xen/xenbus opens, and then never
 * answers.
 */
void doctor_xenstore(struct doctor *doctor, struct finding *finding)
{
	struct xs_handle *store = xs_open(XS_OPEN_SOCKETONLY);
	char *path = store ? xs_get_domain_path(store, 0) : NULL;
	int error = errno;

	(void)doctor;
	if (path)
		finding_set(finding, DOCTOR_OK, NULL, "xenstored answers");
	else if (!store && !access("/dev/xen/xenbus", R_OK | W_OK))
		finding_set(
			finding, DOCTOR_FAIL,
			"start xenstored in dom0: hv-mgr cannot use one in a domain of its own, as vaults grant their rings to dom0",
			"xenstored has no socket: %s", strerror(error));
	else
		finding_set(
			finding, DOCTOR_FAIL,
			"start it: systemctl start xenstored (Debian: service xen start)",
			"xenstored does not answer: %s", strerror(error));
	free(path);
	if (store)
		xs_close(store);
}

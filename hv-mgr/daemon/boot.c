// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/boot.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "daemon/boot_file.h"
#include "daemon/record.h"
#include "daemon/vaults.h"

static const char forgotten[] =
	"xenstore has lost what was recorded of carveouts (xenstored came back empty), so that nobody knows which frames guests reach: destroy all guests and restart the manager, or restart the host";

const char *boot_doubt(const struct manager *manager)
{
	return manager->forgotten ? forgotten : NULL;
}

/* A domid other than 0: xenstored runs in a domain of its own. */
static int check_xenstored(struct manager *manager)
{
	uint64_t domid;

	if (store_read_number(manager->xs, "/tool/xenstored", "domid",
			      DOMIDS - 1, &domid) ||
	    !domid)
		return 0;
	log_error(
		"xenstored runs in domain %llu: hv-mgr needs it in dom0, to which vaults grant their rings",
		ull(domid));
	return -EOPNOTSUPP;
}

/* 0: it is there; -ENOENT: it is not. */
static int find_root(struct manager *manager)
{
	unsigned int count;
	char **children =
		xs_directory(manager->xs, XBT_NULL, RECORD_ROOT, &count);

	if (!children)
		return -errno;
	free(children);
	return 0;
}

/* Vaults run nothing, and reach nothing. */
static bool guests_live(struct manager *manager)
{
	struct hv_domain domain;
	hv_domid first = 1;
	int found;

	while ((found = hv_domain_list(manager->hv, first, &domain, 1)) == 1) {
		if (!domain.dying && !vaults_is_ours(&domain))
			return true;
		first = (hv_domid)(domain.domid + 1);
	}
	return found < 0;
}

/* The directory before the file: a manager that is killed between the two has
 * lost nothing. */
static int begin(struct manager *manager)
{
	int rc = record_make_root(manager->xs);

	if (!rc)
		rc = boot_file_make();
	if (rc)
		log_error("cannot make " RECORD_ROOT
			  " in xenstore, or " BOOT_FILE ": errno %d",
			  -rc);
	return rc;
}

int boot_check(struct manager *manager)
{
	int rc = check_xenstored(manager);

	if (rc)
		return rc;
	rc = find_root(manager);
	if (rc == -ENOENT && boot_file_is_there() && guests_live(manager)) {
		log_error("%s", forgotten);
		manager->forgotten = true;
		manager->records_doubted = true;
		return 0;
	}
	if (rc && rc != -ENOENT) {
		log_error("cannot read " RECORD_ROOT " in xenstore: errno %d",
			  -rc);
		return rc;
	}
	return begin(manager);
}

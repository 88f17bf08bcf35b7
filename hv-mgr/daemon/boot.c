// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/boot.h"

#include <errno.h>

#include "base/log.h"
#include "daemon/record_file.h"
#include "daemon/store.h"
#include "daemon/vaults.h"

/* Empty. It says that there were records. */
#define BOOT_NODE "hv-mgr"

static const char forgotten[] =
	"what was recorded of carveouts, " RECORD_FILE
	", is gone, or is not what a manager left, so that nobody knows which frames guests reach: destroy all guests and restart the manager, or restart the host";

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

/* 0: it is there, whatever somebody may have written into it; -ENOENT: it is
 * not. */
static int find_node(struct manager *manager)
{
	char value[2];
	int rc;

	rc = store_read(manager->xs, "", BOOT_NODE, value, sizeof(value));
	return rc == -EINVAL ? 0 : rc;
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

/* The file before the node: a manager that is killed between the two has lost
 * nothing. */
static int begin(struct manager *manager)
{
	int rc = record_file_begin(&manager->records);

	if (rc)
		log_error("cannot begin " RECORD_FILE ": errno %d", -rc);
	return rc;
}

static int make_node(struct manager *manager)
{
	int rc = store_write(manager->xs, XBT_NULL, "", BOOT_NODE, "%s", "");

	if (rc)
		log_error("cannot make /" BOOT_NODE " in xenstore: errno %d",
			  -rc);
	return rc;
}

int boot_check(struct manager *manager)
{
	int rc = check_xenstored(manager), absent;

	if (rc)
		return rc;
	absent = find_node(manager);
	if (absent && absent != -ENOENT) {
		log_error("cannot read /" BOOT_NODE " in xenstore: errno %d",
			  -absent);
		return absent;
	}
	if (!manager->records.whole && !absent && guests_live(manager)) {
		log_error("%s", forgotten);
		manager->forgotten = true;
		manager->records_doubted = true;
		return 0;
	}
	if (!manager->records.whole)
		rc = begin(manager);
	return rc || !absent ? rc : make_node(manager);
}

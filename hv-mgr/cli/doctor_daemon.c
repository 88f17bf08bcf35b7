// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/doctor.h"
#include "cli/reply.h"

/*
 * Not by cli_send(): that no daemon answers is a finding here, and no error.
 */
static int ask(struct doctor *doctor, const char *command,
	       struct control_message *reply)
{
	CLEAN_JSON struct json_object *request =
		cli_request(command, NULL, NULL);
	struct client *client;
	int rc = client_open(doctor->cli->socket, &client);

	if (rc)
		return rc;
	rc = client_request(client, request, NULL, 0, NULL, NULL, reply);
	client_close(client);
	return rc;
}

void doctor_daemon(struct doctor *doctor, struct finding *finding)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	int rc = ask(doctor, "info", &reply);
	const char *version = reply_string(reply.json, "version");
	char text[sizeof(finding->found)];

	if (rc) {
		client_explain(rc, doctor->cli->socket, text, sizeof(text));
		finding_set(finding, DOCTOR_WARN, "systemctl start hv-mgr",
			    "%s", text);
	} else if (!version || strcmp(version, HV_MGR_VERSION)) {
		finding_set(finding, DOCTOR_WARN,
			    "restart it: systemctl restart hv-mgr",
			    "the daemon is of version %s, this is %s",
			    version ? version : "?", HV_MGR_VERSION);
	} else {
		finding_set(finding, DOCTOR_OK, NULL,
			    "running, version %s, pid %" PRIu64, version,
			    reply_number(reply.json, "pid"));
	}
}

void doctor_guests(struct doctor *doctor, struct finding *finding)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	size_t count, waiting = 0;

	if (ask(doctor, "status", &reply)) {
		finding_set(finding, DOCTOR_OK, NULL,
			    "not looked at: no daemon");
		return;
	}
	count = reply_count(reply.json);
	for (size_t i = 0; i < count; i++)
		if (!reply_bool(reply_carveout(reply.json, i), "connected"))
			waiting++;
	if (waiting)
		finding_set(
			finding, DOCTOR_WARN,
			"load the driver in the guest (modprobe xen-carveout; dmesg says what it found), unless it is loaded from dom0 only",
			"%zu of %zu carveouts have no driver connected",
			waiting, count);
	else
		finding_set(finding, DOCTOR_OK, NULL,
			    "%zu of %zu carveouts have their driver connected",
			    count, count);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/commands.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "carveoutif.h"
#include "daemon/connection.h"
#include "daemon/device.h"
#include "daemon/examination.h"
#include "daemon/failure.h"
#include "daemon/label.h"
#include "daemon/names.h"
#include "daemon/report.h"
#include "daemon/store.h"
#include "daemon/tenant.h"
#include "daemon/turns.h"
#include "daemon/waiters.h"

#ifndef HV_MGR_VERSION
#error "the build gives HV_MGR_VERSION"
#endif

/* Beyond the guest's grace: several tries, a second apart. */
#define REVOKE_MS 10000

struct command {
	struct manager *manager;
	struct connection *connection;
	const struct control_message *message;
};

/* ---- replies ---- */

__attribute__((format(printf, 3, 4))) static void
reply_error(struct connection *connection, int rc, const char *format, ...)
{
	struct json_object *json = json_object_new_object();
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_object_object_add(json, "ok", json_object_new_boolean(false));
	json_object_object_add(json, "errno", json_object_new_int(-rc));
	json_object_object_add(json, "error", json_object_new_string(text));
	connection_reply(connection, json, NULL, 0);
	json_object_put(json);
}

static struct json_object *new_ok(void)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "ok", json_object_new_boolean(true));
	return json;
}

/* device NULL: every device of tenant; tenant NULL: every device. */
static void reply_carveouts(struct manager *manager,
			    struct connection *connection,
			    const struct tenant *tenant,
			    const struct device *device)
{
	struct json_object *json = new_ok();
	struct json_object *list = json_object_new_array();

	for (struct tenant *t = manager->tenants; t; t = t->next) {
		if (tenant && t != tenant)
			continue;
		names_refresh(t);
		for (struct device *d = t->devices; d; d = d->next)
			if (!device || d == device)
				json_object_array_add(list, report_device(d));
	}
	json_object_object_add(json, "carveouts", list);
	connection_reply(connection, json, NULL, 0);
	json_object_put(json);
}

/* ---- arguments ---- */

static const char *get_string(const struct command *command, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(command->message->json, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static bool get_number(const struct command *command, const char *key,
		       uint64_t *number)
{
	struct json_object *value;

	if (!json_object_object_get_ex(command->message->json, key, &value) ||
	    !json_object_is_type(value, json_type_int) ||
	    json_object_get_int64(value) < 0)
		return false;
	*number = (uint64_t)json_object_get_int64(value);
	return true;
}

static bool get_bool(const struct command *command, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(command->message->json, key, &value) &&
	       json_object_get_boolean(value);
}

/* Returns 0, -ENOENT if there is none, -EINVAL if what is there is no digest. */
static int get_digest(const struct command *command, uint8_t *digest)
{
	const char *hex = get_string(command, CARVEOUTIF_DIGEST);

	if (!hex)
		return -ENOENT;
	return hex_read(hex, digest, MEASURE_DIGEST_SIZE) ? 0 : -EINVAL;
}

static bool get_domid(const struct command *command, hv_domid *domid)
{
	const char *domain = get_string(command, "domain");

	if (domain && !names_resolve(command->manager, domain, domid))
		return true;
	reply_error(command->connection, -ESRCH,
		    "there is no domain %s: see xl list",
		    domain ? domain : "without a name");
	return false;
}

static struct tenant *get_tenant(const struct command *command)
{
	struct tenant *tenant;
	hv_domid domid;

	if (!get_domid(command, &domid))
		return NULL;
	tenant = tenant_find(command->manager, domid);
	if (!tenant)
		reply_error(command->connection, -ESRCH,
			    "domain %s has no carveouts here: see hv-mgr list",
			    get_string(command, "domain"));
	return tenant;
}

static struct device *get_device(const struct command *command)
{
	struct tenant *tenant = get_tenant(command);
	const char *name = get_string(command, "name");
	struct device *device = NULL;

	if (!tenant)
		return NULL;
	turns_wake(tenant); /* most commands give it something to do */
	if (name)
		device = tenant_device(tenant, name);
	if (!device)
		reply_error(command->connection, -ESRCH,
			    "domain %s has no carveout %s: see hv-mgr list",
			    tenant->name, name ? name : "without a name");
	return device;
}

/* ---- refusals ---- */

struct refusal {
	int error;
	const char *text;
};

static const struct refusal refusals[] = {
	{ -EPERM, "it is sealed: hv-mgr reset makes it empty again" },
	{ -EALREADY, "it is sealed already" },
	{ -ENODATA, "nothing was loaded into it, or what was is not sealed" },
	{ -ECANCELED,
	  "its last load failed or was revoked: hv-mgr reset makes it empty again" },
	{ -ENOSPC, "that is more than fits into it" },
	{ -EMSGSIZE, "its length is not the expected-size of its stanza" },
	{ -EINVAL, "offset or length are not possible here" },
	{ -EBADMSG,
	  "the content does not have the digest that was expected; it was scrubbed" },
	{ -ETIMEDOUT,
	  "the hypervisor has not taken its windows away yet; it is tried again each second, see windows_open in hv-mgr status" },
};

static const char *why_busy(const struct carveout *carveout)
{
	if (carveout_windows_held(carveout))
		return "the guest has windows open: wait for its loader, or hv-mgr revoke";
	return "somebody else is loading it: wait, or hv-mgr revoke";
}

/* NULL: it is no refusal, but something failed. */
static const char *why(const struct carveout *carveout, int rc)
{
	if (rc == -EBUSY)
		return why_busy(carveout);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].error == rc)
			return refusals[i].text;
	return NULL;
}

static void reply_refusal(struct connection *connection,
			  const struct device *device,
			  enum carveout_request request, int rc)
{
	const char *text = rc == -EKEYREJECTED ? device->carveout.why :
						 why(&device->carveout, rc);
	struct failure failure = failure_of(rc);

	if (!text) {
		text = failure.text;
		log_error("%s: %s fails: %s", label_of_device(device).text,
			  carveout_request_name(request), text);
	}
	reply_error(connection, rc,
		    "cannot %s carveout %s of domain %s (%s): %s",
		    carveout_request_name(request), device->stanza.name,
		    device->tenant->name,
		    carveout_state_name(device->carveout.state), text);
}

/* ---- slow requests ---- */

static void reply_outcome(struct connection *connection, struct device *device,
			  enum carveout_request request, int rc)
{
	if (rc)
		reply_refusal(connection, device, request, rc);
	else
		reply_carveouts(device->tenant->manager, connection,
				device->tenant, device);
	device_state_changed(device);
}

/*
 * The work that this request began has ended, the client's patience is over, or
 * the device goes: what came of it by now.
 */
static void finish(struct device *device, const struct waiter *waiter,
		   enum waiter_end end)
{
	int rc = carveout_done(&device->carveout, waiter->request) ?
			 carveout_outcome(&device->carveout, waiter->request) :
			 -ETIMEDOUT;

	(void)end;
	reply_outcome(waiter->client, device, waiter->request, rc);
}

/* Slow work of somebody else's has ended. */
static void run_again(struct device *device, const struct waiter *waiter,
		      enum waiter_end end)
{
	(void)device;
	(void)end;
	connection_run_again(waiter->client);
}

/* False: there is no memory, and the client was told so. */
static bool wait_for(const struct command *command, struct device *device,
		     const struct waiter *what)
{
	struct waiter waiter = *what;

	waiter.client = command->connection;
	/* The hypervisor may fail to take a window away for ever. */
	if (waiter.request == CARVEOUT_REQ_REVOKE)
		waiter.until = clock_ms() + device->owner.grace + REVOKE_MS;
	connection_is_known(command->connection);
	if (waiters_add(device, &waiter))
		return true;
	reply_error(command->connection, -ENOMEM,
		    "the manager is out of memory");
	return false;
}

/*
 * Slow work that somebody else is the cause of (a pool's piece is scrubbed when
 * it was attached) ends by itself: whoever is in its way is not refused for
 * that.
 */
static bool put_off(const struct command *command, struct device *device,
		    enum carveout_request request)
{
	const struct waiter waiter = { .request = request,
				       .answer = run_again };

	if (!carveout_busy(&device->carveout))
		return false;
	if (wait_for(command, device, &waiter))
		connection_keep_request(command->connection);
	return true;
}

static void answer(const struct command *command, struct device *device,
		   enum carveout_request request, int rc)
{
	const struct waiter waiter = { .request = request, .answer = finish };

	if (rc == -EINPROGRESS)
		wait_for(command, device, &waiter);
	else
		reply_outcome(command->connection, device, request, rc);
}

void commands_progress(const struct device *device)
{
	for (const struct waiter *w = device->waiters; w; w = w->next)
		if (w->client)
			connection_tell_progress(w->client, device);
}

/* ---- the commands ---- */

static void do_info(const struct command *command)
{
	struct json_object *json = new_ok();

	report_host(command->manager, json);
	connection_reply(command->connection, json, NULL, 0);
	json_object_put(json);
}

static void do_pool_list(const struct command *command)
{
	struct json_object *json = new_ok();

	report_pools(command->manager, json);
	connection_reply(command->connection, json, NULL, 0);
	json_object_put(json);
}

static void do_status(const struct command *command)
{
	struct tenant *tenant = NULL;
	struct device *device = NULL;

	if (get_string(command, "domain")) {
		tenant = get_tenant(command);
		if (!tenant)
			return;
	}
	if (tenant && get_string(command, "name")) {
		device = get_device(command);
		if (!device)
			return;
	}
	reply_carveouts(command->manager, command->connection, tenant, device);
}

static int parse_specs(const struct command *command, struct stanza *stanzas,
		       size_t room, size_t *count, struct sentence error)
{
	struct json_object *specs;
	size_t n;

	if (!json_object_object_get_ex(command->message->json, "specs",
				       &specs) ||
	    !json_object_is_type(specs, json_type_array))
		return sentence_set(error, -EINVAL,
				    "the request has no stanzas");
	n = json_object_array_length(specs);
	if (!n || n > room)
		return sentence_set(error, -EINVAL,
				    "1 to %zu carveouts can be attached", room);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_object_get_string(
			json_object_array_get_idx(specs, i));
		int rc = stanza_parse(text ? text : "", &stanzas[i], error);

		if (rc)
			return rc;
	}
	*count = n;
	return 0;
}

static void do_attach(const struct command *command)
{
	struct stanza stanzas[STANZAS_MAX];
	char error[400] = "";
	hv_domid domid;
	size_t count = 0;
	int rc;

	if (!get_domid(command, &domid))
		return;
	rc = parse_specs(command, stanzas, STANZAS_MAX, &count,
			 SENTENCE(error));
	if (!rc)
		rc = tenant_attach(command->manager, domid, stanzas, count,
				   SENTENCE(error));
	if (rc)
		reply_error(command->connection, rc, "%s", error);
	else
		reply_carveouts(command->manager, command->connection,
				tenant_find(command->manager, domid), NULL);
}

static void forget_waiters(struct tenant *tenant,
			   const struct connection *connection)
{
	for (struct device *d = tenant->devices; d; d = d->next)
		waiters_forget(d, connection);
}

static bool waits_in(const struct tenant *tenant,
		     const struct connection *connection)
{
	for (const struct device *d = tenant->devices; d; d = d->next)
		if (waiters_have(d, connection))
			return true;
	return false;
}

/* One answer for all that are to be detached: when the last of them is gone, or
 * the first one's time is over. */
static void detached(struct device *device, const struct waiter *waiter,
		     enum waiter_end end)
{
	struct tenant *tenant = device->tenant;
	struct json_object *json;

	if (end != WAITER_GONE) {
		forget_waiters(tenant, waiter->client);
		finish(device, waiter, end);
		return;
	}
	if (waits_in(tenant, waiter->client))
		return;
	json = new_ok();
	connection_reply(waiter->client, json, NULL, 0);
	json_object_put(json);
}

/* False: there is no memory, and nothing will be answered any more. */
static bool detach(const struct command *command, struct device *device)
{
	const struct waiter waiter = {
		.request = CARVEOUT_REQ_REVOKE,
		.until_gone = true,
		.answer = detached,
	};

	if (!wait_for(command, device, &waiter)) {
		forget_waiters(device->tenant, command->connection);
		return false;
	}
	tenant_detach(device, get_bool(command, "now"));
	return true;
}

static void detach_all(const struct command *command, struct tenant *tenant)
{
	struct device *device = tenant->devices;

	while (device && detach(command, device))
		device = device->next;
}

static void do_detach(const struct command *command)
{
	bool all = get_bool(command, "all");
	struct tenant *tenant = NULL;
	struct device *device = NULL;

	if (all && !get_string(command, "name"))
		tenant = get_tenant(command);
	else if (!all)
		device = get_device(command);
	else
		reply_error(command->connection, -EINVAL,
			    "either a carveout's name or all of them");
	if (device)
		detach(command, device);
	else if (tenant)
		detach_all(command, tenant);
}

/*
 * Somebody's reset or detach may have come since this connection's last piece:
 * what would go on then is not what was begun.  If so, that is the answer.
 */
static bool lost_load(const struct command *command,
		      const struct device *device)
{
	if (device->loader == command->connection)
		return false;
	reply_error(
		command->connection, -ECANCELED,
		"the load of carveout %s of domain %s was ended by somebody else (a reset, a revoke, or detached and attached again): nothing of it is there; load it anew",
		device->stanza.name, device->tenant->name);
	return true;
}

static void do_write(const struct command *command)
{
	struct device *device = get_device(command);
	uint64_t offset;
	int rc;

	if (!device)
		return;
	if (!get_number(command, "offset", &offset)) {
		reply_error(command->connection, -EINVAL, "no offset");
		return;
	}
	if (offset ? lost_load(command, device) :
		     put_off(command, device, CARVEOUT_REQ_WRITE))
		return;
	if (device->loader && device->loader != command->connection)
		rc = -EBUSY;
	else
		rc = carveout_write(&device->carveout, offset,
				    command->message->data,
				    command->message->data_length);
	if (!rc) {
		device->loader = command->connection;
		connection_is_known(command->connection);
	}
	reply_outcome(command->connection, device, CARVEOUT_REQ_WRITE, rc);
}

static void do_keep(const struct command *command)
{
	struct device *device = get_device(command);

	if (!device || lost_load(command, device))
		return;
	device->loader = NULL;
	reply_carveouts(command->manager, command->connection, device->tenant,
			device);
}

/* The request's data are the evidence. */
static int seal(const struct command *command, struct device *device,
		uint64_t length, const uint8_t *digest)
{
	int rc = examination_bring(device, command->message->data,
				   command->message->data_length);

	if (!rc)
		rc = carveout_seal(&device->carveout, CARVEOUT_DOM0, length,
				   digest);
	if (rc != -EINPROGRESS)
		examination_end(device);
	return rc;
}

static void do_seal(const struct command *command)
{
	struct device *device = get_device(command);
	uint8_t digest[MEASURE_DIGEST_SIZE];
	uint64_t length;
	int has_digest, rc;

	if (!device ||
	    (get_bool(command, "mine") && lost_load(command, device)))
		return;
	has_digest = get_digest(command, digest);
	if (has_digest == -EINVAL) {
		reply_error(command->connection, -EINVAL,
			    CARVEOUTIF_DIGEST " must be %d hexadecimal digits",
			    2 * MEASURE_DIGEST_SIZE);
		return;
	}
	if (put_off(command, device, CARVEOUT_REQ_SEAL))
		return;
	if (!get_number(command, "length", &length))
		length = device->carveout.written;
	/* Half an image that somebody is in the middle of is not sealed. */
	rc = device->loader && device->loader != command->connection ?
		     -EBUSY :
		     seal(command, device, length, has_digest ? NULL : digest);
	if (!rc || rc == -EINPROGRESS)
		device->loader = NULL;
	answer(command, device, CARVEOUT_REQ_SEAL, rc);
}

static void do_revoke(const struct command *command)
{
	struct device *device = get_device(command);

	if (!device)
		return;
	device->loader = NULL;
	answer(command, device, CARVEOUT_REQ_REVOKE,
	       carveout_revoke(&device->carveout, get_bool(command, "now")));
}

static void do_reset(const struct command *command)
{
	struct device *device = get_device(command);

	if (!device)
		return;
	device->loader = NULL;
	answer(command, device, CARVEOUT_REQ_RESET,
	       carveout_reset(&device->carveout, CARVEOUT_DOM0));
}

static void reply_bytes(const struct command *command, struct device *device,
			uint64_t offset, uint32_t length)
{
	void *bytes = malloc(length ? length : 1);
	struct json_object *json;
	int rc = -ENOMEM;

	if (bytes)
		rc = carveout_read(&device->carveout, offset, bytes, length);
	if (rc) {
		reply_refusal(command->connection, device, CARVEOUT_REQ_READ,
			      rc);
	} else {
		json = new_ok();
		connection_reply(command->connection, json, bytes, length);
		json_object_put(json);
	}
	if (bytes)
		explicit_bzero(bytes, length);
	free(bytes);
}

static void do_read(const struct command *command)
{
	struct device *device = get_device(command);
	uint64_t offset, length;

	if (!device)
		return;
	if (!get_number(command, "offset", &offset) ||
	    !get_number(command, "length", &length) ||
	    length > CONTROL_DATA_MAX) {
		reply_error(command->connection, -EINVAL,
			    "read needs an offset and a length of at most %u",
			    CONTROL_DATA_MAX);
		return;
	}
	reply_bytes(command, device, offset, (uint32_t)length);
}

static const struct {
	const char *name;
	void (*run)(const struct command *command);
} commands[] = {
	{ "info", do_info },	       { "status", do_status },
	{ "attach", do_attach },       { "detach", do_detach },
	{ "write", do_write },	       { "keep", do_keep },
	{ "seal", do_seal },	       { "revoke", do_revoke },
	{ "reset", do_reset },	       { "read", do_read },
	{ "pool-list", do_pool_list },
};

void commands_run(struct manager *manager, struct connection *connection,
		  const struct control_message *message)
{
	struct command command = { manager, connection, message };
	const char *name = get_string(&command, "command");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (name && !strcmp(name, commands[i].name)) {
			commands[i].run(&command);
			return;
		}
	}
	reply_error(
		connection, -EOPNOTSUPP,
		"this daemon (%s) knows no command %s: are hv-mgr and its daemon of one version?",
		HV_MGR_VERSION, name ? name : "without a name");
}

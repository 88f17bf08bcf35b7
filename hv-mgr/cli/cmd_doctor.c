// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>

#include "cli/cmd.h"
#include "cli/doctor.h"

static const struct {
	const char *name;
	doctor_look *look;
	enum cli_exit code; /* how to exit if it fails */
} checks[] = {
	{ "root", doctor_root, CLI_NOT_DOM0 },
	{ "dom0", doctor_dom0, CLI_NOT_DOM0 },
	{ "privcmd", doctor_privcmd, CLI_NOT_DOM0 },
	{ "evtchn", doctor_evtchn, CLI_FAILED },
	{ "gntdev", doctor_gntdev, CLI_FAILED },
	{ "gntalloc", doctor_gntalloc, CLI_FAILED },
	{ "xenstore", doctor_xenstore, CLI_FAILED },
	{ "hypervisor", doctor_hypervisor, CLI_NOT_DOM0 },
	{ "version", doctor_version, CLI_FAILED },
	{ "scrub", doctor_scrub, CLI_FAILED },
	{ "bootscrub", doctor_bootscrub, CLI_FAILED },
	{ "memory", doctor_memory, CLI_FAILED },
	{ "p2m-pool", doctor_p2m_pool, CLI_FAILED },
	{ "pool", doctor_pool, CLI_FAILED },
	{ "core", doctor_core, CLI_FAILED },
	{ "xl", doctor_xl, CLI_FAILED },
	{ "daemon", doctor_daemon, CLI_FAILED },
	{ "guests", doctor_guests, CLI_FAILED },
};

#define CHECKS (sizeof(checks) / sizeof(checks[0]))

static const char *const results[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_WARN] = "warn",
	[DOCTOR_FAIL] = "fail",
};

void finding_set(struct finding *finding, enum doctor_result result,
		 const char *todo, const char *format, ...)
{
	va_list args;

	finding->result = result;
	finding->todo = todo;
	va_start(args, format);
	vsnprintf(finding->found, sizeof(finding->found), format, args);
	va_end(args);
}

static struct json_object *as_json(const char *name,
				   const struct finding *finding)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "check", json_object_new_string(name));
	json_object_object_add(
		json, "result",
		json_object_new_string(results[finding->result]));
	json_object_object_add(json, "found",
			       json_object_new_string(finding->found));
	json_object_object_add(
		json, "todo",
		finding->todo ? json_object_new_string(finding->todo) : NULL);
	return json;
}

static void print_text(const char *name, const struct finding *finding)
{
	printf("%-4s  %-10s  %s\n", results[finding->result], name,
	       finding->found);
	if (finding->todo)
		printf("%18sdo: %s\n", "", finding->todo);
}

/* Returns whether there is more to be found. */
static bool look_once(struct doctor *doctor, size_t check,
		      struct json_object *list, int *code)
{
	struct finding finding = { 0 };

	checks[check].look(doctor, &finding);
	if (finding.result == DOCTOR_FAIL && *code == CLI_OK)
		*code = (int)checks[check].code;
	json_object_array_add(list, as_json(checks[check].name, &finding));
	if (!doctor->cli->json)
		print_text(checks[check].name, &finding);
	return finding.again;
}

static int look_at_all(struct doctor *doctor, struct json_object *list)
{
	int code = CLI_OK;

	for (size_t i = 0; i < CHECKS; i++)
		while (look_once(doctor, i, list, &code))
			;
	return code;
}

static void open_hv(struct doctor *doctor)
{
	doctor->hv_error = hv_open(&doctor->hv);
	if (doctor->hv_error)
		return;
	doctor->hv_error = hv_host_info(doctor->hv, &doctor->host);
	doctor->has_host = !doctor->hv_error;
}

int cmd_doctor(struct cli *cli, const struct args *args)
{
	struct doctor doctor = { .cli = cli };
	CLEAN_JSON struct json_object *json = json_object_new_object();
	struct json_object *list = json_object_new_array();
	int code;

	(void)args;
	json_object_object_add(json, "checks", list);
	open_hv(&doctor);
	code = look_at_all(&doctor, list);
	hv_close(doctor.hv);
	json_object_object_add(json, "ok",
			       json_object_new_boolean(code == CLI_OK));
	if (cli->json)
		cli_print_json(json, stdout);
	return code;
}

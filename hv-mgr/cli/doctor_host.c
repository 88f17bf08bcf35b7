// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "cli/spawn.h"

void doctor_root(struct doctor *doctor, struct finding *finding)
{
	(void)doctor;
	if (geteuid())
		finding_set(finding, DOCTOR_FAIL, "run it as root",
			    "running as user %u", (unsigned int)geteuid());
	else
		finding_set(finding, DOCTOR_OK, NULL, "running as root");
}

void doctor_dom0(struct doctor *doctor, struct finding *finding)
{
	static const char path[] = "/proc/xen/capabilities";
	char text[64] = "";
	FILE *file = fopen(path, "re");
	bool control;

	(void)doctor;
	if (!file) {
		finding_set(
			finding, DOCTOR_FAIL,
			"boot under Xen, and mount it: modprobe xenfs; mount -t xenfs xenfs /proc/xen",
			"%s: %s", path, strerror(errno));
		return;
	}
	control = fgets(text, sizeof(text), file) && strstr(text, "control_d");
	fclose(file);
	if (control)
		finding_set(finding, DOCTOR_OK, NULL, "control domain");
	else
		finding_set(finding, DOCTOR_FAIL, "run it in dom0",
			    "a guest of Xen, not its control domain");
}

static void look_at_device(const char *path, enum doctor_result if_not,
			   const char *todo, struct finding *finding)
{
	if (!access(path, R_OK | W_OK))
		finding_set(finding, DOCTOR_OK, NULL, "%s", path);
	else
		finding_set(finding, if_not, todo, "%s: %s", path,
			    strerror(errno));
}

void doctor_privcmd(struct doctor *doctor, struct finding *finding)
{
	(void)doctor;
	look_at_device("/dev/xen/privcmd", DOCTOR_FAIL, "modprobe xen-privcmd",
		       finding);
}

void doctor_evtchn(struct doctor *doctor, struct finding *finding)
{
	(void)doctor;
	look_at_device("/dev/xen/evtchn", DOCTOR_FAIL, "modprobe xen-evtchn",
		       finding);
}

void doctor_gntdev(struct doctor *doctor, struct finding *finding)
{
	(void)doctor;
	look_at_device("/dev/xen/gntdev", DOCTOR_FAIL, "modprobe xen-gntdev",
		       finding);
}

void doctor_gntalloc(struct doctor *doctor, struct finding *finding)
{
	(void)doctor;
	look_at_device("/dev/xen/gntalloc", DOCTOR_WARN,
		       "modprobe xen-gntalloc", finding);
}

static bool is_in_path(const char *program, const char *path)
{
	while (path) {
		const char *end = strchrnul(path, ':');
		char *file;
		int there;

		if (asprintf(&file, "%.*s/%s", (int)(end - path), path,
			     program) < 0)
			return false;
		there = !access(file, X_OK);
		free(file);
		if (there)
			return true;
		path = *end ? end + 1 : NULL;
	}
	return false;
}

void doctor_xl(struct doctor *doctor, struct finding *finding)
{
	const char *xl = getenv(SPAWN_XL_VARIABLE);
	bool there;

	(void)doctor;
	if (!xl || !*xl)
		xl = "xl";
	there = strchr(xl, '/') ? !access(xl, X_OK) :
				  is_in_path(xl, getenv("PATH"));
	if (there)
		finding_set(finding, DOCTOR_OK, NULL, "%s is there", xl);
	else
		finding_set(
			finding, DOCTOR_FAIL,
			"install Xen's tools (Debian: xen-utils), or add their directory to PATH; hv-mgr create needs xl",
			"%s is not in PATH", xl);
}

void doctor_core(struct doctor *doctor, struct finding *finding)
{
	FILE *cpuinfo = fopen("/proc/cpuinfo", "re");
	const char *name = NULL;

	(void)doctor;
	if (cpuinfo) {
		name = doctor_affected_core(cpuinfo);
		fclose(cpuinfo);
	}
	if (name)
		finding_set(
			finding, DOCTOR_WARN,
			"make sure that this Xen has the fix for XSA-493 (4.17.7, 4.18.6, 4.19.6, 4.20.4, 4.21.2 or later), and that the fix knows this core: without it a store of the guest's may land just after a window closed",
			"%s, which CVE-2025-10263 (XSA-493) concerns", name);
	else if (!cpuinfo)
		finding_set(finding, DOCTOR_WARN, "mount /proc",
			    "/proc/cpuinfo cannot be read");
	else
		finding_set(
			finding, DOCTOR_OK, NULL,
			"no core that XSA-493 concerns, of those that dom0 sees");
}

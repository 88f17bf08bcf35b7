// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/doctor.h"
#include "cli/text.h"
#include "hv/xen_cmdline.h"

/* Less leaves no room for a carveout of any use. */
#define FREE_LEAST ((uint64_t)64 << 20)

static const char rebuild[] =
	"use an hv-mgr built with the libxenctrl of the Xen that runs: its interface changes with each version";

static const char *hv_todo(int error)
{
	switch (-error) {
	case EACCES:
	case EPERM:
		return "run it as root in dom0";
	case ENOENT:
		return "boot under Xen; load xen-privcmd";
	case ENOTSUP:
		return "boot a kernel with pages of 4 KiB in dom0 (arm64: CONFIG_ARM64_4K_PAGES)";
	default:
		return "look at what xl info says";
	}
}

void doctor_hypervisor(struct doctor *doctor, struct finding *finding)
{
	if (doctor->has_host)
		finding_set(finding, DOCTOR_OK, NULL, "Xen %u.%u answers",
			    doctor->host.xen_major, doctor->host.xen_minor);
	else if (doctor->hv_error == -EPROTO)
		finding_set(
			finding, DOCTOR_FAIL, rebuild,
			"Xen refuses this hv-mgr: it was built for another version");
	else if (doctor->hv_error == -ENOTSUP)
		finding_set(
			finding, DOCTOR_FAIL, hv_todo(doctor->hv_error),
			"dom0's kernel has pages of another size than Xen's 4 KiB");
	else
		finding_set(finding, DOCTOR_FAIL, hv_todo(doctor->hv_error),
			    "Xen does not answer: %s",
			    strerror(-doctor->hv_error));
}

/* There is nothing to say about a Xen that does not answer. */
static bool skipped(struct doctor *doctor, struct finding *finding)
{
	if (!doctor->has_host)
		finding_set(finding, DOCTOR_WARN, NULL,
			    "not looked at: Xen does not answer");
	return !doctor->has_host;
}

void doctor_version(struct doctor *doctor, struct finding *finding)
{
	const struct hv_host *host = &doctor->host;

	if (skipped(doctor, finding))
		return;
	if (!hv_built_for_other(host))
		finding_set(finding, DOCTOR_OK, NULL,
			    "built for Xen %u.%u, as it runs", host->lib_major,
			    host->lib_minor);
	else
		finding_set(finding, DOCTOR_WARN, rebuild,
			    "built for Xen %u.%u, but %u.%u runs, and takes it",
			    host->lib_major, host->lib_minor, host->xen_major,
			    host->xen_minor);
}

void doctor_scrub(struct doctor *doctor, struct finding *finding)
{
	if (skipped(doctor, finding))
		return;
	if (doctor->host.scrubs_freed_pages)
		finding_set(finding, DOCTOR_OK, NULL,
			    "Xen scrubs the memory that it frees");
	else
		finding_set(
			finding, DOCTOR_WARN,
			"add scrub-domheap to Xen's command line and reboot (Debian: GRUB_CMDLINE_XEN in /etc/default/grub, then update-grub; a device tree: xen,xen-bootargs)",
			"Xen does not scrub the memory that it frees, so hv-mgr does, which is slower and pauses the guest");
}

void doctor_bootscrub(struct doctor *doctor, struct finding *finding)
{
	struct xen_cmdline line;

	if (skipped(doctor, finding))
		return;
	line = xen_cmdline_parse(doctor->host.commandline);
	if (line.bootscrub == XEN_BOOTSCRUB_OFF)
		finding_set(
			finding, DOCTOR_WARN,
			"take bootscrub=0 off Xen's command line and reboot",
			"bootscrub=0: free memory holds what was in it before the reset");
	else
		finding_set(finding, DOCTOR_OK, NULL,
			    "free memory is scrubbed at boot");
}

void doctor_memory(struct doctor *doctor, struct finding *finding)
{
	uint64_t bytes = doctor->host.free_pages * HV_PAGE_SIZE;
	char text[TEXT_BYTES_MAX];

	if (skipped(doctor, finding))
		return;
	if (bytes >= FREE_LEAST)
		finding_set(finding, DOCTOR_OK, NULL, "%s free",
			    text_bytes(bytes, text));
	else
		finding_set(
			finding, DOCTOR_WARN,
			"give dom0 less (dom0_mem= on Xen's command line, or xl mem-set 0): a carveout's content takes host memory of its own",
			"only %s free", text_bytes(bytes, text));
}

/* Dom0 itself may have no such pool where guests have. */
static hv_domid some_guest(struct doctor *doctor)
{
	struct hv_domain guest;

	if (hv_domain_list(doctor->hv, 1, &guest, 1) == 1)
		return guest.domid;
	return 0;
}

void doctor_p2m_pool(struct doctor *doctor, struct finding *finding)
{
	hv_domid domid;
	uint64_t bytes;
	int rc;

	if (skipped(doctor, finding))
		return;
	domid = some_guest(doctor);
	rc = hv_p2m_pool_get(doctor->hv, domid, &bytes);
	if (!rc)
		finding_set(finding, DOCTOR_OK, NULL,
			    "page table pools can be sized");
	else if (!domid)
		finding_set(finding, DOCTOR_OK, NULL,
			    "no guest runs to ask about its page table pool");
	else
		finding_set(
			finding, DOCTOR_WARN,
			"if opening windows fails with ENOMEM, raise shadow_memory in the guest's config; a PV guest cannot have carveouts",
			"the page table pool of domain %u cannot be read: %s",
			(unsigned int)domid, strerror(-rc));
}

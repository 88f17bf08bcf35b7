// SPDX-License-Identifier: GPL-2.0-only
/*
 * XSA-493, CVE-2025-10263: on these cores a TLBI and DSB may complete before
 * another core's stores have: a guest may still write to a page just after its
 * window was closed, unless Xen works around it.
 *
 * The cores are those of Xen's workaround (ARM64_ERRATUM_CVE_2025_10263 in
 * xen/arch/arm/cpuerrata.c, every revision), and two more that Linux names
 * (ARM64_ERRATUM_4118414 in its silicon-errata.rst) and Xen does not.
 */
#include <stdio.h>
#include <string.h>

#include "cli/doctor.h"

#define ARM 0x41
#define NVIDIA 0x4e
#define MICROSOFT 0x6d

static const struct {
	unsigned int implementer, part;
	const char *name;
} affected[] = {
	{ ARM, 0xd0b, "Cortex-A76" },
	{ ARM, 0xd0e, "Cortex-A76AE" },
	{ ARM, 0xd0d, "Cortex-A77" },
	{ ARM, 0xd41, "Cortex-A78" },
	{ ARM, 0xd42, "Cortex-A78AE" },
	{ ARM, 0xd4b, "Cortex-A78C" },
	{ ARM, 0xd47, "Cortex-A710" },
	{ ARM, 0xd44, "Cortex-X1" },
	{ ARM, 0xd4c, "Cortex-X1C" },
	{ ARM, 0xd48, "Cortex-X2" },
	{ ARM, 0xd4e, "Cortex-X3" },
	{ ARM, 0xd82, "Cortex-X4" },
	{ ARM, 0xd85, "Cortex-X925" },
	{ ARM, 0xd0c, "Neoverse N1" },
	{ ARM, 0xd49, "Neoverse N2" },
	{ ARM, 0xd40, "Neoverse V1" },
	{ ARM, 0xd4f, "Neoverse V2" },
	{ ARM, 0xd84, "Neoverse V3" },
	{ ARM, 0xd83, "Neoverse V3AE" },
	{ ARM, 0xd8c, "C1-Ultra" },
	{ ARM, 0xd90, "C1-Premium" },
	{ NVIDIA, 0x010, "Olympus" },
	{ MICROSOFT, 0xd49, "Azure Cobalt 100" },
};

static const char *find_core(unsigned int implementer, unsigned int part)
{
	for (size_t i = 0; i < sizeof(affected) / sizeof(affected[0]); i++)
		if (affected[i].implementer == implementer &&
		    affected[i].part == part)
			return affected[i].name;
	return NULL;
}

const char *doctor_affected_core(FILE *cpuinfo)
{
	unsigned int implementer = 0, part;
	const char *name = NULL;
	char line[256];

	/* Each core has its implementer before its part. */
	while (!name && fgets(line, sizeof(line), cpuinfo)) {
		sscanf(line, "CPU implementer : %x", &implementer);
		if (sscanf(line, "CPU part : %x", &part) == 1)
			name = find_core(implementer, part);
	}
	return name;
}

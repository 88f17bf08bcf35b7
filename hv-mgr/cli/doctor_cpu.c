// SPDX-License-Identifier: GPL-2.0-only
/*
 * XSA-493, CVE-2025-10263: on these cores a TLBI and DSB may complete before
 * another core's stores have: a guest may still write to a page just after its
 * window was closed, unless Xen works around it.
 */
#include <stdio.h>
#include <string.h>

#include "cli/doctor.h"

#define IMPLEMENTER_ARM 0x41

static const struct {
	unsigned int part;
	const char *name;
} affected[] = {
	{ 0xd0b, "Cortex-A76" },   { 0xd0e, "Cortex-A76AE" },
	{ 0xd0d, "Cortex-A77" },   { 0xd41, "Cortex-A78" },
	{ 0xd42, "Cortex-A78AE" }, { 0xd4b, "Cortex-A78C" },
	{ 0xd47, "Cortex-A710" },  { 0xd4d, "Cortex-A715" },
	{ 0xd81, "Cortex-A720" },  { 0xd89, "Cortex-A720AE" },
	{ 0xd87, "Cortex-A725" },  { 0xd44, "Cortex-X1" },
	{ 0xd4c, "Cortex-X1C" },   { 0xd48, "Cortex-X2" },
	{ 0xd4e, "Cortex-X3" },	   { 0xd82, "Cortex-X4" },
	{ 0xd85, "Cortex-X925" },  { 0xd0c, "Neoverse N1" },
	{ 0xd49, "Neoverse N2" },  { 0xd8e, "Neoverse N3" },
	{ 0xd40, "Neoverse V1" },  { 0xd4f, "Neoverse V2" },
	{ 0xd84, "Neoverse V3" },  { 0xd83, "Neoverse V3AE" },
};

static const char *find_part(unsigned int part)
{
	for (size_t i = 0; i < sizeof(affected) / sizeof(affected[0]); i++)
		if (affected[i].part == part)
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
		if (sscanf(line, "CPU part : %x", &part) == 1 &&
		    implementer == IMPLEMENTER_ARM)
			name = find_part(part);
	}
	return name;
}

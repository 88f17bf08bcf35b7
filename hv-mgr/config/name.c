// SPDX-License-Identifier: GPL-2.0-only
#include "config/name.h"

#include <string.h>

#include "carveoutif.h"

bool name_is_right(const char *name, size_t length)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	if (!length || length > CARVEOUTIF_NAME_MAX ||
	    !memchr(first, *name, sizeof(first) - 1))
		return false;
	for (size_t i = 1; i < length; i++)
		if (!memchr(first, name[i], sizeof(first) - 1) &&
		    name[i] != '_' && name[i] != '-')
			return false;
	return true;
}

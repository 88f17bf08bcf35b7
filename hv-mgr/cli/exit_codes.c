// SPDX-License-Identifier: GPL-2.0-only
#include "cli/exit_codes.h"

#include <errno.h>
#include <stddef.h>

static const struct {
	int error;
	enum cli_exit code;
} codes[] = {
	{ EINVAL, CLI_USAGE },	      { ERANGE, CLI_USAGE },
	{ ESRCH, CLI_NOT_FOUND },     { ENOENT, CLI_NOT_FOUND },
	{ ENODEV, CLI_NOT_FOUND },    { ENXIO, CLI_NOT_FOUND },
	{ EPERM, CLI_REFUSED },	      { EBUSY, CLI_REFUSED },
	{ EALREADY, CLI_REFUSED },    { ENODATA, CLI_REFUSED },
	{ ECANCELED, CLI_REFUSED },   { EEXIST, CLI_REFUSED },
	{ EINPROGRESS, CLI_REFUSED }, { EAGAIN, CLI_REFUSED },
	{ ENOMEM, CLI_NO_SPACE },     { ENOSPC, CLI_NO_SPACE },
	{ EDQUOT, CLI_NO_SPACE },     { EBADMSG, CLI_DIGEST },
	{ EKEYREJECTED, CLI_IMAGE },  { EACCES, CLI_NOT_DOM0 },
	{ ETIMEDOUT, CLI_NOT_GONE },  { EMSGSIZE, CLI_LENGTH },
};

enum cli_exit exit_code_of(int error)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].error == error)
			return codes[i].code;
	return error ? CLI_FAILED : CLI_OK;
}

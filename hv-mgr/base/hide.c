// SPDX-License-Identifier: GPL-2.0-only
#include "base/hide.h"

#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Whatever carries content on its way, as what the control socket spools, and
 * json-c's and malloc's memory.  Pages are locked as they are touched, so that
 * it costs no memory.  Without CAP_IPC_LOCK, in tests, mmap() would be refused
 * beyond RLIMIT_MEMLOCK.
 */
int hide_from_swap(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return -1;
	if (!(data[0].effective & CAP_TO_MASK(CAP_IPC_LOCK)))
		return 0;
	return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

int hide_from_dumps(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

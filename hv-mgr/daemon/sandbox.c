// SPDX-License-Identifier: GPL-2.0-only
/*
 * A call that is not listed kills the process, rather than being refused with
 * an errno:
 * - a manager may be killed at any instruction, and the next one takes up what
 *   it finds; a call that fails where it never does leads down paths that
 *   nobody has walked;
 * - who has taken a process over gets one try, not as many as he likes;
 * - it is seen: the kernel logs the call's number (audit, type=1326).
 *
 * To open a file is refused with an errno all the same: libraries look for some
 * that they can do without, and at moments that a guest can choose.  glibc's
 * malloc reads /proc/sys/vm/overcommit_memory before a thread's heap shrinks
 * (check_may_shrink_heap()), as libxenstore's does after a flood of watch
 * events: that must not be a guest's way to end the manager.
 */
#include "daemon/sandbox.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
/* These three use types that they do not bring. */
#include <stdint.h>
#include <xen/xen.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntdev.h>
#include <xen/sys/privcmd.h>

#include "base/hide.h"
#include "base/log.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- privileges ---- */

static int forbid_new_privileges(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/*
 * But CAP_IPC_LOCK, if it is there: buffers for content are locked in memory,
 * beyond RLIMIT_MEMLOCK (hv/hv_buffer.c).
 */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	uint32_t keep;

	if (syscall(SYS_capget, &header, data))
		return -1;
	keep = data[0].permitted & CAP_TO_MASK(CAP_IPC_LOCK);
	memset(data, 0, sizeof(data));
	data[0].permitted = data[0].effective = keep;
	return (int)syscall(SYS_capset, &header, data);
}

static const struct {
	int (*take)(void);
	const char *name;
} steps[] = {
	{ forbid_new_privileges, "rule new privileges out" },
	{ drop_capabilities, "give up its capabilities" },
	{ hide_from_swap, "lock its memory" },
	{ hide_from_dumps, "hide its memory from debuggers" },
};

int sandbox_drop_privileges(void)
{
	for (size_t i = 0; i < COUNT(steps); i++)
		if (steps[i].take()) {
			log_error(
				"the daemon cannot %s (%s): something else confines it; start it as systemd/hv-mgr.service does",
				steps[i].name, strerror(errno));
			return -ENOTSUP;
		}
	return 0;
}

/* ---- system calls ---- */

/* With any arguments: on descriptors that are open, on memory, on itself. */
static const int calls[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendmsg), /* libxenstore from 4.18 on */
	SCMP_SYS(accept4),
	SCMP_SYS(close),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll), /* poll() on arm64 */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(mlock),
	SCMP_SYS(futex),
	SCMP_SYS(sched_getaffinity), /* malloc, at a thread's first arena */
	SCMP_SYS(clock_gettime),     /* where the vDSO has no clock */
	SCMP_SYS(clock_nanosleep),   /* libxenforeignmemory, for paged frames */
	SCMP_SYS(getrandom),	     /* json-c and malloc, for their hashes */
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(rt_sigaction), /* libxenstore 4.17, around each write */
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(restart_syscall), /* the kernel's, after SIGSTOP and SIGCONT */
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* Of these, only with one argument as it must be. */
static const struct {
	int call;
	struct scmp_arg_cmp argument;
} restricted[] = {
	{ SCMP_SYS(mmap), { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } },
	{ SCMP_SYS(mprotect), { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } },
	/* send(): to whom the descriptor is connected, to no other address */
	{ SCMP_SYS(sendto), { 4, SCMP_CMP_EQ, 0, 0 } },
};

/* Signals to itself: abort(), and libxenstore ends its thread. */
static const int signals[] = { SCMP_SYS(kill), SCMP_SYS(tgkill) };

/* What Xen's libraries ask the drivers for; not DM_OP, for which they have a
 * descriptor, and nothing that makes grants of dom0's. */
static const unsigned long requests[] = {
	IOCTL_PRIVCMD_HYPERCALL,      IOCTL_PRIVCMD_MMAPBATCH_V2,
	IOCTL_PRIVCMD_MMAP_RESOURCE,  IOCTL_GNTDEV_MAP_GRANT_REF,
	IOCTL_GNTDEV_UNMAP_GRANT_REF, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR,
	IOCTL_GNTDEV_GRANT_COPY,      IOCTL_EVTCHN_BIND_INTERDOMAIN,
	IOCTL_EVTCHN_UNBIND,	      IOCTL_EVTCHN_NOTIFY,
};

static int allow(scmp_filter_ctx filter, int call, struct scmp_arg_cmp argument)
{
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1,
				      &argument);
}

static struct scmp_arg_cmp equals(unsigned int argument, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){ argument, SCMP_CMP_EQ, value, 0 };
}

static int add_rules(scmp_filter_ctx filter)
{
	int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES),
				  SCMP_SYS(openat), 0);

	for (size_t i = 0; !rc && i < COUNT(calls); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	for (size_t i = 0; !rc && i < COUNT(restricted); i++)
		rc = allow(filter, restricted[i].call, restricted[i].argument);
	for (size_t i = 0; !rc && i < COUNT(signals); i++)
		rc = allow(filter, signals[i],
			   equals(0, (scmp_datum_t)getpid()));
	for (size_t i = 0; !rc && i < COUNT(requests); i++)
		rc = allow(filter, SCMP_SYS(ioctl), equals(1, requests[i]));
	return rc;
}

/* TSYNC: libxenstore has a thread that reads for it. */
static int load_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc;

	if (!filter)
		return -ENOMEM;
	rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
			      SCMP_ACT_KILL_PROCESS);
	if (!rc)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!rc)
		rc = add_rules(filter);
	if (!rc)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	return rc;
}

/*
 * xs_close() ends libxenstore's thread by pthread_cancel(), for which glibc
 * loads this library by its name: that finds it if it is there already, and
 * opens a file if not.
 */
static int load_unwinder(void)
{
	if (dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_GLOBAL))
		return 0;
	log_error(
		"the daemon cannot load libgcc_s.so.1 (%s): install libgcc-s1",
		dlerror());
	return -ENOTSUP;
}

int sandbox_filter_calls(void)
{
	int rc = load_unwinder();

	if (rc)
		return rc;
	rc = load_filter();
	if (!rc)
		return 0;
	log_error(
		"the daemon cannot filter its system calls (%s): its kernel needs CONFIG_SECCOMP_FILTER",
		strerror(-rc));
	return -ENOTSUP;
}

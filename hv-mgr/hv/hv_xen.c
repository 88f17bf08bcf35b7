// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv.h on a real Xen: connection, host and domains.
 *
 * File names in comments are of Xen's sources, 4.17 unless said otherwise.
 */
#include "hv_xen.h"

#include "hv_buffer.h"
#include "xen_cmdline.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * arch/arm/p2m.c: what XEN_DOMCTL_memory_mapping makes is p2m_mmio_direct_dev,
 * which p2m_get_page_from_gfn() does not give to anybody.
 */
#ifdef __aarch64__
#define CONFINES_IOMEM true
#else
#define CONFINES_IOMEM false
#endif

/*
 * recalculate_cpuid_policy() in arch/x86/cpu-policy.c (4.17: cpuid.c): a
 * guest's width is at most the host's, which a PV dom0 is told as it is.  An
 * administrator's cpuid= can make it less: the guest's driver looks at its own.
 */
static unsigned int address_bits(void)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned int eax, ebx, ecx, edx;

	if (__get_cpuid(0x80000008, &eax, &ebx, &ecx, &edx))
		return eax & 0xff;
	return 36; /* every processor with a long mode has these */
#else
	return 0;
#endif
}

/* Domains in one sysctl, which Xen does not preempt; and a bound on the stack. */
#define LIST_CHUNK 256

/* ---- connection ---- */

/*
 * How Linux maps foreign frames, hence what a mapping costs.  Without the file
 * (no CONFIG_XEN_SYS_HYPERVISOR) the figures on x86 are those of a PV dom0.
 */
static bool dom0_is_translated(void)
{
#if defined(__x86_64__) || defined(__i386__)
	FILE *file = fopen("/sys/hypervisor/guest_type", "re");
	char type[8] = "";

	if (file) {
		if (!fgets(type, sizeof(type), file))
			type[0] = '\0';
		fclose(file);
	}
	return !strncmp(type, "PVH", 3) || !strncmp(type, "HVM", 3);
#else
	return true;
#endif
}

/*
 * The libraries log each failed call to stderr.  Guests can make calls fail at
 * will, so all but the worst is kept quiet: callers get the errno anyway.
 */
static int connect_libraries(struct hv *hv)
{
	errno = 0;
	hv->log = (xentoollog_logger *)xtl_createlogger_stdiostream(
		stderr, XTL_CRITICAL, 0);
	if (!hv->log)
		return -ENOMEM;
	hv->xc = xc_interface_open(hv->log, hv->log, 0);
	if (!hv->xc)
		return errno ? -errno : -ENOENT;
	hv->fmem = xenforeignmemory_open(hv->log, 0);
	if (!hv->fmem)
		return errno ? -errno : -ENOENT;
	hv->gnttab = xengnttab_open(hv->log, 0);
	if (!hv->gnttab)
		return errno ? -errno : -ENOENT;
	return 0;
}

/*
 * The device files open in any guest, so ask something only a privileged
 * domain may: do_sysctl() in common/sysctl.c and do_domctl() in
 * common/domctl.c answer -EPERM to others, and -EACCES to an interface version
 * that is not theirs.  Both are asked, as each has a version of its own: Xen
 * 4.17 and 4.20 differ in the second only.
 */
static int check_privilege(struct hv *hv)
{
	xc_domaininfo_t info;
	xc_vcpuinfo_t vcpu;
	int rc = xen_result(hv, xc_domain_getinfolist(hv->xc, 0, 1, &info));

	if (!rc)
		rc = xen_result(hv, xc_vcpu_getinfo(hv->xc, 0, 0, &vcpu));
	if (rc == -EACCES)
		return -EPROTO;
	return rc == -EPERM ? -EACCES : rc;
}

int hv_open(struct hv **result)
{
	struct hv *hv;
	int rc;

	/* mmap() and mlock() go by dom0's pages, and so does privcmd. */
	if (sysconf(_SC_PAGESIZE) != HV_PAGE_SIZE)
		return -ENOTSUP;
	hv = calloc(1, sizeof(*hv));
	if (!hv)
		return -ENOMEM;
	hv->translated = dom0_is_translated();
	rc = connect_libraries(hv);
	if (rc == -ENODEV || rc == -ENXIO)
		rc = -ENOENT;
	if (!rc)
		rc = check_privilege(hv);
	if (rc) {
		hv_close(hv);
		return rc;
	}
	*result = hv;
	return 0;
}

void hv_close(struct hv *hv)
{
	if (!hv)
		return;
	xen_copy_close(hv);
	if (hv->gnttab)
		xengnttab_close(hv->gnttab);
	if (hv->fmem)
		xenforeignmemory_close(hv->fmem);
	if (hv->xc)
		xc_interface_close(hv->xc);
	if (hv->log)
		xtl_logger_destroy(hv->log);
	free(hv);
}

uint64_t hv_hypercalls(const struct hv *hv)
{
	return hv->hypercalls;
}

/* ---- host ---- */

static int read_version(struct hv *hv, struct hv_host *host)
{
	int version = xc_version(hv->xc, XENVER_version, NULL);
	int rc = xen_result(hv, version);

	if (rc)
		return rc;
	host->xen_major = (unsigned int)version >> 16;
	host->xen_minor = (unsigned int)version & 0xffff;
	host->lib_major = HV_XEN_LIB_MAJOR;
	host->lib_minor = HV_XEN_LIB_MINOR;
	return 0;
}

static int read_commandline(struct hv *hv, struct hv_host *host)
{
	xen_commandline_t line = "";
	int rc = xen_result(hv, xc_version(hv->xc, XENVER_commandline, &line));

	if (rc)
		return rc;
	line[sizeof(line) - 1] = '\0';
	snprintf(host->commandline, sizeof(host->commandline), "%s", line);
	host->scrubs_freed_pages = xen_cmdline_scrubs(line, sizeof(line));
	return 0;
}

int hv_host_info(struct hv *hv, struct hv_host *host)
{
	xc_physinfo_t info = { 0 };
	int rc;

	*host = (struct hv_host){ .confines_iomem = CONFINES_IOMEM,
				  .address_bits = address_bits() };
	rc = read_version(hv, host);
	if (!rc)
		rc = read_commandline(hv, host);
	if (!rc)
		rc = xen_result(hv, xc_physinfo(hv->xc, &info));
	host->free_pages = info.free_pages;
	return rc;
}

/* ---- domains ---- */

static bool is_down(uint32_t flags)
{
	uint32_t reason = (flags >> XEN_DOMINF_shutdownshift) &
			  XEN_DOMINF_shutdownmask;

	return (flags & XEN_DOMINF_shutdown) && reason != SHUTDOWN_suspend &&
	       reason != SHUTDOWN_soft_reset;
}

/* Arm has one kind of guests, whatever the flag says of it. */
static bool is_pv(uint32_t flags)
{
#if defined(__x86_64__) || defined(__i386__)
	return !(flags & XEN_DOMINF_hvm_guest);
#else
	(void)flags;
	return false;
#endif
}

/* getdomaininfo() in common/domctl.c.  Dying shows only once it is dead. */
static struct hv_domain domain_of(const xc_domaininfo_t *info)
{
	struct hv_domain domain = {
		.domid = info->domain,
		.dying = info->flags & XEN_DOMINF_dying,
		.paused = info->flags & XEN_DOMINF_paused,
		.gone_down = is_down(info->flags),
		.pv = is_pv(info->flags),
		.lifeless = !info->nr_online_vcpus,
		.pages = info->tot_pages,
		.max_pages = info->max_pages,
	};

	_Static_assert(sizeof(domain.handle) == sizeof(info->handle),
		       "a handle is 16 bytes");
	memcpy(&domain.handle, info->handle, sizeof(domain.handle));
	return domain;
}

#if HV_XEN_LIB_MINOR < 18
/* Takes XEN_DOMCTL_getdomaininfo's answer apart: put together what is used. */
static uint32_t flags_of(const xc_dominfo_t *info)
{
	uint32_t flags = info->shutdown_reason << XEN_DOMINF_shutdownshift;

	flags |= info->dying ? XEN_DOMINF_dying : 0;
	flags |= info->paused ? XEN_DOMINF_paused : 0;
	flags |= info->shutdown || info->crashed ? XEN_DOMINF_shutdown : 0;
	flags |= info->hvm ? XEN_DOMINF_hvm_guest : 0;
	return flags;
}

static int get_info(struct hv *hv, hv_domid domid, xc_domaininfo_t *info)
{
	xc_dominfo_t found;
	int rc = xen_result(hv, xc_domain_getinfo(hv->xc, domid, 1, &found));

	if (rc)
		return rc;
	*info = (xc_domaininfo_t){
		.domain = (domid_t)found.domid,
		.flags = flags_of(&found),
		.nr_online_vcpus = found.nr_online_vcpus,
		.tot_pages = found.nr_pages,
		.max_pages = found.max_memkb >> (HV_PAGE_SHIFT - 10),
	};
	memcpy(info->handle, found.handle, sizeof(info->handle));
	return 0;
}
#else
static int get_info(struct hv *hv, hv_domid domid, xc_domaininfo_t *info)
{
	return xen_result(hv, xc_domain_getinfo_single(hv->xc, domid, info));
}
#endif

/*
 * By XEN_DOMCTL_getdomaininfo, which finds a domain by its number;
 * XEN_SYSCTL_getdomaininfolist walks the list of all of them.
 */
int hv_domain_get(struct hv *hv, hv_domid domid, struct hv_domain *domain)
{
	xc_domaininfo_t info;
	int rc = get_info(hv, domid, &info);

	if (rc)
		return rc;
	*domain = domain_of(&info);
	/* Xen 4.17 answers for the next domain that there is. */
	return domain->domid == domid ? 0 : -ESRCH;
}

int hv_domain_list(struct hv *hv, hv_domid first, struct hv_domain *domains,
		   int room)
{
	xc_domaininfo_t infos[LIST_CHUNK];
	int total = 0;

	while (total < room) {
		int want = room - total < LIST_CHUNK ? room - total :
						       LIST_CHUNK;
		int found = xc_domain_getinfolist(hv->xc, first,
						  (unsigned int)want, infos);
		int rc = xen_result(hv, found);

		if (rc)
			return rc;
		for (int i = 0; i < found; i++)
			domains[total++] = domain_of(&infos[i]);
		if (found < want)
			break;
		first = (hv_domid)(infos[found - 1].domain + 1);
	}
	return total;
}

int hv_domain_pause(struct hv *hv, hv_domid domid)
{
	return xen_result(hv, xc_domain_pause(hv->xc, domid));
}

int hv_domain_unpause(struct hv *hv, hv_domid domid)
{
	return xen_result(hv, xc_domain_unpause(hv->xc, domid));
}

int hv_domain_set_max_pages(struct hv *hv, hv_domid domid, uint64_t max_pages)
{
	uint64_t kib = max_pages << (HV_PAGE_SHIFT - 10);

	return xen_result(hv, xc_domain_setmaxmem(hv->xc, domid, kib));
}

/* domain_kill() in common/domain.c; Xen preempts itself and goes on. */
int hv_domain_destroy(struct hv *hv, hv_domid domid)
{
	return xen_result(hv, xc_domain_destroy(hv->xc, domid));
}

int hv_p2m_pool_get(struct hv *hv, hv_domid domid, uint64_t *bytes)
{
	int rc = xen_result(hv,
			    xc_get_paging_mempool_size(hv->xc, domid, bytes));

	return rc == -ENOSYS ? -EOPNOTSUPP : rc;
}

/*
 * p2m_set_allocation() in arch/arm/p2m.c and hap_set_allocation() say -ENOMEM
 * both when the host is full and when page tables in use are in the way.  What
 * the pool has now tells which: it never grows past what was asked.
 */
int hv_p2m_pool_set(struct hv *hv, hv_domid domid, uint64_t bytes)
{
	uint64_t size = (bytes + HV_PAGE_SIZE - 1) & ~(HV_PAGE_SIZE - 1);
	uint64_t now;
	int rc =
		xen_result(hv, xc_set_paging_mempool_size(hv->xc, domid, size));

	if (rc == -ENOSYS)
		return -EOPNOTSUPP;
	if (rc == -ENOMEM && !hv_p2m_pool_get(hv, domid, &now) && now > size)
		return -EBUSY;
	return rc;
}

/* ---- buffers ---- */

void *hv_buffer_alloc(size_t bytes)
{
	return hv_locked_alloc(bytes);
}

void hv_buffer_free(void *buffer, size_t bytes)
{
	hv_locked_free(buffer, bytes);
}

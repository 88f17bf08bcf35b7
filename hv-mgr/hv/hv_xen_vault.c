// SPDX-License-Identifier: GPL-2.0-only
/*
 * Vaults on a real Xen: domains that run nothing and hold content.
 *
 * A vault's frames:
 *
 *	0 ... pages - 1		the content
 *	ring frame		the xenstore ring, alone in a 2 MiB block with
 *				at least 2 MiB of nothing before it, so that
 *				order-9 content pages never come near it
 *
 * A vault's grant table is one frame, written by us alone (nothing runs in the
 * domain): ref 1 is xenstored's (GNTTAB_RESERVED_XENSTORE), refs 8 up are ours
 * for the moment of a copy and empty otherwise.
 *
 * What a restarted manager needs to know is kept in Xen: the ring's frame and
 * port are HVM parameters, where every toolstack puts them.
 */
#include "hv_xen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xen/hvm/params.h>

#define BLOCK_ORDER 9
#define BLOCK_PAGES ((uint64_t)1 << BLOCK_ORDER)

/* x86 maps the local APIC at 0xfee00000: the domain's memory ends below. */
#define FRAMES_END ((uint64_t)0xfee00)

#define GRANT_FRAMES 1
#define FIRST_REF GNTTAB_NR_RESERVED_ENTRIES

_Static_assert(FIRST_REF + XEN_COPY_BATCH <=
		       GRANT_FRAMES * HV_PAGE_SIZE / sizeof(grant_entry_v1_t),
	       "a batch of refs fits the vault's grant table");

_Static_assert((HV_VAULT_PAGES_MAX / BLOCK_PAGES + 1) * BLOCK_PAGES <
		       FRAMES_END,
	       "ring_frame() of the largest vault");

struct hv_vault {
	struct hv *hv;
	hv_domid domid;
	uint64_t pages;
	void *pin; /* one page of it, mapped: keeps the domid */
	xenforeignmemory_resource_handle *resource;
	grant_entry_v1_t *table;
};

static gfn_t ring_frame(uint64_t pages)
{
	uint64_t blocks = (pages + BLOCK_PAGES - 1) / BLOCK_PAGES;

	return (gfn_t){ (blocks + 1) * BLOCK_PAGES };
}

/* ---- the grant table ---- */

static int map_table(struct hv *hv, hv_domid domid,
		     xenforeignmemory_resource_handle **resource,
		     grant_entry_v1_t **table)
{
	void *address = NULL;

	errno = 0;
	/* acquire_grant_table() in common/memory.c: grows the table too. */
	*resource = xenforeignmemory_map_resource(
		hv->fmem, domid, XENMEM_resource_grant_table,
		XENMEM_resource_grant_table_id_shared, 0, GRANT_FRAMES,
		&address, PROT_READ | PROT_WRITE, 0);
	/* Linux's privcmd_ioctl_mmap_resource(): a PV dom0 maps it as well. */
	xen_count(hv, hv->translated ? 1 : 2);
	if (!*resource)
		return errno ? -errno : -EIO;
	*table = address;
	return 0;
}

static void unmap_table(struct hv *hv,
			xenforeignmemory_resource_handle *resource)
{
	xenforeignmemory_unmap_resource(hv->fmem, resource);
	xen_count(hv, hv->translated ? GRANT_FRAMES : 0);
}

/* The flags make an entry valid, so Xen must see them last. */
static void grant(grant_entry_v1_t *entry, gfn_t gfn, uint16_t flags)
{
	entry->domid = 0;
	entry->frame = (uint32_t)gfn.n;
	__atomic_store_n(&entry->flags, flags, __ATOMIC_RELEASE);
}

static void withdraw(grant_entry_v1_t *entry)
{
	__atomic_store_n(&entry->flags, GTF_invalid, __ATOMIC_RELEASE);
}

/* ---- making one ---- */

/* The pool a domain is born with, which it may use up for itself: hap_enable()
 * in arch/x86/mm/hap/hap.c, p2m_init() in arch/arm/p2m.c. */
#if defined(__x86_64__) || defined(__i386__)
#define POOL_AT_BIRTH 256
#else
#define POOL_AT_BIRTH 16
#endif

/*
 * Page tables, were all pages single: one for 2 MiB, one for 1 GiB, begun ones
 * too, those of the ring's block, and one above.
 * On arm64 64 MiB take 216 KiB and 1 GiB takes 2.1 MiB.
 */
static uint64_t pool_bytes(uint64_t pages)
{
	uint64_t tables = POOL_AT_BIRTH + pages / BLOCK_PAGES + 2 +
			  pages / (BLOCK_PAGES * BLOCK_PAGES) + 2 + 1;

	return tables << HV_PAGE_SHIFT;
}

/*
 * What libxl gives a guest without a seclabel= (libxl_create.c): with Flask
 * enforcing, a domain of no label may not be made.  The order of the initial
 * SIDs is Xen's (xen/xsm/flask/policy/initial_sids) and in no header that is
 * installed; without Flask nobody looks at it.
 */
#define SECINITSID_DOMU 12

static struct xen_domctl_createdomain
vault_config(const struct hv_handle *handle)
{
	struct xen_domctl_createdomain config = {
		.ssidref = SECINITSID_DOMU,
		.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
		.max_vcpus = 1,
		/* Port 0 is never given out; 1 is the store's. */
		.max_evtchn_port = 7,
		.max_grant_frames = GRANT_FRAMES,
		.max_maptrack_frames = 0,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
#if defined(__x86_64__) || defined(__i386__)
		/* emulation_flags_ok() in arch/x86/domain.c refuses 0. */
		.arch = { .emulation_flags = XEN_X86_EMU_LAPIC },
#else
		.arch = { .gic_version = XEN_DOMCTL_CONFIG_GIC_NATIVE },
#endif
	};

	memcpy(config.handle, handle, sizeof(config.handle));
	return config;
}

/* Xen does not mind two domains with one handle; we do. */
static int handle_is_free(struct hv *hv, const struct hv_handle *handle)
{
	struct hv_domain domains[16];
	hv_domid next = 0;
	int found;

	while ((found = hv_domain_list(hv, next, domains, 16)) > 0) {
		for (int i = 0; i < found; i++)
			if (!domains[i].dying &&
			    !memcmp(&domains[i].handle, handle,
				    sizeof(*handle)))
				return -EEXIST;
		next = (hv_domid)(domains[found - 1].domid + 1);
	}
	return found;
}

/*
 * The domain starts with a pause count of one, and its vCPU is down for want
 * of a context (VPF_down, vcpu_create() in common/sched/core.c): neither an
 * unpause too many nor an event makes it run.  The vCPU must exist though:
 * evtchn_port_set_pending() does not check, and xenstored will send.
 */
static int set_limits(struct hv *hv, hv_domid domid, uint64_t pages)
{
	int rc = xen_result(hv, xc_domain_max_vcpus(hv->xc, domid, 1));

	if (!rc)
		rc = hv_domain_set_max_pages(hv, domid, pages + 1);
	if (!rc)
		rc = hv_p2m_pool_set(hv, domid, pool_bytes(pages));
	return rc;
}

/* Whole blocks as long as the host has them, then single pages. */
static int fill(struct hv *hv, hv_domid domid, uint64_t pages)
{
	uint32_t blocks = (uint32_t)(pages / BLOCK_PAGES);
	uint64_t done = BLOCK_PAGES * xen_populate(hv, domid, (gfn_t){ 0 },
						   blocks, BLOCK_ORDER);
	uint32_t rest = (uint32_t)(pages - done);

	if (xen_populate(hv, domid, (gfn_t){ done }, rest, 0) != rest)
		return -ENOMEM;
	if (hv_populate(hv, domid, ring_frame(pages), 1) != 1)
		return -ENOMEM;
	return 0;
}

static int clear_frame(struct hv *hv, hv_domid domid, gfn_t gfn)
{
	void *page;
	int rc = hv_map(hv, domid, gfn, 1, &page);

	if (rc)
		return rc;
	memset(page, 0, HV_PAGE_SIZE);
	hv_unmap(hv, page, 1);
	return 0;
}

/* map_interface() in tools/xenstore/xenstored_domain.c maps this grant. */
static int grant_ring(struct hv *hv, hv_domid domid, gfn_t gfn)
{
	xenforeignmemory_resource_handle *resource;
	grant_entry_v1_t *table;
	int rc = map_table(hv, domid, &resource, &table);

	if (rc)
		return rc;
	grant(&table[GNTTAB_RESERVED_XENSTORE], gfn, GTF_permit_access);
	unmap_table(hv, resource);
	return 0;
}

/* A zeroed ring is an idle, connected one (public/io/xs_wire.h). */
static int make_store_ring(struct hv *hv, hv_domid domid, gfn_t gfn)
{
	int rc = clear_frame(hv, domid, gfn);
	int port;

	if (!rc)
		rc = grant_ring(hv, domid, gfn);
	if (rc)
		return rc;
	port = xc_evtchn_alloc_unbound(hv->xc, domid, 0);
	rc = xen_result(hv, port);
	if (!rc)
		rc = xen_result(hv, xc_hvm_param_set(hv->xc, domid,
						     HVM_PARAM_STORE_EVTCHN,
						     (uint64_t)port));
	if (!rc)
		rc = xen_result(hv,
				xc_hvm_param_set(hv->xc, domid,
						 HVM_PARAM_STORE_PFN, gfn.n));
	return rc;
}

static int build(struct hv *hv, hv_domid domid, uint64_t pages)
{
	int rc = set_limits(hv, domid, pages);

	if (!rc)
		rc = fill(hv, domid, pages);
	if (!rc)
		rc = make_store_ring(hv, domid, ring_frame(pages));
	return rc;
}

int hv_vault_create(struct hv *hv, const struct hv_handle *handle,
		    uint64_t pages, hv_domid *domid)
{
	struct xen_domctl_createdomain config = vault_config(handle);
	uint32_t created = 0; /* Xen chooses */
	int rc;

	if (!pages || pages >= FRAMES_END || ring_frame(pages).n >= FRAMES_END)
		return -EINVAL;
	rc = handle_is_free(hv, handle);
	if (rc)
		return rc;
	rc = xen_result(hv, xc_domain_create(hv->xc, &created, &config));
	if (rc)
		return rc;
	rc = build(hv, (hv_domid)created, pages);
	if (rc) {
		hv_domain_destroy(hv, (hv_domid)created);
		return rc;
	}
	*domid = (hv_domid)created;
	return 0;
}

/* ---- reaching its content ---- */

static int check_identity(struct hv *hv, hv_domid domid,
			  const struct hv_handle *handle, uint64_t pages)
{
	struct hv_domain domain;
	int rc = hv_domain_get(hv, domid, &domain);

	if (rc)
		return rc;
	if (domain.dying ||
	    memcmp(&domain.handle, handle, sizeof(*handle)) != 0)
		return -ESRCH;
	return domain.pages <= pages ? -EINVAL : 0;
}

/*
 * Order matters: the page mapped first holds a reference on its owner
 * (get_page() in common/mm.h of either arch), so from then on the domid names
 * one domain, and the handle tells which.
 */
static int reach(struct hv_vault *vault, const struct hv_handle *handle)
{
	int mapped =
		hv_map(vault->hv, vault->domid, (gfn_t){ 0 }, 1, &vault->pin);
	int rc = check_identity(vault->hv, vault->domid, handle, vault->pages);

	if (rc)
		return rc;
	if (mapped)
		return mapped;
	return map_table(vault->hv, vault->domid, &vault->resource,
			 &vault->table);
}

int hv_vault_open(struct hv *hv, hv_domid domid, const struct hv_handle *handle,
		  uint64_t pages, struct hv_vault **result)
{
	struct hv_vault *vault = calloc(1, sizeof(*vault));
	int rc;

	if (!vault)
		return -ENOMEM;
	*vault = (struct hv_vault){ .hv = hv, .domid = domid, .pages = pages };
	rc = reach(vault, handle);
	if (rc) {
		hv_vault_close(vault);
		return rc;
	}
	*result = vault;
	return 0;
}

void hv_vault_close(struct hv_vault *vault)
{
	if (!vault)
		return;
	if (vault->resource)
		unmap_table(vault->hv, vault->resource);
	hv_unmap(vault->hv, vault->pin, 1);
	free(vault);
}

static bool in_vault(const struct hv_vault *vault, uint64_t page,
		     uint32_t count)
{
	return page <= vault->pages && count <= vault->pages - page;
}

static void withdraw_batch(struct hv_vault *vault, uint32_t batch)
{
	for (uint32_t i = 0; i < batch; i++)
		withdraw(&vault->table[FIRST_REF + i]);
}

/* Xen refuses a vault that died: its p2m is gone, or the domain is. */
static int copy_batch(struct hv_vault *vault, uint64_t page, uint32_t batch,
		      uint8_t *buffer, bool to_vault)
{
	uint16_t flags = GTF_permit_access | (to_vault ? 0 : GTF_readonly);
	uint32_t refs[XEN_COPY_BATCH];
	const struct xen_copy copy = {
		.domid = vault->domid,
		.refs = refs,
		.count = batch,
		.buffer = buffer,
		.to_domain = to_vault,
	};
	int rc;

	for (uint32_t i = 0; i < batch; i++) {
		refs[i] = FIRST_REF + i;
		grant(&vault->table[refs[i]], (gfn_t){ page + i }, flags);
	}
	rc = xen_copy(vault->hv, &copy);
	withdraw_batch(vault, batch);
	return rc ? -EIO : 0;
}

static int copy(struct hv_vault *vault, uint64_t page, uint32_t count,
		uint8_t *buffer, bool to_vault)
{
	uint32_t batch;

	if (!in_vault(vault, page, count))
		return -EINVAL;
	for (uint32_t done = 0; done < count; done += batch) {
		int rc;

		batch = count - done < XEN_COPY_BATCH ? count - done :
							XEN_COPY_BATCH;
		rc = copy_batch(vault, page + done, batch,
				buffer + done * HV_PAGE_SIZE, to_vault);
		if (rc)
			return rc;
	}
	return 0;
}

int hv_vault_write(struct hv_vault *vault, uint64_t page, uint32_t count,
		   const void *buffer)
{
	return copy(vault, page, count, (uint8_t *)(uintptr_t)buffer, true);
}

int hv_vault_read(struct hv_vault *vault, uint64_t page, uint32_t count,
		  void *buffer)
{
	return copy(vault, page, count, buffer, false);
}

int hv_vault_store_ring(struct hv_vault *vault, struct hv_store_ring *ring)
{
	uint64_t port = 0, frame = 0;
	struct hv *hv = vault->hv;
	int rc =
		xen_result(hv, xc_hvm_param_get(hv->xc, vault->domid,
						HVM_PARAM_STORE_EVTCHN, &port));

	if (!rc)
		rc = xen_result(hv,
				xc_hvm_param_get(hv->xc, vault->domid,
						 HVM_PARAM_STORE_PFN, &frame));
	if (rc)
		return rc;
	/* The frame is set last: without it the vault was never finished. */
	if (!port || !frame)
		return -ENOENT;
	*ring = (struct hv_store_ring){ { frame }, (uint32_t)port };
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv.h - the hypervisor, as the rest of hv-mgr sees it.
 *
 * Two implementations, chosen by the linker: hv_xen*.c (the only files that
 * include libxenctrl) and hv_model*.c (an in-memory Xen for tests, see
 * hv_model.h).  tests/hv/ runs one suite against both.
 *
 * Conventions: functions return 0 or a negated errno, unless said otherwise.
 * A function that takes many frames and can stop half-way returns how many it
 * did, as Xen's memory_op does, never an error after partial work.  Nothing is
 * retried here.  No function waits for a guest.
 */
#ifndef HV_H
#define HV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HV_PAGE_SHIFT 12
#define HV_PAGE_SIZE ((size_t)1 << HV_PAGE_SHIFT)

typedef uint16_t hv_domid;

/* A guest frame number: the page's place in a domain's physical memory. */
typedef struct {
	uint64_t n;
} gfn_t;

static inline gfn_t gfn_of_gpa(uint64_t gpa)
{
	return (gfn_t){ gpa >> HV_PAGE_SHIFT };
}

static inline gfn_t gfn_add(gfn_t gfn, uint64_t pages)
{
	return (gfn_t){ gfn.n + pages };
}

/* A host frame number: the page's place in the machine's physical memory. */
typedef struct {
	uint64_t n;
} mfn_t;

static inline mfn_t mfn_of_address(uint64_t address)
{
	return (mfn_t){ address >> HV_PAGE_SHIFT };
}

static inline mfn_t mfn_add(mfn_t mfn, uint64_t pages)
{
	return (mfn_t){ mfn.n + pages };
}

/*
 * A domain's handle: the UUID that it was created with.  Domids are reused;
 * handles tell domains apart.
 */
struct hv_handle {
	uint8_t byte[16];
};

struct hv;

/*
 * Connect to the hypervisor.  -EACCES: not root in a privileged domain;
 * -ENOENT: no Xen interface here (modules not loaded, or no Xen); -EPROTO: the
 * running Xen is of another release than the libraries, and refuses them;
 * -ENOTSUP: dom0's kernel has other pages than Xen, which are of 4 KiB.
 * The caller closes with hv_close(), which accepts NULL, after all mappings and
 * vaults that were made through it.
 */
int hv_open(struct hv **hv);
void hv_close(struct hv *hv);

/* What the host is.  Static until reboot, but for free_pages. */
struct hv_host {
	unsigned int xen_major, xen_minor; /* the running hypervisor */
	unsigned int lib_major, lib_minor; /* the libxenctrl built against */
	char commandline[1024];		   /* Xen's, as booted; cut if longer */
	/* Fresh pages hold zeros: scrub-domheap, and no bootscrub=0.  Judged by
	 * the command line alone: what was built into Xen (CONFIG_CMDLINE) does
	 * not show.  False if the line may be cut. */
	bool scrubs_freed_pages;
	/* A guest can neither grant host frames that hv_iomem_map() gave it nor
	 * hand them to Xen, so that an unmap ends all its ways to them: arm64,
	 * where the p2m type of such a frame is no RAM.  On x86 a back end in a
	 * PV dom0 can keep a grant mapping of one. */
	bool confines_iomem;
	/* x86: how wide a guest's physical addresses are at most.  0: arm64,
	 * where a guest's memory map has a place for carveouts. */
	unsigned int address_bits;
	uint64_t free_pages;
};
int hv_host_info(struct hv *hv, struct hv_host *host);

/* libxenctrl's interface changes with every release.  Where the Xen that runs
 * takes this one all the same (hv_open()), nobody has tested the two together. */
static inline bool hv_built_for_other(const struct hv_host *host)
{
	return host->xen_major != host->lib_major ||
	       host->xen_minor != host->lib_minor;
}

/* Hypercalls made through this connection since hv_open(), by our count. */
uint64_t hv_hypercalls(const struct hv *hv);

/* ---- domains ---- */

struct hv_domain {
	hv_domid domid;
	struct hv_handle handle;
	bool dying;
	bool paused; /* by a toolstack, not by a device model or the guest */
	/* Powered off, rebooting or crashed: not suspended, and not about to be
	 * reset with its memory and its domid as they are (soft reset). */
	bool gone_down;
	/* x86: its frame numbers are the host's, and none of the calls below
	 * that name a guest's frames does there what it says. */
	bool pv;
	/* It has no vCPU that could run: a vault, or one that is being built. A
	 * guest cannot get there: its last vCPU powers it off (VCPUOP_down). */
	bool lifeless;
	uint64_t pages;	    /* on its account now */
	uint64_t max_pages; /* XEN_DOMCTL_max_mem */
};

/* -ESRCH: no such domain. */
int hv_domain_get(struct hv *hv, hv_domid domid, struct hv_domain *domain);

/*
 * Fill up to `room` domains with domid >= first, in order.  Returns how many
 * (0: none left), or a negated errno.
 */
int hv_domain_list(struct hv *hv, hv_domid first, struct hv_domain *domains,
		   int room);

/* Nested: a domain runs again after as many unpauses as pauses. */
int hv_domain_pause(struct hv *hv, hv_domid domid);
int hv_domain_unpause(struct hv *hv, hv_domid domid);

/* Xen takes KiB: max_pages * 4.  Not checked against what it owns now. */
int hv_domain_set_max_pages(struct hv *hv, hv_domid domid, uint64_t max_pages);

/*
 * Bytes set aside for a domain's page tables.  Set rounds up to a page.
 * -ENOMEM: the host has not that much; -EBUSY on shrinking below what is used.
 * Either way the pool has come as near to what was asked as it could.
 * get: -EOPNOTSUPP on a Xen that has none (x86 shadow, old).
 */
int hv_p2m_pool_get(struct hv *hv, hv_domid domid, uint64_t *bytes);
int hv_p2m_pool_set(struct hv *hv, hv_domid domid, uint64_t bytes);

/* ---- guest frames (order-0 pages) ---- */

/*
 * Give the domain fresh pages at [gfn, gfn + count).  Returns how many.
 * Short: its max_pages, its p2m pool or the host is exhausted.  What is in them
 * is undefined unless the host scrubs freed pages.  On arm64 a frame that was
 * in use is silently replaced, and its old page stays on the guest's account.
 * When the p2m pool is what ran out, one page more than the count stays on the
 * account, at no frame, until the domain goes: Xen forgets it.
 */
uint32_t hv_populate(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count);

/*
 * Take the pages at [gfn, gfn + count) away from the domain and free them
 * (those that nobody else maps).  Returns how many; stops at the first frame
 * that is a hole or not the domain's own page.  Freed pages are not scrubbed
 * unless the host does that.  A hostile guest may make this short at will.
 */
uint32_t hv_strip(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count);

/*
 * Map count frames of a domain into this process, contiguously, read-write.
 * All or nothing: -EINVAL if one of them is a hole; -ESRCH no such domain.
 * The mapping holds the pages: they live on, off the guest's p2m, until
 * hv_unmap().
 */
int hv_map(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count,
	   void **address);
void hv_unmap(struct hv *hv, void *address, uint32_t count);

/*
 * Write a domain's frames back from the caches to memory, so that a guest that
 * maps them uncached sees what we wrote, and we what it wrote.  Only frames
 * that are in its p2m.  No-op on x86.
 */
int hv_cache_flush(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count);

/*
 * Is there none of the domain's pages at [gfn, gfn + count)?  Returns the
 * number of leading frames that are holes: count if all are.  A hole is a frame
 * that cannot be mapped; so is one where the guest has mapped a grant (maybe of
 * its own page) or a device.  0 if there is no such domain.
 */
uint32_t hv_holes(struct hv *hv, hv_domid domid, gfn_t gfn, uint32_t count);

/*
 * Copy whole pages that a guest granted to us into buffer (page-aligned, count
 * pages), without mapping anything.  -EFAULT: one of the grants does not
 * stand (the guest forged it, or replaced the page); -EIO: the kernel did not
 * pass the copy on to Xen.  Then buffer is undefined.
 */
int hv_copy_granted(struct hv *hv, hv_domid domid, const uint32_t *refs,
		    uint32_t count, void *buffer);

/* ---- vaults: domains that run nothing and hold content ---- */

struct hv_vault;

#define HV_VAULT_PAGES_MAX ((uint64_t)4074 << (20 - HV_PAGE_SHIFT))

/*
 * Make a domain with the given handle, no running vCPU, and `pages` pages at
 * gfn 0 up.  Pages are undefined unless the host scrubs.  -ENOMEM: the host is
 * full; nothing stays behind.  -EEXIST: a domain with this handle lives.
 * -EINVAL: no pages, or more than HV_VAULT_PAGES_MAX.
 * On success *domid is set; content outlives this process.
 */
int hv_vault_create(struct hv *hv, const struct hv_handle *handle,
		    uint64_t pages, hv_domid *domid);

/*
 * Reach a vault's content.  Maps one of its pages first and then checks the
 * handle: the mapping keeps the domid from being reused while the vault is
 * open.  -ESRCH: no domain, dying, or another handle; -EINVAL: fewer pages.
 */
int hv_vault_open(struct hv *hv, hv_domid domid, const struct hv_handle *handle,
		  uint64_t pages, struct hv_vault **vault);
void hv_vault_close(struct hv_vault *vault);

/*
 * Copy whole pages into and out of a vault.  page: index in the content.
 * buffer: page-aligned.  Every page is checked to have been copied.  -EINVAL
 * beyond the vault; -EIO: Xen refused (the vault was destroyed behind us).
 */
int hv_vault_write(struct hv_vault *vault, uint64_t page, uint32_t count,
		   const void *buffer);
int hv_vault_read(struct hv_vault *vault, uint64_t page, uint32_t count,
		  void *buffer);

/*
 * What xenstored needs to be told of the vault, so that xl and everyone who
 * watches for dead domains sees it as any other domain: the frame of its
 * store ring and the vault's end of an event channel, both made by
 * hv_vault_create().  Kept in Xen, so that a restarted manager finds them.
 * -ENOENT: the vault was never finished; destroy it.
 */
struct hv_store_ring {
	gfn_t frame;
	uint32_t port;
};
int hv_vault_store_ring(struct hv_vault *vault, struct hv_store_ring *ring);

/* ---- host memory that Xen does not manage: a pool of the device tree ---- */

/*
 * Give a domain the right to host frames [mfn, mfn + count), or take it away.
 * The right alone lets an unprivileged guest do nothing; hv_iomem_map() and
 * hv_iomem_unmap() need it.  -EPERM: dom0 itself has no right to them, as the
 * host's device tree does not describe them as a device.  (Xen gives dom0 one
 * frame more than a node describes: stay inside.)  -EINVAL: no frames; -ESRCH.
 */
int hv_iomem_permit(struct hv *hv, hv_domid domid, mfn_t mfn, uint32_t count,
		    bool allow);

/*
 * Put host frames at [gfn, gfn + count), as Device memory (arm64).  Returns how
 * many.  Whatever was at a frame is silently replaced.  Costs page tables of
 * the domain's p2m pool, and nothing of its max_pages.
 */
uint32_t hv_iomem_map(struct hv *hv, hv_domid domid, gfn_t gfn, mfn_t mfn,
		      uint32_t count);

/*
 * Take host frames away again; the stores of every vCPU to them are done when
 * this returns (Xen broadcasts the TLB flush and waits).  Returns how many;
 * stops at the first frame where the guest has put RAM of its own or mapped a
 * grant, which is left (p2m_remove_mapping(), -EILSEQ): the host frame is not
 * there; and at the first that the domain has no right to, so take the mapping
 * away before the right.  A hole counts as done, and so does another device's
 * frame, which is taken out.  Xen has no call that shows such an entry: nothing
 * but the return value says that it is gone.
 */
uint32_t hv_iomem_unmap(struct hv *hv, hv_domid domid, gfn_t gfn, mfn_t mfn,
			uint32_t count);

struct hv_memory;

/*
 * Reach host frames from this process (/dev/mem), uncached.  -ENOENT: there is
 * no /dev/mem; -EPERM: dom0 has no right to them, as above, or the kernel
 * refuses it (lockdown, or a driver claimed the range); -EINVAL: no pages;
 * -EOPNOTSUPP: not on this architecture.
 * hv_memory_close() accepts NULL, and comes before hv_close().
 */
int hv_memory_open(struct hv *hv, mfn_t first, uint64_t pages,
		   struct hv_memory **memory);
void hv_memory_close(struct hv_memory *memory);

/*
 * Whole pages; page: index from the first.  buffer: page-aligned.  Accesses are
 * aligned and of one size, as Device memory wants them; what was written is in
 * memory when this returns.  -EINVAL beyond the end.
 */
int hv_memory_read(struct hv_memory *memory, uint64_t page, uint32_t count,
		   void *buffer);
int hv_memory_write(struct hv_memory *memory, uint64_t page, uint32_t count,
		    const void *buffer);
int hv_memory_zero(struct hv_memory *memory, uint64_t page, uint32_t count);

/*
 * Clean and invalidate every cache line of these pages, whoever made it.  Not
 * hv_cache_flush(): Xen leaves out frames that are no RAM of a domain
 * (p2m_cache_flush_range()).  To be called when nobody can make new lines,
 * that is after hv_iomem_unmap().
 */
int hv_memory_flush(struct hv_memory *memory, uint64_t page, uint32_t count);

/*
 * Destroy a domain; Xen scrubs its pages.  Returns when they are free but for
 * those that somebody still maps.  -ESRCH: it was gone.
 */
int hv_domain_destroy(struct hv *hv, hv_domid domid);

/* A buffer for the copies above, which hv_map()'s memory is not (they answer
 * -EIO: Linux pins the buffer for them, and pins no foreign page): page-aligned,
 * kept out of core dumps, locked in memory (where RLIMIT_MEMLOCK lets us: root
 * always), zeroed. hv_buffer_free() wipes it first; it accepts NULL. */
void *hv_buffer_alloc(size_t bytes); /* NULL: no memory */
void hv_buffer_free(void *buffer, size_t bytes);

/*
 * A buffer for most of these copies: like hv_buffer_alloc()'s, but of pages that
 * Xen knows by grants of dom0's to itself, where its kernel makes such
 * (xen-gntalloc), so that a copy is a hypercall each 256 pages and not each 16.
 * One a connection; hv_close() wipes and frees it.
 */
void *hv_copy_buffer(struct hv *hv, size_t bytes);

#endif

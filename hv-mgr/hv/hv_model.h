/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_model.h - an in-memory Xen behind hv.h, and the side of it that tests
 * hold: the machine, the guests in it, faults, and what must add up at the end.
 *
 * It is Xen on arm64 in what the manager relies on:
 *
 * - A page is freed when its last reference goes.  Being allocated to its owner
 *   is one; each mapping of ours, each alias by the guest and each pin by a
 *   back end is another.  A domain lives, dying, while it has pages.
 * - A page freed by a living domain keeps its bytes, and the next owner finds
 *   them, unless Xen was booted with scrub-domheap.  A dying domain's pages
 *   are scrubbed.  The page freed last is handed out first.
 * - A populate stops at max_pages, at the end of the p2m pool (which costs the
 *   page that could not be placed: it stays on the guest's account) or at the
 *   end of the host's memory.  It silently replaces a page that was there,
 *   which also stays on the account.
 * - Page tables, one for 2 MiB touched and one for 1 GiB, stay until the
 *   domain goes.
 * - A grant is looked up anew for each copy, unless a back end holds it: then
 *   the copy goes to the page that the back end has, whatever the entry says.
 * - Beside the memory that Xen hands out there is a pool at HV_MODEL_POOL,
 * which is nobody's and never scrubbed.  A guest reaches a page of it while it
 * is mapped, and in no other way: it is no RAM, so that it can neither be
 * mapped, granted nor given to Xen.  A populate replaces it, as it replaces
 * RAM.
 * - There is a cache above the pool, of 64-byte lines, and the worst one: what
 * a guest writes is in it alone until hv_memory_flush() or
 * hv_model_evict_caches() writes it to memory, over whatever has been put there
 * meanwhile. hv_memory_read() and hv_memory_write() see memory alone. Guests
 * see their cache.
 *
 * Simpler than Xen: a strip stops at a frame that a grant is mapped at (Xen on
 * arm64 takes the mapping out); page tables of order-9 blocks are counted as if
 * the pages were single; domains cost no memory but pages and pool; a mapping
 * of a grant that is replaced gives its reference back.
 *
 * Not thread-safe.  One machine a process; it is there from the start, with the
 * default configuration.  Misuse (unmapping what is not mapped) aborts.
 */
#ifndef HV_MODEL_H
#define HV_MODEL_H

#include "hv.h"

/* ---- the machine ---- */

struct hv_model_config {
	uint64_t host_pages;		   /* 0: 65536, 256 MiB */
	const char *commandline;	   /* NULL: "scrub-domheap" */
	unsigned int xen_major, xen_minor; /* 0: 4.17 */
	unsigned int lib_major, lib_minor; /* 0: as the Xen */
	uint8_t boot_byte;   /* fills free memory at boot if bootscrub is off */
	uint64_t pool_pages; /* 0: 2048, 8 MiB */
	/* The host's device tree has the pool under /reserved-memory alone, so
	 * that dom0 has no right to it. */
	bool pool_not_for_dom0;
	bool leaks_iomem;	   /* struct hv_host: !confines_iomem */
	unsigned int address_bits; /* struct hv_host's */
};

/* Where the pool is in the host. */
#define HV_MODEL_POOL ((mfn_t){ 0x70000 })

/* Power off and on again.  NULL: the defaults.  Every struct hv, hv_vault,
 * mapping and buffer of before is gone. */
void hv_model_reset(const struct hv_model_config *config);

/* This process dies and the machine stays: connections, mappings, open vaults
 * and buffers go, as Linux would clean up; call hv_open() again. */
void hv_model_process_exit(void);

/* Fill all free memory, as some other guest's leftovers.  Nothing happens where
 * hv_host_info() says that pages are scrubbed: there are none then. */
void hv_model_dirty_free_memory(uint8_t byte);

/* The pool's memory, whatever is cached of it.  peek: false outside. */
void hv_model_dirty_pool(uint8_t byte);
bool hv_model_host_peek(mfn_t mfn, void *page);

/* The cache needs room, at the moment that the test chooses: every line that a
 * guest wrote goes to memory. */
void hv_model_evict_caches(void);

/* The next domain gets this domid, if it is free: domids are reused. */
void hv_model_next_domid(hv_domid domid);

/* ---- guests ---- */

struct hv_model_guest {
	struct hv_handle handle;
	uint64_t ram_pages;  /* populated at HV_MODEL_RAM */
	uint64_t max_pages;  /* 0: ram_pages */
	uint64_t pool_pages; /* 0: 1024 */
	bool pv;	     /* as on x86; its frames are modelled as others' */
};

#define HV_MODEL_RAM ((gfn_t){ 0x40000 }) /* 1 GiB, as on arm64 */
#define HV_MODEL_REFS 4096u

/* Running at once.  0 or -ENOMEM. */
int hv_model_guest_create(const struct hv_model_guest *guest, hv_domid *domid);
void hv_model_guest_destroy(hv_domid domid);
void hv_model_guest_shutdown(hv_domid domid);

/* Its kernel asks for a soft reset: it stands still, with all that it has.
 * Then the toolstack has it done: it runs again. */
void hv_model_guest_ask_reset(hv_domid domid);
void hv_model_guest_reset(hv_domid domid);

/* Not paused, not down, not dying.  What follows is done by the guest itself
 * and fails (false, 0) if it does not run. */
bool hv_model_guest_runs(hv_domid domid);

/* false on a hole; bytes before it have been done.  May cross frames. */
bool hv_model_guest_read(hv_domid domid, uint64_t gpa, void *bytes,
			 size_t length);
bool hv_model_guest_write(hv_domid domid, uint64_t gpa, const void *bytes,
			  size_t length);

uint32_t hv_model_guest_populate(hv_domid domid, gfn_t gfn, uint32_t count);
uint32_t hv_model_guest_decrease(hv_domid domid, gfn_t gfn, uint32_t count);

/* Entries of its grant table, for dom0.  Xen looks at them only when used: any
 * gfn is accepted. */
bool hv_model_guest_grant(hv_domid domid, uint32_t ref, gfn_t gfn);
bool hv_model_guest_ungrant(hv_domid domid, uint32_t ref);

/* The guest grants its page at `from` to itself and maps it at `to` too. */
bool hv_model_guest_alias(hv_domid domid, gfn_t from, gfn_t to);
bool hv_model_guest_unalias(hv_domid domid, gfn_t at);

/* ---- others that touch a domain's memory ---- */

/* A dom0 back end maps a ref that the guest granted, and keeps it. */
bool hv_model_backend_pin(hv_domid domid, uint32_t ref);
bool hv_model_backend_unpin(hv_domid domid, uint32_t ref);
/* The page that it has, as long as it pins it; NULL: it does not. */
void *hv_model_backend_page(hv_domid domid, uint32_t ref);
bool hv_model_backend_write(hv_domid domid, uint32_t ref, size_t offset,
			    const void *bytes, size_t length);

/* One page, as a debugger sees it; costs nothing.  false on a hole. */
bool hv_model_peek(hv_domid domid, gfn_t gfn, void *page);
bool hv_model_poke(hv_domid domid, gfn_t gfn, const void *page);

/* Is there anything at this frame, of whatever kind? */
bool hv_model_has(hv_domid domid, gfn_t gfn);

/* Free pages with a byte that is neither zero nor `byte`: somebody's leftovers
 * beyond those of hv_model_dirty_free_memory(). */
uint64_t hv_model_free_pages_beside(uint8_t byte);

/* Pages of the domain's p2m pool in use as page tables. */
uint64_t hv_model_pool_used(hv_domid domid);

/* ---- what must add up ---- */

struct hv_model_ledger {
	uint64_t free_pages;
	uint64_t domains; /* dom0 too, the dying too */
	uint64_t paused;  /* domains that a toolstack paused */
	uint64_t connections;
	uint64_t mappings, mapped_pages;
	uint64_t open_vaults;
	uint64_t buffers;
	uint64_t iomem_mapped; /* pages of the pool in guests */
	uint64_t iomem_rights; /* to pages of it, that guests have */
	uint64_t open_memories;
};

struct hv_model_ledger hv_model_ledger(void);
bool hv_model_ledger_equal(const struct hv_model_ledger *a,
			   const struct hv_model_ledger *b);

/* ---- faults ---- */

/* The functions of hv.h. */
enum hv_model_call {
	HV_CALL_ANY, /* in a fault: whichever; never told to a hook */
	HV_CALL_OPEN,
	HV_CALL_HOST_INFO,
	HV_CALL_DOMAIN_GET,
	HV_CALL_DOMAIN_LIST,
	HV_CALL_DOMAIN_PAUSE,
	HV_CALL_DOMAIN_UNPAUSE,
	HV_CALL_DOMAIN_SET_MAX_PAGES,
	HV_CALL_DOMAIN_DESTROY,
	HV_CALL_P2M_POOL_GET,
	HV_CALL_P2M_POOL_SET,
	HV_CALL_POPULATE,
	HV_CALL_STRIP,
	HV_CALL_MAP,
	HV_CALL_UNMAP, /* cannot fail; told to hooks */
	HV_CALL_CACHE_FLUSH,
	HV_CALL_HOLES,
	HV_CALL_COPY_GRANTED,
	HV_CALL_VAULT_CREATE,
	HV_CALL_VAULT_OPEN,
	HV_CALL_VAULT_WRITE,
	HV_CALL_VAULT_READ,
	HV_CALL_VAULT_STORE_RING,
	HV_CALL_IOMEM_PERMIT,
	HV_CALL_IOMEM_MAP,
	HV_CALL_IOMEM_UNMAP,
	HV_CALL_MEMORY_OPEN,
	HV_CALL_MEMORY_READ,
	HV_CALL_MEMORY_WRITE,
	HV_CALL_MEMORY_ZERO,
	HV_CALL_MEMORY_FLUSH,
	HV_CALL_BUFFER_ALLOC,
	HV_CALLS
};

enum hv_model_fault_kind {
	/* Nothing happens; the function returns error (a count: 0; a pointer:
	 * NULL). */
	HV_FAULT_FAIL,
	/* It does at most `limit` of the frames asked for, and says so; those
	 * that return no count do that many pages and return error. */
	HV_FAULT_SHORT,
	/* It says that all went well, and nothing happened: what results has
	 * is left as it was.  Not for OPEN, MAP, VAULT_OPEN, VAULT_CREATE,
	 * MEMORY_OPEN and BUFFER_ALLOC, which have something to show: there it
	 * is FAIL. */
	HV_FAULT_SILENT,
	/* It does its work and then returns error: the caller must look.
	 * Functions that return a count do as if there were no fault. */
	HV_FAULT_AFTER,
};

struct hv_model_fault {
	enum hv_model_call call;
	unsigned int nth; /* 1: the next such call */
	bool lasting;	  /* that one and all later ones */
	enum hv_model_fault_kind kind;
	int error; /* negated errno; 0: -EIO */
	uint32_t limit;
};

/* Several may wait at once; the one injected first is looked at first. */
void hv_model_inject(const struct hv_model_fault *fault);
void hv_model_clear_faults(void);

/* Calls so far, since the reset; HV_CALL_ANY: of all kinds. */
unsigned int hv_model_calls(enum hv_model_call call);

/* Called before each call takes effect, for guests that act in between and for
 * tests that die there (longjmp is fine; then hv_model_process_exit()).  The
 * hook's own calls of hv.h are neither counted nor told.  NULL: none. */
typedef void hv_model_hook(void *argument, enum hv_model_call call,
			   hv_domid domid, gfn_t gfn, uint32_t count);
void hv_model_set_hook(hv_model_hook *hook, void *argument);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_model_host.h - the inside of the model; tests use hv_model.h. */
#ifndef HV_MODEL_HOST_H
#define HV_MODEL_HOST_H

#include "hv_model.h"

#define NO_FRAME UINT32_MAX
#define BLOCK_FRAMES 512u /* of a last-level page table: 2 MiB */

/* A page of the host. */
struct frame {
	struct domain *owner; /* NULL: free */
	uint32_t references;
	bool allocated; /* to its owner: one of the references */
	bool blank;	/* every byte is `fill`, not written down yet */
	uint8_t fill;
};

/* What a guest frame number leads to. */
enum entry_kind {
	ENTRY_RAM,
	ENTRY_ALIAS, /* a grant mapping: holds a reference */
	ENTRY_HOST,  /* a page of the pool: nobody's, so no reference */
};

struct entry {
	uint32_t frame; /* of the host; ENTRY_HOST: index in the pool */
	enum entry_kind kind;
};

struct block {
	struct block *next;
	uint64_t key; /* gfn / BLOCK_FRAMES */
	struct entry entries[BLOCK_FRAMES];
};

struct grant {
	bool valid;
	gfn_t gfn;
	uint32_t pins; /* by back ends, all of the same page */
	uint32_t pinned;
};

#define BUCKETS 64u

struct domain {
	struct domain *next; /* ascending domids */
	hv_domid domid;
	struct hv_handle handle;
	bool dying, gone_down;
	bool pv, lifeless;
	bool resetting; /* shut down for a soft reset */
	bool busy;	/* being torn down: do not free it yet */
	unsigned int pauses;
	uint64_t pages, max_pages;
	uint64_t pool, pool_used; /* pages */
	uint64_t *gibs;		  /* gfn >> 18 that have a second-level table */
	size_t gib_count;
	struct block *blocks[BUCKETS];
	struct grant *grants;	   /* HV_MODEL_REFS */
	struct hv_store_ring ring; /* vaults */
	uint64_t iomem_pages;	   /* that it has the right to */
	uint8_t *iomem;		   /* 1 a page of the pool; NULL: to none */
};

struct hv {
	struct hv *next;
	uint64_t hypercalls;
	uint8_t *copy_buffer; /* NULL: none */
	size_t copy_bytes;
};

void model_die(const char *what);
void *model_need(void *pointer); /* dies on NULL: out of memory */

void model_host_boot(const struct hv_model_config *config);
void model_host_power_off(void);
const struct hv_model_config *model_host_config(void);
bool model_host_scrubs(void);
uint64_t model_host_free_pages(void);
void model_host_dirty(uint8_t byte);
uint64_t model_host_free_beside(uint8_t byte);
int model_host_memory_fd(void);

/* Frames.  put: the last reference frees the page. */
uint8_t *model_frame_bytes(uint32_t frame);
void model_frame_get(uint32_t frame);
void model_frame_put(uint32_t frame);
uint32_t model_frame_allocate(struct domain *domain); /* or NO_FRAME */
void model_frame_release(uint32_t frame);

/* Domains.  find: the dying too. */
struct domain *model_domain_first(void);
struct domain *model_domain_find(hv_domid domid);
struct domain *model_domain_create(const struct hv_handle *handle);
void model_domain_kill(struct domain *domain);
void model_domain_next_id(hv_domid domid);
int model_domain_set_pool(struct domain *domain, uint64_t pages);

/* Guest frames.  at: NULL if there is no page table or nothing in it. */
struct entry *model_p2m_at(struct domain *domain, gfn_t gfn);
bool model_p2m_is_ram(struct domain *domain, gfn_t gfn);
uint64_t model_p2m_host_pages(const struct domain *domain);
void model_p2m_free(struct domain *domain);
int model_p2m_set(struct domain *domain, gfn_t gfn, struct entry entry);
void model_p2m_clear(struct entry *entry);
uint32_t model_domain_populate(struct domain *domain, gfn_t gfn,
			       uint32_t count);
uint32_t model_domain_decrease(struct domain *domain, gfn_t gfn,
			       uint32_t count);

/* The page that a copy by this ref reaches, or NO_FRAME. */
uint32_t model_grant_frame(struct domain *domain, uint32_t ref);

/* The pool: memory of the host that is nobody's, and the caches above it. */
void model_pool_boot(uint64_t pages);
void model_pool_power_off(void);
uint64_t model_pool_pages(void);
uint8_t *model_pool_memory(uint64_t index);
void model_pool_load(uint64_t index, size_t offset, void *to, size_t length);
void model_pool_store(uint64_t index, size_t offset, const void *from,
		      size_t length);
void model_pool_write_back(uint64_t index);

#define UNBOUNDED UINT32_MAX

/* What a call is to do: run its body or not, how far, and what to return. */
struct verdict {
	bool skip;
	int error; /* 0: as it comes */
	uint32_t limit;
};

/* Every function of hv.h that can be disturbed begins with enter.  Muted: as if
 * there were neither faults nor a hook. */
struct verdict model_faults_enter(enum hv_model_call call, hv_domid domid,
				  gfn_t gfn, uint32_t count);
void model_faults_mute(bool mute);
void model_faults_reset(void);

/* rc or the verdict's error; count or what the verdict leaves of it. */
int model_outcome(struct verdict verdict, int rc);
uint32_t model_within(struct verdict verdict, uint32_t count);

static inline uint64_t model_batches(uint32_t count, uint32_t batch)
{
	return ((uint64_t)count + batch - 1) / batch;
}

/* Hypercalls that a copy of so many pages takes. */
static inline uint64_t model_copies(const struct hv *hv, const void *buffer,
				    uint32_t count)
{
	size_t offset = (uintptr_t)buffer - (uintptr_t)hv->copy_buffer;

	return model_batches(count, offset < hv->copy_bytes ? 256 : 16);
}

/* This process, in hv_model.c; and what it holds, where that is made. */
void model_process_exit(void);
void model_process_ledger(struct hv_model_ledger *ledger);
/* Is this hv_map()'s memory, which Linux does not pin for a grant copy? */
bool model_frames_mapped(const void *buffer);
void model_frames_exit(void);
void model_frames_ledger(struct hv_model_ledger *ledger);
void model_vaults_exit(void);
void model_vaults_ledger(struct hv_model_ledger *ledger);
void model_memories_exit(void);
void model_memories_ledger(struct hv_model_ledger *ledger);

#endif

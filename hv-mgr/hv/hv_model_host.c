// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model's machine: pages and domains.  Behaviour is named after the
 * function of Xen 4.17 that has it.
 */
#include "hv_model_host.h"

#include "xen_cmdline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEFAULT_PAGES 65536u
#define FIRST_RESERVED_DOMID 0x7ff0u /* DOMID_FIRST_RESERVED */
#define POOL_AT_BIRTH 16u	     /* p2m_init() in arch/arm/p2m.c */
#define HOST_POOL_PAGES 2048u

static struct {
	bool up;
	struct hv_model_config config;
	char commandline[1024];
	bool scrubs;
	int fd; /* memory: frame n at n * HV_PAGE_SIZE */
	uint8_t *memory;
	struct frame *frames;
	uint32_t *free; /* a stack */
	uint64_t free_count;
	uint64_t pooled; /* of the free ones, set aside for page tables */
	struct domain *domains;
	hv_domid next_domid;
} host;

void model_die(const char *what)
{
	fprintf(stderr, "hv_model: %s\n", what);
	abort();
}

void *model_need(void *pointer)
{
	if (!pointer)
		model_die("out of memory");
	return pointer;
}

/* ---- the machine ---- */

static void settle_config(const struct hv_model_config *config)
{
	static const struct hv_model_config defaults;

	host.config = config ? *config : defaults;
	if (!host.config.host_pages)
		host.config.host_pages = DEFAULT_PAGES;
	if (!host.config.pool_pages)
		host.config.pool_pages = HOST_POOL_PAGES;
	if (!host.config.xen_major) {
		host.config.xen_major = 4;
		host.config.xen_minor = 17;
	}
	if (!host.config.lib_major) {
		host.config.lib_major = host.config.xen_major;
		host.config.lib_minor = host.config.xen_minor;
	}
	snprintf(host.commandline, sizeof(host.commandline), "%s",
		 host.config.commandline ? host.config.commandline :
					   "scrub-domheap");
	host.config.commandline = host.commandline;
}

static void make_memory(void)
{
	size_t bytes = host.config.host_pages * HV_PAGE_SIZE;

	/* A file, so that a mapping and the guest see the same bytes. */
	host.fd = memfd_create("hv_model", MFD_CLOEXEC);
	if (host.fd < 0 || ftruncate(host.fd, (off_t)bytes))
		model_die("no memory file");
	host.memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			   host.fd, 0);
	if (host.memory == MAP_FAILED)
		model_die("memory file not mapped");
}

void model_host_boot(const struct hv_model_config *config)
{
	static const struct hv_handle none;
	struct xen_cmdline line;
	uint8_t fill;

	settle_config(config);
	line = xen_cmdline_parse(host.commandline);
	host.scrubs = line.scrub_domheap;
	fill = line.bootscrub == XEN_BOOTSCRUB_OFF ? host.config.boot_byte : 0;
	make_memory();
	host.frames = model_need(
		calloc(host.config.host_pages, sizeof(struct frame)));
	host.free =
		model_need(calloc(host.config.host_pages, sizeof(*host.free)));
	host.free_count = host.config.host_pages;
	for (uint64_t i = 0; i < host.free_count; i++) {
		host.frames[i].blank = true;
		host.frames[i].fill = fill;
		host.free[i] = (uint32_t)(host.free_count - 1 - i);
	}
	model_pool_boot(host.config.pool_pages);
	host.up = true;
	host.next_domid = 0;
	model_need(model_domain_create(&none)); /* dom0 */
}

static void ensure_up(void)
{
	if (!host.up)
		model_host_boot(NULL);
}

const struct hv_model_config *model_host_config(void)
{
	ensure_up();
	return &host.config;
}

/* As hv_host_info() is to tell it, bootscrub and all. */
bool model_host_scrubs(void)
{
	ensure_up();
	return xen_cmdline_scrubs(host.commandline, sizeof(host.commandline));
}

int model_host_memory_fd(void)
{
	return host.fd;
}

uint64_t model_host_free_pages(void)
{
	ensure_up();
	return host.free_count - host.pooled;
}

void model_host_dirty(uint8_t byte)
{
	if (model_host_scrubs())
		return;
	for (uint64_t i = 0; i < host.free_count; i++) {
		host.frames[host.free[i]].blank = true;
		host.frames[host.free[i]].fill = byte;
	}
}

/* ---- frames ---- */

uint8_t *model_frame_bytes(uint32_t index)
{
	struct frame *frame = &host.frames[index];
	uint8_t *bytes = host.memory + index * HV_PAGE_SIZE;

	if (frame->blank) {
		memset(bytes, frame->fill, HV_PAGE_SIZE);
		frame->blank = false;
	}
	return bytes;
}

void model_frame_get(uint32_t index)
{
	host.frames[index].references++;
}

static void domain_free_if_done(struct domain *domain);

/* free_domheap_pages(): scrubbed if the owner is dying or the option is on. */
void model_frame_put(uint32_t index)
{
	struct frame *frame = &host.frames[index];
	struct domain *owner = frame->owner;

	if (!owner || !frame->references)
		model_die("a reference too many dropped");
	if (--frame->references)
		return;
	if (owner->dying || host.scrubs) {
		frame->blank = true;
		frame->fill = 0;
	}
	frame->owner = NULL;
	frame->allocated = false;
	host.free[host.free_count++] = index;
	owner->pages--;
	domain_free_if_done(owner);
}

/* assign_pages(): refused beyond max_pages and for the dying. */
uint32_t model_frame_allocate(struct domain *domain)
{
	struct frame *frame;
	uint32_t index;

	if (domain->dying || domain->pages >= domain->max_pages ||
	    !model_host_free_pages())
		return NO_FRAME;
	index = host.free[--host.free_count];
	frame = &host.frames[index];
	frame->owner = domain;
	frame->references = 1;
	frame->allocated = true;
	domain->pages++;
	return index;
}

/* put_page_alloc_ref() */
void model_frame_release(uint32_t index)
{
	if (!host.frames[index].allocated)
		return;
	host.frames[index].allocated = false;
	model_frame_put(index);
}

static bool has_beside(uint32_t index, uint8_t byte)
{
	const struct frame *frame = &host.frames[index];
	const uint8_t *bytes = host.memory + index * HV_PAGE_SIZE;

	if (frame->blank)
		return frame->fill && frame->fill != byte;
	for (size_t i = 0; i < HV_PAGE_SIZE; i++)
		if (bytes[i] && bytes[i] != byte)
			return true;
	return false;
}

uint64_t model_host_free_beside(uint8_t byte)
{
	uint64_t found = 0;

	for (uint64_t i = 0; i < host.free_count; i++)
		found += has_beside(host.free[i], byte);
	return found;
}

/* ---- domains ---- */

struct domain *model_domain_first(void)
{
	ensure_up();
	return host.domains;
}

struct domain *model_domain_find(hv_domid domid)
{
	struct domain *domain = model_domain_first();

	while (domain && domain->domid != domid)
		domain = domain->next;
	return domain;
}

void model_domain_next_id(hv_domid domid)
{
	ensure_up();
	host.next_domid = domid;
}

static hv_domid domid_after(hv_domid domid)
{
	return domid + 1u < FIRST_RESERVED_DOMID ? (hv_domid)(domid + 1) : 1;
}

/* XEN_DOMCTL_createdomain goes round; the dying keep their domids. */
static hv_domid free_domid(void)
{
	hv_domid domid = host.next_domid;

	while (model_domain_find(domid))
		domid = domid_after(domid);
	host.next_domid = domid_after(domid);
	return domid;
}

static void domain_link(struct domain *domain)
{
	struct domain **link = &host.domains;

	while (*link && (*link)->domid < domain->domid)
		link = &(*link)->next;
	domain->next = *link;
	*link = domain;
}

/* Born paused.  dom0 takes nothing from the model's memory. */
struct domain *model_domain_create(const struct hv_handle *handle)
{
	struct domain *domain;

	ensure_up();
	domain = model_need(calloc(1, sizeof(*domain)));
	domain->domid = free_domid();
	domain->handle = *handle;
	domain->pauses = domain->domid ? 1 : 0;
	domain->grants =
		model_need(calloc(HV_MODEL_REFS, sizeof(struct grant)));
	if (domain->domid && model_domain_set_pool(domain, POOL_AT_BIRTH)) {
		free(domain->grants);
		free(domain);
		return NULL;
	}
	domain_link(domain);
	return domain;
}

static void domain_free(struct domain *domain)
{
	struct domain **link = &host.domains;

	while (*link != domain)
		link = &(*link)->next;
	*link = domain->next;
	free(domain->gibs);
	free(domain->grants);
	free(domain->iomem);
	free(domain);
}

static void domain_free_if_done(struct domain *domain)
{
	if (domain->dying && !domain->pages && !domain->busy)
		domain_free(domain);
}

/* model_domain_kill(): what nobody else holds is free when it returns. */
void model_domain_kill(struct domain *domain)
{
	if (domain->dying)
		return;
	domain->dying = true;
	domain->busy = true;
	model_p2m_free(domain);
	for (uint64_t i = 0; i < host.config.host_pages && domain->pages; i++)
		if (host.frames[i].owner == domain)
			model_frame_release((uint32_t)i);
	domain->busy = false;
	domain_free_if_done(domain);
}

/* p2m_set_allocation(): goes as far as it can, then fails. */
int model_domain_set_pool(struct domain *domain, uint64_t pages)
{
	int rc = 0;

	if (pages < domain->pool_used) {
		pages = domain->pool_used;
		rc = -EBUSY;
	}
	if (pages > domain->pool + model_host_free_pages()) {
		pages = domain->pool + model_host_free_pages();
		rc = -ENOMEM;
	}
	host.pooled = host.pooled - domain->pool + pages;
	domain->pool = pages;
	return rc;
}

void model_host_power_off(void)
{
	if (!host.up)
		return;
	while (host.domains) {
		struct domain *domain = host.domains;

		domain->busy = true; /* nothing is freed by its pages */
		domain->dying = true;
		model_p2m_free(domain);
		domain_free(domain);
	}
	munmap(host.memory, host.config.host_pages * HV_PAGE_SIZE);
	close(host.fd);
	model_pool_power_off();
	free(host.frames);
	free(host.free);
	memset(&host, 0, sizeof(host));
}

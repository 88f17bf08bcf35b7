// SPDX-License-Identifier: GPL-2.0-only
/* On a real Xen, in dom0: a second way into domains, beside hv_xen.c. */
#include "hv_harness.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xenstore.h>

static xc_interface *xc;
static xenforeignmemory_handle *fmem;
static struct xs_handle *xs;

static void must(bool done, const char *what)
{
	if (done)
		return;
	fprintf(stderr, "harness: %s: %s\n", what, strerror(errno));
	abort();
}

bool harness_start(void)
{
	xc = xc_interface_open(NULL, NULL, 0);
	fmem = xenforeignmemory_open(NULL, 0);
	xs = xs_open(0);
	if (xc && fmem && xs)
		return true;
	fprintf(stderr, "harness: no Xen here: %s\n", strerror(errno));
	return false;
}

void harness_stop(void)
{
	if (xs)
		xs_close(xs);
	if (fmem)
		xenforeignmemory_close(fmem);
	if (xc)
		xc_interface_close(xc);
}

hv_domid harness_subject(const struct hv_handle *handle, uint64_t max_pages,
			 uint64_t pool_pages)
{
	struct xen_domctl_createdomain config = {
		.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
		.max_vcpus = 1,
		.max_evtchn_port = 7,
		.max_grant_frames = 1,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
#if defined(__x86_64__)
		.arch = { .emulation_flags = XEN_X86_EMU_LAPIC },
#endif
	};
	uint64_t pool = (pool_pages ? pool_pages : 1024) << HV_PAGE_SHIFT;
	uint32_t domid = 0;

	memcpy(config.handle, handle, sizeof(config.handle));
	must(!xc_domain_create(xc, &domid, &config), "create");
	must(!xc_domain_setmaxmem(xc, domid, max_pages * 4), "maxmem");
	must(!xc_set_paging_mempool_size(xc, domid, pool), "pool");
	return (hv_domid)domid;
}

static void *map(hv_domid domid, gfn_t gfn)
{
	xen_pfn_t frame = gfn.n;

	return xenforeignmemory_map(fmem, domid, PROT_READ | PROT_WRITE, 1,
				    &frame, NULL);
}

bool harness_peek(hv_domid domid, gfn_t gfn, void *page)
{
	void *mapped = map(domid, gfn);

	if (!mapped)
		return false;
	memcpy(page, mapped, HV_PAGE_SIZE);
	xenforeignmemory_unmap(fmem, mapped, 1);
	return true;
}

bool harness_poke(hv_domid domid, gfn_t gfn, const void *page)
{
	void *mapped = map(domid, gfn);

	if (!mapped)
		return false;
	memcpy(mapped, page, HV_PAGE_SIZE);
	xenforeignmemory_unmap(fmem, mapped, 1);
	return true;
}

static void write_grant(hv_domid domid, uint32_t ref, gfn_t gfn, uint16_t flags)
{
	xenforeignmemory_resource_handle *resource;
	void *address = NULL;
	grant_entry_v1_t *entry;

	resource = xenforeignmemory_map_resource(
		fmem, domid, XENMEM_resource_grant_table,
		XENMEM_resource_grant_table_id_shared, 0, 1, &address,
		PROT_READ | PROT_WRITE, 0);
	must(resource, "grant table");
	entry = (grant_entry_v1_t *)address + ref;
	entry->domid = 0;
	entry->frame = (uint32_t)gfn.n;
	__atomic_store_n(&entry->flags, flags, __ATOMIC_RELEASE);
	xenforeignmemory_unmap_resource(fmem, resource);
}

void harness_grant(hv_domid domid, uint32_t ref, gfn_t gfn)
{
	write_grant(domid, ref, gfn, GTF_permit_access);
}

void harness_ungrant(hv_domid domid, uint32_t ref)
{
	write_grant(domid, ref, (gfn_t){ 0 }, GTF_invalid);
}

bool harness_introduce(hv_domid domid, const struct hv_store_ring *ring)
{
	return xs_introduce_domain(xs, domid, ring->frame.n, ring->port);
}

bool harness_introduced(hv_domid domid)
{
	return xs_is_domain_introduced(xs, domid);
}

/*
 * Domain structures go after an RCU grace period, and dom0 needs page tables
 * for where it maps foreign frames.  dom0's balloon works in steps, a second
 * apart (Linux: balloon_stats.schedule_delay): memory is still when it has been
 * for longer than that.
 */
#define STILL_NAPS 30
#define MOST_NAPS 300

uint64_t harness_settle(void)
{
	const struct timespec nap = { 0, 50 * 1000 * 1000 };
	xc_physinfo_t before = { 0 }, after = { 0 };

	for (int still = 0, i = 0; still < STILL_NAPS && i < MOST_NAPS; i++) {
		must(!xc_physinfo(xc, &before), "physinfo");
		nanosleep(&nap, NULL);
		must(!xc_physinfo(xc, &after), "physinfo");
		still = before.free_pages == after.free_pages ? still + 1 : 0;
	}
	return 16;
}

bool harness_pool_runs_out(void)
{
#if defined(__x86_64__)
	return false;
#else
	return true;
#endif
}

/* ---- dom0's device tree ---- */

#define TREE "/proc/device-tree"
#define COMPATIBLE "hv-mgr,carveout-pool"

/* A property of a node at the root.  Returns its length, 0 if there is none. */
static size_t read_property(const char *node, const char *name, void *value,
			    size_t room)
{
	char path[512];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), TREE "/%s/%s", node, name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	length = fread(value, 1, room, file);
	fclose(file);
	return length;
}

/* compatible is a list of strings, each with its NUL. */
static bool is_pool(const char *node)
{
	char list[256];
	size_t length = read_property(node, "compatible", list, sizeof(list));

	for (size_t at = 0; at < length;) {
		size_t end = strnlen(list + at, length - at);

		if (end == strlen(COMPATIBLE) &&
		    !memcmp(list + at, COMPATIBLE, end))
			return true;
		at += end + 1;
	}
	return false;
}

/* One range of two cells and two, as at the root of every 64-bit tree. */
static bool read_range(const char *node, struct harness_memory *memory)
{
	uint64_t reg[3];

	if (read_property(node, "reg", reg, sizeof(reg)) != 16)
		return false;
	memory->first = mfn_of_address(be64toh(reg[0]));
	memory->pages = be64toh(reg[1]) >> HV_PAGE_SHIFT;
	return true;
}

bool harness_memory(struct harness_memory *memory)
{
	DIR *tree = opendir(TREE);
	const struct dirent *node;
	bool found = false;

	memory->missing =
		tree ? "dom0's device tree has no node with compatible"
		       " = \"" COMPATIBLE "\" and one range as its reg;"
		       " boot the host with one" :
		       "dom0 has no device tree (" TREE ")";
	if (!tree)
		return false;
	while (!found && (node = readdir(tree)))
		found = is_pool(node->d_name) &&
			read_range(node->d_name, memory);
	closedir(tree);
	return found;
}

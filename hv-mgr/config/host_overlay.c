// SPDX-License-Identifier: GPL-2.0-only
/* Writing of what host_tree.c planned. */
#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/host_tree.h"
#include "config/host_use.h"

/* One fragment with two small nodes. */
#define OVERLAY_MAX 2048

/* Of libfdt's errors, the first one, to be looked at once, at the end. */
struct writer {
	void *fdt;
	int error;
};

static void keep(struct writer *writer, int error)
{
	if (!writer->error)
		writer->error = error;
}

static void begin(struct writer *writer, const char *name)
{
	keep(writer, fdt_begin_node(writer->fdt, name));
}

static void end(struct writer *writer)
{
	keep(writer, fdt_end_node(writer->fdt));
}

static void put_string(struct writer *writer, const char *name,
		       const char *value)
{
	keep(writer,
	     fdt_property(writer->fdt, name, value, (int)strlen(value) + 1));
}

static void put_flag(struct writer *writer, const char *name)
{
	keep(writer, fdt_property(writer->fdt, name, NULL, 0));
}

static void put_cells(struct writer *writer, struct dtb_cells cells)
{
	keep(writer, fdt_property_u32(writer->fdt, "#address-cells",
				      (uint32_t)cells.address));
	keep(writer, fdt_property_u32(writer->fdt, "#size-cells",
				      (uint32_t)cells.size));
}

static size_t store(uint8_t *at, uint64_t number, int cells)
{
	if (cells == 2)
		fdt64_st(at, number);
	else
		fdt32_st(at, (uint32_t)number);
	return 4 * (size_t)cells;
}

static void put_reg(struct writer *writer, const struct host_plan *plan,
		    struct dtb_cells cells)
{
	uint8_t reg[16];
	size_t length = store(reg, plan->address, cells.address);

	length += store(reg + length, plan->size, cells.size);
	keep(writer, fdt_property(writer->fdt, "reg", reg, (int)length));
}

/*
 * An overlay's properties replace those that are there: an existing
 * /reserved-memory keeps its cells, and gets the ranges that Linux insists on
 * (see pool_tree.c).
 */
static void put_reserved(struct writer *writer, const void *host,
			 const struct host_plan *plan, const char *name,
			 struct dtb_cells cells)
{
	int there = fdt_subnode_offset(host, 0, "reserved-memory");

	begin(writer, "reserved-memory");
	if (there < 0 || !fdt_getprop(host, there, "#address-cells", NULL) ||
	    !fdt_getprop(host, there, "#size-cells", NULL))
		put_cells(writer, cells);
	if (there < 0 || !fdt_getprop(host, there, "ranges", NULL))
		put_flag(writer, "ranges");
	begin(writer, name);
	put_string(writer, "compatible", POOL_MEMORY_COMPATIBLE);
	put_reg(writer, plan, cells);
	put_flag(writer, "no-map");
	end(writer);
	end(writer);
}

static void put_device(struct writer *writer, const struct host_plan *plan,
		       const char *name, struct dtb_cells cells)
{
	begin(writer, name);
	put_string(writer, "compatible", POOL_COMPATIBLE);
	put_reg(writer, plan, cells);
	put_string(writer, "label", plan->name);
	end(writer);
}

static void put_overlay(struct writer *writer, const void *host,
			const struct host_plan *plan, struct dtb_cells root,
			struct dtb_cells reserved)
{
	char name[40];

	snprintf(name, sizeof(name), "carveout-pool@%" PRIx64, plan->address);
	keep(writer, fdt_create(writer->fdt, OVERLAY_MAX));
	keep(writer, fdt_finish_reservemap(writer->fdt));
	begin(writer, "");
	begin(writer, "fragment@0");
	put_string(writer, "target-path", "/");
	begin(writer, "__overlay__");
	/* What the reg of these nodes is written in, for who reads the overlay
	 * by itself; what it is applied to has the same. */
	put_cells(writer, root);
	put_reserved(writer, host, plan, name, reserved);
	put_device(writer, plan, name, root);
	end(writer);
	end(writer);
	end(writer);
	keep(writer, fdt_finish(writer->fdt));
}

int host_tree_overlay(const void *fdt, const struct host_plan *plan,
		      struct dtb_blob *overlay, struct sentence error)
{
	struct dtb_cells root, reserved;
	struct writer writer = { 0 };
	int rc = host_tree_cells(fdt, &root, &reserved, error);

	if (rc)
		return rc;
	writer.fdt = calloc(1, OVERLAY_MAX);
	if (!writer.fdt)
		return sentence_set(error, -ENOMEM, "out of memory");
	put_overlay(&writer, fdt, plan, root, reserved);
	if (writer.error) {
		free(writer.fdt);
		return sentence_set(error, -EINVAL,
				    "cannot write the overlay (libfdt: %s)",
				    fdt_strerror(writer.error));
	}
	*overlay = (struct dtb_blob){ writer.fdt, fdt_totalsize(writer.fdt) };
	return 0;
}

/* libfdt writes into an overlay that it applies, and spoils both if it fails. */
static int apply(const void *fdt, const struct dtb_blob *overlay,
		 struct dtb_blob *merged)
{
	size_t room = fdt_totalsize(fdt) + overlay->size + OVERLAY_MAX;
	void *copy = malloc(overlay->size);
	int rc = -FDT_ERR_NOSPACE;

	merged->data = calloc(1, room);
	if (copy && merged->data) {
		memcpy(copy, overlay->data, overlay->size);
		rc = fdt_open_into(fdt, merged->data, (int)room);
		if (!rc)
			rc = fdt_overlay_apply(merged->data, copy);
		if (!rc)
			rc = fdt_pack(merged->data);
	}
	free(copy);
	if (!rc)
		merged->size = fdt_totalsize(merged->data);
	return rc;
}

/* What dom0 will say of it, asked beforehand. */
static int check_merged(const struct dtb_blob *merged, struct host_plan *plan,
			struct sentence error)
{
	struct pool_node pools[POOLS_MAX];
	int count = pool_tree_find(merged->data, merged->size, pools, error);

	for (int i = 0; i < count; i++) {
		if (pools[i].address != plan->address)
			continue;
		if (*pools[i].problem)
			host_warn(&plan->warnings, "%s", pools[i].problem);
		return 0;
	}
	if (count >= 0)
		sentence_set(
			error, -EINVAL,
			"the pool cannot be found in the tree with the overlay; it has too many pools");
	return -EINVAL;
}

int host_tree_merge(const void *fdt, const struct dtb_blob *overlay,
		    struct host_plan *plan, struct dtb_blob *merged,
		    struct sentence error)
{
	int rc = apply(fdt, overlay, merged);

	if (rc)
		rc = sentence_set(
			error, rc == -FDT_ERR_NOSPACE ? -ENOMEM : -EINVAL,
			"the overlay cannot be applied to this tree (libfdt: %s)",
			fdt_strerror(rc));
	else
		rc = check_merged(merged, plan, error);
	if (rc) {
		free(merged->data);
		*merged = (struct dtb_blob){ 0 };
	}
	return rc;
}

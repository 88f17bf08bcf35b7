// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "config/host_tree.h"
#include "config/host_use.h"
#include "trees.h"

static char error_text[300];
static const struct sentence error = { error_text, sizeof(error_text) };
static struct host_plan plan;

static const void *host;
static size_t host_size;

static void put_memory(uint64_t address, uint64_t size)
{
	char name[32];

	snprintf(name, sizeof(name), "memory@%llx",
		 (unsigned long long)address);
	tree_open(name);
	tree_string("device_type", "memory");
	tree_reg(2, 2, address, size);
	tree_close();
}

static void finish(void)
{
	host = tree_finish(&host_size);
}

/* Where the highest pool in make_host()'s memory ends: the last quarter is left
 * to boot firmware. */
#define END (2 * GIB - 256 * MIB)

/* 1 GiB at 1 GiB, and what `put` puts beside it. */
static void make_host(void (*put)(void))
{
	tree_start(2, 2);
	put_memory(GIB, GIB);
	if (put)
		put();
	finish();
}

static int ask(struct host_request request)
{
	void *copy = tree_copy(host, host_size);
	int rc = host_tree_plan(copy, host_size, &request, &plan, error);

	free(copy);
	return rc;
}

static void assert_planned(uint64_t size, uint64_t address)
{
	if (ask((struct host_request){ .size = size }))
		fail_msg("no plan: %s", error_text);
	assert_int_equal(plan.address, address);
	assert_int_equal(plan.size, size);
}

static void assert_refused(struct host_request request, int rc,
			   const char *word)
{
	assert_int_equal(ask(request), rc);
	if (!strstr(error_text, word))
		fail_msg("\"%s\" does not say \"%s\"", error_text, word);
}

static void assert_in_use(uint64_t address, const char *word)
{
	assert_refused((struct host_request){ .size = 4096,
					      .address = address },
		       -EEXIST, word);
}

/* What comes of the plan: the whole tree with the pool. */
static struct dtb_blob merge(void)
{
	struct dtb_blob overlay = { 0 }, merged = { 0 };

	if (host_tree_overlay(host, &plan, &overlay, error) ||
	    host_tree_merge(host, &overlay, &plan, &merged, error))
		fail_msg("not written: %s", error_text);
	free(overlay.data);
	return merged;
}

static void assert_pool_in(const struct dtb_blob *merged, int index)
{
	struct pool_node pools[POOLS_MAX];

	assert_true(pool_tree_find(merged->data, merged->size, pools,
				   SENTENCE(error_text)) > index);
	assert_string_equal(pools[index].problem, "");
	assert_string_equal(pools[index].name, plan.name);
	assert_int_equal(pools[index].address, plan.address);
	assert_int_equal(pools[index].size, plan.size);
}

/* ---- where ---- */

static void the_highest_place_is_chosen(void **state)
{
	(void)state;
	make_host(NULL);
	assert_planned(64 * MIB, END - 64 * MIB);
	/* A multiple of 2 MiB, so that there is a gap above it. */
	assert_planned(4096, END - 2 * MIB);
	assert_string_equal(plan.name, "pool0");
}

static void put_banks(void)
{
	put_memory(3 * GIB + 512 * MIB, 4 * GIB);
	put_memory(16 * GIB, 8 * GIB);
}

static void a_place_below_4_gib_goes_first(void **state)
{
	(void)state;
	make_host(put_banks);
	assert_planned(256 * MIB, 4 * GIB - 384 * MIB);
	assert_planned(512 * MIB, END - 512 * MIB);
	assert_planned(2 * GIB, 24 * GIB - 512 * MIB - 2 * GIB);
}

/* A board with 32 bits for a size writes its 4 GiB as two banks. */
static void banks_that_touch_are_one(void **state)
{
	(void)state;
	tree_start(2, 2);
	put_memory(6 * GIB, 2 * GIB);
	put_memory(4 * GIB, 2 * GIB);
	put_memory(0, GIB);
	finish();
	assert_planned(3 * GIB, 4 * GIB + 512 * MIB);
	assert_int_equal(
		ask((struct host_request){ .size = 16 * MIB,
					   .address = 6 * GIB - 8 * MIB }),
		0);
	assert_refused((struct host_request){ .size = 16 * MIB,
					      .address = GIB - 8 * MIB },
		       -EINVAL, "inside one bank");
}

/* ---- boot firmware ---- */

static void the_ends_of_memory_are_left_to_boot_firmware(void **state)
{
	(void)state;
	make_host(NULL);
	assert_planned(640 * MIB, GIB + 128 * MIB);
	assert_refused((struct host_request){ .size = 642 * MIB }, -ENOSPC,
		       "--at");
	tree_start(2, 2);
	put_memory(GIB, 8 * GIB);
	finish();
	/* Which may have been told to stay below 4 GiB. */
	assert_planned(2 * MIB, 4 * GIB - 514 * MIB);
	assert_planned(4 * GIB, 9 * GIB - 512 * MIB - 4 * GIB);
}

static void a_small_bank_has_no_place_to_choose_but_any_to_name(void **state)
{
	struct host_request named = { .size = 16 * MIB,
				      .address = GIB + 96 * MIB };

	(void)state;
	tree_start(2, 2);
	put_memory(GIB, 256 * MIB);
	finish();
	assert_refused((struct host_request){ .size = 2 * MIB }, -ENOSPC,
		       "name a place with --at");
	assert_int_equal(ask(named), 0);
	assert_non_null(strstr(plan.warnings.at[0], "U-Boot"));
	tree_start(2, 2);
	put_memory(GIB, 512 * MIB);
	finish();
	assert_planned(256 * MIB, GIB + 128 * MIB);
	assert_string_equal(plan.warnings.at[0], "");
}

static void a_place_that_is_named_may_be_firmwares_with_a_warning(void **state)
{
	(void)state;
	make_host(NULL);
	assert_int_equal(
		ask((struct host_request){ .size = 64 * MIB,
					   .address = 2 * GIB - 64 * MIB }),
		0);
	assert_non_null(strstr(plan.warnings.at[0], "U-Boot"));
	assert_int_equal(ask((struct host_request){
				 .size = 64 * MIB, .address = END - 64 * MIB }),
			 0);
	assert_string_equal(plan.warnings.at[0], "");
}

/* ---- memory ---- */

static void put_disabled(void)
{
	tree_open("memory@c0000000");
	tree_string("device_type", "memory");
	tree_string("status", "disabled");
	tree_reg(2, 2, 3 * GIB, GIB);
	tree_close();
}

static void memory_that_is_disabled_is_none(void **state)
{
	(void)state;
	make_host(put_disabled);
	assert_planned(64 * MIB, END - 64 * MIB);
}

static void an_address_is_taken_if_it_can_be(void **state)
{
	(void)state;
	make_host(NULL);
	assert_int_equal(ask((struct host_request){ .size = 4096,
						    .address = GIB + 4096 }),
			 0);
	assert_int_equal(plan.address, GIB + 4096);
	assert_refused((struct host_request){ .size = 4096, .address = 4096 },
		       -EINVAL, "inside one bank");
	assert_refused((struct host_request){ .size = 8192,
					      .address = 2 * GIB - 4096 },
		       -EINVAL, "inside one bank");
	assert_refused((struct host_request){ .size = 4096,
					      .address = GIB + 1 },
		       -EINVAL, "multiple of 4K");
	assert_refused((struct host_request){ .size = 4097 }, -EINVAL,
		       "multiple of 4K");
	assert_refused((struct host_request){ .size = 0 }, -EINVAL,
		       "multiple of 4K");
	assert_refused((struct host_request){ .size = 8192,
					      .address = UINT64_MAX - 4095 },
		       -EINVAL, "beyond the last");
}

/* ---- what is in use ---- */

static void put_reserved(void)
{
	tree_open("reserved-memory");
	tree_cells(2, 2);
	tree_flag("ranges");
	tree_open("ramoops@6fe00000");
	tree_reg(2, 2, END - 2 * MIB, 2 * MIB);
	tree_close();
	tree_close();
}

static void reserved_memory_is_left_alone(void **state)
{
	(void)state;
	make_host(put_reserved);
	assert_planned(2 * MIB, END - 4 * MIB);
	assert_in_use(END - 4096, "/reserved-memory/ramoops@6fe00000");
	assert_string_equal(plan.warnings.at[0], "");
}

static void put_dynamic(void)
{
	uint8_t size[8] = { 0 };

	tree_open("reserved-memory");
	tree_cells(2, 2);
	tree_flag("ranges");
	tree_open("linux,cma");
	tree_bytes("size", size, sizeof(size));
	tree_close();
	tree_close();
}

static void reserved_memory_without_a_place_is_told(void **state)
{
	(void)state;
	make_host(put_dynamic);
	assert_planned(2 * MIB, END - 2 * MIB);
	assert_non_null(strstr(plan.warnings.at[0], "linux,cma"));
}

static void what_memreserve_names_is_left_alone(void **state)
{
	(void)state;
	tree_start_reserving(END - 4096, 4096);
	put_memory(GIB, GIB);
	finish();
	assert_planned(2 * MIB, END - 4 * MIB);
	assert_in_use(END - 4096, "/memreserve/");
}

/* As QEMU's guest-loader writes them: /chosen says nothing of cells. */
static void put_modules(void)
{
	tree_open("chosen");
	tree_open("module@6ff00000");
	tree_string("compatible", "multiboot,module");
	tree_reg(2, 2, END - MIB, 4096);
	tree_close();
	tree_open("domU1");
	tree_cells(1, 1);
	tree_open("module@70000000");
	tree_string("compatible", "xen,multiboot-module");
	tree_reg(1, 1, 0x70000000, 4096);
	tree_close();
	tree_close();
	tree_close();
}

static void modules_are_left_alone(void **state)
{
	(void)state;
	make_host(put_modules);
	assert_planned(2 * MIB, END - 4 * MIB);
	assert_in_use(END - MIB, "/chosen/module@6ff00000");
	assert_in_use(0x70000000, "/chosen/domU1/module@70000000");
}

static void put_initrd(void)
{
	uint8_t end[8] = { 0, 0, 0, 0, 0x70, 0, 0, 0 };

	tree_open("chosen");
	tree_number("linux,initrd-start", 0x6fe00000);
	tree_bytes("linux,initrd-end", end, sizeof(end));
	tree_close();
}

static void the_initrd_is_left_alone(void **state)
{
	(void)state;
	make_host(put_initrd);
	assert_planned(2 * MIB, END - 4 * MIB);
	assert_in_use(0x6fe00000, "the initrd");
}

static void what_is_to_be_avoided_is_left_alone(void **state)
{
	struct dtb_range avoid[] = { { GIB, 8 * MIB },
				     { END - 16 * MIB, 16 * MIB } };

	(void)state;
	make_host(NULL);
	assert_int_equal(ask((struct host_request){ .size = 2 * MIB,
						    .avoid = avoid,
						    .avoid_count = 2 }),
			 0);
	assert_int_equal(plan.address, END - 18 * MIB);
	assert_refused((struct host_request){ .size = 2 * MIB,
					      .address = GIB,
					      .avoid = avoid,
					      .avoid_count = 2 },
		       -EEXIST, "--avoid");
	avoid[0].size = UINT64_MAX;
	assert_refused((struct host_request){ .size = 2 * MIB,
					      .avoid = avoid,
					      .avoid_count = 2 },
		       -EINVAL, "beyond the last");
}

/* ---- what the nodes of buses and their devices name ---- */

static void put_cell_list(const char *name, const uint32_t *cells, size_t count)
{
	uint8_t bytes[4 * 16];

	for (size_t i = 0; i < count; i++)
		fdt32_st(bytes + 4 * i, cells[i]);
	tree_bytes(name, bytes, 4 * count);
}

#define PUT_CELLS(name, ...)                                       \
	do {                                                       \
		static const uint32_t cells_[] = { __VA_ARGS__ };  \
		put_cell_list(name, cells_,                        \
			      sizeof(cells_) / sizeof(cells_[0])); \
	} while (0)

/* As bcm2837-rpi-3-b.dtb of Linux: its memory goes on over its devices. */
static void make_peripherals(uint32_t seen, uint32_t there)
{
	tree_start(1, 1);
	tree_open("memory@0");
	tree_string("device_type", "memory");
	tree_reg(1, 1, 0, GIB);
	tree_close();
	tree_open("soc");
	tree_cells(1, 1);
	put_cell_list("ranges", (uint32_t[]){ seen, there, 0x8000000 }, 3);
	tree_open("serial@201000");
	tree_reg(1, 1, seen + 0x201000, 0x200);
	tree_close();
	/* Of which Linux maps all, too. */
	tree_open("wide@7fff000");
	tree_reg(1, 1, seen + 0x7fff000, 0x2000);
	tree_close();
	tree_close();
	finish();
}

static void devices_are_left_alone_through_their_bus(void **state)
{
	(void)state;
	make_peripherals(0x7e000000, 0x2b000000);
	assert_planned(64 * MIB, 0x2b000000 - 64 * MIB);
	assert_in_use(0x2b201000, "/soc");
	/* All of a window that moves addresses: not its devices alone. */
	assert_in_use(0x2b800000, "/soc");
	assert_in_use(0x2b000000 + 0x8000000, "/soc/wide@7fff000");
	make_peripherals(0x2b000000, 0x2b000000);
	assert_planned(4 * MIB, 0x2b200000 - 4 * MIB + 0x4e00000);
	assert_in_use(0x2b201000, "/soc/serial@201000");
}

static void put_deep_buses(void)
{
	tree_open("outer");
	tree_cells(1, 1);
	PUT_CELLS("ranges", 0x6fc00000, 0x0, 0x6fc00000, 0x400000);
	tree_open("inner");
	PUT_CELLS("ranges", 0x1000, 0x6fe00000, 0x100000);
	tree_open("device@1800");
	tree_reg(1, 1, 0x1800, 0x100);
	tree_close();
	tree_open("unseen@0");
	tree_reg(1, 1, 0, 0x100);
	tree_close();
	tree_close();
	tree_close();
	tree_open("silent");
	tree_cells(2, 2);
	tree_open("device@6f000000");
	tree_reg(2, 2, 0x6f000000, 0x1000);
	tree_close();
	tree_close();
}

static void buses_behind_buses_are_seen_through(void **state)
{
	(void)state;
	make_host(put_deep_buses);
	assert_planned(2 * MIB, 0x6fc00000);
	assert_in_use(0x6fe00000, "/outer/inner");
	/* What no ranges lead to is no address of a processor's. */
	assert_int_equal(ask((struct host_request){ .size = 4096,
						    .address = 0x6f000000 }),
			 0);
}

/* The windows of PCI have three cells, and its devices no places yet. */
static void put_pci(void)
{
	tree_open("pcie@10000000");
	tree_string("device_type", "pci");
	tree_cells(3, 2);
	tree_reg(2, 2, 0x10000000, 0x1000);
	PUT_CELLS("ranges", 0x02000000, 0, 0x6fc00000, 0, 0x6fc00000, 0,
		  0x200000);
	PUT_CELLS("dma-ranges", 0x02000000, 0, 0x40000000, 0, 0x40000000, 0,
		  0x40000000);
	tree_open("pci@0,0");
	PUT_CELLS("reg", 0, 0, 0x50000000, 0, 0x1000);
	tree_close();
	tree_close();
}

static void windows_of_pci_are_left_alone(void **state)
{
	(void)state;
	make_host(put_pci);
	assert_planned(4 * MIB, 0x6fc00000 - 4 * MIB);
	assert_in_use(0x6fd00000, "/pcie@10000000");
	assert_int_equal(ask((struct host_request){ .size = 4096,
						    .address = 0x50000000 }),
			 0);
}

static void put_framebuffer(void)
{
	tree_open("chosen");
	tree_cells(1, 1);
	tree_flag("ranges");
	tree_open("framebuffer@6f800000");
	tree_string("compatible", "simple-framebuffer");
	tree_reg(1, 1, 0x6f800000, 0x119400);
	tree_close();
	tree_close();
}

static void a_framebuffer_is_left_alone(void **state)
{
	(void)state;
	make_host(put_framebuffer);
	assert_planned(16 * MIB, 0x6e800000);
	assert_in_use(0x6f900000, "/chosen/framebuffer@6f800000");
}

static void put_reserved_below_reserved(void)
{
	tree_open("reserved-memory");
	tree_cells(2, 2);
	tree_flag("ranges");
	tree_open("group");
	tree_open("part@6fc00000");
	tree_reg(2, 2, 0x6fc00000, 4096);
	tree_close();
	tree_close();
	tree_close();
}

/* Xen reads those at any depth (process_reserved_memory()). */
static void reserved_memory_is_seen_at_any_depth(void **state)
{
	(void)state;
	make_host(put_reserved_below_reserved);
	assert_planned(4 * MIB, 0x6f800000);
	assert_in_use(0x6fc00000, "/reserved-memory/group/part@6fc00000");
}

/* ---- what properties name ---- */

static void put_static_memory(void)
{
	tree_open("chosen");
	tree_open("domU1");
	tree_string("compatible", "xen,domain");
	tree_cells(1, 1); /* of its own children, not of this */
	PUT_CELLS("xen,static-mem", 0, 0x60000000, 0, 0x20000000);
	tree_close();
	tree_close();
}

static void put_static_memory_of_old(void)
{
	tree_open("chosen");
	tree_open("domU1");
	tree_string("compatible", "xen,domain");
	tree_number("#xen,static-mem-address-cells", 1);
	tree_number("#xen,static-mem-size-cells", 1);
	PUT_CELLS("xen,static-mem", 0x60000000, 0x10000000, 0x50000000, 0x1000);
	tree_close();
	tree_close();
}

static void a_domains_static_memory_is_left_alone(void **state)
{
	(void)state;
	make_host(put_static_memory);
	assert_planned(64 * MIB, 0x5c000000);
	assert_in_use(0x60000000, "xen,static-mem of /chosen/domU1");
	make_host(put_static_memory_of_old);
	assert_planned(64 * MIB, 0x5c000000);
	assert_in_use(0x50000000, "xen,static-mem of /chosen/domU1");
}

static void put_static_heap(void)
{
	tree_open("chosen");
	PUT_CELLS("xen,static-heap", 0, 0x68000000, 0, 0x10000000);
	tree_close();
}

static void the_static_heap_is_left_alone(void **state)
{
	(void)state;
	make_host(put_static_heap);
	assert_planned(16 * MIB, 0x67000000);
	assert_in_use(0x6f000000, "xen,static-heap of /chosen");
}

static void put_shared(const uint32_t *cells, size_t count)
{
	tree_start(2, 2);
	put_memory(GIB, GIB);
	tree_open("chosen");
	tree_open("domU1");
	tree_string("compatible", "xen,domain");
	tree_open("shared-mem@10000000");
	tree_string("compatible", "xen,domain-shared-memory-v1");
	put_cell_list("xen,shared-mem", cells, count);
	tree_close();
	tree_close();
	tree_close();
	finish();
}

static void shared_memory_with_a_host_address_is_left_alone(void **state)
{
	static const uint32_t placed[] = { 0,	       0x6f000000, 0,
					   0x50000000, 0,	   0x1000000 };

	(void)state;
	put_shared(placed, 6);
	assert_planned(16 * MIB, 0x6e000000);
	assert_in_use(0x6f000000,
		      "xen,shared-mem of /chosen/domU1/shared-mem@10000000");
	/* Without one Xen chooses it itself. */
	put_shared(placed + 2, 4);
	assert_planned(16 * MIB, 0x6f000000);
	put_shared(placed, 5);
	assert_refused((struct host_request){ .size = MIB }, -EINVAL,
		       "xen,shared-mem");
}

static void put_uefi(void)
{
	tree_open("chosen");
	PUT_CELLS("linux,uefi-system-table", 0, 0x6f6e0018);
	PUT_CELLS("linux,uefi-mmap-start", 0, 0x6a3b6018);
	PUT_CELLS("linux,uefi-mmap-size", 0xf30);
	tree_close();
}

static void what_uefi_left_is_left_alone_and_its_map_told_of(void **state)
{
	(void)state;
	make_host(put_uefi);
	assert_planned(64 * MIB, 0x6b600000);
	assert_non_null(strstr(plan.warnings.at[0], "UEFI"));
	assert_in_use(0x6f6e0000, "UEFI's system table");
	assert_in_use(0x6a3b6000, "UEFI's memory map");
}

static void put_kexec(void)
{
	tree_open("chosen");
	PUT_CELLS("linux,elfcorehdr", 0, 0x6fc00000, 0, 0x1000);
	PUT_CELLS("linux,ima-kexec-buffer", 0, 0x6f800000, 0, 0x1000);
	tree_close();
}

static void what_a_kernel_left_for_the_next_is_left_alone(void **state)
{
	(void)state;
	make_host(put_kexec);
	assert_in_use(0x6fc00000, "linux,elfcorehdr of /chosen");
	assert_in_use(0x6f800000, "linux,ima-kexec-buffer of /chosen");
}

static void put_spin_table(void)
{
	tree_open("cpus");
	tree_cells(1, 0);
	tree_open("cpu@0");
	PUT_CELLS("reg", 0);
	PUT_CELLS("cpu-release-addr", 0, 0x6fc00000);
	tree_close();
	tree_close();
}

static void where_processors_wait_is_left_alone(void **state)
{
	(void)state;
	make_host(put_spin_table);
	assert_planned(4 * MIB, 0x6f800000);
	assert_in_use(0x6fc00000, "cpu-release-addr of /cpus/cpu@0");
}

static void put_hypervisor(void)
{
	static const char compatible[] = "xen,xen-4.17\0xen,xen";

	tree_open("hypervisor");
	tree_bytes("compatible", compatible, sizeof(compatible));
	tree_reg(2, 2, 0x38000000, 0x1000000);
	tree_close();
}

static void a_tree_that_xen_made_is_refused(void **state)
{
	(void)state;
	make_host(put_hypervisor);
	assert_refused((struct host_request){ .size = MIB }, -EINVAL,
		       "made by Xen");
	assert_refused((struct host_request){ .size = MIB, .address = GIB },
		       -EINVAL, "firmware gives to Xen");
}

/* ---- what cannot be understood ---- */

static void put_odd_reg(void)
{
	tree_open("reserved-memory");
	tree_cells(2, 2);
	tree_open("odd");
	tree_bytes("reg", "1234567", 8);
	tree_close();
	tree_close();
}

static void put_wide_cells(void)
{
	tree_open("chosen");
	tree_cells(3, 1);
	tree_open("module@60000000");
	tree_reg(2, 2, 0x60000000, 4096);
	tree_close();
	tree_close();
}

static void a_tree_that_cannot_be_understood_gets_no_pool(void **state)
{
	struct host_request request = { .size = 2 * MIB };

	(void)state;
	make_host(put_odd_reg);
	assert_refused(request, -EINVAL, "/reserved-memory/odd");
	make_host(put_wide_cells);
	assert_refused(request, -EINVAL, "reg of /chosen/module@60000000");
	tree_start(2, 2);
	finish();
	assert_refused(request, -EINVAL, "no memory");
	tree_start(2, 2);
	put_memory(UINT64_MAX - MIB, GIB);
	finish();
	assert_refused(request, -EINVAL, "beyond the last");
}

static void a_tree_that_is_too_deep_is_refused(void **state)
{
	(void)state;
	tree_start(2, 2);
	put_memory(GIB, GIB);
	for (int i = 0; i < 40; i++)
		tree_open("bus");
	for (int i = 0; i < 40; i++)
		tree_close();
	finish();
	assert_refused((struct host_request){ .size = MIB }, -EINVAL,
		       "deeper than");
}

/* A window of a byte each, and many that look for theirs. */
static void ranges_below_ranges_without_end_are_refused(void **state)
{
	static uint8_t windows[12 * 6000], reg[8 * 6000];

	(void)state;
	for (size_t i = 0; i < 6000; i++) {
		fdt32_st(windows + 12 * i + 8, 1);
		fdt32_st(reg + 8 * i, 1);
		fdt32_st(reg + 8 * i + 4, 1);
	}
	tree_start(1, 1);
	tree_open("memory@0");
	tree_string("device_type", "memory");
	tree_reg(1, 1, 0, GIB);
	tree_close();
	tree_open("bus");
	tree_bytes("ranges", windows, sizeof(windows));
	tree_open("device");
	tree_bytes("reg", reg, sizeof(reg));
	tree_close();
	tree_close();
	finish();
	assert_refused((struct host_request){ .size = MIB }, -EINVAL,
		       "too many ranges");
}

/* One reg of so many pages, every other one of the bank. */
static void make_crowd(size_t count)
{
	static uint8_t reg[16 * 8192];

	for (size_t i = 0; i < count; i++) {
		fdt64_st(reg + 16 * i, GIB + 8192 * i);
		fdt64_st(reg + 16 * i + 8, 4096);
	}
	tree_start(2, 2);
	put_memory(GIB, GIB);
	tree_open("reserved-memory");
	tree_cells(2, 2);
	tree_flag("ranges");
	tree_open("crowd");
	tree_bytes("reg", reg, 16 * count);
	tree_close();
	tree_close();
	finish();
}

static void a_huge_number_of_ranges_is_refused(void **state)
{
	(void)state;
	make_crowd(HOST_TAKEN_MAX);
	assert_planned(2 * MIB, END - 2 * MIB);
	make_crowd(HOST_TAKEN_MAX + 1);
	assert_refused((struct host_request){ .size = 2 * MIB }, -EINVAL,
		       "more than 512");
	make_crowd(8192);
	assert_refused((struct host_request){ .size = 2 * MIB }, -EINVAL,
		       "more than 512");
}

/* ---- the name ---- */

static void names_count_up(void **state)
{
	struct dtb_blob merged;
	char name[8];

	(void)state;
	make_host(NULL);
	for (unsigned int i = 0; i < 3; i++) {
		assert_planned(2 * MIB, END - 2 * MIB * (i + 1));
		snprintf(name, sizeof(name), "pool%u", i);
		assert_string_equal(plan.name, name);
		merged = merge();
		/* libfdt puts a new node before its elders. */
		assert_pool_in(&merged, 0);
		if (i)
			free((void *)host);
		host = merged.data;
		host_size = merged.size;
	}
	assert_refused((struct host_request){ .size = 4096, .name = "pool1" },
		       -EEXIST, "pool1 already");
	assert_in_use(END - 4096, "carveout-pool@6fe00000");
	free((void *)host);
}

static void a_name_is_taken_or_refused(void **state)
{
	(void)state;
	make_host(NULL);
	assert_int_equal(
		ask((struct host_request){ .size = 4096, .name = "modem" }), 0);
	assert_string_equal(plan.name, "modem");
	assert_refused((struct host_request){ .size = 4096, .name = "A" },
		       -EINVAL, "no name for a pool");
}

/* ---- what is written ---- */

static void what_is_written_is_a_pool(void **state)
{
	struct dtb_blob merged;

	(void)state;
	make_host(NULL);
	assert_planned(64 * MIB, END - 64 * MIB);
	merged = merge();
	assert_pool_in(&merged, 0);
	assert_string_equal(plan.warnings.at[0], "");
	free(merged.data);
	make_host(put_reserved);
	assert_planned(64 * MIB, END - 66 * MIB);
	merged = merge();
	assert_pool_in(&merged, 0);
	assert_true(fdt_path_offset(merged.data,
				    "/reserved-memory/ramoops@6fe00000") > 0);
	free(merged.data);
}

static void an_overlay_names_its_target_by_path(void **state)
{
	struct dtb_blob overlay;
	int fragment;

	(void)state;
	make_host(NULL);
	assert_planned(64 * MIB, END - 64 * MIB);
	assert_int_equal(host_tree_overlay(host, &plan, &overlay, error), 0);
	assert_int_equal(fdt_check_full(overlay.data, overlay.size), 0);
	fragment = fdt_path_offset(overlay.data, "/fragment@0");
	assert_true(fragment > 0);
	assert_string_equal(
		fdt_getprop(overlay.data, fragment, "target-path", NULL), "/");
	free(overlay.data);
}

static void cells_of_32_bits_are_written(void **state)
{
	struct dtb_blob merged;

	(void)state;
	tree_start(1, 1);
	tree_open("memory@40000000");
	tree_string("device_type", "memory");
	tree_reg(1, 1, GIB, GIB);
	tree_close();
	finish();
	assert_planned(64 * MIB, END - 64 * MIB);
	merged = merge();
	assert_pool_in(&merged, 0);
	free(merged.data);
}

/* A bank above 4 GiB, and nobody who can say so in a child. */
static void put_narrow_reserved(void)
{
	tree_open("reserved-memory");
	tree_cells(1, 1);
	tree_flag("ranges");
	tree_close();
}

static void an_address_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	tree_start(2, 2);
	put_memory(4 * GIB, GIB);
	put_narrow_reserved();
	finish();
	assert_refused((struct host_request){ .size = 4096 }, -EINVAL,
		       "hold 32 bits");
}

static void each_parents_cells_are_obeyed_and_linux_told_of(void **state)
{
	struct dtb_blob merged;
	int node, length;

	(void)state;
	make_host(put_narrow_reserved);
	assert_planned(64 * MIB, END - 64 * MIB);
	merged = merge();
	node = fdt_path_offset(merged.data,
			       "/reserved-memory/carveout-pool@6c000000");
	assert_true(node > 0);
	fdt_getprop(merged.data, node, "reg", &length);
	assert_int_equal(length, 8);
	node = fdt_path_offset(merged.data, "/carveout-pool@6c000000");
	fdt_getprop(merged.data, node, "reg", &length);
	assert_int_equal(length, 16);
	assert_non_null(strstr(plan.warnings.at[0], "ignored by Linux"));
	free(merged.data);
}

static void a_reserved_memory_gets_the_ranges_it_lacks(void **state)
{
	struct dtb_blob merged;

	(void)state;
	tree_start(2, 2);
	put_memory(GIB, GIB);
	tree_open("reserved-memory");
	tree_close();
	finish();
	assert_planned(64 * MIB, END - 64 * MIB);
	merged = merge();
	assert_pool_in(&merged, 0);
	assert_string_equal(plan.warnings.at[0], "");
	free(merged.data);
}

/* ---- trees that are none ---- */

static void make_rich(void)
{
	tree_start_reserving(GIB, 4096);
	put_memory(GIB, GIB);
	put_reserved();
	put_modules();
	finish();
}

static void a_tree_that_is_cut_off_is_refused(void **state)
{
	struct host_request request = { .size = 2 * MIB };
	size_t whole;

	(void)state;
	make_rich();
	whole = host_size;
	for (host_size = 0; host_size < whole; host_size++)
		assert_int_equal(ask(request), -EINVAL);
}

/* Whatever is planned then, ASan must have nothing to say. */
static void no_byte_that_is_wrong_does_harm(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0xff };
	struct host_request request = { .size = 2 * MIB };
	struct dtb_blob overlay, merged;
	uint8_t *bytes, kept;

	(void)state;
	make_rich();
	bytes = tree_copy(host, host_size);
	host = bytes;
	for (size_t i = 0; i < host_size * sizeof(values); i++) {
		kept = bytes[i / sizeof(values)];
		bytes[i / sizeof(values)] = values[i % sizeof(values)];
		overlay = merged = (struct dtb_blob){ 0 };
		if (!ask(request) &&
		    !host_tree_overlay(host, &plan, &overlay, error))
			(void)host_tree_merge(host, &overlay, &plan, &merged,
					      error);
		free(overlay.data);
		free(merged.data);
		bytes[i / sizeof(values)] = kept;
	}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_highest_place_is_chosen),
		cmocka_unit_test(a_place_below_4_gib_goes_first),
		cmocka_unit_test(banks_that_touch_are_one),
		cmocka_unit_test(the_ends_of_memory_are_left_to_boot_firmware),
		cmocka_unit_test(
			a_small_bank_has_no_place_to_choose_but_any_to_name),
		cmocka_unit_test(
			a_place_that_is_named_may_be_firmwares_with_a_warning),
		cmocka_unit_test(memory_that_is_disabled_is_none),
		cmocka_unit_test(an_address_is_taken_if_it_can_be),
		cmocka_unit_test(reserved_memory_is_left_alone),
		cmocka_unit_test(reserved_memory_without_a_place_is_told),
		cmocka_unit_test(what_memreserve_names_is_left_alone),
		cmocka_unit_test(modules_are_left_alone),
		cmocka_unit_test(the_initrd_is_left_alone),
		cmocka_unit_test(what_is_to_be_avoided_is_left_alone),
		cmocka_unit_test(devices_are_left_alone_through_their_bus),
		cmocka_unit_test(buses_behind_buses_are_seen_through),
		cmocka_unit_test(windows_of_pci_are_left_alone),
		cmocka_unit_test(a_framebuffer_is_left_alone),
		cmocka_unit_test(reserved_memory_is_seen_at_any_depth),
		cmocka_unit_test(a_domains_static_memory_is_left_alone),
		cmocka_unit_test(the_static_heap_is_left_alone),
		cmocka_unit_test(
			shared_memory_with_a_host_address_is_left_alone),
		cmocka_unit_test(
			what_uefi_left_is_left_alone_and_its_map_told_of),
		cmocka_unit_test(what_a_kernel_left_for_the_next_is_left_alone),
		cmocka_unit_test(where_processors_wait_is_left_alone),
		cmocka_unit_test(a_tree_that_xen_made_is_refused),
		cmocka_unit_test(a_tree_that_is_too_deep_is_refused),
		cmocka_unit_test(ranges_below_ranges_without_end_are_refused),
		cmocka_unit_test(a_tree_that_cannot_be_understood_gets_no_pool),
		cmocka_unit_test(a_huge_number_of_ranges_is_refused),
		cmocka_unit_test(names_count_up),
		cmocka_unit_test(a_name_is_taken_or_refused),
		cmocka_unit_test(what_is_written_is_a_pool),
		cmocka_unit_test(an_overlay_names_its_target_by_path),
		cmocka_unit_test(cells_of_32_bits_are_written),
		cmocka_unit_test(an_address_that_does_not_fit_is_refused),
		cmocka_unit_test(
			each_parents_cells_are_obeyed_and_linux_told_of),
		cmocka_unit_test(a_reserved_memory_gets_the_ranges_it_lacks),
		cmocka_unit_test(a_tree_that_is_cut_off_is_refused),
		cmocka_unit_test(no_byte_that_is_wrong_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

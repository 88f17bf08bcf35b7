// SPDX-License-Identifier: GPL-2.0-only
/* What a host's tree says is in use: no pool goes there. */
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "config/host_use.h"
#include "host_fixture.h"

/* ---- what is in use ---- */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

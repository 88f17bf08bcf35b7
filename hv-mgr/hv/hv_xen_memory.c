// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host frames in this process.  Xen has given them to dom0 as a device, and
 * Linux maps what is none of its memory as Device memory (arm64,
 * phys_mem_access_prot()).  There an access that is not aligned faults, and so
 * does DC ZVA: memcpy() and memset() of libc use both.
 */
#include "hv_xen.h"

#include <errno.h>

#ifdef __aarch64__

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORDS (HV_PAGE_SIZE / sizeof(uint64_t))
#define LINE 8 /* words that are copied at once */

struct hv_memory {
	volatile uint64_t *words;
	uint64_t pages;
};

/*
 * Linux would map what dom0 has no right to, and the first access would kill
 * this process: Xen has no such page in dom0's physical memory.  To give dom0
 * what it has changes nothing, and fails where it has not
 * (XEN_DOMCTL_iomem_permission in common/domctl.c).  One frame beyond the end
 * of a node's reg passes (map_range_to_domain() in arch/arm/domain_build.c
 * rounds up an end that is inclusive), and is not mapped: callers ask for no
 * more than the reg.
 */
static int check_right(struct hv *hv, mfn_t first, uint64_t pages)
{
	return xen_result(hv, xc_domain_iomem_permission(hv->xc, 0, first.n,
							 pages, true));
}

static int map(mfn_t first, uint64_t pages, void **address)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return errno == ENXIO ? -ENOENT : -errno;
	*address = mmap(NULL, pages << HV_PAGE_SHIFT, PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, (off_t)(first.n << HV_PAGE_SHIFT));
	if (*address == MAP_FAILED)
		rc = -errno;
	close(fd);
	return rc;
}

int hv_memory_open(struct hv *hv, mfn_t first, uint64_t pages,
		   struct hv_memory **result)
{
	struct hv_memory *memory;
	void *address;
	int rc = check_right(hv, first, pages);

	if (rc)
		return rc;
	memory = calloc(1, sizeof(*memory));
	if (!memory)
		return -ENOMEM;
	rc = map(first, pages, &address);
	if (rc) {
		free(memory);
		return rc;
	}
	*memory = (struct hv_memory){ address, pages };
	*result = memory;
	return 0;
}

void hv_memory_close(struct hv_memory *memory)
{
	if (!memory)
		return;
	munmap((void *)(uintptr_t)memory->words,
	       memory->pages << HV_PAGE_SHIFT);
	free(memory);
}

static bool inside(const struct hv_memory *memory, uint64_t page,
		   uint32_t count)
{
	return page <= memory->pages && count <= memory->pages - page;
}

static volatile uint64_t *page_of(const struct hv_memory *memory, uint64_t page)
{
	return memory->words + page * WORDS;
}

/* By the widest accesses that there are, aligned: on Device memory none is
 * merged with its neighbour. */
static void copy_line(volatile uint64_t *to, const volatile uint64_t *from)
{
	__asm__ volatile("ldp q0, q1, [%1]\n\t"
			 "ldp q2, q3, [%1, #32]\n\t"
			 "stp q0, q1, [%0]\n\t"
			 "stp q2, q3, [%0, #32]"
			 :
			 : "r"(to), "r"(from)
			 : "v0", "v1", "v2", "v3", "memory");
}

static void copy(volatile uint64_t *to, const volatile uint64_t *from,
		 uint32_t pages)
{
	for (size_t i = 0; i < pages * WORDS; i += LINE)
		copy_line(to + i, from + i);
}

/* Every access before this has reached memory. */
static void barrier(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
}

int hv_memory_read(struct hv_memory *memory, uint64_t page, uint32_t count,
		   void *buffer)
{
	if (!inside(memory, page, count))
		return -EINVAL;
	copy(buffer, page_of(memory, page), count);
	return 0;
}

int hv_memory_write(struct hv_memory *memory, uint64_t page, uint32_t count,
		    const void *buffer)
{
	if (!inside(memory, page, count))
		return -EINVAL;
	copy(page_of(memory, page), buffer, count);
	barrier();
	return 0;
}

int hv_memory_zero(struct hv_memory *memory, uint64_t page, uint32_t count)
{
	static const uint64_t zeros[LINE];
	volatile uint64_t *to;

	if (!inside(memory, page, count))
		return -EINVAL;
	to = page_of(memory, page);
	for (size_t i = 0; i < count * WORDS; i += LINE)
		copy_line(to + i, zeros);
	barrier();
	return 0;
}

/* Bytes of the shortest line of any cache: CTR_EL0.DminLine, log2 of words. */
static size_t cache_line(void)
{
	uint64_t ctr;

	__asm__("mrs %0, ctr_el0" : "=r"(ctr));
	return (size_t)4 << (ctr >> 16 & 0xf);
}

/* DC CIVAC goes by the physical address, and on Device memory it reaches the
 * caches of every core. */
int hv_memory_flush(struct hv_memory *memory, uint64_t page, uint32_t count)
{
	size_t line = cache_line();
	uintptr_t at, end;

	if (!inside(memory, page, count))
		return -EINVAL;
	at = (uintptr_t)page_of(memory, page);
	end = at + count * HV_PAGE_SIZE;
	for (; at < end; at += line)
		__asm__ volatile("dc civac, %0" : : "r"(at) : "memory");
	barrier();
	return 0;
}

#else /* an x86 dom0 cannot have a pool: struct hv_host, confines_iomem */

int hv_memory_open(struct hv *hv, mfn_t first, uint64_t pages,
		   struct hv_memory **memory)
{
	(void)hv, (void)first, (void)pages, (void)memory;
	return -EOPNOTSUPP;
}

void hv_memory_close(struct hv_memory *memory)
{
	(void)memory;
}

int hv_memory_read(struct hv_memory *memory, uint64_t page, uint32_t count,
		   void *buffer)
{
	(void)memory, (void)page, (void)count, (void)buffer;
	return -EOPNOTSUPP;
}

int hv_memory_write(struct hv_memory *memory, uint64_t page, uint32_t count,
		    const void *buffer)
{
	(void)memory, (void)page, (void)count, (void)buffer;
	return -EOPNOTSUPP;
}

int hv_memory_zero(struct hv_memory *memory, uint64_t page, uint32_t count)
{
	(void)memory, (void)page, (void)count;
	return -EOPNOTSUPP;
}

int hv_memory_flush(struct hv_memory *memory, uint64_t page, uint32_t count)
{
	(void)memory, (void)page, (void)count;
	return -EOPNOTSUPP;
}

#endif

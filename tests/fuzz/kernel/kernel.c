// SPDX-License-Identifier: GPL-2.0-only
/* Memory, locks, sleeping and work of kernel.h. */
#include "kernel.h"

#include "fuzz.h"

#define WORKS 16
#define MAPPINGS 16
#define AREAS 64 /* more than a ring has entries */

static int spinlocks, unpreemptible, mappings, pages, areas;
static struct work_struct *queued[WORKS];
static unsigned int works, running;
static u64 region, region_size; /* claimed; 0: none */

enum system_states system_state;
unsigned long kernel_slept, kernel_delay;
struct workqueue_struct *system_unbound_wq;
static char freezable;
struct workqueue_struct *system_freezable_wq = (void *)&freezable;

bool kernel_memory_left(void)
{
	return spinlocks || unpreemptible || mappings || pages || areas ||
	       works || region_size;
}

/* Text ------------------------------------------------------------------ */

ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t length = strnlen(from, size - 1);

	memcpy(to, from, length);
	to[length] = '\0';
	return from[length] ? -E2BIG : (ssize_t)length;
}

/* As the kernel has it: one newline at the end is let pass. */
int kstrtou64(const char *text, unsigned int base, u64 *value)
{
	u64 number = 0;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (; isdigit((unsigned char)*text); text++)
		if (__builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, (u64)(*text - '0'), &number))
			return -ERANGE;
	if (*text && strcmp(text, "\n"))
		return -EINVAL;
	*value = number;
	return 0;
}

void *memchr_inv(const void *octets, int octet, size_t size)
{
	const u8 *at = octets;

	while (size && *at == octet)
		at++, size--;
	return size ? (void *)(uintptr_t)at : NULL;
}

void kernel_say(const void *dev, const char *format, ...)
{
	(void)dev;
	require(*format);
}

/* Memory ---------------------------------------------------------------- */

void *kzalloc(size_t size, gfp_t flags)
{
	(void)flags;
	return world_fails() ? NULL : calloc(1, size);
}

char *kasprintf(gfp_t flags, const char *format, ...)
{
	(void)flags;
	return strdup(format);
}

struct page *alloc_page(gfp_t flags)
{
	struct page *page = kzalloc(sizeof(*page), flags);

	if (!page)
		return NULL;
	page->refs = 1;
	page->at = page->octets;
	pages++;
	return page;
}

void __free_page(struct page *page)
{
	require(page->refs);
	if (--page->refs)
		return;
	require(!page->grants);
	pages--;
	free(page);
}

unsigned long get_zeroed_page(gfp_t flags)
{
	struct page *page = alloc_page(flags);

	return page ? (unsigned long)page->octets : 0;
}

struct page *virt_to_page(const void *address)
{
	return container_of((uintptr_t)address, struct page, octets);
}

void free_page(unsigned long address)
{
	if (address)
		__free_page(virt_to_page((void *)address));
}

static struct area {
	u8 *octets; /* NULL: none */
	size_t size;
	struct page *pages;
} area[AREAS];

static struct area *area_of(const u8 *address)
{
	struct area *a = area;

	while (!a->octets || address < a->octets ||
	       address >= a->octets + a->size)
		require(++a < area + AREAS);
	return a;
}

void *__vmalloc(unsigned long size, gfp_t flags)
{
	struct area *a = area;

	(void)flags;
	require(size && size % PAGE_SIZE == 0);
	kernel_rest(); /* for memory */
	if (world_fails())
		return NULL;
	while (a->octets)
		require(++a < area + AREAS);
	*a = (struct area){
		.octets = malloc(size),
		.size = size,
		.pages = calloc(size / PAGE_SIZE, sizeof(*a->pages)),
	};
	for (size_t i = 0; i < size / PAGE_SIZE; i++) {
		a->pages[i].refs = 1;
		a->pages[i].at = a->octets + i * PAGE_SIZE;
	}
	areas++;
	return a->octets;
}

struct page *vmalloc_to_page(const void *address)
{
	struct area *a = area_of(address);

	return &a->pages[(size_t)((const u8 *)address - a->octets) / PAGE_SIZE];
}

/* Pages that somebody else still has would live on; here nobody has. */
void kvfree_sensitive(const void *address, size_t size)
{
	struct area *a;

	if (!address)
		return;
	a = area_of(address);
	require(a->octets == address && a->size == size);
	for (size_t i = 0; i < size / PAGE_SIZE; i++)
		require(a->pages[i].refs == 1 && !a->pages[i].grants);
	free(a->octets);
	free(a->pages);
	*a = (struct area){ 0 };
	areas--;
}

bool kernel_in_region(u64 at, u64 size)
{
	return region_size && at >= region && size <= region_size &&
	       at - region <= region_size - size;
}

/*
 * A mapping has its own octets, so that a touch of what was unmapped is seen;
 * whether there is memory behind it is for the world to say.
 */
static struct mapping {
	u8 *octets; /* NULL: none */
	u64 at, size;
} mapped[MAPPINGS];

void *memremap(phys_addr_t at, size_t size, unsigned long flags)
{
	struct mapping *m = mapped;

	(void)flags;
	require(size && at % PAGE_SIZE == 0 && kernel_in_region(at, size));
	kernel_rest(); /* for memory */
	if (world_fails())
		return NULL;
	while (m->octets)
		require(++m < mapped + MAPPINGS);
	*m = (struct mapping){ malloc(size), at, size };
	mappings++;
	return m->octets;
}

void *ioremap(phys_addr_t at, size_t size)
{
	return memremap(at, size, 0);
}

static struct mapping *find_mapping(const void *address)
{
	const u8 *octet = address;

	for (struct mapping *m = mapped; m < mapped + MAPPINGS; m++)
		if (m->octets && octet >= m->octets &&
		    octet < m->octets + m->size)
			return m;
	return NULL;
}

void memunmap(void *address)
{
	struct mapping *m = find_mapping(address);

	require(m && m->octets == address);
	m->octets = NULL;
	mappings--;
	free(address);
}

/*
 * Who is put off its processor in the middle of it comes back too late.  What
 * is in no mapping is the kernel's own memory.
 */
u8 *kernel_touch(void *address, size_t size)
{
	struct mapping *m = find_mapping(address);

	require(!m || unpreemptible);
	if (m)
		world_touches(m->at + (u64)((u8 *)address - m->octets), size);
	return address;
}

u64 kernel_stream_at;

u8 kernel_stream_octet(u64 at)
{
	return (u8)(at / 512 % 251);
}

size_t copy_from_iter(void *to, size_t size, struct iov_iter *from)
{
	u8 *octets = to;

	size = min(size, from->count);
	from->count -= size;
	for (size_t i = 0; i < size; i++)
		octets[i] = kernel_stream_octet(kernel_stream_at++);
	return size;
}

struct resource iomem_resource = { .end = (1ull << 48) - 1 };

/* Two mappings of one range could not be told apart. */
struct resource *request_mem_region(u64 start, u64 size, const char *name)
{
	require(*name && !region_size && size);
	require(start % PAGE_SIZE == 0 && size % PAGE_SIZE == 0);
	require(size - 1 <= iomem_resource.end &&
		start <= iomem_resource.end - (size - 1));
	if (world_fails())
		return NULL;
	region = start;
	region_size = size;
	return (void *)&region;
}

void release_mem_region(u64 start, u64 size)
{
	require(size && start == region && size == region_size);
	region_size = 0;
}

/* Bits ------------------------------------------------------------------ */

unsigned int find_first_bit(const u64 *map, unsigned int bits)
{
	unsigned int bit = 0;

	while (bit < bits && !test_bit(bit, map))
		bit++;
	return bit;
}

unsigned int find_first_zero_bit(const u64 *map, unsigned int bits)
{
	u64 inverted = ~*map;

	return find_first_bit(&inverted, bits);
}

/* Locks, sleeping, work ------------------------------------------------- */

void spin_lock(spinlock_t *lock)
{
	require(!lock->held);
	lock->held = true;
	spinlocks++;
}

void spin_unlock(spinlock_t *lock)
{
	require(lock->held);
	lock->held = false;
	spinlocks--;
}

void require_held(bool held)
{
	require(held);
}

void preempt_disable(void)
{
	unpreemptible++;
}

void preempt_enable(void)
{
	require(unpreemptible);
	unpreemptible--;
}

void mutex_lock(struct mutex *lock)
{
	require(!spinlocks && !lock->held);
	lock->held = true;
}

void mutex_unlock(struct mutex *lock)
{
	require(lock->held);
	lock->held = false;
}

long kernel_sleep(bool killable)
{
	require(!spinlocks);
	switch (world_step()) {
	case WORLD_GOES_ON:
		return 1;
	case WORLD_KILLS:
		return killable ? -ERESTARTSYS : 1;
	case WORLD_ENDS:
		return killable ? -ERESTARTSYS : 0;
	default:
		return 0;
	}
}

void kernel_rest(void)
{
	for (int step = 0; step < 8 && kernel_sleep(false) > 0; step++)
		;
}

static unsigned int find_work(const struct work_struct *work)
{
	unsigned int i = 0;

	while (i < works && queued[i] != work)
		i++;
	return i;
}

static void unqueue(unsigned int i)
{
	works--;
	memmove(&queued[i], &queued[i + 1], (works - i) * sizeof(queued[0]));
}

void queue_work(struct workqueue_struct *queue, struct work_struct *work)
{
	if (find_work(work) < works)
		return;
	work->freezable = queue == system_freezable_wq;
	require(works < WORKS && work->run);
	queued[works++] = work;
}

/* A work item is never run twice at the same time. */
bool kernel_run_work(unsigned int which)
{
	struct work_struct *work;

	if (!works)
		return false;
	work = queued[which % works];
	if (work->running || !world_may_run(work))
		return false;
	unqueue(which % works);
	work->running = true;
	running++;
	work->run(work);
	running--;
	work->running = false;
	return true;
}

bool kernel_work_left(void)
{
	return works || running;
}

/* One that runs below us on the stack would never end. */
void cancel_work_sync(struct work_struct *work)
{
	require(!spinlocks && !work->running);
	if (find_work(work) < works)
		unqueue(find_work(work));
}

// SPDX-License-Identifier: GPL-2.0-only
/* Grants, event channels and xenbus of kernel.h. */
#include <xenstore.h>

#include "kernel.h"

#include "fuzz.h"

/* Pages of the kernel's own have frames that no carveout can have. */
#define OWN_FRAMES (1ull << 60)
#define GRANTS 4096
#define WATCHES 4

static struct grant {
	bool claimed;
	bool reading; /* the back end has it mapped, or copies from it */
	u64 frame;    /* 0: grants nothing */
} grants[GRANTS];

static unsigned int set_aside, ports;
static struct {
	irqreturn_t (*handler)(int irq, void *dev);
	void *dev;
	bool enabled;
	bool fired; /* and so masked, until the end of the interrupt is told */
} interrupt;
static void *ring_page;
static struct xenbus_watch *watches[WATCHES];

bool kernel_grants_busy;
int kernel_backend_state;

/* Where one is; where NULL is there is room. */
static unsigned int watch_place(const struct xenbus_watch *watch)
{
	unsigned int i = 0;

	while (i < WATCHES && watches[i] != watch)
		i++;
	return i;
}

bool kernel_nothing_left(void)
{
	for (grant_ref_t ref = 0; ref < GRANTS; ref++)
		if (grants[ref].claimed || grants[ref].frame)
			return false;
	for (unsigned int i = 0; i < WATCHES; i++)
		if (watches[i])
			return false;
	return !kernel_memory_left() && !set_aside && !ports && !ring_page &&
	       !interrupt.handler;
}

void put_device(struct device *dev)
{
	require(dev->refs);
	if (!--dev->refs && dev->release)
		dev->release(dev);
}

struct device *kernel_bound;
struct xenbus_driver *kernel_driver;

int driver_for_each_device(struct device_driver *driver, struct device *start,
			   void *data,
			   int (*each)(struct device *dev, void *data))
{
	require(driver && !start);
	return kernel_bound ? each(kernel_bound, data) : 0;
}

struct device *driver_find_device(struct device_driver *driver,
				  struct device *start, const void *data,
				  int (*match)(struct device *dev,
					       const void *data))
{
	require(driver && !start);
	if (kernel_bound)
		match(kernel_bound, data);
	return NULL; /* binding it again makes another: that is for the lab */
}

/* Grants ---------------------------------------------------------------- */

/* References that are set aside are a number; claiming one takes it from it. */
int gnttab_alloc_grant_references(u16 count, grant_ref_t *head)
{
	unsigned int claimed = 0;

	for (unsigned int ref = 0; ref < GRANTS; ref++)
		claimed += grants[ref].claimed;
	if (world_fails() || claimed + count >= GRANTS)
		return -ENOSPC;
	require(!set_aside);
	set_aside = count;
	*head = 0;
	return 0;
}

void gnttab_free_grant_references(grant_ref_t head)
{
	(void)head;
	set_aside = 0;
}

int gnttab_claim_grant_reference(grant_ref_t *head)
{
	static grant_ref_t ref; /* one that is likely to be free */

	(void)head;
	if (!set_aside)
		return -ENOSPC;
	do
		ref = ref % (GRANTS - 1) + 1;
	while (grants[ref].claimed);
	grants[ref].claimed = true;
	set_aside--;
	return (int)ref;
}

u64 xen_page_to_gfn(const struct page *page)
{
	require(page->refs);
	return OWN_FRAMES + (uintptr_t)page;
}

static struct page *own_page(u64 frame)
{
	return frame >= OWN_FRAMES ? (void *)(uintptr_t)(frame - OWN_FRAMES) :
				     NULL;
}

/* What the entry grants, it does so no more. */
static void clear(grant_ref_t ref)
{
	struct page *page = own_page(grants[ref].frame);

	if (page)
		page->grants--;
	grants[ref] = (struct grant){ 0 };
}

/*
 * An entry has 32 bits of frame; and Linux writes all of it, with the mark that
 * the back end uses it.
 */
void gnttab_grant_foreign_access_ref(grant_ref_t ref, domid_t to, u64 frame,
				     int readonly)
{
	(void)to;
	require(ref < GRANTS && grants[ref].claimed && readonly);
	require(frame >= OWN_FRAMES ||
		(frame <= UINT32_MAX &&
		 kernel_in_region(frame * PAGE_SIZE, PAGE_SIZE)));
	require(!grants[ref].frame && !grants[ref].reading);
	grants[ref].frame = frame;
	grants[ref].reading = kernel_grants_busy;
	if (own_page(frame))
		own_page(frame)->grants++;
}

int gnttab_grant_foreign_access(domid_t to, u64 frame, int readonly)
{
	grant_ref_t head, ref;

	if (gnttab_alloc_grant_references(1, &head))
		return -ENOSPC;
	ref = (grant_ref_t)gnttab_claim_grant_reference(&head);
	gnttab_grant_foreign_access_ref(ref, to, frame, readonly);
	return (int)ref;
}

/* 0: the back end still uses it. */
int gnttab_try_end_foreign_access(grant_ref_t ref)
{
	require(ref < GRANTS && grants[ref].claimed);
	grants[ref].reading &= kernel_grants_busy;
	if (grants[ref].reading)
		return 0;
	clear(ref);
	return 1;
}

/* Where it is still used, a timer of Linux' ends it, and lets the page go. */
void gnttab_end_foreign_access(grant_ref_t ref, struct page *page)
{
	require(ref < GRANTS && grants[ref].claimed && page);
	clear(ref);
	__free_page(page);
}

u64 kernel_granted(grant_ref_t ref)
{
	return ref < GRANTS ? grants[ref].frame : 0;
}

const u8 *kernel_granted_page(grant_ref_t ref)
{
	struct page *page = own_page(kernel_granted(ref));

	return page ? page->at : NULL;
}

/* Event channels -------------------------------------------------------- */

int xenbus_alloc_evtchn(struct xenbus_device *dev, evtchn_port_t *port)
{
	(void)dev;
	if (world_fails())
		return -ENOSPC;
	*port = ++ports;
	return 0;
}

void xenbus_free_evtchn(struct xenbus_device *dev, evtchn_port_t port)
{
	(void)dev;
	require(ports && port);
	ports--;
}

int bind_evtchn_to_irqhandler_lateeoi(
	evtchn_port_t port, irqreturn_t (*handler)(int irq, void *dev),
	unsigned long flags, const char *name, void *dev)
{
	(void)port, (void)flags, (void)name;
	require(!interrupt.handler);
	if (world_fails())
		return -ENOMEM;
	interrupt.handler = handler;
	interrupt.dev = dev;
	interrupt.enabled = true;
	interrupt.fired = false;
	return KERNEL_IRQ;
}

static void require_bound(int irq)
{
	require(irq == KERNEL_IRQ && interrupt.handler);
}

/* It closes the event channel, too. */
void unbind_from_irqhandler(int irq, void *dev)
{
	require_bound(irq);
	require(dev == interrupt.dev && ports);
	interrupt.handler = NULL;
	ports--;
}

void disable_irq(int irq)
{
	require_bound(irq);
	interrupt.enabled = false;
}

void xen_irq_lateeoi(int irq, unsigned int flags)
{
	(void)flags;
	require_bound(irq);
	interrupt.fired = false;
}

void notify_remote_via_irq(int irq)
{
	require_bound(irq);
}

void kernel_interrupt(void)
{
	if (!interrupt.handler || !interrupt.enabled || interrupt.fired)
		return;
	interrupt.fired = true;
	interrupt.handler(KERNEL_IRQ, interrupt.dev);
}

/* xenbus ---------------------------------------------------------------- */

void *xenbus_read(struct xenbus_transaction t, const char *directory,
		  const char *node, unsigned int *length)
{
	char path[64];
	unsigned int octets;
	char *value;

	(void)t, (void)length;
	if (world_fails())
		return ERR_PTR(-ENOMEM);
	snprintf(path, sizeof(path), "%s/%s", directory, node);
	value = xs_read(NULL, 0, path, &octets);
	return value ? value : ERR_PTR(-ENOENT);
}

bool xenbus_exists(struct xenbus_transaction t, const char *directory,
		   const char *node)
{
	void *value;

	if (!strcmp(node, "backend")) /* of a stranded device: not again */
		return false;
	value = xenbus_read(t, directory, node, NULL);
	if (IS_ERR(value))
		return false;
	free(value);
	return true;
}

/* What the driver writes is for nobody. */
int xenbus_printf(struct xenbus_transaction t, const char *directory,
		  const char *node, const char *format, ...)
{
	(void)t, (void)directory, (void)node;
	require(*format);
	return world_fails() ? -ENOSPC : 0;
}

int xenbus_transaction_start(struct xenbus_transaction *t)
{
	*t = XBT_NIL;
	return world_fails() ? -ENOSPC : 0;
}

void xenbus_switch_state(struct xenbus_device *dev, enum xenbus_state state)
{
	dev->state = state;
	world_front_is((int)state);
}

unsigned int xenbus_read_unsigned(const char *directory, const char *node,
				  unsigned int otherwise)
{
	(void)directory;
	(void)otherwise;
	require(!strcmp(node, "state"));
	return (unsigned int)kernel_backend_state;
}

void xenbus_dev_error(struct xenbus_device *dev, int error, const char *format,
		      ...)
{
	(void)dev;
	require(error < 0 && *format);
}

/* Who makes one that there is, or ends one that there is not, meets a BUG_ON(). */
int register_xenbus_watch(struct xenbus_watch *watch)
{
	unsigned int room = watch_place(NULL);

	require(watch->node && watch->callback);
	require(room < WATCHES && watch_place(watch) == WATCHES);
	if (world_fails())
		return -ENOMEM;
	watches[room] = watch;
	world_watch_fires(watch);
	return 0;
}

void unregister_xenbus_watch(struct xenbus_watch *watch)
{
	unsigned int place = watch_place(watch);

	require(place < WATCHES);
	watches[place] = NULL;
	world_watch_is_gone(watch);
}

void *kernel_ring_page(void)
{
	return ring_page;
}

int xenbus_setup_ring(struct xenbus_device *dev, gfp_t flags, void **page,
		      unsigned int count, grant_ref_t *ref)
{
	(void)dev;
	require(count == 1 && !ring_page);
	*page = NULL;
	*ref = INVALID_GRANT_REF;
	if (world_fails())
		return -ENOMEM;
	*page = ring_page = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	memset(ring_page, 0, PAGE_SIZE);
	*ref = 0;
	(void)flags;
	return 0;
}

void xenbus_teardown_ring(void **page, unsigned int count, grant_ref_t *ref)
{
	require(count == 1 && *page && *page == ring_page);
	free(ring_page);
	*page = ring_page = NULL;
	*ref = INVALID_GRANT_REF;
}

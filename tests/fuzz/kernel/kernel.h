/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of Linux and of its Xen support as the guest driver's files ask for,
 * in user space and in one thread.  Every header that they include is this one.
 *
 * Where a kernel thread would sleep, world_step() is called: whatever else goes
 * on meanwhile, in other threads, in the back end or in dom0, happens there.
 * kernel.c aborts on what the kernel would not bear: sleeping with a spinlock
 * held, a work item that waits for itself, a mapping or a grant outside the
 * claimed range.
 */
#ifndef FUZZ_KERNEL_H
#define FUZZ_KERNEL_H

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* Linux defines the one that is so. */
#undef __BIG_ENDIAN

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef u64 phys_addr_t;
typedef unsigned short umode_t;
typedef unsigned int gfp_t;

/* The world around ------------------------------------------------------ */

/* For the fuzzer to provide. */
enum world { WORLD_GOES_ON, WORLD_KILLS, WORLD_STOPS, WORLD_ENDS };
/* STOPS: this sleep's time is over; ENDS: who can be killed is, too. */
struct xenbus_watch;
enum world world_step(void);
void world_touches_page(void); /* between two reads of shared memory */
bool world_fails(void);	       /* does this allocation, or call, fail? */
void world_front_is(int state);
void world_watch_fires(struct xenbus_watch *watch); /* soon */
void world_watch_is_gone(const struct xenbus_watch *watch);
struct work_struct;
bool world_may_run(const struct work_struct *work);
void world_touches(u64 at, u64 bytes); /* guest addresses: is there memory? */

/* For the fuzzer to use. */
#define KERNEL_IRQ 7
void *kernel_ring_page(void); /* NULL: there is none */
void kernel_interrupt(void);
bool kernel_run_work(unsigned int which); /* of those queued; false: none */
bool kernel_work_left(void);		  /* queued, or running below us */
bool kernel_nothing_left(void);
extern bool kernel_grants_busy; /* the back end still uses them */
u64 kernel_granted(u32 ref);	/* frame; 0: none */
/* What a grant of a page of the kernel's own is of: its octets, or NULL. */
const u8 *kernel_granted_page(u32 ref);
extern u64 kernel_stream_at; /* the next octet of what copy_from_iter() copies */
u8 kernel_stream_octet(u64 at);
extern int kernel_backend_state;

/* Between kernel.c and xen.c. */
bool kernel_memory_left(void);
bool kernel_in_region(u64 at, u64 size);

/* Language -------------------------------------------------------------- */

#define __init
#define __exit
#define __stringify_1(x) #x
#define __stringify(x) __stringify_1(x)
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) \
	((type *)(void *)((char *)(p)-offsetof(type, member)))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define round_up(x, to) (((x) + (to)-1) / (to) * (to))
#define clamp(value, low, high) \
	((value) < (low) ? (low) : (value) > (high) ? (high) : (value))
#define BIT_ULL(n) (1ull << (n))
#define BUILD_BUG_ON(x) static_assert(!(x), #x)
#define WARN_ON(x) ((x) ? (abort(), 1) : 0)

#define MAX_ERRNO 4095
#define ERESTARTSYS 512
#define ERR_PTR(e) ((void *)(intptr_t)(e))
#define ERR_CAST(p) ((void *)(p))
#define PTR_ERR(p) ((int)(intptr_t)(p))
#define IS_ERR(p) ((uintptr_t)(p) >= (uintptr_t)-MAX_ERRNO)

void *memchr_inv(const void *octets, int octet, size_t size);
ssize_t strscpy(char *to, const char *from, size_t size);
int kstrtou64(const char *text, unsigned int base, u64 *value);

/* Memory ---------------------------------------------------------------- */

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ul
#define CONFIG_64BIT 1
#define PHYS_PFN(address) ((address) / PAGE_SIZE)
#define GFP_KERNEL 0u
#define __GFP_ZERO 0u

/* Of a vmalloc() the octets are elsewhere, one page's after the other. */
struct page {
	unsigned int refs, grants;
	u8 *at;
	_Alignas(16) u8 octets[PAGE_SIZE];
};

void *kzalloc(size_t size, gfp_t flags);
#define kfree(p) free(p)
#define __GFP_NORETRY 0u
#define __GFP_NOWARN 0u
void *__vmalloc(unsigned long size, gfp_t flags);
struct page *vmalloc_to_page(const void *address);
void kvfree_sensitive(const void *address, size_t size); /* of a __vmalloc() */
char *kasprintf(gfp_t flags, const char *format, ...);
struct page *alloc_page(gfp_t flags);
void __free_page(struct page *page);
#define get_page(page) ((void)(page)->refs++)
#define page_address(page) ((void *)(page)->octets)
unsigned long get_zeroed_page(gfp_t flags);
struct page *virt_to_page(const void *address);
void free_page(unsigned long address);

#define MEMREMAP_WB 0
void *memremap(phys_addr_t at, size_t size, unsigned long flags);
void *ioremap(phys_addr_t at, size_t size);
void memunmap(void *address);
#define iounmap(address) memunmap(address)
#define vm_unmap_aliases() ((void)0)
#define wmb() ((void)0)

struct iosys_map {
	union {
		void *vaddr_iomem;
		void *vaddr;
	};
	bool is_iomem;
};

#define iosys_map_set_vaddr(map, address) \
	(*(map) = (struct iosys_map){ .vaddr = (address) })
#define iosys_map_set_vaddr_iomem(map, address) \
	(*(map) = (struct iosys_map){ .vaddr = (address), .is_iomem = true })
#define iosys_map_is_null(map) (!(map)->vaddr)
#define iosys_map_clear(map) ((map)->vaddr = NULL)
/* The octets at a mapped address, after asking whether there is memory. */
u8 *kernel_touch(void *address, size_t size);
#define iosys_map_memcpy_to(map, offset, from, size) \
	memcpy(kernel_touch((u8 *)(map)->vaddr + (offset), size), from, size)
#define iosys_map_memcpy_from(to, map, offset, size) \
	memcpy(to, kernel_touch((u8 *)(map)->vaddr + (offset), size), size)
#define iosys_map_memset(map, offset, octet, size) \
	memset(kernel_touch((u8 *)(map)->vaddr + (offset), size), octet, size)

/* Of octets that tell where they are to be: kernel_stream_octet(). */
struct iov_iter {
	size_t count;
};

#define iov_iter_count(iter) ((iter)->count)
size_t copy_from_iter(void *to, size_t size, struct iov_iter *from);

#define IORESOURCE_SYSTEM_RAM 0
#define IORES_DESC_NONE 0
#define REGION_DISJOINT 0
#define region_intersects(start, size, flags, desc) (world_fails())
struct resource {
	u64 start, end;
};
extern struct resource iomem_resource;
struct resource *request_mem_region(u64 start, u64 size, const char *name);
void release_mem_region(u64 start, u64 size);

/* Bits ------------------------------------------------------------------ */

/* All bitmaps are one word long. */
#define DECLARE_BITMAP(name, bits) u64 name[(bits) <= 64 ? 1 : -1]
#define __set_bit(n, map) ((void)(*(map) |= 1ull << (n)))
#define __clear_bit(n, map) ((void)(*(map) &= ~(1ull << (n))))
#define test_bit(n, map) (*(map) >> (n)&1)
#define bitmap_weight(map, bits) ((unsigned int)__builtin_popcountll(*(map)))
unsigned int find_first_bit(const u64 *map, unsigned int bits);
unsigned int find_first_zero_bit(const u64 *map, unsigned int bits);

/* Locks, sleeping, work ------------------------------------------------- */

typedef struct {
	bool held;
} spinlock_t;

#define spin_lock_init(lock) ((lock)->held = false)
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

void require_held(bool held);

struct mutex {
	bool held;
};

#define lockdep_assert_held(lock) require_held((lock)->held)
#define mutex_init(lock) ((lock)->held = false)
#define mutex_destroy(lock) ((void)(lock))
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

typedef struct {
	unsigned int refs;
} refcount_t;

#define refcount_set(count, n) ((count)->refs = (n))
#define refcount_inc(count) ((count)->refs++)
#define refcount_dec_and_test(count) (!--(count)->refs)

#define HZ 100
#define msecs_to_jiffies(ms) (ms)
#define ktime_get_ns() ((u64)kernel_slept * 1000000)

/* 1: look again; 0: the time is over; -ERESTARTSYS: killed. */
long kernel_sleep(bool killable);

#define kernel_wait(condition, killable)               \
	({                                             \
		long left = 1;                         \
		while (!(condition) && left > 0)       \
			left = kernel_sleep(killable); \
		(condition) ? 1 : left;                \
	})

typedef struct {
	bool unused;
} wait_queue_head_t;

#define might_sleep() ((void)0)
#define TASK_KILLABLE 0
#define TASK_FREEZABLE_UNSAFE 0
#define ___wait_cond_timeout(condition) (condition)
#define ___wait_event(queue, condition, state, exclusive, ret, command) \
	((void)(ret), kernel_wait(condition, true))
#define smp_store_release(p, value) ((void)(*(p) = (value)))
#define smp_load_acquire(p) READ_ONCE(*(p))

/* Brackets are not preemptible: nothing sleeps in one. */
void preempt_disable(void);
void preempt_enable(void);

extern enum system_states {
	SYSTEM_RUNNING,
	SYSTEM_HALT,
	SYSTEM_POWER_OFF,
	SYSTEM_RESTART,
} system_state;

#define memalloc_noio_save() 0u
#define memalloc_noio_restore(flags) ((void)(flags))

#define init_waitqueue_head(queue) ((void)(queue))
#define wake_up_all(queue) ((void)(queue))
#define wait_event_timeout(queue, condition, timeout) \
	kernel_wait(condition, false)
#define set_current_state(state) ((void)(state))

struct completion {
	bool done;
};

#define DECLARE_COMPLETION(name) struct completion name
#define complete_all(c) ((void)((c)->done = true))
#define wait_for_completion_timeout(c, timeout) \
	kernel_wait(READ_ONCE((c)->done), false)

#define current NULL
#define fatal_signal_pending(task) false
void kernel_rest(void);		   /* for a while, in which much may go on */
extern unsigned long kernel_slept; /* ms, of all tasks */
#define schedule_timeout(timeout) \
	(kernel_slept += (unsigned long)(timeout), kernel_rest())
#define msleep(ms) kernel_rest()
#define cond_resched() ((void)world_touches_page())

struct workqueue_struct;
extern struct workqueue_struct *system_unbound_wq, *system_freezable_wq;

struct work_struct {
	void (*run)(struct work_struct *work);
	bool running;
	bool freezable; /* of a queue that stands still while the guest is saved
			 */
};

#define INIT_WORK(work, function) \
	(*(work) = (struct work_struct){ .run = (function) })
#define DECLARE_WORK(name, function) \
	struct work_struct name = { .run = function }
#define WQ_UNBOUND 0
#define WQ_HIGHPRI 0
#define WQ_MEM_RECLAIM 0
#define alloc_workqueue(name, flags, active) ((void *)(intptr_t)1)
#define destroy_workqueue(queue) ((void)(queue))
#define flush_work(work) ((void)(work))
void queue_work(struct workqueue_struct *queue, struct work_struct *work);
void cancel_work_sync(struct work_struct *work);

/* A time is over whenever the script has it. */
extern unsigned long kernel_delay; /* of what was queued last */
struct delayed_work {
	struct work_struct work;
};

#define INIT_DELAYED_WORK(delayed, function) \
	INIT_WORK(&(delayed)->work, function)
#define queue_delayed_work(queue, delayed, delay) \
	(kernel_delay = (unsigned long)(delay),   \
	 queue_work(queue, &(delayed)->work))
#define cancel_delayed_work_sync(delayed) cancel_work_sync(&(delayed)->work)

/* Devices --------------------------------------------------------------- */

struct kobject {
	bool unused;
};

struct attribute_group;

struct device {
	struct kobject kobj;
	struct class *class;
	struct device *parent;
	void (*release)(struct device *dev);
	unsigned int refs;
	void *data;
	dev_t devt;
	struct device_node *of_node;
};

struct device_driver {
	bool unused;
};

struct class
{
	const char *name;
	int (*shutdown_pre)(struct device *dev);
	char *(*devnode)(const struct device *dev, umode_t *mode);
	const struct attribute_group **dev_groups;
};

struct file_operations {
	bool unused;
};

struct module;

struct cdev {
	struct module *owner;
};

/* What is said is not looked at, but that it can be. */
void kernel_say(const void *dev, const char *format, ...);
#define dev_err kernel_say
#define dev_info kernel_say
#define dev_dbg kernel_say
#define dev_warn kernel_say
#define dev_notice kernel_say
#define dev_err_ratelimited kernel_say
#define dev_warn_ratelimited kernel_say
#define dev_info_ratelimited kernel_say

/* The one device that there is, while its driver is bound. */
extern struct device *kernel_bound;
int driver_for_each_device(struct device_driver *driver, struct device *start,
			   void *data,
			   int (*each)(struct device *dev, void *data));
struct device *driver_find_device(struct device_driver *driver,
				  struct device *start, const void *data,
				  int (*match)(struct device *dev,
					       const void *data));
#define device_reprobe(dev) (abort(), (dev)->refs ? 0 : 0)
#define device_lock(dev) ((void)(dev))
#define device_unlock(dev) ((void)(dev))
#define device_initialize(dev) ((dev)->refs = 1)
#define get_device(dev) ((dev)->refs++)
#define of_node_put(node) ((void)(node))
void put_device(struct device *dev);
#define dev_get_drvdata(dev) ((dev)->data)
#define dev_set_drvdata(dev, p) ((dev)->data = (p))
#define dev_name(dev) ((dev)->class->name)
#define dev_set_name(dev, format, name) (world_fails() ? -ENOMEM : 0)
#define sysfs_notify(kobj, group, name) ((void)(kobj))
#define KOBJ_CHANGE 2
#define kobject_uevent(kobj, action) ((void)(kobj))
struct dentry;
#define debugfs_create_dir(name, parent) ((void)(parent), (struct dentry *)NULL)
#define debugfs_create_u64(name, mode, parent, value) ((void)(value))
#define debugfs_remove(dentry) ((void)(dentry))
#define class_find_device_by_name(class, name) ((struct device *)NULL)
#define class_register(class) 0
#define class_unregister(class) ((void)(class))
#define MKDEV(major, minor) ((dev_t)(minor))
#define MAJOR(devt) ((devt) - (devt))
#define MINOR(devt) (devt)
#define alloc_chrdev_region(devt, first, count, name) 0
#define unregister_chrdev_region(devt, count) ((void)(devt))
#define cdev_init(cdev, operations) ((void)(operations))
#define cdev_device_add(cdev, dev) (world_fails() ? -ENOMEM : 0)
#define cdev_device_del(cdev, dev) ((void)(cdev))
#define DEFINE_IDA(name) int name
#define ida_alloc_max(ida, max, flags) (world_fails() ? -ENOSPC : 0)
#define ida_free(ida, id) ((void)(ida))
#define ida_destroy(ida) ((void)(ida))

#define KBUILD_MODNAME "xen_carveout"
#define THIS_MODULE NULL
#define EXPORT_SYMBOL_NS_GPL(name, ns) extern __typeof__(name) name
#define module_init(function) int (*kernel_init)(void) = function
#define module_exit(function) void (*kernel_exit)(void) = function
#define MODULE_DESCRIPTION(text) extern int kernel_unused
#define MODULE_AUTHOR(text) extern int kernel_unused
#define MODULE_LICENSE(text) extern int kernel_unused
#define MODULE_ALIAS(text) extern int kernel_unused
#define MODULE_VERSION(text) extern int kernel_unused
#define KERNEL_VERSION(a, b, c) ((a) << 16 | (b) << 8 | (c))
#define LINUX_VERSION_CODE KERNEL_VERSION(6, 12, 0)

/* Xen ------------------------------------------------------------------- */

typedef u16 domid_t;
typedef u32 grant_ref_t;
typedef u32 evtchn_port_t;
typedef int irqreturn_t;

#define INVALID_GRANT_REF ((grant_ref_t)-1)
#define IRQ_HANDLED 1
#define XEN_EOI_FLAG_SPURIOUS 1u
#define xen_domain() true
#define xen_pv_domain() false
#define xen_has_pv_devices() true
#define virt_rmb() world_touches_page()
#define virt_mb() world_touches_page()

int gnttab_alloc_grant_references(u16 count, grant_ref_t *head);
void gnttab_free_grant_references(grant_ref_t head);
int gnttab_claim_grant_reference(grant_ref_t *head);
void gnttab_grant_foreign_access_ref(grant_ref_t ref, domid_t to, u64 frame,
				     int readonly);
int gnttab_grant_foreign_access(domid_t to, u64 frame, int readonly);
int gnttab_try_end_foreign_access(grant_ref_t ref);
void gnttab_end_foreign_access(grant_ref_t ref, struct page *page);
#define pfn_to_gfn(pfn) (pfn)
u64 xen_page_to_gfn(const struct page *page);

int bind_evtchn_to_irqhandler_lateeoi(
	evtchn_port_t port, irqreturn_t (*handler)(int irq, void *dev),
	unsigned long flags, const char *name, void *dev);
void unbind_from_irqhandler(int irq, void *dev);
void disable_irq(int irq);
void xen_irq_lateeoi(int irq, unsigned int flags);
void notify_remote_via_irq(int irq);

enum xenbus_state {
	XenbusStateUnknown,
	XenbusStateInitialising,
	XenbusStateInitWait,
	XenbusStateInitialised,
	XenbusStateConnected,
	XenbusStateClosing,
	XenbusStateClosed,
	XenbusStateReconfiguring,
	XenbusStateReconfigured,
};

struct xenbus_device {
	const char *nodename;
	const char *otherend;
	int otherend_id;
	enum xenbus_state state;
	struct device dev;
};

struct xenbus_device_id {
	char devicetype[32];
};

#define to_xenbus_device(d) container_of(d, struct xenbus_device, dev)

struct xenbus_driver {
	struct device_driver driver;
	const struct xenbus_device_id *ids;
	bool not_essential;
	int (*probe)(struct xenbus_device *dev,
		     const struct xenbus_device_id *id);
	void (*otherend_changed)(struct xenbus_device *dev,
				 enum xenbus_state state);
	void (*remove)(struct xenbus_device *dev);
	int (*suspend)(struct xenbus_device *dev);
	int (*resume)(struct xenbus_device *dev);
};

struct xenbus_transaction {
	bool unused;
};

#define XBT_NIL ((struct xenbus_transaction){ false })
struct xenbus_watch {
	const char *node;
	void (*callback)(struct xenbus_watch *watch, const char *path,
			 const char *token);
};

int register_xenbus_watch(struct xenbus_watch *watch);
void unregister_xenbus_watch(struct xenbus_watch *watch);
extern struct xenbus_driver *kernel_driver; /* the one that is registered */
#define __xenbus_register_frontend(driver, owner, name) \
	(kernel_driver = (driver), 0)
#define xenbus_unregister_driver(driver) ((void)(driver))
void *xenbus_read(struct xenbus_transaction t, const char *directory,
		  const char *node, unsigned int *length);
bool xenbus_exists(struct xenbus_transaction t, const char *directory,
		   const char *node);
int xenbus_printf(struct xenbus_transaction t, const char *directory,
		  const char *node, const char *format, ...);
int xenbus_transaction_start(struct xenbus_transaction *t);
#define xenbus_transaction_end(t, abort) (world_fails() ? -EAGAIN : 0)
void xenbus_switch_state(struct xenbus_device *dev, enum xenbus_state state);
#define xenbus_frontend_closed(dev) xenbus_switch_state(dev, XenbusStateClosed)
unsigned int xenbus_read_unsigned(const char *directory, const char *node,
				  unsigned int otherwise);
void xenbus_dev_error(struct xenbus_device *dev, int error, const char *format,
		      ...);
int xenbus_alloc_evtchn(struct xenbus_device *dev, evtchn_port_t *port);
void xenbus_free_evtchn(struct xenbus_device *dev, evtchn_port_t port);
int xenbus_setup_ring(struct xenbus_device *dev, gfp_t flags, void **page,
		      unsigned int pages, grant_ref_t *ref);
void xenbus_teardown_ring(void **page, unsigned int pages, grant_ref_t *ref);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the attacks share.  Each file opens with its attacks: the flaw that is
 * looked for, the method, and what each outcome means.  "Vault" and "pool" are
 * the carveout's backing; "scrubs" is a host that was booted with
 * scrub-domheap, where a close takes a window by its grants; elsewhere its
 * pages are pinned. A window of a pool is Device memory: frames of the host
 * that have no owner in Xen, so that Xen knows no way to hand them on.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <linux/types.h>
#include <xen/interface/grant_table.h>

#include "xen_carveout.h"

/* The windows that are attacked. */
#define WINDOW_PAGES 4
#define WINDOW_BYTES (WINDOW_PAGES * PAGE_SIZE)

/* Holes, far above any carveout here: for an alias; for many pages; and the
 * first of very many places, one page table each. */
#define ALIAS_GPA 0x1f0000000ULL
#define SPARE_GPA 0x1c0000000ULL
#define SPARSE_GPA 0x200000000ULL

/* main.c */
extern struct xen_carveout *target;  /* the carveout that is attacked */
extern unsigned long long base;	     /* where it lies */
extern unsigned long long host_base; /* a pool's: where in the host */

void say(const char *format, ...) __printf(1, 2); /* into result */
u64 frame_gpa(unsigned int page);
void fill(struct xen_carveout_window *w, u8 value); /* inside a bracket */
struct xen_carveout_window *open_filled(u64 offset, u32 length, u8 value);
struct xen_carveout_window *fresh_window(u8 value);
int commit(struct xen_carveout_window *w);
int seal(void);

/* p2m.c */
int reserve(unsigned int op, u64 gpa);
unsigned int take_all(void); /* at SPARE_GPA: returns how many pages */
void give_back(unsigned int n);

/* grants.c */
int map_own_grant(u64 gpa, u64 at, struct gnttab_map_grant_ref *map);
struct alias {
	struct gnttab_map_grant_ref there; /* at ALIAS_GPA */
	struct gnttab_map_grant_ref home;  /* x86: where the page was, again */
};
int make_alias(u64 gpa, struct alias *alias); /* 0, or what Xen said */
void drop_alias(const struct alias *alias);

/* refill.c */
void end_refill(void);

/* Each file has a table of its own, that an entry without a name ends. */
struct attack {
	const char *name; /* as the parameter `attack` takes it */
	int (*run)(void);
};
extern const struct attack p2m_attacks[], grants_attacks[], areas_attacks[],
	race_attacks[], refill_attacks[];

#endif

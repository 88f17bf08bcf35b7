/* SPDX-License-Identifier: GPL-2.0-only */
/* A host's tree, and what is planned in it: shared by tests of host_tree.h. */
#ifndef HOST_FIXTURE_H
#define HOST_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "config/host_tree.h"
#include "trees.h"

extern char error_text[300];
extern const struct sentence error;
extern struct host_plan plan;

extern const void *host;
extern size_t host_size;

/* Where the highest pool in make_host()'s memory ends: the last quarter is left
 * to boot firmware. */
#define END (2 * GIB - 256 * MIB)

void put_memory(uint64_t address, uint64_t size);
void finish(void);
void make_host(void (*put)(void));
int ask(struct host_request request);
void assert_planned(uint64_t size, uint64_t address);
void assert_refused(struct host_request request, int rc, const char *word);
void assert_in_use(uint64_t address, const char *word);
struct dtb_blob merge(void);
void assert_pool_in(const struct dtb_blob *merged, int index);
void put_reserved(void);
void put_modules(void);

#endif

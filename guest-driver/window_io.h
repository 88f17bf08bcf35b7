/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CARVEOUT_WINDOW_IO_H
#define CARVEOUT_WINDOW_IO_H

#include <linux/types.h>

struct carveout;
struct iov_iter;
struct window;

int window_io_map(struct window *w);
void window_io_unmap(struct window *w);
void window_io_complete(struct window *w);
void window_io_write(struct window *w, u32 offset, const void *from,
		     size_t bytes);
void window_io_read(struct window *w, u32 offset, void *to, size_t bytes);
void window_io_zero(struct window *w, u32 offset, size_t bytes);
size_t window_io_write_iter(struct window *w, u32 offset, size_t bytes,
			    struct iov_iter *from, void *bounce);
int carveout_bounce_alloc(const struct carveout *c, void **bounce);
void carveout_bounce_free(void *bounce);

#endif

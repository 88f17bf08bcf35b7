/* SPDX-License-Identifier: GPL-2.0-only */
/* hv_buffer.h - the memory behind hv_buffer_alloc(), for both hypervisors. */
#ifndef HV_BUFFER_H
#define HV_BUFFER_H

#include <stddef.h>

void *hv_locked_alloc(size_t bytes);
void hv_locked_free(void *buffer, size_t bytes);

#endif

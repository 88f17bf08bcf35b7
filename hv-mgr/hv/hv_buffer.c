// SPDX-License-Identifier: GPL-2.0-only
#include "hv_buffer.h"

#include <string.h>
#include <sys/mman.h>

void *hv_locked_alloc(size_t bytes)
{
	void *buffer = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (buffer == MAP_FAILED)
		return NULL;
	/*
	 * Content must not reach a disk.  Core dumps are ruled out, and a
	 * refusal is an error; swap is ruled out where RLIMIT_MEMLOCK lets us,
	 * which root in dom0 passes.  Unprivileged tests go on without.
	 */
	if (madvise(buffer, bytes, MADV_DONTDUMP)) {
		munmap(buffer, bytes);
		return NULL;
	}
	(void)mlock(buffer, bytes);
	return buffer;
}

void hv_locked_free(void *buffer, size_t bytes)
{
	if (!buffer)
		return;
	explicit_bzero(buffer, bytes);
	munmap(buffer, bytes); /* unlocks it too */
}

// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/record_file.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash_point.h"

#define HEADER_KEY "hv-mgr records 2"

/* Address space, not memory: what lies beyond the file's end is never touched. */
#define SLOTS_MAX ((size_t)1 << 16)
#define MAP_BYTES (SLOTS_MAX * sizeof(struct record_slot))

#define GROWTH 16 /* slots at a time */

static size_t slots_in(const struct record_file *file)
{
	return file->bytes / sizeof(struct record_slot);
}

/* ---- one slot ---- */

const char *record_slot_text(const struct record_slot *slot)
{
	return slot->text[slot->current - 1];
}

/* The new text is written beside the old one, and then is the current one. */
static void set(struct record_slot *slot, uint32_t which, const char *text)
{
	crash_point();
	memset(slot->text[which - 1], 0, sizeof(slot->text[0]));
	crash_point();
	strcpy(slot->text[which - 1], text);
	crash_point();
	atomic_store_explicit(&slot->current, which, memory_order_release);
	crash_point();
}

void record_slot_write(struct record_slot *slot, const char *text)
{
	set(slot, slot->current == 1 ? 2 : 1, text);
}

static bool is_sound(const struct record_slot *slot)
{
	if (!slot->current)
		return true;
	return slot->current <= 2 &&
	       memchr(slot->key, '\0', sizeof(slot->key)) &&
	       memchr(record_slot_text(slot), '\0', sizeof(slot->text[0]));
}

/* ---- all of them ---- */

static bool is_whole(const struct record_file *file)
{
	const struct record_slot *header = file->slots;

	if (file->bytes < sizeof(*header) || file->bytes > MAP_BYTES)
		return false;
	for (size_t i = 0; i < slots_in(file); i++)
		if (!is_sound(&file->slots[i]))
			return false;
	return header->current && !strcmp(header->key, HEADER_KEY) &&
	       !strcmp(record_slot_text(header), file->boot.text);
}

static int map(struct record_file *file)
{
	struct stat status;
	void *slots;

	if (fstat(file->fd, &status))
		return -errno;
	slots = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
		     file->fd, 0);
	if (slots == MAP_FAILED)
		return -errno;
	file->slots = slots;
	file->bytes = (size_t)status.st_size;
	file->free = 1;
	file->whole = is_whole(file);
	return 0;
}

int record_file_open(struct record_file *file)
{
	int rc = record_fd_boot(&file->boot);

	if (rc)
		return rc;
	file->fd = record_fd_open(RECORD_FILE);
	if (file->fd < 0)
		return file->fd;
	rc = map(file);
	if (rc)
		close(file->fd);
	return rc;
}

void record_file_close(struct record_file *file)
{
	if (!file->slots)
		return;
	munmap(file->slots, MAP_BYTES);
	close(file->fd);
	file->slots = NULL;
}

/*
 * By writing and not by ftruncate(): so memory is there, or it is refused, and
 * not found missing by who stores to it.  What an earlier try did not finish is
 * finished.
 */
static int grow(struct record_file *file)
{
	static const char zeros[GROWTH * sizeof(struct record_slot)];
	size_t part = file->bytes % sizeof(struct record_slot);
	ssize_t wrote;

	if (file->bytes + sizeof(zeros) > MAP_BYTES)
		return -ENOSPC;
	wrote = write(file->fd, zeros, sizeof(zeros) - part);
	if (wrote < 0)
		return -errno;
	file->bytes += (size_t)wrote;
	return part + (size_t)wrote < sizeof(struct record_slot) ? -ENOSPC : 0;
}

/* A file that is cut, or does not say yet what it is, is not whole. */
int record_file_begin(struct record_file *file)
{
	int rc = 0;

	file->whole = false;
	crash_point();
	if (ftruncate(file->fd, 0))
		return -errno;
	file->bytes = 0;
	while (!rc && !slots_in(file))
		rc = grow(file);
	if (rc)
		return rc;
	strcpy(file->slots->key, HEADER_KEY);
	set(file->slots, 1, file->boot.text);
	file->free = 1;
	file->whole = true;
	return 0;
}

struct record_slot *record_file_next(const struct record_file *file,
				     const struct record_slot *after)
{
	size_t i = after ? (size_t)(after - file->slots) + 1 : 1;

	for (; file->whole && i < slots_in(file); i++)
		if (file->slots[i].current)
			return &file->slots[i];
	return NULL;
}

struct record_slot *record_file_find(const struct record_file *file,
				     const char *key)
{
	struct record_slot *slot = NULL;

	while ((slot = record_file_next(file, slot)))
		if (!strcmp(slot->key, key))
			return slot;
	return NULL;
}

static struct record_slot *find_free(struct record_file *file)
{
	for (; file->free < slots_in(file); file->free++)
		if (!file->slots[file->free].current)
			return &file->slots[file->free];
	return NULL;
}

struct record_slot *record_file_add(struct record_file *file, const char *key,
				    const char *text)
{
	struct record_slot *slot = find_free(file);

	if (!slot && !grow(file))
		slot = find_free(file);
	if (!slot)
		return NULL;
	strcpy(slot->key, key);
	set(slot, 1, text);
	return slot;
}

void record_file_remove(struct record_file *file, struct record_slot *slot)
{
	size_t number = (size_t)(slot - file->slots);

	crash_point();
	atomic_store_explicit(&slot->current, 0, memory_order_release);
	crash_point();
	memset(slot->key, 0, sizeof(slot->key)); /* for who looks at the file */
	if (number < file->free)
		file->free = number;
}

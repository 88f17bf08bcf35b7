// SPDX-License-Identifier: GPL-2.0-only
#include "carveout/hasher.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/sha256.h"

/* That wait at most; who adds another waits, too. */
#define PIECES 4

/* Not the usual 8 MiB: all of the manager's memory is locked.  The least that
 * there may be is 16 KiB on x86 and 128 KiB on arm64. */
#define STACK ((size_t)PTHREAD_STACK_MIN + (64U << 10))

static struct piece {
	struct sha256 *sha256;
	size_t length;
	uint8_t *bytes;
} pieces[PIECES];

static pthread_t thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* Under the lock: pieces so far; a piece is the thread's from `added` until
 * `hashed` passes it, and the manager's else. */
static unsigned int added, hashed;
static bool running, stopping;

/* With the lock held. */
static void note(unsigned int *count)
{
	++*count;
	pthread_cond_broadcast(&changed);
}

static void hash(const struct piece *piece)
{
	sha256_add(piece->sha256, piece->bytes, piece->length);
	explicit_bzero(piece->bytes, piece->length);
}

static void *hash_all(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&lock);
	running = true;
	pthread_cond_broadcast(&changed);
	while (!stopping || added != hashed) {
		if (added == hashed) {
			pthread_cond_wait(&changed, &lock);
			continue;
		}
		pthread_mutex_unlock(&lock);
		hash(&pieces[hashed % PIECES]);
		pthread_mutex_lock(&lock);
		note(&hashed);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static int make_thread(void)
{
	pthread_attr_t attributes;
	int rc = pthread_attr_init(&attributes);

	if (!rc)
		rc = pthread_attr_setstacksize(&attributes, STACK);
	if (!rc)
		rc = pthread_create(&thread, &attributes, hash_all, NULL);
	pthread_attr_destroy(&attributes);
	return rc;
}

int hasher_start(void)
{
	int rc;

	stopping = false;
	pthread_mutex_lock(&lock);
	rc = make_thread();
	while (!rc && !running)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return -rc;
}

void hasher_stop(void)
{
	if (!running)
		return;
	pthread_mutex_lock(&lock);
	stopping = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	running = false;
}

/* Until so many at most are not hashed. */
static void wait_until(unsigned int left)
{
	pthread_mutex_lock(&lock);
	while (added - hashed > left)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

void hasher_add(struct sha256 *sha256, void *bytes, size_t length)
{
	struct piece *piece = &pieces[added % PIECES];
	const struct piece all = { sha256, length, bytes };

	if (!running) {
		hash(&all);
		return;
	}
	wait_until(PIECES - 1);
	*piece = all;
	pthread_mutex_lock(&lock);
	note(&added);
	pthread_mutex_unlock(&lock);
}

/* With the lock held. */
static bool has(const uint8_t *bytes, size_t length)
{
	for (unsigned int i = hashed; i != added; i++) {
		const struct piece *piece = &pieces[i % PIECES];

		if (piece->bytes < bytes + length &&
		    bytes < piece->bytes + piece->length)
			return true;
	}
	return false;
}

void hasher_wait_for(const void *bytes, size_t length)
{
	pthread_mutex_lock(&lock);
	while (has(bytes, length))
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

void hasher_wait(void)
{
	wait_until(0);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/examination.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/log_limit.h"
#include "carveoutif.h"
#include "daemon/device.h"
#include "daemon/label.h"
#include "daemon/manager.h"
#include "daemon/tenant.h"
#include "daemon/turns.h"
#include "daemon/xenbus.h"
#include "judge/content.h"
#include "judge/process.h"

struct examination {
	struct evidence evidence;
	struct content_check check;
	EVP_MD_CTX *sha384;
	uint64_t number; /* of its question; 0: it has not come to that */
	size_t length;
	uint8_t bytes[]; /* the evidence */
};

static const struct verify *verify_of(const struct device *device)
{
	return &device->stanza.verify;
}

/* ---- what is brought ---- */

void examination_end(struct device *device)
{
	struct examination *examination = device->examination;

	if (!examination)
		return;
	content_end(&examination->check);
	EVP_MD_CTX_free(examination->sha384);
	free(examination);
	device->examination = NULL;
}

/* There is none where nothing is demanded. */
static int begin(struct device *device, size_t length)
{
	if (verify_of(device)->kind == VERIFY_NONE)
		return 0;
	examination_end(device);
	if (length > CARVEOUTIF_EVIDENCE_MAX)
		return -EINVAL;
	device->examination = calloc(1, sizeof(*device->examination) + length);
	if (!device->examination)
		return -ENOMEM;
	device->examination->length = length;
	return 0;
}

int examination_bring(struct device *device, const void *evidence,
		      size_t length)
{
	int rc = begin(device, length);

	if (!rc && device->examination && length)
		memcpy(device->examination->bytes, evidence, length);
	return rc;
}

int examination_fetch(struct device *device, uint32_t directory,
		      uint32_t length)
{
	int rc = begin(device, length);

	if (!rc && device->examination && length)
		rc = carveout_fetch(&device->carveout, directory,
				    device->examination->bytes, length);
	return rc;
}

/* ---- by a digest ---- */

static int reject(struct device *device, const char *text)
{
	return sentence_set(SENTENCE(device->verdict), -EKEYREJECTED, "%s",
			    text);
}

static int compare(struct device *device, const uint8_t *digest, size_t size)
{
	return memcmp(digest, verify_of(device)->digest, size) ?
		       reject(device,
			      "its digest is not the one that the stanza has") :
		       0;
}

static int begin_sha384(struct device *device)
{
	struct examination *examination = device->examination;

	examination->sha384 = EVP_MD_CTX_new();
	return examination->sha384 && EVP_DigestInit_ex(examination->sha384,
							EVP_sha384(), NULL) ?
		       -EAGAIN :
		       reject(device, "out of memory");
}

static int decide_sha384(struct device *device)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int size;

	if (!EVP_DigestFinal_ex(device->examination->sha384, digest, &size))
		return reject(device, "OpenSSL failed to hash it");
	return compare(device, digest, size);
}

/* ---- by its headers, table, signatures ---- */

static int begin_mbn(struct device *device)
{
	struct examination *examination = device->examination;
	struct sentence why = SENTENCE(device->verdict);
	int rc = evidence_read(examination->bytes, examination->length,
			       &examination->evidence, why);

	if (!rc)
		rc = content_begin(&examination->check, &examination->evidence,
				   device->carveout.length, why);
	return rc ? -EKEYREJECTED : -EAGAIN;
}

static int decide_mbn(struct device *device)
{
	struct manager *manager = device->tenant->manager;
	int rc = content_decide(&device->examination->check,
				SENTENCE(device->verdict));

	if (rc)
		return rc;
	device->examination->number = ++manager->judge.last;
	manager->judge.waiting = true;
	return -EINPROGRESS;
}

/* ---- of any kind ---- */

/* It is decided: its front end can read why. */
static void end(struct device *device, int rc)
{
	struct guest *guest = &device->tenant->guest;

	examination_end(device);
	if (rc && log_allowed(&guest->log, guest->domid))
		log_info("%s: rejected: %s", label_of_device(device).text,
			 device->verdict);
	xenbus_tell_verdict(device, rc ? device->verdict : NULL);
}

static int decided(struct device *device, int rc, const char **why)
{
	*why = device->verdict;
	if (rc != -EAGAIN && rc != -EINPROGRESS)
		end(device, rc);
	return rc;
}

int examination_begin(struct carveout *carveout, const char **why,
		      void *context)
{
	struct device *device = context;
	int rc = 0;

	switch (verify_of(device)->kind) {
	case VERIFY_NONE:
		break;
	case VERIFY_SHA256:
		rc = compare(device, carveout->digest,
			     sizeof(carveout->digest));
		break;
	case VERIFY_SHA384:
		rc = begin_sha384(device);
		break;
	case VERIFY_MBN:
		rc = begin_mbn(device);
		break;
	}
	return decided(device, rc, why);
}

void examination_see(const void *bytes, size_t length, void *context)
{
	struct device *device = context;
	struct examination *examination = device->examination;

	if (verify_of(device)->kind == VERIFY_MBN)
		content_see(&examination->check, bytes, length);
	else
		EVP_DigestUpdate(examination->sha384, bytes, length);
}

int examination_decide(const char **why, void *context)
{
	struct device *device = context;

	return decided(device,
		       verify_of(device)->kind == VERIFY_MBN ?
			       decide_mbn(device) :
			       decide_sha384(device),
		       why);
}

/* ---- questions ---- */

static bool awaits(const struct device *device)
{
	return device->examination && device->examination->number &&
	       carveout_awaits_owner(&device->carveout);
}

/* Of two that wait: that of the guest that was asked for longer ago, then who
 * came to it first. */
static bool comes_before(const struct device *a, const struct device *b)
{
	if (a->tenant->asked != b->tenant->asked)
		return a->tenant->asked < b->tenant->asked;
	return a->examination->number < b->examination->number;
}

/* NULL: nobody waits. */
static struct device *find_next(const struct manager *manager)
{
	struct device *next = NULL;

	for (struct tenant *t = manager->tenants; t; t = t->next)
		for (struct device *d = t->devices; d; d = d->next)
			if (awaits(d) && (!next || comes_before(d, next)))
				next = d;
	return next;
}

static void decide(struct device *device, int rc)
{
	end(device, rc);
	carveout_decided(&device->carveout, rc, device->verdict);
	turns_wake(device->tenant);
}

/* Nothing is decided: the next manager asks its own. */
static void judge_is_lost(struct manager *manager, int rc)
{
	log_error(
		"the process that reads certificates has ended: this manager ends; the next one takes up what there is");
	manager->failed = rc;
}

static void ask_for(struct manager *manager, struct device *device)
{
	const struct examination *examination = device->examination;
	const struct evidence *evidence = &examination->evidence;
	struct judge_question *question = calloc(1, sizeof(*question));
	int rc = -ENOMEM;

	if (question) {
		question->number = examination->number;
		question->verify = *verify_of(device);
		question->segments = evidence->image.count;
		question->length = (uint32_t)evidence->hash_size;
		memcpy(question->hash, evidence->hash, evidence->hash_size);
		rc = judge_ask(manager->judge.fd, question);
		free(question);
	}
	if (rc == -ENOMEM)
		decide(device,
		       reject(device,
			      "its signature could not be judged: the manager is out of memory"));
	else if (rc)
		judge_is_lost(manager, rc);
	else
		device->tenant->asked = manager->judge.asked =
			examination->number;
}

void examination_ask(struct manager *manager)
{
	struct device *device;

	if (!manager->judge.waiting || manager->judge.asked)
		return;
	device = find_next(manager);
	manager->judge.waiting = device;
	if (device)
		ask_for(manager, device);
}

/* The load may have ended meanwhile, and another one begun. */
static struct device *find_asked(const struct manager *manager, uint64_t number)
{
	for (struct tenant *t = manager->tenants; t; t = t->next)
		for (struct device *d = t->devices; d; d = d->next)
			if (awaits(d) && d->examination->number == number)
				return d;
	return NULL;
}

static void take_answer(struct manager *manager,
			const struct judge_answer *answer)
{
	struct device *device = find_asked(manager, answer->number);

	if (answer->number != manager->judge.asked)
		return;
	manager->judge.asked = 0;
	if (device)
		decide(device,
		       answer->status ? reject(device, answer->why) : 0);
}

void examination_answered(int fd, short events, void *context)
{
	struct manager *manager = context;
	struct judge_answer answer;
	int rc = judge_take(fd, &answer);

	(void)events;
	if (!rc) {
		take_answer(manager, &answer);
	} else if (rc != -EAGAIN) {
		judge_is_lost(manager, rc);
	}
}

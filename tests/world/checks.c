// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "base/hex.h"
#include "cmocka_all.h"
#include "daemon/device.h"
#include "daemon/record.h"
#include "daemon/tenant.h"
#include "daemon/trail.h"
#include "host.h"

struct device *host_device(void)
{
	for (struct tenant *t = host.manager.tenants; t; t = t->next)
		if (t->guest.domid == host.guest)
			return t->devices;
	return NULL;
}

/* ---- windows ---- */

static bool is_in_window(const struct carveout *carveout, uint64_t offset)
{
	for (int i = 0; i < CARVEOUT_WINDOWS; i++) {
		const struct carveout_window *w = &carveout->windows[i];

		if (w->state != WINDOW_FREE && offset >= w->memory.offset &&
		    offset - w->memory.offset < w->memory.length)
			return true;
	}
	return false;
}

/*
 * The guest has nothing but windows that the manager knows, and all of those
 * that it may touch.  One that it has asked to close may be gone already, where
 * the manager died before it wrote that down.
 */
static void check_windows(const struct device *device)
{
	uint64_t exposed = 0, known = 0;

	for (uint64_t at = 0; at < HOST_SIZE; at += HV_PAGE_SIZE) {
		bool has = hv_model_has(host.guest, gfn_of_gpa(HOST_BASE + at));
		bool may = device && is_in_window(&device->carveout, at);

		if (has && !may && !(host.replaced && at == host.replaced_at))
			fail_msg("the guest has 0x%llx, in no window", ull(at));
		if (!has && front_may_touch(at))
			fail_msg("the guest may touch 0x%llx, which is gone",
				 ull(at));
		exposed += has;
		known += may;
	}
	if (!host.kind->pooled)
		return;
	if (host.replaced)
		assert_true(hv_model_ledger().iomem_mapped <= exposed);
	else
		assert_int_equal(hv_model_ledger().iomem_mapped, exposed);
	if (device && !device->carveout.backing->exposed)
		assert_true(hv_model_ledger().iomem_rights <= known);
}

/* ---- records ---- */

static void check_record(const struct device *device)
{
	const struct carveout *carveout = &device->carveout;
	struct record record;

	assert_non_null(device->record);
	assert_int_equal(record_load(device->record, &record), 0);
	assert_int_equal(record.carveout.state, carveout->state);
	for (int i = 0; i < CARVEOUT_WINDOWS; i++)
		assert_int_equal(record.carveout.windows[i].id *
					 (record.carveout.windows[i].state !=
					  WINDOW_FREE),
				 carveout->windows[i].id *
					 (carveout->windows[i].state !=
					  WINDOW_FREE));
	if (record.carveout.state != CARVEOUT_SEALED)
		return;
	assert_int_equal(record.carveout.length, carveout->length);
	assert_memory_equal(record.carveout.digest, carveout->digest,
			    sizeof(carveout->digest));
}

/* ---- the measured log ---- */

static bool is_of(const struct trail_words *words, const struct device *device)
{
	return !strcmp(words->key, record_key_of_device(device).text) &&
	       strcmp(words->event, "left-out") != 0;
}

/* What the log has last of it. */
static bool find_last_of(const struct device *device, struct trail_words *words,
			 struct trail_entry *entry)
{
	const struct trail_file *trail = &host.manager.trail;

	for (uint64_t n = trail->last; n && n + TRAIL_LINES > trail->last; n--)
		if (trail_find((const trail_line *)trail->lines, n, entry) &&
		    trail_words_read(entry->text, words) &&
		    is_of(words, device))
			return true;
	return false;
}

/* That a carveout is FAILED while it is reset is not told from EMPTY. */
static const char *state_logged(const struct carveout *carveout)
{
	bool reset = carveout->state == CARVEOUT_FAILED && !carveout->error &&
		     host_device()->logged.seen == CARVEOUT_EMPTY;

	return carveout_state_name(reset ? CARVEOUT_EMPTY : carveout->state);
}

/* The log is whole, and knows how each carveout stands; of a sealed one, what
 * is in it. */
static void check_trail(const struct device *device)
{
	struct trail_check check;
	struct trail_entry entry;
	struct trail_words words;
	char hex[2 * MEASURE_DIGEST_SIZE + 1];

	trail_check((const trail_line *)host.manager.trail.lines, &check);
	assert_string_equal(check.problem, "");
	assert_int_equal(check.last, host.manager.trail.last);
	if (!device)
		return;
	assert_true(find_last_of(device, &words, &entry));
	if (host.manager.tenants->trail.left_out)
		return;
	assert_string_equal(words.state, state_logged(&device->carveout));
	if (device->carveout.state != CARVEOUT_SEALED)
		return;
	hex_write(hex, device->carveout.digest, MEASURE_DIGEST_SIZE);
	if (!strstr(words.details, hex))
		fail_msg("sealed, and not with that digest: %s", entry.text);
}

/* ---- pauses ---- */

static void check_pauses(void)
{
	const struct tenant *tenant = tenant_find(&host.manager, host.guest);
	struct record_guest guest = { 0 };
	struct hv_domain domain;

	if (tenant && tenant->record)
		assert_int_equal(record_load_guest(tenant->record, &guest), 0);
	assert_int_equal(guest.pause, RECORD_NOT_PAUSED);
	if (hv_domain_get(host.manager.hv, host.guest, &domain))
		return;
	assert_int_equal(domain.paused, host.admin_paused);
}

/* ---- content ---- */

static void read_content(const struct device *device, uint64_t offset,
			 uint8_t *page)
{
	if (!host.kind->pooled) {
		assert_true(
			hv_model_peek(device->vault, gfn_of_gpa(offset), page));
		return;
	}
	hv_model_evict_caches();
	assert_true(hv_model_host_peek(
		mfn_of_address(device->stanza.at + offset), page));
}

void host_check_sealed(uint8_t seed, uint64_t length)
{
	const struct device *device = host_device();
	uint8_t page[HV_PAGE_SIZE], expected[HOST_SIZE] = { 0 };

	memcpy(expected, front_image(seed), length);
	assert_non_null(device);
	assert_int_equal(device->carveout.state, CARVEOUT_SEALED);
	assert_int_equal(device->carveout.length, length);
	for (uint64_t at = 0; at < HOST_SIZE; at += HV_PAGE_SIZE) {
		read_content(device, at, page);
		assert_memory_equal(page, expected + at, sizeof(page));
	}
}

/* ---- the guest's allowance ---- */

void host_check_allowance(void)
{
	struct hv_domain domain;

	assert_int_equal(hv_domain_get(host.manager.hv, host.guest, &domain),
			 0);
	assert_int_equal(domain.max_pages, host.max_pages);
	assert_int_equal(domain.pages, host.max_pages);
}

/* ---- all of it ---- */

void host_check_reach(void)
{
	check_windows(host_device());
}

/* Between turns no hypercall of ours is the manager's. */
void host_check(void)
{
	const struct device *device = host_device();

	check_windows(device);
	if (device)
		check_record(device);
	check_trail(device);
	check_pauses();
	/* A page of the guest's own, in place of a window's, is not wiped: it
	 * might have given that back to Xen as well. */
	if (!host.replaced || host.kind->scrubs)
		assert_int_equal(hv_model_free_pages_beside(HOST_DIRT), 0);
}

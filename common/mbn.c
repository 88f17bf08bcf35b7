// SPDX-License-Identifier: GPL-2.0-only
#include "mbn.h"

#include "range.h"

#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

/* Which word of the header says what; 0: this version has none of it. */
struct layout {
	unsigned int words;
	unsigned int table; /* the table's size, and so on */
	unsigned int common_metadata;
	struct {
		unsigned int metadata, signature, chain;
	} signers[MBN_SIGNERS];
};

#define WORD_VERSION 1

static const struct layout *layout_of(uint32_t version)
{
	static const struct layout layouts[] = {
		[3] = { 10, 5, 0, { [MBN_OEM] = { 0, 7, 9 } } },
		[5] = { 10,
			5,
			0,
			{ [MBN_OEM] = { 0, 7, 9 }, [MBN_QTI] = { 0, 2, 3 } } },
		[6] = { 12,
			5,
			0,
			{ [MBN_OEM] = { 11, 7, 9 }, [MBN_QTI] = { 10, 2, 3 } } },
		[7] = { 10,
			5,
			2,
			{ [MBN_OEM] = { 4, 8, 9 }, [MBN_QTI] = { 3, 6, 7 } } },
	};

	if (version >= sizeof(layouts) / sizeof(layouts[0]) ||
	    !layouts[version].words)
		return NULL;
	return &layouts[version];
}

static uint32_t word(const uint8_t *bytes, unsigned int index)
{
	const uint8_t *at = bytes + (size_t)index * 4;

	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* Parts follow each other. */
struct walk {
	const uint8_t *bytes;
	size_t length;
	uint32_t at;
	bool cut;
};

/* The next one is so large as a word of the header says. */
static struct mbn_part next(struct walk *walk, unsigned int index)
{
	struct mbn_part part = { walk->at,
				 index ? word(walk->bytes, index) : 0 };

	if (!range_within(part.at, part.size, walk->length)) {
		walk->cut = true;
		part.size = 0;
	}
	walk->at += part.size;
	return part;
}

static void take_signer(struct walk *walk, const struct layout *layout,
			unsigned int i, struct mbn_signer *signer)
{
	signer->signature = next(walk, layout->signers[i].signature);
	signer->chain = next(walk, layout->signers[i].chain);
}

static bool is_half(const struct mbn_signer *signer)
{
	return !signer->signature.size != !signer->chain.size;
}

/* Only version 7 names the digest, so that it is told by the table's size, which
 * is no question when it is known how many there are. */
static enum mbn_wrong check(const struct walk *walk, struct mbn *mbn,
			    unsigned int segments)
{
	if (walk->cut)
		return MBN_CUT;
	mbn->digest_size = segments ? mbn->table.size / segments : 0;
	if ((mbn->digest_size != 32 && mbn->digest_size != 48) ||
	    mbn->digest_size * segments != mbn->table.size)
		return MBN_DIGESTS;
	if (is_half(&mbn->signers[MBN_OEM]) || is_half(&mbn->signers[MBN_QTI]))
		return MBN_HALF;
	return MBN_FINE;
}

enum mbn_wrong mbn_parse(const uint8_t *bytes, size_t length,
			 unsigned int segments, struct mbn *mbn)
{
	struct walk walk = { .bytes = bytes, .length = length };
	struct mbn_signer *oem = &mbn->signers[MBN_OEM];
	struct mbn_signer *qti = &mbn->signers[MBN_QTI];
	const struct layout *layout;

	memset(mbn, 0, sizeof(*mbn));
	if (length < (WORD_VERSION + 1) * sizeof(uint32_t))
		return MBN_CUT;
	mbn->version = word(bytes, WORD_VERSION);
	layout = layout_of(mbn->version);
	if (!layout)
		return MBN_VERSION;
	walk.at = layout->words * (uint32_t)sizeof(uint32_t);
	if (length < walk.at)
		return MBN_CUT;
	mbn->common_metadata = next(&walk, layout->common_metadata);
	qti->metadata = next(&walk, layout->signers[MBN_QTI].metadata);
	oem->metadata = next(&walk, layout->signers[MBN_OEM].metadata);
	mbn->table = next(&walk, layout->table);
	take_signer(&walk, layout, MBN_QTI, qti);
	take_signer(&walk, layout, MBN_OEM, oem);
	return check(&walk, mbn, segments);
}

uint32_t mbn_signed_size(const struct mbn *mbn)
{
	return mbn->table.at + mbn->table.size;
}

static void blank(uint8_t *copy, unsigned int index)
{
	if (index)
		memset(copy + (size_t)index * 4, 0, 4);
}

void mbn_blank_other(const struct mbn *mbn, unsigned int signer, uint8_t *copy)
{
	unsigned int other = signer == MBN_OEM ? MBN_QTI : MBN_OEM;
	const struct layout *layout = layout_of(mbn->version);
	const struct mbn_part *metadata = &mbn->signers[other].metadata;

	if (!mbn->signers[other].signature.size)
		return;
	blank(copy, layout->signers[other].signature);
	blank(copy, layout->signers[other].chain);
	memset(copy + metadata->at, 0, metadata->size);
}

const char *mbn_wrong_text(enum mbn_wrong wrong)
{
	static const char *const texts[] = { [MBN_FINE] = "fine",
#define MBN_WRONG_TEXT(name, text) [name] = text,
					     MBN_WRONGS(MBN_WRONG_TEXT)
#undef MBN_WRONG_TEXT
	};

	return texts[wrong];
}

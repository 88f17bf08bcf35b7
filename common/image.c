// SPDX-License-Identifier: GPL-2.0-only
#include "image.h"

#include "range.h"

#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

/*
 * Qualcomm says in a segment's flags what kind it is (bits 24 to 26): 7 for the
 * headers, 2 for the hash segment, others for content.  A look at one bit takes
 * others for it.
 */
#define KIND(flags) ((flags) >> 24 & 7)
#define KIND_HASH 2
#define PT_NULL_ 0

/* Where things are in the two classes' headers, and how wide. */
struct layout {
	unsigned int word; /* bytes of an address */
	unsigned int elf_header, program_header;
	unsigned int entry, phoff, phentsize, phnum;
	unsigned int flags, offset, paddr, filesz, memsz;
};

static const struct layout narrow = {
	.word = 4,
	.elf_header = 52,
	.program_header = 32,
	.entry = 24,
	.phoff = 28,
	.phentsize = 42,
	.phnum = 44,
	.flags = 24,
	.offset = 4,
	.paddr = 12,
	.filesz = 16,
	.memsz = 20,
};

static const struct layout wide = {
	.word = 8,
	.elf_header = 64,
	.program_header = 56,
	.entry = 24,
	.phoff = 32,
	.phentsize = 54,
	.phnum = 56,
	.flags = 4,
	.offset = 8,
	.paddr = 24,
	.filesz = 32,
	.memsz = 40,
};

enum { AT_CLASS = 4, AT_ORDER = 5, AT_MACHINE = 18, IDENT = 16 };

static const struct image_fault fine = { IMAGE_FINE, IMAGE_NO_SEGMENT };

static struct image_fault fault(enum image_wrong wrong)
{
	return (struct image_fault){ wrong, IMAGE_NO_SEGMENT };
}

static struct image_fault fault_of(enum image_wrong wrong, unsigned int segment)
{
	return (struct image_fault){ wrong, segment };
}

/* ---- numbers ---- */

static uint64_t number(const uint8_t *at, unsigned int bytes, bool big_endian)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes; i++)
		value = value << 8 | at[big_endian ? i : bytes - 1 - i];
	return value;
}

struct reader {
	const uint8_t *head;
	const struct layout *layout;
	bool big_endian;
};

static uint64_t address(const struct reader *r, uint64_t at)
{
	return number(r->head + at, r->layout->word, r->big_endian);
}

static uint32_t word(const struct reader *r, uint64_t at)
{
	return (uint32_t)number(r->head + at, 4, r->big_endian);
}

static uint16_t half(const struct reader *r, uint64_t at)
{
	return (uint16_t)number(r->head + at, 2, r->big_endian);
}

/* ---- headers ---- */

static bool is_elf(const uint8_t *head, size_t length)
{
	static const uint8_t magic[] = { 0x7f, 'E', 'L', 'F' };

	return length >= sizeof(magic) && !memcmp(head, magic, sizeof(magic));
}

static struct image_fault begin(const uint8_t *head, size_t length,
				struct reader *r)
{
	r->head = head;
	if (length < IDENT)
		return fault(IMAGE_CUT);
	if (head[AT_CLASS] != 1 && head[AT_CLASS] != 2)
		return fault(IMAGE_CLASS);
	if (head[AT_ORDER] != 1 && head[AT_ORDER] != 2)
		return fault(IMAGE_ORDER);
	r->layout = head[AT_CLASS] == 2 ? &wide : &narrow;
	r->big_endian = head[AT_ORDER] == 2;
	return length < r->layout->elf_header ? fault(IMAGE_CUT) : fine;
}

/* Where the program headers are, and how many: within IMAGE_HEADERS_MAX. */
static struct image_fault find_segments(const struct reader *r, uint64_t *first,
					unsigned int *count)
{
	*first = address(r, r->layout->phoff);
	*count = half(r, r->layout->phnum);
	if (!*count)
		return fault(IMAGE_EMPTY);
	if (half(r, r->layout->phentsize) != r->layout->program_header)
		return fault(IMAGE_ENTRY_SIZE);
	if (*count > IMAGE_SEGMENTS_MAX)
		return fault(IMAGE_MANY);
	if (!range_within(*first, (uint64_t)*count * r->layout->program_header,
			  IMAGE_HEADERS_MAX))
		return fault(IMAGE_FAR);
	return fine;
}

/* Of an ELF file, and of how many bytes its headers are. */
static struct image_fault find_headers(const uint8_t *head, size_t length,
				       struct reader *r, uint64_t *first,
				       unsigned int *count, uint64_t *size)
{
	struct image_fault is = begin(head, length, r);

	if (!is.wrong)
		is = find_segments(r, first, count);
	if (is.wrong)
		return is;
	*size = *first + (uint64_t)*count * r->layout->program_header;
	return fine;
}

static void read_segment(const struct reader *r, uint64_t at,
			 struct image_segment *segment)
{
	const struct layout *l = r->layout;

	segment->type = word(r, at);
	segment->flags = word(r, at + l->flags);
	segment->offset = address(r, at + l->offset);
	segment->address = address(r, at + l->paddr);
	segment->file_size = address(r, at + l->filesz);
	segment->memory_size = address(r, at + l->memsz);
}

static bool is_hash(const struct image_segment *segment)
{
	return segment->type == PT_NULL_ && KIND(segment->flags) == KIND_HASH;
}

static struct image_fault read_segments(const struct reader *r, uint64_t first,
					struct image *image)
{
	for (unsigned int i = 0; i < image->count; i++) {
		read_segment(r, first + (uint64_t)i * r->layout->program_header,
			     &image->segments[i]);
		if (!is_hash(&image->segments[i]))
			continue;
		if (image->hash != IMAGE_NO_SEGMENT)
			return fault_of(IMAGE_HASHES, i);
		image->hash = i;
	}
	return fine;
}

struct image_fault image_parse(const uint8_t *head, size_t length,
			       struct image *image)
{
	struct image_fault is;
	struct reader r;
	uint64_t first;

	memset(image, 0, sizeof(*image));
	image->hash = IMAGE_NO_SEGMENT;
	image->elf = is_elf(head, length);
	if (!image->elf)
		return fine;
	is = find_headers(head, length, &r, &first, &image->count,
			  &image->headers);
	if (!is.wrong && length < image->headers)
		is = fault(IMAGE_CUT);
	if (is.wrong) {
		image->count = 0;
		return is;
	}
	image->wide = r.layout == &wide;
	image->big_endian = r.big_endian;
	image->machine = half(&r, AT_MACHINE);
	image->entry = address(&r, r.layout->entry);
	return read_segments(&r, first, image);
}

/* ---- places ---- */

bool image_is_loaded(const struct image_segment *segment)
{
	return segment->type == IMAGE_PT_LOAD && segment->memory_size;
}

struct image_fault image_within(const struct image *image, uint64_t file_size)
{
	for (unsigned int i = 0; i < image->count; i++) {
		const struct image_segment *s = &image->segments[i];

		if (s->file_size &&
		    !range_within(s->offset, s->file_size, file_size))
			return fault_of(IMAGE_OUTSIDE, i);
	}
	return fine;
}

/* Would it matter which of the two comes first? */
static bool collide(const struct image_segment *a,
		    const struct image_segment *b)
{
	return ranges_overlap(a->address, a->file_size, b->address,
			      b->memory_size) ||
	       ranges_overlap(b->address, b->file_size, a->address,
			      a->memory_size);
}

static struct image_fault check_segment(const struct image *image,
					unsigned int i)
{
	const struct image_segment *s = &image->segments[i];

	/* One that ends with the last address of all is fine: 2^32 is a number
	 * of 64 bits.  2^64 is none. */
	if (s->address + s->memory_size < s->address)
		return fault_of(IMAGE_WRAPS, i);
	for (unsigned int j = 0; j < i; j++)
		if (image_is_loaded(&image->segments[j]) &&
		    collide(&image->segments[j], s))
			return fault_of(IMAGE_OVERLAPS, i);
	return fine;
}

static void widen(struct image_place *place, const struct image_segment *s,
		  uint64_t *end)
{
	if (s->address < place->base)
		place->base = s->address;
	if (s->address + s->memory_size > *end)
		*end = s->address + s->memory_size;
	place->from_file += s->file_size;
}

struct image_fault image_place(const struct image *image,
			       struct image_place *place)
{
	uint64_t end = 0;

	*place = (struct image_place){ .base = ~0ULL };
	for (unsigned int i = 0; i < image->count; i++) {
		const struct image_segment *s = &image->segments[i];
		struct image_fault is;

		if (s->type == IMAGE_PT_LOAD && s->file_size > s->memory_size)
			return fault_of(IMAGE_SHRINKS, i);
		if (!image_is_loaded(s))
			continue;
		is = check_segment(image, i);
		if (is.wrong)
			return is;
		widen(place, s, &end);
	}
	if (!end)
		return fault(IMAGE_NOTHING);
	place->size = end - place->base;
	return fine;
}

/* ---- words ---- */

const char *image_wrong_text(enum image_wrong wrong)
{
	static const char *const texts[] = { [IMAGE_FINE] = "fine",
#define IMAGE_WRONG_TEXT(name, text) [name] = text,
					     IMAGE_WRONGS(IMAGE_WRONG_TEXT)
#undef IMAGE_WRONG_TEXT
	};

	return texts[wrong];
}

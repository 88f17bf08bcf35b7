/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Firmware images: what their headers say, and where their segments go.
 *
 * An ELF image's segment goes to its physical address less the lowest one; what
 * lies between segments, and behind their bytes in the file, is zeros.  What is
 * no ELF is raw: it goes to the beginning as it is.
 *
 * Freestanding, without allocation: the caller has read the headers, once, and
 * what is judged here is that copy.  What real images are like is told where it
 * matters; most guesses are wrong.
 */
#ifndef COMMON_IMAGE_H
#define COMMON_IMAGE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __KERNEL__ /* one name space for all of it */
#define image_parse xen_carveout_image_parse
#define image_within xen_carveout_image_within
#define image_place xen_carveout_image_place
#define image_is_loaded xen_carveout_image_is_loaded
#define image_wrong_text xen_carveout_image_wrong_text
#endif

/* Real ones have 59 at most. */
#define IMAGE_SEGMENTS_MAX 128
/* The ELF header, and as many program headers: all that there is to be read
 * before an image is known. */
#define IMAGE_HEADERS_MAX (64 + IMAGE_SEGMENTS_MAX * 56)

/* What is wrong; most are about a segment. */
#define IMAGE_WRONGS(X)                                                       \
	X(IMAGE_CUT, "the file ends within its headers")                      \
	X(IMAGE_CLASS, "an ELF file of neither 32 nor 64 bits")               \
	X(IMAGE_ORDER, "an ELF file of neither little- nor big-endian order") \
	X(IMAGE_ENTRY_SIZE,                                                   \
	  "program headers of a size that ELF does not have")                 \
	X(IMAGE_EMPTY, "an ELF file without program headers")                 \
	X(IMAGE_MANY, "more program headers than an image may have")          \
	X(IMAGE_FAR, "program headers too far behind its beginning")          \
	X(IMAGE_OUTSIDE, "lies outside the file")                             \
	X(IMAGE_SHRINKS, "is larger in the file than in memory")              \
	X(IMAGE_WRAPS, "ends behind the end of all addresses")                \
	X(IMAGE_OVERLAPS, "overlaps another with bytes of the file")          \
	X(IMAGE_BEYOND, "reaches beyond the end of the carveout")             \
	X(IMAGE_NOTHING, "no segment is to be loaded")                        \
	X(IMAGE_HASHES, "is a second hash segment")

enum image_wrong {
	IMAGE_FINE,
#define IMAGE_WRONG_NAME(name, text) name,
	IMAGE_WRONGS(IMAGE_WRONG_NAME)
#undef IMAGE_WRONG_NAME
};

#define IMAGE_NO_SEGMENT (~0U)

struct image_fault {
	enum image_wrong wrong;
	unsigned int segment; /* or IMAGE_NO_SEGMENT */
};

/* Of the ELF specification; PT_NULL and the rest are not loaded. */
#define IMAGE_PT_LOAD 1

struct image_segment {
	uint32_t type, flags;
	uint64_t offset, file_size;    /* in the file, bytes */
	uint64_t address, memory_size; /* physical, bytes */
};

struct image {
	bool elf; /* else raw, and nothing else of this is set */
	bool wide, big_endian;
	uint16_t machine; /* says nothing: 3, 1 and 106 occur for no such CPU */
	uint64_t entry;	  /* an address, not always one within the image */
	uint64_t headers; /* bytes: the ELF header and the program headers */
	unsigned int count;
	unsigned int hash; /* Qualcomm's hash segment, or IMAGE_NO_SEGMENT */
	struct image_segment segments[IMAGE_SEGMENTS_MAX];
};

struct image_place {
	uint64_t base; /* the lowest address, of a segment that is not empty */
	uint64_t size; /* from there to the highest end */
	uint64_t from_file; /* bytes of it, the rest being zeros */
};

/* head: the first bytes of the file, length of them, as many as there are up to
 * IMAGE_HEADERS_MAX. */
struct image_fault image_parse(const uint8_t *head, size_t length,
			       struct image *image);

/* Does each segment's content lie in a file of so many bytes?  Empty ones may
 * be anywhere, and are. */
struct image_fault image_within(const struct image *image, uint64_t file_size);

/* Where it goes.  Two segments of zeros may overlap, and do (wcnss.mbn). */
struct image_fault image_place(const struct image *image,
			       struct image_place *place);

/* Is it to be placed at all? */
bool image_is_loaded(const struct image_segment *segment);

/* "overlaps another ...": what is said of a segment goes behind its number. */
const char *image_wrong_text(enum image_wrong wrong);

#endif

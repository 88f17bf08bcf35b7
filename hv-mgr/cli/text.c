// SPDX-License-Identifier: GPL-2.0-only
#include "cli/text.h"

#include <inttypes.h>
#include <string.h>

#define COLUMNS 78
#define BAR 30

static void wrap_paragraph(FILE *to, int indent, const char *text, size_t end)
{
	int column = 0;

	while (end) {
		size_t blanks = strspn(text, " "), word;

		blanks = blanks < end ? blanks : end;
		text += blanks;
		end -= blanks;
		word = strcspn(text, " ");
		word = word < end ? word : end;
		if (!word)
			break;
		if (column && column + 1 + (int)word > COLUMNS) {
			fputc('\n', to);
			column = 0;
		}
		column += fprintf(to, "%*s%.*s", column ? 1 : indent, "",
				  (int)word, text);
		text += word;
		end -= word;
	}
	fputc('\n', to);
}

void text_wrap(FILE *to, int indent, const char *text)
{
	for (;;) {
		size_t length = strcspn(text, "\n");

		wrap_paragraph(to, indent, text, length);
		if (!text[length])
			return;
		text += length + 1;
	}
}

const char *text_bytes(uint64_t bytes, char buffer[TEXT_BYTES_MAX])
{
	static const char suffixes[] = { 'K', 'M', 'G' };
	unsigned int i = 2;
	uint64_t unit;

	if (bytes < 1024) {
		snprintf(buffer, TEXT_BYTES_MAX, "%" PRIu64, bytes);
		return buffer;
	}
	while (bytes < 1ULL << (10 * (i + 1)))
		i--;
	unit = 1ULL << (10 * (i + 1));
	if (bytes % unit)
		snprintf(buffer, TEXT_BYTES_MAX, "%.1f%c",
			 (double)bytes / (double)unit, suffixes[i]);
	else
		snprintf(buffer, TEXT_BYTES_MAX, "%" PRIu64 "%c", bytes / unit,
			 suffixes[i]);
	return buffer;
}

void text_bar(FILE *to, uint64_t position, uint64_t end)
{
	static const char full[] = "##############################";
	static const char empty[] = "------------------------------";
	char at[TEXT_BYTES_MAX], of[TEXT_BYTES_MAX];
	double part = end ? (double)position / (double)end : 1;
	int done;

	part = part > 1 ? 1 : part;
	done = (int)(part * BAR);
	fprintf(to, "[%.*s%.*s] %3d%%  %s of %s", done, full, BAR - done, empty,
		(int)(part * 100), text_bytes(position, at),
		text_bytes(end, of));
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "carveoutif.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/reply.h"
#include "cli/show.h"
#include "image/evidence.h"
#include "image/stream.h"

struct load {
	struct cli *cli;
	const char *domain, *name, *file, *digest;
	bool seal, regular;
	bool judged; /* by the image's headers: verify=mbn */
	int fd;
	enum image_format format; /* the stanza's, unless one was given */
	bool format_given;
	struct image_stream *image; /* NULL: the file's bytes as they are */
	uint64_t size;	   /* of the image; 0: not known before its end */
	uint64_t room;	   /* of the carveout */
	uint64_t expected; /* of the image; 0: not known */
	uint64_t sent;
	uint8_t *piece; /* CONTROL_DATA_MAX bytes */
};

static int fail_file(struct load *load, enum cli_exit code, int error)
{
	return cli_fail(load->cli, code, error, "%s: %s", load->file,
			strerror(error));
}

static int open_file(struct load *load)
{
	struct stat status;

	load->fd = STDIN_FILENO;
	if (strcmp(load->file, "-"))
		load->fd = open(load->file, O_RDONLY | O_CLOEXEC);
	if (load->fd < 0 || fstat(load->fd, &status))
		return fail_file(load, CLI_USAGE, errno);
	if (S_ISDIR(status.st_mode))
		return fail_file(load, CLI_USAGE, EISDIR);
	load->regular = S_ISREG(status.st_mode) && strcmp(load->file, "-");
	if (S_ISREG(status.st_mode))
		load->size = (uint64_t)status.st_size;
	return 0;
}

/* Of the command line, or of the daemon, which may be a newer one. */
static int set_format(struct load *load, const char *name)
{
	load->format = image_format_find(name);
	if (load->format != IMAGE_FORMATS)
		return 0;
	return cli_fail(load->cli, CLI_USAGE, EINVAL,
			"format %s: a format is auto, raw, elf or mbn", name);
}

/* What the carveout is, and what is expected of its image. */
static int ask(struct load *load)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	struct json_object *c;
	const char *format, *verify;
	int rc = cli_send(load->cli,
			  cli_request("status", load->domain, load->name), NULL,
			  0, &reply);

	c = rc ? NULL : reply_carveout(reply.json, 0);
	if (!c)
		return rc;
	load->room = reply_number(c, "size");
	load->expected = reply_number(c, "expected_size");
	verify = reply_string(c, "verify");
	load->judged = verify && !strcmp(verify, "mbn");
	format = reply_string(c, "format");
	return format && !load->format_given ? set_format(load, format) : 0;
}

/* ---- by an image's headers ---- */

static int refuse_image(struct load *load, struct image_fault fault)
{
	char text[640];

	image_fault_tell(fault, "", 0, SENTENCE(text));
	return cli_fail(load->cli, CLI_NO_SPACE, ENOSPC,
			"%s: %s %s of %" PRIu64 " bytes", load->file, text,
			load->name, load->room);
}

static int begin_image(struct load *load)
{
	struct image_stream *image = malloc(sizeof(*image));
	struct image_fault fault;
	char text[640] = "";
	int rc;

	if (!image)
		return fail_file(load, CLI_NO_SPACE, ENOMEM);
	rc = image_stream_begin(image, load->fd, load->file, load->format,
				SENTENCE(text));
	if (rc <= 0)
		free(image);
	if (rc < 0)
		return cli_fail(load->cli, CLI_IMAGE, -rc, "%s", text);
	if (!rc)
		return 0;
	load->image = image;
	load->size = image->plan.place.size;
	fault = image_plan_fits(&image->file.image, &image->plan, load->room);
	if (fault.wrong)
		return refuse_image(load, fault);
	cli_note(load->cli,
		 "%s: an ELF image of %" PRIu64
		 " bytes in the carveout, entry 0x%" PRIx64,
		 load->file, load->size, image->file.image.entry);
	return 0;
}

static void end_image(struct load *load)
{
	if (load->image)
		image_stream_end(load->image);
	free(load->image);
}

/* Only what can be read in any order can be loaded by its headers. */
static int choose(struct load *load)
{
	if (load->regular && load->format != IMAGE_RAW)
		return begin_image(load);
	if (!image_format_insists(load->format))
		return 0;
	return cli_fail(
		load->cli, CLI_USAGE, EINVAL,
		"%s is no regular file, and %s takes only images that are loaded by their headers (format=%s): give the image's file, or --format raw",
		load->file, load->name, image_format_name(load->format));
}

/* What it is judged by is an image's, and goes with the seal. */
static int check_judged(struct load *load)
{
	if (!load->judged)
		return 0;
	if (!load->image || load->image->file.image.hash == IMAGE_NO_SEGMENT)
		return cli_fail(
			load->cli, CLI_IMAGE, ENOEXEC,
			"%s: %s takes only images that are verified by their headers (verify=mbn), and this is none of Qualcomm's that is loaded by them",
			load->file, load->name);
	if (load->seal)
		return 0;
	return cli_fail(
		load->cli, CLI_USAGE, EINVAL,
		"--no-seal: %s has verify=mbn, and what it is verified by goes with the seal",
		load->name);
}

/* What cannot succeed is better known before 64 MiB were sent. */
static int check_size(struct load *load)
{
	if (!load->size)
		return 0;
	if (load->size > load->room)
		return cli_fail(load->cli, CLI_NO_SPACE, ENOSPC,
				"%s: %" PRIu64
				" bytes do not fit into %s, %" PRIu64 " bytes",
				load->file, load->size, load->name, load->room);
	if (load->seal && load->expected && load->size != load->expected)
		return cli_fail(load->cli, CLI_USAGE, EINVAL,
				"%s: %" PRIu64 " bytes are not the %" PRIu64
				" that %s expects",
				load->file, load->size, load->expected,
				load->name);
	return 0;
}

/* A pipe gives what it has; but only the last piece may be short. */
static ssize_t read_raw(struct load *load)
{
	size_t length = 0;

	while (length < CONTROL_DATA_MAX) {
		ssize_t got = read(load->fd, load->piece + length,
				   CONTROL_DATA_MAX - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (!got)
			break;
		length += (size_t)got;
	}
	return (ssize_t)length;
}

/* A piece's length, or minus an exit code, told. */
static ssize_t read_piece(struct load *load)
{
	char text[640] = "";
	ssize_t length;

	if (!load->image) {
		length = read_raw(load);
		return length < 0 ? -fail_file(load, CLI_FAILED, errno) :
				    length;
	}
	length = image_stream_read(load->image, load->piece, CONTROL_DATA_MAX,
				   SENTENCE(text));
	if (length < 0)
		return -cli_fail(load->cli, CLI_FAILED, (int)-length, "%s",
				 text);
	return length;
}

/* Each bar has a speed of its own. */
static void begin_progress(struct load *load)
{
	progress_end(&load->cli->progress);
	progress_begin(&load->cli->progress, !load->cli->json);
}

static int send_piece(struct load *load, uint32_t length)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	struct json_object *request =
		cli_request("write", load->domain, load->name);
	int rc;

	json_object_object_add(request, "offset",
			       json_object_new_uint64(load->sent));
	rc = cli_send(load->cli, request, load->piece, length, &reply);
	if (rc)
		return rc;
	/* The first may have waited for a scrub, with a bar of its own. */
	if (!load->sent)
		begin_progress(load);
	load->sent += length;
	progress_show(&load->cli->progress, "load", load->sent, load->size);
	return 0;
}

static int send_all(struct load *load)
{
	ssize_t length;
	int rc;

	do {
		length = read_piece(load);
		if (length < 0)
			return (int)-length;
		rc = length ? send_piece(load, (uint32_t)length) : 0;
		if (rc)
			return rc;
	} while (length == CONTROL_DATA_MAX);
	if (load->sent)
		return 0;
	return cli_fail(load->cli, CLI_USAGE, ENODATA,
			"%s: it is empty, there is nothing to load",
			load->file);
}

/* A pipe that broke ends like one that is done. */
static int check_length(struct load *load)
{
	if (!load->expected || load->sent == load->expected)
		return 0;
	return cli_fail(load->cli, CLI_LENGTH, ENODATA,
			"%s: %" PRIu64 " bytes came, and %s expects %" PRIu64
			": it is not sealed, and scrubbed",
			load->file, load->sent, load->name, load->expected);
}

/* What it is judged by, where it is, into `piece`. */
static int make_evidence(struct load *load, uint32_t *length)
{
	char text[640] = "";
	int rc;

	*length = 0;
	if (!load->judged)
		return 0;
	rc = image_evidence_make(&load->image->file, load->piece, length,
				 SENTENCE(text));
	return rc ? cli_fail(load->cli, CLI_FAILED, -rc, "%s", text) : 0;
}

static int seal(struct load *load)
{
	struct json_object *request;
	uint32_t evidence;
	int rc = make_evidence(load, &evidence);

	if (rc)
		return rc;
	request = cli_request("seal", load->domain, load->name);
	json_object_object_add(request, "mine", json_object_new_boolean(true));
	json_object_object_add(request, "length",
			       json_object_new_uint64(load->sent));
	if (load->digest)
		json_object_object_add(request, CARVEOUTIF_DIGEST,
				       json_object_new_string(load->digest));
	begin_progress(load); /* the measuring's */
	return cli_run_with(load->cli, request, load->piece, evidence,
			    show_outcome);
}

/* Without this the daemon takes our leaving for a failure. */
static int keep(struct load *load)
{
	CLEAN_MESSAGE struct control_message reply = { 0 };
	int rc = cli_send(load->cli,
			  cli_request("keep", load->domain, load->name), NULL,
			  0, &reply);

	if (rc)
		return rc;
	cli_note(load->cli, "%" PRIu64 " bytes written, not sealed",
		 load->sent);
	return cli_run(load->cli,
		       cli_request("status", load->domain, load->name),
		       show_outcome);
}

static int load_all(struct load *load)
{
	int rc = ask(load);

	if (!rc)
		rc = choose(load);
	if (!rc)
		rc = check_judged(load);
	if (!rc)
		rc = check_size(load);
	if (!rc)
		rc = send_all(load);
	if (!rc && load->seal)
		rc = check_length(load);
	if (rc)
		return rc;
	return load->seal ? seal(load) : keep(load);
}

static int load_file(struct load *load)
{
	int rc = open_file(load);

	load->piece = rc ? NULL : malloc(CONTROL_DATA_MAX);
	if (!rc && !load->piece)
		rc = fail_file(load, CLI_NO_SPACE, ENOMEM);
	if (!rc)
		rc = load_all(load);
	if (load->piece)
		explicit_bzero(load->piece, CONTROL_DATA_MAX);
	free(load->piece);
	end_image(load);
	if (load->fd > STDIN_FILENO)
		close(load->fd);
	return rc;
}

int cmd_load(struct cli *cli, const struct args *args)
{
	struct load load = {
		.cli = cli,
		.domain = args->at[0],
		.name = args->at[1],
		.file = args->at[2],
		.digest = args->option[LOAD_DIGEST],
		.seal = !args->option[LOAD_NO_SEAL],
		.format_given = args->option[LOAD_FORMAT] != NULL,
		.room = UINT64_MAX,
	};
	int rc = cli_check_digest(cli, load.digest);

	if (!rc && load.format_given)
		rc = set_format(&load, args->option[LOAD_FORMAT]);
	if (rc)
		return rc;
	if (load.digest && !load.seal)
		return cli_fail(
			cli, CLI_USAGE, EINVAL,
			"--" CARVEOUTIF_DIGEST
			" is checked by the seal: give it to hv-mgr seal, not beside --no-seal");
	rc = cli_hide(cli);
	return rc ? rc : load_file(&load);
}

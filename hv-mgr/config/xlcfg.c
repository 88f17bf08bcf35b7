// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only file that knows libxlutil.  It parses the config that xl is going to
 * parse, so that both see the same: comments, continued lists, `+=`, extra
 * lines from the command line.
 */
#include "config/xlcfg.h"

#include <errno.h>
#include <fcntl.h>
#include <libxlutil.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_MAX ((off_t)1 << 20)

/* Where a sentence goes, and what it is about. */
struct report {
	const char *path;
	struct sentence error;
};

__attribute__((format(printf, 3, 4))) static int
fail(const struct report *report, int rc, const char *format, ...)
{
	va_list args;
	int used = snprintf(report->error.text, report->error.size,
			    "%s: ", report->path);

	if (used < 0 || (size_t)used >= report->error.size)
		return rc;
	va_start(args, format);
	vsnprintf(report->error.text + used, report->error.size - (size_t)used,
		  format, args);
	va_end(args);
	return rc;
}

void xlcfg_free(struct xlcfg *config)
{
	for (size_t i = 0; i < config->count; i++)
		free(config->carveouts[i]);
	free(config->carveouts);
	free(config->device_tree);
	free(config->name);
	*config = (struct xlcfg){ 0 };
}

/*
 * xlu_cfg_readfile() is not used: it can end the process, and reports a file
 * that is not there as "Success" (4.17).
 */
static int append_file(int fd, const struct report *report, FILE *to)
{
	char buffer[4096];
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		if (fwrite(buffer, 1, (size_t)got, to) != (size_t)got)
			return fail(report, -ENOMEM, "out of memory");
	if (got < 0)
		return fail(report, -errno, "%s", strerror(errno));
	return 0;
}

/* A pipe could be read once only, and xl has to read it too. */
static int check_file(int fd, const struct report *report)
{
	struct stat status;

	if (fstat(fd, &status))
		return fail(report, -errno, "%s", strerror(errno));
	if (!S_ISREG(status.st_mode))
		return fail(
			report, -EINVAL,
			"not a regular file: xl and hv-mgr both have to read it");
	if (status.st_size > CONFIG_MAX)
		return fail(report, -EFBIG, "too long to be a domain config");
	return 0;
}

static int append_config(const struct report *report, FILE *to)
{
	int fd = open(report->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc;

	if (fd < 0)
		return fail(report, -errno, "%s", strerror(errno));
	rc = check_file(fd, report);
	if (!rc)
		rc = append_file(fd, report, to);
	close(fd);
	return rc;
}

/* The text that xl makes of the file and the extra lines. */
static int whole_text(const struct report *report, const char *const *extra,
		      size_t extra_count, char **text, size_t *length)
{
	FILE *to = open_memstream(text, length);
	int rc;

	if (!to)
		return fail(report, -ENOMEM, "out of memory");
	rc = append_config(report, to);
	for (size_t i = 0; i < extra_count; i++)
		fprintf(to, "\n%s", extra[i]);
	fputc('\n', to);
	if (fclose(to) && !rc)
		rc = fail(report, -ENOMEM, "out of memory");
	/* Nothing that libxlutil is to see. */
	if (!rc && memchr(*text, '\0', *length))
		rc = fail(report, -EINVAL,
			  "not a domain config: there is a NUL in it");
	return rc;
}

static int copy_name(const XLU_Config *parsed, const struct report *report,
		     struct xlcfg *config)
{
	const char *name;

	if (xlu_cfg_get_string(parsed, "name", &name, 1) || !*name)
		return fail(report, -EINVAL,
			    "the domain has no name; write: name = \"...\"");
	config->name = strdup(name);
	return config->name ? 0 : fail(report, -ENOMEM, "out of memory");
}

static int copy_device_tree(const XLU_Config *parsed,
			    const struct report *report, struct xlcfg *config)
{
	const char *path;

	if (xlu_cfg_get_string(parsed, "device_tree", &path, 1))
		return 0;
	config->device_tree = strdup(path);
	return config->device_tree ? 0 : fail(report, -ENOMEM, "out of memory");
}

/* MiB; libxl's own default of memory= is not known here. */
static void copy_memory(const XLU_Config *parsed, struct xlcfg *config)
{
	long memory = 0, most = 0;

	if (xlu_cfg_get_long(parsed, "memory", &memory, 1) || memory < 0)
		memory = 0;
	if (xlu_cfg_get_long(parsed, "maxmem", &most, 1) || most < memory)
		most = memory;
	config->memory = (uint64_t)memory << 20;
	config->most = (uint64_t)most << 20;
}

static int copy_items(XLU_ConfigList *list, int entries,
		      const struct report *report, struct xlcfg *config)
{
	config->carveouts = calloc((size_t)entries, sizeof(char *));
	if (!config->carveouts)
		return fail(report, -ENOMEM, "out of memory");
	for (int i = 0; i < entries; i++) {
		const char *item = xlu_cfg_get_listitem(list, i);

		if (!item)
			return fail(report, -EINVAL,
				    "item %d of carveout is not a string",
				    i + 1);
		config->carveouts[i] = strdup(item);
		if (!config->carveouts[i])
			return fail(report, -ENOMEM, "out of memory");
		config->count++;
	}
	return 0;
}

static int copy_carveouts(const XLU_Config *parsed, const struct report *report,
			  struct xlcfg *config)
{
	XLU_ConfigList *list;
	int entries;
	int rc = xlu_cfg_get_list(parsed, "carveouts", &list, &entries, 1);

	/* xl takes what it does not know without a word. */
	if (rc != ESRCH)
		return fail(report, -EINVAL,
			    "the key is carveout, not carveouts");
	rc = xlu_cfg_get_list(parsed, "carveout", &list, &entries, 1);
	if (rc == ESRCH || (!rc && !entries))
		return 0;
	if (rc)
		return fail(
			report, -EINVAL,
			"carveout must be a list; write: carveout = [ \"name=modem, size=64M\" ]");
	return copy_items(list, entries, report, config);
}

static int parse_text(const char *text, size_t length,
		      const struct report *report, struct xlcfg *config)
{
	char *said = NULL;
	size_t said_length;
	FILE *to = open_memstream(&said, &said_length);
	XLU_Config *parsed = to ? xlu_cfg_init(to, report->path) : NULL;
	int rc = -ENOMEM;

	if (parsed)
		rc = -xlu_cfg_readdata(parsed, text, (int)length);
	if (to)
		fclose(to);
	if (rc && parsed && memchr(text, '\r', length))
		fail(report, rc,
		     "its lines end in CR LF, which xl does not read; without the CRs: sed -i 's/\\r$//' %s",
		     report->path);
	else if (rc && parsed && said && *said)
		/* Its lines begin with the path, and the first one matters. */
		snprintf(report->error.text, report->error.size, "%.*s",
			 (int)strcspn(said, "\n"), said);
	else if (rc)
		fail(report, rc, "%s", strerror(-rc));
	if (!rc)
		rc = copy_name(parsed, report, config);
	if (!rc)
		rc = copy_device_tree(parsed, report, config);
	if (!rc)
		rc = copy_carveouts(parsed, report, config);
	if (!rc)
		copy_memory(parsed, config);
	xlu_cfg_destroy(parsed);
	free(said);
	return rc;
}

int xlcfg_read(const char *path, const char *const *extra, size_t extra_count,
	       struct xlcfg *config, struct sentence error)
{
	struct report report = { path, error };
	char *text = NULL;
	size_t length = 0;
	int rc = whole_text(&report, extra, extra_count, &text, &length);

	*config = (struct xlcfg){ 0 };
	if (!rc)
		rc = parse_text(text, length, &report, config);
	if (rc)
		xlcfg_free(config);
	free(text);
	return rc;
}

/* parse_global_config() in tools/xl/xl.c. */
static enum xlcfg_switch autoballoon_of(const XLU_Config *parsed)
{
	const char *value;

	if (xlu_cfg_get_string(parsed, "autoballoon", &value, 1))
		return XLCFG_AUTO;
	if (!strcmp(value, "on") || !strcmp(value, "1"))
		return XLCFG_ON;
	if (!strcmp(value, "off") || !strcmp(value, "0"))
		return XLCFG_OFF;
	return XLCFG_AUTO;
}

enum xlcfg_switch xlcfg_autoballoon(void)
{
	const char *path = getenv(XLCFG_XL_CONF_VARIABLE);
	char error[512];
	struct report report = { path ? path : "/etc/xen/xl.conf",
				 SENTENCE(error) };
	enum xlcfg_switch autoballoon = XLCFG_AUTO;
	XLU_Config *parsed = xlu_cfg_init(stderr, report.path);
	char *text = NULL;
	size_t length = 0;

	if (!whole_text(&report, NULL, 0, &text, &length) && parsed &&
	    !xlu_cfg_readdata(parsed, text, (int)length))
		autoballoon = autoballoon_of(parsed);
	if (parsed)
		xlu_cfg_destroy(parsed);
	free(text);
	return autoballoon;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Also compiled into the generator of the manual page and the completion, which
 * runs on the machine that builds and has no commands to run
 * (CLI_TABLE_ONLY).
 */
#include "carveoutif.h"
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#ifdef CLI_TABLE_ONLY
#define RUN(function) NULL
#else
#include "cli/cmd.h"
#define RUN(function) function
#endif

const struct command_option global_options[] = {
	[GLOBAL_JSON] = { "json", 0, NULL,
			  "print the daemon's reply as it is, one JSON object, errors too" },
	[GLOBAL_SOCKET] = { "socket", 0, "PATH",
			    "talk to the daemon on PATH, not /run/hv-mgr.sock" },
	[GLOBAL_HELP] = { "help", 'h', NULL,
			  "say what hv-mgr, or the command, does" },
	[GLOBAL_VERSION] = { "version", 'V', NULL,
			     "say which version this is" },
	{ 0 },
};

static const struct command_option create_options[] = {
	[CREATE_PAUSED] = { "paused", 'p', NULL,
			    "leave the guest paused when it is ready" },
	[CREATE_CONSOLE] = { "console", 'c', NULL,
			     "attach to the guest's console when it runs" },
	[CREATE_DRYRUN] = { "dryrun", 'n', NULL,
			    "check the stanzas and the config; create nothing" },
	[CREATE_PASSED] = { "quiet", 'q', NULL, "for xl create" },
	{ "exit", 'e', NULL,
	  "for xl create: do not stay to watch the guest's death" },
	{ "debug", 'd', NULL, "for xl create" },
	{ "vncviewer", 'V', NULL, "for xl create" },
	{ "vncviewer-autopass", 'A', NULL, "for xl create" },
	{ "ignore-global-affinity-masks", 'i', NULL, "for xl create" },
	{ 0 },
};

static const struct command_option status_options[] = {
	[STATUS_WATCH] = { "watch", 'w', NULL,
			   "go on showing it until interrupted" },
	[STATUS_UNTIL] = { "until", 0, "STATE",
			   "watch until all of them are in STATE" },
	{ 0 },
};

static const struct command_option load_options[] = {
	[LOAD_DIGEST] = { CARVEOUTIF_DIGEST, 0, "HEX",
			  "refuse to seal content of any other digest" },
	[LOAD_FORMAT] = { "format", 0, "FORMAT",
			  "auto, raw, elf or mbn, whatever the stanza says" },
	[LOAD_NO_SEAL] = { "no-seal", 0, NULL,
			   "leave it LOADING, for a seal to come" },
	{ 0 },
};

static const struct command_option seal_options[] = {
	[SEAL_DIGEST] = { CARVEOUTIF_DIGEST, 0, "HEX",
			  "refuse to seal content of any other digest" },
	{ 0 },
};

static const struct command_option revoke_options[] = {
	[REVOKE_NOW] = { "now", 0, NULL,
			 "give the guest no time to let go of its windows" },
	{ 0 },
};

static const struct command_option detach_options[] = {
	[DETACH_ALL] = { "all", 0, NULL, "all carveouts of the guest" },
	[DETACH_NOW] = { "now", 0, NULL,
			 "give the guest no time to let go of its windows" },
	{ 0 },
};

static const struct command_option image_options[] = {
	[IMAGE_ROOT] = { "root", 0, "ROOT",
			 "the certificate that signatures have to end in: its file (DER or PEM), or sha256: and the digest of its DER" },
	{ 0 },
};

static const struct command_option log_options[] = {
	[LOG_CHECK] = { "check", 0, NULL,
			"say only whether it is as it was written, and of how many entries that is so" },
	[LOG_HEAD] = { "head", 0, NULL,
		       "print only the last entry's number, a blank, and its hash" },
	[LOG_FILE] = { "file", 0, "FILE", "read this copy of it" },
	{ 0 },
};

static const struct command_option daemon_options[] = {
	[DAEMON_DETACH] = { "detach", 0, NULL,
			    "return when it serves, and leave it running" },
	[DAEMON_JOURNAL] = { "journal", 0, NULL,
			     "log with levels, as systemd reads them" },
	{ 0 },
};

static const struct command_option dt_host_options[] = {
	[DT_HOST_TREE] = { "tree", 0, "FILE",
			   "the device tree that the board's firmware gives to Xen: a .dtb, or a .dts, which dtc compiles" },
	[DT_HOST_SIZE] = { "size", 0, "SIZE",
			   "how much to set aside: bytes or with K, M, G; a multiple of 4K" },
	[DT_HOST_AT] = { "at", 0, "ADDRESS",
			 "where, a multiple of 4K; without it, as high as possible below 4 GiB, or else anywhere, but not at the ends of memory" },
	[DT_HOST_NAME] = { "name", 0, "POOL",
			   "what to call it; without it, pool0, or the first such name that is free" },
	[DT_HOST_AVOID] = { "avoid", 0, "START+SIZE...",
			    "keep clear of that, too; may be given again" },
	[DT_HOST_MERGED] = { "merged", 0, NULL,
			     "write the whole tree with the pool in it, not an overlay" },
	[DT_HOST_OUTPUT] = { "output", 'o', "FILE",
			     "write to FILE; - is standard output, as is none" },
	{ 0 },
};

static const struct command_option dt_guest_options[] = {
	[DT_GUEST_OUTPUT] = { "output", 'o', "FILE",
			      "write to FILE; - is standard output, as is none" },
	{ 0 },
};

static const struct command_option no_options[] = { { 0 } };

const struct command commands[] = {
	{ "create", "CFG [ARG...]", "create a guest with its carveouts",
	  "Does what xl create does, with the carveouts of the config's carveout list in place before the guest's first instruction: creates it paused, attaches them, unpauses it. The stanzas are checked first, and nothing is started if one of them is wrong. If attaching fails, the guest is destroyed again.\n"
	  "A guest of that name that is there already is left alone, and nothing is started. Checked before anything is started are also the carveouts' number, places and sizes, and whether the host has the memory for them beside the guest's: -n, too, if a daemon runs.\n"
	  "Carveouts take memory from the host, not from the guest. xl create lowers dom0's memory, where xl.conf(5)'s autoballoon lets it, by what the guest needs; hv-mgr create lowers it likewise by what its carveouts need (xl mem-set 0). Where autoballoon is off, or Xen has dom0_mem=, the memory must be free.\n"
	  "Each ARG goes to xl create behind CFG: a line KEY=VALUE for the config, or, behind --, one of the options below that are for xl create.\n"
	  "Without a carveout list this is xl create and nothing more.",
	  create_options, RUN(cmd_create) },
	{ "attach", "DOMAIN SPEC...", "give a guest more carveouts",
	  "Each SPEC is a stanza as in the config: name=modem,size=64M. Either all of them are attached or none. See hv-mgr.cfg(5).",
	  no_options, RUN(cmd_attach) },
	{ "detach", "DOMAIN [NAME]", "take carveouts away from a guest",
	  "Withdraws the windows, scrubs and frees the content, sealed content too, and removes the device. The guest has a second to let go of its windows, as when they are revoked. Either NAME, or --all.",
	  detach_options, RUN(cmd_detach) },
	{ "list", "", "list all carveouts", "One line each.", no_options,
	  RUN(cmd_list) },
	{ "status", "[DOMAIN [NAME]]", "tell all about carveouts",
	  "Of one, of a guest's, or of all.\n"
	  "--watch looks four times a second. On a terminal it shows bars that move; elsewhere it prints a line when something changes. --until ends it with exit status 0 when all of them are in STATE (EMPTY, LOADING, SEALED, FAILED, or, where verify= had its say, VERIFIED or REJECTED), with 1 if one becomes FAILED that was not, and with 4 if there is none left. A daemon that is restarted meanwhile is waited for, for 30 seconds.",
	  status_options, RUN(cmd_status) },
	{ "load", "DOMAIN NAME FILE", "load a carveout from dom0 and seal it",
	  "Streams FILE, or standard input for -, into a carveout that is EMPTY, then seals it. One that is being scrubbed is waited for. If that fails half-way, or is interrupted, what was loaded is scrubbed; so it is if the carveout has an expected-size and FILE another one: exit status 9 if only the end of a pipe shows that. A load during which somebody else resets, revokes or detaches the carveout ends with exit status 5.\n"
	  "An image is found by its content: of ELF, each segment goes to its physical address less the lowest one, and what is between them is zeros; everything else, a pipe's bytes too, is loaded as it is. A .mdt that lacks its segments' bytes has them in files beside it: .b00, .b01 and so on. hv-mgr image FILE tells what goes where. With the stanza's format, or --format, raw, ELF, too, is loaded as it is; with elf or mbn (ELF with a hash segment of Qualcomm's) nothing else is loaded, and nothing from a pipe. What cannot be loaded by its headers is refused, with the segment's number, before the first byte is written: exit status 12, or 6 if the carveout is too small.",
	  load_options, RUN(cmd_load) },
	{ "seal", "DOMAIN NAME [LENGTH]", "end the loading of a carveout",
	  "The content becomes final and is measured. LENGTH is in bytes or with K, M or G; without it, all that was written counts, which is not known of what a guest streams while hv-mgr is started again. It must be the expected-size, if the stanza has one: exit status 9 if not. What an hv-mgr load is in the middle of is not sealed by others. Where the stanza has verify=mbn, an image is rejected, and scrubbed: its headers come with the seal of who loads it by them, and this command has none.",
	  seal_options, RUN(cmd_seal) },
	{ "revoke", "DOMAIN NAME", "withdraw a guest's windows",
	  "Ends the load: what was written is scrubbed, the state is FAILED. A guest that goes on touching a window faults. A sealed carveout has no windows, and stays as it is.\n"
	  "It returns when the windows are gone: after the guest's second, or as soon as it has let go of them. Exit status 10: the hypervisor has not taken them all away in another ten seconds. Then it is tried again each second; status shows windows_open until they are gone.",
	  revoke_options, RUN(cmd_revoke) },
	{ "reset", "DOMAIN NAME", "scrub a carveout, in any state",
	  "It is EMPTY when this returns, and may be loaded anew. A guest whose load was under way gets an error at its next step.",
	  no_options, RUN(cmd_reset) },
	{ "dump", "DOMAIN NAME [FILE]", "write out what a carveout holds",
	  "Only of a sealed one. To standard output if no FILE or - is given and that is no terminal. FILE is there when all of it was written, and else is as it was.",
	  no_options, RUN(cmd_dump) },
	{ "pool list", "", "list the host's pools and what is in them",
	  "Of each pool that the host's device tree sets aside: where it lies, how much of it is free, the largest free piece, in how many pieces the free space is, and whether it can be used; a bar that shows it from its first byte to its last, # where carveouts are; and a line for each carveout.",
	  no_options, RUN(cmd_pool_list) },
	{ "dt host", "", "set a pool aside in a host's device tree",
	  "Finds a place for a pool in the memory of a board, clear of all that its device tree reserves or names (devices behind their buses, modules, framebuffers, the initrd, static memory of Xen's domains, UEFI's tables), and writes a device tree overlay that sets it aside: for fdt apply of U-Boot (after fdt resize), or fdtoverlay. With --merged, the whole tree with the pool in it, for a U-Boot without fdt apply and everything else that takes one tree. Needs neither Xen nor root.\n"
	  "The tree is the one that firmware gives to Xen: dom0 sees only what Xen made of it. It is a file beside the board's kernel, or on its boot partition; QEMU writes its own with -machine ...,dumpdtb=FILE.\n"
	  "Not in the tree is where the firmware puts itself, Xen, and the tree: U-Boot and UEFI the top of memory. So without --at the last quarter of a bank is left alone, 128 MiB at least and 512 MiB at most, and the first 128 MiB of the lowest one. What else there is, xl dmesg lists as MODULE[...]; name it with --avoid.",
	  dt_host_options, RUN(cmd_dt_host) },
	{ "dt guest", "CFG", "make a guest's device tree name its carveouts",
	  "Reads the carveout list of a config and writes the partial device tree for the key device_tree of the same config. In the guest each carveout then has a node with its address, as other drivers' memory regions have, whether or not its contents are there yet. A guest gets one such tree: if the config names another one, what makes one of both is said.",
	  dt_guest_options, RUN(cmd_dt_guest) },
	{ "image", "FILE...", "tell what a firmware image is",
	  "Of each FILE: whether it is ELF or raw, how much of a carveout it takes, where its segments go (to their physical addresses less the lowest one), and its entry. Of Qualcomm's (.mbn; .mdt with its parts .b00, .b01 and so on beside it) also whether each segment is what the table of digests says, who signed that table, with which certificates, and the SHA-256 of the last one's DER, which is what a root is told by, as several of them share a name. What a file is, is found by its content. Needs neither Xen nor root.\n"
	  "The verdict is verified if all of it holds; unsigned if the digests do and nobody signed them; plain if it says nothing of itself; bad, with exit status 12, if it is not to be loaded or not what it says. Verified means that the holder of the root's key signed it, and not who that is: most images come with a root that calls itself a test. With --root it has to be that one, and what nobody signed is bad. Certificates count although they have expired: those of genuine images live for two years.\n"
	  "An image is refused, with the segment's number, if a segment lies outside the file, wraps, or overlaps another with bytes of the file. A FILE that cannot be read is told of, and the others are looked at all the same; exit status 1. With --json: images, an array, where such a FILE has errno and error.",
	  image_options, RUN(cmd_image) },
	{ "log", "[DOMAIN [NAME]]",
	  "show what happened to carveouts, chained by hashes",
	  "All that is kept, or what is about one guest (by its domid, its UUID or the name that it had) or carveout, the oldest first: when a carveout was created, opened (a load began), sealed, with the digest, revoked, failed, reset and detached. It is read from its file, as root, and a daemon need not run. See MEASURED LOG.\n"
	  "Exit status 13, in any form, if the log is not as it was written. With --json: ok, error, first and last (numbers), head, and, unless --check or --head is given, entries, an array.",
	  log_options, RUN(cmd_log) },
	{ "info", "", "tell about the daemon and its host",
	  "Its version and process, the Xen it runs on and the one it was built for, whether that scrubs freed pages, free memory in MiB, the hypercalls that the daemon has made by its own count, and where its time went while guests loaded.",
	  no_options, RUN(cmd_info) },
	{ "doctor", "", "check whether this host can run hv-mgr",
	  "Looks at privileges, Xen, xenstore, memory and the daemon, and says for each what was found and what to do. Needs no daemon. Exit status 0 if nothing fails; warnings do not count.",
	  no_options, RUN(cmd_doctor) },
	{ "daemon", "", "be the manager",
	  "Serves the guests and this command until it is told to stop (SIGTERM). Sealed content stays, and so does what a guest is loading: the next daemon goes on with it, and may be a newer one. What 'hv-mgr load' was loading is scrubbed.",
	  daemon_options, RUN(cmd_daemon) },
	{ "help", "[COMMAND...]", "explain hv-mgr, or one command", "",
	  no_options, RUN(cmd_help) },
	{ "version", "", "say which version this is", "", no_options,
	  RUN(cmd_version) },
	{ 0 },
};

const struct command *command_find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static bool is_first_word(const char *name, const char *word)
{
	size_t length = strlen(word);

	return !strncmp(name, word, length) && name[length] == ' ';
}

const struct command *command_match(int count, const char *const *words,
				    int *used)
{
	for (const struct command *c = commands; count > 1 && c->name; c++) {
		if (!is_first_word(c->name, words[0]) ||
		    strcmp(strchr(c->name, ' ') + 1, words[1]))
			continue;
		*used = 2;
		return c;
	}
	*used = 1;
	return count > 0 && !strchr(words[0], ' ') ? command_find(words[0]) :
						     NULL;
}

const char *command_family(const char *word, char family[COMMAND_FAMILY_MAX])
{
	size_t used = 0;

	for (const struct command *c = commands; c->name; c++) {
		if (!is_first_word(c->name, word))
			continue;
		used += (size_t)snprintf(family + used,
					 COMMAND_FAMILY_MAX - used, "%s%s",
					 used ? ", " : "", c->name);
	}
	return used ? family : NULL;
}

void command_arity(const struct command *command, int *least, int *most)
{
	const char *at = command->arguments;

	*least = *most = 0;
	while (*at) {
		size_t word = strcspn(at, " ");

		if (*at != '[')
			(*least)++;
		(*most)++;
		at += word;
		at += strspn(at, " ");
	}
	if (strstr(command->arguments, "..."))
		*most = -1;
}

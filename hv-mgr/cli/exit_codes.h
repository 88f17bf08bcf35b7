/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How hv-mgr exits.  Scripts rely on these numbers: none ever changes its
 * meaning.  Help and the manual page are made from this table.
 */
#ifndef CLI_EXIT_CODES_H
#define CLI_EXIT_CODES_H

#define EXIT_CODES(X)                                                          \
	X(CLI_OK, 0, "done")                                                   \
	X(CLI_FAILED, 1, "it failed, for a reason that none of these names")   \
	X(CLI_USAGE, 2, "a mistake on the command line or in the config")      \
	X(CLI_DAEMON, 3, "no daemon is running, or (daemon) one already is")   \
	X(CLI_NOT_FOUND, 4, "no such domain, or no such carveout")             \
	X(CLI_REFUSED, 5, "refused in the state that the carveout is in")      \
	X(CLI_NO_SPACE, 6, "no memory, or no space left")                      \
	X(CLI_DIGEST, 7, "the content does not have the digest that it must")  \
	X(CLI_NOT_DOM0, 8, "not in a Xen dom0, or without the privileges")     \
	X(CLI_LENGTH, 9, "the content does not have the length that it must")  \
	X(CLI_NOT_GONE, 10, "the guest's windows are not gone yet")            \
	X(CLI_NEVER, 11, "(daemon) it cannot run here, however often started") \
	X(CLI_IMAGE, 12, "the image cannot be loaded, or is not what it says") \
	X(CLI_LOG, 13, "(log) the measured log is not as it was written")

#define EXIT_CODE_NUMBER(name, number, meaning) name = number,
enum cli_exit { EXIT_CODES(EXIT_CODE_NUMBER) };
#undef EXIT_CODE_NUMBER

/* The code for an errno, positive, that a reply or a system call gave. */
enum cli_exit exit_code_of(int error);

#endif

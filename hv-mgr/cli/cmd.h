/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands, one file each.  They return an exit code. */
#ifndef CLI_CMD_H
#define CLI_CMD_H

struct args;
struct cli;

int cmd_create(struct cli *cli, const struct args *args);
int cmd_attach(struct cli *cli, const struct args *args);
int cmd_detach(struct cli *cli, const struct args *args);
int cmd_list(struct cli *cli, const struct args *args);
int cmd_status(struct cli *cli, const struct args *args);
int cmd_load(struct cli *cli, const struct args *args);
int cmd_seal(struct cli *cli, const struct args *args);
int cmd_revoke(struct cli *cli, const struct args *args);
int cmd_reset(struct cli *cli, const struct args *args);
int cmd_dump(struct cli *cli, const struct args *args);
int cmd_pool_list(struct cli *cli, const struct args *args);
int cmd_dt_host(struct cli *cli, const struct args *args);
int cmd_dt_guest(struct cli *cli, const struct args *args);
int cmd_image(struct cli *cli, const struct args *args);
int cmd_log(struct cli *cli, const struct args *args);
int cmd_info(struct cli *cli, const struct args *args);
int cmd_doctor(struct cli *cli, const struct args *args);
int cmd_daemon(struct cli *cli, const struct args *args);
int cmd_help(struct cli *cli, const struct args *args);
int cmd_version(struct cli *cli, const struct args *args);

#endif

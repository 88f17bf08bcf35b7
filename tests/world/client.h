/* SPDX-License-Identifier: GPL-2.0-only */
/* A client of the manager's that stays connected, as the admin's (dom0.h) does
 * not. */
#ifndef TESTS_WORLD_CLIENT_H
#define TESTS_WORLD_CLIENT_H

#include <json-c/json.h>
#include <stdint.h>

/* Its socket, which is to be closed. */
int client_open(void);

/* A request, in JSON, and what goes with it. */
void client_say(int fd, const char *text, const void *data, uint32_t length);

/* The next reply, the caller's, while steps are made; what comes before it of
 * progress is not wanted. */
struct json_object *client_hear_while(void (*step)(void), int fd);
struct json_object *client_hear(int fd);

/* The errno in a reply, which goes. */
int client_error(struct json_object *reply);

/* Say, and hear: the errno that was answered. */
__attribute__((format(printf, 4, 5))) int
client_ask(int fd, const void *data, uint32_t length, const char *format, ...);

#endif

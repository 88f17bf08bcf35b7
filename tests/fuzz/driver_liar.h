/* SPDX-License-Identifier: GPL-2.0-only */
/* A back end that may do anything: the shared page, its nodes, its grants. */
#ifndef DRIVER_LIAR_H
#define DRIVER_LIAR_H

#include <stdbool.h>

void liar_begin(void);

/* As a manager would answer the request of this index; `lie` spoils an octet. */
void answer(unsigned int index, int status, bool lie);

/* Acts; the details of one are the octets that follow in the script. */
void answer_one(void);
void write_event(void);
void move_index(void);
void write_anything(void);
void scribble_soon(void);
void use_grants(void);
void rewrite_node(void);

#endif

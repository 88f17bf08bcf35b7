/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads of the guest that use the carveout: windows, a stream, its controls. */
#ifndef DRIVER_USERS_H
#define DRIVER_USERS_H

void users_begin(void);
/* Each lets go of what it has. */
void users_end(void);

/* Acts; the details of one are the octets that follow in the script. */
void open_window(void);
void close_window(void);
void control(void);
void enter(void);
void touch(void);
void leave_one(void);
void leave_all(void);
void stream_begins(void);
void stream_writes(void);
void stream_ends(void);

#endif

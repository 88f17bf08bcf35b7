/* SPDX-License-Identifier: GPL-2.0-only */
/* What a manager does first: find what an earlier one left. */
#ifndef DAEMON_RECOVER_H
#define DAEMON_RECOVER_H

struct manager;

/*
 * Take up recorded carveouts whose guests live: the hypervisor's truth first,
 * the record second.  Loads of a guest's go on, windows without an owner are
 * withdrawn, sealed content is kept.  Whatever belongs to guests that are gone,
 * and vaults that nobody owns, is destroyed.
 */
void recover(struct manager *manager);

/* Undo a pause of an earlier manager's, if that may be done now. */
struct tenant;
void recover_pause(struct tenant *tenant);

#endif

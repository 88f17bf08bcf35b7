/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes wrong: the n-th hypercall or request to xenstored that the manager
 * makes from now on, and perhaps all after it for a while.
 */
#ifndef TESTS_WORLD_FAULTS_H
#define TESTS_WORLD_FAULTS_H

#include <stdbool.h>

#include "hv/hv_model.h"
#include "xenstored.h"

enum fault_of {
	FAULT_OF_HYPERCALL,
	FAULT_OF_STORE,	 /* FAIL and AFTER only: xenstored is trusted */
	FAULT_OF_COMMIT, /* a transaction loses a race: -EAGAIN */
	FAULT_OF_MEMORY, /* an allocation of the daemon's or a backing's own */
};

/* Errnos of one call that are tried, at most. */
#define FAULT_ERRORS 4

struct fault {
	enum fault_of of;
	enum hv_model_fault_kind kind;
	unsigned int error; /* which of those that the call may have */
	bool lasting;	    /* all after it too, for FAULT_WHILE_MS */
};

/* Longer than a front end's grace, and than the manager waits to try again. */
#define FAULT_WHILE_MS 1500

/* At the at-th call that this can happen to, where it makes a difference. */
void faults_plan(const struct fault *fault, unsigned int at);

/* It has begun. */
bool faults_struck(void);
/* It has begun, and is not over. */
bool faults_last(void);
void faults_end(void);

/* The host's clock was turned. */
void faults_tick(void);

/* ---- for the host: before each call of the manager's ---- */

void faults_hypercall(enum hv_model_call call);

/* A xenstore_fault. */
int faults_request(enum xenstore_moment moment);

#endif

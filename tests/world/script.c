// SPDX-License-Identifier: GPL-2.0-only
#include "script.h"

#include "cmocka_all.h"

bool script_answered(void)
{
	return dom0_answered();
}

bool script_connected(void)
{
	return host.front.link == FRONT_CONNECTED;
}

bool script_sealed(void)
{
	return host.front.load == FRONT_SEALED;
}

bool script_holds(void)
{
	for (int i = 0; i < FRONT_SLOTS; i++)
		if (host.front.slots[i].filled &&
		    host.front.slots[i].piece >= host.front.hold)
			return true;
	return false;
}

void script_attach_quietly(void)
{
	assert_true(host_start());
	assert_int_equal(script_attach(), 0);
	host_until(script_connected);
}

void script_start(unsigned int kind)
{
	host_boot(host_kind(kind));
	script_attach_quietly();
}

int script_attach(void)
{
	dom0_ask(
		"{\"command\":\"attach\",\"domain\":\"%u\",\"specs\":[\"%s\"]}",
		host.guest, host.kind->stanza);
	host_until(script_answered);
	return host.dom0.error;
}

static void ask(const char *command, bool now)
{
	dom0_ask(
		"{\"command\":\"%s\",\"domain\":\"%u\",\"name\":\"modem\",\"now\":%s}",
		command, host.guest, now ? "true" : "false");
}

int script_ask(const char *command)
{
	ask(command, false);
	host_until(script_answered);
	return host.dom0.error;
}

void script_revoke(bool at_once)
{
	ask("revoke", at_once);
	host_until(script_answered);
	assert_int_equal(host.dom0.error, 0);
}

void script_load(uint8_t seed)
{
	front_begin(seed, SCRIPT_LENGTH);
	host_until(script_sealed);
	host_check_sealed(seed, SCRIPT_LENGTH);
}

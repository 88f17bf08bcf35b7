/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0: the commands of hv-mgr, and xl destroy. */

proctype dom0()
{
end:
	do
	:: atomic {
		orders < ORDERS && !order && !gone ->
		orders++;
		if
		:: order = REVOKE
		:: order = REVOKE_NOW
		:: order = RESET; was_reset = 1
		:: order = SEAL
		:: hv_destroy()
		fi
	}
	:: gone -> break
	od
}

# SPDX-License-Identifier: GPL-2.0-only
"""The lab: real Xen, dom0 and guests under QEMU's software emulation, on any Linux machine."""

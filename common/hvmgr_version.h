/* SPDX-License-Identifier: GPL-2.0-only */
/* The one place: CMakeLists.txt reads it, too. */
#ifndef COMMON_HVMGR_VERSION_H
#define COMMON_HVMGR_VERSION_H

#define HV_MGR_VERSION "0.1.0"

#endif

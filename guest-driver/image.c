// SPDX-License-Identifier: GPL-2.0-only
/* The manager's reading of firmware images: an object of this directory, as kbuild likes. */
#include "../common/image.c"
#include "../common/image_format.c"
#include "../common/image_plan.c"
#include "../common/image_split.c"

# SPDX-License-Identifier: GPL-2.0-only
# Toolchain for a lab cell: cross compiler and sysroot. `tools/lab configure --cell CELL DIR` passes
# the LAB_* variables; by hand: cmake -DCMAKE_TOOLCHAIN_FILE=tools/cmake/cross.cmake
#   -DLAB_SYSROOT=$(tools/lab sysroot) -DLAB_PROCESSOR=aarch64
#   -DLAB_TRIPLET=aarch64-linux-gnu -DLAB_CROSS_PREFIX=aarch64-linux-gnu-

foreach(variable LAB_SYSROOT LAB_PROCESSOR LAB_TRIPLET)
  if(NOT ${variable})
    message(FATAL_ERROR "${variable} is not set; use `tools/lab configure`")
  endif()
endforeach()

# CMake reads this file again for every try_compile, without the cache: these must travel along.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES LAB_SYSROOT LAB_PROCESSOR LAB_TRIPLET LAB_CROSS_PREFIX)

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${LAB_PROCESSOR})
set(CMAKE_C_COMPILER ${LAB_CROSS_PREFIX}gcc)
set(CMAKE_LIBRARY_ARCHITECTURE ${LAB_TRIPLET})
set(CMAKE_SYSROOT ${LAB_SYSROOT})
set(CMAKE_FIND_ROOT_PATH ${LAB_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# The sysroot's headers and none else: a cross compiler has some of its own libc's, which it would take first, and
# a newer libc's name functions (__isoc23_strtoul) that the sysroot's does not have. The compiler's own stay.
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=include
                OUTPUT_VARIABLE own_headers OUTPUT_STRIP_TRAILING_WHITESPACE)
string(JOIN " " CMAKE_C_FLAGS_INIT -nostdinc -isystem ${own_headers}
       -isystem ${LAB_SYSROOT}/usr/include/${LAB_TRIPLET} -isystem ${LAB_SYSROOT}/usr/include)

# The sysroot's libc, and what starts a program, before those of the machine that builds: a compiler of
# the same architecture would take its own. A library's own dependencies (libxenctrl's libxencall, say)
# are found in the sysroot; symbols that only a newer libc than the cross linker's defines are not this
# link's business.
foreach(kind EXE SHARED)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT
      "-B${LAB_SYSROOT}/usr/lib/${LAB_TRIPLET}"
      "-Wl,-rpath-link,${LAB_SYSROOT}/usr/lib/${LAB_TRIPLET}" "-Wl,--allow-shlib-undefined")
  list(JOIN CMAKE_${kind}_LINKER_FLAGS_INIT " " CMAKE_${kind}_LINKER_FLAGS_INIT)
endforeach()

# pkg-config looks into the sysroot and nowhere else.
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${LAB_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
    ${LAB_SYSROOT}/usr/lib/${LAB_TRIPLET}/pkgconfig:${LAB_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_PATH} "")

# What tools/check, tools/demo and tools/bench share: building what the lab boots. Sourced.

ROOT=${ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
HOST_TOOLS=$ROOT/build/host-tools
MODULES='guest-driver tests/guest/api-test tests/guest/peers tests/guest/hostile tests/guest/rogue tests/guest/squatter'
# What is installed in dom0: the tests of the build host are as many files again.
PROGRAMS='hv-mgr hv-mgr-judge generated hv_suite_xen dirty-heap evil-backend hold-grant sha256-pace sandbox_test'
export ROOT

# use_cell CELL: what follows is about that one.
use_cell() {
    CELL=$1 BUILD=$ROOT/build/$1
    export CELL BUILD
}

# The name before a tool's that makes it one for the cell's architecture.
cross_prefix() { "$ROOT/tools/lab" get --cell "$CELL" target.cross_prefix; }

# Say what comes, so that somebody who waits knows for what.
step() { printf '\n==> %s\n' "$*"; }

# build_cell: hv-mgr for the cell's dom0 into $BUILD/dom0, the module and the probes for its guests
# into $BUILD/guest: both are overlays for tools/lab.
build_cell() {
    mkdir -p "$BUILD"
    prefix=$(cross_prefix) || return 1
    build_host_tools || return 1
    step "building hv-mgr for $CELL"
    "$ROOT/tools/lab" configure --cell "$CELL" "$BUILD/tree" -- -DCMAKE_INSTALL_PREFIX=/usr \
        -DHVMGR_CRASH_POINTS=ON > "$BUILD-configure.log" ||
        { cat "$BUILD-configure.log"; return 1; }
    # shellcheck disable=SC2086  # a list of words
    cmake --build "$BUILD/tree" --target $PROGRAMS -- --quiet &&
        install_cell > "$BUILD-install.log" || return 1
    step "building the guest driver for $CELL"
    for module in $MODULES; do
        build_module "$ROOT/tools/lab" "$ROOT/$module" "$BUILD/guest/lab" || return 1
    done
    build_probes
}

# build_module LAB SOURCE DIRECTORY: by that tools/lab, without what debuggers want: a small guest's initramfs has no room
# for it.
build_module() {
    mkdir -p "$3"
    built=$("$1" module --cell "$CELL" ${SPARSE:+--sparse} "$2") || return 1
    for object in $built; do
        "${prefix}strip" --strip-debug -o "$3/$(basename "$object")" "$object" || return 1
    done
}

# build_host_tools: hv-mgr for this machine, into build/host-tools: it makes device trees for the lab.
build_host_tools() {
    step "building hv-mgr for this machine"
    mkdir -p "$ROOT/build"
    {
        flock 9                   # cells may be built beside each other
        cmake -S "$ROOT" -B "$HOST_TOOLS" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
            > "$HOST_TOOLS-configure.log" 2>&1 || { cat "$HOST_TOOLS-configure.log"; return 1; }
        cmake --build "$HOST_TOOLS" --target hv-mgr -- --quiet
    } 9> "$HOST_TOOLS.lock"
}

# The programs for people, and those that only tests run.
install_cell() {
    rm -rf "$BUILD/dom0"
    DESTDIR=$BUILD/dom0 cmake --install "$BUILD/tree" &&
        DESTDIR=$BUILD/dom0 cmake --install "$BUILD/tree" --component tests
}

# Static programs that run in guests, and one in dom0. A small guest's initramfs has no room for those of programs/:
# they are dom0's, which gives them to the guests that want them (guest_with).
build_probes() {
    mkdir -p "$BUILD/dom0/lab/guest"
    for source in "$ROOT"/tests/guest/*.c "$ROOT"/tests/guest/programs/*.c; do
        grep -q 'int main(' "$source" || continue
        case $source in
        */programs/*) directory=$BUILD/dom0/lab/guest ;;
        *) directory=$BUILD/guest/lab ;;
        esac
        "${prefix}gcc" -std=gnu11 -O2 -Wall -Wextra -Werror -static -s \
            -o "$directory/$(basename "$source" .c)" "$source" || return 1
    done
    "$ROOT/tests/lab/make_images.py" "$BUILD/dom0/lab/images" || return 1
    # dom0 looks at the pool's memory with it
    cp "$BUILD/guest/lab/probe" "$BUILD/dom0/lab/"
}

# lab_run ARGUMENT...: tools/lab run with the overlays.
lab_run() {
    "$ROOT/tools/lab" run --cell "$CELL" --overlay "$BUILD/dom0" --guest-overlay "$BUILD/guest" "$@"
}

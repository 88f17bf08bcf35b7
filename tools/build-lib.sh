# What tools/check, tools/demo and tools/bench share: building what the lab boots. Sourced.

ROOT=${ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
CELL=${CELL:-arm64-4.17}
BUILD=$ROOT/build/$CELL
MODULES='guest-driver tests/guest/api-test tests/guest/hostile'
export ROOT CELL BUILD

# Say what comes, so that somebody who waits knows for what.
step() { printf '\n==> %s\n' "$*"; }

# build_cell: hv-mgr for the cell's dom0 into $BUILD/dom0, the module and the probes for its guests
# into $BUILD/guest: both are overlays for tools/lab.
build_cell() {
    mkdir -p "$BUILD"
    step "building hv-mgr for $CELL"
    "$ROOT/tools/lab" configure --cell "$CELL" "$BUILD/tree" -- -DCMAKE_INSTALL_PREFIX=/usr > "$BUILD-configure.log" ||
        { cat "$BUILD-configure.log"; return 1; }
    cmake --build "$BUILD/tree" -- --quiet &&
        install_cell > "$BUILD-install.log" || return 1
    step "building the guest driver for $CELL"
    mkdir -p "$BUILD/guest/lab"
    for module in $MODULES; do
        built=$("$ROOT/tools/lab" module --cell "$CELL" ${SPARSE:+--sparse} "$ROOT/$module") || return 1
        cp $built "$BUILD/guest/lab/"
    done
    build_probes
}

# The programs for people, and those that only tests run.
install_cell() {
    rm -rf "$BUILD/dom0"
    DESTDIR=$BUILD/dom0 cmake --install "$BUILD/tree" &&
        DESTDIR=$BUILD/dom0 cmake --install "$BUILD/tree" --component tests
}

# Static programs that run in guests.
build_probes() {
    for source in "$ROOT"/tests/guest/*.c; do
        grep -q 'int main(' "$source" || continue
        ${CROSS_PREFIX-aarch64-linux-gnu-}gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static \
            -o "$BUILD/guest/lab/$(basename "$source" .c)" "$source" || return 1
    done
}

# lab_run ARGUMENT...: tools/lab run with the overlays.
lab_run() {
    "$ROOT/tools/lab" run --cell "$CELL" --overlay "$BUILD/dom0" --guest-overlay "$BUILD/guest" "$@"
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The manual page and the completion that are made from the table of commands.
#
# usage: test_generate.sh GENERATE HV-MGR SOURCE-DIRECTORY
set -eu
generate=$1 hv_mgr=$2 source=$3
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

fail()
{
	echo "FAIL: $*" >&2
	exit 1
}

"$generate" "$source/man/hv-mgr.8.in" >"$out/hv-mgr.8"
"$generate" "$source/man/hv-mgr.cfg.5.in" >"$out/hv-mgr.cfg.5"
"$generate" "$source/completion/hv-mgr.bash.in" >"$out/hv-mgr.bash"
if "$generate" /nowhere 2>/dev/null; then
	fail "a template that is not there goes unnoticed"
fi

if grep -E '@[A-Z_]+@' "$out"/*; then
	fail "a part of a template was not made"
fi

# limit NAME: one of stanzas, as a number
limit()
{
	echo "@$1@" >"$out/limit.in"
	"$generate" "$out/limit.in" | numfmt --from=iec
}

# The binding is a file that others check trees by: it says the limits again.
yaml=$source/dts/bindings/hv-mgr,carveout.yaml
grep -q "maximum: $(printf '0x%x' "$(limit WINDOW_MAX)")\$" "$yaml" ||
	fail "the binding has another largest window"
for yaml in "$source"/dts/bindings/hv-mgr,carveout.yaml "$source"/dts/bindings/hv-mgr,carveout-pool.yaml; do
	grep -qF "[a-z0-9][a-z0-9_-]{0,$(($(limit NAME_MAX) - 1))}\$" "$yaml" ||
		fail "$yaml has another longest name"
done
# Every key that hv-mgr knows has its paragraph.
"$hv_mgr" attach nobody key=x 2>&1 | sed -n 's/.*the keys are//p' | tr ', ' '\n\n' | sed '/^$/d' >"$out/keys"
[ -s "$out/keys" ] || fail "hv-mgr does not name its keys"
while read -r key; do
	tr -d '\\' <"$out/hv-mgr.cfg.5" | grep -Eq "^\.B[IR] $key= " ||
		fail "the manual page has no key $key"
done <"$out/keys"
# A command has one word or two; behind it are capitals, brackets, or more than one blank.
"$hv_mgr" --help | sed -n '/^commands:/,/^$/p' |
	sed -nE 's/^  ([a-z]+( [a-z]+)?)( +[A-Z[].*|  .*)/\1/p' >"$out/names"
[ -s "$out/names" ] || fail "help lists no commands"
grep -q '^pool list$' "$out/names" || fail "help lists no command of two words"
while read -r name; do
	grep -q "^\\\\fB$name\\\\fR" "$out/hv-mgr.8" ||
		fail "the manual page has no $name"
	grep -q "^	\"$name\") echo" "$out/hv-mgr.bash" ||
		fail "the completion has no $name"
done <"$out/names"

# complete WORD...: what could stand for the last one
complete()
{
	bash -c '
		complete() { :; }
		. "$1"; shift
		COMP_WORDS=(hv-mgr "$@") COMP_CWORD=$#
		_hv_mgr 2>/dev/null
		echo "${COMPREPLY[@]}"' complete "$out/hv-mgr.bash" "$@"
}

# expect WORDS WORD...: those could stand for the last one
expect()
{
	wanted=$1
	shift
	[ "$(complete "$@")" = "$wanted" ] ||
		fail "completion of \"$*\": \"$(complete "$@")\", not \"$wanted\""
}

expect "pool" po
expect "list" pool ""
expect "host guest" dt ""
expect "--merged" dt host --m
expect "host guest" help dt ""
expect "status" help sta

# A guest's name is somebody's else: played by an xl, nothing of it may run.
mkdir "$out/bin"
printf '#!/bin/sh\ncat <<"END"\nName ID\nDomain-0 0\ng$(touch${IFS}%s) 7\ng`touch${IFS}%s` 8\nguest 9\nEND\n' \
	"$out/ran" "$out/ran" >"$out/bin/xl"
chmod +x "$out/bin/xl"
names=$(PATH=$out/bin:$PATH complete attach g)
[ ! -e "$out/ran" ] || fail "completion runs what is in a domain's name"
case $names in
*touch*guest*) ;;
*) fail "completion of a domain: \"$names\"" ;;
esac
[ "$(PATH=$out/bin:$PATH complete attach gue)" = guest ] ||
	fail "completion takes other domains than those that begin so"

bash -n "$out/hv-mgr.bash" || fail "bash cannot read the completion"
if command -v groff >/dev/null; then
	for page in "$out/hv-mgr.8" "$out/hv-mgr.cfg.5"; do
		[ -z "$(groff -man -ww -Tutf8 -z "$page" 2>&1)" ] ||
			fail "groff complains about $page"
	done
fi

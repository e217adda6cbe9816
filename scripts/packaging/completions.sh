#!/usr/bin/env bash
# scripts/packaging/completions.sh PROGRAM: the completions in the shells that are installed, and the manual page in man's own reader.
set -euo pipefail
program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*" && exit 1; }

"$program" manual bash >"$work/bash"
# completed WORD…: what bash offers for the last of them.
completed() {
  bash --norc -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _shapedbg; printf "%s\n" "${COMPREPLY[@]}"' \
    - "$work/bash" "$@"
}
# offers ANSWER WORD…: whether it is among them.
offers() {
  local answer=$1 all
  shift
  all=$(completed "$@")
  grep -qxe "$answer" <<<"$all"
}
cd "$work"
touch model.json
[ "$(completed shapedbg check --format js)" = $'json\njsonl' ] || fail "bash: --format"
[ "$(completed shapedbg --format = ju)" = junit ] || fail "bash: --format= without a command"
offers --unsafe shapedbg fix --u || fail "bash: options of fix"
if offers --baseline shapedbg fix --ba; then fail "bash: an option of another command"; fi
offers sizes shapedbg s || fail "bash: commands"
offers model.json shapedbg check mod || fail "bash: files"
offers R301 shapedbg explain R3 || fail "bash: words of explain"
if offers manual shapedbg m; then fail "bash: a hidden command"; fi

if command -v zsh >/dev/null; then
  "$program" manual zsh >"$work/_shapedbg"
  zsh -n "$work/_shapedbg" || fail "zsh cannot read its completion"
else
  echo "zsh: skipped"
fi
if command -v fish >/dev/null; then
  "$program" manual fish >"$work/fish"
  offered=$(HOME=$work fish --no-config -c "source $work/fish; complete -C 'shapedbg check --format js'" | cut -f 1)
  [ "$offered" = $'json\njsonl' ] || fail "fish: --format gives $offered"
  offered=$(HOME=$work fish --no-config -c "source $work/fish; complete -C 'shapedbg si'")
  grep -q '^sizes' <<<"$offered" || fail "fish: commands"
else
  echo "fish: skipped"
fi

"$program" manual man >"$work/shapedbg.1"
if command -v groff >/dev/null; then
  said=$(groff -man -Tutf8 -ww "$work/shapedbg.1" 2>&1 >"$work/page")
  [ -z "$said" ] || fail "man: $said"
  # Every option that --help shows.
  sed 's/\x1b\[[0-9;]*m//g; s/.\x08//g; s/‐/-/g; s/−/-/g' "$work/page" >"$work/plain"
  for command in check fix sizes mirror export import; do
    for option in $("$program" "$command" --help | grep -oE -- ' --[a-z-]+|,--[a-z-]+' | tr -d ' ,' | sort -u); do
      grep -qe "$option" "$work/plain" || fail "man: $option of $command is missing"
    done
  done
fi

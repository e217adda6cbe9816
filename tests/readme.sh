#!/usr/bin/env bash
# tests/readme.sh PROGRAM [--update]: the README's examples are what the files hold and the program prints.
# --update rewrites them.
set -euo pipefail
program=$1
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

fenced() { printf '```%s\n' "$1"; cat; printf '```\n'; }
print_example() { { printf '$ scripts/run\n'; "$program" configs/seed.json || true; } | fenced '' | sed 's/ *$//'; }
# The repeated half of a network, and what it comes to.
print_blocks() {
  sed -n -e '/^    "up": \[/,/^    \]/p' -e '/^  "decoder"/,/^  \],/p' configs/unet_padded.json | fenced json
  { printf '$ scripts/run sizes configs/unet_padded.json\n'; "$program" sizes configs/unet_padded.json | sed -n '1,/^  right/p'; printf '  ...\n'; } | fenced '' | sed 's/ *$//'
}
shown() { sed -n "/^<!-- $1: begin -->\$/,/^<!-- $1: end -->\$/p" README.md | sed '1d;$d'; }
# The README was written with one LibTorch; the tests may run on another.
any_version() { sed 's/LibTorch [0-9.]*/LibTorch VERSION/'; }

block=$(mktemp)
trap 'rm -f "$block"' EXIT
for name in example blocks; do
  "print_$name" >"$block"
  if [ "${2:-}" = --update ]; then
    sed -i -e "/^<!-- $name: begin -->\$/r $block" -e "/^<!-- $name: begin -->\$/,/^<!-- $name: end -->\$/{/^<!-- $name/!d}" README.md
  fi
  [ -n "$(shown $name)" ] || { echo "README.md has no $name between its two marks"; exit 1; }
  diff <(shown $name | any_version) <(any_version <"$block") ||
    { echo "README.md shows something else than there is: tests/readme.sh PROGRAM --update rewrites it"; exit 1; }
done

# The pictures are what the program draws, by formula.
for name in seed unet_padded; do
  picture=docs/images/$name.svg
  "$program" check "configs/$name.json" --device off --format svg >"$block" || [ $? = 1 ]
  if [ "${2:-}" = --update ]; then cp "$block" "$picture"; fi
  cmp "$picture" "$block" || { echo "$picture is not what is drawn: tests/readme.sh PROGRAM --update rewrites it"; exit 1; }
done

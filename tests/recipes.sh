#!/usr/bin/env bash
# tests/recipes.sh PROGRAM: every recipe of docs/recipes.md prints what stands below it. Those with jq are skipped, and
# named, where there is none.
set -euo pipefail
program=$(realpath -- "$1")
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$root/configs" "$work/configs"
mkdir "$work/bin"
ln -s "$program" "$work/bin/shapedbg"
PATH=$work/bin:$PATH
cd -- "$work"
shapedbg check --device off configs --format json >report.json || [ $? = 1 ]

have_jq=yes
command -v jq >/dev/null || have_jq=
count=0 failed=0 title='' kind='' block='' recipe=''
while IFS= read -r line; do
  case $kind$line in
    '## '*) title=${line#\#\# } ;;
    '```sh') kind=sh block='' ;;
    '```text') kind=text block='' ;;
    'sh```') kind='' recipe=$block ;;
    'text```')
      kind=''
      count=$((count + 1))
      case $recipe in *jq*) if [ -z "$have_jq" ]; then
        echo "skipped, no jq: $title"
        continue
      fi ;; esac
      printf '%s' "$recipe" >recipe.sh
      if ! printf '%s' "$block" | diff - <(bash recipe.sh 2>&1); then
        echo "docs/recipes.md, $title: prints something else"
        failed=1
      fi
      ;;
    *) block+=$line$'\n' ;;
  esac
done <"$root/docs/recipes.md"
[ "$count" -ge 10 ] || { echo "only $count recipes were found"; exit 1; }
exit "$failed"

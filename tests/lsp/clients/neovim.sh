#!/bin/sh
# neovim.lua in a neovim without settings. Leaves with 77, which ctest knows as skipped, where there is none.
command -v nvim >/dev/null || { echo "skipped: nvim is not installed"; exit 77; }
HOME=$(mktemp -d) || exit 1
export HOME XDG_CONFIG_HOME="$HOME" XDG_DATA_HOME="$HOME" XDG_STATE_HOME="$HOME" XDG_CACHE_HOME="$HOME"
trap 'rm -rf "$HOME"' EXIT
timeout 120 nvim --headless --clean -c "luafile $(dirname "$0")/neovim.lua" 2>&1

#!/bin/sh
#===- write-docs.sh - Writes the pages that are generated ------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
#   write-docs.sh MLIR_TBLGEN MLIR_INCLUDE_FOLDER TENON OUTPUT_FOLDER
#
# One page for each dialect, one for the passes, and one each for the options of
# tenon and of the files that it makes. They are made from the definitions that
# the programs are made from. `ninja tenon-docs` writes docs/generated; a test
# fails when that is stale.
#
#===------------------------------------------------------------------------===#
set -eu
tblgen=$1 mlir=$2 tenon=$3 output=$4
tree=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for dialect in transformer task; do
  case $dialect in
  transformer) td=dialects/Transformer/TransformerOps.td ;;
  task) td=dialects/Task/TaskOps.td ;;
  esac
  "$tblgen" -gen-dialect-doc "-dialect=$dialect" "-I$tree" "-I$mlir" "$tree/$td" \
    -o "$output/$dialect-ops.md"
done

passes() { # heading, folder
  echo "## $1"
  echo
  "$tblgen" -gen-pass-doc "-I$tree" "-I$mlir" "$tree/$2/Passes.td" | sed '/^<!--.*-->$/d'
}
{
  echo "<!-- Written by tools/write-docs.sh; do not edit -->"
  echo
  echo "# Passes"
  echo
  passes "Transformer and task stage" passes
  passes "Kernels for CPUs" codegen/Cpu
  passes "The reference path" codegen/Reference
} > "$output/passes.md"

help() { # program, commands
  program=$1
  shift
  for command in "" "$@"; do
    echo
    echo "## \`$(basename "$program")${command:+ $command}\`"
    echo
    echo '```'
    "$program" ${command:+"$command"} --help | sed 's/ *$//'
    echo '```'
  done
}
{
  echo "<!-- Written by tools/write-docs.sh; do not edit -->"
  echo
  echo "# Options of tenon"
  help "$tenon" compile check inspect run
} > "$output/tenon-options.md"

"$tenon" compile "$tree/test/models/suanpan" --target=x86-64-v3 --no-verify -o "$work/suanpan" 2>"$work/log" ||
  { cat "$work/log" >&2; exit 1; }
{
  echo "<!-- Written by tools/write-docs.sh; do not edit -->"
  echo
  echo "# Options of a produced file"
  echo
  echo "The same for every model; \`FILE --manual\` is a page for \`man -l\`."
  help "$work/suanpan" chat score bench logits tokenize info verify
} > "$output/file-options.md"

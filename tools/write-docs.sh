#!/bin/sh
#===- write-docs.sh - Writes the pages that are generated ------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
#
#   write-docs.sh MLIR_TBLGEN MLIR_INCLUDE_FOLDER TENON TENON_OPT OUTPUT_FOLDER
#
# One page for each dialect, one for the passes, and one each for the options of
# tenon and of the files that it makes. They are made from the definitions that
# the programs are made from. `ninja tenon-docs` writes docs/generated; a test
# fails when that is stale.
#
#===------------------------------------------------------------------------===#
set -eu
tblgen=$1 mlir=$2 tenon=$3 opt=$4 output=$5
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

# Each pass to a file of its name.
mkdir "$work/passes"
for folder in passes codegen/Cpu codegen/Reference; do
  "$tblgen" -gen-pass-doc "-I$tree" "-I$mlir" "$tree/$folder/Passes.td" |
    awk -v folder="$work/passes" '
      /^<!--.*-->$/ { next }
      /^### `-/ { name = substr($2, 3, length($2) - 3) }
      name { print > (folder "/" name) }'
done
pages() { # the passes of these names that are ours
  for name in "$@"; do
    if [ -e "$work/passes/$name" ]; then
      cat "$work/passes/$name"
      echo
      rm "$work/passes/$name"
    fi
  done
}
stage() { # name
  # The pipeline is printed before it is run, in vain: the module is empty.
  echo "module {}" | "$opt" "--tenon-$1-stage" --dump-pass-pipeline > /dev/null 2> "$work/pipeline" || :
  names=$(sed -n 's/^ *\([a-z][a-z0-9-]*\)\({.*}\)\{0,1\},\{0,1\}$/\1/p' "$work/pipeline")
  [ -n "$names" ]
  echo "## Stage \`$1\`"
  echo
  echo "It runs, in this order:"
  printf '%s\n' $names | sed 's/.*/`&`/; $!s/$/,/; $s/$/./' | paste -sd' ' | fold -s -w 110 | sed 's/ *$//'
  echo
  pages $names
}
{
  echo "<!-- Written by tools/write-docs.sh; do not edit -->"
  echo
  echo "# Passes"
  echo
  echo "By stage, each in the order in which its passes run. A pass that is not described here is MLIR's."
  echo "In examples \`...\` is what is left out, and *tidied* is what \`canonicalize\` and \`cse\` leave."
  echo
  stage transformer
  stage task
  stage llvm
  echo "## In no stage"
  echo
  echo "The reference path runs these (\`tenon run --reference\`)."
  echo
  pages $(ls "$work/passes")
} > "$work/passes.md"
cat -s "$work/passes.md" > "$output/passes.md"

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

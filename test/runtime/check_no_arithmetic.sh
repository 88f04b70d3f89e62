#!/bin/sh
# Fails when the runtime does floating-point arithmetic where it must not: on
# activations there is none at all, that is the business of generated code.
#
#   check_no_arithmetic.sh ARCHIVE OBJDUMP
#
# Every function of the archive is disassembled. Moves, conversions and
# comparisons are no arithmetic. Allowed are, with their reasons:
#
#   Sampler.cpp      sampling: temperature, softmax, penalties; the likelihood
#                    of a token for `score`
#   Statistics.cpp   times, rates, perplexity, deviation of logits in `verify`
#   TemplateArithmetic.cpp, TemplateFilters.cpp
#                    numbers of the template language: 7 / 2, | round
#   fmt::            printing numbers
#   std::            libstdc++'s own templates (hash tables' load factor)
#
# Functions of fmt and std are instantiated in many objects and are known by
# their mangled names. Prints what it allowed, too.
set -eu
archive=$1
objdump=$2

"$objdump" --disassemble --no-show-raw-insn "$archive" | awk '
  # `/path/libTenonRuntime.a(Sampler.cpp.o):	file format elf64-x86-64`
  /file format/ {
    object = $0
    sub(/.*\(/, "", object)
    sub(/\).*/, "", object)
    objects++
    next
  }
  # `0000000000000000 <_ZN5tenon2rt...>:`
  /^[0-9a-f]+ <.*>:$/ {
    name = $2
    functions++
    next
  }
  function isArithmetic(mnemonic) {
    return mnemonic ~ /^v?(add|sub|mul|div|sqrt|rsqrt|rcp|max|min)(14|28)?[sp][sdh]$/ ||
           mnemonic ~ /^v?(hadd|hsub|addsub|dp|round|rndscale|scalef)[sp][sdh]$/ ||
           mnemonic ~ /^vf(n?m(add|sub)|maddsub|msubadd)[0-9]*[sp][sdh]$/ ||
           mnemonic ~ /^(vdpbf16ps|v?pdp(bus|wss)ds?|td?p[a-z0-9]*)$/ ||
           mnemonic ~ /^f(i?add|i?sub|i?mul|i?div|sqrt|sin|cos|yl2x|2xm1|scale)r?[a-z]*$/
  }
  isArithmetic($2) {
    where = object ": " name
    if (object ~ /^(Sampler|Statistics|TemplateArithmetic|TemplateFilters)\.cpp/ || name ~ /^<_ZZ?NK?3fmt/ ||
        name ~ /^<_ZZ?N?K?S[tabdiso]/)
      allowed[where]++
    else
      refused[where] = refused[where] " " $2
  }
  END {
    for (where in allowed)
      print "allowed " where " " allowed[where] " instructions"
    for (where in refused) {
      print "error: floating-point arithmetic in " where ":" refused[where]
      failed = 1
    }
    # An empty archive proves nothing, nor does one without the sampler.
    if (objects < 20 || functions < 100 || length(allowed) == 0) {
      print "error: found only " objects " objects and " functions " functions"
      failed = 1
    }
    exit failed
  }'

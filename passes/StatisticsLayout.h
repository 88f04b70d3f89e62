//===- StatisticsLayout.h - Statistics as libMLIR has them ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// NDEBUG decides whether a statistic of a pass has a count. The constructors are
// in libMLIR, and the packaged one is compiled with NDEBUG: without it, passes
// would count in members that nobody has initialized. So this comes before any
// other header, in the passes of Tenon and in those of plug-ins.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_STATISTICSLAYOUT_H
#define TENON_PASSES_STATISTICSLAYOUT_H

#include "llvm/Config/abi-breaking.h"

#if !defined(NDEBUG) && !LLVM_ENABLE_ABI_BREAKING_CHECKS
#define NDEBUG
#include "llvm/ADT/Statistic.h"
#undef NDEBUG
#endif

#endif // TENON_PASSES_STATISTICSLAYOUT_H

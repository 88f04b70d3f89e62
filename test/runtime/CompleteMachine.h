//===- CompleteMachine.h - A machine that has everything ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_RUNTIME_COMPLETEMACHINE_H
#define TENON_TEST_RUNTIME_COMPLETEMACHINE_H

#include "runtime/Cpu.h"

namespace tenon::rt {

/// The facts of a machine with every feature, for tests to take some away.
inline CpuFacts completeMachine() {
  CpuFacts facts;
  facts.leaf1Ecx = facts.leaf7Ebx = facts.leaf7Ecx = facts.leaf7Edx = ~0u;
  facts.leaf7Sub1Eax = facts.extended1Ecx = ~0u;
  facts.xcr0 = ~uint64_t(0);
  facts.amxPermitted = true;
  return facts;
}

} // namespace tenon::rt

#endif // TENON_TEST_RUNTIME_COMPLETEMACHINE_H

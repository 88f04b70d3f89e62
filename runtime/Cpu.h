//===- Cpu.h - The instructions that this machine has ---------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_CPU_H
#define TENON_RUNTIME_CPU_H

#include "Status.h"
#include "StepAbi.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tenon::rt {

/// The registers of CPUID and XGETBV that decide what may run here. CPU names
/// are never looked at: hypervisors mask model numbers, not feature bits.
struct CpuFacts {
  uint32_t leaf1Ecx = 0;
  uint32_t leaf7Ebx = 0;
  uint32_t leaf7Ecx = 0;
  uint32_t leaf7Edx = 0;
  uint32_t leaf7Sub1Eax = 0;
  uint32_t extended1Ecx = 0; ///< leaf 0x80000001
  uint64_t xcr0 = 0;         ///< register state that the system saves
  bool amxPermitted = false; ///< the kernel lets this process use tile data

  /// Reads them on this machine, and asks the kernel for the permission to
  /// use AMX, which holds for all threads of the process.
  static CpuFacts read();
};

/// What of `required` (CpuFeature bits) is missing, by the names that vendors
/// use, as in "AVX2, FMA"; empty when nothing is.
std::string missingFeatures(const CpuFacts &facts, uint64_t required);

/// Takes the first of `programs` that this machine can run, or, when `isa` is
/// not empty, the one of that name.
/// \returns MachineUnsupported, naming the missing features; Usage when no
/// program has the name `isa`.
Expected<const Program *> selectProgram(std::span<const Program> programs, const CpuFacts &facts,
                                        std::string_view isa);

} // namespace tenon::rt

#endif // TENON_RUNTIME_CPU_H

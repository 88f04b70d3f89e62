//===- Cpu.cpp - The instructions that this machine has -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A feature counts when CPUID reports its instructions and XCR0 shows that the
// operating system saves its registers (Intel SDM volume 1, sections 13.3,
// 14.3, 15.2; volume 2, CPUID). Tile data must also be asked for, once for the
// process (Linux, Documentation/arch/x86/xstate.rst).
//
// This file, as all of the runtime, is compiled for plain x86-64.
//
//===----------------------------------------------------------------------===//

#include "Cpu.h"
#include "NearestName.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tenon::rt {

namespace {

/// Register state that the operating system must save, as bits of XCR0.
enum RegisterState : uint64_t {
  VectorState = 0x6,     ///< xmm and ymm
  Vector512State = 0xe0, ///< masks and zmm
  TileState = 0x60000,   ///< tile configuration and tile data
};

struct StateName {
  RegisterState state;
  const char *name;
};

constexpr StateName stateNames[] = {
    {VectorState, "AVX state saved by the operating system"},
    {Vector512State, "AVX-512 state saved by the operating system"},
    {TileState, "AMX state saved by the operating system"},
};

/// One CPUID bit that a CpuFeature stands for, and the state that it works on.
struct FeatureBit {
  uint64_t feature;
  const char *name;
  uint32_t CpuFacts::*word;
  int bit;
  uint64_t states;
};

/// All that is known of a feature stands here.
constexpr FeatureBit featureBits[] = {
    {CpuAvx2, "AVX", &CpuFacts::leaf1Ecx, 28, VectorState},
    {CpuAvx2, "AVX2", &CpuFacts::leaf7Ebx, 5, VectorState},
    {CpuAvx2, "BMI1", &CpuFacts::leaf7Ebx, 3, 0},
    {CpuAvx2, "BMI2", &CpuFacts::leaf7Ebx, 8, 0},
    {CpuAvx2, "F16C", &CpuFacts::leaf1Ecx, 29, VectorState},
    {CpuAvx2, "FMA", &CpuFacts::leaf1Ecx, 12, VectorState},
    {CpuAvx2, "LZCNT", &CpuFacts::extended1Ecx, 5, 0},
    {CpuAvx2, "MOVBE", &CpuFacts::leaf1Ecx, 22, 0},
    {CpuAvx512, "AVX-512F", &CpuFacts::leaf7Ebx, 16, VectorState | Vector512State},
    {CpuAvx512, "AVX-512BW", &CpuFacts::leaf7Ebx, 30, VectorState | Vector512State},
    {CpuAvx512, "AVX-512CD", &CpuFacts::leaf7Ebx, 28, VectorState | Vector512State},
    {CpuAvx512, "AVX-512DQ", &CpuFacts::leaf7Ebx, 17, VectorState | Vector512State},
    {CpuAvx512, "AVX-512VL", &CpuFacts::leaf7Ebx, 31, VectorState | Vector512State},
    {CpuAvx512Vnni, "AVX-512VNNI", &CpuFacts::leaf7Ecx, 11, VectorState | Vector512State},
    {CpuAvx512Bf16, "AVX-512BF16", &CpuFacts::leaf7Sub1Eax, 5, VectorState | Vector512State},
    {CpuAmxTile, "AMX-TILE", &CpuFacts::leaf7Edx, 24, TileState},
    {CpuAmxBf16, "AMX-BF16", &CpuFacts::leaf7Edx, 22, TileState},
    {CpuAmxInt8, "AMX-INT8", &CpuFacts::leaf7Edx, 25, TileState},
};

constexpr uint32_t osxsaveBit = 1u << 27; // leaf 1, ecx: XGETBV may be used

uint64_t readXcr0() {
  uint32_t low, high;
  // By its bytes: the mnemonic needs -mxsave, which this file must not have.
  asm volatile(".byte 0x0f, 0x01, 0xd0" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

bool askForTileData() {
  constexpr int archReqXcompPerm = 0x1023;
  constexpr int xfeatureTileData = 18;
  return syscall(SYS_arch_prctl, archReqXcompPerm, xfeatureTileData) == 0;
}

void append(std::string &list, std::string_view name) {
  if (!list.empty())
    list += ", ";
  list += name;
}

std::string programNames(std::span<const Program> programs) {
  std::string names;
  for (const Program &program : programs)
    append(names, program.name);
  return names;
}

} // namespace

CpuFacts CpuFacts::read() {
  CpuFacts facts;
  uint32_t eax, ebx, ecx, edx;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx))
    facts.leaf1Ecx = ecx;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
    facts.leaf7Ebx = ebx;
    facts.leaf7Ecx = ecx;
    facts.leaf7Edx = edx;
    if (eax >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx))
      facts.leaf7Sub1Eax = eax;
  }
  if (__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx))
    facts.extended1Ecx = ecx;
  if (facts.leaf1Ecx & osxsaveBit)
    facts.xcr0 = readXcr0();
  constexpr uint32_t amxTileBit = 1u << 24;
  if (facts.leaf7Edx & amxTileBit)
    facts.amxPermitted = askForTileData();
  return facts;
}

std::string missingFeatures(const CpuFacts &facts, uint64_t required) {
  std::string missing;
  uint64_t known = 0, states = 0;
  for (const FeatureBit &bit : featureBits) {
    known |= bit.feature;
    if (!(required & bit.feature))
      continue;
    states |= bit.states;
    if (!(facts.*bit.word >> bit.bit & 1))
      append(missing, bit.name);
  }
  if (required & ~known)
    append(missing, "instructions that this runtime has no name for");
  if (!missing.empty())
    return missing; // the rest follows from these
  for (const StateName &each : stateNames)
    if ((states & each.state) && (facts.xcr0 & each.state) != each.state)
      append(missing, each.name);
  if (missing.empty() && (states & TileState) && !facts.amxPermitted)
    append(missing, "the kernel's permission to use AMX (Linux 5.16 or later)");
  return missing;
}

static Expected<const Program *> programNamed(std::span<const Program> programs,
                                              const CpuFacts &facts, std::string_view isa) {
  for (const Program &program : programs) {
    if (isa != program.name)
      continue;
    std::string missing = missingFeatures(facts, program.requiredFeatures);
    if (missing.empty())
      return &program;
    return Status::failure(StatusCode::MachineUnsupported,
                           "this machine cannot run the code for '{}': it lacks {}; leave --isa "
                           "away to let the file choose",
                           isa, missing);
  }
  std::vector<std::string_view> names;
  for (const Program &program : programs)
    names.push_back(program.name);
  return Status::failure(StatusCode::Usage, "--isa: this file has no code for '{}'{}; it has {}",
                         isa, didYouMean(isa, names), programNames(programs));
}

Expected<const Program *> selectProgram(std::span<const Program> programs, const CpuFacts &facts,
                                        std::string_view isa) {
  if (!isa.empty())
    return programNamed(programs, facts, isa);
  for (const Program &program : programs)
    if (missingFeatures(facts, program.requiredFeatures).empty())
      return &program;
  if (programs.empty())
    return Status::failure(StatusCode::Internal, "this file holds no program");
  // The last program asks for least.
  const Program &least = programs.back();
  return Status::failure(StatusCode::MachineUnsupported,
                         "this machine cannot run this file: its code for '{}' needs {}, which the "
                         "machine lacks; compile the model for this machine with --target",
                         least.name, missingFeatures(facts, least.requiredFeatures));
}

} // namespace tenon::rt

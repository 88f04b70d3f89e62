//===- CpuTest.cpp - Which program a machine can run ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/runtime/CompleteMachine.h"

#include <gtest/gtest.h>

using namespace tenon::rt;

static const Program programs[] = {
    {"amx", CpuAvx512 | CpuAvx512Bf16 | CpuAmxTile | CpuAmxBf16, 0, nullptr},
    {"x86-64-v4", CpuAvx512, 0, nullptr},
    {"x86-64-v3", CpuAvx2, 0, nullptr},
};

static constexpr uint64_t everything = (CpuAmxInt8 << 1) - 1;

TEST(Cpu, EverythingIsEverything) {
  EXPECT_EQ(missingFeatures(completeMachine(), everything), "");
  EXPECT_EQ(missingFeatures(CpuFacts(), 0), "");
  for (uint64_t feature = CpuAvx2; feature <= CpuAmxInt8; feature <<= 1)
    EXPECT_NE(missingFeatures(CpuFacts(), feature), "") << feature;
}

TEST(Cpu, OneMissingBitIsNamed) {
  CpuFacts facts = completeMachine();
  facts.leaf1Ecx &= ~(1u << 22);
  EXPECT_EQ(missingFeatures(facts, CpuAvx2), "MOVBE");
  EXPECT_EQ(missingFeatures(facts, CpuAvx512), "");
  facts.leaf7Ebx &= ~(1u << 5);
  EXPECT_EQ(missingFeatures(facts, CpuAvx2), "AVX2, MOVBE");
}

TEST(Cpu, InstructionsWithoutSavedRegistersDoNotCount) {
  CpuFacts facts = completeMachine();
  facts.xcr0 = 0x6;
  EXPECT_EQ(missingFeatures(facts, CpuAvx2), "");
  EXPECT_EQ(missingFeatures(facts, CpuAvx512), "AVX-512 state saved by the operating system");
  EXPECT_EQ(missingFeatures(facts, CpuAmxTile), "AMX state saved by the operating system");
  facts.xcr0 = 0xe6;
  EXPECT_EQ(missingFeatures(facts, CpuAvx2 | CpuAvx512 | CpuAvx512Vnni | CpuAvx512Bf16), "");
  EXPECT_EQ(missingFeatures(facts, everything), "AMX state saved by the operating system");
  facts.xcr0 = 0xe0;
  EXPECT_EQ(missingFeatures(facts, CpuAvx512Vnni), "AVX state saved by the operating system");
}

TEST(Cpu, AmxNeedsThePermissionOfTheKernel) {
  CpuFacts facts = completeMachine();
  facts.amxPermitted = false;
  EXPECT_EQ(missingFeatures(facts, CpuAmxTile | CpuAmxBf16),
            "the kernel's permission to use AMX (Linux 5.16 or later)");
}

TEST(Cpu, UnknownFeatureIsMissing) {
  EXPECT_NE(missingFeatures(completeMachine(), uint64_t(1) << 40), "");
}

TEST(Cpu, TheFirstProgramThatRunsIsTaken) {
  CpuFacts facts = completeMachine();
  EXPECT_EQ((*selectProgram(programs, facts, ""))->name, std::string("amx"));
  facts.amxPermitted = false;
  EXPECT_EQ((*selectProgram(programs, facts, ""))->name, std::string("x86-64-v4"));
  facts.leaf7Ebx &= ~(1u << 31);
  EXPECT_EQ((*selectProgram(programs, facts, ""))->name, std::string("x86-64-v3"));
}

TEST(Cpu, NoProgramThatRunsNamesWhatIsMissing) {
  auto program = selectProgram(programs, CpuFacts(), "");
  ASSERT_FALSE(program);
  EXPECT_EQ(program.status().code(), StatusCode::MachineUnsupported);
  EXPECT_EQ(program.status().message(),
            "this machine cannot run this file: its code for 'x86-64-v3' needs AVX, AVX2, BMI1, "
            "BMI2, F16C, FMA, LZCNT, MOVBE, which the machine lacks; compile the model for this "
            "machine with --target");
}

TEST(Cpu, AForcedProgramIsTakenOrRefused) {
  CpuFacts facts = completeMachine();
  EXPECT_EQ((*selectProgram(programs, facts, "x86-64-v3"))->name, std::string("x86-64-v3"));
  facts.amxPermitted = false;
  auto refused = selectProgram(programs, facts, "amx");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.status().code(), StatusCode::MachineUnsupported);
  EXPECT_EQ(refused.status().message(),
            "this machine cannot run the code for 'amx': it lacks the kernel's permission to use "
            "AMX (Linux 5.16 or later); leave --isa away to let the file choose");
  auto unknown = selectProgram(programs, facts, "x86-64-v33");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.status().code(), StatusCode::Usage);
  EXPECT_EQ(unknown.status().message(),
            "--isa: this file has no code for 'x86-64-v33'; did you mean 'x86-64-v3'; it has amx, "
            "x86-64-v4, x86-64-v3");
}

TEST(Cpu, ThisMachineAgreesWithTheCompiler) {
  CpuFacts facts = CpuFacts::read();
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("bmi2");
  EXPECT_EQ(missingFeatures(facts, CpuAvx2).empty(), avx2);
  bool avx512 = __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512dq");
  EXPECT_EQ(missingFeatures(facts, CpuAvx512).empty(), avx512);
}

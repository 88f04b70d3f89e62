//===- TargetTest.cpp - Which kind of machine this is ---------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Target.h"

#include "test/runtime/CompleteMachine.h"

#include "gtest/gtest.h"

using namespace tenon;
using rt::completeMachine;
using rt::CpuFacts;

TEST(Target, NativeIsTheBestThatTheMachineCanRun) {
  CpuFacts facts = completeMachine();
  EXPECT_EQ(bestTarget(facts), &targets().front());
  facts.amxPermitted = false;
  EXPECT_EQ(bestTarget(facts), findTarget("x86-64-v4"));
  facts.xcr0 = 0x6; // the system does not save the registers of AVX-512
  EXPECT_EQ(bestTarget(facts), findTarget("x86-64-v3"));
  EXPECT_EQ(bestTarget(CpuFacts()), nullptr);
}

TEST(Target, NamesReadAsAList) { EXPECT_EQ(targetNames(), "amx, x86-64-v4 or x86-64-v3"); }

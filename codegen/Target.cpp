//===- Target.cpp - Facts of a kind of machine ----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Target.h"

#include "runtime/Cpu.h"
#include "runtime/StepAbi.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace tenon {

// A step for one row streams the weights once and computes little. Up to eight
// rows share that stream at no cost in time; more rows are worth tiles. 256
// rows keep the activations of models up to 14 B parameters inside 64 MiB.
static constexpr int64_t rowVariants[] = {1, 8, 256};

// The sums of 128 rows, 32 columns wide, take 16 KiB and stay in the first-level
// cache until the epilogue has read them.
static constexpr int64_t productTileRows = 128;

// Rows of attention differ in how much they see, so that tiles must be small
// enough to spread evenly, and even a short prompt is to occupy all workers.
static constexpr int64_t rowTileRows = 8;

static constexpr uint64_t v3 = rt::CpuAvx2;
static constexpr uint64_t v4 = v3 | rt::CpuAvx512;

static const Target allTargets[] = {
    {"amx", "x86-64-v4", "+avx512bf16,+amx-tile,+amx-bf16",
     v4 | rt::CpuAvx512Bf16 | rt::CpuAmxTile | rt::CpuAmxBf16,
     /*vectorRegisters=*/32, /*hasTileProduct=*/true, /*hasBf16Conversion=*/true, rowVariants,
     productTileRows, rowTileRows},
    {"x86-64-v4", "x86-64-v4", "", v4, /*vectorRegisters=*/32, /*hasTileProduct=*/false,
     /*hasBf16Conversion=*/false, rowVariants, productTileRows, rowTileRows},
    {"x86-64-v3", "x86-64-v3", "", v3, /*vectorRegisters=*/8, /*hasTileProduct=*/false,
     /*hasBf16Conversion=*/false, rowVariants, productTileRows, rowTileRows},
};

ArrayRef<Target> targets() { return allTargets; }

std::string symbolSuffix(const Target &target) {
  std::string name = target.name.str();
  llvm::replace(name, '-', '_');
  return name;
}

const Target *findTarget(StringRef name) {
  const Target *found = llvm::find_if(allTargets, [&](const Target &t) { return t.name == name; });
  return found == std::end(allTargets) ? nullptr : found;
}

const Target *bestTarget(const rt::CpuFacts &facts) {
  const Target *found = llvm::find_if(allTargets, [&](const Target &target) {
    return rt::missingFeatures(facts, target.requiredFeatures).empty();
  });
  return found == std::end(allTargets) ? nullptr : found;
}

std::string targetNames() {
  std::string names;
  for (const Target &target : allTargets) {
    if (&target != std::begin(allTargets))
      names += &target == std::end(allTargets) - 1 ? " or " : ", ";
    names += target.name;
  }
  return names;
}

WeightPacking packingOf(Type elementType) {
  if (elementType.isBF16())
    return {vectorLanes, /*columns=*/2, /*multiple=*/32};
  return {vectorLanes, /*columns=*/1, /*multiple=*/1};
}

Type Target::productInputType(Type weight, int64_t rows) const {
  // A tile holds 16 rows: below that, most of its work would be for nothing.
  if (hasTileProduct && weight.isBF16() && rows >= 16)
    return weight;
  return Float32Type::get(weight.getContext());
}

int64_t Target::productRowMultiple(Type input) const {
  return input.isF32() ? 1 : 32; // tiles of 16 rows, used in pairs
}

} // namespace tenon

//===- Target.h - Facts of a kind of machine ------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What passes ask about the machine that a program is made for. Nothing above
// codegen knows more of it than this.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_TARGET_H
#define TENON_CODEGEN_TARGET_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace tenon {

namespace rt {
struct CpuFacts;
}

/// How weights of an element type are packed. The same for every x86 kind, so
/// that one copy serves them all: lines of 16 rows for f32 and f16, and of 16
/// rows by 2 columns for bf16, which is what `dpbf16` and an
/// AMX tile read.
struct WeightPacking {
  int64_t lanes;    ///< rows in a line
  int64_t columns;  ///< consecutive columns of a row in a line
  int64_t multiple; ///< columns are padded to a multiple of this
};

/// A kind of machine: what code for it may use, and the sizes that suit it.
struct Target {
  llvm::StringRef name;                ///< "x86-64-v3", as --target and --isa spell it
  llvm::StringRef cpu;                 ///< LLVM's name of the processor
  llvm::StringRef features;            ///< LLVM's features beyond it
  uint64_t requiredFeatures;           ///< rt::CpuFeature bits
  int64_t vectorRegisters;             ///< of 16 f32 each, counted in whole ones
  bool hasTileProduct;                 ///< AMX: products of bf16 tiles
  bool hasBf16Conversion;              ///< an instruction rounds f32 to bf16
  llvm::ArrayRef<int64_t> rowVariants; ///< row counts that get a step of their own
  int64_t productTileRows;             ///< rows of a tile of a product, where there are many
  int64_t rowTileRows;                 ///< rows of a tile of attention and of other ops

  /// The element type a product reads its rows in: that of the weights where
  /// the machine multiplies them in tiles and there are rows enough, else f32.
  mlir::Type productInputType(mlir::Type weight, int64_t rows) const;

  /// What the rows in memory of a product's input are a multiple of: a tile
  /// unit reads whole tiles, also where the last rows are missing.
  int64_t productRowMultiple(mlir::Type input) const;
};

/// Rows of a weight that make a tile of a product when no head decides it: two
/// blocks of 16, the width of the 2x2 tile kernels of AMX.
inline constexpr int64_t defaultColumnTile = 32;

/// Numbers that code works on at once: the f32 of a vector of 512 bits, or of
/// two of 256. Lines of packed weights have as many rows, and the components of
/// a value in a page are padded to a multiple of it.
inline constexpr int64_t vectorLanes = 16;

/// Positions in a page of state: four vectors of scores, so that the softmax of
/// a page stays in registers.
inline constexpr int64_t pagePositions = 64;

/// How many tiles the attention of a step should have, so that as many workers
/// have something to do. A choice: more than two workers were not measured.
inline constexpr int64_t attentionTiles = 64;

/// Pages that are worth a tile of their own. A choice, so that short contexts
/// are not cut; other numbers were not measured.
inline constexpr int64_t fewestPartPages = 4;

/// How weights of `elementType` are packed for products, on every target.
WeightPacking packingOf(mlir::Type elementType);

/// The kinds of machine that code can be made for, best first.
llvm::ArrayRef<Target> targets();
/// A target's name in symbols: "x86_64_v3".
std::string symbolSuffix(const Target &target);
/// The target of a name, or null.
const Target *findTarget(llvm::StringRef name);
/// The best target that a machine of these facts can run, or null.
const Target *bestTarget(const rt::CpuFacts &facts);
/// Their names, best first, for messages: "a, b or c".
std::string targetNames();

} // namespace tenon

#endif // TENON_CODEGEN_TARGET_H

//===- RecipeStep.h - What a step of a recipe does ------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step is a pure function of tensors that can be computed in pieces. It says
// which elements of its inputs some elements of its result are made of, and
// makes them. Who evaluates a recipe (codegen/Weights/Recipe.h) asks for a few
// rows of the last step, which asks the step before, and so on to the bytes of
// the checkpoint; the memory that this takes follows from what the steps say,
// and is known before anything is read.
//
// For example, of `[concat_rows, pack<lanes 16, columns 1, multiple 1, group
// 32>]` over tensors of 40 and 24 rows by 8 columns, block 2 of the packed
// form, elements 256 to 383, is made of rows 32 to 47, elements 256 to 383 of
// all rows; and these are elements 256 to 319 of the first tensor and 0 to 63
// of the second.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_RECIPESTEP_H
#define TENON_DIALECTS_TRANSFORMER_RECIPESTEP_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <memory>
#include <vector>

namespace tenon::transformer {

/// Elements [first, first + count) of a tensor in row-major order.
struct ElementRange {
  int64_t first = 0, count = 0;
  int64_t end() const { return first + count; }
};

/// The bytes of `count` elements of `type` that lie side by side.
int64_t sizeBytesOf(mlir::Type type, int64_t count);

/// One step of one recipe, for inputs of known types. It holds no data, so that
/// any number of threads may use it.
class RecipeStep {
public:
  explicit RecipeStep(mlir::RankedTensorType type) : resultType(type) {}
  virtual ~RecipeStep();

  /// Of the tensor that the step makes.
  mlir::RankedTensorType type() const { return resultType; }

  /// Elements of input `input` that go into wanted elements. Where the step
  /// only places them, they follow from element `place` of those on.
  struct Piece {
    unsigned input;
    ElementRange from;
    int64_t place = 0;
  };
  /// What the elements `wanted` of the result are made of.
  virtual llvm::SmallVector<Piece> piecesOf(ElementRange wanted) const = 0;

  /// Whether the step only places elements of its inputs as they are, and has
  /// no make().
  virtual bool onlyPlaces() const { return false; }
  /// What is asked of a step begins and ends at multiples of this, unless it
  /// has a window.
  virtual int64_t granule() const { return 1; }
  /// What make() is given begins and ends at multiples of this.
  virtual int64_t inputGranule() const { return 1; }
  /// Bytes of the result that should be made at once, and kept while they are
  /// asked for, because any part of it takes all of the input; 0: nothing is
  /// kept.
  virtual int64_t windowBytes() const { return 0; }

  /// Writes into `result`, the bytes of the elements `wanted`, what the
  /// elements `given` of the input contribute, a part of what piecesOf() said.
  /// What nothing contributes to is zero.
  virtual void make(ElementRange wanted, ElementRange given, llvm::ArrayRef<char> bytes,
                    llvm::MutableArrayRef<char> result) const;

private:
  mlir::RankedTensorType resultType;
};

using RecipeSteps = std::vector<std::unique_ptr<RecipeStep>>;
using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// The tensor that `source`, a SourceAttr, names.
mlir::RankedTensorType tensorTypeOf(mlir::Attribute source);

/// The steps of `recipe` over `sources`. The first has all sources as inputs,
/// each other one the result before. \returns failure after an error when a
/// step is none, or cannot take what the one before makes.
llvm::FailureOr<RecipeSteps> makeRecipeSteps(mlir::ArrayAttr sources, mlir::ArrayAttr recipe,
                                             EmitError emitError);

/// Whether the recipe contains a step that only orders bytes: a packing.
bool hasLayout(mlir::ArrayAttr recipe);

} // namespace tenon::transformer

#endif // TENON_DIALECTS_TRANSFORMER_RECIPESTEP_H

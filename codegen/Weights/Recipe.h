//===- Recipe.h - From the bytes of a checkpoint to those of a weight -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place where recipes are evaluated: for the file, for the reference
// path, to look at a weight. What a step does is not known here but asked of
// it; see dialects/Transformer/RecipeStep.h.
//
// A weight is made in blocks of 1 MiB, or of one row where a step needs rows and
// one is larger. What a step needs of the one before is made in such blocks as
// well. So memory is bounded by the number of steps and the size of a row, and
// a step that keeps more has declared it.
//
// A weight is cut into parts that can be made apart from one another, at the same
// time by a Recipe each. A part has 8 MiB; or, after a step that keeps a window, as
// many elements as that, so that a window is made for one part and not again for
// the next.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_WEIGHTS_RECIPE_H
#define TENON_CODEGEN_WEIGHTS_RECIPE_H

#include "dialects/Transformer/RecipeStep.h"
#include "dialects/Transformer/TensorReader.h"

namespace tenon {

class Recipe {
public:
  /// The recipe of a weight that is declared at `loc`. `reader` must outlive
  /// it. \returns failure after an error when a step is unknown, or when the
  /// steps do not make a tensor with the elements of `type`.
  static llvm::FailureOr<Recipe> create(mlir::Location loc, mlir::ArrayAttr sources,
                                        mlir::ArrayAttr recipe, mlir::ShapedType type,
                                        TensorReader &reader);
  Recipe(Recipe &&) noexcept;
  Recipe &operator=(Recipe &&) noexcept;
  ~Recipe();

  /// Takes the next bytes of the weight; when it fails, stream() fails.
  using Sink = llvm::function_ref<mlir::LogicalResult(llvm::ArrayRef<char>)>;
  /// Makes all bytes, first to last. \returns failure after an error.
  mlir::LogicalResult stream(Sink sink) { return stream({0, elements()}, sink); }
  /// The same for some elements, which are a part or all.
  mlir::LogicalResult stream(transformer::ElementRange part, Sink sink);

  /// Of the weight.
  int64_t elements() const;
  /// Of a part; the last one may have fewer. Parts begin at multiples of this.
  int64_t partElements() const;
  int64_t bytesOf(int64_t elements) const;
  int64_t sizeBytes() const { return bytesOf(elements()); }
  /// The most memory that stream() takes, for all or for a part, the block for
  /// the sink included.
  int64_t peakBytes() const;

private:
  struct Node;
  Recipe(mlir::Location loc, TensorReader &reader, std::unique_ptr<Node> last);

  mlir::LogicalResult make(Node &node, transformer::ElementRange wanted,
                           llvm::MutableArrayRef<char> bytes);
  mlir::LogicalResult makeByWindow(Node &node, transformer::ElementRange wanted,
                                   llvm::MutableArrayRef<char> bytes);
  mlir::LogicalResult makeByStep(Node &node, transformer::ElementRange wanted,
                                 llvm::MutableArrayRef<char> bytes);

  mlir::Location loc;
  TensorReader *reader;
  std::unique_ptr<Node> last;
};

} // namespace tenon

#endif // TENON_CODEGEN_WEIGHTS_RECIPE_H

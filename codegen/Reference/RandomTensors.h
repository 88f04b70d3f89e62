//===- RandomTensors.h - Tensors of random numbers, by a seed -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same seed gives the same numbers on every machine, with every standard
// library: nothing of <random> is used.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_RANDOMTENSORS_H
#define TENON_CODEGEN_REFERENCE_RANDOMTENSORS_H

#include "codegen/Reference/HostTensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

namespace tenon {

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
/// generators, 2014).
class RandomNumbers {
public:
  explicit RandomNumbers(uint64_t seed) : state(seed) {}
  uint64_t next();
  /// Of [0, bound); `bound` is positive.
  int64_t below(int64_t bound);
  /// Of mean 0 and deviation 1.
  double normal();

private:
  uint64_t state;
};

/// Fills a weight: deviation 1 / sqrt(last size), or around 1 for a vector.
void fillAsWeight(HostTensor &tensor, RandomNumbers &random);

/// The ragged batch that inputs are made for.
struct RandomBatch {
  int64_t rows = 7;
  int64_t sequences = 3; ///< fewer when there are fewer rows
  uint64_t seed = 1;
};

/// One tensor that an argument of a function stands for.
struct ReferenceArgument {
  unsigned argument; ///< of the function of the transformer stage
  unsigned part;     ///< of the tensors that stand for it
  mlir::RankedTensorType type;
};

/// All tensors of the arguments of `function`, in order. \returns failure
/// after an error for an argument that is no tensor, weight, rows or state.
llvm::FailureOr<llvm::SmallVector<ReferenceArgument>>
referenceArguments(mlir::func::FuncOp function);

/// Random values for all of them: rows of a ragged batch whose sequences have
/// a past, states that hold it and NaN at positions that nothing wrote, token
/// ids inside the vocabulary, row numbers inside the rows.
llvm::FailureOr<std::vector<HostTensor>> makeRandomInputs(mlir::func::FuncOp function,
                                                          const RandomBatch &batch);

/// Inputs for a function of tokens, rows, wanted rows and empty states: one
/// sequence of `tokens` from position 0, every row wanted. Embeddings that the
/// function can be given, too, are of no row.
llvm::FailureOr<std::vector<HostTensor>> makeTokenInputs(mlir::func::FuncOp function,
                                                         llvm::ArrayRef<int32_t> tokens);

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_RANDOMTENSORS_H

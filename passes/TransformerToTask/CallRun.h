//===- CallRun.h - Calls that one repeat can stand for --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A repeat has one body for all its turns. So calls can be its turns when they
// call one function and get their tensors in one way: each argument is the same
// value in all of them, or it is carried, the same result of the turn before.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_TRANSFORMERTOTASK_CALLRUN_H
#define TENON_PASSES_TRANSFORMERTOTASK_CALLRUN_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <optional>

namespace tenon {

class CallRun {
public:
  bool empty() const { return calls.empty(); }
  size_t size() const { return calls.size(); }
  llvm::ArrayRef<mlir::func::CallOp> turns() const { return calls; }
  mlir::func::CallOp first() const { return calls.front(); }
  mlir::func::CallOp last() const { return calls.back(); }

  /// Whether `call` can be the next turn, or the first one.
  bool canTake(mlir::func::CallOp call) const;
  void take(mlir::func::CallOp call) { calls.push_back(call); }

  /// The result of a turn that the next turn gets as tensor argument `index`;
  /// none when all turns get the same value.
  std::optional<unsigned> carriedInto(unsigned index) const;
  /// The tensor arguments that get result `result` of the turn before.
  llvm::SmallVector<unsigned> argumentsThatCarry(unsigned result) const;
  /// Whether carried argument `index` cannot begin in the memory of what the
  /// first turn gets: someone else reads that value, too.
  bool needsOwnPlace(unsigned index) const;

private:
  llvm::SmallVector<mlir::func::CallOp> calls;
};

} // namespace tenon

#endif // TENON_PASSES_TRANSFORMERTOTASK_CALLRUN_H

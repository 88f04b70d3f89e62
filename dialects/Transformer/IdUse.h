//===- IdUse.h - What the elements of a list of integers are ----*- C++ -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_IDUSE_H
#define TENON_DIALECTS_TRANSFORMER_IDUSE_H

#include "mlir/IR/Value.h"

namespace tenon::transformer {

/// What the uses of a tensor of integers say about its elements.
struct IdUse {
  int64_t vocabulary = 0;   ///< rows of the smallest table they look up in; 0: they look up nothing
  bool selectsRows = false; ///< they are numbers of rows
  bool mayBeNone = false;   ///< a negative one stands for a row that is given

  /// Follows `ids` into the functions that are called with it.
  static IdUse of(mlir::Value ids);

private:
  void add(mlir::OpOperand &use);
  void add(const IdUse &other);
};

} // namespace tenon::transformer

#endif // TENON_DIALECTS_TRANSFORMER_IDUSE_H

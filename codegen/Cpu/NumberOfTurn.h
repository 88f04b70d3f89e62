//===- NumberOfTurn.h - A number that depends on the turn -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_CPU_NUMBEROFTURN_H
#define TENON_CODEGEN_CPU_NUMBEROFTURN_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

namespace tenon::cpu {

/// `numbers[turn]`, an index: where the weight or the state of a turn is. What
/// layers of one kind have lies at equal distances, and the turn counts them;
/// other lists become a choice among constants. `turn` may be null when there
/// is one number.
mlir::Value numberOfTurn(mlir::OpBuilder &builder, mlir::Location loc,
                         llvm::ArrayRef<int64_t> numbers, mlir::Value turn);

} // namespace tenon::cpu

#endif // TENON_CODEGEN_CPU_NUMBEROFTURN_H

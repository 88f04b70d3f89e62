//===- VectorNest.h - The loops of an op, over vectors --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_CPU_VECTORNEST_H
#define TENON_CODEGEN_CPU_VECTORNEST_H

#include "codegen/Cpu/VectorizationPlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace tenon::cpu {

/// BodyValues of the body of an op while it is written out.
struct BodyValues {
  mlir::IRMapping scalars; ///< uniform values, and the first lane of linear ones
  llvm::DenseMap<mlir::Value, mlir::Value>
      vectors; ///< varying values, and others once they were needed so
};

/// Writes the loops of one op in front of it.
class VectorNest {
public:
  VectorNest(mlir::linalg::GenericOp op, std::optional<VectorizationPlan> plan)
      : op(op), plan(std::move(plan)), b(op.getLoc(), op), ivs(op.getNumLoops()) {}
  void emit();

private:
  void findSizes();
  void emitLoops(unsigned dim, BodyValues &values);
  void emitLanes(unsigned dim, BodyValues &values);
  void emitTail(unsigned dim, BodyValues &values, mlir::Value full, mlir::Value total);
  void emitScalarTail(unsigned dim, BodyValues &values, mlir::Value full, mlir::Value total);
  void emitLanesAt(unsigned dim, const BodyValues &values, mlir::Value base, mlir::Value active);
  void emitBody(BodyValues &values);
  void emitReduction(BodyValues &values);
  llvm::SmallVector<mlir::Value> emitPartials(BodyValues &values,
                                              llvm::ArrayRef<mlir::Value> neutral);
  llvm::SmallVector<mlir::Value> emitRest(BodyValues &values,
                                          llvm::SmallVector<mlir::Value> partial);
  llvm::SmallVector<mlir::Value> emitFullVectors(BodyValues &values, mlir::OpFoldResult from,
                                                 mlir::OpFoldResult to, int64_t copies,
                                                 llvm::SmallVector<mlir::Value> partials);
  llvm::SmallVector<mlir::Value> emitStep(const BodyValues &values, mlir::Value base,
                                          llvm::ArrayRef<mlir::Value> partials);
  llvm::SmallVector<mlir::Value> merge(llvm::ArrayRef<mlir::Value> partials);
  void storeReduced(llvm::ArrayRef<mlir::Value> partials);

  void emitUniform(BodyValues &values, bool mayLoad);
  void emitVarying(BodyValues &values);
  void emitOp(mlir::Operation &inner, BodyValues &values);
  void emitVector(mlir::Operation &inner, BodyValues &values);
  void cloneScalar(mlir::Operation &inner, BodyValues &values);
  mlir::Value vectorOf(mlir::Value value, BodyValues &values);
  bool isSkipped(mlir::Operation &inner) {
    return plan && llvm::is_contained(plan->combiners, &inner);
  }

  mlir::Value load(mlir::Value memory, mlir::ValueRange indices);
  void store(mlir::Value vector, mlir::Value memory, mlir::ValueRange indices);
  llvm::SmallVector<mlir::Value> indicesOf(mlir::OpOperand &operand);
  mlir::Value combine(unsigned output, mlir::Value accumulator, mlir::Value value);
  mlir::Value accumulate(unsigned output, mlir::Value partial, BodyValues &values);
  mlir::Value index(int64_t value) { return mlir::arith::ConstantIndexOp::create(b, value); }
  mlir::Value indexOf(mlir::OpFoldResult size) {
    return mlir::getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
  }
  mlir::Value constantMask(int64_t active);
  mlir::Value dynamicMask(mlir::Value active);

  mlir::linalg::GenericOp op;
  std::optional<VectorizationPlan> plan;
  mlir::ImplicitLocOpBuilder b;
  llvm::SmallVector<mlir::OpFoldResult> sizes;
  llvm::SmallVector<mlir::Value> ivs;
  mlir::Value mask; ///< null where all lanes are active
};

} // namespace tenon::cpu

#endif // TENON_CODEGEN_CPU_VECTORNEST_H

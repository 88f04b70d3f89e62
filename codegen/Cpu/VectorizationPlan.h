//===- VectorizationPlan.h - What of an op can be taken in lanes ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_CPU_VECTORIZATIONPLAN_H
#define TENON_CODEGEN_CPU_VECTORIZATIONPLAN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <optional>
#include <string>

namespace tenon::cpu {

/// What a value of the body is to the lanes; see VectorizeLinalg.cpp.
enum class LaneShape { Uniform, Linear, Varying };

/// How the body of an op is computed when `dim` is taken in lanes.
struct VectorizationPlan {
  unsigned dim = 0;
  bool isReduction = false;
  bool hasNarrowMemory = false;                   ///< elements that AVX2 has no mask for
  llvm::DenseMap<mlir::Value, LaneShape> shapes;  ///< of values of the body that are not uniform
  llvm::SmallVector<mlir::Operation *> combiners; ///< of a reduction, one for each output

  LaneShape shapeOf(mlir::Value value) const { return shapes.lookup_or(value, LaneShape::Uniform); }
};

/// Finds the plan for one dimension, or the reason why there is none.
class VectorizationPlanner {
public:
  VectorizationPlanner(mlir::linalg::GenericOp op, unsigned dim) : op(op) {
    plan.dim = dim;
    plan.isReduction = op.getIteratorTypesArray()[dim] == mlir::utils::IteratorType::reduction;
  }

  std::optional<VectorizationPlan> make();
  llvm::StringRef getReason() const { return reason; }

private:
  bool refuse(const llvm::Twine &why) {
    reason = why.str();
    return false;
  }
  bool checkOperand(mlir::OpOperand &operand);
  bool checkOutputs();
  bool findCombiner(mlir::OpOperand &yielded);
  bool checkOp(mlir::Operation &inner);
  bool checkLoad(mlir::memref::LoadOp load);
  bool isUniform(mlir::Operation &inner) {
    return llvm::all_of(inner.getOperands(),
                        [&](mlir::Value v) { return plan.shapeOf(v) == LaneShape::Uniform; });
  }

  mlir::linalg::GenericOp op;
  VectorizationPlan plan;
  std::string reason;
};

} // namespace tenon::cpu

#endif // TENON_CODEGEN_CPU_VECTORIZATIONPLAN_H

//===- VectorizeLinalg.cpp - Linalg on memory to loops over vectors -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An op becomes one scf loop for each of its dimensions, in their order. One
// dimension may be taken in steps of 16 lanes: the last one if it is reduced,
// else the last parallel one. A value of the body is then one of three things:
//
//   uniform   the same in all lanes; stays a scalar, broadcast where needed
//   linear    an index that grows by one with the lane; its first lane is kept
//   varying   a vector of 16 lanes
//
// For the sum of squares of 40 columns, on a row %r of memory:
//
//   %v = for %c = 0 to 32 step 16 iter_args(%a = <0, ...>) { fma(load, load, %a) }
//   %m = [1, 1, 1, 1, 1, 1, 1, 1, 0, ...]
//   %w = %v + maskedload * maskedload, where %m; else %v
//   store %r, initial + (sum of the lanes of %w, by halves)
//
// Lanes are summed by halves with shuffles, not by a reduction that each
// machine may order in its own way, so that results are the same everywhere.
//
// Where a dimension cannot be taken in lanes, all of the body is uniform and
// the same loops run over scalars.
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/Passes.h"
#include "codegen/Cpu/VectorNest.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace tenon::cpu;

namespace tenon {
#define GEN_PASS_DEF_VECTORIZELINALGPASS
#include "codegen/Cpu/Passes.h.inc"
} // namespace tenon

/// The dimensions to try, the best one first.
static SmallVector<unsigned> candidateDims(linalg::GenericOp op) {
  SmallVector<unsigned> dims;
  SmallVector<utils::IteratorType> loops = op.getIteratorTypesArray();
  if (!loops.empty() && loops.back() == utils::IteratorType::reduction)
    dims.push_back(loops.size() - 1);
  for (unsigned dim = loops.size(); dim-- > 0;)
    if (loops[dim] == utils::IteratorType::parallel) {
      dims.push_back(dim);
      break;
    }
  return dims;
}

namespace {
struct VectorizeLinalg : tenon::impl::VectorizeLinalgPassBase<VectorizeLinalg> {
  using Base::Base;

  void runOnOperation() override;
  std::optional<VectorizationPlan> choose(linalg::GenericOp op);
};
} // namespace

std::optional<VectorizationPlan> VectorizeLinalg::choose(linalg::GenericOp op) {
  std::string reason = "it has no dimension to take in lanes";
  for (unsigned dim : candidateDims(op)) {
    VectorizationPlanner planner(op, dim);
    if (std::optional<VectorizationPlan> plan = planner.make())
      return plan;
    reason = planner.getReason().str();
  }
  auto options = remark::RemarkOpts::name("vectorize-linalg")
                     .category("vectorization")
                     .function(getOperation().getName());
  remark::missed(op.getLoc(), options)
      << "runs on scalars" << remark::reason("{0}", StringRef(reason));
  return std::nullopt;
}

void VectorizeLinalg::runOnOperation() {
  IRRewriter rewriter(&getContext());
  SmallVector<memref::CopyOp> copies;
  getOperation()->walk([&](memref::CopyOp copy) { copies.push_back(copy); });
  for (memref::CopyOp copy : copies) {
    rewriter.setInsertionPoint(copy);
    linalg::makeMemRefCopyOp(rewriter, copy.getLoc(), copy.getSource(), copy.getTarget());
    rewriter.eraseOp(copy);
  }
  SmallVector<linalg::LinalgOp> ops;
  getOperation()->walk([&](linalg::LinalgOp op) {
    if (op.hasPureBufferSemantics())
      ops.push_back(op);
  });
  for (linalg::LinalgOp op : ops) {
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!generic) {
      rewriter.setInsertionPoint(op);
      FailureOr<linalg::GenericOp> general = linalg::generalizeNamedOp(rewriter, op);
      if (failed(general)) {
        op.emitOpError("has no general form; vectorize-linalg has no loops for it");
        return signalPassFailure();
      }
      generic = *general;
    }
    std::optional<VectorizationPlan> plan = choose(generic);
    ++(plan ? vectorized : scalar);
    VectorNest(generic, std::move(plan)).emit();
    generic.erase();
  }
}

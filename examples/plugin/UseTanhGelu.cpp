//===- UseTanhGelu.cpp - Computes gelu by tanh ----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pass from outside Tenon's tree: it matches ops of the transformer dialect,
// refuses with a reason, tells what it did by remarks, and is checked by
// numbers. docs/write-a-pass.md of Tenon explains each part.
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/TransformerDialect.h"
#include "passes/PassPlugin.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace tenon;
using transformer::Activation;

namespace gelu {
#define GEN_PASS_DEF_USETANHGELUPASS
#define GEN_PASS_REGISTRATION
#include "Passes.h.inc"
} // namespace gelu

namespace {
class UseTanhGelu : public gelu::impl::UseTanhGeluPassBase<UseTanhGelu> {
  void runOnOperation() override {
    getOperation()->walk([&](transformer::ActivationOp op) {
      if (op.getFunction() == Activation::Gelu)
        replace(op);
    });
    getOperation()->walk([&](transformer::GatedActivationOp op) {
      if (op.getFunction() != Activation::Gelu)
        return;
      if (op.getLimit().isZero())
        replace(op);
      else
        remark::missed(op.getLoc(), about(op))
            << "gelu stays" << remark::reason("the clamped form does not compute it");
    });
  }

  template <typename Op> void replace(Op op) {
    op.setFunction(Activation::GeluTanh);
    ++replaced;
    remark::passed(op.getLoc(), about(op)) << "gelu is computed by tanh";
  }

  remark::RemarkOpts about(Operation *op) {
    return remark::RemarkOpts::name("use-tanh-gelu")
        .category("approximation")
        .function(op->getParentOfType<func::FuncOp>().getName());
  }
};
} // namespace

TENON_PASS_PLUGIN("gelu", [] { gelu::registerGeluPasses(); })

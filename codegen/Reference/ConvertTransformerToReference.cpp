//===- ConvertTransformerToReference.cpp - Each op becomes its meaning ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One pattern converts every op that has a ReferenceInterface: the dialect
// conversion hands it the tensors that stand for each operand, and takes back
// those for each result. So a new op or state needs nothing here.
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/Passes.h"
#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"

namespace tenon {
#define GEN_PASS_DEF_CONVERTTRANSFORMERTOREFERENCEPASS
#include "codegen/Reference/Passes.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon::transformer;

namespace {

/// Weights, rows and states become the tensors that their types name.
class ReferenceTypeConverter : public TypeConverter {
public:
  ReferenceTypeConverter() {
    addConversion([](Type type) { return type; });
    addConversion([](ReferenceTypeInterface type,
                     SmallVectorImpl<Type> &results) -> std::optional<LogicalResult> {
      llvm::append_range(results, type.getReferenceTypes());
      return success();
    });
  }
};

/// Any op by its meaning.
class ConvertByReference : public OpInterfaceConversionPattern<ReferenceInterface> {
public:
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;

  LogicalResult matchAndRewrite(ReferenceInterface op, ArrayRef<ValueRange> operands,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithMultiple(op, op.buildReference(rewriter, operands));
    return success();
  }
};

/// A weight: memory of the host, resolved by its name.
class ConvertWeight : public OpConversionPattern<WeightOp> {
public:
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(WeightOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<WeightType>(op.getType());
    rewriter.replaceOpWithNewOp<memref::GlobalOp>(
        op, op.getSymName(), /*sym_visibility=*/StringAttr(),
        MemRefType::get(type.getShape(), type.getElementType()), /*initial_value=*/Attribute(),
        /*constant=*/false, /*alignment=*/IntegerAttr());
    return success();
  }
};

class ConvertGetWeight : public OpConversionPattern<GetWeightOp> {
public:
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(GetWeightOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    WeightType type = op.getType();
    Value memory = memref::GetGlobalOp::create(
        rewriter, op.getLoc(), MemRefType::get(type.getShape(), type.getElementType()),
        op.getName());
    rewriter.replaceOpWithNewOp<bufferization::ToTensorOp>(
        op, RankedTensorType::get(type.getShape(), type.getElementType()), memory,
        /*restrict=*/true);
    return success();
  }
};

struct ConvertTransformerToReference
    : tenon::impl::ConvertTransformerToReferencePassBase<ConvertTransformerToReference> {
  using Base::Base;
  void runOnOperation() override;
};

} // namespace

/// Replaces each group by its ops: the reference path makes no phases.
static void inlineGroups(ModuleOp module) {
  IRRewriter rewriter(module.getContext());
  module.walk([&](GroupOp group) {
    YieldOp yield = group.getYield();
    rewriter.setInsertionPoint(group);
    rewriter.inlineBlockBefore(&group.getBody().front(), group);
    rewriter.replaceOp(group, yield.getValues());
    rewriter.eraseOp(yield);
  });
}

/// Whether `op` may stay, or has a pattern.
static bool hasReferenceForm(Operation *op) {
  if (isa<WeightOp, GetWeightOp, ReferenceInterface>(op))
    return true;
  return isa_and_nonnull<BuiltinDialect, func::FuncDialect, arith::ArithDialect,
                         bufferization::BufferizationDialect, linalg::LinalgDialect,
                         math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                         tensor::TensorDialect>(op->getDialect());
}

/// Tells every op that the conversion cannot convert, all at once.
static LogicalResult verifyConvertible(ModuleOp module) {
  LogicalResult result = success();
  module.walk([&](Operation *op) {
    if (hasReferenceForm(op))
      return;
    op->emitOpError("has no reference form; let it implement ReferenceInterface");
    result = failure();
  });
  return result;
}

void ConvertTransformerToReference::runOnOperation() {
  inlineGroups(getOperation());
  if (failed(verifyConvertible(getOperation())))
    return signalPassFailure();
  MLIRContext *context = &getContext();
  ReferenceTypeConverter converter;
  ConversionTarget target(*context);
  target.markUnknownOpDynamicallyLegal([&](Operation *op) { return converter.isLegal(op); });
  target.addIllegalDialect<TransformerDialect>();
  target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp function) {
    return converter.isSignatureLegal(function.getFunctionType()) &&
           converter.isLegal(&function.getBody());
  });
  RewritePatternSet patterns(context);
  patterns.add<ConvertByReference, ConvertGetWeight, ConvertWeight>(converter, context);
  populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, converter);
  populateCallOpTypeConversionPattern(patterns, converter);
  populateReturnOpTypeConversionPattern(patterns, converter);
  if (failed(applyFullConversion(getOperation(), target, std::move(patterns))))
    signalPassFailure();
}

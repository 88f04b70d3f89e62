//===- PlaceTemporaries.cpp - Memory of a tile in the worker's own memory -===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// After bufferization a kernel allocates what its tiles need. Nothing is
// allocated while a step runs, so each allocation becomes a view of the
// worker's own memory, behind the private buffers. A size that is not static
// is a number of rows or columns of a tile; its upper bound follows from the
// arithmetic that made it, and from the bounds of the kernel's arguments.
//
// Temporaries of different kernels share memory, those of one kernel do not.
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/KernelArguments.h"
#include "codegen/Cpu/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tenon::cpu;

namespace tenon {
#define GEN_PASS_DEF_PLACETEMPORARIESPASS
#include "codegen/Cpu/Passes.h.inc"
} // namespace tenon

static constexpr int64_t alignment = 64;

static std::optional<int64_t> upperBound(Value memory, int64_t axis);

/// The most that an argument can be; nothing when it is not a kernel's, or one
/// that nothing bounds.
static std::optional<int64_t> upperBound(BlockArgument argument) {
  auto kernel = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  if (!kernel)
    return std::nullopt;
  unsigned number = argument.getArgNumber();
  if (number == Rows || number == WantedRows || number == Sequences)
    return kernel->getAttrOfType<IntegerAttr>("tenon.rows").getInt();
  auto bounds = kernel->getAttrOfType<DenseI64ArrayAttr>(boundsAttribute);
  if (!bounds || number < firstExtent || number - firstExtent >= bounds.size())
    return std::nullopt;
  return bounds[number - firstExtent];
}

/// The most that an index of a kernel can be; nothing when that is not known.
static std::optional<int64_t> upperBound(Value value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return constant;
  if (auto argument = dyn_cast<BlockArgument>(value))
    return upperBound(argument);
  Operation *op = value.getDefiningOp();
  if (isa<arith::MinUIOp, arith::MinSIOp>(op)) {
    std::optional<int64_t> a = upperBound(op->getOperand(0));
    std::optional<int64_t> b = upperBound(op->getOperand(1));
    return a && b ? std::min(*a, *b) : (a ? a : b);
  }
  APInt divisor;
  if (isa<arith::DivUIOp>(op) && matchPattern(op->getOperand(1), m_ConstantInt(&divisor)))
    if (std::optional<int64_t> bound = upperBound(op->getOperand(0)))
      return *bound / divisor.getSExtValue();
  if (auto dim = dyn_cast<memref::DimOp>(op))
    if (std::optional<int64_t> axis = dim.getConstantIndex())
      return upperBound(dim.getSource(), *axis);
  return std::nullopt;
}

/// The most that axis `axis` of `memory` can be.
static std::optional<int64_t> upperBound(Value memory, int64_t axis) {
  auto type = cast<MemRefType>(memory.getType());
  if (!type.isDynamicDim(axis))
    return type.getDimSize(axis);
  Operation *maker = memory.getDefiningOp();
  if (!maker)
    return std::nullopt;
  unsigned dynamic = type.getDynamicDimIndex(axis);
  auto bound = [&](OpFoldResult size) { return upperBound(cast<Value>(size)); };
  return llvm::TypeSwitch<Operation *, std::optional<int64_t>>(maker)
      .Case([&](memref::SubViewOp view) {
        // A dropped axis has size 1, so the dynamic ones keep their order.
        return bound(view.getSizes()[dynamic]);
      })
      .Case([&](memref::AllocOp alloc) { return bound(alloc.getDynamicSizes()[dynamic]); })
      // An allocation that has its place already.
      .Case([&](memref::ViewOp view) { return bound(view.getSizes()[dynamic]); })
      .Case([&](memref::ExpandShapeOp expand) { return bound(expand.getOutputShape()[dynamic]); })
      .Case([&](memref::CollapseShapeOp collapse) {
        std::optional<int64_t> product = 1;
        ReassociationIndices parts = collapse.getReassociationIndices()[axis];
        for (int64_t part : parts) {
          std::optional<int64_t> size = upperBound(collapse.getSrc(), part);
          product = product && size ? std::optional(*product * *size) : std::nullopt;
        }
        return product;
      })
      .Default([](Operation *) { return std::nullopt; });
}

namespace {
struct PlaceTemporaries : tenon::impl::PlaceTemporariesPassBase<PlaceTemporaries> {
  /// Bytes that `alloc` takes at most.
  FailureOr<int64_t> bytesOf(memref::AllocOp alloc) {
    MemRefType type = alloc.getType();
    int64_t elements = 1;
    unsigned dynamic = 0;
    for (int64_t size : type.getShape()) {
      if (!ShapedType::isDynamic(size)) {
        elements *= size;
        continue;
      }
      std::optional<int64_t> bound = upperBound(alloc.getDynamicSizes()[dynamic++]);
      if (!bound)
        return alloc.emitOpError("has a size without a known upper bound");
      elements *= *bound;
    }
    return elements * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  }

  FailureOr<int64_t> place(func::FuncOp kernel, int64_t firstByte) {
    int64_t end = firstByte;
    WalkResult result = kernel.walk([&](memref::AllocOp alloc) {
      FailureOr<int64_t> bytes = bytesOf(alloc);
      if (failed(bytes))
        return WalkResult::interrupt();
      OpBuilder builder(alloc);
      Location loc = alloc.getLoc();
      Value offset = arith::AddIOp::create(builder, loc, kernel.getArgument(WorkerOffset),
                                           arith::ConstantIndexOp::create(builder, loc, end));
      Value view =
          memref::ViewOp::create(builder, loc, alloc.getType(), kernel.getArgument(Scratch), offset,
                                 alloc.getDynamicSizes());
      end = llvm::alignTo(end + *bytes, alignment);
      alloc.replaceAllUsesWith(view);
      alloc.erase();
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return failure();
    kernel.walk([](memref::DeallocOp dealloc) { dealloc.erase(); });
    return end;
  }

  /// Puts the number that is known now where steps ask for it.
  static void defineWorkerBytes(ModuleOp module) {
    auto function = module.lookupSymbol<func::FuncOp>(workerBytesFunction);
    if (!function)
      return;
    for (auto step : module.getOps<func::FuncOp>())
      step.walk([&](func::CallOp call) {
        if (call.getCallee() != workerBytesFunction)
          return;
        OpBuilder builder(call);
        int64_t bytes = step->getAttrOfType<IntegerAttr>("tenon.worker_bytes").getInt();
        call.replaceAllUsesWith(
            ValueRange{arith::ConstantIndexOp::create(builder, call.getLoc(), bytes)});
        call.erase();
      });
    function.erase();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    Builder builder(&getContext());
    DenseMap<StringAttr, int64_t> bytes; // of a worker, by step
    for (auto kernel : module.getOps<func::FuncOp>()) {
      auto of = kernel->getAttrOfType<FlatSymbolRefAttr>("tenon.kernel_of");
      if (!of)
        continue;
      auto step = module.lookupSymbol<func::FuncOp>(of);
      int64_t first = step->getAttrOfType<IntegerAttr>("tenon.worker_bytes").getInt();
      FailureOr<int64_t> end = place(kernel, first);
      if (failed(end))
        return signalPassFailure();
      int64_t &most = bytes[step.getSymNameAttr()];
      most = std::max(most, *end);
    }
    for (auto [name, most] : bytes) {
      auto step = module.lookupSymbol<func::FuncOp>(name);
      step->setAttr("tenon.worker_bytes", builder.getI64IntegerAttr(most));
    }
    defineWorkerBytes(module);
  }
};
} // namespace

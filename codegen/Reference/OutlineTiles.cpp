//===- OutlineTiles.cpp - Tile bodies as functions of plain loops ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The tile ops in their plainest form: scalar loops, sums in the order of the
// indices, a softmax in two passes. Nothing here is shared with codegen/Cpu,
// whose kernels are checked against it.
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/OutlineTiles.h"

#include "dialects/Transformer/ReferenceBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

#include <limits>

using namespace mlir;
using namespace tenon::task;
using tenon::transformer::ReferenceBuilder;

namespace tenon {

std::string tileFunctionName(unsigned index) { return "tile_" + std::to_string(index); }
std::string prologueFunctionName(unsigned index) { return "prologue_" + std::to_string(index); }

namespace {
/// Scalar code of loops over memory.
class LoopWriter : public ReferenceBuilder {
public:
  using ReferenceBuilder::ReferenceBuilder;

  Value addIndex(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
  Value subIndex(Value a, Value b) { return arith::SubIOp::create(builder, loc, a, b); }
  Value mulIndex(Value a, int64_t b) { return arith::MulIOp::create(builder, loc, a, index(b)); }
  Value divIndex(Value a, int64_t b) { return arith::DivUIOp::create(builder, loc, a, index(b)); }
  Value remIndex(Value a, int64_t b) { return arith::RemUIOp::create(builder, loc, a, index(b)); }
  Value load(Value memory, ValueRange indices) {
    return memref::LoadOp::create(builder, loc, memory, indices);
  }
  void store(Value value, Value memory, ValueRange indices) {
    memref::StoreOp::create(builder, loc, value, memory, indices);
  }

  /// Runs `body` for the indices from `first` to `last` - 1.
  void forEach(Value first, Value last, llvm::function_ref<void(Value)> body) {
    auto op = scf::ForOp::create(builder, loc, first, last, index(1));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }
  /// Folds `body` over the indices from `first` to `last` - 1.
  Value fold(Value first, Value last, Value start, llvm::function_ref<Value(Value, Value)> body) {
    auto op = scf::ForOp::create(builder, loc, first, last, index(1), start);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(op.getBody());
    scf::YieldOp::create(builder, loc, body(op.getInductionVar(), op.getRegionIterArg(0)));
    return op.getResult(0);
  }
};

/// Attention of one row and one query head after another.
class AttendLoops {
public:
  AttendLoops(AttendOp op, OpBuilder &builder)
      : op(op), w(builder, op.getLoc()), pagePositions(op.getPagePositions()) {}

  void write() {
    int64_t share =
        static_cast<int64_t>(op.getHeads()) / op.getKeys().getType().getPage().getDimSize(0);
    w.forEach(op.getFirst(), op.getLast(), [&](Value r) {
      row = r;
      sequence = w.asIndex(w.load(op.getSequence(), r));
      position = w.asIndex(w.load(op.getPositions(), {r, w.index(0)}));
      w.forEach(w.index(0), w.index(share), [&](Value part) {
        head = w.addIndex(w.mulIndex(op.getHead(), share), part);
        writeHead();
      });
    });
  }

private:
  Value queryColumn(Value d) { return w.addIndex(w.mulIndex(head, op.getHeadDim()), d); }
  Value page(Value state, Value j) {
    auto type = cast<PagedType>(state.getType());
    return PageOp::create(w.builder, w.loc, type.getPage(), state, sequence,
                          w.divIndex(j, pagePositions));
  }

  Value score(Value j);
  void writeHead();

  AttendOp op;
  LoopWriter w;
  int64_t pagePositions;
  Value row, sequence, position, head;
};
} // namespace

/// The score of position `j`, capped and sloped.
Value AttendLoops::score(Value j) {
  Value keys = page(op.getKeys(), j), at = w.remIndex(j, pagePositions);
  Value x = w.fold(w.index(0), w.index(op.getHeadDim()), w.f32(0), [&](Value d, Value sum) {
    Value query = w.widen(w.load(op.getQuery(), {row, queryColumn(d)}));
    return w.add(sum, w.mul(query, w.widen(w.load(keys, {op.getHead(), d, at}))));
  });
  x = w.mul(x, w.f32(op.getScale().convertToDouble()));
  if (!op.getSoftcap().isZero()) {
    Value cap = w.f32(op.getSoftcap().convertToDouble());
    x = w.mul(cap, math::TanhOp::create(w.builder, w.loc, w.div(x, cap)));
  }
  if (!op.getSlopes())
    return x;
  Value slope = w.at(w.constant(*op.getSlopes()), head);
  return w.add(x, w.mul(slope, w.toF32(w.subIndex(j, position))));
}

void AttendLoops::writeHead() {
  Value first = w.index(0), last = w.addIndex(position, w.index(1));
  if (op.getWindow() > 0)
    first =
        arith::MaxSIOp::create(w.builder, w.loc, first, w.subIndex(last, w.index(op.getWindow())));
  Value none = w.f32(-std::numeric_limits<float>::max());
  Value sink = op.getSinks() ? w.widen(w.load(op.getSinks(), head)) : none;
  if (op.getMarks()) {
    Value begin = w.mulIndex(op.getFirstPage(), pagePositions);
    // The sinks belong to the first page.
    sink = w.select(w.less(first, begin), none, sink);
    first = arith::MaxSIOp::create(w.builder, w.loc, first, begin);
    last =
        arith::MinSIOp::create(w.builder, w.loc, last, w.mulIndex(op.getLastPage(), pagePositions));
  }
  Value largest =
      w.fold(first, last, sink, [&](Value j, Value before) { return w.max(before, score(j)); });
  Value zero = w.f32(0), columns = w.index(op.getHeadDim());
  w.forEach(w.index(0), columns,
            [&](Value d) { w.store(zero, op.getOutput(), {row, queryColumn(d)}); });
  Value total = op.getSinks() ? w.exp(w.sub(sink, largest)) : zero;
  total = w.fold(first, last, total, [&](Value j, Value sum) {
    Value weight = w.exp(w.sub(score(j), largest));
    Value values = page(op.getValues(), j), at = w.remIndex(j, pagePositions);
    w.forEach(w.index(0), columns, [&](Value d) {
      Value before = w.load(op.getOutput(), {row, queryColumn(d)});
      Value value = w.widen(w.load(values, {op.getHead(), at, d}));
      w.store(w.add(before, w.mul(weight, value)), op.getOutput(), {row, queryColumn(d)});
    });
    return w.add(sum, weight);
  });
  w.forEach(w.index(0), columns, [&](Value d) {
    Value sum = w.load(op.getOutput(), {row, queryColumn(d)});
    w.store(w.div(sum, total), op.getOutput(), {row, queryColumn(d)});
  });
  if (!op.getMarks())
    return;
  w.store(largest, op.getMarks(), {row, head, w.index(0)});
  w.store(total, op.getMarks(), {row, head, w.index(1)});
}

static void writeMatmul(MatmulOp op, OpBuilder &builder) {
  LoopWriter w(builder, op.getLoc());
  auto weight = cast<MemRefType>(op.getWeight().getType());
  int64_t lanes = weight.getDimSize(2), columns = weight.getDimSize(3);
  Value zero = w.index(0);
  w.forEach(zero, op.getRows(), [&](Value row) {
    w.forEach(zero, w.index(weight.getDimSize(0) * lanes), [&](Value column) {
      Value block = w.divIndex(column, lanes), lane = w.remIndex(column, lanes);
      Value sum = w.fold(zero, w.index(op.getInputs()), w.f32(0), [&](Value k, Value before) {
        Value input = w.widen(w.load(op.getInput(), {row, k}));
        Value factor =
            w.load(op.getWeight(), {block, w.divIndex(k, columns), lane, w.remIndex(k, columns)});
        return w.add(before, w.mul(input, w.widen(factor)));
      });
      w.store(sum, op.getOutput(), {row, column});
    });
  });
}

/// The type of an argument outside of the task dialect.
static Type outlinedType(Type type) {
  constexpr int64_t any = ShapedType::kDynamic;
  if (auto paged = dyn_cast<PagedType>(type))
    return MemRefType::get({any, any}, paged.getPage());
  if (auto slotted = dyn_cast<SlottedType>(type))
    return MemRefType::get({any}, slotted.getSlot());
  return type;
}

/// Rewrites the ops of the task dialect in `function`, whose arguments still
/// have its types; then gives the arguments theirs.
static void lowerTaskOps(func::FuncOp function) {
  IRRewriter rewriter(function.getContext());
  function.walk([&](Operation *op) {
    rewriter.setInsertionPoint(op);
    if (auto attend = dyn_cast<AttendOp>(op))
      AttendLoops(attend, rewriter).write();
    else if (auto matmul = dyn_cast<MatmulOp>(op))
      writeMatmul(matmul, rewriter);
    else
      return;
    rewriter.eraseOp(op);
  });
  for (BlockArgument argument : function.getArguments())
    argument.setType(outlinedType(argument.getType()));
  function.walk([&](Operation *op) {
    rewriter.setInsertionPoint(op);
    if (isa<PageOp, SlotOp>(op))
      rewriter.replaceOpWithNewOp<memref::LoadOp>(op, op->getOperand(0),
                                                  op->getOperands().drop_front());
    else if (isa<task::YieldOp>(op))
      rewriter.replaceOpWithNewOp<func::ReturnOp>(op);
  });
}

static void outline(Region &region, StringRef name, OpBuilder &builder) {
  Location loc = region.getLoc();
  SmallVector<Type> types = llvm::map_to_vector(region.getArgumentTypes(), outlinedType);
  auto function = func::FuncOp::create(builder, loc, name, builder.getFunctionType(types, {}));
  IRMapping mapping;
  region.cloneInto(&function.getBody(), mapping);
  lowerTaskOps(function);
}

OwningOpRef<ModuleOp> outlineTiles(ModuleOp module) {
  // A file of the task stage need not hold any op of these.
  module.getContext()
      ->loadDialect<arith::ArithDialect, func::FuncDialect, math::MathDialect,
                    memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect>();
  OwningOpRef<ModuleOp> result = ModuleOp::create(module.getLoc());
  OpBuilder builder(module.getContext());
  builder.setInsertionPointToStart(result->getBody());
  unsigned index = 0;
  module.walk([&](PhaseOp phase) {
    outline(phase.getBody(), tileFunctionName(index), builder);
    if (phase.hasPrologue())
      outline(phase.getPrologue(), prologueFunctionName(index), builder);
    ++index;
  });
  return result;
}

} // namespace tenon

//===- LowerMatmul.cpp - Products of rows and packed weights --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two kernels, by what the machine multiplies:
//
// Vectors. A line of the weight holds 16 rows for one column (f32, f16) or two
// (bf16). Each is multiplied by the input element of that column, broadcast:
//
//     line j: | w[0,2j] w[0,2j+1] | w[1,2j] w[1,2j+1] | ... | w[15,2j+1] |
//     even = line << 16, odd = line & 0xffff0000        (bf16 is the top of f32)
//     sum[r] += even * x[r, 2j] + odd * x[r, 2j+1]
//
// so that a product is exact in f32 and needs no horizontal sum. Up to eight
// input rows share a line. Several independent sums hide the latency of fma.
//
// Tiles. The same lines, 16 of them, are the second operand of an AMX tile
// product: 32 columns of 16 rows. Blocks of 2 x 2 tiles use four loads for four
// products, which is what the load ports can feed.
//
// What has a kernel stands in one table, `kernels`; all else is refused.
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/Passes.h"
#include "codegen/Cpu/VectorWriter.h"
#include "codegen/Target.h"
#include "dialects/Task/TaskDialect.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/ScopedPrinter.h"

using namespace mlir;
using namespace tenon::task;
using namespace tenon::cpu;

namespace tenon {
#define GEN_PASS_DEF_LOWERMATMULPASS
#include "codegen/Cpu/Passes.h.inc"
} // namespace tenon

namespace {
/// What both kernels know of a product.
struct Product {
  Product(MatmulOp op, OpBuilder &builder) : op(op), w(builder, op.getLoc()) {
    auto weightType = cast<MemRefType>(op.getWeight().getType());
    blocks = weightType.getDimSize(0);
    pairs = weightType.getDimSize(3);
    // A line as one dimension.
    weight = memref::CollapseShapeOp::create(builder, op.getLoc(), op.getWeight(),
                                             SmallVector<ReassociationIndices>{{0}, {1}, {2, 3}});
    tileRows = cast<MemRefType>(op.getInput().getType()).getDimSize(0);
  }

  MatmulOp op;
  VectorWriter w;
  Value weight;
  int64_t blocks, pairs, tileRows;
};

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

class VectorProduct : Product {
public:
  VectorProduct(MatmulOp op, OpBuilder &builder, int64_t registers)
      : Product(op, builder), registers(registers) {}

  void write() {
    int64_t most = std::min<int64_t>(8, registers / 2);
    bool isWhole = tileRows <= most;
    // Rows behind the last one are computed for nothing. They exist, as the rows
    // that are taken at once divide those of the tile.
    while (!isWhole && tileRows % most != 0)
      --most;
    w.loop(w.index(0), w.index(blocks), 1, [&](Value block) {
      if (!isWhole) {
        w.loop(w.index(0), op.getRows(), most, [&](Value row) { writeRows(block, row, most); });
        return;
      }
      writeFewRows(block, 1);
    });
  }

private:
  int64_t registers;

  /// Few rows stream the weight from memory, and the hardware's prefetcher
  /// alone leaves a fifth of the bandwidth unused. Two distances, into the
  /// first and the second cache, one pair for each line. Of the distances that
  /// were tried, 16 to 64 and 64 to 256 lines, these are the fastest with two
  /// threads; with one they are as good as any.
  static constexpr int64_t nearLines = 32, farLines = 128;

  /// Lines in one turn of the loop, at least: with two, the turns themselves
  /// cost a few percent of the bandwidth.
  static constexpr int64_t leastUnroll = 4;

  void prefetchBehind(Value block, Value line) {
    if (tileRows > 8)
      return; // many rows find the weight in a cache
    for (auto [distance, locality] : {std::pair(nearLines, 3), std::pair(farLines, 2)})
      memref::PrefetchOp::create(w.builder, w.loc, weight,
                                 ValueRange{block, w.add(line, w.index(distance)), w.index(0)},
                                 /*isWrite=*/false, locality, /*isDataCache=*/true);
  }

  /// The smallest kernel of 1, 2, 4 or 8 rows that takes all.
  void writeFewRows(Value block, int64_t count) {
    if (count >= tileRows)
      return writeRows(block, w.index(0), tileRows);
    Value fits = arith::CmpIOp::create(w.builder, w.loc, arith::CmpIPredicate::ule, op.getRows(),
                                       w.index(count));
    auto choice = scf::IfOp::create(w.builder, w.loc, fits, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(w.builder);
    w.builder.setInsertionPointToStart(choice.thenBlock());
    writeRows(block, w.index(0), count);
    w.builder.setInsertionPointToStart(choice.elseBlock());
    writeFewRows(block, 2 * count);
  }

  /// Sums of `count` rows from `row` on for one block of the weight.
  void writeRows(Value block, Value row, int64_t count) {
    int64_t chains = std::clamp<int64_t>(registers / 2 / count, 1, 4);
    int64_t unroll = std::max<int64_t>(tileRows > 8 ? 1 : leastUnroll, chains / pairs);
    int64_t lines = op.getInputs() / pairs; // whole ones
    SmallVector<Value> rows;
    for (int64_t r = 0; r < count; ++r)
      rows.push_back(r == 0 ? row : w.add(row, w.index(r)));
    SmallVector<Value> sums(count * chains, w.splat(0.0));
    int64_t main = lines / unroll * unroll;
    sums = w.loop(w.index(0), w.index(main), unroll, sums, [&](Value line, ValueRange current) {
      SmallVector<Value> next(current);
      for (int64_t u = 0; u < unroll; ++u)
        addLine(block, u == 0 ? line : w.add(line, w.index(u)), rows, pairs, u * pairs, chains,
                next);
      return next;
    });
    for (int64_t line = main; line < lines; ++line)
      addLine(block, w.index(line), rows, pairs, 0, chains, sums);
    if (op.getInputs() % pairs != 0)
      addLine(block, w.index(lines), rows, op.getInputs() % pairs, 0, chains, sums);
    for (int64_t r = 0; r < count; ++r) {
      Value sum = sums[r * chains];
      for (int64_t c = 1; c < chains; ++c)
        sum = w.addF(sum, sums[r * chains + c]);
      w.storeVector(sum, op.getOutput(), {rows[r], w.mul(block, w.index(lanes))});
    }
  }

  /// Adds the products of a line with `columns` columns of each row.
  void addLine(Value block, Value line, ArrayRef<Value> rows, int64_t columns, int64_t firstChain,
               int64_t chains, SmallVectorImpl<Value> &sums) {
    prefetchBehind(block, line);
    SmallVector<Value> weights =
        unpack(w.loadVector(weight, {block, line, w.index(0)}, lanes * pairs));
    Value column = pairs == 1 ? line : w.mul(line, w.index(pairs));
    for (int64_t i = 0; i < columns; ++i) {
      Value at = i == 0 ? column : w.add(column, w.index(i));
      for (auto [r, row] : llvm::enumerate(rows)) {
        Value &sum = sums[r * chains + (firstChain + i) % chains];
        sum = w.fma(weights[i], w.broadcast(w.widen(w.load(op.getInput(), {row, at}))), sum);
      }
    }
  }

  /// A line as one f32 vector for each of its columns: one of any float, or two
  /// of bf16.
  SmallVector<Value> unpack(Value line) {
    if (pairs == 1)
      return {w.widen(line)};
    VectorType i32 = w.vectorOf(w.builder.getI32Type());
    Value bits = w.bitcast(line, i32);
    Value even = arith::ShLIOp::create(w.builder, w.loc, bits, w.splatI32(16));
    Value odd = arith::AndIOp::create(w.builder, w.loc, bits, w.splatI32(int32_t(0xffff0000)));
    return {w.bitcast(even, w.f32Vector()), w.bitcast(odd, w.f32Vector())};
  }
};

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

class TileProduct : Product {
public:
  using Product::Product;

  void write() {
    w.loop(w.index(0), op.getRows(), 32, [&](Value row) {
      int64_t paired = blocks / 2 * 2;
      if (paired > 0)
        w.loop(w.index(0), w.index(paired), 2, [&](Value block) { writeTiles(row, block, 2); });
      if (paired < blocks)
        writeTiles(row, w.index(paired), 1);
    });
  }

private:
  Type bf16() { return w.builder.getBF16Type(); }
  amx::TileType tileOf(int64_t rows, int64_t columns, Type element) {
    return amx::TileType::get({rows, columns}, element);
  }

  /// The sums of 32 rows and `count` blocks.
  void writeTiles(Value row, Value block, int64_t count) {
    amx::TileType sumType = tileOf(16, 16, w.builder.getF32Type());
    amx::TileType operandType = tileOf(16, 32, bf16());
    int64_t steps = cast<MemRefType>(op.getInput().getType()).getDimSize(1) / 32;
    SmallVector<Value> sums;
    for (int64_t i = 0; i < 2 * count; ++i)
      sums.push_back(amx::TileZeroOp::create(w.builder, w.loc, sumType));
    SmallVector<Value> rows = {row, w.add(row, w.index(16))};
    sums = w.loop(w.index(0), w.index(steps), 1, sums, [&](Value step, ValueRange current) {
      SmallVector<Value> next(current), inputs, weights;
      for (Value r : rows)
        inputs.push_back(amx::TileLoadOp::create(w.builder, w.loc, operandType, op.getInput(),
                                                 ValueRange{r, w.mul(step, w.index(32))}));
      for (int64_t b = 0; b < count; ++b) {
        Value which = b == 0 ? block : w.add(block, w.index(b));
        weights.push_back(
            amx::TileLoadOp::create(w.builder, w.loc, operandType, weight,
                                    ValueRange{which, w.mul(step, w.index(16)), w.index(0)}));
      }
      for (int64_t r = 0; r < 2; ++r)
        for (int64_t b = 0; b < count; ++b)
          next[r * count + b] = amx::TileMulFOp::create(w.builder, w.loc, sumType, inputs[r],
                                                        weights[b], next[r * count + b]);
      return next;
    });
    for (int64_t r = 0; r < 2; ++r)
      for (int64_t b = 0; b < count; ++b) {
        Value which = b == 0 ? block : w.add(block, w.index(b));
        amx::TileStoreOp::create(w.builder, w.loc, op.getOutput(),
                                 ValueRange{rows[r], w.mul(which, w.index(16))},
                                 sums[r * count + b]);
      }
  }
};

//===----------------------------------------------------------------------===//
// The kernel of a product
//===----------------------------------------------------------------------===//

/// What multiplies rows of `input` by lines of `columns` columns of `weight`.
struct Kernel {
  StringLiteral input, weight; ///< element types
  int64_t columns;
  int64_t granule; ///< rows and columns of the input that are read at once
  void (*write)(MatmulOp op, OpBuilder &builder, int64_t registers);
};

void writeVectors(MatmulOp op, OpBuilder &builder, int64_t registers) {
  VectorProduct(op, builder, registers).write();
}
void writeTiles(MatmulOp op, OpBuilder &builder, int64_t /*registers*/) {
  TileProduct(op, builder).write();
}

constexpr Kernel kernels[] = {
    {"f32", "f32", /*columns=*/1, /*granule=*/1, writeVectors},
    {"f32", "f16", /*columns=*/1, /*granule=*/1, writeVectors},
    {"f32", "bf16", /*columns=*/2, /*granule=*/1, writeVectors},
    {"bf16", "bf16", /*columns=*/2, /*granule=*/32, writeTiles},
};

MemRefType typeOf(Value memory) { return cast<MemRefType>(memory.getType()); }

/// "f32 by f32 in lines of 16 x 1", as messages name a kernel.
std::string nameOf(StringRef input, StringRef weight, int64_t rows, int64_t columns) {
  return (input + " by " + weight + " in lines of " + Twine(rows) + " x " + Twine(columns)).str();
}

/// The kernel for `op`, or null and an error.
const Kernel *kernelOf(MatmulOp op) {
  MemRefType weight = typeOf(op.getWeight());
  std::string mine =
      nameOf(llvm::to_string(typeOf(op.getInput()).getElementType()),
             llvm::to_string(weight.getElementType()), weight.getDimSize(2), weight.getDimSize(3));
  std::string known;
  for (const Kernel &kernel : kernels) {
    std::string name = nameOf(kernel.input, kernel.weight, lanes, kernel.columns);
    if (name == mine)
      return &kernel;
    known += (known.empty() ? "" : ", ") + name;
  }
  op.emitOpError("has no kernel of ")
      << mine << "; there are " << known << "; choose the packing of one";
  return nullptr;
}

/// Checks that `kernel` touches nothing outside of the operands of `op`.
LogicalResult checkShapes(MatmulOp op, const Kernel &kernel) {
  MemRefType input = typeOf(op.getInput()), weight = typeOf(op.getWeight()),
             output = typeOf(op.getOutput());
  SmallVector<ReassociationIndices> lines = {{0}, {1}, {2, 3}};
  if (!input.hasStaticShape() || !output.hasStaticShape() || !input.isLastDimUnitStride() ||
      !output.isLastDimUnitStride() ||
      !memref::CollapseShapeOp::isGuaranteedCollapsible(weight, lines))
    return op.emitOpError("expected static sizes, and elements of a line and of a row side by "
                          "side, got ")
           << input << " times " << weight << " into " << output;
  bool readsPadding = kernel.granule > 1;
  if (input.getDimSize(0) % kernel.granule != 0 || input.getDimSize(1) % kernel.granule != 0 ||
      (readsPadding && weight.getDimSize(1) * weight.getDimSize(3) < input.getDimSize(1)) ||
      output.getDimSize(0) < input.getDimSize(0))
    return op.emitOpError("expected rows and columns of the input to be multiples of ")
           << kernel.granule << ", with as many rows of the output and columns of the weight, got "
           << input << " times " << weight << " into " << output;
  return success();
}

struct LowerMatmul : tenon::impl::LowerMatmulPassBase<LowerMatmul> {
  using LowerMatmulPassBase::LowerMatmulPassBase;

  void runOnOperation() override {
    getOperation().walk([&](MatmulOp op) {
      const Kernel *kernel = kernelOf(op);
      if (!kernel || failed(checkShapes(op, *kernel)))
        return signalPassFailure();
      OpBuilder builder(op);
      kernel->write(op, builder, vectorRegisters);
      op.erase();
    });
  }
};
} // namespace

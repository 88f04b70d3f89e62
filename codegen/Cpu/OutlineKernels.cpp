//===- OutlineKernels.cpp - Phases as functions, the step as their calls --===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each phase becomes a function that computes a range of its tiles, so that
// profiles and debuggers show phases by name. The step becomes a function that
// every worker runs: it computes the plan, and for each phase its share of the
// tiles, and calls. A plan may load arguments of the step.
//
//   task.phase "qkv" tiles (%c6, %n) ...      func @step_8.1.qkv(..., %first, %end, %step) {
//                                        ->     prologue
//   task.barrier                                scf.for %t = %first to %end step %step { tile }
//                                             }
//
// Operands become views of the memory that the arguments point to: a buffer
// is a view of the scratch memory, a weight of the packed weights at an offset
// out of the table, an argument of the step a cast of its pointer.
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/KernelArguments.h"
#include "codegen/Cpu/NumberOfTurn.h"
#include "codegen/Cpu/Passes.h"
#include "dialects/Task/TaskDialect.h"

#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace tenon::task;
using namespace tenon::cpu;

namespace tenon {
#define GEN_PASS_DEF_OUTLINEKERNELSPASS
#include "codegen/Cpu/Passes.h.inc"
} // namespace tenon

namespace {
/// Writes the function of one step and those of its phases.
class StepOutliner {
public:
  StepOutliner(ModuleOp module, StepOp step)
      : module(module), step(step), loc(step.getLoc()), builder(step.getContext()) {}

  LogicalResult run();

private:
  ModuleOp module;
  StepOp step;
  Location loc;
  OpBuilder builder;
  func::FuncOp function;
  IRMapping numbers; ///< index values of the step, and what plans load, in its function
  Value worker, workers, workerOffset, turn;
  int64_t phases = 0;

  Value index(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value add(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return arith::MulIOp::create(builder, loc, a, b); }

  LogicalResult writeBlock(Block &block);
  void writeCall(PhaseOp phase, func::FuncOp kernel);
  void writeBarrier();
  /// First tile, end and step of this worker's share of `tiles`.
  std::array<Value, 3> share(Value tiles, bool cyclic);

  func::FuncOp declareKernel(PhaseOp phase);
  LogicalResult writeKernel(PhaseOp phase, func::FuncOp kernel);
  void writeTile(PhaseOp phase, func::FuncOp kernel, Value number, ArrayRef<Value> memories,
                 ArrayRef<Value> values);
  void cloneRegion(Region &region, ArrayRef<Value> arguments);
  FailureOr<Value> memoryOf(Value operand, func::FuncOp kernel);
  Value weightMemory(GetWeightOp op, func::FuncOp kernel);
  /// An argument of the step in the step's function or in a kernel, which have
  /// the same first arguments.
  Value argumentMemory(BlockArgument argument, func::FuncOp kernel);
  Value viewOf(Value memory, AffineMap map, Type type, ValueRange tile);
};
} // namespace

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

std::array<Value, 3> StepOutliner::share(Value tiles, bool cyclic) {
  if (cyclic)
    return {worker, tiles, workers};
  auto bound = [&](Value w) {
    return arith::DivUIOp::create(builder, loc, mul(tiles, w), workers).getResult();
  };
  return {bound(worker), bound(add(worker, index(1))), index(1)};
}

void StepOutliner::writeBarrier() {
  auto callee = module.lookupSymbol<func::FuncOp>(barrierFunction);
  func::CallOp::create(builder, loc, callee, ValueRange{function.getArgument(Barrier)});
}

/// Calls `kernel` for this worker's share of the tiles of `phase`.
void StepOutliner::writeCall(PhaseOp phase, func::FuncOp kernel) {
  SmallVector<Value> arguments(function.getArguments().take_front(stepArgumentCount));
  SmallVector<Value> extents;
  for (Value extent : phase.getExtents())
    extents.push_back(numbers.lookup(extent));
  Value tiles = extents.front();
  for (Value extent : ArrayRef(extents).drop_front())
    tiles = mul(tiles, extent);
  std::array<Value, 3> mine = share(tiles, phase.getCyclic());
  arguments.append({turn, workerOffset, mine[0], mine[1], mine[2]});
  arguments.append(extents);
  for (Value value : phase.getValues())
    arguments.push_back(numbers.lookup(value));
  func::CallOp::create(builder, phase.getLoc(), kernel, arguments);
}

LogicalResult StepOutliner::writeBlock(Block &block) {
  for (Operation &op : block) {
    if (auto phase = dyn_cast<PhaseOp>(op)) {
      func::FuncOp kernel = declareKernel(phase);
      writeCall(phase, kernel);
      if (failed(writeKernel(phase, kernel)))
        return failure();
    } else if (auto plan = dyn_cast<PlanOp>(op)) {
      for (Operation &nested : plan.getBody().front().without_terminator())
        builder.clone(nested, numbers);
      Operation *yield = plan.getBody().front().getTerminator();
      for (auto [result, value] : llvm::zip(plan.getResults(), yield->getOperands()))
        numbers.map(result, numbers.lookup(value));
    } else if (auto repeat = dyn_cast<RepeatOp>(op)) {
      Value outer = turn;
      auto loop = scf::ForOp::create(builder, repeat.getLoc(), index(0), index(repeat.getTurns()),
                                     index(1));
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(loop.getBody());
      turn = loop.getInductionVar();
      numbers.map(repeat.getTurn(), turn);
      if (failed(writeBlock(repeat.getBody().front())))
        return failure();
      turn = outer;
    } else if (isa<BarrierOp>(op)) {
      writeBarrier();
    } else if (isa<arith::ConstantOp>(op)) {
      builder.clone(op, numbers);
    } else if (!isa<BufferOp, GetWeightOp, GetStateOp>(op)) {
      return op.emitOpError("has no form on a CPU");
    }
  }
  return success();
}

/// Whether a plan needs the memory of `argument` in the step's function.
static bool isLoadedByPlan(BlockArgument argument) {
  return llvm::any_of(argument.getUsers(),
                      [](Operation *user) { return user->getParentOfType<PlanOp>(); });
}

LogicalResult StepOutliner::run() {
  if (!step.getScratchBytes() || !step.getWorkerBytes())
    return step.emitOpError("has buffers without a place; run plan-buffers");
  SmallVector<Type> types = stepArgumentTypes(step.getContext());
  types.append(2, builder.getIndexType());
  builder.setInsertionPoint(step);
  function = func::FuncOp::create(builder, loc, (step.getSymName() + ".run").str(),
                                  builder.getFunctionType(types, {}));
  function->setAttr("tenon.step", builder.getI64IntegerAttr(step.getRows()));
  function->setAttr("tenon.scratch_bytes", step.getScratchBytesAttr());
  function->setAttr("tenon.worker_bytes", step.getWorkerBytesAttr());
  if (step.getRoundsRows())
    function->setAttr("tenon.rounds_rows", UnitAttr::get(step.getContext()));
  builder.setInsertionPointToStart(function.addEntryBlock());
  worker = function.getArgument(stepArgumentCount);
  workers = function.getArgument(stepArgumentCount + 1);
  // How much memory a worker has is known when temporaries have places.
  auto workerBytes = module.lookupSymbol<func::FuncOp>(workerBytesFunction);
  Value bytes = func::CallOp::create(builder, loc, workerBytes).getResult(0);
  workerOffset = add(index(*step.getScratchBytes()), mul(worker, bytes));
  turn = index(0);
  numbers.map(step.getRowCount(), function.getArgument(Rows));
  numbers.map(step.getWantedCount(), function.getArgument(WantedRows));
  numbers.map(step.getSequenceCount(), function.getArgument(Sequences));
  for (BlockArgument argument : step.getBody().getArguments())
    if (isa<MemRefType>(argument.getType()) && isLoadedByPlan(argument))
      numbers.map(argument, argumentMemory(argument, function));
  if (failed(writeBlock(step.getBody().front())))
    return failure();
  func::ReturnOp::create(builder, loc);
  return success();
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

func::FuncOp StepOutliner::declareKernel(PhaseOp phase) {
  SmallVector<Type> types = stepArgumentTypes(step.getContext());
  unsigned numbersCount = unsigned(firstExtent) - unsigned(stepArgumentCount) +
                          phase.getExtents().size() + phase.getValues().size();
  types.append(numbersCount, builder.getIndexType());
  std::string name = (step.getSymName() + "." + Twine(phases++) + "." + phase.getLabel()).str();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(function);
  auto kernel =
      func::FuncOp::create(builder, phase.getLoc(), name, builder.getFunctionType(types, {}));
  kernel.setPrivate();
  kernel->setAttr("tenon.kernel_of", FlatSymbolRefAttr::get(function));
  kernel->setAttr("tenon.rows", builder.getI64IntegerAttr(step.getRows()));
  SmallVector<int64_t> bounds(phase.getBounds());
  llvm::append_range(bounds, phase.getValueBounds());
  kernel->setAttr(boundsAttribute, builder.getDenseI64ArrayAttr(bounds));
  return kernel;
}

/// Clones the ops of a region of a phase, whose arguments become `arguments`.
void StepOutliner::cloneRegion(Region &region, ArrayRef<Value> arguments) {
  IRMapping mapping;
  for (auto [from, to] : llvm::zip_equal(region.getArguments(), arguments))
    mapping.map(from, to);
  for (Operation &op : region.front().without_terminator())
    builder.clone(op, mapping);
}

/// Writes the body of `phase` for tile `number`, counted over the whole grid.
void StepOutliner::writeTile(PhaseOp phase, func::FuncOp kernel, Value number,
                             ArrayRef<Value> memories, ArrayRef<Value> values) {
  // The last index runs fastest.
  SmallVector<Value> tile(phase.getExtents().size());
  for (unsigned i = tile.size(); i-- > 1;) {
    Value extent = kernel.getArgument(firstExtent + i);
    tile[i] = arith::RemUIOp::create(builder, loc, number, extent);
    number = arith::DivUIOp::create(builder, loc, number, extent);
  }
  tile[0] = number;
  SmallVector<Value> arguments(tile);
  for (auto [i, memory] : llvm::enumerate(memories))
    arguments.push_back(
        viewOf(memory, phase.getAccess(i).getMap(), phase.getView(i).getType(), tile));
  arguments.append(values.begin(), values.end());
  cloneRegion(phase.getBody(), arguments);
}

/// Writes `kernel`: the prologue of `phase`, if there is a tile to compute, and
/// a loop over the tiles that it is called for.
LogicalResult StepOutliner::writeKernel(PhaseOp phase, func::FuncOp kernel) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(kernel.addEntryBlock());
  SmallVector<Value> memories;
  for (Value operand : phase.getAccessed()) {
    FailureOr<Value> memory = memoryOf(operand, kernel);
    if (failed(memory))
      return phase.emitOpError("touches an operand of type ")
             << operand.getType() << ", which has no memory on a CPU; expected a buffer, weight, "
             << "state or argument of the step";
    memories.push_back(*memory);
  }
  SmallVector<Value> values(kernel.getArguments().take_back(phase.getValues().size()));
  Value first = kernel.getArgument(FirstTile), end = kernel.getArgument(EndTile);
  Value some = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, first, end);
  if (phase.hasPrologue()) {
    auto guardOp = scf::IfOp::create(builder, loc, some);
    OpBuilder::InsertionGuard inner(builder);
    builder.setInsertionPointToStart(guardOp.thenBlock());
    SmallVector<Value> arguments(memories);
    arguments.append(values);
    cloneRegion(phase.getPrologue(), arguments);
  }
  auto loop = scf::ForOp::create(builder, loc, first, end, kernel.getArgument(TileStep));
  func::ReturnOp::create(builder, loc);
  builder.setInsertionPointToStart(loop.getBody());
  writeTile(phase, kernel, loop.getInductionVar(), memories, values);
  return success();
}

Value StepOutliner::weightMemory(GetWeightOp op, func::FuncOp kernel) {
  SmallVector<int64_t> places; // in the weight table
  for (auto name : op.getNames().getAsRange<FlatSymbolRefAttr>())
    places.push_back(module.lookupSymbol<WeightOp>(name.getValue()).getIndex());
  Value place = numberOfTurn(builder, loc, places, kernel.getArgument(Turn));
  Value offset = memref::LoadOp::create(builder, loc, kernel.getArgument(WeightOffsets), place);
  offset = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), offset);
  return memref::ViewOp::create(builder, loc, cast<MemRefType>(op.getType()),
                                kernel.getArgument(Weights), offset, ValueRange());
}

Value StepOutliner::argumentMemory(BlockArgument argument, func::FuncOp kernel) {
  static constexpr StepArgument byNumber[] = {Tokens,       Positions, RowSequence,
                                              SequenceSlot, Wanted,    Logits};
  auto type = cast<MemRefType>(argument.getType());
  bool isGiven = argument == step.getEmbeddings();
  Value pointer = kernel.getArgument(isGiven ? Embeddings : byNumber[argument.getArgNumber()]);
  SmallVector<int64_t> strides;
  int64_t offset;
  (void)type.getStridesAndOffset(strides, offset);
  return memref::ReinterpretCastOp::create(builder, loc, type, pointer, /*offset=*/0,
                                           type.getShape(), strides);
}

FailureOr<Value> StepOutliner::memoryOf(Value operand, func::FuncOp kernel) {
  if (auto argument = dyn_cast<BlockArgument>(operand);
      argument && isa<MemRefType>(argument.getType()))
    return argumentMemory(argument, kernel);
  if (auto weight = operand.getDefiningOp<GetWeightOp>())
    return weightMemory(weight, kernel);
  if (auto buffer = operand.getDefiningOp<BufferOp>()) {
    Value offset = index(*buffer.getOffset());
    if (buffer.getIsPrivate())
      offset = add(offset, kernel.getArgument(WorkerOffset));
    return memref::ViewOp::create(builder, loc, cast<MemRefType>(buffer.getType()),
                                  kernel.getArgument(Scratch), offset, ValueRange())
        .getResult();
  }
  if (auto state = operand.getDefiningOp<GetStateOp>()) {
    // lower-pages finds the names; the turn is the kernel's.
    Value which = state.getTurn() ? kernel.getArgument(Turn) : Value();
    return GetStateOp::create(builder, loc, state.getType(), state.getNames(), which).getResult();
  }
  return failure();
}

Value StepOutliner::viewOf(Value memory, AffineMap map, Type type, ValueRange tile) {
  if (!map)
    return memory;
  auto shape = cast<MemRefType>(type).getShape();
  SmallVector<OpFoldResult> offsets, sizes, strides;
  for (auto [i, size] : llvm::enumerate(shape)) {
    AffineExpr expression = map.getResult(i);
    auto constant = dyn_cast<AffineConstantExpr>(expression);
    offsets.push_back(constant ? OpFoldResult(builder.getIndexAttr(constant.getValue()))
                               : OpFoldResult(affine::expandAffineExpr(builder, loc, expression,
                                                                       tile, ValueRange())));
    sizes.push_back(builder.getIndexAttr(size));
    strides.push_back(builder.getIndexAttr(1));
  }
  Value view = memref::SubViewOp::create(builder, loc, memory, offsets, sizes, strides);
  if (view.getType() != type)
    view = memref::CastOp::create(builder, loc, type, view);
  return view;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct OutlineKernels : tenon::impl::OutlineKernelsPassBase<OutlineKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    Type bytes = MemRefType::get({unbounded}, builder.getIntegerType(8));
    auto barrier = func::FuncOp::create(builder, module.getLoc(), barrierFunction,
                                        builder.getFunctionType({bytes}, {}));
    barrier.setPrivate();
    auto workerBytes = func::FuncOp::create(builder, module.getLoc(), workerBytesFunction,
                                            builder.getFunctionType({}, {builder.getIndexType()}));
    workerBytes.setPrivate();
    for (auto step : llvm::make_early_inc_range(module.getOps<StepOp>())) {
      if (failed(StepOutliner(module, step).run()))
        return signalPassFailure();
      step.erase();
    }
  }
};
} // namespace

//===- StepConversion.cpp - One step, from values to phases ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/StepConversion.h"

#include "dialects/Transformer/IdUse.h"
#include "dialects/Transformer/StepSignature.h"
#include "passes/TransformerToTask/UpstreamOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Remarks.h"

#include <utility>

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

StepConversion::StepConversion(ModuleOp module, const Target &target, func::FuncOp entry,
                               StringRef name, int64_t rows)
    : target(target), builder(module.getContext()), module(module), symbols(module), entry(entry) {
  builder.setInsertionPointToEnd(module.getBody());
  step = task::StepOp::create(builder, entry.getLoc(), builder.getStringAttr(name),
                              builder.getI64IntegerAttr(rows), IntegerAttr(), UnitAttr(),
                              IntegerAttr(), IntegerAttr());
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// The arguments of a step's region; see task.step.
/// \param embeddings their type, null when no row can be given.
static void addStepArguments(task::StepOp step, int64_t columns, int64_t positionAxes,
                             RankedTensorType embeddings) {
  Block &body = step.getBody().emplaceBlock();
  MLIRContext *context = step.getContext();
  int64_t rows = step.getRows();
  Type i32 = IntegerType::get(context, 32), f32 = Float32Type::get(context);
  auto ids = MemRefType::get({rows}, i32);
  SmallVector<Type> types = {ids, MemRefType::get({rows, positionAxes}, i32), ids, ids,
                             ids, MemRefType::get({rows, columns}, f32)};
  types.append(3, IndexType::get(context));
  if (embeddings)
    types.push_back(MemRefType::get({rows, embeddings.getDimSize(1)}, f32));
  body.addArguments(types, SmallVector<Location>(types.size(), step.getLoc()));
}

void StepConversion::declareState(StringRef name, const PageLayout &layout) {
  if (symbols.lookup(name)) // the row variants share their states
    return;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(step);
  symbols.insert(task::StateOp::create(builder, entry.getLoc(), builder.getStringAttr(name),
                                       layout.paged ? builder.getUnitAttr() : UnitAttr(),
                                       TypeAttr::get(layout.memory), IntegerAttr()));
}

LogicalResult StepConversion::bindState(BlockArgument state, unsigned number) {
  auto type = dyn_cast<StateTypeInterface>(state.getType());
  if (!type)
    return entry.emitError("argument ")
           << state.getArgNumber() << " of type " << state.getType()
           << " has no form in the task stage; behind its rows and the wanted ones a step takes "
              "states only";
  std::string name = ("state." + Twine(number)).str();
  states[state] = {builder.getStringAttr(name)};
  for (auto [part, layout] : llvm::zip(type.getStateParts(), layoutsOf(type)))
    declareState((name + "." + part.name).str(), layout);
  return success();
}

LogicalResult StepConversion::bindArguments() {
  Block &block = entry.getBody().front();
  FunctionType type = entry.getFunctionType();
  std::optional<StepSignature> signature = StepSignature::of(type);
  if (!signature)
    return entry.emitError("expected tokens (tensor<?xi32>), embeddings (tensor<?xHxf32>) or both, "
                           "rows, and wanted rows (tensor<?xi32>) as the first arguments of a "
                           "step, and logits (tensor<?xVxf32>) as its first result");
  auto logits = cast<RankedTensorType>(type.getResult(0));
  addStepArguments(step, logits.getShape().back(), positionAxesOf(module), embeddingsOf(type));
  buffersBlock = &step.getBody().front();
  if (signature->tokens) {
    BlockArgument tokens = block.getArgument(*signature->tokens);
    int64_t vocabulary = IdUse::of(tokens).vocabulary;
    if (vocabulary && vocabulary != step.vocabularySize())
      step.setVocabulary(vocabulary);
    buffers[tokens] = step.getTokens();
  }
  if (signature->embeddings)
    buffers[block.getArgument(*signature->embeddings)] = step.getEmbeddings();
  BlockArgument wanted = block.getArgument(signature->wanted());
  buffers[wanted] = step.getWanted();
  wantedRows.insert(wanted);
  for (auto [number, state] :
       llvm::enumerate(block.getArguments().drop_front(signature->firstState())))
    if (failed(bindState(state, number)))
      return failure();
  buffers[block.getTerminator()->getOperand(0)] = step.getLogits();
  return success();
}

//===----------------------------------------------------------------------===//
// What values become
//===----------------------------------------------------------------------===//

Value StepConversion::rowCount(Value value) {
  return wantedRows.contains(value) ? step.getWantedCount() : step.getRowCount();
}

Value StepConversion::bufferOf(Value value) {
  Value &buffer = buffers[value];
  if (buffer)
    return buffer;
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.front() = maxRows();
  buffer = sharedBuffer(MemRefType::get(shape, type.getElementType()), value.getLoc());
  return buffer;
}

Value StepConversion::sharedBuffer(MemRefType type, Location loc) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(buffersBlock);
  return task::BufferOp::create(builder, loc, type, UnitAttr(), IntegerAttr());
}

Value StepConversion::privateBuffer(MemRefType type, Location loc) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(buffersBlock);
  return task::BufferOp::create(builder, loc, type, builder.getUnitAttr(), IntegerAttr());
}

/// References to `names` as an attribute.
static ArrayAttr references(OpBuilder &builder, ArrayRef<StringAttr> names, StringRef suffix = "") {
  SmallVector<Attribute> list;
  for (StringAttr name : names)
    list.push_back(FlatSymbolRefAttr::get(
        builder.getContext(), suffix.empty() ? name.getValue() : (name.getValue() + suffix).str()));
  return builder.getArrayAttr(list);
}

Value StepConversion::weightMemory(Value weight, Location loc) {
  const Names &names = weights.find(weight)->second;
  auto declaration = symbols.lookup<task::WeightOp>(names.front());
  Value which = names.size() > 1 ? turn : Value();
  return task::GetWeightOp::create(builder, loc, declaration.getType(), references(builder, names),
                                   which);
}

PackAttr StepConversion::packingOf(Value weight) {
  auto declaration = symbols.lookup<task::WeightOp>(weights.find(weight)->second.front());
  for (Attribute recipe : declaration.getRecipe())
    if (auto pack = dyn_cast<PackAttr>(recipe))
      return pack;
  return {};
}

Value StepConversion::statePart(Value state, unsigned part, Location loc) {
  const Names &names = states.find(state)->second;
  auto type = cast<StateTypeInterface>(state.getType());
  PageLayout layout = layoutsOf(type)[part];
  Type memory = layout.paged ? Type(task::PagedType::get(builder.getContext(), layout.memory))
                             : Type(task::SlottedType::get(builder.getContext(), layout.memory));
  Value which = names.size() > 1 ? turn : Value();
  std::string suffix = ("." + type.getStateParts()[part].name).str();
  return task::GetStateOp::create(builder, loc, memory, references(builder, names, suffix), which);
}

Value StepConversion::tileCount(Value rows, int64_t size) {
  Value &count = tileCounts[{rows, size}];
  if (count)
    return count;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(buffersBlock);
  auto plan = task::PlanOp::create(builder, step.getLoc(), TypeRange{builder.getIndexType()});
  builder.setInsertionPointToStart(&plan.getBody().emplaceBlock());
  Value divisor = arith::ConstantIndexOp::create(builder, step.getLoc(), size);
  Value tiles = arith::CeilDivUIOp::create(builder, step.getLoc(), rows, divisor);
  task::YieldOp::create(builder, step.getLoc(), tiles);
  count = plan.getResult(0);
  return count;
}

//===----------------------------------------------------------------------===//
// Blocks and phases
//===----------------------------------------------------------------------===//

LogicalResult StepConversion::bindRowCounts(Operation *op) {
  bool wanted = isa<SelectRowsOp>(op)
                    ? wantedRows.contains(op->getOperand(1))
                    : op->getNumOperands() > 0 && wantedRows.contains(op->getOperand(0));
  if (isUpstream(op)) {
    SmallVector<Value> origins = rowOrigins(op);
    auto isWanted = [&](Value value) { return wantedRows.contains(value); };
    wanted = llvm::any_of(origins, isWanted);
    if (wanted && !llvm::all_of(origins, isWanted))
      return op->emitError("reads all rows and the wanted ones, which are of another number; "
                           "select the rows of each of its operands");
  }
  if (wanted)
    for (Value result : op->getResults())
      wantedRows.insert(result);
  return success();
}

/// The phase that `op`, a group or a lone op, becomes.
static PhaseOps phaseOf(Operation *op) {
  PhaseOps phase{op->getName().stripDialect(), op->getLoc(), {}, {}};
  auto group = dyn_cast<GroupOp>(op);
  if (!group) {
    phase.ops.push_back(op);
    phase.results.append(op->result_begin(), op->result_end());
    return phase;
  }
  phase.label = group.getLabel();
  for (Operation &nested : group.getBody().front().without_terminator())
    if (!isIngredient(&nested))
      phase.ops.push_back(&nested);
  phase.results.append(group.getYield().operand_begin(), group.getYield().operand_end());
  return phase;
}

InFlightDiagnostic emitPackedForProducts(Operation *op) {
  return op->emitError(
      "reads a weight that a product reads, too, and that is packed for it; declare "
      "the weight twice, with the same sources, and give each op its own");
}

void remarkReferenceForm(StepConversion &conversion, const PhaseOps &phase, StringRef how) {
  remark::missed(phase.loc, remark::RemarkOpts::name("reference-form")
                                .category("lowering")
                                .function(conversion.step.getSymName()))
      << (phase.label + " runs by its reference form, " + how).str()
      << remark::reason("no pattern of convert-transformer-to-task makes it fast");
}

/// Ingredients of upstream ops have no memory that `op`, of another dialect,
/// could read.
static LogicalResult checkOperands(Operation *op) {
  for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
    Operation *maker = operand.getDefiningOp();
    if (maker && isa<ShapedType>(operand.getType()) && isIngredient(maker))
      return op->emitError("operand ")
             << index << " of type " << operand.getType()
             << " is a constant or empty and has no memory in the task stage; make rows of it by "
                "linalg.broadcast, or read it by ops of arith, linalg, math and tensor only";
  }
  return success();
}

LogicalResult StepConversion::convertPhase(const PhaseOps &phase) {
  for (Operation *op : phase.ops)
    if (failed(bindRowCounts(op)) || (!isUpstream(op) && failed(checkOperands(op))))
      return failure();
  if (llvm::any_of(phase.ops, [](Operation *op) { return isa<AttentionInterface>(op); }))
    return convertAttentionPhase(*this, phase);
  if (llvm::any_of(phase.ops, [](Operation *op) { return isa<LinearOp>(op); }))
    return convertProductPhase(*this, phase);
  return convertRowPhase(*this, phase);
}

/// `op`, a group or any other op, as a phase.
LogicalResult StepConversion::convertGroup(Operation &op) {
  PhaseOps phase = phaseOf(&op);
  auto group = dyn_cast<GroupOp>(op);
  if (!group)
    return convertPhase(phase);
  // What a group yields is the group's result under another name.
  for (auto [inner, outer] : llvm::zip(phase.results, group.getResults()))
    if (Value known = buffers.lookup(outer))
      buffers[inner] = known;
  if (failed(convertPhase(phase)))
    return failure();
  for (auto [inner, outer] : llvm::zip(phase.results, group.getResults())) {
    if (Value known = buffers.lookup(inner))
      buffers[outer] = known;
    if (wantedRows.contains(inner))
      wantedRows.insert(outer);
    if (states.contains(inner))
      replaceState(inner, outer);
  }
  return success();
}

/// Upstream ops that follow each other become one phase: what they hand on to
/// each other needs no memory.
LogicalResult StepConversion::convertUpstream(ArrayRef<Operation *> ops) {
  SmallVector<Location> locations;
  for (Operation *op : ops)
    locations.push_back(op->getLoc());
  PhaseOps phase{ops.size() == 1 ? ops.front()->getName().stripDialect() : "rows",
                 builder.getFusedLoc(locations),
                 llvm::to_vector(ops),
                 {}};
  for (Operation *op : ops)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) {
            return !llvm::is_contained(ops, op->getBlock()->findAncestorOpInBlock(*user));
          }))
        phase.results.push_back(result);
  return convertPhase(phase);
}

LogicalResult StepConversion::convertBlock(Block &block) {
  CallRun run;
  SmallVector<Operation *> upstream; // one of the two is empty
  auto flush = [&] {
    if (!upstream.empty())
      return convertUpstream(std::exchange(upstream, {}));
    return run.empty() ? success() : convertRun(std::exchange(run, {}));
  };
  for (Operation &op : block.without_terminator()) {
    if (auto weight = dyn_cast<GetWeightOp>(op)) {
      weights[weight] = {weight.getNameAttr().getAttr()};
      continue;
    }
    if (isIngredient(&op))
      continue;
    if (isUpstream(&op)) {
      if (failed(bindRowCounts(&op)))
        return failure();
      bool continues = !upstream.empty() && hasWantedRows(upstream.back()) == hasWantedRows(&op);
      if (!continues && failed(flush()))
        return failure();
      upstream.push_back(&op);
      continue;
    }
    if (isa<TransposeOp>(op))
      return op.emitError("makes a weight while the step runs; run fold-weight-transposes");
    if (auto call = dyn_cast<func::CallOp>(op)) {
      // Inside a repeat, whose lists have its turns' names, a call is written out.
      bool continues = !turn && upstream.empty() && run.canTake(call);
      if (failed(checkOperands(call)) || (!continues && failed(flush())))
        return failure();
      run.take(call);
      continue;
    }
    if (failed(flush()) || failed(convertGroup(op)))
      return failure();
  }
  return failure(failed(checkOperands(block.getTerminator())) || failed(flush()));
}

LogicalResult StepConversion::run() {
  if (failed(bindArguments()))
    return failure();
  builder.setInsertionPointToEnd(&step.getBody().front());
  return convertBlock(entry.getBody().front());
}

} // namespace tenon

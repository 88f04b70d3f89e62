//===- StepConversion.cpp - One step, from values to phases-----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/StepConversion.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

StepConversion::StepConversion(ModuleOp module, const Target &target, func::FuncOp entry,
                               StringRef name, int64_t rows)
    : target(target), builder(module.getContext()), module(module), symbols(module), entry(entry) {
  builder.setInsertionPointToEnd(module.getBody());
  step = task::StepOp::create(builder, entry.getLoc(), builder.getStringAttr(name),
                              builder.getI64IntegerAttr(rows), IntegerAttr(), IntegerAttr());
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// The arguments of a step's region; see task.step.
static void addStepArguments(task::StepOp step, int64_t vocabulary) {
  Block &body = step.getBody().emplaceBlock();
  MLIRContext *context = step.getContext();
  int64_t rows = step.getRows();
  Type i32 = IntegerType::get(context, 32), f32 = Float32Type::get(context);
  auto ids = MemRefType::get({rows}, i32);
  SmallVector<Type> types = {ids, MemRefType::get({rows, 1}, i32),         ids, ids,
                             ids, MemRefType::get({rows, vocabulary}, f32)};
  types.append(3, IndexType::get(context));
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

LogicalResult StepConversion::bindState(BlockArgument state) {
  auto type = dyn_cast<StateTypeInterface>(state.getType());
  if (!type)
    return entry.emitError("argument ")
           << state.getArgNumber() << " of type " << state.getType()
           << " has no form in the task stage; behind tokens, rows and wanted rows a step takes "
              "states only";
  std::string name = ("state." + Twine(state.getArgNumber() - 3)).str();
  states[state] = {builder.getStringAttr(name)};
  for (auto [part, layout] : llvm::zip(type.getStateParts(), layoutsOf(type)))
    declareState((name + "." + part.name).str(), layout);
  return success();
}

LogicalResult StepConversion::bindArguments() {
  Block &block = entry.getBody().front();
  if (entry.getNumArguments() < 3 || entry.getNumResults() < 1)
    return entry.emitError(
        "expected tokens, rows and wanted rows as the first arguments of a step");
  auto logits = dyn_cast<RankedTensorType>(entry.getResultTypes().front());
  if (!logits || logits.getRank() != 2)
    return entry.emitError("expected logits as the first result of a step");
  addStepArguments(step, logits.getShape().back());
  buffersBlock = &step.getBody().front();
  buffers[block.getArgument(0)] = step.getTokens();
  buffers[block.getArgument(2)] = step.getWanted();
  wantedRows.insert(block.getArgument(2));
  for (BlockArgument state : block.getArguments().drop_front(3))
    if (failed(bindState(state)))
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
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(buffersBlock);
  auto memory = MemRefType::get(shape, type.getElementType());
  buffer = task::BufferOp::create(builder, value.getLoc(), memory, UnitAttr(), IntegerAttr());
  return buffer;
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

void StepConversion::bindRowCounts(Operation *op) {
  bool wanted = isa<SelectRowsOp>(op)
                    ? wantedRows.contains(op->getOperand(1))
                    : op->getNumOperands() > 0 && wantedRows.contains(op->getOperand(0));
  if (wanted)
    for (Value result : op->getResults())
      wantedRows.insert(result);
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
    phase.ops.push_back(&nested);
  phase.results.append(group.getYield().operand_begin(), group.getYield().operand_end());
  return phase;
}

void remarkReferenceForm(StepConversion &conversion, const PhaseOps &phase, StringRef how) {
  remark::missed(phase.loc, remark::RemarkOpts::name("reference-form")
                                .category("lowering")
                                .function(conversion.step.getSymName()))
      << (phase.label + " runs by its reference form, " + how).str()
      << remark::reason("no pattern of convert-transformer-to-task makes it fast");
}

LogicalResult StepConversion::convertPhase(const PhaseOps &phase) {
  for (Operation *op : phase.ops)
    bindRowCounts(op);
  if (llvm::any_of(phase.ops, [](Operation *op) { return isa<AttentionInterface>(op); }))
    return convertAttentionPhase(*this, phase);
  if (llvm::any_of(phase.ops, [](Operation *op) { return isa<LinearOp>(op); }))
    return convertProductPhase(*this, phase);
  return convertRowPhase(*this, phase);
}

LogicalResult StepConversion::convertBlock(Block &block) {
  SmallVector<func::CallOp> run;
  auto flush = [&] {
    LogicalResult result = run.empty() ? success() : convertCalls(run);
    run.clear();
    return result;
  };
  for (Operation &op : block.without_terminator()) {
    if (auto weight = dyn_cast<GetWeightOp>(op)) {
      weights[weight] = {weight.getNameAttr().getAttr()};
      continue;
    }
    if (isa<TransposeOp>(op))
      return op.emitError("makes a weight while the step runs; run fold-weight-transposes");
    if (auto call = dyn_cast<func::CallOp>(op)) {
      if (!run.empty() && run.back().getCallee() != call.getCallee() && failed(flush()))
        return failure();
      run.push_back(call);
      continue;
    }
    if (failed(flush()))
      return failure();
    auto group = dyn_cast<GroupOp>(op);
    PhaseOps phase = phaseOf(&op);
    if (group) // what a group yields is the group's result under another name
      for (auto [inner, outer] : llvm::zip(phase.results, group.getResults()))
        if (Value known = buffers.lookup(outer))
          buffers[inner] = known;
    if (failed(convertPhase(phase)))
      return failure();
    if (group)
      for (auto [inner, outer] : llvm::zip(phase.results, group.getResults())) {
        if (Value known = buffers.lookup(inner))
          buffers[outer] = known;
        if (wantedRows.contains(inner))
          wantedRows.insert(outer);
        if (states.contains(inner))
          replaceState(inner, outer);
      }
  }
  return flush();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// Whether values of `type` are what sequences remember.
static bool isState(Type type) { return isa<StateTypeInterface>(type); }

LogicalResult StepConversion::bindCallArguments(ArrayRef<func::CallOp> calls, func::FuncOp callee) {
  func::CallOp first = calls.front();
  for (BlockArgument argument : callee.getArguments()) {
    unsigned index = argument.getArgNumber();
    Value operand = first.getOperand(index);
    if (isa<WeightType>(argument.getType()) || isState(argument.getType())) {
      auto &table = isa<WeightType>(argument.getType()) ? weights : states;
      Names names;
      for (func::CallOp call : calls) {
        Names passed = table.lookup(call.getOperand(index));
        if (passed.size() != 1)
          return call.emitError("a call inside a function that is called for several layers; "
                                "inline it");
        names.push_back(passed.front());
      }
      table[argument] = std::move(names);
    } else if (isa<RankedTensorType>(argument.getType())) {
      buffers[argument] = bufferOf(operand);
      for (auto [before, call] : llvm::zip(calls, calls.drop_front())) {
        Value passed = call->getOperand(index);
        bool carried = passed.getDefiningOp() == before;
        if (!carried && passed != operand)
          return call->emitError("argument ")
                 << index << " is neither the same in all calls of '" << callee.getName()
                 << "' nor a result of the call before";
      }
    }
  }
  return success();
}

/// Checks that nothing needs `taken`, the memory that a turn's result goes to,
/// from `since` on: users in its block come before.
static LogicalResult checkTaken(Value taken, Operation *since, func::CallOp call) {
  for (Operation *user : taken.getUsers()) {
    Operation *place = since->getBlock()->findAncestorOpInBlock(*user);
    if (place && !place->isBeforeInBlock(since))
      return call->emitError("a result takes the place of an argument of '")
             << call.getCallee() << "' that is still needed; calls of one run cannot do that";
  }
  return success();
}

LogicalResult StepConversion::checkCarried(ArrayRef<func::CallOp> calls, BlockArgument argument,
                                           Value value) {
  // In the layer, its argument is read by phases before the one that makes the
  // result; outside, nothing but the next call needs what a call was given.
  func::CallOp first = calls.front();
  Operation *maker = value.getDefiningOp();
  if (!maker)
    return first->emitError("'") << first.getCallee()
                                 << "' returns an argument as it is to the next call of the run; "
                                 << "give that call the argument itself";
  if (failed(checkTaken(argument, maker, first)))
    return failure();
  if (failed(checkTaken(first.getOperand(argument.getArgNumber()), first->getNextNode(), first)))
    return failure();
  for (auto [before, call] : llvm::zip(calls, calls.drop_front()))
    if (failed(checkTaken(call->getOperand(argument.getArgNumber()), call->getNextNode(), before)))
      return failure();
  return success();
}

LogicalResult StepConversion::bindCallResults(ArrayRef<func::CallOp> calls, func::FuncOp callee) {
  Operation *terminator = callee.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(terminator->getOperands())) {
    if (isState(value.getType()))
      continue;
    // A result that the next call takes lives where the argument lives.
    for (auto [before, call] : llvm::zip(calls, calls.drop_front()))
      for (auto [position, operand] : llvm::enumerate(call->getOperands()))
        if (operand == before->getResult(index)) {
          if (failed(checkCarried(calls, callee.getArgument(position), value)))
            return failure();
          buffers[value] = buffers.lookup(callee.getArgument(position));
        }
    if (Value known = buffers.lookup(func::CallOp(calls.back()).getResult(index)))
      buffers[value] = known;
    Value buffer = bufferOf(value);
    for (func::CallOp call : calls)
      buffers[call.getResult(index)] = buffer;
  }
  return success();
}

LogicalResult StepConversion::convertCalls(ArrayRef<func::CallOp> calls) {
  auto callee = symbols.lookup<func::FuncOp>(func::CallOp(calls.front()).getCallee());
  if (!callee || callee.isExternal())
    return func::CallOp(calls.front()).emitError("the called function has no body here");
  // An earlier run of these calls has its own buffers.
  callee.walk([&](Operation *op) {
    for (Value result : op->getResults())
      buffers.erase(result);
  });
  // States first: each call takes what the one before left.
  for (func::CallOp call : calls)
    for (Value operand : call.getOperands())
      if (isState(operand.getType()) && !states.contains(operand))
        return func::CallOp(call).emitError(
            "a state reaches two calls of one run; they must be apart");
  if (failed(bindCallArguments(calls, callee)) || failed(bindCallResults(calls, callee)))
    return failure();
  auto repeat = task::RepeatOp::create(builder, func::CallOp(calls.front()).getLoc(),
                                       builder.getI64IntegerAttr(calls.size()));
  Block &body = repeat.getBody().emplaceBlock();
  Value outerTurn = turn;
  turn = body.addArgument(builder.getIndexType(), repeat.getLoc());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&body);
  LogicalResult result = convertBlock(callee.getBody().front());
  turn = outerTurn;
  // Turn by turn, a state that the layer returns is one that it was given.
  for (auto [index, value] :
       llvm::enumerate(callee.getBody().front().getTerminator()->getOperands()))
    if (isState(value.getType()))
      for (auto [i, call] : llvm::enumerate(calls))
        states[call->getResult(index)] = {states.lookup(value)[i]};
  return result;
}

LogicalResult StepConversion::run() {
  if (failed(bindArguments()))
    return failure();
  builder.setInsertionPointToEnd(&step.getBody().front());
  return convertBlock(entry.getBody().front());
}

} // namespace tenon

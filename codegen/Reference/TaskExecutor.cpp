//===- TaskExecutor.cpp - Runs steps of the task stage in random order ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step is unrolled into instances of its phases, one for each turn of a
// repeat, with the numbers of this step in the place of index values. Each
// instance waits for the earlier ones that dialects/Task/Dependences names. Then,
// until no tile is left, a random tile of a random instance that waits for
// nothing is run by a random worker.
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/TaskExecutor.h"

#include "codegen/Reference/LowerReference.h"
#include "codegen/Reference/MemoryDescriptor.h"
#include "codegen/Reference/OutlineTiles.h"
#include "codegen/Reference/RandomTensors.h"
#include "codegen/Target.h"
#include "dialects/Task/Dependences.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <map>

using namespace mlir;
using namespace tenon::task;

namespace tenon {

using Bytes = std::vector<char>;

/// All bits set: NaN in every float type.
static constexpr char unwritten = static_cast<char>(0xff);

namespace {
/// A state of all sequences, in pages or slots that appear when they are used.
class StateMemory {
public:
  explicit StateMemory(StateOp op) : type(cast<MemRefType>(op.getType())), isPaged(op.getPaged()) {}

  /// The table of descriptors, by the place of a sequence in `sequences` and by
  /// page.
  MemoryDescriptor table(ArrayRef<int32_t> sequences, int64_t pages) {
    if (!isPaged)
      pages = 1;
    words.clear();
    for (int32_t sequence : sequences)
      for (int64_t page = 0; page < pages; ++page) {
        Bytes &bytes = parts[{sequence, page}];
        if (bytes.empty())
          bytes.assign(task::sizeBytesOf(type), isPaged ? unwritten : 0);
        MemoryDescriptor part(bytes.data(), 0, type.getShape(),
                              MemoryDescriptor::rowMajor(type.getShape()));
        llvm::append_range(words, part.allWords());
      }
    int64_t count = std::ssize(sequences);
    if (isPaged)
      return MemoryDescriptor(words.data(), 0, {count, pages}, {pages, 1});
    return MemoryDescriptor(words.data(), 0, {count}, {1});
  }

private:
  MemRefType type;
  bool isPaged;
  std::map<std::pair<int64_t, int64_t>, Bytes> parts;
  std::vector<uint64_t> words;
};
} // namespace

struct TaskProgram::State {
  OwningOpRef<ModuleOp> module;
  llvm::StringMap<HostTensor> weights;
  llvm::StringMap<std::unique_ptr<StateMemory>> states;
  DenseMap<Operation *, unsigned> phaseNumbers;
  /// Of those in a page, by any op that reads one: what a table of pages needs.
  int64_t leastPagePositions = pagePositions;
  std::unique_ptr<ReferenceJit> jit;
};

namespace {
/// What a phase instance touches: memory, memory of the worker, or a state.
struct Operand {
  char *data = nullptr;
  MemRefType type;
  Value privateBuffer;
  std::shared_ptr<MemoryDescriptor> table;
};

/// A phase in one turn of the repeats around it.
struct Instance {
  PhaseOp phase;
  unsigned number;
  SmallVector<int64_t> extents, values;
  SmallVector<Operand> operands;
  SmallVector<unsigned> waitsFor;
  std::vector<int64_t> tiles; ///< those not yet taken
};

/// The memory of a worker, and the instance that it was last used for.
struct Worker {
  DenseMap<Value, Bytes> buffers;
  const Instance *last = nullptr;
};

/// One run of a step.
class StepRun {
public:
  StepRun(TaskProgram::State &program, StepOp step, const TaskRows &rows,
          const TaskSchedule &schedule)
      : program(program), step(step), rows(rows), schedule(schedule), random(schedule.seed) {}

  FailureOr<HostTensor> run();

private:
  void bindArguments();
  void bindInts(BlockArgument argument, ArrayRef<int32_t> values);
  void bindEmbeddings();
  Bytes &allocate(Value buffer);
  LogicalResult unroll(Block &block);
  LogicalResult unrollOp(Operation &op);
  LogicalResult evaluate(Operation &op);
  LogicalResult evaluateLoad(memref::LoadOp load);
  LogicalResult evaluateLoop(scf::ForOp loop);
  FailureOr<SmallVector<int64_t>> numbersOf(ValueRange values);
  FailureOr<int64_t> numberOf(Value value);
  LogicalResult addInstance(PhaseOp phase);
  LogicalResult numbersOf(PhaseOp phase, ValueRange values, ArrayRef<int64_t> bounds,
                          SmallVectorImpl<int64_t> &list);
  FailureOr<Operand> bind(PhaseOp phase, unsigned index);
  void addDependences(unsigned later);
  LogicalResult checkDropped();
  bool isReady(const Instance &instance);
  LogicalResult runTiles();
  LogicalResult runTile(Instance &instance, int64_t tile, Worker &worker);
  LogicalResult call(const std::string &function, Region &region, const Instance &instance,
                     ArrayRef<int64_t> indices, Worker &worker);
  MemoryDescriptor view(const Operand &operand, AffineMap map, MemRefType type,
                        ArrayRef<int64_t> indices, Worker &worker);

  TaskProgram::State &program;
  StepOp step;
  const TaskRows &rows;
  const TaskSchedule &schedule;
  RandomNumbers random;
  /// Those with rows in this step, which has room for no others: it knows each
  /// by its place here.
  std::vector<int32_t> sequences;
  DenseMap<Value, int64_t> numbers;
  std::map<void *, Bytes> buffers;  ///< by the value that names them
  DenseMap<Value, StringRef> names; ///< of the weight or state of this turn
  std::vector<Instance> instances;
  std::vector<int64_t> unfinished; ///< tiles of each instance
  bool hasDropped = false;         ///< the dependence of the schedule was there
};
} // namespace

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

Bytes &StepRun::allocate(Value buffer) {
  Bytes &bytes = buffers[buffer.getAsOpaquePointer()];
  if (bytes.empty())
    bytes.assign(task::sizeBytesOf(cast<MemRefType>(buffer.getType())), unwritten);
  return bytes;
}

/// The rest of the memory is zero.
void StepRun::bindInts(BlockArgument argument, ArrayRef<int32_t> values) {
  Bytes &bytes = allocate(argument);
  assert(values.size() * sizeof(int32_t) <= bytes.size() && "more values than the step has rows");
  llvm::fill(bytes, 0);
  std::memcpy(bytes.data(), values.data(), values.size() * sizeof(int32_t));
}

/// Rows that are not given hold NaN.
void StepRun::bindEmbeddings() {
  BlockArgument argument = step.getEmbeddings();
  if (!argument)
    return;
  Bytes &bytes = allocate(argument);
  if (rows.embeddings.empty())
    return;
  const HostTensor given = rows.embeddingsOf(cast<MemRefType>(argument.getType()).getDimSize(1));
  size_t rowBytes = given.bytes().size() / rows.tokens.size();
  for (auto [row, token] : llvm::enumerate(rows.tokens))
    if (token < 0)
      llvm::copy(given.bytes().slice(row * rowBytes, rowBytes), bytes.begin() + row * rowBytes);
}

void StepRun::bindArguments() {
  std::vector<int32_t> rowSequence, slots;
  for (int32_t sequence : rows.sequences) {
    auto place = llvm::find(sequences, sequence);
    rowSequence.push_back(static_cast<int32_t>(place - sequences.begin()));
    if (place != sequences.end())
      continue;
    slots.push_back(rowSequence.back());
    sequences.push_back(sequence);
  }
  bindInts(step.getTokens(), rows.tokens);
  bindInts(step.getPositions(), rows.positionsOn(step.getPositionAxes()));
  bindInts(step.getRowSequence(), rowSequence);
  bindInts(step.getSequenceSlot(), slots);
  bindInts(step.getWanted(), rows.wanted);
  bindEmbeddings();
  allocate(step.getLogits());
  numbers[step.getRowCount()] = std::ssize(rows.tokens);
  numbers[step.getWantedCount()] = std::ssize(rows.wanted);
  numbers[step.getSequenceCount()] = std::ssize(sequences);
}

//===----------------------------------------------------------------------===//
// Unrolling
//===----------------------------------------------------------------------===//

FailureOr<int64_t> StepRun::numberOf(Value value) {
  auto found = numbers.find(value);
  if (found != numbers.end())
    return found->second;
  return emitError(value.getLoc()) << "the task executor cannot compute this number when the step "
                                      "starts";
}

FailureOr<SmallVector<int64_t>> StepRun::numbersOf(ValueRange values) {
  SmallVector<int64_t> list;
  for (Value value : values) {
    FailureOr<int64_t> number = numberOf(value);
    if (failed(number))
      return failure();
    list.push_back(*number);
  }
  return list;
}

/// Loads an integer that the step is called with.
LogicalResult StepRun::evaluateLoad(memref::LoadOp load) {
  FailureOr<SmallVector<int64_t>> indices = numbersOf(load.getIndices());
  if (failed(indices))
    return failure();
  int64_t place = 0;
  for (auto [index, size] : llvm::zip_equal(*indices, load.getMemRefType().getShape())) {
    if (index < 0 || index >= size)
      return load.emitOpError("is out of bounds: index ") << index << " of " << size;
    place = place * size + index;
  }
  int32_t value;
  std::memcpy(&value, &allocate(load.getMemRef())[place * sizeof(value)], sizeof(value));
  numbers[load.getResult()] = value;
  return success();
}

LogicalResult StepRun::evaluateLoop(scf::ForOp loop) {
  FailureOr<SmallVector<int64_t>> range =
      numbersOf({loop.getLowerBound(), loop.getUpperBound(), loop.getStep()});
  FailureOr<SmallVector<int64_t>> carried = numbersOf(loop.getInitArgs());
  if (failed(range) || failed(carried))
    return failure();
  auto [first, last, step] = std::tuple((*range)[0], (*range)[1], (*range)[2]);
  if (step < 1)
    return loop.emitOpError("has a step of ") << step << "; expected at least 1";
  for (int64_t i = first; i < last; i += step) {
    numbers[loop.getInductionVar()] = i;
    for (auto [argument, value] : llvm::zip_equal(loop.getRegionIterArgs(), *carried))
      numbers[argument] = value;
    if (failed(unroll(*loop.getBody())))
      return failure();
    carried = numbersOf(loop.getYieldedValues());
    if (failed(carried))
      return failure();
  }
  for (auto [result, value] : llvm::zip_equal(loop.getResults(), *carried))
    numbers[result] = value;
  return success();
}

/// `number` as a constant of `type`, an integer or index.
static IntegerAttr constantOf(Type type, int64_t number) {
  unsigned bits =
      type.isIndex() ? IndexType::kInternalStorageBitWidth : type.getIntOrFloatBitWidth();
  return IntegerAttr::get(type, APInt(bits, number, /*isSigned=*/true, /*implicitTrunc=*/true));
}

/// Folds an op on numbers.
LogicalResult StepRun::evaluate(Operation &op) {
  FailureOr<SmallVector<int64_t>> values = numbersOf(op.getOperands());
  if (failed(values))
    return failure();
  SmallVector<Attribute> operands;
  for (auto [operand, number] : llvm::zip_equal(op.getOperands(), *values))
    operands.push_back(constantOf(operand.getType(), number));
  SmallVector<OpFoldResult> results;
  if (failed(op.fold(operands, results)) || results.size() != op.getNumResults())
    return op.emitOpError(
        "is not a number that the task executor can compute when the step starts");
  for (auto [result, value] : llvm::zip(op.getResults(), results)) {
    if (auto same = dyn_cast<Value>(value)) {
      numbers[result] = numbers.lookup(same);
      continue;
    }
    auto number = dyn_cast<IntegerAttr>(cast<Attribute>(value));
    if (!number)
      return op.emitOpError("is not an integer, as the plan of a step needs");
    numbers[result] = number.getInt();
  }
  return success();
}

/// The name of this turn among `list`.
static FlatSymbolRefAttr nameOfTurn(ArrayAttr list, int64_t turn) {
  return cast<FlatSymbolRefAttr>(list[turn]);
}

LogicalResult StepRun::unrollOp(Operation &op) {
  auto bindName = [&](Value result, ArrayAttr list, Value turn) -> LogicalResult {
    FailureOr<int64_t> number = turn ? numberOf(turn) : FailureOr<int64_t>(0);
    if (failed(number))
      return failure();
    names[result] = nameOfTurn(list, *number).getValue();
    return success();
  };
  if (auto buffer = dyn_cast<BufferOp>(op)) {
    if (!buffer.getIsPrivate())
      allocate(buffer.getMemory());
    return success();
  }
  if (auto weight = dyn_cast<GetWeightOp>(op))
    return bindName(weight.getMemory(), weight.getNames(), weight.getTurn());
  if (auto state = dyn_cast<GetStateOp>(op))
    return bindName(state.getState(), state.getNames(), state.getTurn());
  if (auto plan = dyn_cast<PlanOp>(op)) {
    if (failed(unroll(plan.getBody().front())))
      return failure();
    Operation *yield = plan.getBody().front().getTerminator();
    for (auto [result, value] : llvm::zip(plan.getResults(), yield->getOperands()))
      numbers[result] = numbers.lookup(value);
    return success();
  }
  if (auto repeat = dyn_cast<RepeatOp>(op)) {
    for (int64_t turn = 0; turn < static_cast<int64_t>(repeat.getTurns()); ++turn) {
      numbers[repeat.getTurn()] = turn;
      if (failed(unroll(repeat.getBody().front())))
        return failure();
    }
    return success();
  }
  if (auto phase = dyn_cast<PhaseOp>(op))
    return addInstance(phase);
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return evaluateLoad(load);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return evaluateLoop(loop);
  if (isa<BarrierOp, task::YieldOp, scf::YieldOp>(op))
    return success();
  return evaluate(op);
}

LogicalResult StepRun::unroll(Block &block) {
  for (Operation &op : block)
    if (failed(unrollOp(op)))
      return failure();
  return success();
}

FailureOr<Operand> StepRun::bind(PhaseOp phase, unsigned index) {
  Value value = phase.getAccessed()[index];
  Operand result;
  if (isa<PagedType, SlottedType>(value.getType())) {
    int64_t pages = *llvm::max_element(rows.positions) / program.leastPagePositions + 1;
    StateMemory &memory = *program.states[names.lookup(value)];
    result.table = std::make_shared<MemoryDescriptor>(memory.table(sequences, pages));
    return result;
  }
  result.type = cast<MemRefType>(value.getType());
  if (auto buffer = value.getDefiningOp<BufferOp>(); buffer && buffer.getIsPrivate())
    result.privateBuffer = value;
  else if (value.getDefiningOp<GetWeightOp>())
    result.data = program.weights[names.lookup(value)].bytes().data();
  else if (buffers.contains(value.getAsOpaquePointer()))
    result.data = allocate(value).data();
  else
    return phase.emitOpError("touches operand ") << index << ", which the task executor has no "
                                                 << "memory for";
  return result;
}

/// Appends extents or values of `phase`, which have upper bounds, to `list`.
LogicalResult StepRun::numbersOf(PhaseOp phase, ValueRange values, ArrayRef<int64_t> bounds,
                                 SmallVectorImpl<int64_t> &list) {
  for (auto [value, bound] : llvm::zip_equal(values, bounds)) {
    FailureOr<int64_t> number = numberOf(value);
    if (failed(number))
      return failure();
    if (*number < 0 || *number > bound)
      return phase.emitOpError("gets ") << *number << " as a number that it declares to be "
                                        << bound << " at most; correct the bound or the plan";
    list.push_back(*number);
  }
  return success();
}

LogicalResult StepRun::addInstance(PhaseOp phase) {
  Instance instance;
  instance.phase = phase;
  instance.number = program.phaseNumbers.lookup(phase);
  if (failed(numbersOf(phase, phase.getExtents(), phase.getBounds(), instance.extents)) ||
      failed(numbersOf(phase, phase.getValues(), phase.getValueBounds(), instance.values)))
    return failure();
  int64_t tiles = 1;
  for (int64_t extent : instance.extents)
    tiles *= extent;
  for (unsigned i = 0; i < phase.getAccessed().size(); ++i) {
    FailureOr<Operand> operand = bind(phase, i);
    if (failed(operand))
      return failure();
    instance.operands.push_back(*operand);
  }
  for (int64_t tile = 0; tile < tiles; ++tile)
    instance.tiles.push_back(tile);
  instances.push_back(std::move(instance));
  unfinished.push_back(tiles);
  addDependences(instances.size() - 1);
  return success();
}

void StepRun::addDependences(unsigned later) {
  PhaseOp phase = instances[later].phase;
  for (unsigned earlier = 0; earlier < later; ++earlier) {
    PhaseOp other = instances[earlier].phase;
    if (!dependsOn(phase, other))
      continue;
    if (other.getLabel() == schedule.droppedEarlier && phase.getLabel() == schedule.droppedLater)
      hasDropped = true;
    else
      instances[later].waitsFor.push_back(earlier);
  }
}

/// Says that there was nothing to drop, and what there is.
LogicalResult StepRun::checkDropped() {
  if (schedule.droppedEarlier.empty() || hasDropped)
    return success();
  llvm::SetVector<StringRef> labels;
  for (const Instance &instance : instances)
    labels.insert(PhaseOp(instance.phase).getLabel());
  return step.emitOpError("has no phase '")
         << schedule.droppedLater << "' that depends on a phase '" << schedule.droppedEarlier
         << "'; its phases are " << llvm::join(labels, ", ");
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

bool StepRun::isReady(const Instance &instance) {
  return !instance.tiles.empty() &&
         llvm::all_of(instance.waitsFor, [&](unsigned other) { return unfinished[other] == 0; });
}

LogicalResult StepRun::runTiles() {
  std::vector<Worker> workers(schedule.workers);
  while (true) {
    SmallVector<unsigned> ready;
    for (unsigned i = 0; i < instances.size(); ++i)
      if (isReady(instances[i]))
        ready.push_back(i);
    if (ready.empty())
      return success();
    unsigned chosen = ready[random.below(std::ssize(ready))];
    Instance &instance = instances[chosen];
    std::swap(instance.tiles[random.below(std::ssize(instance.tiles))], instance.tiles.back());
    int64_t tile = instance.tiles.back();
    instance.tiles.pop_back();
    if (failed(runTile(instance, tile, workers[random.below(std::ssize(workers))])))
      return failure();
    --unfinished[chosen];
  }
}

LogicalResult StepRun::runTile(Instance &instance, int64_t tile, Worker &worker) {
  if (worker.last != &instance) {
    worker.last = &instance;
    worker.buffers.clear();
    if (instance.phase.hasPrologue() &&
        failed(call(prologueFunctionName(instance.number), instance.phase.getPrologue(), instance,
                    {}, worker)))
      return failure();
  }
  SmallVector<int64_t> indices(instance.extents.size());
  for (size_t axis = indices.size(); axis-- > 0; tile /= instance.extents[axis])
    indices[axis] = tile % instance.extents[axis];
  return call(tileFunctionName(instance.number), instance.phase.getBody(), instance, indices,
              worker);
}

/// The part of an operand that a region gets as an argument of `type`.
MemoryDescriptor StepRun::view(const Operand &operand, AffineMap map, MemRefType type,
                               ArrayRef<int64_t> indices, Worker &worker) {
  SmallVector<int64_t, 4> strides = MemoryDescriptor::rowMajor(operand.type.getShape());
  int64_t offset = 0;
  if (map && !indices.empty()) {
    SmallVector<Attribute> constants, results;
    for (int64_t index : indices)
      constants.push_back(IntegerAttr::get(IndexType::get(type.getContext()), index));
    (void)map.constantFold(constants, results);
    for (auto [result, stride] : llvm::zip(results, strides))
      offset += cast<IntegerAttr>(result).getInt() * stride;
  }
  char *data = operand.data;
  if (operand.privateBuffer) {
    Bytes &bytes = worker.buffers[operand.privateBuffer];
    if (bytes.empty())
      bytes.assign(task::sizeBytesOf(operand.type), unwritten);
    data = bytes.data();
  }
  return MemoryDescriptor(data, offset, type.getShape(), strides);
}

LogicalResult StepRun::call(const std::string &function, Region &region, const Instance &instance,
                            ArrayRef<int64_t> indices, Worker &worker) {
  // Lists whose elements stay in place while pointers to them are collected.
  std::vector<int64_t> scalars(indices.begin(), indices.end());
  llvm::append_range(scalars, instance.values);
  std::vector<MemoryDescriptor> views;
  PhaseOp phase = instance.phase;
  for (auto [i, operand] : llvm::enumerate(instance.operands)) {
    if (operand.table) {
      views.push_back(*operand.table);
      continue;
    }
    auto type = cast<MemRefType>(region.getArgument(indices.size() + i).getType());
    views.push_back(view(operand, phase.getAccess(i).getMap(), type, indices, worker));
  }
  SmallVector<void *> arguments;
  for (size_t i = 0; i < indices.size(); ++i)
    arguments.push_back(&scalars[i]);
  for (MemoryDescriptor &descriptor : views)
    arguments.push_back(descriptor.data());
  for (size_t i = indices.size(); i < scalars.size(); ++i)
    arguments.push_back(&scalars[i]);
  CallArena arena;
  return program.jit->call(function, arguments, arena);
}

FailureOr<HostTensor> StepRun::run() {
  bindArguments();
  if (failed(unroll(step.getBody().front())) || failed(checkDropped()) || failed(runTiles()))
    return failure();
  auto type = cast<MemRefType>(step.getLogits().getType());
  HostTensor logits({std::ssize(rows.wanted), type.getDimSize(1)}, ElementKind::F32);
  std::memcpy(logits.bytes().data(), allocate(step.getLogits()).data(), logits.bytes().size());
  return logits;
}

//===----------------------------------------------------------------------===//
// Program
//===----------------------------------------------------------------------===//

TaskProgram::TaskProgram(std::unique_ptr<State> state) : state(std::move(state)) {}
TaskProgram::TaskProgram(TaskProgram &&) noexcept = default;
TaskProgram &TaskProgram::operator=(TaskProgram &&) noexcept = default;
TaskProgram::~TaskProgram() = default;

FailureOr<TaskProgram> TaskProgram::create(ModuleOp module, TensorReader &weights,
                                           const ReferenceOptions &options) {
  auto state = std::make_unique<State>();
  state->module = module.clone();
  for (auto weight : state->module->getOps<task::WeightOp>()) {
    FailureOr<HostTensor> tensor = makePackedWeight(weight, weights);
    if (failed(tensor))
      return failure();
    state->weights[weight.getSymName()] = std::move(*tensor);
  }
  state->module->walk(
      [&](PhaseOp phase) { state->phaseNumbers.insert({phase, state->phaseNumbers.size()}); });
  state->module->walk([&](AttendOp op) {
    state->leastPagePositions = std::min(state->leastPagePositions, op.getPagePositions());
  });
  OwningOpRef<ModuleOp> tiles = outlineTiles(*state->module);
  PassManager manager(module.getContext());
  if (options.configure && failed(options.configure(manager)))
    return failure();
  buildReferencePipeline(manager);
  if (failed(manager.run(*tiles)))
    return failure();
  state->jit = ReferenceJit::create(*tiles, {});
  if (!state->jit)
    return failure();
  TaskProgram program(std::move(state));
  program.clearStates();
  return program;
}

void TaskProgram::clearStates() {
  for (auto op : state->module->getOps<StateOp>())
    state->states[op.getSymName()] = std::make_unique<StateMemory>(op);
}

int64_t TaskProgram::mostRows() const {
  int64_t most = 0;
  for (auto step : state->module->getOps<StepOp>())
    most = std::max<int64_t>(most, step.getRows());
  return most;
}

task::StepOp TaskProgram::step(StringRef name) const {
  return state->module->lookupSymbol<StepOp>(name);
}

/// Checks what the verifier of the program cannot see.
static LogicalResult checkRows(StepOp step, const TaskRows &rows) {
  int64_t vocabulary = step.vocabularySize();
  for (int32_t token : rows.tokens) {
    if (token >= vocabulary || (token < 0 && !step.getEmbeddings()))
      return emitError(step.getLoc())
             << "token " << token << " is outside of the vocabulary of " << vocabulary;
    if (token < 0 && rows.embeddings.empty())
      return emitError(step.getLoc())
             << "token " << token << " stands for an embedding, and none are given";
    if (token >= 0 && step.getEmbeddings() && step.getTokens().use_empty())
      return emitError(step.getLoc())
             << "the step takes embeddings in the place of tokens, and was given token " << token;
  }
  return success();
}

FailureOr<HostTensor> TaskProgram::run(const TaskRows &rows, const TaskSchedule &schedule,
                                       StringRef name) {
  StepOp chosen;
  for (auto step : state->module->getOps<StepOp>())
    if ((name.empty() || step.getSymName() == name) &&
        static_cast<int64_t>(step.getRows()) >= std::ssize(rows.tokens) &&
        (!chosen || step.getRows() < chosen.getRows()))
      chosen = step;
  if (!chosen)
    return emitError(state->module->getLoc())
           << "no step " << name << (name.empty() ? "" : " ") << "takes " << rows.tokens.size()
           << " rows, at most " << mostRows();
  if (failed(checkRows(chosen, rows)))
    return failure();
  return StepRun(*state, chosen, rows, schedule).run();
}

} // namespace tenon

//===- Session.cpp - Steps of a program over its sequences ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step is cut into calls of the program. A call takes rows until the largest
// variant is full, from as many requests as fit, and then the variant with the
// fewest rows that holds them:
//
//   requests   A: 33 tokens   B: 1   C: 7        variants of 1, 8, 32 rows
//   calls      A[0..32) by 32 | A[32] B[0] C[0..6) by 8 | C[6] by 1
//
//===----------------------------------------------------------------------===//

#include "Session.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

namespace tenon::rt {

void Session::Call::clear() {
  tokens.clear();
  positions.clear();
  rowSequence.clear();
  wanted.clear();
  slots.clear();
  sequences.clear();
}

static uint64_t scratchBytes(const Program &program, int workers) {
  uint64_t most = 0;
  for (int64_t i = 0; i < program.variantCount; ++i)
    most = std::max(most, program.variants[i].scratchBytes +
                              program.variants[i].workerScratchBytes * workers);
  return most;
}

/// Of the largest call.
static uint64_t givenBytes(const SessionConfig &config) {
  const Program &program = *config.program;
  return uint64_t(program.variants[program.variantCount - 1].maxRows) *
         uint64_t(config.model->embeddingColumns) * sizeof(float);
}

static StateLayout layoutOf(const SessionConfig &config) {
  const ModelInfo &model = *config.model;
  StateLayout layout;
  layout.pagePositions = model.pagePositions;
  layout.pageBytes = model.pageBytes;
  layout.slotBytes = model.slotBytes;
  layout.context = config.context;
  layout.maxSequences = config.maxSequences;
  layout.pages = 0;
  if (model.pageBytes > 0) {
    int64_t each = (config.context + model.pagePositions - 1) / model.pagePositions;
    layout.pages = each * config.maxSequences;
    if (config.totalPositions > 0)
      layout.pages = std::min(layout.pages, (config.totalPositions + model.pagePositions - 1) /
                                                model.pagePositions);
  }
  return layout;
}

Expected<std::unique_ptr<Session>> Session::create(const SessionConfig &config) {
  assert(config.program->variantCount > 0 && "a program without variants");
  StateLayout layout = layoutOf(config);
  if (layout.pages > std::numeric_limits<int32_t>::max())
    return Status::failure(StatusCode::MachineUnsupported,
                           "a context of {} positions needs more pages than can be numbered; use a "
                           "smaller --context",
                           config.context);
  auto states = StatePages::reserve(layout);
  if (!states)
    return states.status();
  auto scratch = MappedMemory::allocate(scratchBytes(*config.program, config.workers.count),
                                        "the values between phases");
  if (!scratch)
    return scratch.status();
  auto given = MappedMemory::allocate(givenBytes(config), "the embeddings of a step");
  if (!given)
    return given.status();
  auto workers = Workers::start(config.workers);
  if (!workers)
    return workers.status();
  return std::unique_ptr<Session>(new Session(config, std::move(*workers), std::move(*states),
                                              std::move(*scratch), std::move(*given)));
}

Session::Session(const SessionConfig &config, std::unique_ptr<Workers> workers, StatePages states,
                 MappedMemory scratch, MappedMemory givenRows)
    : config(config), workers(std::move(workers)), states(std::move(states)),
      scratch(std::move(scratch)), givenRows(std::move(givenRows)) {
  // The token path must not allocate.
  size_t rows = static_cast<size_t>(std::min<int64_t>(largestStep(), config.context));
  for (auto *list : {&call.tokens, &call.rowSequence, &call.wanted})
    list->reserve(rows);
  call.positions.reserve(rows * config.model->positionAxes);
  call.slots.reserve(config.maxSequences);
  call.sequences.reserve(config.maxSequences);
  starts.reserve(config.maxSequences);
}

int64_t Session::largestStep() const {
  return config.program->variants[config.program->variantCount - 1].maxRows;
}

int64_t Session::rewind(SequenceId sequence, int64_t length) {
  if (length >= states.length(sequence))
    return states.length(sequence);
  if (config.model->slotBytes > 0) {
    states.clear(sequence);
    return 0;
  }
  states.shrink(sequence, length);
  return length;
}

Status Session::check(const StepRequest &request) const {
  const ModelInfo &model = *config.model;
  assert(!request.tokens.empty() && "a request without tokens");
  assert(request.wantedRows >= 0 && request.wantedRows <= std::ssize(request.tokens));
  size_t given = 0;
  for (int32_t token : request.tokens) {
    given += token < 0;
    if (token < 0 ? model.embeddingColumns > 0 : token < model.tokenCount)
      continue;
    if (model.tokenCount == 0)
      return Status::failure(StatusCode::Refused,
                             "token id {} was given to a model that takes embeddings only", token);
    return Status::failure(StatusCode::Refused,
                           "token id {} is not in the vocabulary, which ends at {}", token,
                           model.tokenCount - 1);
  }
  if (request.embeddings.size() != given * static_cast<size_t>(model.embeddingColumns))
    return Status::failure(StatusCode::Refused,
                           "{} numbers were given for {} embeddings of {} columns; give a row for "
                           "each negative token",
                           request.embeddings.size(), given, model.embeddingColumns);
  size_t coordinates = request.tokens.size() * static_cast<size_t>(model.positionAxes - 1);
  if (!request.coordinates.empty() && request.coordinates.size() != coordinates)
    return Status::failure(
        StatusCode::Refused,
        "{} coordinates were given for {} rows of a model with {} position axes; "
        "give one for each row and each axis but the first, or none",
        request.coordinates.size(), request.tokens.size(), model.positionAxes);
  return Status::ok();
}

Status Session::extendAll(std::span<const StepRequest> requests) {
  starts.clear();
  for (const StepRequest &request : requests) {
    int64_t start = states.length(request.sequence);
    if (Status status = states.extend(request.sequence, std::ssize(request.tokens)); !status) {
      for (size_t i = 0; i < starts.size(); ++i)
        states.shrink(requests[i].sequence, starts[i]);
      return status;
    }
    starts.push_back(start);
  }
  return Status::ok();
}

Status Session::makeRoomForLogits(int64_t rows) {
  uint64_t needed = uint64_t(rows) * config.model->vocabulary * sizeof(float);
  if (needed <= logitsMemory.size())
    return Status::ok();
  auto memory = MappedMemory::allocate(needed, "the logits");
  if (!memory)
    return memory.status();
  logitsMemory = std::move(*memory);
  return Status::ok();
}

Status Session::step(std::span<const StepRequest> requests) {
  int64_t wanted = 0;
  for (const StepRequest &request : requests) {
    if (Status status = check(request); !status)
      return status;
    wanted += request.wantedRows;
  }
  if (Status status = makeRoomForLogits(wanted); !status)
    return status;
  if (Status status = extendAll(requests); !status)
    return status;
  logitsDone = 0;
  return runCalls(requests);
}

/// Adds row `at` of `request`, which had `start` positions before the step.
void Session::addRow(const StepRequest &request, int64_t start, Cursor &at) {
  int32_t token = request.tokens[at.row];
  if (token < 0) {
    size_t columns = config.model->embeddingColumns, bytes = columns * sizeof(float);
    memcpy(givenRows.data() + call.tokens.size() * bytes,
           request.embeddings.data() + at.given++ * columns, bytes);
  }
  call.tokens.push_back(token);
  auto place = static_cast<int32_t>(start + at.row);
  int64_t further = config.model->positionAxes - 1;
  call.positions.push_back(place);
  if (request.coordinates.empty())
    call.positions.insert(call.positions.end(), further, place);
  else
    for (int32_t coordinate : request.coordinates.subspan(at.row * further, further))
      call.positions.push_back(coordinate);
}

void Session::gather(std::span<const StepRequest> requests, Cursor &next) {
  call.clear();
  for (int64_t room = largestStep(); next.request < requests.size() && room > 0;) {
    const StepRequest &request = requests[next.request];
    int64_t size = std::ssize(request.tokens);
    int64_t end = std::min(size, next.row + room);
    auto sequenceIndex = static_cast<int32_t>(call.sequences.size());
    room -= end - next.row;
    for (; next.row < end; ++next.row) {
      if (next.row >= size - request.wantedRows)
        call.wanted.push_back(static_cast<int32_t>(call.tokens.size()));
      addRow(request, starts[next.request], next);
      call.rowSequence.push_back(sequenceIndex);
    }
    call.sequences.push_back(request.sequence);
    call.slots.push_back(states.slot(request.sequence));
    if (end == size)
      next = {next.request + 1};
  }
}

void Session::forgetFrom(std::span<const StepRequest> requests, Cursor first) {
  for (size_t i = first.request; i < requests.size(); ++i)
    states.shrink(requests[i].sequence, starts[i] + (i == first.request ? first.row : 0));
}

Status Session::runCalls(std::span<const StepRequest> requests) {
  for (Cursor next; next.request < requests.size();) {
    if (cancel && cancel->load(std::memory_order_relaxed)) {
      forgetFrom(requests, next);
      return Status::failure(StatusCode::Interrupted, "interrupted");
    }
    gather(requests, next);
    runCall();
  }
  return Status::ok();
}

const int32_t *Session::pageTable(int64_t &pagesPerSequence) {
  if (call.sequences.size() == 1) {
    std::span<const int32_t> table = states.pageTable(call.sequences[0]);
    pagesPerSequence = std::ssize(table);
    return table.data();
  }
  pagesPerSequence = 0;
  for (SequenceId sequence : call.sequences)
    pagesPerSequence = std::max(pagesPerSequence, std::ssize(states.pageTable(sequence)));
  call.pageTable.assign(call.sequences.size() * pagesPerSequence, 0);
  for (size_t i = 0; i < call.sequences.size(); ++i) {
    std::span<const int32_t> table = states.pageTable(call.sequences[i]);
    std::copy(table.begin(), table.end(), call.pageTable.begin() + i * pagesPerSequence);
  }
  return call.pageTable.data();
}

void Session::runCall() {
  StepArguments arguments;
  arguments.weights = config.weights.data();
  arguments.weightOffsets = config.weightOffsets.data();
  arguments.scratch = scratch.data();
  arguments.pages = states.pages();
  arguments.slots = states.slots();
  arguments.tokens = call.tokens.data();
  arguments.embeddings = reinterpret_cast<const float *>(givenRows.data());
  arguments.positions = call.positions.data();
  arguments.rowSequence = call.rowSequence.data();
  arguments.wanted = call.wanted.data();
  arguments.sequenceSlot = call.slots.data();
  arguments.pageTable = pageTable(arguments.pagesPerSequence);
  arguments.logits = logits(logitsDone).data();
  arguments.rows = std::ssize(call.tokens);
  arguments.wantedRows = std::ssize(call.wanted);
  arguments.sequences = std::ssize(call.sequences);
  workers->run(variantFor(arguments.rows).run, arguments);
  logitsDone += arguments.wantedRows;
  computedRows += arguments.rows;
}

std::span<float> Session::logits(int64_t index) const {
  int64_t vocabulary = config.model->vocabulary;
  return {reinterpret_cast<float *>(logitsMemory.data()) + index * vocabulary,
          static_cast<size_t>(vocabulary)};
}

const ProgramVariant &Session::variantFor(int64_t rows) const {
  const ProgramVariant *variant = config.program->variants;
  while (variant->maxRows < rows)
    ++variant;
  return *variant;
}

/// Left free beside weights and state: code, stacks, scratch, the logits.
static constexpr int64_t otherBytes = 64 << 20;

/// What of the free memory the state may take.
static int64_t memoryForState(uint64_t weightBytes, int64_t availableBytes) {
  if (availableBytes == noLimit)
    return noLimit;
  // Weights are pages of a file, which may come and go: a model larger than
  // the memory runs, slowly, and its state still gets a part.
  return std::max(availableBytes - static_cast<int64_t>(weightBytes) - otherBytes,
                  availableBytes / 4);
}

/// What of the free address space, where the weights are already, it may take.
static int64_t addressesForState(int64_t addressBytes) {
  return addressBytes == noLimit ? noLimit : std::max(addressBytes - otherBytes, addressBytes / 2);
}

int64_t largestContext(const ModelInfo &model, uint64_t weightBytes, const MachineLimits &limits) {
  int64_t forState = std::min(memoryForState(weightBytes, limits.availableBytes),
                              addressesForState(limits.addressBytes));
  if (model.pageBytes == 0 || forState == noLimit)
    return model.maxContext;
  int64_t pages = std::max<int64_t>(1, forState / model.pageBytes);
  int64_t positions;
  if (__builtin_mul_overflow(pages, model.pagePositions, &positions))
    return model.maxContext;
  return std::min(positions, model.maxContext);
}

Expected<int64_t> chooseContext(const ModelInfo &model, uint64_t weightBytes,
                                const MachineLimits &limits, int64_t asked) {
  int64_t largest = largestContext(model, weightBytes, limits);
  if (asked == 0)
    return largest;
  if (asked > model.maxContext)
    return Status::failure(
        StatusCode::Usage,
        "--context={} is more than the {} positions that this model was made for", asked,
        model.maxContext);
  MachineLimits machine = limits;
  machine.addressBytes = noLimit;
  bool machineSuffices = asked <= largestContext(model, weightBytes, machine);
  if (asked > largest)
    return Status::failure(StatusCode::MachineUnsupported,
                           "the state of {} positions does not fit into the memory {}; the largest "
                           "context that does is --context={}",
                           asked,
                           machineSuffices ? "that this process may take (ulimit -v, ulimit -d)"
                                           : "of this machine",
                           largest);
  return asked;
}

} // namespace tenon::rt

//===- Session.h - Steps of a program over its sequences ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_SESSION_H
#define TENON_RUNTIME_SESSION_H

#include "MachineLimits.h"
#include "MappedMemory.h"
#include "ModelInfo.h"
#include "StatePages.h"
#include "Status.h"
#include "StepAbi.h"
#include "Workers.h"

#include <atomic>
#include <memory>
#include <span>
#include <vector>

namespace tenon::rt {

/// The next rows of one sequence.
struct StepRequest {
  SequenceId sequence;
  std::span<const int32_t> tokens; ///< at least one; negative: the next row of `embeddings`
  int64_t wantedRows = 1;          ///< of how many of the last rows logits are wanted
  /// [negative tokens, embeddingColumns] the rows of these, in order.
  std::span<const float> embeddings = {};
  /// [rows, positionAxes - 1]: what the further position axes of each row say;
  /// empty: its place in the sequence, as text has it.
  std::span<const int32_t> coordinates = {};
};

/// What a session is made of. All of it but the numbers must outlive it.
struct SessionConfig {
  const ModelInfo *model = nullptr;
  const Program *program = nullptr;
  std::span<const std::byte> weights;
  std::span<const uint64_t> weightOffsets;
  WorkersConfig workers;
  int64_t context = 0;        ///< positions of one sequence
  int32_t maxSequences = 1;   ///< sequences at once
  int64_t totalPositions = 0; ///< positions of all sequences; 0: every one may fill its context
};

/// Runs the program: owns the workers, the scratch memory and the states, and
/// knows where each sequence is. Steps may hold rows of any number of
/// sequences. Weights are not touched before the first step. One thread calls.
class Session {
public:
  static Expected<std::unique_ptr<Session>> create(const SessionConfig &config);

  /// Makes an empty sequence. \returns Refused when there are too many.
  Expected<SequenceId> addSequence() { return states.add(); }
  void removeSequence(SequenceId sequence) { states.remove(sequence); }
  /// Positions that `sequence` holds.
  int64_t length(SequenceId sequence) const { return states.length(sequence); }
  int64_t context() const { return states.shape().context; }
  int64_t vocabulary() const { return config.model->vocabulary; }
  int64_t embeddingColumns() const { return config.model->embeddingColumns; }

  /// Makes `sequence` forget its positions from `length` on, and returns how
  /// many are left. States of fixed size cannot go back: a sequence that has
  /// some starts over, with 0 positions, unless it has `length` already.
  int64_t rewind(SequenceId sequence, int64_t length);

  /// Computes the rows of all requests, each sequence in one request at most,
  /// in as many calls of the program as their number needs.
  /// \returns Refused for an id outside the vocabulary, and for embeddings or
  /// coordinates that are too many or too few; ContextFull when a
  /// sequence has no room (nothing has changed then), Interrupted when
  /// `cancel` was set (the sequences hold what was computed).
  Status step(std::span<const StepRequest> requests);
  Status step(const StepRequest &request) { return step(std::span(&request, 1)); }

  /// The row `index` of the logits that the last step was asked for, counted
  /// through its requests in order: [vocabulary]. Valid until the next step.
  std::span<float> logits(int64_t index) const;

  /// When set, a step stops before the next call of the program.
  void stopWhen(const std::atomic<bool> *cancel) { this->cancel = cancel; }

  /// Rows computed since the session began.
  int64_t rowsComputed() const { return computedRows; }
  /// The most rows that one call of the program takes.
  int64_t largestStep() const;
  /// Whether a step of `rows` rows, at most largestStep(), rounds rows before
  /// products.
  bool roundsRows(int64_t rows) const { return variantFor(rows).roundsRows != 0; }
  int workerCount() const { return workers->count(); }

private:
  /// One call of the program while it is put together.
  struct Call {
    std::vector<int32_t> tokens, positions, rowSequence, wanted, slots, pageTable;
    std::vector<SequenceId> sequences;
    void clear();
  };
  /// The next row to compute: of which request, which of its tokens, and which
  /// of its embeddings is the next.
  struct Cursor {
    size_t request = 0;
    int64_t row = 0;
    int64_t given = 0;
  };

  Session(const SessionConfig &config, std::unique_ptr<Workers> workers, StatePages states,
          MappedMemory scratch, MappedMemory givenRows);
  Status check(const StepRequest &request) const;
  Status extendAll(std::span<const StepRequest> requests);
  Status makeRoomForLogits(int64_t rows);
  Status runCalls(std::span<const StepRequest> requests);
  void gather(std::span<const StepRequest> requests, Cursor &next);
  void addRow(const StepRequest &request, int64_t start, Cursor &at);
  void forgetFrom(std::span<const StepRequest> requests, Cursor first);
  void runCall();
  const int32_t *pageTable(int64_t &pagesPerSequence);
  const ProgramVariant &variantFor(int64_t rows) const;

  SessionConfig config;
  std::unique_ptr<Workers> workers;
  StatePages states;
  MappedMemory scratch;
  /// Embeddings of a call, row by row. Without any it is there all the same,
  /// since the program reads before it chooses: pages that nothing was written
  /// to, which take no memory.
  MappedMemory givenRows;
  MappedMemory logitsMemory;
  Call call;
  std::vector<int64_t> starts; ///< length of each request's sequence before the step
  int64_t logitsDone = 0;
  int64_t computedRows = 0;
  const std::atomic<bool> *cancel = nullptr;
};

/// The most positions whose state fits into the memory and the address space
/// that `limits` leaves beside the weights, at most the context of the model.
/// Whole pages, at least one.
int64_t largestContext(const ModelInfo &model, uint64_t weightBytes, const MachineLimits &limits);

/// The context to use: `asked`, or the largest that fits when it is 0.
/// \returns Usage when `asked` is more than the model allows,
/// MachineUnsupported when its state does not fit; both say what would do.
Expected<int64_t> chooseContext(const ModelInfo &model, uint64_t weightBytes,
                                const MachineLimits &limits, int64_t asked);

} // namespace tenon::rt

#endif // TENON_RUNTIME_SESSION_H

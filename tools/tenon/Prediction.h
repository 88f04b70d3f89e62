//===- Prediction.h - What a compile takes, and what its file needs -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Making code takes seconds, however large the model; so it is made, and the
// size of the file is known exactly. Weights are not packed: recipes tell their
// sizes and what packing takes.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_PREDICTION_H
#define TENON_TOOLS_TENON_PREDICTION_H

#include "codegen/Link/PayloadWriter.h"
#include "runtime/Status.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <cstdint>

namespace tenon {

/// All in bytes.
struct Prediction {
  int64_t fileBytes = 0;    ///< of the file; exact
  int64_t programBytes = 0; ///< of the file, before its payload
  int64_t weightBytes = 0;  ///< of the file, packed
  int64_t compileBytes = 0; ///< the most anonymous memory of a compile
  int64_t pageBytes = 0;    ///< of pagePositions positions of a sequence
  int64_t slotBytes = 0;    ///< of a sequence, however long
  int64_t scratchBytes = 0; ///< values between phases, of the step that needs most
  int64_t workerBytes = 0;  ///< besides, for each worker
  int64_t logitBytes = 0;   ///< of one row of logits

  /// The state of one sequence of `context` positions.
  int64_t stateBytes(int64_t context) const;
  /// Memory that running with one sequence of `context` positions occupies
  /// when all are used: what is allocated, and the file that is mapped.
  int64_t runBytes(int64_t context, int64_t workers) const;
};

/// Takes the states of `tasks`, a program of the task stage.
void predictStates(mlir::ModuleOp tasks, Prediction &prediction);

/// Takes the scratch memory of the steps of `program`, of the stage llvm, where
/// it is more than that of other targets.
void predictScratch(mlir::ModuleOp program, Prediction &prediction);

/// Links `objects` in memory, so that the size of the file is known, and adds
/// the memory that writing would take to that in use now. \returns what
/// linkImage does.
rt::Status predictFile(llvm::ArrayRef<llvm::MemoryBufferRef> objects, link::PayloadWriter &payload,
                       int64_t weightPeakBytes, Prediction &prediction);

} // namespace tenon

#endif // TENON_TOOLS_TENON_PREDICTION_H

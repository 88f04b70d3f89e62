//===- Prediction.cpp - What a compile takes, and what its file needs -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Prediction.h"

#include "codegen/Cpu/EmitObject.h"
#include "codegen/Link/Linker.h"
#include "codegen/Link/PayloadPlace.h"
#include "codegen/Target.h"
#include "dialects/Task/TaskDialect.h"
#include "tools/tenon/FileContent.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;

namespace tenon {

int64_t Prediction::stateBytes(int64_t context) const {
  return slotBytes + llvm::divideCeil(context, pagePositions) * pageBytes;
}

int64_t Prediction::runBytes(int64_t context, int64_t workers) const {
  return fileBytes + stateBytes(context) + scratchBytes + workers * workerBytes + logitBytes;
}

void predictStates(ModuleOp tasks, Prediction &prediction) {
  prediction.pageBytes = numberOf(tasks, task::pageBytesAttribute);
  prediction.slotBytes = numberOf(tasks, task::slotBytesAttribute);
}

void predictScratch(ModuleOp program, Prediction &prediction) {
  for (const cpu::StepFacts &step : cpu::stepsOf(program)) {
    prediction.scratchBytes = std::max(prediction.scratchBytes, step.scratchBytes);
    prediction.workerBytes = std::max(prediction.workerBytes, step.workerBytes);
  }
}

/// A line of /proc/self/status that is a size, in bytes; 0 where there is none.
static int64_t statusBytes(StringRef text, StringRef key) {
  auto [before, after] = text.split(key);
  int64_t kibibytes = 0;
  after.ltrim(":\t ").consumeInteger(10, kibibytes);
  return kibibytes << 10;
}

rt::Status predictFile(ArrayRef<llvm::MemoryBufferRef> objects, link::PayloadWriter &payload,
                       int64_t weightPeakBytes, Prediction &prediction) {
  auto image = link::linkImage(objects, link::embeddedRuntime());
  if (!image)
    return image.status();
  int64_t payloadBytes = payload.sizeBytes();
  auto offset = link::placePayload(*image, payloadBytes);
  if (!offset)
    return offset.status();
  prediction.programBytes = *offset;
  prediction.fileBytes = *offset + payloadBytes;
  auto file = llvm::MemoryBuffer::getFileAsStream("/proc/self/status");
  if (!file)
    return rt::Status::failure(rt::StatusCode::InputOutput,
                               "cannot read '/proc/self/status', which tells how much memory the "
                               "code took: {}; mount /proc",
                               file.getError().message());
  StringRef text = (*file)->getBuffer();
  // The kernel keeps the peak of all memory. Files are mapped, libraries above
  // all, and stay so: what is not theirs at the end was not at the peak either.
  int64_t mapped = statusBytes(text, "RssFile") + statusBytes(text, "RssShmem");
  int64_t codePeak = statusBytes(text, "VmHWM") - mapped;
  int64_t head = payloadBytes - prediction.weightBytes;
  int64_t writing = statusBytes(text, "RssAnon") + head + weightPeakBytes;
  prediction.compileBytes = std::max(codePeak, writing);
  return rt::Status::ok();
}

} // namespace tenon

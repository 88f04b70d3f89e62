//===- Verification.cpp - The emitted program against the reference---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Verification.h"

#include "codegen/Reference/Executor.h"
#include "importers/HuggingFace/CheckpointReader.h"
#include "runtime/Golden.h"
#include "runtime/StepAbi.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace mlir;

namespace tenon {

using rt::Status;
using rt::StatusCode;

/// More than the eight rows that vectors take, so that tiles are checked too.
static constexpr int64_t tokenCount = 12;

/// Of the largest logit: sums of f32 in another order.
static constexpr double f32Tolerance = 1e-4;
/// The same where rows are rounded to 8 bits before a product of tiles, and
/// states when they are written.
static constexpr double roundedTolerance = 5e-2;

/// A few token ids, the same for the same vocabulary (splitmix64).
static std::vector<int32_t> someTokens(int64_t vocabulary) {
  std::vector<int32_t> tokens;
  uint64_t state = 1;
  for (int64_t i = 0; i < tokenCount; ++i) {
    state += 0x9e3779b97f4a7c15;
    uint64_t x = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    tokens.push_back(static_cast<int32_t>((x >> 33) % vocabulary));
  }
  return tokens;
}

/// The arguments of `@step` for one sequence of `tokens` with empty states,
/// asking for the logits of all rows.
static std::vector<HostTensor> stepArguments(func::FuncOp step, ArrayRef<int32_t> tokens) {
  std::vector<HostTensor> arguments;
  auto count = static_cast<int64_t>(tokens.size());
  HostTensor ids({count}, ElementKind::I32), wanted({count}, ElementKind::I32);
  HostTensor sequence({count}, ElementKind::I32), positions({count, 1}, ElementKind::I32);
  for (int64_t i = 0; i < count; ++i) {
    ids.set(i, tokens[i]);
    wanted.set(i, i);
    positions.set(i, i);
  }
  arguments = {ids, sequence, positions, wanted};
  for (Type type : step.getArgumentTypes().drop_front(3))
    for (RankedTensorType tensor :
         cast<transformer::ReferenceTypeInterface>(type).getReferenceTypes()) {
      SmallVector<int64_t> shape(tensor.getShape());
      shape[0] = 1; // sequence
      if (shape.size() > 1 && ShapedType::isDynamic(shape[1]))
        shape[1] = count; // positions
      arguments.emplace_back(shape, *elementKindOf(tensor.getElementType()));
    }
  return arguments;
}

rt::Expected<std::string> makeGolden(ModuleOp imported, const hf::Model &model) {
  Status told = Status::failure(StatusCode::Internal, "the reference path cannot run this model");
  auto step = imported.lookupSymbol<func::FuncOp>("step");
  hf::CheckpointReader weights(*model.checkpoint);
  FailureOr<ReferenceProgram> program = ReferenceProgram::create(imported, &weights);
  if (failed(program))
    return told;
  std::vector<int32_t> tokens = someTokens(model.decoder.vocab);
  FailureOr<std::vector<HostTensor>> results = program->call("step", stepArguments(step, tokens));
  if (failed(results))
    return told;
  const HostTensor &logits = results->front();
  auto state = dyn_cast<transformer::KvType>(step.getArgumentTypes().back());
  bool exact = state && state.getElementType().isF32();
  rt::GoldenHeader header = {tokenCount, model.decoder.vocab,
                             exact ? f32Tolerance : roundedTolerance};
  std::string bytes(reinterpret_cast<const char *>(&header), sizeof(header));
  bytes.append(reinterpret_cast<const char *>(tokens.data()), tokens.size() * sizeof(int32_t));
  bytes.resize(llvm::alignTo(bytes.size(), 8));
  bytes.append(logits.bytes().data(), logits.bytes().size());
  return bytes;
}

Status verifyFile(StringRef path, ArrayRef<const Target *> targets) {
  llvm::SmallString<128> said;
  if (std::error_code error = llvm::sys::fs::createTemporaryFile("tenon-verify", "txt", said))
    return Status::failure(StatusCode::InputOutput, "cannot create a temporary file: {}",
                           error.message());
  llvm::FileRemover remover(said);
  constexpr int cannotRun = static_cast<int>(StatusCode::MachineUnsupported);
  for (const Target *target : targets) {
    std::optional<StringRef> redirects[] = {StringRef(), StringRef(said), StringRef(said)};
    int code = llvm::sys::ExecuteAndWait(path, {path, "verify", "--isa", target->name},
                                         std::nullopt, redirects);
    if (code == 0 || code == cannotRun)
      continue;
    auto text = llvm::MemoryBuffer::getFile(said);
    StringRef last = text ? (*text)->getBuffer().rtrim().rsplit('\n').second : "";
    return Status::failure(StatusCode::VerificationFailed,
                           "the code for {} does not agree with the reference path: {}; nothing "
                           "was written; report this model, or compile with --no-verify",
                           target->name.str(), last.str());
  }
  return Status::ok();
}

} // namespace tenon

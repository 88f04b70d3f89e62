//===- Golden.cpp - Logits of the reference path --------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How far may the emitted code be from the reference path? In f32 only the
// order of sums differs, in the last bits of each. With narrower weights a tile
// unit rounds the rows that it multiplies to the type of the weights, and states
// are rounded when they are written, in places that the smallest difference
// before moves. How much that is in the end depends on the model: on its depth,
// its norms and how peaked its attention is. So it is measured: the reference
// path runs a second time with each row rounded before each product, and the
// code may be a few times as far from the first run as the second run is. Rows of
// f32 are rounded to fewer bits, by about what a sum loses. A constant that fits
// every model would let a missing bias of most models pass.
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Golden.h"

#include "codegen/Reference/Executor.h"
#include "codegen/Reference/StepRows.h"
#include "dialects/Transformer/ReferenceBuilder.h"
#include "dialects/Transformer/StepSignature.h"
#include "dialects/Transformer/TransformerDialect.h"
#include "importers/HuggingFace/CheckpointReader.h"
#include "runtime/Golden.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;

namespace tenon {

using rt::Status;
using rt::StatusCode;

/// More than a page of 64 positions, and than two steps of 33 rows.
static constexpr int64_t fewestTokens = 80;
/// Windows up to this are passed by so many tokens; the reference path takes
/// time by the token.
static constexpr int64_t longestWindow = 256, tokensBehindWindow = 17;
/// Logits of every so many tokens are kept, so that the file stays small. It
/// divides neither 16, the rows of a tile, nor 5 and 33, the rows of the steps.
static constexpr int64_t rowDistance = 7;

/// Sums of f32 in another order: of the largest logit, and in the mean. Enough
/// for all but models of very many layers.
static constexpr double f32Tolerance = 1e-4;
/// Rows of f32 lose so many of their 24 bits in the second run: an error of 8
/// units in the last place at most. A chain of 1,000 terms of equal size loses 20
/// in the root mean square; sums of the code are at most a 16th of a row long.
static constexpr int lostBits = 4;
/// Times the deviation that rounded rows make. Two roundings of the same size
/// in other places are sqrt(2) apart; a largest difference varies more than a
/// mean. Measured are up to 1.3 and 1.1 times (docs/numerics.md).
static constexpr double largestFactor = 2, rmsFactor = 1.5;

/// A few token ids, the same for the same vocabulary (splitmix64).
static std::vector<int32_t> someTokens(int64_t count, int64_t vocabulary) {
  std::vector<int32_t> tokens;
  uint64_t state = 1;
  for (int64_t i = 0; i < count; ++i) {
    state += 0x9e3779b97f4a7c15;
    uint64_t x = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    tokens.push_back(static_cast<int32_t>((x >> 33) % vocabulary));
  }
  return tokens;
}

/// How many tokens pass a page, a step and the windows of attention.
static int64_t tokenCount(ModuleOp imported, int64_t maxPositions) {
  int64_t count = fewestTokens;
  imported.walk([&](transformer::AttendOp attend) {
    int64_t window = attend.getWindow();
    if (window <= longestWindow)
      count = std::max(count, window + tokensBehindWindow);
  });
  return std::min(count, maxPositions);
}

/// Rows whose logits are kept: every seventh from the fourth on, and the last.
static std::vector<int32_t> someRows(int64_t tokens) {
  std::vector<int32_t> rows;
  for (int64_t row = rowDistance / 2; row < tokens - 1; row += rowDistance)
    rows.push_back(static_cast<int32_t>(row));
  rows.push_back(static_cast<int32_t>(tokens - 1));
  return rows;
}

/// The arguments of `@step` for one sequence of `tokens` with empty states,
/// asking for the logits of `rows`.
static std::vector<HostTensor> stepArguments(func::FuncOp step, ArrayRef<int32_t> tokens,
                                             ArrayRef<int32_t> rows) {
  auto count = static_cast<int64_t>(tokens.size());
  TaskRows input;
  input.tokens.assign(tokens.begin(), tokens.end());
  input.wanted.assign(rows.begin(), rows.end());
  for (int32_t i = 0; i < count; ++i) {
    input.positions.push_back(i);
    input.sequences.push_back(0);
  }
  std::vector<HostTensor> arguments = stepInputs(step, input);
  auto signature = transformer::StepSignature::of(step.getFunctionType());
  for (Type type : step.getArgumentTypes().drop_front(signature->firstState()))
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

/// The type of the matrix that `op` multiplies its rows by, or none.
static FloatType matrixType(Operation *op) {
  for (Type type : op->getOperandTypes())
    if (auto weight = dyn_cast<transformer::WeightType>(type))
      if (auto element = dyn_cast<FloatType>(weight.getElementType());
          element && weight.getShape().size() >= 2)
        return element;
  return {};
}

/// How rows are rounded before they are multiplied.
enum class Rounding {
  ToMatrix, ///< to the type of a narrow matrix
  ToBf16,   ///< to bf16, before a narrow matrix
  LastBits, ///< to f32 without the last bits, before every matrix
};

/// The f32 value `x` rounded to 24 - lostBits bits (Veltkamp's splitting, in
/// Dekker, A floating-point technique for extending the available precision, 1971).
static Value withoutLastBits(transformer::ReferenceBuilder &reference, Value x) {
  Value scaled = reference.mul(x, reference.f32((1 << lostBits) + 1));
  return reference.sub(scaled, reference.sub(scaled, x));
}

/// `imported` with rows rounded before each product that `rounding` is for.
/// \returns null when there is no such product.
static OwningOpRef<ModuleOp> withRoundedRows(ModuleOp imported, Rounding rounding) {
  OwningOpRef<ModuleOp> result = imported.clone();
  OpBuilder builder(imported.getContext());
  bool isRounded = false;
  result->walk([&](Operation *op) {
    FloatType matrix = matrixType(op);
    if (!matrix || (matrix.getWidth() >= 32 && rounding != Rounding::LastBits))
      return;
    FloatType narrow = matrix;
    if (rounding == Rounding::ToBf16)
      narrow = BFloat16Type::get(op->getContext());
    for (OpOperand &operand : op->getOpOperands()) {
      auto rows = dyn_cast<RankedTensorType>(operand.get().getType());
      if (!rows || !rows.getElementType().isF32() || rows.getRank() != 2)
        continue;
      builder.setInsertionPoint(op);
      transformer::ReferenceBuilder reference(builder, op->getLoc());
      operand.set(reference.elementwise(operand.get(), [&](ValueRange e) {
        return rounding == Rounding::LastBits ? withoutLastBits(reference, e[0])
                                              : reference.widen(reference.narrow(e[0], narrow));
      }));
      isRounded = true;
    }
  });
  if (!isRounded)
    return {};
  return result;
}

/// The first element of `tensor` that is not a number, or -1.
static int64_t firstNotFinite(const HostTensor &tensor) {
  for (int64_t i = 0, e = tensor.numElements(); i < e; ++i)
    if (!std::isfinite(tensor.at(i)))
      return i;
  return -1;
}

namespace {
/// What is asked of the model.
struct Question {
  std::vector<int32_t> tokens, rows;
};
} // namespace

static rt::Expected<HostTensor> logitsOf(ModuleOp program, const hf::Model &model,
                                         const Question &question) {
  Status told = Status::failure(StatusCode::Internal, "the reference path cannot run this model");
  auto step = program.lookupSymbol<func::FuncOp>("step");
  if (!step || !transformer::StepSignature::of(step.getFunctionType()))
    return Status::failure(StatusCode::Refused,
                           "the program has no function @step to compare the code with; compile "
                           "it with --no-verify");
  hf::CheckpointReader weights(*model.checkpoint);
  FailureOr<ReferenceProgram> reference = ReferenceProgram::create(program, &weights);
  if (failed(reference))
    return told;
  FailureOr<std::vector<HostTensor>> results =
      reference->call("step", stepArguments(step, question.tokens, question.rows));
  if (failed(results))
    return told;
  return std::move(results->front());
}

/// What code that rounds as `rounding` says may differ by from `exact`, or none
/// where no product is so rounded or its rows are too large for the type.
static rt::Expected<std::optional<rt::GoldenTolerance>>
toleranceOf(Rounding rounding, ModuleOp imported, const hf::Model &model, const Question &question,
            const HostTensor &exact) {
  OwningOpRef<ModuleOp> program = withRoundedRows(imported, rounding);
  if (!program)
    return std::optional<rt::GoldenTolerance>();
  rt::Expected<HostTensor> rounded = logitsOf(*program, model, question);
  if (!rounded)
    return rounded.status();
  if (firstNotFinite(*rounded) >= 0)
    return std::optional<rt::GoldenTolerance>();
  double largest = 0, difference = 0, squares = 0, differenceSquares = 0;
  for (int64_t i = 0, e = exact.numElements(); i < e; ++i) {
    double wanted = exact.at(i), delta = rounded->at(i) - wanted;
    largest = std::max(largest, std::fabs(wanted));
    difference = std::max(difference, std::fabs(delta));
    squares += wanted * wanted;
    differenceSquares += delta * delta;
  }
  rt::GoldenTolerance tolerance = {f32Tolerance, f32Tolerance};
  if (largest > 0) {
    tolerance.largest = std::max(f32Tolerance, largestFactor * difference / largest);
    tolerance.rms = std::max(f32Tolerance, rmsFactor * std::sqrt(differenceSquares / squares));
  }
  return std::optional(tolerance);
}

/// Sets the tolerances of `header` by how far the logits of rounded rows are
/// from `exact`.
static Status setTolerances(rt::GoldenHeader &header, ModuleOp imported, const hf::Model &model,
                            const Question &question, const HostTensor &exact) {
  auto of = [&](Rounding rounding) {
    return toleranceOf(rounding, imported, model, question, exact);
  };
  header.exact = header.rounded = {f32Tolerance, f32Tolerance};
  auto bits = of(Rounding::LastBits);
  if (!bits)
    return bits.status();
  if (*bits)
    header.exact = header.rounded = **bits;
  // Rows may be too large for f16, and hardly are for bf16.
  for (Rounding rounding : {Rounding::ToMatrix, Rounding::ToBf16}) {
    auto narrow = of(rounding);
    if (!narrow)
      return narrow.status();
    if (!*narrow)
      continue;
    header.rounded = **narrow;
    break;
  }
  return Status::ok();
}

rt::Expected<std::string> makeGolden(ModuleOp imported, const hf::Model &model) {
  int64_t count = tokenCount(imported, model.decoder.maxPositions);
  Question question = {someTokens(count, model.decoder.vocab), someRows(count)};
  rt::Expected<HostTensor> logits = logitsOf(imported, model, question);
  if (!logits)
    return logits.status();
  if (int64_t bad = firstNotFinite(*logits); bad >= 0)
    return Status::failure(StatusCode::Refused,
                           "the weights give logits that are not numbers, first after {} tokens; "
                           "get the checkpoint again, or compile it as it is with --no-verify",
                           question.rows[bad / model.decoder.vocab] + 1);
  rt::GoldenHeader header = {};
  header.tokens = count;
  header.rows = std::ssize(question.rows);
  header.vocabulary = model.decoder.vocab;
  if (Status status = setTolerances(header, imported, model, question, *logits); !status)
    return status;
  std::string bytes(reinterpret_cast<const char *>(&header), sizeof(header));
  for (const std::vector<int32_t> *list : {&question.tokens, &question.rows})
    bytes.append(reinterpret_cast<const char *>(list->data()), list->size() * sizeof(int32_t));
  bytes.resize(llvm::alignTo(bytes.size(), 8));
  bytes.append(logits->bytes().data(), logits->bytes().size());
  return bytes;
}

} // namespace tenon

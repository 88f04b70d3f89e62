//===- Recipe.cpp - From the bytes of a checkpoint to those of a weight ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Weights/Recipe.h"

#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

/// Rows are read, computed and written in blocks of about this size: large
/// enough for the disk, small enough for the second-level cache.
static constexpr int64_t blockBytes = int64_t(1) << 20;

/// Parts are about this large: few enough that beginning one costs nothing, many
/// enough that threads end together.
static constexpr int64_t partBytes = 8 * blockBytes;

/// As many elements of `type` as make about `bytes`: whole multiples of
/// `granule`, at least one, and no more than there are.
static int64_t elementsIn(int64_t bytes, RankedTensorType type, int64_t granule) {
  int64_t elements = bytes * 8 / type.getElementTypeBitWidth();
  elements = std::max(elements / granule, int64_t(1)) * granule;
  return std::min(elements, type.getNumElements());
}

/// A tensor on the way: a source, or what a step makes of other tensors.
struct Recipe::Node {
  RankedTensorType type;
  SourceAttr source;                ///< null for a step
  std::unique_ptr<RecipeStep> step; ///< null for a source
  std::vector<Node> inputs;
  std::vector<char> block;  ///< of the input
  std::vector<char> window; ///< of the result, kept
  ElementRange inWindow;

  /// Elements that are made at once for the sink.
  int64_t blockElements() const { return elementsIn(blockBytes, type, step ? step->granule() : 1); }
  int64_t bytesOf(int64_t count) const {
    return transformer::sizeBytesOf(type.getElementType(), count);
  }
  /// Elements of an input that are made at once.
  int64_t inputElements() const {
    return elementsIn(blockBytes, inputs.front().type, step->inputGranule());
  }
  int64_t windowElements() const {
    return step && step->windowBytes() ? elementsIn(step->windowBytes(), type, step->granule()) : 0;
  }
  /// The most memory that making some elements takes, these not included.
  int64_t peakBytes() const {
    int64_t bytes = bytesOf(windowElements());
    if (step && !step->onlyPlaces())
      bytes += inputs.front().bytesOf(inputElements());
    for (const Node &input : inputs)
      bytes += input.peakBytes();
    return bytes;
  }
};

Recipe::Recipe(Location loc, TensorReader &reader, std::unique_ptr<Node> last)
    : loc(loc), reader(&reader), last(std::move(last)) {}
Recipe::Recipe(Recipe &&) noexcept = default;
Recipe &Recipe::operator=(Recipe &&) noexcept = default;
Recipe::~Recipe() = default;

FailureOr<Recipe> Recipe::create(Location loc, ArrayAttr sources, ArrayAttr recipe, ShapedType type,
                                 TensorReader &reader) {
  FailureOr<RecipeSteps> steps = makeRecipeSteps(sources, recipe, [&] { return emitError(loc); });
  if (failed(steps))
    return failure();
  std::vector<Node> inputs;
  for (auto source : sources.getAsRange<SourceAttr>()) {
    Node node;
    node.type = tensorTypeOf(source);
    node.source = source;
    inputs.push_back(std::move(node));
  }
  for (std::unique_ptr<RecipeStep> &step : *steps) {
    Node node;
    node.type = step->type();
    node.step = std::move(step);
    node.inputs = std::move(inputs);
    inputs.clear();
    inputs.push_back(std::move(node));
  }
  auto last = std::make_unique<Node>(std::move(inputs.front()));
  // In memory, dimensions that the recipe does not name are another way to
  // count the same elements; those of a packed weight are not.
  bool fits = last->type.getElementType() == type.getElementType() &&
              last->type.getNumElements() == type.getNumElements() &&
              (!hasLayout(recipe) || last->type.getShape() == type.getShape());
  if (!fits)
    return emitError(loc) << "expected a recipe that makes " << type << ", got one of "
                          << last->type;
  return Recipe(loc, reader, std::move(last));
}

int64_t Recipe::elements() const { return last->type.getNumElements(); }

int64_t Recipe::bytesOf(int64_t count) const { return last->bytesOf(count); }

int64_t Recipe::partElements() const {
  int64_t granule = last->step ? last->step->granule() : 1, window = 0;
  bool isKeptWhole = false;
  for (const Node *node = last.get(); node->step; node = &node->inputs.front()) {
    int64_t size = node->windowElements();
    if (size == node->type.getNumElements())
      isKeptWhole = true;
    else if (size > 0)
      window = window ? std::min(window, size) : size;
  }
  if (!window)
    return isKeptWhole ? elements() : elementsIn(partBytes, last->type, granule);
  return std::min(std::max(window / granule, int64_t(1)) * granule, elements());
}

int64_t Recipe::peakBytes() const {
  return last->bytesOf(last->blockElements()) + last->peakBytes();
}

LogicalResult Recipe::stream(ElementRange part, Sink sink) {
  int64_t atOnce = last->blockElements();
  std::vector<char> block(last->bytesOf(std::min(atOnce, part.count)));
  for (int64_t first = part.first; first < part.end(); first += atOnce) {
    ElementRange wanted{first, std::min(atOnce, part.end() - first)};
    MutableArrayRef<char> bytes(block.data(), last->bytesOf(wanted.count));
    if (failed(make(*last, wanted, bytes)) || failed(sink(bytes)))
      return failure();
  }
  return success();
}

LogicalResult Recipe::make(Node &node, ElementRange wanted, MutableArrayRef<char> bytes) {
  if (node.source)
    return reader->read(node.source, node.bytesOf(wanted.first), bytes, loc);
  return node.step->windowBytes() ? makeByWindow(node, wanted, bytes)
                                  : makeByStep(node, wanted, bytes);
}

LogicalResult Recipe::makeByWindow(Node &node, ElementRange wanted, MutableArrayRef<char> bytes) {
  int64_t size = node.windowElements();
  node.window.resize(node.bytesOf(size));
  while (wanted.count > 0) {
    ElementRange &kept = node.inWindow;
    if (wanted.first < kept.first || wanted.first >= kept.end()) {
      kept.first = wanted.first / node.step->granule() * node.step->granule();
      kept.count = std::min(size, node.type.getNumElements() - kept.first);
      if (failed(makeByStep(node, kept, {node.window.data(), size_t(node.bytesOf(kept.count))})))
        return failure();
    }
    int64_t count = std::min(wanted.count, kept.end() - wanted.first);
    std::memcpy(bytes.data(), &node.window[node.bytesOf(wanted.first - kept.first)],
                node.bytesOf(count));
    bytes = bytes.drop_front(node.bytesOf(count));
    wanted = {wanted.first + count, wanted.count - count};
  }
  return success();
}

LogicalResult Recipe::makeByStep(Node &node, ElementRange wanted, MutableArrayRef<char> bytes) {
  const RecipeStep &step = *node.step;
  assert(wanted.first % step.granule() == 0 && wanted.count % step.granule() == 0 &&
         "a step is asked for whole granules");
  SmallVector<RecipeStep::Piece> pieces = step.piecesOf(wanted);
  if (step.onlyPlaces()) {
    for (const RecipeStep::Piece &piece : pieces)
      if (failed(make(node.inputs[piece.input], piece.from,
                      bytes.slice(node.bytesOf(piece.place), node.bytesOf(piece.from.count)))))
        return failure();
    return success();
  }
  std::fill(bytes.begin(), bytes.end(), 0);
  int64_t atOnce = node.inputElements();
  node.block.resize(node.inputs.front().bytesOf(atOnce));
  for (const RecipeStep::Piece &piece : pieces) {
    Node &input = node.inputs[piece.input];
    for (int64_t first = piece.from.first; first < piece.from.end(); first += atOnce) {
      ElementRange given{first, std::min(atOnce, piece.from.end() - first)};
      MutableArrayRef<char> block(node.block.data(), input.bytesOf(given.count));
      if (failed(make(input, given, block)))
        return failure();
      step.make(wanted, given, block, bytes);
    }
  }
  return success();
}

} // namespace tenon

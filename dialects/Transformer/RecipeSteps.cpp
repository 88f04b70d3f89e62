//===- RecipeSteps.cpp - What each step of a recipe does ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The meaning of every step, in the order of TransformerDialect.td: a class
// that computes it, and makeStep() of its attribute, which checks what it is
// given. A new step needs nothing else, anywhere.
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/TensorReader.h"
#include "dialects/Transformer/TransformerDialect.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace mlir;
using namespace tenon::transformer;

using Pieces = SmallVector<RecipeStep::Piece>;

RecipeStep::~RecipeStep() = default;
tenon::TensorReader::~TensorReader() = default;

void RecipeStep::make(ElementRange, ElementRange, ArrayRef<char>, MutableArrayRef<char>) const {
  assert(onlyPlaces() && "a step that computes elements has its own make()");
}

int64_t tenon::transformer::sizeBytesOf(Type type, int64_t count) {
  return llvm::divideCeil(count * type.getIntOrFloatBitWidth(), 8);
}

/// `type` as messages write it: `4x8xbf16`.
static std::string describe(RankedTensorType type) {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (int64_t size : type.getShape())
    out << size << 'x';
  out << type.getElementType();
  return text;
}

/// The one input of a step that takes no more; null after an error.
static RankedTensorType onlyInput(StringRef step, ArrayRef<RankedTensorType> inputs,
                                  EmitError emitError) {
  if (inputs.size() == 1)
    return inputs.front();
  emitError() << step << " takes one tensor, got " << inputs.size() << "; join them by concat_rows";
  return {};
}

/// The same for a step that takes a matrix of whole bytes.
static RankedTensorType onlyMatrix(StringRef step, ArrayRef<RankedTensorType> inputs,
                                   EmitError emitError) {
  RankedTensorType input = onlyInput(step, inputs, emitError);
  if (!input)
    return {};
  if (input.getRank() != 2) {
    emitError() << step << " takes a matrix, got " << describe(input) << "; reshape it first";
    return {};
  }
  if (input.getElementTypeBitWidth() % 8 != 0) {
    emitError() << step << " takes elements of whole bytes, got " << input.getElementType();
    return {};
  }
  return input;
}

//===----------------------------------------------------------------------===//
// concat_rows
//===----------------------------------------------------------------------===//

namespace {
class ConcatRows : public RecipeStep {
public:
  ConcatRows(RankedTensorType type, ArrayRef<RankedTensorType> inputs) : RecipeStep(type) {
    for (RankedTensorType input : inputs)
      ends.push_back((ends.empty() ? 0 : ends.back()) + input.getNumElements());
  }
  bool onlyPlaces() const override { return true; }
  Pieces piecesOf(ElementRange wanted) const override {
    Pieces pieces;
    int64_t start = 0; // of the input, in elements of all
    for (auto [index, end] : llvm::enumerate(ends)) {
      int64_t from = std::max(wanted.first, start), to = std::min(wanted.end(), end);
      if (from < to)
        pieces.push_back(
            {static_cast<unsigned>(index), {from - start, to - from}, from - wanted.first});
      start = end;
    }
    return pieces;
  }

private:
  SmallVector<int64_t> ends; ///< of each input, in elements of all
};
} // namespace

std::unique_ptr<RecipeStep> ConcatRowsAttr::makeStep(ArrayRef<RankedTensorType> inputs,
                                                     EmitError emitError) const {
  RankedTensorType first = inputs.front();
  int64_t rows = 0, elements = 0;
  bool sameRows = first.getRank() > 0;
  for (RankedTensorType input : inputs) {
    if (input.getElementType() != first.getElementType()) {
      emitError() << "concat_rows takes tensors of one element type, got " << describe(first)
                  << " and " << describe(input);
      return nullptr;
    }
    sameRows = sameRows && input.getRank() > 0 &&
               input.getShape().drop_front() == first.getShape().drop_front();
    rows += sameRows ? input.getDimSize(0) : 0;
    elements += input.getNumElements();
  }
  SmallVector<int64_t> shape = {elements};
  if (sameRows) {
    shape.assign(first.getShape().begin(), first.getShape().end());
    shape.front() = rows;
  }
  return std::make_unique<ConcatRows>(RankedTensorType::get(shape, first.getElementType()), inputs);
}

//===----------------------------------------------------------------------===//
// slice_rows
//===----------------------------------------------------------------------===//

namespace {
class SliceRows : public RecipeStep {
public:
  SliceRows(RankedTensorType type, SliceRowsAttr attr) : RecipeStep(type) {
    int64_t rows = type.getDimSize(0), rowElements = rows ? type.getNumElements() / rows : 0;
    first = attr.getFirst() * rowElements;
    count = attr.getCount() * rowElements;
    every = attr.getEvery() * rowElements;
  }
  bool onlyPlaces() const override { return true; }
  Pieces piecesOf(ElementRange wanted) const override {
    Pieces pieces;
    for (int64_t at = wanted.first; at < wanted.end();) {
      int64_t inPeriod = at % count;
      int64_t length = std::min(count - inPeriod, wanted.end() - at);
      pieces.push_back({0, {at / count * every + first + inPeriod, length}, at - wanted.first});
      at += length;
    }
    return pieces;
  }

private:
  int64_t first, count, every; ///< in elements
};
} // namespace

std::unique_ptr<RecipeStep> SliceRowsAttr::makeStep(ArrayRef<RankedTensorType> inputs,
                                                    EmitError emitError) const {
  RankedTensorType input = onlyInput("slice_rows", inputs, emitError);
  if (!input)
    return nullptr;
  if (getFirst() < 0 || getCount() < 1 || getFirst() > getEvery() - getCount()) {
    emitError() << "slice_rows takes rows inside of each period, got " << getCount() << " from row "
                << getFirst() << " of every " << getEvery();
    return nullptr;
  }
  if (input.getRank() == 0 || input.getDimSize(0) % getEvery() != 0) {
    emitError() << "slice_rows takes whole periods of " << getEvery() << " rows, got "
                << describe(input);
    return nullptr;
  }
  SmallVector<int64_t> shape(input.getShape());
  shape.front() = shape.front() / getEvery() * getCount();
  return std::make_unique<SliceRows>(RankedTensorType::get(shape, input.getElementType()), *this);
}

//===----------------------------------------------------------------------===//
// reshape
//===----------------------------------------------------------------------===//

namespace {
class Reshape : public RecipeStep {
public:
  using RecipeStep::RecipeStep;
  bool onlyPlaces() const override { return true; }
  Pieces piecesOf(ElementRange wanted) const override { return {{0, wanted}}; }
};
} // namespace

std::unique_ptr<RecipeStep> ReshapeAttr::makeStep(ArrayRef<RankedTensorType> inputs,
                                                  EmitError emitError) const {
  RankedTensorType input = onlyInput("reshape", inputs, emitError);
  if (!input)
    return nullptr;
  int64_t left = input.getNumElements();
  for (int64_t size : getShape())
    left = size > 0 && left % size == 0 ? left / size : 0;
  auto type = RankedTensorType::get(getShape(), input.getElementType());
  if (left == 1)
    return std::make_unique<Reshape>(type);
  emitError() << "reshape keeps the number of elements, got " << describe(input) << " for "
              << describe(type);
  return nullptr;
}

//===----------------------------------------------------------------------===//
// transpose
//===----------------------------------------------------------------------===//

/// Any row of a transpose takes all rows of its input. Made in one piece, the
/// transpose of a vocabulary would take gigabytes; made in pieces as small as
/// others, it would read its input hundreds of times. With this window the
/// matrices of a model of 1B parameters are read once, those of larger ones
/// and a vocabulary a few times, from the page cache.
static constexpr int64_t transposeWindowBytes = int64_t(32) << 20;

/// Transposes elements of one size: column `c` of `rows` rows of `columns` from
/// `from` becomes the run of `rows` elements at `to`, for each column of some.
template <typename Element>
static void transposeColumns(const char *from, int64_t rows, int64_t columns, char *to,
                             int64_t toColumns, int64_t count) {
  for (int64_t column = 0; column < count; ++column)
    for (int64_t row = 0; row < rows; ++row)
      std::memcpy(to + (column * toColumns + row) * sizeof(Element),
                  from + (row * columns + column) * sizeof(Element), sizeof(Element));
}

namespace {
class Transpose : public RecipeStep {
public:
  Transpose(RankedTensorType type)
      : RecipeStep(type), rows(type.getDimSize(1)), columns(type.getDimSize(0)) {}
  int64_t granule() const override { return rows; }
  int64_t inputGranule() const override { return columns; }
  int64_t windowBytes() const override { return transposeWindowBytes; }
  Pieces piecesOf(ElementRange) const override { return {{0, {0, rows * columns}}}; }
  void make(ElementRange wanted, ElementRange given, ArrayRef<char> bytes,
            MutableArrayRef<char> result) const override {
    int64_t size = type().getElementTypeBitWidth() / 8;
    const char *from = bytes.data() + wanted.first / rows * size;
    char *to = result.data() + given.first / columns * size;
    int64_t givenRows = given.count / columns, count = wanted.count / rows;
    switch (size) {
    case 1:
      return transposeColumns<uint8_t>(from, givenRows, columns, to, rows, count);
    case 2:
      return transposeColumns<uint16_t>(from, givenRows, columns, to, rows, count);
    case 4:
      return transposeColumns<uint32_t>(from, givenRows, columns, to, rows, count);
    default:
      return transposeColumns<uint64_t>(from, givenRows, columns, to, rows, count);
    }
  }

private:
  int64_t rows, columns; ///< of the input
};
} // namespace

std::unique_ptr<RecipeStep> TransposeAttr::makeStep(ArrayRef<RankedTensorType> inputs,
                                                    EmitError emitError) const {
  RankedTensorType input = onlyMatrix("transpose", inputs, emitError);
  if (!input)
    return nullptr;
  unsigned bits = input.getElementTypeBitWidth();
  if (bits != 8 && bits != 16 && bits != 32 && bits != 64) {
    emitError() << "transpose takes elements of 1, 2, 4 or 8 bytes, got " << describe(input);
    return nullptr;
  }
  return std::make_unique<Transpose>(
      RankedTensorType::get({input.getDimSize(1), input.getDimSize(0)}, input.getElementType()));
}

//===----------------------------------------------------------------------===//
// to_f32
//===----------------------------------------------------------------------===//

/// The bits of the f32 that an f16 is, exactly. Its exponent is biased by 15
/// instead of 127, which a product by 2^112 mends, for subnormals too.
static uint32_t widenF16(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000) << 16, rest = uint32_t(half & 0x7fff) << 13;
  if ((half & 0x7c00) == 0x7c00) { // infinity or NaN, which becomes quiet
    uint32_t quiet = (half & 0x3ff) ? 0x400000 : 0;
    return sign | 0x7f800000 | rest | quiet;
  }
  return sign | llvm::bit_cast<uint32_t>(llvm::bit_cast<float>(rest) * 0x1p112f);
}

namespace {
class ToF32 : public RecipeStep {
public:
  ToF32(RankedTensorType type, FloatType from)
      : RecipeStep(type), width(from.getWidth()), isBf16(from.isBF16()) {
    for (unsigned bits = 0; width == 8 && bits < 256; ++bits) {
      llvm::APFloat value(from.getFloatSemantics(), llvm::APInt(8, bits));
      bool inexact;
      value.convert(llvm::APFloat::IEEEsingle(), llvm::APFloat::rmNearestTiesToEven, &inexact);
      ofByte.push_back(static_cast<uint32_t>(value.bitcastToAPInt().getZExtValue()));
    }
  }
  Pieces piecesOf(ElementRange wanted) const override { return {{0, wanted}}; }
  void make(ElementRange wanted, ElementRange given, ArrayRef<char> bytes,
            MutableArrayRef<char> result) const override {
    char *to = result.data() + 4 * (given.first - wanted.first);
    if (width == 32) {
      std::memcpy(to, bytes.data(), bytes.size());
      return;
    }
    for (int64_t i = 0; i < given.count; ++i) {
      uint32_t wide;
      if (width == 8) {
        wide = ofByte[static_cast<uint8_t>(bytes[i])];
      } else {
        uint16_t half;
        std::memcpy(&half, &bytes[2 * i], 2);
        wide = isBf16 ? uint32_t(half) << 16 : widenF16(half); // bf16: the upper half
      }
      std::memcpy(to + 4 * i, &wide, 4);
    }
  }

private:
  unsigned width; ///< of what is widened, in bits
  bool isBf16;
  std::vector<uint32_t> ofByte; ///< where elements have 8 bits
};
} // namespace

bool ToF32Attr::isElementwise() const { return true; }

std::unique_ptr<RecipeStep> ToF32Attr::makeStep(ArrayRef<RankedTensorType> inputs,
                                                EmitError emitError) const {
  RankedTensorType input = onlyInput("to_f32", inputs, emitError);
  if (!input)
    return nullptr;
  auto from = dyn_cast<FloatType>(input.getElementType());
  if (!from || !(from.isF32() || from.isF16() || from.isBF16() || from.getWidth() == 8)) {
    emitError() << "to_f32 takes floats that f32 holds exactly, got " << describe(input);
    return nullptr;
  }
  return std::make_unique<ToF32>(
      RankedTensorType::get(input.getShape(), Float32Type::get(getContext())), from);
}

//===----------------------------------------------------------------------===//
// pack
//===----------------------------------------------------------------------===//

namespace {
class Pack : public RecipeStep {
public:
  Pack(RankedTensorType type, PackAttr packing, RankedTensorType input)
      : RecipeStep(type), lanes(packing.getLanes()), group(packing.getGroup()),
        blocks(packing.blocksPerGroup()), rows(input.getDimSize(0)), columns(input.getDimSize(1)),
        lineCount(type.getDimSize(1)), elementBytes(type.getElementTypeBitWidth() / 8),
        pieceBytes(packing.getColumns() * elementBytes) {}
  int64_t granule() const override { return type().getNumElements() / type().getDimSize(0); }
  int64_t inputGranule() const override { return columns; }
  Pieces piecesOf(ElementRange wanted) const override {
    int64_t first = firstRow(wanted.first / granule()), end = firstRow(wanted.end() / granule());
    return {{0, {first * columns, (end - first) * columns}}};
  }
  void make(ElementRange wanted, ElementRange given, ArrayRef<char> bytes,
            MutableArrayRef<char> result) const override {
    int64_t firstBlock = wanted.first / granule(), row = given.first / columns;
    for (int64_t i = 0, e = given.count / columns; i < e; ++i, ++row) {
      int64_t block = row / group * blocks + row % group / lanes;
      packRow(&bytes[i * columns * elementBytes], row % group % lanes,
              &result[(block - firstBlock) * granule() * elementBytes]);
    }
  }

private:
  int64_t lanes, group, blocks; ///< blocks of a group
  int64_t rows, columns;        ///< of the input
  int64_t lineCount;            ///< of a block
  int64_t elementBytes;
  int64_t pieceBytes; ///< of one row in one line

  /// The first row of `block`, or of what follows where it is all padding.
  int64_t firstRow(int64_t block) const {
    return std::min(rows, block / blocks * group + block % blocks * lanes);
  }

  /// Spreads a row over the lines of its block, a piece to a line.
  void packRow(const char *from, int64_t lane, char *block) const {
    int64_t line = lanes * pieceBytes;
    char *to = block + lane * pieceBytes;
    int64_t whole = columns * elementBytes / pieceBytes;
    if (pieceBytes == 4) { // the usual case, without a call for each piece
      for (int64_t i = 0; i < whole; ++i)
        std::memcpy(to + i * line, from + i * 4, 4);
    } else {
      for (int64_t i = 0; i < whole; ++i)
        std::memcpy(to + i * line, from + i * pieceBytes, pieceBytes);
    }
    if (int64_t rest = columns * elementBytes - whole * pieceBytes) {
      assert(whole < lineCount && "the last line holds the rest");
      std::memcpy(to + whole * line, from + whole * pieceBytes, rest);
    }
  }
};
} // namespace

bool PackAttr::isLayout() const { return true; }

std::unique_ptr<RecipeStep> PackAttr::makeStep(ArrayRef<RankedTensorType> inputs,
                                               EmitError emitError) const {
  RankedTensorType input = onlyMatrix("pack", inputs, emitError);
  if (!input)
    return nullptr;
  if (getLanes() < 1 || getColumns() < 1 || getGroup() < 1 || getMultiple() < 1 ||
      getMultiple() % getColumns() != 0) {
    emitError() << "pack takes positive sizes and a multiple of its columns, got " << *this;
    return nullptr;
  }
  auto type = RankedTensorType::get(packedShape(input.getDimSize(0), input.getDimSize(1)),
                                    input.getElementType());
  return std::make_unique<Pack>(type, *this, input);
}

//===----------------------------------------------------------------------===//
// Recipes
//===----------------------------------------------------------------------===//

RankedTensorType tenon::transformer::tensorTypeOf(Attribute source) {
  auto tensor = cast<SourceAttr>(source);
  return RankedTensorType::get(tensor.getShape(), tensor.getElementType());
}

FailureOr<RecipeSteps> tenon::transformer::makeRecipeSteps(ArrayAttr sources, ArrayAttr recipe,
                                                           EmitError emitError) {
  SmallVector<RankedTensorType> inputs;
  for (Attribute source : sources)
    inputs.push_back(tensorTypeOf(source));
  if (inputs.empty())
    return emitError() << "a recipe needs a source, got none";
  if (inputs.size() > 1 && recipe.empty())
    return emitError() << "a recipe of " << inputs.size() << " sources begins with concat_rows";
  RecipeSteps steps;
  for (Attribute attribute : recipe) {
    auto step = dyn_cast<RecipeStepInterface>(attribute);
    if (!step)
      return emitError() << "expected steps of a recipe, got " << attribute
                         << "; load the plug-in that defines it";
    if (step.isLayout() && attribute != recipe.getValue().back())
      return emitError() << "expected " << attribute << " as the last step of the recipe";
    std::unique_ptr<RecipeStep> made = step.makeStep(inputs, emitError);
    if (!made)
      return failure();
    inputs.assign(1, made->type());
    steps.push_back(std::move(made));
  }
  return steps;
}

bool tenon::transformer::hasLayout(ArrayAttr recipe) {
  return llvm::any_of(recipe, [](Attribute attribute) {
    auto step = dyn_cast<RecipeStepInterface>(attribute);
    return step && step.isLayout();
  });
}

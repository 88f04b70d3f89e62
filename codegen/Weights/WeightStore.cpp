//===- WeightStore.cpp - Makes packed weights from a checkpoint-------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Weights/WeightStore.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

/// Rows are read, packed and written in blocks of about this size: large
/// enough for the disk, small enough for the second-level cache.
static constexpr int64_t blockBytes = int64_t(1) << 20;

TensorReader::~TensorReader() = default;

static int64_t bytesOf(Type elementType) { return elementType.getIntOrFloatBitWidth() / 8; }

namespace {
/// The rows of a weight's matrix before it is packed: those of its sources one
/// above the other, or the columns of one that is transposed.
class RowReader {
public:
  RowReader(task::WeightOp weight, TensorReader &reader) : reader(reader) {
    for (auto source : weight.getSources().getAsRange<SourceAttr>())
      sources.push_back(source);
    transposes = llvm::any_of(weight.getRecipe(), llvm::IsaPred<TransposeAttr>);
    storedType = sources.front().getElementType();
    widens = llvm::any_of(weight.getRecipe(), llvm::IsaPred<ToF32Attr>) && !storedType.isF32();
    elementBytes = widens ? 4 : bytesOf(storedType);
    ArrayRef<int64_t> shape = sources.front().getShape();
    columns = shape.size() > 1 ? shape[1] : 1;
    for (SourceAttr source : sources)
      rows += source.getShape().empty() ? 1 : source.getShape().front();
    if (shape.size() > 2)
      for (int64_t size : shape.drop_front(2))
        columns *= size;
    if (transposes)
      std::swap(rows, columns);
  }

  int64_t rows = 0, columns = 0, elementBytes = 0;
  int64_t rowBytes() const { return columns * elementBytes; }
  /// Memory beyond the block that is asked for.
  int64_t wholeBytes() const { return transposes ? rows * rowBytes() : 0; }

  LogicalResult read(int64_t firstRow, int64_t count, MutableArrayRef<char> bytes) {
    return transposes ? readTransposed(firstRow, count, bytes)
                      : readSources(firstRow, count, columns, bytes);
  }

private:
  TensorReader &reader;
  SmallVector<SourceAttr> sources;
  Type storedType; ///< in the checkpoint
  bool transposes, widens;
  std::vector<char> whole; ///< the source of a transpose

  /// `bytes` as f32, from elements of the stored type in its last half.
  void widen(MutableArrayRef<char> bytes) {
    size_t count = bytes.size() / 4;
    const char *from = bytes.end() - 2 * count;
    const llvm::fltSemantics &semantics = cast<FloatType>(storedType).getFloatSemantics();
    for (size_t i = 0; i < count; ++i) {
      uint16_t half;
      std::memcpy(&half, from + 2 * i, 2);
      uint32_t wide = uint32_t(half) << 16; // bf16 is the upper half of f32
      if (!storedType.isBF16()) {
        llvm::APFloat value(semantics, llvm::APInt(16, half));
        bool inexact;
        value.convert(llvm::APFloat::IEEEsingle(), llvm::APFloat::rmNearestTiesToEven, &inexact);
        wide = value.bitcastToAPInt().getZExtValue();
      }
      std::memcpy(&bytes[4 * i], &wide, 4);
    }
  }

  /// Reads rows of `width` elements of the sources.
  LogicalResult readSources(int64_t firstRow, int64_t count, int64_t width,
                            MutableArrayRef<char> bytes) {
    if (!widens)
      return readStored(firstRow, count, width * elementBytes, bytes);
    if (failed(readStored(firstRow, count, width * 2, bytes.drop_front(bytes.size() / 2))))
      return failure();
    widen(bytes);
    return success();
  }

  LogicalResult readStored(int64_t firstRow, int64_t count, int64_t bytesPerRow,
                           MutableArrayRef<char> bytes) {
    int64_t start = 0; // of the source, in rows of all
    for (SourceAttr source : sources) {
      int64_t size = source.getShape().empty() ? 1 : source.getShape().front();
      int64_t from = std::max(firstRow, start), to = std::min(firstRow + count, start + size);
      if (from < to && failed(reader.read(source, from - start, to - from,
                                          bytes.slice((from - firstRow) * bytesPerRow,
                                                      (to - from) * bytesPerRow))))
        return failure();
      start += size;
    }
    return success();
  }

  LogicalResult readTransposed(int64_t firstRow, int64_t count, MutableArrayRef<char> bytes) {
    if (whole.empty()) {
      whole.resize(wholeBytes());
      if (failed(readSources(0, columns, rows, whole)))
        return failure();
    }
    for (int64_t r = 0; r < count; ++r)
      for (int64_t c = 0; c < columns; ++c)
        std::memcpy(&bytes[(r * columns + c) * elementBytes],
                    &whole[(c * rows + firstRow + r) * elementBytes], elementBytes);
    return success();
  }
};

/// Makes the bytes of one weight, block by block.
class WeightMaker {
public:
  WeightMaker(task::WeightOp weight, TensorReader &reader) : rows(weight, reader) {
    for (Attribute step : weight.getRecipe())
      if (auto pack = dyn_cast<PackAttr>(step))
        packing = pack;
      else if (!isa<ConcatRowsAttr, TransposeAttr, ToF32Attr>(step))
        unknownStep = step;
  }

  rt::Status make(link::WeightSource::Sink sink) {
    if (unknownStep)
      return rt::Status::failure(rt::StatusCode::Internal,
                                 "no rule for recipe step '{}'; this is a defect of Tenon",
                                 unknownStep.getAbstractAttribute().getName().str());
    return packing ? makePacked(sink) : makePlain(sink);
  }
  int64_t peakBytes() const {
    return rows.wholeBytes() + (packing ? 2 * groupsAtOnce() * packedGroupBytes()
                                        : std::max(blockBytes, rows.rowBytes()));
  }

private:
  RowReader rows;
  PackAttr packing;
  Attribute unknownStep; ///< of the recipe; null: none

  /// The reader has told the reason as a diagnostic.
  static rt::Status unreadable() {
    return rt::Status::failure(rt::StatusCode::InputOutput, "a weight could not be read");
  }

  rt::Status makePlain(link::WeightSource::Sink sink) {
    int64_t atOnce = std::max<int64_t>(1, blockBytes / rows.rowBytes());
    std::vector<char> block(std::min(atOnce, rows.rows) * rows.rowBytes());
    for (int64_t row = 0; row < rows.rows; row += atOnce) {
      int64_t count = std::min(atOnce, rows.rows - row);
      MutableArrayRef<char> bytes(block.data(), count * rows.rowBytes());
      if (failed(rows.read(row, count, bytes)))
        return unreadable();
      if (rt::Status status =
              sink(ArrayRef(reinterpret_cast<std::byte *>(bytes.data()), bytes.size()));
          !status)
        return status;
    }
    return rt::Status::ok();
  }

  int64_t paddedColumns() const { return llvm::alignTo(rows.columns, packing.getMultiple()); }
  int64_t packedGroupBytes() const {
    return packing.blocksPerGroup() * packing.getLanes() * paddedColumns() * rows.elementBytes;
  }
  int64_t groupsAtOnce() const { return std::max<int64_t>(1, blockBytes / packedGroupBytes()); }

  rt::Status makePacked(link::WeightSource::Sink sink) {
    int64_t group = packing.getGroup(), groups = packing.groups(rows.rows);
    std::vector<char> source(groupsAtOnce() * group * rows.rowBytes());
    std::vector<char> packed(groupsAtOnce() * packedGroupBytes());
    for (int64_t first = 0; first < groups; first += groupsAtOnce()) {
      int64_t count = std::min(groupsAtOnce(), groups - first);
      int64_t from = first * group, to = std::min(rows.rows, (first + count) * group);
      MutableArrayRef<char> bytes(source.data(), (to - from) * rows.rowBytes());
      if (failed(rows.read(from, to - from, bytes)))
        return unreadable();
      std::fill(packed.begin(), packed.end(), 0); // what pads rows and columns
      for (int64_t row = from; row < to; ++row)
        packRow(row - from, &source[(row - from) * rows.rowBytes()], packed.data());
      if (rt::Status status = sink(
              ArrayRef(reinterpret_cast<std::byte *>(packed.data()), count * packedGroupBytes()));
          !status)
        return status;
    }
    return rt::Status::ok();
  }

  /// Spreads one row over the lines of its block: `columns` of it to a line.
  void packRow(int64_t row, const char *from, char *packed) {
    int64_t group = row / packing.getGroup(), inGroup = row % packing.getGroup();
    int64_t piece = packing.getColumns() * rows.elementBytes;
    int64_t line = packing.getLanes() * piece;
    int64_t lines = paddedColumns() / packing.getColumns();
    int64_t block = inGroup / packing.getLanes(), lane = inGroup % packing.getLanes();
    char *to = packed + group * packedGroupBytes() + block * lines * line + lane * piece;
    int64_t whole = rows.columns / packing.getColumns();
    if (piece == 4) { // the usual case, without a call for each piece
      for (int64_t i = 0; i < whole; ++i)
        std::memcpy(to + i * line, from + i * 4, 4);
    } else {
      for (int64_t i = 0; i < whole; ++i)
        std::memcpy(to + i * line, from + i * piece, piece);
    }
    std::memcpy(to + whole * line, from + whole * piece, rows.rowBytes() - whole * piece);
  }
};
} // namespace

WeightStore::WeightStore(ModuleOp module, TensorReader &reader)
    : operations(module.getOps<task::WeightOp>()), reader(reader) {
  llvm::sort(operations,
             [](task::WeightOp a, task::WeightOp b) { return a.getIndex() < b.getIndex(); });
  for (task::WeightOp weight : operations) {
    auto type = cast<MemRefType>(weight.getType());
    uint64_t bytes = type.getNumElements() * bytesOf(type.getElementType());
    sizes.push_back({bytes});
  }
}

rt::Status WeightStore::produce(size_t index, Sink sink) {
  return WeightMaker(operations[index], reader).make(sink);
}

int64_t WeightStore::peakBytes() const {
  int64_t most = 0;
  for (task::WeightOp weight : operations)
    most = std::max(most, WeightMaker(weight, reader).peakBytes());
  return most;
}

} // namespace tenon

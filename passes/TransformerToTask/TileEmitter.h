//===- TileEmitter.h - Ops of the transformer stage on a tile -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes transformer ops into the region of a phase, on a tile of rows and
// perhaps of columns. A tile of a value is a tensor; an op on tiles is its
// reference form. Two kinds of operand need more: a packed weight is read in
// its packed order, and a state is written page by page.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_TRANSFORMERTOTASK_TILEEMITTER_H
#define TENON_PASSES_TRANSFORMERTOTASK_TILEEMITTER_H

#include "dialects/Transformer/ReferenceBuilder.h"
#include "passes/TransformerToTask/PageLayout.h"

#include "mlir/IR/IRMapping.h"

namespace tenon {

/// The rows and columns that a tile holds. A size of the whole is dynamic or
/// static as the tensor that it cuts.
struct TileBounds {
  mlir::Value firstRow;            ///< index; null: row 0
  mlir::Value rows;                ///< index
  mlir::Value firstColumn;         ///< index; null: all columns
  mlir::OpFoldResult columns = {}; ///< size of the cut when `firstColumn` is given
};

/// Which rows, and for a tile of columns which heads, are written to a state.
struct AppendedRows {
  mlir::Value sequence, positions; ///< memory of all rows of the step or the tile
  mlir::Value firstRow;            ///< index in them; null: row 0
  mlir::Value firstHead;           ///< index; null: head 0
};

class TileEmitter {
public:
  TileEmitter(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  /// The tile of a memref [rows, columns] as a tensor.
  mlir::Value load(mlir::Value memory, const TileBounds &bounds);
  /// The tile of `memory` as a place to store to. Asked for before the ops that
  /// make what is stored, it lets them write there without a copy.
  mlir::Value place(mlir::Value memory, const TileBounds &bounds) { return cut(memory, bounds); }
  /// Row `row` of a memref `[rows, sizes...]`, as a place: `[1, sizes...]`, or
  /// `[sizes...]` with `dropAxis`.
  mlir::Value placeOfRow(mlir::Value memory, mlir::Value row, bool dropAxis = false);
  /// Makes `tile` the contents of `place`.
  void store(mlir::Value tile, mlir::Value place);
  /// A whole memref as a tensor.
  mlir::Value loadWhole(mlir::Value memory);
  /// Elements [first, first + size) of a memref of one dimension.
  mlir::Value loadRange(mlir::Value memory, mlir::Value first, mlir::OpFoldResult size);

  /// What stands for a value of the transformer stage in this tile.
  void bind(mlir::Value value, mlir::ValueRange tiles);
  bool isBound(mlir::Value value) const { return tiles.count(value); }
  mlir::Value tileOf(mlir::Value value) const { return tiles.lookup(value).front(); }
  llvm::ArrayRef<mlir::Value> tilesOf(mlir::Value value) const { return tiles.find(value)->second; }

  /// Computes `op` from bound operands and binds its results.
  void emit(transformer::ReferenceInterface op);
  /// The same for the columns that the tiles of its narrowing operands hold.
  void emitForColumns(transformer::ReferenceInterface op, mlir::OpFoldResult columns);
  /// The same for an upstream op: its clone, on tiles of `rows` rows, and what it
  /// needs of ingredients (see UpstreamOps.h).
  void emitUpstream(mlir::Operation *op, mlir::Value rows);
  /// An embedding whose table is packed, read in place.
  void emitPackedEmbedding(transformer::EmbeddingOp op, mlir::Value table,
                           transformer::PackAttr packing);
  /// Writes `tensor` [rows, columns] to the positions of `rows` in `pages`, a
  /// paged part of a state whose positions have groups (heads) of `groupSize`
  /// columns, or are one.
  void emitAppend(mlir::Value tensor, mlir::Value pages, const PageLayout &layout,
                  int64_t groupSize, const AppendedRows &rows);
  /// `memory`, a page or a slot of one sequence, as the tensor that the
  /// reference form has for it: `[1, positions, ...]` or `[1, ...]`.
  mlir::Value loadAsSequence(mlir::Value memory, const PageLayout &layout);

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Value>> tiles;

  mlir::Value cut(mlir::Value memory, const TileBounds &bounds);
};

} // namespace tenon

#endif // TENON_PASSES_TRANSFORMERTOTASK_TILEEMITTER_H

//===- PhaseBuilder.h - Builds one phase ----------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A phase is isolated from above: what its regions use must be among its
// operands. PhaseBuilder collects operands while the regions are written, and
// makes the op at the end.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_TRANSFORMERTOTASK_PHASEBUILDER_H
#define TENON_PASSES_TRANSFORMERTOTASK_PHASEBUILDER_H

#include "dialects/Task/TaskDialect.h"

#include "mlir/IR/Builders.h"

namespace tenon {

class PhaseBuilder {
public:
  /// A grid of `extents`, at most `bounds`. The phase is inserted where
  /// `builder` points when finish() is called.
  PhaseBuilder(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef label,
               mlir::ValueRange extents, llvm::ArrayRef<int64_t> bounds);

  /// Makes `operand` an operand of the phase.
  /// \returns the number to ask the regions' arguments by.
  unsigned access(mlir::Value operand, task::AccessKind kind, mlir::AffineMap map = {},
                  mlir::Type view = {});
  /// Makes `index`, which is `most` at most, a value of the phase.
  unsigned value(mlir::Value index, int64_t most);

  /// In the region that is being written: the view of an access, a value, or
  /// an index of the tile (body only).
  mlir::Value view(unsigned access) const;
  mlir::Value valueArgument(unsigned value) const;
  mlir::Value tile(unsigned dimension) const { return body->getArgument(dimension); }

  /// Moves the insertion point into a region.
  void startPrologue();
  void startBody();
  bool hasPrologue() const { return wrotePrologue; }

  task::PhaseOp finish();

  mlir::OpBuilder &builder;
  mlir::Location loc;

private:
  std::string label;
  llvm::SmallVector<mlir::Value> extents, operands, values;
  llvm::SmallVector<int64_t> bounds, valueBounds;
  llvm::SmallVector<mlir::Attribute> accesses;
  mlir::Region bodyRegion, prologueRegion;
  mlir::Block *body, *prologue;
  mlir::OpBuilder::InsertPoint outside;
  bool inPrologue = false, wrotePrologue = false;
};

} // namespace tenon

#endif // TENON_PASSES_TRANSFORMERTOTASK_PHASEBUILDER_H

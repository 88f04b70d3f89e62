//===- StepConversion.h - One step, from values to phases -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks the entry function of a row variant and writes the step that computes
// it. Each group (or lone op) becomes one phase; a run of calls of one layer
// function becomes a repeat, its body converted once.
//
// Tensors become buffers, weights and states lists of names, one for each turn
// of the repeat they are used in.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_TRANSFORMERTOTASK_STEPCONVERSION_H
#define TENON_PASSES_TRANSFORMERTOTASK_STEPCONVERSION_H

#include "codegen/Target.h"
#include "dialects/Task/TaskDialect.h"
#include "dialects/Transformer/TransformerDialect.h"
#include "passes/TransformerToTask/CallRun.h"
#include "passes/TransformerToTask/PageLayout.h"
#include "passes/TransformerToTask/PhaseBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace tenon {

/// Names of weights or states, one for each turn.
using Names = llvm::SmallVector<mlir::StringAttr>;

/// The ops that become one phase: those of a group, or one alone.
struct PhaseOps {
  llvm::StringRef label;
  mlir::Location loc;
  llvm::SmallVector<mlir::Operation *> ops;
  /// Values of the phase that are used after it.
  llvm::SmallVector<mlir::Value> results;
};

/// A value whose rows go to another buffer at the end of a turn.
struct RowCopy {
  mlir::Value value, from, to;
};
using RowCopies = llvm::SmallVector<RowCopy>;

class StepConversion {
public:
  /// `name` is that of the step, `rows` the most it is made for.
  StepConversion(mlir::ModuleOp module, const Target &target, mlir::func::FuncOp entry,
                 llvm::StringRef name, int64_t rows);

  mlir::LogicalResult run();

  //===--- what the writers of phases ask -----------------------------------===//

  const Target &target;
  mlir::OpBuilder builder;
  task::StepOp step;

  int64_t maxRows() { return step.getRows(); }
  /// How many rows `value` has in a step, as an index of the step.
  mlir::Value rowCount(mlir::Value value);
  /// The buffer of a tensor; made when it is first asked for.
  mlir::Value bufferOf(mlir::Value value);
  /// A buffer of all workers, and one that each worker has for itself.
  mlir::Value sharedBuffer(mlir::MemRefType type, mlir::Location loc);
  mlir::Value privateBuffer(mlir::MemRefType type, mlir::Location loc);
  /// The memory of a weight, read where the builder points.
  mlir::Value weightMemory(mlir::Value weight, mlir::Location loc);
  /// How the weight is packed, or null.
  transformer::PackAttr packingOf(mlir::Value weight);
  /// Part `part` of a state: paged or slotted memory, as layoutsOf() says.
  mlir::Value statePart(mlir::Value state, unsigned part, mlir::Location loc);
  /// Number of tiles of `size` rows that `rows` rows make, as an index.
  mlir::Value tileCount(mlir::Value rows, int64_t size);
  /// What `state` is after an op that replaces it.
  void replaceState(mlir::Value before, mlir::Value after) {
    states[after] = states.lookup(before);
  }

private:
  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  mlir::func::FuncOp entry;
  llvm::DenseMap<mlir::Value, mlir::Value> buffers;
  llvm::DenseSet<mlir::Value> wantedRows;
  llvm::DenseMap<mlir::Value, Names> weights, states;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, mlir::Value> tileCounts;
  mlir::Value turn;                              ///< of the repeat that is being written
  mlir::Block *buffersBlock;                     ///< where buffers are declared
  llvm::SmallVector<mlir::func::FuncOp> entered; ///< functions whose calls are being converted

  mlir::LogicalResult bindArguments();
  mlir::LogicalResult convertBlock(mlir::Block &block);
  mlir::LogicalResult convertPhase(const PhaseOps &phase);
  mlir::LogicalResult convertGroup(mlir::Operation &op);
  mlir::LogicalResult convertUpstream(llvm::ArrayRef<mlir::Operation *> ops);
  mlir::LogicalResult convertRun(const CallRun &run);
  mlir::LogicalResult bindRunNames(const CallRun &run, mlir::BlockArgument argument);
  void bindRunTensor(const CallRun &run, mlir::BlockArgument argument);
  RowCopies bindRunResults(const CallRun &run, mlir::func::FuncOp callee);
  mlir::LogicalResult finishTurn(const CallRun &run, mlir::func::FuncOp callee,
                                 const RowCopies &copies);
  void forgetValues(mlir::func::FuncOp callee);
  mlir::LogicalResult bindRowCounts(mlir::Operation *op);
  bool hasWantedRows(mlir::Operation *op) {
    return llvm::any_of(op->getResults(), [&](auto row) { return wantedRows.contains(row); });
  }
  void declareState(llvm::StringRef name, const PageLayout &layout);
  mlir::LogicalResult bindState(mlir::BlockArgument state, unsigned number);
};

/// A phase that copies the first `rows` rows of a buffer to another of its type.
void convertRowCopy(StepConversion &conversion, mlir::Location loc, mlir::Value from,
                    mlir::Value to, mlir::Value rows);

//===--- one function for each family of phases ---------------------------===//

/// Products of rows and packed weights, with what comes before and after them.
mlir::LogicalResult convertProductPhase(StepConversion &conversion, const PhaseOps &phase);
/// Softmax attention over pages: by task.attend where it can say it, else by
/// convertAttentionByPages().
mlir::LogicalResult convertAttentionPhase(StepConversion &conversion, const PhaseOps &phase);
/// One attention by its reference form, a row of the step in each tile and one
/// page after another; a remark says so.
mlir::LogicalResult convertAttentionByPages(StepConversion &conversion, const PhaseOps &phase);
/// Everything else, by its reference form: rows apart where an op allows it,
/// else all rows in one tile.
mlir::LogicalResult convertRowPhase(StepConversion &conversion, const PhaseOps &phase);

/// The error of an op that reads a weight as it is, which a product has packed.
mlir::InFlightDiagnostic emitPackedForProducts(mlir::Operation *op);

/// Tells that an op has no fast form, by a remark: `how` it runs instead.
void remarkReferenceForm(StepConversion &conversion, const PhaseOps &phase, llvm::StringRef how);

} // namespace tenon

#endif // TENON_PASSES_TRANSFORMERTOTASK_STEPCONVERSION_H

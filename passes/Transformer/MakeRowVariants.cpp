//===- MakeRowVariants.cpp - A step for each number of rows ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/TransformerDialect.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace tenon {
#define GEN_PASS_DEF_MAKEROWVARIANTSPASS
#include "passes/Passes.h.inc"
} // namespace tenon

namespace {
struct MakeRowVariants : tenon::impl::MakeRowVariantsPassBase<MakeRowVariants> {
  using MakeRowVariantsPassBase::MakeRowVariantsPassBase;

  /// The variants for one number of rows, by their originals.
  using Clones = DenseMap<Operation *, StringAttr>;

  /// Clones `function` and all it calls; \returns the clone's name. The symbol
  /// table makes it unique: the module may have a function of that name.
  StringAttr cloneFor(func::FuncOp function, int64_t count, SymbolTable &symbols, Clones &clones) {
    if (StringAttr known = clones.lookup(function))
      return known;
    func::FuncOp clone = function.clone();
    clone.setSymName((function.getName() + "_" + Twine(count)).str());
    clone->setAttr(tenon::transformer::rowsAttribute,
                   Builder(&getContext()).getI64IntegerAttr(count));
    clones[function] = symbols.insert(clone, Block::iterator(function->getNextNode()));
    clone.walk([&](func::CallOp call) {
      if (auto callee = symbols.lookup<func::FuncOp>(call.getCallee()))
        call.setCallee(cloneFor(callee, count, symbols, clones));
    });
    return clone.getSymNameAttr();
  }

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    auto step = symbols.lookup<func::FuncOp>(entry);
    if (!step || step.isExternal()) {
      getOperation().emitError("no function '") << entry << "' to make row variants of";
      return signalPassFailure();
    }
    SmallVector<func::FuncOp> originals(getOperation().getOps<func::FuncOp>());
    for (int64_t count : rows) {
      if (count < 1) {
        step.emitError("a row variant needs at least one row, got ") << count;
        return signalPassFailure();
      }
      Clones clones;
      cloneFor(step, count, symbols, clones);
    }
    // What no variant calls any more goes; private functions only serve @step.
    symbols.erase(step);
    for (func::FuncOp function : llvm::reverse(originals))
      if (function != step && function.isPrivate() &&
          SymbolTable::symbolKnownUseEmpty(function, getOperation()))
        symbols.erase(function);
  }
};
} // namespace

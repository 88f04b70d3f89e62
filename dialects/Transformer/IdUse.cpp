//===- IdUse.cpp - What the elements of a list of integers are ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/IdUse.h"

#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace tenon::transformer {

void IdUse::add(const IdUse &other) {
  selectsRows |= other.selectsRows;
  mayBeNone |= other.mayBeNone;
  if (other.vocabulary)
    vocabulary = vocabulary ? std::min(vocabulary, other.vocabulary) : other.vocabulary;
}

void IdUse::add(OpOperand &use) {
  if (auto embedding = dyn_cast<EmbeddingOp>(use.getOwner())) {
    IdUse lookup;
    lookup.vocabulary = embedding.getTable().getType().getDimSize(0);
    lookup.mayBeNone = static_cast<bool>(embedding.getGiven());
    return add(lookup);
  }
  if (isa<SelectRowsOp>(use.getOwner()))
    selectsRows = true;
  auto call = dyn_cast<func::CallOp>(use.getOwner());
  if (!call)
    return;
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
  if (callee && !callee.isExternal())
    add(of(callee.getArgument(use.getOperandNumber())));
}

IdUse IdUse::of(Value ids) {
  IdUse result;
  for (OpOperand &use : ids.getUses())
    result.add(use);
  return result;
}

} // namespace tenon::transformer

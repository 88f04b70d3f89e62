//===- PhaseBuilder.cpp - Builds one phase --------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/PhaseBuilder.h"

using namespace mlir;

namespace tenon {

PhaseBuilder::PhaseBuilder(OpBuilder &builder, Location loc, StringRef label, ValueRange extents,
                           ArrayRef<int64_t> bounds)
    : builder(builder), loc(loc), label(label), extents(extents), bounds(bounds),
      outside(builder.saveInsertionPoint()) {
  body = &bodyRegion.emplaceBlock();
  prologue = &prologueRegion.emplaceBlock();
  for (size_t i = 0; i < extents.size(); ++i)
    body->addArgument(builder.getIndexType(), loc);
}

unsigned PhaseBuilder::access(Value operand, task::AccessKind kind, AffineMap map, Type view) {
  auto attribute = task::AccessAttr::get(builder.getContext(), kind, map);
  for (auto [index, known] : llvm::enumerate(operands))
    if (known == operand && accesses[index] == attribute)
      return index;
  if (!view)
    view = operand.getType();
  unsigned number = operands.size();
  operands.push_back(operand);
  accesses.push_back(attribute);
  body->insertArgument(extents.size() + number, view, loc);
  // The prologue runs for no tile: it sees a mapped operand as a whole.
  prologue->insertArgument(number, operand.getType(), loc);
  return number;
}

unsigned PhaseBuilder::value(Value index, int64_t most) {
  for (auto [number, known] : llvm::enumerate(values))
    if (known == index)
      return number;
  values.push_back(index);
  valueBounds.push_back(most);
  body->addArgument(builder.getIndexType(), loc);
  prologue->addArgument(builder.getIndexType(), loc);
  return values.size() - 1;
}

Value PhaseBuilder::view(unsigned access) const {
  return inPrologue ? prologue->getArgument(access) : body->getArgument(extents.size() + access);
}

Value PhaseBuilder::valueArgument(unsigned value) const {
  return inPrologue ? prologue->getArgument(operands.size() + value)
                    : body->getArgument(extents.size() + operands.size() + value);
}

void PhaseBuilder::startPrologue() {
  inPrologue = wrotePrologue = true;
  builder.setInsertionPointToEnd(prologue);
}

void PhaseBuilder::startBody() {
  inPrologue = false;
  builder.setInsertionPointToEnd(body);
}

task::PhaseOp PhaseBuilder::finish() {
  builder.setInsertionPointToEnd(body);
  task::YieldOp::create(builder, loc);
  builder.setInsertionPointToEnd(prologue);
  task::YieldOp::create(builder, loc);
  builder.restoreInsertionPoint(outside);
  auto phase = task::PhaseOp::create(
      builder, loc, builder.getStringAttr(label), extents, builder.getDenseI64ArrayAttr(bounds),
      operands, builder.getArrayAttr(accesses), values, builder.getDenseI64ArrayAttr(valueBounds),
      /*cyclic=*/UnitAttr());
  phase.getBody().takeBody(bodyRegion);
  if (wrotePrologue)
    phase.getPrologue().takeBody(prologueRegion);
  return phase;
}

} // namespace tenon

//===- Dependences.cpp - Which phases wait for which------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/Dependences.h"

using namespace mlir;

namespace tenon::task {

/// Whether two operands can be the same memory. States are named: a list of
/// names at a turn meets another list when they share a name.
static bool mayBeSame(Value a, Value b) {
  if (a == b)
    return true;
  auto stateA = a.getDefiningOp<GetStateOp>(), stateB = b.getDefiningOp<GetStateOp>();
  if (!stateA || !stateB)
    return false;
  return llvm::any_of(stateA.getNames(),
                      [&](Attribute name) { return llvm::is_contained(stateB.getNames(), name); });
}

static bool writes(AccessKind kind) {
  return kind == AccessKind::Write || kind == AccessKind::Update;
}

Value dependence(PhaseOp later, PhaseOp earlier) {
  for (auto [i, mine] : llvm::enumerate(later.getAccessed()))
    for (auto [j, other] : llvm::enumerate(earlier.getAccessed())) {
      AccessKind myKind = later.getAccess(i).getKind(), otherKind = earlier.getAccess(j).getKind();
      if (myKind == AccessKind::Private || otherKind == AccessKind::Private)
        continue;
      if ((writes(myKind) || writes(otherKind)) && mayBeSame(mine, other))
        return mine;
    }
  return {};
}

bool dependsOn(PhaseOp later, PhaseOp earlier) {
  return static_cast<bool>(dependence(later, earlier));
}

} // namespace tenon::task

//===- Dependences.h - Which phases wait for which ------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The dependence graph of a step, derived from what its phases declare. Two
// phases depend on each other when both touch an operand and one writes it.
// Private operands never make a dependence. A weight is never written, so
// operands are compared by the value they are: a buffer, a state of a turn, an
// argument of the step.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TASK_DEPENDENCES_H
#define TENON_DIALECTS_TASK_DEPENDENCES_H

#include "dialects/Task/TaskDialect.h"

namespace tenon::task {

/// Whether `later` must wait for `earlier` to end in every worker.
bool dependsOn(PhaseOp later, PhaseOp earlier);

/// The operand that makes `later` wait for `earlier`, or null.
mlir::Value dependence(PhaseOp later, PhaseOp earlier);

/// Visits the phases of `step` in the order they run. `onOpen(later, earlier)`
/// is called where `later` depends on a phase since the last barrier, the first
/// such one; it returns whether a barrier is to count before `later` from then
/// on. A repeat's body is visited with what is open before it, and again with
/// what one turn leaves open, since the next turn begins there.
void visitOpenDependences(StepOp step,
                          llvm::function_ref<bool(PhaseOp later, PhaseOp earlier)> onOpen);

} // namespace tenon::task

#endif // TENON_DIALECTS_TASK_DEPENDENCES_H

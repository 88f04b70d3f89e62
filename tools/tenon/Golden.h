//===- Golden.h - Logits of the reference path ----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Logits of a sequence of random tokens by the reference path, computed before
// the file is written. They travel in the file, where its command `verify`
// computes them again by the emitted code, in steps of several sizes.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_GOLDEN_H
#define TENON_TOOLS_TENON_GOLDEN_H

#include "importers/HuggingFace/Model.h"
#include "runtime/Status.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace tenon {

/// Computes the contents of a Golden section for `imported`, a model of the
/// transformer stage with one function `@step`, and how far the logits may be
/// from those of the emitted code (see docs/numerics.md).
/// \returns Refused when a logit is not a number, as with weights that are none.
rt::Expected<std::string> makeGolden(mlir::ModuleOp imported, const hf::Model &model);

} // namespace tenon

#endif // TENON_TOOLS_TENON_GOLDEN_H

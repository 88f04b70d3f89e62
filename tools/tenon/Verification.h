//===- Verification.h - The emitted program against the reference-----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Logits of a few random tokens by the reference path, computed before the file
// is written. They travel in the file, where its command `verify` computes them
// again by the emitted code, in steps of each size: once here, for every kind
// of machine that this one can run, and wherever the file is later checked.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_VERIFICATION_H
#define TENON_TOOLS_TENON_VERIFICATION_H

#include "codegen/Target.h"
#include "importers/HuggingFace/Model.h"
#include "runtime/Status.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace tenon {

/// Models up to this many parameters are verified unless --no-verify is given:
/// the reference computes about a hundred million products a second.
inline constexpr int64_t verifiedParameters = 20'000'000;

/// Computes the contents of a Golden section for `imported`, a model of the
/// transformer stage with one function `@step`.
rt::Expected<std::string> makeGolden(mlir::ModuleOp imported, const hf::Model &model);

/// Runs the command `verify` of the file `path` for each of `targets` that
/// this machine has. \returns VerificationFailed with what it said.
rt::Status verifyFile(llvm::StringRef path, llvm::ArrayRef<const Target *> targets);

} // namespace tenon

#endif // TENON_TOOLS_TENON_VERIFICATION_H

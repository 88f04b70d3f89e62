//===- Verification.h - The emitted program against the reference ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_VERIFICATION_H
#define TENON_TOOLS_TENON_VERIFICATION_H

#include "codegen/Target.h"
#include "runtime/Status.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace tenon {

/// Models up to this many parameters are verified unless --no-verify is given:
/// the reference path computes about a billion products a second, and runs
/// twice.
inline constexpr int64_t verifiedParameters = 20'000'000;

/// A kind of code that this machine cannot run, and why.
struct UnverifiedTarget {
  const Target *target;
  std::string reason;
};

/// Runs the command `verify` of the executable at `path`, which is to become
/// `output`, for each of `targets` that this machine has.
/// \param unverified gets the other ones.
/// \returns VerificationFailed with what it said, Internal when it ended in
/// another way, InputOutput when it cannot be executed.
rt::Status verifyFile(llvm::StringRef path, llvm::StringRef output,
                      llvm::ArrayRef<const Target *> targets,
                      std::vector<UnverifiedTarget> &unverified);

} // namespace tenon

#endif // TENON_TOOLS_TENON_VERIFICATION_H

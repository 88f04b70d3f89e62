//===- Verification.cpp - The emitted program against the reference -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Verification.h"

#include "tools/tenon/ChildProcess.h"

#include "llvm/ADT/StringRef.h"

#include <csignal>
#include <cstring>

namespace tenon {

using llvm::StringRef;
using rt::Status;
using rt::StatusCode;

/// What the last line of `output` says, without the name of the program and
/// without the advice, which is for those who run the file.
static StringRef reasonIn(StringRef output) {
  StringRef line = output.rtrim().rsplit('\n').second;
  if (line.empty())
    line = output.rtrim();
  StringRef text = line.split("error: ").second;
  return (text.empty() ? line : text).rsplit("; ").first;
}

/// What ended the check of the code for `target`.
static Status failureOf(const Target &target, const ChildResult &result) {
  std::string name = target.name.str();
  if (result.signal != 0)
    return Status::failure(StatusCode::VerificationFailed,
                           "the code for {} crashes ({}); nothing was written; report this model, "
                           "or compile with --no-verify",
                           name, strsignal(result.signal));
  std::string reason = reasonIn(result.output).str();
  if (result.exitCode == static_cast<int>(StatusCode::VerificationFailed))
    return Status::failure(StatusCode::VerificationFailed,
                           "the code for {} does not agree with the reference path: {}; nothing "
                           "was written; report this model, or compile with --no-verify",
                           name, reason);
  return Status::failure(StatusCode::Internal,
                         "the code for {} could not be verified, with exit code {}: {}; nothing "
                         "was written; report this model, or compile with --no-verify",
                         name, result.exitCode, reason);
}

Status verifyFile(StringRef path, StringRef output, llvm::ArrayRef<const Target *> targets,
                  std::vector<UnverifiedTarget> &unverified) {
  for (const Target *target : targets) {
    auto result = runChild(path.str(), {output.str(), "verify", "--isa", target->name.str()});
    if (!result)
      return Status::failure(StatusCode::InputOutput,
                             "cannot execute '{}' to verify it: {}; choose an output in a folder "
                             "whose file system allows to execute files, or compile with "
                             "--no-verify",
                             output.str(), result.status().message());
    if (result->signal == 0 && result->exitCode == 0)
      continue;
    if (result->exitCode != static_cast<int>(StatusCode::MachineUnsupported))
      return failureOf(*target, *result);
    unverified.push_back({target, reasonIn(result->output).str()});
  }
  return Status::ok();
}

} // namespace tenon

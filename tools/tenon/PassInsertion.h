//===- PassInsertion.h - Passes of others in Tenon's pipelines ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_PASSINSERTION_H
#define TENON_TOOLS_TENON_PASSINSERTION_H

#include "passes/Pipeline.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace tenon {

/// What `--insert-pass=after:NAME:PIPELINE` asks for.
struct PassInsertion {
  bool after;
  std::string anchor;   ///< argument of a pass; every occurrence counts
  std::string pipeline; ///< as in --pass-pipeline, without the anchor op builtin.module

  /// Reads `text`. \returns an error for another form, for a name that no
  /// pipeline of Tenon has, and for a pipeline that does not parse.
  static llvm::Expected<PassInsertion> parse(llvm::StringRef text);
};

/// Whether the pipeline of `stage` has a pass with the argument `name`.
bool hasPass(const Stage &stage, llvm::StringRef name);

/// Adds the passes of `stage` for `target` to `passes`, with the insertions
/// among them.
llvm::LogicalResult buildStage(const Stage &stage, const Target &target,
                               llvm::ArrayRef<PassInsertion> insertions,
                               mlir::OpPassManager &passes);

} // namespace tenon

#endif // TENON_TOOLS_TENON_PASSINSERTION_H

//===- FileContent.h - What a file holds besides code and weights ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_FILECONTENT_H
#define TENON_TOOLS_TENON_FILECONTENT_H

#include "codegen/Link/PayloadWriter.h"
#include "codegen/Target.h"
#include "importers/Diagnostics/WarningOptions.h"
#include "importers/HuggingFace/Model.h"
#include "runtime/Status.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace tenon {

/// The sections that are made before the code is.
struct FileContent {
  std::vector<char> tokenizer, chatTemplate; ///< empty: the file has none
  std::string templateFile;                  ///< where the chat template was found
  int64_t tokenizerSize = 0;                 ///< ids; 0 without a tokenizer
  std::string golden;                        ///< logits of the reference; empty: not verified
  std::string licence;                       ///< of the model and of the runtime

  /// Reads the files of `folder` that say under which terms the model may be
  /// used, and adds the notices of the runtime. \returns Refused after an error.
  rt::Status readLicence(mlir::MLIRContext &context, llvm::StringRef folder);

  /// Compiles the tokenizer and the chat template of `folder`, and renders a plain
  /// conversation with the template. \returns Refused after everything that is
  /// wrong with either was told.
  rt::Status readText(mlir::MLIRContext &context, llvm::StringRef folder, int64_t vocabulary,
                      const WarningOptions &warnings);
};

/// Parameters of all tensors of the checkpoint.
int64_t countParameters(const hf::Model &model);

/// Adds every section but the weights and what the writer makes itself. `tasks`
/// is the program of the task stage, of any of `targets`; `folder` names the
/// model for `info`.
void addSections(link::PayloadWriter &payload, const FileContent &content, const hf::Model &model,
                 mlir::ModuleOp tasks, int64_t weightCount, llvm::StringRef folder,
                 llvm::ArrayRef<const Target *> targets);

/// A number that a program of the task stage has as an attribute.
int64_t numberOf(mlir::ModuleOp tasks, llvm::StringRef attribute);

} // namespace tenon

#endif // TENON_TOOLS_TENON_FILECONTENT_H

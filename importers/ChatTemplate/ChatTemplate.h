//===- ChatTemplate.h - Compiles chat templates ---------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A checkpoint says in a Jinja template how messages become a prompt. It is
// compiled here into the small program that runtime/Template/ChatTemplate.h
// runs, so that no Jinja is read at run time. The subset and its rules are
// those of the environment that Hugging Face transformers renders templates in.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATE_H
#define TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATE_H

#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace tenon {

/// Compiles `source` to a program for runtime/Template/ChatTemplate.h.
/// `specialTokens` are the variables like `bos_token` with their texts, which
/// become part of the program. Every construct that is not supported is
/// reported with its line and column, all of them before this fails;
/// `fileName` is for these messages.
mlir::FailureOr<std::vector<char>>
compileChatTemplate(mlir::MLIRContext *context, llvm::StringRef source, llvm::StringRef fileName,
                    const llvm::StringMap<std::string> &specialTokens);

/// A template and where it was found.
struct ChatTemplateSource {
  std::string text;
  std::string fileName; ///< for messages; names the key when it lies in JSON
};

/// Finds the template `name` of the checkpoint in `folder`: the files
/// `chat_template.jinja`, `additional_chat_templates/NAME.jinja`,
/// `tokenizer_config.json` (one template or a list of named ones) and
/// `chat_template.json`, in this order.
/// \returns nothing when the checkpoint has none; fails, after a diagnostic,
/// when a file is malformed.
mlir::FailureOr<std::optional<ChatTemplateSource>>
findChatTemplate(mlir::MLIRContext *context, llvm::StringRef folder,
                 llvm::StringRef name = "default");

} // namespace tenon

#endif // TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATE_H

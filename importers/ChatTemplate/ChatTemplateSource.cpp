//===- ChatTemplateSource.cpp - Finds the chat template of a checkpoint ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChatTemplate.h"

#include "importers/Diagnostics/Advice.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace tenon;

using OptionalSource = FailureOr<std::optional<ChatTemplateSource>>;

static Location fileLocation(MLIRContext *context, llvm::StringRef path) {
  return FileLineColLoc::get(context, path, /*line=*/1, /*column=*/1);
}

/// The bytes of `path`, nothing when there is no such file.
static FailureOr<std::optional<std::string>> readFile(MLIRContext *context, llvm::StringRef path) {
  if (!llvm::sys::fs::exists(path))
    return std::optional<std::string>();
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return emitError(fileLocation(context, path))
           << "cannot read the file: " << buffer.getError().message() << "; make it readable";
  return std::optional<std::string>((*buffer)->getBuffer().str());
}

static OptionalSource readTemplateFile(MLIRContext *context, llvm::StringRef path) {
  FailureOr<std::optional<std::string>> text = readFile(context, path);
  if (failed(text))
    return failure();
  if (!*text)
    return std::optional<ChatTemplateSource>();
  return std::optional<ChatTemplateSource>({std::move(**text), path.str()});
}

/// Picks the template `name` out of a list of `{name, template}`.
static OptionalSource pickNamed(MLIRContext *context, const llvm::json::Array &list,
                                llvm::StringRef path, llvm::StringRef name) {
  for (const llvm::json::Value &entry : list) {
    const llvm::json::Object *object = entry.getAsObject();
    auto entryName = object ? object->getString("name") : std::nullopt;
    auto text = object ? object->getString("template") : std::nullopt;
    if (!entryName || !text)
      return emitError(fileLocation(context, path))
             << "an entry of 'chat_template' lacks 'name' or 'template'; expected a string, or a "
                "list of {\"name\": ..., \"template\": ...}"
             << fetchAgain;
    if (*entryName == name)
      return std::optional<ChatTemplateSource>(
          {text->str(), (path + " (chat_template, " + name + ")").str()});
  }
  return std::optional<ChatTemplateSource>();
}

/// Looks for the key `chat_template` in the JSON file `path`.
static OptionalSource readJsonFile(MLIRContext *context, llvm::StringRef path,
                                   llvm::StringRef name) {
  FailureOr<std::optional<std::string>> text = readFile(context, path);
  if (failed(text))
    return failure();
  if (!*text)
    return std::optional<ChatTemplateSource>();
  llvm::Expected<llvm::json::Value> json = llvm::json::parse(**text);
  if (!json)
    return emitError(fileLocation(context, path))
           << "is not JSON: " << llvm::toString(json.takeError()) << fetchAgain;
  const llvm::json::Object *object = json->getAsObject();
  const llvm::json::Value *value = object ? object->get("chat_template") : nullptr;
  if (!value || value->kind() == llvm::json::Value::Null)
    return std::optional<ChatTemplateSource>();
  if (const llvm::json::Array *list = value->getAsArray())
    return pickNamed(context, *list, path, name);
  auto source = value->getAsString();
  if (!source)
    return emitError(fileLocation(context, path))
           << "'chat_template' is neither a string nor a list of named templates" << fetchAgain;
  if (name != "default")
    return std::optional<ChatTemplateSource>();
  return std::optional<ChatTemplateSource>({source->str(), (path + " (chat_template)").str()});
}

OptionalSource tenon::findChatTemplate(MLIRContext *context, llvm::StringRef folder,
                                       llvm::StringRef name) {
  llvm::SmallString<128> path;
  auto inFolder = [&](const llvm::Twine &file) -> llvm::StringRef {
    path = folder;
    llvm::sys::path::append(path, file);
    return path;
  };
  OptionalSource found = std::optional<ChatTemplateSource>();
  if (name == "default")
    found = readTemplateFile(context, inFolder("chat_template.jinja"));
  if (succeeded(found) && !*found)
    found = readTemplateFile(context, inFolder("additional_chat_templates/" + name + ".jinja"));
  for (llvm::StringRef file : {"tokenizer_config.json", "chat_template.json"})
    if (succeeded(found) && !*found)
      found = readJsonFile(context, inFolder(file), name);
  return found;
}

//===- CompileTokenizer.cpp - From a checkpoint's tokenizer to tables -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileTokenizer.h"
#include "TokenizerFile.h"
#include "TokenizerTables.h"
#include "importers/Diagnostics/Advice.h"

#include "importers/Diagnostics/QuotedText.h"
#include "importers/Files/ModelFolder.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace mlir;

namespace tenon::tokenizer {

/// The largest tokenizer.json known has 35 MB.
static constexpr uint64_t mostFileBytes = 256u << 20;

namespace {
using Kind = JsonValue::Kind;

/// What tokenizer_config.json says, and what it does to a tokenizer.
class TokenizerConfig {
public:
  TokenizerConfig(MLIRContext *context, StringRef path) : context(context), path(path) {}

  LogicalResult read(StringRef text);
  LogicalResult apply(TokenizerSpec &spec) const;
  void tell(const TokenizerSpec &spec, CompiledTokenizer &facts) const;

private:
  bool flag(StringRef name, bool otherwise) const;
  std::string tokenText(StringRef name, StringRef otherwise) const;
  LogicalResult addId(const TokenizerSpec &spec, StringRef name, StringRef otherwise,
                      std::vector<int32_t> &ids) const;

  MLIRContext *context;
  StringRef path;
  JsonValue root;
};
} // namespace

/// The classes whose special tokens come from the configuration: transformers
/// builds their post-processor anew, whatever tokenizer.json says.
static bool rebuildsPostProcessor(StringRef tokenizerClass) {
  tokenizerClass.consume_back("Fast");
  return is_contained({"LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer", "CohereTokenizer"},
                      tokenizerClass);
}

LogicalResult TokenizerConfig::read(StringRef text) {
  root.kind = Kind::Object;
  if (text.empty())
    return success();
  JsonOptions options;
  options.allowNonFinite = true; // Python wrote it
  Expected<JsonValue> parsed = parseJson(text, options);
  if (!parsed) {
    handleAllErrors(parsed.takeError(), [&](const JsonError &problem) {
      emitError(FileLineColLoc::get(context, path, problem.line, problem.column))
          << "this is not valid JSON: " << problem.message << fetchAgain;
    });
    return failure();
  }
  if (!parsed->is(Kind::Object))
    return emitError(locationOf(context, path, *parsed))
           << "expected an object, got " << parsed->kindText() << fetchAgain;
  root = std::move(*parsed);
  return success();
}

bool TokenizerConfig::flag(StringRef name, bool otherwise) const {
  const JsonValue *value = root.find(name);
  return value && value->is(Kind::Boolean) ? value->boolean : otherwise;
}

/// The text of a token, which is spelt as a string or as an object.
static std::string tokenTextOf(const JsonValue &value) {
  const JsonValue *content = value.is(Kind::Object) ? value.find("content") : &value;
  return content && content->is(Kind::String) ? content->text : std::string();
}

std::string TokenizerConfig::tokenText(StringRef name, StringRef otherwise) const {
  const JsonValue *value = root.find(name);
  return value ? tokenTextOf(*value) : otherwise.str();
}

LogicalResult TokenizerConfig::addId(const TokenizerSpec &spec, StringRef name, StringRef otherwise,
                                     std::vector<int32_t> &ids) const {
  std::string text = tokenText(name, otherwise);
  if (std::optional<int32_t> id = spec.idOf(text)) {
    ids.push_back(*id);
    return success();
  }
  const JsonValue *value = root.find(name);
  return emitError(locationOf(context, path, value ? *value : root))
         << "the configuration asks to add '" << name << "', which is "
         << (text.empty() ? "not set" : quoted(text) + " and no token of the tokenizer")
         << "; set it, or 'add_" << name << "' to false";
}

LogicalResult TokenizerConfig::apply(TokenizerSpec &spec) const {
  const JsonValue *tokenizerClass = root.find("tokenizer_class");
  if (!tokenizerClass || !rebuildsPostProcessor(tokenizerClass->text))
    return success();
  spec.prefixIds.clear();
  spec.suffixIds.clear();
  if (flag("add_bos_token", true) && failed(addId(spec, "bos_token", "<s>", spec.prefixIds)))
    return failure();
  if (flag("add_eos_token", false) && failed(addId(spec, "eos_token", "</s>", spec.suffixIds)))
    return failure();
  return success();
}

void TokenizerConfig::tell(const TokenizerSpec &spec, CompiledTokenizer &facts) const {
  auto idOf = [&](StringRef name) {
    std::string text = tokenText(name, "");
    return text.empty() ? -1 : spec.idOf(text).value_or(-1);
  };
  facts.size = spec.size();
  facts.bosId = idOf("bos_token");
  facts.eosId = idOf("eos_token");
  facts.padId = idOf("pad_token");
  for (const JsonMember &member : root.members)
    if (StringRef(member.name).ends_with("_token"))
      if (std::string text = tokenTextOf(member.value); !text.empty())
        facts.specialTokens.emplace_back(member.name, text);
}

/// Refuses ids that the model has no row for.
static LogicalResult checkSize(MLIRContext *context, const TokenizerFiles &files,
                               const TokenizerSpec &spec, const TokenizerOptions &options) {
  if (options.vocabularySize == 0 || spec.size() <= options.vocabularySize)
    return success();
  return emitError(fileLocation(context, files.tokenizerPath))
         << "the tokenizer has ids up to " << spec.size() - 1 << ", but the model's vocab_size is "
         << options.vocabularySize << "; it belongs to another model, fetch the files of one model";
}

FailureOr<CompiledTokenizer> compileTokenizer(MLIRContext *context, const TokenizerFiles &files,
                                              const TokenizerOptions &options) {
  TokenizerConfig config(context, files.configPath);
  bool configIsSound = succeeded(config.read(files.configText));
  FailureOr<TokenizerSpec> spec =
      readTokenizerFile(context, files.tokenizerPath, files.tokenizerText);
  if (failed(spec) || !configIsSound || failed(config.apply(*spec)) ||
      failed(checkSize(context, files, *spec, options)))
    return failure();
  CompiledTokenizer compiled;
  config.tell(*spec, compiled);
  FailureOr<std::vector<char>> tables =
      writeTokenizerTables(*spec, fileLocation(context, files.tokenizerPath));
  if (failed(tables))
    return failure();
  compiled.tables = std::move(*tables);
  return compiled;
}

FailureOr<CompiledTokenizer> compileTokenizer(MLIRContext *context, StringRef folder,
                                              const TokenizerOptions &options) {
  TokenizerFiles files;
  SmallString<128> tokenizerPath(folder), configPath(folder);
  sys::path::append(tokenizerPath, files.tokenizerPath);
  sys::path::append(configPath, files.configPath);
  files.tokenizerPath = tokenizerPath.str();
  files.configPath = configPath.str();
  if (!sys::fs::exists(tokenizerPath)) {
    emitError(fileLocation(context, tokenizerPath))
        << "there is no tokenizer.json; other kinds of tokenizer files are not supported: save "
           "the tokenizer with AutoTokenizer.save_pretrained, or use --tokenizer=none";
    return failure();
  }
  auto tokenizer = readTextFile(context, tokenizerPath, mostFileBytes);
  if (!tokenizer)
    return failure();
  files.tokenizerText = tokenizer->getBuffer().str();
  if (sys::fs::exists(configPath)) {
    auto config = readTextFile(context, configPath, mostFileBytes);
    if (!config)
      return failure();
    files.configText = config->getBuffer().str();
  }
  return compileTokenizer(context, files, options);
}

} // namespace tenon::tokenizer

//===- TokenizerFile.cpp - Reads tokenizer.json ---------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerFile.h"
#include "TokenizerReader.h"
#include "importers/Diagnostics/Advice.h"

#include "importers/Diagnostics/QuotedText.h"

#include <limits>

using namespace llvm;
using namespace mlir;

namespace tenon::tokenizer {

Location locationOf(MLIRContext *context, StringRef path, const JsonValue &value) {
  return FileLineColLoc::get(context, path, value.line, value.column);
}

InFlightDiagnostic TokenizerReader::error(const Value &value) {
  sound = false;
  return emitError(locationOf(context, path, value));
}

void TokenizerReader::refuseKind(const Value &value, StringRef what, StringRef type,
                                 ArrayRef<StringRef> supported) {
  error(value) << what << " " << quoted(type) << " is not supported; supported "
               << (supported.size() == 1 ? "is " : "are ") << listOf(supported) << useTokenIds;
}

const JsonValue *TokenizerReader::member(const Value &object, StringRef name, Kind kind) {
  const Value *value = object.find(name);
  if (!value) {
    error(object) << "expected a member '" << name << "' in this object" << fetchAgain;
    return nullptr;
  }
  if (value->is(kind))
    return value;
  Value wanted;
  wanted.kind = kind;
  error(*value) << "expected '" << name << "' to be " << wanted.kindText() << ", got "
                << value->kindText() << fetchAgain;
  return nullptr;
}

bool TokenizerReader::flag(const Value &object, StringRef name, bool otherwise) {
  const Value *value = object.find(name);
  if (!value || value->is(Kind::Null))
    return otherwise;
  value = member(object, name, Kind::Boolean);
  return value ? value->boolean : otherwise;
}

StringRef TokenizerReader::string(const Value &object, StringRef name) {
  const Value *value = member(object, name, Kind::String);
  return value ? StringRef(value->text) : StringRef();
}

StringRef TokenizerReader::typeOf(const Value &stage, StringRef what) {
  if (stage.is(Kind::Object))
    return string(stage, "type");
  error(stage) << "expected a " << what << " to be an object or null, got " << stage.kindText()
               << fetchAgain;
  return {};
}

int32_t TokenizerReader::idFrom(const Value &value) {
  if (value.is(Kind::Integer) && !value.negative &&
      value.magnitude < uint64_t(std::numeric_limits<int32_t>::max()))
    return int32_t(value.magnitude);
  error(value) << "expected a token id from 0 to 2147483646, got "
               << (value.isNumber() ? StringRef(value.text) : value.kindText()) << correctTokens;
  return -1;
}

FailureOr<TokenizerSpec> TokenizerReader::read(const Value &root) {
  if (!root.is(Kind::Object)) {
    error(root) << "expected a tokenizer to be an object, got " << root.kindText() << fetchAgain;
    return failure();
  }
  if (const Value *version = root.find("version"); version && version->text != "1.0")
    error(*version) << "expected version '1.0' of the tokenizer's format, got "
                    << quoted(version->text) << "; save it again with a release of Hugging Face "
                    << "tokenizers that writes version 1.0";
  static const Value null;
  auto stage = [&](StringRef name) -> const Value & {
    const Value *value = root.find(name);
    return value ? *value : null;
  };
  readNormalizer(stage("normalizer"));
  checkSteps(stage("normalizer"), "normalizer", spec.normalizers.size());
  readPreTokenizer(stage("pre_tokenizer"));
  readModel(root);
  readAddedTokens(root);
  checkGaps(root);
  readPostProcessor(stage("post_processor"));
  readDecoder(stage("decoder"));
  checkSteps(stage("decoder"), "decoder", spec.decoders.size());
  if (sound && spec.size() == 0)
    error(root) << "the tokenizer has no tokens" << fetchAgain;
  if (sound)
    checkSpecialIds(stage("post_processor"));
  if (!sound)
    return failure();
  return std::move(spec);
}

FailureOr<TokenizerSpec> readTokenizerFile(MLIRContext *context, StringRef path, StringRef text) {
  Expected<JsonValue> root = parseJson(text);
  if (root)
    return TokenizerReader(context, path).read(*root);
  handleAllErrors(root.takeError(), [&](const JsonError &problem) {
    emitError(FileLineColLoc::get(context, path, problem.line, problem.column))
        << "this is not valid JSON: " << problem.message << fetchAgain;
  });
  return failure();
}

} // namespace tenon::tokenizer

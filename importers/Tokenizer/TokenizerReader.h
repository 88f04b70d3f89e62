//===- TokenizerReader.h - The parts of the reader of tokenizer.json ------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For the sources of the reader only: TokenizerFile.cpp holds what all parts
// share and the file's frame, TokenizerModelReader.cpp the vocabulary, merges
// and added tokens, TokenizerTextReader.cpp what changes text (normalizers and
// decoders), TokenizerStageReader.cpp the other stages.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_TOKENIZER_TOKENIZERREADER_H
#define TENON_IMPORTERS_TOKENIZER_TOKENIZERREADER_H

#include "TokenizerFile.h"

#include "mlir/IR/Diagnostics.h"
#include "runtime/Tokenizer/StepText.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace tenon::tokenizer {

/// Reads one tokenizer.json into a TokenizerSpec. It goes on after an error, so
/// that one run tells all of them.
class TokenizerReader {
public:
  TokenizerReader(mlir::MLIRContext *context, llvm::StringRef path)
      : context(context), path(path) {}

  mlir::FailureOr<TokenizerSpec> read(const JsonValue &root);

private:
  using Value = JsonValue;
  using Kind = JsonValue::Kind;

  /// Begins an error at `value`; the result is a failure.
  mlir::InFlightDiagnostic error(const Value &value);
  /// Tells that `what` of kind `type` is not among those of `supported`.
  void refuseKind(const Value &value, llvm::StringRef what, llvm::StringRef type,
                  llvm::ArrayRef<llvm::StringRef> supported);

  // Members of objects; a wrong type is an error.
  const Value *member(const Value &object, llvm::StringRef name, Kind kind);
  bool flag(const Value &object, llvm::StringRef name, bool otherwise);
  llvm::StringRef string(const Value &object, llvm::StringRef name);
  /// The `type` of a stage, or an empty text after an error.
  llvm::StringRef typeOf(const Value &stage, llvm::StringRef what);
  /// A token id, or -1 after an error.
  int32_t idFrom(const Value &value);

  // TokenizerModelReader.cpp
  void readModel(const Value &root);
  void readVocabulary(const Value &model);
  void checkGaps(const Value &place);
  void readMerges(const Value &model);
  bool splitMerge(const Value &merge, std::pair<std::string, std::string> &parts);
  void readUnknown(const Value &model);
  void refuseModelOptions(const Value &model);
  void readAddedTokens(const Value &root);
  void readAddedToken(const Value &token);

  // TokenizerTextReader.cpp
  void readNormalizer(const Value &stage);
  void readReplace(const Value &stage, NormalizerSpec step);
  void readPrepend(const Value &stage, NormalizerSpec step);
  void readStrip(const Value &stage, NormalizerSpec step);
  void readDecoder(const Value &stage);
  void readByteLevel(const Value &stage, DecoderSpec step);
  void readReplace(const Value &stage, DecoderSpec step);
  void readStrip(const Value &stage, DecoderSpec step);
  void readMetaspace(const Value &stage, DecoderSpec step);
  void readWordPiece(const Value &stage, DecoderSpec step);
  bool readReplacement(const Value &stage, llvm::StringRef what, rt::ReplaceGrowth &growth,
                       std::string &text, std::string &content);
  std::optional<std::string> stepText(const Value &stage, llvm::StringRef name);
  std::optional<std::string> character(const Value &stage, llvm::StringRef name);
  std::optional<uint32_t> count(const Value &stage, llvm::StringRef name);
  void checkSteps(const Value &place, llvm::StringRef what, size_t steps);

  // TokenizerStageReader.cpp
  void readPreTokenizer(const Value &stage);
  void readSplit(const Value &stage);
  void readByteLevel(const Value &stage);
  void addPattern(const Value &place, llvm::StringRef pattern, rt::SplitBehavior behavior,
                  bool inverted);
  std::optional<rt::SplitBehavior> behaviorOf(const Value &stage);
  void readPostProcessor(const Value &stage);
  void readTemplate(const Value &stage);
  void readClassAndSeparator(const Value &stage);
  void checkSpecialIds(const Value &place);

  mlir::MLIRContext *context;
  llvm::StringRef path;
  TokenizerSpec spec;
  bool sound = true;
  bool readsBytes = false;                                ///< a ByteLevel pre-tokenizer was met
  rt::ReplaceGrowth normalizerGrowth, decoderGrowth;      ///< of the Replace steps
  llvm::StringMap<int32_t> idsByText;                     ///< the model's vocabulary
  llvm::DenseMap<int32_t, const std::string *> textsById; ///< ... and added tokens
};

} // namespace tenon::tokenizer

#endif // TENON_IMPORTERS_TOKENIZER_TOKENIZERREADER_H

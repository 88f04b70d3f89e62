//===- TokenizerFuzzer.cpp - Any bytes as a tokenizer.json ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is compiled must open, and encode and decode any text: the input itself
// is one. A stream of tokens must decode to the text of all of them, and
// untrusted text must hold no special token.
//
//===----------------------------------------------------------------------===//

#include "importers/Tokenizer/CompileTokenizer.h"
#include "runtime/Tokenizer/Tokenizer.h"
#include "runtime/Utf8.h"

#include "mlir/IR/Diagnostics.h"

#include <cstdlib>

using namespace tenon;

/// Ends the process, so that the fuzzer keeps the input.
static void require(bool condition) {
  if (!condition)
    std::abort();
}

static void checkDecoding(const rt::Tokenizer &tokenizer, const std::vector<int32_t> &ids) {
  rt::Tokenizer::Decoder decoder(tokenizer, /*skipSpecialTokens=*/false);
  std::string streamed;
  for (int32_t id : ids) {
    require(id >= 0 && id < tokenizer.size());
    std::string part = decoder.push(id);
    require(rt::isValidUtf8(part));
    streamed += part;
  }
  streamed += decoder.finish();
  require(streamed == tokenizer.decode(ids, /*skipSpecialTokens=*/false));
}

static void checkEncoding(const rt::Tokenizer &tokenizer, std::string_view text) {
  checkDecoding(tokenizer, tokenizer.encode(text, /*addSpecialTokens=*/true));
  size_t middle = text.size() / 2;
  rt::TextSpan spans[] = {{std::string(text.substr(0, middle)), /*trusted=*/false},
                          {std::string(text.substr(middle)), /*trusted=*/true}};
  checkDecoding(tokenizer, tokenizer.encode(spans, /*addSpecialTokens=*/false));
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  bool error = false;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    error = true;
    require(diagnostic.str().find('\n') == std::string::npos);
    return mlir::success();
  });
  tokenizer::TokenizerFiles files;
  files.tokenizerText.assign(reinterpret_cast<const char *>(data), size);
  auto compiled = tokenizer::compileTokenizer(&context, files, {});
  require(failed(compiled) == error);
  if (error)
    return 0;
  auto tokenizer = rt::Tokenizer::open(std::as_bytes(std::span(compiled->tables)));
  require(bool(tokenizer));
  checkEncoding(*tokenizer, "What's 37 + 58?\n\n  \u5b57e\u0301 A\xff<|im_end|>  x ");
  checkEncoding(*tokenizer, files.tokenizerText);
  return 0;
}

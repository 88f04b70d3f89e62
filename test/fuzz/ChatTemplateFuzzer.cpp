//===- ChatTemplateFuzzer.cpp - Compiles and renders arbitrary templates --===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// libFuzzer gives a template; it is compiled, opened and rendered with a fixed
// conversation under small limits. Bytes that begin as a program are opened
// and rendered as one.
//
//===----------------------------------------------------------------------===//

#include "importers/ChatTemplate/ChatTemplate.h"
#include "runtime/Template/ChatTemplate.h"
#include "runtime/Template/TemplateFormat.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

using namespace tenon;

static void render(std::span<const std::byte> program) {
  auto chatTemplate = rt::ChatTemplate::open(program);
  if (!chatTemplate)
    return;
  static const std::vector<rt::Message> messages = {{"system", "Be terse."},
                                                    {"user", "<|im_start|> \xC3\xA9\xFF\n"},
                                                    {"assistant", "<think>a</think>b"}};
  rt::TemplateOptions options;
  options.now = 1721952000;
  options.maxSteps = 20000;
  options.maxBytes = 4 << 20;
  options.variables = {
      {"tools", "[{\"function\": {\"name\": \"f\", \"arguments\": {\"x\": [1, 2.5, none]}}}]"},
      {"enable_thinking", "false"}};
  auto spans = chatTemplate->render(messages, options);
  if (!spans)
    return;
  for (size_t i = 1; i < spans->size(); ++i)
    if ((*spans)[i].trusted == (*spans)[i - 1].trusted)
      __builtin_trap();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  llvm::StringRef magic(rt::templates::programMagic, sizeof(rt::templates::programMagic));
  if (text.starts_with(magic)) {
    render(std::as_bytes(std::span(data, size)));
    return 0;
  }
  mlir::ScopedDiagnosticHandler handler(&context,
                                        [](mlir::Diagnostic &) { return mlir::success(); });
  auto program = compileChatTemplate(&context, text, "fuzz", {{"bos_token", "<s>"}});
  if (succeeded(program))
    render(std::as_bytes(std::span(*program)));
  return 0;
}

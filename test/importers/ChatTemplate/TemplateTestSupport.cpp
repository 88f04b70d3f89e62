//===- TemplateTestSupport.cpp - Compiles and renders in tests ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateTestSupport.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"

#include <cstdlib>

using namespace tenon;
using namespace tenon::test;

std::string Outcome::text() const {
  std::string all;
  for (const rt::TextSpan &span : spans)
    all += span.text;
  return all;
}

std::string Outcome::marked() const {
  std::string all;
  for (const rt::TextSpan &span : spans)
    all += (span.trusted ? "[" : "{") + span.text + (span.trusted ? "]" : "}");
  return all;
}

/// Compiles `source`; the diagnostics go to `errors`.
static mlir::FailureOr<std::vector<char>>
compile(llvm::StringRef source, const llvm::StringMap<std::string> &tokens, std::string &errors) {
  static mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    auto place = llvm::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation());
    errors += std::to_string(place ? place.getLine() : 0) + ":" +
              std::to_string(place ? place.getColumn() : 0) + ": " + diagnostic.str() + "\n";
    return mlir::success();
  });
  return compileChatTemplate(&context, source, "test.jinja", tokens);
}

Outcome test::compileAndRender(llvm::StringRef source, const llvm::StringMap<std::string> &tokens,
                               const RenderInput &input) {
  // The time of templates is that of UTC, whatever the zone of the machine.
  setenv("TZ", "FAR-13", /*overwrite=*/1);
  Outcome outcome;
  auto program = compile(source, tokens, outcome.refusal);
  if (failed(program))
    return outcome;
  auto chatTemplate = rt::ChatTemplate::open(std::as_bytes(std::span(*program)));
  if (!chatTemplate) {
    outcome.refusal = chatTemplate.status().message();
    return outcome;
  }
  auto spans = chatTemplate->render(input.messages, input.options);
  if (spans)
    outcome.spans = std::move(*spans);
  else
    outcome.refusal = spans.status().message();
  return outcome;
}

std::string test::compileErrors(llvm::StringRef source) {
  std::string errors;
  (void)compile(source, {}, errors);
  return errors;
}

std::vector<char> test::compileProgram(llvm::StringRef source) {
  std::string errors;
  auto program = compile(source, {}, errors);
  return succeeded(program) ? std::move(*program) : std::vector<char>();
}

std::string test::goldenPath(llvm::StringRef name) {
  return (TENON_TEST_DATA "/templates/" + name).str();
}

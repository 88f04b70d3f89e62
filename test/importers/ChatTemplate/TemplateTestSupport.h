//===- TemplateTestSupport.h - Compiles and renders in tests --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_IMPORTERS_CHATTEMPLATE_TEMPLATETESTSUPPORT_H
#define TENON_TEST_IMPORTERS_CHATTEMPLATE_TEMPLATETESTSUPPORT_H

#include "importers/ChatTemplate/ChatTemplate.h"
#include "runtime/Template/ChatTemplate.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace tenon::test {

struct RenderInput {
  std::vector<rt::Message> messages;
  rt::TemplateOptions options;
};

/// What became of a template: spans, or why there are none.
struct Outcome {
  std::vector<rt::TextSpan> spans;
  std::string refusal; ///< text of the runtime, or `line:column: text` lines of the compiler

  std::string text() const;
  /// The spans as `[trusted]` and `{not trusted}`.
  std::string marked() const;
};

Outcome compileAndRender(llvm::StringRef source, const llvm::StringMap<std::string> &tokens,
                         const RenderInput &input);
/// The diagnostics of a compile, `line:column: text`, one a line.
std::string compileErrors(llvm::StringRef source);
/// The program of `source`, which must compile.
std::vector<char> compileProgram(llvm::StringRef source);

/// A file of test/data/templates.
std::string goldenPath(llvm::StringRef name);

} // namespace tenon::test

#endif // TENON_TEST_IMPORTERS_CHATTEMPLATE_TEMPLATETESTSUPPORT_H

//===- TemplateJson.h - JSON and literals in chat templates ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TEMPLATE_TEMPLATEJSON_H
#define TENON_RUNTIME_TEMPLATE_TEMPLATEJSON_H

#include "TemplateValue.h"

#include <optional>
#include <string_view>

namespace tenon::rt::templates {

/// The arguments of Python's json.dumps.
struct JsonStyle {
  bool ensureAscii = false;
  bool sortKeys = false;
  std::optional<Text> indent; ///< a line for each item when present
  Text itemSeparator = Text(", ", true);
  Text keySeparator = Text(": ", true);
};

/// `value` as JSON; strings keep their tags, the rest is trusted.
Text printedJson(Evaluation &eval, const Value &value, const JsonStyle &style);

/// Reads JSON; the strings of the result keep the tags of `source`.
Value parseJson(Evaluation &eval, const Text &source);

/// Reads a literal of the template language: what JSON has, and True, None,
/// tuples, strings in single quotes. Its strings are not trusted.
Value parseLiteral(Evaluation &eval, std::string_view source);

} // namespace tenon::rt::templates

#endif // TENON_RUNTIME_TEMPLATE_TEMPLATEJSON_H

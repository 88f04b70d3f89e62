//===- TemplateCall.h - What templates can call ---------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Filters, tests, methods and the two ways to format, all with the signature
// that the machine calls them by.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TEMPLATE_TEMPLATECALL_H
#define TENON_RUNTIME_TEMPLATE_TEMPLATECALL_H

#include "TemplateValue.h"

#include <array>
#include <initializer_list>
#include <span>
#include <string_view>

namespace tenon::rt::templates {

/// The arguments of a call as the template wrote them.
struct Arguments {
  std::span<const Value> positional;
  std::vector<std::pair<std::string_view, Value>> named;
};

/// Arguments in the places of their parameters.
class BoundArguments {
public:
  /// Binds to the parameters `names`, the first `required` of which must be
  /// given. `callee` is for messages. Fails for any that does not fit.
  BoundArguments(Evaluation &eval, std::string_view callee, const Arguments &arguments,
                 std::initializer_list<std::string_view> names, size_t required = 0);

  bool given(size_t index) const { return present[index]; }
  const Value &operator[](size_t index) const { return values[index]; }
  Value valueOr(size_t index, Value absent) const {
    return present[index] ? values[index] : absent;
  }
  bool isTrueOr(size_t index, bool absent) const {
    return present[index] ? isTrue(values[index]) : absent;
  }
  /// An integer argument; fails for another type.
  int64_t integerOr(size_t index, int64_t absent);
  /// A string argument; fails for another type.
  const Text *stringOrNull(size_t index);

private:
  static constexpr size_t maxParameters = 8;
  Evaluation &eval;
  std::string_view callee;
  std::array<Value, maxParameters> values;
  std::array<bool, maxParameters> present{};
};

Value applyFilter(Evaluation &eval, Filter filter, const Value &value, const Arguments &arguments);
bool applyTest(Evaluation &eval, Test test, const Value &value, const Arguments &arguments);
Value callMethod(Evaluation &eval, Method method, const Value &self, const Arguments &arguments);
/// The methods of the loop object; the machine implements them.
Value callLoopMethod(Evaluation &eval, Method method, Loop &loop, const Arguments &arguments);
Value callBuiltin(Evaluation &eval, Builtin builtin, const Arguments &arguments);

/// `left op right` of the opcodes Add to Power.
Value computeBinary(Evaluation &eval, Opcode opcode, const Value &left, const Value &right);
bool compareValues(Evaluation &eval, Comparison comparison, const Value &left, const Value &right);

/// Joins the printed items with `separator` between them.
Value joinItems(Evaluation &eval, const std::vector<Value> &items, const Text &separator);
/// Python's `format % values`.
Value formatPercent(Evaluation &eval, const Text &format, std::span<const Value> values);
/// Python's `format.format(...)`: fields by place or name, with the specifications
/// of TemplateFields.h.
Value formatBraces(Evaluation &eval, const Text &format, const Arguments &arguments);

} // namespace tenon::rt::templates

#endif // TENON_RUNTIME_TEMPLATE_TEMPLATECALL_H

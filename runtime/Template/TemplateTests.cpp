//===- TemplateTests.cpp - The tests of chat templates (`x is defined`) ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateCall.h"

using namespace tenon::rt;
using namespace tenon::rt::templates;

static bool isSequence(const Value &value) {
  if (value.is(Kind::List))
    return value.list->flavour != List::Flavour::View &&
           value.list->flavour != List::Flavour::Generator;
  return value.isUndefined() || value.isString() || value.is(Kind::Dict);
}

/// Whether all letters of the printed value pass `isCase` and there is one.
static bool hasCase(Evaluation &eval, const Value &value, bool (*isCase)(uint32_t),
                    bool (*isOther)(uint32_t)) {
  Text text = printed(eval, value);
  bool any = false;
  for (size_t at = 0; at < text.sizeBytes();) {
    uint32_t c = nextCharacter(text.view(), at);
    if (isOther(c))
      return false;
    any |= isCase(c);
  }
  return any;
}

/// value % divisor == wanted.
static bool hasRemainder(Evaluation &eval, const Value &value, const Value &divisor,
                         int64_t wanted) {
  Value rest = computeBinary(eval, Opcode::Remainder, value, divisor);
  return !eval.failed() && areEqual(eval, rest, Value::of(wanted));
}

static bool isSame(const Value &left, const Value &right) {
  if (left.kind != right.kind)
    return false;
  switch (left.kind) {
  case Kind::Undefined:
  case Kind::None:
    return true;
  case Kind::Bool:
    return left.boolean == right.boolean;
  case Kind::Integer:
    return left.integer == right.integer;
  case Kind::String: // Python shares most equal strings of a template
    return left.text->view() == right.text->view();
  default:
    return left.dict == right.dict;
  }
}

/// The tests that ask for the type alone.
static std::optional<bool> testType(Test test, const Value &value) {
  switch (test) {
  case Test::Defined:
    return !value.isUndefined();
  case Test::Undefined:
    return value.isUndefined();
  case Test::None:
    return value.is(Kind::None);
  case Test::Boolean:
    return value.is(Kind::Bool);
  case Test::True:
    return value.is(Kind::Bool) && value.boolean;
  case Test::False:
    return value.is(Kind::Bool) && !value.boolean;
  case Test::Integer:
    return value.is(Kind::Integer);
  case Test::Float:
    return value.is(Kind::Float);
  case Test::Number:
    return value.isNumber();
  case Test::String:
    return value.isString();
  case Test::Mapping:
    return value.is(Kind::Dict);
  case Test::Iterable:
    return isIterable(value);
  case Test::Sequence:
    return isSequence(value);
  case Test::Callable:
    return value.is(Kind::Callable);
  default:
    return std::nullopt;
  }
}

/// The comparison that `test` stands for.
static std::optional<Comparison> comparisonOf(Test test) {
  switch (test) {
  case Test::Eq:
  case Test::Equalto:
  case Test::EqualSign:
    return Comparison::Equal;
  case Test::Ne:
  case Test::NotEqualSign:
    return Comparison::NotEqual;
  case Test::Lt:
  case Test::Lessthan:
  case Test::LessSign:
    return Comparison::Less;
  case Test::Le:
  case Test::LessEqualSign:
    return Comparison::LessEqual;
  case Test::Gt:
  case Test::Greaterthan:
  case Test::GreaterSign:
    return Comparison::Greater;
  case Test::Ge:
  case Test::GreaterEqualSign:
    return Comparison::GreaterEqual;
  case Test::In:
    return Comparison::In;
  default:
    return std::nullopt;
  }
}

bool templates::applyTest(Evaluation &eval, Test test, const Value &value,
                          const Arguments &arguments) {
  std::string_view name = testNames[static_cast<size_t>(test)];
  if (std::optional<bool> result = testType(test, value)) {
    BoundArguments bound(eval, name, arguments, {});
    return *result;
  }
  if (test == Test::Odd || test == Test::Even || test == Test::Lower || test == Test::Upper) {
    BoundArguments bound(eval, name, arguments, {});
    if (test == Test::Lower)
      return hasCase(eval, value, isLower, isUpper);
    if (test == Test::Upper)
      return hasCase(eval, value, isUpper, isLower);
    return hasRemainder(eval, value, Value::of(int64_t(2)), test == Test::Odd);
  }
  BoundArguments bound(eval, name, arguments, {"other"}, 1);
  if (eval.failed())
    return false;
  if (std::optional<Comparison> comparison = comparisonOf(test))
    return compareValues(eval, *comparison, value, bound[0]);
  if (test == Test::Divisibleby)
    return hasRemainder(eval, value, bound[0], 0);
  return isSame(value, bound[0]); // sameas
}

//===- TemplateArithmetic.cpp - Operators of chat templates ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateCall.h"

#include <cmath>

using namespace tenon::rt;
using namespace tenon::rt::templates;

static Value failOverflow(Evaluation &eval) {
  return eval.fail("the result does not fit into 64 bits");
}

static Value computeIntegers(Evaluation &eval, Opcode opcode, int64_t a, int64_t b);

/// a to the power of b, both integers.
static Value integerPower(Evaluation &eval, int64_t a, int64_t b) {
  if (b < 0)
    return a == 0 ? eval.fail("division by zero")
                  : Value::of(std::pow(static_cast<double>(a), static_cast<double>(b)));
  int64_t result = 1;
  for (int64_t base = a; b > 0; b >>= 1) {
    if ((b & 1) && __builtin_mul_overflow(result, base, &result))
      return failOverflow(eval);
    if (b > 1 && __builtin_mul_overflow(base, base, &base))
      return failOverflow(eval);
  }
  return Value::of(result);
}

static Value computeIntegers(Evaluation &eval, Opcode opcode, int64_t a, int64_t b) {
  int64_t result = 0;
  bool divides =
      opcode == Opcode::Divide || opcode == Opcode::FloorDivide || opcode == Opcode::Remainder;
  if (divides && b == 0)
    return eval.fail("division by zero");
  switch (opcode) {
  case Opcode::Add:
    return __builtin_add_overflow(a, b, &result) ? failOverflow(eval) : Value::of(result);
  case Opcode::Subtract:
    return __builtin_sub_overflow(a, b, &result) ? failOverflow(eval) : Value::of(result);
  case Opcode::Multiply:
    return __builtin_mul_overflow(a, b, &result) ? failOverflow(eval) : Value::of(result);
  case Opcode::Divide:
    return Value::of(static_cast<double>(a) / static_cast<double>(b));
  case Opcode::FloorDivide:
    if (b == -1)
      return __builtin_sub_overflow(int64_t(0), a, &result) ? failOverflow(eval)
                                                            : Value::of(result);
    return Value::of(a / b - (a % b != 0 && (a % b < 0) != (b < 0)));
  case Opcode::Remainder:
    if (b == -1)
      return Value::of(int64_t(0));
    return Value::of(a % b != 0 && (a % b < 0) != (b < 0) ? a % b + b : a % b);
  default:
    return integerPower(eval, a, b);
  }
}

static Value computeFloats(Evaluation &eval, Opcode opcode, double a, double b) {
  bool divides =
      opcode == Opcode::Divide || opcode == Opcode::FloorDivide || opcode == Opcode::Remainder;
  if (divides && b == 0)
    return eval.fail("division by zero");
  switch (opcode) {
  case Opcode::Add:
    return Value::of(a + b);
  case Opcode::Subtract:
    return Value::of(a - b);
  case Opcode::Multiply:
    return Value::of(a * b);
  case Opcode::Divide:
    return Value::of(a / b);
  case Opcode::FloorDivide:
    return Value::of(std::floor(a / b));
  case Opcode::Remainder: {
    double rest = std::fmod(a, b);
    return Value::of(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
  }
  default:
    if (a < 0 && b != std::floor(b))
      return eval.fail("a negative number has no such power");
    return Value::of(std::pow(a, b));
  }
}

/// A string or list `count` times.
static Value repeat(Evaluation &eval, const Value &value, int64_t count) {
  count = std::max<int64_t>(count, 0);
  size_t size =
      value.isString() ? value.text->sizeBytes() : value.list->items.size() * sizeof(Value);
  size_t total = 0;
  if (__builtin_mul_overflow(size, static_cast<size_t>(count), &total) || !eval.charge(total))
    return eval.fail("the template uses more than {} bytes", eval.limits.arenaBytes);
  count = size == 0 ? 0 : count;
  if (value.isString()) {
    Text text;
    for (; count > 0; --count)
      text.append(*value.text);
    return eval.string(std::move(text));
  }
  std::vector<Value> items;
  for (; count > 0; --count)
    items.insert(items.end(), value.list->items.begin(), value.list->items.end());
  return eval.list(std::move(items), value.list->flavour);
}

/// Lists and tuples, which can be added and repeated.
static bool isSum(const Value &value) {
  return value.is(Kind::List) && value.list->flavour <= List::Flavour::Tuple;
}

static Value joinLists(Evaluation &eval, const List &left, const List &right) {
  std::vector<Value> items = left.items;
  items.insert(items.end(), right.items.begin(), right.items.end());
  eval.step(items.size() / 8);
  return eval.list(std::move(items), left.flavour);
}

static Value joinTexts(Evaluation &eval, const Text &left, const Text &right) {
  Text text;
  text.append(left);
  text.append(right);
  return eval.string(std::move(text));
}

static std::string_view operatorSign(Opcode opcode) {
  static constexpr std::string_view signs[] = {"+", "-", "*", "/", "//", "%", "**"};
  return signs[static_cast<size_t>(opcode) - static_cast<size_t>(Opcode::Add)];
}

Value templates::computeBinary(Evaluation &eval, Opcode opcode, const Value &left,
                               const Value &right) {
  if (left.isInteger() && right.isInteger())
    return computeIntegers(eval, opcode, left.asInteger(), right.asInteger());
  if (left.isNumber() && right.isNumber())
    return computeFloats(eval, opcode, left.asFloat(), right.asFloat());
  if (opcode == Opcode::Add && left.isString() && right.isString())
    return joinTexts(eval, *left.text, *right.text);
  if (opcode == Opcode::Add && isSum(left) && isSum(right) &&
      left.list->flavour == right.list->flavour)
    return joinLists(eval, *left.list, *right.list);
  if (opcode == Opcode::Multiply && (left.isString() || isSum(left)) && right.isInteger())
    return repeat(eval, left, right.asInteger());
  if (opcode == Opcode::Multiply && left.isInteger() && (right.isString() || isSum(right)))
    return repeat(eval, right, left.asInteger());
  if (opcode == Opcode::Remainder && left.isString()) {
    bool tuple = right.is(Kind::List) && right.list->flavour == List::Flavour::Tuple;
    return formatPercent(eval, *left.text,
                         tuple ? std::span<const Value>(right.list->items)
                               : std::span<const Value>(&right, 1));
  }
  for (const Value &side : {left, right})
    if (side.isUndefined())
      return eval.failWith(side.missing ? *side.missing : "the value is undefined");
  return eval.fail("'{}' has no meaning between {} and {}; use '~' to join texts",
                   operatorSign(opcode), typeName(left), typeName(right));
}

bool templates::compareValues(Evaluation &eval, Comparison comparison, const Value &left,
                              const Value &right) {
  switch (comparison) {
  case Comparison::Equal:
    return areEqual(eval, left, right);
  case Comparison::NotEqual:
    return !areEqual(eval, left, right);
  case Comparison::In:
    return contains(eval, right, left);
  case Comparison::NotIn:
    return !contains(eval, right, left);
  default:
    break;
  }
  // A NaN is neither less nor more than anything.
  if (left.isNumber() && right.isNumber() &&
      (std::isnan(left.asFloat()) || std::isnan(right.asFloat())))
    return false;
  switch (comparison) {
  case Comparison::Less:
    return compareOrder(eval, left, right, "<") < 0;
  case Comparison::LessEqual:
    return compareOrder(eval, left, right, "<=") <= 0;
  case Comparison::Greater:
    return compareOrder(eval, left, right, ">") > 0;
  default:
    return compareOrder(eval, left, right, ">=") >= 0;
  }
}

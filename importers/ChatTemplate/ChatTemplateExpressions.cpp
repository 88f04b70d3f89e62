//===- ChatTemplateExpressions.cpp - Expressions of chat templates --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChatTemplateExpressions.h"

#include "llvm/ADT/STLExtras.h"

#include <optional>

using namespace tenon;
using namespace tenon::jinja;
using rt::templates::Comparison;
using rt::templates::Opcode;
using ExprKind = Expression::Kind;
using TokenKind = Token::Kind;

/// Deepest tree of an expression. Real templates stay below 40; the bound keeps
/// hostile ones off the stack.
static constexpr int maxExpressionDepth = 200;

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

/// Reports one problem for each tag; a broken token was reported before.
void ExpressionParser::fail(Place place, const llvm::Twine &text, llvm::StringRef advice) {
  if (!tagFailed && current().kind != TokenKind::Broken)
    problems.add(place, text, advice);
  tagFailed = true;
}

void ExpressionParser::failDeep(Place place) {
  fail(place,
       "the expression is nested more than " + llvm::Twine(maxExpressionDepth) + " levels deep",
       splitExpression);
}

void ExpressionParser::unexpected(const llvm::Twine &wanted) {
  const Token &token = current();
  std::string found = "'" + token.text + "'";
  if (token.kind == TokenKind::BlockEnd || token.kind == TokenKind::PrintEnd)
    found = "the end of the tag";
  else if (token.kind == TokenKind::String)
    found = "a string";
  fail(token.place, "expected " + wanted + ", got " + found);
}

void ExpressionParser::expectOperator(llvm::StringRef text) {
  if (!skipOperator(text))
    unexpected("'" + text + "'");
}

std::string ExpressionParser::expectName(llvm::StringRef what) {
  if (current().kind == TokenKind::Name)
    return take().text;
  unexpected(what);
  return {};
}

void ExpressionParser::adopt(Expression &node, ExpressionPtr operand) {
  if (operand) {
    node.depth = std::max(node.depth, operand->depth + 1);
    if (node.depth > maxExpressionDepth)
      failDeep(node.place);
  }
  node.operands.push_back(std::move(operand));
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//
//
// Every function returns a node, whatever it reads: after a problem it
// returns what it has, and nobody reads on.

ExpressionPtr ExpressionParser::parseConditional() {
  Level level(expressionDepth);
  Place place = current().place;
  if (expressionDepth > maxExpressionDepth) {
    failDeep(place);
    return make(ExprKind::None, place);
  }
  ExpressionPtr node = parseOr();
  while (!tagFailed && skipName("if")) {
    ExpressionPtr test = parseOr();
    ExpressionPtr otherwise = skipName("else") ? parseConditional() : nullptr;
    node =
        make(ExprKind::Conditional, place, std::move(node), std::move(test), std::move(otherwise));
  }
  return node;
}

ExpressionPtr ExpressionParser::parseOr() {
  ExpressionPtr node = parseAnd();
  for (Place place = current().place; !tagFailed && skipName("or"); place = current().place)
    node = make(ExprKind::Or, place, std::move(node), parseAnd());
  return node;
}

ExpressionPtr ExpressionParser::parseAnd() {
  ExpressionPtr node = parseNot();
  for (Place place = current().place; !tagFailed && skipName("and"); place = current().place)
    node = make(ExprKind::And, place, std::move(node), parseNot());
  return node;
}

ExpressionPtr ExpressionParser::parseNot() {
  std::vector<Place> nots;
  while (isName("not"))
    nots.push_back(take().place);
  ExpressionPtr node = parseCompare();
  for (Place place : llvm::reverse(nots))
    node = make(ExprKind::Not, place, std::move(node));
  return node;
}

std::optional<Comparison> ExpressionParser::takeComparison() {
  static const std::pair<llvm::StringRef, Comparison> signs[] = {
      {"==", Comparison::Equal},  {"!=", Comparison::NotEqual},
      {"<", Comparison::Less},    {"<=", Comparison::LessEqual},
      {">", Comparison::Greater}, {">=", Comparison::GreaterEqual}};
  for (auto &[sign, comparison] : signs)
    if (skipOperator(sign))
      return comparison;
  if (skipName("in"))
    return Comparison::In;
  if (isName("not") && ahead().kind == TokenKind::Name && ahead().text == "in") {
    take();
    take();
    return Comparison::NotIn;
  }
  return std::nullopt;
}

ExpressionPtr ExpressionParser::parseCompare() {
  Place place = current().place;
  ExpressionPtr first = parseSum();
  ExpressionPtr chain;
  while (!tagFailed) {
    std::optional<Comparison> comparison = takeComparison();
    if (!comparison)
      break;
    if (!chain)
      chain = make(ExprKind::Compare, place, std::move(first));
    chain->comparisons.push_back(*comparison);
    adopt(*chain, parseSum());
  }
  return chain ? std::move(chain) : std::move(first);
}

ExpressionPtr ExpressionParser::parseSum() {
  ExpressionPtr node = parseConcatenation();
  while (!tagFailed && (isOperator("+") || isOperator("-"))) {
    const Token &sign = take();
    node = make(ExprKind::Binary, sign.place, std::move(node), parseConcatenation());
    node->opcode = sign.text == "+" ? Opcode::Add : Opcode::Subtract;
  }
  return node;
}

ExpressionPtr ExpressionParser::parseConcatenation() {
  Place place = current().place;
  ExpressionPtr first = parseProduct();
  if (!isOperator("~"))
    return first;
  ExpressionPtr node = make(ExprKind::Concatenate, place, std::move(first));
  while (!tagFailed && skipOperator("~"))
    adopt(*node, parseProduct());
  return node;
}

ExpressionPtr ExpressionParser::parseProduct() {
  static const std::pair<llvm::StringRef, Opcode> signs[] = {{"*", Opcode::Multiply},
                                                             {"/", Opcode::Divide},
                                                             {"//", Opcode::FloorDivide},
                                                             {"%", Opcode::Remainder}};
  ExpressionPtr node = parsePower();
  while (!tagFailed) {
    const auto *sign = llvm::find_if(signs, [&](auto &each) { return isOperator(each.first); });
    if (sign == std::end(signs))
      break;
    Place place = take().place;
    node = make(ExprKind::Binary, place, std::move(node), parsePower());
    node->opcode = sign->second;
  }
  return node;
}

ExpressionPtr ExpressionParser::parsePower() {
  ExpressionPtr node = parseUnary();
  for (Place place = current().place; !tagFailed && skipOperator("**"); place = current().place) {
    node = make(ExprKind::Binary, place, std::move(node), parseUnary());
    node->opcode = Opcode::Power;
  }
  return node;
}

ExpressionPtr ExpressionParser::parseUnary(bool withFilters) {
  Level level(expressionDepth);
  Place place = current().place;
  ExpressionPtr node;
  if (expressionDepth > maxExpressionDepth)
    failDeep(place);
  if (tagFailed)
    return make(ExprKind::None, place);
  if (skipOperator("-"))
    node = make(ExprKind::Negate, place, parseUnary(false));
  else if (skipOperator("+"))
    node = make(ExprKind::Plus, place, parseUnary(false));
  else
    node = parsePrimary();
  node = parsePostfix(std::move(node));
  return withFilters ? parseFilters(std::move(node)) : std::move(node);
}

/// What a name stands for: a literal or a variable.
static ExprKind nameKind(llvm::StringRef name) {
  if (name == "true" || name == "True")
    return ExprKind::True;
  if (name == "false" || name == "False")
    return ExprKind::False;
  return name == "none" || name == "None" ? ExprKind::None : ExprKind::Name;
}

ExpressionPtr ExpressionParser::parsePrimary() {
  const Token &token = current();
  ExpressionPtr node = make(ExprKind::None, token.place);
  switch (token.kind) {
  case TokenKind::Name:
    node->kind = nameKind(token.text);
    node->text = take().text;
    return node;
  case TokenKind::String:
    node->kind = ExprKind::String;
    while (current().kind == TokenKind::String)
      node->text += take().text;
    return node;
  case TokenKind::Integer:
    node->kind = ExprKind::Integer;
    node->integer = take().integer;
    return node;
  case TokenKind::Float:
    node->kind = ExprKind::Float;
    node->number = take().number;
    return node;
  default:
    break;
  }
  if (skipOperator("(")) {
    node = parseTuple(/*withConditional=*/true, /*inParentheses=*/true);
    expectOperator(")");
    return node;
  }
  if (isOperator("["))
    return parseList();
  if (isOperator("{"))
    return parseDict();
  unexpected("a value");
  return node;
}

ExpressionPtr ExpressionParser::parseList() {
  ExpressionPtr node = make(ExprKind::List, take().place);
  while (!tagFailed && !isOperator("]")) {
    adopt(*node, parseExpression());
    if (!skipOperator(","))
      break;
  }
  expectOperator("]");
  return node;
}

ExpressionPtr ExpressionParser::parseDict() {
  ExpressionPtr node = make(ExprKind::Dict, take().place);
  while (!tagFailed && !isOperator("}")) {
    adopt(*node, parseExpression());
    expectOperator(":");
    adopt(*node, parseExpression());
    if (!skipOperator(","))
      break;
  }
  expectOperator("}");
  return node;
}

/// One expression, or several with commas between them, which are a tuple.
ExpressionPtr ExpressionParser::parseTuple(bool withConditional, bool inParentheses) {
  Place place = current().place;
  std::vector<ExpressionPtr> items;
  bool comma = false;
  auto ends = [&] {
    return current().kind == TokenKind::BlockEnd || current().kind == TokenKind::PrintEnd ||
           isOperator(")") || (!withConditional && isName("recursive"));
  };
  while (!tagFailed && !ends()) {
    items.push_back(withConditional ? parseExpression() : parseOr());
    comma = skipOperator(",");
    if (!comma)
      break;
  }
  if (items.size() == 1 && !comma)
    return std::move(items.front());
  if (items.empty() && !inParentheses)
    unexpected("a value");
  ExpressionPtr node = make(ExprKind::Tuple, place);
  for (ExpressionPtr &item : items)
    adopt(*node, std::move(item));
  return node;
}

ExpressionPtr ExpressionParser::parsePostfix(ExpressionPtr node) {
  while (!tagFailed) {
    if (isOperator(".") || isOperator("[")) {
      node = parseSubscript(std::move(node));
    } else if (isOperator("(")) {
      node = parseCall(std::move(node));
    } else {
      break;
    }
  }
  return node;
}

ExpressionPtr ExpressionParser::parseFilters(ExpressionPtr node) {
  while (!tagFailed) {
    if (isOperator("|")) {
      take();
      node = parseFilter(std::move(node));
    } else if (isName("is")) {
      node = parseTest(std::move(node));
    } else if (isOperator("(")) {
      node = parseCall(std::move(node));
    } else {
      break;
    }
  }
  return node;
}

/// A filter's name and arguments; `node` is null for the text of a block.
ExpressionPtr ExpressionParser::parseFilter(ExpressionPtr node) {
  ExpressionPtr filter = make(ExprKind::Filter, current().place, std::move(node));
  filter->text = expectName("the name of a filter");
  if (!tagFailed && isOperator("("))
    parseArguments(*filter);
  return filter;
}

ExpressionPtr ExpressionParser::parseTest(ExpressionPtr node) {
  take(); // is
  std::optional<Place> negated;
  if (isName("not"))
    negated = take().place;
  ExpressionPtr test = make(ExprKind::Test, current().place, std::move(node));
  test->text = expectName("the name of a test");
  bool startsArgument =
      llvm::is_contained({TokenKind::Name, TokenKind::String, TokenKind::Integer, TokenKind::Float},
                         current().kind) ||
      isOperator("[") || isOperator("{");
  if (isOperator("(")) {
    parseArguments(*test);
  } else if (startsArgument && !isName("else") && !isName("or") && !isName("and")) {
    if (isName("is"))
      fail(current().place, "tests cannot be chained", "; put the first one in parentheses");
    adopt(*test, parsePostfix(parsePrimary()));
  }
  return negated ? make(ExprKind::Not, *negated, std::move(test)) : std::move(test);
}

ExpressionPtr ExpressionParser::parseSubscript(ExpressionPtr node) {
  const Token &begin = take();
  if (begin.text == ".") {
    const Token &name = current();
    if (name.kind == TokenKind::Integer) {
      ExpressionPtr index = make(ExprKind::Integer, name.place);
      index->integer = take().integer;
      return make(ExprKind::Item, begin.place, std::move(node), std::move(index));
    }
    ExpressionPtr attribute = make(ExprKind::Attribute, name.place, std::move(node));
    attribute->text = expectName("the name of an attribute");
    return attribute;
  }
  ExpressionPtr index = parseIndex();
  if (!tagFailed && isOperator(",")) {
    ExpressionPtr tuple = make(ExprKind::Tuple, begin.place, std::move(index));
    while (!tagFailed && skipOperator(","))
      adopt(*tuple, parseIndex());
    index = std::move(tuple);
  }
  expectOperator("]");
  if (index && index->kind == ExprKind::Slice) {
    index->operands.front() = std::move(node);
    index->depth = std::max(index->depth, index->operands.front()->depth + 1);
    return index;
  }
  return make(ExprKind::Item, begin.place, std::move(node), std::move(index));
}

/// An index, or a slice whose object is filled in by the caller.
ExpressionPtr ExpressionParser::parseIndex() {
  Place place = current().place;
  ExpressionPtr bounds[3];
  bool isSlice = false;
  for (ExpressionPtr &bound : bounds) {
    if (!isOperator(":") && !isOperator("]") && !isOperator(","))
      bound = parseExpression();
    if (tagFailed || !isOperator(":") || &bound == &bounds[2])
      break;
    take();
    isSlice = true;
  }
  if (!isSlice && bounds[0])
    return std::move(bounds[0]);
  if (!isSlice)
    unexpected("an index");
  return make(ExprKind::Slice, place, ExpressionPtr(), std::move(bounds[0]), std::move(bounds[1]),
              std::move(bounds[2]));
}

ExpressionPtr ExpressionParser::parseCall(ExpressionPtr callee) {
  ExpressionPtr call = make(ExprKind::Call, current().place, std::move(callee));
  parseArguments(*call);
  return call;
}

void ExpressionParser::parseArguments(Expression &call) {
  take(); // (
  bool comma = true;
  while (!tagFailed && !isOperator(")")) {
    if (!comma)
      return unexpected("',' or ')'");
    if (isOperator("*") || isOperator("**"))
      return fail(current().place, "an argument unpacked by '" + current().text + "'",
                  sayOtherwise);
    if (current().kind == TokenKind::Name && ahead().kind == TokenKind::Operator &&
        ahead().text == "=") {
      call.keywords.push_back(take().text);
      take();
    } else if (!call.keywords.empty()) {
      return fail(current().place, "an argument without a name follows one with a name");
    }
    adopt(call, parseExpression());
    comma = skipOperator(",");
  }
  expectOperator(")");
}

/// What a `for` or `set` stores into.
ExpressionPtr ExpressionParser::parseTarget(bool allowTuple) {
  Place place = current().place;
  bool parentheses = allowTuple && skipOperator("(");
  std::vector<ExpressionPtr> names;
  bool comma = false;
  do {
    ExpressionPtr name = make(ExprKind::Name, current().place);
    if (allowTuple && isOperator("("))
      name = parseTarget(allowTuple);
    else
      name->text = expectName("the name of a variable");
    if (!tagFailed && name->kind == ExprKind::Name && nameKind(name->text) != ExprKind::Name)
      fail(name->place, "cannot assign to '" + name->text + "'");
    names.push_back(std::move(name));
    comma = allowTuple && skipOperator(",");
  } while (!tagFailed && comma && !isName("in") && !isOperator("=") && !isOperator(")"));
  if (parentheses)
    expectOperator(")");
  if (names.size() == 1 && !comma)
    return std::move(names.front());
  ExpressionPtr tuple = make(ExprKind::Tuple, place);
  for (ExpressionPtr &name : names)
    adopt(*tuple, std::move(name));
  return tuple;
}

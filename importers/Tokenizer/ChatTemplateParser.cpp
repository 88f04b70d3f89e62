//===- ChatTemplateParser.cpp - Syntax tree of chat templates --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A parser by recursive descent with the grammar and the precedences of
// Jinja 3.1. A tag that cannot be parsed is reported once and skipped; its
// body is parsed as usual, so that one run finds every problem.
//
//===----------------------------------------------------------------------===//

#include "ChatTemplateSyntax.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <optional>

using namespace tenon;
using namespace tenon::jinja;
using rt::templates::Comparison;
using rt::templates::Opcode;
using ExprKind = Expression::Kind;
using TokenKind = Token::Kind;

/// Deepest tree of an expression and deepest nesting of tags. Real templates
/// stay below 40 and 12; the bound keeps hostile ones off the stack.
static constexpr int kMaxExpressionDepth = 200;
static constexpr int kMaxTagDepth = 60;

namespace {
class Parser {
public:
  Parser(std::vector<Token> tokens, Problems &problems)
      : tokens(std::move(tokens)), problems(problems) {}

  StatementList run();

private:
  using Words = llvm::ArrayRef<llvm::StringRef>;

  // Statements.
  StatementList parseBody(Words ends, const Statement *owner);
  void parseTag(StatementList &list);
  void parseKnownTag(llvm::StringRef name, Statement &statement);
  void parseIf(Statement &statement);
  void parseFor(Statement &statement);
  void parseSet(Statement &statement);
  void parseMacro(Statement &statement);
  void parseFilterBlock(Statement &statement);
  void skipUnknownTag(const Token &name);
  bool atEnd(Words ends) const;
  void endTag();

  // Expressions.
  ExpressionPtr parseExpression() { return parseConditional(); }
  ExpressionPtr parseConditional();
  ExpressionPtr parseOr();
  ExpressionPtr parseAnd();
  ExpressionPtr parseNot();
  ExpressionPtr parseCompare();
  ExpressionPtr parseSum();
  ExpressionPtr parseConcatenation();
  ExpressionPtr parseProduct();
  ExpressionPtr parsePower();
  ExpressionPtr parseUnary(bool withFilters = true);
  ExpressionPtr parsePrimary();
  ExpressionPtr parsePostfix(ExpressionPtr node);
  ExpressionPtr parseFilters(ExpressionPtr node);
  ExpressionPtr parseFilter(ExpressionPtr node);
  ExpressionPtr parseTest(ExpressionPtr node);
  ExpressionPtr parseSubscript(ExpressionPtr node);
  ExpressionPtr parseIndex();
  ExpressionPtr parseList();
  ExpressionPtr parseDict();
  ExpressionPtr parseTuple(bool withConditional, bool inParentheses = false);
  ExpressionPtr parseTarget(bool allowTuple);
  void parseArguments(Expression &call);
  std::optional<Comparison> takeComparison();

  ExpressionPtr make(ExprKind kind, Place place) {
    auto node = std::make_unique<Expression>();
    node->kind = kind;
    node->place = place;
    return node;
  }
  /// A node over `operands`, none of which is null.
  template <typename... Operands>
  ExpressionPtr make(ExprKind kind, Place place, Operands... operands) {
    ExpressionPtr node = make(kind, place);
    (adopt(*node, std::move(operands)), ...);
    return node;
  }
  void adopt(Expression &node, ExpressionPtr operand);

  // Tokens.
  const Token &current() const { return tokens[next]; }
  const Token &ahead() const { return tokens[std::min(next + 1, tokens.size() - 1)]; }
  const Token &take() { return tokens[next + 1 < tokens.size() ? next++ : next]; }
  bool isOperator(llvm::StringRef text) const {
    return current().kind == TokenKind::Operator && current().text == text;
  }
  bool isName(llvm::StringRef text) const {
    return current().kind == TokenKind::Name && current().text == text;
  }
  bool skipOperator(llvm::StringRef text) { return isOperator(text) && (take(), true); }
  bool skipName(llvm::StringRef text) { return isName(text) && (take(), true); }
  void expectOperator(llvm::StringRef text);
  std::string expectName(llvm::StringRef what);
  void unexpected(const llvm::Twine &wanted);
  void fail(Place place, const llvm::Twine &text);

  std::vector<Token> tokens;
  Problems &problems;
  size_t next = 0;
  bool tagFailed = false; ///< this tag was reported; its rest is skipped
  int expressionDepth = 0, tagDepth = 0, loopDepth = 0;
  llvm::StringSet<> unknownTags;
};

/// Counts a level of recursion while it lives.
class Level {
public:
  explicit Level(int &depth) : depth(depth) { ++depth; }
  ~Level() { --depth; }

private:
  int &depth;
};
} // namespace

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

/// Reports one problem for each tag; a broken token was reported before.
void Parser::fail(Place place, const llvm::Twine &text) {
  if (!tagFailed && current().kind != TokenKind::Broken)
    problems.add(place, text);
  tagFailed = true;
}

void Parser::unexpected(const llvm::Twine &wanted) {
  const Token &token = current();
  std::string found = "'" + token.text + "'";
  if (token.kind == TokenKind::BlockEnd || token.kind == TokenKind::PrintEnd)
    found = "the end of the tag";
  else if (token.kind == TokenKind::String)
    found = "a string";
  fail(token.place, "expected " + wanted + ", got " + found);
}

void Parser::expectOperator(llvm::StringRef text) {
  if (!skipOperator(text))
    unexpected("'" + text + "'");
}

std::string Parser::expectName(llvm::StringRef what) {
  if (current().kind == TokenKind::Name)
    return take().text;
  unexpected(what);
  return {};
}

void Parser::adopt(Expression &node, ExpressionPtr operand) {
  if (operand) {
    node.depth = std::max(node.depth, operand->depth + 1);
    if (node.depth > kMaxExpressionDepth)
      fail(node.place, "the expression is nested more than " + llvm::Twine(kMaxExpressionDepth) +
                           " levels deep; split it with 'set'");
  }
  node.operands.push_back(std::move(operand));
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//
//
// Every function returns a node, whatever it reads: after a problem it
// returns what it has, and nobody reads on.

ExpressionPtr Parser::parseConditional() {
  Level level(expressionDepth);
  Place place = current().place;
  if (expressionDepth > kMaxExpressionDepth) {
    fail(place, "the expression is nested more than " + llvm::Twine(kMaxExpressionDepth) +
                    " levels deep; split it with 'set'");
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

ExpressionPtr Parser::parseOr() {
  ExpressionPtr node = parseAnd();
  for (Place place = current().place; !tagFailed && skipName("or"); place = current().place)
    node = make(ExprKind::Or, place, std::move(node), parseAnd());
  return node;
}

ExpressionPtr Parser::parseAnd() {
  ExpressionPtr node = parseNot();
  for (Place place = current().place; !tagFailed && skipName("and"); place = current().place)
    node = make(ExprKind::And, place, std::move(node), parseNot());
  return node;
}

ExpressionPtr Parser::parseNot() {
  std::vector<Place> nots;
  while (isName("not"))
    nots.push_back(take().place);
  ExpressionPtr node = parseCompare();
  for (Place place : llvm::reverse(nots))
    node = make(ExprKind::Not, place, std::move(node));
  return node;
}

std::optional<Comparison> Parser::takeComparison() {
  static const std::pair<llvm::StringRef, Comparison> kSigns[] = {
      {"==", Comparison::Equal},  {"!=", Comparison::NotEqual},
      {"<", Comparison::Less},    {"<=", Comparison::LessEqual},
      {">", Comparison::Greater}, {">=", Comparison::GreaterEqual}};
  for (auto &[sign, comparison] : kSigns)
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

ExpressionPtr Parser::parseCompare() {
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

ExpressionPtr Parser::parseSum() {
  ExpressionPtr node = parseConcatenation();
  while (!tagFailed && (isOperator("+") || isOperator("-"))) {
    const Token &sign = take();
    node = make(ExprKind::Binary, sign.place, std::move(node), parseConcatenation());
    node->opcode = sign.text == "+" ? Opcode::Add : Opcode::Subtract;
  }
  return node;
}

ExpressionPtr Parser::parseConcatenation() {
  Place place = current().place;
  ExpressionPtr first = parseProduct();
  if (!isOperator("~"))
    return first;
  ExpressionPtr node = make(ExprKind::Concatenate, place, std::move(first));
  while (!tagFailed && skipOperator("~"))
    adopt(*node, parseProduct());
  return node;
}

ExpressionPtr Parser::parseProduct() {
  static const std::pair<llvm::StringRef, Opcode> kSigns[] = {{"*", Opcode::Multiply},
                                                              {"/", Opcode::Divide},
                                                              {"//", Opcode::FloorDivide},
                                                              {"%", Opcode::Remainder}};
  ExpressionPtr node = parsePower();
  while (!tagFailed) {
    const auto *sign = llvm::find_if(kSigns, [&](auto &each) { return isOperator(each.first); });
    if (sign == std::end(kSigns))
      break;
    Place place = take().place;
    node = make(ExprKind::Binary, place, std::move(node), parsePower());
    node->opcode = sign->second;
  }
  return node;
}

ExpressionPtr Parser::parsePower() {
  ExpressionPtr node = parseUnary();
  for (Place place = current().place; !tagFailed && skipOperator("**"); place = current().place) {
    node = make(ExprKind::Binary, place, std::move(node), parseUnary());
    node->opcode = Opcode::Power;
  }
  return node;
}

ExpressionPtr Parser::parseUnary(bool withFilters) {
  Level level(expressionDepth);
  Place place = current().place;
  ExpressionPtr node;
  if (expressionDepth > kMaxExpressionDepth)
    fail(place, "the expression is nested more than " + llvm::Twine(kMaxExpressionDepth) +
                    " levels deep; split it with 'set'");
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

ExpressionPtr Parser::parsePrimary() {
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

ExpressionPtr Parser::parseList() {
  ExpressionPtr node = make(ExprKind::List, take().place);
  while (!tagFailed && !isOperator("]")) {
    adopt(*node, parseExpression());
    if (!skipOperator(","))
      break;
  }
  expectOperator("]");
  return node;
}

ExpressionPtr Parser::parseDict() {
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
ExpressionPtr Parser::parseTuple(bool withConditional, bool inParentheses) {
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

ExpressionPtr Parser::parsePostfix(ExpressionPtr node) {
  while (!tagFailed) {
    if (isOperator(".") || isOperator("[")) {
      node = parseSubscript(std::move(node));
    } else if (isOperator("(")) {
      node = make(ExprKind::Call, current().place, std::move(node));
      parseArguments(*node);
    } else {
      break;
    }
  }
  return node;
}

ExpressionPtr Parser::parseFilters(ExpressionPtr node) {
  while (!tagFailed) {
    if (isOperator("|")) {
      take();
      node = parseFilter(std::move(node));
    } else if (isName("is")) {
      node = parseTest(std::move(node));
    } else if (isOperator("(")) {
      node = make(ExprKind::Call, current().place, std::move(node));
      parseArguments(*node);
    } else {
      break;
    }
  }
  return node;
}

/// A filter's name and arguments; `node` is null for the text of a block.
ExpressionPtr Parser::parseFilter(ExpressionPtr node) {
  ExpressionPtr filter = make(ExprKind::Filter, current().place, std::move(node));
  filter->text = expectName("the name of a filter");
  if (!tagFailed && isOperator("("))
    parseArguments(*filter);
  return filter;
}

ExpressionPtr Parser::parseTest(ExpressionPtr node) {
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
      unexpected("one test; tests cannot be chained");
    adopt(*test, parsePostfix(parsePrimary()));
  }
  return negated ? make(ExprKind::Not, *negated, std::move(test)) : std::move(test);
}

ExpressionPtr Parser::parseSubscript(ExpressionPtr node) {
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
ExpressionPtr Parser::parseIndex() {
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

void Parser::parseArguments(Expression &call) {
  take(); // (
  bool comma = true;
  while (!tagFailed && !isOperator(")")) {
    if (!comma)
      return unexpected("',' or ')'");
    if (isOperator("*") || isOperator("**"))
      return fail(current().place,
                  "arguments unpacked by '" + current().text + "' are not supported");
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

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

/// What a `for` or `set` stores into.
ExpressionPtr Parser::parseTarget(bool allowTuple) {
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

/// Whether the next tag is one of `ends`.
bool Parser::atEnd(Words ends) const {
  return current().kind == TokenKind::BlockBegin && ahead().kind == TokenKind::Name &&
         llvm::is_contained(ends, ahead().text);
}

/// Goes behind the end of the present tag.
void Parser::endTag() {
  auto isEnd = [this] {
    return current().kind == TokenKind::BlockEnd || current().kind == TokenKind::PrintEnd ||
           current().kind == TokenKind::End;
  };
  if (!tagFailed && !isEnd())
    unexpected("the end of the tag");
  while (!isEnd())
    take();
  take();
  tagFailed = false;
}

StatementList Parser::run() {
  StatementList list;
  while (current().kind != TokenKind::End)
    for (auto &statement : parseBody({}, nullptr))
      list.push_back(std::move(statement));
  return list;
}

/// Parses up to a tag of `ends`; its word is what comes next then.
StatementList Parser::parseBody(Words ends, const Statement *owner) {
  Level level(tagDepth);
  if (tagDepth > kMaxTagDepth) {
    problems.add(current().place,
                 "tags are nested more than " + llvm::Twine(kMaxTagDepth) + " levels deep");
    next = tokens.size() - 1;
  }
  StatementList list;
  while (current().kind != TokenKind::End) {
    if (!ends.empty() && atEnd(ends)) {
      take();
      return list;
    }
    if (current().kind == TokenKind::BlockBegin) {
      parseTag(list);
      continue;
    }
    auto statement = std::make_unique<Statement>();
    statement->place = current().place;
    if (current().kind == TokenKind::Data) {
      statement->text = take().text;
    } else {
      take();
      statement->kind = Statement::Kind::Print;
      statement->value = parseTuple(/*withConditional=*/true);
      endTag();
    }
    list.push_back(std::move(statement));
  }
  if (owner && tagDepth <= kMaxTagDepth)
    problems.add(owner->place, "the tag is not closed; expected '" + ends.back() + "'");
  return list;
}

/// Reports a tag that cannot be compiled, and skips it.
void Parser::skipUnknownTag(const Token &name) {
  llvm::StringRef text = name.text;
  bool endsUnknown = text.starts_with("end") && unknownTags.contains(text.drop_front(3));
  if (name.kind != TokenKind::Name)
    unexpected("the name of a tag");
  else if (text.starts_with("end") || text == "else" || text == "elif")
    tagFailed = endsUnknown || (fail(name.place, "unexpected tag '" + text + "'"), true);
  else
    fail(name.place, "the tag '" + text + "' is not supported");
  if (!text.starts_with("end"))
    unknownTags.insert(text);
  tagFailed = true;
  endTag();
}

void Parser::parseTag(StatementList &list) {
  take(); // {%
  const Token name = current();
  using Kind = Statement::Kind;
  static const llvm::StringMap<Kind> kTags = {{"if", Kind::If},
                                              {"for", Kind::For},
                                              {"set", Kind::Set},
                                              {"macro", Kind::Macro},
                                              {"break", Kind::Break},
                                              {"continue", Kind::Continue},
                                              {"filter", Kind::FilterBlock},
                                              {"generation", Kind::Scope}};
  auto kind = kTags.find(name.text);
  if (name.kind != TokenKind::Name || kind == kTags.end())
    return skipUnknownTag(name);
  take();
  auto statement = std::make_unique<Statement>();
  statement->kind = kind->second;
  statement->place = name.place;
  parseKnownTag(name.text, *statement);
  list.push_back(std::move(statement));
}

void Parser::parseKnownTag(llvm::StringRef name, Statement &statement) {
  switch (statement.kind) {
  case Statement::Kind::If:
    return parseIf(statement);
  case Statement::Kind::For:
    return parseFor(statement);
  case Statement::Kind::Set:
    return parseSet(statement);
  case Statement::Kind::Macro:
    return parseMacro(statement);
  case Statement::Kind::FilterBlock:
    return parseFilterBlock(statement);
  case Statement::Kind::Scope: {
    endTag();
    // A `break` cannot leave the body: it is a function of its own in Jinja.
    int outer = std::exchange(loopDepth, 0);
    statement.bodies.push_back(parseBody({"endgeneration"}, &statement));
    loopDepth = outer;
    skipName("endgeneration");
    return endTag();
  }
  default: // break and continue
    if (loopDepth == 0)
      fail(statement.place, "'" + name + "' stands outside of a loop");
    return endTag();
  }
}

void Parser::parseIf(Statement &statement) {
  bool more = true;
  while (more) {
    statement.conditions.push_back(parseTuple(/*withConditional=*/false));
    endTag();
    statement.bodies.push_back(parseBody({"elif", "else", "endif"}, &statement));
    more = skipName("elif");
  }
  if (skipName("else")) {
    endTag();
    statement.bodies.push_back(parseBody({"endif"}, &statement));
  }
  skipName("endif");
  endTag();
}

void Parser::parseFor(Statement &statement) {
  statement.target = parseTarget(/*allowTuple=*/true);
  if (!tagFailed && !skipName("in"))
    unexpected("'in'");
  statement.value = parseTuple(/*withConditional=*/false);
  if (!tagFailed && skipName("if"))
    statement.condition = parseExpression();
  statement.recursive = !tagFailed && skipName("recursive");
  endTag();
  ++loopDepth;
  statement.bodies.push_back(parseBody({"else", "endfor"}, &statement));
  --loopDepth;
  if (skipName("else")) {
    endTag();
    statement.bodies.push_back(parseBody({"endfor"}, &statement));
  }
  skipName("endfor");
  endTag();
}

void Parser::parseSet(Statement &statement) {
  if (current().kind == TokenKind::Name && ahead().kind == TokenKind::Operator &&
      ahead().text == ".") {
    statement.kind = Statement::Kind::SetAttribute;
    statement.text = take().text;
    take();
    statement.attribute = expectName("the name of an attribute");
  } else {
    statement.target = parseTarget(/*allowTuple=*/true);
  }
  if (tagFailed || skipOperator("=")) {
    statement.value = tagFailed ? nullptr : parseTuple(/*withConditional=*/true);
    return endTag();
  }
  if (statement.kind == Statement::Kind::SetAttribute)
    fail(current().place, "a block cannot be stored in an attribute; set a variable first");
  statement.kind = Statement::Kind::SetBlock;
  while (!tagFailed && skipOperator("|"))
    statement.value = parseFilter(std::move(statement.value));
  endTag();
  statement.bodies.push_back(parseBody({"endset"}, &statement));
  skipName("endset");
  endTag();
}

void Parser::parseMacro(Statement &statement) {
  statement.text = expectName("the name of the macro");
  if (!tagFailed)
    expectOperator("(");
  while (!tagFailed && !isOperator(")")) {
    if (!statement.parameters.empty())
      expectOperator(",");
    if (!tagFailed && isOperator(")"))
      break;
    Place place = current().place;
    Parameter &parameter = statement.parameters.emplace_back();
    parameter.name = tagFailed ? std::string() : expectName("the name of a parameter");
    if (!tagFailed && skipOperator("="))
      parameter.absent = parseExpression();
    else if (statement.parameters.size() > 1 && statement.parameters.end()[-2].absent)
      fail(place, "a parameter without a default follows one with a default");
  }
  expectOperator(")");
  endTag();
  int outer = std::exchange(loopDepth, 0);
  statement.bodies.push_back(parseBody({"endmacro"}, &statement));
  loopDepth = outer;
  skipName("endmacro");
  skipName(statement.text); // `endmacro name` is allowed
  endTag();
}

void Parser::parseFilterBlock(Statement &statement) {
  do
    statement.value = parseFilter(std::move(statement.value));
  while (!tagFailed && skipOperator("|"));
  endTag();
  statement.bodies.push_back(parseBody({"endfilter"}, &statement));
  skipName("endfilter");
  endTag();
}

StatementList jinja::parse(std::vector<Token> tokens, Problems &problems) {
  return Parser(std::move(tokens), problems).run();
}

//===- ChatTemplateParser.cpp - Syntax tree of chat templates -------------===//
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

#include "ChatTemplateExpressions.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <optional>

using namespace tenon;
using namespace tenon::jinja;
using TokenKind = Token::Kind;

/// Deepest nesting of tags. Real templates stay below 12; the bound keeps
/// hostile ones off the stack.
static constexpr int maxTagDepth = 60;

namespace {
class Parser : ExpressionParser {
public:
  Parser(std::vector<Token> tokens, Problems &problems)
      : ExpressionParser(std::move(tokens), problems) {}

  StatementList run();

private:
  using Words = llvm::ArrayRef<llvm::StringRef>;

  StatementList parseBody(Words ends, const Statement *owner);
  void parseTag(StatementList &list);
  void parseKnownTag(llvm::StringRef name, Statement &statement);
  void parseIf(Statement &statement);
  void parseFor(Statement &statement);
  void parseSet(Statement &statement);
  void parseMacro(Statement &statement);
  void parseWith(Statement &statement);
  void parseFilterBlock(Statement &statement);
  void skipUnknownTag(const Token &name);
  bool atEnd(Words ends) const;
  void endTag();

  int tagDepth = 0, loopDepth = 0;
  llvm::StringSet<> unknownTags;
};
} // namespace

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
  if (tagDepth > maxTagDepth) {
    problems.add(current().place,
                 "tags are nested more than " + llvm::Twine(maxTagDepth) + " levels deep",
                 "; move the inner ones into a macro");
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
  if (owner && tagDepth <= maxTagDepth)
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
    fail(name.place, "the tag '" + text + "'", sayOtherwise);
  if (!text.starts_with("end"))
    unknownTags.insert(text);
  tagFailed = true;
  endTag();
}

void Parser::parseTag(StatementList &list) {
  take(); // {%
  const Token name = current();
  using Kind = Statement::Kind;
  static const llvm::StringMap<Kind> tags = {{"if", Kind::If},
                                             {"for", Kind::For},
                                             {"set", Kind::Set},
                                             {"macro", Kind::Macro},
                                             {"break", Kind::Break},
                                             {"continue", Kind::Continue},
                                             {"filter", Kind::FilterBlock},
                                             {"generation", Kind::Scope},
                                             {"with", Kind::Scope}};
  auto kind = tags.find(name.text);
  if (name.kind != TokenKind::Name || kind == tags.end())
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
    if (name == "with")
      return parseWith(statement);
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
    fail(current().place, "a block cannot be stored in an attribute", "; set a variable first");
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

void Parser::parseWith(Statement &statement) {
  statement.target = make(Expression::Kind::Tuple, statement.place);
  statement.value = make(Expression::Kind::Tuple, statement.place);
  while (!tagFailed && current().kind != TokenKind::BlockEnd) {
    if (!statement.target->operands.empty())
      expectOperator(",");
    adopt(*statement.target, parseTarget(/*allowTuple=*/true));
    expectOperator("=");
    if (!tagFailed)
      adopt(*statement.value, parseExpression());
  }
  endTag();
  statement.bodies.push_back(parseBody({"endwith"}, &statement));
  skipName("endwith");
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

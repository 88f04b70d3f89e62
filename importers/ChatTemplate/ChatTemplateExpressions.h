//===- ChatTemplateExpressions.h - Expressions of chat templates ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATEEXPRESSIONS_H
#define TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATEEXPRESSIONS_H

#include "ChatTemplateSyntax.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tenon::jinja {

/// The place in the tokens of a template, and the expressions from there on,
/// with the precedences of Jinja 3.1. The parser of statements is one of these.
class ExpressionParser {
protected:
  ExpressionParser(std::vector<Token> tokens, Problems &problems)
      : tokens(std::move(tokens)), problems(problems) {}

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
  ExpressionPtr parseCall(ExpressionPtr callee);
  void parseArguments(Expression &call);
  std::optional<rt::templates::Comparison> takeComparison();

  ExpressionPtr make(Expression::Kind kind, Place place) {
    auto node = std::make_unique<Expression>();
    node->kind = kind;
    node->place = place;
    return node;
  }
  /// A node over `operands`, none of which is null.
  template <typename... Operands>
  ExpressionPtr make(Expression::Kind kind, Place place, Operands... operands) {
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
    return current().kind == Token::Kind::Operator && current().text == text;
  }
  bool isName(llvm::StringRef text) const {
    return current().kind == Token::Kind::Name && current().text == text;
  }
  bool skipOperator(llvm::StringRef text) { return isOperator(text) && (take(), true); }
  bool skipName(llvm::StringRef text) { return isName(text) && (take(), true); }
  void expectOperator(llvm::StringRef text);
  std::string expectName(llvm::StringRef what);
  void unexpected(const llvm::Twine &wanted);
  void fail(Place place, const llvm::Twine &text, llvm::StringRef advice = correctTemplate);
  void failDeep(Place place);

  std::vector<Token> tokens;
  Problems &problems;
  size_t next = 0;
  bool tagFailed = false; ///< this tag was reported; its rest is skipped
  int expressionDepth = 0;
};

/// Counts a level of recursion while it lives.
class Level {
public:
  explicit Level(int &depth) : depth(depth) { ++depth; }
  ~Level() { --depth; }

private:
  int &depth;
};

} // namespace tenon::jinja

#endif // TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATEEXPRESSIONS_H

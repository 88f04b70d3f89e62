//===- ChatTemplateSyntax.h - Tokens and syntax tree of chat templates ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATESYNTAX_H
#define TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATESYNTAX_H

#include "runtime/Template/TemplateFormat.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tenon::jinja {

/// A place in the template, from 1; columns count bytes.
struct Place {
  unsigned line = 1;
  unsigned column = 1;
};

/// About a template that breaks the rules of Jinja.
inline constexpr llvm::StringLiteral correctTemplate =
    "; correct the template, or put another one into the folder as chat_template.jinja";
/// About a sound construct that is not supported.
inline constexpr llvm::StringLiteral sayOtherwise =
    " is not supported; say it in another way in a chat_template.jinja";

/// About an expression that is too large.
inline constexpr llvm::StringLiteral splitExpression = "; split it with 'set'";

/// What is wrong with a template, gathered by all stages.
class Problems {
public:
  /// `advice` says what to do, and is what `text` goes on with.
  void add(Place place, const llvm::Twine &text, llvm::StringRef advice = correctTemplate) {
    entries.push_back({place, (text + advice).str()});
  }
  void addUnsupported(Place place, const llvm::Twine &what) { add(place, what, sayOtherwise); }
  const std::vector<std::pair<Place, std::string>> &list() const { return entries; }

private:
  std::vector<std::pair<Place, std::string>> entries;
};

struct Token {
  enum class Kind {
    Data, ///< text between the tags, white space already cut
    BlockBegin,
    BlockEnd,
    PrintBegin,
    PrintEnd,
    Name,
    String, ///< `text` has the escapes resolved
    Integer,
    Float,
    Operator,
    Broken, ///< reported already; the rest of the tag is skipped
    End,
  };
  Kind kind = Kind::End;
  Place place;
  std::string text;
  int64_t integer = 0;
  double number = 0;
};

/// Cuts `source` into tokens by the white-space rules that transformers sets.
std::vector<Token> tokenize(llvm::StringRef source, Problems &problems);

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct Expression {
  enum class Kind {
    None,
    True,
    False,
    Integer,
    Float,
    String,
    Name,
    List,
    Tuple,
    Dict,      ///< key, value, key, value, ...
    Attribute, ///< object; `text` is the name
    Item,      ///< object, index
    Slice,     ///< object, start, stop, step; the last three may be null
    Call,      ///< callee, arguments
    Filter,    ///< value, arguments; `text` is the name; a null value is the block's text
    Test,      ///< value, arguments; `text` is the name
    Not,
    Negate,
    Plus,
    Binary, ///< `opcode`
    Concatenate,
    Compare, ///< first, second, ...; `comparisons` between them
    And,
    Or,
    Conditional, ///< then, test, else (may be null)
  };
  Kind kind = Kind::None;
  Place place;
  std::string text;
  int64_t integer = 0;
  double number = 0;
  rt::templates::Opcode opcode{};
  std::vector<rt::templates::Comparison> comparisons;
  std::vector<ExpressionPtr> operands;
  /// Names of the last operands of Call, Filter and Test, given by keyword.
  std::vector<std::string> keywords;
  int depth = 1; ///< of the tree; bounded, so that recursion over it is safe
};

struct Statement;
using StatementList = std::vector<std::unique_ptr<Statement>>;

struct Parameter {
  std::string name;
  ExpressionPtr absent; ///< its default, or null
};

struct Statement {
  enum class Kind {
    Text,         ///< `text`
    Print,        ///< `value`
    If,           ///< `conditions` with a body each; one more body is the else
    For,          ///< `target`, `value`, `condition`, bodies: loop and else
    Set,          ///< `target`, `value`
    SetBlock,     ///< `target`, the body, `value`: a chain of filters or null
    SetAttribute, ///< `text`.`attribute` = `value`
    Macro,        ///< `text`, `parameters`, the body
    FilterBlock,  ///< `value`: a chain of filters, the body
    Scope,        ///< a body with names of its own; `target` = `value`, tuples, in it or null
    Break,
    Continue,
  };
  Kind kind = Kind::Text;
  Place place;
  std::string text, attribute;
  ExpressionPtr target, value, condition;
  std::vector<ExpressionPtr> conditions;
  std::vector<StatementList> bodies;
  std::vector<Parameter> parameters;
  bool recursive = false;
};

/// Builds the tree. What cannot be parsed is reported and left out.
StatementList parse(std::vector<Token> tokens, Problems &problems);

} // namespace tenon::jinja

#endif // TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATESYNTAX_H

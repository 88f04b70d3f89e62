//===- SplitPattern.cpp - The regular expressions of tokenizers -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A parser by recursive descent: choice, sequence, quantified part, part. Case
// folding is resolved here, so that a program knows only sets of characters.
//
//===----------------------------------------------------------------------===//

#include "SplitPattern.h"
#include "UnicodeProperties.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

#include "importers/Diagnostics/QuotedText.h"
#include "runtime/Utf8.h"

#include <optional>

using namespace llvm;

namespace tenon::tokenizer {

char PatternError::ID;

/// Groups inside one another; the parser and the compiler recurse.
static constexpr unsigned deepestGroup = 32;
/// No tokenizer repeats anything more often; each copy costs instructions.
static constexpr uint32_t mostRepetitions = 256;

namespace {
using Node = PatternNode;
using NodeOr = Expected<Node::Pointer>;
using SetOr = Expected<CharacterSet>;

class PatternParser {
public:
  explicit PatternParser(StringRef pattern) : pattern(pattern) {}

  NodeOr parse() {
    NodeOr choice = parseChoice();
    if (choice && at < pattern.size())
      return fail("there is a ')' without its '('", at);
    return choice;
  }

private:
  Error fail(const Twine &message, size_t offset) const {
    // It quotes the pattern, which may hold any character.
    return make_error<PatternError>(printable(message.str()), offset);
  }
  Error unsupported(size_t from) const {
    return fail("'" + pattern.slice(from, at) + "' is not supported", from);
  }

  bool atEnd() const { return at >= pattern.size(); }
  bool lookingAt(StringRef text) const { return pattern.substr(at).starts_with(text); }
  bool take(StringRef text) {
    if (!lookingAt(text))
      return false;
    at += text.size();
    return true;
  }
  uint32_t takeCharacter() { return rt::nextCharacter({pattern.data(), pattern.size()}, at); }

  NodeOr parseChoice();
  NodeOr parseSequence();
  NodeOr parseQuantified();
  NodeOr parsePart();
  NodeOr parseGroup();
  NodeOr parseOptions(size_t begin);
  NodeOr parseGroupBody(Node::Pointer wrapper, size_t begin);
  NodeOr parseEscapedPart();
  Expected<bool> parseQuantifier(Node &repeat);
  bool parseInterval(Node &repeat);
  SetOr parseEscapedSet();
  SetOr parseProperty(bool negated, size_t begin);
  Expected<uint32_t> parseHex(size_t begin);
  SetOr parseClass();
  SetOr parseClassOperand();
  SetOr parseClassItem(std::optional<uint32_t> &single);
  Error checkFolding(const Node *before, const Node &part, size_t offset) const;
  Node::Pointer makeSet(CharacterSet set) const;

  StringRef pattern;
  size_t at = 0;
  bool ignoreCase = false;
  bool dotMatchesAll = false;
  unsigned depth = 0;
};
} // namespace

static Node::Pointer makeNode(Node::Kind kind) { return std::make_unique<Node>(kind); }

static CharacterSet single(uint32_t character) { return CharacterSet(character, character); }

Node::Pointer PatternParser::makeSet(CharacterSet set) const {
  Node::Pointer node = makeNode(Node::Kind::Set);
  node->set = std::move(set);
  return node;
}

NodeOr PatternParser::parseChoice() {
  Node::Pointer choice = makeNode(Node::Kind::Choice);
  do {
    NodeOr sequence = parseSequence();
    if (!sequence)
      return sequence;
    choice->children.push_back(std::move(*sequence));
  } while (take("|"));
  if (choice->children.size() == 1)
    return std::move(choice->children.front());
  return choice;
}

NodeOr PatternParser::parseSequence() {
  Node::Pointer sequence = makeNode(Node::Kind::Sequence);
  while (!atEnd() && !lookingAt("|") && !lookingAt(")")) {
    size_t begin = at;
    NodeOr part = parseQuantified();
    if (!part)
      return part;
    const Node *before = sequence->children.empty() ? nullptr : sequence->children.back().get();
    if (ignoreCase)
      if (Error error = checkFolding(before, **part, begin))
        return error;
    sequence->children.push_back(std::move(*part));
  }
  if (sequence->children.size() == 1)
    return std::move(sequence->children.front());
  return sequence;
}

/// Refuses what Oniguruma matches without regard to case in a way that is no
/// set of characters: 'ss' matches U+00DF there, and the reverse.
Error PatternParser::checkFolding(const Node *before, const Node &part, size_t offset) const {
  if (part.kind != Node::Kind::Set)
    return Error::success();
  for (const CharacterSet::Range &range : part.set.ranges())
    if (range.first == range.last && foldsToSeveral(range.first))
      return fail("a letter that has several letters in the other case is not supported under "
                  "'(?i)'",
                  offset);
  if (!before || before->kind != Node::Kind::Set)
    return Error::success();
  static constexpr StringLiteral ligatures[] = {"ss", "ff", "fi", "fl", "st"};
  for (StringRef pair : ligatures)
    if (before->set.contains(uint32_t(pair[0])) && part.set.contains(uint32_t(pair[1])) &&
        before->set.ranges().size() <= 3 && part.set.ranges().size() <= 3)
      return fail("'" + pair + "' under '(?i)' is not supported: it has a ligature", offset);
  return Error::success();
}

NodeOr PatternParser::parseQuantified() {
  NodeOr part = parsePart();
  if (!part)
    return part;
  // A quantifier applies to what is quantified already: `\p{N}{1,3}+`.
  for (unsigned count = 0;; ++count) {
    size_t begin = at;
    Node::Pointer repeat = makeNode(Node::Kind::Repeat);
    Expected<bool> quantified = parseQuantifier(*repeat);
    if (!quantified)
      return quantified.takeError();
    if (!*quantified)
      return part;
    Node::Kind kind = (*part)->kind;
    if (kind == Node::Kind::Anchor || kind == Node::Kind::Look || count == 4)
      return unsupported(begin);
    repeat->children.push_back(std::move(*part));
    part = std::move(repeat);
  }
}

Expected<bool> PatternParser::parseQuantifier(Node &repeat) {
  size_t begin = at;
  if (atEnd())
    return false;
  bool interval = false;
  if (take("?"))
    repeat.most = 1;
  else if (take("+"))
    repeat.least = 1;
  else if (!take("*") && !(interval = parseInterval(repeat)))
    return false;
  if (repeat.least > mostRepetitions ||
      (repeat.most != rt::unlimited && repeat.most > mostRepetitions))
    return fail("more than " + Twine(mostRepetitions) + " repetitions are not supported", begin);
  if (repeat.least > repeat.most)
    return fail("the interval's least is more than its most", begin);
  bool exact = interval && repeat.least == repeat.most;
  if (lookingAt("?")) {
    ++at;
    if (exact) // `{n}?` is "n times or not at all" here, and lazy elsewhere
      return unsupported(begin);
    repeat.mode = rt::SplitMode::Lazy;
  } else if (!interval && take("+")) {
    repeat.mode = rt::SplitMode::Possessive;
  }
  return true;
}

/// Reads `{n}`, `{n,}`, `{,m}` or `{n,m}`. Anything else leaves a plain brace.
bool PatternParser::parseInterval(Node &repeat) {
  StringRef rest = pattern.substr(at);
  if (!rest.consume_front("{"))
    return false;
  uint32_t least = 0, most = rt::unlimited;
  bool hasLeast = !rest.consumeInteger(10, least);
  bool hasComma = rest.consume_front(",");
  bool hasMost = hasComma && !rest.consumeInteger(10, most);
  if (!rest.consume_front("}") || !(hasLeast || hasMost))
    return false;
  repeat.least = least;
  repeat.most = hasComma ? most : least;
  at = pattern.size() - rest.size();
  return true;
}

NodeOr PatternParser::parsePart() {
  size_t begin = at;
  uint32_t character = takeCharacter();
  switch (character) {
  case '(':
    return parseGroup();
  case '[': {
    SetOr set = parseClass();
    if (!set)
      return set.takeError();
    return makeSet(std::move(*set));
  }
  case '\\':
    return parseEscapedPart();
  case '.':
    return makeSet(dotMatchesAll ? CharacterSet(0, CharacterSet::lastCharacter)
                                 : single('\n').complement());
  case '^':
  case '$': {
    Node::Pointer anchor = makeNode(Node::Kind::Anchor);
    anchor->anchor = character == '^' ? rt::SplitOp::LineStart : rt::SplitOp::LineEnd;
    return anchor;
  }
  case '*':
  case '+':
  case '?':
    return fail("there is nothing before the quantifier", begin);
  default:
    return makeSet(ignoreCase ? withOtherCases(single(character)) : single(character));
  }
}

NodeOr PatternParser::parseGroup() {
  size_t begin = at - 1;
  if (!lookingAt("?")) // what a capturing group captures is of no use here
    return parseGroupBody(makeNode(Node::Kind::Sequence), begin);
  if (take("?:"))
    return parseGroupBody(makeNode(Node::Kind::Sequence), begin);
  if (take("?>"))
    return parseGroupBody(makeNode(Node::Kind::Atomic), begin);
  if (take("?=") || take("?!")) {
    Node::Pointer look = makeNode(Node::Kind::Look);
    look->negative = pattern[at - 1] == '!';
    return parseGroupBody(std::move(look), begin);
  }
  if (take("?#")) {
    size_t close = pattern.find(')', at);
    if (close == StringRef::npos)
      return fail("the comment has no ')'", begin);
    at = close + 1;
    return makeNode(Node::Kind::Sequence);
  }
  ++at;
  return parseOptions(begin);
}

/// Reads `(?i:...)`, or `(?i)`, which holds to the end of the group around it.
NodeOr PatternParser::parseOptions(size_t begin) {
  bool savedCase = ignoreCase, savedDot = dotMatchesAll;
  bool value = true;
  while (!atEnd() && !lookingAt(":") && !lookingAt(")")) {
    char option = pattern[at++];
    if (option == '-')
      value = false;
    else if (option == 'i')
      ignoreCase = value;
    else if (option == 'm')
      dotMatchesAll = value;
    else
      return unsupported(begin);
  }
  NodeOr body = makeNode(Node::Kind::Sequence);
  if (take(":")) {
    body = parseGroupBody(std::move(*body), begin);
  } else if (take(")")) {
    if (++depth > deepestGroup)
      return fail("more than " + Twine(deepestGroup) + " groups of options are not supported",
                  begin);
    body = parseChoice();
    --depth;
  } else {
    return fail("the group has no ')'", begin);
  }
  ignoreCase = savedCase;
  dotMatchesAll = savedDot;
  return body;
}

NodeOr PatternParser::parseGroupBody(Node::Pointer wrapper, size_t begin) {
  if (++depth > deepestGroup)
    return fail("groups inside one another deeper than " + Twine(deepestGroup) +
                    " are not supported",
                begin);
  NodeOr body = parseChoice();
  if (!body)
    return body;
  if (!take(")"))
    return fail("the group has no ')'", begin);
  --depth;
  if (wrapper->kind == Node::Kind::Sequence)
    return body;
  wrapper->children.push_back(std::move(*body));
  return wrapper;
}

NodeOr PatternParser::parseEscapedPart() {
  static constexpr std::pair<char, rt::SplitOp> anchors[] = {
      {'A', rt::SplitOp::TextStart}, {'z', rt::SplitOp::TextEnd}, {'Z', rt::SplitOp::LastLineEnd}};
  if (!atEnd())
    for (auto [letter, op] : anchors)
      if (pattern[at] == letter) {
        ++at;
        Node::Pointer anchor = makeNode(Node::Kind::Anchor);
        anchor->anchor = op;
        return anchor;
      }
  SetOr set = parseEscapedSet();
  if (!set)
    return set.takeError();
  return makeSet(ignoreCase ? withOtherCases(*set) : std::move(*set));
}

/// Reads what follows a backslash and stands for one character of a set.
SetOr PatternParser::parseEscapedSet() {
  size_t begin = at - 1;
  if (atEnd())
    return fail("the pattern ends in a backslash", begin);
  uint32_t character = takeCharacter();
  static constexpr std::pair<char, char> controls[] = {{'n', '\n'},   {'r', '\r'}, {'t', '\t'},
                                                       {'f', '\f'},   {'v', '\v'}, {'a', '\a'},
                                                       {'e', '\x1b'}, {'0', '\0'}};
  for (auto [letter, control] : controls)
    if (character == uint32_t(letter) && !(letter == '0' && !atEnd() && isDigit(pattern[at])))
      return single(uint32_t(control));
  switch (character) {
  case 's':
    return whiteSpaceSet();
  case 'S':
    return whiteSpaceSet().complement();
  case 'd':
    return digitSet();
  case 'D':
    return digitSet().complement();
  case 'w':
    return wordSet();
  case 'W':
    return wordSet().complement();
  case 'h':
    return hexDigitSet();
  case 'H':
    return hexDigitSet().complement();
  case 'p':
  case 'P':
    return parseProperty(character == 'P', begin);
  case 'x':
  case 'u': {
    Expected<uint32_t> code = parseHex(begin);
    if (!code)
      return code.takeError();
    return single(*code);
  }
  default:
    break;
  }
  if (character < 0x80 && isAlnum(char(character)))
    return unsupported(begin);
  return single(character);
}

SetOr PatternParser::parseProperty(bool negated, size_t begin) {
  size_t close = pattern.find('}', at);
  if (!lookingAt("{") || close == StringRef::npos)
    return fail("a property is written '\\p{NAME}'", begin);
  StringRef name = pattern.slice(at + 1, close);
  at = close + 1;
  if (name.consume_front("^"))
    negated = !negated;
  std::optional<CharacterSet> set = propertySet(name);
  if (!set)
    return fail("the property " + quoted(name) +
                    " is not supported; supported are the general categories and 'Han'",
                begin);
  return negated ? set->complement() : *set;
}

/// Reads the digits of `\xHH`, `\x{H...}` and `\uHHHH`.
Expected<uint32_t> PatternParser::parseHex(size_t begin) {
  StringRef digits;
  if (pattern[at - 1] == 'x' && take("{")) {
    digits = pattern.substr(at).take_until([](char c) { return c == '}'; });
    at += digits.size();
    if (!take("}"))
      return fail("the character code has no '}'", begin);
  } else {
    digits = pattern.substr(at, pattern[at - 1] == 'x' ? 2 : 4);
    at += digits.size();
  }
  uint32_t code = 0;
  bool wrong = digits.empty() || digits.size() > 6 || digits.getAsInteger(16, code);
  // A byte of UTF-8 that is no character by itself is another construct.
  bool isByte = pattern[begin + 1] == 'x' && pattern[begin + 2] != '{' && code >= 0x80;
  if (wrong || isByte || code > CharacterSet::lastCharacter)
    return fail("'" + pattern.slice(begin, at) + "' is no character", begin);
  return code;
}

/// Reads a class behind its '['.
SetOr PatternParser::parseClass() {
  size_t begin = at - 1;
  if (++depth > deepestGroup)
    return fail("classes inside one another deeper than " + Twine(deepestGroup) +
                    " are not supported",
                begin);
  if (lookingAt(":") && pattern.find(":]", at) != StringRef::npos) {
    at = pattern.find(":]", at) + 2;
    return unsupported(begin);
  }
  bool negated = take("^");
  if (lookingAt("]"))
    return fail("the class is empty; write '\\]' for a bracket", begin);
  SetOr set = parseClassOperand();
  while (set && take("&&")) {
    SetOr right = parseClassOperand();
    if (!right)
      return right;
    set = set->intersection(*right);
  }
  if (!set)
    return set;
  if (!take("]"))
    return fail("the class has no ']'", begin);
  --depth;
  CharacterSet result = ignoreCase ? withOtherCases(*set) : *set;
  return negated ? result.complement() : result;
}

/// Reads items up to the class's end or to '&&'.
SetOr PatternParser::parseClassOperand() {
  CharacterSet set;
  while (!atEnd() && !lookingAt("]") && !lookingAt("&&")) {
    size_t begin = at;
    std::optional<uint32_t> first, last;
    SetOr item = parseClassItem(first);
    if (!item)
      return item;
    bool isRange = first && lookingAt("-") && at + 1 < pattern.size() && pattern[at + 1] != ']';
    if (!isRange) {
      set.add(*item);
      continue;
    }
    ++at;
    SetOr end = parseClassItem(last);
    if (!end)
      return end;
    if (!last || *last < *first)
      return fail("'" + pattern.slice(begin, at) + "' is no range of characters", begin);
    set.add(*first, *last);
  }
  return set;
}

/// Reads one item of a class; `character` is set when it is a character.
SetOr PatternParser::parseClassItem(std::optional<uint32_t> &character) {
  uint32_t lead = takeCharacter();
  if (lead == '[')
    return parseClass();
  CharacterSet set = single(lead);
  bool escaped = lead == '\\';
  if (escaped) {
    bool named = !atEnd() && StringRef("sSdDwWhHpP").contains(pattern[at]);
    SetOr parsed = parseEscapedSet();
    if (!parsed || named)
      return parsed;
    set = *parsed;
  }
  character = set.ranges().front().first;
  return set;
}

llvm::Expected<PatternNode::Pointer> parsePattern(StringRef pattern) {
  return PatternParser(pattern).parse();
}

PatternNode::Pointer literalPattern(StringRef text) {
  Node::Pointer sequence = makeNode(Node::Kind::Sequence);
  std::string_view view(text.data(), text.size());
  for (size_t at = 0; at < view.size();) {
    sequence->children.push_back(makeNode(Node::Kind::Set));
    sequence->children.back()->set = single(rt::nextCharacter(view, at));
  }
  return sequence;
}

} // namespace tenon::tokenizer

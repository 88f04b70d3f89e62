//===- ChatTemplateLexer.cpp - Tokens of chat templates -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// White space is cut here, by the rules of an environment with trim_blocks
// and lstrip_blocks: the newline behind a block tag or comment goes, and so
// do the spaces before one that is first on its line; `-` in a tag takes all
// white space on its side, `+` none; one newline at the end of the file goes.
//
//===----------------------------------------------------------------------===//

#include "ChatTemplateSyntax.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ConvertUTF.h"

#include <charconv>

using namespace tenon;
using namespace tenon::jinja;

/// White space of the template's text and tags.
static bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 28 && c <= 31); }

static bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_' || (c & 0x80); }
static bool isNamePart(char c) { return isNameStart(c) || llvm::isDigit(c); }

namespace {
class Lexer {
public:
  Lexer(llvm::StringRef text, Problems &problems) : source(normalize(text)), problems(problems) {}

  std::vector<Token> run();

private:
  static std::string normalize(llvm::StringRef text);

  void lexText();
  void lexComment();
  void lexTag(bool isBlock);
  bool lexTagEnd(bool isBlock);
  void lexToken();
  void lexNumber();
  void lexString();
  void lexEscape(std::string &text);
  void lexOperator();
  bool skipRaw();
  size_t findTagEnd(size_t from, llvm::StringRef word, size_t &end) const;

  size_t findTag(size_t from) const;
  void addText(size_t begin, size_t end, char sign, bool isPrint);
  /// Steps behind the closing delimiter at `at`; `sign` is in front of it.
  void leave(size_t end, char sign, bool trims);
  void skipSpace();

  llvm::StringRef rest() const { return llvm::StringRef(source).drop_front(at); }
  char peek(size_t ahead = 0) const {
    return at + ahead < source.size() ? source[at + ahead] : '\0';
  }
  Place placeOf(size_t offset);
  void add(Token::Kind kind, size_t begin, std::string text = {}) {
    tokens.push_back({kind, placeOf(begin), std::move(text)});
  }
  void fail(size_t offset, const llvm::Twine &text, llvm::StringRef advice = correctTemplate) {
    problems.add(placeOf(offset), text, advice);
  }

  std::string source;
  Problems &problems;
  std::vector<Token> tokens;
  size_t at = 0;
  bool lineStarts = true; ///< the tag before ended with a newline
  std::string open;       ///< closing brackets that are due
  size_t knownOffset = 0; ///< a place that was computed last
  Place known;
};
} // namespace

std::string Lexer::normalize(llvm::StringRef text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    bool isPair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (!isPair)
      result += text[i] == '\r' ? '\n' : text[i];
  }
  if (!result.empty() && result.back() == '\n')
    result.pop_back();
  return result;
}

Place Lexer::placeOf(size_t offset) {
  if (offset < knownOffset) {
    knownOffset = 0;
    known = Place();
  }
  for (; knownOffset < offset && knownOffset < source.size(); ++knownOffset) {
    if (source[knownOffset] == '\n')
      known = {known.line + 1, 1};
    else
      ++known.column;
  }
  return known;
}

/// The next `{{`, `{%` or `{#`.
size_t Lexer::findTag(size_t from) const {
  for (size_t i = from; i + 1 < source.size(); ++i)
    if (source[i] == '{' && (source[i + 1] == '{' || source[i + 1] == '%' || source[i + 1] == '#'))
      return i;
  return source.size();
}

/// Adds the text [begin, end) before a tag whose first sign is `sign`.
void Lexer::addText(size_t begin, size_t end, char sign, bool isPrint) {
  llvm::StringRef text = llvm::StringRef(source).slice(begin, end);
  if (sign == '-') {
    while (!text.empty() && isSpace(text.back()))
      text = text.drop_back();
  } else if (sign != '+' && !isPrint) {
    size_t lineBegin = text.rfind('\n') + 1; // npos + 1 is 0
    if ((lineBegin > 0 || lineStarts) && llvm::all_of(text.drop_front(lineBegin), isSpace))
      text = text.take_front(lineBegin);
  }
  if (!text.empty())
    add(Token::Kind::Data, begin, text.str());
}

static char signAt(llvm::StringRef text) {
  return !text.empty() && (text[0] == '-' || text[0] == '+') ? text[0] : '\0';
}

void Lexer::leave(size_t end, char sign, bool trims) {
  at = end;
  if (sign == '-')
    skipSpace();
  else if (trims && sign != '+' && peek() == '\n')
    ++at;
  lineStarts = at > 0 && source[at - 1] == '\n';
}

void Lexer::skipSpace() {
  while (at < source.size() && isSpace(source[at]))
    ++at;
}

std::vector<Token> Lexer::run() {
  while (at < source.size())
    lexText();
  add(Token::Kind::End, source.size());
  return std::move(tokens);
}

void Lexer::lexText() {
  size_t begin = at, tag = findTag(at);
  if (tag == source.size()) {
    add(Token::Kind::Data, begin, source.substr(begin));
    at = tag;
    return;
  }
  char sort = source[tag + 1], sign = signAt(llvm::StringRef(source).drop_front(tag + 2));
  addText(begin, tag, sign, sort == '{');
  at = tag;
  if (sort == '#')
    return lexComment();
  if (sort == '%' && skipRaw())
    return;
  at += sign ? 3 : 2;
  add(sort == '%' ? Token::Kind::BlockBegin : Token::Kind::PrintBegin, tag);
  lexTag(sort == '%');
}

void Lexer::lexComment() {
  size_t body = at + 2 + (signAt(rest().drop_front(2)) ? 1 : 0);
  size_t close = source.find("#}", body);
  if (close == std::string::npos) {
    fail(at, "the comment is not closed; expected '#}'");
    at = source.size();
    return;
  }
  char sign = close > body ? signAt(llvm::StringRef(source).substr(close - 1)) : '\0';
  leave(close + 2, sign, /*trims=*/true);
}

/// Finds `{% word %}` at or behind `from`. \returns where it begins, and in
/// `end` the place behind its `%}`.
size_t Lexer::findTagEnd(size_t from, llvm::StringRef word, size_t &end) const {
  for (size_t i = source.find("{%", from); i != std::string::npos; i = source.find("{%", i + 2)) {
    llvm::StringRef tag = llvm::StringRef(source).drop_front(i + 2);
    size_t full = tag.size();
    tag = tag.drop_front(signAt(tag) ? 1 : 0).drop_while(isSpace);
    if (!tag.consume_front(word))
      continue;
    tag = tag.drop_while(isSpace);
    tag = tag.drop_front(signAt(tag) ? 1 : 0);
    if (!tag.consume_front("%}"))
      continue;
    end = i + 2 + full - tag.size();
    return i;
  }
  return std::string::npos;
}

/// Takes `{% raw %}...{% endraw %}` as text. \returns false when it is not one.
bool Lexer::skipRaw() {
  size_t bodyBegin = 0, end = 0;
  if (findTagEnd(at, "raw", bodyBegin) != at)
    return false;
  size_t close = findTagEnd(bodyBegin, "endraw", end);
  if (close == std::string::npos) {
    fail(at, "the tag 'raw' is not closed; expected 'endraw'");
    at = source.size();
    return true;
  }
  leave(bodyBegin, source[bodyBegin - 3], /*trims=*/false);
  addText(std::min(at, close), close, signAt(llvm::StringRef(source).drop_front(close + 2)), false);
  leave(end, source[end - 3], /*trims=*/true);
  return true;
}

/// Lexes up to the end of a tag.
void Lexer::lexTag(bool isBlock) {
  open.clear();
  size_t problemsBefore = problems.list().size();
  while (at < source.size()) {
    skipSpace();
    if (lexTagEnd(isBlock))
      return;
    if (at >= source.size())
      break;
    lexToken();
    if (problems.list().size() == problemsBefore)
      continue;
    // Go on behind the tag, so that what follows is checked as well.
    add(Token::Kind::Broken, at);
    open.clear();
    size_t close = source.find(isBlock ? "%}" : "}}", at);
    at = close == std::string::npos ? source.size() : close;
    if (lexTagEnd(isBlock))
      return;
  }
  if (problems.list().size() == problemsBefore)
    fail(source.size(),
         llvm::Twine("the tag is not closed; expected '") + (isBlock ? "%}'" : "}}'"));
  add(Token::Kind::Broken, source.size());
  add(isBlock ? Token::Kind::BlockEnd : Token::Kind::PrintEnd, source.size());
}

bool Lexer::lexTagEnd(bool isBlock) {
  if (!open.empty())
    return false;
  llvm::StringRef close = isBlock ? "%}" : "}}", text = rest();
  bool takesSign = peek() == '-' || (isBlock && peek() == '+');
  char sign = takesSign && text.drop_front().starts_with(close) ? peek() : '\0';
  if (!sign && !text.starts_with(close))
    return false;
  add(isBlock ? Token::Kind::BlockEnd : Token::Kind::PrintEnd, at);
  leave(at + (sign ? 3 : 2), sign, isBlock);
  return true;
}

void Lexer::lexToken() {
  char c = peek();
  if (llvm::isDigit(c))
    return lexNumber();
  if (c == '\'' || c == '"')
    return lexString();
  if (!isNameStart(c))
    return lexOperator();
  size_t begin = at;
  while (at < source.size() && isNamePart(source[at]))
    ++at;
  add(Token::Kind::Name, begin, source.substr(begin, at - begin));
}

void Lexer::lexNumber() {
  size_t begin = at;
  std::string digits;
  auto takeDigits = [&] {
    for (; llvm::isDigit(peek()) || (peek() == '_' && llvm::isDigit(peek(1))); ++at)
      if (peek() != '_')
        digits += peek();
  };
  bool isFloat = false;
  int base = 10;
  if (peek() == '0' && llvm::StringRef("xXoObB").contains(peek(1)) && peek(1)) {
    base = llvm::toLower(peek(1)) == 'x' ? 16 : llvm::toLower(peek(1)) == 'o' ? 8 : 2;
    for (at += 2; llvm::isHexDigit(peek()) || peek() == '_'; ++at)
      if (peek() != '_')
        digits += peek();
  } else {
    takeDigits();
    // After a dot `1.5` is two items of a list: the lexer looks back for it.
    bool afterDot =
        !tokens.empty() && tokens.back().kind == Token::Kind::Operator && tokens.back().text == ".";
    if (peek() == '.' && llvm::isDigit(peek(1)) && !afterDot) {
      isFloat = true;
      digits += '.';
      ++at;
      takeDigits();
    }
    size_t sign = peek(1) == '-' || peek(1) == '+';
    if ((peek() | 32) == 'e' && llvm::isDigit(peek(1 + sign)) && !afterDot) {
      isFloat = true;
      digits += source.substr(at, 1 + sign);
      at += 1 + sign;
      takeDigits();
    }
  }
  add(isFloat ? Token::Kind::Float : Token::Kind::Integer, begin, digits);
  Token &token = tokens.back();
  const char *first = digits.data(), *last = digits.data() + digits.size();
  auto [end, status] = isFloat ? std::from_chars(first, last, token.number)
                               : std::from_chars(first, last, token.integer, base);
  if (status != std::errc() || end != last)
    fail(begin, "the number '" + source.substr(begin, at - begin) + "' is not one of 64 bits");
}

static void appendCharacter(std::string &text, uint32_t character) {
  char bytes[UNI_MAX_UTF8_BYTES_PER_CODE_POINT];
  char *end = bytes;
  if (!llvm::ConvertCodePointToUTF8(character, end))
    text += "\xEF\xBF\xBD"; // half of a surrogate pair stands for no character
  else
    text.append(bytes, end);
}

/// Reads what follows a backslash, as Python does.
void Lexer::lexEscape(std::string &text) {
  size_t begin = at - 1;
  char letter = source[at++];
  llvm::StringRef letters = "ntrabfv\\'\"", meanings = "\n\t\r\a\b\f\v\\'\"";
  if (size_t place = letters.find(letter); place != llvm::StringRef::npos) {
    text += meanings[place];
    return;
  }
  if (letter == '\n')
    return;
  size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  uint32_t character = 0;
  if (letter == 'N') {
    fail(begin, "a character by its name ('\\N{...}') is not supported", "; write it as '\\u....'");
  } else if (digits) {
    if (rest().take_front(digits).getAsInteger(16, character) || rest().size() < digits)
      fail(begin, llvm::Twine("the escape '\\") + llvm::Twine(letter) + "' needs " +
                      llvm::Twine(digits) + " hexadecimal digits");
    at = std::min(at + digits, source.size());
    appendCharacter(text, character);
  } else if (letter >= '0' && letter <= '7') {
    character = letter - '0';
    for (int i = 0; i < 2 && peek() >= '0' && peek() <= '7'; ++i)
      character = character * 8 + (source[at++] - '0');
    appendCharacter(text, character);
  } else {
    text += '\\';
    text += letter;
  }
}

void Lexer::lexString() {
  size_t begin = at;
  char quote = source[at++];
  std::string text;
  while (at < source.size() && source[at] != quote) {
    if (source[at] != '\\') {
      text += source[at++];
      continue;
    }
    if (++at < source.size())
      lexEscape(text);
  }
  if (at >= source.size()) {
    at = begin + 1;
    return fail(begin, "the string is not closed");
  }
  ++at;
  add(Token::Kind::String, begin, std::move(text));
}

void Lexer::lexOperator() {
  static constexpr llvm::StringRef operators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                                  "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                                  ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
  const auto *found =
      llvm::find_if(operators, [&](llvm::StringRef each) { return rest().starts_with(each); });
  if (found == std::end(operators))
    return fail(at, llvm::Twine("unexpected character '") + llvm::Twine(peek()) + "'");
  static constexpr llvm::StringRef opening = "([{", closing = ")]}";
  if (size_t place = opening.find(found->front()); place != llvm::StringRef::npos) {
    open += closing[place];
  } else if (closing.contains(found->front())) {
    if (open.empty() || open.back() != found->front())
      return fail(
          at, "unexpected '" + *found + "'" +
                  (open.empty() ? std::string() : std::string(", expected '") + open.back() + "'"));
    open.pop_back();
  }
  add(Token::Kind::Operator, at, found->str());
  at += found->size();
}

std::vector<Token> jinja::tokenize(llvm::StringRef source, Problems &problems) {
  return Lexer(source, problems).run();
}

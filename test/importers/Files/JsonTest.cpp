//===- JsonTest.cpp - What the strict JSON reader takes and refuses -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/Files/Json.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace tenon;

namespace {

JsonValue parsed(llvm::StringRef text, JsonOptions options = {}) {
  llvm::Expected<JsonValue> value = parseJson(text, options);
  EXPECT_TRUE(static_cast<bool>(value)) << text.str();
  if (value)
    return std::move(*value);
  llvm::consumeError(value.takeError());
  return {};
}

/// "line:column: message" of the error that `text` must give.
std::string refused(llvm::StringRef text, JsonOptions options = {}) {
  llvm::Expected<JsonValue> value = parseJson(text, options);
  if (value)
    return "no error";
  std::string result;
  llvm::handleAllErrors(value.takeError(), [&](const JsonError &error) {
    result = std::to_string(error.line) + ":" + std::to_string(error.column) + ": " + error.message;
  });
  return result;
}

TEST(Json, KeepsIntegersExact) {
  EXPECT_EQ(parsed("18446744073709551615").magnitude, 18446744073709551615u);
  EXPECT_EQ(parsed("9007199254740993").magnitude, 9007199254740993u);
  EXPECT_TRUE(parsed("-7").negative);
  EXPECT_EQ(parsed("-7").real, -7);
}

TEST(Json, CallsOnlyExactNumbersIntegers) {
  for (const char *text : {"1.0", "1e3", "18446744073709551616", "-0"})
    EXPECT_TRUE(parsed(text).is(JsonValue::Kind::Real)) << text;
}

TEST(Json, DecodesEscapes) {
  EXPECT_EQ(parsed(R"("a\"\\\/\n\t\u0041\u00e9\ud83d\ude00")").text,
            "a\"\\/\n\tA\xc3\xa9\xf0\x9f\x98\x80");
}

TEST(Json, KeepsOrderAndPlaces) {
  JsonValue value = parsed("{\n  \"b\": 1,\n  \"a\": [true, null]\n}");
  ASSERT_EQ(value.members.size(), 2u);
  EXPECT_EQ(value.members[0].name, "b");
  EXPECT_EQ(value.members[1].value.line, 3u);
  EXPECT_EQ(value.members[1].value.column, 8u);
  EXPECT_EQ(value.find("a")->elements[1].kindText(), "null");
  EXPECT_EQ(value.find("c"), nullptr);
}

TEST(Json, RefusesAKeyTwice) {
  EXPECT_EQ(refused("{\"a\": 1,\n \"a\": 2}"), "2:5: the key 'a' appears twice in one object");
  EXPECT_EQ(refused(R"({"a": 1, "\u0061": 2})"), "1:18: the key 'a' appears twice in one object");
}

TEST(Json, RefusesBrokenText) {
  EXPECT_EQ(refused(""), "1:1: expected a value, found the end of the text");
  EXPECT_EQ(refused("{\"a\" 1}"), "1:6: expected ':' after a key, found '1'");
  EXPECT_EQ(refused("{\"a\": 1"), "1:8: expected ',' or '}', found the end of the text");
  EXPECT_EQ(refused("{a: 1}"), "1:2: expected a key in double quotes, found 'a'");
  EXPECT_EQ(refused("[1,]"), "1:4: expected a value, found ']'");
  EXPECT_EQ(refused("[1 2]"), "1:4: expected ',' or ']', found '2'");
  EXPECT_EQ(refused("[1] x"), "1:5: expected nothing after the first value, found 'x'");
  EXPECT_EQ(refused("01"), "1:1: a number that begins with 0");
  EXPECT_EQ(refused("1."), "1:1: a number without digits after its point");
  EXPECT_EQ(refused("1e+"), "1:1: a number without digits in its exponent");
  EXPECT_EQ(refused("nul"), "1:1: unknown word 'nul'");
  EXPECT_EQ(refused("\"a"), "1:3: a string without its closing quote");
  EXPECT_EQ(refused("\"\n\""), "1:2: a control character in a string; write it as \\u00XX");
  EXPECT_EQ(refused("\"\\x\""), "1:3: expected an escape of JSON after '\\', found 'x'");
  EXPECT_EQ(refused("\"\\u12g4\""), "1:4: expected four hexadecimal digits after '\\u'");
  EXPECT_EQ(refused("\"\\ud83d\""), "1:8: half of a surrogate pair");
  EXPECT_EQ(refused("\"\\ude00\""), "1:8: half of a surrogate pair");
  EXPECT_EQ(refused("\"a\n\xff\""), "2:1: byte 3 is not UTF-8");
}

TEST(Json, RefusesDepth) {
  std::string deep(70, '[');
  EXPECT_EQ(refused(deep), "1:66: nested deeper than 64");
}

TEST(Json, TakesNonFiniteNumbersOnlyWhenAsked) {
  EXPECT_EQ(refused("NaN"), "1:1: unknown word 'NaN'");
  EXPECT_TRUE(std::isnan(parsed("NaN", {.allowNonFinite = true}).real));
  EXPECT_EQ(parsed("-Infinity", {.allowNonFinite = true}).real, -INFINITY);
}

TEST(Json, HeadersBeginWithABraceAndEndInSpaces) {
  EXPECT_TRUE(parsed("{}   ", {.header = true}).is(JsonValue::Kind::Object));
  EXPECT_EQ(refused(" {}", {.header = true}), "1:1: expected '{' as the first byte");
  EXPECT_EQ(refused("{}\n", {.header = true}),
            "1:3: expected only spaces after the closing brace, found '\\x0a'");
}

} // namespace

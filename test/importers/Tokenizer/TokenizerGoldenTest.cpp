//===- TokenizerGoldenTest.cpp - Tokenizers against Hugging Face's --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles each tokenizer of test/tokenizers and the demo model's, and encodes
// and decodes what the Hugging Face package has encoded and decoded.
//
//===----------------------------------------------------------------------===//

#include "Goldens.h"

#include "importers/Tokenizer/CompileTokenizer.h"
#include "importers/Tokenizer/SplitPattern.h"
#include "runtime/Tokenizer/Tokenizer.h"
#include "runtime/Tokenizer/UnicodeNormalizer.h"
#include "runtime/Utf8.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <sstream>

using namespace tenon;

static const std::string data = TENON_TEST_DATA;

/// The tokenizers that have a golden file, and their folders.
static std::map<std::string, std::string> goldenFolders() {
  std::map<std::string, std::string> folders;
  for (const auto &entry : std::filesystem::directory_iterator(data + "/tokenizers"))
    if (entry.path().extension() == ".golden")
      folders[entry.path().stem()] = entry.path().parent_path() / entry.path().stem();
  folders["suanpan"] = data + "/models/suanpan";
  return folders;
}

static std::vector<std::string> goldenNames() {
  std::vector<std::string> names;
  for (const auto &[name, folder] : goldenFolders())
    names.push_back(name);
  return names;
}

class TokenizerGolden : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    auto result = tokenizer::compileTokenizer(&context, goldenFolders()[GetParam()], {});
    ASSERT_TRUE(succeeded(result));
    compiled = std::move(*result);
    auto opened = rt::Tokenizer::open(std::as_bytes(std::span(compiled.tables)));
    ASSERT_TRUE(bool(opened)) << opened.status().message();
    tokenizer = std::make_unique<rt::Tokenizer>(std::move(*opened));
  }

  test::GoldenReader goldenFile() const {
    return test::GoldenReader(data + "/tokenizers/" + GetParam() + ".golden");
  }

  /// Decodes `ids` at once and token by token, and compares. \returns false
  /// when either differs from `expected`.
  bool decodesTo(const std::vector<int32_t> &ids, bool skip, const std::string &expected) const {
    std::string whole = tokenizer->decode(ids, skip);
    EXPECT_EQ(whole, expected);
    rt::Tokenizer::Decoder decoder(*tokenizer, skip);
    std::string streamed;
    bool halved = false;
    for (int32_t id : ids) {
      std::string part = decoder.push(id);
      halved |= !rt::isValidUtf8(part);
      streamed += part;
    }
    streamed += decoder.finish();
    EXPECT_FALSE(halved) << "half a character was given";
    EXPECT_EQ(streamed, expected) << "token by token";
    return whole == expected && streamed == expected && !halved;
  }

  mlir::MLIRContext context;
  tokenizer::CompiledTokenizer compiled;
  std::unique_ptr<rt::Tokenizer> tokenizer;
};

/// What tools/make_tokenizer_goldens.py made.
struct GoldenCounts {
  uint64_t texts, decodings;
};

/// More for the forms of the models that most people run, and more decodings
/// where the decoder is what the tokenizer is about.
static GoldenCounts countsOf(const std::string &name) {
  static const std::set<std::string> mainOnes = {"qwen2-style", "llama3-style", "gpt2-style",
                                                 "suanpan"};
  if (mainOnes.count(name))
    return {5000, 600};
  return name.ends_with("-decoder") ? GoldenCounts{100, 600} : GoldenCounts{700, 20};
}

/// After so many wrong strings the others tell nothing new.
static constexpr unsigned maxWrong = 5;

TEST_P(TokenizerGolden, encodes_and_decodes_as_the_original) {
  test::GoldenReader strings(data + "/tokenizers/strings.bin");
  test::GoldenReader golden = goldenFile();
  ASSERT_EQ(strings.number(), 5000u);
  uint64_t count = golden.number();
  ASSERT_EQ(count, countsOf(GetParam()).texts);
  unsigned wrong = 0;
  for (uint64_t i = 0; i < count && wrong < maxWrong; ++i) {
    std::string text = strings.text();
    SCOPED_TRACE("string " + std::to_string(i) + ": " + text.substr(0, 200));
    std::vector<int32_t> plain = golden.ids(), special = golden.ids();
    std::vector<int32_t> got = tokenizer->encode(text, /*addSpecialTokens=*/false);
    EXPECT_EQ(got, plain);
    if (i < 100)
      EXPECT_EQ(tokenizer->encode(text, /*addSpecialTokens=*/true),
                special.empty() ? plain : special);
    std::string whole = golden.changedText(text), bare = golden.changedText(whole);
    bool decoded = decodesTo(plain, /*skip=*/false, whole);
    decoded &= decodesTo(plain, /*skip=*/true, bare);
    wrong += got != plain || !decoded;
  }
}

// Ids in any order: halves of characters, tokens that no text gives.
TEST_P(TokenizerGolden, decodes_random_ids_as_the_original) {
  test::GoldenReader golden = goldenFile();
  for (uint64_t i = golden.number(); i > 0; --i) {
    golden.ids();
    golden.ids();
    golden.changedText("");
    golden.changedText("");
  }
  uint64_t count = golden.number();
  ASSERT_EQ(count, countsOf(GetParam()).decodings);
  unsigned wrong = 0;
  for (uint64_t i = 0; i < count && wrong < maxWrong; ++i) {
    SCOPED_TRACE("decoding " + std::to_string(i));
    std::vector<int32_t> ids = golden.ids();
    for (bool skip : {false, true})
      wrong += !decodesTo(ids, skip, golden.text());
  }
  EXPECT_TRUE(wrong || golden.empty());
}

TEST_P(TokenizerGolden, compiles_to_the_same_bytes_twice) {
  auto again = tokenizer::compileTokenizer(&context, goldenFolders()[GetParam()], {});
  ASSERT_TRUE(succeeded(again));
  EXPECT_EQ(again->tables, compiled.tables);
}

INSTANTIATE_TEST_SUITE_P(All, TokenizerGolden, testing::ValuesIn(goldenNames()),
                         [](const testing::TestParamInfo<std::string> &info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// The goldens cannot tell patterns apart that give the same ids.
TEST(TokenizerGoldens, differ_from_pattern_to_pattern) {
  std::set<std::string> contents;
  for (const char *name :
       {"o200k-style", "cl100k-style", "kimi-style", "deepseek-style", "smollm-style", "patterns"})
    EXPECT_TRUE(contents.insert(test::readFile(data + "/tokenizers/" + name + ".golden")).second)
        << name;
}

/// The FNV-1a hashes of what `normalizer` makes of each character of a block.
template <typename Normalize> static std::string hashesOf(Normalize normalize) {
  std::ostringstream line;
  for (uint32_t begin = 0; begin < 0x110000; begin += 4096) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (uint32_t c = begin; c < begin + 4096; ++c) {
      if (c >= 0xd800 && c < 0xe000)
        continue;
      std::string text;
      rt::appendCharacter(text, c);
      rt::NormalizedText normalized;
      std::string result = normalize(text, normalized) ? normalized.text() : text;
      for (char byte : result + "\n")
        hash = (hash ^ uint8_t(byte)) * 0x100000001b3u;
    }
    line << " " << std::hex << hash;
  }
  return line.str();
}

TEST(UnicodeNormalizers, change_each_character_as_the_original) {
  std::istringstream lines(test::readFile(data + "/tokenizers/normalized-characters.txt"));
  unsigned count = 0;
  for (std::string name, line; lines >> name && std::getline(lines, line); ++count) {
    rt::UnicodeForm form = {/*compatible=*/name.starts_with("NFK"),
                            /*composed=*/name.back() == 'C'};
    std::string got = hashesOf([&](std::string_view text, rt::NormalizedText &out) {
      return name == "Lowercase" ? rt::toLowerCase(text, out)
                                 : rt::normalizeUnicode(form, text, out);
    });
    EXPECT_EQ(got, line) << name;
  }
  EXPECT_EQ(count, 5u);
}

TEST(SplitPatterns, match_the_characters_that_the_original_matches) {
  std::istringstream lines(test::readFile(data + "/tokenizers/character-sets.txt"));
  unsigned count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    std::istringstream words(line);
    std::string pattern;
    words >> pattern;
    tokenizer::CharacterSet expected;
    std::vector<tokenizer::CharacterSet::Range> ranges;
    for (std::string word; words >> word;) {
      size_t dash = word.find('-');
      auto code = [](const std::string &text) { return uint32_t(std::stoul(text, nullptr, 16)); };
      ranges.push_back(
          {code(word), code(dash == std::string::npos ? word : word.substr(dash + 1))});
    }
    expected = tokenizer::CharacterSet::fromRanges(ranges);
    auto parsed = tokenizer::parsePattern(pattern);
    ASSERT_TRUE(bool(parsed)) << pattern;
    ASSERT_EQ((*parsed)->kind, tokenizer::PatternNode::Kind::Set) << pattern;
    // No text holds a surrogate.
    tokenizer::CharacterSet surrogates(0xd800, 0xdfff);
    tokenizer::CharacterSet set = (*parsed)->set.intersection(surrogates.complement());
    EXPECT_TRUE(set == expected) << pattern;
  }
  EXPECT_GE(count, 40u);
}

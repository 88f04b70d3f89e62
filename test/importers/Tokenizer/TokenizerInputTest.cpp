//===- TokenizerInputTest.cpp - What the tokenizer's compiler refuses -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/Tokenizer/CompileTokenizer.h"
#include "importers/Tokenizer/SplitPattern.h"
#include "runtime/Tokenizer/Tokenizer.h"

#include "mlir/IR/Diagnostics.h"

#include <gtest/gtest.h>

using namespace tenon;

using Ids = std::vector<int32_t>;

/// A tokenizer.json whose parts a test replaces.
struct Parts {
  std::string addedTokens = "[]";
  std::string normalizer = "null";
  std::string preTokenizer =
      R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": false})";
  std::string postProcessor = "null";
  std::string decoder = R"({"type": "ByteLevel"})";
  std::string model = R"({"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]})";

  std::string text() const {
    return R"({"version": "1.0", "added_tokens": )" + addedTokens + R"(, "normalizer": )" +
           normalizer + R"(, "pre_tokenizer": )" + preTokenizer + R"(, "post_processor": )" +
           postProcessor + R"(, "decoder": )" + decoder + R"(, "model": )" + model + "}";
  }
};

class TokenizerInput : public testing::Test {
protected:
  mlir::FailureOr<tokenizer::CompiledTokenizer>
  compile(const std::string &text, const std::string &config = "",
          const tokenizer::TokenizerOptions &options = {}) {
    messages.clear();
    mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
      messages.push_back(diagnostic.str());
      if (auto place = llvm::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation()))
        line = place.getLine();
      return mlir::success();
    });
    tokenizer::TokenizerFiles files;
    files.tokenizerText = text;
    files.configText = config;
    auto compiled = tokenizer::compileTokenizer(&context, files, options);
    EXPECT_EQ(mlir::failed(compiled), !messages.empty());
    return compiled;
  }

  /// Expects as many messages as `texts`, each with its text in it.
  void expectMessages(const std::vector<std::string> &texts) {
    ASSERT_EQ(messages.size(), texts.size()) << (messages.empty() ? "" : messages.back());
    for (size_t i = 0; i < texts.size(); ++i)
      EXPECT_NE(messages[i].find(texts[i]), std::string::npos) << messages[i];
  }

  mlir::MLIRContext context;
  std::vector<std::string> messages;
  unsigned line = 0;
};

TEST_F(TokenizerInput, takes_the_smallest_tokenizer) {
  auto compiled = compile(Parts().text());
  ASSERT_TRUE(succeeded(compiled));
  EXPECT_EQ(compiled->size, 3);
}

TEST_F(TokenizerInput, refuses_malformed_json_with_its_line) {
  (void)compile("{\n\"version\": \"1.0\",\n oops }");
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(line, 3u);
}

TEST_F(TokenizerInput, refuses_another_version) {
  std::string text = Parts().text();
  text.replace(text.find("1.0"), 3, "2.0");
  (void)compile(text);
  expectMessages({"expected version '1.0'"});
}

TEST_F(TokenizerInput, refuses_a_file_without_a_model) {
  (void)compile(R"({"version": "1.0", "decoder": {"type": "ByteLevel"}})");
  expectMessages({"expected a member 'model' in this object"});
}

TEST_F(TokenizerInput, tells_all_unsupported_stages_at_once) {
  Parts parts;
  parts.normalizer =
      R"({"type": "Sequence", "normalizers": [{"type": "Nmt"}, {"type": "StripAccents"}]})";
  parts.preTokenizer = R"({"type": "Metaspace"})";
  parts.postProcessor = R"({"type": "Mystery"})";
  parts.decoder = R"({"type": "CTC"})";
  parts.model = R"({"type": "Unigram", "vocab": []})";
  (void)compile(parts.text());
  expectMessages(
      {"the normalizer 'Nmt' is not supported; supported are 'Lowercase', 'NFC', 'NFD', 'NFKC', "
       "'NFKD', 'Prepend', 'Replace', 'Sequence' or 'Strip'; compile with --tokenizer=none",
       "the normalizer 'StripAccents' is not supported",
       "the pre-tokenizer 'Metaspace' is not supported; supported are 'ByteLevel', 'Digits', "
       "'Sequence' or 'Split'",
       "the model 'Unigram' is not supported; supported is 'BPE'",
       "the post-processor 'Mystery' is not supported; supported are 'BertProcessing', "
       "'ByteLevel', 'RobertaProcessing', 'Sequence' or 'TemplateProcessing'",
       "the decoder 'CTC' is not supported; supported are 'ByteFallback', 'ByteLevel', 'Fuse', "
       "'Metaspace', 'Replace', 'Sequence', 'Strip' or 'WordPiece'; compile with"});
}

TEST_F(TokenizerInput, refuses_a_missing_decoder_and_a_model_over_characters) {
  Parts parts;
  parts.decoder = "null";
  parts.preTokenizer = "null";
  (void)compile(parts.text());
  expectMessages(
      {"a BPE model over characters is not supported", "the decoder 'null' is not supported"});
}

TEST_F(TokenizerInput, joins_the_texts_of_tokens_without_decoder_steps) {
  Parts parts;
  parts.decoder = R"({"type": "Sequence", "decoders": []})";
  parts.model = R"({"type": "BPE", "vocab": {"a": 0, "\u0120b": 1}, "merges": []})";
  auto compiled = compile(parts.text());
  ASSERT_TRUE(succeeded(compiled));
  auto opened = rt::Tokenizer::open(std::as_bytes(std::span(compiled->tables)));
  ASSERT_TRUE(bool(opened));
  EXPECT_EQ(opened->decode(Ids{0, 1, 1}, /*skipSpecialTokens=*/false), "a\u0120b\u0120b");
  EXPECT_EQ(opened->tokenBytes(1), " b");
}

TEST_F(TokenizerInput, refuses_normalizers_with_a_wrong_text) {
  Parts parts;
  parts.normalizer = R"({"type": "Sequence", "normalizers": [
      {"type": "Replace", "pattern": {"Regex": " +"}, "content": "_"},
      {"type": "Replace", "pattern": {"String": ""}, "content": "_"},
      {"type": "Replace", "pattern": "a", "content": "_"},
      {"type": "Replace", "pattern": {"String": "a"}},
      {"type": "Prepend", "prepend": ")" +
                     std::string(1025, 'x') + R"("},
      {"type": "Strip", "strip_left": 1}]})";
  (void)compile(parts.text());
  expectMessages({"the normalizer 'Replace' of a 'Regex' is not supported; supported is a 'String'",
                  "the normalizer 'Replace' of an empty 'String' is not supported",
                  "expected 'pattern' to be an object", "expected a member 'content'",
                  "the text 'prepend' has 1025 bytes, more than 1024",
                  "expected 'strip_left' to be"});
}

// Ten such steps would make a kilobyte of one letter.
TEST_F(TokenizerInput, refuses_steps_that_make_text_grow_without_end) {
  std::string steps;
  for (int i = 0; i < 7; ++i)
    steps += std::string(i ? ", " : "") +
             R"({"type": "Replace", "pattern": {"String": "a"}, "content": "aa"})";
  Parts parts;
  parts.normalizer = R"({"type": "Sequence", "normalizers": [)" + steps + "]}";
  (void)compile(parts.text());
  expectMessages({"each normalizer 'Replace' makes text longer, together more than 64 times"});
  parts = Parts();
  parts.decoder = R"({"type": "Sequence", "decoders": [)" + steps + "]}";
  (void)compile(parts.text());
  expectMessages({"each decoder 'Replace' makes text longer, together more than 64 times"});
}

TEST_F(TokenizerInput, refuses_more_steps_than_the_runtime_runs) {
  std::string forms = R"({"type": "NFC"})", fuses = R"({"type": "Fuse"})";
  for (int i = 0; i < 64; ++i) {
    forms += R"(, {"type": "NFC"})";
    fuses += R"(, {"type": "Fuse"})";
  }
  Parts parts;
  parts.normalizer = R"({"type": "Sequence", "normalizers": [)" + forms + "]}";
  parts.decoder = R"({"type": "Sequence", "decoders": [)" + fuses + "]}";
  (void)compile(parts.text());
  expectMessages({"the normalizer becomes 65 steps, more than 64",
                  "the decoder becomes 65 steps, more than 64"});
}

TEST_F(TokenizerInput, refuses_decoders_with_wrong_members) {
  Parts parts;
  parts.decoder = R"({"type": "Sequence", "decoders": [
      {"type": "Replace", "pattern": {"Regex": "a"}, "content": ""},
      {"type": "Strip", "content": "ab", "start": 1, "stop": 0},
      {"type": "Strip", "content": "", "start": -1, "stop": 4294967296},
      {"type": "Metaspace", "replacement": "_", "prepend_scheme": "sometimes"},
      {"type": "WordPiece", "cleanup": true},
      {"type": "Fuse"}, {"type": "ByteLevel"}]})";
  (void)compile(parts.text());
  expectMessages({"the decoder 'Replace' of a 'Regex' is not supported",
                  "expected 'content' to be one character, got 'ab'",
                  "expected 'content' to be one character, got ''",
                  "expected 'start' to be from 0 to 4294967295, got -1",
                  "expected 'stop' to be from 0 to 4294967295, got 4294967296",
                  "the scheme 'sometimes' is not supported; supported are 'always', 'first' or "
                  "'never'",
                  "expected a member 'prefix'",
                  "the decoder 'ByteLevel' behind another one is not supported; it must be the "
                  "first one"});
}

TEST_F(TokenizerInput, refuses_a_pre_tokenizer_behind_byte_level) {
  Parts parts;
  parts.preTokenizer =
      R"({"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]})";
  (void)compile(parts.text());
  expectMessages({"the pre-tokenizer 'Digits' behind 'ByteLevel' is not "
                  "supported; 'ByteLevel' must be the last one"});
}

TEST_F(TokenizerInput, refuses_merges_of_unknown_tokens) {
  Parts parts;
  parts.model = R"({"type": "BPE", "vocab": {"a": 0, "b": 1},
                    "merges": ["a z", ["q", "a"], "a b", "a", ["a"], "a  b"]})";
  (void)compile(parts.text());
  expectMessages({"the merge of 'a' and 'z' names 'z', which is not in the vocabulary",
                  "the merge of 'q' and 'a' names 'q', which is not in the vocabulary",
                  "the merge of 'a' and 'b' names 'ab', which is not in the vocabulary",
                  "expected a merge to be two tokens", "expected a merge to be two tokens",
                  "expected a merge to be two tokens"});
}

TEST_F(TokenizerInput, refuses_an_id_that_two_tokens_have) {
  Parts parts;
  parts.model = R"({"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []})";
  parts.addedTokens = R"([{"id": 0, "content": "<x>"}, {"id": 7, "content": "a"}])";
  (void)compile(parts.text());
  expectMessages({"tokens 'a' and 'b' have the same id 0",
                  "the added token '<x>' with id 0 clashes with the token 'a'",
                  "the added token 'a' has id 7, but the vocabulary gives it id 0; correct the "
                  "tokens, or compile with --tokenizer=none, for a file that takes token ids"});
}

TEST_F(TokenizerInput, takes_the_flags_of_the_last_of_equal_added_tokens) {
  Parts parts;
  parts.addedTokens = R"([
    {"id": 3, "content": "<x>", "single_word": true, "special": true, "normalized": false},
    {"id": 3, "content": "<x>", "normalized": false}])";
  auto compiled = compile(parts.text());
  ASSERT_TRUE(succeeded(compiled));
  EXPECT_EQ(compiled->size, 4);
  auto opened = rt::Tokenizer::open(std::as_bytes(std::span(compiled->tables)));
  ASSERT_TRUE(bool(opened));
  EXPECT_EQ(opened->encode("a<x>b", true), (Ids{0, 3, 1})) << "it is no single word";
  EXPECT_EQ(opened->decode(Ids{0, 3, 1}, /*skipSpecialTokens=*/true), "ab") << "still special";
  parts.addedTokens = R"([{"id": 3, "content": "<x>"}, {"id": 4, "content": "<x>"}])";
  (void)compile(parts.text());
  expectMessages({"the added token '<x>' with id 4 clashes with the token '<x>'"});
}

TEST_F(TokenizerInput, refuses_ids_that_are_none_or_leave_huge_gaps) {
  Parts parts;
  parts.model = R"({"type": "BPE", "vocab": {"a": -1, "b": 4294967296, "c": 1.5}, "merges": []})";
  (void)compile(parts.text());
  expectMessages({"expected a token id from 0 to 2147483646, got -1", "got 4294967296", "got 1.5"});
  parts.model = R"({"type": "BPE", "vocab": {"a": 0, "b": 1000000000}, "merges": []})";
  (void)compile(parts.text());
  expectMessages({"token 'b' has id 1000000000, but there are only 2 tokens; ids "
                  "must not leave more than 65536 others free"});
  parts = Parts();
  parts.addedTokens = R"([{"id": 90000, "content": "<x>"}])";
  (void)compile(parts.text());
  expectMessages({"token '<x>' has id 90000"});
}

TEST_F(TokenizerInput, refuses_options_that_make_another_model) {
  Parts parts;
  parts.model = R"({"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1,
                    "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>",
                    "byte_fallback": true, "unk_token": "<unk>"})";
  (void)compile(parts.text());
  expectMessages({"'continuing_subword_prefix' '##' is not supported",
                  "'end_of_word_suffix' '</w>' is not supported",
                  "a dropout of 0.1 makes tokens random",
                  "the unknown token '<unk>' is not in the vocabulary", "it lacks the byte 00"});
}

TEST_F(TokenizerInput, refuses_a_post_processor_that_is_no_frame_of_one_text) {
  Parts parts;
  parts.postProcessor = R"({"type": "TemplateProcessing", "special_tokens": {"x": {"ids": [99]}},
      "single": [{"SpecialToken": {"id": "y"}}, {"Sequence": {"id": "A"}}, {"Sequence": {"id": "A"}}]})";
  (void)compile(parts.text());
  expectMessages({"names the special token 'y'", "to name the text once, it does so 2 times"});
  parts.postProcessor = R"({"type": "TemplateProcessing", "special_tokens": {"x": {"ids": [99]}},
      "single": [{"SpecialToken": {"id": "x"}}, {"Sequence": {"id": "A"}}]})";
  (void)compile(parts.text());
  expectMessages({"the post-processor adds the id 99, which is no token's"});
}

TEST_F(TokenizerInput, refuses_a_tokenizer_with_more_ids_than_the_model_has_rows) {
  (void)compile(Parts().text(), "", {/*vocabularySize=*/2});
  expectMessages({"the tokenizer has ids up to 2, but the model's vocab_size is "
                  "2; it belongs to another model"});
  EXPECT_TRUE(succeeded(compile(Parts().text(), "", {/*vocabularySize=*/300})));
}

TEST_F(TokenizerInput, refuses_a_folder_without_a_tokenizer) {
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    messages.push_back(diagnostic.str());
    return mlir::success();
  });
  EXPECT_TRUE(failed(tokenizer::compileTokenizer(&context, "/nonexistent", {})));
  expectMessages({"there is no tokenizer.json"});
}

TEST_F(TokenizerInput, takes_special_tokens_from_the_configuration) {
  Parts parts;
  parts.addedTokens =
      R"([{"id": 3, "content": "<s>", "special": true}, {"id": 4, "content": "</s>", "special": true}])";
  parts.postProcessor = R"({"type": "BertProcessing", "cls": ["</s>", 4], "sep": ["</s>", 4]})";
  auto framed = [&](const std::string &config) {
    auto compiled = compile(parts.text(), config);
    EXPECT_TRUE(succeeded(compiled)) << (messages.empty() ? "" : messages[0]);
    if (failed(compiled))
      return std::vector<int32_t>();
    auto opened = rt::Tokenizer::open(std::as_bytes(std::span(compiled->tables)));
    return opened ? opened->encode("ab", /*addSpecialTokens=*/true) : std::vector<int32_t>();
  };
  EXPECT_EQ(framed(""), (Ids{4, 2, 4}));
  EXPECT_EQ(
      framed(
          R"({"tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": true, "bos_token": "<s>"})"),
      (Ids{4, 2, 4}));
  EXPECT_EQ(framed(R"({"tokenizer_class": "LlamaTokenizerFast"})"), (Ids{3, 2}));
  EXPECT_EQ(framed(R"({"tokenizer_class": "LlamaTokenizer", "bos_token": {"content": "</s>"},
                         "eos_token": "<s>", "add_eos_token": true})"),
            (Ids{4, 2, 3}));
  EXPECT_EQ(framed(R"({"tokenizer_class": "GemmaTokenizer", "add_bos_token": false})"), (Ids{2}));
}

TEST_F(TokenizerInput, tells_facts_of_the_configuration) {
  Parts parts;
  parts.addedTokens = R"([{"id": 9, "content": "<s>", "special": true}])";
  auto compiled = compile(parts.text(), R"({"bos_token": "<s>", "pad_token": null, "eos_token":
      {"content": "ab"}, "unk_token": "<unk>", "model_max_length": 1000000000000000019884624838656})");
  ASSERT_TRUE(succeeded(compiled));
  EXPECT_EQ(compiled->size, 10);
  EXPECT_EQ(compiled->bosId, 9);
  EXPECT_EQ(compiled->eosId, 2);
  EXPECT_EQ(compiled->padId, -1);
  EXPECT_EQ(compiled->specialTokens,
            (std::vector<std::pair<std::string, std::string>>{
                {"bos_token", "<s>"}, {"eos_token", "ab"}, {"unk_token", "<unk>"}}));
}

TEST_F(TokenizerInput, refuses_a_configuration_that_adds_an_unknown_token) {
  (void)compile(Parts().text(), R"({"tokenizer_class": "LlamaTokenizer", "bos_token": null})");
  expectMessages({"the configuration asks to add 'bos_token', which is not set; "
                  "set it, or 'add_bos_token' to false"});
  (void)compile(Parts().text(), R"({"tokenizer_class": "LlamaTokenizer"})");
  expectMessages({"which is '<s>' and no token of the tokenizer"});
  (void)compile(Parts().text(), "[1]");
  expectMessages({"expected an object"});
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

TEST_F(TokenizerInput, tells_where_a_pattern_cannot_be_compiled) {
  Parts parts;
  parts.preTokenizer = R"x({"type": "Sequence", "pretokenizers": [
      {"type": "Split", "pattern": {"Regex": "a(?<=b)"}, "behavior": "Isolated"},
      {"type": "Split", "pattern": {"Regex": "(a*)*"}, "behavior": "Isolated"},
      {"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Sideways"},
      {"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"},
      {"type": "ByteLevel"}]})x";
  (void)compile(parts.text());
  expectMessages({"the split pattern cannot be compiled: '(?<' is not supported "
                  "(at byte 1 of the pattern)",
                  "the split behavior 'Sideways' is not supported",
                  "'Regex' or a 'String' that is not empty"});
  parts.preTokenizer = R"x({"type": "Sequence", "pretokenizers": [
      {"type": "Split", "pattern": {"Regex": "(a*)*"}, "behavior": "Isolated"},
      {"type": "ByteLevel"}]})x";
  (void)compile(parts.text());
  expectMessages({"an endless repetition of what may be empty is not supported"});
}

/// The message for `pattern` and the byte it points to, or "" when it is taken.
static std::string patternError(llvm::StringRef pattern) {
  auto parsed = tokenizer::parsePattern(pattern);
  if (parsed)
    return "";
  std::string text;
  llvm::handleAllErrors(parsed.takeError(), [&](const tokenizer::PatternError &error) {
    text = std::to_string(error.offset) + ": " + error.message;
  });
  return text;
}

TEST(PatternParser, refuses_each_construct_it_does_not_have) {
  EXPECT_EQ(patternError("ab(?<name>c)"), "2: '(?<' is not supported");
  EXPECT_EQ(patternError("x(?<!a)"), "1: '(?<' is not supported");
  EXPECT_EQ(patternError("(a)\\1"), "3: '\\1' is not supported");
  EXPECT_EQ(patternError("a\\b"), "1: '\\b' is not supported");
  EXPECT_EQ(patternError("a\\K"), "1: '\\K' is not supported");
  EXPECT_EQ(patternError("(?x: a)"), "0: '(?x' is not supported");
  EXPECT_EQ(patternError("[[:alpha:]]"), "1: '[:alpha:]' is not supported");
  EXPECT_EQ(patternError("a{2}?"), "1: '{2}?' is not supported");
  EXPECT_EQ(patternError("$*"), "1: '*' is not supported");
  EXPECT_NE(patternError("\\p{Greek}").find("0: the property 'Greek' is not supported"),
            std::string::npos);
  EXPECT_NE(patternError("(?i:ss)").find("'ss' under '(?i)' is not supported"), std::string::npos);
  EXPECT_NE(patternError("a{1,999}").find("1: more than 256 repetitions"), std::string::npos);
}

TEST(PatternParser, refuses_malformed_patterns) {
  EXPECT_EQ(patternError("a)"), "1: there is a ')' without its '('");
  EXPECT_EQ(patternError("(a"), "0: the group has no ')'");
  EXPECT_EQ(patternError("(?i"), "0: the group has no ')'");
  EXPECT_EQ(patternError("[a"), "0: the class has no ']'");
  EXPECT_EQ(patternError("[]"), "0: the class is empty; write '\\]' for a bracket");
  EXPECT_EQ(patternError("[b-a]"), "1: 'b-a' is no range of characters");
  EXPECT_EQ(patternError("[\r-\n]"), "1: '\\x0d-\\x0a' is no range of characters"); // one line
  EXPECT_EQ(patternError("*a"), "0: there is nothing before the quantifier");
  EXPECT_EQ(patternError("a\\"), "1: the pattern ends in a backslash");
  EXPECT_EQ(patternError("\\p"), "0: a property is written '\\p{NAME}'");
  EXPECT_EQ(patternError("\\x{110000}"), "0: '\\x{110000}' is no character");
  EXPECT_EQ(patternError("a{3,1}"), "1: the interval's least is more than its most");
  EXPECT_NE(patternError(std::string(100, '(')).find("groups inside one another"),
            std::string::npos);
  EXPECT_NE(patternError(std::string(100, '[')).find("classes inside one another"),
            std::string::npos);
}

//===- CommandsTest.cpp - The commands that make no reply -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AppProcess.h"
#include "FakeModel.h"
#include "Folder.h"

#include "runtime/Sampler.h"

#include <csignal>
#include <cstring>
#include <memory>
#include <sstream>
#include <unistd.h>

#include <gtest/gtest.h>

using namespace tenon::test;

namespace {

/// The logits of every token of a text by the model itself.
std::vector<std::vector<float>> logitsOf(const std::vector<int32_t> &tokens) {
  std::vector<std::vector<float>> rows;
  for (size_t row = 0; row < tokens.size(); ++row) {
    rows.emplace_back(fakeVocabulary);
    fakeLogits(std::span(tokens.data(), row + 1), rows.back());
  }
  return rows;
}

/// What `score` must print for `tokens`.
std::string expectedScore(const std::vector<int32_t> &tokens) {
  auto rows = logitsOf(tokens);
  double sum = 0;
  for (size_t i = 1; i < tokens.size(); ++i)
    sum += tenon::rt::logProbability(rows[i - 1], tokens[i]);
  char text[200];
  std::snprintf(text, sizeof text, "tokens %zu\nlog-likelihood %.6f\nperplexity %.6f\n",
                tokens.size() - 1, sum, std::exp(-sum / double(tokens.size() - 1)));
  return text;
}

std::vector<int32_t> withBos(const std::string &text) {
  std::vector<int32_t> tokens{Bos};
  for (unsigned char c : text)
    tokens.push_back(c);
  return tokens;
}

} // namespace

TEST(Logits, FileIsWhatNumPyReads) {
  Folder folder;
  AppResult result = runApp({"logits", "--tokens", "97,98,120", "-o", folder.file("l.npy")});
  EXPECT_EQ(result.exitCode, 0) << result.err;
  EXPECT_EQ(result.out, "");
  std::string file = contents(folder.file("l.npy"));
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 320), }";
  ASSERT_EQ(file.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  ASSERT_EQ(file.substr(10, header.size()), header);
  ASSERT_EQ(file.size(), 128 + 3 * fakeVocabulary * sizeof(float));
  EXPECT_EQ(file[127], '\n');
  auto rows = logitsOf({97, 98, 120});
  for (size_t row = 0; row < rows.size(); ++row)
    EXPECT_EQ(std::memcmp(&file[128 + row * fakeVocabulary * sizeof(float)], rows[row].data(),
                          fakeVocabulary * sizeof(float)),
              0)
        << row;
}

TEST(Logits, RowsOfManyStepsComeInOrder) {
  Folder folder;
  std::string tokens = "97";
  std::vector<int32_t> ids{97};
  for (int i = 1; i < 61; ++i) {
    tokens += "," + std::to_string(i);
    ids.push_back(i);
  }
  AppResult result = runApp({"logits", "--tokens", tokens, "-o", "-", "--threads=3"});
  ASSERT_EQ(result.out.size(), 128 + ids.size() * fakeVocabulary * sizeof(float)) << result.err;
  auto rows = logitsOf(ids);
  for (size_t row = 0; row < rows.size(); ++row)
    EXPECT_EQ(std::memcmp(&result.out[128 + row * fakeVocabulary * sizeof(float)], rows[row].data(),
                          fakeVocabulary * sizeof(float)),
              0)
        << row;
}

TEST(Logits, FailureLeavesNoFile) {
  Folder folder;
  AppResult result = runApp({"logits", "--tokens=1,400", "-o", folder.file("l.npy")});
  EXPECT_EQ(result.exitCode, 3);
  EXPECT_EQ(result.err, "fake: error: token id 400 is not in the vocabulary, which ends at 319\n");
  EXPECT_EQ(folder.names(), std::vector<std::string>());
}

TEST(Logits, TokensWithoutRoomFailBeforeAnythingIsWritten) {
  Folder folder;
  std::string tokens = "--tokens=97";
  for (int i = 1; i < 201; ++i)
    tokens += ",97";
  for (const std::string &output : {folder.file("l.npy"), std::string("-")}) {
    AppResult result = runApp({"logits", tokens, "-o", output});
    EXPECT_EQ(result.exitCode, 7);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err, "fake: error: 201 tokens were given, and the context has 200 positions; "
                          "give fewer\n");
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>());
  EXPECT_EQ(runApp({"logits", "--tokens=97,98", "--context=1", "-o", "-"}).err,
            "fake: error: 2 tokens were given, and the context has 1 positions; give fewer, or use "
            "a larger --context\n");
}

namespace {

/// With a file system that has files without a name, and with one that has not.
class LogitsFile : public testing::TestWithParam<bool> {
protected:
  AppStart startWith(std::vector<std::string> arguments) const {
    AppStart start;
    start.arguments = std::move(arguments);
    start.arguments.insert(start.arguments.begin(), "logits");
    start.noNamelessFiles = !GetParam();
    return start;
  }

  /// A start that takes many seconds.
  AppStart slowStart() const {
    std::string tokens = "--tokens=126";
    for (int i = 1; i < 190; ++i)
      tokens += ",126";
    return startWith({tokens, "-v", "--threads=1", "-o", folder.file("l.npy")});
  }

  /// Waits until a file in the making can be seen, if one can.
  bool waitForTemporary() const {
    for (int waitedMs = 0; GetParam() == false && folder.names().empty(); waitedMs += 5) {
      if (waitedMs > 60'000)
        return false;
      usleep(5000);
    }
    return true;
  }

  static constexpr size_t fileBytes = 128 + 3 * fakeVocabulary * sizeof(float);
  Folder folder;
};

} // namespace

INSTANTIATE_TEST_SUITE_P(Nameless, LogitsFile, testing::Bool());

TEST_P(LogitsFile, LeavesFilesOfOtherNamesAlone) {
  folder.write("l.npy.part", "mine");
  AppStart start = startWith({"--tokens=1,2,3", "-o", folder.file("l.npy")});
  EXPECT_EQ(AppProcess(start).finish().exitCode, 0);
  EXPECT_EQ(contents(folder.file("l.npy")).size(), fileBytes);
  EXPECT_EQ(contents(folder.file("l.npy.part")), "mine");
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"l.npy", "l.npy.part"}));
}

TEST_P(LogitsFile, TakesThePlaceOfAFileOnlyWhenItIsComplete) {
  folder.write("l.npy", "old");
  AppStart bad = startWith({"--tokens=1,2,3", "-o", folder.file("l.npy")});
  bad.fileLimit = 1000;
  EXPECT_EQ(AppProcess(bad).finish().exitCode, 8);
  EXPECT_EQ(contents(folder.file("l.npy")), "old");
  AppStart good = startWith({"--tokens=1,2,3", "-o", folder.file("l.npy")});
  EXPECT_EQ(AppProcess(good).finish().exitCode, 0);
  EXPECT_EQ(contents(folder.file("l.npy")).size(), fileBytes);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"l.npy"});
}

TEST_P(LogitsFile, ManyProcessesMayWriteTheSame) {
  AppStart start = startWith({"--tokens=1,2,3", "--threads=1", "-o", folder.file("l.npy")});
  std::vector<std::unique_ptr<AppProcess>> processes;
  for (int i = 0; i < 8; ++i)
    processes.push_back(std::make_unique<AppProcess>(start));
  for (auto &process : processes) {
    AppResult result = process->finish();
    EXPECT_EQ(result.exitCode, 0) << result.err;
  }
  EXPECT_EQ(contents(folder.file("l.npy")).size(), fileBytes);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"l.npy"});
}

TEST_P(LogitsFile, TerminationLeavesNothing) {
  AppProcess app(slowStart());
  ASSERT_TRUE(app.waitForError("code for"));
  ASSERT_TRUE(waitForTemporary());
  app.terminate();
  EXPECT_EQ(app.finish().exitCode, 128 + SIGTERM);
  EXPECT_EQ(folder.names(), std::vector<std::string>());
}

TEST_P(LogitsFile, InterruptsLeaveNothing) {
  AppProcess app(slowStart());
  ASSERT_TRUE(app.waitForError("code for"));
  ASSERT_TRUE(waitForTemporary());
  app.interrupt();
  usleep(1000); // so that the signals are two
  app.interrupt();
  EXPECT_EQ(app.finish().exitCode, 130);
  EXPECT_EQ(folder.names(), std::vector<std::string>());
}

TEST(Logits, NeedsTokensAndFile) {
  EXPECT_EQ(runApp({"logits", "-o", "x"}).err,
            "fake: error: logits needs token ids, as in --tokens=1,2,3, or rows in their place, as "
            "in --embeddings=rows.npy\n");
  EXPECT_EQ(runApp({"logits", "--tokens=1"}).err,
            "fake: error: logits needs a file to write, as in -o logits.npy\n");
}

TEST(Score, FileInputAndOptionGiveTheSame) {
  Folder folder;
  std::string expected = expectedScore(withBos("abcdxyz"));
  EXPECT_EQ(runApp({"score", folder.write("text", "abcdxyz")}).out, expected);
  EXPECT_EQ(runApp({"score", "-"}, "abcdxyz").out, expected);
  EXPECT_EQ(runApp({"score", "-f", folder.file("text")}).out, expected);
  EXPECT_EQ(runApp({"score", "-p", "abcdxyz"}).out, expected);
}

TEST(Score, TextLongerThanTheContextIsReadInWindows) {
  std::string text;
  for (int i = 0; i < 150; ++i)
    text += static_cast<char>('a' + i * 7 % 25);
  // The next letter depends on the last one only, so windows change nothing.
  EXPECT_EQ(runApp({"score", "-p", text, "--context=20"}).out, expectedScore(withBos(text)));
  EXPECT_EQ(runApp({"score", "-p", text, "--context=2"}).out, expectedScore(withBos(text)));
}

TEST(Score, JsonHoldsTheSameNumbers) {
  std::string out = runApp({"score", "-p", "ab", "--json"}).out;
  EXPECT_EQ(out.find("{\"tokens\": 2, \"log_likelihood\": -"), 0u) << out;
  EXPECT_NE(out.find(", \"perplexity\": "), std::string::npos);
}

TEST(Score, IdsNeedNoTokenizer) {
  EXPECT_EQ(runApp({"score", "--tokens=256,97,98"}, "", {{"FAKE_WITHOUT", "tokenizer"}}).out,
            expectedScore({256, 97, 98}));
  AppResult result = runApp({"score", "-p", "hi"}, "", {{"FAKE_WITHOUT", "tokenizer"}});
  EXPECT_EQ(result.exitCode, 2);
  EXPECT_EQ(result.err,
            "fake: error: this file has no tokenizer; give token ids with --tokens=1,2,3\n");
  EXPECT_EQ(runApp({"score", "--tokens=256,97", "-p", "a"}).exitCode, 2);
}

TEST(Score, TextMustBeUtf8) {
  AppResult result = runApp({"score", "-"}, "abc\xe2\x82");
  EXPECT_EQ(result.exitCode, 3);
  EXPECT_EQ(result.err,
            "fake: error: byte 3 of the text is not UTF-8; convert the text, as with iconv\n");
}

TEST(Score, NeedsTwoTokens) {
  AppResult result = runApp({"score", "-p", ""});
  EXPECT_EQ(result.exitCode, 3);
  EXPECT_EQ(result.err, "fake: error: the text has 1 token; a score needs at least two\n");
  EXPECT_EQ(runApp({"score"}).err, "fake: error: there is no text to score; name a file, or - for "
                                   "standard input\n");
}

TEST(Tokenize, IdsThatOtherCommandsTake) {
  EXPECT_EQ(runApp({"tokenize", "ab"}).out, "256,97,98\n");
  EXPECT_EQ(runApp({"tokenize", "-"}, "ab").out, "256,97,98\n");
  EXPECT_EQ(runApp({"tokenize", "ab", "--json"}).out, "{\"tokens\": [256, 97, 98]}\n");
  EXPECT_EQ(runApp({"tokenize", "a", "--pieces"}).out, "    256 \"<bos>\"\n     97 \"a\"\n");
}

TEST(Tokenize, IdsBackToText) {
  EXPECT_EQ(runApp({"tokenize", "--tokens=256,97,98"}).out, "<bos>ab\n");
  EXPECT_EQ(runApp({"tokenize", "--tokens=97", "--json"}).out, "{\"text\": \"a\"}\n");
}

TEST(Tokenize, NeedsATokenizer) {
  AppResult result = runApp({"tokenize", "a"}, "", {{"FAKE_WITHOUT", "tokenizer"}});
  EXPECT_EQ(result.exitCode, 2);
  EXPECT_EQ(result.err,
            "fake: error: 'tokenize' needs a tokenizer, and this file has none; compile "
            "the model without --tokenizer=none\n");
  EXPECT_EQ(runApp({"tokenize"}).exitCode, 2);
}

TEST(Tokenize, PiecesOfIdsToo) {
  EXPECT_EQ(runApp({"tokenize", "--tokens=256,97", "--pieces"}).out,
            "    256 \"<bos>\"\n     97 \"a\"\n");
  EXPECT_EQ(runApp({"tokenize", "a", "--pieces", "--json"}).out,
            "{\"tokens\": [256, 97], \"pieces\": [\"<bos>\", \"a\"]}\n");
}

TEST(Tokenize, IdsWithoutTextAreRefused) {
  AppResult result = runApp({"tokenize", "--tokens=97,320"});
  EXPECT_EQ(result.exitCode, 3);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "fake: error: token id 320 is not in the vocabulary, which ends at 319\n");
  result = runApp({"tokenize", "--tokens=97,319"});
  EXPECT_EQ(result.exitCode, 3);
  EXPECT_EQ(result.err, "fake: error: token id 319 stands for no text\n");
}

TEST(Tokenize, TextMustBeUtf8) { EXPECT_EQ(runApp({"tokenize", "\xff"}).exitCode, 3); }

TEST(Info, ShowsModelAndPlan) {
  AppResult result = runApp({"info", "--threads=2"});
  EXPECT_EQ(result.exitCode, 0);
  for (const char *line :
       {"model: fake\n", "parameters: 42\n", "packed weights: 5.0 MiB\n",
        "vocabulary: 320 (300 sampled)\n", "context: 200\n", "state per position: 4 bytes\n",
        "tokenizer: yes\n", "chat template: yes\n", "sampling: greedy\n",
        "code for: impossible (this machine lacks instructions that this runtime has no name "
        "for), plain, small\n",
        "here: plain, 2 workers, context 200\n"})
    EXPECT_NE(result.out.find(line), std::string::npos) << line << result.out;
}

TEST(Info, JsonHoldsTheSame) {
  std::string out = runApp({"info", "--json", "--threads=1"}).out;
  for (const char *part :
       {"\"parameters\": 42", "\"programs\": [\"impossible\", \"plain\", \"small\"]",
        "\"isa\": \"plain\", \"workers\": 1, \"usable_context\": 200, \"refusals\": [], "
        "\"provenance\": {\"model\": \"fake\"}",
        "\"tokenizer\": true"})
    EXPECT_NE(out.find(part), std::string::npos) << part << out;
}

TEST(Info, JsonSaysWhyTheFileWouldNotRun) {
  std::string out = runApp({"info", "--json", "--isa=impossible", "--context=300"}).out;
  EXPECT_NE(out.find("\"isa\": null, "), std::string::npos) << out;
  EXPECT_NE(out.find("\"usable_context\": null, \"refusals\": [\"this machine cannot run"),
            std::string::npos)
      << out;
  EXPECT_NE(out.find("\"--context=300 is more than the 200 positions"), std::string::npos) << out;
}

TEST(Verify, IntactFilePasses) {
  AppResult result = runApp({"verify"}, "", {{"FAKE_GOLDEN", "good"}});
  EXPECT_EQ(result.exitCode, 0) << result.err;
  EXPECT_EQ(result.out, "weights: 5.0 MiB are intact\n"
                        "logits: 4 tokens differ by at most 0.00e+00 of the largest and "
                        "0.00e+00 in the mean\n");
  EXPECT_EQ(runApp({"verify"}).out,
            "weights: 5.0 MiB are intact\nlogits: none are stored to compare with\n");
}

TEST(Verify, OtherLogitsFail) {
  AppResult result = runApp({"verify"}, "", {{"FAKE_GOLDEN", "bad"}});
  EXPECT_EQ(result.exitCode, 4);
  EXPECT_EQ(result.err,
            "fake: error: in steps of at most 1 rows the logits differ from those stored "
            "by 5.00e-03 of the largest and 1.12e-03 in the mean, allowed are 1.00e-04 "
            "and 1.00e-04; this machine computes something else, report it\n");
}

TEST(Verify, DamagedWeightsAreFoundHereOnly) {
  EXPECT_EQ(runApp({"hi"}, "", {{"FAKE_DAMAGE", "weights"}}).out, "HI\n");
  AppResult result = runApp({"verify"}, "", {{"FAKE_DAMAGE", "weights"}});
  EXPECT_EQ(result.exitCode, 6);
  EXPECT_NE(result.err.find("at offset 4194304 of the weights"), std::string::npos) << result.err;
}

TEST(Verify, ShowsItsProgressAtATerminal) {
  AppStart start;
  start.arguments = {"verify"};
  start.terminalError = true;
  AppResult result = AppProcess(start).finish();
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_EQ(result.err, "\rfake: 20% of 5.0 MiB\rfake: 40% of 5.0 MiB\rfake: 60% of 5.0 MiB"
                        "\rfake: 80% of 5.0 MiB\rfake: 100% of 5.0 MiB\n");
}

TEST(Tokenize, OutputWaitsForAPipeThatDoesNotBlock) {
  AppStart start;
  start.arguments = {"tokenize", "-"};
  start.input = std::string(20'000, 'a');
  start.nonBlockingOutput = true;
  AppResult result = AppProcess(start).finish();
  std::string expected = "256";
  for (int i = 0; i < 20'000; ++i)
    expected += ",97";
  EXPECT_EQ(result.exitCode, 0) << result.err;
  EXPECT_EQ(result.out, expected + "\n");
}

TEST(Logits, OutputWaitsForAPipeThatDoesNotBlock) {
  AppStart start;
  start.arguments = {"logits", "--tokens=97,98,99,100,101,102,103,104,105,106", "-o", "-"};
  start.nonBlockingOutput = true;
  AppResult result = AppProcess(start).finish();
  EXPECT_EQ(result.exitCode, 0) << result.err;
  EXPECT_EQ(result.out.size(), 128 + 10 * fakeVocabulary * sizeof(float));
}

TEST(Bench, MeasuresEachSize) {
  AppResult result = runApp({"bench", "-p", "20,50", "-n", "5", "-r", "2", "--threads=2"});
  EXPECT_EQ(result.exitCode, 0) << result.err;
  EXPECT_EQ(result.out.find("plain, 2 workers; tokens per second\n"), 0u) << result.out;
  for (const char *test : {"prompt 20 ", "prompt 50 ", "reply 5 "})
    EXPECT_NE(result.out.find(test), std::string::npos) << test;
}

TEST(Bench, JsonHoldsEveryRepetition) {
  std::string out = runApp({"bench", "-p", "0", "-n", "3", "-r", "4", "--json", "-t", "1"}).out;
  EXPECT_EQ(out.find("{\"threads\": 1, \"isa\": \"plain\", \"tests\": [{\"test\": \"reply\", "
                     "\"tokens\": 3, \"tokens_per_second\": "),
            0u)
      << out;
  EXPECT_EQ(out.find("prompt"), std::string::npos);
  size_t list = out.find("\"repetitions\": [");
  ASSERT_NE(list, std::string::npos);
  EXPECT_EQ(std::count(out.begin() + list, out.end(), ','), 3);
}

TEST(Bench, SizesBeyondTheContextFailBeforeAnythingIsMeasured) {
  AppResult result = runApp({"bench", "-p", "20", "-n", "201"});
  EXPECT_EQ(result.exitCode, 7);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "fake: error: reply 201 has no room in the context of 200 positions; use a "
                        "smaller size\n");
  EXPECT_EQ(
      runApp({"bench", "-c", "8", "-p", "9"}).err,
      "fake: error: prompt 9 has no room in the context of 8 positions; use a smaller size or "
      "a larger --context\n");
}

TEST(Bench, UsualSizesGiveWayToASmallContextAndSaySo) {
  AppResult result = runApp({"bench", "-c", "8", "-r", "1", "-t", "1"});
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_NE(result.out.find("prompt 8 "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("reply 8 "), std::string::npos) << result.out;
  EXPECT_EQ(result.err, "fake: note: prompt 8 instead of the usual 512, which has no room\n"
                        "fake: note: reply 8 instead of the usual 128, which has no room\n");
}

TEST(Bench, NothingToMeasureIsAUsageError) {
  AppResult result = runApp({"bench", "-p", "0", "-n", "0"});
  EXPECT_EQ(result.exitCode, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "fake: error: there is nothing to measure; leave -p 0 or -n 0 away\n");
}

TEST(Help, ComesFromTheTableForEachCommand) {
  AppResult result = runApp({"--help"});
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_EQ(result.err, "");
  for (const char *text : {"usage: fake [OPTIONS] [PROMPT | -]\n", "  bench ", "  -c, --context N ",
                           "  --temperature, --temp X "})
    EXPECT_NE(result.out.find(text), std::string::npos) << text << result.out;
  std::string bench = runApp({"bench", "-h"}).out;
  EXPECT_EQ(bench.find("usage: fake bench [OPTIONS]\n"), 0u) << bench;
  EXPECT_NE(bench.find("--n-gen LIST"), std::string::npos);
  EXPECT_EQ(bench.find("--stop"), std::string::npos);
  std::string chat = runApp({"chat", "-h"}).out;
  EXPECT_NE(chat.find("  /clear                      forget the conversation and start anew\n"),
            std::string::npos)
      << chat;
  std::istringstream lines(result.out + bench);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), 80u) << line;
}

TEST(Help, ManualPageNamesEveryCommandAndExitStatus) {
  std::string page = runApp({"--manual"}).out;
  EXPECT_EQ(page.find(".TH \"fake\" 1\n"), 0u);
  for (const char *text : {".SH \"chat\"\n", ".SH \"verify\"\n", ".B \\-c, \\-\\-context N\n",
                           ".B /clear\n", ".SH EXIT STATUS\n", ".B 130\nstopped by the user\n"})
    EXPECT_NE(page.find(text), std::string::npos) << text;
}

TEST(Help, VersionIsOneLine) {
  std::string out = runApp({"--version"}).out;
  EXPECT_EQ(out.find("fake (Tenon "), 0u);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
}

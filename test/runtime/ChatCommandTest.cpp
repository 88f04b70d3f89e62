//===- ChatCommandTest.cpp - Turns of a conversation ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AppProcess.h"

#include <regex>

#include <gtest/gtest.h>

using namespace tenon::test;

/// The rows that each prompt took, from the timing lines.
static std::vector<int> promptRows(const std::string &err) {
  std::vector<int> rows;
  const std::string mark = "fake: prompt ";
  for (size_t at = err.find(mark); at != std::string::npos; at = err.find(mark, at + 1))
    rows.push_back(std::atoi(err.c_str() + at + mark.size()));
  return rows;
}

// <start> user \n hello <end> <start> assistant \n
static constexpr int framePositions = 1 + 5 + 1 + 1 + 10;

TEST(Chat, AnswersEachLine) {
  AppResult result = runApp({"chat"}, "hello\nyou\n");
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_EQ(result.out, "HELLO\nYOU\n");
  EXPECT_EQ(result.err, "");
}

TEST(Chat, LastLineNeedsNoLineFeed) {
  EXPECT_EQ(runApp({"chat"}, "hello").out, "HELLO\n");
  EXPECT_EQ(runApp({"chat"}, "").out, "");
}

TEST(Chat, LinesMayEndAsOnWindows) {
  EXPECT_EQ(runApp({"chat"}, "hello\r\nyou\r\n").out, "HELLO\nYOU\n");
  EXPECT_EQ(runApp({"chat"}, "a\rb\r\r\n").out, "A\rB\r\n");
}

TEST(Chat, StateIsKeptBetweenTurns) {
  AppResult result = runApp({"chat", "-v"}, "hello\nyou\n");
  // The second turn computes the last token of the reply, which was shown but
  // not computed, <end>, and its own frame.
  EXPECT_EQ(promptRows(result.err), (std::vector<int>{framePositions + 5, 1 + framePositions + 3}));
}

TEST(Chat, StateOfFixedSizeIsKeptToo) {
  AppResult result = runApp({"chat", "-v"}, "hello\nyou\n", {{"FAKE_SLOTS", "1"}});
  EXPECT_EQ(result.out, "HELLO\nYOU\n");
  EXPECT_EQ(promptRows(result.err)[1], 1 + framePositions + 3);
}

TEST(Chat, ClearForgetsAndStartsOver) {
  AppResult result = runApp({"chat", "-v"}, "hello\n/clear\nhi\n");
  EXPECT_EQ(result.out, "HELLO\nHI\n");
  // <start> user \n h are common to both.
  EXPECT_EQ(promptRows(result.err)[1], framePositions + 2 - 7);
}

TEST(Chat, StateOfFixedSizeStartsOverAfterClear) {
  AppResult result = runApp({"chat", "-v"}, "hello\n/clear\nhi\n", {{"FAKE_SLOTS", "1"}});
  EXPECT_EQ(result.out, "HELLO\nHI\n");
  EXPECT_EQ(promptRows(result.err)[1], framePositions + 2);
}

TEST(Chat, SystemMessageHoldsForEveryTurn) {
  EXPECT_EQ(runApp({"chat", "--system=!"}, "a\n/clear\nb\n").out, "A!\nB!\n");
}

TEST(Chat, ExitAndHelpAreCommands) {
  AppResult result = runApp({"chat"}, "/help\n/exit\nhello\n");
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "fake: /clear   forget the conversation and start anew\n"
                        "fake: /exit    end the chat\n"
                        "fake: /help    show these lines\n"
                        "fake: //TEXT   send a message that begins with a slash: /TEXT\n");
  EXPECT_EQ(runApp({"chat"}, "/exit \r\nhello\n").out, "");
}

TEST(Chat, UnknownWordDoesNotReachTheModel) {
  AppResult result = runApp({"chat"}, "/claer\nhello\n");
  EXPECT_EQ(result.exitCode, 3);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            "fake: error: '/claer' is no word of the chat; did you mean '/clear'; /help "
            "lists them, and a message that begins with a slash is written with two\n");
}

TEST(Chat, MessageMayBeginWithASlash) {
  EXPECT_EQ(runApp({"chat"}, "//usr\n /tmp\n").out, "/USR\n /TMP\n");
}

TEST(Chat, BytesThatAreNotUtf8GetANote) {
  EXPECT_EQ(runApp({"chat"}, "a\xff\n").err,
            "fake: note: byte 1 of the message is not UTF-8; such bytes become U+FFFD\n");
}

TEST(Chat, FullContextEndsAChatFromAPipe) {
  AppResult result = runApp({"chat"}, std::string(120, 'x') + "\nhello\n");
  EXPECT_EQ(result.exitCode, 7);
  EXPECT_EQ(result.err, "fake: error: the reply stopped because the context of 200 positions is "
                        "full; start anew with /clear\n");
}

TEST(Chat, MessageWithoutRoomNamesTheWayOut) {
  // The first reply leaves room for no second turn.
  AppResult result = runApp({"chat", "--context=60"}, std::string(20, 'x') + "\nhello\n");
  EXPECT_EQ(result.exitCode, 7);
  EXPECT_EQ(result.out, std::string(20, 'X') + "\n");
  EXPECT_EQ(result.err,
            "fake: error: with this message the conversation has 82 tokens, and the "
            "context 60 positions; start anew with /clear, or use a larger --context\n");
  EXPECT_EQ(runApp({"chat"}, std::string(300, 'x') + "\n").err,
            "fake: error: with this message the conversation has 318 tokens, and the context 200 "
            "positions; shorten it\n");
}

TEST(Chat, RefusedMessageEndsAChatFromAPipe) {
  AppResult result = runApp({"chat"}, "refuse me\n");
  EXPECT_EQ(result.exitCode, 3);
  EXPECT_EQ(result.err, "fake: error: the template refuses this message\n");
}

TEST(Chat, NeedsATemplate) {
  AppResult result = runApp({"chat"}, "", {{"FAKE_WITHOUT", "template"}});
  EXPECT_EQ(result.exitCode, 2);
  EXPECT_EQ(result.err, "fake: error: this file has no chat template, so it cannot tell turns "
                        "apart; it can continue a text: fake -p TEXT\n");
  result = runApp({"chat"}, "", {{"FAKE_WITHOUT", "tokenizer,template"}});
  EXPECT_EQ(result.exitCode, 2);
  EXPECT_EQ(result.err,
            "fake: error: 'chat' needs a tokenizer, and this file has none; compile the "
            "model without --tokenizer=none\n");
}

namespace {

/// A chat as a person has it: all but the answers is seen on standard error.
AppStart atATerminal() {
  AppStart start;
  start.arguments = {"chat"};
  start.terminalInput = start.terminalError = true;
  start.keepInputOpen = true;
  return start;
}

/// `text` without the speeds of the lines about time.
std::string withoutTimes(std::string text) {
  return std::regex_replace(text, std::regex(R"( in [0-9.]+ s, [0-9.]+ tokens/s)"), "");
}

} // namespace

TEST(ChatAtATerminal, PromptsAndTellsTheTimeOnStandardError) {
  AppProcess app(atATerminal());
  app.type("hello\n");
  ASSERT_TRUE(app.waitForError("reply 5"));
  app.type("/clear\n");
  AppResult result = app.finish();
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_EQ(result.out, "HELLO\n");
  EXPECT_EQ(withoutTimes(result.err), "> fake: prompt 23 tokens; reply 5 tokens\n"
                                      "> fake: the conversation starts anew\n> \n");
}

TEST(ChatAtATerminal, InterruptAtThePromptEndsItsLine) {
  AppProcess app(atATerminal());
  ASSERT_TRUE(app.waitForError("> "));
  app.interrupt();
  AppResult result = app.finish();
  EXPECT_EQ(result.exitCode, 130);
  EXPECT_EQ(result.err, "> \n");
}

TEST(ChatAtATerminal, GoesOnAfterAMessageThatIsRefusedOrDoesNotFit) {
  AppProcess app(atATerminal());
  app.type("refuse me\n/foo\n" + std::string(300, 'x') + "\nhello\n");
  ASSERT_TRUE(app.waitForError("reply 5"));
  AppResult result = app.finish();
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_EQ(result.out, "HELLO\n");
  EXPECT_EQ(withoutTimes(result.err),
            "> fake: error: the template refuses this message\n"
            "> fake: error: '/foo' is no word of the chat; /help lists them, and a message that "
            "begins with a slash is written with two\n"
            "> fake: error: with this message the conversation has 318 tokens, and the context 200 "
            "positions; shorten it\n"
            "> fake: prompt 23 tokens; reply 5 tokens\n> \n");
}

TEST(PromptAtATerminal, TellsTheTimeOnStandardError) {
  AppStart start;
  start.arguments = {"hi"};
  start.terminalError = true;
  AppResult result = AppProcess(start).finish();
  EXPECT_EQ(result.out, "HI\n");
  EXPECT_EQ(withoutTimes(result.err), "fake: prompt 20 tokens; reply 2 tokens\n");
}

TEST(Chat, InterruptStopsTheReplyAndTheNextOneEndsTheChat) {
  AppStart start;
  start.arguments = {"chat", "-v"};
  start.terminalOutput = true;
  start.keepInputOpen = true;
  AppProcess app(start);
  app.type(std::string(100, '~') + "\n"); // two seconds
  ASSERT_TRUE(app.waitForOutput("~"));
  app.interrupt();
  ASSERT_TRUE(app.waitForError("; reply"));
  app.type("abc\n");
  ASSERT_TRUE(app.waitForError("; reply 3 tokens")); // it waits for input now
  app.interrupt();
  AppResult result = app.finish();
  EXPECT_EQ(result.exitCode, 130);
  EXPECT_NE(result.out.find("ABC"), std::string::npos);
  EXPECT_EQ(result.out.find(std::string(100, '~')), std::string::npos) << "it was not stopped";
}

//===- OptionsTest.cpp - Reading the command line -------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/App/Options.h"
#include "runtime/App/Reply.h"
#include "runtime/NearestName.h"

#include <gtest/gtest.h>

using namespace tenon::rt;

static Expected<Options> parse(std::vector<const char *> arguments) {
  return parseOptions(arguments);
}

static std::string errorOf(std::vector<const char *> arguments) {
  auto options = parse(std::move(arguments));
  if (options)
    return "no error";
  EXPECT_EQ(options.status().code(), StatusCode::Usage);
  return options.status().message();
}

TEST(Options, EachKindOfValueIsStored) {
  auto options = parse(
      {"-c", "5", "--temp=0.25", "--stop", "a", "--stop=b", "--json", "--top-k", "40", "text"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->context, 5);
  EXPECT_EQ(options->temperature, 0.25);
  EXPECT_EQ(options->stops, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(options->json);
  EXPECT_EQ(options->topK, 40);
  EXPECT_EQ(options->arguments, std::vector<std::string>{"text"});
}

TEST(Options, SpellingsOfOtherRunnersAreKnown) {
  auto options = parse({"--ctx-size", "5", "--n-predict", "6", "--repeat-penalty=1.5", "-sys", "s",
                        "-r", "stop", "-no-cnv", "-t", "2", "-s", "9"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->context, 5);
  EXPECT_EQ(options->predict, 6);
  EXPECT_EQ(options->repetitionPenalty, 1.5);
  EXPECT_EQ(options->system, "s");
  EXPECT_TRUE(options->raw);
  EXPECT_EQ(options->seed, 9);
}

TEST(Options, TheSameLetterMeansAnotherThingToBench) {
  auto options = parse({"bench", "-p", "16,32", "-n", "4", "-r", "3"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->benchPrompts, (std::vector<int64_t>{16, 32}));
  EXPECT_EQ(options->benchReplies, std::vector<int64_t>{4});
  EXPECT_EQ(options->repetitions, 3);
  EXPECT_FALSE(options->prompt);
}

TEST(Options, ValueMayBeginWithADash) {
  EXPECT_EQ(parse({"-p", "-x"})->prompt, "-x");
  EXPECT_EQ(parse({"-n", "-1"})->predict, -1);
}

TEST(Options, SecondValueIsNotDroppedInSilence) {
  EXPECT_EQ(errorOf({"-p", "a", "-p", "b"}), "-p is given twice; leave one of them away");
  EXPECT_EQ(errorOf({"-p", "a", "--prompt=b"}), "--prompt is given twice; leave one of them away");
  EXPECT_EQ(errorOf({"--system=a", "-sys", "a"}), "-sys is given twice; leave one of them away");
  EXPECT_EQ(errorOf({"-c", "1", "-c", "2"}), "-c is given twice; leave one of them away");
  EXPECT_EQ(errorOf({"--temp", "1", "--temp", "2"}),
            "--temp is given twice; leave one of them away");
  EXPECT_EQ(parse({"--tokens=1,2", "--tokens=3"})->tokens, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_TRUE(parse({"--json", "--json"}));
}

TEST(Options, MisspeltOptionGetsTheNearest) {
  EXPECT_EQ(errorOf({"--tmperature=1"}),
            "unknown option --tmperature; did you mean '--temperature'");
  EXPECT_EQ(errorOf({"bench", "--repetition", "3"}),
            "unknown option --repetition; did you mean '--repetitions'");
  EXPECT_EQ(errorOf({"--frobnicate"}), "unknown option --frobnicate; --help shows all");
  EXPECT_EQ(errorOf({"-5 + 3"}),
            "unknown option -5 + 3; to send it as a prompt, write -p before it");
}

TEST(Options, OptionOfAnotherCommandIsNamedSo) {
  EXPECT_EQ(errorOf({"chat", "--tokens=1"}),
            "--tokens has no meaning for 'chat'; --help shows what has");
  EXPECT_EQ(errorOf({"--output=x"}), "--output has no meaning for a prompt; --help shows what has");
}

TEST(Options, MisspeltCommandIsNotAPrompt) {
  EXPECT_EQ(errorOf({"bnech"}), "unknown command 'bnech'; did you mean 'bench'; to send it as a "
                                "prompt, write -p bnech");
  EXPECT_EQ(errorOf({"--json", "chat"}), "'chat' is a command and must come first; to send it as a "
                                         "prompt, write -p chat");
  EXPECT_TRUE(parse({"cheat at cards"}));
  EXPECT_TRUE(parse({"hello"}));
  EXPECT_TRUE(parse({"what"}));
}

TEST(Options, ExtraArgumentsAreRefused) {
  EXPECT_EQ(errorOf({"what", "is"}), "a prompt takes one argument, got 'is' as well; put text with "
                                     "spaces in quotes");
  EXPECT_EQ(errorOf({"chat", "x"}), "'chat' takes no argument, got 'x'");
}

TEST(Options, ValuesAreChecked) {
  EXPECT_EQ(errorOf({"-c"}), "-c needs a value, N");
  EXPECT_EQ(errorOf({"-c", "0"}), "-c needs a whole number of at least 1, got '0'");
  EXPECT_EQ(errorOf({"-c", "7x"}), "-c needs a whole number of at least 1, got '7x'");
  EXPECT_EQ(errorOf({"-c", "1,2"}), "-c needs a whole number of at least 1, got '1,2'");
  EXPECT_EQ(errorOf({"--threads=5000"}),
            "--threads needs a whole number from 1 to 4096, got '5000'");
  EXPECT_EQ(errorOf({"--top-p=1.5"}), "--top-p needs a number from 0 to 1, got '1.5'");
  EXPECT_EQ(errorOf({"--temp=nan"}), "--temp needs a number from 0 to 1000, got 'nan'");
  EXPECT_EQ(errorOf({"--temp="}), "--temp needs a number from 0 to 1000, got ''");
  EXPECT_EQ(errorOf({"--json=1"}), "--json takes no value, got '1'");
  EXPECT_EQ(errorOf({"--tokens=1,,2"}),
            "--tokens needs whole numbers from 0 to 2147483647, as in 1,2,3; got '1,,2'");
  for (const char *list : {"1,2,", ",", "", ",1", "1 ,2", " 1", "+1", "0x1"})
    EXPECT_EQ(
        errorOf({"--tokens", list}),
        fmt::format("--tokens needs whole numbers from 0 to 2147483647, as in 1,2,3; got '{}'",
                    list));
  EXPECT_EQ(errorOf({"-n", "5,"}), "-n needs a whole number of at least -1, got '5,'");
  EXPECT_EQ(errorOf({"--temp=0x1"}), "--temp needs a number from 0 to 1000, got '0x1'");
  EXPECT_EQ(errorOf({"--stop", ""}), "--stop needs some text, got none; leave it away");
  for (const char *name : {"--isa", "-f", "--file"})
    EXPECT_EQ(errorOf({name, ""}),
              fmt::format("{} needs some text, got none; leave it away", name));
  EXPECT_EQ(errorOf({"logits", "-o", ""}), "-o needs some text, got none; leave it away");
  EXPECT_EQ(errorOf({"--stop", "\xff"}), "--stop needs UTF-8, and byte 0 of its value is not");
  EXPECT_EQ(errorOf({"--tokens=-1"}),
            "--tokens needs whole numbers from 0 to 2147483647, as in 1,2,3; got '-1'");
  EXPECT_EQ(errorOf({"-c", "99999999999999999999"}),
            "-c needs a whole number of at least 1, got '99999999999999999999'");
}

TEST(NearestName, DistanceCountsSlips) {
  EXPECT_EQ(editDistance("chat", "chat"), 0);
  EXPECT_EQ(editDistance("caht", "chat"), 1);
  EXPECT_EQ(editDistance("cht", "chat"), 1);
  EXPECT_EQ(editDistance("chats", "chat"), 1);
  EXPECT_EQ(editDistance("", "chat"), 4);
}

TEST(NearestName, FarNamesAreNotOffered) {
  std::string_view names[] = {"alpha", "beta"};
  EXPECT_EQ(didYouMean("alpah", names), "; did you mean 'alpha'");
  EXPECT_EQ(didYouMean("gamma", names), "");
  EXPECT_EQ(nearestName("x", std::span<const std::string_view>()), "");
}

TEST(StopFinder, HoldsBackWhatMayBeginAStopText) {
  StopFinder finder({"abc", "bd"});
  EXPECT_EQ(finder.push("xa"), "x");
  EXPECT_EQ(finder.push("b"), "");
  EXPECT_EQ(finder.push("x"), "abx");
  EXPECT_EQ(finder.push("ab"), "");
  EXPECT_FALSE(finder.found());
  EXPECT_EQ(finder.push("d!"), "a");
  EXPECT_TRUE(finder.found());
  EXPECT_EQ(finder.push("more"), "");
  EXPECT_EQ(finder.finish(), "");
}

TEST(StopFinder, GivesBackWhatWasHeld) {
  StopFinder finder({"abc"});
  EXPECT_EQ(finder.push("ab"), "");
  EXPECT_EQ(finder.finish(), "ab");
}

TEST(StopFinder, TheFirstStopTextWins) {
  StopFinder finder({"later", "now"});
  EXPECT_EQ(finder.push("x now and later"), "x ");
}

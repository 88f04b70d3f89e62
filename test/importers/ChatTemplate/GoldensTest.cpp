//===- GoldensTest.cpp - Chat templates against jinja2 --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The goldens hold templates, conversations and what jinja2 makes of them,
// set up as transformers sets it up (tools/make_template_goldens.py).
//
//===----------------------------------------------------------------------===//

#include "TemplateTestSupport.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <gtest/gtest.h>

#include <set>

using namespace tenon;
using namespace tenon::test;

namespace json = llvm::json;

static json::Value readGolden(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  EXPECT_TRUE(static_cast<bool>(buffer)) << path.str();
  if (!buffer)
    return nullptr;
  llvm::Expected<json::Value> value = json::parse((*buffer)->getBuffer());
  EXPECT_TRUE(static_cast<bool>(value)) << path.str();
  if (value)
    return std::move(*value);
  llvm::consumeError(value.takeError());
  return nullptr;
}

/// Takes the variables, whose values are spelled as literals.
static void readVariables(const json::Object &golden, RenderInput &input) {
  if (const json::Object *variables = golden.getObject("variables"))
    for (auto &[name, value] : *variables)
      input.options.variables.push_back({name.str(), value.getAsString()->str()});
}

/// The conversation and options of `golden`, into `input`.
static void readInput(const json::Object &golden, RenderInput &input) {
  if (const json::Array *messages = golden.getArray("messages"))
    for (const json::Value &message : *messages)
      input.messages.push_back({message.getAsObject()->getString("role")->str(),
                                message.getAsObject()->getString("content")->str()});
  input.options.addGenerationPrompt = golden.getBoolean("add_generation_prompt").value_or(false);
  readVariables(golden, input);
}

static llvm::StringMap<std::string> readTokens(const json::Object &file) {
  llvm::StringMap<std::string> tokens;
  if (const json::Object *object = file.getObject("special_tokens"))
    for (auto &[name, value] : *object)
      tokens[name.str()] = value.getAsString()->str();
  return tokens;
}

/// Whether Tenon refuses less than jinja2 does, on purpose: the sandbox of
/// transformers forbids these methods, two templates in use call them.
static bool isAllowedHere(llvm::StringRef source) {
  return source.contains("l.append(4)") || source.contains("d.update(");
}

static void expectGolden(llvm::StringRef source, const llvm::StringMap<std::string> &tokens,
                         const json::Object &golden, const RenderInput &input) {
  Outcome outcome = compileAndRender(source, tokens, input);
  if (golden.get("refused")) {
    if (!isAllowedHere(source))
      EXPECT_FALSE(outcome.refusal.empty())
          << "jinja2 refuses: " << source.str() << "\ngot: " << outcome.text();
    return;
  }
  EXPECT_EQ(outcome.refusal, "") << source.str();
  EXPECT_EQ(outcome.text(), golden.getString("expected")->str()) << source.str();
}

class FamilyGoldens : public ::testing::TestWithParam<std::string> {};

TEST_P(FamilyGoldens, RendersAsJinja) {
  json::Value file = readGolden(goldenPath(GetParam()));
  const json::Object *object = file.getAsObject();
  ASSERT_TRUE(object);
  std::string source = object->getString("template")->str();
  llvm::StringMap<std::string> tokens = readTokens(*object);
  size_t count = 0;
  for (const json::Value &entry : *object->getArray("cases")) {
    SCOPED_TRACE("case " + std::to_string(count++));
    RenderInput input;
    input.options.now = *object->getInteger("now");
    readInput(*entry.getAsObject(), input);
    expectGolden(source, tokens, *entry.getAsObject(), input);
  }
  EXPECT_GE(count, 15u);
}

/// The names of `variables` that a user may not set.
static std::set<std::string> refusedNames(llvm::StringRef source,
                                          const rt::TemplateOptions &options) {
  std::set<std::string> refused;
  std::vector<char> program = compileProgram(source);
  auto chatTemplate = rt::ChatTemplate::open(std::as_bytes(std::span(program)));
  EXPECT_TRUE(static_cast<bool>(chatTemplate));
  for (const auto &variable : options.variables) {
    rt::TemplateOptions one;
    one.variables = {variable};
    if (chatTemplate && !chatTemplate->check(one))
      refused.insert(variable.first);
  }
  return refused;
}

TEST_P(FamilyGoldens, VariablesThatAreRefusedChangeNothing) {
  json::Value file = readGolden(goldenPath(GetParam()));
  const json::Object *object = file.getAsObject();
  ASSERT_TRUE(object);
  std::string source = object->getString("template")->str();
  llvm::StringMap<std::string> tokens = readTokens(*object);
  for (const json::Value &entry : *object->getArray("cases")) {
    RenderInput input;
    input.options.now = *object->getInteger("now");
    readInput(*entry.getAsObject(), input);
    std::set<std::string> refused = refusedNames(source, input.options);
    refused.erase("messages"); // of the conversation, which a user cannot set
    std::string expected = compileAndRender(source, tokens, input).text();
    llvm::erase_if(input.options.variables,
                   [&](const auto &variable) { return refused.count(variable.first) != 0; });
    EXPECT_EQ(compileAndRender(source, tokens, input).text(), expected)
        << llvm::join(refused, ", ");
  }
}

static std::vector<std::string> familyFiles() {
  std::vector<std::string> names;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator at(goldenPath(""), error), end; at != end && !error;
       at.increment(error)) {
    llvm::StringRef name = llvm::sys::path::filename(at->path());
    if (name.ends_with(".json") && name != "small-cases.json")
      names.push_back(name.str());
  }
  llvm::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(AllFamilies, FamilyGoldens, ::testing::ValuesIn(familyFiles()),
                         [](const auto &info) {
                           std::string name = llvm::sys::path::stem(info.param).str();
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(ChatTemplateGoldens, CoversTheFamilies) { EXPECT_GE(familyFiles().size(), 25u); }

TEST(ChatTemplateGoldens, SmallCases) {
  json::Value file = readGolden(goldenPath("small-cases.json"));
  const json::Object *object = file.getAsObject();
  ASSERT_TRUE(object);
  llvm::StringMap<std::string> tokens = readTokens(*object);
  size_t count = 0;
  for (const json::Value &entry : *object->getArray("cases")) {
    const json::Object &golden = *entry.getAsObject();
    RenderInput input;
    input.options.now = *object->getInteger("now");
    readVariables(*object, input);
    readInput(golden, input);
    expectGolden(*golden.getString("template"), tokens, golden, input);
    ++count;
  }
  EXPECT_GE(count, 400u);
}

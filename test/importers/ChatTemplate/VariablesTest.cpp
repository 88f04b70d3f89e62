//===- VariablesTest.cpp - Which variables a user may set -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateTestSupport.h"

#include <gtest/gtest.h>

using namespace tenon;
using namespace tenon::test;

/// What `check` says of `name=literal` for the template `source`.
static std::string checked(llvm::StringRef source, const std::string &name,
                           const std::string &literal = "1") {
  std::vector<char> program = compileProgram(source);
  auto chatTemplate = rt::ChatTemplate::open(std::as_bytes(std::span(program)));
  EXPECT_TRUE(static_cast<bool>(chatTemplate)) << source.str();
  if (!chatTemplate)
    return "no template";
  rt::TemplateOptions options;
  options.variables.emplace_back(name, literal);
  rt::Status status = chatTemplate->check(options);
  EXPECT_TRUE(status || status.code() == rt::StatusCode::Usage);
  return status.message();
}

TEST(TemplateVariables, WhatIsReadMayBeSet) {
  EXPECT_EQ(checked("{{ a }}", "a"), "");
  EXPECT_EQ(checked("{% if thinking is defined and thinking %}x{% endif %}", "thinking"), "");
  EXPECT_EQ(checked("{% if d is not defined %}{% set d = 1 %}{% endif %}{{ d }}", "d"), "");
  EXPECT_EQ(checked("{% if b is defined %}{% set a = b %}{% endif %}{{ a }}", "a"), "");
  EXPECT_EQ(checked("{% for m in messages %}{% set a = m %}{% endfor %}{{ a }}", "a"), "");
  EXPECT_EQ(checked("{% for m in messages %}{{ tools }}{% endfor %}", "tools", "[]"), "");
}

TEST(TemplateVariables, MisspeltNameGetsTheNearest) {
  EXPECT_EQ(checked("{{ enable_thinking }}", "enable_thinkin"),
            "the chat template reads no variable 'enable_thinkin'; did you mean 'enable_thinking'");
  EXPECT_EQ(checked("{{ tools }}{{ date }}", "x"),
            "the chat template reads no variable 'x'; it reads 'tools', 'date'");
  EXPECT_EQ(checked("{{ messages }}", "x"),
            "the chat template reads no variable 'x'; it reads none");
}

TEST(TemplateVariables, OwnNamesOfTheTemplateMayNot) {
  const std::string none = "'; it reads none";
  for (const char *source :
       {"{% set own = 1 %}{{ own }}", "{% for own in messages %}{{ own }}{% endfor %}",
        "{% if messages %}{% set own = 1 %}{{ own }}{% endif %}",
        "{% for own in messages if own %}{% endfor %}",
        "{% macro own() %}{% endmacro %}{{ own() }}",
        "{% macro f(own) %}{{ own }}{% endmacro %}{{ f(1) }}",
        "{% set own = 1 %}{% macro f() %}{{ own }}{% endmacro %}{{ f() }}"})
    EXPECT_EQ(checked(source, "own"), "the chat template reads no variable 'own" + none) << source;
  EXPECT_EQ(checked("{{ raise_exception('x') }}", "raise_exception"),
            "the chat template reads no variable 'raise_exception" + none);
}

TEST(TemplateVariables, ParameterOfAMacroHidesNoVariable) {
  const char *source = "{% macro f(tools) %}{{ tools }}{% endmacro %}{{ f(tools) }}";
  EXPECT_EQ(checked(source, "tools", "[]"), "");
  EXPECT_EQ(checked("{% macro f() %}{% macro g() %}{{ a }}{% endmacro %}{{ g() }}{% endmacro %}"
                    "{{ f() }}",
                    "a"),
            "");
}

TEST(TemplateVariables, ConversationIsNoVariable) {
  for (const char *name : {"messages", "add_generation_prompt"})
    EXPECT_EQ(checked("{{ messages }}{{ add_generation_prompt }}", name),
              "the template variable '" + std::string(name) +
                  "' is made from the conversation and cannot be set; leave it away");
}

TEST(TemplateVariables, ValueMustBeALiteral) {
  EXPECT_EQ(checked("{{ a }}", "a", "'unfinished").substr(0, 40),
            "template variable 'a' is not a literal: ");
}

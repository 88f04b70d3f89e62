//===- FakeApp.cpp - The produced file around the fake model --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Environment variables choose what the payload holds: FAKE_WITHOUT lists
// `tokenizer`, `template`, or is `embeddings`; FAKE_SLOTS=1 gives the model a state of fixed size;
// FAKE_GOLDEN=good or bad stores logits, cut some of them only, long more tokens
// than the model has positions; FAKE_DAMAGE=weights, tables, start, sizes or
// model damages it, no-model leaves the numbers of the model away;
// FAKE_PAGE_BYTES makes the state large; FAKE_SAMPLE=1 samples by default;
// FAKE_INTERRUPT=1 is a Ctrl-C before the command begins.
//
//===----------------------------------------------------------------------===//

#include "FakeModel.h"
#include "PayloadBuilder.h"

#include "runtime/App/Application.h"
#include "runtime/Golden.h"

#include <csignal>
#include <cstdlib>
#include <cstring>

using namespace tenon::rt;
using namespace tenon::test;

static std::string_view setting(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}

static std::string goldenSection(std::string_view kind) {
  const int32_t tokens[] = {'a', 'b', '7', 'x'};
  const int32_t rows[] = {1, 3};
  GoldenHeader header{4, 2, fakeVocabulary, {1e-4, 1e-4}, {1e-2, 1e-2}};
  if (kind == "long")
    header.tokens = fakeContext + 1;
  std::string bytes(reinterpret_cast<const char *>(&header), sizeof header);
  bytes.append(reinterpret_cast<const char *>(tokens), sizeof tokens);
  bytes.append(reinterpret_cast<const char *>(rows), sizeof rows);
  std::vector<float> logits(fakeVocabulary);
  for (int32_t row : rows) {
    fakeLogits(std::span(tokens, row + 1), logits);
    logits[3] += kind == "bad" ? 0.5f : 0;
    bytes.append(reinterpret_cast<const char *>(logits.data()), fakeVocabulary * sizeof(float));
  }
  if (kind == "cut")
    bytes.resize(bytes.size() - sizeof(float));
  return bytes;
}

static std::vector<std::byte> makePayload() {
  PayloadBuilder builder;
  ModelInfo model = fakeModelInfo(setting("FAKE_SLOTS") == "1");
  if (const char *pageBytes = getenv("FAKE_PAGE_BYTES"))
    model.pageBytes = atoll(pageBytes);
  if (setting("FAKE_WITHOUT") == "embeddings")
    model.embeddingColumns = 0;
  if (setting("FAKE_DAMAGE") == "model")
    model.vocabulary = -1;
  if (setting("FAKE_SAMPLE") == "1")
    model.generation.sample = 1;
  size_t modelBytes = setting("FAKE_DAMAGE") == "no-model" ? sizeof model - 8 : sizeof model;
  builder.add(SectionKind::Model, {reinterpret_cast<const char *>(&model), modelBytes});
  builder.add(SectionKind::WeightTable, "");
  if (setting("FAKE_WITHOUT").find("tokenizer") == std::string_view::npos)
    builder.add(SectionKind::Tokenizer, "t");
  if (setting("FAKE_WITHOUT").find("template") == std::string_view::npos)
    builder.add(SectionKind::ChatTemplate, "t");
  builder.add(SectionKind::Provenance, "model: fake\n");
  if (!setting("FAKE_GOLDEN").empty())
    builder.add(SectionKind::Golden, goldenSection(setting("FAKE_GOLDEN")));
  std::vector<std::byte> bytes = builder.finish(std::string(5 << 20, 'w'));
  if (setting("FAKE_DAMAGE") == "weights")
    bytes[bytes.size() - 5000] ^= std::byte(1);
  if (setting("FAKE_DAMAGE") == "tables")
    bytes[100] ^= std::byte(1);
  if (setting("FAKE_DAMAGE") == "start")
    bytes[offsetof(PayloadHeader, magic)] ^= std::byte(1);
  if (setting("FAKE_DAMAGE") == "sizes")
    bytes[offsetof(PayloadHeader, payloadBytes)] ^= std::byte(1);
  return bytes;
}

static Expected<Payload> openFake() {
  static const std::vector<std::byte> bytes = makePayload();
  if (setting("FAKE_INTERRUPT") == "1")
    raise(SIGINT);
  return Payload::open(bytes);
}

int main(int argumentCount, char **arguments) {
  return runApplication(argumentCount, arguments, openFake);
}

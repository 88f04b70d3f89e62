//===- InfoCommand.cpp - Shows what the file holds ------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Application.h"
#include "Commands.h"
#include "Statistics.h"

namespace tenon::rt {

static std::string_view text(const Application &app, SectionKind kind) {
  std::span<const std::byte> bytes = app.payload().section(kind);
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

/// What this machine would do with the file.
namespace {
struct Plan {
  Expected<const Program *> program;
  int workers;
  Expected<int64_t> context;
};
} // namespace

static Plan planFor(Application &app) {
  return {app.chosenProgram(), app.workersConfig().count, app.chosenContext()};
}

/// The `key: value` lines of the provenance as an object of JSON.
static std::string provenanceJson(std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    size_t colon = line.find(": ");
    if (colon != std::string_view::npos)
      out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", jsonString(line.substr(0, colon)),
                         jsonString(line.substr(colon + 2)));
  }
  return '{' + out + '}';
}

/// Why the file would not run so, as an array of JSON.
static std::string refusalsJson(const Plan &plan) {
  std::vector<std::string> reasons;
  if (!plan.program)
    reasons.push_back(jsonString(plan.program.status().message()));
  if (!plan.context)
    reasons.push_back(jsonString(plan.context.status().message()));
  return fmt::format("[{}]", fmt::join(reasons, ", "));
}

/// `x86-64-v4, x86-64-v3 (needs AVX2)`.
static std::string programList(Application &app) {
  std::string list;
  for (const Program &program :
       std::span(tenon_programs, static_cast<size_t>(tenon_program_count))) {
    list += list.empty() ? program.name : fmt::format(", {}", program.name);
    std::string missing = missingFeatures(app.cpu(), program.requiredFeatures);
    if (!missing.empty())
      list += fmt::format(" (this machine lacks {})", missing);
  }
  return list;
}

static std::string samplingText(const ModelInfo &model) {
  if (model.generation.sample == 0)
    return "greedy";
  return fmt::format("temperature {}, top-k {}, top-p {}, min-p {}, repetition penalty {}",
                     model.generation.temperature, model.generation.topK, model.generation.topP,
                     model.generation.minP, model.generation.repetitionPenalty);
}

static std::string plainInfo(Application &app) {
  const ModelInfo &model = app.model();
  Plan plan = planFor(app);
  std::string out(text(app, SectionKind::Provenance));
  if (!out.empty() && out.back() != '\n')
    out += '\n';
  auto line = [&](std::string_view name, const std::string &value) {
    out += fmt::format("{}: {}\n", name, value);
  };
  line("parameters", fmt::format("{}", model.parameterCount));
  line("packed weights", describeBytes(app.payload().section(SectionKind::Weights).size()));
  line("vocabulary", fmt::format("{} ({} sampled)", model.vocabulary, model.sampledVocabulary));
  line("context", fmt::format("{}", model.maxContext));
  if (model.pageBytes > 0)
    line("state per position", describeBytes(uint64_t(model.pageBytes / model.pagePositions)));
  if (model.slotBytes > 0)
    line("state per sequence", describeBytes(uint64_t(model.slotBytes)));
  line("tokenizer", app.hasTokenizer() ? "yes" : "no");
  line("chat template", app.hasTemplate() ? "yes" : "no");
  line("sampling", samplingText(model));
  if (app.payload().has(SectionKind::Licence))
    line("licences", "'info --licence' shows them");
  line("code for", programList(app));
  line("here",
       fmt::format("{}, {} {}, context {}",
                   plan.program ? (*plan.program)->name : plan.program.status().message(),
                   plan.workers, plan.workers == 1 ? "worker" : "workers",
                   plan.context ? std::to_string(*plan.context) : plan.context.status().message()));
  if (app.payload().has(SectionKind::Report))
    out += '\n' + std::string(text(app, SectionKind::Report));
  return out;
}

static std::string jsonInfo(Application &app) {
  const ModelInfo &model = app.model();
  Plan plan = planFor(app);
  std::string out = fmt::format(
      "{{\"parameters\": {}, \"weight_bytes\": {}, \"vocabulary\": {}, \"sampled_vocabulary\": {}, "
      "\"context\": {}, \"page_positions\": {}, \"page_bytes\": {}, \"slot_bytes\": {}, "
      "\"tokenizer\": {}, \"chat_template\": {}, \"programs\": [",
      model.parameterCount, app.payload().section(SectionKind::Weights).size(), model.vocabulary,
      model.sampledVocabulary, model.maxContext, model.pagePositions, model.pageBytes,
      model.slotBytes, app.hasTokenizer(), app.hasTemplate());
  for (int64_t i = 0; i < tenon_program_count; ++i)
    out += fmt::format("{}{}", i ? ", " : "", jsonString(tenon_programs[i].name));
  return out + fmt::format("], \"isa\": {}, \"workers\": {}, \"usable_context\": {}, "
                           "\"refusals\": {}, \"provenance\": {}, \"report\": {}}}\n",
                           plan.program ? jsonString((*plan.program)->name) : "null", plan.workers,
                           plan.context ? std::to_string(*plan.context) : "null",
                           refusalsJson(plan), provenanceJson(text(app, SectionKind::Provenance)),
                           jsonString(text(app, SectionKind::Report)));
}

Status runInfo(Application &app) {
  if (app.options().licence && app.options().json)
    return Status::failure(StatusCode::Usage,
                           "--licence is text and --json is not; leave one of them away");
  if (app.options().licence)
    return app.out().write(std::string(text(app, SectionKind::Licence)));
  return app.out().write(app.options().json ? jsonInfo(app) : plainInfo(app));
}

} // namespace tenon::rt

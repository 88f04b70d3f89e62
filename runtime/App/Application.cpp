//===- Application.cpp - What the commands share --------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Application.h"

#include "Interrupt.h"

#include "runtime/ExitAtOnce.h"
#include "runtime/Utf8.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

namespace tenon::rt {

/// The version of Tenon that made this runtime.
static constexpr std::string_view tenonVersion = TENON_VERSION;

int64_t monotonicNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t(1'000'000'000) + now.tv_nsec;
}

Application::Application(std::string program, Options options, Payload payload)
    : program(std::move(program)), given(std::move(options)), content(std::move(payload)),
      output(STDOUT_FILENO, "standard output"), startNs(monotonicNs()) {}

int64_t Application::elapsedNs() const { return monotonicNs() - startNs; }

static bool consistent(const ModelInfo &model) {
  bool paged = model.pageBytes >= 0 && (model.pageBytes == 0 || model.pagePositions > 0);
  bool positioned = model.positionAxes > 0 && model.positionAxes <= maxPositionAxes;
  bool given = model.tokenCount == model.vocabulary && model.embeddingColumns >= 0 &&
               model.embeddingColumns <= INT32_MAX;
  return model.vocabulary > 0 && model.vocabulary <= INT32_MAX && model.sampledVocabulary > 0 &&
         model.sampledVocabulary <= model.vocabulary && model.maxContext > 0 &&
         model.maxContext <= INT32_MAX && model.slotBytes >= 0 && paged && positioned && given &&
         model.generation.stopTokenCount >= 0 && model.generation.stopTokenCount <= maxStopTokens;
}

Status Application::open() {
  std::span<const std::byte> section = content.section(SectionKind::Model);
  if (section.size() < sizeof(ModelInfo))
    return Status::failure(StatusCode::Damaged, "this file describes no model; make it again");
  modelInfo = reinterpret_cast<const ModelInfo *>(section.data());
  std::span<const std::byte> table = content.section(SectionKind::WeightTable);
  if (!consistent(*modelInfo) || table.size() / sizeof(uint64_t) < uint64_t(modelInfo->weightCount))
    return Status::failure(StatusCode::Damaged,
                           "the numbers of the model contradict each other; make this file again");
  return Status::ok();
}

void Application::say(std::string_view text) const {
  std::string line = fmt::format("{}: {}\n", program, text);
  // Nobody is left to tell when standard error fails.
  (void)writeAll(STDERR_FILENO, line);
}

bool Application::watched() const { return given.verbose || isatty(STDERR_FILENO); }

void Application::sayIfWatched(std::string_view text) const {
  if (watched())
    say(text);
}

static Status withoutTokenizer(const Command &command) {
  if (command.bit & (PromptBit | ScoreBit))
    return Status::failure(StatusCode::Usage,
                           "this file has no tokenizer; give token ids with --tokens=1,2,3");
  return Status::failure(
      StatusCode::Usage,
      "'{}' needs a tokenizer, and this file has none; compile the model without "
      "--tokenizer=none",
      command.name);
}

Expected<const Tokenizer *> Application::tokenizer() {
  if (!openTokenizer) {
    if (!hasTokenizer())
      return withoutTokenizer(*given.command);
    auto opened = Tokenizer::open(content.section(SectionKind::Tokenizer));
    if (!opened)
      return opened.status();
    openTokenizer.emplace(std::move(*opened));
  }
  return &*openTokenizer;
}

Expected<const ChatTemplate *> Application::chatTemplate() {
  if (!openTemplate) {
    if (!hasTemplate())
      return Status::failure(StatusCode::Usage,
                             "this file has no chat template, so it cannot tell turns apart; it "
                             "can continue a text: {} -p TEXT",
                             program);
    auto opened = ChatTemplate::open(content.section(SectionKind::ChatTemplate));
    if (!opened)
      return opened.status();
    openTemplate.emplace(std::move(*opened));
  }
  return &*openTemplate;
}

Expected<TemplateOptions> Application::templateOptions() {
  auto opened = chatTemplate();
  if (!opened)
    return opened.status();
  TemplateOptions options;
  options.now = time(nullptr);
  for (const std::string &variable : given.templateVariables) {
    size_t equals = variable.find('=');
    if (equals == 0 || equals == std::string::npos)
      return Status::failure(StatusCode::Usage, "--template-variable needs NAME=VALUE, got '{}'",
                             variable);
    options.variables.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
  }
  if (Status status = (*opened)->check(options); !status)
    return status;
  return options;
}

std::vector<Message> Application::firstMessages() const {
  if (!given.system)
    return {};
  return {{"system", *given.system}};
}

Expected<std::vector<int32_t>> Application::encodeMessages(std::span<const Message> messages,
                                                           const TemplateOptions &options) {
  auto opened = chatTemplate();
  if (!opened)
    return opened.status();
  auto spans = (*opened)->render(messages, options);
  if (!spans)
    return spans.status();
  auto words = tokenizer();
  if (!words)
    return words.status();
  std::vector<int32_t> tokens = (*words)->encode(*spans, /*addSpecialTokens=*/false);
  if (tokens.empty())
    return Status::failure(StatusCode::Refused, "the chat template made no prompt of this message");
  return tokens;
}

void Application::noteInvalidText(std::string_view text, std::string_view what) const {
  if (size_t valid = validPrefix(text); valid < text.size())
    say(fmt::format("note: byte {} of {} is not UTF-8; such bytes become U+FFFD", valid, what));
}

Expected<std::optional<std::string>> Application::inputText(bool argumentIsFile) const {
  int ways = given.prompt.has_value() + given.file.has_value() + !given.arguments.empty() +
             !given.tokens.empty();
  if (ways > 1)
    return Status::failure(StatusCode::Usage,
                           "the text is given twice; use one of -p, -f, --tokens and the argument");
  auto text = chosenText(argumentIsFile);
  if (!text || !*text || isValidUtf8(**text))
    return text;
  if (given.command->bit != PromptBit)
    return Status::failure(StatusCode::Refused,
                           "byte {} of the text is not UTF-8; convert the text, as with iconv",
                           validPrefix(**text));
  noteInvalidText(**text, "the prompt");
  return text;
}

Expected<std::optional<std::string>> Application::chosenText(bool argumentIsFile) const {
  if (given.prompt)
    return given.prompt;
  const std::string *path = given.file ? &*given.file : nullptr;
  if (!given.arguments.empty()) {
    const std::string &argument = given.arguments[0];
    if (!argumentIsFile && argument != "-")
      return std::optional(argument);
    path = &argument;
  }
  if (!path)
    return std::optional<std::string>();
  auto text = readAll(*path);
  if (!text)
    return text.status();
  return std::optional(std::move(*text));
}

Expected<std::vector<int32_t>> Application::givenTokens() const {
  for (int64_t token : given.tokens)
    if (token >= model().vocabulary)
      return Status::failure(StatusCode::Refused,
                             "token id {} is not in the vocabulary, which ends at {}", token,
                             model().vocabulary - 1);
  return std::vector<int32_t>(given.tokens.begin(), given.tokens.end());
}

Expected<SamplingRules> Application::samplingRules() const {
  const ModelInfo &model = *modelInfo;
  bool asksForSampling = given.temperature || given.topK || given.topP || given.minP;
  if (given.greedy && asksForSampling)
    return Status::failure(
        StatusCode::Usage,
        "--greedy contradicts --temperature, --top-k, --top-p and --min-p; leave one "
        "of them away");
  SamplingRules rules;
  rules.repetitionPenalty = given.repetitionPenalty.value_or(model.generation.repetitionPenalty);
  rules.greedy = given.greedy || (!asksForSampling && model.generation.sample == 0);
  rules.temperature = given.temperature.value_or(model.generation.temperature);
  rules.topK = given.topK.value_or(model.generation.topK);
  rules.topP = given.topP.value_or(model.generation.topP);
  rules.minP = given.minP.value_or(model.generation.minP);
  if (rules.greedy && given.seed)
    say("note: --seed has no effect, since the likeliest token is always taken; add --temperature "
        "to "
        "sample");
  return rules;
}

uint64_t Application::seed() const {
  if (given.seed && *given.seed >= 0)
    return static_cast<uint64_t>(*given.seed);
  uint64_t random = 0;
  if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
    random = static_cast<uint64_t>(monotonicNs());
  random &= 0xffffffff; // short enough to be typed again
  if (given.verbose)
    say(fmt::format("seed {}", random));
  return random;
}

const CpuFacts &Application::cpu() {
  if (!cpuFacts)
    cpuFacts = CpuFacts::read();
  return *cpuFacts;
}

const MachineLimits &Application::limits() {
  if (!machineLimits)
    machineLimits = MachineLimits::read();
  return *machineLimits;
}

Expected<const Program *> Application::chosenProgram() {
  return selectProgram(std::span(tenon_programs, static_cast<size_t>(tenon_program_count)), cpu(),
                       given.isa.value_or(""));
}

Expected<int64_t> Application::chosenContext() {
  return chooseContext(model(), content.section(SectionKind::Weights).size(), limits(),
                       given.context.value_or(0));
}

std::string Application::makeRoom(std::string_view first, int64_t context) const {
  bool isLargest = context >= model().maxContext;
  return fmt::format("{}{}", first, isLargest ? "" : ", or use a larger --context");
}

WorkersConfig Application::workersConfig() {
  return WorkersConfig::forMachine(limits(), static_cast<int>(given.threads.value_or(0)));
}

Expected<std::unique_ptr<Session>> Application::startSession() {
  auto program = chosenProgram();
  if (!program)
    return program.status();
  auto context = chosenContext();
  if (!context)
    return context.status();
  SessionConfig config;
  config.model = modelInfo;
  config.program = *program;
  config.weights = content.section(SectionKind::Weights);
  std::span<const std::byte> table = content.section(SectionKind::WeightTable);
  config.weightOffsets = {reinterpret_cast<const uint64_t *>(table.data()),
                          static_cast<size_t>(modelInfo->weightCount)};
  config.workers = workersConfig();
  config.context = *context;
  auto session = Session::create(config);
  if (!session)
    return session.status();
  (*session)->stopWhen(&interruptFlag());
  if (given.verbose)
    say(fmt::format("code for {}, {} {}, context of {} positions", (*program)->name,
                    config.workers.count, config.workers.count == 1 ? "worker" : "workers",
                    *context));
  return session;
}

/// The name of the file without its folders.
static std::string programName(int argumentCount, const char *const *arguments) {
  if (argumentCount == 0)
    return "model";
  const char *slash = strrchr(arguments[0], '/');
  return slash ? slash + 1 : arguments[0];
}

static int report(const std::string &program, const Status &status) {
  if (status || status.code() == StatusCode::Interrupted)
    return status.exitCode();
  (void)writeAll(STDERR_FILENO, fmt::format("{}: error: {}\n", program, status.message()));
  return status.exitCode();
}

/// Makes memory that the system does not give an error like others: the runtime
/// has no exceptions, and would abort.
static void exitWhenOutOfMemory(const std::string &program) {
  static const std::string line = fmt::format(
      "{}: error: the system gives no more memory; use a smaller --context or a shorter text, or "
      "give this process more memory (ulimit -v)\n",
      program);
  std::set_new_handler([] {
    (void)writeAll(STDERR_FILENO, line);
    exitAtOnce(StatusCode::MachineUnsupported);
  });
}

static Status printText(std::string_view text) {
  Output out(STDOUT_FILENO, "standard output");
  if (Status status = out.write(text); !status)
    return status;
  return out.flush();
}

static Status runCommand(const std::string &program, Options options, PayloadOpener openPayload) {
  const Command &command = *options.command;
  auto payload = openPayload();
  if (!payload)
    return payload.status();
  Application app(program, std::move(options), std::move(*payload));
  if (Status status = app.open(); !status)
    return status;
  Status status = command.run(app);
  Status flushed = app.out().flush();
  return status ? flushed : status;
}

int runApplication(int argumentCount, const char *const *arguments, PayloadOpener openPayload) {
  guardStandardDescriptors();
  ignoreOutputSignals();
  catchInterrupts();
  // A time zone would be read from files; templates get the time of UTC.
  setenv("TZ", "UTC0", /*overwrite=*/1);
  std::string program = programName(argumentCount, arguments);
  exitWhenOutOfMemory(program);
  auto options = parseOptions(std::span(arguments, argumentCount).subspan(argumentCount > 0));
  if (!options)
    return report(program, options.status());
  if (options->help)
    return report(program, printText(helpText(program, *options->command)));
  if (options->manual)
    return report(program, printText(manualPage(program)));
  if (options->version)
    return report(program, printText(fmt::format("{} (Tenon {})\n", program, tenonVersion)));
  return report(program, runCommand(program, std::move(*options), openPayload));
}

} // namespace tenon::rt

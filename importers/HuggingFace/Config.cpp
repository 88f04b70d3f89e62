//===- Config.cpp - Reads config.json and its like ------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Config.h"

#include "importers/Files/ModelFolder.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tenon::hf {

/// Configurations have a few kilobytes; the limit keeps a wrong file out.
static constexpr uint64_t maxConfigBytes = 16u << 20;

/// A file with more keys than this that nothing reads is no configuration.
static constexpr unsigned maxReports = 50;

/// Whole numbers above this are not exact in a double.
static constexpr double maxExactInteger = 9007199254740992.0; // 2^53

FailureOr<Config> Config::open(MLIRContext *context, StringRef folder, StringRef fileName) {
  if (failed(checkModelFolder(context, folder)))
    return failure();
  SmallString<256> path(folder);
  sys::path::append(path, fileName);
  if (!sys::fs::exists(path)) {
    emitError(fileLocation(context, path)) << "no such file; a checkpoint folder must hold "
                                           << quoted(fileName) << ", fetch the whole model again";
    return failure();
  }
  std::unique_ptr<MemoryBuffer> text = readTextFile(context, path, maxConfigBytes);
  if (!text)
    return failure();
  return parse(context, text->getBuffer(), path);
}

FailureOr<Config> Config::parse(MLIRContext *context, StringRef text, StringRef path) {
  Expected<JsonValue> root = parseJson(text, {.allowNonFinite = true});
  if (!root) {
    handleAllErrors(root.takeError(), [&](const JsonError &error) {
      emitError(FileLineColLoc::get(context, path, error.line, error.column))
          << "this is not valid JSON: " << error.message << "; correct it, or fetch the file again";
    });
    return failure();
  }
  if (!root->is(JsonValue::Kind::Object)) {
    emitError(fileLocation(context, path))
        << "expected an object, got " << root->kindText() << "; fetch the file again";
    return failure();
  }
  auto state = std::make_unique<State>();
  state->context = context;
  state->path = path.str();
  state->root = std::move(*root);
  return Config(std::move(state));
}

ConfigObject Config::root() {
  if (state->objects.empty())
    state->objects.emplace_back(&state->root, "");
  return ConfigObject(state.get(), &state->root, "");
}

const char *Config::wrappedKey() const {
  for (const char *key : {"text_config", "llm_config", "language_config"})
    if (const JsonValue *value = state->root.find(key); value && value->is(JsonValue::Kind::Object))
      return key;
  return nullptr;
}

ConfigObject Config::language() {
  const char *key = wrappedKey();
  return key ? *root().object(key) : root();
}

LogicalResult Config::tellProblems() {
  std::vector<Problem> problems = std::exchange(state->problems, {});
  for (const Problem &problem : problems)
    emitError(problem.location) << problem.text;
  return success(problems.empty());
}

LogicalResult Config::finish(const WarningOptions &warnings, ArrayRef<StringLiteral> ignorable) {
  bool ok = succeeded(tellProblems());
  SmallVector<StringRef> asked =
      map_to_vector(state->asked, [](const auto &entry) { return entry.getKey(); });
  llvm::sort(asked); // the order of a hash table is no order for messages
  unsigned unknown = 0;
  for (const auto &[object, prefix] : state->objects) {
    for (const JsonMember &member : object->members) {
      if (state->known.count(&member.value) || is_contained(ignorable, StringRef(member.name)))
        continue;
      if (++unknown > maxReports)
        continue;
      Location location =
          FileLineColLoc::get(state->context, state->path, member.value.line, member.value.column);
      // A name that is right elsewhere is misplaced, not misspelt.
      std::string advice = state->asked.contains(member.name) ? "" : didYouMean(member.name, asked);
      auto reason = state->withoutEffect.find(&member.value);
      ok &= succeeded(warnings.warn(WarningClass::UnknownConfigKey, location,
                                    "key " + quoted(prefix + member.name) +
                                        (reason != state->withoutEffect.end()
                                             ? " " + reason->second
                                             : " is not known here and is ignored" + advice)));
    }
  }
  if (unknown > maxReports)
    ok &= succeeded(warnings.warn(WarningClass::UnknownConfigKey,
                                  fileLocation(state->context, state->path),
                                  "and " + Twine(unknown - maxReports) +
                                      " more unknown keys; remove them, or compile with "
                                      "-Wno-unknown-config-key"));
  return success(ok);
}

const JsonValue *ConfigObject::find(StringRef key) const {
  state->asked.insert(key);
  const JsonValue *found = value->find(key);
  if (found)
    state->known.insert(found);
  return found && !found->is(JsonValue::Kind::Null) ? found : nullptr;
}

bool ConfigObject::isNull(StringRef key) const {
  const JsonValue *found = value->find(key);
  return found && found->is(JsonValue::Kind::Null);
}

Location ConfigObject::location(StringRef key) const {
  const JsonValue *found = value->find(key);
  const JsonValue *place = found ? found : value;
  return FileLineColLoc::get(state->context, state->path, place->line, place->column);
}

void ConfigObject::problem(StringRef key, const Twine &text) const {
  state->problems.push_back({location(key), quoted(prefix + key.str()) + " " + text.str()});
  state->refused.insert({value, key.str()});
}

bool ConfigObject::refused(StringRef key) const {
  return state->refused.count({value, key.str()}) != 0;
}

void ConfigObject::withoutEffect(StringRef key, const Twine &reason) const {
  if (const JsonValue *found = value->find(key))
    state->withoutEffect[found] = reason.str();
}

/// How a message shows a value that is not what was asked for.
static std::string valueText(const JsonValue &value) {
  if (value.isNumber() || value.is(JsonValue::Kind::Boolean))
    return StringRef(value.text).take_front(40).str();
  if (value.is(JsonValue::Kind::String))
    return quoted(value.text);
  return value.kindText().str();
}

std::optional<int64_t> ConfigObject::integer(StringRef key, IntegerRange range) const {
  const JsonValue *found = find(key);
  if (!found)
    return std::nullopt;
  // Writers that go through a float write 4096.0; it is the same number.
  bool whole = found->isNumber() && std::abs(found->real) < maxExactInteger &&
               std::floor(found->real) == found->real;
  if (!whole || found->real < static_cast<double>(range.least) ||
      found->real > static_cast<double>(range.greatest)) {
    problem(key, "is " + valueText(*found) + "; expected an integer from " + Twine(range.least) +
                     " to " + Twine(range.greatest));
    return std::nullopt;
  }
  return static_cast<int64_t>(found->real);
}

bool RealRange::contains(double value) const {
  // Written so that NaN is in no range.
  return std::isfinite(value) && value <= greatest && (value > least || (closed && value == least));
}

/// "above 0 and at most 1", or "from 0 to 1".
static std::string rangeText(RealRange range) {
  std::string text;
  raw_string_ostream(text) << (range.closed ? "from " : "above ") << format("%g", range.least)
                           << (range.closed ? " to " : " and at most ")
                           << format("%g", range.greatest);
  return text;
}

std::optional<double> ConfigObject::real(StringRef key, RealRange range) const {
  const JsonValue *found = find(key);
  if (!found)
    return std::nullopt;
  if (!found->isNumber() || !range.contains(found->real)) {
    problem(key, "is " + valueText(*found) + "; expected a number " + rangeText(range));
    return std::nullopt;
  }
  return found->real;
}

std::optional<bool> ConfigObject::boolean(StringRef key) const {
  const JsonValue *found = find(key);
  if (!found)
    return std::nullopt;
  if (!found->is(JsonValue::Kind::Boolean)) {
    problem(key, "is " + valueText(*found) + "; expected true or false");
    return std::nullopt;
  }
  return found->boolean;
}

std::optional<StringRef> ConfigObject::string(StringRef key) const {
  const JsonValue *found = find(key);
  if (!found)
    return std::nullopt;
  if (!found->is(JsonValue::Kind::String)) {
    problem(key, "is " + valueText(*found) + "; expected a string");
    return std::nullopt;
  }
  return StringRef(found->text);
}

std::optional<ConfigObject> ConfigObject::object(StringRef key) const {
  const JsonValue *found = find(key);
  if (!found)
    return std::nullopt;
  if (!found->is(JsonValue::Kind::Object)) {
    problem(key, "is " + valueText(*found) + "; expected an object");
    return std::nullopt;
  }
  std::string inner = prefix + key.str() + ".";
  if (none_of(state->objects, [&](const auto &entry) { return entry.first == found; }))
    state->objects.emplace_back(found, inner);
  return ConfigObject(state, found, std::move(inner));
}

std::vector<double> ConfigObject::reals(StringRef key, RealRange range) const {
  std::vector<double> result;
  const JsonValue *found = find(key);
  if (!found)
    return result;
  for (const JsonValue &element : found->elements) {
    if (!element.isNumber() || !range.contains(element.real)) {
      problem(key, "holds " + valueText(element) + "; expected numbers " + rangeText(range));
      return {};
    }
    result.push_back(element.real);
  }
  if (!found->is(JsonValue::Kind::Array))
    problem(key, "is " + valueText(*found) + "; expected a list of numbers");
  return result;
}

std::vector<StringRef> ConfigObject::strings(StringRef key) const {
  std::vector<StringRef> result;
  const JsonValue *found = find(key);
  if (!found)
    return result;
  for (const JsonValue &element : found->elements) {
    if (!element.is(JsonValue::Kind::String)) {
      problem(key, "holds " + valueText(element) + "; expected strings");
      return {};
    }
    result.push_back(element.text);
  }
  if (!found->is(JsonValue::Kind::Array))
    problem(key, "is " + valueText(*found) + "; expected a list of strings");
  return result;
}

std::string ConfigObject::notSupported(StringRef name, ArrayRef<StringRef> names) {
  std::string nearest = didYouMean(name, names);
  return "is " + quoted(name) + ", which is not supported" +
         (nearest.empty() ? "; expected " + listOf(names) : nearest);
}

} // namespace tenon::hf

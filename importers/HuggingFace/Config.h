//===- Config.h - Reads config.json and its like --------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A configuration is read by asking for its keys. Each question says what the
// answer may be and what holds when the key is absent or null, and leaves two
// traces: that the key is known, and what was wrong with its value. finish()
// then tells all that was wrong, and the keys of the file that nothing asked
// for, since a key that is not understood may change the model.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_CONFIG_H
#define TENON_IMPORTERS_HUGGINGFACE_CONFIG_H

#include "importers/Diagnostics/QuotedText.h"
#include "importers/Diagnostics/WarningOptions.h"
#include "importers/Files/Json.h"

#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringSet.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tenon::hf {

/// The least and the greatest value that makes sense.
struct IntegerRange {
  int64_t least, greatest;
};

/// Finite numbers up to `greatest` and above `least`, which is one of them only
/// when `closed`.
struct RealRange {
  double least, greatest;
  bool closed = false;

  bool contains(double value) const;
};

/// A name in a configuration and what it stands for.
template <typename T> struct NamedValue {
  llvm::StringLiteral name;
  T value;
};

class ConfigObject;

/// A configuration file: owns its text and collects what is wrong with it.
class Config {
public:
  /// Reads `fileName` of `folder`.
  static llvm::FailureOr<Config> open(mlir::MLIRContext *context, llvm::StringRef folder,
                                      llvm::StringRef fileName = "config.json");
  /// Reads `text` as the content of `path`.
  static llvm::FailureOr<Config> parse(mlir::MLIRContext *context, llvm::StringRef text,
                                       llvm::StringRef path);

  /// The outermost object.
  ConfigObject root();
  /// The object that describes the language model: `text_config` and its like
  /// where the file wraps one, else the outermost.
  ConfigObject language();
  /// True when language() is not root().
  bool isWrapped() const { return wrappedKey() != nullptr; }

  /// Tells every problem as an error and every key that nothing asked for as a
  /// warning, but for the names in `ignorable`. \returns failure iff anything
  /// was told as an error.
  llvm::LogicalResult finish(const WarningOptions &warnings,
                             llvm::ArrayRef<llvm::StringLiteral> ignorable);

  /// Tells the problems that were noted since the last call. \returns failure
  /// iff there was one.
  llvm::LogicalResult tellProblems();

  llvm::StringRef path() const { return state->path; }

private:
  friend class ConfigObject;
  struct Problem {
    mlir::Location location;
    std::string text;
  };
  /// On the heap, so that objects stay valid when the Config moves.
  struct State {
    mlir::MLIRContext *context;
    std::string path;
    JsonValue root;
    std::vector<Problem> problems;
    std::set<std::pair<const JsonValue *, std::string>> refused;    ///< object and key
    std::map<const JsonValue *, std::string> withoutEffect;         ///< value and reason
    std::set<const JsonValue *> known;                              ///< values that were asked for
    llvm::StringSet<> asked;                                        ///< names that were asked for
    std::vector<std::pair<const JsonValue *, std::string>> objects; ///< asked for, and its prefix
  };
  explicit Config(std::unique_ptr<State> state) : state(std::move(state)) {}
  /// The key of the object that wraps the language model, or null.
  const char *wrappedKey() const;
  std::unique_ptr<State> state;
};

/// One object of a configuration. It lives as long as its Config.
class ConfigObject {
public:
  /// The value of `key`, or null when it is absent or null in the file.
  const JsonValue *find(llvm::StringRef key) const;
  bool has(llvm::StringRef key) const { return find(key) != nullptr; }
  /// True when the key is there with the value null, which a few keys tell
  /// from being absent.
  bool isNull(llvm::StringRef key) const;

  std::optional<int64_t> integer(llvm::StringRef key, IntegerRange range) const;
  int64_t integer(llvm::StringRef key, IntegerRange range, int64_t otherwise) const {
    return integer(key, range).value_or(otherwise);
  }
  std::optional<double> real(llvm::StringRef key, RealRange range) const;
  double real(llvm::StringRef key, RealRange range, double otherwise) const {
    return real(key, range).value_or(otherwise);
  }
  std::optional<bool> boolean(llvm::StringRef key) const;
  bool boolean(llvm::StringRef key, bool otherwise) const {
    return boolean(key).value_or(otherwise);
  }
  std::optional<llvm::StringRef> string(llvm::StringRef key) const;
  std::optional<ConfigObject> object(llvm::StringRef key) const;
  /// A list of numbers; empty when absent.
  std::vector<double> reals(llvm::StringRef key, RealRange range) const;
  /// A list of names; empty when absent.
  std::vector<llvm::StringRef> strings(llvm::StringRef key) const;

  /// What the name under `key` stands for.
  template <typename T>
  std::optional<T> choice(llvm::StringRef key, llvm::ArrayRef<NamedValue<T>> choices) const {
    std::optional<llvm::StringRef> name = string(key);
    if (!name)
      return std::nullopt;
    for (const NamedValue<T> &candidate : choices)
      if (candidate.name == *name)
        return candidate.value;
    problem(key,
            notSupported(*name, llvm::map_to_vector(choices, [](const NamedValue<T> &candidate) {
              return llvm::StringRef(candidate.name);
            })));
    return std::nullopt;
  }

  /// Notes that the value of `key` is wrong: `'KEY' TEXT`.
  void problem(llvm::StringRef key, const llvm::Twine &text) const;
  /// True when a problem with `key` was noted. What holds in its place then is
  /// not the file's, and fits together with nothing.
  bool refused(llvm::StringRef key) const;
  /// Marks `key` as known without reading it.
  void ignore(llvm::StringRef key) const { find(key); }
  /// Notes that `key`, if it is there and nothing asks for it, is known but
  /// counts for nothing: `key 'KEY' REASON and is ignored`.
  void withoutEffect(llvm::StringRef key, const llvm::Twine &reason) const;
  /// Where `key` stands, or the object when the key is absent.
  mlir::Location location(llvm::StringRef key) const;
  mlir::MLIRContext *context() const { return state->context; }

  /// ` is 'NAME', which is not supported` and the nearest or all right names.
  static std::string notSupported(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> names);

private:
  friend class Config;
  ConfigObject(Config::State *state, const JsonValue *value, std::string prefix)
      : state(state), value(value), prefix(std::move(prefix)) {}

  Config::State *state;
  const JsonValue *value;
  std::string prefix; ///< "text_config.", for messages
};

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_CONFIG_H

//===- WarningOptions.h - Warnings with names, and the -W flags -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every warning has a class with a name, and the flags act on names as those
// of clang do: -Wno-NAME silences, -Werror=NAME makes an error of it, -Werror
// of all, -Wno-error=NAME takes it back, -w silences all. Later flags win over
// earlier ones on the same name; a flag on a name wins over one on all.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_DIAGNOSTICS_WARNINGOPTIONS_H
#define TENON_IMPORTERS_DIAGNOSTICS_WARNINGOPTIONS_H

#include "mlir/IR/Location.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

#include <array>
#include <optional>

namespace tenon {

/// The kinds of warning; the table in WarningOptions.cpp names them.
enum class WarningClass : unsigned {
  UnknownConfigKey, ///< a key of config.json or generation_config.json that nothing reads
  UnlistedTensor,   ///< a tensor of a shard that the index does not name
  HeadDiffers,      ///< lm_head.weight is not the embedding that the configuration ties it to
  HeadAbsent,       ///< lm_head.weight is missing and the configuration ties no head
  ElementType,      ///< the weights' element type is not the configuration's
  TokenOutOfRange,  ///< a special token's id is not below the vocabulary's size
  ChatTemplate,     ///< the chat template cannot render a plain conversation
  ModelType,        ///< model_type and architectures name different models
};
inline constexpr unsigned warningClassCount = 8;

struct WarningClassInfo {
  llvm::StringRef name;    ///< as in -W<name>
  llvm::StringRef meaning; ///< one line, for the manual
};

/// The table of all classes, by the value of WarningClass.
llvm::ArrayRef<WarningClassInfo> warningClasses();

/// What the -W flags ask for. By default every class warns.
class WarningOptions {
public:
  /// Takes one flag without its leading "-W": `error`, `no-error`,
  /// `error=NAME`, `no-error=NAME`, `NAME`, `no-NAME`. \returns an error that
  /// names the nearest class when there is none of that name.
  llvm::Error parse(llvm::StringRef flag);

  /// Silences every class that no flag named.
  void silenceAll() { silent = true; }

  /// Tells `text` at `location` as a warning, as an error or not at all, with
  /// the flag's name appended as clang does. \returns failure iff it was an
  /// error.
  llvm::LogicalResult warn(WarningClass kind, mlir::Location location,
                           const llvm::Twine &text) const;

private:
  struct State {
    std::optional<bool> enabled;
    std::optional<bool> error;
  };
  std::array<State, warningClassCount> states;
  bool silent = false;
  bool allErrors = false;
};

} // namespace tenon

#endif // TENON_IMPORTERS_DIAGNOSTICS_WARNINGOPTIONS_H

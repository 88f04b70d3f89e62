//===- GeneratedCode.h - Compiled code in this process --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_NUMERIC_GENERATEDCODE_H
#define TENON_TEST_NUMERIC_GENERATEDCODE_H

#include "runtime/StepAbi.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace tenon::test {

/// The kinds of CPU code that this machine can run.
std::vector<std::string> runnableKinds();

/// The objects that the code generator makes, one for each kind.
class GeneratedCode {
public:
  /// \returns null after an error, which is printed.
  static std::unique_ptr<GeneratedCode> create();
  ~GeneratedCode();

  /// \returns false after an error, which is printed.
  bool add(const std::string &kind, std::unique_ptr<llvm::MemoryBuffer> object);

  /// The steps for one kind of code, by rising number of rows; empty after an
  /// error, which is printed.
  std::span<const rt::ProgramVariant> variants(llvm::StringRef kind) const;

private:
  explicit GeneratedCode(std::unique_ptr<llvm::orc::LLJIT> jit);

  std::unique_ptr<llvm::orc::LLJIT> jit;
  llvm::StringMap<size_t> variantCounts;
};

} // namespace tenon::test

#endif // TENON_TEST_NUMERIC_GENERATEDCODE_H

//===- GeneratedModel.h - Compiled code and weights in this process -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A checkpoint is compiled by the real compiler. The objects it links are
// loaded into this process, and the weights come from the payload of the file
// it makes, so that a test can run steps that the file has no command for.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_NUMERIC_GENERATEDMODEL_H
#define TENON_TEST_NUMERIC_GENERATEDMODEL_H

#include "GeneratedCode.h"

#include "runtime/ModelInfo.h"
#include "runtime/Payload.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tenon::test {

class GeneratedModel {
public:
  /// Compiles the checkpoint `name` of the tests for `kinds`.
  /// \returns null after an error, which is printed.
  static std::unique_ptr<GeneratedModel> compile(llvm::StringRef name, bool asF32,
                                                 const std::vector<std::string> &kinds);
  ~GeneratedModel();

  const rt::ModelInfo &info() const;
  std::span<const std::byte> weights() const;
  std::span<const uint64_t> weightOffsets() const;

  /// The steps for one kind of code, by rising number of rows; empty after an
  /// error, which is printed.
  std::span<const rt::ProgramVariant> variants(llvm::StringRef kind) const;

private:
  GeneratedModel();
  bool openPayload(llvm::StringRef file);
  bool loadObject(llvm::StringRef folder, const std::string &kind);

  std::unique_ptr<llvm::MemoryBuffer> file;
  std::optional<rt::Payload> payload;
  std::unique_ptr<GeneratedCode> code;
};

} // namespace tenon::test

#endif // TENON_TEST_NUMERIC_GENERATEDMODEL_H

//===- ImporterTest.h - Folders and messages of the importer's tests ------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_IMPORTERS_HUGGINGFACE_IMPORTERTEST_H
#define TENON_TEST_IMPORTERS_HUGGINGFACE_IMPORTERTEST_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace tenon::test {

/// A context whose diagnostics are kept as "severity: file:line: text", with
/// the file's name only and without ":line" for a whole file.
class ImporterTest : public testing::Test {
protected:
  ImporterTest()
      : handler(&context, [this](mlir::Diagnostic &diagnostic) {
          messages.push_back(describe(diagnostic));
          return mlir::success();
        }) {}

  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("tenon-importer", folder));
  }
  /// Not remove_directories of LLVM, which leaves pipes and their folder.
  void TearDown() override {
    std::error_code error;
    std::filesystem::remove_all(folder.str().str(), error);
    EXPECT_FALSE(error) << error.message();
  }

  std::string path(llvm::StringRef name) const {
    llvm::SmallString<128> result(folder);
    llvm::sys::path::append(result, name);
    return result.str().str();
  }
  void write(llvm::StringRef name, llvm::StringRef content) const {
    std::ofstream(path(name), std::ios::binary) << content.str();
  }
  std::string joined() const {
    std::string all;
    for (const std::string &message : messages)
      all += message + "\n";
    return all;
  }

  mlir::MLIRContext context;
  std::vector<std::string> messages;
  llvm::SmallString<128> folder;

private:
  static std::string describe(mlir::Diagnostic &diagnostic) {
    std::string text;
    switch (diagnostic.getSeverity()) {
    case mlir::DiagnosticSeverity::Error:
      text = "error: ";
      break;
    case mlir::DiagnosticSeverity::Warning:
      text = "warning: ";
      break;
    default:
      text = "note: ";
      break;
    }
    if (auto place = llvm::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation())) {
      text += llvm::sys::path::filename(place.getFilename().getValue()).str() + ":";
      if (place.getLine())
        text += std::to_string(place.getLine()) + ":";
      text += " ";
    }
    return text + diagnostic.str();
  }

  mlir::ScopedDiagnosticHandler handler;
};

/// A safetensors file of the JSON text `header` and `dataBytes` bytes, each
/// being its offset modulo 251.
inline std::string safetensors(llvm::StringRef header, uint64_t dataBytes) {
  uint64_t size = header.size();
  std::string file(sizeof(size), '\0');
  std::memcpy(file.data(), &size, sizeof(size));
  file += header.str();
  for (uint64_t offset = 0; offset < dataBytes; ++offset)
    file += static_cast<char>(offset % 251);
  return file;
}

} // namespace tenon::test

#endif // TENON_TEST_IMPORTERS_HUGGINGFACE_IMPORTERTEST_H

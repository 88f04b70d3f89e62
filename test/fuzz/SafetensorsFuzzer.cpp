//===- SafetensorsFuzzer.cpp - Any bytes as a safetensors file ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Besides not crashing, what the reader lets through must hold: each tensor
// lies inside the file, none overlaps another, and sizes are exact.
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Safetensors.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <cstdlib>

using namespace tenon::hf;

/// Ends the process, so that the fuzzer keeps the input.
static void require(bool condition) {
  if (!condition)
    std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  bool told = false;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    told = true;
    require(diagnostic.str().find('\n') == std::string::npos);
    return mlir::success();
  });
  mlir::Location location = mlir::FileLineColLoc::get(&context, "input", 0, 0);
  llvm::StringRef file(reinterpret_cast<const char *>(data), size);

  std::optional<uint64_t> headerBytes = readSafetensorsPrefix(location, file.take_front(64), size);
  require(headerBytes.has_value() != told);
  if (!headerBytes)
    return 0;
  llvm::StringRef rest = file.drop_front(safetensorsPrefixBytes);
  std::vector<TensorEntry> tensors;
  bool read = mlir::succeeded(readSafetensorsHeader(location, rest.take_front(*headerBytes),
                                                    rest.size() - *headerBytes, 0, tensors));
  require(read != told);
  if (!read)
    return 0;
  uint64_t end = safetensorsPrefixBytes + *headerBytes;
  for (const TensorEntry &tensor : tensors) {
    require(tensor.offset == end);
    end += tensor.sizeBytes;
    unsigned __int128 bits = elementTypeBits(tensor.type);
    for (int64_t extent : tensor.shape)
      bits = extent == 0 || bits == 0 ? 0 : bits * static_cast<uint64_t>(extent);
    require(bits == static_cast<unsigned __int128>(tensor.sizeBytes) * 8);
  }
  require(end == size);
  return 0;
}

//===- Safetensors.h - Reads the header of a safetensors file -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A safetensors file is `u64 N | N bytes of JSON | data`; the JSON names each
// tensor's element type, shape and range of bytes in the data. These functions
// check all that can be checked without reading the data, and only then hand
// out entries: whoever holds a TensorEntry knows that its bytes lie inside the
// file as it was when it was opened.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_SAFETENSORS_H
#define TENON_IMPORTERS_HUGGINGFACE_SAFETENSORS_H

#include "mlir/IR/Location.h"
#include "mlir/IR/Types.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tenon::hf {

/// The element types of the format; the table in Safetensors.cpp has their
/// names and sizes.
enum class ElementType : uint8_t {
  BOOL,
  U8,
  I8,
  F8_E5M2,
  F8_E4M3,
  F8_E8M0,
  F8_E4M3FNUZ,
  F8_E5M2FNUZ,
  I16,
  U16,
  F16,
  BF16,
  I32,
  U32,
  F32,
  I64,
  U64,
  F64,
  C64,
  F4,
  F6_E2M3,
  F6_E3M2,
};

/// As the file spells it: "BF16".
llvm::StringRef elementTypeName(ElementType type);
unsigned elementTypeBits(ElementType type);
/// f32, f16 or bf16 of MLIR; null for every other type.
mlir::Type mlirElementType(mlir::MLIRContext *context, ElementType type);

/// A tensor of a checkpoint: where its bytes lie. Row-major.
struct TensorEntry {
  std::string name;
  ElementType type;
  llvm::SmallVector<int64_t, 4> shape; ///< [] for a scalar
  unsigned file = 0;                   ///< index into Checkpoint::files()
  uint64_t offset = 0;                 ///< of the first byte, from the start of the file
  uint64_t sizeBytes = 0;

  /// The size of the outermost dimension; 1 for a scalar.
  uint64_t rows() const { return shape.empty() ? 1 : static_cast<uint64_t>(shape[0]); }
};

/// The bytes before the header: its length.
inline constexpr uint64_t safetensorsPrefixBytes = 8;
/// The format's own limit on the header.
inline constexpr uint64_t safetensorsMaxHeaderBytes = 100'000'000;

/// Checks the first bytes of a file of `fileBytes` bytes; `start` holds as many
/// of them as there are, 64 suffice to recognize other formats. \returns the
/// length of the header, or nothing after an error at `location`.
std::optional<uint64_t> readSafetensorsPrefix(mlir::Location location, llvm::StringRef start,
                                              uint64_t fileBytes);

/// Reads the header `text`, which `dataBytes` bytes of data follow, and appends
/// its tensors in the order of their bytes; `file` goes into each entry.
/// Reports every tensor that is wrong, at `location`.
llvm::LogicalResult readSafetensorsHeader(mlir::Location location, llvm::StringRef text,
                                          uint64_t dataBytes, unsigned file,
                                          std::vector<TensorEntry> &tensors);

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_SAFETENSORS_H

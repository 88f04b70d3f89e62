//===- ModelFolder.h - Finds the files of a checkpoint folder -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_FILES_MODELFOLDER_H
#define TENON_IMPORTERS_FILES_MODELFOLDER_H

#include "mlir/IR/Location.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <optional>
#include <string>

namespace tenon {

/// The location of a file as a whole. Its line is 0: a handler that prints
/// source lines must not open a file of gigabytes for one.
mlir::Location fileLocation(mlir::MLIRContext *context, llvm::StringRef path);

/// Refuses what is no folder that can be read: a file, a name on the Hugging
/// Face hub, a path that does not exist.
llvm::LogicalResult checkModelFolder(mlir::MLIRContext *context, llvm::StringRef folder);

/// Where the weights of a folder are.
struct WeightFiles {
  std::string path; ///< a safetensors file, or the index of a sharded checkpoint
  bool sharded;
};

/// Finds the weights of `folder`; a folder that holds only weights of another
/// kind is refused with the way to convert them.
std::optional<WeightFiles> findWeightFiles(mlir::MLIRContext *context, llvm::StringRef folder);

/// Reads a text file whole, at most `maxBytes` of it. \returns null after an
/// error. A git-lfs pointer is refused as one.
std::unique_ptr<llvm::MemoryBuffer> readTextFile(mlir::MLIRContext *context, llvm::StringRef path,
                                                 uint64_t maxBytes);

} // namespace tenon

#endif // TENON_IMPORTERS_FILES_MODELFOLDER_H

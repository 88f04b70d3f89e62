//===- Checkpoint.h - The tensors of a checkpoint folder ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Headers are read at once, tensors when they are asked for, with pread into
// the caller's buffer. A map would be as fast, but a file that another process
// shortens would then kill us with SIGBUS; a read only fails.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_CHECKPOINT_H
#define TENON_IMPORTERS_HUGGINGFACE_CHECKPOINT_H

#include "importers/Diagnostics/WarningOptions.h"
#include "importers/HuggingFace/Safetensors.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"

#include <string>
#include <vector>

namespace tenon::hf {

class Checkpoint {
public:
  /// Opens the weights of `folder`: model.safetensors, or the shards that
  /// model.safetensors.index.json lists. Every fault is told as an error at
  /// the file it is in.
  static llvm::FailureOr<Checkpoint> open(mlir::MLIRContext *context, llvm::StringRef folder,
                                          const WarningOptions &warnings = {});

  Checkpoint(Checkpoint &&other) noexcept;
  Checkpoint &operator=(Checkpoint &&other) noexcept;
  ~Checkpoint();

  /// All tensors: file by file, in the order of their bytes.
  llvm::ArrayRef<TensorEntry> tensors() const { return entries; }
  /// The tensor `name`, or null. It lives as long as the checkpoint.
  const TensorEntry *find(llvm::StringRef name) const;
  /// The paths of the files.
  llvm::ArrayRef<std::string> files() const { return paths; }
  /// Of all tensors together.
  uint64_t sizeBytes() const;

  /// Where messages about `tensor` point: its file.
  mlir::Location location(const TensorEntry &tensor) const;

  /// Reads the rows [firstRow, firstRow + rows) of `tensor`, a row being one
  /// index of its outermost dimension, into `bytes`, which has their size.
  /// Any number of threads may call it. \returns failure, after an error, when
  /// the file became shorter or cannot be read.
  llvm::LogicalResult read(const TensorEntry &tensor, uint64_t firstRow, uint64_t rows,
                           llvm::MutableArrayRef<char> bytes) const;
  /// The same for the bytes of `tensor` from byte `offset` on.
  llvm::LogicalResult readBytes(const TensorEntry &tensor, uint64_t offset,
                                llvm::MutableArrayRef<char> bytes) const;

private:
  explicit Checkpoint(mlir::MLIRContext *context) : context(context) {}
  llvm::LogicalResult openFile(llvm::StringRef path);
  llvm::LogicalResult openShards(llvm::StringRef indexPath, const WarningOptions &warnings);
  llvm::LogicalResult indexByName();
  llvm::LogicalResult readAt(unsigned file, uint64_t offset, llvm::MutableArrayRef<char> bytes,
                             const llvm::Twine &what) const;
  void closeFiles();

  mlir::MLIRContext *context;
  std::vector<std::string> paths;
  std::vector<int> descriptors; ///< one for each path
  std::vector<TensorEntry> entries;
  llvm::StringMap<size_t> byName;
};

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_CHECKPOINT_H

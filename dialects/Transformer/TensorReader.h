//===- TensorReader.h - Where the bytes of sources come from --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_TENSORREADER_H
#define TENON_DIALECTS_TRANSFORMER_TENSORREADER_H

#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/IR/Location.h"

namespace tenon {

/// Reads the tensors that sources name. Importers implement it for their files,
/// so that any number of threads may read; others say so if they do not.
class TensorReader {
public:
  virtual ~TensorReader();
  /// Reads the bytes of `source` from byte `offset` on into `bytes`; all of
  /// them are inside the tensor. \returns failure after an error, at `loc` when
  /// there is no such tensor.
  virtual mlir::LogicalResult read(transformer::SourceAttr source, uint64_t offset,
                                   llvm::MutableArrayRef<char> bytes, mlir::Location loc) = 0;
};

} // namespace tenon

#endif // TENON_DIALECTS_TRANSFORMER_TENSORREADER_H

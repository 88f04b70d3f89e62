//===- Npy.h - Tensors in files as numpy writes them ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_NPY_H
#define TENON_TOOLS_TENON_NPY_H

#include "codegen/Reference/HostTensor.h"
#include "runtime/Status.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace tenon {

/// Parses the bytes of an .npy file (version 1 to 3; i1, i4, i8, f2, f4, f8,
/// little-endian, row-major; f8 is rounded to f32). Trusts nothing in them.
/// \returns failure after an error by `emitError`.
llvm::FailureOr<HostTensor> parseNpy(llvm::StringRef bytes,
                                     llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

/// Reads the file `path`.
llvm::FailureOr<HostTensor> readNpy(mlir::MLIRContext *context, llvm::StringRef path);

/// Writes `tensor` to `path`; bf16, which numpy lacks, as f32.
/// It appears whole or not at all.
rt::Status writeNpy(llvm::StringRef path, const HostTensor &tensor);

} // namespace tenon

#endif // TENON_TOOLS_TENON_NPY_H

//===- LowerReference.h - From the reference form to the llvm dialect -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_LOWERREFERENCE_H
#define TENON_CODEGEN_REFERENCE_LOWERREFERENCE_H

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace tenon {

/// Adds the passes from the reference form to the llvm dialect. Every
/// public function has a C interface, of descriptors, in what they make.
void buildReferencePipeline(mlir::OpPassManager &manager);

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_LOWERREFERENCE_H

//===- DecoderImporter.h - A decoder in the transformer stage -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_DECODERIMPORTER_H
#define TENON_IMPORTERS_HUGGINGFACE_DECODERIMPORTER_H

#include "importers/HuggingFace/Model.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace tenon::hf {

struct DecoderImportOptions {
  /// Weights and states are f32, whatever the checkpoint has.
  bool widenToF32 = false;
};

/// Writes `model` as a program of the transformer stage: `@step` over one
/// function for each distinct kind of layer. Locations name files and tensors.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importDecoder(mlir::MLIRContext *context, const Model &model, const DecoderImportOptions &options);

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_DECODERIMPORTER_H

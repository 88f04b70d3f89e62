//===- Registry.h - Every dialect and pass of the tools -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_REGISTRY_H
#define TENON_DIALECTS_REGISTRY_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace tenon {

/// Adds Tenon's dialects, the upstream ones that the stages are written in,
/// and their interfaces and translations to LLVM IR.
void registerDialects(mlir::DialectRegistry &registry);

/// Registers Tenon's passes and the upstream ones that pipelines name.
void registerPasses();

} // namespace tenon

#endif // TENON_DIALECTS_REGISTRY_H

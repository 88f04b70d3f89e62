//===- ReferenceJit.h - LLVM-dialect code in this process -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_REFERENCEJIT_H
#define TENON_CODEGEN_REFERENCE_REFERENCEJIT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"

#include <memory>
#include <string>

namespace tenon {

/// Machine code of a module of the llvm dialect, to be called from here.
class ReferenceJit {
public:
  /// Where the code gets memory from. It gives none back.
  class Allocator {
  public:
    virtual ~Allocator();
    virtual void *allocate(size_t sizeBytes) = 0;
  };

  /// Compiles `module` for this machine. External globals named in `symbols`
  /// lie at these addresses. \returns null after an error.
  static std::unique_ptr<ReferenceJit>
  create(mlir::ModuleOp module, llvm::ArrayRef<std::pair<std::string, void *>> symbols);
  ~ReferenceJit();

  /// Calls the C interface of `function` with `arguments`, as many as it takes:
  /// pointers to descriptors of memory, and to scalars. Memory of the call comes
  /// from `allocator`.
  llvm::LogicalResult call(llvm::StringRef function, llvm::ArrayRef<void *> arguments,
                           Allocator &allocator);

private:
  struct State;
  explicit ReferenceJit(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_REFERENCEJIT_H

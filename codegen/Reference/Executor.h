//===- Executor.h - Runs functions of the transformer stage ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_EXECUTOR_H
#define TENON_CODEGEN_REFERENCE_EXECUTOR_H

#include "codegen/Reference/HostTensor.h"
#include "codegen/Reference/WeightValues.h"

#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <memory>

namespace mlir {
class PassManager;
} // namespace mlir

namespace tenon {

/// How a program is made.
struct ReferenceOptions {
  /// Called with each pass manager before it runs: timing, printing.
  std::function<llvm::LogicalResult(mlir::PassManager &)> configure;
};

/// A module of the transformer stage, compiled into this process by its
/// reference form: slow, and without any lowering of its own for an op or a
/// machine.
class ReferenceProgram {
public:
  /// Compiles a copy of `module`, whose weights `weights` provides (it may be
  /// null when the module has none that are used). Public functions can be
  /// called that take and return tensors, weights, rows and states.
  static llvm::FailureOr<ReferenceProgram> create(mlir::ModuleOp module, TensorReader *weights,
                                                  const ReferenceOptions &options = {});
  ReferenceProgram(ReferenceProgram &&) noexcept;
  ReferenceProgram &operator=(ReferenceProgram &&) noexcept;
  ~ReferenceProgram();

  /// Calls `function` with the tensors of all its arguments in order (a value
  /// of the transformer dialect is the tensors that its type names).
  /// \returns those of all results; failure after an error when there is no
  /// such function, or when an argument has another type. Values are not
  /// checked: a row number outside of its tensor is undefined behaviour.
  llvm::FailureOr<std::vector<HostTensor>> call(llvm::StringRef function,
                                                llvm::ArrayRef<HostTensor> arguments);

private:
  struct State;
  explicit ReferenceProgram(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_EXECUTOR_H

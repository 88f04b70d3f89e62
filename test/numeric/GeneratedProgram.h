//===- GeneratedProgram.h - A step program, run in three ways -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program of the transformer stage, in a file, goes through the stages of a
// compilation and the code generator in this process. It can be run by its
// meaning, by the executor of the task stage, and by the code of each kind, all
// with the same random weights.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_NUMERIC_GENERATEDPROGRAM_H
#define TENON_TEST_NUMERIC_GENERATEDPROGRAM_H

#include "GeneratedCode.h"

#include "codegen/Reference/TaskExecutor.h"
#include "runtime/ModelInfo.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>

namespace tenon::test {

class GeneratedProgram {
public:
  /// Compiles the program `name` of the folder steps for `kinds`.
  /// \returns null after an error, which is printed.
  static std::unique_ptr<GeneratedProgram> compile(const std::string &name,
                                                   const std::vector<std::string> &kinds);
  ~GeneratedProgram();

  const rt::ModelInfo &info() const { return modelInfo; }
  std::span<const std::byte> weights() const { return {weightBytes, weightSize}; }
  std::span<const uint64_t> weightOffsets() const { return offsets; }
  std::span<const rt::ProgramVariant> variants(llvm::StringRef kind) const {
    return code->variants(kind);
  }
  /// The phases of the task stage, with new, empty states.
  TaskProgram tasks();

  /// States of `sequences` sequences of up to `positions` positions, in which
  /// nothing was written: the reference form of the step's states.
  std::vector<HostTensor> emptyStates(int64_t sequences, int64_t positions);
  /// The logits of all rows of a step by the meaning of the ops; `states` are
  /// replaced.
  HostTensor runReference(const TaskRows &rows, std::vector<HostTensor> &states);

private:
  GeneratedProgram();
  bool load(const std::string &name);
  bool generate(const std::string &kind);
  bool packWeights();

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module; ///< as in the file
  mlir::OwningOpRef<mlir::ModuleOp> taskModule;
  std::optional<ReferenceProgram> reference;
  std::unique_ptr<GeneratedCode> code;
  rt::ModelInfo modelInfo = {};
  std::byte *weightBytes = nullptr;
  size_t weightSize = 0;
  std::vector<uint64_t> offsets;
};

} // namespace tenon::test

#endif // TENON_TEST_NUMERIC_GENERATEDPROGRAM_H

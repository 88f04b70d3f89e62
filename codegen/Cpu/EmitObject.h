//===- EmitObject.h - Machine code of a program ---------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_CPU_EMITOBJECT_H
#define TENON_CODEGEN_CPU_EMITOBJECT_H

#include "codegen/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"

namespace tenon::cpu {

/// A step of a module of the llvm dialect, as convert-kernels-to-llvm leaves it.
struct StepFacts {
  std::string name;
  int64_t rows;         ///< that it takes at most
  int64_t scratchBytes; ///< shared by all workers
  int64_t workerBytes;  ///< of each worker, temporaries of its kernels among them
  bool roundsRows;      ///< see rt::ProgramVariant
};

/// The steps of `module`, by rising rows.
llvm::SmallVector<StepFacts> stepsOf(mlir::ModuleOp module);

enum class EmitKind { Object, Assembly, LlvmIr };

/// Compiles a module of the llvm dialect, as convert-kernels-to-llvm leaves
/// it, for `target`. Its steps become functions of type rt::StepFunction, and
/// `tenon_variants_<target>` their table.
mlir::FailureOr<llvm::SmallVector<char, 0>> emitProgram(mlir::ModuleOp module, const Target &target,
                                                        EmitKind kind);

/// The object that lists the programs of `targets`, best first:
/// `tenon_programs` and `tenon_program_count`. `variantCounts` are the lengths
/// of their tables.
llvm::SmallVector<char, 0> emitDirectory(llvm::ArrayRef<const Target *> targets,
                                         llvm::ArrayRef<int64_t> variantCounts);

} // namespace tenon::cpu

#endif // TENON_CODEGEN_CPU_EMITOBJECT_H

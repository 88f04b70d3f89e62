//===- Compilation.h - From a checkpoint to one file ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The steps of `tenon compile`, apart from its command line: read the model,
// run the stages for each target, make machine code, link, write.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_COMPILATION_H
#define TENON_TOOLS_TENON_COMPILATION_H

#include "codegen/Target.h"
#include "dialects/Transformer/TransformerDialect.h"
#include "importers/Diagnostics/WarningOptions.h"
#include "importers/HuggingFace/Model.h"
#include "runtime/Status.h"
#include "tools/tenon/FileContent.h"
#include "tools/tenon/PassInsertion.h"
#include "tools/tenon/Prediction.h"
#include "tools/tenon/Progress.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"

#include <optional>
#include <string>
#include <vector>

namespace tenon {

/// What the command line asks for.
struct CompileOptions {
  std::string model;                   ///< folder of the checkpoint
  std::string output;                  ///< path of the executable
  std::vector<const Target *> targets; ///< best first
  std::string emit;                    ///< stage to stop after; empty: the executable
  std::string from;                    ///< stage that `program` is of; empty: import the checkpoint
  std::string program;                 ///< file to resume from
  std::string dumpFolder;              ///< one file for each stage; empty: none
  std::string saveTempsFolder;         ///< objects and assembly; empty: none
  bool withTokenizer = true;
  bool widenToF32 = false;    ///< weights and states in f32
  std::optional<bool> verify; ///< against the reference; none: where it is quick
  bool verbose = false;
  std::vector<PassInsertion> insertions;
  WarningOptions warnings;
};

class Compilation {
public:
  Compilation(mlir::MLIRContext &context, CompileOptions options);

  /// Machine code of one target.
  using Object = llvm::SmallVector<char, 0>;

  /// Does it all. Errors were told as diagnostics or are in the status.
  rt::Status run();

  /// Does all of it but packing weights and writing, and tells what these would
  /// take and make. Errors are told as by run(), those of the
  /// model and of its text together.
  rt::Expected<Prediction> predict();

  /// The model that was read.
  const hf::Model &source() const { return *model; }

private:
  mlir::MLIRContext &context;
  CompileOptions options;
  std::optional<hf::Model> model;
  mlir::DefaultTimingManager timingManager;
  mlir::TimingScope timing;
  int dumped = 0;
  FileContent content;
  llvm::SmallVector<int64_t> variantCounts; ///< steps of each target

  rt::Status readModel();
  rt::Status import(mlir::OwningOpRef<mlir::ModuleOp> &module);
  rt::Status parse(mlir::OwningOpRef<mlir::ModuleOp> &module);
  rt::Status checkSource(mlir::Location loc, transformer::SourceAttr source);
  rt::Status runStage(size_t stage, mlir::ModuleOp module, const Target &target);
  rt::Status dump(mlir::ModuleOp module, llvm::StringRef stage, const Target *target);
  /// Makes `objects`, or what --emit asks for; `tasks` becomes the program of
  /// the task stage. Memory that steps need goes to `prediction`, if given.
  rt::Status compileTargets(mlir::ModuleOp module, size_t firstStage,
                            mlir::OwningOpRef<mlir::ModuleOp> &tasks, std::vector<Object> &objects,
                            Prediction *prediction = nullptr);
  rt::Status emitCode(mlir::ModuleOp module, const Target &target, std::vector<Object> &objects);
  rt::Status countSteps(mlir::ModuleOp tasks);
  void tellSteps(mlir::ModuleOp program, const Target &target);
  rt::Status checkSameData(mlir::ModuleOp first, mlir::ModuleOp other, const Target &target);
  rt::Status readText();
  rt::Status link(mlir::ModuleOp tasks, std::vector<Object> &objects);
  rt::Status writeFile(mlir::ModuleOp tasks, llvm::ArrayRef<Object> objects);
  rt::Status prepareVerification(mlir::ModuleOp program);
  rt::Status verify(llvm::StringRef path);
  rt::Status saveTemp(llvm::StringRef name, llvm::ArrayRef<char> bytes);
  Progress show(std::string what) const;
  void note(const llvm::Twine &text);
};

} // namespace tenon

#endif // TENON_TOOLS_TENON_COMPILATION_H

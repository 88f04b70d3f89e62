//===- EmitObject.cpp - Machine code of a program -------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The code is already vectorized, so LLVM's vectorizers and its unroller stay
// off: they would only add copies of loops for short trip counts.
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/EmitObject.h"

#include "codegen/Cpu/KernelArguments.h"
#include "runtime/StepAbi.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

#include <cstddef>
#include <mutex>

namespace tenon::cpu {

// KernelArguments.h and StepAbi.h list the same members.
#define TENON_SAME_PLACE(argument, member)                                                         \
  static_assert(offsetof(rt::StepArguments, member) == 8 * argument)
TENON_SAME_PLACE(Weights, weights);
TENON_SAME_PLACE(WeightOffsets, weightOffsets);
TENON_SAME_PLACE(Scratch, scratch);
TENON_SAME_PLACE(Pages, pages);
TENON_SAME_PLACE(Slots, slots);
TENON_SAME_PLACE(Tokens, tokens);
TENON_SAME_PLACE(Embeddings, embeddings);
TENON_SAME_PLACE(Positions, positions);
TENON_SAME_PLACE(RowSequence, rowSequence);
TENON_SAME_PLACE(Wanted, wanted);
TENON_SAME_PLACE(SequenceSlot, sequenceSlot);
TENON_SAME_PLACE(PageTable, pageTable);
TENON_SAME_PLACE(Logits, logits);
TENON_SAME_PLACE(Rows, rows);
TENON_SAME_PLACE(WantedRows, wantedRows);
TENON_SAME_PLACE(Sequences, sequences);
TENON_SAME_PLACE(PagesPerSequence, pagesPerSequence);
TENON_SAME_PLACE(Barrier, barrier);
#undef TENON_SAME_PLACE
static_assert(sizeof(rt::StepArguments) == 8 * stepArgumentCount);

static constexpr llvm::StringLiteral tripleName = "x86_64-unknown-linux-gnu";

static std::unique_ptr<llvm::TargetMachine> makeMachine(const Target &target) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
  llvm::Triple triple(tripleName);
  std::string error;
  const llvm::Target *backend = llvm::TargetRegistry::lookupTarget(triple, error);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Fast;
  options.FunctionSections = true;
  return std::unique_ptr<llvm::TargetMachine>(
      backend->createTargetMachine(triple, target.cpu, target.features, options, llvm::Reloc::PIC_,
                                   std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

//===----------------------------------------------------------------------===//
// What the runtime calls
//===----------------------------------------------------------------------===//

/// void step(const StepArguments *, i64 worker, i64 workers): loads the members
/// and calls the step proper.
static llvm::Function *writeEntry(llvm::Function *step, llvm::StringRef name) {
  llvm::Module &module = *step->getParent();
  llvm::LLVMContext &context = module.getContext();
  llvm::Type *i64 = llvm::Type::getInt64Ty(context), *pointer = llvm::PointerType::get(context, 0);
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer, i64, i64}, false);
  auto *entry = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, module);
  entry->setVisibility(llvm::GlobalValue::HiddenVisibility);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "entry", entry));
  llvm::SmallVector<llvm::Value *> arguments;
  for (unsigned i = 0; i < stepArgumentCount; ++i) {
    llvm::Value *place = builder.CreateConstInBoundsGEP1_64(i64, entry->getArg(0), i);
    arguments.push_back(builder.CreateLoad(step->getArg(i)->getType(), place));
  }
  arguments.push_back(entry->getArg(1));
  arguments.push_back(entry->getArg(2));
  builder.CreateCall(step, arguments);
  builder.CreateRetVoid();
  return entry;
}

llvm::SmallVector<StepFacts> stepsOf(mlir::ModuleOp module) {
  llvm::SmallVector<StepFacts> steps;
  for (auto function : module.getOps<mlir::LLVM::LLVMFuncOp>()) {
    auto number = [&](llvm::StringRef name) {
      auto attribute = function->getAttrOfType<mlir::IntegerAttr>(name);
      return attribute ? attribute.getInt() : 0;
    };
    if (function->hasAttr("tenon.step"))
      steps.push_back({function.getName().str(), number("tenon.step"),
                       number("tenon.scratch_bytes"), number("tenon.worker_bytes"),
                       function->hasAttr("tenon.rounds_rows")});
  }
  llvm::sort(steps, [](const StepFacts &a, const StepFacts &b) { return a.rows < b.rows; });
  return steps;
}

/// The constant array of rt::ProgramVariant.
static void writeVariants(llvm::Module &module, llvm::ArrayRef<StepFacts> steps,
                          const Target &target) {
  llvm::LLVMContext &context = module.getContext();
  llvm::Type *i64 = llvm::Type::getInt64Ty(context), *pointer = llvm::PointerType::get(context, 0);
  auto *type = llvm::StructType::get(context, {i64, i64, i64, pointer, i64});
  llvm::SmallVector<llvm::Constant *> variants;
  for (const StepFacts &step : steps) {
    std::string name = "tenon_step_" + std::to_string(step.rows) + "." + symbolSuffix(target);
    llvm::Function *entry = writeEntry(module.getFunction(step.name), name);
    variants.push_back(
        llvm::ConstantStruct::get(type, {llvm::ConstantInt::get(i64, step.rows),
                                         llvm::ConstantInt::get(i64, step.scratchBytes),
                                         llvm::ConstantInt::get(i64, step.workerBytes), entry,
                                         llvm::ConstantInt::get(i64, step.roundsRows)}));
  }
  auto *table = llvm::ConstantArray::get(llvm::ArrayType::get(type, variants.size()), variants);
  auto *global = new llvm::GlobalVariable(module, table->getType(), /*isConstant=*/true,
                                          llvm::GlobalValue::ExternalLinkage, table,
                                          "tenon_variants_" + symbolSuffix(target));
  global->setVisibility(llvm::GlobalValue::HiddenVisibility);
}

//===----------------------------------------------------------------------===//
// Optimization and emission
//===----------------------------------------------------------------------===//

/// Gives every function the machine's attributes.
static void setAttributes(llvm::Module &module, const Target &target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.features);
    function.addFnAttr("prefer-vector-width", "512");
    function.addFnAttr("frame-pointer", "none");
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
}

/// Everything but the entries is known to this object only. Kernels stay
/// functions, so that profiles name them; the name tells the machine, since
/// several programs lie in one file.
static void hideKernels(llvm::Module &module, const Target &target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.setLinkage(llvm::GlobalValue::InternalLinkage);
    bool isStep = function.getName().ends_with(".run");
    function.addFnAttr(isStep ? llvm::Attribute::AlwaysInline : llvm::Attribute::NoInline);
    if (!isStep)
      function.setName(function.getName() + "." + symbolSuffix(target));
  }
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  tuning.LoopUnrolling = false;
  llvm::PassBuilder builder(&machine, tuning);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graph;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graph, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
}

static llvm::SmallVector<char, 0> emit(llvm::Module &module, llvm::TargetMachine &machine,
                                       EmitKind kind) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  if (kind == EmitKind::LlvmIr) {
    module.print(stream, nullptr);
    return bytes;
  }
  llvm::legacy::PassManager passes;
  bool refused =
      machine.addPassesToEmitFile(passes, stream, nullptr,
                                  kind == EmitKind::Object ? llvm::CodeGenFileType::ObjectFile
                                                           : llvm::CodeGenFileType::AssemblyFile);
  assert(!refused && "the x86 back end emits objects and assembly");
  (void)refused;
  passes.run(module);
  return bytes;
}

mlir::FailureOr<llvm::SmallVector<char, 0>> emitProgram(mlir::ModuleOp module, const Target &target,
                                                        EmitKind kind) {
  llvm::SmallVector<StepFacts> steps = stepsOf(module);
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated =
      mlir::translateModuleToLLVMIR(module, context, symbolSuffix(target));
  if (!translated)
    return mlir::failure();
  std::unique_ptr<llvm::TargetMachine> machine = makeMachine(target);
  translated->setTargetTriple(machine->getTargetTriple());
  translated->setDataLayout(machine->createDataLayout());
  hideKernels(*translated, target);
  writeVariants(*translated, steps, target);
  setAttributes(*translated, target);
  std::string broken;
  llvm::raw_string_ostream reason(broken);
  if (llvm::verifyModule(*translated, &reason))
    return module.emitError("the emitted LLVM IR is malformed: ") << broken;
  optimize(*translated, *machine);
  return emit(*translated, *machine, kind);
}

llvm::SmallVector<char, 0> emitDirectory(llvm::ArrayRef<const Target *> targets,
                                         llvm::ArrayRef<int64_t> variantCounts) {
  llvm::LLVMContext context;
  llvm::Module module("programs", context);
  std::unique_ptr<llvm::TargetMachine> machine = makeMachine(*targets.back());
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  llvm::Type *i64 = llvm::Type::getInt64Ty(context), *pointer = llvm::PointerType::get(context, 0);
  auto *type = llvm::StructType::get(context, {pointer, i64, i64, pointer});
  llvm::SmallVector<llvm::Constant *> programs;
  for (auto [target, count] : llvm::zip(targets, variantCounts)) {
    llvm::Constant *text = llvm::ConstantDataArray::getString(context, target->name);
    auto *name = new llvm::GlobalVariable(module, text->getType(), true,
                                          llvm::GlobalValue::PrivateLinkage, text);
    auto *variants =
        new llvm::GlobalVariable(module, pointer, true, llvm::GlobalValue::ExternalLinkage, nullptr,
                                 "tenon_variants_" + symbolSuffix(*target));
    programs.push_back(llvm::ConstantStruct::get(
        type, {name, llvm::ConstantInt::get(i64, target->requiredFeatures),
               llvm::ConstantInt::get(i64, count), variants}));
  }
  auto *table = llvm::ConstantArray::get(llvm::ArrayType::get(type, programs.size()), programs);
  new llvm::GlobalVariable(module, table->getType(), true, llvm::GlobalValue::ExternalLinkage,
                           table, "tenon_programs");
  new llvm::GlobalVariable(module, i64, true, llvm::GlobalValue::ExternalLinkage,
                           llvm::ConstantInt::get(i64, programs.size()), "tenon_program_count");
  return emit(module, *machine, EmitKind::Object);
}

} // namespace tenon::cpu

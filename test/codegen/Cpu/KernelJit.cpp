//===- KernelJit.cpp - Runs the text of a kernel in this process ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelJit.h"

#include "codegen/Cpu/Passes.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/Transforms/RequestCWrappers.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;
namespace orc = llvm::orc;

namespace tenon::test {

std::vector<std::string> runnableCpus() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> cpus;
  if (features.lookup("avx2") && features.lookup("fma") && features.lookup("f16c"))
    cpus.push_back("x86-64-v3");
  if (features.lookup("avx512bw") && features.lookup("avx512vl") && features.lookup("avx512dq"))
    cpus.push_back("x86-64-v4");
  return cpus;
}

struct KernelJit::State {
  std::unique_ptr<orc::LLJIT> jit;
};

KernelJit::KernelJit(std::unique_ptr<State> state) : state(std::move(state)) {}
KernelJit::~KernelJit() = default;

static void registerAll(MLIRContext &context) {
  DialectRegistry registry;
  registry
      .insert<affine::AffineDialect, arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect,
              math::MathDialect, memref::MemRefDialect, scf::SCFDialect, vector::VectorDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
}

static LogicalResult lower(ModuleOp module, Lowering lowering) {
  PassManager passes(module.getContext());
  passes.addNestedPass<func::FuncOp>(LLVM::createLLVMRequestCWrappersPass());
  if (lowering == Lowering::Lanes) {
    passes.addNestedPass<func::FuncOp>(createVectorizeLinalgPass());
    passes.addPass(createLowerVectorMathPass());
  } else {
    passes.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
    arith::ArithExpandOpsPassOptions options;
    options.includeBf16 = true;
    passes.addPass(arith::createArithExpandOpsPass(options));
    passes.addPass(createConvertMathToLibmPass());
  }
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(memref::createExpandStridedMetadataPass());
  passes.addPass(createLowerAffinePass());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createFinalizeMemRefToLLVMConversionPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createConvertFuncToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertIndexToLLVMPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  return passes.run(module);
}

static llvm::Expected<std::unique_ptr<orc::LLJIT>>
compile(std::unique_ptr<llvm::Module> module, std::unique_ptr<llvm::LLVMContext> context,
        const std::string &cpu) {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  orc::JITTargetMachineBuilder builder(triple);
  builder.setCPU(cpu);
  builder.setRelocationModel(llvm::Reloc::PIC_);
  auto jit = orc::LLJITBuilder().setJITTargetMachineBuilder(builder).create();
  if (!jit)
    return jit.takeError();
  for (llvm::Function &function : *module) {
    function.addFnAttr("target-cpu", cpu);
    function.addFnAttr("prefer-vector-width", "512");
  }
  module->setDataLayout((*jit)->getDataLayout());
  auto process = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      (*jit)->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  orc::ThreadSafeModule owned(std::move(module), std::move(context));
  if (auto error = (*jit)->addIRModule(std::move(owned)))
    return error;
  return jit;
}

std::unique_ptr<KernelJit> KernelJit::create(llvm::StringRef text, Lowering lowering,
                                             const std::string &cpu) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  MLIRContext context(MLIRContext::Threading::DISABLED);
  registerAll(context);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module || failed(lower(*module, lowering)))
    return nullptr;
  auto llvmContext = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> translated = translateModuleToLLVMIR(*module, *llvmContext);
  if (!translated)
    return nullptr;
  auto jit = compile(std::move(translated), std::move(llvmContext), cpu);
  if (!jit) {
    llvm::errs() << llvm::toString(jit.takeError()) << '\n';
    return nullptr;
  }
  return std::unique_ptr<KernelJit>(new KernelJit(std::make_unique<State>(State{std::move(*jit)})));
}

void *KernelJit::lookup(llvm::StringRef function) {
  return llvm::cantFail(state->jit->lookup(("_mlir_ciface_" + function).str())).toPtr<void *>();
}

GuardedBytes::GuardedBytes(size_t sizeBytes) {
  size_t page = sysconf(_SC_PAGESIZE);
  size_t usedBytes = llvm::alignTo(sizeBytes + 1, page);
  mappedBytes = usedBytes + page;
  mapped = static_cast<char *>(mmap(nullptr, mappedBytes, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS, /*fd=*/-1, /*offset=*/0));
  mprotect(mapped + usedBytes, page, PROT_NONE);
  begin = mapped + usedBytes - sizeBytes;
}

GuardedBytes::~GuardedBytes() { munmap(mapped, mappedBytes); }

} // namespace tenon::test

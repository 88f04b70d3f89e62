//===- ReferenceJit.cpp - LLVM-dialect code in this process ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/ReferenceJit.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
namespace orc = llvm::orc;

namespace tenon {

ReferenceJit::Allocator::~Allocator() = default;

struct ReferenceJit::State {
  Location loc;
  std::unique_ptr<orc::LLJIT> jit;
};

ReferenceJit::ReferenceJit(std::unique_ptr<State> state) : state(std::move(state)) {}
ReferenceJit::~ReferenceJit() = default;

/// The allocator of the call that this thread is in.
static thread_local ReferenceJit::Allocator *currentAllocator;

static void *allocateForCall(uint64_t sizeBytes) { return currentAllocator->allocate(sizeBytes); }
static void freeForCall(void *) {}

static std::string wrapperName(StringRef function) { return ("tenon.call." + function).str(); }

/// Adds for each C interface a function that takes its arguments as an array.
static void addWrappers(llvm::Module &module) {
  constexpr StringLiteral prefix = "_mlir_ciface_";
  SmallVector<llvm::Function *> interfaces;
  for (llvm::Function &function : module)
    if (function.getName().starts_with(prefix) && !function.isDeclaration())
      interfaces.push_back(&function);
  llvm::IRBuilder<> builder(module.getContext());
  for (llvm::Function *interface : interfaces) {
    auto *type = llvm::FunctionType::get(builder.getVoidTy(), {builder.getPtrTy()}, false);
    auto *wrapper =
        llvm::Function::Create(type, llvm::Function::ExternalLinkage,
                               wrapperName(interface->getName().drop_front(prefix.size())), module);
    builder.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", wrapper));
    SmallVector<llvm::Value *> arguments;
    for (unsigned i = 0; i < interface->arg_size(); ++i) {
      llvm::Value *place = builder.CreateConstGEP1_64(builder.getPtrTy(), wrapper->getArg(0), i);
      llvm::Value *pointer = builder.CreateLoad(builder.getPtrTy(), place);
      llvm::Type *type = interface->getArg(i)->getType();
      arguments.push_back(type->isPointerTy() ? pointer : builder.CreateLoad(type, pointer));
    }
    builder.CreateCall(interface, arguments);
    builder.CreateRetVoid();
  }
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PassBuilder passes(&machine);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(callGraph);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, callGraph, modules);
  passes.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

/// What the code may call or load from besides the C library.
static orc::SymbolMap hostSymbols(orc::LLJIT &jit,
                                  ArrayRef<std::pair<std::string, void *>> symbols) {
  orc::SymbolMap map;
  auto add = [&](StringRef name, void *address) {
    map[jit.mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(address),
                                      llvm::JITSymbolFlags::Exported};
  };
  add("_mlir_memref_to_llvm_alloc", reinterpret_cast<void *>(&allocateForCall));
  add("_mlir_memref_to_llvm_free", reinterpret_cast<void *>(&freeForCall));
  for (const auto &[name, address] : symbols)
    add(name, address);
  return map;
}

/// Compiles and links `module` of `context` into a new JIT.
static llvm::Expected<std::unique_ptr<orc::LLJIT>>
link(std::unique_ptr<llvm::Module> module, std::unique_ptr<llvm::LLVMContext> context,
     ArrayRef<std::pair<std::string, void *>> symbols) {
  auto host = orc::JITTargetMachineBuilder::detectHost();
  if (!host)
    return host.takeError();
  host->setRelocationModel(llvm::Reloc::PIC_);
  host->setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
  auto machine = host->createTargetMachine();
  if (!machine)
    return machine.takeError();
  module->setTargetTriple((*machine)->getTargetTriple());
  module->setDataLayout((*machine)->createDataLayout());
  addWrappers(*module);
  optimize(*module, **machine);
  auto jit = orc::LLJITBuilder().setJITTargetMachineBuilder(*host).create();
  if (!jit)
    return jit.takeError();
  orc::JITDylib &library = (*jit)->getMainJITDylib();
  if (auto error = library.define(orc::absoluteSymbols(hostSymbols(**jit, symbols))))
    return error;
  orc::ThreadSafeModule owned(std::move(module), std::move(context));
  if (auto error = (*jit)->addIRModule(std::move(owned)))
    return error;
  return jit;
}

std::unique_ptr<ReferenceJit>
ReferenceJit::create(ModuleOp module, ArrayRef<std::pair<std::string, void *>> symbols) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> llvmModule = translateModuleToLLVMIR(module, *context, "reference");
  if (!llvmModule)
    return nullptr;
  auto jit = link(std::move(llvmModule), std::move(context), symbols);
  if (!jit) {
    emitError(module.getLoc()) << "compiling the reference form failed: "
                               << llvm::toString(jit.takeError());
    return nullptr;
  }
  auto state = std::make_unique<State>(State{module.getLoc(), std::move(*jit)});
  return std::unique_ptr<ReferenceJit>(new ReferenceJit(std::move(state)));
}

LogicalResult ReferenceJit::call(StringRef function, ArrayRef<void *> arguments,
                                 Allocator &allocator) {
  auto address = state->jit->lookup(wrapperName(function));
  if (!address)
    return emitError(state->loc) << "linking the reference form failed: "
                                 << llvm::toString(address.takeError());
  currentAllocator = &allocator;
  address->toPtr<void (*)(void *const *)>()(arguments.data());
  currentAllocator = nullptr;
  return success();
}

} // namespace tenon

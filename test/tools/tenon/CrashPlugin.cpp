//===- CrashPlugin.cpp - A pass that ends the process ---------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a defect in a pass looks like from outside, for tests of what is left.
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/TaskDialect.h"
#include "passes/PassPlugin.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <sys/resource.h>

using namespace mlir;

namespace {
/// Changes the program and then crashes, so that the program of the reproducer
/// must be the one from before.
class Crash : public PassWrapper<Crash, OperationPass<>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Crash)

  Crash() = default;
  Crash(const Crash &other) : PassWrapper(other) {}
  StringRef getArgument() const override { return "test-crash"; }

private:
  Option<std::string> how{*this, "how", llvm::cl::desc("abort, segv, memory, limit, fail or not"),
                          llvm::cl::init("abort")};

  void runOnOperation() override {
    getOperation()->setAttr("test.changed", UnitAttr::get(&getContext()));
    if (how == "not")
      return;
    if (how == "fail") // without a word
      return signalPassFailure();
    if (how == "abort")
      std::abort();
    if (how == "memory") {
      volatile size_t more = SIZE_MAX / 4;
      getOperation()->setAttr("test.size", UnitAttr::get(&getContext()));
      std::vector<char> all(more); // a size that no system has
    }
    if (how == "limit") { // as code that did not look whether it got memory
      rlimit limit;
      getrlimit(RLIMIT_AS, &limit);
      limit.rlim_cur = 0;
      setrlimit(RLIMIT_AS, &limit);
    }
    std::raise(SIGSEGV);
  }
};

/// Makes pages larger by 64 bytes each time that it runs: so a program for one
/// target has other pages than that for the next.
class GrowPages : public PassWrapper<GrowPages, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(GrowPages)
  StringRef getArgument() const override { return "test-grow-pages"; }

private:
  void runOnOperation() override {
    static int64_t runs = 0;
    ModuleOp module = getOperation();
    auto bytes = module->getAttrOfType<IntegerAttr>(tenon::task::pageBytesAttribute);
    module->setAttr(tenon::task::pageBytesAttribute,
                    IntegerAttr::get(bytes.getType(), bytes.getInt() + 64 * ++runs));
  }
};
} // namespace

TENON_PASS_PLUGIN("crash", [] {
  PassRegistration<Crash>();
  PassRegistration<GrowPages>();
})

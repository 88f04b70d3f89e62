//===- ExecutorTest.cpp - Calls into programs of the reference path -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/Executor.h"
#include "codegen/Reference/RandomWeights.h"

#include "dialects/Registry.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace tenon;

namespace {

class ExecutorTest : public ::testing::Test {
protected:
  ExecutorTest() : context(registry()) {
    context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
      message = diagnostic.str();
      return success();
    });
  }

  static DialectRegistry registry() {
    DialectRegistry result;
    registerDialects(result);
    return result;
  }

  FailureOr<ReferenceProgram> compile(StringRef text, TensorReader *weights = nullptr) {
    module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
    return module ? ReferenceProgram::create(*module, weights) : FailureOr<ReferenceProgram>();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::string message;
};

HostTensor row(llvm::ArrayRef<double> values) {
  HostTensor result({1, static_cast<int64_t>(values.size())}, ElementKind::F32);
  for (size_t i = 0; i < values.size(); ++i)
    result.set(static_cast<int64_t>(i), values[i]);
  return result;
}

constexpr StringLiteral inPlace = R"(
  func.func @f(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
    %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>],
                         iterator_types = ["parallel", "parallel"]}
        outs(%x : tensor<?x2xf32>) {
    ^bb0(%e: f32):
      %s = arith.addf %e, %e : f32
      linalg.yield %s : f32
    } -> tensor<?x2xf32>
    return %y, %y : tensor<?x2xf32>, tensor<?x2xf32>
  })";

TEST_F(ExecutorTest, ArgumentsStayAsTheyWere) {
  FailureOr<ReferenceProgram> program = compile(inPlace);
  ASSERT_TRUE(succeeded(program)) << message;
  HostTensor x = row({1, 2});
  for (int turn = 0; turn < 2; ++turn) {
    FailureOr<std::vector<HostTensor>> results = program->call("f", x);
    ASSERT_TRUE(succeeded(results)) << message;
    ASSERT_EQ(results->size(), 2u);
    EXPECT_EQ((*results)[0].at(1), 4);
    EXPECT_EQ((*results)[1].at(0), 2);
    EXPECT_EQ(x.at(1), 2);
  }
}

TEST_F(ExecutorTest, TellsWhatCannotBeCalled) {
  FailureOr<ReferenceProgram> program = compile(inPlace);
  ASSERT_TRUE(succeeded(program)) << message;
  EXPECT_TRUE(failed(program->call("g", row({1, 2}))));
  EXPECT_EQ(message, "there is no public function 'g' that takes and returns tensors only");
  EXPECT_TRUE(failed(program->call("f", {})));
  EXPECT_EQ(message, "function 'f' takes 1 tensors, got 0");
  EXPECT_TRUE(failed(program->call("f", row({1, 2, 3}))));
  EXPECT_EQ(message, "tensor 0 of function 'f' is 'tensor<?x2xf32>', got 1x3xf32");
}

TEST_F(ExecutorTest, WhatNothingWroteIsNaN) {
  FailureOr<ReferenceProgram> program = compile(R"(
    func.func @f() -> tensor<2xf32> {
      %x = tensor.empty() : tensor<2xf32>
      return %x : tensor<2xf32>
    })");
  ASSERT_TRUE(succeeded(program)) << message;
  FailureOr<std::vector<HostTensor>> results = program->call("f", {});
  ASSERT_TRUE(succeeded(results)) << message;
  EXPECT_NE((*results)[0].at(0), (*results)[0].at(0));
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

constexpr StringLiteral recipe = R"(
  transformer.weight @w : !transformer.weight<2x3xf32>
      from [#transformer.source<"m"::"a" : 1x2xf32>, #transformer.source<"m"::"b" : 2x2xf32>]
      recipe [#transformer.concat_rows, #transformer.transpose]
  func.func @f() -> !transformer.weight<2x3xf32> {
    %w = transformer.get_weight @w : !transformer.weight<2x3xf32>
    return %w : !transformer.weight<2x3xf32>
  })";

/// Counts: 10, 11, ... in the tensor `a`, 20, 21, ... in `b`.
class CountingWeights : public TensorReader {
public:
  LogicalResult read(transformer::SourceAttr source, uint64_t offset, MutableArrayRef<char> bytes,
                     Location) override {
    HostTensor result(source.getShape(), *elementKindOf(source.getElementType()));
    for (int64_t i = 0; i < result.numElements(); ++i)
      result.set(i, static_cast<double>((source.getTensor() == "a" ? 10 : 20) + i));
    llvm::copy(result.bytes().slice(offset, bytes.size()), bytes.begin());
    return success();
  }
};

TEST_F(ExecutorTest, WeightsAreWhatTheirRecipeMakes) {
  CountingWeights weights;
  FailureOr<ReferenceProgram> program = compile(recipe, &weights);
  ASSERT_TRUE(succeeded(program)) << message;
  FailureOr<std::vector<HostTensor>> results = program->call("f", {});
  ASSERT_TRUE(succeeded(results)) << message;
  double expected[] = {10, 20, 22, 11, 21, 23};
  for (int64_t i = 0; i < 6; ++i)
    EXPECT_EQ((*results)[0].at(i), expected[i]) << i;
}

TEST_F(ExecutorTest, WeightsWithoutASourceAreAnError) {
  EXPECT_TRUE(failed(compile(recipe)));
  EXPECT_EQ(message, "'transformer.weight' op has no value; name the folder of the checkpoint");
}

TEST_F(ExecutorTest, RandomWeightsDependOnNameAndSeed) {
  auto first = [&](uint64_t seed) {
    RandomWeights weights(seed);
    FailureOr<ReferenceProgram> program = compile(recipe, &weights);
    return (*program->call("f", {}))[0].at(0);
  };
  EXPECT_EQ(first(1), first(1));
  EXPECT_NE(first(1), first(2));
}

} // namespace

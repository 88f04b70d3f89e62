//===- HostTensorTest.cpp - Tensors of this process, and their comparison -===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/HostTensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace tenon;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

HostTensor floats(llvm::ArrayRef<double> values, ElementKind kind = ElementKind::F32) {
  HostTensor result({static_cast<int64_t>(values.size())}, kind);
  for (size_t i = 0; i < values.size(); ++i)
    result.set(static_cast<int64_t>(i), values[i]);
  return result;
}

TEST(HostTensor, RoundsToNearestEven) {
  HostTensor half = floats({2049, 2051, 65520, 1e-8}, ElementKind::F16);
  EXPECT_EQ(half.at(0), 2048);
  EXPECT_EQ(half.at(1), 2052);
  EXPECT_EQ(half.at(2), infinity);
  EXPECT_EQ(half.at(3), 0);
  HostTensor brain = floats({257, 259, 1e38}, ElementKind::BF16);
  EXPECT_EQ(brain.at(0), 256);
  EXPECT_EQ(brain.at(1), 260);
  EXPECT_NEAR(brain.at(2), 1e38, 4e35);
}

TEST(HostTensor, DescribesItself) {
  HostTensor tensor({2, 3, 4}, ElementKind::BF16);
  EXPECT_EQ(tensor.describeType(), "2x3x4xbf16");
  EXPECT_EQ(tensor.describeIndex(23), "[1, 2, 3]");
  EXPECT_EQ(HostTensor({}, ElementKind::I64).describeIndex(0), "[]");
}

TEST(CompareTensors, AllowsAPartOfTheLargest) {
  HostTensor expected = floats({100, 1});
  EXPECT_FALSE(compareTensors(expected, floats({100, 1.5}), 0.01).isDifferent());
  TensorDifference difference = compareTensors(expected, floats({100, 2.5}), 0.01);
  EXPECT_EQ(difference.differing, 1);
  EXPECT_EQ(difference.first, 1);
  EXPECT_EQ(difference.largest, 1.5);
}

TEST(CompareTensors, ToleratesNothingInATensorOfZeros) {
  EXPECT_FALSE(compareTensors(floats({0, 0}), floats({0, -0.0}), 0.5).isDifferent());
  EXPECT_TRUE(compareTensors(floats({0, 0}), floats({0, 1e-30}), 0.5).isDifferent());
}

TEST(CompareTensors, NaNAndInfinityEqualThemselves) {
  HostTensor expected = floats({nan, infinity, 1});
  EXPECT_FALSE(compareTensors(expected, floats({nan, infinity, 1}), 0).isDifferent());
  EXPECT_EQ(compareTensors(expected, floats({0, infinity, 1}), 1).first, 0);
  EXPECT_EQ(compareTensors(expected, floats({nan, -infinity, 1}), 1).first, 1);
  EXPECT_EQ(compareTensors(expected, floats({nan, infinity, nan}), 1).first, 2);
}

TEST(CompareTensors, TellsTheFirstAndTheLargest) {
  HostTensor expected = floats({1, 2, 4}), actual = floats({1, 3, 9});
  EXPECT_EQ(describeDifference(compareTensors(expected, actual, 0.125), expected, actual),
            "expected 2 at [1], got 3; 2 of 3 elements differ by more than 0.5, the largest "
            "difference is 5 at [2]");
  EXPECT_EQ(describeDifference(compareTensors(expected, floats({1}), 0), expected, floats({1})),
            "expected a tensor of 3xf32, got 1xf32");
}

} // namespace

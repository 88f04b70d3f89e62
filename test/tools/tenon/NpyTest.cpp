//===- NpyTest.cpp - Reading and writing .npy files -----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Npy.h"

#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

#include <cstring>

using namespace mlir;
using namespace tenon;

namespace {

class NpyTest : public ::testing::Test {
protected:
  /// A file of version 1 with this header and these bytes of elements.
  static std::string file(StringRef header, StringRef data) {
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() & 0xff);
    bytes += static_cast<char>(header.size() >> 8);
    return bytes + header.str() + data.str();
  }

  FailureOr<HostTensor> parse(StringRef bytes) {
    message.clear();
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      message = diagnostic.str();
      return success();
    });
    return parseNpy(bytes, [&] { return emitError(UnknownLoc::get(&context)) << "file "; });
  }

  /// Whether `bytes` are refused with `text`.
  void expectRefused(StringRef bytes, StringRef text) {
    EXPECT_TRUE(failed(parse(bytes)));
    EXPECT_EQ(message, text.str());
  }

  static std::string floats(ArrayRef<float> values) {
    return std::string(reinterpret_cast<const char *>(values.data()),
                       values.size() * sizeof(float));
  }

  MLIRContext context;
  std::string message;
};

constexpr StringLiteral pair = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";

TEST_F(NpyTest, ReadsElements) {
  FailureOr<HostTensor> tensor = parse(file(pair, floats({1.5f, -2})));
  ASSERT_TRUE(succeeded(tensor)) << message;
  EXPECT_EQ(tensor->describeType(), "2xf32");
  EXPECT_EQ(tensor->at(0), 1.5);
  EXPECT_EQ(tensor->at(1), -2);
}

TEST_F(NpyTest, ReadsAScalarAndAnEmptyTensor) {
  FailureOr<HostTensor> scalar = parse(
      file("{'shape': (), 'descr': '<i4', 'fortran_order': False}", StringRef("\7\0\0\0", 4)));
  ASSERT_TRUE(succeeded(scalar)) << message;
  EXPECT_EQ(scalar->describeType(), "i32");
  EXPECT_EQ(scalar->at(0), 7);
  FailureOr<HostTensor> empty =
      parse(file("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 0)}", ""));
  ASSERT_TRUE(succeeded(empty)) << message;
  EXPECT_EQ(empty->describeType(), "3x0xf32");
}

TEST_F(NpyTest, RoundsDoublesToFloats) {
  double third = 1.0 / 3;
  std::string data(reinterpret_cast<const char *>(&third), sizeof third);
  FailureOr<HostTensor> tensor =
      parse(file("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", data));
  ASSERT_TRUE(succeeded(tensor)) << message;
  EXPECT_EQ(tensor->at(0), 1.0f / 3);
}

TEST_F(NpyTest, RefusesWhatIsNoNpyFile) {
  expectRefused("", "file is not an .npy file");
  expectRefused("PK\3\4 and more", "file is not an .npy file");
  expectRefused(StringRef("\x93NUMPY\x04\x00\x00\x00", 10),
                "file has version 4 of the format, 1 to 3 are known");
}

TEST_F(NpyTest, RefusesAHeaderThatEndsEarly) {
  std::string whole = file(pair, floats({1, 2}));
  expectRefused(StringRef(whole).take_front(20), "file ends inside its header");
  expectRefused(StringRef("\x93NUMPY\x02\x00\x10\x00", 10), "file ends inside its header");
  expectRefused(file("{'descr", ""), "file has a header that ends inside a string");
}

TEST_F(NpyTest, RefusesAHeaderWithSomethingElse) {
  expectRefused(file("[]", ""), "file has a header with '[' where '{' belongs");
  expectRefused(file("{'endian': 1}", ""), "file has an unknown key in its header");
  expectRefused(file("{'shape': (1,) 'descr': '<f4'}", ""),
                "file has a header without ',' between its entries");
  expectRefused(file("{'shape': (1,)}", ""),
                "file has a header without one of 'descr', 'fortran_order' and 'shape'");
  expectRefused(file("{'shape': (1,), 'shape': (1,)}", ""), "file has a header with 'shape' twice");
  expectRefused(file((pair.drop_back() + " x").str(), ""), "file has text behind its header");
}

TEST_F(NpyTest, RefusesShapes) {
  expectRefused(file("{'shape': (a,)}", ""), "file has a shape with a size that is not a number");
  expectRefused(file("{'shape': (-1,)}", ""), "file has a shape with a size that is not a number");
  expectRefused(file("{'shape': (1 2)}", ""), "file has a shape without ',' between its sizes");
  expectRefused(file("{'shape': (1,1,1,1,1,1,1,1,1)}", ""), "file has more than 8 axes");
  expectRefused(file("{'fortran_order': True}", ""),
                "file is not in row-major order; save numpy.ascontiguousarray of it");
}

TEST_F(NpyTest, RefusesElements) {
  expectRefused(file("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", "abcd"),
                "file has elements of a type other than i1, i4, i8, f2, f4 and f8, little-endian; "
                "convert it with numpy's astype");
  expectRefused(
      file(pair, floats({1})),
      "file has 4 bytes of elements, which its shape does not take; write the file again");
  expectRefused(
      file("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", ""),
      "file has 0 bytes of elements, which its shape does not take; write the file again");
}

TEST_F(NpyTest, EveryPrefixIsRefused) {
  std::string whole = file(pair, floats({1, 2}));
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_TRUE(failed(parse(StringRef(whole).take_front(length)))) << length;
}

TEST_F(NpyTest, WritesWhatItReads) {
  HostTensor tensor({2, 3}, ElementKind::BF16);
  for (int64_t i = 0; i < 6; ++i)
    tensor.set(i, 0.5 * static_cast<double>(i));
  llvm::SmallString<128> path;
  ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("tensor", "npy", path));
  ASSERT_TRUE(static_cast<bool>(writeNpy(path, tensor)));
  FailureOr<HostTensor> again = readNpy(&context, path);
  llvm::sys::fs::remove(path);
  ASSERT_TRUE(succeeded(again));
  EXPECT_EQ(again->describeType(), "2x3xf32");
  EXPECT_FALSE(compareTensors(tensor, *again, /*tolerance=*/0).isDifferent());
}

} // namespace

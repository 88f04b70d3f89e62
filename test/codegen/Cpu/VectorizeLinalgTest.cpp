//===- VectorizeLinalgTest.cpp - Lanes against scalar loops ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each kernel is compiled twice, by the pass under test and by upstream's
// scalar loops, for columns around the number of lanes, static and dynamic,
// and must give the same numbers on memory that is fenced off behind its end.
// In a text, COLS stands for the columns as a type has them.
//
//===----------------------------------------------------------------------===//

#include "KernelJit.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

using namespace tenon::test;

static const int64_t columnCounts[] = {1, 2, 5, 15, 16, 17, 33, 64, 100, 128, 131, 200};
static const int64_t rowCounts[] = {1, 3, 7};

namespace {
/// A matrix that ends at a page that cannot be touched.
template <typename T> struct Matrix {
  int64_t rows, columns, rowStride;
  GuardedBytes bytes;

  Matrix(int64_t rows, int64_t columns, int64_t rowStride = 0)
      : rows(rows), columns(columns), rowStride(rowStride ? rowStride : columns),
        bytes(elements() * sizeof(T)) {}
  /// The last row ends where its columns end.
  int64_t elements() const { return (rows - 1) * rowStride + columns; }
  T *data() const { return bytes.as<T>(); }
  Descriptor descriptor() const { return Descriptor::matrix(data(), rows, columns, rowStride); }
  Descriptor row() const { return Descriptor::vector(data(), columns); }

  void fill(T (*value)(int64_t)) const {
    for (int64_t i = 0; i < elements(); ++i)
      data()[i] = value(i);
  }
};

/// Numbers in (-3, 3) without a pattern.
float someFloat(int64_t i) { return static_cast<float>((i * 7919 + 13) % 6007) / 1001.2f - 3.0f; }
uint16_t someBf16(int64_t i) {
  float value = someFloat(i + 5);
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits >> 16;
}

class Lanes : public testing::TestWithParam<std::string> {
protected:
  /// Calls `test(function, rows, columns)` for all sizes, where `function` runs
  /// the kernel of a lowering.
  template <typename Test> void forSizes(const std::string &text, Test test) {
    for (int64_t columns : columnCounts)
      for (bool isStatic : {true, false}) {
        std::string type = isStatic ? std::to_string(columns) : "?";
        std::string kernel = text;
        for (size_t at; (at = kernel.find("COLS")) != std::string::npos;)
          kernel.replace(at, 4, type);
        auto lanes = KernelJit::create(kernel, Lowering::Lanes, GetParam());
        auto loops = KernelJit::create(kernel, Lowering::Loops, GetParam());
        ASSERT_TRUE(lanes && loops) << kernel;
        for (int64_t rows : rowCounts) {
          SCOPED_TRACE(std::to_string(rows) + " rows, " + type + " = " + std::to_string(columns));
          test(*lanes, *loops, rows, columns);
          if (HasFailure())
            return;
        }
      }
  }
};
} // namespace

/// Expects the same elements, also between rows. `tolerance` is relative to
/// what is at least 1.
template <typename T>
static void expectSame(const Matrix<T> &actual, const Matrix<T> &expected, double tolerance = 0) {
  for (int64_t i = 0; i < expected.elements(); ++i) {
    double a = actual.data()[i], e = expected.data()[i];
    if (!(std::fabs(a - e) <= tolerance * std::max(1.0, std::fabs(e)))) {
      ADD_FAILURE() << "element " << i << " is " << a << ", not " << e;
      return;
    }
  }
}

static constexpr const char *siluUp = R"(
  #map = affine_map<(r, c) -> (r, c)>
  !out = memref<?xCOLSxf32, strided<[208, 1]>>
  func.func @f(%gate: memref<?xCOLSxf32>, %up: memref<?xCOLSxf32>, %out: !out) {
    linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]}
        ins(%gate, %up : memref<?xCOLSxf32>, memref<?xCOLSxf32>) outs(%out : !out) {
    ^bb0(%g: f32, %u: f32, %o: f32):
      %one = arith.constant 1.0 : f32
      %negated = arith.negf %g : f32
      %e = math.exp %negated : f32
      %sum = arith.addf %one, %e : f32
      %sigmoid = arith.divf %one, %sum : f32
      %silu = arith.mulf %g, %sigmoid : f32
      %y = arith.mulf %silu, %u : f32
      linalg.yield %y : f32
    }
    return
  })";

TEST_P(Lanes, Elementwise) {
  forSizes(siluUp, [](KernelJit &lanes, KernelJit &loops, int64_t rows, int64_t columns) {
    Matrix<float> gate(rows, columns), up(rows, columns);
    Matrix<float> actual(rows, columns, 208), expected(rows, columns, 208);
    gate.fill(someFloat);
    up.fill(someFloat);
    for (auto [jit, out] : {std::pair(&lanes, &actual), std::pair(&loops, &expected)}) {
      out->fill([](int64_t) { return -7.0f; });
      Descriptor a = gate.descriptor(), b = up.descriptor(), c = out->descriptor();
      jit->call("f", &a, &b, &c);
    }
    expectSame(actual, expected, 1e-6);
  });
}

static constexpr const char *scaledRows = R"(
  func.func @f(%x: memref<?xCOLSxf32>, %scale: memref<?xf32>, %w: memref<COLSxbf16>,
               %out: memref<?xCOLSxbf16>) {
    linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>,
                                     affine_map<(r, c) -> (c)>, affine_map<(r, c) -> (r, c)>],
                    iterator_types = ["parallel", "parallel"]}
        ins(%x, %scale, %w : memref<?xCOLSxf32>, memref<?xf32>, memref<COLSxbf16>)
        outs(%out : memref<?xCOLSxbf16>) {
    ^bb0(%v: f32, %s: f32, %n: bf16, %o: bf16):
      %wide = arith.extf %n : bf16 to f32
      %scaled = arith.mulf %v, %s : f32
      %y = arith.mulf %scaled, %wide : f32
      %narrow = arith.truncf %y : f32 to bf16
      linalg.yield %narrow : bf16
    }
    return
  })";

TEST_P(Lanes, BroadcastOperandsAndBf16) {
  forSizes(scaledRows, [](KernelJit &lanes, KernelJit &loops, int64_t rows, int64_t columns) {
    Matrix<float> x(rows, columns), scale(1, rows);
    Matrix<uint16_t> w(1, columns), actual(rows, columns), expected(rows, columns);
    x.fill(someFloat);
    scale.fill(someFloat);
    w.fill(someBf16);
    for (auto [jit, out] : {std::pair(&lanes, &actual), std::pair(&loops, &expected)}) {
      Descriptor a = x.descriptor(), b = scale.row(), c = w.row(), d = out->descriptor();
      jit->call("f", &a, &b, &c, &d);
    }
    expectSame(actual, expected);
  });
}

static constexpr const char *reductions = R"(
  #map = affine_map<(r, c) -> (r, c)>
  #row = affine_map<(r, c) -> (r)>
  func.func @f(%x: memref<?xCOLSxf32>, %squares: memref<?xf32>, %most: memref<?xf32>,
               %least: memref<?xf32>) {
    linalg.generic {indexing_maps = [#map, #row, #row], iterator_types = ["parallel", "reduction"]}
        ins(%x : memref<?xCOLSxf32>) outs(%squares, %most : memref<?xf32>, memref<?xf32>) {
    ^bb0(%v: f32, %s: f32, %m: f32):
      %square = arith.mulf %v, %v : f32
      %sum = arith.addf %s, %square : f32
      %max = arith.maximumf %v, %m : f32
      linalg.yield %sum, %max : f32, f32
    }
    linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "reduction"]}
        ins(%x : memref<?xCOLSxf32>) outs(%least : memref<?xf32>) {
    ^bb0(%v: f32, %l: f32):
      %min = arith.minimumf %l, %v : f32
      linalg.yield %min : f32
    }
    return
  })";

TEST_P(Lanes, ReducedColumns) {
  forSizes(reductions, [](KernelJit &lanes, KernelJit &loops, int64_t rows, int64_t columns) {
    Matrix<float> x(rows, columns), actual(3, rows), expected(3, rows);
    x.fill(someFloat);
    for (auto [jit, out] : {std::pair(&lanes, &actual), std::pair(&loops, &expected)}) {
      out->fill([](int64_t i) { return 0.25f * i; });
      Descriptor a = x.descriptor(), b = Descriptor::vector(out->data(), rows);
      Descriptor c = Descriptor::vector(out->data() + rows, rows);
      Descriptor d = Descriptor::vector(out->data() + 2 * rows, rows);
      jit->call("f", &a, &b, &c, &d);
    }
    expectSame(actual, expected, 2e-6);
  });
}

static constexpr const char *narrowSum = R"(
  func.func @f(%x: memref<?xCOLSxbf16>, %w: memref<COLSxf16>, %sums: memref<?xf32>) {
    linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (c)>,
                                     affine_map<(r, c) -> (r)>],
                    iterator_types = ["parallel", "reduction"]}
        ins(%x, %w : memref<?xCOLSxbf16>, memref<COLSxf16>) outs(%sums : memref<?xf32>) {
    ^bb0(%v: bf16, %n: f16, %s: f32):
      %wide = arith.extf %v : bf16 to f32
      %other = arith.extf %n : f16 to f32
      %product = arith.mulf %wide, %other : f32
      %sum = arith.addf %s, %product : f32
      linalg.yield %sum : f32
    }
    return
  })";

TEST_P(Lanes, SumOfNarrowProducts) {
  forSizes(narrowSum, [](KernelJit &lanes, KernelJit &loops, int64_t rows, int64_t columns) {
    Matrix<uint16_t> x(rows, columns), w(1, columns);
    Matrix<float> actual(1, rows), expected(1, rows);
    x.fill(someBf16);
    // Halves from 0.5 to 2.
    w.fill([](int64_t i) { return static_cast<uint16_t>(0x3800 + i * 37 % 0x800); });
    for (auto [jit, out] : {std::pair(&lanes, &actual), std::pair(&loops, &expected)}) {
      out->fill(someFloat);
      Descriptor a = x.descriptor(), b = w.row(), c = out->row();
      jit->call("f", &a, &b, &c);
    }
    // Sums of up to 200 products below 6, each rounded to 2^-24 of at most 600.
    expectSame(actual, expected, 1e-4);
  });
}

static constexpr const char *columnSums = R"(
  func.func @f(%x: memref<?xCOLSxf32>, %sums: memref<COLSxf32>) {
    linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (c)>],
                    iterator_types = ["reduction", "parallel"]}
        ins(%x : memref<?xCOLSxf32>) outs(%sums : memref<COLSxf32>) {
    ^bb0(%v: f32, %s: f32):
      %sum = arith.addf %s, %v : f32
      linalg.yield %sum : f32
    }
    return
  })";

TEST_P(Lanes, ReducedRows) {
  forSizes(columnSums, [](KernelJit &lanes, KernelJit &loops, int64_t rows, int64_t columns) {
    Matrix<float> x(rows, columns), actual(1, columns), expected(1, columns);
    x.fill(someFloat);
    for (auto [jit, out] : {std::pair(&lanes, &actual), std::pair(&loops, &expected)}) {
      out->fill(someFloat);
      Descriptor a = x.descriptor(), b = out->row();
      jit->call("f", &a, &b);
    }
    expectSame(actual, expected);
  });
}

static constexpr const char *product = R"(
  func.func @f(%a: memref<?x5xf32>, %b: memref<5xCOLSxf32>, %c: memref<?xCOLSxf32>) {
    linalg.matmul ins(%a, %b : memref<?x5xf32>, memref<5xCOLSxf32>)
                  outs(%c : memref<?xCOLSxf32>)
    return
  })";

TEST_P(Lanes, NamedProduct) {
  forSizes(product, [](KernelJit &lanes, KernelJit &loops, int64_t rows, int64_t columns) {
    Matrix<float> a(rows, 5), b(5, columns), actual(rows, columns), expected(rows, columns);
    a.fill(someFloat);
    b.fill(someFloat);
    for (auto [jit, out] : {std::pair(&lanes, &actual), std::pair(&loops, &expected)}) {
      out->fill(someFloat);
      Descriptor x = a.descriptor(), y = b.descriptor(), z = out->descriptor();
      jit->call("f", &x, &y, &z);
    }
    expectSame(actual, expected, 1e-6);
  });
}

static constexpr const char *copies = R"(
  !slice = memref<?xCOLSxbf16, strided<[208, 1]>>
  func.func @f(%from: !slice, %to: memref<?xCOLSxbf16>) {
    memref.copy %from, %to : !slice to memref<?xCOLSxbf16>
    return
  })";

TEST_P(Lanes, CopyOfSlice) {
  forSizes(copies, [](KernelJit &lanes, KernelJit &, int64_t rows, int64_t columns) {
    Matrix<uint16_t> from(rows, columns, 208), actual(rows, columns);
    from.fill(someBf16);
    Descriptor a = from.descriptor(), b = actual.descriptor();
    lanes.call("f", &a, &b);
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column)
        ASSERT_EQ(actual.data()[row * columns + column], from.data()[row * 208 + column]);
  });
}

static constexpr const char *everySecond = R"(
  !slice = memref<?xCOLSxf32, strided<[416, 2]>>
  func.func @f(%from: !slice, %to: memref<?xCOLSxf32>) {
    memref.copy %from, %to : !slice to memref<?xCOLSxf32>
    return
  })";

TEST_P(Lanes, CopyOfEverySecondElement) {
  forSizes(everySecond, [](KernelJit &lanes, KernelJit &, int64_t rows, int64_t columns) {
    Matrix<float> from(rows, 2 * columns - 1, 416), actual(rows, columns);
    from.fill(someFloat);
    Descriptor a = Descriptor::matrix(from.data(), rows, columns, 416, /*columnStride=*/2);
    Descriptor b = actual.descriptor();
    lanes.call("f", &a, &b);
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column)
        ASSERT_EQ(actual.data()[row * columns + column], from.data()[row * 416 + 2 * column]);
  });
}

// The body reads rows of a table, two columns on, and adds the place.
static constexpr const char *lookups = R"(
  func.func @f(%ids: memref<?xi32>, %table: memref<?x202xbf16>, %out: memref<?xCOLSxf32>) {
    linalg.generic {indexing_maps = [affine_map<(r, c) -> (r)>, affine_map<(r, c) -> (r, c)>],
                    iterator_types = ["parallel", "parallel"]}
        ins(%ids : memref<?xi32>) outs(%out : memref<?xCOLSxf32>) {
    ^bb0(%id: i32, %o: f32):
      %c2 = arith.constant 2 : index
      %row = arith.index_cast %id : i32 to index
      %r = linalg.index 0 : index
      %c = linalg.index 1 : index
      %column = arith.addi %c, %c2 : index
      %read = memref.load %table[%row, %column] : memref<?x202xbf16>
      %wide = arith.extf %read : bf16 to f32
      %place = arith.addi %column, %r : index
      %narrow = arith.index_cast %place : index to i32
      %number = arith.sitofp %narrow : i32 to f32
      %y = arith.addf %wide, %number : f32
      linalg.yield %y : f32
    }
    return
  })";

TEST_P(Lanes, LookupsAndIndices) {
  forSizes(lookups, [](KernelJit &lanes, KernelJit &loops, int64_t rows, int64_t columns) {
    Matrix<int32_t> ids(1, rows);
    Matrix<uint16_t> table(9, 202);
    Matrix<float> actual(rows, columns), expected(rows, columns);
    ids.fill([](int64_t i) { return static_cast<int32_t>(8 - i % 9); });
    table.fill(someBf16);
    for (auto [jit, out] : {std::pair(&lanes, &actual), std::pair(&loops, &expected)}) {
      Descriptor a = ids.row(), b = table.descriptor(), c = out->descriptor();
      jit->call("f", &a, &b, &c);
    }
    expectSame(actual, expected);
  });
}

INSTANTIATE_TEST_SUITE_P(Cpus, Lanes, testing::ValuesIn(runnableCpus()),
                         [](const auto &info) { return "V" + info.param.substr(8); });

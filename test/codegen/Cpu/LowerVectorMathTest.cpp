//===- LowerVectorMathTest.cpp - Expanded functions against libm ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each function runs on about a million f32, spread evenly over all of their
// bit patterns, and is compared with libm in double precision. An ulp is the
// distance of f32 around the true value, that of subnormals below 2^-126.
//
//===----------------------------------------------------------------------===//

#include "KernelJit.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

#include <cmath>

using namespace tenon::test;

static constexpr int64_t lanes = 16;

/// Prime, so that all parts of a bit pattern vary.
static constexpr uint32_t stride = 4093;

static std::string kernelOf(const std::string &body, const std::string &from = "f32",
                            const std::string &to = "f32") {
  return llvm::formatv(R"(
    func.func @f(%in: memref<16x{1}>, %out: memref<16x{2}>) {{
      %c0 = arith.constant 0 : index
      %x = vector.load %in[%c0] : memref<16x{1}>, vector<16x{1}>
      {0}
      vector.store %y, %out[%c0] : memref<16x{2}>, vector<16x{2}>
      return
    })",
                       body, from, to);
}

namespace {
class VectorMath : public testing::TestWithParam<std::string> {
protected:
  void compile(const std::string &text) {
    jit = KernelJit::create(text, Lowering::Lanes, GetParam());
    ASSERT_TRUE(jit);
  }
  template <typename From, typename To> void run(From *in, To *out) {
    Descriptor from = Descriptor::vector(in, lanes), to = Descriptor::vector(out, lanes);
    jit->call("f", &from, &to);
  }
  template <typename Check> void forSamples(Check check) {
    float in[lanes], out[lanes];
    for (uint64_t pattern = 0; pattern >> 32 == 0;) {
      for (float &x : in) {
        x = llvm::bit_cast<float>(static_cast<uint32_t>(pattern));
        pattern += stride;
      }
      run(in, out);
      for (int64_t lane = 0; lane < lanes; ++lane)
        check(in[lane], out[lane]);
    }
  }
  void expectUlp(const std::string &function, double (*exact)(double), double most);
  void expectAbsolute(const std::string &function, double (*exact)(double), double most,
                      float range);

  std::unique_ptr<KernelJit> jit;
};
} // namespace

/// \returns the distance in ulp, and infinity where one is NaN or infinite and
/// the other is not the same.
static double ulpsBetween(float value, double exact) {
  if (std::isnan(exact) || std::isnan(value))
    return std::isnan(exact) == std::isnan(value) ? 0 : INFINITY;
  float rounded = static_cast<float>(exact);
  if (std::isinf(rounded) || std::isinf(value))
    return value == rounded ? 0 : INFINITY;
  int exponent = -149 + 24;
  if (exact != 0)
    std::frexp(exact, &exponent);
  return std::fabs(value - exact) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

static const float specials[] = {0.0f,       -0.0f,     INFINITY,        -INFINITY,
                                 NAN,        1.0f,      -1.0f,           0x1p-149f,
                                 -0x1p-149f, 0x1p-126f, 0x1.fffffep127f, -0x1.fffffep127f,
                                 88.72283f,  88.72284f, -103.9721f,      -87.4f};

void VectorMath::expectUlp(const std::string &function, double (*exact)(double), double most) {
  compile(kernelOf("%y = math." + function + " %x : vector<16xf32>"));
  double worst = 0;
  float worstAt = 0;
  forSamples([&](float x, float y) {
    double ulps = ulpsBetween(y, exact(x));
    if (ulps > worst) {
      worst = ulps;
      worstAt = x;
    }
  });
  EXPECT_LE(worst, most) << function << " of " << worstAt;
  RecordProperty("worst ulp", std::to_string(worst));
  float in[lanes], out[lanes];
  std::copy(std::begin(specials), std::end(specials), in);
  run(in, out);
  for (int64_t lane = 0; lane < lanes; ++lane)
    EXPECT_LE(ulpsBetween(out[lane], exact(in[lane])), most) << function << " of " << in[lane];
}

void VectorMath::expectAbsolute(const std::string &function, double (*exact)(double), double most,
                                float range) {
  compile(kernelOf("%y = math." + function + " %x : vector<16xf32>"));
  double worst = 0;
  float worstAt = 0;
  bool isBounded = true;
  forSamples([&](float x, float y) {
    isBounded &= std::isfinite(x) ? std::fabs(y) <= 1.0f : std::isnan(y);
    double error = std::fabs(x) <= range ? std::fabs(y - exact(x)) : 0;
    if (error > worst) {
      worst = error;
      worstAt = x;
    }
  });
  EXPECT_LE(worst, most) << function << " of " << worstAt;
  EXPECT_TRUE(isBounded);
}

// Bounds are 1.5 times what was measured over every 61st pattern, at most 2.
TEST_P(VectorMath, Exp) { expectUlp("exp", std::exp, 1.4); }
TEST_P(VectorMath, Exp2) { expectUlp("exp2", std::exp2, 1.4); }
TEST_P(VectorMath, Log) { expectUlp("log", std::log, 1.2); }
TEST_P(VectorMath, Log1p) { expectUlp("log1p", std::log1p, 2.0); }
TEST_P(VectorMath, Tanh) { expectUlp("tanh", std::tanh, 2.0); }
TEST_P(VectorMath, Erf) { expectUlp("erf", std::erf, 1.7); }
TEST_P(VectorMath, Rsqrt) {
  expectUlp("rsqrt", [](double x) { return 1.0 / std::sqrt(x); }, 2.0);
}
TEST_P(VectorMath, Sin) { expectAbsolute("sin", std::sin, 1e-7, 0x1p30f); }
TEST_P(VectorMath, Cos) { expectAbsolute("cos", std::cos, 1e-7, 0x1p30f); }

TEST_P(VectorMath, ScalarsAreTheSameAsLanes) {
  for (std::string function : {"exp", "log", "tanh", "erf", "rsqrt", "sin"}) {
    compile(kernelOf("%y = math." + function + " %x : vector<16xf32>"));
    auto scalar = KernelJit::create(R"(
      func.func @f(%in: memref<16xf32>, %out: memref<16xf32>) {
        linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (15 - i)>],
                        iterator_types = ["parallel"]}
            ins(%in : memref<16xf32>) outs(%out : memref<16xf32>) {
        ^bb0(%x: f32, %o: f32):
          %y = math.)" + function + R"( %x : f32
          linalg.yield %y : f32
        }
        return
      })",
                                    Lowering::Lanes, GetParam());
    ASSERT_TRUE(scalar);
    float in[lanes], wide[lanes], reversed[lanes];
    for (int64_t lane = 0; lane < lanes; ++lane)
      in[lane] = 0.37f * (lane + 1);
    run(in, wide);
    Descriptor from = Descriptor::vector(in, lanes), to = Descriptor::vector(reversed, lanes);
    scalar->call("f", &from, &to);
    for (int64_t lane = 0; lane < lanes; ++lane)
      EXPECT_EQ(wide[lane], reversed[lanes - 1 - lane]) << function << " of " << in[lane];
  }
}

TEST_P(VectorMath, RoundsToBf16) {
  compile(kernelOf("%y = arith.truncf %x : vector<16xf32> to vector<16xbf16>", "f32", "bf16"));
  float in[lanes];
  uint16_t out[lanes];
  for (uint64_t pattern = 0; pattern >> 32 == 0;) {
    for (float &x : in) {
      x = llvm::bit_cast<float>(static_cast<uint32_t>(pattern));
      pattern += stride;
    }
    run(in, out);
    for (int64_t lane = 0; lane < lanes; ++lane) {
      uint32_t bits = llvm::bit_cast<uint32_t>(in[lane]);
      if (std::isnan(in[lane]))
        ASSERT_TRUE((out[lane] & 0x7f80) == 0x7f80 && (out[lane] & 0x7f)) << in[lane];
      else
        ASSERT_EQ(out[lane], (bits + 0x7fff + ((bits >> 16) & 1)) >> 16) << in[lane];
    }
  }
}

TEST_P(VectorMath, WidensBf16) {
  compile(kernelOf("%y = arith.extf %x : vector<16xbf16> to vector<16xf32>", "bf16", "f32"));
  uint16_t in[lanes];
  float out[lanes];
  for (uint32_t pattern = 0; pattern < 0x10000; pattern += lanes) {
    for (int64_t lane = 0; lane < lanes; ++lane)
      in[lane] = pattern + lane;
    run(in, out);
    for (int64_t lane = 0; lane < lanes; ++lane)
      ASSERT_EQ(llvm::bit_cast<uint32_t>(out[lane]), (pattern + lane) << 16);
  }
}

static uint32_t maximumOf(float x, float limit) {
  if (std::isnan(x))
    return 0x7fc00000;
  float larger = x > limit || (x == limit && std::signbit(limit)) ? x : limit;
  return llvm::bit_cast<uint32_t>(larger);
}

static uint32_t minimumOf(float x, float limit) {
  if (std::isnan(x))
    return 0x7fc00000;
  float smaller = x < limit || (x == limit && !std::signbit(limit)) ? x : limit;
  return llvm::bit_cast<uint32_t>(smaller);
}

TEST_P(VectorMath, KeepsZerosAndNanOfExtrema) {
  for (float limit : {0.0f, -0.0f, 1.0f})
    for (bool isMaximum : {true, false}) {
      compile(kernelOf(llvm::formatv("%c = arith.constant dense<{0:F1}> : vector<16xf32>\n"
                                     "%y = arith.{1} %x, %c : vector<16xf32>",
                                     limit, isMaximum ? "maximumf" : "minimumf")));
      float in[lanes], out[lanes];
      std::copy(std::begin(specials), std::end(specials), in);
      run(in, out);
      for (int64_t lane = 0; lane < lanes; ++lane)
        EXPECT_EQ(llvm::bit_cast<uint32_t>(out[lane]),
                  (isMaximum ? maximumOf : minimumOf)(in[lane], limit))
            << in[lane] << " and " << limit;
    }
}

INSTANTIATE_TEST_SUITE_P(Cpus, VectorMath, testing::ValuesIn(runnableCpus()),
                         [](const auto &info) { return "V" + info.param.substr(8); });

//===- LowerVectorMath.cpp - Functions of mathematics without a library ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The produced file has no libm, and a call would work on one lane at a time.
// Each function is written out for f32, scalar or vector, in the usual steps:
// reduce the argument, evaluate a polynomial, undo the reduction.
//
// exp, for x = 10:   n = round(10 / ln 2) = 14     r = 10 - 14 ln 2 = 0.2959...
//                    e^r = 1.3443...               e^10 = 1.3443... * 2^14
//
// Two things save instructions there. Adding 1.5 * 2^23 rounds to an integer
// and leaves that integer in the low bits of the sum, so that no conversion is
// needed (one of NaN would be undefined). 2^n is applied in two halves, as 2^n
// itself may be outside of f32 where the result is subnormal or infinite.
//
// The polynomials interpolate at the Chebyshev nodes of their interval, with
// the leading terms fixed, and are rounded to f32. All products that are added
// are fused, so that results do not depend on what a machine offers.
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace tenon {
#define GEN_PASS_DEF_LOWERVECTORMATHPASS
#include "codegen/Cpu/Passes.h.inc"
} // namespace tenon

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

namespace {

/// Writes arithmetic on values of one shape: scalars, or vectors of it.
class Arithmetic {
public:
  Arithmetic(ImplicitLocOpBuilder &b, Type like) : b(b), like(like) {}

  Type typeOf(Type element) const {
    auto vector = dyn_cast<VectorType>(like);
    return vector ? Type(vector.clone(element)) : element;
  }
  Type f32() const { return typeOf(b.getF32Type()); }
  Type f64() const { return typeOf(b.getF64Type()); }
  Type i32() const { return typeOf(b.getI32Type()); }
  Type i64() const { return typeOf(b.getI64Type()); }

  Value real(double value) { return constant(f32(), b.getF32FloatAttr(value)); }
  Value wide(double value) { return constant(f64(), b.getF64FloatAttr(value)); }
  Value integer(int32_t value) { return constant(i32(), b.getI32IntegerAttr(value)); }

  Value add(Value a, Value c) { return arith::AddFOp::create(b, a, c); }
  Value sub(Value a, Value c) { return arith::SubFOp::create(b, a, c); }
  Value mul(Value a, Value c) { return arith::MulFOp::create(b, a, c); }
  Value div(Value a, Value c) { return arith::DivFOp::create(b, a, c); }
  Value fma(Value a, Value c, Value d) { return math::FmaOp::create(b, a, c, d); }
  Value negate(Value a) { return arith::NegFOp::create(b, a); }
  Value magnitude(Value a) { return math::AbsFOp::create(b, a); }
  Value withSignOf(Value a, Value sign) { return math::CopySignOp::create(b, a, sign); }

  Value addI(Value a, Value c) { return arith::AddIOp::create(b, a, c); }
  Value subI(Value a, Value c) { return arith::SubIOp::create(b, a, c); }
  Value andI(Value a, Value c) { return arith::AndIOp::create(b, a, c); }
  Value xorI(Value a, Value c) { return arith::XOrIOp::create(b, a, c); }
  Value shiftLeft(Value a, int32_t bits) { return arith::ShLIOp::create(b, a, integer(bits)); }
  Value shiftRight(Value a, int32_t bits) { return arith::ShRUIOp::create(b, a, integer(bits)); }
  Value shiftRightSigned(Value a, int32_t bits) {
    return arith::ShRSIOp::create(b, a, integer(bits));
  }
  Value bits(Value a) { return arith::BitcastOp::create(b, i32(), a); }
  Value fromBits(Value a) { return arith::BitcastOp::create(b, f32(), a); }

  Value compare(arith::CmpFPredicate predicate, Value a, Value c) {
    return arith::CmpFOp::create(b, predicate, a, c);
  }
  Value select(Value condition, Value a, Value c) {
    return arith::SelectOp::create(b, condition, a, c);
  }
  /// min(limit, a), and NaN where `a` is NaN: exactly one minps.
  Value atMost(Value a, Value limit) {
    return select(compare(arith::CmpFPredicate::OLT, limit, a), limit, a);
  }
  Value atLeast(Value a, Value limit) {
    return select(compare(arith::CmpFPredicate::OGT, limit, a), limit, a);
  }
  /// coefficients[0] + x * (coefficients[1] + ...).
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value sum = real(coefficients.back());
    for (double coefficient : llvm::reverse(coefficients.drop_back()))
      sum = fma(sum, x, real(coefficient));
    return sum;
  }

  ImplicitLocOpBuilder &b;

private:
  Value constant(Type type, TypedAttr scalar) {
    if (auto vector = dyn_cast<VectorType>(type))
      return arith::ConstantOp::create(b, DenseElementsAttr::get(vector, Attribute(scalar)));
    return arith::ConstantOp::create(b, scalar);
  }

  Type like;
};

} // namespace

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// Adding it to a small f32 rounds to an integer. The 254, twice the bias of
/// an exponent, makes the low bits of the sum an exponent in two halves.
static constexpr double roundingShift = 0x1.8p23 + 254;

/// ln 2 as the sum of two f32; a product of the first with an exponent is exact.
static constexpr double ln2High = 0x1.62e4p-1, ln2Low = 0x1.7f7d1cp-20;

/// p * 2^(low bits of `shifted` - 254), rounded once.
static Value scaleByPower(Arithmetic &m, Value p, Value shifted) {
  Value exponent = m.bits(shifted);
  Value half = m.shiftRight(exponent, 1);
  Value otherHalf = m.subI(exponent, half);
  Value scaled = m.mul(p, m.fromBits(m.shiftLeft(half, 23)));
  return m.mul(scaled, m.fromBits(m.shiftLeft(otherHalf, 23)));
}

/// (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2, to 7e-8.
static constexpr double expCoefficients[] = {0.5, 0.16666577756404877, 0.041666556149721146,
                                             0.00836317427456379, 0.0013926177052780986};

static Value powerOfE(Arithmetic &m, Value r) {
  Value q = m.polynomial(r, expCoefficients);
  return m.fma(m.fma(q, r, m.real(1.0)), r, m.real(1.0));
}

static Value expandExp(Arithmetic &m, Value x) {
  // e^-104 is less than half of the least subnormal, e^89 more than all f32.
  Value bounded = m.atLeast(m.atMost(x, m.real(89.0)), m.real(-104.0));
  Value shifted = m.fma(bounded, m.real(M_LOG2E), m.real(roundingShift));
  Value n = m.sub(shifted, m.real(roundingShift));
  Value r = m.fma(n, m.real(-ln2High), bounded);
  r = m.fma(n, m.real(-ln2Low), r);
  return scaleByPower(m, powerOfE(m, r), shifted);
}

static Value expandExp2(Arithmetic &m, Value x) {
  Value bounded = m.atLeast(m.atMost(x, m.real(129.0)), m.real(-151.0));
  Value shifted = m.add(bounded, m.real(roundingShift));
  Value n = m.sub(shifted, m.real(roundingShift));
  Value r = m.mul(m.sub(bounded, n), m.real(M_LN2));
  return scaleByPower(m, powerOfE(m, r), shifted);
}

/// (ln(1 + f) - f + f^2/2) / f^3 for sqrt(1/2) <= 1 + f <= sqrt(2), to 3e-8.
static constexpr double logCoefficients[] = {
    0.3333333134651184,  -0.2499999701976776,  0.20000715553760529,
    -0.1666780263185501, 0.14249058067798615,  -0.12425687164068222,
    0.11685419827699661, -0.11479733884334564, 0.06971611827611923};

static Value expandLog(Arithmetic &m, Value x) {
  // Subnormals are brought into the range of the others first.
  Value isTiny = m.compare(arith::CmpFPredicate::OLT, x, m.real(0x1p-126));
  Value scaled = m.select(isTiny, m.mul(x, m.real(0x1p23)), x);
  Value bias = m.select(isTiny, m.real(-23.0), m.real(0.0));
  // x = 2^n * (1 + f); the bits of sqrt(1/2) are what 1 + f starts from.
  Value offset = m.subI(m.bits(scaled), m.integer(0x3f3504f3));
  Value n = arith::SIToFPOp::create(m.b, m.f32(), m.shiftRightSigned(offset, 23));
  Value fraction = m.addI(m.andI(offset, m.integer(0x007fffff)), m.integer(0x3f3504f3));
  Value f = m.sub(m.fromBits(fraction), m.real(1.0));
  n = m.add(n, bias);
  Value square = m.mul(f, f);
  Value tail = m.mul(m.mul(square, f), m.polynomial(f, logCoefficients));
  tail = m.fma(n, m.real(ln2Low), tail);
  Value sum = m.add(f, m.fma(square, m.real(-0.5), tail));
  Value result = m.fma(n, m.real(ln2High), sum);
  // ln(+inf) = +inf, ln(0) = -inf, ln(negative) = ln(NaN) = NaN.
  double infinity = std::numeric_limits<double>::infinity();
  Value isFinite = m.compare(arith::CmpFPredicate::OLT, x, m.real(infinity));
  result = m.select(isFinite, result, x);
  Value isZero = m.compare(arith::CmpFPredicate::OEQ, x, m.real(0.0));
  result = m.select(isZero, m.real(-infinity), result);
  Value isNegative = m.compare(arith::CmpFPredicate::OLT, x, m.real(0.0));
  return m.select(isNegative, m.real(std::numeric_limits<double>::quiet_NaN()), result);
}

static Value expandLog1p(Arithmetic &m, Value x) {
  // ln(u) of the rounded u = 1 + x, and what the rounding took, to first order.
  Value u = m.add(m.real(1.0), x);
  Value lost = m.div(m.sub(x, m.sub(u, m.real(1.0))), u);
  Value logarithm = expandLog(m, u);
  // At the ends of the range the loss is NaN, and x = -0 must stay so.
  double infinity = std::numeric_limits<double>::infinity();
  Value isInside = arith::AndIOp::create(m.b, m.compare(arith::CmpFPredicate::OGT, u, m.real(0.0)),
                                         m.compare(arith::CmpFPredicate::OLT, u, m.real(infinity)));
  Value result = m.select(isInside, m.add(logarithm, lost), logarithm);
  Value isTiny = m.compare(arith::CmpFPredicate::OEQ, u, m.real(1.0));
  return m.select(isTiny, x, result);
}

/// (tanh(x) - x) / x^3 as a polynomial of x^2, for |x| <= 0.6, to 2e-8.
static constexpr double tanhCoefficients[] = {-0.3333333432674408,   0.13333313167095184,
                                              -0.05396155267953873,  0.021788321435451508,
                                              -0.008410071022808552, 0.0023707656655460596};

static Value expandTanh(Arithmetic &m, Value x) {
  Value size = m.magnitude(x);
  Value square = m.mul(x, x);
  Value small = m.fma(m.mul(m.polynomial(square, tanhCoefficients), square), x, x);
  // 1 - 2 / (e^2|x| + 1); the quotient is below 0.46 here, so that its error counts half.
  Value power = expandExp(m, m.add(size, size));
  Value quotient = m.div(m.real(2.0), m.add(power, m.real(1.0)));
  Value large = m.withSignOf(m.sub(m.real(1.0), quotient), x);
  Value isSmall = m.compare(arith::CmpFPredicate::OLT, size, m.real(0.6));
  return m.select(isSmall, small, large);
}

/// erf(x) / x - 1 as a polynomial of x^2, for |x| <= 0.9, to 2e-9.
static constexpr double erfCoefficients[] = {
    0.12837916612625122,   -0.37612634897232056,   0.11283718049526215,  -0.026860665529966354,
    0.0052042268216609955, -0.0008179632131941617, 8.529401384294033e-05};

/// ln(1 - erf(x)) for 0.9 <= x <= 4, to 2e-7.
static constexpr double logErfcCoefficients[] = {
    0.0003495821147225797, -1.1303883790969849,    -0.6314834952354431,   -0.11049956828355789,
    0.02673623338341713,   -0.004910780116915703,  0.0006433164817281067, -5.4936168453423306e-05,
    2.594339321149164e-06, -4.4538964516505075e-08};

static Value expandErf(Arithmetic &m, Value x) {
  Value square = m.mul(x, x);
  Value small = m.fma(m.polynomial(square, erfCoefficients), x, x);
  Value size = m.magnitude(x);
  Value bounded = m.atMost(size, m.real(4.0)); // erf(4) rounds to 1
  Value power = expandExp(m, m.polynomial(bounded, logErfcCoefficients));
  Value large = m.withSignOf(m.sub(m.real(1.0), power), x);
  Value isSmall = m.compare(arith::CmpFPredicate::OLT, size, m.real(0.9));
  return m.select(isSmall, small, large);
}

static Value expandRsqrt(Arithmetic &m, Value x) {
  return m.div(m.real(1.0), math::SqrtOp::create(m.b, x));
}

/// (sin(x) - x) / x^3 and (cos(x) - 1 + x^2/2) / x^4 as polynomials of x^2, for
/// |x| <= pi/4, to 3e-8.
static constexpr double sinCoefficients[] = {-0.166666641831398, 0.008332747034728527,
                                             -0.0001958762586582452};
static constexpr double cosCoefficients[] = {0.0416666641831398, -0.0013888301327824593,
                                             2.454767673043534e-05};

/// sin(x + `quadrants` * pi/2). An angle is a position times a frequency, so
/// it may be large, and f64 is what keeps it.
static Value expandSine(Arithmetic &m, Value x, int32_t quadrants) {
  constexpr double shift = 0x1.8p52; // rounds to an integer, as for exp
  constexpr double halfPi = M_PI_2, halfPiLow = 6.123233995736766e-17;
  Value angle = arith::ExtFOp::create(m.b, m.f64(), x);
  Value shifted = m.fma(angle, m.wide(M_2_PI), m.wide(shift));
  Value n = m.sub(shifted, m.wide(shift));
  Value rest = m.fma(n, m.wide(-halfPi), angle);
  rest = m.fma(n, m.wide(-halfPiLow), rest);
  Value r = arith::TruncFOp::create(m.b, m.f32(), rest);
  // Beyond 2^51 quadrants nothing is left of an angle; the result stays in [-1, 1].
  r = m.atLeast(m.atMost(r, m.real(M_PI_4)), m.real(-M_PI_4));
  Value bits = arith::BitcastOp::create(m.b, m.i64(), shifted);
  Value quadrant = arith::TruncIOp::create(m.b, m.i32(), bits);
  quadrant = m.addI(quadrant, m.integer(quadrants));
  Value square = m.mul(r, r);
  Value sine = m.fma(m.mul(m.polynomial(square, sinCoefficients), square), r, r);
  Value cosine = m.fma(m.polynomial(square, cosCoefficients), square, m.real(-0.5));
  cosine = m.fma(cosine, square, m.real(1.0));
  // Odd quadrants take the other function, quadrants 2 and 3 the other sign.
  Value isOdd = arith::CmpIOp::create(m.b, arith::CmpIPredicate::ne, m.andI(quadrant, m.integer(1)),
                                      m.integer(0));
  Value sign = m.shiftLeft(m.andI(quadrant, m.integer(2)), 30);
  return m.fromBits(m.xorI(m.bits(m.select(isOdd, cosine, sine)), sign));
}

//===----------------------------------------------------------------------===//
// Maximum and minimum
//===----------------------------------------------------------------------===//

/// maximumf and minimumf take about five instructions, as they order zeros and
/// keep NaN from either side. With a constant on one side, one comparison says
/// which to take: the other side where it is NaN or equal, unless it is the
/// zero of the wrong sign.
static bool simplifyExtremum(Operation *op, bool isMaximum) {
  Value x = op->getOperand(0), limit = op->getOperand(1);
  FloatAttr constant;
  auto read = [&](Value value) {
    if (matchPattern(value, m_Constant(&constant)))
      return true;
    SplatElementsAttr splat;
    if (auto broadcast = value.getDefiningOp<vector::BroadcastOp>())
      return matchPattern(broadcast.getSource(), m_Constant(&constant));
    if (!matchPattern(value, m_Constant(&splat)) || !isa<FloatType>(splat.getElementType()))
      return false;
    constant = splat.getSplatValue<FloatAttr>();
    return true;
  };
  if (!read(limit)) {
    if (!read(x))
      return false;
    std::swap(x, limit);
  }
  APFloat value = constant.getValue();
  if (value.isNaN())
    return false;
  bool takesEqual = value.isZero() && value.isNegative() != isMaximum;
  arith::CmpFPredicate predicate =
      isMaximum ? (takesEqual ? arith::CmpFPredicate::OGE : arith::CmpFPredicate::OGT)
                : (takesEqual ? arith::CmpFPredicate::OLE : arith::CmpFPredicate::OLT);
  OpBuilder b(op);
  Value takes = arith::CmpFOp::create(b, op->getLoc(), predicate, limit, x);
  Value result = arith::SelectOp::create(b, op->getLoc(), takes, limit, x);
  op->getResult(0).replaceAllUsesWith(result);
  op->erase();
  return true;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

using Expansion = Value (*)(Arithmetic &, Value);

static Expansion expansionOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, Expansion>(op)
      .Case<math::ExpOp>([](auto) { return expandExp; })
      .Case<math::Exp2Op>([](auto) { return expandExp2; })
      .Case<math::LogOp>([](auto) { return expandLog; })
      .Case<math::Log1pOp>([](auto) { return expandLog1p; })
      .Case<math::TanhOp>([](auto) { return expandTanh; })
      .Case<math::ErfOp>([](auto) { return expandErf; })
      .Case<math::RsqrtOp>([](auto) { return expandRsqrt; })
      .Case<math::SinOp>([](auto) {
        return [](Arithmetic &m, Value x) { return expandSine(m, x, /*quadrants=*/0); };
      })
      .Case<math::CosOp>([](auto) {
        return [](Arithmetic &m, Value x) { return expandSine(m, x, /*quadrants=*/1); };
      })
      .Default(Expansion());
}

/// Whether an x86 with AVX2 computes the op without a library.
static bool hasInstructions(Operation *op) {
  return isa<math::SqrtOp, math::FmaOp, math::AbsFOp, math::CopySignOp, math::FloorOp, math::CeilOp,
             math::TruncOp, math::RoundEvenOp, math::AbsIOp, math::CountLeadingZerosOp,
             math::CountTrailingZerosOp, math::CtPopOp, math::IsNaNOp, math::IsInfOp,
             math::IsFiniteOp, math::IsNormalOp>(op);
}

namespace {
struct LowerVectorMath : tenon::impl::LowerVectorMathPassBase<LowerVectorMath> {
  using Base::Base;

  void runOnOperation() override;
  LogicalResult expand(Operation *op);
  LogicalResult expandBf16();
};
} // namespace

LogicalResult LowerVectorMath::expand(Operation *op) {
  if (hasInstructions(op))
    return success();
  Expansion expansion = expansionOf(op);
  Type type = op->getResult(0).getType();
  auto element = dyn_cast<FloatType>(getElementTypeOrSelf(type));
  if (!expansion || !element || element.getWidth() > 32 || isa<TensorType>(type))
    return op->emitOpError("of ") << type << " would need a library; lower-vector-math has no "
                                  << "expansion for it, compute it in f32";
  ImplicitLocOpBuilder b(op->getLoc(), op);
  Arithmetic m(b, type);
  Value x = op->getOperand(0);
  if (!element.isF32())
    x = arith::ExtFOp::create(b, m.f32(), x);
  Value result = expansion(m, x);
  if (!element.isF32())
    result = arith::TruncFOp::create(b, type, result);
  op->getResult(0).replaceAllUsesWith(result);
  op->erase();
  ++expanded;
  return success();
}

LogicalResult LowerVectorMath::expandBf16() {
  RewritePatternSet patterns(&getContext());
  arith::populateExpandBFloat16Patterns(patterns);
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  return applyPatternsGreedily(getOperation(), std::move(patterns), config);
}

void LowerVectorMath::runOnOperation() {
  SmallVector<Operation *> functions, extrema;
  getOperation()->walk([&](Operation *op) {
    if (isa_and_nonnull<math::MathDialect>(op->getDialect()) || isa<arith::RemFOp>(op))
      functions.push_back(op);
    else if (isa<arith::MaximumFOp, arith::MinimumFOp>(op))
      extrema.push_back(op);
  });
  for (Operation *op : functions)
    if (failed(expand(op)))
      return signalPassFailure();
  for (Operation *op : extrema)
    simplifyExtremum(op, isa<arith::MaximumFOp>(op));
  if (!nativeBf16 && failed(expandBf16()))
    signalPassFailure();
}

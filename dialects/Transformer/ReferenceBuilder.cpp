//===- ReferenceBuilder.cpp - Writes reference forms ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/ReferenceBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace tenon::transformer {

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

Value ReferenceBuilder::f32(double value) {
  return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
}

Value ReferenceBuilder::f32(const APFloat &value) { return f32(value.convertToDouble()); }

Value ReferenceBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value ReferenceBuilder::asIndex(Value i32) {
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), i32);
}

Value ReferenceBuilder::widen(Value scalar) {
  if (scalar.getType().isF32())
    return scalar;
  return arith::ExtFOp::create(builder, loc, builder.getF32Type(), scalar);
}

Value ReferenceBuilder::narrow(Value scalar, Type type) {
  if (scalar.getType() == type)
    return scalar;
  return arith::TruncFOp::create(builder, loc, type, scalar);
}

Value ReferenceBuilder::add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
Value ReferenceBuilder::sub(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
Value ReferenceBuilder::mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
Value ReferenceBuilder::div(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
Value ReferenceBuilder::max(Value a, Value b) {
  return arith::MaximumFOp::create(builder, loc, a, b);
}
Value ReferenceBuilder::min(Value a, Value b) {
  return arith::MinimumFOp::create(builder, loc, a, b);
}

Value ReferenceBuilder::exp(Value x) { return math::ExpOp::create(builder, loc, x); }

Value ReferenceBuilder::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(builder, loc, condition, a, b);
}

Value ReferenceBuilder::both(Value a, Value b) { return arith::AndIOp::create(builder, loc, a, b); }

Value ReferenceBuilder::less(Value a, Value b) {
  if (isa<FloatType>(a.getType()))
    return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, a, b);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, a, b);
}

Value ReferenceBuilder::equal(Value a, Value b) {
  if (isa<FloatType>(a.getType()))
    return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, a, b);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, b);
}

Value ReferenceBuilder::sigmoid(Value x) {
  Value negated = arith::NegFOp::create(builder, loc, x);
  return div(f32(1.0), add(f32(1.0), exp(negated)));
}

Value ReferenceBuilder::activation(Activation function, Value x) {
  switch (function) {
  case Activation::Silu:
    return mul(x, sigmoid(x));
  case Activation::Gelu: {
    Value erf = math::ErfOp::create(builder, loc, mul(x, f32(M_SQRT1_2)));
    return mul(mul(f32(0.5), x), add(f32(1.0), erf));
  }
  case Activation::GeluTanh: {
    Value cube = mul(mul(x, x), x);
    Value inner = mul(f32(M_2_SQRTPI * M_SQRT1_2), add(x, mul(f32(0.044715), cube)));
    Value tanh = math::TanhOp::create(builder, loc, inner);
    return mul(mul(f32(0.5), x), add(f32(1.0), tanh));
  }
  case Activation::QuickGelu:
    return mul(x, sigmoid(mul(f32(1.702), x)));
  case Activation::Relu:
    return max(x, f32(0.0));
  case Activation::Relu2: {
    Value positive = max(x, f32(0.0));
    return mul(positive, positive);
  }
  case Activation::Sigmoid:
    return sigmoid(x);
  case Activation::Tanh:
    return math::TanhOp::create(builder, loc, x);
  }
  llvm_unreachable("an activation without a formula");
}

Value ReferenceBuilder::gated(Activation function, const APFloat &limit, const APFloat &alpha,
                              Value gate, Value up) {
  if (limit.isZero())
    return mul(activation(function, gate), up);
  gate = min(gate, f32(limit));
  up = max(min(up, f32(limit)), f32(neg(limit)));
  Value open = sigmoid(mul(f32(alpha), gate));
  return mul(add(up, f32(1.0)), mul(gate, open));
}

//===----------------------------------------------------------------------===//
// Inside a body
//===----------------------------------------------------------------------===//

Value ReferenceBuilder::loop(unsigned axis) { return linalg::IndexOp::create(builder, loc, axis); }

Value ReferenceBuilder::at(Value tensor, ValueRange indices) {
  return tensor::ExtractOp::create(builder, loc, tensor, indices);
}

Value ReferenceBuilder::atF32(Value tensor, ValueRange indices) {
  return widen(at(tensor, indices));
}

Value ReferenceBuilder::sequenceOf(const ReferenceRows &rows, Value row) {
  return asIndex(at(rows.sequences, row));
}

Value ReferenceBuilder::positionOf(const ReferenceRows &rows, Value row) {
  return asIndex(at(rows.positions, {row, index(0)}));
}

Value ReferenceBuilder::toF32(Value index) {
  Value integer = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index);
  return arith::SIToFPOp::create(builder, loc, builder.getF32Type(), integer);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

Value ReferenceBuilder::dim(Value tensor, int64_t axis) {
  return tensor::DimOp::create(builder, loc, tensor, axis);
}

RankedTensorType ReferenceBuilder::typeOf(ArrayRef<OpFoldResult> sizes, Type elementType) {
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamic;
  dispatchIndexOpFoldResults(sizes, dynamic, shape);
  return RankedTensorType::get(shape, elementType);
}

Value ReferenceBuilder::empty(ArrayRef<OpFoldResult> sizes, Type elementType) {
  return tensor::EmptyOp::create(builder, loc, sizes, elementType);
}

Value ReferenceBuilder::filled(ArrayRef<OpFoldResult> sizes, double value) {
  Value init = empty(sizes, builder.getF32Type());
  return linalg::FillOp::create(builder, loc, ValueRange{f32(value)}, ValueRange{init})
      .getResult(0);
}

Value ReferenceBuilder::filledI32(ArrayRef<OpFoldResult> sizes, int32_t value) {
  Value init = empty(sizes, builder.getI32Type());
  Value scalar = arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(value));
  return linalg::FillOp::create(builder, loc, ValueRange{scalar}, ValueRange{init}).getResult(0);
}

Value ReferenceBuilder::constant(ArrayRef<float> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, builder.getF32Type());
  return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, values));
}

Value ReferenceBuilder::constant(ArrayRef<int32_t> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, builder.getI32Type());
  return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, values));
}

SmallVector<OpFoldResult> ReferenceBuilder::sizesOf(Value tensor) {
  return tensor::getMixedSizes(builder, loc, tensor);
}

AffineMap ReferenceBuilder::project(unsigned loops, ArrayRef<unsigned> results) {
  return AffineMap::getMultiDimMapWithTargets(loops, results, builder.getContext());
}

AffineMap ReferenceBuilder::identity(unsigned loops) {
  return AffineMap::getMultiDimIdentityMap(loops, builder.getContext());
}

Value ReferenceBuilder::map(ArrayRef<OpFoldResult> sizes, Type elementType, ValueRange inputs,
                            ArrayRef<AffineMap> maps, Body body) {
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(identity(sizes.size()));
  SmallVector<utils::IteratorType> loops(sizes.size(), utils::IteratorType::parallel);
  Value init = empty(sizes, elementType);
  return linalg::GenericOp::create(builder, loc, TypeRange{init.getType()}, inputs,
                                   ValueRange{init}, allMaps, loops,
                                   [&](OpBuilder &nested, Location, ValueRange arguments) {
                                     OpBuilder::InsertionGuard guard(builder);
                                     builder.setInsertionPointToEnd(nested.getInsertionBlock());
                                     Value result = body(arguments.drop_back());
                                     linalg::YieldOp::create(builder, loc, result);
                                   })
      .getResult(0);
}

Value ReferenceBuilder::elementwise(ValueRange inputs, Body body) {
  SmallVector<OpFoldResult> sizes = sizesOf(inputs.front());
  SmallVector<AffineMap> maps(inputs.size(), identity(sizes.size()));
  return map(sizes, builder.getF32Type(), inputs, maps, body);
}

Value ReferenceBuilder::reduce(Value init, unsigned reduced, ValueRange inputs,
                               ArrayRef<AffineMap> maps, Body body) {
  unsigned kept = cast<RankedTensorType>(init.getType()).getRank();
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(AffineMap::get(kept + reduced, 0,
                                   identity(kept + reduced).getResults().take_front(kept),
                                   builder.getContext()));
  SmallVector<utils::IteratorType> loops(kept, utils::IteratorType::parallel);
  loops.append(reduced, utils::IteratorType::reduction);
  return linalg::GenericOp::create(builder, loc, TypeRange{init.getType()}, inputs,
                                   ValueRange{init}, allMaps, loops,
                                   [&](OpBuilder &nested, Location, ValueRange arguments) {
                                     OpBuilder::InsertionGuard guard(builder);
                                     builder.setInsertionPointToEnd(nested.getInsertionBlock());
                                     Value result = body(arguments);
                                     linalg::YieldOp::create(builder, loc, result);
                                   })
      .getResult(0);
}

/// The reassociation that leaves all axes of a tensor of `rank` alone but the
/// last one, which stands for two.
static SmallVector<ReassociationIndices> lastAxisPair(int64_t rank) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t axis = 0; axis + 1 < rank; ++axis)
    groups.push_back({axis});
  groups.push_back({rank - 1, rank});
  return groups;
}

Value ReferenceBuilder::splitLastAxis(Value tensor, int64_t groups) {
  return splitLastAxisBySize(tensor,
                             cast<RankedTensorType>(tensor.getType()).getShape().back() / groups);
}

Value ReferenceBuilder::splitLastAxisBySize(Value tensor, int64_t size) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<OpFoldResult> sizes = sizesOf(tensor);
  if (ShapedType::isDynamic(shape.back())) {
    Value columns = cast<Value>(sizes.back());
    sizes.back() = arith::DivUIOp::create(builder, loc, columns, index(size)).getResult();
  } else {
    shape.back() /= size;
    sizes.back() = builder.getIndexAttr(shape.back());
  }
  shape.push_back(size);
  sizes.push_back(builder.getIndexAttr(size));
  return tensor::ExpandShapeOp::create(builder, loc, type.clone(shape), tensor,
                                       lastAxisPair(type.getRank()), sizes);
}

Value ReferenceBuilder::mergeLastAxes(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return tensor::CollapseShapeOp::create(builder, loc, tensor, lastAxisPair(type.getRank() - 1));
}

/// Offsets, sizes and strides of components of the last axis of `tensor`.
struct LastAxis {
  SmallVector<OpFoldResult> offsets, sizes, strides;

  LastAxis(ReferenceBuilder &b, Value tensor, int64_t offset, int64_t size, int64_t stride)
      : sizes(b.sizesOf(tensor)) {
    offsets.assign(sizes.size(), b.builder.getIndexAttr(0));
    strides.assign(sizes.size(), b.builder.getIndexAttr(1));
    offsets.back() = b.builder.getIndexAttr(offset);
    sizes.back() = b.builder.getIndexAttr(size);
    strides.back() = b.builder.getIndexAttr(stride);
  }
};

Value ReferenceBuilder::slice(Value tensor, int64_t offset, int64_t size, int64_t stride) {
  LastAxis part(*this, tensor, offset, size, stride);
  return tensor::ExtractSliceOp::create(builder, loc, tensor, part.offsets, part.sizes,
                                        part.strides);
}

Value ReferenceBuilder::insert(Value part, Value into, int64_t offset, int64_t stride) {
  int64_t size = cast<RankedTensorType>(part.getType()).getShape().back();
  LastAxis place(*this, into, offset, size, stride);
  return tensor::InsertSliceOp::create(builder, loc, part, into, place.offsets, place.sizes,
                                       place.strides);
}

Value ReferenceBuilder::outer(Value tensor, Value index) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<OpFoldResult> sizes = sizesOf(tensor);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  offsets.front() = index;
  sizes.front() = builder.getIndexAttr(1);
  auto partType = RankedTensorType::get(type.getShape().drop_front(), type.getElementType());
  return tensor::ExtractSliceOp::create(builder, loc, partType, tensor, offsets, sizes, strides);
}

Value ReferenceBuilder::insertOuter(Value part, Value into, Value index) {
  SmallVector<OpFoldResult> sizes = sizesOf(into);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  offsets.front() = index;
  sizes.front() = builder.getIndexAttr(1);
  return tensor::InsertSliceOp::create(builder, loc, part, into, offsets, sizes, strides);
}

} // namespace tenon::transformer

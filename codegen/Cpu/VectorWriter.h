//===- VectorWriter.h - Short names for vector code -----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_CPU_VECTORWRITER_H
#define TENON_CODEGEN_CPU_VECTORWRITER_H

#include "codegen/Target.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"

namespace tenon::cpu {

/// Lanes of the vectors that kernels are written in: a line of f32. LLVM makes
/// two registers of it where they are shorter.
inline constexpr int64_t lanes = vectorLanes;

/// Writes scalar and vector code of kernels at one place.
class VectorWriter {
public:
  VectorWriter(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;

  using Value = mlir::Value;
  using ValueRange = mlir::ValueRange;

  mlir::VectorType vectorOf(mlir::Type element, int64_t count = lanes) {
    return mlir::VectorType::get({count}, element);
  }
  mlir::VectorType f32Vector() { return vectorOf(builder.getF32Type()); }

  Value index(int64_t value) { return mlir::arith::ConstantIndexOp::create(builder, loc, value); }
  Value f32(double value) {
    return mlir::arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
  }
  Value splat(double value) {
    auto attribute = mlir::DenseElementsAttr::get(f32Vector(), builder.getF32FloatAttr(value));
    return mlir::arith::ConstantOp::create(builder, loc, attribute);
  }
  Value splatI32(int64_t value) {
    auto type = vectorOf(builder.getI32Type());
    auto attribute = mlir::DenseElementsAttr::get(type, builder.getI32IntegerAttr(value));
    return mlir::arith::ConstantOp::create(builder, loc, attribute);
  }

  Value add(Value a, Value b) { return mlir::arith::AddIOp::create(builder, loc, a, b); }
  Value sub(Value a, Value b) { return mlir::arith::SubIOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return mlir::arith::MulIOp::create(builder, loc, a, b); }
  Value addF(Value a, Value b) { return mlir::arith::AddFOp::create(builder, loc, a, b); }
  Value subF(Value a, Value b) { return mlir::arith::SubFOp::create(builder, loc, a, b); }
  Value mulF(Value a, Value b) { return mlir::arith::MulFOp::create(builder, loc, a, b); }
  Value divF(Value a, Value b) { return mlir::arith::DivFOp::create(builder, loc, a, b); }
  Value maxF(Value a, Value b) { return mlir::arith::MaxNumFOp::create(builder, loc, a, b); }
  Value minIndex(Value a, Value b) { return mlir::arith::MinSIOp::create(builder, loc, a, b); }
  Value maxIndex(Value a, Value b) { return mlir::arith::MaxSIOp::create(builder, loc, a, b); }
  Value fma(Value a, Value b, Value c) {
    return mlir::vector::FMAOp::create(builder, loc, a, b, c);
  }
  Value broadcast(Value scalar, mlir::VectorType type) {
    return mlir::vector::BroadcastOp::create(builder, loc, type, scalar);
  }
  Value broadcast(Value f32Scalar) { return broadcast(f32Scalar, f32Vector()); }
  Value bitcast(Value vector, mlir::VectorType type) {
    return mlir::vector::BitCastOp::create(builder, loc, type, vector);
  }
  /// Any float, scalar or vector, as f32.
  Value widen(Value value) {
    mlir::Type type = mlir::getElementTypeOrSelf(value.getType());
    if (type.isF32())
      return value;
    mlir::Type f32 = builder.getF32Type();
    auto vector = mlir::dyn_cast<mlir::VectorType>(value.getType());
    mlir::Type wide = vector ? mlir::Type(vector.clone(f32)) : f32;
    return mlir::arith::ExtFOp::create(builder, loc, wide, value);
  }

  Value load(Value memory, ValueRange indices) {
    return mlir::memref::LoadOp::create(builder, loc, memory, indices);
  }
  void store(Value value, Value memory, ValueRange indices) {
    mlir::memref::StoreOp::create(builder, loc, value, memory, indices);
  }
  Value loadVector(Value memory, ValueRange indices, int64_t count = lanes) {
    mlir::Type element = mlir::cast<mlir::MemRefType>(memory.getType()).getElementType();
    return mlir::vector::LoadOp::create(builder, loc, vectorOf(element, count), memory, indices);
  }
  void storeVector(Value value, Value memory, ValueRange indices) {
    mlir::vector::StoreOp::create(builder, loc, value, memory, indices);
  }
  /// A mask whose first `count` lanes are on; `count` may be out of [0, lanes].
  Value firstLanes(Value count) {
    return mlir::vector::CreateMaskOp::create(builder, loc, vectorOf(builder.getI1Type()), count);
  }

  /// for (i = from; i < to; i += step) body(i, values): the values that body
  /// returns go into the next turn. \returns those of the last.
  llvm::SmallVector<Value>
  loop(Value from, Value to, int64_t step, ValueRange values,
       llvm::function_ref<llvm::SmallVector<Value>(Value, ValueRange)> body) {
    auto op = mlir::scf::ForOp::create(builder, loc, from, to, index(step), values);
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(op.getBody());
    llvm::SmallVector<Value> next = body(op.getInductionVar(), op.getRegionIterArgs());
    if (!values.empty())
      mlir::scf::YieldOp::create(builder, loc, next);
    return llvm::SmallVector<Value>(op.getResults());
  }
  void loop(Value from, Value to, int64_t step, llvm::function_ref<void(Value)> body) {
    loop(from, to, step, {}, [&](Value i, ValueRange) {
      body(i);
      return llvm::SmallVector<Value>();
    });
  }
};

} // namespace tenon::cpu

#endif // TENON_CODEGEN_CPU_VECTORWRITER_H

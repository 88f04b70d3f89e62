//===- NumberOfTurn.cpp - A number that depends on the turn ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/NumberOfTurn.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tenon::cpu {

/// Whether `numbers` are an arithmetic progression.
static bool areRegular(ArrayRef<int64_t> numbers) {
  for (size_t i = 2; i < numbers.size(); ++i)
    if (numbers[i] - numbers[i - 1] != numbers[1] - numbers[0])
      return false;
  return true;
}

Value numberOfTurn(OpBuilder &builder, Location loc, ArrayRef<int64_t> numbers, Value turn) {
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  if (numbers.size() == 1)
    return index(numbers[0]);
  assert(turn && "several numbers without a turn");
  if (areRegular(numbers)) {
    Value first = index(numbers[0]);
    Value far = arith::MulIOp::create(builder, loc, turn, index(numbers[1] - numbers[0]));
    return arith::AddIOp::create(builder, loc, first, far);
  }
  Value number = index(numbers.back());
  for (size_t i = numbers.size() - 1; i-- > 0;) {
    Value isTurn = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, turn, index(i));
    number = arith::SelectOp::create(builder, loc, isTurn, index(numbers[i]), number);
  }
  return number;
}

} // namespace tenon::cpu

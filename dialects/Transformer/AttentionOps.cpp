//===- AttentionOps.cpp - Verifiers of attention --------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/OpChecks.h"

using namespace mlir;
using namespace tenon::transformer;

//===----------------------------------------------------------------------===//
// Keys and values
//===----------------------------------------------------------------------===//

/// What writes of keys and values to a state of heads have in common.
template <typename Op> static LogicalResult verifyKeysAndValues(Op op) {
  auto state = op.getState().getType();
  int64_t width = state.getHeads() * state.getHeadDim();
  if (columns(op.getKeys()) != width) // (C1)
    return op.emitOpError("expected keys and values of ")
           << width << " columns, got " << columns(op.getKeys());
  return verifyThreaded(op); // (C2)
}

/// What attention over a state of heads asks of its query. (C1)
template <typename Op> static LogicalResult verifyQuery(Op op) {
  auto state = op.getState().getType();
  int64_t heads = op.getHeads();
  if (heads < 1 || heads % state.getHeads() != 0 ||
      columns(op.getQuery()) != heads * state.getHeadDim())
    return op.emitOpError("expected a multiple of ")
           << state.getHeads() << " heads of " << state.getHeadDim() << " components, got " << heads
           << " heads in " << columns(op.getQuery()) << " columns";
  return success();
}

LogicalResult KvAppendOp::verify() { return verifyKeysAndValues(*this); }

/// Whether `slopes`, if given, are one for each head.
static bool arePerHead(std::optional<ArrayRef<float>> slopes, int64_t heads) {
  return !slopes || static_cast<int64_t>(slopes->size()) == heads;
}

/// Whether a relative bias is absent, or a table of `heads` columns with a
/// number of buckets that `divisor` divides, and a distance beyond its part
/// that counts single positions.
static bool isRelativeBias(Value table, std::optional<int64_t> maxDistance, int64_t heads,
                           int64_t divisor) {
  if (!table || !maxDistance)
    return !table && !maxDistance;
  auto type = cast<WeightType>(table.getType());
  return type.getRank() == 2 && type.getDimSize(1) == heads && type.getDimSize(0) > 0 &&
         type.getDimSize(0) % divisor == 0 && *maxDistance > type.getDimSize(0) / divisor;
}

LogicalResult AttendOp::verify() {
  if (failed(verifyQuery(*this))) // (C1)
    return failure();
  int64_t heads = getHeads();
  int64_t window = getWindow();
  if (!getScale().isFinite() || !isFiniteNotNegative(getSoftcap()) || window < 0) // (C2)
    return emitOpError("expected a finite scale, and a window and softcap that are not negative");
  if (!isAbsentOr(getSinks(), {heads}) || !arePerHead(getSlopes(), heads)) // (C3)
    return emitOpError("expected one sink and one slope for each of ") << heads << " heads";
  if (!isRelativeBias(getRelative(), getMaxDistance(), heads, /*divisor=*/2)) // (C4)
    return emitOpError("expected a relative bias of an even number of buckets and ")
           << heads << " heads, and with it a max_distance greater than half of the buckets";
  return success();
}

LogicalResult AttendRowsOp::verify() {
  int64_t heads = getHeads(), kvHeads = getKvHeads();
  if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0 || columns(getQuery()) % heads != 0 ||
      columns(getKeys()) != columns(getQuery()) / heads * kvHeads) // (C1)
    return emitOpError("expected heads of one size, got ")
           << heads << " heads in " << columns(getQuery()) << " columns and " << kvHeads
           << " kv_heads in " << columns(getKeys());
  int64_t window = getWindow();
  if (!getScale().isFinite() || !isFiniteNotNegative(getSoftcap()) || window < 0) // (C2)
    return emitOpError("expected a finite scale, and a window and softcap that are not negative");
  if (!arePerHead(getSlopes(), heads)) // (C3)
    return emitOpError("expected one slope for each of ") << heads << " heads";
  if (!isRelativeBias(getRelative(), getMaxDistance(), heads, /*divisor=*/4)) // (C4)
    return emitOpError("expected a relative bias of a multiple of 4 buckets and ")
           << heads << " heads, and with it a max_distance greater than a quarter of the buckets";
  return success();
}

//===----------------------------------------------------------------------===//
// Cross-attention
//===----------------------------------------------------------------------===//

LogicalResult CrossWriteOp::verify() { return verifyKeysAndValues(*this); }

LogicalResult CrossAttendOp::verify() {
  if (failed(verifyQuery(*this))) // (C1)
    return failure();
  if (!getScale().isFinite()) // (C2)
    return emitOpError("expected a finite scale, got ") << getScaleAttr();
  return success();
}

//===----------------------------------------------------------------------===//
// Latent attention
//===----------------------------------------------------------------------===//

LogicalResult LatentAppendOp::verify() {
  LatentType state = getState().getType();
  if (columns(getLatents()) != state.getRank() || columns(getKeys()) != state.getRope()) // (C1)
    return emitOpError("expected latents of ")
           << state.getRank() << " and keys of " << state.getRope() << " columns, got "
           << columns(getLatents()) << " and " << columns(getKeys());
  return verifyThreaded(*this); // (C2)
}

/// What both forms of latent attention ask of queries, result and scale.
template <typename Op> static LogicalResult verifyLatentQuery(Op op) {
  int64_t heads = op.getHeads();
  if (heads < 1 || columns(op.getQuery()) % heads != 0 || columns(op.getResult()) % heads != 0)
    return op.emitOpError("expected a query and a result of ")
           << heads << " equal heads, got " << columns(op.getQuery()) << " and "
           << columns(op.getResult()) << " columns"; // (C1)
  int64_t rope = op.getState().getType().getRope();
  if (columns(op.getQueryRope()) != heads * rope) // (C2)
    return op.emitOpError("expected query_rope of ")
           << heads << " heads of " << rope << " components, got " << columns(op.getQueryRope())
           << " columns";
  return success();
}

LogicalResult LatentAttendOp::verify() {
  if (failed(verifyLatentQuery(*this)))
    return failure();
  int64_t rank = getState().getType().getRank();
  int64_t rows = columns(getQuery()) + columns(getResult());
  if (!hasShape(getWeight(), {rows, rank})) // (C3)
    return emitOpError("expected a weight of shape [")
           << rows << ", " << rank << "], got " << getWeight().getType();
  if (!getScale().isFinite()) // (C4)
    return emitOpError("expected a finite scale, got ") << getScaleAttr();
  return success();
}

LogicalResult LatentAttendAbsorbedOp::verify() {
  if (failed(verifyLatentQuery(*this)))
    return failure();
  int64_t rank = getState().getType().getRank(), heads = getHeads();
  int64_t nope = columns(getQuery()) / heads, value = columns(getResult()) / heads;
  if (!hasShape(getKeyWeight(), {heads, nope, rank}) ||
      !hasShape(getValueWeight(), {heads, value, rank})) // (C3)
    return emitOpError("expected weights of shapes [")
           << heads << ", " << nope << ", " << rank << "] and [" << heads << ", " << value << ", "
           << rank << "], got " << getKeyWeight().getType() << " and "
           << getValueWeight().getType();
  if (!getScale().isFinite()) // (C4)
    return emitOpError("expected a finite scale, got ") << getScaleAttr();
  return success();
}

//===- ProductPhase.cpp - Products with what surrounds them ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile is some rows and one group of packed weight rows. What comes before
// the products (a norm, taking rows, rounding to the type of the tile unit)
// becomes the prologue: each worker computes all rows for itself, which costs
// less than a barrier. What comes after (bias, head norms, rope, activations,
// residual adds, state writes) is computed on the tile, while it is in cache.
//
// Products that share their input but not what follows are components of one
// phase: with 4 query heads over 2 state heads of 64, tiles 0 to 3 are query
// heads, and tiles 4 and 5 compute key and value of one head each and write
// them to the state.
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/StepConversion.h"
#include "passes/TransformerToTask/TileEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/EquivalenceClasses.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

namespace {
/// Products that one epilogue reads, and the epilogue.
struct Component {
  SmallVector<LinearOp> products;
  SmallVector<Operation *> epilogue;
  PackAttr packing;
  int64_t columns = 0;   ///< of each product
  int64_t firstTile = 0; ///< in the phase's grid
  int64_t tiles() const { return packing.groups(columns); }
};

class ProductPhase {
public:
  ProductPhase(StepConversion &conversion, const PhaseOps &ops)
      : conversion(conversion), ops(ops), loc(ops.loc) {}

  LogicalResult build();

private:
  StepConversion &conversion;
  const PhaseOps &ops;
  Location loc;
  SmallVector<Operation *> before; ///< the prologue
  std::vector<Component> components;
  Value input; ///< of all products
  Type inputType;
  int64_t tileRows = 0;
  std::unique_ptr<PhaseBuilder> phase;
  unsigned inputAccess = 0, rowsNumber = 0;
  DenseMap<Value, SmallVector<unsigned, 2>> accesses;
  DenseMap<Value, unsigned> outputs;

  OpBuilder &builder() { return conversion.builder; }
  bool inPhase(Value value) { return llvm::is_contained(ops.ops, value.getDefiningOp()); }

  LogicalResult sortOps();
  LogicalResult formComponents(ArrayRef<LinearOp> products,
                               const DenseMap<Operation *, SmallVector<LinearOp>> &uses);
  LogicalResult checkComponent(Component &component);
  void declareInput();
  LogicalResult checkBefore(Operation *op);
  void declareOperand(Value operand);
  void declareAll();
  void writePrologue();
  void writeComponents(ArrayRef<Component> rest, Value rowTile);
  void writeComponent(const Component &component, Value rowTile);
  Value writeProduct(LinearOp product, const Component &component, Value tile,
                     const TileBounds &bounds, TileEmitter &tiles);
  void writeEpilogueOp(Operation *op, const Component &component, Value tile,
                       const TileBounds &bounds, TileEmitter &tiles);
  void bindEpilogueOperands(Operation *op, const TileBounds &bounds, TileEmitter &tiles);
};
} // namespace

//===----------------------------------------------------------------------===//
// What the phase consists of
//===----------------------------------------------------------------------===//

LogicalResult ProductPhase::sortOps() {
  SmallVector<LinearOp> products;
  DenseMap<Operation *, SmallVector<LinearOp>> uses; // products an op depends on
  for (Operation *op : ops.ops) {
    SmallVector<LinearOp> &mine = uses[op];
    for (Value operand : op->getOperands())
      if (inPhase(operand))
        for (LinearOp product : SmallVector<LinearOp>(uses.lookup(operand.getDefiningOp())))
          if (!llvm::is_contained(mine, product))
            mine.push_back(product);
    auto product = dyn_cast<LinearOp>(op);
    if (product && !mine.empty())
      return op->emitError("depends on another product of its group; split the group");
    if (product) {
      mine = {product};
      products.push_back(product);
    } else if (mine.empty()) {
      if (failed(checkBefore(op)))
        return failure();
      before.push_back(op);
    }
  }
  input = products.front().getInput();
  for (LinearOp product : products)
    if (product.getInput() != input)
      return product.emitError("has another input than the products of its group");
    else if (product.getWeight().getType().getElementType() !=
             products.front().getWeight().getType().getElementType())
      return product.emitError("has weights of another type than the products of its group; "
                               "split the group");
  return formComponents(products, uses);
}

/// The prologue is run by every worker, so it may change nothing.
LogicalResult ProductPhase::checkBefore(Operation *op) {
  if (!isa<ReferenceInterface>(op) ||
      llvm::any_of(op->getOperandTypes(), llvm::IsaPred<StateTypeInterface>))
    return op->emitError("cannot come before a product in one phase, where every worker would "
                         "compute it; leave it out of the group");
  if (isa<SelectRowsOp>(op) && inPhase(op->getOperand(0)))
    return op->emitError("cannot choose rows of what its own phase computes, for the chosen rows "
                         "only; leave what comes before it out of the group");
  for (Value operand : op->getOperands())
    if (isa<WeightType>(operand.getType()) && conversion.packingOf(operand))
      return emitPackedForProducts(op);
  return success();
}

LogicalResult
ProductPhase::formComponents(ArrayRef<LinearOp> products,
                             const DenseMap<Operation *, SmallVector<LinearOp>> &uses) {
  llvm::EquivalenceClasses<Operation *> classes;
  for (LinearOp product : products)
    classes.insert(product);
  for (Operation *op : ops.ops) {
    const SmallVector<LinearOp> &mine = uses.find(op)->second;
    for (LinearOp product : mine)
      classes.unionSets(mine.front(), product);
  }
  llvm::MapVector<Operation *, Component> byLeader;
  for (LinearOp product : products)
    byLeader[classes.getLeaderValue(product)].products.push_back(product);
  for (Operation *op : ops.ops)
    if (!isa<LinearOp>(op) && !uses.find(op)->second.empty())
      byLeader[classes.getLeaderValue(uses.find(op)->second.front())].epilogue.push_back(op);
  int64_t firstTile = 0;
  for (auto &[leader, component] : byLeader) {
    if (failed(checkComponent(component)))
      return failure();
    component.firstTile = firstTile;
    firstTile += component.tiles();
    components.push_back(std::move(component));
  }
  return success();
}

LogicalResult ProductPhase::checkComponent(Component &component) {
  component.packing = conversion.packingOf(component.products.front().getWeight());
  component.columns = component.products.front().getResult().getType().getShape().back();
  if (!component.packing)
    return component.products.front().emitError(
        "has a weight that is not packed; run pack-weights");
  for (LinearOp product : component.products)
    if (conversion.packingOf(product.getWeight()) != component.packing ||
        product.getResult().getType().getShape().back() != component.columns)
      return product.emitError(
          "differs in columns or packing from a product that it is combined with");
  for (Operation *op : component.epilogue) {
    auto rowwise = dyn_cast<RowwiseInterface>(op);
    if (!rowwise && !isa<KvAppendOp>(op))
      return op->emitError("cannot follow a product in one phase");
    for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
      if (!isa<RankedTensorType>(operand.getType()))
        continue;
      if (rowwise && inPhase(operand) && !rowwise.narrowsWithColumns(index))
        return op->emitError("needs all columns of operand ")
               << index << ", of which a tile has some; leave it out of the group";
      if (!rowwise && !inPhase(operand))
        return op->emitError("needs keys and values of one group; leave it out of the group");
    }
    if (rowwise && component.packing.getGroup() % rowwise.getColumnGranule() != 0)
      return op->emitError("needs ")
             << rowwise.getColumnGranule() << " columns in a tile, which holds "
             << component.packing.getGroup();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

void ProductPhase::declareInput() {
  auto weight = components.front().products.front().getWeight().getType();
  inputType = conversion.target.productInputType(weight.getElementType(), conversion.maxRows());
  if (before.empty() && inputType.isF32()) {
    inputAccess = phase->access(conversion.bufferOf(input), task::AccessKind::Read);
    return;
  }
  int64_t rows = conversion.maxRows(), columns = weight.getDimSize(1);
  if (!inputType.isF32()) {
    conversion.step.setRoundsRows(true);
    rows = llvm::alignTo(rows, conversion.target.productRowMultiple(inputType));
    columns = llvm::alignTo(columns, components.front().packing.getMultiple());
  }
  Value memory = conversion.privateBuffer(MemRefType::get({rows, columns}, inputType), loc);
  inputAccess = phase->access(memory, task::AccessKind::Private);
}

void ProductPhase::declareOperand(Value operand) {
  if (accesses.contains(operand) || inPhase(operand))
    return;
  SmallVector<unsigned, 2> &numbers = accesses[operand];
  auto read = [&](Value memory) {
    numbers.push_back(phase->access(memory, task::AccessKind::Read));
  };
  if (isa<WeightType>(operand.getType())) {
    read(conversion.weightMemory(operand, loc));
  } else if (isa<RowsType>(operand.getType())) {
    read(conversion.step.getRowSequence());
    read(conversion.step.getPositions());
  } else if (isa<KvType>(operand.getType())) {
    for (unsigned part : {0, 1})
      numbers.push_back(
          phase->access(conversion.statePart(operand, part, loc), task::AccessKind::Update));
  } else {
    read(conversion.bufferOf(operand));
  }
}

void ProductPhase::declareAll() {
  declareInput();
  rowsNumber = phase->value(conversion.rowCount(input), conversion.maxRows());
  for (Operation *op : ops.ops)
    for (Value operand : op->getOperands()) {
      bool isInput = isa<LinearOp>(op) && operand == input;
      if (!isInput)
        declareOperand(operand);
    }
  // A product that rounds its rows reads them in the prologue.
  if (before.empty() && !inputType.isF32())
    declareOperand(input);
  for (Value result : ops.results)
    if (isa<RankedTensorType>(result.getType()))
      outputs[result] = phase->access(conversion.bufferOf(result), task::AccessKind::Write);
}

//===----------------------------------------------------------------------===//
// Prologue
//===----------------------------------------------------------------------===//

void ProductPhase::writePrologue() {
  phase->startPrologue();
  TileEmitter tiles(builder(), loc);
  ReferenceBuilder b(builder(), loc);
  auto bind = [&](Value operand, bool whole) {
    SmallVector<Value> tensors;
    for (unsigned number : accesses[operand]) {
      TileBounds all{Value(), phase->valueArgument(rowsNumber), Value(), {}};
      whole |= isa<WeightType>(operand.getType());
      tensors.push_back(whole ? tiles.loadWhole(phase->view(number))
                              : tiles.load(phase->view(number), all));
    }
    tiles.bind(operand, tensors);
  };
  Value memory = phase->view(inputAccess), count = phase->valueArgument(rowsNumber);
  int64_t columns = cast<RankedTensorType>(input.getType()).getShape().back();
  Value place = tiles.place(memory, {Value(), count, b.index(0), builder().getIndexAttr(columns)});
  for (Operation *op : before) {
    for (Value operand : op->getOperands())
      if (!tiles.isBound(operand))
        bind(operand, isa<SelectRowsOp>(op) && operand == op->getOperand(0));
    tiles.emit(cast<ReferenceInterface>(op));
  }
  if (!tiles.isBound(input))
    bind(input, /*whole=*/false);
  Value rows = tiles.tileOf(input);
  if (!inputType.isF32()) // the tile unit reads rounded rows, with zeros behind them
    rows = b.map(b.sizesOf(rows), inputType, rows, b.identity(2),
                 [&](ValueRange e) { return b.narrow(e[0], inputType); });
  int64_t padded = cast<MemRefType>(memory.getType()).getShape().back();
  tiles.store(rows, place);
  if (padded == columns)
    return;
  OpFoldResult zero = builder().getIndexAttr(0), one = builder().getIndexAttr(1);
  Value rest = memref::SubViewOp::create(
      builder(), loc, memory, ArrayRef<OpFoldResult>{zero, builder().getIndexAttr(columns)},
      ArrayRef<OpFoldResult>{count, builder().getIndexAttr(padded - columns)},
      ArrayRef<OpFoldResult>{one, one});
  Value nothing = arith::ConstantOp::create(builder(), loc, builder().getFloatAttr(inputType, 0.0));
  linalg::FillOp::create(builder(), loc, nothing, rest);
}

//===----------------------------------------------------------------------===//
// Body
//===----------------------------------------------------------------------===//

Value ProductPhase::writeProduct(LinearOp product, const Component &component, Value tile,
                                 const TileBounds &bounds, TileEmitter &tiles) {
  ReferenceBuilder b(builder(), loc);
  OpFoldResult zero = builder().getIndexAttr(0), one = builder().getIndexAttr(1);
  auto attr = [&](int64_t value) -> OpFoldResult { return builder().getIndexAttr(value); };
  Value memory = phase->view(accesses[product.getWeight()].front());
  ArrayRef<int64_t> shape = cast<MemRefType>(memory.getType()).getShape();
  int64_t blocks = component.packing.blocksPerGroup();
  Value firstBlock = arith::MulIOp::create(builder(), loc, tile, b.index(blocks));
  Value weight = memref::SubViewOp::create(
      builder(), loc, memory, ArrayRef<OpFoldResult>{firstBlock, zero, zero, zero},
      ArrayRef<OpFoldResult>{attr(blocks), attr(shape[1]), attr(shape[2]), attr(shape[3])},
      ArrayRef<OpFoldResult>{one, one, one, one});
  Value all = phase->view(inputAccess);
  int64_t width = cast<MemRefType>(all.getType()).getShape().back();
  // A tile unit reads whole tiles, also of rows that are not there.
  int64_t sumRows = llvm::alignTo(tileRows, conversion.target.productRowMultiple(inputType));
  Value rows = memref::SubViewOp::create(
      builder(), loc, all, ArrayRef<OpFoldResult>{bounds.firstRow, zero},
      ArrayRef<OpFoldResult>{attr(sumRows), attr(width)}, ArrayRef<OpFoldResult>{one, one});
  int64_t sumColumns = blocks * component.packing.getLanes();
  auto sumType = MemRefType::get({sumRows, sumColumns}, builder().getF32Type());
  Value sums = memref::AllocOp::create(builder(), loc, sumType, builder().getI64IntegerAttr(64));
  task::MatmulOp::create(builder(), loc, rows, weight, sums, bounds.rows,
                         product.getWeight().getType().getDimSize(1));
  Value result = tiles.load(sums, {Value(), bounds.rows, b.index(0), bounds.columns});
  if (!product.getBias())
    return result;
  Value bias = tiles.loadRange(phase->view(accesses[product.getBias()].front()), bounds.firstColumn,
                               bounds.columns);
  return b.map(b.sizesOf(result), builder().getF32Type(), {result, bias},
               {b.identity(2), b.project(2, {1})},
               [&](ValueRange e) { return b.add(e[0], b.widen(e[1])); });
}

void ProductPhase::bindEpilogueOperands(Operation *op, const TileBounds &bounds,
                                        TileEmitter &tiles) {
  auto rowwise = dyn_cast<RowwiseInterface>(op);
  for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
    if (tiles.isBound(operand) || isa<KvType>(operand.getType()))
      continue;
    TileBounds rows{bounds.firstRow, bounds.rows, Value(), {}};
    if (isa<RowsType>(operand.getType())) {
      tiles.bind(operand, llvm::map_to_vector(accesses[operand], [&](unsigned number) {
                   return tiles.load(phase->view(number), rows);
                 }));
      continue;
    }
    Value view = phase->view(accesses[operand].front());
    bool narrows = rowwise && rowwise.narrowsWithColumns(index);
    if (isa<WeightType>(operand.getType()))
      tiles.bind(operand, narrows ? tiles.loadRange(view, bounds.firstColumn, bounds.columns)
                                  : tiles.loadWhole(view));
    else
      tiles.bind(operand, tiles.load(view, narrows ? bounds : rows));
  }
}

void ProductPhase::writeEpilogueOp(Operation *op, const Component &component, Value tile,
                                   const TileBounds &bounds, TileEmitter &tiles) {
  bindEpilogueOperands(op, bounds, tiles);
  auto append = dyn_cast<KvAppendOp>(op);
  if (!append) {
    tiles.emitForColumns(cast<ReferenceInterface>(op), bounds.columns);
    return;
  }
  ReferenceBuilder b(builder(), loc);
  int64_t headDim = append.getState().getType().getHeadDim();
  Value head =
      arith::MulIOp::create(builder(), loc, tile, b.index(component.packing.getGroup() / headDim));
  ArrayRef<unsigned> parts = accesses[append.getState()], rowAccess = accesses[append.getRows()];
  AppendedRows rows{phase->view(rowAccess[0]), phase->view(rowAccess[1]), bounds.firstRow, head};
  SmallVector<PageLayout> layouts = layoutsOf(append.getState().getType());
  for (auto [part, tensor] : llvm::enumerate(append.getWrittenTensors()))
    tiles.emitAppend(tiles.tileOf(tensor), phase->view(parts[part]), layouts[part], headDim, rows);
  conversion.replaceState(append.getState(), append.getResult());
}

/// Whether `value` is computed by `component`.
static bool belongsTo(const Component &component, Value value) {
  Operation *maker = value.getDefiningOp();
  return llvm::is_contained(component.epilogue, maker) ||
         llvm::is_contained(component.products, maker);
}

void ProductPhase::writeComponent(const Component &component, Value rowTile) {
  ReferenceBuilder b(builder(), loc);
  TileEmitter tiles(builder(), loc);
  int64_t group = component.packing.getGroup();
  Value tile = arith::SubIOp::create(builder(), loc, phase->tile(0), b.index(component.firstTile));
  Value firstRow = arith::MulIOp::create(builder(), loc, rowTile, b.index(tileRows));
  Value left = arith::SubIOp::create(builder(), loc, phase->valueArgument(rowsNumber), firstRow);
  TileBounds bounds{firstRow, arith::MinUIOp::create(builder(), loc, b.index(tileRows), left),
                    arith::MulIOp::create(builder(), loc, tile, b.index(group)),
                    builder().getIndexAttr(group)};
  if (component.columns < group) { // a norm over all columns needs to know their number
    bounds.columns = builder().getIndexAttr(component.columns);
  } else if (component.columns % group != 0) { // the last tile is narrower
    Value rest =
        arith::SubIOp::create(builder(), loc, b.index(component.columns), bounds.firstColumn);
    bounds.columns = arith::MinUIOp::create(builder(), loc, b.index(group), rest).getResult();
  }
  SmallVector<std::pair<Value, Value>> places;
  for (Value result : ops.results)
    if (outputs.contains(result) && belongsTo(component, result))
      places.push_back({result, tiles.place(phase->view(outputs[result]), bounds)});
  for (LinearOp product : component.products)
    tiles.bind(product.getResult(), writeProduct(product, component, tile, bounds, tiles));
  for (Operation *op : component.epilogue)
    writeEpilogueOp(op, component, tile, bounds, tiles);
  for (auto [result, place] : places)
    tiles.store(tiles.tileOf(result), place);
}

void ProductPhase::writeComponents(ArrayRef<Component> rest, Value rowTile) {
  if (rest.size() == 1)
    return writeComponent(rest.front(), rowTile);
  ReferenceBuilder b(builder(), loc);
  Value isFirst = arith::CmpIOp::create(builder(), loc, arith::CmpIPredicate::ult, phase->tile(0),
                                        b.index(rest[1].firstTile));
  auto choice = scf::IfOp::create(builder(), loc, isFirst, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder());
  builder().setInsertionPointToStart(choice.thenBlock());
  writeComponent(rest.front(), rowTile);
  builder().setInsertionPointToStart(choice.elseBlock());
  writeComponents(rest.drop_front(), rowTile);
}

LogicalResult ProductPhase::build() {
  if (failed(sortOps()))
    return failure();
  int64_t maxRows = conversion.maxRows();
  tileRows = std::min(maxRows, conversion.target.productTileRows);
  const Component &last = components.back();
  int64_t columnTiles = last.firstTile + last.tiles();
  Value columns = arith::ConstantIndexOp::create(builder(), loc, columnTiles);
  Value rows = conversion.tileCount(conversion.rowCount(input), tileRows);
  phase = std::make_unique<PhaseBuilder>(
      builder(), loc, ops.label, ValueRange{columns, rows},
      ArrayRef<int64_t>{columnTiles, static_cast<int64_t>(llvm::divideCeil(maxRows, tileRows))});
  // What is declared stands before the phase.
  declareAll();
  if (!before.empty() || !inputType.isF32())
    writePrologue();
  phase->startBody();
  writeComponents(components, phase->tile(1));
  phase->finish();
  return success();
}

LogicalResult convertProductPhase(StepConversion &conversion, const PhaseOps &phase) {
  return ProductPhase(conversion, phase).build();
}

} // namespace tenon

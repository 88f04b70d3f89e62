//===- GroupProducts.cpp - Products and what shares their tiles -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Grouping only moves ops into a region: the mathematics stays. The group is
// placed where its last product was, so every value from outside must be known
// there, and what came before that place and uses its results goes behind it.
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/TransformerDialect.h"
#include "passes/Passes.h"
#include "passes/Transformer/ColumnTiles.h"
#include "passes/Transformer/Remarks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include <set>

using namespace mlir;
using namespace tenon;
using namespace tenon::transformer;

namespace tenon {
#define GEN_PASS_DEF_GROUPPRODUCTSPASS
#include "passes/Passes.h.inc"
} // namespace tenon

/// What a product can make for the ops that read it, in the order of labels.
enum class Role { Query, Key, Value, Gate, Up };
using RoleSet = std::set<Role>;

static StringRef nameOf(Role role) {
  static constexpr StringLiteral names[] = {"q", "k", "v", "gate", "up"};
  return names[static_cast<unsigned>(role)];
}

/// Products of one group read the input in one type, which that of their
/// weights decides.
static Type weightType(LinearOp product) { return product.getWeight().getType().getElementType(); }

namespace {
/// One group while it grows.
class Group {
public:
  explicit Group(LinearOp first) : input(first.getInput()) {
    for (Operation *user : input.getUsers())
      if (auto product = dyn_cast<LinearOp>(user))
        if (product.getInput() == input && product->getBlock() == first->getBlock() &&
            weightType(product) == weightType(first))
          products.push_back(product);
    llvm::sort(products, [](LinearOp a, LinearOp b) { return a->isBeforeInBlock(b); });
    for (LinearOp product : products) {
      members.insert(product);
      tiles[product] = columnTile(headGranule(product.getResult()));
    }
    place = products.back();
  }

  void addBefore();
  /// \returns how many ops could have joined, but for a reason that is told.
  unsigned addAfter();
  void form();

private:
  Value input;
  SmallVector<LinearOp> products;
  llvm::SetVector<Operation *> members;
  DenseMap<Operation *, int64_t> tiles; ///< columns of a tile, where an op is in
  Operation *place;

  SmallVector<Operation *> usersOutside();
  llvm::SetVector<Operation *> dependents();
  std::string whyNot(Operation *op);
  bool findRoles(Value value, RoleSet &roles);
  std::string label();
};
} // namespace

/// Takes the ops that make the input, when nothing else needs what they make.
/// The choice of rows is the first of them: an op before it has other rows.
void Group::addBefore() {
  Value value = input;
  while (Operation *op = value.getDefiningOp()) {
    auto rowwise = dyn_cast<RowwiseInterface>(op);
    bool isCheap = isa<SelectRowsOp>(op) || (rowwise && rowwise.mayBeRepeated());
    if (!isCheap || op->getBlock() != place->getBlock())
      return;
    if (!llvm::all_of(op->getUsers(), [&](Operation *user) { return members.contains(user); })) {
      remark::missed(op->getLoc(), remarkFor(op, "group-products", "fusion"))
          << (op->getName().getStringRef() + " cannot come before a product in its phase").str()
          << remark::reason("others read its result");
      return;
    }
    members.insert(op);
    if (isa<SelectRowsOp>(op))
      return;
    value = op->getOperand(0);
  }
}

/// The ops between the products that need what the group makes and are not in
/// it, in order.
llvm::SetVector<Operation *> Group::dependents() {
  llvm::SetVector<Operation *> late;
  Block *block = place->getBlock();
  for (Operation *op = products.front(); op != place; op = op->getNextNode()) {
    if (members.contains(op))
      continue;
    WalkResult uses = op->walk([&](Operation *nested) {
      return WalkResult(success(llvm::none_of(nested->getOperands(), [&](Value operand) {
        Operation *maker = operand.getDefiningOp();
        maker = maker ? block->findAncestorOpInBlock(*maker) : nullptr;
        return maker && (members.contains(maker) || late.contains(maker));
      })));
    });
    if (uses.wasInterrupted())
      late.insert(op);
  }
  return late;
}

/// Why `op`, which uses a member, cannot join; empty when it can.
std::string Group::whyNot(Operation *op) {
  auto rowwise = dyn_cast<RowwiseInterface>(op);
  if (!rowwise && !isa<KvAppendOp>(op))
    return "it is not computed row by row on a tile of columns";
  llvm::SetVector<Operation *> late = dependents();
  int64_t columns = 0;
  for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
    Operation *maker = operand.getDefiningOp();
    if (maker && tiles.contains(maker)) {
      if (rowwise && !rowwise.narrowsWithColumns(index))
        return "it needs all columns of an operand that tiles cut";
      if (columns && columns != tiles[maker])
        return llvm::formatv("its operands have tiles of {0} and {1} columns", columns,
                             tiles[maker]);
      columns = tiles[maker];
    } else if (maker && maker->getBlock() == place->getBlock() && !maker->isBeforeInBlock(place)) {
      return "an operand is computed after the group";
    } else if (maker && late.contains(maker)) {
      return "an operand depends on the group";
    } else if (!rowwise && isa<RankedTensorType>(operand.getType())) {
      return "its keys and values are not made in one group";
    }
  }
  int64_t granule =
      rowwise ? rowwise.getColumnGranule() : cast<KvAppendOp>(op).getState().getType().getHeadDim();
  if (columns % granule != 0)
    return llvm::formatv("it needs {0} columns together, a tile has {1}", granule, columns);
  tiles[op] = columns;
  return {};
}

unsigned Group::addAfter() {
  // An op may wait for another to join, so reasons count only at the end.
  llvm::MapVector<Operation *, std::string> refused;
  bool grew = true;
  while (grew) {
    grew = false;
    refused.clear();
    for (Operation *user : usersOutside()) {
      std::string reason = whyNot(user);
      if (reason.empty()) {
        members.insert(user);
        grew = true;
        break;
      }
      refused[user] = std::move(reason);
    }
  }
  for (auto &[user, reason] : refused)
    remark::missed(user->getLoc(), remarkFor(user, "group-products", "fusion"))
        << (user->getName().getStringRef() + " cannot share the tiles of a product").str()
        << remark::reason("{0}", reason);
  return refused.size();
}

/// The ops that use what the tiles hold and might join.
SmallVector<Operation *> Group::usersOutside() {
  llvm::SetVector<Operation *> users;
  for (Operation *member : members)
    if (tiles.contains(member))
      for (Operation *user : member->getUsers())
        if (user->getBlock() == place->getBlock() && !members.contains(user) &&
            !isa<LinearOp, AttentionInterface>(user) && !user->hasTrait<OpTrait::IsTerminator>())
          users.insert(user);
  return users.takeVector();
}

/// What a value is to the op that reads it as `use`, if that names it.
static std::optional<Role> roleOf(OpOperand &use) {
  Operation *reader = use.getOwner();
  if (isa<AttentionInterface>(reader)) // reads states besides, which no product makes
    return Role::Query;
  if (auto append = dyn_cast<KvAppendOp>(reader))
    return &use == &append.getKeysMutable() ? Role::Key : Role::Value;
  if (auto gated = dyn_cast<GatedActivationOp>(reader))
    return &use == &gated.getGateMutable() ? Role::Gate : Role::Up;
  return std::nullopt;
}

/// Adds what `value` is to those that read it, perhaps after members changed it
/// tile by tile. \returns whether it is anything.
bool Group::findRoles(Value value, RoleSet &roles) {
  bool found = false;
  for (OpOperand &use : value.getUses()) {
    if (std::optional<Role> role = roleOf(use)) {
      roles.insert(*role);
      found = true;
    } else if (members.contains(use.getOwner())) {
      for (Value changed : use.getOwner()->getResults())
        found |= findRoles(changed, roles);
    }
  }
  return found;
}

/// What perf and dumps call the phase: what its products make when all of them
/// have a name, as in `qkv` and `gate_up`, else that it has products.
std::string Group::label() {
  RoleSet roles;
  if (llvm::all_of(products, [&](LinearOp op) { return findRoles(op.getResult(), roles); })) {
    std::string label;
    for (Role role : roles)
      label += (label.empty() || role <= Role::Value ? "" : "_") + nameOf(role).str();
    return label;
  }
  bool addsResidual = llvm::any_of(members, llvm::IsaPred<ResidualAddOp>);
  return addsResidual ? "linear_residual" : "linear";
}

void Group::form() {
  SmallVector<Operation *> ordered(members.begin(), members.end());
  llvm::sort(ordered, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  SmallVector<Value> results;
  for (Operation *op : ordered)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !members.contains(user); }))
        results.push_back(result);
  llvm::SetVector<Operation *> late = dependents();
  OpBuilder builder(place);
  SmallVector<Location> locations;
  for (LinearOp product : products)
    locations.push_back(product.getLoc());
  auto group = GroupOp::create(builder, builder.getFusedLoc(locations), TypeRange(results),
                               builder.getStringAttr(label()));
  Block &body = group.getBody().emplaceBlock();
  for (auto [inner, outer] : llvm::zip(results, group.getResults()))
    inner.replaceUsesWithIf(outer,
                            [&](OpOperand &use) { return !members.contains(use.getOwner()); });
  for (Operation *op : ordered)
    op->moveBefore(&body, body.end());
  builder.setInsertionPointToEnd(&body);
  YieldOp::create(builder, group.getLoc(), results);
  for (Operation *op : llvm::reverse(late))
    op->moveAfter(group);
}

namespace {
struct GroupProducts : tenon::impl::GroupProductsPassBase<GroupProducts> {
  void runOnOperation() override {
    for (Block &block : getOperation().getBody()) {
      // Forming a group moves products, so they are looked for anew each time.
      auto next = [&]() -> LinearOp {
        for (Operation &op : block)
          if (auto linear = dyn_cast<LinearOp>(op))
            return linear;
        return {};
      };
      while (LinearOp product = next()) {
        Group group(product);
        group.addBefore();
        missed += group.addAfter();
        group.form();
        ++groups;
      }
    }
  }
};
} // namespace

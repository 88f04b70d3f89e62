//===- RollLayers.cpp - Layers that alternate as calls of one function ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/TransformerDialect.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/STLExtras.h"

#include <optional>

using namespace mlir;
using namespace tenon;

namespace tenon {
#define GEN_PASS_DEF_ROLLLAYERSPASS
#include "passes/Passes.h.inc"
} // namespace tenon

using Calls = ArrayRef<func::CallOp>;

static StringRef calleeOf(func::CallOp call) { return call.getCallee(); }

/// How many stretches of calls of one function there are: each makes code.
static size_t countRuns(Calls calls) {
  size_t runs = 0;
  for (size_t i = 0; i < calls.size(); ++i)
    runs += i == 0 || calleeOf(calls[i]) != calleeOf(calls[i - 1]);
  return runs;
}

/// How often the first `length` calls come one after the other.
static size_t countPeriods(Calls calls, size_t length) {
  size_t same = length;
  while (same < calls.size() && calleeOf(calls[same]) == calleeOf(calls[same - length]))
    ++same;
  return same / length;
}

/// The period at the front of `calls` that saves the most code; 0 when none
/// saves any.
static size_t bestPeriod(Calls calls) {
  size_t best = 0, mostSaved = 0;
  for (size_t length = 2; 2 * length <= calls.size(); ++length) {
    size_t runs = countRuns(calls.take_front(length * countPeriods(calls, length)));
    if (runs > length && runs - length > mostSaved) {
      mostSaved = runs - length;
      best = length;
    }
  }
  return best;
}

namespace {
/// Calls that are periods of one sequence of functions, as calls of a function
/// that is one period.
class Roll {
public:
  Roll(Calls calls, size_t length, SymbolTable &symbols)
      : calls(calls), length(length), symbols(symbols) {}

  /// Finds what the function takes and gives. \returns why it cannot be made;
  /// empty when it can.
  std::string plan();
  void apply();

private:
  /// Where an operand comes from: a result of an earlier call of the period,
  /// or an argument of the function.
  struct Source {
    std::optional<size_t> call; ///< in the period
    unsigned index;             ///< of the result, or of the argument
  };

  Calls period(size_t number) const { return calls.slice(number * length, length); }
  size_t periods() const { return calls.size() / length; }
  func::FuncOp callee(size_t call) const {
    return symbols.lookup<func::FuncOp>(calleeOf(calls[call]));
  }
  std::optional<Source> inside(size_t number, Value operand) const;
  unsigned argumentOf(SmallVector<Value> passed);
  func::FuncOp makeFunction();

  Calls calls;
  size_t length;
  SymbolTable &symbols;
  SmallVector<SmallVector<Source>> sources;  ///< of each operand of each call
  SmallVector<SmallVector<Value>> arguments; ///< what each period passes
  SmallVector<std::pair<size_t, unsigned>> results;
};
} // namespace

/// The call of period `number` that makes `operand`, if one does.
std::optional<Roll::Source> Roll::inside(size_t number, Value operand) const {
  for (auto [index, call] : llvm::enumerate(period(number)))
    if (operand.getDefiningOp() == func::CallOp(call))
      return Source{index, cast<OpResult>(operand).getResultNumber()};
  return std::nullopt;
}

/// The argument that is `passed` by the periods; the same values share one.
unsigned Roll::argumentOf(SmallVector<Value> passed) {
  auto known = llvm::find(arguments, passed);
  if (known == arguments.end())
    known = arguments.insert(arguments.end(), std::move(passed));
  return known - arguments.begin();
}

std::string Roll::plan() {
  for (size_t i = 0; i < length; ++i) {
    func::FuncOp function = callee(i);
    if (!function || !function.getBody().hasOneBlock())
      return llvm::formatv("'{0}' has no body of one block", calleeOf(calls[i]));
    SmallVector<Source> &operands = sources.emplace_back();
    for (unsigned o = 0; o < function.getNumArguments(); ++o) {
      std::optional<Source> first = inside(0, func::CallOp(calls[i]).getOperand(o));
      SmallVector<Value> passed;
      for (size_t p = 0; p < periods(); ++p) {
        passed.push_back(func::CallOp(period(p)[i]).getOperand(o));
        std::optional<Source> source = inside(p, passed.back());
        bool same = source.has_value() == first.has_value() &&
                    (!source || (source->call == first->call && source->index == first->index));
        if (!same)
          return llvm::formatv("operand {0} of '{1}' comes from another place in another period", o,
                               function.getName());
      }
      operands.push_back(first ? *first : Source{std::nullopt, argumentOf(std::move(passed))});
    }
  }
  auto leaves = [&](size_t p, Value result) {
    return llvm::any_of(result.getUsers(), [&](Operation *user) {
      return llvm::none_of(period(p), [&](func::CallOp call) { return call == user; });
    });
  };
  for (size_t i = 0; i < length; ++i)
    for (unsigned r = 0; r < func::CallOp(calls[i]).getNumResults(); ++r)
      for (size_t p = 0; p < periods(); ++p)
        if (leaves(p, func::CallOp(period(p)[i]).getResult(r))) {
          results.emplace_back(i, r);
          break;
        }
  return {};
}

func::FuncOp Roll::makeFunction() {
  SmallVector<Type> argumentTypes, resultTypes;
  for (ArrayRef<Value> passed : arguments)
    argumentTypes.push_back(passed.front().getType());
  for (auto [call, result] : results)
    resultTypes.push_back(func::CallOp(calls[call]).getResult(result).getType());
  func::FuncOp first = callee(0);
  auto function =
      func::FuncOp::create(first.getLoc(), ("period_of_" + Twine(length)).str(),
                           FunctionType::get(first.getContext(), argumentTypes, resultTypes));
  function.setPrivate();
  symbols.insert(function, Block::iterator(first));
  Block *body = function.addEntryBlock();
  OpBuilder builder = OpBuilder::atBlockEnd(body);
  SmallVector<SmallVector<Value>> made;
  for (size_t i = 0; i < length; ++i) {
    IRMapping mapping;
    for (auto [argument, source] : llvm::zip(callee(i).getArguments(), sources[i]))
      mapping.map(argument, source.call ? made[*source.call][source.index]
                                        : Value(body->getArgument(source.index)));
    Block &layer = callee(i).getBody().front();
    for (Operation &op : layer.without_terminator())
      builder.clone(op, mapping);
    SmallVector<Value> &returned = made.emplace_back();
    for (Value value : layer.getTerminator()->getOperands())
      returned.push_back(mapping.lookupOrDefault(value));
  }
  SmallVector<Value> given;
  for (auto [call, result] : results)
    given.push_back(made[call][result]);
  func::ReturnOp::create(builder, first.getLoc(), given);
  return function;
}

void Roll::apply() {
  func::FuncOp function = makeFunction();
  for (size_t p = 0; p < periods(); ++p) {
    func::CallOp last = period(p).back();
    OpBuilder builder(last);
    SmallVector<Value> operands;
    for (ArrayRef<Value> passed : arguments)
      operands.push_back(passed[p]);
    auto call = func::CallOp::create(builder, last.getLoc(), function, operands);
    for (auto [index, place] : llvm::enumerate(results)) {
      Value old = func::CallOp(period(p)[place.first]).getResult(place.second);
      Value now = call.getResult(index);
      old.replaceAllUsesWith(now);
      for (SmallVector<Value> &passed : arguments)
        llvm::replace(passed, old, now);
    }
    for (func::CallOp old : llvm::reverse(period(p)))
      old.erase();
  }
}

/// Stretches of calls with nothing between them but weights, of `block`.
static SmallVector<SmallVector<func::CallOp>> stretchesOf(Block &block) {
  SmallVector<SmallVector<func::CallOp>> stretches(1);
  for (Operation &op : block)
    if (auto call = dyn_cast<func::CallOp>(op))
      stretches.back().push_back(call);
    else if (!isa<transformer::GetWeightOp>(op))
      stretches.emplace_back();
  return stretches;
}

namespace {
struct RollLayers : tenon::impl::RollLayersPassBase<RollLayers> {
  bool anyRolled = false;

  /// Rolls the calls at the front of `calls`. \returns how many are done.
  size_t rollFront(Calls calls, SymbolTable &symbols) {
    size_t length = bestPeriod(calls);
    if (length == 0)
      return 1;
    Calls whole = calls.take_front(length * countPeriods(calls, length));
    Roll roll(whole, length, symbols);
    func::CallOp first = whole.front();
    if (std::string reason = roll.plan(); !reason.empty()) {
      remark::missed(first.getLoc(),
                     remark::RemarkOpts::name("roll-layers")
                         .category("layers")
                         .function(first->getParentOfType<func::FuncOp>().getName()))
          << "layers that alternate stay apart" << remark::reason("{0}", reason);
      return 1;
    }
    size_t done = whole.size();
    roll.apply();
    rolled += done;
    anyRolled = true;
    return done;
  }

  void runOnOperation() override {
    anyRolled = false;
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      for (Block &block : function.getBody())
        for (const SmallVector<func::CallOp> &stretch : stretchesOf(block))
          for (Calls rest = stretch; !rest.empty();)
            rest = rest.drop_front(rollFront(rest, symbols));
    for (func::FuncOp function : functions)
      if (anyRolled && function.isPrivate() &&
          SymbolTable::symbolKnownUseEmpty(function, getOperation()))
        symbols.erase(function);
  }
};
} // namespace

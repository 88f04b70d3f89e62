//===- TemplateMachine.cpp - Runs compiled chat templates -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateMachine.h"

#include <bit>

using namespace tenon::rt;
using namespace tenon::rt::templates;

//===----------------------------------------------------------------------===//
// Scopes, stack and output
//===----------------------------------------------------------------------===//

Value *Scope::find(uint32_t name) {
  for (auto &[variable, value] : variables)
    if (variable == name)
      return &value;
  return nullptr;
}

void Scope::set(uint32_t name, const Value &value) {
  if (Value *present = find(name))
    *present = value;
  else
    variables.push_back({name, value});
}

Machine::Machine(const ProgramTables &tables, Evaluation &eval) : tables(tables), eval(eval) {
  for (uint32_t i = 0; i < tables.constants.size(); ++i) {
    const ProgramConstant &constant = tables.constants[i];
    switch (constant.kind) {
    case ConstantKind::None:
      constants.push_back(Value::none());
      break;
    case ConstantKind::False:
    case ConstantKind::True:
      constants.push_back(Value::of(constant.kind == ConstantKind::True));
      break;
    case ConstantKind::Integer:
      constants.push_back(Value::of(static_cast<int64_t>(constant.bits)));
      break;
    case ConstantKind::Float:
      constants.push_back(Value::of(std::bit_cast<double>(constant.bits)));
      break;
    case ConstantKind::String:
      constants.push_back(eval.string(repairUtf8(tables.string(i))));
      break;
    }
  }
  captures.emplace_back();
  globals = newScope(nullptr);
  scope = newScope(globals);
  loopName = tables.findString("loop");
  for (const ProgramGlobal &global : tables.globals)
    globals->set(global.name, constants[global.value]);
  for (uint32_t i = 0; i < std::size(functionNames); ++i)
    define(functionNames[i], eval.callable({Callable::Type::Builtin, i, nullptr, {}}));
}

void Machine::define(std::string_view name, const Value &value) {
  if (uint32_t index = tables.findString(name); index != noIndex)
    globals->set(index, value);
}

Scope *Machine::newScope(Scope *parent) {
  eval.charge(sizeof(Scope));
  scopes.push_back({parent, {}});
  return &scopes.back();
}

Value Machine::pop() {
  if (stack.empty())
    return eval.fail("the program takes a value that is not there; compile the model again");
  Value value = stack.back();
  stack.pop_back();
  return value;
}

std::vector<Value> Machine::popMany(size_t count) {
  if (stack.size() < count) {
    pop();
    eval.fail("the program takes values that are not there; compile the model again");
    return {};
  }
  std::vector<Value> values(stack.end() - static_cast<ptrdiff_t>(count), stack.end());
  stack.resize(stack.size() - count);
  return values;
}

void Machine::print(const Text &text) {
  if (eval.charge(text.sizeBytes()))
    captures.back().append(text);
}

Value Machine::endCapture() {
  if (captures.size() < 2)
    return eval.fail("the program ends a capture that it did not begin; compile the model again");
  Text text = std::move(captures.back());
  captures.pop_back();
  return eval.string(std::move(text));
}

Value Machine::load(uint32_t name) {
  for (Scope *each = scope; each; each = each->parent)
    if (Value *value = each->find(name))
      return *value;
  return eval.undefined(fmt::format("'{}' is undefined", tables.string(name)));
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// Takes `count` positional arguments and `flags` pairs of name and value.
Arguments Machine::popArguments(const Instruction &instruction) {
  Arguments arguments;
  std::vector<Value> pairs = popMany(size_t(instruction.flags) * 2);
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    if (!pairs[i].isString()) {
      eval.fail("the program names an argument by a {}; compile the model again",
                typeName(pairs[i]));
      return arguments;
    }
    arguments.named.push_back({pairs[i].text->view(), pairs[i + 1]});
  }
  if (stack.size() < instruction.count)
    eval.fail("the program takes values that are not there; compile the model again");
  return arguments;
}

void Machine::call(const Instruction &instruction) {
  Arguments arguments = popArguments(instruction);
  std::vector<Value> positional = popMany(instruction.count);
  arguments.positional = positional;
  Value callee = pop();
  if (!eval.failed())
    push(callValue(callee, arguments));
}

Value Machine::callValue(const Value &callee, const Arguments &arguments) {
  Nesting nesting(eval);
  if (eval.failed())
    return {};
  if (callee.is(Kind::Loop)) {
    BoundArguments bound(eval, "loop", arguments, {"iterable"}, 1);
    Loop &loop = *callee.loop;
    if (loop.recursive == noIndex)
      return eval.fail("'loop' can be called in a recursive loop only");
    return callLoop(loop.recursive, loop.outer, bound[0], loop.depth0 + 1);
  }
  if (callee.isUndefined())
    return eval.failWith(callee.missing ? *callee.missing : "the value is undefined");
  if (!callee.is(Kind::Callable))
    return eval.fail("a {} cannot be called", typeName(callee));
  const Callable &function = *callee.callable;
  switch (function.type) {
  case Callable::Type::Builtin:
    return callBuiltin(eval, Builtin(function.index), arguments);
  case Callable::Type::Method:
    return callMethod(eval, Method(function.index), function.self, arguments);
  case Callable::Type::Macro:
    return callMacro(function, arguments);
  }
  return {};
}

/// Puts the arguments into the present scope; parameters without one stay
/// unbound, the macro's first instructions see to them.
void Machine::bindParameters(const ProgramFunction &function, const Arguments &arguments) {
  std::string_view name = tables.string(function.name);
  auto parameters =
      std::span(tables.parameters).subspan(function.firstParameter, function.parameterCount);
  if (arguments.positional.size() > parameters.size()) {
    eval.fail("macro '{}' takes at most {} arguments, got {}", name, parameters.size(),
              arguments.positional.size());
    return;
  }
  for (size_t i = 0; i < arguments.positional.size(); ++i)
    scope->set(parameters[i], arguments.positional[i]);
  for (auto &[keyword, value] : arguments.named) {
    auto parameter =
        std::find_if(parameters.begin(), parameters.end(),
                     [&, key = keyword](uint32_t each) { return tables.string(each) == key; });
    if (parameter == parameters.end() || scope->find(*parameter)) {
      eval.fail("macro '{}' has no parameter '{}', or got it twice", name, keyword);
      return;
    }
    scope->set(*parameter, value);
  }
}

Value Machine::callMacro(const Callable &macro, const Arguments &arguments) {
  const ProgramFunction &function = tables.functions[macro.index];
  Scope *caller = std::exchange(scope, newScope(macro.scope));
  bindParameters(function, arguments);
  captures.emplace_back();
  execute(function.entry);
  scope = caller;
  return eval.failed() ? Value() : endCapture();
}

Value Machine::callLoop(uint32_t entry, Scope *outer, const Value &iterable, int64_t depth0) {
  Nesting nesting(eval);
  Scope *caller = std::exchange(scope, outer);
  nextLoopDepth = depth0;
  captures.emplace_back();
  push(iterable);
  execute(entry);
  scope = caller;
  return eval.failed() ? Value() : endCapture();
}

void Machine::applyNamed(const Instruction &instruction) {
  Arguments arguments = popArguments(instruction);
  std::vector<Value> positional = popMany(instruction.count);
  arguments.positional = positional;
  Value value = pop();
  if (eval.failed())
    return;
  if (Opcode(instruction.opcode) == Opcode::ApplyFilter)
    push(applyFilter(eval, Filter(instruction.operand), value, arguments));
  else
    push(Value::of(applyTest(eval, Test(instruction.operand), value, arguments)));
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

std::optional<Value> Machine::nextItem(Loop &loop) {
  while (loop.next < loop.items.size() && eval.step()) {
    Value item = loop.items[loop.next++];
    if (loop.filter == 0)
      return item;
    Nesting nesting(eval);
    if (eval.failed())
      break;
    Scope *body = std::exchange(scope, newScope(loop.outer));
    push(item);
    execute(loop.filter);
    scope = body;
    bool passes = isTrue(pop());
    if (eval.failed())
      break;
    if (passes)
      return item;
  }
  return std::nullopt;
}

void Machine::beginLoop(const Instruction &instruction) {
  Value iterable = pop();
  Loop &loop = loopObjects.emplace_back();
  eval.charge(sizeof(Loop));
  loop.machine = this;
  loop.outer = scope;
  loop.filter = instruction.operand;
  loop.depth0 = std::exchange(nextLoopDepth, 0);
  loop.items = itemsOf(eval, iterable);
  loop.stackSize = stack.size();
  loop.captureCount = captures.size();
  if (loop.filter == 0)
    loop.length = std::ssize(loop.items);
  loops.push_back(&loop);
}

/// Goes to the next item. \returns false when there is none.
bool Machine::beginTurn(Loop &loop) {
  scope = loop.outer;
  stack.resize(std::min(stack.size(), loop.stackSize));
  captures.resize(std::min(captures.size(), loop.captureCount));
  std::optional<Value> item = std::exchange(loop.after, std::nullopt);
  if (!item)
    item = nextItem(loop);
  if (!item || eval.failed())
    return false;
  ++loop.index0;
  loop.previous = std::exchange(loop.current, *item);
  scope = newScope(loop.outer);
  if (loopName != noIndex)
    scope->set(loopName, eval.loop(&loop));
  push(*item);
  return true;
}

/// Runs the filter over what is left, to know how many items pass.
static int64_t countItems(Evaluation &eval, Loop &loop) {
  if (loop.length)
    return *loop.length;
  std::vector<Value> rest;
  while (std::optional<Value> item = loop.machine->nextItem(loop))
    rest.push_back(*item);
  eval.charge(rest.size() * sizeof(Value));
  loop.length = std::ssize(rest) + loop.index0 + 1 + loop.after.has_value();
  loop.items = std::move(rest);
  loop.next = 0;
  loop.filter = 0;
  return *loop.length;
}

static const std::optional<Value> &peekItem(Loop &loop) {
  if (!loop.after)
    loop.after = loop.machine->nextItem(loop);
  return loop.after;
}

Value templates::getLoopAttribute(Evaluation &eval, Loop &loop, std::string_view name) {
  if (name == "index0")
    return Value::of(loop.index0);
  if (name == "index")
    return Value::of(loop.index0 + 1);
  if (name == "first")
    return Value::of(loop.index0 == 0);
  if (name == "last")
    return Value::of(!peekItem(loop).has_value());
  if (name == "previtem")
    return loop.index0 > 0 ? loop.previous : eval.undefined("there is no previous item");
  if (name == "nextitem")
    return peekItem(loop) ? *loop.after : eval.undefined("there is no next item");
  if (name == "length")
    return Value::of(countItems(eval, loop));
  if (name == "revindex")
    return Value::of(countItems(eval, loop) - loop.index0);
  if (name == "revindex0")
    return Value::of(countItems(eval, loop) - loop.index0 - 1);
  if (name == "depth")
    return Value::of(loop.depth0 + 1);
  if (name == "depth0")
    return Value::of(loop.depth0);
  return eval.undefined(fmt::format("the loop has no attribute '{}'", name));
}

Value templates::callLoopMethod(Evaluation &eval, Method method, Loop &loop,
                                const Arguments &arguments) {
  std::vector<Value> values(arguments.positional.begin(), arguments.positional.end());
  if (method == Method::Cycle) {
    if (values.empty())
      return eval.fail("'cycle' needs values");
    return values[static_cast<size_t>(loop.index0) % values.size()];
  }
  bool same = loop.changed && loop.changed->size() == values.size();
  for (size_t i = 0; same && i < values.size(); ++i)
    same = areEqual(eval, (*loop.changed)[i], values[i]);
  loop.changed = std::move(values);
  return Value::of(!same);
}

void Machine::executeLoop(const Instruction &instruction, uint32_t &next) {
  Opcode opcode = Opcode(instruction.opcode);
  if (opcode == Opcode::CallLoop) {
    push(callLoop(instruction.operand, scope, pop(), 0));
    return;
  }
  if (opcode == Opcode::BeginLoop) {
    beginLoop(instruction);
    if (instruction.flags & 1)
      loops.back()->recursive = next - 1;
    return;
  }
  if (loops.empty()) {
    eval.fail("the program ends a loop that it did not begin; compile the model again");
    return;
  }
  Loop &loop = *loops.back();
  if (opcode == Opcode::NextTurn) {
    if (!beginTurn(loop))
      next = instruction.operand;
  } else if (opcode == Opcode::EndTurn) {
    loop.anyTurnEnded = true;
  } else {
    scope = loop.outer;
    stack.resize(std::min(stack.size(), loop.stackSize));
    captures.resize(std::min(captures.size(), loop.captureCount));
    loops.pop_back();
    push(Value::of(!loop.anyTurnEnded));
  }
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

void Machine::compareChain(const Instruction &instruction, uint32_t &next) {
  Value right = pop(), left = pop();
  if (compareValues(eval, Comparison(instruction.flags), left, right)) {
    push(right);
    return;
  }
  push(Value::of(false));
  next = instruction.operand;
}

/// Leaves the first item on top.
void Machine::unpack(uint16_t count) {
  std::vector<Value> items = itemsOf(eval, pop());
  if (items.size() != count)
    eval.fail("expected {} values to unpack, got {}", count, items.size());
  stack.insert(stack.end(), items.rbegin(), items.rend());
}

void Machine::storeAttribute(uint32_t name) {
  Value value = pop(), object = pop();
  if (!object.is(Kind::Namespace)) {
    eval.fail("attribute '{}' can be set on a namespace only, not on a {}", tables.string(name),
              typeName(object));
    return;
  }
  eval.set(*object.dict, constants[name], value);
}

/// Instructions that compute values and print them.
void Machine::executeValue(const Instruction &instruction) {
  switch (Opcode(instruction.opcode)) {
  case Opcode::PushConstant:
    return push(constants[instruction.operand]);
  case Opcode::PushUndefined:
    return push(eval.undefined(std::string(tables.string(instruction.operand))));
  case Opcode::LoadName:
    return push(load(instruction.operand));
  case Opcode::StoreName:
    return scope->set(instruction.operand, pop());
  case Opcode::StoreAttribute:
    return storeAttribute(instruction.operand);
  case Opcode::IsUnbound:
    return push(Value::of(scope->find(instruction.operand) == nullptr));
  case Opcode::Pop:
    pop();
    return;
  case Opcode::MakeList:
    return push(eval.list(popMany(instruction.count)));
  case Opcode::MakeTuple:
    return push(eval.list(popMany(instruction.count), List::Flavour::Tuple));
  case Opcode::MakeDict: {
    std::vector<Value> parts = popMany(size_t(instruction.count) * 2);
    Value dict = eval.dict();
    for (size_t i = 0; i + 1 < parts.size(); i += 2)
      eval.set(*dict.dict, parts[i], parts[i + 1]);
    return push(dict);
  }
  case Opcode::Unpack:
    return unpack(instruction.count);
  case Opcode::GetAttribute:
    return push(getAttribute(eval, pop(), constants[instruction.operand]));
  case Opcode::GetItem: {
    Value index = pop(), object = pop();
    return push(getItem(eval, object, index));
  }
  case Opcode::GetSlice: {
    Value step = pop(), stop = pop(), start = pop(), object = pop();
    return push(getSlice(eval, object, start, stop, step));
  }
  case Opcode::Negate: {
    Value value = pop();
    if (value.is(Kind::Float))
      return push(Value::of(-value.number));
    return push(computeBinary(eval, Opcode::Subtract, Value::of(int64_t(0)), value));
  }
  case Opcode::Plus:
    return push(computeBinary(eval, Opcode::Add, Value::of(int64_t(0)), pop()));
  case Opcode::Not:
    return push(Value::of(!isTrue(pop())));
  case Opcode::Concatenate:
    return push(joinItems(eval, popMany(instruction.count), Text()));
  case Opcode::Compare: {
    Value right = pop(), left = pop();
    return push(Value::of(compareValues(eval, Comparison(instruction.flags), left, right)));
  }
  case Opcode::Call:
    return call(instruction);
  case Opcode::ApplyFilter:
  case Opcode::ApplyTest:
    return applyNamed(instruction);
  case Opcode::Print:
    return print(printed(eval, pop()));
  case Opcode::PrintText:
    return print(*constants[instruction.operand].text);
  default: { // Add to Power
    Value right = pop(), left = pop();
    return push(computeBinary(eval, Opcode(instruction.opcode), left, right));
  }
  }
}

/// Instructions that move the counter, scopes or captures.
void Machine::executeFlow(const Instruction &instruction, uint32_t &next) {
  switch (Opcode(instruction.opcode)) {
  case Opcode::CompareChain:
    return compareChain(instruction, next);
  case Opcode::Jump:
    next = instruction.operand;
    return;
  case Opcode::JumpIfFalse:
    if (!isTrue(pop()))
      next = instruction.operand;
    return;
  case Opcode::JumpIfFalseOrPop:
  case Opcode::JumpIfTrueOrPop: {
    Value value = pop();
    if (isTrue(value) == (Opcode(instruction.opcode) == Opcode::JumpIfTrueOrPop)) {
      push(value);
      next = instruction.operand;
    }
    return;
  }
  case Opcode::BeginCapture:
    captures.emplace_back();
    return;
  case Opcode::EndCapture:
    return push(endCapture());
  case Opcode::PushScope:
    scope = newScope(scope);
    return;
  case Opcode::PopScope:
    if (scope->parent && scope->parent != globals)
      scope = scope->parent;
    return;
  case Opcode::MakeMacro:
    return push(eval.callable({Callable::Type::Macro, instruction.operand, scope, {}}));
  default:
    return executeLoop(instruction, next);
  }
}

static bool isFlow(Opcode opcode) {
  switch (opcode) {
  case Opcode::CompareChain:
  case Opcode::Jump:
  case Opcode::JumpIfFalse:
  case Opcode::JumpIfFalseOrPop:
  case Opcode::JumpIfTrueOrPop:
  case Opcode::BeginCapture:
  case Opcode::EndCapture:
  case Opcode::PushScope:
  case Opcode::PopScope:
  case Opcode::BeginLoop:
  case Opcode::NextTurn:
  case Opcode::EndTurn:
  case Opcode::EndLoop:
  case Opcode::CallLoop:
  case Opcode::MakeMacro:
    return true;
  default:
    return false;
  }
}

/// Runs from `entry` to the Return of its level.
void Machine::execute(uint32_t entry) {
  size_t outerLoops = loops.size();
  for (uint32_t next = entry; !eval.failed() && eval.step();) {
    const Instruction &instruction = tables.instructions[next++];
    currentLine = instruction.line;
    Opcode opcode = Opcode(instruction.opcode);
    if (opcode == Opcode::Return)
      break;
    if (isFlow(opcode))
      executeFlow(instruction, next);
    else
      executeValue(instruction);
  }
  loops.resize(std::min(loops.size(), outerLoops));
}

Text Machine::run() {
  execute(0);
  return std::move(captures.front());
}

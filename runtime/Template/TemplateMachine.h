//===- TemplateMachine.h - Runs compiled chat templates -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A stack machine. Scopes form a chain: globals, the template, then one for
// each macro call, block and turn of a loop; a name is stored in the innermost
// and looked for outwards. Printed text goes to the innermost capture (the
// result of a macro or of a `set` block), the outermost is the prompt.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TEMPLATE_TEMPLATEMACHINE_H
#define TENON_RUNTIME_TEMPLATE_TEMPLATEMACHINE_H

#include "TemplateCall.h"
#include "TemplateProgram.h"

#include <deque>
#include <optional>
#include <vector>

namespace tenon::rt::templates {

/// Variables by name; a name is the index of its constant.
struct Scope {
  Scope *parent = nullptr;
  std::vector<std::pair<uint32_t, Value>> variables;

  Value *find(uint32_t name);
  void set(uint32_t name, const Value &value);
};

class Machine;

/// A `for` while it runs; also the value of `loop` in its body.
struct Loop {
  Machine *machine = nullptr;
  Scope *outer = nullptr;       ///< scope around the loop
  std::vector<Value> items;     ///< what it goes through, before the filter
  size_t next = 0;              ///< first item not looked at yet
  uint32_t filter = 0;          ///< entry of the filter, 0 for none
  uint32_t recursive = noIndex; ///< entry of the loop itself, when recursive
  int64_t index0 = -1;
  int64_t depth0 = 0;
  Value previous, current;
  std::optional<Value> after; ///< the item behind `current`, once asked for
  std::optional<int64_t> length;
  std::optional<std::vector<Value>> changed;
  bool anyTurnEnded = false;
  size_t stackSize = 0, captureCount = 0; ///< what a `break` goes back to
};

class Machine {
public:
  Machine(const ProgramTables &tables, Evaluation &eval);

  /// Defines a variable that the template may read. Names that the program
  /// does not mention are passed over.
  void define(std::string_view name, const Value &value);

  /// Runs the whole template. \returns the text, unless the Evaluation failed.
  Text run();
  /// The line of the instruction that ran last.
  uint32_t line() const { return currentLine; }

  /// The next item that passes the filter of `loop`.
  std::optional<Value> nextItem(Loop &loop);

private:
  void execute(uint32_t entry);
  void executeValue(const Instruction &instruction);
  void executeFlow(const Instruction &instruction, uint32_t &next);
  void executeLoop(const Instruction &instruction, uint32_t &next);
  void compareChain(const Instruction &instruction, uint32_t &next);
  void call(const Instruction &instruction);
  Value callValue(const Value &callee, const Arguments &arguments);
  Value callMacro(const Callable &macro, const Arguments &arguments);
  void bindParameters(const ProgramFunction &function, const Arguments &arguments);
  Value callLoop(uint32_t entry, Scope *scope, const Value &iterable, int64_t depth0);
  void applyNamed(const Instruction &instruction);
  void unpack(uint16_t count);
  void beginLoop(const Instruction &instruction);
  bool beginTurn(Loop &loop);
  void storeAttribute(uint32_t name);
  Arguments popArguments(const Instruction &instruction);

  void push(const Value &value) { stack.push_back(value); }
  Value pop();
  std::vector<Value> popMany(size_t count);
  Scope *newScope(Scope *parent);
  void print(const Text &text);
  Value endCapture();
  Value load(uint32_t name);

  const ProgramTables &tables;
  Evaluation &eval;
  std::vector<Value> constants;
  std::vector<Value> stack;
  std::vector<Text> captures;
  std::deque<Scope> scopes;
  std::deque<Loop> loopObjects;
  std::vector<Loop *> loops;
  Scope *globals, *scope;
  int64_t nextLoopDepth = 0;
  uint32_t currentLine = 0;
  uint32_t loopName;
};

} // namespace tenon::rt::templates

#endif // TENON_RUNTIME_TEMPLATE_TEMPLATEMACHINE_H

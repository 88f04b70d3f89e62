//===- ChatTemplateCompiler.cpp - From syntax trees to template programs --===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChatTemplate.h"
#include "ChatTemplateProgram.h"
#include "importers/Diagnostics/QuotedText.h"
#include "runtime/Template/TemplateFields.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

#include <optional>
#include <tuple>

using namespace tenon;
using namespace tenon::jinja;
using namespace tenon::rt::templates;
using ExprKind = Expression::Kind;
using StmtKind = Statement::Kind;

namespace {
/// The names that a template defines or asks for, anywhere in it.
class KnownNames {
public:
  explicit KnownNames(const StatementList &list) { visit(list); }
  bool contains(llvm::StringRef name) const { return names.contains(name); }

private:
  void visit(const StatementList &list);
  void visit(const Expression *node);
  void define(const Expression *target);

  llvm::StringSet<> names;
};

class Generator {
public:
  Generator(const KnownNames &names, ProgramBuilder &program, Problems &problems)
      : names(names), program(program), problems(problems) {}

  void generate(const StatementList &list);

private:
  struct LoopPlaces {
    uint32_t start;
    std::vector<uint32_t> breaks;
  };

  void generate(const Statement &statement);
  void generateIf(const Statement &statement);
  void generateFor(const Statement &statement);
  uint32_t generateLoopFilter(const Statement &statement);
  void generateLoop(const Statement &statement, uint32_t filter);
  void generateMacro(const Statement &statement);
  void generateCaptured(const Statement &statement);
  void store(const Expression *target);

  void generate(const Expression *node);
  void generatePrinted(const Expression *node);
  void generateAll(const Expression &node, size_t first = 0);
  void generateArguments(const Expression &node, Opcode opcode, uint32_t operand);
  void generateCall(const Expression &node);
  void generateFilter(const Expression &node);
  void generateTest(const Expression &node);
  void generateCompare(const Expression &node);
  void generateConditional(const Expression &node);
  void generateLogic(const Expression &node, Opcode jump);
  void generateAttribute(const Expression &node);
  void generateLiteral(const Expression &node);
  void checkNameArgument(const Expression &node);
  void checkFormat(const Expression &format, bool inBraces);
  void checkCount(const Expression &node);

  const KnownNames &names;
  ProgramBuilder &program;
  Problems &problems;
  std::vector<LoopPlaces> loops;
  const Expression *printed = nullptr; ///< the present value of a `{{ }}` or a filter block
};
} // namespace

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

void KnownNames::define(const Expression *target) {
  if (!target)
    return;
  if (target->kind == ExprKind::Name)
    names.insert(target->text);
  for (const ExpressionPtr &part : target->operands)
    define(part.get());
}

void KnownNames::visit(const Expression *node) {
  if (!node)
    return;
  bool asksForName =
      node->kind == ExprKind::Test && (node->text == "defined" || node->text == "undefined");
  if (asksForName && node->operands.front() && node->operands.front()->kind == ExprKind::Name)
    names.insert(node->operands.front()->text);
  for (const ExpressionPtr &operand : node->operands)
    visit(operand.get());
}

void KnownNames::visit(const StatementList &list) {
  for (const auto &statement : list) {
    define(statement->target.get());
    if (statement->kind == StmtKind::Macro)
      names.insert(statement->text);
    for (const Parameter &parameter : statement->parameters) {
      names.insert(parameter.name);
      visit(parameter.absent.get());
    }
    visit(statement->value.get());
    visit(statement->condition.get());
    for (const ExpressionPtr &condition : statement->conditions)
      visit(condition.get());
    for (const StatementList &body : statement->bodies)
      visit(body);
  }
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

/// The counts of an instruction have 16 bits, those of keywords 8.
void Generator::checkCount(const Expression &node) {
  if (node.operands.size() > UINT16_MAX || node.keywords.size() > UINT8_MAX)
    problems.add(node.place, "more than " + llvm::Twine(UINT16_MAX) + " values in one expression",
                 splitExpression);
}

void Generator::generateAll(const Expression &node, size_t first) {
  checkCount(node);
  for (const ExpressionPtr &operand : llvm::drop_begin(node.operands, first))
    generate(operand.get());
}

/// Pushes the arguments behind the first operand, keywords as name and value.
void Generator::generateArguments(const Expression &node, Opcode opcode, uint32_t operand) {
  checkCount(node);
  size_t keywords = node.keywords.size(), positional = node.operands.size() - 1 - keywords;
  for (size_t i = 0; i < positional + keywords; ++i) {
    if (i >= positional)
      program.emit(Opcode::PushConstant, node.place,
                   program.addString(node.keywords[i - positional]));
    generate(node.operands[i + 1].get());
  }
  program.emit(opcode, node.place, operand, positional, keywords);
}

/// A format that is a literal, and most are, is known to be supported or not.
void Generator::checkFormat(const Expression &format, bool inBraces) {
  if (format.kind != ExprKind::String)
    return;
  std::string_view part = findUnsupported(format.text, inBraces);
  if (!part.empty())
    problems.addUnsupported(format.place, "the part " + quoted(part) + " of a format");
}

void Generator::generateCall(const Expression &node) {
  const Expression &callee = *node.operands.front();
  if (callee.kind == ExprKind::Attribute && callee.text == "format")
    checkFormat(*callee.operands.front(), /*inBraces=*/true);
  if (callee.kind == ExprKind::Name && callee.text != "loop" && !names.contains(callee.text) &&
      findName(functionNames, callee.text) == noIndex)
    problems.addUnsupported(callee.place, "the function '" + callee.text + "'");
  bool isLoop = callee.kind == ExprKind::Attribute &&
                callee.operands.front()->kind == ExprKind::Name &&
                callee.operands.front()->text == "loop"; // generateAttribute knows its attributes
  if (callee.kind == ExprKind::Attribute && !isLoop && findName(methods, callee.text) == noIndex)
    problems.addUnsupported(callee.place, "the method '" + callee.text + "'");
  generate(&callee);
  generateArguments(node, Opcode::Call, 0);
}

/// map, select and their siblings take the name of a filter or test as a string.
void Generator::checkNameArgument(const Expression &node) {
  static constexpr llvm::StringRef byTest[] = {"select", "reject", "selectattr", "rejectattr"};
  bool takesTest = llvm::is_contained(byTest, node.text);
  size_t place = node.text == "selectattr" || node.text == "rejectattr" ? 2 : 1;
  if ((!takesTest && node.text != "map") || node.operands.size() <= place + node.keywords.size())
    return;
  const Expression &name = *node.operands[place];
  if (name.kind != ExprKind::String)
    return;
  if (takesTest && findName(testNames, name.text) == noIndex)
    problems.addUnsupported(name.place, "the test '" + name.text + "'");
  bool escapes = name.text == "e" || name.text == "escape"; // see generateFilter
  if (!takesTest && (escapes || findName(filterNames, name.text) == noIndex))
    problems.addUnsupported(name.place, "the filter '" + name.text + "'");
}

void Generator::generateFilter(const Expression &node) {
  uint32_t filter = findName(filterNames, node.text);
  if (filter == noIndex)
    problems.addUnsupported(node.place, "the filter '" + node.text + "'");
  // Elsewhere jinja2 escapes whatever is put together with the result, too.
  bool escapes = node.text == "e" || node.text == "escape";
  if (escapes && &node != printed)
    problems.addUnsupported(node.place, "the filter '" + node.text + "' before the end of '{{ }}'");
  checkNameArgument(node);
  if (node.text == "format" && node.operands.front())
    checkFormat(*node.operands.front(), /*inBraces=*/false);
  if (node.operands.front()) // else the block's text is on the stack
    generate(node.operands.front().get());
  generateArguments(node, Opcode::ApplyFilter, filter);
}

void Generator::generateTest(const Expression &node) {
  uint32_t test = findName(testNames, node.text);
  if (test == noIndex)
    problems.addUnsupported(node.place, "the test '" + node.text + "'");
  generate(node.operands.front().get());
  generateArguments(node, Opcode::ApplyTest, test);
}

/// `a < b < c`: b is computed once, c only when a < b.
void Generator::generateCompare(const Expression &node) {
  generate(node.operands.front().get());
  std::vector<uint32_t> exits;
  for (size_t i = 0; i < node.comparisons.size(); ++i) {
    generate(node.operands[i + 1].get());
    bool isLast = i + 1 == node.comparisons.size();
    uint32_t place = program.emit(isLast ? Opcode::Compare : Opcode::CompareChain, node.place, 0, 0,
                                  static_cast<size_t>(node.comparisons[i]));
    if (!isLast)
      exits.push_back(place);
  }
  for (uint32_t exit : exits)
    program.land(exit);
}

void Generator::generateConditional(const Expression &node) {
  generate(node.operands[1].get());
  uint32_t toElse = program.emit(Opcode::JumpIfFalse, node.place);
  generate(node.operands[0].get());
  uint32_t toEnd = program.emit(Opcode::Jump, node.place);
  program.land(toElse);
  if (node.operands[2])
    generate(node.operands[2].get());
  else
    program.emit(
        Opcode::PushUndefined, node.place,
        program.addString("an 'if' without 'else' has no value when its condition is false"));
  program.land(toEnd);
}

void Generator::generateLogic(const Expression &node, Opcode jump) {
  generate(node.operands[0].get());
  uint32_t place = program.emit(jump, node.place);
  generate(node.operands[1].get());
  program.land(place);
}

void Generator::generateAttribute(const Expression &node) {
  static constexpr llvm::StringRef loopAttributes[] = {
      "index",    "index0",   "revindex", "revindex0", "first",   "last", "length",
      "previtem", "nextitem", "depth",    "depth0",    "changed", "cycle"};
  const Expression &object = *node.operands.front();
  if (object.kind == ExprKind::Name && object.text == "loop" &&
      !llvm::is_contained(loopAttributes, node.text))
    problems.addUnsupported(node.place, "the attribute 'loop." + node.text + "'");
  generate(&object);
  program.emit(Opcode::GetAttribute, node.place, program.addString(node.text));
}

void Generator::generateLiteral(const Expression &node) {
  uint32_t index = 0;
  switch (node.kind) {
  case ExprKind::Integer:
    index = program.addInteger(node.integer);
    break;
  case ExprKind::Float:
    index = program.addFloat(node.number);
    break;
  case ExprKind::String:
    index = program.addString(node.text);
    break;
  default:
    index = program.addSingle(node.kind == ExprKind::True    ? ConstantKind::True
                              : node.kind == ExprKind::False ? ConstantKind::False
                                                             : ConstantKind::None);
  }
  program.emit(Opcode::PushConstant, node.place, index);
}

void Generator::generatePrinted(const Expression *node) {
  printed = node;
  generate(node);
}

/// A part of a slice that is absent is none.
void Generator::generate(const Expression *node) {
  if (!node) {
    program.emit(Opcode::PushConstant, Place(), program.addSingle(ConstantKind::None));
    return;
  }
  switch (node->kind) {
  case ExprKind::None:
  case ExprKind::True:
  case ExprKind::False:
  case ExprKind::Integer:
  case ExprKind::Float:
  case ExprKind::String:
    return generateLiteral(*node);
  case ExprKind::Name:
    if (llvm::is_contained({"varargs", "kwargs", "caller"}, node->text) &&
        !names.contains(node->text))
      problems.addUnsupported(node->place, "the variable '" + node->text + "' of macros");
    program.emit(Opcode::LoadName, node->place, program.addString(node->text));
    return;
  case ExprKind::List:
  case ExprKind::Tuple:
    generateAll(*node);
    program.emit(node->kind == ExprKind::List ? Opcode::MakeList : Opcode::MakeTuple, node->place,
                 0, node->operands.size());
    return;
  case ExprKind::Dict:
    generateAll(*node);
    program.emit(Opcode::MakeDict, node->place, 0, node->operands.size() / 2);
    return;
  case ExprKind::Attribute:
    return generateAttribute(*node);
  case ExprKind::Item:
    generateAll(*node);
    program.emit(Opcode::GetItem, node->place);
    return;
  case ExprKind::Slice:
    if (!node->operands.front())
      problems.addUnsupported(node->place, "a slice beside another index");
    generateAll(*node);
    program.emit(Opcode::GetSlice, node->place);
    return;
  case ExprKind::Call:
    return generateCall(*node);
  case ExprKind::Filter:
    return generateFilter(*node);
  case ExprKind::Test:
    return generateTest(*node);
  case ExprKind::Not:
  case ExprKind::Negate:
  case ExprKind::Plus:
    generateAll(*node);
    program.emit(node->kind == ExprKind::Not      ? Opcode::Not
                 : node->kind == ExprKind::Negate ? Opcode::Negate
                                                  : Opcode::Plus,
                 node->place);
    return;
  case ExprKind::Binary:
    if (node->opcode == Opcode::Remainder)
      checkFormat(*node->operands.front(), /*inBraces=*/false);
    generateAll(*node);
    program.emit(node->opcode, node->place);
    return;
  case ExprKind::Concatenate:
    generateAll(*node);
    program.emit(Opcode::Concatenate, node->place, 0, node->operands.size());
    return;
  case ExprKind::Compare:
    return generateCompare(*node);
  case ExprKind::And:
    return generateLogic(*node, Opcode::JumpIfFalseOrPop);
  case ExprKind::Or:
    return generateLogic(*node, Opcode::JumpIfTrueOrPop);
  case ExprKind::Conditional:
    return generateConditional(*node);
  }
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

void Generator::store(const Expression *target) {
  if (!target) // of a tag that was reported
    return;
  if (target->kind == ExprKind::Name) {
    if (target->text == "loop")
      problems.add(target->place, "cannot assign to 'loop'");
    program.emit(Opcode::StoreName, target->place, program.addString(target->text));
    return;
  }
  checkCount(*target);
  program.emit(Opcode::Unpack, target->place, 0, target->operands.size());
  for (const ExpressionPtr &part : target->operands)
    store(part.get());
}

void Generator::generateIf(const Statement &statement) {
  std::vector<uint32_t> exits;
  for (size_t i = 0; i < statement.conditions.size(); ++i) {
    generate(statement.conditions[i].get());
    uint32_t toNext = program.emit(Opcode::JumpIfFalse, statement.place);
    generate(statement.bodies[i]);
    exits.push_back(program.emit(Opcode::Jump, statement.place));
    program.land(toNext);
  }
  if (statement.bodies.size() > statement.conditions.size())
    generate(statement.bodies.back());
  for (uint32_t exit : exits)
    program.land(exit);
}

/// The filter is a routine: it finds the item on the stack and leaves whether
/// it passes. \returns its entry, or 0 when the loop has none.
uint32_t Generator::generateLoopFilter(const Statement &statement) {
  if (!statement.condition)
    return 0;
  uint32_t over = program.emit(Opcode::Jump, statement.place);
  uint32_t entry = program.here();
  store(statement.target.get());
  generate(statement.condition.get());
  program.emit(Opcode::Return, statement.place);
  program.land(over);
  return entry;
}

void Generator::generateLoop(const Statement &statement, uint32_t filter) {
  program.emit(Opcode::BeginLoop, statement.place, filter, 0, statement.recursive);
  loops.push_back({program.here(), {}});
  uint32_t exit = program.emit(Opcode::NextTurn, statement.place);
  store(statement.target.get());
  generate(statement.bodies.front());
  program.emit(Opcode::EndTurn, statement.place);
  program.emit(Opcode::Jump, statement.place, loops.back().start);
  program.land(exit);
  for (uint32_t place : loops.back().breaks)
    program.land(place);
  loops.pop_back();
  program.emit(Opcode::EndLoop, statement.place);
  if (statement.bodies.size() == 1) {
    program.emit(Opcode::Pop, statement.place);
    return;
  }
  uint32_t over = program.emit(Opcode::JumpIfFalse, statement.place);
  program.emit(Opcode::PushScope, statement.place);
  generate(statement.bodies.back());
  program.emit(Opcode::PopScope, statement.place);
  program.land(over);
}

void Generator::generateFor(const Statement &statement) {
  uint32_t filter = generateLoopFilter(statement);
  if (!statement.recursive) {
    generate(statement.value.get());
    return generateLoop(statement, filter);
  }
  // A recursive loop is a routine that `loop(...)` calls again.
  uint32_t over = program.emit(Opcode::Jump, statement.place);
  uint32_t entry = program.here();
  std::vector<LoopPlaces> outer = std::exchange(loops, {});
  generateLoop(statement, filter);
  loops = std::move(outer);
  program.emit(Opcode::Return, statement.place);
  program.land(over);
  generate(statement.value.get());
  program.emit(Opcode::CallLoop, statement.place, entry);
  program.emit(Opcode::Print, statement.place);
}

void Generator::generateMacro(const Statement &statement) {
  uint32_t over = program.emit(Opcode::Jump, statement.place);
  ProgramFunction function{program.addString(statement.text), program.here(), 0, 0};
  std::vector<uint32_t> parameters;
  for (const Parameter &parameter : statement.parameters) {
    parameters.push_back(program.addString(parameter.name));
    program.emit(Opcode::IsUnbound, statement.place, parameters.back());
    uint32_t given = program.emit(Opcode::JumpIfFalse, statement.place);
    if (parameter.absent)
      generate(parameter.absent.get());
    else
      program.emit(Opcode::PushUndefined, statement.place,
                   program.addString("parameter '" + parameter.name + "' was not provided"));
    program.emit(Opcode::StoreName, statement.place, parameters.back());
    program.land(given);
  }
  generate(statement.bodies.front());
  program.emit(Opcode::Return, statement.place);
  program.land(over);
  uint32_t index = program.addFunction(function, parameters);
  program.emit(Opcode::MakeMacro, statement.place, index);
  program.emit(Opcode::StoreName, statement.place, function.name);
}

/// Leaves the text of the body on the stack, filtered.
void Generator::generateCaptured(const Statement &statement) {
  program.emit(Opcode::PushScope, statement.place);
  program.emit(Opcode::BeginCapture, statement.place);
  generate(statement.bodies.front());
  program.emit(Opcode::EndCapture, statement.place);
  program.emit(Opcode::PopScope, statement.place);
  if (statement.value && statement.kind == StmtKind::FilterBlock)
    generatePrinted(statement.value.get());
  else if (statement.value)
    generate(statement.value.get());
}

void Generator::generate(const Statement &statement) {
  switch (statement.kind) {
  case StmtKind::Text:
    program.emit(Opcode::PrintText, statement.place, program.addString(statement.text));
    return;
  case StmtKind::Print:
    generatePrinted(statement.value.get());
    program.emit(Opcode::Print, statement.place);
    return;
  case StmtKind::If:
    return generateIf(statement);
  case StmtKind::For:
    return generateFor(statement);
  case StmtKind::Set:
    generate(statement.value.get());
    return store(statement.target.get());
  case StmtKind::SetBlock:
    generateCaptured(statement);
    return store(statement.target.get());
  case StmtKind::SetAttribute:
    program.emit(Opcode::LoadName, statement.place, program.addString(statement.text));
    generate(statement.value.get());
    program.emit(Opcode::StoreAttribute, statement.place, program.addString(statement.attribute));
    return;
  case StmtKind::Macro:
    return generateMacro(statement);
  case StmtKind::FilterBlock:
    generateCaptured(statement);
    program.emit(Opcode::Print, statement.place);
    return;
  case StmtKind::Scope:
    // The values of `with` do not see its names.
    if (statement.value)
      generate(statement.value.get());
    program.emit(Opcode::PushScope, statement.place);
    if (statement.target)
      store(statement.target.get());
    generate(statement.bodies.front());
    program.emit(Opcode::PopScope, statement.place);
    return;
  case StmtKind::Break:
  case StmtKind::Continue:
    if (loops.empty()) // reported by the parser
      return;
    uint32_t jump = program.emit(Opcode::Jump, statement.place, loops.back().start);
    if (statement.kind == StmtKind::Break)
      loops.back().breaks.push_back(jump);
    return;
  }
}

void Generator::generate(const StatementList &list) {
  for (const auto &statement : list)
    generate(*statement);
}

void jinja::generate(const StatementList &statements, ProgramBuilder &program, Problems &problems) {
  KnownNames names(statements);
  Generator(names, program, problems).generate(statements);
  program.emit(Opcode::Return, Place());
}

//===----------------------------------------------------------------------===//
// The whole way
//===----------------------------------------------------------------------===//

/// More than 60 times the longest template in use; bounds the tables.
static constexpr size_t maxSourceBytes = size_t(1) << 20;

/// Emits the problems in the order of their places.
static void report(mlir::MLIRContext *context, llvm::StringRef fileName, const Problems &problems) {
  auto sorted = problems.list();
  llvm::sort(sorted, [](const auto &left, const auto &right) {
    return std::tuple(left.first.line, left.first.column, left.second) <
           std::tuple(right.first.line, right.first.column, right.second);
  });
  for (const auto &[place, text] : sorted)
    mlir::emitError(mlir::FileLineColLoc::get(context, fileName, place.line, place.column))
        << "chat template: " << text;
}

mlir::FailureOr<std::vector<char>>
tenon::compileChatTemplate(mlir::MLIRContext *context, llvm::StringRef source,
                           llvm::StringRef fileName,
                           const llvm::StringMap<std::string> &specialTokens) {
  Problems problems;
  if (source.size() > maxSourceBytes) {
    problems.add(Place(),
                 "the template has " + llvm::Twine(source.size()) + " bytes; at most " +
                     llvm::Twine(maxSourceBytes) + " are supported",
                 "; put a shorter one into the folder as chat_template.jinja");
    report(context, fileName, problems);
    return mlir::failure();
  }
  StatementList statements = parse(tokenize(source, problems), problems);
  ProgramBuilder program;
  // A tree with holes is compiled only to find unsupported names, in the tags
  // that were parsed.
  generate(statements, program, problems);
  if (!problems.list().empty()) {
    report(context, fileName, problems);
    return mlir::failure();
  }
  std::vector<llvm::StringRef> names(specialTokens.keys().begin(), specialTokens.keys().end());
  llvm::sort(names);
  for (llvm::StringRef name : names)
    program.addGlobal(name, specialTokens.lookup(name));
  return program.write();
}

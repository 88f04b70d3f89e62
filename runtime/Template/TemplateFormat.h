//===- TemplateFormat.h - The program of a chat template ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the compiler of templates writes and the runtime reads: header, tables
// and instructions of the program, and the names of everything a template may
// call. Defined here once for both sides; docs/spec/template-program.md
// explains it.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TEMPLATE_TEMPLATEFORMAT_H
#define TENON_RUNTIME_TEMPLATE_TEMPLATEFORMAT_H

#include <cstdint>
#include <string_view>

namespace tenon::rt::templates {

inline constexpr char programMagic[8] = {'T', 'N', 'C', 'H', 'A', 'T', 'P', '1'};

/// Stands for "there is none" where an index is expected.
inline constexpr uint32_t noIndex = UINT32_MAX;

/// First bytes of a program. The tables follow in the order of their counts,
/// without padding; the bytes of all strings come last. Little-endian.
struct ProgramHeader {
  char magic[8];
  uint32_t sizeBytes; ///< of the whole program
  uint32_t constantCount;
  uint32_t functionCount;
  uint32_t parameterCount;
  uint32_t globalCount;
  uint32_t instructionCount;
  uint32_t textBytes;
  uint32_t reserved; ///< zero
};
static_assert(sizeof(ProgramHeader) == 40);

enum class ConstantKind : uint32_t { None, False, True, Integer, Float, String };

/// A literal. `bits` is the integer, the bits of the double, or the offset of
/// the string in the text bytes. Equal strings are one constant, so that a
/// name is the same as its index.
struct ProgramConstant {
  ConstantKind kind;
  uint32_t sizeBytes; ///< of a string
  uint64_t bits;
};
static_assert(sizeof(ProgramConstant) == 16);

/// A macro: its name, its first instruction and its parameters.
struct ProgramFunction {
  uint32_t name;
  uint32_t entry;
  uint32_t firstParameter;
  uint32_t parameterCount;
};

/// A variable that is there before the first instruction (special tokens).
struct ProgramGlobal {
  uint32_t name;
  uint32_t value;
};

/// What `operand` of an instruction is; the reader checks its range.
enum class OperandKind : uint8_t { None, Constant, Name, Target, Function, Filter, Test };

/// The instructions: name and kind of operand. A value goes onto the stack
/// from right to left in the comments: [first, ..., top].
#define TENON_TEMPLATE_OPCODES(X)                                                                  \
  X(PushConstant, Constant)  /* [] -> [value] */                                                   \
  X(PushUndefined, Constant) /* [] -> [undefined]; the string says what is missing */              \
  X(LoadName, Name)          /* [] -> [value], undefined when no scope has it */                   \
  X(StoreName, Name)         /* [value] -> [], into the innermost scope */                         \
  X(StoreAttribute, Name)    /* [namespace, value] -> [] */                                        \
  X(IsUnbound, Name)         /* [] -> [bool], looks into the innermost scope only */               \
  X(Pop, None)               /* [value] -> [] */                                                   \
  X(MakeList, None)          /* [count values] -> [list] */                                        \
  X(MakeTuple, None)         /* [count values] -> [tuple] */                                       \
  X(MakeDict, None)          /* [count keys and values] -> [dict] */                               \
  X(Unpack, None)            /* [sequence] -> [last, ..., first] of count */                       \
  X(GetAttribute, Name)      /* [object] -> [value] */                                             \
  X(GetItem, None)           /* [object, index] -> [value] */                                      \
  X(GetSlice, None)          /* [object, start, stop, step] -> [value] */                          \
  X(Negate, None)            /* [value] -> [value] */                                              \
  X(Plus, None)              /* [value] -> [value] */                                              \
  X(Not, None)               /* [value] -> [bool] */                                               \
  X(Add, None)               /* [left, right] -> [value], as all up to Power */                    \
  X(Subtract, None)                                                                                \
  X(Multiply, None)                                                                                \
  X(Divide, None)                                                                                  \
  X(FloorDivide, None)                                                                             \
  X(Remainder, None)                                                                               \
  X(Power, None)                                                                                   \
  X(Concatenate, None)        /* [count values] -> [string] */                                     \
  X(Compare, None)            /* [left, right] -> [bool]; flags: Comparison */                     \
  X(CompareChain, Target)     /* [left, right] -> [right], or [false] and jump */                  \
  X(Jump, Target)             /* [] -> [] */                                                       \
  X(JumpIfFalse, Target)      /* [value] -> [] */                                                  \
  X(JumpIfFalseOrPop, Target) /* [value] -> [value] when it jumps, else [] */                      \
  X(JumpIfTrueOrPop, Target)  /* [value] -> [value] when it jumps, else [] */                      \
  X(Call, None)               /* [callee, count values, flags names and values] -> [value] */      \
  X(ApplyFilter, Filter)      /* [value, count values, flags names and values] -> [value] */       \
  X(ApplyTest, Test)          /* [value, count values, flags names and values] -> [bool] */        \
  X(Print, None)              /* [value] -> [] */                                                  \
  X(PrintText, Constant)      /* [] -> [] */                                                       \
  X(BeginCapture, None)       /* output goes into a string from here on */                         \
  X(EndCapture, None)         /* [] -> [string] */                                                 \
  X(PushScope, None)          /* [] -> [] */                                                       \
  X(PopScope, None)           /* [] -> [] */                                                       \
  X(BeginLoop, Target)        /* [iterable] -> []; the filter's entry, 0 for none; flags: 1 when   \
                                 recursive */                                                      \
  X(NextTurn, Target)         /* [] -> [item] in a new scope, or jump behind the last */           \
  X(EndTurn, None)            /* a turn ran to its end */                                          \
  X(EndLoop, None)            /* [] -> [bool], true when no turn ran to its end */                 \
  X(CallLoop, Target)         /* [iterable] -> [string], runs a recursive loop */                  \
  X(MakeMacro, Function)      /* [] -> [function] over the present scope */                        \
  X(Return, None)             /* ends the template, a macro, a filter of a loop, a loop */

enum class Opcode : uint8_t {
#define TENON_ENUMERATOR(name, operand) name,
  TENON_TEMPLATE_OPCODES(TENON_ENUMERATOR)
#undef TENON_ENUMERATOR
};

struct OpcodeInfo {
  std::string_view name;
  OperandKind operand;
};
inline constexpr OpcodeInfo opcodes[] = {
#define TENON_ROW(name, operand) {#name, OperandKind::operand},
    TENON_TEMPLATE_OPCODES(TENON_ROW)
#undef TENON_ROW
};
inline constexpr uint32_t opcodeCount = sizeof(opcodes) / sizeof(opcodes[0]);

/// `flags` of Compare and CompareChain.
enum class Comparison : uint8_t {
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  In,
  NotIn
};
inline constexpr uint8_t comparisonCount = 8;

struct Instruction {
  uint8_t opcode;
  uint8_t flags;
  uint16_t count;
  uint32_t operand;
  uint32_t line; ///< of the template, for messages
};
static_assert(sizeof(Instruction) == 12);

/// The filters: enumerator and the name a template calls it by.
// clang-format off
#define TENON_TEMPLATE_FILTERS(X)                                                                  \
  X(Abs, "abs") X(Batch, "batch") X(Capitalize, "capitalize") X(Count, "count") X(D, "d")          \
  X(Default, "default") X(Dictsort, "dictsort") X(E, "e") X(Escape, "escape") X(First, "first")    \
  X(Float, "float") X(Format, "format") X(FromJson, "from_json") X(Indent, "indent")               \
  X(Int, "int") X(Items, "items") X(Join, "join") X(Last, "last") X(Length, "length")              \
  X(List, "list") X(Lower, "lower") X(Map, "map") X(Max, "max") X(Min, "min") X(Reject, "reject")  \
  X(Rejectattr, "rejectattr") X(Replace, "replace") X(Reverse, "reverse") X(Round, "round")        \
  X(Safe, "safe") X(Select, "select") X(Selectattr, "selectattr") X(Slice, "slice")                \
  X(Sort, "sort") X(String, "string") X(Sum, "sum") X(Title, "title") X(Tojson, "tojson")          \
  X(Trim, "trim") X(Truncate, "truncate") X(Unique, "unique") X(Upper, "upper")                    \
  X(Wordcount, "wordcount")
// clang-format on

enum class Filter : uint32_t {
#define TENON_ENUMERATOR(name, spelling) name,
  TENON_TEMPLATE_FILTERS(TENON_ENUMERATOR)
#undef TENON_ENUMERATOR
};
inline constexpr std::string_view filterNames[] = {
#define TENON_ROW(name, spelling) spelling,
    TENON_TEMPLATE_FILTERS(TENON_ROW)
#undef TENON_ROW
};

/// The tests: enumerator and the name after `is`.
// clang-format off
#define TENON_TEMPLATE_TESTS(X)                                                                    \
  X(Boolean, "boolean") X(Callable, "callable") X(Defined, "defined")                              \
  X(Divisibleby, "divisibleby") X(Eq, "eq") X(Equalto, "equalto") X(EqualSign, "==")               \
  X(Even, "even") X(False, "false") X(Float, "float") X(Ge, "ge") X(GreaterEqualSign, ">=")        \
  X(Greaterthan, "greaterthan") X(Gt, "gt") X(GreaterSign, ">") X(In, "in")                        \
  X(Integer, "integer") X(Iterable, "iterable") X(Le, "le") X(LessEqualSign, "<=")                 \
  X(Lessthan, "lessthan") X(Lt, "lt") X(LessSign, "<") X(Lower, "lower") X(Mapping, "mapping")     \
  X(Ne, "ne") X(NotEqualSign, "!=") X(None, "none") X(Number, "number") X(Odd, "odd")              \
  X(Sameas, "sameas") X(Sequence, "sequence") X(String, "string") X(True, "true")                  \
  X(Undefined, "undefined") X(Upper, "upper")
// clang-format on

enum class Test : uint32_t {
#define TENON_ENUMERATOR(name, spelling) name,
  TENON_TEMPLATE_TESTS(TENON_ENUMERATOR)
#undef TENON_ENUMERATOR
};
inline constexpr std::string_view testNames[] = {
#define TENON_ROW(name, spelling) spelling,
    TENON_TEMPLATE_TESTS(TENON_ROW)
#undef TENON_ROW
};

/// The functions that are there without being defined.
// clang-format off
#define TENON_TEMPLATE_FUNCTIONS(X)                                                                \
  X(Dict, "dict") X(Namespace, "namespace") X(RaiseException, "raise_exception")                   \
  X(Range, "range") X(StrftimeNow, "strftime_now")
// clang-format on

enum class Builtin : uint32_t {
#define TENON_ENUMERATOR(name, spelling) name,
  TENON_TEMPLATE_FUNCTIONS(TENON_ENUMERATOR)
#undef TENON_ENUMERATOR
};
inline constexpr std::string_view functionNames[] = {
#define TENON_ROW(name, spelling) spelling,
    TENON_TEMPLATE_FUNCTIONS(TENON_ROW)
#undef TENON_ROW
};

/// The methods: enumerator and name. S string, D dict, L list, P the loop
/// object: the kinds that have a method of that name.
// clang-format off
#define TENON_TEMPLATE_METHODS(X)                                                                  \
  X(Append, "append", "L") X(Capitalize, "capitalize", "S") X(Casefold, "casefold", "S")           \
  X(Center, "center", "S") X(Changed, "changed", "P") X(Copy, "copy", "DL")                        \
  X(Count, "count", "SL") X(Cycle, "cycle", "P") X(Endswith, "endswith", "S")                      \
  X(Find, "find", "S") X(Format, "format", "S") X(Get, "get", "D") X(Index, "index", "SL")         \
  X(Isalnum, "isalnum", "S") X(Isalpha, "isalpha", "S") X(Isdigit, "isdigit", "S")                 \
  X(Islower, "islower", "S") X(Isspace, "isspace", "S") X(Isupper, "isupper", "S")                 \
  X(Items, "items", "D") X(Join, "join", "S") X(Keys, "keys", "D") X(Ljust, "ljust", "S")          \
  X(Lower, "lower", "S") X(Lstrip, "lstrip", "S") X(Partition, "partition", "S")                   \
  X(Pop, "pop", "DL") X(Removeprefix, "removeprefix", "S") X(Removesuffix, "removesuffix", "S")    \
  X(Replace, "replace", "S") X(Rfind, "rfind", "S") X(Rpartition, "rpartition", "S")               \
  X(Rjust, "rjust", "S") X(Rsplit, "rsplit", "S") X(Rstrip, "rstrip", "S") X(Split, "split", "S")  \
  X(Splitlines, "splitlines", "S") X(Startswith, "startswith", "S") X(Strip, "strip", "S")         \
  X(Swapcase, "swapcase", "S") X(Title, "title", "S") X(Update, "update", "D")                     \
  X(Upper, "upper", "S") X(Values, "values", "D") X(Zfill, "zfill", "S")
// clang-format on

enum class Method : uint32_t {
#define TENON_ENUMERATOR(name, spelling, kinds) name,
  TENON_TEMPLATE_METHODS(TENON_ENUMERATOR)
#undef TENON_ENUMERATOR
};
struct MethodInfo {
  std::string_view name;
  std::string_view kinds;
};
inline constexpr MethodInfo methods[] = {
#define TENON_ROW(name, spelling, kinds) {spelling, kinds},
    TENON_TEMPLATE_METHODS(TENON_ROW)
#undef TENON_ROW
};

/// The place of `name` in one of the tables above, or noIndex.
template <typename Table> constexpr uint32_t findName(const Table &table, std::string_view name) {
  uint32_t index = 0;
  for (const auto &entry : table) {
    if constexpr (requires { entry.name; }) {
      if (entry.name == name)
        return index;
    } else if (entry == name) {
      return index;
    }
    ++index;
  }
  return noIndex;
}

} // namespace tenon::rt::templates

#endif // TENON_RUNTIME_TEMPLATE_TEMPLATEFORMAT_H

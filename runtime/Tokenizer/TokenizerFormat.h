//===- TokenizerFormat.h - The layout of a compiled tokenizer -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written by importers/Tokenizer, read in place by the runtime; the prose is
// in docs/spec/tokenizer-tables.md. All is little-endian. A TableRange names an
// array inside the tables; every array starts at a multiple of 8 bytes.
//
// A normalizer, a splitter and a decoder are lists of steps, a model is a kind
// and its tables. Another kind is an enumerator here, a row of a table in the
// importer's reader and one in the runtime; what runs the steps stays as it is.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_TOKENIZERFORMAT_H
#define TENON_RUNTIME_TOKENIZER_TOKENIZERFORMAT_H

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tenon::rt {

inline constexpr uint64_t tokenizerMagic = 0x314b4f544e4554ull; // "TENTOK1"
inline constexpr uint32_t tokenizerVersion = 2;

/// An array of the tables: where its first byte lies, and its elements.
struct TableRange {
  uint32_t offset; ///< bytes from the header
  uint32_t count;  ///< elements, not bytes
};

/// A stretch of stepText. It is UTF-8 of whole characters.
struct TextRange {
  uint32_t offset; ///< into stepText
  uint32_t bytes;
};

/// What the text of one step may have at most. No real one has twenty bytes.
inline constexpr uint32_t mostStepTextBytes = 1024;
/// More steps of a kind of list than any tokenizer has. Splits are recursive
/// calls, and decoder steps are calls inside one another.
inline constexpr uint32_t mostSteps = 64;
/// How many times longer all Replace steps of a list together may make a text:
/// a few bytes of a file must not fill the memory.
inline constexpr uint64_t mostReplaceGrowth = 64;

/// A step that changes text before it is cut into words.
enum class NormalizerKind : uint32_t {
  Nfc = 1, ///< the normalization forms of Unicode
  Nfd = 2,
  Nfkc = 3,
  Nfkd = 4,
  Lowercase = 5, ///< of each character, whatever stands beside it
  Replace = 6,   ///< every `text` becomes `content`
  Prepend = 7,   ///< `content` before a text that is not empty
  Strip = 8,     ///< no white space at the sides of `sides`
};

enum StripSide : uint32_t {
  StripBegin = 1,
  StripEnd = 2,
};

struct NormalizerStep {
  NormalizerKind kind;
  uint32_t sides; ///< of StripSide
  TextRange text;
  TextRange content;
};

enum class SplitKind : uint32_t {
  Pattern = 1,     ///< cuts a piece at the matches of a program
  PrefixSpace = 2, ///< puts a space before a piece that does not begin with one
};

/// What becomes of the text between matches, and of the matches.
enum class SplitBehavior : uint32_t {
  Isolated = 0,           ///< each match and each gap is a piece
  Removed = 1,            ///< the gaps are pieces
  MergedWithPrevious = 2, ///< a match ends the gap before it
  MergedWithNext = 3,     ///< a match begins the gap after it
  Contiguous = 4,         ///< matches that touch are one piece
};

struct SplitStep {
  SplitKind kind;
  SplitBehavior behavior;
  uint32_t inverted;         ///< 1: gaps count as matches, matches as gaps
  uint32_t firstInstruction; ///< of this step's program
  uint32_t instructionCount;
  uint32_t startSet; ///< the characters a match can begin with, or noSet
};

/// "Any character, or none": a match may begin anywhere.
inline constexpr uint32_t noSet = 0xffff;

/// One character set: bit `s` is the symbol `s` of CharacterMap.
struct SymbolSet {
  uint64_t bits[4];
};

/// The instructions of a split program, tried in order, with backtracking.
enum class SplitOp : uint8_t {
  Set = 1,          ///< one character of `set`
  Repeat = 2,       ///< `a` to `b` characters of `set`
  Fork = 3,         ///< go on at `a`; if that fails, at `b`. `set`: what `a` begins with, or noSet
  Jump = 4,         ///< go on at `a`
  LookSet = 5,      ///< the next character is one of `set`; none at the end
  Look = 6,         ///< the program that follows, up to Accept, matches here; go on at `a`
  Atomic = 7,       ///< matches the program that follows once and for all; go on at `a`
  LineStart = 8,    ///< at the start, or after U+000A that is not the last character
  LineEnd = 9,      ///< at the end or before U+000A
  TextStart = 10,   ///< at the start
  TextEnd = 11,     ///< at the end
  LastLineEnd = 12, ///< at the end, or before U+000A that is the last character
  Accept = 13,      ///< the match ends here
};

/// How Repeat chooses, and whether Look and LookSet are negated.
enum class SplitMode : uint8_t { Greedy = 0, Lazy = 1, Possessive = 2, Negative = 1 };

struct SplitInstruction {
  SplitOp op;
  SplitMode mode;
  uint16_t set;
  uint32_t a;
  uint32_t b;
};

inline constexpr uint32_t unlimited = 0xffffffff;

/// Symbols are numbers for characters that no set tells apart. Character `c`
/// has the symbol `pages[256 * pageIndex[c / 256] + c % 256]`.
inline constexpr uint32_t characterPageCount = 0x110000 / 256;
/// Symbols that stand for no character: the later bytes of a character's UTF-8.
inline constexpr uint8_t continuationSymbol = 255;
inline constexpr uint32_t symbolLimit = 255;

enum AddedTokenFlag : uint32_t {
  SingleWord = 1,
  StripLeft = 2,
  StripRight = 4,
  Special = 8,
};

struct AddedToken {
  int32_t id;
  uint32_t flags;      ///< of AddedTokenFlag
  uint32_t textOffset; ///< into addedText
  uint32_t textBytes;
};

/// A node of a trie over bytes. Its edges are sorted; an edge is the byte in
/// the top eight bits and the node it leads to in the others.
struct TrieNode {
  uint32_t firstEdge;
  uint32_t edgeCount;
  int32_t addedToken; ///< index into addedTokens that ends here, or -1
};

enum class ModelKind : uint32_t {
  BytePairs = 1, ///< byte pair encoding over bytes
};

/// A slot of the vocabulary: open addressing, linear probing, a power of two.
struct VocabularySlot {
  uint32_t tag; ///< high half of the hash of the token's bytes
  uint32_t id;  ///< emptySlot, or the id with wholeWordBit
};
inline constexpr uint32_t emptySlot = 0xffffffff;
/// The model turns a word of these bytes into this one token.
inline constexpr uint32_t wholeWordBit = 0x80000000;

/// A slot of the merges: open addressing over (left, right).
struct MergeSlot {
  uint32_t left; ///< emptySlot when free
  uint32_t right;
  uint32_t rank;
  uint32_t result;
};

/// A step that makes a list of strings of another one. The first step gets the
/// text of each id, and the strings of the last one, joined, are the result.
enum class DecoderKind : uint32_t {
  Bytes = 1,        ///< one string: the bytes of all, as UTF-8 with replacement
  Fuse = 2,         ///< one string: all of them
  Replace = 3,      ///< every `text` in a string becomes `content`
  Strip = 4,        ///< no `text` at the begin and end, `first` and `last` times at most
  ByteFallback = 5, ///< runs of strings `<0xHH>` become what their bytes spell
  Metaspace = 6,    ///< every `text` becomes a space; nothing in string 0 if `first` is 1
  JoinWords = 7,    ///< from string 1 on `text` is dropped, or a space put before
};

struct DecoderStep {
  DecoderKind kind;
  uint32_t first;
  uint32_t last;
  TextRange text;
  TextRange content;
};

enum TokenFlag : uint8_t {
  TokenKnown = 1,
  TokenSpecial = 2,
};

struct TokenizerHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t totalBytes;
  ModelKind model;
  int32_t unknownId;       ///< for bytes without a symbol; -1: they vanish
  uint32_t fuseUnknown;    ///< 1: neighbouring unknown bytes are one token
  uint32_t wordSet;        ///< letters of words, for SingleWord; or noSet
  uint32_t longestToken;   ///< bytes; no longer word is looked up whole
  uint32_t reserved;       ///< 0
  TableRange tokenOffsets; ///< uint32_t, ids + 1 of them, into tokenBytes
  TableRange tokenBytes;   ///< char: what the model makes an id of
  TableRange textOffsets;  ///< uint32_t, ids + 1 of them, into textBytes
  TableRange textBytes;    ///< char: what the first decoder step gets for an id
  TableRange tokenFlags;   ///< uint8_t of TokenFlag, one per id
  TableRange vocabulary;   ///< VocabularySlot
  TableRange merges;       ///< MergeSlot
  TableRange byteIds;      ///< int32_t[256]: the symbol of a byte, or -1
  TableRange addedTokens;  ///< AddedToken
  TableRange addedText;    ///< char
  TableRange rawTrie;      ///< TrieNode: tokens found before normalization
  TableRange rawEdges;     ///< uint32_t
  TableRange normalTrie;   ///< TrieNode: tokens found after normalization
  TableRange normalEdges;  ///< uint32_t
  TableRange normalizers;  ///< NormalizerStep
  TableRange decoders;     ///< DecoderStep
  TableRange stepText;     ///< char
  TableRange splits;       ///< SplitStep
  TableRange instructions; ///< SplitInstruction
  TableRange sets;         ///< SymbolSet
  TableRange pageIndex;    ///< uint16_t[characterPageCount], or none
  TableRange pages;        ///< uint8_t, 256 per page
  TableRange prefixIds;    ///< int32_t: what addSpecialTokens puts before
  TableRange suffixIds;    ///< int32_t: ... and behind
};

/// The hash of a token's bytes, eight at a time. Multiplication by an odd
/// constant with many bits spreads upwards; the shift brings that down again.
inline uint64_t hashTokenBytes(const char *bytes, size_t size) {
  constexpr uint64_t factor = 0x9e3779b97f4a7c15ull;
  uint64_t hash = size * factor;
  while (size) {
    uint64_t word = 0;
    size_t part = size < 8 ? size : 8;
    std::memcpy(&word, bytes, part);
    hash = (hash ^ word) * factor;
    hash ^= hash >> 32;
    bytes += part;
    size -= part;
  }
  return hash * factor;
}

/// The hash of a pair of ids.
inline uint64_t hashMerge(uint32_t left, uint32_t right) {
  uint64_t hash = ((uint64_t(left) << 32) | right) * 0x9e3779b97f4a7c15ull;
  return hash ^ (hash >> 32);
}

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_TOKENIZERFORMAT_H

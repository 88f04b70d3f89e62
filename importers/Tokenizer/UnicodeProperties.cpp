//===- UnicodeProperties.cpp - Character properties of split patterns -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Categories come from utf8proc. That of Debian 12 knows Unicode 15.0, Hugging
// Face tokenizers know 16.0, so what the two later versions added is listed
// here. A test compares every character with the answers of the tokenizers.
//
//===----------------------------------------------------------------------===//

#include "UnicodeProperties.h"

#include <algorithm>
#include <iterator>
#include <utf8proc.h>

namespace tenon::tokenizer {

namespace {
struct CategoryRange {
  uint32_t first, last;
  utf8proc_category_t category;
};
} // namespace

/// Characters of Unicode 15.1 and 16.0, and U+1171E, whose category changed.
static constexpr CategoryRange newCharacters[] = {
    {0x897, 0x897, UTF8PROC_CATEGORY_MN},     {0x1b4e, 0x1b4f, UTF8PROC_CATEGORY_PO},
    {0x1b7f, 0x1b7f, UTF8PROC_CATEGORY_PO},   {0x1c89, 0x1c89, UTF8PROC_CATEGORY_LU},
    {0x1c8a, 0x1c8a, UTF8PROC_CATEGORY_LL},   {0x2427, 0x2429, UTF8PROC_CATEGORY_SO},
    {0x2ffc, 0x2fff, UTF8PROC_CATEGORY_SO},   {0x31e4, 0x31e5, UTF8PROC_CATEGORY_SO},
    {0x31ef, 0x31ef, UTF8PROC_CATEGORY_SO},   {0xa7cb, 0xa7cc, UTF8PROC_CATEGORY_LU},
    {0xa7cd, 0xa7cd, UTF8PROC_CATEGORY_LL},   {0xa7da, 0xa7da, UTF8PROC_CATEGORY_LU},
    {0xa7db, 0xa7db, UTF8PROC_CATEGORY_LL},   {0xa7dc, 0xa7dc, UTF8PROC_CATEGORY_LU},
    {0x105c0, 0x105f3, UTF8PROC_CATEGORY_LO}, {0x10d40, 0x10d49, UTF8PROC_CATEGORY_ND},
    {0x10d4a, 0x10d4d, UTF8PROC_CATEGORY_LO}, {0x10d4e, 0x10d4e, UTF8PROC_CATEGORY_LM},
    {0x10d4f, 0x10d4f, UTF8PROC_CATEGORY_LO}, {0x10d50, 0x10d65, UTF8PROC_CATEGORY_LU},
    {0x10d69, 0x10d6d, UTF8PROC_CATEGORY_MN}, {0x10d6e, 0x10d6e, UTF8PROC_CATEGORY_PD},
    {0x10d6f, 0x10d6f, UTF8PROC_CATEGORY_LM}, {0x10d70, 0x10d85, UTF8PROC_CATEGORY_LL},
    {0x10d8e, 0x10d8f, UTF8PROC_CATEGORY_SM}, {0x10ec2, 0x10ec4, UTF8PROC_CATEGORY_LO},
    {0x10efc, 0x10efc, UTF8PROC_CATEGORY_MN}, {0x11380, 0x11389, UTF8PROC_CATEGORY_LO},
    {0x1138b, 0x1138b, UTF8PROC_CATEGORY_LO}, {0x1138e, 0x1138e, UTF8PROC_CATEGORY_LO},
    {0x11390, 0x113b5, UTF8PROC_CATEGORY_LO}, {0x113b7, 0x113b7, UTF8PROC_CATEGORY_LO},
    {0x113b8, 0x113ba, UTF8PROC_CATEGORY_MC}, {0x113bb, 0x113c0, UTF8PROC_CATEGORY_MN},
    {0x113c2, 0x113c2, UTF8PROC_CATEGORY_MC}, {0x113c5, 0x113c5, UTF8PROC_CATEGORY_MC},
    {0x113c7, 0x113ca, UTF8PROC_CATEGORY_MC}, {0x113cc, 0x113cd, UTF8PROC_CATEGORY_MC},
    {0x113ce, 0x113ce, UTF8PROC_CATEGORY_MN}, {0x113cf, 0x113cf, UTF8PROC_CATEGORY_MC},
    {0x113d0, 0x113d0, UTF8PROC_CATEGORY_MN}, {0x113d1, 0x113d1, UTF8PROC_CATEGORY_LO},
    {0x113d2, 0x113d2, UTF8PROC_CATEGORY_MN}, {0x113d3, 0x113d3, UTF8PROC_CATEGORY_LO},
    {0x113d4, 0x113d5, UTF8PROC_CATEGORY_PO}, {0x113d7, 0x113d8, UTF8PROC_CATEGORY_PO},
    {0x113e1, 0x113e2, UTF8PROC_CATEGORY_MN}, {0x116d0, 0x116e3, UTF8PROC_CATEGORY_ND},
    {0x1171e, 0x1171e, UTF8PROC_CATEGORY_MC}, {0x11bc0, 0x11be0, UTF8PROC_CATEGORY_LO},
    {0x11be1, 0x11be1, UTF8PROC_CATEGORY_PO}, {0x11bf0, 0x11bf9, UTF8PROC_CATEGORY_ND},
    {0x11f5a, 0x11f5a, UTF8PROC_CATEGORY_MN}, {0x13460, 0x143fa, UTF8PROC_CATEGORY_LO},
    {0x16100, 0x1611d, UTF8PROC_CATEGORY_LO}, {0x1611e, 0x16129, UTF8PROC_CATEGORY_MN},
    {0x1612a, 0x1612c, UTF8PROC_CATEGORY_MC}, {0x1612d, 0x1612f, UTF8PROC_CATEGORY_MN},
    {0x16130, 0x16139, UTF8PROC_CATEGORY_ND}, {0x16d40, 0x16d42, UTF8PROC_CATEGORY_LM},
    {0x16d43, 0x16d6a, UTF8PROC_CATEGORY_LO}, {0x16d6b, 0x16d6c, UTF8PROC_CATEGORY_LM},
    {0x16d6d, 0x16d6f, UTF8PROC_CATEGORY_PO}, {0x16d70, 0x16d79, UTF8PROC_CATEGORY_ND},
    {0x18cff, 0x18cff, UTF8PROC_CATEGORY_LO}, {0x1cc00, 0x1ccef, UTF8PROC_CATEGORY_SO},
    {0x1ccf0, 0x1ccf9, UTF8PROC_CATEGORY_ND}, {0x1cd00, 0x1ceb3, UTF8PROC_CATEGORY_SO},
    {0x1e5d0, 0x1e5ed, UTF8PROC_CATEGORY_LO}, {0x1e5ee, 0x1e5ef, UTF8PROC_CATEGORY_MN},
    {0x1e5f0, 0x1e5f0, UTF8PROC_CATEGORY_LO}, {0x1e5f1, 0x1e5fa, UTF8PROC_CATEGORY_ND},
    {0x1e5ff, 0x1e5ff, UTF8PROC_CATEGORY_PO}, {0x1f8b2, 0x1f8bb, UTF8PROC_CATEGORY_SO},
    {0x1f8c0, 0x1f8c1, UTF8PROC_CATEGORY_SO}, {0x1fa89, 0x1fa89, UTF8PROC_CATEGORY_SO},
    {0x1fa8f, 0x1fa8f, UTF8PROC_CATEGORY_SO}, {0x1fabe, 0x1fabe, UTF8PROC_CATEGORY_SO},
    {0x1fac6, 0x1fac6, UTF8PROC_CATEGORY_SO}, {0x1fadc, 0x1fadc, UTF8PROC_CATEGORY_SO},
    {0x1fadf, 0x1fadf, UTF8PROC_CATEGORY_SO}, {0x1fae9, 0x1fae9, UTF8PROC_CATEGORY_SO},
    {0x1fbcb, 0x1fbef, UTF8PROC_CATEGORY_SO}, {0x2ebf0, 0x2ee5d, UTF8PROC_CATEGORY_LO},
};

/// The categories of all characters, as the runs of characters that share one.
static const std::vector<CategoryRange> &categories() {
  static const std::vector<CategoryRange> runs = [] {
    std::vector<uint8_t> all(CharacterSet::lastCharacter + 1);
    for (uint32_t c = 0; c < all.size(); ++c)
      all[c] = uint8_t(utf8proc_category(utf8proc_int32_t(c)));
    for (const CategoryRange &range : newCharacters)
      std::fill(all.begin() + range.first, all.begin() + range.last + 1, uint8_t(range.category));
    std::vector<CategoryRange> found;
    for (uint32_t c = 0; c < all.size(); ++c) {
      if (found.empty() || found.back().category != all[c])
        found.push_back({c, c, utf8proc_category_t(all[c])});
      found.back().last = c;
    }
    return found;
  }();
  return runs;
}

/// The characters whose category satisfies `wanted`.
template <typename Predicate> static CharacterSet categorySet(Predicate wanted) {
  std::vector<CharacterSet::Range> ranges;
  for (const CategoryRange &run : categories())
    if (wanted(run.category))
      ranges.push_back({run.first, run.last});
  return CharacterSet::fromRanges(std::move(ranges));
}

/// The two letters of a category, as in "Lu".
static llvm::StringRef categoryName(utf8proc_category_t category) {
  static constexpr const char *names[] = {
      "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps",
      "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co"};
  static_assert(std::size(names) == UTF8PROC_CATEGORY_CO + 1);
  return names[category];
}

/// The script Han, as of Unicode 16.
static CharacterSet hanSet() {
  return CharacterSet::fromRanges(
      {{0x2e80, 0x2e99},   {0x2e9b, 0x2ef3},   {0x2f00, 0x2fd5},   {0x3005, 0x3005},
       {0x3007, 0x3007},   {0x3021, 0x3029},   {0x3038, 0x303b},   {0x3400, 0x4dbf},
       {0x4e00, 0x9fff},   {0xf900, 0xfa6d},   {0xfa70, 0xfad9},   {0x16fe2, 0x16fe3},
       {0x16ff0, 0x16ff1}, {0x20000, 0x2a6df}, {0x2a700, 0x2b739}, {0x2b740, 0x2b81d},
       {0x2b820, 0x2cea1}, {0x2ceb0, 0x2ebe0}, {0x2ebf0, 0x2ee5d}, {0x2f800, 0x2fa1d},
       {0x30000, 0x3134a}, {0x31350, 0x323af}});
}

std::optional<CharacterSet> propertySet(llvm::StringRef name) {
  if (name == "Han")
    return hanSet();
  if (name.empty() || name.size() > 2)
    return std::nullopt;
  CharacterSet set =
      categorySet([&](utf8proc_category_t c) { return categoryName(c).starts_with(name); });
  if (set.ranges().empty())
    return std::nullopt;
  return set;
}

CharacterSet whiteSpaceSet() {
  return CharacterSet::fromRanges({{0x9, 0xd},
                                   {0x20, 0x20},
                                   {0x85, 0x85},
                                   {0xa0, 0xa0},
                                   {0x1680, 0x1680},
                                   {0x2000, 0x200a},
                                   {0x2028, 0x2029},
                                   {0x202f, 0x202f},
                                   {0x205f, 0x205f},
                                   {0x3000, 0x3000}});
}

CharacterSet digitSet() { return *propertySet("Nd"); }

CharacterSet hexDigitSet() {
  return CharacterSet::fromRanges({{'0', '9'}, {'A', 'F'}, {'a', 'f'}});
}

/// Alphabetic characters, marks, decimal digits and connectors. The letters in
/// circles and squares are alphabetic but not of a letter's category.
static CharacterSet letterLikeSet() {
  CharacterSet set = categorySet([](utf8proc_category_t c) {
    llvm::StringRef name = categoryName(c);
    return name[0] == 'L' || name[0] == 'M' || name == "Nd" || name == "Nl" || name == "Pc";
  });
  set.add(CharacterSet::fromRanges(
      {{0x24b6, 0x24e9}, {0x1f130, 0x1f149}, {0x1f150, 0x1f169}, {0x1f170, 0x1f189}}));
  return set;
}

CharacterSet wordSet() {
  // Oniguruma counts the superscripts and fractions of Latin-1 as well.
  CharacterSet set = letterLikeSet();
  set.add(CharacterSet::fromRanges({{0xb2, 0xb3}, {0xb9, 0xb9}, {0xbc, 0xbe}}));
  return set;
}

CharacterSet addedTokenWordSet() {
  // The joiners belong to words by Unicode's rules for regular expressions.
  CharacterSet set = letterLikeSet();
  set.add(0x200c, 0x200d);
  return set;
}

/// The case folding of `character`: up to four characters.
static utf8proc_ssize_t fold(uint32_t character, utf8proc_int32_t (&folded)[4]) {
  int boundary = 0;
  return utf8proc_decompose_char(utf8proc_int32_t(character), folded, std::size(folded),
                                 UTF8PROC_CASEFOLD, &boundary);
}

bool foldsToSeveral(uint32_t character) {
  utf8proc_int32_t folded[4];
  return fold(character, folded) > 1;
}

namespace {
/// Case folding as far as it leads from one character to one other.
struct CaseFoldings {
  std::vector<uint32_t> folded; ///< of each character; itself when it has none
  /// What a character is the folding of, both in order.
  std::vector<std::pair<uint32_t, uint32_t>> sources;

  CaseFoldings() : folded(CharacterSet::lastCharacter + 1) {
    utf8proc_int32_t result[4];
    for (uint32_t c = 0; c < folded.size(); ++c) {
      folded[c] = fold(c, result) == 1 ? uint32_t(result[0]) : c;
      if (folded[c] != c)
        sources.emplace_back(folded[c], c);
    }
    std::sort(sources.begin(), sources.end());
  }
};
} // namespace

CharacterSet withOtherCases(const CharacterSet &set) {
  // Characters that fold to the same one differ by case only.
  static const CaseFoldings foldings;
  std::vector<CharacterSet::Range> found = set.ranges();
  for (const CharacterSet::Range &range : set.ranges())
    for (uint32_t c = range.first; c <= range.last; ++c) {
      uint32_t folded = foldings.folded[c];
      if (folded != c)
        found.push_back({folded, folded});
      auto source = std::lower_bound(foldings.sources.begin(), foldings.sources.end(),
                                     std::pair(folded, uint32_t(0)));
      for (; source != foldings.sources.end() && source->first == folded; ++source)
        found.push_back({source->second, source->second});
    }
  return CharacterSet::fromRanges(std::move(found));
}

} // namespace tenon::tokenizer

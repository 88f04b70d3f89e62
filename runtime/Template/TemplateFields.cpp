//===- TemplateFields.cpp - The parts of format strings --------------------- ===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateFields.h"

#include "runtime/Utf8.h"

#include <algorithm>

using namespace tenon::rt;
using namespace tenon::rt::templates;

/// Longest width and precision; more serves nobody.
static constexpr int maxFieldWidth = 200;

static bool isAsciiDigit(char letter) { return letter >= '0' && letter <= '9'; }

/// The digits at `at` as a number, bounded.
static int readDigits(std::string_view format, size_t &at) {
  int value = 0;
  for (; at < format.size() && isAsciiDigit(format[at]); ++at)
    value = std::min(value * 10 + (format[at] - '0'), maxFieldWidth + 1);
  return value;
}

bool templates::readConversion(std::string_view format, size_t &at, Conversion &result) {
  for (; at < format.size() && (format[at] == '-' || format[at] == '0'); ++at)
    (format[at] == '-' ? result.left : result.zeros) = true;
  result.width = readDigits(format, at);
  if (at < format.size() && format[at] == '.') {
    ++at;
    result.precision = readDigits(format, at);
  }
  if (at == format.size() || result.width > maxFieldWidth || result.precision > maxFieldWidth)
    return false;
  result.type = format[at++];
  return std::string_view("srdixf").find(result.type) != std::string_view::npos;
}

bool templates::readSpecification(std::string_view text, Specification &result) {
  size_t at = 0;
  auto skip = [&](std::string_view letters) {
    bool found = at < text.size() && letters.find(text[at]) != std::string_view::npos;
    return found ? text[at++] : '\0';
  };
  size_t second = 1; // byte of the second character
  while (second < text.size() && isUtf8Continuation(text[second]))
    ++second;
  std::string_view alignments = "<>^=";
  bool fills = second < text.size() && alignments.find(text[second]) != std::string_view::npos;
  if (fills) {
    result.fill = text.substr(0, second);
    at = second;
  }
  result.align = skip(alignments);
  result.sign = skip("+- ");
  result.zeros = skip("0") != 0;
  if (result.zeros && !fills)
    result.fill = "0";
  result.width = readDigits(text, at);
  result.commas = skip(",") != 0;
  if (skip(".")) {
    if (at == text.size() || !isAsciiDigit(text[at]))
      return false;
    result.precision = readDigits(text, at);
  }
  result.type = skip("dfsx");
  return at == text.size() && result.width <= maxFieldWidth && result.precision <= maxFieldWidth &&
         !(result.commas && (result.fill == "0" || result.type == 's' || result.type == 'x'));
}

Field templates::nextField(std::string_view format, size_t &at) {
  Field field;
  size_t brace = std::min(format.find_first_of("{}", at), format.size());
  if (brace != at) {
    field.text = format.substr(at, brace - at);
    at = brace;
    return field;
  }
  if (brace + 1 < format.size() && format[brace + 1] == format[brace]) {
    field.text = format.substr(brace, 1);
    at = brace + 2;
    return field;
  }
  size_t close = std::min(format.find('}', brace), format.size());
  field.isText = false;
  field.isSound = format[brace] == '{' && close < format.size();
  field.text = format.substr(brace + 1, close - std::min(close, brace + 1));
  at = std::min(close + 1, format.size());
  size_t colon = std::min(field.text.find(':'), field.text.size());
  field.name = field.text.substr(0, colon);
  field.specification = field.text.substr(std::min(colon + 1, field.text.size()));
  Specification specification;
  field.isSound &= field.name.find_first_of(".[!{") == std::string_view::npos &&
                   readSpecification(field.specification, specification);
  return field;
}

std::string_view templates::findUnsupported(std::string_view format, bool inBraces) {
  for (size_t at = 0; inBraces && at < format.size();) {
    size_t begin = at;
    if (!nextField(format, at).isSound)
      return format.substr(begin, at - begin);
  }
  for (size_t at = 0; !inBraces && at < format.size();) {
    size_t percent = format.find('%', at);
    if (percent == std::string_view::npos)
      break;
    at = percent + 1;
    Conversion conversion;
    if (at < format.size() && format[at] == '%')
      ++at;
    else if (!readConversion(format, at, conversion))
      return format.substr(percent, at - percent);
  }
  return {};
}

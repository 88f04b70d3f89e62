//===- TemplateFields.h - The parts of format strings ----------------------- ===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TEMPLATE_TEMPLATEFIELDS_H
#define TENON_RUNTIME_TEMPLATE_TEMPLATEFIELDS_H

#include <cstddef>
#include <string_view>

namespace tenon::rt::templates {

/// One conversion of a `%` format: `%-05.2f`.
struct Conversion {
  bool left = false, zeros = false;
  int width = 0, precision = -1;
  char type = 's'; ///< one of conversionTypes
};

/// Reads flags, width, precision and type at `at`, behind the `%`, and steps
/// over them. \returns false when they are incomplete or not supported.
bool readConversion(std::string_view format, size_t &at, Conversion &result);

/// How `{...:SPECIFICATION}` shows a value: Python's format(), of which `#`,
/// `_`, zeros with commas, and the types b, c, e, g, n, o, X and % are left out.
struct Specification {
  std::string_view fill = " "; ///< one character
  char align = 0;              ///< one of `<>^=`; 0: right for numbers, else left
  char sign = 0;               ///< one of `+- `, or 0
  bool zeros = false, commas = false;
  int width = 0, precision = -1;
  char type = 0; ///< d, f, s, x, or 0: by the value
};

/// \returns false when `text` is malformed or not supported.
bool readSpecification(std::string_view text, Specification &result);

/// The parts of a `{}` format.
struct Field {
  std::string_view text;          ///< of plain text, or of all between the braces
  std::string_view name;          ///< empty, digits or a name
  std::string_view specification; ///< behind the colon
  bool isText = true, isSound = true;
};

/// The part of `format` that begins at `at`, which is not its end, and steps
/// over it. One that is malformed or not supported is not sound.
Field nextField(std::string_view format, size_t &at);

/// The first part of a format, with `{}` when `inBraces` and else with `%`, that
/// is malformed or not supported; empty when there is none.
std::string_view findUnsupported(std::string_view format, bool inBraces);

} // namespace tenon::rt::templates

#endif // TENON_RUNTIME_TEMPLATE_TEMPLATEFIELDS_H

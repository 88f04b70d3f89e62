//===- NumpyFile.h - Rows of numbers in NumPy's files ----------*- C++ -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_APP_NUMPYFILE_H
#define TENON_RUNTIME_APP_NUMPYFILE_H

#include "runtime/Status.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tenon::rt {

/// What stands in a file before `rows` x `columns` numbers of f32.
std::string numpyHeader(int64_t rows, int64_t columns);

/// The numbers of a file: [rows, columns] f32, all of them finite.
class NumpyRows {
public:
  /// Takes the `bytes` of the file that errors call `name`. Nothing in them is
  /// trusted.
  /// \returns Refused unless they are version 1 to 3 of the format and hold at
  /// least one row of `columns` finite numbers, f32 of little-endian machines in
  /// row order, and nothing else.
  static Expected<NumpyRows> parse(std::string bytes, std::string_view name, int64_t columns);

  int64_t rows() const { return std::ssize(values()) / columns; }
  std::span<const float> values() const {
    return {reinterpret_cast<const float *>(bytes.data()), bytes.size() / sizeof(float)};
  }

private:
  NumpyRows(std::string bytes, int64_t columns) : bytes(std::move(bytes)), columns(columns) {}
  std::string bytes; ///< memory that a string asks for is aligned for any number
  int64_t columns;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_APP_NUMPYFILE_H

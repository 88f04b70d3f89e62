//===- NumpyFile.cpp - Rows of numbers in NumPy's files -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The magic bytes, the version (two bytes), the length of a header (two bytes,
// four from version 2 on), the header, which pads the data to 64 bytes, and the
// numbers as they are in memory. The header is a dictionary of Python:
//
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 64), }
//
// Source: numpy.lib.format in the documentation of NumPy.
//
//===----------------------------------------------------------------------===//

#include "NumpyFile.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

namespace tenon::rt {

static constexpr std::string_view magic = "\x93NUMPY";
static constexpr std::string_view littleFloats = "<f4";

std::string numpyHeader(int64_t rows, int64_t columns) {
  constexpr size_t prefixBytes = 10, alignment = 64;
  std::string text =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  size_t total = (prefixBytes + text.size() + 1 + alignment - 1) / alignment * alignment;
  text.resize(total - prefixBytes - 1, ' ');
  text += '\n';
  std::string header(magic);
  header += std::string("\x01\x00", 2);
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

namespace {

struct Header {
  std::optional<std::string> descr;
  std::optional<bool> columnOrder;
  std::optional<std::vector<int64_t>> shape;
  bool complete() const { return descr && columnOrder && shape; }
};

/// Reads the dictionary, in which each key stands once.
class HeaderReader {
public:
  explicit HeaderReader(std::string_view text) : rest(text) {}

  /// \returns none when it is anything else.
  std::optional<Header> read() {
    if (!take("{"))
      return std::nullopt;
    while (!take("}"))
      if (!readEntry() || (!take(",") && !comes("}")))
        return std::nullopt;
    skipSpace();
    if (!rest.empty() || !header.complete())
      return std::nullopt;
    return std::move(header);
  }

private:
  void skipSpace() { rest.remove_prefix(std::min(rest.find_first_not_of(" \n"), rest.size())); }
  bool comes(std::string_view token) {
    skipSpace();
    return rest.starts_with(token);
  }
  bool take(std::string_view token) {
    if (!comes(token))
      return false;
    rest.remove_prefix(token.size());
    return true;
  }

  /// A string of signs that names of types have.
  std::optional<std::string> readString() {
    if (!take("'"))
      return std::nullopt;
    size_t end = rest.find_first_not_of("<>=|_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789");
    if (end == std::string_view::npos || rest[end] != '\'')
      return std::nullopt;
    std::string text(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    return text;
  }

  std::optional<std::vector<int64_t>> readShape() {
    std::vector<int64_t> sizes;
    if (!take("("))
      return std::nullopt;
    while (!take(")")) {
      skipSpace();
      int64_t size;
      auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
      if (error != std::errc() || size < 0)
        return std::nullopt;
      rest.remove_prefix(end - rest.data());
      sizes.push_back(size);
      if (!take(",") && !comes(")"))
        return std::nullopt;
    }
    return sizes;
  }

  bool readEntry() {
    std::optional<std::string> key = readString();
    if (!key || !take(":"))
      return false;
    if (*key == "descr" && !header.descr)
      return (header.descr = readString()).has_value();
    if (*key == "shape" && !header.shape)
      return (header.shape = readShape()).has_value();
    if (*key != "fortran_order" || header.columnOrder)
      return false;
    header.columnOrder = comes("True");
    return take("True") || take("False");
  }

  std::string_view rest;
  Header header;
};

} // namespace

/// `[3, 64]`
static std::string describeShape(std::span<const int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// Checks that `header` is that of rows as they are asked for.
static Status checkHeader(const Header &header, std::string_view name, int64_t columns) {
  if (*header.descr != littleFloats)
    return Status::failure(StatusCode::Refused,
                           "{} holds elements of type '{}', expected '<f4', which is f32; convert "
                           "them by numpy's astype",
                           name, *header.descr);
  if (*header.columnOrder)
    return Status::failure(StatusCode::Refused,
                           "{} holds columns one after another, expected rows; save "
                           "numpy.ascontiguousarray of them",
                           name);
  if (header.shape->size() != 2 || header.shape->back() != columns || header.shape->front() == 0)
    return Status::failure(StatusCode::Refused,
                           "{} is of shape {}, expected rows of {} columns, the hidden size of the "
                           "model",
                           name, describeShape(*header.shape), columns);
  return Status::ok();
}

/// Where the elements begin, once the header is known to be right.
static Expected<size_t> checkFront(std::string_view bytes, std::string_view name, int64_t columns,
                                   int64_t &rows) {
  if (!bytes.starts_with(magic))
    return Status::failure(StatusCode::Refused,
                           "{} is no NumPy file, whose first bytes are \\x93NUMPY; save the rows "
                           "by numpy.save",
                           name);
  auto byte = [&](size_t at) { return static_cast<size_t>(static_cast<unsigned char>(bytes[at])); };
  size_t lengthBytes = bytes.size() > magic.size() && byte(magic.size()) == 1 ? 2 : 4;
  size_t begin = magic.size() + 2 + lengthBytes, length = 0;
  Status cut =
      Status::failure(StatusCode::Refused, "{} ends inside its header; save it again", name);
  if (bytes.size() < begin)
    return cut;
  if (size_t version = byte(magic.size()); version < 1 || version > 3)
    return Status::failure(StatusCode::Refused,
                           "{} has version {} of NumPy's format, known are 1 to 3; save it by "
                           "another release of NumPy",
                           name, version);
  for (size_t i = 0; i < lengthBytes; ++i)
    length |= byte(magic.size() + 2 + i) << (8 * i);
  if (bytes.size() - begin < length)
    return cut;
  std::optional<Header> header = HeaderReader(bytes.substr(begin, length)).read();
  if (!header)
    return Status::failure(StatusCode::Refused,
                           "{} has a header other than a dictionary of 'descr', 'fortran_order' "
                           "and 'shape'; save it again by numpy.save",
                           name);
  if (Status status = checkHeader(*header, name, columns); !status)
    return status;
  rows = header->shape->front();
  return begin + length;
}

Expected<NumpyRows> NumpyRows::parse(std::string bytes, std::string_view name, int64_t columns) {
  int64_t rows = 0;
  auto begin = checkFront(bytes, name, columns, rows);
  if (!begin)
    return begin.status();
  bytes.erase(0, *begin);
  // Divided, so that no number of rows overflows.
  size_t rowBytes = static_cast<size_t>(columns) * sizeof(float);
  if (bytes.size() % rowBytes != 0 || bytes.size() / rowBytes != static_cast<size_t>(rows))
    return Status::failure(StatusCode::Refused,
                           "{} has {} bytes of elements, and its shape says {} rows of {} bytes; "
                           "save it again",
                           name, bytes.size(), rows, rowBytes);
  NumpyRows result(std::move(bytes), columns);
  std::span<const float> values = result.values();
  for (size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      return Status::failure(StatusCode::Refused,
                             "{} has {} in row {}, column {}, expected finite numbers", name,
                             std::isnan(values[i]) ? "NaN" : "infinity", i / columns, i % columns);
  return result;
}

} // namespace tenon::rt

//===- Goldens.h - Reads the goldens of tokenizers ------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// tools/make_tokenizer_goldens.py writes them and tells their form.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_IMPORTERS_TOKENIZER_GOLDENS_H
#define TENON_TEST_IMPORTERS_TOKENIZER_GOLDENS_H

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace tenon::test {

inline std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Reads numbers, lists and texts one after the other.
class GoldenReader {
public:
  explicit GoldenReader(const std::string &path) : bytes(readFile(path)) {}

  bool empty() const { return at >= bytes.size(); }
  uint64_t number() {
    uint64_t value = 0;
    for (unsigned shift = 0; at < bytes.size(); shift += 7) {
      uint8_t byte = uint8_t(bytes[at++]);
      value |= uint64_t(byte & 0x7f) << shift;
      if (byte < 0x80)
        break;
    }
    return value;
  }
  std::string text() {
    size_t size = number();
    std::string result = bytes.substr(at, size);
    at += size;
    return result;
  }
  /// A text of which only a change was written: `before`, or another.
  std::string changedText(const std::string &before) { return number() ? text() : before; }
  std::vector<int32_t> ids() {
    std::vector<int32_t> result(number());
    for (int32_t &id : result)
      id = int32_t(number());
    return result;
  }

private:
  std::string bytes;
  size_t at = 0;
};

} // namespace tenon::test

#endif // TENON_TEST_IMPORTERS_TOKENIZER_GOLDENS_H

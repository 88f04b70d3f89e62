//===- PayloadBuilder.h - A payload in memory -----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_RUNTIME_PAYLOADBUILDER_H
#define TENON_TEST_RUNTIME_PAYLOADBUILDER_H

#include "runtime/PayloadFormat.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::test {

/// Puts a payload together as PayloadFormat.h describes it.
class PayloadBuilder {
public:
  void add(tenon::rt::SectionKind kind, std::string_view bytes);
  /// Adds the hashes and the weights, and returns all of it.
  std::vector<std::byte> finish(std::string_view weights);

private:
  struct Section {
    tenon::rt::SectionKind kind;
    std::string bytes;
  };
  std::vector<Section> sections;
};

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_PAYLOADBUILDER_H

//===- NearestName.h - The name a user may have meant ---------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_NEARESTNAME_H
#define TENON_RUNTIME_NEARESTNAME_H

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::rt {

/// The least number of insertions, deletions, replacements and swaps of
/// neighbours that turn `from` into `to`.
int editDistance(std::string_view from, std::string_view to);

/// The one of `names` that is nearest to `written`, if it is near enough that
/// `written` may be a slip: at most a third of its letters differ.
std::string_view nearestName(std::string_view written, std::span<const std::string_view> names);

/// `; did you mean 'NAME'` when there is a nearest name; else nothing.
std::string didYouMean(std::string_view written, std::span<const std::string_view> names);

} // namespace tenon::rt

#endif // TENON_RUNTIME_NEARESTNAME_H

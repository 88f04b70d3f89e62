//===- Output.h - Text to a file descriptor -------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_APP_OUTPUT_H
#define TENON_RUNTIME_APP_OUTPUT_H

#include "runtime/Status.h"

#include <span>
#include <string>
#include <string_view>

namespace tenon::rt {

/// Writes all of `bytes`, and waits where a pipe is full, also one that does not
/// block its writers. \returns 0, or the number of the error.
int writeAll(int descriptor, std::string_view bytes);

/// Collects text and writes it to a descriptor, which it does not own. The
/// first failure is kept and returned by every later call.
class Output {
public:
  /// `name` is how errors call it. At a terminal every `write` is seen at once.
  Output(int descriptor, std::string name);

  Status write(std::string_view text);
  /// The same, and whoever reads sees it: a reply streams into a pipe, too.
  Status writeNow(std::string_view text);
  Status flush();
  /// Whether the last character written was no line feed.
  bool inLine() const { return last != '\n'; }

private:
  int descriptor;
  std::string name;
  bool terminal;
  char last = '\n';
  std::string pending;
  int error = 0;
};

/// Occupies those of the descriptors 0, 1 and 2 that are closed, so that no
/// file opened later becomes standard output; using them fails.
void guardStandardDescriptors();

/// Ignores SIGPIPE and SIGXFSZ: a closed pipe, or a file that reaches the limit
/// of this process, is an error of the write.
void ignoreOutputSignals();

/// The most bytes that a text may have which is read from a file, a pipe or a
/// line of a chat. The largest contexts are a million tokens, of a few bytes
/// each; what has no end, such as /dev/zero, must not take all memory.
inline constexpr size_t maxTextBytes = 64u << 20;

/// Reads all of the file `path`, or standard input when it is `-`.
/// \returns InputOutput when it cannot be read, Refused when it has more than
/// `most` bytes, Interrupted on Ctrl-C.
Expected<std::string> readAll(const std::string &path, uint64_t most = maxTextBytes);

/// `text` as a JSON string, in quotes. Bytes that are not UTF-8 become U+FFFD.
std::string jsonString(std::string_view text);

} // namespace tenon::rt

#endif // TENON_RUNTIME_APP_OUTPUT_H

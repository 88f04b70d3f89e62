//===- Status.h - The result of a runtime call that can fail --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime is built without exceptions. A call that can fail returns a
// Status, or an Expected<T> when it also makes a value. Each code is the exit
// code of a process that ends with it, so that the table in
// docs/exit-codes.md, this enum and every test speak of the same numbers.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_STATUS_H
#define TENON_RUNTIME_STATUS_H

#include <cassert>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace tenon::rt {

/// Why a call failed; the value is the exit code of a process that ends so.
enum class StatusCode : int {
  Ok = 0,
  Internal = 1,           ///< a defect of Tenon
  Usage = 2,              ///< the command line makes no sense
  Refused = 3,            ///< the input is malformed or not supported
  VerificationFailed = 4, ///< numbers or hashes differ from what they must be
  MachineUnsupported = 5, ///< this machine cannot run the file
  Damaged = 6,            ///< the file was truncated or changed
  ContextFull = 7,        ///< no room for more positions
  InputOutput = 8,        ///< reading or writing failed
  Interrupted = 130,      ///< stopped by the user
};

/// Success, or a code with one line of text: what, where, why, what to do.
class [[nodiscard]] Status {
public:
  static Status ok() { return Status(StatusCode::Ok, {}); }

  /// Makes a failure of kind `code` whose text is formatted by fmt.
  template <typename... Args>
  static Status failure(StatusCode code, fmt::format_string<Args...> format, Args &&...args) {
    assert(code != StatusCode::Ok && "a failure needs a failing code");
    return Status(code, fmt::format(format, std::forward<Args>(args)...));
  }

  bool isOk() const { return statusCode == StatusCode::Ok; }
  explicit operator bool() const { return isOk(); }
  StatusCode code() const { return statusCode; }
  int exitCode() const { return static_cast<int>(statusCode); }
  const std::string &message() const { return text; }

private:
  Status(StatusCode code, std::string text) : statusCode(code), text(std::move(text)) {}

  StatusCode statusCode;
  std::string text;
};

/// A value of type T, or the Status that says why there is none.
template <typename T> class [[nodiscard]] Expected {
public:
  Expected(T value) : storage(std::in_place_index<0>, std::move(value)) {}
  Expected(Status status) : storage(std::in_place_index<1>, std::move(status)) {
    assert(!std::get<1>(storage).isOk() && "an Expected without a value must fail");
  }

  explicit operator bool() const { return storage.index() == 0; }
  T &operator*() { return std::get<0>(storage); }
  const T &operator*() const { return std::get<0>(storage); }
  T *operator->() { return &std::get<0>(storage); }
  const T *operator->() const { return &std::get<0>(storage); }
  const Status &status() const { return std::get<1>(storage); }

private:
  std::variant<T, Status> storage;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_STATUS_H

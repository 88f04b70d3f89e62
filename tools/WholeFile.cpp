//===- WholeFile.cpp - Files that appear whole or not at all --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/WholeFile.h"

#include "codegen/Link/OutputFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace tenon;
using llvm::StringRef;
using rt::Status;
using rt::StatusCode;
namespace fs = llvm::sys::fs;

static Status failure(StringRef path, std::error_code error) {
  if (path == "-")
    return Status::failure(StatusCode::InputOutput,
                           "cannot write standard output: {}; make room or write to another file",
                           error.message());
  return Status::failure(StatusCode::InputOutput, "cannot write '{}': {}; {}", path.str(),
                         error.message(), link::writeErrorAdvice(error.value()));
}

/// Writes to `stream` and closes it. \returns its error, which is then cleared.
static std::error_code writeTo(llvm::raw_fd_ostream &stream, llvm::ArrayRef<StringRef> pieces,
                               bool isKeptOpen) {
  for (StringRef piece : pieces)
    stream << piece;
  isKeptOpen ? stream.flush() : stream.close();
  std::error_code error = stream.error();
  stream.clear_error();
  return error;
}

static std::error_code writeBeside(StringRef path, const fs::file_status &old,
                                   llvm::ArrayRef<StringRef> pieces) {
  int descriptor = -1;
  llvm::SmallString<128> temporary;
  if (std::error_code error = fs::createUniqueFile(path + ".%%%%%%.tmp", descriptor, temporary,
                                                   fs::OF_None, fs::all_read | fs::all_write))
    return error;
  llvm::sys::RemoveFileOnSignal(temporary);
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  if (fs::exists(old))
    fs::setPermissions(temporary, old.permissions());
  std::error_code error = writeTo(stream, pieces, /*isKeptOpen=*/false);
  if (!error)
    error = fs::rename(temporary, path);
  if (error)
    fs::remove(temporary);
  llvm::sys::DontRemoveFileOnSignal(temporary);
  return error;
}

Status tenon::writeWholeFile(StringRef path, llvm::ArrayRef<StringRef> pieces) {
  if (path.empty() || path == "-") {
    std::error_code error = writeTo(llvm::outs(), pieces, /*isKeptOpen=*/true);
    return error ? failure("-", error) : Status::ok();
  }
  fs::file_status old;
  fs::status(path, old);
  llvm::SmallString<128> place(path);
  if (fs::exists(old)) // through links, as writing into the file would go
    fs::real_path(path, place);
  std::error_code error;
  if (fs::exists(old) && old.type() != fs::file_type::regular_file) {
    llvm::raw_fd_ostream stream(path, error);
    if (!error)
      error = writeTo(stream, pieces, /*isKeptOpen=*/false);
  } else {
    error = writeBeside(place, old, pieces);
  }
  return error ? failure(path, error) : Status::ok();
}

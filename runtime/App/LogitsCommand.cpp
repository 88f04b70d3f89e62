//===- LogitsCommand.cpp - Writes logits to a NumPy file ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file is in NumPy's format, version 1.0: the magic bytes, the version,
// the length of a header of text that pads the data to 64 bytes, and the rows
// as they are in memory (numpy.lib.format).
//
//===----------------------------------------------------------------------===//

#include "Application.h"
#include "Commands.h"
#include "LogitRows.h"
#include "WholeFile.h"

namespace tenon::rt {

static std::string numpyHeader(int64_t rows, int64_t columns) {
  constexpr size_t prefixBytes = 10, alignment = 64;
  std::string text =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  size_t total = (prefixBytes + text.size() + 1 + alignment - 1) / alignment * alignment;
  text.resize(total - prefixBytes - 1, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

Status runLogits(Application &app) {
  if (app.options().tokens.empty())
    return Status::failure(StatusCode::Usage, "logits needs token ids, as in --tokens=1,2,3");
  if (!app.options().output)
    return Status::failure(StatusCode::Usage, "logits needs a file to write, as in -o logits.npy");
  auto tokens = app.givenTokens();
  if (!tokens)
    return tokens.status();
  auto session = app.startSession();
  if (!session)
    return session.status();
  int64_t context = (*session)->context();
  if (std::ssize(*tokens) > context)
    return Status::failure(StatusCode::ContextFull,
                           "{} tokens were given, and the context has {} positions; {}",
                           tokens->size(), context, app.makeRoom("give fewer", context));
  WholeFile file(*app.options().output);
  if (Status status = file.open(); !status)
    return status;
  int64_t vocabulary = app.model().vocabulary;
  std::string header = numpyHeader(std::ssize(*tokens), vocabulary);
  if (Status status = file.write(header.data(), header.size()); !status)
    return status;
  Status status = forEachLogitRow(**session, *tokens, [&](int64_t, std::span<const float> row) {
    return file.write(row.data(), row.size_bytes());
  });
  return status ? file.finish() : status;
}

} // namespace tenon::rt

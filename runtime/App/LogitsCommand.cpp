//===- LogitsCommand.cpp - Writes logits to a NumPy file ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Application.h"
#include "Commands.h"
#include "LogitRows.h"
#include "NumpyFile.h"
#include "WholeFile.h"

#include <algorithm>

namespace tenon::rt {

/// What the command line says, before any file is read.
static Status checkOptions(const Application &app) {
  const Options &given = app.options();
  if (given.tokens.empty() && !given.embeddings)
    return Status::failure(StatusCode::Usage,
                           "logits needs token ids, as in --tokens=1,2,3, or rows in their place, "
                           "as in --embeddings=rows.npy");
  if (!given.output)
    return Status::failure(StatusCode::Usage, "logits needs a file to write, as in -o logits.npy");
  if (given.embeddings && app.model().embeddingColumns == 0)
    return Status::failure(StatusCode::Usage,
                           "this file takes token ids only; leave out --embeddings");
  if (!given.embeddings && std::ranges::count(given.tokens, -1) > 0)
    return Status::failure(StatusCode::Usage,
                           "--tokens has -1, which stands for a row of --embeddings; name that "
                           "file, too");
  return Status::ok();
}

/// The rows of --embeddings, which stand for the -1 among `tokens`, or for all
/// rows when there are none. `tokens` then has an element for each row.
static Expected<NumpyRows> readEmbeddings(Application &app, int64_t context,
                                          std::vector<int32_t> &tokens) {
  const std::string &path = *app.options().embeddings;
  int64_t columns = app.model().embeddingColumns;
  constexpr uint64_t mostHeaderBytes = 1 << 16;
  uint64_t most = uint64_t(context) * uint64_t(columns) * sizeof(float) + mostHeaderBytes;
  std::string name = path == "-" ? "standard input" : "'" + path + "'";
  auto bytes = readAll(path, most);
  if (!bytes && bytes.status().code() == StatusCode::Refused)
    return Status::failure(StatusCode::ContextFull,
                           "{} holds more rows than the {} positions of the context; {}", name,
                           context, app.makeRoom("give fewer", context));
  if (!bytes)
    return bytes.status();
  auto rows = NumpyRows::parse(std::move(*bytes), name, columns);
  if (!rows)
    return rows;
  if (tokens.empty())
    tokens.assign(static_cast<size_t>(rows->rows()), -1);
  if (int64_t places = std::ranges::count(tokens, -1); places != rows->rows())
    return Status::failure(StatusCode::Refused,
                           "{} has {} rows, and --tokens has -1 for {}; give a -1 for each row",
                           name, rows->rows(), places);
  return rows;
}

/// Writes the logits of `rows` to `file`, which is open.
static Status writeLogits(Session &session, const SequenceRows &rows, WholeFile &file) {
  std::string header = numpyHeader(std::ssize(rows.tokens), session.vocabulary());
  if (Status status = file.write(header.data(), header.size()); !status)
    return status;
  Status status = forEachLogitRow(session, rows, [&](int64_t, std::span<const float> row) {
    return file.write(row.data(), row.size_bytes());
  });
  return status ? file.finish() : status;
}

Status runLogits(Application &app) {
  if (Status status = checkOptions(app); !status)
    return status;
  auto tokens = app.givenTokens();
  if (!tokens)
    return tokens.status();
  auto session = app.startSession();
  if (!session)
    return session.status();
  int64_t context = (*session)->context();
  std::optional<NumpyRows> embeddings;
  if (app.options().embeddings) {
    auto rows = readEmbeddings(app, context, *tokens);
    if (!rows)
      return rows.status();
    embeddings = std::move(*rows);
  }
  if (std::ssize(*tokens) > context)
    return Status::failure(StatusCode::ContextFull,
                           "{} {} were given, and the context has {} positions; {}", tokens->size(),
                           embeddings ? "rows" : "tokens", context,
                           app.makeRoom("give fewer", context));
  WholeFile file(*app.options().output);
  if (Status status = file.open(); !status)
    return status;
  SequenceRows rows(*tokens);
  if (embeddings)
    rows.embeddings = embeddings->values();
  return writeLogits(**session, rows, file);
}

} // namespace tenon::rt

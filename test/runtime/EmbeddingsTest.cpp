//===- EmbeddingsTest.cpp - Logits of rows that are given -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AppProcess.h"
#include "FakeModel.h"
#include "Folder.h"

#include "runtime/App/NumpyFile.h"

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

using namespace tenon::rt;
using namespace tenon::test;

namespace {

std::string bytesOf(const std::vector<float> &numbers) {
  return std::string(reinterpret_cast<const char *>(numbers.data()),
                     numbers.size() * sizeof(float));
}

/// An embedding for each of `tokens`.
std::vector<float> embeddingsOf(const std::vector<int32_t> &tokens) {
  std::vector<float> numbers;
  for (int32_t token : tokens)
    numbers.insert(numbers.end(), {static_cast<float>(token - 5), 0.25f, 5.0f});
  return numbers;
}

/// The file that holds them.
std::string fileOf(const std::vector<int32_t> &tokens) {
  return numpyHeader(std::ssize(tokens), fakeEmbeddingColumns) + bytesOf(embeddingsOf(tokens));
}

/// A file of version 1 with `header`, and the numbers of one row behind it.
std::string withHeader(const std::string &header,
                       const std::vector<float> &numbers = {1.0f, 2.0f, 3.0f}) {
  std::string length = {static_cast<char>(header.size() & 0xff),
                        static_cast<char>(header.size() >> 8)};
  return std::string("\x93NUMPY\x01\x00", 8) + length + header + bytesOf(numbers);
}

constexpr const char *oneRow = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";

std::string refusalOf(const std::string &bytes) {
  auto rows = NumpyRows::parse(bytes, "'r.npy'", fakeEmbeddingColumns);
  EXPECT_FALSE(rows);
  if (rows)
    return "";
  EXPECT_EQ(rows.status().code(), StatusCode::Refused);
  return std::string(rows.status().message());
}

} // namespace

TEST(NumpyFile, RowsAreTheNumbersOfTheFile) {
  for (const std::string &bytes :
       {fileOf({7, 8}),
        // Another order of keys, other spaces, a length that aligns nothing.
        withHeader("{ 'shape':(2,3) ,'descr':'<f4','fortran_order' : False}\n",
                   embeddingsOf({7, 8}))}) {
    auto rows = NumpyRows::parse(bytes, "'r.npy'", fakeEmbeddingColumns);
    ASSERT_TRUE(rows) << rows.status().message();
    EXPECT_EQ(rows->rows(), 2);
    std::span<const float> values = rows->values();
    EXPECT_EQ(std::vector<float>(values.begin(), values.end()), embeddingsOf({7, 8}));
  }
}

TEST(NumpyFile, LaterVersionsHaveALongerLength) {
  std::string header = oneRow;
  for (char version : {'\x02', '\x03'}) {
    std::string bytes = std::string("\x93NUMPY") + version + '\0' +
                        static_cast<char>(header.size()) + std::string(3, '\0') + header +
                        bytesOf({1.0f, 2.0f, 3.0f});
    EXPECT_TRUE(NumpyRows::parse(bytes, "'r.npy'", fakeEmbeddingColumns));
  }
}

TEST(NumpyFile, OtherFilesAreRefused) {
  const std::string none = "'r.npy' is no NumPy file, whose first bytes are \\x93NUMPY; save the "
                           "rows by numpy.save";
  EXPECT_EQ(refusalOf(""), none);
  EXPECT_EQ(refusalOf("PK\x03\x04 an archive of many arrays"), none);
  EXPECT_EQ(refusalOf("\x93NUMP"), none);
  for (char version : {'\0', '\x04', '\xff'})
    EXPECT_EQ(refusalOf(std::string("\x93NUMPY") + version + std::string(100, '\0')),
              "'r.npy' has version " + std::to_string(static_cast<unsigned char>(version)) +
                  " of NumPy's format, known are 1 to 3; save it by another release of NumPy");
}

TEST(NumpyFile, CutFilesAreRefused) {
  std::string whole = fileOf({7, 8});
  size_t data = whole.size() - 2 * 3 * sizeof(float);
  for (size_t size = 6; size < data; ++size)
    EXPECT_EQ(refusalOf(whole.substr(0, size)), "'r.npy' ends inside its header; save it again")
        << size;
  for (size_t size = data; size < whole.size(); ++size)
    EXPECT_EQ(refusalOf(whole.substr(0, size)),
              "'r.npy' has " + std::to_string(size - data) +
                  " bytes of elements, and its shape says 2 rows of 12 bytes; save it again");
  EXPECT_EQ(refusalOf(whole + "x"), "'r.npy' has 25 bytes of elements, and its shape says 2 rows "
                                    "of 12 bytes; save it again");
}

TEST(NumpyFile, HeadersThatNumPyDoesNotWriteAreRefused) {
  for (const char *header :
       {"",
        "{",
        "{}",
        "[]",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'shape': (1, 3)}",
        "{'fortran_order': False, 'shape': (1, 3)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'fortran_order': False, 'shape': (1, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), 'shape': (1, 3)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 99999999999999999999)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [1, 3]}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (1, 3)}",
        "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), 'more': 'x'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3)} x",
        "{'descr': '<f4\x1b', 'fortran_order': False, 'shape': (1, 3)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (1, 3)}"})
    EXPECT_EQ(refusalOf(withHeader(header)),
              "'r.npy' has a header other than a dictionary of 'descr', 'fortran_order' and "
              "'shape'; save it again by numpy.save")
        << header;
}

TEST(NumpyFile, OtherArraysAreRefused) {
  for (const char *type : {"<f8", ">f4", "<f2", "<i4", "|b1", "<U4", ""})
    EXPECT_EQ(refusalOf(withHeader(std::string("{'descr': '") + type +
                                   "', 'fortran_order': False, 'shape': (1, 3), }")),
              std::string("'r.npy' holds elements of type '") + type +
                  "', expected '<f4', which is f32; convert them by numpy's astype");
  EXPECT_EQ(refusalOf(withHeader("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 3), }")),
            "'r.npy' holds columns one after another, expected rows; save "
            "numpy.ascontiguousarray of them");
  for (const char *shape : {"", "3", "3, 1", "1, 1, 3", "0, 3", "1, 4", "1, 9223372036854775807"})
    EXPECT_EQ(
        refusalOf(withHeader(std::string("{'descr': '<f4', 'fortran_order': False, 'shape': (") +
                             shape + "), }")),
        std::string("'r.npy' is of shape [") + shape +
            "], expected rows of 3 columns, the hidden size of the model");
  // So many bytes that their number overflows.
  EXPECT_EQ(refusalOf(withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': "
                                 "(9223372036854775807, 3), }")),
            "'r.npy' has 12 bytes of elements, and its shape says 9223372036854775807 rows of 12 "
            "bytes; save it again");
}

TEST(NumpyFile, NumbersMustBeFinite) {
  EXPECT_EQ(refusalOf(withHeader(oneRow, {1.0f, NAN, 3.0f})),
            "'r.npy' has NaN in row 0, column 1, expected finite numbers");
  EXPECT_EQ(refusalOf(withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                                 {1.0f, 0.0f, 3.0f, 4.0f, 5.0f, -INFINITY})),
            "'r.npy' has infinity in row 1, column 2, expected finite numbers");
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

TEST(Embeddings, LogitsAreThoseOfTheirTokens) {
  Folder folder;
  std::vector<int32_t> tokens;
  for (int32_t i = 0; i < 61; ++i)
    tokens.push_back('a' + i % 20);
  std::string list = "--tokens=", mixed = list;
  std::vector<int32_t> given;
  for (size_t i = 0; i < tokens.size(); ++i) {
    std::string comma = i ? "," : "";
    list += comma + std::to_string(tokens[i]);
    mixed += comma + (i % 3 ? "-1" : std::to_string(tokens[i]));
    if (i % 3)
      given.push_back(tokens[i]);
  }
  std::string expected = runApp({"logits", list, "-o", "-"}).out;
  ASSERT_EQ(expected.size(), 128 + tokens.size() * fakeVocabulary * sizeof(float));
  std::string all = "--embeddings=" + folder.write("all.npy", fileOf(tokens));
  std::string some = "--embeddings=" + folder.write("some.npy", fileOf(given));
  AppResult result = runApp({"logits", all, "-o", "-", "--threads=3"});
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(result.out == expected);
  result = runApp({"logits", mixed, some, "-o", "-"});
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(result.out == expected);
  EXPECT_TRUE(runApp({"logits", "--embeddings=-", "-o", "-"}, fileOf(tokens)).out == expected);
}

namespace {

/// One start that fails, with nothing on standard output.
void expectFailure(const std::vector<std::string> &arguments, int code, const std::string &text,
                   const std::string &without = "") {
  std::vector<std::string> all = {"logits", "-o", "-"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  AppResult result = runApp(all, "", {{"FAKE_WITHOUT", without}});
  EXPECT_EQ(result.exitCode, code);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "fake: error: " + text + "\n");
}

} // namespace

TEST(Embeddings, OptionsMustFitTogether) {
  Folder folder;
  std::string path = folder.write("r.npy", fileOf({97, 98}));
  expectFailure({"--tokens=97,-1"}, 2,
                "--tokens has -1, which stands for a row of --embeddings; name that file, too");
  for (const char *tokens : {"--tokens=97", "--tokens=-1,97", "--tokens=-1,-1,-1"}) {
    std::string places = std::to_string(std::count(tokens, tokens + strlen(tokens), '-') - 2);
    expectFailure({tokens, "--embeddings", path}, 3,
                  "'" + path + "' has 2 rows, and --tokens has -1 for " + places +
                      "; give a -1 for each row");
  }
  expectFailure({"--embeddings", path}, 2, "this file takes token ids only; leave out --embeddings",
                "embeddings");
  expectFailure({"--tokens=-2", "--embeddings", path}, 2,
                "--tokens needs whole numbers from -1 to 2147483647, as in 1,2,3; got '-2'");
}

TEST(Embeddings, FilesMustBeThereAndRight) {
  Folder folder;
  std::string gone = folder.file("gone.npy"), text = folder.write("t.npy", "no array");
  expectFailure({"--embeddings", gone}, 8,
                "reading '" + gone + "' failed: No such file or directory");
  expectFailure({"--embeddings", text}, 3,
                "'" + text +
                    "' is no NumPy file, whose first bytes are \\x93NUMPY; save the rows by "
                    "numpy.save");
}

TEST(Embeddings, RowsMustHaveRoom) {
  Folder folder;
  std::string path = folder.write("r.npy", fileOf(std::vector<int32_t>(201, 97)));
  expectFailure({"--embeddings", path}, 7,
                "201 rows were given, and the context has 200 positions; give fewer");
  expectFailure(
      {"--embeddings", path, "--context=100"}, 7,
      "201 rows were given, and the context has 100 positions; give fewer, or use a larger "
      "--context");
  // More than can be its rows is not read.
  expectFailure({"--embeddings=/dev/zero"}, 7,
                "'/dev/zero' holds more rows than the 200 positions of the context; give fewer");
}

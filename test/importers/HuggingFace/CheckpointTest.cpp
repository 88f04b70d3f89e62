//===- CheckpointTest.cpp - Safetensors files, good and bad ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Checkpoint.h"

#include "ImporterTest.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace tenon;
using namespace tenon::hf;
using test::safetensors;

namespace {

class CheckpointTest : public test::ImporterTest {
protected:
  /// The messages of opening a folder with one file of this header and size.
  std::string opened(llvm::StringRef header, uint64_t dataBytes) {
    write("model.safetensors", safetensors(header, dataBytes));
    return reopened();
  }
  std::string reopened() {
    messages.clear();
    checkpoint.reset();
    llvm::FailureOr<Checkpoint> result = Checkpoint::open(&context, folder);
    if (mlir::succeeded(result))
      checkpoint.emplace(std::move(*result));
    EXPECT_EQ(mlir::failed(result), joined().find("error: ") != std::string::npos);
    return joined();
  }
  std::string openedPath(llvm::StringRef name) {
    messages.clear();
    EXPECT_TRUE(mlir::failed(Checkpoint::open(&context, name)));
    return joined();
  }
  /// One tensor "a" with this shape and offsets, of element type `type`.
  std::string one(llvm::StringRef type, llvm::StringRef shape, llvm::StringRef offsets,
                  uint64_t dataBytes) {
    return opened((R"({"a":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" +
                   offsets + "}}")
                      .str(),
                  dataBytes);
  }
  std::optional<Checkpoint> checkpoint;
};

TEST_F(CheckpointTest, ReadsRowsOfTensors) {
  EXPECT_EQ(opened(R"({"__metadata__":{"format":"pt"},)"
                   R"("b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},)"
                   R"("a":{"dtype":"BF16","shape":[3,2],"data_offsets":[0,12]},)"
                   R"("s":{"dtype":"I8","shape":[],"data_offsets":[20,21]}}   )",
                   21),
            "");
  ASSERT_TRUE(checkpoint);
  ASSERT_EQ(checkpoint->tensors().size(), 3u);
  EXPECT_EQ(checkpoint->tensors()[0].name, "a");
  EXPECT_EQ(checkpoint->sizeBytes(), 21u);
  const TensorEntry *a = checkpoint->find("a");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->type, ElementType::BF16);
  EXPECT_EQ(a->rows(), 3u);
  char rows[8];
  ASSERT_TRUE(mlir::succeeded(checkpoint->read(*a, 1, 2, rows)));
  for (int index = 0; index < 8; ++index)
    EXPECT_EQ(rows[index], 4 + index);
  char scalar[1];
  ASSERT_TRUE(mlir::succeeded(checkpoint->read(*checkpoint->find("s"), 0, 1, scalar)));
  EXPECT_EQ(scalar[0], 20);
  EXPECT_EQ(checkpoint->find("c"), nullptr);
}

TEST_F(CheckpointTest, TakesEmptyTensors) {
  EXPECT_EQ(opened(R"({"z":{"dtype":"F32","shape":[0,4],"data_offsets":[4,4]},)"
                   R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                   R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                   8),
            "");
  EXPECT_EQ(one("F32", "[0,9223372036854775807,9223372036854775807]", "[0,0]", 0), "");
}

TEST_F(CheckpointTest, AFileThatShrinksIsAnError) {
  ASSERT_EQ(one("F32", "[1000]", "[0,4000]", 4000), "");
  ASSERT_EQ(::truncate(path("model.safetensors").c_str(), 100), 0);
  std::vector<char> bytes(4000);
  EXPECT_TRUE(mlir::failed(checkpoint->read(*checkpoint->find("a"), 0, 1000, bytes)));
  EXPECT_EQ(joined(), "error: model.safetensors: the file ended while tensor 'a' was read; another "
                      "process shortened it, fetch it again\n");
}

TEST_F(CheckpointTest, RefusesTruncatedFiles) {
  EXPECT_EQ(
      one("F32", "[1000]", "[0,4000]", 3999),
      "error: model.safetensors: tensor 'a' ends at byte 4000 of the data, which has 3999; the "
      "file is truncated, fetch it again\n");
  write("model.safetensors", "1234567");
  EXPECT_EQ(reopened(), "error: model.safetensors: expected a safetensors file, got 7 bytes, which "
                        "is less than its length field; fetch the file again\n");
  write("model.safetensors", safetensors("{}", 0).substr(0, 9));
  EXPECT_EQ(reopened(),
            "error: model.safetensors: the header takes 2 bytes and the file has 9; the "
            "file is truncated, fetch it again\n");
  write("model.safetensors", std::string(100, '\x7f'));
  EXPECT_EQ(reopened(), "error: model.safetensors: the header's length is given as "
                        "9187201950435737471 bytes, above the format's limit of 100000000; this is "
                        "not a safetensors file, fetch it again\n");
}

TEST_F(CheckpointTest, RefusesHolesOverlapsAndTrailingBytes) {
  auto two = [&](const char *first, const char *second, uint64_t dataBytes) {
    return opened((llvm::Twine(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)") + first +
                   R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}")
                      .str(),
                  dataBytes);
  };
  EXPECT_EQ(two("[0,4]", "[3,7]", 7),
            "error: model.safetensors: tensors 'a' and 'b' overlap: one "
            "ends at byte 4 of the data, the other starts at 3; fetch the file again\n");
  EXPECT_EQ(two("[0,4]", "[5,9]", 9), "error: model.safetensors: bytes 4 to 5 of the data, before "
                                      "tensor 'b', belong to no tensor; fetch the file again\n");
  EXPECT_EQ(two("[1,5]", "[5,9]", 9), "error: model.safetensors: bytes 0 to 1 of the data, before "
                                      "tensor 'a', belong to no tensor; fetch the file again\n");
  EXPECT_EQ(two("[4,8]", "[0,4]", 10), "error: model.safetensors: the last 2 bytes of the file "
                                       "belong to no tensor; fetch the file again\n");
}

TEST_F(CheckpointTest, RefusesSizesThatDoNotFit) {
  EXPECT_EQ(one("F16", "[3]", "[0,7]", 7),
            "error: model.safetensors: tensor 'a' of shape [3] and type F16 does not take the 7 "
            "bytes that its data_offsets say; fetch the file again\n");
  EXPECT_EQ(one("F32", "[4611686018427387904,4]", "[0,0]", 0),
            "error: model.safetensors: tensor 'a' of shape [4611686018427387904, 4] and type F32 "
            "does not take the 0 bytes that its data_offsets say; fetch the file again\n");
  EXPECT_EQ(
      one("F4", "[3]", "[0,1]", 1),
      "error: model.safetensors: tensor 'a' of shape [3] and type F4 does not take the 1 bytes "
      "that its data_offsets say; fetch the file again\n");
  EXPECT_EQ(one("F6_E2M3", "[4]", "[0,3]", 3), "");
}

TEST_F(CheckpointTest, RefusesNumbersThatAreNoSizes) {
  for (const char *shape : {"[1.0]", "[1e0]", "[-1]", "[18446744073709551615]", "[\"1\"]"})
    EXPECT_NE(one("U8", shape, "[0,1]", 1).find("expected non-negative integers as shape, got '"),
              std::string::npos)
        << shape;
  for (const char *offsets : {"[0]", "[0,1,2]", "[1,0]", "[0,1.0]", "[-0,1]", "{}", "3"})
    EXPECT_EQ(one("U8", "[1]", offsets, 1),
              "error: model.safetensors: tensor 'a': expected two non-negative integers in rising "
              "order as data_offsets; fetch the file again\n")
        << offsets;
  EXPECT_EQ(one("U8", "1", "[0,1]", 1), "error: model.safetensors: tensor 'a': expected an array "
                                        "as shape, got an integer; fetch the file again\n");
  EXPECT_EQ(one("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]", 1),
            "error: model.safetensors: tensor 'a' has 9 dimensions; at most 8 are supported; use "
            "the weights of a supported model\n");
}

TEST_F(CheckpointTest, RefusesEntriesOfAnotherForm) {
  EXPECT_EQ(one("F33", "[1]", "[0,1]", 1),
            "error: model.safetensors: tensor 'a' has the unknown element type 'F33'; save the "
            "weights as F32, F16 or BF16\n");
  EXPECT_EQ(opened(R"({"a":1})", 0), "error: model.safetensors: tensor 'a' is described by an "
                                     "integer; expected an object; fetch the file again\n");
  EXPECT_EQ(
      opened(R"({"a":{"dtype":"U8","shape":[0]}})", 0),
      "error: model.safetensors: tensor 'a' must be described by exactly 'dtype', 'shape' and "
      "'data_offsets'; fetch the file again\n");
  EXPECT_EQ(
      opened(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}})", 0),
      "error: model.safetensors: tensor 'a' must be described by exactly 'dtype', 'shape' and "
      "'data_offsets'; fetch the file again\n");
  EXPECT_EQ(opened(R"({"__metadata__":{"a":1}})", 0),
            "error: model.safetensors: expected a string as 'a' of '__metadata__', got an integer; "
            "fetch the file again\n");
  EXPECT_EQ(opened(R"({"__metadata__":[]})", 0),
            "error: model.safetensors: expected an object of strings as '__metadata__', got an "
            "array; fetch the file again\n");
  EXPECT_EQ(opened("{\"" + std::string(1025, 'n') + "\":{}}", 0),
            "error: model.safetensors: tensor '" + std::string(160, 'n') +
                "...' has a name of 1025 bytes; at most 1024 are supported; save the weights with "
                "shorter names\n");
}

TEST_F(CheckpointTest, RefusesHeadersThatAreNoStrictJson) {
  EXPECT_EQ(
      opened(R"({"a":{"dtype":"U8","shape":[0],"shape":[0],"data_offsets":[0,0]}})", 0),
      "error: model.safetensors: the header is not valid: the key 'shape' appears twice in one "
      "object, at column 39 of the header; fetch the file again\n");
  EXPECT_EQ(opened("{}\n", 0),
            "error: model.safetensors: the header is not valid: expected only spaces after the "
            "closing brace, found '\\x0a', at column 3 of the header; fetch the file again\n");
  EXPECT_EQ(
      opened("{\"\xff\":1}", 0),
      "error: model.safetensors: the header is not valid: byte 2 is not UTF-8, at column 3 of "
      "the header; fetch the file again\n");
}

TEST_F(CheckpointTest, TellsEveryFaultOfAFileUpToALimit) {
  std::string header = "{";
  for (int index = 0; index < 25; ++index)
    header += (index ? "," : "") + ("\"t" + std::to_string(index)) + "\":1";
  opened(header + "}", 0);
  EXPECT_EQ(messages.size(), 21u);
  EXPECT_EQ(messages.back(), "error: model.safetensors: and 5 more faults of this file");
}

TEST_F(CheckpointTest, NamesWhatAFileIsInstead) {
  std::pair<std::string, std::string> cases[] = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
       "it is a git-lfs pointer, not the weights; run 'git lfs pull' in the folder"},
      {std::string("PK\x03\x04", 4) + "archive",
       "it is a PyTorch pickle, which may run code when it is read; convert it to safetensors"},
      {"GGUF\x03", "it is a GGUF file; use the safetensors files of the model"},
      {"<!DOCTYPE html>", "it is a web page; the download failed, fetch the file again"},
  };
  for (const auto &[content, text] : cases) {
    write("model.safetensors", content);
    EXPECT_EQ(reopened(), "error: model.safetensors: expected a safetensors file: " + text + "\n");
  }
}

TEST_F(CheckpointTest, RefusesFoldersWithoutSafetensors) {
  std::string start = "error: " + llvm::sys::path::filename(folder).str() +
                      ": no model.safetensors and no model.safetensors.index.json: ";
  EXPECT_EQ(reopened(),
            start + "the folder holds no weights; fetch the model*.safetensors files\n");
  write("model.Q4_K_M.gguf", "");
  EXPECT_EQ(reopened(), start +
                            "'model.Q4_K_M.gguf' is a GGUF file; give the folder of the model it "
                            "was made from\n");
  write("pytorch_model.bin", "");
  EXPECT_EQ(reopened(), start +
                            "'pytorch_model.bin' is a pickle, which may run code when it is read "
                            "and is never opened; convert it with save_pretrained(DIR, "
                            "safe_serialization=True)\n");
  write("consolidated.safetensors", "");
  EXPECT_EQ(reopened(), start + "'consolidated.safetensors' does not use the names of Hugging Face "
                                "checkpoints; fetch the model*.safetensors files of the model\n");
  write("adapter_model.safetensors", "");
  EXPECT_EQ(reopened(), start + "'adapter_model.safetensors' is an adapter, not a model; merge it "
                                "into its base model first\n");
  write("model-00001-of-00002.safetensors", "");
  EXPECT_EQ(reopened(), start + "'model-00001-of-00002.safetensors' is a part of the weights, but "
                                "the index that lists all parts is missing; fetch "
                                "model.safetensors.index.json\n");
}

TEST_F(CheckpointTest, RefusesWhatIsNoFolder) {
  EXPECT_EQ(openedPath("Qwen/Qwen2.5-0.5B"),
            "error: Qwen2.5-0.5B: no such folder; if 'Qwen/Qwen2.5-0.5B' is a name on the Hugging "
            "Face hub: Tenon never downloads, fetch it with 'hf download Qwen/Qwen2.5-0.5B "
            "--local-dir DIR' and give DIR\n");
  EXPECT_EQ(openedPath("./no/such/folder"),
            "error: folder: no such folder; give the folder that holds config.json\n");
  write("file", "");
  EXPECT_EQ(openedPath(path("file")), "error: file: expected a folder, got a file; give the folder "
                                      "that holds config.json and the weights\n");
  EXPECT_EQ(openedPath(path("file") + "/x"),
            "error: x: cannot read the folder: Not a directory; make it readable\n");
}

TEST_F(CheckpointTest, RefusesFilesThatAreNoFiles) {
  ASSERT_FALSE(llvm::sys::fs::create_directory(path("model.safetensors")));
  EXPECT_EQ(reopened(),
            "error: model.safetensors: expected a regular file; fetch the whole model again\n");
  ASSERT_FALSE(llvm::sys::fs::remove(path("model.safetensors")));
  ASSERT_EQ(::mkfifo(path("model.safetensors").c_str(), 0600), 0);
  EXPECT_EQ(reopened(),
            "error: model.safetensors: expected a regular file; fetch the whole model again\n");
  ASSERT_EQ(::unlink(path("model.safetensors").c_str()), 0);
  ASSERT_EQ(::mknod(path("model.safetensors").c_str(), S_IFSOCK | 0600, 0), 0);
  EXPECT_EQ(reopened(), "error: model.safetensors: cannot open the file: No such device or "
                        "address; make it readable\n");
}

/// A folder with two shards, x.safetensors with tensor "x" and y.safetensors
/// with "y", and the index `index`.
class ShardTest : public CheckpointTest {
protected:
  std::string sharded(llvm::StringRef map) {
    for (const char *name : {"x", "y"})
      write((llvm::Twine(name) + ".safetensors").str(),
            safetensors((llvm::Twine("{\"") + name +
                         R"(":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})")
                            .str(),
                        2));
    write("model.safetensors.index.json",
          (R"({"metadata":{"total_size":4},"weight_map":)" + map + "}").str());
    return reopened();
  }
};

TEST_F(ShardTest, ReadsAllShards) {
  EXPECT_EQ(sharded(R"({"y":"y.safetensors","x":"x.safetensors"})"), "");
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->files().size(), 2u);
  char bytes[2];
  EXPECT_TRUE(mlir::succeeded(checkpoint->read(*checkpoint->find("y"), 0, 2, bytes)));
  EXPECT_EQ(bytes[1], 1);
}

TEST_F(ShardTest, PrefersTheSingleFile) {
  write("model.safetensors", safetensors("{}", 0));
  EXPECT_EQ(sharded(R"({"y":"y.safetensors"})"), "");
  EXPECT_TRUE(checkpoint->tensors().empty());
}

TEST_F(ShardTest, RefusesMissingShards) {
  EXPECT_EQ(sharded(R"({"x":"x.safetensors","z":"z.safetensors"})"),
            "error: model.safetensors.index.json: the shard 'z.safetensors' is missing from the "
            "folder; fetch the whole model again\n");
}

TEST_F(ShardTest, RefusesTensorsThatAreElsewhere) {
  EXPECT_EQ(
      sharded(R"({"x":"y.safetensors","y":"y.safetensors"})"),
      "error: model.safetensors.index.json: tensor 'x' is said to be in 'y.safetensors' and is "
      "not; fetch the whole model again\n");
}

TEST_F(ShardTest, WarnsOfTensorsThatTheIndexDoesNotName) {
  EXPECT_EQ(sharded(R"({"y":"y.safetensors"})"), "");
  write("y.safetensors", safetensors(R"({"y":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                                     R"("v":{"dtype":"U8","shape":[],"data_offsets":[2,3]}})",
                                     3));
  EXPECT_EQ(reopened(), "warning: y.safetensors: tensor 'v' is not listed in "
                        "model.safetensors.index.json; it is used all the same, fetch the index "
                        "again [-Wunlisted-tensor]\n");
}

TEST_F(ShardTest, RefusesATensorInTwoShards) {
  sharded(R"({"x":"x.safetensors","y":"y.safetensors"})");
  write("y.safetensors", safetensors(R"({"y":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                                     R"("x":{"dtype":"U8","shape":[],"data_offsets":[2,3]}})",
                                     3));
  EXPECT_EQ(reopened(), "error: y.safetensors: tensor 'x' is also in '" + path("x.safetensors") +
                            "'; a tensor must be in one file only, remove the other\n");
}

TEST_F(ShardTest, RefusesNamesThatLeaveTheFolder) {
  for (const char *name : {"../x.safetensors", "/x", "a\\\\b", "..", ""})
    EXPECT_NE(sharded((llvm::Twine(R"({"x":")") + name + "\"}").str())
                  .find("; expected the plain name of a file in the same folder"),
              std::string::npos)
        << name;
  EXPECT_NE(sharded(R"({"x":1})").find("; expected the plain name"), std::string::npos);
}

TEST_F(ShardTest, RefusesAnIndexOfAnotherForm) {
  EXPECT_EQ(sharded("[]"),
            "error: model.safetensors.index.json: expected an object 'weight_map' of "
            "tensor and file names in the index; fetch the file again\n");
  EXPECT_EQ(sharded(R"({"x":"x.safetensors","x":"y.safetensors"})"),
            "error: model.safetensors.index.json: the index is not valid JSON: the key 'x' appears "
            "twice in one object, at line 1, column 67; fetch the file again\n");
  write("model.safetensors.index.json", "version https://git-lfs.github.com/spec/v1\n");
  EXPECT_EQ(reopened(),
            "error: model.safetensors.index.json: it is a git-lfs pointer, not the file; "
            "run 'git lfs pull' in the folder\n");
}

} // namespace

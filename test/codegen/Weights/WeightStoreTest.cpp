//===- WeightStoreTest.cpp - Weights that threads make together -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CountedMemory.h"

#include "codegen/Weights/WeightStore.h"
#include "dialects/Registry.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/xxhash.h"

#include <atomic>
#include <gtest/gtest.h>

using namespace mlir;
using namespace tenon;

namespace {

/// Tensors whose bytes follow from their name. Some cannot be read.
class NamedBytes : public TensorReader {
public:
  LogicalResult read(transformer::SourceAttr source, uint64_t offset, MutableArrayRef<char> bytes,
                     Location loc) override {
    StringRef name = source.getTensor();
    if (unreadable.contains(name) && offset >= unreadableFrom)
      return emitError(loc) << "cannot read '" << name << "'";
    uint64_t seed = llvm::xxh3_64bits(name);
    for (auto [i, byte] : llvm::enumerate(bytes))
      byte = static_cast<char>(((offset + i) * 0x9e3779b97f4a7c15ull + seed) >> 56);
    return success();
  }
  llvm::StringSet<> unreadable;
  uint64_t unreadableFrom = 0; ///< byte of the tensor
};

/// A weight for each kind of recipe, most of several parts; two transposes have
/// two windows, one after the other in the table. Small ones lie between.
constexpr const char *program = R"(
  #pack = #transformer.pack<lanes 16, columns 2, multiple 32, group 32>
  task.weight @norm index 0 : memref<897xf32> from [#transformer.source<"f"::"norm" : 897xf32>] recipe []
  task.weight @asItIs index 1 : memref<9001x1001xbf16>
      from [#transformer.source<"f"::"asItIs" : 9001x1001xbf16>] recipe []
  task.weight @bias index 2 : memref<7xbf16> from [#transformer.source<"f"::"bias" : 7xbf16>] recipe []
  task.weight @joined index 3 : memref<3012x1001xf32>
      from [#transformer.source<"f"::"left" : 2003x1001xbf16>,
            #transformer.source<"f"::"right" : 1009x1001xbf16>]
      recipe [#transformer.concat_rows, #transformer.to_f32]
  task.weight @packed index 4 : memref<564x512x16x2xbf16>
      from [#transformer.source<"f"::"packed" : 9001x1001xbf16>] recipe [#pack]
  task.weight @turned index 5 : memref<1064x512x16x2xbf16>
      from [#transformer.source<"f"::"turned" : 1001x17011xbf16>]
      recipe [#transformer.transpose, #pack]
  task.weight @wide index 6 : memref<17011x1001xf32>
      from [#transformer.source<"f"::"wide" : 1001x17011xbf16>]
      recipe [#transformer.transpose, #transformer.to_f32]
  task.weight @small index 7 : memref<130x512x16x2xbf16>
      from [#transformer.source<"f"::"small" : 1001x2063xbf16>]
      recipe [#transformer.transpose, #pack]
  task.weight @sliced index 8 : memref<6000x1001xbf16>
      from [#transformer.source<"f"::"sliced" : 9000x1001xbf16>]
      recipe [#transformer.slice_rows<first 1, count 2, every 3>]
  task.weight @kernel index 9 : memref<188x1001x16x1xf32>
      from [#transformer.source<"f"::"kernel" : 1x3001x1001xbf16>]
      recipe [#transformer.reshape<[3001, 1001]>, #transformer.to_f32,
              #transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
  task.weight @last index 10 : memref<3xf32> from [#transformer.source<"f"::"last" : 3xf32>] recipe []
)";

class WeightStoreTest : public ::testing::Test {
protected:
  WeightStoreTest() : context(registry()) {
    context.loadAllAvailableDialects();
    context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
      messages.push_back(diagnostic.str());
      return success();
    });
    module = parseSourceString<ModuleOp>(program, ParserConfig(&context));
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("tenon-weights", folder));
  }
  ~WeightStoreTest() override { llvm::sys::fs::remove_directories(folder); }

  static DialectRegistry registry() {
    DialectRegistry result;
    registerDialects(result);
    return result;
  }

  std::string path() const { return (folder + "/payload").str(); }

  /// Writes the weights into a file, which is kept when all could be made.
  rt::Status write(WeightStore &store, unsigned threads) {
    llvm::ThreadPoolStrategy strategy;
    strategy.ThreadsRequested = threads;
    llvm::DefaultThreadPool pool(strategy);
    link::WeightWorkers workers = {&pool, threads};
    link::PayloadWriter payload(store);
    auto file = link::OutputFile::create(path(), payload.sizeBytes());
    if (!file)
      return file.status();
    test::CountedMemory memory;
    if (rt::Status status = payload.writeWeights(*file, 0, {}, workers); !status)
      return status;
    // Beside what is foretold: the leaves, threads, and what MLIR makes unique.
    constexpr int64_t small = 256 << 10;
    EXPECT_LE(memory.mostBytes(), int64_t(payload.weightPeakBytes(workers)) + small) << threads;
    if (rt::Status status = payload.writeRest(*file, 0); !status)
      return status;
    return file->keep();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  NamedBytes reader;
  std::vector<std::string> messages;
  llvm::SmallString<64> folder;
};

/// All weights as their recipes make them without any parts, at their places.
std::string withoutParts(ModuleOp module, TensorReader &reader) {
  std::string bytes;
  for (auto weight : module.getOps<task::WeightOp>()) {
    bytes.resize(llvm::alignTo(bytes.size(), rt::weightsGranularity));
    FailureOr<Recipe> recipe =
        Recipe::create(weight.getLoc(), weight.getSources(), weight.getRecipe(),
                       cast<MemRefType>(weight.getType()), reader);
    EXPECT_TRUE(succeeded(recipe) && succeeded(recipe->stream([&](ArrayRef<char> block) {
                  bytes.append(block.begin(), block.end());
                  return success();
                })));
  }
  bytes.resize(llvm::alignTo(bytes.size(), rt::weightsGranularity));
  return bytes;
}

TEST_F(WeightStoreTest, AnyNumberOfThreadsMakesTheSameBytesInThePredictedMemory) {
  ASSERT_TRUE(module);
  std::string expected = withoutParts(*module, reader), first;
  for (unsigned threads : {1, 2, 5}) {
    FailureOr<WeightStore> store = WeightStore::create(*module, reader);
    ASSERT_TRUE(succeeded(store));
    EXPECT_GT(store->parts().size(), store->weights().size() + 8);
    rt::Status status = write(*store, threads);
    ASSERT_TRUE(status) << status.message();
    auto file = llvm::MemoryBuffer::getFile(path(), false, false);
    ASSERT_TRUE(file);
    StringRef bytes = (*file)->getBuffer();
    if (first.empty())
      first = bytes.str();
    EXPECT_TRUE(bytes == first) << threads << " threads";
    EXPECT_TRUE(bytes.drop_back(sizeof(rt::PayloadTrailer)).ends_with(expected));
  }
  EXPECT_TRUE(messages.empty());
}

/// A part begins where a window does, so that no window is made for two.
TEST_F(WeightStoreTest, PartsOfATransposeAreItsWindows) {
  ASSERT_TRUE(module);
  FailureOr<WeightStore> store = WeightStore::create(*module, reader);
  ASSERT_TRUE(succeeded(store));
  SmallVector<int> parts(store->weights().size());
  for (const link::WeightPart &part : store->parts())
    ++parts[part.weight];
  EXPECT_EQ(parts[0], 1);
  EXPECT_EQ(parts[1], 3); // of 8 MiB
  EXPECT_EQ(parts[5], 2); // turned
  EXPECT_EQ(parts[6], 2); // wide
  EXPECT_EQ(parts[7], 1); // small, in one window
}

TEST_F(WeightStoreTest, TheFirstWeightThatFailsIsToldOnce) {
  ASSERT_TRUE(module);
  for (StringRef name : {"right", "turned", "sliced", "last"})
    reader.unreadable.insert(name);
  reader.unreadableFrom = 4;
  for (unsigned threads : {1, 2, 5}) {
    messages.clear();
    FailureOr<WeightStore> store = WeightStore::create(*module, reader);
    ASSERT_TRUE(succeeded(store));
    rt::Status status = write(*store, threads);
    EXPECT_EQ(status.code(), rt::StatusCode::InputOutput);
    EXPECT_EQ(status.message(), ""); // the diagnostic is the one line
    EXPECT_EQ(messages, std::vector<std::string>{"cannot read 'right'"}) << threads;
    std::error_code error;
    EXPECT_EQ(llvm::sys::fs::directory_iterator(folder, error),
              llvm::sys::fs::directory_iterator());
  }
}

} // namespace

//===- RecipeTest.cpp - Memory and errors of recipes ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What steps compute is compared with numpy by test/numeric/recipes.py. Here
// is what that cannot see: how much memory it took, and what is refused.
//
//===----------------------------------------------------------------------===//

#include "CountedMemory.h"

#include "codegen/Weights/WeightStore.h"
#include "dialects/Registry.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace tenon;

namespace {

/// Every byte is the same, and is counted.
class OneByte : public TensorReader {
public:
  LogicalResult read(transformer::SourceAttr, uint64_t, MutableArrayRef<char> bytes,
                     Location) override {
    std::fill(bytes.begin(), bytes.end(), 1);
    bytesRead += bytes.size();
    return success();
  }
  uint64_t bytesRead = 0;
};

class RecipeTest : public ::testing::Test {
protected:
  RecipeTest() : context(registry()) {
    context.loadAllAvailableDialects();
    context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
      message = diagnostic.str();
      return success();
    });
  }

  static DialectRegistry registry() {
    DialectRegistry result;
    registerDialects(result);
    return result;
  }

  FailureOr<Recipe> create(StringRef sources, StringRef steps, StringRef type) {
    auto array = [&](StringRef text) {
      return cast<ArrayAttr>(parseAttribute(("[" + text + "]").str(), &context));
    };
    return Recipe::create(UnknownLoc::get(&context), array(sources), array(steps),
                          cast<ShapedType>(parseType(type, &context)), reader);
  }

  /// Streams the recipe. \returns the most memory that it took at once.
  int64_t measure(Recipe &recipe) {
    int64_t made = 0;
    test::CountedMemory memory;
    EXPECT_TRUE(succeeded(recipe.stream([&](ArrayRef<char> bytes) {
      made += static_cast<int64_t>(bytes.size());
      return success();
    })));
    EXPECT_EQ(made, recipe.sizeBytes());
    return memory.mostBytes();
  }

  MLIRContext context;
  OneByte reader;
  std::string message;
};

struct MemoryCase {
  const char *name, *sources, *steps, *type;
  int64_t mostMib; ///< declared
  int64_t reads;   ///< of the sources
};

class RecipeMemory : public RecipeTest, public ::testing::WithParamInterface<MemoryCase> {};

// A block of 1 MiB for each step that computes, one for the sink, and the
// window of a transpose. No source is as small as that.
const MemoryCase memoryCases[] = {
    {"as_it_is", "#transformer.source<\"f\"::\"a\" : 30000x1000xbf16>", "",
     "tensor<30000x1000xbf16>", 1, 1},
    {"one_long_dimension", "#transformer.source<\"f\"::\"a\" : 1x30000x1000xbf16>", "",
     "tensor<30000x1000xbf16>", 1, 1},
    {"widened_and_joined",
     "#transformer.source<\"f\"::\"a\" : 20000x1000xbf16>, "
     "#transformer.source<\"f\"::\"b\" : 10000x1000xbf16>",
     "#transformer.concat_rows, #transformer.to_f32", "tensor<30000x1000xf32>", 2, 1},
    {"packed", "#transformer.source<\"f\"::\"a\" : 151936x896xbf16>",
     "#transformer.pack<lanes 16, columns 2, multiple 32, group 32>", "memref<9496x448x16x2xbf16>",
     2, 1},
    {"packed_kernel", "#transformer.source<\"f\"::\"a\" : 1x30000x1000xbf16>",
     "#transformer.reshape<[30000, 1000]>, #transformer.to_f32, "
     "#transformer.pack<lanes 16, columns 1, multiple 1, group 32>",
     "memref<1876x1000x16x1xf32>", 3, 1},
    {"turned_vocabulary", "#transformer.source<\"f\"::\"a\" : 896x151936xbf16>",
     "#transformer.transpose, #transformer.pack<lanes 16, columns 2, multiple 32, group 32>",
     "memref<9496x448x16x2xbf16>", 36, 9},
};

TEST_P(RecipeMemory, IsWhatWasDeclared) {
  const MemoryCase &test = GetParam();
  FailureOr<Recipe> recipe = create(test.sources, test.steps, test.type);
  ASSERT_TRUE(succeeded(recipe)) << message;
  EXPECT_LE(recipe->peakBytes(), test.mostMib << 20);
  constexpr int64_t small = 4096; // headers of allocations and lists of pieces
  EXPECT_LE(measure(*recipe), recipe->peakBytes() + small);
  uint64_t sourceBytes = reader.bytesRead / test.reads;
  EXPECT_EQ(reader.bytesRead, sourceBytes * test.reads);
  EXPECT_GT(sourceBytes, uint64_t(32) << 20);
}

INSTANTIATE_TEST_SUITE_P(Steps, RecipeMemory, ::testing::ValuesIn(memoryCases),
                         [](const auto &info) { return info.param.name; });

TEST_F(RecipeTest, RefusesWhatItDoesNotKnow) {
  StringRef source = "#transformer.source<\"f\"::\"a\" : 4x8xbf16>";
  EXPECT_TRUE(failed(create(source, "\"squeeze\"", "tensor<4x8xbf16>")));
  EXPECT_EQ(message,
            "expected steps of a recipe, got \"squeeze\"; load the plug-in that defines it");
  EXPECT_TRUE(failed(create(source, "", "tensor<4x9xbf16>")));
  EXPECT_EQ(message, "expected a recipe that makes 'tensor<4x9xbf16>', got one of "
                     "'tensor<4x8xbf16>'");
  EXPECT_TRUE(failed(create("", "", "tensor<4x8xbf16>")));
  EXPECT_EQ(message, "a recipe needs a source, got none");
  // A packed weight of another shape has its elements in other places.
  EXPECT_TRUE(failed(create(source, "#transformer.pack<lanes 2, columns 1, multiple 1, group 2>",
                            "memref<1x16x2x1xbf16>")));
}

TEST_F(RecipeTest, StoreRefusesBeforeAnythingIsMade) {
  auto module = parseSourceString<ModuleOp>(R"(
    task.weight @w index 0 : memref<4x8xbf16>
        from [#transformer.source<"f"::"a" : 4x8xbf16>] recipe ["squeeze"]
  )",
                                            ParserConfig(&context));
  EXPECT_TRUE(failed(WeightStore::create(*module, reader)));
  EXPECT_EQ(message,
            "expected steps of a recipe, got \"squeeze\"; load the plug-in that defines it");
  EXPECT_EQ(reader.bytesRead, 0u);
}

} // namespace

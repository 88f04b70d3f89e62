//===- WarningOptionsTest.cpp - The -W flags ------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/Diagnostics/WarningOptions.h"

#include "ImporterTest.h"

using namespace tenon;

namespace {

class WarningOptionsTest : public test::ImporterTest {
protected:
  /// What one warning of unknown-config-key becomes under `flags`.
  std::string told(std::vector<const char *> flags, bool silence = false) {
    WarningOptions options;
    if (silence)
      options.silenceAll();
    for (const char *flag : flags)
      if (llvm::Error error = options.parse(flag))
        return llvm::toString(std::move(error));
    messages.clear();
    failed = mlir::failed(
        options.warn(WarningClass::UnknownConfigKey, mlir::UnknownLoc::get(&context), "text"));
    return joined();
  }
  bool failed = false;
};

TEST_F(WarningOptionsTest, WarnsByDefault) {
  EXPECT_EQ(told({}), "warning: text [-Wunknown-config-key]\n");
  EXPECT_FALSE(failed);
}

TEST_F(WarningOptionsTest, SilencesOneOrAll) {
  EXPECT_EQ(told({"no-unknown-config-key"}), "");
  EXPECT_EQ(told({"no-unknown-config-key", "unknown-config-key"}),
            "warning: text [-Wunknown-config-key]\n");
  EXPECT_EQ(told({}, /*silence=*/true), "");
  EXPECT_EQ(told({"no-unknown-config-key", "error"}), "");
}

TEST_F(WarningOptionsTest, MakesErrorsOfOneOrAll) {
  for (const char *flag : {"error", "error=unknown-config-key"}) {
    EXPECT_EQ(told({flag}), "error: text [-Werror,-Wunknown-config-key]\n");
    EXPECT_TRUE(failed);
  }
  EXPECT_EQ(told({"error=head-differs"}), "warning: text [-Wunknown-config-key]\n");
  EXPECT_EQ(told({"error", "no-error=unknown-config-key"}),
            "warning: text [-Wunknown-config-key]\n");
  EXPECT_EQ(told({"error", "no-error"}), "warning: text [-Wunknown-config-key]\n");
}

TEST_F(WarningOptionsTest, RefusesUnknownNames) {
  EXPECT_EQ(told({"unknown-config-keys"}), "unknown warning 'unknown-config-keys' in "
                                           "'-Wunknown-config-keys'; did you mean "
                                           "'unknown-config-key'");
  EXPECT_EQ(told({"error=zzz"}), "unknown warning 'zzz' in '-Werror=zzz'");
}

TEST_F(WarningOptionsTest, EveryClassHasANameOfItsOwn) {
  std::set<llvm::StringRef> names;
  for (const WarningClassInfo &info : warningClasses()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name.str();
    EXPECT_FALSE(info.meaning.empty());
  }
}

} // namespace

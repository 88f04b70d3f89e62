//===- StatePagesTest.cpp - Pages and slots of sequences ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/StatePages.h"

#include <cstdio>
#include <cstring>
#include <set>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

using namespace tenon::rt;

static StatePages pagesOf(const StateLayout &layout) {
  auto pages = StatePages::reserve(layout);
  EXPECT_TRUE(pages);
  return std::move(*pages);
}

// Four positions of 16 KiB in a page.
static constexpr StateLayout small = {4, 65536, 32, 20, 3, 10};

/// System pages of `bytes` at `base` that are resident.
static int64_t residentPages(const std::byte *base, uint64_t bytes) {
  uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> resident(bytes / page);
  if (mincore(const_cast<std::byte *>(base), bytes, resident.data()) != 0)
    return 0;
  int64_t count = 0;
  for (unsigned char flags : resident)
    count += flags & 1;
  return count;
}

TEST(StatePages, SequencesGrowByWholePages) {
  StatePages pages = pagesOf(small);
  SequenceId id = *pages.add();
  EXPECT_TRUE(pages.extend(id, 1));
  EXPECT_EQ(pages.pageTable(id).size(), 1u);
  EXPECT_TRUE(pages.extend(id, 3));
  EXPECT_EQ(pages.pageTable(id).size(), 1u);
  EXPECT_TRUE(pages.extend(id, 1));
  EXPECT_EQ(pages.pageTable(id).size(), 2u);
  EXPECT_EQ(pages.length(id), 5);
  EXPECT_EQ(pages.freePages(), 8);
}

TEST(StatePages, PagesOfSequencesAreDistinctAndUsable) {
  StatePages pages = pagesOf(small);
  std::set<int32_t> seen;
  for (int i = 0; i < 3; ++i) {
    SequenceId id = *pages.add();
    EXPECT_TRUE(pages.extend(id, 9));
    for (int32_t page : pages.pageTable(id)) {
      EXPECT_TRUE(seen.insert(page).second);
      std::memset(pages.pages() + page * small.pageBytes, page, small.pageBytes);
    }
  }
  EXPECT_EQ(seen.size(), 9u);
}

TEST(StatePages, ContextIsALimitAndChangesNothing) {
  StatePages pages = pagesOf(small);
  SequenceId id = *pages.add();
  EXPECT_TRUE(pages.extend(id, 18));
  Status status = pages.extend(id, 3);
  EXPECT_EQ(status.code(), StatusCode::ContextFull);
  EXPECT_EQ(status.message(), "the context is full: 18 of its 20 positions are used and 3 more are "
                              "needed; use a larger --context");
  EXPECT_EQ(pages.length(id), 18);
  EXPECT_EQ(pages.freePages(), 5);
  EXPECT_TRUE(pages.extend(id, 2));
}

TEST(StatePages, SharedPagesRunOut) {
  StatePages pages = pagesOf(small);
  SequenceId first = *pages.add(), second = *pages.add(), third = *pages.add();
  EXPECT_TRUE(pages.extend(first, 20));
  EXPECT_TRUE(pages.extend(second, 16));
  Status status = pages.extend(third, 5);
  EXPECT_EQ(status.code(), StatusCode::ContextFull);
  EXPECT_EQ(status.message(), "the next 5 positions need 2 pages of state, 1 are free; wait until "
                              "another sequence ends");
  pages.remove(first);
  EXPECT_TRUE(pages.extend(third, 20));
}

TEST(StatePages, TooManySequencesAreRefused) {
  StatePages pages = pagesOf(small);
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(pages.add());
  auto fourth = pages.add();
  ASSERT_FALSE(fourth);
  EXPECT_EQ(fourth.status().message(),
            "3 sequences exist, and no more are allowed; wait until one ends");
  pages.remove(1);
  EXPECT_EQ(*pages.add(), 1);
}

TEST(StatePages, ShrinkGivesPagesBack) {
  StatePages pages = pagesOf(small);
  SequenceId id = *pages.add();
  EXPECT_TRUE(pages.extend(id, 17));
  std::vector<int32_t> before(pages.pageTable(id).begin(), pages.pageTable(id).end());
  pages.shrink(id, 8);
  EXPECT_EQ(pages.pageTable(id).size(), 2u);
  EXPECT_EQ(pages.freePages(), 8);
  EXPECT_TRUE(pages.extend(id, 1));
  EXPECT_EQ(pages.pageTable(id)[0], before[0]);
  EXPECT_EQ(pages.pageTable(id)[1], before[1]);
}

TEST(StatePages, SlotsOfFreshSequencesAreZero) {
  StatePages pages = pagesOf(small);
  SequenceId id = *pages.add();
  std::byte *slot = pages.slots() + pages.slot(id) * small.slotBytes;
  std::memset(slot, 1, small.slotBytes);
  pages.shrink(id, 0);
  EXPECT_EQ(slot[0], std::byte(1)) << "shrink leaves the slot alone";
  pages.remove(id);
  ASSERT_EQ(*pages.add(), id);
  for (int64_t i = 0; i < small.slotBytes; ++i)
    EXPECT_EQ(slot[i], std::byte(0));
}

TEST(StatePages, MemoryIsTakenOnUseAndGivenBack) {
  // 256 GiB of address space.
  StatePages pages = pagesOf({16, 1 << 20, 0, 1 << 22, 1, 1 << 18});
  EXPECT_EQ(residentPages(pages.pages(), 64 << 20), 0);
  SequenceId id = *pages.add();
  EXPECT_TRUE(pages.extend(id, 64));
  EXPECT_EQ(residentPages(pages.pages(), 64 << 20), 0) << "nothing was written yet";
  for (int32_t page : pages.pageTable(id))
    std::memset(pages.pages() + int64_t(page) * (1 << 20), 1, 1 << 20);
  int64_t systemPages = (4 << 20) / sysconf(_SC_PAGESIZE);
  EXPECT_EQ(residentPages(pages.pages(), 64 << 20), systemPages);
  pages.shrink(id, 32);
  EXPECT_EQ(residentPages(pages.pages(), 64 << 20), systemPages / 2);
  pages.remove(id);
  EXPECT_EQ(residentPages(pages.pages(), 64 << 20), 0);
}

TEST(StatePages, ModelWithoutPagedStateNeedsNoPages) {
  StatePages pages = pagesOf({0, 0, 8, 100, 2, 0});
  SequenceId id = *pages.add();
  EXPECT_TRUE(pages.extend(id, 100));
  EXPECT_TRUE(pages.pageTable(id).empty());
  EXPECT_EQ(pages.extend(id, 1).code(), StatusCode::ContextFull);
}

TEST(StatePages, AddressSpaceThatCannotBeIsAnError) {
  auto pages = StatePages::reserve({1, int64_t(1) << 50, 0, 1000, 1, int64_t(1) << 40});
  ASSERT_FALSE(pages);
  EXPECT_EQ(pages.status().code(), StatusCode::MachineUnsupported);
  pages = StatePages::reserve({1, int64_t(1) << 40, 0, 1000, 1, 1 << 20});
  ASSERT_FALSE(pages);
  EXPECT_EQ(pages.status().code(), StatusCode::MachineUnsupported);
  EXPECT_NE(pages.status().message().find("for the state of the context"), std::string::npos);
}

TEST(StatePages, MemoryThatTheSystemDoesNotGiveIsAnError) {
  StatePages pages = pagesOf({4, 1 << 20, 0, 40, 1, 10});
  SequenceId id = *pages.add();
  ASSERT_TRUE(pages.extend(id, 4));
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_DATA, &before), 0);
  rlimit none = {4096, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_DATA, &none), 0);
  Status status = pages.extend(id, 9);
  ASSERT_EQ(setrlimit(RLIMIT_DATA, &before), 0);
  EXPECT_EQ(status.code(), StatusCode::MachineUnsupported);
  EXPECT_EQ(status.message(), "the system gives no memory for position 13 of the context; use a "
                              "smaller --context");
  EXPECT_EQ(pages.length(id), 4);
  EXPECT_EQ(pages.freePages(), 9);
  EXPECT_TRUE(pages.extend(id, 9));
}

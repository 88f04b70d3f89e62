//===- StatePages.h - What sequences remember between steps ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_STATEPAGES_H
#define TENON_RUNTIME_STATEPAGES_H

#include "MappedMemory.h"
#include "Status.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tenon::rt {

/// Names a sequence of one StatePages.
using SequenceId = int32_t;

/// How state memory is cut into pages and slots.
struct StateLayout {
  int64_t pagePositions; ///< positions in a page
  int64_t pageBytes;     ///< 0: the model has no paged state
  int64_t slotBytes;     ///< 0: the model has no state of fixed size
  int64_t context;       ///< positions that one sequence may have
  int32_t maxSequences;  ///< sequences that may exist at once
  int64_t pages;         ///< pages that all sequences share
};

/// The pages and slots of all sequences. Address space is taken at once,
/// memory when a page is first used; a removed sequence gives both back. Not
/// for several threads at once.
class StatePages {
public:
  static Expected<StatePages> reserve(const StateLayout &layout);

  /// Makes an empty sequence; its slot is zero.
  /// \returns Refused when `maxSequences` exist.
  Expected<SequenceId> add();
  void remove(SequenceId sequence);

  /// Gives `sequence` room for `rows` more positions.
  /// \returns ContextFull when the context or the pages do not suffice,
  /// MachineUnsupported when the system gives no memory for them; nothing has
  /// changed then.
  Status extend(SequenceId sequence, int64_t rows);
  /// Takes the positions from `length` on away, and the pages that only they
  /// used. The slot is not touched.
  void shrink(SequenceId sequence, int64_t length);
  /// Makes `sequence` empty again, its slot included.
  void clear(SequenceId sequence);

  int64_t length(SequenceId sequence) const { return sequences[sequence].length; }
  /// Pages of `sequence`, in order of position.
  std::span<const int32_t> pageTable(SequenceId sequence) const {
    return sequences[sequence].pages;
  }
  /// Where the states of fixed size of `sequence` are.
  int32_t slot(SequenceId sequence) const { return sequence; }

  std::byte *pages() const { return pageMemory.data(); }
  std::byte *slots() const { return slotMemory.data(); }
  int64_t freePages() const { return layout.pages - usedPages; }
  const StateLayout &shape() const { return layout; }

private:
  struct Sequence {
    bool exists = false;
    int64_t length = 0;
    std::vector<int32_t> pages;
  };

  StatePages(const StateLayout &layout, MappedMemory pageMemory, MappedMemory slotMemory);
  int64_t pagesFor(int64_t positions) const;
  bool takePage(std::vector<int32_t> &table);

  StateLayout layout;
  MappedMemory pageMemory;
  MappedMemory slotMemory;
  std::vector<Sequence> sequences;
  std::vector<int32_t> returned; ///< pages used before, the last one first
  int64_t freshPages = 0;        ///< pages below this number were used once
  int64_t usedPages = 0;
  uint64_t committedBytes = 0;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_STATEPAGES_H

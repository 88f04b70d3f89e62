//===- StepAbi.h - Between generated code and the runtime -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one interface between generated code and the runtime, used by both
// sides: codegen emits functions of type StepFunction and the constants
// ProgramVariant and Program; the runtime fills StepArguments and calls.
//
// A step computes `rows` rows, each a token at a position of a sequence. Rows
// of one sequence are consecutive and in order of position. A program that can
// be given rows reads `embeddings` for all of them, and looks up none of those
// whose token is negative; what is there for the others does not matter.
//
// Axis 0 of a position is the place in the sequence; further axes are what the
// model was taught: time, height and width of a picture.
//
// What a sequence remembers lies in two kinds of state memory:
//
//  - pages: a page holds `pagePositions` consecutive positions of every paged
//    state of the model (keys, values, latents of all layers). Page number p
//    starts at byte p * pageBytes of `pages`. The page table of sequence s is
//    the row s of `pageTable`: entry i holds the page of positions
//    [i * pagePositions, (i + 1) * pagePositions).
//  - slots: a slot holds every state of fixed size of one sequence (recurrent
//    states, convolution tails). Slot number n starts at byte n * slotBytes
//    of `slots`. A slot of a fresh sequence is all zero bytes.
//
// All workers call the step function with the same arguments and their own
// number. The function calls tenon_barrier between phases whose data crosses
// workers, and returns in every worker after its last phase, without a
// barrier at the end.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_STEPABI_H
#define TENON_RUNTIME_STEPABI_H

#include <cstddef>
#include <cstdint>

namespace tenon::rt {

/// What generated code reads and writes in one step. Every member is eight
/// bytes wide; codegen addresses member i at byte 8 * i.
struct StepArguments {
  const std::byte *weights;      ///< base of the packed weights
  const uint64_t *weightOffsets; ///< byte offset of each packed weight
  std::byte *scratch;            ///< variant.scratchBytes, then workerScratchBytes each
  std::byte *pages;              ///< base of the paged states
  std::byte *slots;              ///< base of the states of fixed size
  const int32_t *tokens;         ///< [rows] token ids; negative: a row of `embeddings`
  const float *embeddings;       ///< [rows, hidden] read where the program can be given rows
  const int32_t *positions;      ///< [rows, axes] position of each row in its sequence
  const int32_t *rowSequence;    ///< [rows] index of the sequence of each row
  const int32_t *wanted;         ///< [wantedRows] rows whose logits are asked for
  const int32_t *sequenceSlot;   ///< [sequences] slot number of each sequence
  const int32_t *pageTable;      ///< [sequences, pagesPerSequence] page numbers
  float *logits;                 ///< [wantedRows, vocabulary] out
  int64_t rows;                  ///< 1 to variant.maxRows
  int64_t wantedRows;            ///< 0 to rows
  int64_t sequences;             ///< 1 to rows
  int64_t pagesPerSequence;      ///< row length of `pageTable`
  void *barrier;                 ///< passed to tenon_barrier
};

/// One step, as worker `worker` of `workers`.
using StepFunction = void (*)(const StepArguments *arguments, int64_t worker, int64_t workers);

/// The step for up to `maxRows` rows.
struct ProgramVariant {
  int64_t maxRows;
  uint64_t scratchBytes;       ///< shared by all workers
  uint64_t workerScratchBytes; ///< for each worker, after the shared part
  StepFunction run;
  int64_t roundsRows; ///< 1: rows are rounded to the type of the weights before some products
};

/// Instructions that a program needs, as bits. Each bit stands for the CPUID
/// bits that runtime/Cpu.cpp names and for the register state that the
/// operating system must save.
enum CpuFeature : uint64_t {
  CpuAvx2 = 1u << 0,   ///< x86-64-v3: AVX2, BMI1, BMI2, F16C, FMA, LZCNT, MOVBE
  CpuAvx512 = 1u << 1, ///< x86-64-v4: AVX-512 F, BW, CD, DQ, VL
  CpuAvx512Vnni = 1u << 2,
  CpuAvx512Bf16 = 1u << 3,
  CpuAmxTile = 1u << 4, ///< AMX-TILE, with the permission of the kernel
  CpuAmxBf16 = 1u << 5,
  CpuAmxInt8 = 1u << 6,
};

/// The code of the whole model for one kind of CPU. The runtime takes the
/// first program of `tenon_programs` whose features this machine has.
struct Program {
  const char *name;          ///< "x86-64-v3", "x86-64-v4", "amx"
  uint64_t requiredFeatures; ///< CpuFeature bits
  int64_t variantCount;      ///< variants, by rising maxRows
  const ProgramVariant *variants;
};

} // namespace tenon::rt

extern "C" {
/// All programs of this file, best first; defined by generated code.
extern const tenon::rt::Program tenon_programs[];
extern const int64_t tenon_program_count;

/// Waits until all workers of the step have come here. Defined by the runtime.
void tenon_barrier(void *barrier);
}

#endif // TENON_RUNTIME_STEPABI_H

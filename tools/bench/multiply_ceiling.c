//===- multiply_ceiling.c - How fast this machine multiplies bf16 tiles ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   cc -O2 -mamx-tile -mamx-bf16 -pthread -o multiply_ceiling multiply_ceiling.c
//   multiply_ceiling THREADS
//
// The floor under the time of a prompt is its operations over this rate: each
// of THREADS threads multiplies tiles of bf16 that stay in registers, without
// one load. Prints the median of five passes in TFLOP/s (a multiplication and
// an addition count as two).
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include <immintrin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { archReqXcompPerm = 0x1023, xfeatureTileData = 18 };
enum { tileRows = 16, tileColumnBytes = 64, tiles = 6 };
enum { rounds = 5000000, productsPerRound = 4, passes = 5, maxThreads = 256 };

/// The operand of ldtilecfg, as the instruction reads it.
typedef struct {
  unsigned char palette, startRow, reserved[14];
  unsigned short columnBytes[16];
  unsigned char rows[16];
} __attribute__((packed)) TileConfig;

// A constant with static storage: compilers take _tile_loadconfig for a reader
// of its first bytes only and would drop the stores that fill a local one.
static const TileConfig config = {
    .palette = 1,
    .columnBytes = {[0 ... tiles - 1] = tileColumnBytes},
    .rows = {[0 ... tiles - 1] = tileRows},
};

static void *multiply(void *unused) {
  (void)unused;
  _tile_loadconfig(&config);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  for (int i = 0; i < rounds; ++i) {
    _tile_dpbf16ps(0, 4, 5);
    _tile_dpbf16ps(1, 4, 5);
    _tile_dpbf16ps(2, 4, 5);
    _tile_dpbf16ps(3, 4, 5);
  }
  _tile_release();
  return NULL;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  int threads = argc == 2 ? atoi(argv[1]) : 0;
  if (threads < 1 || threads > maxThreads) {
    fprintf(stderr, "usage: multiply_ceiling THREADS\n");
    return 2;
  }
  if (syscall(SYS_arch_prctl, archReqXcompPerm, xfeatureTileData)) {
    fprintf(stderr, "multiply_ceiling: this CPU or its kernel has no AMX\n");
    return 1;
  }
  const double perProduct = 2.0 * tileRows * (tileColumnBytes / 4) * (tileColumnBytes / 2);
  double rates[passes];
  pthread_t handles[maxThreads];
  for (int pass = 0; pass < passes; ++pass) {
    double start = now();
    for (int i = 0; i < threads; ++i)
      if (pthread_create(&handles[i], NULL, multiply, NULL)) {
        fprintf(stderr, "multiply_ceiling: cannot start thread %d\n", i);
        return 1;
      }
    for (int i = 0; i < threads; ++i)
      pthread_join(handles[i], NULL);
    rates[pass] = perProduct * productsPerRound * rounds * threads / (now() - start) * 1e-12;
  }
  qsort(rates, passes, sizeof *rates, compare);
  printf("%.2f %.2f %.2f\n", rates[passes / 2], rates[0], rates[passes - 1]);
  return 0;
}

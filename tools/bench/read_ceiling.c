//===- read_ceiling.c - How fast this machine can read weights ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   cc -O2 -march=native -mprefer-vector-width=512 -pthread -o read_ceiling read_ceiling.c
//   read_ceiling BYTES THREADS [PASSES]
//
// Decoding reads every weight once for each token, so its speed is bounded by
// this: THREADS threads, each on a CPU of its own, read a buffer of BYTES in
// contiguous shares, 64 bytes at a time, with two prefetches for each read
// (into the first-level cache 1536 bytes ahead, into the second-level cache
// 4096 bytes ahead). Of the ways to read that were tried this is the fastest;
// without prefetches a core reads about a fifth less. The buffer lies in huge
// pages where the kernel gives them. Prints the median of PASSES passes (5 when
// not given) in GB/s, and the least and the most.
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { lineBytes = 64, nearBytes = 1536, farBytes = 4096, maxThreads = 256, maxPasses = 1000 };

typedef uint64_t Line __attribute__((vector_size(lineBytes)));

/// What one thread reads, and where it leaves a value that depends on it.
typedef struct {
  const char *begin, *end;
  int cpu;
  int passes;
  pthread_barrier_t *barrier;
  uint64_t sum;
} Share;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

static uint64_t readAll(const char *begin, const char *end) {
  Line sums[4] = {0};
  for (const char *at = begin; at < end; at += 4 * lineBytes)
    for (int i = 0; i < 4; ++i) {
      const char *line = at + i * lineBytes;
      sums[i] += *(const Line *)line;
      __builtin_prefetch(line + nearBytes, 0, 3);
      __builtin_prefetch(line + farBytes, 0, 2);
    }
  Line sum = sums[0] + sums[1] + sums[2] + sums[3];
  uint64_t total = 0;
  for (size_t i = 0; i < sizeof(Line) / sizeof(uint64_t); ++i)
    total += sum[i];
  return total;
}

static void *work(void *argument) {
  Share *share = argument;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(share->cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  for (int pass = 0; pass < share->passes; ++pass) {
    pthread_barrier_wait(share->barrier);
    share->sum += readAll(share->begin, share->end);
    pthread_barrier_wait(share->barrier);
  }
  return NULL;
}

/// The CPUs that this process may use; returns how many of them were stored.
static int allowedCpus(int *cpus, int wanted) {
  cpu_set_t set;
  int count = 0;
  if (sched_getaffinity(0, sizeof set, &set))
    return 0;
  for (int cpu = 0; cpu < CPU_SETSIZE && count < wanted; ++cpu)
    if (CPU_ISSET(cpu, &set))
      cpus[count++] = cpu;
  return count;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/// Starts the threads and times the passes; rates are in GB/s.
static int measure(char *buffer, size_t size, int threads, int passes, double *rates) {
  static Share shares[maxThreads];
  static pthread_t handles[maxThreads];
  int cpus[maxThreads];
  if (allowedCpus(cpus, threads) < threads) {
    fprintf(stderr, "read_ceiling: this process may use less than %d CPUs\n", threads);
    return 1;
  }
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, threads + 1);
  size_t part = size / threads / (4 * lineBytes) * (4 * lineBytes);
  for (int i = 0; i < threads; ++i) {
    shares[i] = (Share){buffer + i * part, buffer + (i + 1) * part, cpus[i], passes, &barrier, 0};
    if (pthread_create(&handles[i], NULL, work, &shares[i])) {
      fprintf(stderr, "read_ceiling: cannot start thread %d\n", i);
      return 1;
    }
  }
  for (int pass = 0; pass < passes; ++pass) {
    pthread_barrier_wait(&barrier);
    double start = now();
    pthread_barrier_wait(&barrier);
    rates[pass] = part * threads / (now() - start) * 1e-9;
  }
  for (int i = 0; i < threads; ++i)
    pthread_join(handles[i], NULL);
  return 0;
}

int main(int argc, char **argv) {
  size_t size = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
  int threads = argc > 2 ? atoi(argv[2]) : 0;
  int passes = argc > 3 ? atoi(argv[3]) : 5;
  if (argc > 4 || size < 1 << 20 || threads < 1 || threads > maxThreads || passes < 1 ||
      passes > maxPasses) {
    fprintf(stderr, "usage: read_ceiling BYTES THREADS [PASSES]\n");
    return 2;
  }
  const size_t huge = 2 << 20;
  size_t room = (size + huge - 1) / huge * huge;
  char *base = mmap(NULL, room + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) {
    fprintf(stderr, "read_ceiling: no memory for %zu bytes\n", room);
    return 1;
  }
  char *buffer = (char *)(((uintptr_t)base + huge - 1) / huge * huge);
  madvise(buffer, room, MADV_HUGEPAGE);
  for (size_t i = 0; i < room; i += 4096)
    buffer[i] = (char)(i >> 12);
  double rates[maxPasses + 1];
  // The first pass warms the caches of addresses up and is not counted.
  if (measure(buffer, size, threads, passes + 1, rates))
    return 1;
  qsort(rates + 1, passes, sizeof *rates, compare);
  printf("%.2f %.2f %.2f\n", rates[1 + passes / 2], rates[1], rates[passes]);
  return 0;
}

//===- Carrier.cpp - A program that only looks at its payload -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stands for the main program of a produced file in the tests of the link:
//
//   carrier          opens the payload and names its sections
//   carrier sum      reads a byte of each page of the weights
//   carrier verify   checks the weights too
//   carrier time     tells how long opening took, and the clock at main
//   carrier bus      reads a page behind the end of another file
//
//===----------------------------------------------------------------------===//

#include "runtime/Payload.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

using namespace tenon::rt;

/// Made by the object that stands for generated code.
extern "C" int tenon_test_answer();

static int64_t nowNs() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

static int report(const Status &status) {
  if (!status)
    std::fprintf(stderr, "error: %s\n", status.message().c_str());
  return status.exitCode();
}

static int describe(const Payload &payload) {
  std::printf("answer %d:", tenon_test_answer());
  for (uint32_t kind = 1; kind <= uint32_t(SectionKind::Weights); ++kind)
    if (payload.has(SectionKind(kind)))
      std::printf(" %u=%zu", kind, payload.section(SectionKind(kind)).size());
  std::printf("\n");
  return 0;
}

static int sum(const Payload &payload) {
  std::span<const std::byte> weights = payload.section(SectionKind::Weights);
  uint64_t total = 0;
  for (uint64_t offset = 0; offset < weights.size(); offset += 4096)
    total += std::to_integer<uint64_t>(weights[offset]);
  std::printf("sum %llu\n", static_cast<unsigned long long>(total));
  return 0;
}

/// A bus error that has nothing to do with the payload.
static int causeBusError() {
  int descriptor = memfd_create("empty", 0);
  auto *page =
      static_cast<volatile char *>(mmap(nullptr, 4096, PROT_READ, MAP_SHARED, descriptor, 0));
  return *page;
}

int main(int argc, char **argv) {
  int64_t mainNs = nowNs();
  const char *command = argc > 1 ? argv[1] : "";
  Expected<Payload> payload = Payload::openOwn();
  int64_t openNs = nowNs() - mainNs;
  if (!payload)
    return report(payload.status());
  if (!std::strcmp(command, "sum"))
    return sum(*payload);
  if (!std::strcmp(command, "verify"))
    return report(payload->verify({}));
  if (!std::strcmp(command, "bus"))
    return causeBusError();
  if (!std::strcmp(command, "time")) {
    std::printf("open %lld main %lld\n", static_cast<long long>(openNs),
                static_cast<long long>(mainNs));
    return 0;
  }
  return describe(*payload);
}

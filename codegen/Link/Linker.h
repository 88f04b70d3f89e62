//===- Linker.h - Objects, runtime and payload into one file --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_LINK_LINKER_H
#define TENON_CODEGEN_LINK_LINKER_H

#include "codegen/Link/PayloadWriter.h"
#include "runtime/Status.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace tenon::link {

/// The runtime as one relocatable object, with the C and C++ libraries and the
/// start-up code in it: what a link on a machine without a toolchain needs.
llvm::MemoryBufferRef embeddedRuntime();

/// Licences of the runtime and of the libraries in it: what must go with them.
llvm::StringRef runtimeNotices();

/// Links `objects` (relocatable x86-64 ELF) and `runtime` into a static,
/// position-independent image whose payload segment is a placeholder. The same
/// objects give the same bytes. lld keeps global state, so one thread at a
/// time may call this.
/// \returns Internal with lld's first message, as only a defect of Tenon makes
/// objects that do not link; InputOutput when there is no room for them.
rt::Expected<llvm::SmallVector<char, 0>> linkImage(llvm::ArrayRef<llvm::MemoryBufferRef> objects,
                                                   llvm::MemoryBufferRef runtime);

/// How an executable is written, and what happens meanwhile; each may be empty.
struct LinkHooks {
  WeightWorkers workers = {};
  WeightProgress progress = {};
  /// Called when the file is complete and before it takes its place, with the
  /// path under which it can be executed. The file does not appear when it fails.
  llvm::function_ref<rt::Status(llvm::StringRef path)> check = {};
};

/// Links `objects` and the runtime, and writes the executable with its payload
/// to `output`, which appears whole or not at all.
/// \returns InputOutput when the output cannot be written, else what linkImage,
/// the source of the weights or the check returned.
rt::Status linkExecutable(llvm::ArrayRef<llvm::MemoryBufferRef> objects, PayloadWriter &payload,
                          llvm::StringRef output, const LinkHooks &hooks = {},
                          llvm::MemoryBufferRef runtime = embeddedRuntime());

} // namespace tenon::link

#endif // TENON_CODEGEN_LINK_LINKER_H

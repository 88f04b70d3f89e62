//===- PayloadPlace.h - Makes room for the payload in a linked image ------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_LINK_PAYLOADPLACE_H
#define TENON_CODEGEN_LINK_PAYLOADPLACE_H

#include "runtime/Status.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace tenon::link {

/// Rewrites the linked `image`, so that its last segment is a payload of
/// `payloadBytes` that begins behind the image: takes the placeholder out of
/// the file, and sets the segment, the section `.tenon.payload` and the
/// constant `tenon_payload_size`. Gives the payload's offset in the file, a
/// multiple of payloadAlignment.
/// \returns Internal when the image was not linked as Linker does it.
rt::Expected<uint64_t> placePayload(llvm::SmallVectorImpl<char> &image, uint64_t payloadBytes);

/// Writes `id` over the build ID of `image`. \returns Internal when the image
/// has no build ID note of that size.
rt::Status setBuildId(llvm::MutableArrayRef<char> image, llvm::ArrayRef<uint8_t> id);

/// The hash of what the segments of `image` but the payload load, as
/// runtime/PayloadFormat.h defines it. \returns Internal when the image is not
/// one that placePayload has made.
rt::Expected<uint64_t> hashImage(llvm::ArrayRef<char> image);

} // namespace tenon::link

#endif // TENON_CODEGEN_LINK_PAYLOADPLACE_H

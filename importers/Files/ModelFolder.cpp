//===- ModelFolder.cpp - Finds the files of a checkpoint folder -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/Files/ModelFolder.h"

#include "importers/Diagnostics/QuotedText.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace mlir;

namespace tenon {

Location fileLocation(MLIRContext *context, StringRef path) {
  return FileLineColLoc::get(context, path, /*line=*/0, /*column=*/0);
}

/// True for `owner/name` with the characters that the hub allows.
static bool looksLikeHubName(StringRef path) {
  auto [owner, name] = path.split('/');
  auto allowed = [](char c) { return isAlnum(c) || c == '-' || c == '_' || c == '.'; };
  return !owner.empty() && !name.empty() && !owner.starts_with(".") && all_of(owner, allowed) &&
         all_of(name, allowed);
}

LogicalResult checkModelFolder(MLIRContext *context, StringRef folder) {
  Location location = fileLocation(context, folder);
  sys::fs::file_status status;
  std::error_code error = sys::fs::status(folder, status);
  if (error == std::errc::no_such_file_or_directory) {
    if (looksLikeHubName(folder))
      return emitError(location) << "no such folder; if " << quoted(folder)
                                 << " is a name on the Hugging Face hub: Tenon never downloads, "
                                    "fetch it with 'hf download "
                                 << folder << " --local-dir DIR' and give DIR";
    return emitError(location) << "no such folder; give the folder that holds config.json";
  }
  if (error)
    return emitError(location) << "cannot read the folder: " << error.message()
                               << "; make it readable";
  if (status.type() != sys::fs::file_type::directory_file)
    return emitError(location) << "expected a folder, got a file; give the folder that holds "
                                  "config.json and the weights";
  std::error_code listing;
  sys::fs::directory_iterator first(folder, listing);
  if (listing)
    return emitError(location) << "cannot read the folder: " << listing.message()
                               << "; make it readable";
  return success();
}

namespace {

/// The files of a folder that might be weights, by the way they are refused.
struct OtherWeights {
  std::string shard, adapter, native, pickle, gguf;
};

} // namespace

static OtherWeights listOtherWeights(StringRef folder) {
  OtherWeights found;
  std::error_code error;
  for (sys::fs::directory_iterator it(folder, error), end; it != end && !error;
       it.increment(error)) {
    std::string name = sys::path::filename(it->path()).str();
    StringRef ref = name;
    // The order of a directory is no order; the least name makes the message the same each time.
    auto keep = [&](std::string &slot) {
      if (slot.empty() || ref < slot)
        slot = name;
    };
    if (ref.ends_with(".safetensors")) {
      if (ref.starts_with("model"))
        keep(found.shard);
      else if (ref.starts_with("adapter"))
        keep(found.adapter);
      else
        keep(found.native);
    } else if (ref.ends_with(".bin") || ref.ends_with(".pt") || ref.ends_with(".pth") ||
               ref.ends_with(".ckpt")) {
      keep(found.pickle);
    } else if (ref.ends_with(".gguf")) {
      keep(found.gguf);
    }
  }
  return found;
}

/// Says why there is nothing to read, by the most telling file that is there.
static void refuseFolder(MLIRContext *context, StringRef folder) {
  OtherWeights other = listOtherWeights(folder);
  InFlightDiagnostic diagnostic = emitError(fileLocation(context, folder))
                                  << "no model.safetensors and no model.safetensors.index.json: ";
  if (!other.shard.empty())
    diagnostic << quoted(other.shard) << " is a part of the weights, but the index that lists all "
               << "parts is missing; fetch model.safetensors.index.json";
  else if (!other.adapter.empty())
    diagnostic << quoted(other.adapter)
               << " is an adapter, not a model; merge it into its base model first";
  else if (!other.native.empty())
    diagnostic << quoted(other.native) << " does not use the names of Hugging Face checkpoints; "
               << "fetch the model*.safetensors files of the model";
  else if (!other.pickle.empty())
    diagnostic << quoted(other.pickle) << " is a pickle, which may run code when it is read and "
               << "is never opened; convert it with save_pretrained(DIR, safe_serialization=True)";
  else if (!other.gguf.empty())
    diagnostic << quoted(other.gguf) << " is a GGUF file; give the folder of the model it was made "
               << "from";
  else
    diagnostic << "the folder holds no weights; fetch the model*.safetensors files";
}

std::optional<WeightFiles> findWeightFiles(MLIRContext *context, StringRef folder) {
  if (failed(checkModelFolder(context, folder)))
    return std::nullopt;
  SmallString<256> single(folder), index(folder);
  sys::path::append(single, "model.safetensors");
  sys::path::append(index, "model.safetensors.index.json");
  // transformers looks in this order, too.
  if (sys::fs::exists(single))
    return WeightFiles{single.str().str(), /*sharded=*/false};
  if (sys::fs::exists(index))
    return WeightFiles{index.str().str(), /*sharded=*/true};
  refuseFolder(context, folder);
  return std::nullopt;
}

std::unique_ptr<MemoryBuffer> readTextFile(MLIRContext *context, StringRef path,
                                           uint64_t maxBytes) {
  Location location = fileLocation(context, path);
  sys::fs::file_status status;
  if (std::error_code error = sys::fs::status(path, status)) {
    emitError(location) << "cannot read the file: " << error.message() << "; make it readable";
    return nullptr;
  }
  if (status.type() != sys::fs::file_type::regular_file || status.getSize() > maxBytes) {
    emitError(location) << "expected a regular file of at most " << maxBytes
                        << " bytes; fetch the file again";
    return nullptr;
  }
  // Volatile: the buffer is a copy, so that a file that shrinks cannot fault.
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/true,
                                      /*IsVolatile=*/true);
  if (!buffer) {
    emitError(location) << "cannot read the file: " << buffer.getError().message()
                        << "; make it readable";
    return nullptr;
  }
  if ((*buffer)->getBuffer().starts_with("version https://git-lfs")) {
    emitError(location)
        << "it is a git-lfs pointer, not the file; run 'git lfs pull' in the folder";
    return nullptr;
  }
  return std::move(*buffer);
}

} // namespace tenon

//===- Checkpoint.cpp - The tensors of a checkpoint folder ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Checkpoint.h"

#include "importers/Diagnostics/QuotedText.h"
#include "importers/Files/Json.h"
#include "importers/Files/ModelFolder.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace mlir;

namespace tenon::hf {

/// The index of the largest released checkpoint has 12 MB.
static constexpr uint64_t maxIndexBytes = 256u << 20;
/// The same fault in thousands of tensors is told this often.
static constexpr unsigned maxReports = 20;
/// Enough of a file to recognize what it is instead of safetensors.
static constexpr uint64_t recognizedBytes = 64;

FailureOr<Checkpoint> Checkpoint::open(MLIRContext *context, StringRef folder,
                                       const WarningOptions &warnings) {
  std::optional<WeightFiles> files = findWeightFiles(context, folder);
  if (!files)
    return failure();
  Checkpoint checkpoint(context);
  LogicalResult opened = files->sharded ? checkpoint.openShards(files->path, warnings)
                                        : checkpoint.openFile(files->path);
  if (failed(opened) || failed(checkpoint.indexByName()))
    return failure();
  return std::move(checkpoint);
}

Checkpoint::Checkpoint(Checkpoint &&other) noexcept
    : context(other.context), paths(std::move(other.paths)),
      descriptors(std::exchange(other.descriptors, {})), entries(std::move(other.entries)),
      byName(std::move(other.byName)) {}

Checkpoint &Checkpoint::operator=(Checkpoint &&other) noexcept {
  if (this == &other)
    return *this;
  closeFiles();
  context = other.context;
  paths = std::move(other.paths);
  descriptors = std::exchange(other.descriptors, {});
  entries = std::move(other.entries);
  byName = std::move(other.byName);
  return *this;
}

Checkpoint::~Checkpoint() { closeFiles(); }

void Checkpoint::closeFiles() {
  for (int descriptor : descriptors)
    ::close(descriptor);
  descriptors.clear();
}

const TensorEntry *Checkpoint::find(StringRef name) const {
  auto found = byName.find(name);
  return found == byName.end() ? nullptr : &entries[found->second];
}

uint64_t Checkpoint::sizeBytes() const {
  uint64_t sum = 0;
  for (const TensorEntry &tensor : entries)
    sum += tensor.sizeBytes;
  return sum;
}

Location Checkpoint::location(const TensorEntry &tensor) const {
  return fileLocation(context, paths[tensor.file]);
}

LogicalResult Checkpoint::openFile(StringRef path) {
  Location location = fileLocation(context, path);
  // O_NONBLOCK: the name may be that of a pipe, which would wait for a writer.
  int descriptor = ::open(path.str().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return emitError(location) << "cannot open the file: " << sys::StrError(errno)
                               << "; make it readable";
  paths.push_back(path.str());
  descriptors.push_back(descriptor);
  unsigned file = paths.size() - 1;
  struct stat status;
  if (::fstat(descriptor, &status) != 0)
    return emitError(location) << "cannot read the file: " << sys::StrError(errno)
                               << "; make it readable";
  if (!S_ISREG(status.st_mode))
    return emitError(location) << "expected a regular file; fetch the whole model again";

  auto fileBytes = static_cast<uint64_t>(status.st_size);
  SmallString<recognizedBytes> start;
  start.resize(std::min(fileBytes, recognizedBytes));
  if (failed(readAt(file, 0, start, "the header")))
    return failure();
  std::optional<uint64_t> headerBytes = readSafetensorsPrefix(location, start, fileBytes);
  if (!headerBytes)
    return failure();
  std::string header(*headerBytes, '\0');
  if (failed(readAt(file, safetensorsPrefixBytes, header, "the header")))
    return failure();
  uint64_t dataBytes = fileBytes - safetensorsPrefixBytes - *headerBytes;
  return readSafetensorsHeader(location, header, dataBytes, file, entries);
}

/// True for the name of a file in the same folder.
static bool isPlainName(StringRef name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(StringRef("/\\\0", 3)) == StringRef::npos;
}

/// Reads `weight_map` of the index, tensor to shard, and reports every entry
/// that is wrong.
static LogicalResult readWeightMap(Location location, StringRef text,
                                   std::vector<std::pair<std::string, std::string>> &map) {
  Expected<JsonValue> index = parseJson(text);
  if (!index) {
    handleAllErrors(index.takeError(), [&](const JsonError &error) {
      emitError(location) << "the index is not valid JSON: " << error.message << ", at line "
                          << error.line << ", column " << error.column << "; fetch the file again";
    });
    return failure();
  }
  const JsonValue *weights = index->find("weight_map");
  if (!weights || !weights->is(JsonValue::Kind::Object) || weights->members.empty())
    return emitError(location) << "expected an object 'weight_map' of tensor and file names in the "
                                  "index; fetch the file "
                                  "again";
  unsigned faults = 0;
  for (const JsonMember &member : weights->members) {
    const JsonValue &file = member.value;
    if (file.is(JsonValue::Kind::String) && isPlainName(file.text))
      map.emplace_back(member.name, file.text);
    else if (++faults <= maxReports)
      emitError(location)
          << "tensor " << quoted(member.name) << " is said to be in " << quoted(file.text)
          << "; expected the plain name of a file in the same folder, fetch the index again";
  }
  return success(faults == 0);
}

LogicalResult Checkpoint::openShards(StringRef indexPath, const WarningOptions &warnings) {
  std::unique_ptr<MemoryBuffer> text = readTextFile(context, indexPath, maxIndexBytes);
  if (!text)
    return failure();
  Location location = fileLocation(context, indexPath);
  std::vector<std::pair<std::string, std::string>> map;
  if (failed(readWeightMap(location, text->getBuffer(), map)))
    return failure();

  std::vector<std::string> shards;
  for (const auto &[tensor, shard] : map)
    shards.push_back(shard);
  llvm::sort(shards);
  shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
  bool opened = true;
  StringMap<unsigned> fileOfShard;
  for (const std::string &shard : shards) {
    SmallString<256> path(sys::path::parent_path(indexPath));
    sys::path::append(path, shard);
    fileOfShard[shard] = paths.size();
    if (::access(path.c_str(), F_OK) != 0) {
      emitError(location) << "the shard " << quoted(shard)
                          << " is missing from the folder; fetch the whole model again";
      opened = false;
    } else {
      opened &= succeeded(openFile(path));
    }
  }
  if (!opened)
    return failure();

  unsigned faults = 0;
  llvm::StringSet<> listed;
  StringMap<unsigned> fileOfTensor;
  for (const TensorEntry &tensor : entries)
    fileOfTensor.try_emplace(tensor.name, tensor.file);
  for (const auto &[tensor, shard] : map) {
    listed.insert(tensor);
    auto found = fileOfTensor.find(tensor);
    if ((found == fileOfTensor.end() || found->second != fileOfShard[shard]) &&
        ++faults <= maxReports)
      emitError(location) << "tensor " << quoted(tensor) << " is said to be in " << quoted(shard)
                          << " and is not; fetch the whole model again";
  }
  for (const TensorEntry &tensor : entries)
    if (!listed.contains(tensor.name) &&
        failed(warnings.warn(WarningClass::UnlistedTensor, this->location(tensor),
                             "tensor " + quoted(tensor.name) + " is not listed in " +
                                 sys::path::filename(indexPath) +
                                 "; it is used all the same, fetch the index again")))
      ++faults;
  return success(faults == 0);
}

LogicalResult Checkpoint::indexByName() {
  bool unique = true;
  for (auto [index, tensor] : enumerate(entries)) {
    auto [found, inserted] = byName.try_emplace(tensor.name, index);
    if (!inserted) {
      emitError(location(tensor)) << "tensor " << quoted(tensor.name) << " is also in "
                                  << quoted(paths[entries[found->second].file])
                                  << "; a tensor must be in one file only, remove the other";
      unique = false;
    }
  }
  return success(unique);
}

LogicalResult Checkpoint::readAt(unsigned file, uint64_t offset, MutableArrayRef<char> bytes,
                                 const Twine &what) const {
  while (!bytes.empty()) {
    ssize_t count =
        ::pread(descriptors[file], bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return emitError(fileLocation(context, paths[file]))
             << "cannot read " << what << ": " << sys::StrError(errno)
             << "; check the disk, or fetch the file again";
    if (count == 0)
      return emitError(fileLocation(context, paths[file]))
             << "the file ended while " << what
             << " was read; another process shortened it, fetch it again";
    bytes = bytes.drop_front(count);
    offset += static_cast<uint64_t>(count);
  }
  return success();
}

LogicalResult Checkpoint::read(const TensorEntry &tensor, uint64_t firstRow,
                               [[maybe_unused]] uint64_t rows, MutableArrayRef<char> bytes) const {
  assert(firstRow <= tensor.rows() && rows <= tensor.rows() - firstRow &&
         "rows outside the tensor");
  assert((tensor.rows() == 0 || tensor.sizeBytes % tensor.rows() == 0) &&
         "rows of whole bytes; packed types have no others");
  uint64_t rowBytes = tensor.rows() == 0 ? 0 : tensor.sizeBytes / tensor.rows();
  assert(bytes.size() == rows * rowBytes && "the buffer has another size than the rows");
  return readBytes(tensor, firstRow * rowBytes, bytes);
}

LogicalResult Checkpoint::readBytes(const TensorEntry &tensor, uint64_t offset,
                                    MutableArrayRef<char> bytes) const {
  assert(offset <= tensor.sizeBytes && bytes.size() <= tensor.sizeBytes - offset &&
         "bytes outside the tensor");
  return readAt(tensor.file, tensor.offset + offset, bytes, "tensor " + quoted(tensor.name));
}

} // namespace tenon::hf

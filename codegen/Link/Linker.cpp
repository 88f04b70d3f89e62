//===- Linker.cpp - Objects, runtime and payload into one file ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// lld reads files by name and writes one. It is given memory files (memfd) to
// read and a pipe to write, under their names in /proc, so that nothing is left
// on a disk when the process is killed; without /proc, files in a temporary
// folder. The output cannot be a memory file: lld would take it for a file on
// a disk and put a temporary one beside it.
//
//===----------------------------------------------------------------------===//

#include "codegen/Link/Linker.h"

#include "codegen/Link/PayloadPlace.h"

#include "lld/Common/Driver.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Parallel.h"
#include "llvm/Support/SHA1.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace tenon;
using namespace tenon::link;
using rt::Status;
using rt::StatusCode;

extern "C" {
extern const char tenon_runtime_object[];
extern const char tenon_runtime_object_end[];
extern const char tenon_notices[];
extern const char tenon_notices_end[];

/// The linker of libTenon binds lld's calls of ResetAllOptionOccurrences to
/// this. lld would set all options of the process to their defaults before it
/// reads its own; the options of our tools must survive a link, and no -mllvm
/// option is ever given to lld here.
void __wrap__ZN4llvm2cl25ResetAllOptionOccurrencesEv() {}
}

/// Places the payload behind everything else. The C library has one section
/// without data that lld does not know and would put last.
///
/// For a file that was cut, StartCheck.S comes into the first page, and what is
/// loaded for writing ends with a page: the kernel writes zeros into the rest
/// of a last page, and ends the process silently when the file lacks it.
static constexpr llvm::StringLiteral layoutScript =
    "SECTIONS { __libc_freeres_ptrs : { *(__libc_freeres_ptrs) } "
    ".tenon.payload : { KEEP(*(.tenon.payload)) } } INSERT AFTER .bss;\n"
    "SECTIONS { .tenon.start : { KEEP(*(.tenon.start)) } } INSERT BEFORE .note.ABI-tag;\n"
    "SECTIONS { .got : { *(.got) . = ALIGN(0x1000); } } INSERT AFTER .dynamic;\n"
    "SECTIONS { .tenon.pad : { KEEP(*(.tenon.pad)) . = ALIGN(0x1000); } } INSERT BEFORE .bss;\n";

static constexpr size_t buildIdBytes = 20;

namespace {

/// Files for lld, gone with this object.
class LinkFiles {
public:
  LinkFiles() = default;
  LinkFiles(const LinkFiles &) = delete;
  ~LinkFiles() {
    closeOutput();
    for (int descriptor : descriptors)
      close(descriptor);
    if (!folder.empty())
      llvm::sys::fs::remove_directories(folder);
  }

  /// Makes an input that holds `bytes`.
  Status addInput(llvm::StringRef name, llvm::StringRef bytes);
  /// Makes the output and begins to read it, as a pipe holds little.
  Status openOutput();
  /// What was written to the output.
  rt::Expected<llvm::SmallVector<char, 0>> takeOutput();

  std::vector<std::string> inputs; ///< paths, by the order of the calls
  std::string output;              ///< path

private:
  Status openInput(llvm::StringRef name, int &descriptor);
  Status makeFolder();
  void closeOutput();
  /// The path of `descriptor`, or nothing when this process has no /proc.
  static std::string descriptorPath(int descriptor) {
    std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    return access(path.c_str(), F_OK) == 0 ? path : std::string();
  }
  Status failure(int error) {
    return Status::failure(
        StatusCode::InputOutput, "cannot make temporary files for the link in {}: {}; {}",
        folder.empty() ? "memory" : folder.c_str(), std::strerror(error),
        folder.empty() ? "raise the limits of this process" : "make room there or set TMPDIR");
  }

  std::vector<int> descriptors;
  llvm::SmallString<64> folder; ///< empty while none was needed
  int outputEnd = -1;           ///< of the pipe, for lld
  std::thread reader;
  llvm::SmallVector<char, 0> image;
};

Status LinkFiles::makeFolder() {
  if (folder.empty())
    if (std::error_code error = llvm::sys::fs::createUniqueDirectory("tenon-link", folder))
      return failure(error.value());
  return Status::ok();
}

Status LinkFiles::openInput(llvm::StringRef name, int &descriptor) {
  descriptor = memfd_create(name.str().c_str(), MFD_CLOEXEC);
  if (descriptor >= 0) {
    descriptors.push_back(descriptor);
    if (std::string path = descriptorPath(descriptor); !path.empty()) {
      inputs.push_back(path);
      return Status::ok();
    }
  }
  if (Status status = makeFolder(); !status)
    return status;
  std::string path = (folder + "/" + llvm::Twine(inputs.size())).str();
  if (std::error_code error = llvm::sys::fs::openFileForWrite(path, descriptor))
    return failure(error.value());
  descriptors.push_back(descriptor);
  inputs.push_back(path);
  return Status::ok();
}

Status LinkFiles::addInput(llvm::StringRef name, llvm::StringRef bytes) {
  int descriptor = -1;
  if (Status status = openInput(name, descriptor); !status)
    return status;
  while (!bytes.empty()) {
    ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return failure(errno);
    bytes = bytes.drop_front(written);
  }
  return Status::ok();
}

/// Appends all that comes out of `descriptor` to `bytes`.
void readAll(int descriptor, llvm::SmallVectorImpl<char> &bytes) {
  constexpr size_t stepBytes = 1u << 20;
  while (true) {
    size_t size = bytes.size();
    bytes.resize_for_overwrite(size + stepBytes);
    ssize_t got = read(descriptor, bytes.data() + size, stepBytes);
    bytes.truncate(size + std::max<ssize_t>(got, 0));
    if (got == 0 || (got < 0 && errno != EINTR))
      return;
  }
}

Status LinkFiles::openOutput() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return failure(errno);
  descriptors.push_back(ends[0]);
  outputEnd = ends[1];
  output = descriptorPath(outputEnd);
  if (!output.empty()) {
    reader = std::thread([this, descriptor = ends[0]] { readAll(descriptor, image); });
    return Status::ok();
  }
  output = (folder + "/image").str();
  return makeFolder();
}

void LinkFiles::closeOutput() {
  if (outputEnd >= 0)
    close(std::exchange(outputEnd, -1));
  if (reader.joinable())
    reader.join();
}

rt::Expected<llvm::SmallVector<char, 0>> LinkFiles::takeOutput() {
  bool isPiped = reader.joinable();
  closeOutput();
  if (isPiped)
    return std::move(image);
  auto file = llvm::MemoryBuffer::getFile(output, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return failure(file.getError().value());
  llvm::StringRef bytes = (*file)->getBuffer();
  return llvm::SmallVector<char, 0>(bytes.begin(), bytes.end());
}

} // namespace

/// lld's first error, without its name and with the objects' names in place of
/// their paths.
static std::string firstMessage(llvm::StringRef text, const LinkFiles &files,
                                llvm::ArrayRef<std::string> names) {
  std::string line = text.split('\n').first.str();
  for (auto [path, name] : llvm::zip_equal(files.inputs, names))
    for (size_t at; (at = line.find(path)) != std::string::npos;)
      line.replace(at, path.size(), name);
  llvm::StringRef message = line;
  message.consume_front("ld.lld: ");
  message.consume_front("error: ");
  return message.str();
}

/// Runs lld. Its option --threads changes a setting of the whole process,
/// which is put back.
static Status runLld(llvm::ArrayRef<const char *> arguments, const LinkFiles &files,
                     llvm::ArrayRef<std::string> names) {
  llvm::ThreadPoolStrategy strategy = llvm::parallel::strategy;
  llvm::scope_exit restore([&] { llvm::parallel::strategy = strategy; });
  std::string text;
  llvm::raw_string_ostream stream(text);
  lld::Result result = lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode == 0 && result.canRunAgain)
    return Status::ok();
  return Status::failure(StatusCode::Internal,
                         "linking the executable failed: {}; this is a defect of tenon",
                         text.empty() ? "lld crashed" : firstMessage(text, files, names));
}

llvm::MemoryBufferRef link::embeddedRuntime() {
  return {llvm::StringRef(tenon_runtime_object, tenon_runtime_object_end - tenon_runtime_object),
          "runtime"};
}

llvm::StringRef link::runtimeNotices() {
  return llvm::StringRef(tenon_notices, tenon_notices_end - tenon_notices);
}

rt::Expected<llvm::SmallVector<char, 0>>
link::linkImage(llvm::ArrayRef<llvm::MemoryBufferRef> objects, llvm::MemoryBufferRef runtime) {
  LinkFiles files;
  std::vector<std::string> names;
  llvm::SmallVector<llvm::MemoryBufferRef> inputs = {{layoutScript, "layout"}, runtime};
  llvm::append_range(inputs, objects);
  if (Status status = files.openOutput(); !status)
    return status;
  for (const llvm::MemoryBufferRef &input : inputs) {
    names.push_back(input.getBufferIdentifier().str());
    if (Status status = files.addInput(input.getBufferIdentifier(), input.getBuffer()); !status)
      return status;
  }
  std::string buildId = "--build-id=0x" + std::string(2 * buildIdBytes, '0');
  std::vector<const char *> arguments = {"ld.lld",
                                         "-m",
                                         "elf_x86_64",
                                         "-static",
                                         "-e",
                                         "tenon_start",
                                         "-pie",
                                         "--no-dynamic-linker",
                                         "-z",
                                         "text",
                                         "-z",
                                         "noexecstack",
                                         "--eh-frame-hdr",
                                         "--gc-sections",
                                         "--threads=1",
                                         buildId.c_str(),
                                         "-o",
                                         files.output.c_str(),
                                         "-T"};
  for (const std::string &path : files.inputs)
    arguments.push_back(path.c_str());
  if (Status status = runLld(arguments, files, names); !status)
    return status;
  return files.takeOutput();
}

/// Gives the image a build ID that stands for its code and its payload.
static Status identify(llvm::MutableArrayRef<char> image, uint64_t contentHash) {
  llvm::SHA1 hasher;
  hasher.update(llvm::StringRef(image.data(), image.size()));
  hasher.update(llvm::StringRef(reinterpret_cast<const char *>(&contentHash), sizeof(contentHash)));
  std::array<uint8_t, buildIdBytes> id = hasher.final();
  return setBuildId(image, id);
}

Status link::linkExecutable(llvm::ArrayRef<llvm::MemoryBufferRef> objects, PayloadWriter &payload,
                            llvm::StringRef output, const LinkHooks &hooks,
                            llvm::MemoryBufferRef runtime) {
  FileSizeLimitIsError guard;
  auto image = linkImage(objects, runtime);
  if (!image)
    return image.status();
  uint64_t payloadBytes = payload.sizeBytes();
  auto payloadOffset = placePayload(*image, payloadBytes);
  if (!payloadOffset)
    return payloadOffset.status();
  auto file = OutputFile::create(output, *payloadOffset + payloadBytes);
  if (!file)
    return file.status();
  if (Status status = payload.writeWeights(*file, *payloadOffset, hooks.progress, hooks.workers);
      !status)
    return status;
  if (Status status = identify(*image, payload.contentHash()); !status)
    return status;
  auto imageHash = hashImage(*image);
  if (!imageHash)
    return imageHash.status();
  payload.setImageHash(*imageHash);
  if (Status status = payload.writeRest(*file, *payloadOffset); !status)
    return status;
  // Last, so that whatever interrupts the work leaves no ELF header behind.
  llvm::ArrayRef<std::byte> bytes(reinterpret_cast<const std::byte *>(image->data()),
                                  image->size());
  if (Status status = file->write(0, bytes); !status)
    return status;
  if (hooks.check) {
    auto path = file->finish();
    if (!path)
      return path.status();
    if (Status status = hooks.check(*path); !status)
      return status;
  }
  return file->keep();
}

//===- PayloadPlace.cpp - Makes room for the payload in a linked image ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Link/PayloadPlace.h"

#include "runtime/PayloadFormat.h"
#include "runtime/PayloadHash.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace tenon;
using namespace tenon::link;
using llvm::object::ELF64LE;
using llvm::object::ELF64LEFile;
using rt::Status;
using rt::StatusCode;

namespace {

constexpr llvm::StringLiteral sectionName = ".tenon.payload";
constexpr llvm::StringLiteral sizeSymbolName = "tenon_payload_size";

Status malformed(llvm::StringRef what) {
  return Status::failure(StatusCode::Internal, "the linked image {}; this is a defect of tenon",
                         std::string_view(what));
}

/// What placePayload changes, as places in the image.
struct Places {
  ELF64LE::Ehdr *header = nullptr;
  llvm::MutableArrayRef<ELF64LE::Phdr> segments;
  llvm::MutableArrayRef<ELF64LE::Shdr> sections;
  ELF64LE::Phdr *segment = nullptr; ///< of the payload
  ELF64LE::Shdr *section = nullptr; ///< of the payload
  char *sizeConstant = nullptr;
};

/// LLVM reads ELF structures in place and as constants; the image is ours.
template <typename T> llvm::MutableArrayRef<T> makeMutable(llvm::ArrayRef<T> range) {
  return {const_cast<T *>(range.data()), range.size()};
}

/// Finds the 8 bytes of `tenon_payload_size` by the symbol table.
Status findSizeConstant(const ELF64LEFile &file, llvm::MutableArrayRef<char> image,
                        Places &places) {
  for (const ELF64LE::Shdr &table : places.sections) {
    if (table.sh_type != llvm::ELF::SHT_SYMTAB)
      continue;
    auto symbols = llvm::expectedToOptional(file.symbols(&table));
    auto names = llvm::expectedToOptional(file.getStringTableForSymtab(table));
    if (!symbols || !names)
      break;
    for (const ELF64LE::Sym &symbol : *symbols) {
      auto name = llvm::expectedToOptional(symbol.getName(*names));
      if (!name || *name != sizeSymbolName || symbol.st_shndx >= places.sections.size())
        continue;
      const ELF64LE::Shdr &home = places.sections[symbol.st_shndx];
      uint64_t offset = home.sh_offset + (symbol.st_value - home.sh_addr);
      if (symbol.st_value < home.sh_addr || offset + sizeof(uint64_t) > image.size())
        break;
      places.sizeConstant = image.data() + offset;
      return Status::ok();
    }
  }
  return malformed("has no constant for the size of the payload");
}

rt::Expected<Places> findPlaces(llvm::MutableArrayRef<char> image) {
  auto file =
      llvm::expectedToOptional(ELF64LEFile::create(llvm::StringRef(image.data(), image.size())));
  if (!file)
    return malformed("is not an ELF file");
  auto segments = llvm::expectedToOptional(file->program_headers());
  auto sections = llvm::expectedToOptional(file->sections());
  if (!segments || !sections)
    return malformed("has malformed headers");
  Places places;
  places.header = const_cast<ELF64LE::Ehdr *>(&file->getHeader());
  places.segments = makeMutable(llvm::ArrayRef<ELF64LE::Phdr>(*segments));
  places.sections = makeMutable(llvm::ArrayRef<ELF64LE::Shdr>(*sections));
  for (ELF64LE::Shdr &section : places.sections)
    if (auto name = llvm::expectedToOptional(file->getSectionName(section)))
      if (*name == sectionName)
        places.section = &section;
  if (!places.section)
    return malformed("has no section for the payload");
  for (ELF64LE::Phdr &segment : places.segments)
    if (segment.p_type == llvm::ELF::PT_LOAD && segment.p_vaddr == places.section->sh_addr)
      places.segment = &segment;
  if (!places.segment)
    return malformed("has no segment that begins with the payload");
  if (Status status = findSizeConstant(*file, image, places); !status)
    return status;
  return places;
}

/// The payload must be the last segment, alone in it, and aligned: whatever
/// its size, it then overlaps nothing.
Status checkPlaces(const Places &places) {
  const ELF64LE::Phdr &payload = *places.segment;
  if (payload.p_align != rt::payloadAlignment || payload.p_vaddr % rt::payloadAlignment != 0)
    return malformed("has a payload segment that is not aligned");
  if (payload.p_memsz != places.section->sh_size || payload.p_filesz != payload.p_memsz)
    return malformed("has other sections in the segment of the payload");
  for (const ELF64LE::Phdr &segment : places.segments) {
    bool isLoaded = segment.p_type == llvm::ELF::PT_LOAD;
    if (isLoaded && &segment != &payload &&
        (segment.p_vaddr + segment.p_memsz > payload.p_vaddr ||
         segment.p_offset + segment.p_filesz > payload.p_offset))
      return malformed("has a segment behind the payload");
    if (segment.p_type == llvm::ELF::PT_INTERP)
      return malformed("asks for an interpreter");
  }
  return Status::ok();
}

/// Removes the bytes between the other segments and what follows the
/// placeholder: symbols, names and section headers, which nothing loads.
void closeGap(llvm::SmallVectorImpl<char> &image, Places &places) {
  uint64_t loadedEnd = 0;
  for (const ELF64LE::Phdr &segment : places.segments)
    if (segment.p_type == llvm::ELF::PT_LOAD && &segment != places.segment)
      loadedEnd = std::max<uint64_t>(loadedEnd, segment.p_offset + segment.p_filesz);
  uint64_t placeholderEnd = places.section->sh_offset + places.section->sh_size;
  // A whole number of cache lines goes, so that alignments stay as they are.
  uint64_t shift = llvm::alignDown(placeholderEnd - loadedEnd, 64);
  for (ELF64LE::Shdr &section : places.sections)
    if (section.sh_offset >= placeholderEnd)
      section.sh_offset = section.sh_offset - shift;
  places.header->e_shoff = places.header->e_shoff - shift;
  // The headers themselves move with the bytes, so they are changed before.
  std::memmove(image.data() + placeholderEnd - shift, image.data() + placeholderEnd,
               image.size() - placeholderEnd);
  image.truncate(image.size() - shift);
}

} // namespace

rt::Expected<uint64_t> link::placePayload(llvm::SmallVectorImpl<char> &image,
                                          uint64_t payloadBytes) {
  auto places = findPlaces(image);
  if (!places)
    return places.status();
  if (Status status = checkPlaces(*places); !status)
    return status;
  if (places->header->e_shoff < places->section->sh_offset)
    return malformed("has its section headers before the payload");
  closeGap(image, *places);
  uint64_t fileOffset = llvm::alignTo(image.size(), rt::payloadAlignment);
  // The section headers have moved.
  auto moved = findPlaces(image);
  if (!moved)
    return moved.status();
  moved->section->sh_offset = fileOffset;
  moved->section->sh_size = payloadBytes;
  moved->segment->p_offset = fileOffset;
  moved->segment->p_filesz = payloadBytes;
  moved->segment->p_memsz = payloadBytes;
  std::memcpy(moved->sizeConstant, &payloadBytes, sizeof(payloadBytes));
  return fileOffset;
}

Status link::setBuildId(llvm::MutableArrayRef<char> image, llvm::ArrayRef<uint8_t> id) {
  auto file =
      llvm::expectedToOptional(ELF64LEFile::create(llvm::StringRef(image.data(), image.size())));
  if (!file)
    return malformed("is not an ELF file");
  auto segments = llvm::expectedToOptional(file->program_headers());
  if (!segments)
    return malformed("has malformed headers");
  for (const ELF64LE::Phdr &segment : *segments) {
    if (segment.p_type != llvm::ELF::PT_NOTE)
      continue;
    llvm::Error error = llvm::Error::success();
    for (const auto &note : file->notes(segment, error)) {
      llvm::ArrayRef<uint8_t> old = note.getDesc(segment.p_align);
      if (note.getType() != llvm::ELF::NT_GNU_BUILD_ID || old.size() != id.size())
        continue;
      std::memcpy(const_cast<uint8_t *>(old.data()), id.data(), id.size());
      llvm::consumeError(std::move(error));
      return Status::ok();
    }
    llvm::consumeError(std::move(error));
  }
  return malformed("has no build ID");
}

rt::Expected<uint64_t> link::hashImage(llvm::ArrayRef<char> image) {
  auto file =
      llvm::expectedToOptional(ELF64LEFile::create(llvm::StringRef(image.data(), image.size())));
  if (!file)
    return malformed("is not an ELF file");
  auto segments = llvm::expectedToOptional(file->program_headers());
  if (!segments)
    return malformed("has malformed headers");
  uint64_t headersEnd = file->getHeader().e_phoff + segments->size() * sizeof(ELF64LE::Phdr);
  rt::Hasher hasher;
  for (const ELF64LE::Phdr &segment : *segments) {
    // Of the segments in the image, only the payload begins behind its end.
    if (segment.p_type != llvm::ELF::PT_LOAD || segment.p_offset >= image.size())
      continue;
    uint64_t begin = std::max<uint64_t>(segment.p_offset, headersEnd);
    uint64_t end = segment.p_offset + segment.p_filesz;
    if (end > image.size())
      return malformed("ends inside a segment");
    if (begin < end)
      hasher.add(std::as_bytes(std::span(image.data() + begin, end - begin)));
  }
  return hasher.result();
}

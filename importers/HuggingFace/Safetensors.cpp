//===- Safetensors.cpp - Reads the header of a safetensors file -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Safetensors.h"

#include "importers/Diagnostics/QuotedText.h"
#include "importers/Files/Json.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Endian.h"

#include <limits>

using namespace llvm;
using namespace mlir;

namespace tenon::hf {

struct ElementTypeInfo {
  StringLiteral name;
  unsigned bits;
};

/// By the value of ElementType.
static constexpr ElementTypeInfo elementTypes[] = {
    {"BOOL", 8},    {"U8", 8},          {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8},
    {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},
    {"F16", 16},    {"BF16", 16},       {"I32", 32},        {"U32", 32},    {"F32", 32},
    {"I64", 64},    {"U64", 64},        {"F64", 64},        {"C64", 64},    {"F4", 4},
    {"F6_E2M3", 6}, {"F6_E3M2", 6},
};
static_assert(std::size(elementTypes) == static_cast<size_t>(ElementType::F6_E3M2) + 1);

/// The format has no limits on these; no model in use has rank above 5 or names
/// above 200 bytes.
static constexpr size_t maxRank = 8;
static constexpr size_t maxNameBytes = 1024;

/// The same fault in thousands of tensors is told this often.
static constexpr unsigned maxReports = 20;

StringRef elementTypeName(ElementType type) { return elementTypes[static_cast<size_t>(type)].name; }

unsigned elementTypeBits(ElementType type) { return elementTypes[static_cast<size_t>(type)].bits; }

mlir::Type mlirElementType(MLIRContext *context, ElementType type) {
  switch (type) {
  case ElementType::F32:
    return Float32Type::get(context);
  case ElementType::F16:
    return Float16Type::get(context);
  case ElementType::BF16:
    return BFloat16Type::get(context);
  default:
    return {};
  }
}

/// What a file that is no safetensors file is instead, and what to do about it.
static StringRef recognizeOther(StringRef start) {
  if (start.starts_with("version https://git-lfs"))
    return "it is a git-lfs pointer, not the weights; run 'git lfs pull' in the folder";
  if (start.starts_with("PK\x03\x04") || start.starts_with("\x80\x02") ||
      start.starts_with("\x80\x03") || start.starts_with("\x80\x04"))
    return "it is a PyTorch pickle, which may run code when it is read; convert it to safetensors";
  if (start.starts_with("GGUF"))
    return "it is a GGUF file; use the safetensors files of the model";
  if (start.ltrim().starts_with_insensitive("<!doctype") ||
      start.ltrim().starts_with_insensitive("<html"))
    return "it is a web page; the download failed, fetch the file again";
  return "";
}

std::optional<uint64_t> readSafetensorsPrefix(Location location, StringRef start,
                                              uint64_t fileBytes) {
  StringRef other = recognizeOther(start);
  if (!other.empty()) {
    emitError(location) << "expected a safetensors file: " << other;
    return std::nullopt;
  }
  if (fileBytes < safetensorsPrefixBytes || start.size() < safetensorsPrefixBytes) {
    emitError(location) << "expected a safetensors file, got " << fileBytes
                        << " bytes, which is less than its length field; fetch the file again";
    return std::nullopt;
  }
  uint64_t headerBytes = support::endian::read64le(start.data());
  if (headerBytes > safetensorsMaxHeaderBytes) {
    emitError(location) << "the header's length is given as " << headerBytes
                        << " bytes, above the format's limit of " << safetensorsMaxHeaderBytes
                        << "; this is not a safetensors file, fetch it again";
    return std::nullopt;
  }
  if (headerBytes > fileBytes - safetensorsPrefixBytes) {
    emitError(location) << "the header takes " << headerBytes << " bytes and the file has "
                        << fileBytes << "; the file is truncated, fetch it again";
    return std::nullopt;
  }
  return headerBytes;
}

namespace {

/// Checks the tensors of one header and collects what is wrong with them.
class HeaderReader {
public:
  HeaderReader(Location location, uint64_t dataBytes, unsigned file)
      : location(location), dataBytes(dataBytes), file(file) {}

  LogicalResult read(const JsonValue &header, std::vector<TensorEntry> &tensors);

private:
  std::optional<TensorEntry> readTensor(const JsonMember &member);
  bool readShape(const JsonValue &value, TensorEntry &tensor);
  bool readOffsets(const JsonValue &value, TensorEntry &tensor);
  bool checkSize(const TensorEntry &tensor);
  void checkMetadata(const JsonValue &value);
  void checkCoverage(MutableArrayRef<TensorEntry> tensors);
  bool fault(const Twine &text) {
    if (++faults <= maxReports)
      emitError(location) << text;
    return false;
  }

  Location location;
  uint64_t dataBytes;
  unsigned file;
  unsigned faults = 0;
};

LogicalResult HeaderReader::read(const JsonValue &header, std::vector<TensorEntry> &tensors) {
  size_t first = tensors.size();
  for (const JsonMember &member : header.members) {
    if (member.name == "__metadata__")
      checkMetadata(member.value);
    else if (std::optional<TensorEntry> tensor = readTensor(member))
      tensors.push_back(std::move(*tensor));
  }
  // Holes are only known when every tensor was understood.
  if (faults == 0)
    checkCoverage(MutableArrayRef(tensors).drop_front(first));
  if (faults > maxReports)
    emitError(location) << "and " << faults - maxReports << " more faults of this file";
  return success(faults == 0);
}

void HeaderReader::checkMetadata(const JsonValue &value) {
  if (!value.is(JsonValue::Kind::Object)) {
    fault("expected an object of strings as '__metadata__', got " + value.kindText() +
          "; fetch the file again");
    return;
  }
  for (const JsonMember &member : value.members)
    if (!member.value.is(JsonValue::Kind::String))
      fault("expected a string as " + quoted(member.name) + " of '__metadata__', got " +
            member.value.kindText() + "; fetch the file again");
}

std::optional<TensorEntry> HeaderReader::readTensor(const JsonMember &member) {
  TensorEntry tensor;
  tensor.name = member.name;
  tensor.file = file;
  std::string what = "tensor " + quoted(member.name);
  if (member.name.size() > maxNameBytes) {
    fault(what + " has a name of " + Twine(member.name.size()) + " bytes; at most " +
          Twine(maxNameBytes) + " are supported; save the weights with shorter names");
    return std::nullopt;
  }
  if (!member.value.is(JsonValue::Kind::Object)) {
    fault(what + " is described by " + member.value.kindText() +
          "; expected an object; fetch the file again");
    return std::nullopt;
  }
  const JsonValue *type = member.value.find("dtype");
  const JsonValue *shape = member.value.find("shape");
  const JsonValue *offsets = member.value.find("data_offsets");
  if (!type || !shape || !offsets || member.value.members.size() != 3) {
    fault(what + " must be described by exactly 'dtype', 'shape' and 'data_offsets'; fetch "
                 "the file again");
    return std::nullopt;
  }
  auto *info = find_if(elementTypes, [&](const ElementTypeInfo &candidate) {
    return type->is(JsonValue::Kind::String) && candidate.name == type->text;
  });
  if (info == std::end(elementTypes)) {
    fault(what + " has the unknown element type " + quoted(type->text) +
          "; save the weights as F32, F16 or BF16");
    return std::nullopt;
  }
  tensor.type = static_cast<ElementType>(info - std::begin(elementTypes));
  if (!readShape(*shape, tensor) || !readOffsets(*offsets, tensor) || !checkSize(tensor))
    return std::nullopt;
  return tensor;
}

/// A count or an offset: an integer without sign that fits into 63 bits.
static std::optional<int64_t> readExtent(const JsonValue &value) {
  if (!value.is(JsonValue::Kind::Integer) || value.negative ||
      value.magnitude > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    return std::nullopt;
  return static_cast<int64_t>(value.magnitude);
}

bool HeaderReader::readShape(const JsonValue &value, TensorEntry &tensor) {
  if (!value.is(JsonValue::Kind::Array))
    return fault("tensor " + quoted(tensor.name) + ": expected an array as shape, got " +
                 value.kindText() + "; fetch the file again");
  if (value.elements.size() > maxRank)
    return fault("tensor " + quoted(tensor.name) + " has " + Twine(value.elements.size()) +
                 " dimensions; at most " + Twine(maxRank) +
                 " are supported; use the weights of a supported model");
  for (const JsonValue &element : value.elements) {
    std::optional<int64_t> size = readExtent(element);
    if (!size)
      return fault("tensor " + quoted(tensor.name) +
                   ": expected non-negative integers as shape, got " + quoted(element.text) +
                   "; fetch the file again");
    tensor.shape.push_back(*size);
  }
  return true;
}

bool HeaderReader::readOffsets(const JsonValue &value, TensorEntry &tensor) {
  std::optional<int64_t> begin, end;
  if (value.is(JsonValue::Kind::Array) && value.elements.size() == 2) {
    begin = readExtent(value.elements[0]);
    end = readExtent(value.elements[1]);
  }
  if (!begin || !end || *begin > *end)
    return fault(
        "tensor " + quoted(tensor.name) +
        ": expected two non-negative integers in rising order as data_offsets; fetch the file "
        "again");
  if (static_cast<uint64_t>(*end) > dataBytes)
    return fault("tensor " + quoted(tensor.name) + " ends at byte " + Twine(*end) +
                 " of the data, which has " + Twine(dataBytes) +
                 "; the file is truncated, fetch it again");
  tensor.offset = static_cast<uint64_t>(*begin);
  tensor.sizeBytes = static_cast<uint64_t>(*end - *begin);
  return true;
}

bool HeaderReader::checkSize(const TensorEntry &tensor) {
  std::optional<uint64_t> bits = elementTypeBits(tensor.type);
  // A zero anywhere makes the tensor empty, however large the other sizes are.
  if (is_contained(tensor.shape, 0))
    bits = 0;
  for (int64_t size : tensor.shape)
    if (bits)
      bits = checkedMulUnsigned(*bits, static_cast<uint64_t>(size));
  if (!bits || *bits % 8 != 0 || *bits / 8 != tensor.sizeBytes)
    return fault("tensor " + quoted(tensor.name) + " of shape " + shapeText(tensor.shape) +
                 " and type " + elementTypeName(tensor.type) + " does not take the " +
                 Twine(tensor.sizeBytes) +
                 " bytes that its data_offsets say; fetch the file again");
  return true;
}

void HeaderReader::checkCoverage(MutableArrayRef<TensorEntry> tensors) {
  // Empty tensors sort before the tensor that starts where they lie.
  llvm::sort(tensors, [](const TensorEntry &a, const TensorEntry &b) {
    return std::tie(a.offset, a.sizeBytes, a.name) < std::tie(b.offset, b.sizeBytes, b.name);
  });
  uint64_t end = 0;
  const TensorEntry *previous = nullptr;
  for (const TensorEntry &tensor : tensors) {
    if (tensor.offset < end)
      fault("tensors " + quoted(previous->name) + " and " + quoted(tensor.name) +
            " overlap: one ends at byte " + Twine(end) + " of the data, the other starts at " +
            Twine(tensor.offset) + "; fetch the file again");
    else if (tensor.offset > end)
      fault("bytes " + Twine(end) + " to " + Twine(tensor.offset) + " of the data, before tensor " +
            quoted(tensor.name) + ", belong to no tensor; fetch the file again");
    end = tensor.offset + tensor.sizeBytes;
    previous = &tensor;
  }
  if (end != dataBytes)
    fault("the last " + Twine(dataBytes - end) +
          " bytes of the file belong to no tensor; fetch the file again");
}

} // namespace

LogicalResult readSafetensorsHeader(Location location, StringRef text, uint64_t dataBytes,
                                    unsigned file, std::vector<TensorEntry> &tensors) {
  Expected<JsonValue> header = parseJson(text, {.header = true});
  if (!header) {
    handleAllErrors(header.takeError(), [&](const JsonError &error) {
      emitError(location) << "the header is not valid: " << error.message << ", at column "
                          << error.column << " of the header; fetch the file again";
    });
    return failure();
  }
  size_t first = tensors.size();
  if (failed(HeaderReader(location, dataBytes, file).read(*header, tensors)))
    return failure();
  for (TensorEntry &tensor : MutableArrayRef(tensors).drop_front(first))
    tensor.offset += safetensorsPrefixBytes + text.size();
  return success();
}

} // namespace tenon::hf

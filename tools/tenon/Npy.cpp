//===- Npy.cpp - Tensors in files as numpy writes them --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An .npy file: the bytes "\x93NUMPY", the version (two bytes), the length of
// the header (two bytes, or four from version 2), the header, the elements.
// The header is a Python dictionary of three known keys:
//   {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
// Source: numpy.lib.format in the documentation of numpy.
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Npy.h"

#include "tools/WholeFile.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstring>

using namespace mlir;

namespace tenon {

namespace {
struct Header {
  StringRef descr;
  SmallVector<int64_t> shape;
  bool hasDescr = false, hasOrder = false, hasShape = false;
};

/// Parses the dictionary of a header, strictly.
class HeaderParser {
public:
  HeaderParser(StringRef text, llvm::function_ref<InFlightDiagnostic()> emitError)
      : rest(text), emitError(emitError) {}

  FailureOr<Header> parse();

private:
  bool consume(StringRef token) {
    rest = rest.ltrim(" \n");
    return rest.consume_front(token);
  }
  LogicalResult expect(StringRef token) {
    if (consume(token))
      return success();
    return emitError() << "has a header with '" << rest.take_front(1) << "' where '" << token
                       << "' belongs";
  }
  FailureOr<StringRef> parseString();
  LogicalResult parseEntry(Header &header);
  LogicalResult parseOrder(Header &header);
  LogicalResult parseShape(Header &header);
  LogicalResult once(bool &seen, StringRef key) {
    if (std::exchange(seen, true))
      return emitError() << "has a header with '" << key << "' twice";
    return success();
  }

  StringRef rest;
  llvm::function_ref<InFlightDiagnostic()> emitError;
};
} // namespace

/// More axes than any tensor of a model has.
static constexpr size_t maxRank = 8;

FailureOr<StringRef> HeaderParser::parseString() {
  if (failed(expect("'")))
    return failure();
  size_t end = rest.find('\'');
  if (end == StringRef::npos)
    return emitError() << "has a header that ends inside a string";
  StringRef text = rest.take_front(end);
  rest = rest.drop_front(end + 1);
  return text;
}

LogicalResult HeaderParser::parseOrder(Header &header) {
  if (failed(once(header.hasOrder, "fortran_order")))
    return failure();
  if (consume("False"))
    return success();
  return emitError() << "is not in row-major order; save numpy.ascontiguousarray of it";
}

LogicalResult HeaderParser::parseShape(Header &header) {
  if (failed(once(header.hasShape, "shape")) || failed(expect("(")))
    return failure();
  while (!consume(")")) {
    int64_t size;
    rest = rest.ltrim(" ");
    if (rest.consumeInteger(10, size) || size < 0)
      return emitError() << "has a shape with a size that is not a number";
    header.shape.push_back(size);
    if (header.shape.size() > maxRank)
      return emitError() << "has more than " << maxRank << " axes";
    if (!consume(",") && !rest.starts_with(")"))
      return emitError() << "has a shape without ',' between its sizes";
  }
  return success();
}

LogicalResult HeaderParser::parseEntry(Header &header) {
  FailureOr<StringRef> key = parseString();
  if (failed(key) || failed(expect(":")))
    return failure();
  if (*key == "fortran_order")
    return parseOrder(header);
  if (*key == "shape")
    return parseShape(header);
  if (*key != "descr")
    return emitError() << "has an unknown key in its header";
  if (failed(once(header.hasDescr, "descr")))
    return failure();
  FailureOr<StringRef> descr = parseString();
  if (failed(descr))
    return failure();
  header.descr = *descr;
  return success();
}

FailureOr<Header> HeaderParser::parse() {
  Header header;
  if (failed(expect("{")))
    return failure();
  while (!consume("}")) {
    if (failed(parseEntry(header)))
      return failure();
    if (!consume(",") && !rest.starts_with("}"))
      return emitError() << "has a header without ',' between its entries";
  }
  if (!header.hasDescr || !header.hasOrder || !header.hasShape)
    return emitError() << "has a header without one of 'descr', 'fortran_order' and 'shape'";
  if (!rest.trim(" \n").empty())
    return emitError() << "has text behind its header";
  return header;
}

namespace {
struct NpyType {
  StringRef descr;
  unsigned sizeBytes;
  ElementKind kind;
};
} // namespace

static constexpr NpyType npyTypes[] = {
    {"|i1", 1, ElementKind::I8},  {"<i4", 4, ElementKind::I32}, {"<i8", 8, ElementKind::I64},
    {"<f2", 2, ElementKind::F16}, {"<f4", 4, ElementKind::F32}, {"<f8", 8, ElementKind::F32},
};

/// How many bytes the elements take, or nothing when that overflows.
static std::optional<uint64_t> dataBytes(const Header &header, const NpyType &type) {
  uint64_t count = type.sizeBytes;
  for (int64_t size : header.shape) {
    bool overflow;
    count = llvm::SaturatingMultiply(count, static_cast<uint64_t>(size), &overflow);
    if (overflow)
      return std::nullopt;
  }
  return count;
}

static FailureOr<HostTensor> parseElements(const Header &header, StringRef data,
                                           llvm::function_ref<InFlightDiagnostic()> emitError) {
  const auto *type =
      llvm::find_if(npyTypes, [&](const NpyType &t) { return t.descr == header.descr; });
  if (type == std::end(npyTypes))
    return emitError() << "has elements of a type other than i1, i4, i8, f2, f4 and f8, "
                          "little-endian; convert it with numpy's astype";
  std::optional<uint64_t> expected = dataBytes(header, *type);
  if (!expected || *expected != data.size())
    return emitError() << "has " << data.size() << " bytes of elements, which its shape does not "
                       << "take; write the file again";
  HostTensor result(header.shape, type->kind);
  if (type->sizeBytes == sizeBytesOf(type->kind)) {
    if (!data.empty())
      std::memcpy(result.bytes().data(), data.data(), data.size());
    return result;
  }
  for (int64_t i = 0, e = result.numElements(); i < e; ++i) {
    double value;
    std::memcpy(&value, data.data() + i * sizeof value, sizeof value);
    result.set(i, value);
  }
  return result;
}

FailureOr<HostTensor> parseNpy(StringRef bytes,
                               llvm::function_ref<InFlightDiagnostic()> emitError) {
  if (!bytes.consume_front("\x93NUMPY") || bytes.size() < 4)
    return emitError() << "is not an .npy file";
  unsigned version = static_cast<unsigned char>(bytes[0]);
  if (version < 1 || version > 3)
    return emitError() << "has version " << version << " of the format, 1 to 3 are known";
  size_t lengthBytes = version == 1 ? 2 : 4;
  bytes = bytes.drop_front(2);
  if (bytes.size() < lengthBytes)
    return emitError() << "ends inside its header";
  uint64_t length = version == 1 ? llvm::support::endian::read16le(bytes.data())
                                 : llvm::support::endian::read32le(bytes.data());
  bytes = bytes.drop_front(lengthBytes);
  if (length > bytes.size())
    return emitError() << "ends inside its header";
  FailureOr<Header> header = HeaderParser(bytes.take_front(length), emitError).parse();
  if (failed(header))
    return failure();
  return parseElements(*header, bytes.drop_front(length), emitError);
}

FailureOr<HostTensor> readNpy(MLIRContext *context, StringRef path) {
  auto emit = [&] { return emitError(UnknownLoc::get(context)) << "file '" << path << "' "; };
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return emit() << "cannot be read: " << buffer.getError().message();
  return parseNpy((*buffer)->getBuffer(), emit);
}

/// The header of `tensor` whose elements are `type`, padded so that they begin
/// at a multiple of 64 bytes.
static std::string makeHeader(const HostTensor &tensor, const NpyType &type) {
  std::string text = ("{'descr': '" + type.descr + "', 'fortran_order': False, 'shape': (").str();
  for (int64_t size : tensor.shape())
    text += std::to_string(size) + ", ";
  text += "), }";
  constexpr size_t prefix = 10, alignment = 64;
  text.append(llvm::offsetToAlignment(prefix + text.size() + 1, llvm::Align(alignment)), ' ');
  return text + "\n";
}

rt::Status writeNpy(StringRef path, const HostTensor &tensor) {
  ElementKind kind = tensor.kind() == ElementKind::BF16 ? ElementKind::F32 : tensor.kind();
  const auto *type = llvm::find_if(npyTypes, [&](const NpyType &t) { return t.kind == kind; });
  HostTensor widened;
  if (kind != tensor.kind()) {
    widened = HostTensor(tensor.shape(), kind);
    for (int64_t i = 0, e = tensor.numElements(); i < e; ++i)
      widened.set(i, tensor.at(i));
  }
  ArrayRef<char> bytes = kind == tensor.kind() ? tensor.bytes() : std::as_const(widened).bytes();
  std::string header = makeHeader(tensor, *type);
  char length[2];
  llvm::support::endian::write16le(length, static_cast<uint16_t>(header.size()));
  return writeWholeFile(path, {StringRef("\x93NUMPY\x01\x00", 8), StringRef(length, 2), header,
                               StringRef(bytes.data(), bytes.size())});
}

} // namespace tenon

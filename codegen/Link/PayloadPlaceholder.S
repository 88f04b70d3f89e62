//===- PayloadPlaceholder.S - Where the payload and its size go -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The linker lays out an empty payload; PayloadPlace.cpp puts in the real
// offset and size.
//
//===----------------------------------------------------------------------===//

  .section .tenon.payload, "a", @progbits
  .p2align 21 // payloadAlignment
  .globl tenon_payload
  .type tenon_payload, @object
tenon_payload:
  .zero 64
  .size tenon_payload, 64

  .section .rodata.tenon_payload_size, "a", @progbits
  .p2align 3
  .globl tenon_payload_size
  .type tenon_payload_size, @object
tenon_payload_size:
  .quad 0
  .size tenon_payload_size, 8

  .section .note.GNU-stack, "", @progbits

//===- GeneratedCode.S - Stands for an object that codegen made -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

  .section .text.matmul_f32_16x64, "ax", @progbits
  .globl tenon_test_answer
  .type tenon_test_answer, @function
tenon_test_answer:
  subq $8, %rsp
  call matmul_f32_16x64
  addq $8, %rsp
  ret
  .size tenon_test_answer, .-tenon_test_answer

  // A kernel: a local function whose name perf and gdb must show.
  .type matmul_f32_16x64, @function
matmul_f32_16x64:
  movl answer(%rip), %eax
  ret
  .size matmul_f32_16x64, .-matmul_f32_16x64

  .section .data.rel.ro, "aw", @progbits
  .p2align 3
  .quad tenon_test_answer // needs relocation at start

  .section .rodata.answer, "a", @progbits
  .p2align 2
answer:
  .long 42

  // What the runtime asks generated code for: no program for any machine.
  .section .rodata.programs, "a", @progbits
  .p2align 3
  .globl tenon_programs, tenon_program_count
tenon_programs:
tenon_program_count:
  .quad 0

  .section .note.GNU-stack, "", @progbits

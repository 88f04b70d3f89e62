//===- StartCheck.S - The first code of a produced file -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A file that was cut inside its code would die by a signal before `main`, or
// in the C library, without a word. So this runs first, from the first page of
// the file, and touches nothing of it but that page: it compares the size of
// the file with what the program headers say, and goes on to the C library's
// `_start` when it suffices or cannot be known. The payload, the last segment,
// is left to the runtime, which can say more (SelfFile.cpp).
//
// The file is /proc/self/exe, or the one that the kernel was asked to execute
// (AT_EXECFN), and counts only if its first bytes are those in memory. No
// relocation is done yet, and there are no libraries: system calls only
// (syscall(2); numbers of x86-64 Linux).
//
//===----------------------------------------------------------------------===//

#define READ 0
#define OPEN 2
#define CLOSE 3
#define FSTAT 5
#define WRITE 1
#define EXIT_GROUP 231

#define ST_SIZE 48          /* of struct stat */
#define STAT_BYTES 144
#define HEADER_BYTES 64     /* Elf64_Ehdr */
#define E_PHOFF 32
#define E_PHNUM 56
#define PHDR_BYTES 56       /* Elf64_Phdr */
#define P_OFFSET 8
#define P_FILESZ 32
#define PT_LOAD 1
#define AT_EXECFN 31
#define OPEN_FLAGS 0x80800  /* O_RDONLY | O_CLOEXEC | O_NONBLOCK */
#define DAMAGED 6           /* tenon::rt::StatusCode::Damaged */

  .section .tenon.start, "ax", @progbits
  .globl tenon_start
  .hidden tenon_start
  .type tenon_start, @function
tenon_start:
  movq %rsp, %rbx             // argc, argv, environment, auxiliary vector
  movq %rdx, %rbp             // for _start
  subq $256, %rsp

  // r12: the bytes that the file must have up to the payload, its last segment.
  leaq __ehdr_start(%rip), %r13
  movzwl E_PHNUM(%r13), %ecx
  movq E_PHOFF(%r13), %rsi
  addq %r13, %rsi
  xorl %r12d, %r12d
  xorl %r11d, %r11d           // the end of the segment before
.Lsegment:
  cmpl $PT_LOAD, (%rsi)
  jne .LnextSegment
  cmpq %r11, %r12
  cmovbq %r11, %r12
  movq P_OFFSET(%rsi), %r11
  addq P_FILESZ(%rsi), %r11
.LnextSegment:
  addq $PHDR_BYTES, %rsi
  decl %ecx
  jnz .Lsegment

  leaq .Lself(%rip), %rdi
  call .LsizeOf
  testq %rax, %rax
  jns .Lcompare

  // Past the arguments and the environment, each ended by a null.
  movq (%rbx), %rax
  leaq 16(%rbx,%rax,8), %rsi
.Lenvironment:
  lodsq
  testq %rax, %rax
  jnz .Lenvironment
.Lauxiliary:
  lodsq
  movq (%rsi), %rdi
  addq $8, %rsi
  testq %rax, %rax
  jz .Lstart
  cmpq $AT_EXECFN, %rax
  jne .Lauxiliary
  call .LsizeOf
  testq %rax, %rax
  js .Lstart

.Lcompare:
  cmpq %r12, %rax
  jae .Lstart
  movl $WRITE, %eax
  movl $2, %edi
  leaq .Ltext(%rip), %rsi
  movl $.LtextEnd - .Ltext, %edx
  syscall
  movl $EXIT_GROUP, %eax
  movl $DAMAGED, %edi
  syscall

.Lstart:
  movq %rbx, %rsp
  movq %rbp, %rdx
  xorl %ebp, %ebp
  jmp _start

// The size of the file at path rdi, or -1 when it cannot be read or its header
// is not the one at r13. Uses the 256 bytes above its return address.
.LsizeOf:
  movl $OPEN, %eax
  movl $OPEN_FLAGS, %esi
  xorl %edx, %edx
  syscall
  testl %eax, %eax
  js .Lunknown
  movl %eax, %r14d
  movl %r14d, %edi
  leaq 8(%rsp), %rsi
  movl $HEADER_BYTES, %edx
  xorl %eax, %eax             // READ
  syscall
  movq $-1, %r15
  cmpq $HEADER_BYTES, %rax
  jne .Lclose
  leaq 8(%rsp), %rsi
  movq %r13, %rdi
  movl $HEADER_BYTES, %ecx
  repe cmpsb
  jne .Lclose
  movl %r14d, %edi
  leaq 8(%rsp), %rsi
  movl $FSTAT, %eax
  syscall
  testl %eax, %eax
  js .Lclose
  movq 8 + ST_SIZE(%rsp), %r15
.Lclose:
  movl %r14d, %edi
  movl $CLOSE, %eax
  syscall
  movq %r15, %rax
  ret
.Lunknown:
  movq $-1, %rax
  ret
  .size tenon_start, . - tenon_start

.Lself:
  .asciz "/proc/self/exe"
.Ltext:
  .ascii "error: this file was truncated; copy it again\n"
.LtextEnd:

  // See the layout in Linker.cpp.
  .section .tenon.pad, "aw", @progbits
  .byte 0

  .section .note.GNU-stack, "", @progbits

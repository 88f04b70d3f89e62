//===- Passes.td - Passes that write kernels for CPUs ------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each pass that rewrites shows a program before and after it. The tests run it
// on the one and compare with the other; test/passes/check_pass_examples.py says
// how they are written.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_CPU_PASSES_TD
#define TENON_CODEGEN_CPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def OutlineKernelsPass : Pass<"outline-kernels", "::mlir::ModuleOp"> {
  let summary = "makes each phase a function and the step their calls";
  let description = [{
    The functions take the members of rt::StepArguments; a kernel also takes the
    turn of its repeat and the range of tiles that it computes.

    ```mlir
    // Before
    task.step @step_8 rows 8 scratch 128 worker 0 {
    ^bb0(%tokens: memref<8xi32>, %positions: memref<8x1xi32>, %sequence: memref<8xi32>,
         %slot: memref<8xi32>, %wanted: memref<8xi32>, %logits: memref<8x32xf32>,
         %rows: index, %wantedRows: index, %sequences: index):
      %x = task.buffer offset 0 : memref<8x4xf32>
      task.phase "clear" tiles(%rows) max [8] touches(%x : memref<8x4xf32>)
          as [#task.access<write, (d0) -> (d0, 0)>] body {
      ^bb1(%i: index, %row: memref<1x4xf32, strided<[4, 1], offset: ?>>):
        %zero = arith.constant 0.0 : f32
        linalg.fill ins(%zero : f32) outs(%row : memref<1x4xf32, strided<[4, 1], offset: ?>>)
        task.yield
      }
      task.barrier
    }
    // After, tidied
    func.func private @tenon_barrier(memref<1099511627776xi8>)
    func.func private @tenon_worker_bytes() -> index
    func.func private @step_8.0.clear(..., %first: index, %end: index, %by: index, %extent: index) attributes
        {tenon.bounds = array<i64: 8>, tenon.kernel_of = @step_8.run, tenon.rows = 8 : i64} {
      ...
      %x = memref.view %scratch[%c0][] : memref<1099511627776xi8> to memref<8x4xf32>
      scf.for %i = %first to %end step %by {
        %row = memref.subview %x[%i, 0] [1, 4] [1, 1] : memref<8x4xf32> to ...
        linalg.fill ins(%zero : f32) outs(%row : memref<1x4xf32, strided<[4, 1], offset: ?>>)
      }
      return
    }
    func.func @step_8.run(...) attributes
        {tenon.scratch_bytes = 128 : i64, tenon.step = 8 : i64, tenon.worker_bytes = 0 : i64} {
      ...
      call @step_8.0.clear(...) : (...) -> ()
      call @tenon_barrier(%barrier) : (memref<1099511627776xi8>) -> ()
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def LowerMatmulPass : Pass<"lower-matmul", "::mlir::func::FuncOp"> {
  let summary = "writes task.matmul as vector or tile code";
  let description = [{
    An input of f32 is multiplied by vectors, one of bf16 by tiles. Types of
    input and weight and the columns in a line choose the kernel out of a table;
    what is not in it is an error, and so are shapes outside of which it would
    read.

    ```mlir
    // Before
    func.func @f(%x: memref<1x64xf32>, %w: memref<1x64x16x1xf32>, %y: memref<1x16xf32>, %rows: index) {
      task.matmul %x, %w into %y rows %rows inputs 64
          : memref<1x64xf32>, memref<1x64x16x1xf32>, memref<1x16xf32>
      return
    }
    // After, tidied
    func.func @f(%x: memref<1x64xf32>, %w: memref<1x64x16x1xf32>, %y: memref<1x16xf32>, %rows: index) {
      ...
      // four columns of the input in a turn, each with a sum of its own
      %sums:4 = scf.for %k = %c0 to %c64 step %c4
          iter_args(%s0 = %zeros, %s1 = %zeros, %s2 = %zeros, %s3 = %zeros)
          -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) {
        ...
        %line = vector.load %weight[%c0, %k, %c0] : memref<1x64x16xf32>, vector<16xf32>
        %one = memref.load %x[%c0, %k] : memref<1x64xf32>
        %same = vector.broadcast %one : f32 to vector<16xf32>
        %next = vector.fma %line, %same, %s0 : vector<16xf32>
        ...
      }
      ...
      vector.store %sum, %y[%c0, %c0] : memref<1x16xf32>, vector<16xf32>
      return
    }
    ```
  }];
  let options = [
    Option<"vectorRegisters", "vector-registers", "int64_t", /*default=*/"8",
           "registers of 16 f32 that the machine has">
  ];
  let dependentDialects = ["::mlir::amx::AMXDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def LowerAttendPass : Pass<"lower-attend", "::mlir::func::FuncOp"> {
  let summary = "writes task.attend as vector code with a running softmax";
  let description = [{
    Scores of 16 positions are a vector; see LowerAttend.cpp.

    ```mlir
    // Before
    func.func @f(%q: memref<1x16xf32>, %k: !task.paged<memref<1x16x64xf32>>,
                 %v: !task.paged<memref<1x64x16xf32>>, %p: memref<1x1xi32>, %s: memref<1xi32>,
                 %y: memref<1x16xf32>, %first: index, %last: index, %head: index) {
      task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 1 head_dim 16
          scale 0.25 window 0 softcap 0.0 : memref<1x16xf32>, !task.paged<memref<1x16x64xf32>>,
          !task.paged<memref<1x64x16xf32>>, memref<1x1xi32>, memref<1xi32>, memref<1x16xf32>
      return
    }
    // After, tidied
    func.func @f(...) {
      ...
      scf.for %row = %first to %last step %c1 {
        ...
        scf.for %page = %c0 to %pages step %c1 {
          ...
          %keys = task.page %k[%sequence, %page] : <memref<1x16x64xf32>> -> memref<1x16x64xf32>
          %values = task.page %v[%sequence, %page] : <memref<1x64x16xf32>> -> memref<1x64x16xf32>
          ...
          // the largest score so far, and what the sums of earlier pages shrink by
          %before = memref.load %largest[%c0] : memref<1xf32>
          %most = vector.reduction <maxnumf>, %scores : vector<16xf32> into f32
          %now = arith.maxnumf %before, %most : f32
          ...
          %difference = arith.subf %before, %now : f32
          %shrink = math.exp %difference : f32
          ...
        }
        ...
      }
      return
    }
    ```
  }];
  let options = [
    Option<"vectorRegisters", "vector-registers", "int64_t", /*default=*/"8",
           "registers of 16 f32 that the machine has">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def LowerPagesPass : Pass<"lower-pages", "::mlir::ModuleOp"> {
  let summary = "finds pages of states in memory";
  let description = [{
    `task.page` becomes a view of the page memory at the number that the
    sequence's page table holds, and at the state's offset in a page.

    ```mlir
    // Before
    module attributes {task.page_bytes = 1024 : i64, task.slot_bytes = 0 : i64} {
      task.state @keys paged : memref<1x4x64xbf16> offset 512
      func.func @kernel(...) -> memref<1x4x64xbf16> {
        %keys = task.get_state [@keys] : !task.paged<memref<1x4x64xbf16>>
        %m = task.page %keys[%sequence, %page] : <memref<1x4x64xbf16>> -> memref<1x4x64xbf16>
        return %m : memref<1x4x64xbf16>
      }
    }
    // After, tidied
    module attributes {task.page_bytes = 1024 : i64, task.slot_bytes = 0 : i64} {
      func.func @kernel(...) -> memref<1x4x64xbf16> {
        %bytes = arith.constant 1024 : index
        %offset = arith.constant 512 : index
        %begin = arith.muli %sequence, %each : index
        %entry = arith.addi %begin, %page : index
        %i32 = memref.load %table[%entry] : memref<1099511627776xi32>
        %number = arith.index_cast %i32 : i32 to index
        %place = arith.muli %number, %bytes : index
        %byte = arith.addi %place, %offset : index
        %m = memref.view %pages[%byte][] : memref<1099511627776xi8> to memref<1x4x64xbf16>
        return %m : memref<1x4x64xbf16>
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def PlaceTemporariesPass : Pass<"place-temporaries", "::mlir::ModuleOp"> {
  let summary = "places what tiles allocate in the worker's own memory";
  let description = [{
    Nothing is allocated while a step runs: every `memref.alloc` of a kernel
    becomes a view at a fixed place. A size that is not static has an upper bound
    by the bounds of the phase's extents and values, which are the kernel's; one
    without is an error. The step's attribute says how much a worker needs in all.

    ```mlir
    // Before
    func.func private @tenon_worker_bytes() -> index
    func.func @step(%n: index) attributes {tenon.step = 4 : i64, tenon.worker_bytes = 64 : i64} {
      %bytes = call @tenon_worker_bytes() : () -> index
      return
    }
    func.func private @kernel(...) attributes {tenon.kernel_of = @step, tenon.rows = 4 : i64} {
      %a = memref.alloc() : memref<64xf32>
      ...
    // After
    func.func @step(%n: index) attributes {tenon.step = 4 : i64, tenon.worker_bytes = 320 : i64} {
      %bytes = arith.constant 320 : index
      return
    }
    func.func private @kernel(...) attributes {tenon.kernel_of = @step, tenon.rows = 4 : i64} {
      // behind the 64 bytes of the worker's private buffers
      %private = arith.constant 64 : index
      %byte = arith.addi %worker, %private : index
      %a = memref.view %scratch[%byte][] : memref<1099511627776xi8> to memref<64xf32>
      ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def VectorizeLinalgPass : Pass<"vectorize-linalg", "::mlir::func::FuncOp"> {
  let summary = "lowers linalg ops on memory to loops over vectors of 16 lanes";
  let description = [{
    Every linalg op on buffers and every memref.copy becomes scf loops. The last
    dimension, if it is reduced, or the last parallel one is taken in vectors
    where its elements lie side by side in memory. What is left behind full
    vectors is masked, or taken one by one where elements have fewer than 32
    bits; nothing outside an operand is touched. A sum over lanes has its own
    order, and a product in it is fused, the same on all machines. An op that
    must run on scalars is told as a missed remark with the reason.

    ```mlir
    // Before
    func.func @f(%m: memref<?x32xf32>) {
      %zero = arith.constant 0.0 : f32
      linalg.fill ins(%zero : f32) outs(%m : memref<?x32xf32>)
      return
    }
    // After, tidied
    func.func @f(%m: memref<?x32xf32>) {
      %zeros = arith.constant dense<0.0> : vector<16xf32>
      %c16 = arith.constant 16 : index
      %c32 = arith.constant 32 : index
      %c1 = arith.constant 1 : index
      %c0 = arith.constant 0 : index
      %rows = memref.dim %m, %c0 : memref<?x32xf32>
      scf.for %r = %c0 to %rows step %c1 {
        scf.for %c = %c0 to %c32 step %c16 {
          vector.store %zeros, %m[%r, %c] : memref<?x32xf32>, vector<16xf32>
        }
      }
      return
    }
    ```
  }];
  let statistics = [
    Statistic<"vectorized", "vectorized", "ops that run on vectors">,
    Statistic<"scalar", "scalar", "ops that run on scalars">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def LowerVectorMathPass : Pass<"lower-vector-math"> {
  let summary = "expands functions of mathematics into arithmetic";
  let description = [{
    exp, exp2, log, log1p, tanh, erf, rsqrt, sin and cos of f32 become
    arithmetic that needs no library, for scalars and vectors alike; narrower
    floats are widened first. What would need a library and has no expansion is
    an error. Sin and cos are within 1e-7 up to angles of 2^30, the others
    within 2 ulp. A maximum or minimum with a constant becomes a comparison,
    with the same result for zeros and NaN.

    Conversions from and to bf16 become shifts and integer arithmetic that
    rounds to nearest even, unless the machine has instructions for them.

    ```mlir
    // Before
    func.func @f(%x: vector<16xbf16>) -> vector<16xf32> {
      %w = arith.extf %x : vector<16xbf16> to vector<16xf32>
      %y = math.rsqrt %w : vector<16xf32>
      return %y : vector<16xf32>
    }
    // After
    func.func @f(%x: vector<16xbf16>) -> vector<16xf32> {
      %half = arith.constant dense<16> : vector<16xi32>
      %one = arith.constant dense<1.0> : vector<16xf32>
      %b = arith.bitcast %x : vector<16xbf16> to vector<16xi16>
      %i = arith.extui %b : vector<16xi16> to vector<16xi32>
      %s = arith.shli %i, %half : vector<16xi32>
      %w = arith.bitcast %s : vector<16xi32> to vector<16xf32>
      %r = math.sqrt %w : vector<16xf32>
      %y = arith.divf %one, %r : vector<16xf32>
      return %y : vector<16xf32>
    }
    ```
  }];
  let options = [
    Option<"nativeBf16", "native-bf16", "bool", /*default=*/"false",
           "leave conversions from and to bf16 alone">
  ];
  let statistics = [Statistic<"expanded", "expanded", "functions expanded">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"
  ];
}

def ConvertKernelsToLlvmPass : Pass<"convert-kernels-to-llvm", "::mlir::ModuleOp"> {
  let summary = "converts kernels to the llvm dialect";
  let description = [{
    One conversion for all their dialects, with bare pointers.

    ```mlir
    // Before
    func.func @f(%m: memref<1099511627776xf32>, %i: index) -> f32 {
      %y = memref.load %m[%i] : memref<1099511627776xf32>
      return %y : f32
    }
    // After, tidied
    llvm.func @f(%m: !llvm.ptr, %i: i64) -> f32 {
      %p = llvm.getelementptr inbounds|nuw %m[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
      %y = llvm.load %p : !llvm.ptr -> f32
      llvm.return %y : f32
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def VerifyLlvmStagePass : Pass<"verify-llvm-stage", "::mlir::ModuleOp"> {
  let summary = "checks that kernels are whole and need nothing";
  let description = [{
    Ops of other dialects than llvm are errors, and so are calls of functions
    without a body, but the barrier of the runtime: the file links nothing else
    that code may call.
  }];
}

#endif // TENON_CODEGEN_CPU_PASSES_TD

//===- Passes.td - Every pass of the project ---------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PASSES_TD
#define TENON_PASSES_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// The transformer stage
//===----------------------------------------------------------------------===//

def VerifyTransformerStagePass : Pass<"verify-transformer-stage", "::mlir::ModuleOp"> {
  let summary = "checks that nothing of a later stage is there";
  let description = [{
    Buffers, order and machines may not appear: ops of the task, memref, scf
    and llvm dialects are errors.
  }];
}

def PackWeightsPass : Pass<"pack-weights", "::mlir::ModuleOp"> {
  let summary = "decides how each weight of a product lies in memory";
  let description = [{
    Appends a `pack` step to the recipe of every weight that a linear op uses.
    Where the result of a product must stay together in heads (it is normed by
    head, rotated, or written to a state), a group of the packing is a head.

    ```mlir
    // Before
    transformer.weight @w : !transformer.weight<64x64xbf16> from [...]
    // After
    transformer.weight @w : !transformer.weight<64x64xbf16> from [...]
        recipe [#transformer.pack<lanes 16, columns 2, multiple 32, group 32>]
    ```
  }];
  let statistics = [Statistic<"packed", "packed", "weights packed">];
}

def MakeRowVariantsPass : Pass<"make-row-variants", "::mlir::ModuleOp"> {
  let summary = "clones the step for each number of rows that is worth one";
  let description = [{
    `@step` becomes `@step_1`, `@step_8`, ..., each with the functions that it
    calls and with the attribute `transformer.rows`, the most rows it takes.
    Few rows and many want different groups, and perhaps different mathematics.

    ```mlir
    // Before
    func.func @step(...) { call @decoder_layer(...) }
    // After, with rows=1,8
    func.func @step_1(...) attributes {transformer.rows = 1} { call @decoder_layer_1(...) }
    func.func @step_8(...) attributes {transformer.rows = 8} { call @decoder_layer_8(...) }
    ```
  }];
  let options = [
    ListOption<"rows", "rows", "int64_t", "the most rows of each variant">,
    Option<"entry", "entry", "std::string", /*default=*/"\"step\"", "the function to clone">
  ];
}

def GroupProductsPass : Pass<"group-products", "::mlir::func::FuncOp"> {
  let summary = "groups products with the ops that can share their tiles";
  let description = [{
    A group is formed around products of one input: the norm and the choice of
    rows before them, and after them what needs no more than a tile: bias, head
    norms, rope, activations, residual adds, writes to a state. An op that
    could not join is told as a missed remark with the reason.

    ```mlir
    // Before
    %h = transformer.rms_norm %x, %n ...
    %p = transformer.linear %h, %w ...
    %y = transformer.residual_add %r, %p ...
    // After
    %y = transformer.group "linear" -> (tensor<?x64xf32>) {
      ...
      transformer.yield %y
    }
    ```
  }];
  let statistics = [
    Statistic<"groups", "groups", "groups formed">,
    Statistic<"missed", "missed", "ops that could not join one">
  ];
}

//===----------------------------------------------------------------------===//
// From the transformer stage to the task stage
//===----------------------------------------------------------------------===//

def ConvertTransformerToTaskPass : Pass<"convert-transformer-to-task", "::mlir::ModuleOp"> {
  let summary = "writes each row variant as a step of phases";
  let description = [{
    Every function with the attribute `transformer.rows` that nothing calls
    becomes a `task.step`, its groups and lone ops phases, runs of calls of one
    function a `task.repeat`, weights and states symbols of the task dialect.
    No barrier is inserted and no buffer placed.
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"x86-64-v3\"",
           "the machine whose tiles and types are used">
  ];
  let dependentDialects = [
    "::tenon::task::TaskDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

//===----------------------------------------------------------------------===//
// The task stage
//===----------------------------------------------------------------------===//

def VerifyTaskStagePass : Pass<"verify-task-stage", "::mlir::ModuleOp"> {
  let summary = "checks that nothing of the stage before is left";
  let description = [{
    Ops of the transformer dialect, function calls and two weights with one
    index are errors.
  }];
}

def AssignStatesPass : Pass<"assign-states", "::mlir::ModuleOp"> {
  let summary = "gives every state its place in a page or a slot";
  let description = [{
    States are laid out in order, each at a multiple of 64 bytes. The module
    gets the attributes `task.page_bytes` and `task.slot_bytes`.

    ```mlir
    // Before
    task.state @s.keys paged : memref<2x64x64xf32>
    // After
    task.state @s.keys paged : memref<2x64x64xf32> offset 0
    ```
  }];
}

def InsertBarriersPass : Pass<"insert-barriers", "::tenon::task::StepOp"> {
  let summary = "lets workers wait where data crosses between them";
  let description = [{
    A barrier is put before the first phase that depends on a phase since the
    last barrier, also around the turns of a repeat. Phases depend on each
    other when one writes what the other touches.
  }];
  let options = [
    Option<"drop", "drop", "int64_t", /*default=*/"-1",
           "leave out this barrier, to show that it is needed">
  ];
  let statistics = [Statistic<"barriers", "barriers", "barriers inserted">];
}

def PlanBuffersPass : Pass<"plan-buffers", "::tenon::task::StepOp"> {
  let summary = "places buffers in scratch memory";
  let description = [{
    Two buffers share memory when no phase between barriers needs both. Private
    buffers are placed apart, once for each worker. With `print`, each buffer
    is told with its size and place.
  }];
  let options = [Option<"print", "print", "bool", /*default=*/"false", "tell sizes and places">];
}

//===----------------------------------------------------------------------===//
// CPU code generation
//===----------------------------------------------------------------------===//

def OutlineKernelsPass : Pass<"outline-kernels", "::mlir::ModuleOp"> {
  let summary = "makes each phase a function and the step their calls";
  let description = [{
    The functions take the members of rt::StepArguments; a kernel also takes the
    turn of its repeat and the range of tiles that it computes.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def LowerMatmulPass : Pass<"lower-matmul", "::mlir::func::FuncOp"> {
  let summary = "writes task.matmul as vector or tile code";
  let description = [{
    An input of f32 is multiplied by vectors, one of the weight's type by tiles.
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
  let description = "Scores of 16 positions are a vector; see LowerAttend.cpp.";
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
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def PlaceTemporariesPass : Pass<"place-temporaries", "::mlir::ModuleOp"> {
  let summary = "places what tiles allocate in the worker's own memory";
  let description = [{
    Nothing is allocated while a step runs: every `memref.alloc` of a kernel
    becomes a view at a fixed place. The step's attribute says how much a worker
    needs in all.
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
    linalg.fill ins(%zero : f32) outs(%m : memref<?x32xf32>)
    // After
    scf.for %r = %c0 to %rows step %c1 {
      scf.for %c = %c0 to %c32 step %c16 {
        vector.store %zeros, %m[%r, %c] : memref<?x32xf32>, vector<16xf32>
      }
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
  let description = "One conversion for all their dialects, with bare pointers.";
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

//===----------------------------------------------------------------------===//
// The reference path
//===----------------------------------------------------------------------===//

def ConvertTransformerToReferencePass
    : Pass<"convert-transformer-to-reference", "::mlir::ModuleOp"> {
  let summary = "replaces each op of the transformer stage by its meaning";
  let description = [{
    Every op becomes its form in linalg, arith, math and tensor ops, by its
    `ReferenceInterface`; every value becomes the tensors that stand for its
    type, by `ReferenceTypeInterface`, in signatures and calls too. A group
    becomes its ops. A weight becomes an external global of the bytes that its
    recipe makes, in the layout of its type. Nothing of the transformer dialect
    is left.

    ```mlir
    // Before
    func.func @f(%w: !transformer.weight<4xf32>) -> !transformer.weight<4xf32> {
      return %w : !transformer.weight<4xf32>
    }
    // After
    func.func @f(%w: tensor<4xf32>) -> tensor<4xf32> {
      return %w : tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
}

def LowerReferencePass : Pass<"lower-reference", "::mlir::ModuleOp"> {
  let summary = "turns the reference form, as loops over memory, into the llvm dialect";
  let description = [{
    Expects what bufferization and the conversion of linalg to loops leave
    behind. Functions of mathematics call libm, bfloat16 is rounded by integer
    arithmetic, and memory comes from a function of the host, so that the
    numbers do not depend on the machine. Nothing but the llvm dialect is left.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def BufferizeReferencePass : Pass<"bufferize-reference", "::mlir::ModuleOp"> {
  let summary = "gives every tensor of the reference form memory";
  let description = [{
    One-shot bufferization across functions; arguments and results are dense.
    Copies are linalg ops, so that no library is called for them.
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

#endif // TENON_PASSES_PASSES_TD

//===- Passes.td - Passes of the first two stages ----------*- tablegen -*-===//
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

    States are threaded through functions: what a call replaces has no other
    use, a function returns states that it was given, each once, and a public
    one in the order of its arguments.
  }];
}

def RollLayersPass : Pass<"roll-layers", "::mlir::ModuleOp"> {
  let summary = "makes calls of layers that alternate calls of one function";
  let description = [{
    A run of calls of one function becomes one `task.repeat`, so that its code
    does not grow with the number of layers. Where layers of several kinds
    alternate, as local and global attention do, this pass makes a function of
    one period of them and calls that. Nothing changes where runs of one kind
    make less code. Calls that alternate but do not fit together are told as a
    missed remark with the reason.

    ```mlir
    // Before
    func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %0 = call @local(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      %1 = call @global(%0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      %2 = call @local(%1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      %3 = call @global(%2) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      return %3 : tensor<?x8xf32>
    }
    func.func private @local(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = transformer.activation silu %x : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    func.func private @global(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = transformer.activation gelu %x : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    // After
    func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %1 = call @period_of_2(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      %3 = call @period_of_2(%1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      return %3 : tensor<?x8xf32>
    }
    func.func private @period_of_2(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = transformer.activation silu %x : tensor<?x8xf32>
      %z = transformer.activation gelu %y : tensor<?x8xf32>
      return %z : tensor<?x8xf32>
    }
    ```
  }];
  let statistics = [Statistic<"rolled", "rolled", "calls that were replaced">];
}

def FoldWeightTransposesPass : Pass<"fold-weight-transposes", "::mlir::ModuleOp"> {
  let summary = "makes transposes of weights steps of their recipes";
  let description = [{
    The transposed weight is a weight of its own, with the same sources, also
    where the transpose is in a function that is called with the weight. The
    old one goes when nothing uses it; else both are in the file, which is told
    as an analysis remark.

    ```mlir
    // Before
    transformer.weight @w : !transformer.weight<8x4xf32> from [#transformer.source<"f"::"w" : 8x4xf32>]
    func.func @f(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
      %w = transformer.get_weight @w : !transformer.weight<8x4xf32>
      %t = transformer.transpose %w : !transformer.weight<8x4xf32> -> !transformer.weight<4x8xf32>
      %y = transformer.linear %x, %t : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
      return %y : tensor<?x4xf32>
    }
    // After
    transformer.weight @w.turned : !transformer.weight<4x8xf32>
        from [#transformer.source<"f"::"w" : 8x4xf32>] recipe [#transformer.transpose]
    func.func @f(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
      %t = transformer.get_weight @w.turned : !transformer.weight<4x8xf32>
      %y = transformer.linear %x, %t : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
      return %y : tensor<?x4xf32>
    }
    ```
  }];
  let statistics = [
    Statistic<"folded", "folded", "transposes folded">,
    Statistic<"missed", "missed", "transposes that stay">
  ];
}

def MergeProductsPass : Pass<"merge-products", "::mlir::ModuleOp"> {
  let summary = "makes products of one input that are only joined one product";
  let description = [{
    Neighbouring parts of a `concat` that are products of one input become one
    product with the rows of all their weights, and nothing is copied. Products
    that are not joined stay apart: as components of one phase they cost no
    more (decision 2).

    ```mlir
    // Before
    transformer.weight @v : !transformer.weight<4x8xf32> from [#transformer.source<"f"::"v" : 4x8xf32>]
    transformer.weight @w : !transformer.weight<6x8xf32> from [#transformer.source<"f"::"w" : 6x8xf32>]
    func.func @f(%x: tensor<?x8xf32>) -> tensor<?x10xf32> {
      %v = transformer.get_weight @v : !transformer.weight<4x8xf32>
      %w = transformer.get_weight @w : !transformer.weight<6x8xf32>
      %a = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
      %b = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<6x8xf32> -> tensor<?x6xf32>
      %y = transformer.concat %a, %b : tensor<?x4xf32>, tensor<?x6xf32> -> tensor<?x10xf32>
      return %y : tensor<?x10xf32>
    }
    // After
    transformer.weight @v.merged : !transformer.weight<10x8xf32>
        from [#transformer.source<"f"::"v" : 4x8xf32>, #transformer.source<"f"::"w" : 6x8xf32>]
        recipe [#transformer.concat_rows]
    func.func @f(%x: tensor<?x8xf32>) -> tensor<?x10xf32> {
      %m = transformer.get_weight @v.merged : !transformer.weight<10x8xf32>
      %y = transformer.linear %x, %m : tensor<?x8xf32>, !transformer.weight<10x8xf32> -> tensor<?x10xf32>
      return %y : tensor<?x10xf32>
    }
    ```
  }];
  let statistics = [
    Statistic<"merged", "merged", "products that became part of another">,
    Statistic<"missed", "missed", "joined products that stay apart">
  ];
}

def SplitProductsPass : Pass<"split-products", "::mlir::ModuleOp"> {
  let summary = "makes a product that is only split one product for each part";
  let description = [{
    A checkpoint with fused projections (`q | k | v`, `gate | up`, or the pieces
    of each head together) has one product and a `split`. Cut into its parts, it
    is what other checkpoints have: products of one input, which become the
    components of one phase with all that follows them (decision 2).

    ```mlir
    // Before
    transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"f"::"w" : 8x8xf32>]
    func.func @f(%x: tensor<?x8xf32>) -> (tensor<?x6xf32>, tensor<?x2xf32>) {
      %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
      %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
      %a, %b = transformer.split %p : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
      return %a, %b : tensor<?x6xf32>, tensor<?x2xf32>
    }
    // After
    transformer.weight @w.part0 : !transformer.weight<6x8xf32> from [#transformer.source<"f"::"w" : 8x8xf32>]
        recipe [#transformer.slice_rows<first 0, count 6, every 8>]
    transformer.weight @w.part1 : !transformer.weight<2x8xf32> from [#transformer.source<"f"::"w" : 8x8xf32>]
        recipe [#transformer.slice_rows<first 6, count 2, every 8>]
    func.func @f(%x: tensor<?x8xf32>) -> (tensor<?x6xf32>, tensor<?x2xf32>) {
      %v = transformer.get_weight @w.part0 : !transformer.weight<6x8xf32>
      %a = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<6x8xf32> -> tensor<?x6xf32>
      %w = transformer.get_weight @w.part1 : !transformer.weight<2x8xf32>
      %b = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<2x8xf32> -> tensor<?x2xf32>
      return %a, %b : tensor<?x6xf32>, tensor<?x2xf32>
    }
    ```
  }];
  let statistics = [
    Statistic<"parts", "parts", "products made">,
    Statistic<"missed", "missed", "splits that stay">
  ];
}

def PackWeightsPass : Pass<"pack-weights", "::mlir::ModuleOp"> {
  let summary = "decides how each weight of a product lies in memory";
  let description = [{
    Appends a `pack` step to the recipe of every weight that a linear op uses.
    Where the result of a product must stay together in heads (it is normed by
    head, rotated, or written to a state), a group of the packing is a head.

    ```mlir
    // Before
    transformer.weight @w : !transformer.weight<64x64xbf16> from [#transformer.source<"f"::"w" : 64x64xbf16>]
    func.func @f(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %w = transformer.get_weight @w : !transformer.weight<64x64xbf16>
      %y = transformer.linear %x, %w : tensor<?x64xf32>, !transformer.weight<64x64xbf16> -> tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    // After
    transformer.weight @w : !transformer.weight<64x64xbf16> from [#transformer.source<"f"::"w" : 64x64xbf16>]
        recipe [#transformer.pack<lanes 16, columns 2, multiple 32, group 32>]
    func.func @f(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %w = transformer.get_weight @w : !transformer.weight<64x64xbf16>
      %y = transformer.linear %x, %w : tensor<?x64xf32>, !transformer.weight<64x64xbf16> -> tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
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
    func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = call @layer(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    func.func private @layer(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = transformer.scale %x by 0.5 : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    // After, with rows=1,8
    func.func @step_8(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {
      %y = call @layer_8(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    func.func @step_1(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {transformer.rows = 1 : i64} {
      %y = call @layer_1(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    func.func private @layer_8(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {
      %y = transformer.scale %x by 0.5 : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    func.func private @layer_1(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {transformer.rows = 1 : i64} {
      %y = transformer.scale %x by 0.5 : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
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

    The label of a group, which is the name of its phase in profiles, says what
    its products make for the ops that read them: `q` for an attention, `k` and
    `v` for a state, `gate` and `up` for a gated activation; so `qkv`,
    `gate_up`, or `qkv_gate_up` where both have one input. With a product that
    is none of these it is `linear`, or `linear_residual` with a residual add.

    ```mlir
    // Before
    func.func @f(%x: tensor<?x8xf32>, %n: !transformer.weight<8xf32>, %w: !transformer.weight<8x8xf32>)
        -> tensor<?x8xf32> {
      %h = transformer.rms_norm %x, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
      %p = transformer.linear %h, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
      %y = transformer.residual_add %x, %p scale 1.0 : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    // After
    func.func @f(%x: tensor<?x8xf32>, %n: !transformer.weight<8xf32>, %w: !transformer.weight<8x8xf32>)
        -> tensor<?x8xf32> {
      %g = transformer.group "linear_residual" -> (tensor<?x8xf32>) {
        %h = transformer.rms_norm %x, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
        %p = transformer.linear %h, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
        %y = transformer.residual_add %x, %p scale 1.0 : tensor<?x8xf32>
        transformer.yield %y : tensor<?x8xf32>
      }
      return %g : tensor<?x8xf32>
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
    Ops of arith, linalg, math and tensor that follow each other and compute each
    row apart become one phase, whose body they are. No barrier is inserted and no
    buffer placed.

    ```mlir
    // Before
    transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"f"::"e" : 5x8xf32>]
    func.func @step_1(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
        -> tensor<?x8xf32> attributes {transformer.rows = 1 : i64} {
      %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
      %x = transformer.embedding %tokens, %e scale 1.0
          : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
      return %x : tensor<?x8xf32>
    }
    // After
    task.weight @e index 0 : memref<5x8xf32> from [#transformer.source<"f"::"e" : 5x8xf32>] recipe []
    task.step @step_1 rows 1 vocabulary 5 {
    ^bb0(%tokens: memref<1xi32>, ..., %logits: memref<1x8xf32>, %rows: index, %wantedRows: index, %sequences: index):
      %tiles = task.plan -> index {
        %one = arith.constant 1 : index
        %n = arith.ceildivui %rows, %one : index
        task.yield %n : index
      }
      %e = task.get_weight [@e] : memref<5x8xf32>
      task.phase "embedding" tiles(%tiles) max [1]
          touches(%tokens, %e, %logits : memref<1xi32>, memref<5x8xf32>, memref<1x8xf32>)
          as [#task.access<read, (d0) -> (d0)>, #task.access<read>, #task.access<write, (d0) -> (d0, 0)>]
          values(%rows, %sequences) max [1, 1] body {
        ...
        // the reference form of the op on the rows of the tile
        %y = linalg.generic ...
        ...
        bufferization.materialize_in_destination %y in writable ...
        task.yield
      }
    }
    ```
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
    Ops of the transformer dialect, function calls, two weights with one index,
    phases that depend on each other without a barrier between them and attention
    over pages of other sizes than the runtime's are errors.
  }];
}

def AssignStatesPass : Pass<"assign-states", "::mlir::ModuleOp"> {
  let summary = "gives every state its place in a page or a slot";
  let description = [{
    States are laid out in order, each at a multiple of 64 bytes. The module
    gets the attributes `task.page_bytes` and `task.slot_bytes`.

    ```mlir
    // Before
    task.state @keys paged : memref<2x64x64xf32>
    task.state @values paged : memref<2x64x64xf32>
    task.state @memory slot : memref<4x4xf32>
    // After
    module attributes {task.page_bytes = 65536 : i64, task.slot_bytes = 64 : i64} {
      task.state @keys paged : memref<2x64x64xf32> offset 0
      task.state @values paged : memref<2x64x64xf32> offset 32768
      task.state @memory slot : memref<4x4xf32> offset 0
    }
    ```
  }];
}

def PartitionTilesPass : Pass<"partition-tiles", "::tenon::task::StepOp"> {
  let summary = "decides how workers share the tiles of a phase";
  let description = [{
    A worker takes a range of neighbouring tiles, whose weights lie in a row. A
    phase that reads pages of a state becomes `cyclic` instead: its tiles cost as
    much as their rows have positions, and later rows have more, so neighbours
    go to different workers.

    ```mlir
    // Before
    task.state @keys paged : memref<2x4x64xf32>
    task.step @step_8 rows 8 {
    ^bb0(%tokens: memref<8xi32>, %positions: memref<8x1xi32>, %sequence: memref<8xi32>,
         %slot: memref<8xi32>, %wanted: memref<8xi32>, %logits: memref<8x32xf32>,
         %rows: index, %wantedRows: index, %sequences: index):
      %keys = task.get_state [@keys] : !task.paged<memref<2x4x64xf32>>
      task.phase "attend" tiles(%rows) max [8] touches(%keys : !task.paged<memref<2x4x64xf32>>)
          as [#task.access<read>] body {
      ^bb1(%i: index, %all: !task.paged<memref<2x4x64xf32>>):
        task.yield
      }
    }
    // After
    ...
      task.phase "attend" tiles(%rows) max [8] cyclic touches(%keys : !task.paged<memref<2x4x64xf32>>)
          as [#task.access<read>] body {
    ...
    ```
  }];
  let statistics = [Statistic<"cyclic", "cyclic", "phases whose tiles go round">];
}

def InsertBarriersPass : Pass<"insert-barriers", "::tenon::task::StepOp"> {
  let summary = "lets workers wait where data crosses between them";
  let description = [{
    A barrier is put before the first phase that depends on a phase since the
    last barrier, also around the turns of a repeat. Phases depend on each
    other when one writes what the other touches.

    ```mlir
    // Before
    task.step @step_8 rows 8 {
    ^bb0(%tokens: memref<8xi32>, %positions: memref<8x1xi32>, %sequence: memref<8xi32>,
         %slot: memref<8xi32>, %wanted: memref<8xi32>, %logits: memref<8x32xf32>,
         %rows: index, %wantedRows: index, %sequences: index):
      %x = task.buffer : memref<8x4xf32>
      %y = task.buffer : memref<8x4xf32>
      task.phase "a" tiles(%rows) max [8] touches(%x : memref<8x4xf32>) as [#task.access<write>] body {
      ^bb1(%i: index, %all: memref<8x4xf32>):
        task.yield
      }
      task.phase "b" tiles(%rows) max [8] touches(%y : memref<8x4xf32>) as [#task.access<write>] body {
      ^bb1(%i: index, %all: memref<8x4xf32>):
        task.yield
      }
      task.phase "c" tiles(%rows) max [8] touches(%x : memref<8x4xf32>) as [#task.access<read>] body {
      ^bb1(%i: index, %all: memref<8x4xf32>):
        task.yield
      }
    }
    // After
    ...
      task.phase "a" tiles(%rows) max [8] touches(%x : memref<8x4xf32>) as [#task.access<write>] body {
      ^bb1(%i: index, %all: memref<8x4xf32>):
        task.yield
      }
      task.phase "b" tiles(%rows) max [8] touches(%y : memref<8x4xf32>) as [#task.access<write>] body {
      ^bb1(%i: index, %all: memref<8x4xf32>):
        task.yield
      }
      // which has to wait for "a", and does not use what "b" writes
      task.barrier
      task.phase "c" tiles(%rows) max [8] touches(%x : memref<8x4xf32>) as [#task.access<read>] body {
      ...
    ```
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

    ```mlir
    // Before
    task.step @step_8 rows 8 {
    ^bb0(%tokens: memref<8xi32>, %positions: memref<8x1xi32>, %sequence: memref<8xi32>,
         %slot: memref<8xi32>, %wanted: memref<8xi32>, %logits: memref<8x32xf32>,
         %rows: index, %wantedRows: index, %sequences: index):
      %x = task.buffer : memref<8x4xf32>
      %y = task.buffer : memref<8x4xf32>
      task.phase "a" tiles(%rows) max [8] touches(%x : memref<8x4xf32>) as [#task.access<write>] body {
      ^bb1(%i: index, %all: memref<8x4xf32>):
        task.yield
      }
      task.barrier
      task.phase "b" tiles(%rows) max [8] touches(%y : memref<8x4xf32>) as [#task.access<write>] body {
      ^bb1(%i: index, %all: memref<8x4xf32>):
        task.yield
      }
    }
    // After
    task.step @step_8 rows 8 scratch 128 worker 0 {
      ...
      %x = task.buffer offset 0 : memref<8x4xf32>
      %y = task.buffer offset 0 : memref<8x4xf32>
      ...
    ```
  }];
  let options = [Option<"print", "print", "bool", /*default=*/"false", "tell sizes and places">];
}

#endif // TENON_PASSES_PASSES_TD

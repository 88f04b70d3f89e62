//===- TaskOps.td - The ops of the task stage --------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In the order of docs/spec/task.md: what a program has (weights, states), what
// a step has (plan, buffers, repeats, phases, barriers), what a tile can do.
// The examples are parsed by the tests.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TASK_TASKOPS_TD
#define TENON_DIALECTS_TASK_TASKOPS_TD

include "dialects/Task/TaskDialect.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Task_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Task_Dialect, opMnemonic, traits>;

//===----------------------------------------------------------------------===//
// What a program has
//===----------------------------------------------------------------------===//

def Task_WeightOp : Task_Op<"weight", [Symbol]> {
  let summary = "a packed weight: its type in memory, its sources and its recipe";
  let description = [{
    `index` is its place in the weight table; the linker fills in the offsets.

    - (C1) `index` is not negative, and no two weights have the same.

    ```mlir
    task.weight @q index 0 : memref<16x64x16x2xbf16>
        from [#transformer.source<"model.safetensors"::"q.weight" : 256x128xbf16>]
        recipe [#transformer.pack<lanes 16, columns 2, multiple 32, group 32>]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$index, TypeAttrOf<AnyMemRef>:$type,
                       ArrayAttr:$sources, ArrayAttr:$recipe);
  let assemblyFormat = "$sym_name `index` $index `:` $type `from` $sources `recipe` $recipe attr-dict";
  let hasVerifier = 1;
}

def Task_StateOp : Task_Op<"state", [Symbol]> {
  let summary = "a part of what a sequence remembers";
  let description = [{
    A paged state is the type of its part of a page; a state of fixed size
    (`slot`) is its own type. `offset` is the byte offset in the page or the
    slot, once `assign-states` has run.

    ```mlir
    task.state @layers.0.keys paged : memref<2x64x64xbf16>
    task.state @layers.1.memory slot : memref<4x64x64xf32> offset 4096
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, UnitAttr:$paged, TypeAttrOf<AnyMemRef>:$type,
                       OptionalAttr<I64Attr>:$offset);
  let assemblyFormat = [{
    $sym_name (`paged` $paged^):(`slot`)? `:` $type (`offset` $offset^)? attr-dict
  }];
}

//===----------------------------------------------------------------------===//
// What a step has
//===----------------------------------------------------------------------===//

def Task_StepOp : Task_Op<"step", [Symbol, IsolatedFromAbove, SingleBlock, NoTerminator]> {
  let summary = "all that is computed for up to `rows` rows";
  let description = [{
    The region's arguments are, in this order: token ids `[rows]`, positions
    `[rows, axes]`, the sequence of each row `[rows]`, the slot of each
    sequence `[rows]`, the rows whose logits are wanted `[rows]`, all i32; the
    results `[rows, columns]` f32, which are logits or hidden states; then, as
    index, how many rows, wanted rows and sequences there are in this step. A
    step that can be given rows has their embeddings behind these:
    `[rows, hidden]` f32, of which those with a negative token are meant. Token
    ids are less than `vocabulary`, which is the number of the results' columns
    where it is not said. A step that `rounds_rows` rounds the rows of some
    products to the type of their weights, which is where its results may differ
    most from what the transformer stage says.

    - (C1) The region has nine arguments of these types, or ten.
    - (C2) `vocabulary` is at least 1.

    ```mlir
    task.step @step_1 rows 1 {
    ^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
         %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
         %rows: index, %wantedRows: index, %sequences: index):
      %x = task.buffer : memref<1x32xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$rows, OptionalAttr<I64Attr>:$vocabulary,
                       UnitAttr:$rounds_rows, OptionalAttr<I64Attr>:$scratch_bytes,
                       OptionalAttr<I64Attr>:$worker_bytes);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `rows` $rows (`vocabulary` $vocabulary^)? (`rounds_rows` $rounds_rows^)?
    (`scratch` $scratch_bytes^)? (`worker` $worker_bytes^)?
    attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::BlockArgument getTokens() { return getBody().getArgument(0); }
    ::mlir::BlockArgument getPositions() { return getBody().getArgument(1); }
    /// In how many axes a row has a position.
    int64_t getPositionAxes() {
      return ::llvm::cast<::mlir::MemRefType>(getPositions().getType()).getDimSize(1);
    }
    ::mlir::BlockArgument getRowSequence() { return getBody().getArgument(2); }
    ::mlir::BlockArgument getSequenceSlot() { return getBody().getArgument(3); }
    ::mlir::BlockArgument getWanted() { return getBody().getArgument(4); }
    /// How many tokens there are: every id is less.
    int64_t vocabularySize() {
      return getVocabulary().value_or(
          ::llvm::cast<::mlir::MemRefType>(getLogits().getType()).getDimSize(1));
    }
    ::mlir::BlockArgument getLogits() { return getBody().getArgument(5); }
    ::mlir::BlockArgument getRowCount() { return getBody().getArgument(6); }
    ::mlir::BlockArgument getWantedCount() { return getBody().getArgument(7); }
    ::mlir::BlockArgument getSequenceCount() { return getBody().getArgument(8); }
    /// Null when no row can be given.
    ::mlir::BlockArgument getEmbeddings() {
      return getBody().getNumArguments() > 9 ? getBody().getArgument(9) : ::mlir::BlockArgument();
    }
    static constexpr unsigned leastArguments = 9, mostArguments = 10;
  }];
}

def Task_PlanOp : Task_Op<"plan", [Pure, SingleBlock]> {
  let summary = "numbers that are known when the step starts";
  let description = [{
    Computed once per step, before any phase: extents of phases and whatever
    else depends on the rows, not on the values. It may ask the integers that the
    step is called with, of which those behind the rows of this step have no
    meaning; so the rows of a sequence can be counted.

    - (C1) The region yields one index for each result.
    - (C2) The region holds `arith` ops on integers and indices, loads of i32
      out of arguments of the step, and `scf.for` over them.

    ```mlir
    task.step @step_8 rows 8 {
    ^bb0(%tokens: memref<8xi32>, %positions: memref<8x1xi32>, %sequence: memref<8xi32>,
         %slot: memref<8xi32>, %wanted: memref<8xi32>, %logits: memref<8x32xf32>,
         %rows: index, %wantedRows: index, %sequences: index):
      %tiles = task.plan -> index {
        %c16 = arith.constant 16 : index
        %n = arith.ceildivui %rows, %c16 : index
        task.yield %n : index
      }
      // How many of the rows belong to sequence 0.
      %first = task.plan -> index {
        %c0 = arith.constant 0 : index
        %c1 = arith.constant 1 : index
        %zero = arith.constant 0 : i32
        %n = scf.for %r = %c0 to %rows step %c1 iter_args(%before = %c0) -> (index) {
          %s = memref.load %sequence[%r] : memref<8xi32>
          %mine = arith.cmpi eq, %s, %zero : i32
          %one = arith.select %mine, %c1, %c0 : index
          %after = arith.addi %before, %one : index
          scf.yield %after : index
        }
        task.yield %n : index
      }
    }
    ```
  }];
  let results = (outs Variadic<Index>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`->` type($results) attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def Task_YieldOp : Task_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["PlanOp", "PhaseOp"]>]> {
  let summary = "ends a plan with its results, or a region of a phase";
  let description = "A part of `task.plan` and `task.phase`; see there.";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

def Task_BufferOp : Task_Op<"buffer", [MemoryEffects<[MemAlloc]>]> {
  let summary = "memory of a step";
  let description = [{
    Sizes are upper bounds, known at compile time; nothing is allocated while
    a step runs. A `private` buffer exists once for each worker. `offset` is
    its place in the scratch memory, once `plan-buffers` has run.

    - (C1) The type is a memref with static sizes and the identity layout.

    ```mlir
    task.step @s rows 1 {
    ^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
         %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
         %rows: index, %wantedRows: index, %sequences: index):
      %x = task.buffer : memref<1x32xf32>
      %y = task.buffer private offset 128 : memref<1x32xbf16>
    }
    ```
  }];
  let arguments = (ins UnitAttr:$is_private, OptionalAttr<I64Attr>:$offset);
  let results = (outs AnyMemRef:$memory);
  let assemblyFormat = "(`private` $is_private^)? (`offset` $offset^)? attr-dict `:` type($memory)";
  let hasVerifier = 1;
}

def Task_GetWeightOp : Task_Op<"get_weight", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the packed weight of this turn of a repeat";
  let description = [{
    - (C1) Every name is that of a `task.weight` of the result's type.
    - (C2) Several names need a turn, one name has none.

    ```mlir
    task.weight @layers.0.norm index 0 : memref<32xf32> from [] recipe []
    task.weight @layers.1.norm index 1 : memref<32xf32> from [] recipe []
    func.func @f(%turn: index) -> (memref<32xf32>, memref<32xf32>) {
      %first = task.get_weight [@layers.0.norm] : memref<32xf32>
      %each = task.get_weight [@layers.0.norm, @layers.1.norm][%turn] : memref<32xf32>
      return %first, %each : memref<32xf32>, memref<32xf32>
    }
    ```
  }];
  let arguments = (ins TypedArrayAttrBase<FlatSymbolRefAttr, "names">:$names, Optional<Index>:$turn);
  let results = (outs AnyMemRef:$memory);
  let assemblyFormat = "$names (`[` $turn^ `]`)? attr-dict `:` type($memory)";
  let hasVerifier = 1;
}

def Task_GetStateOp : Task_Op<"get_state", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the state of this turn of a repeat";
  let description = [{
    - (C1) Every name is that of a `task.state` of the result's type.
    - (C2) Several names need a turn, one name has none.

    ```mlir
    task.state @layers.0.keys paged : memref<2x64x64xbf16>
    task.state @layers.1.keys paged : memref<2x64x64xbf16>
    task.state @memory slot : memref<4x8xf32>
    func.func @f(%turn: index) -> (!task.paged<memref<2x64x64xbf16>>, !task.slotted<memref<4x8xf32>>) {
      %keys = task.get_state [@layers.0.keys, @layers.1.keys][%turn] : !task.paged<memref<2x64x64xbf16>>
      %memory = task.get_state [@memory] : !task.slotted<memref<4x8xf32>>
      return %keys, %memory : !task.paged<memref<2x64x64xbf16>>, !task.slotted<memref<4x8xf32>>
    }
    ```
  }];
  let arguments = (ins TypedArrayAttrBase<FlatSymbolRefAttr, "names">:$names, Optional<Index>:$turn);
  let results = (outs AnyTypeOf<[Task_PagedType, Task_SlottedType]>:$state);
  let assemblyFormat = "$names (`[` $turn^ `]`)? attr-dict `:` type($state)";
  let hasVerifier = 1;
}

def Task_RepeatOp : Task_Op<"repeat", [SingleBlock, NoTerminator, RecursiveMemoryEffects]> {
  let summary = "the same phases once for each layer of a kind";
  let description = [{
    Runs its region for turns 0 to `turns` - 1, in order. The turn is the
    region's argument; weights and states of a turn come from lists.

    - (C1) There is at least one turn; the region has one index argument.

    ```mlir
    task.weight @layers.0.bias index 0 : memref<1x32xf32> from [] recipe []
    task.weight @layers.1.bias index 1 : memref<1x32xf32> from [] recipe []
    func.func @f(%rows: index, %x: memref<8x32xf32>) {
      task.repeat 2 {
      ^bb0(%turn: index):
        %w = task.get_weight [@layers.0.bias, @layers.1.bias][%turn] : memref<1x32xf32>
        task.phase "add" tiles(%rows) max [8] touches(%x, %w : memref<8x32xf32>, memref<1x32xf32>)
            as [#task.access<update, (d0) -> (d0, 0)>, #task.access<read>] body {
        ^bb0(%i: index, %row: memref<1x32xf32, strided<[32, 1], offset: ?>>, %bias: memref<1x32xf32>):
          linalg.add ins(%row, %bias : memref<1x32xf32, strided<[32, 1], offset: ?>>, memref<1x32xf32>)
              outs(%row : memref<1x32xf32, strided<[32, 1], offset: ?>>)
          task.yield
        }
        task.barrier
      }
      return
    }
    ```
  }];
  let arguments = (ins I64Attr:$turns);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$turns attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let extraClassDeclaration = "::mlir::BlockArgument getTurn() { return getBody().getArgument(0); }";
}

def Task_PhaseOp : Task_Op<"phase", [AttrSizedOperandSegments, IsolatedFromAbove]> {
  let summary = "a grid of tiles, taken by workers in any order";
  let description = [{
    The body computes one tile. Its arguments are the indices of the tile, a
    view of each operand (offset by the access's map, with the sizes of the
    argument's type) and the values. A region that is not isolated from its
    arguments cannot be written, so a tile touches what is declared and nothing
    else. The prologue, if there is one, runs before the first tile that a
    worker takes, writes private operands only, and has the arguments of the
    body without the indices; every tile may rely on it. What a tile allocates
    may depend on extents and values, which are never more than their upper
    bounds. A `cyclic` phase costs more from tile to tile, so that neighbours
    should go to different workers; this changes no result.

    - (C1) There is at least one extent, one upper bound for each extent and for
      each value, and one access for each operand.
    - (C2) The arguments of the regions are as said above; a map has as many
      dimensions as there are extents and a result for each dimension of the
      operand; a view fits into its operand's type.
    - (C3) The regions write to no operand that is only read, and the prologue
      to private ones only.
    - (C4) An operand is private exactly when it is a private buffer, and a
      weight is only read.
    - (C5) An operand that is written is accessed once: to `update` it, when
      tiles read it too. (Read whole and written by tile, it would be a race.)

    ```mlir
    func.func @f(%rows: index, %x: memref<8x32xf32>, %y: memref<8x32xf32>) {
      %p = task.buffer private : memref<1x32xf32>
      task.phase "subtract" tiles(%rows) max [8]
          touches(%x, %p, %y : memref<8x32xf32>, memref<1x32xf32>, memref<8x32xf32>)
          as [#task.access<read, (d0) -> (d0, 0)>, #task.access<private>, #task.access<write, (d0) -> (d0, 0)>]
          values(%rows) max [8] prologue {
      ^bb0(%from: memref<8x32xf32>, %ones: memref<1x32xf32>, %to: memref<8x32xf32>, %count: index):
        %one = arith.constant 1.0 : f32
        linalg.fill ins(%one : f32) outs(%ones : memref<1x32xf32>)
        task.yield
      } body {
      ^bb0(%i: index, %from: memref<1x32xf32, strided<[32, 1], offset: ?>>, %ones: memref<1x32xf32>,
           %to: memref<1x32xf32, strided<[32, 1], offset: ?>>, %count: index):
        linalg.sub ins(%from, %ones : memref<1x32xf32, strided<[32, 1], offset: ?>>, memref<1x32xf32>)
            outs(%to : memref<1x32xf32, strided<[32, 1], offset: ?>>)
        task.yield
      }
      return
    }
    ```
  }];
  let arguments = (ins StrAttr:$label, Variadic<Index>:$extents, DenseI64ArrayAttr:$bounds,
                       Variadic<AnyType>:$accessed, ArrayAttr:$accesses, Variadic<Index>:$values,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$value_bounds, UnitAttr:$cyclic);
  let regions = (region AnyRegion:$prologue, SizedRegion<1>:$body);
  let assemblyFormat = [{
    $label `tiles` `(` $extents `)` `max` $bounds (`cyclic` $cyclic^)?
    `touches` `(` ($accessed^ `:` type($accessed))? `)` `as` $accesses
    (`values` `(` $values^ `)` `max` $value_bounds)? attr-dict-with-keyword (`prologue` $prologue^)? `body` $body
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    AccessAttr getAccess(unsigned index) {
      return ::llvm::cast<AccessAttr>(getAccesses()[index]);
    }
    /// The body's argument that stands for operand `index`.
    ::mlir::BlockArgument getView(unsigned index) {
      return getBody().getArgument(getExtents().size() + index);
    }
    bool hasPrologue() { return !getPrologue().empty(); }
  }];
}

def Task_BarrierOp : Task_Op<"barrier"> {
  let summary = "all workers wait for each other";
  let description = [{
    Inserted by `insert-barriers` between phases whose data crosses workers.

    ```mlir
    task.step @step_1 rows 1 {
    ^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
         %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
         %rows: index, %wantedRows: index, %sequences: index):
      task.phase "write" tiles(%rows) max [1] touches(%logits : memref<1x32xf32>)
          as [#task.access<write>] body {
      ^bb0(%i: index, %all: memref<1x32xf32>):
        task.yield
      }
      task.barrier
      task.phase "read" tiles(%rows) max [1] touches(%logits : memref<1x32xf32>)
          as [#task.access<read>] body {
      ^bb0(%i: index, %all: memref<1x32xf32>):
        task.yield
      }
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

//===----------------------------------------------------------------------===//
// What a tile can do
//===----------------------------------------------------------------------===//

def Task_PageOp : Task_Op<"page", [Pure]> {
  let summary = "a page of a sequence's state";
  let description = [{
    Page number `page` (position / positions of a page) of sequence `sequence`
    of this step.

    - (C1) The result has the type of a page.

    ```mlir
    func.func @f(%s: !task.paged<memref<2x4x64xf32>>, %i: index, %p: index) -> memref<2x4x64xf32> {
      %m = task.page %s[%i, %p] : !task.paged<memref<2x4x64xf32>> -> memref<2x4x64xf32>
      return %m : memref<2x4x64xf32>
    }
    ```
  }];
  let arguments = (ins Task_PagedType:$state, Index:$sequence, Index:$page);
  let results = (outs AnyMemRef:$memory);
  let assemblyFormat = [{
    $state `[` $sequence `,` $page `]` attr-dict `:` type($state) `->` type($memory)
  }];
  let hasVerifier = 1;
}

def Task_SlotOp : Task_Op<"slot", [Pure]> {
  let summary = "the state of fixed size of a sequence";
  let description = [{
    The state of sequence `sequence` of this step.

    - (C1) The result has the type of a slot.

    ```mlir
    func.func @f(%s: !task.slotted<memref<4x8xf32>>, %i: index) -> memref<4x8xf32> {
      %m = task.slot %s[%i] : !task.slotted<memref<4x8xf32>> -> memref<4x8xf32>
      return %m : memref<4x8xf32>
    }
    ```
  }];
  let arguments = (ins Task_SlottedType:$state, Index:$sequence);
  let results = (outs AnyMemRef:$memory);
  let assemblyFormat = [{
    $state `[` $sequence `]` attr-dict `:` type($state) `->` type($memory)
  }];
  let hasVerifier = 1;
}

def Task_MatmulOp : Task_Op<"matmul"> {
  let summary = "rows times a block of packed weight rows";
  let description = [{
    `output[r, n b + l] = sum over k of input[r, k] * weight[b, k / c, l, k mod c]`
    for `r` below `rows`, where `n` and `c` are the last sizes of the weight;
    summed in f32, in any order. Rows of the output from `rows` on are undefined; the
    output is overwritten.

    - (C1) The weight is of floats. The input is f32, or of the weight's type
      where the machine has a dot product of that type; the output is f32.
    - (C2) The sizes of the weight are static. Input and weight have `inputs`
      columns in common; the weight may have more, which are zero. The output has
      `n` columns for each block.

    ```mlir
    func.func @f(%x: memref<8x64xf32>, %w: memref<2x32x16x2xbf16>, %y: memref<8x32xf32>, %n: index) {
      task.matmul %x, %w into %y rows %n inputs 64
          : memref<8x64xf32>, memref<2x32x16x2xbf16>, memref<8x32xf32>
      return
    }
    ```
  }];
  let arguments = (ins Arg<AnyStridedMemRef, "", [MemRead]>:$input,
                       Arg<AnyStridedMemRef, "", [MemRead]>:$weight,
                       Arg<AnyStridedMemRef, "", [MemWrite]>:$output, Index:$rows, I64Attr:$inputs);
  let assemblyFormat = [{
    $input `,` $weight `into` $output `rows` $rows `inputs` $inputs attr-dict
    `:` type($input) `,` type($weight) `,` type($output)
  }];
  let hasVerifier = 1;
}

def Task_AttendOp : Task_Op<"attend", [AttrSizedOperandSegments]> {
  let summary = "softmax attention of rows over the pages of their sequences";
  let description = [{
    For each row `r` from `first` to `last` - 1 and each query head `h` that
    shares state head `head`: the attention of `transformer.attend`, over
    positions 0 to `positions[r, 0]` of sequence `sequence[r]`. Keys are paged
    as `[heads, headDim, positions]`, values as `[heads, positions, columns]`
    with `columns` the head size or more; position `p` is at `p mod positions` of
    page `p / positions`.

    With `pages`, only positions in pages `first_page` to `last_page` - 1 take
    part, of which each row sees one at least; the sinks, where there are any,
    belong to the first page that the row sees. Then `marks[r, h]` becomes what
    merging the result with that of other pages takes: the largest score, and
    the sum of `exp(score - largest)`.

    - (C1) Query and output are `[rows, heads * headDim]` f32.
    - (C2) The pages have the forms that are said above, of floats and of static
      sizes, with the same heads and positions; `heads` is a multiple of the heads
      of the state.
    - (C3) A first page, a last page and marks come together; the marks are
      `[rows, heads, 2]` f32.

    ```mlir
    // Four query heads share each of two state heads of 16 columns.
    func.func @f(%q: memref<8x128xf32>, %k: !task.paged<memref<2x16x64xbf16>>,
                 %v: !task.paged<memref<2x64x16xbf16>>, %positions: memref<8x1xi32>,
                 %sequence: memref<8xi32>, %y: memref<8x128xf32>, %row: index, %next: index, %head: index) {
      task.attend %q, %k, %v at %positions, %sequence into %y rows %row to %next head %head
          heads 8 head_dim 16 scale 0.25 window 0 softcap 0.0
          : memref<8x128xf32>, !task.paged<memref<2x16x64xbf16>>, !task.paged<memref<2x64x16xbf16>>,
            memref<8x1xi32>, memref<8xi32>, memref<8x128xf32>
      return
    }
    ```
  }];
  let arguments = (ins Arg<AnyStridedMemRef, "", [MemRead]>:$query,
                       Arg<Task_PagedType, "", [MemRead]>:$keys,
                       Arg<Task_PagedType, "", [MemRead]>:$values,
                       Arg<AnyStridedMemRef, "", [MemRead]>:$positions,
                       Arg<AnyStridedMemRef, "", [MemRead]>:$sequence,
                       Arg<Optional<AnyStridedMemRef>, "", [MemRead]>:$sinks,
                       Arg<AnyStridedMemRef, "", [MemWrite]>:$output, Index:$first, Index:$last,
                       Index:$head, Optional<Index>:$first_page, Optional<Index>:$last_page,
                       Arg<Optional<AnyStridedMemRef>, "", [MemWrite]>:$marks, I64Attr:$heads, I64Attr:$head_dim, F32Attr:$scale,
                       I64Attr:$window, F32Attr:$softcap, OptionalAttr<DenseF32ArrayAttr>:$slopes);
  let assemblyFormat = [{
    $query `,` $keys `,` $values `at` $positions `,` $sequence (`sinks` $sinks^ `:` type($sinks))?
    `into` $output `rows` $first `to` $last `head` $head
    (`pages` $first_page^ `to` $last_page `marks` $marks `:` type($marks))?
    `heads` $heads `head_dim` $head_dim
    `scale` $scale `window` $window `softcap` $softcap (`slopes` $slopes^)? attr-dict
    `:` type($query) `,` type($keys) `,` type($values) `,` type($positions) `,` type($sequence) `,` type($output)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Positions in a page of keys and of values.
    int64_t getPagePositions() { return getKeys().getType().getPage().getDimSize(2); }
  }];
}

#endif // TENON_DIALECTS_TASK_TASKOPS_TD

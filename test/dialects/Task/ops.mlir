// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-opt %s -mlir-print-op-generic | tenon-opt | FileCheck %s

// Every op of the dialect prints and parses again, also in the generic form.

// CHECK: task.weight @packed index 0 : memref<2x32x16x2xbf16> from [#transformer.source<"model.safetensors"::"w" : 32x64xbf16>] recipe [#transformer.pack<lanes 16, columns 2, multiple 32, group 32>]
task.weight @packed index 0 : memref<2x32x16x2xbf16>
    from [#transformer.source<"model.safetensors"::"w" : 32x64xbf16>]
    recipe [#transformer.pack<lanes 16, columns 2, multiple 32, group 32>]
// CHECK: task.weight @norm.0 index 1 : memref<64xf32> from [#transformer.source<"model.safetensors"::"n.0" : 64xf32>] recipe []
task.weight @norm.0 index 1 : memref<64xf32>
    from [#transformer.source<"model.safetensors"::"n.0" : 64xf32>] recipe []
task.weight @norm.1 index 2 : memref<64xf32>
    from [#transformer.source<"model.safetensors"::"n.1" : 64xf32>] recipe []

// CHECK: task.state @keys.0 paged : memref<2x16x64xbf16>{{$}}
task.state @keys.0 paged : memref<2x16x64xbf16>
task.state @keys.1 paged : memref<2x16x64xbf16>
// CHECK: task.state @values paged : memref<2x64x16xbf16> offset 4096
task.state @values paged : memref<2x64x16xbf16> offset 4096
// CHECK: task.state @memory slot : memref<4x8xf32> offset 0
task.state @memory slot : memref<4x8xf32> offset 0

// CHECK-LABEL: task.step @plain rows 1 {
task.step @plain rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
}

// CHECK-LABEL: task.step @planned rows 8 vocabulary 7 scratch 2048 worker 4096 {
task.step @planned rows 8 vocabulary 7 scratch 2048 worker 4096 {
// CHECK-NEXT:  ^bb0({{.*}}, %[[LOGITS:.+]]: memref<8x32xf32>, %[[ROWS:.+]]: index, %{{.+}}: index, %{{.+}}: index):
^bb0(%tokens: memref<8xi32>, %positions: memref<8x1xi32>, %sequence: memref<8xi32>,
     %slot: memref<8xi32>, %wanted: memref<8xi32>, %logits: memref<8x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // CHECK: %[[SHARED:.+]] = task.buffer offset 0 : memref<8x64xf32>
  %x = task.buffer offset 0 : memref<8x64xf32>
  // CHECK: %[[PRIVATE:.+]] = task.buffer private : memref<8x64xf32>
  %p = task.buffer private : memref<8x64xf32>
  // CHECK: %[[TILES:.+]]:2 = task.plan -> index, index {
  // CHECK:   task.yield %{{.+}}, %{{.+}} : index, index
  %tiles:2 = task.plan -> index, index {
    %c8 = arith.constant 8 : index
    %n = arith.ceildivui %rows, %c8 : index
    task.yield %n, %c8 : index, index
  }
  // CHECK: task.repeat 2 {
  // CHECK: ^bb0(%[[TURN:.+]]: index):
  task.repeat 2 {
  ^bb0(%turn: index):
    // CHECK: %[[NORM:.+]] = task.get_weight [@norm.0, @norm.1][%[[TURN]]] : memref<64xf32>
    %n = task.get_weight [@norm.0, @norm.1][%turn] : memref<64xf32>
    // CHECK: %[[KEYS:.+]] = task.get_state [@keys.0, @keys.1][%[[TURN]]] : !task.paged<memref<2x16x64xbf16>>
    %k = task.get_state [@keys.0, @keys.1][%turn] : !task.paged<memref<2x16x64xbf16>>
    // CHECK: %[[MEMORY:.+]] = task.get_state [@memory] : !task.slotted<memref<4x8xf32>>
    %m = task.get_state [@memory] : !task.slotted<memref<4x8xf32>>
    // CHECK: task.phase "copy" tiles(%[[TILES]]#0, %[[TILES]]#1) max [1, 8]
    // CHECK-SAME: touches(%[[SHARED]], %[[PRIVATE]], %[[KEYS]], %[[MEMORY]], %[[NORM]] : memref<8x64xf32>, memref<8x64xf32>, !task.paged<memref<2x16x64xbf16>>, !task.slotted<memref<4x8xf32>>, memref<64xf32>)
    // CHECK-SAME: as [#task.access<write, (d0, d1) -> (d1, 0)>, #task.access<private>, #task.access<update>, #task.access<read>, #task.access<read>] values(%[[ROWS]]) max [8] prologue {
    // CHECK: } body {
    task.phase "copy" tiles(%tiles#0, %tiles#1) max [1, 8]
        touches(%x, %p, %k, %m, %n : memref<8x64xf32>, memref<8x64xf32>, !task.paged<memref<2x16x64xbf16>>, !task.slotted<memref<4x8xf32>>, memref<64xf32>)
        as [#task.access<write, (d0, d1) -> (d1, 0)>, #task.access<private>, #task.access<update>, #task.access<read>, #task.access<read>]
        values(%rows) max [8] prologue {
    ^bb0(%whole: memref<8x64xf32>, %own: memref<8x64xf32>, %keys: !task.paged<memref<2x16x64xbf16>>,
         %memory: !task.slotted<memref<4x8xf32>>, %norm: memref<64xf32>, %count: index):
      task.yield
    } body {
    ^bb0(%i: index, %j: index, %row: memref<1x64xf32, strided<[64, 1], offset: ?>>, %own: memref<8x64xf32>,
         %keys: !task.paged<memref<2x16x64xbf16>>, %memory: !task.slotted<memref<4x8xf32>>, %norm: memref<64xf32>, %count: index):
      task.yield
    }
    // CHECK: task.barrier
    task.barrier
  }
  // CHECK: task.phase "nothing" tiles(%[[ROWS]]) max [8] touches() as [] body {
  task.phase "nothing" tiles(%rows) max [8] touches() as [] body {
  ^bb0(%i: index):
    task.yield
  }
  // CHECK: task.phase "uneven" tiles(%[[ROWS]]) max [8] cyclic touches() as [] body {
  task.phase "uneven" tiles(%rows) max [8] cyclic touches() as [] body {
  ^bb0(%i: index):
    task.yield
  }
}

// CHECK-LABEL: @page
func.func @page(%state: !task.paged<memref<2x16x64xbf16>>, %i: index) -> memref<2x16x64xbf16> {
  // CHECK: task.page %{{.+}}[%[[I:.+]], %[[I]]] : <memref<2x16x64xbf16>> -> memref<2x16x64xbf16>
  %m = task.page %state[%i, %i] : !task.paged<memref<2x16x64xbf16>> -> memref<2x16x64xbf16>
  return %m : memref<2x16x64xbf16>
}

// CHECK-LABEL: @slot
func.func @slot(%state: !task.slotted<memref<4x8xf32>>, %i: index) -> memref<4x8xf32> {
  // CHECK: task.slot %{{.+}}[%{{.+}}] : <memref<4x8xf32>> -> memref<4x8xf32>
  %m = task.slot %state[%i] : !task.slotted<memref<4x8xf32>> -> memref<4x8xf32>
  return %m : memref<4x8xf32>
}

// CHECK-LABEL: @matmul
func.func @matmul(%x: memref<8x64xf32>, %r: memref<32x64xbf16>, %w: memref<2x32x16x2xbf16>,
                  %y: memref<8x32xf32>, %z: memref<32x32xf32>, %n: index) {
  // CHECK: task.matmul %{{.+}}, %{{.+}} into %{{.+}} rows %{{.+}} inputs 63 : memref<8x64xf32>, memref<2x32x16x2xbf16>, memref<8x32xf32>
  task.matmul %x, %w into %y rows %n inputs 63
      : memref<8x64xf32>, memref<2x32x16x2xbf16>, memref<8x32xf32>
  // CHECK: task.matmul %{{.+}}, %{{.+}} into %{{.+}} rows %{{.+}} inputs 64 : memref<32x64xbf16>,
  task.matmul %r, %w into %z rows %n inputs 64
      : memref<32x64xbf16>, memref<2x32x16x2xbf16>, memref<32x32xf32>
  return
}

// CHECK-LABEL: @attend_to_part
func.func @attend_to_part(%q: memref<8x64xf32>, %k: !task.paged<memref<2x16x64xbf16>>,
                          %v: !task.paged<memref<2x64x16xbf16>>, %p: memref<8x1xi32>, %s: memref<8xi32>,
                          %y: memref<8x64xf32>, %m: memref<8x4x2xf32>, %i: index) {
  // CHECK: task.attend {{.*}} head %[[I:.+]] pages %[[I]] to %[[I]] marks %{{.+}} : memref<8x4x2xf32> heads 4
  task.attend %q, %k, %v at %p, %s into %y rows %i to %i head %i pages %i to %i marks %m : memref<8x4x2xf32>
      heads 4 head_dim 16 scale 2.5e-01 window 0 softcap 0.0
      : memref<8x64xf32>, !task.paged<memref<2x16x64xbf16>>, !task.paged<memref<2x64x16xbf16>>, memref<8x1xi32>, memref<8xi32>, memref<8x64xf32>
  return
}

// CHECK-LABEL: @attend
func.func @attend(%q: memref<8x64xf32>, %k: !task.paged<memref<2x16x64xbf16>>,
                  %v: !task.paged<memref<2x64x16xbf16>>, %p: memref<8x1xi32>, %s: memref<8xi32>,
                  %sinks: memref<4xf32>, %y: memref<8x64xf32>, %i: index) {
  // CHECK: task.attend %{{.+}}, %{{.+}}, %{{.+}} at %{{.+}}, %{{.+}} into %{{.+}} rows %[[I:.+]] to %[[I]] head %[[I]] heads 4 head_dim 16 scale 2.500000e-01 window 0 softcap 0.000000e+00 :
  task.attend %q, %k, %v at %p, %s into %y rows %i to %i head %i heads 4 head_dim 16
      scale 2.5e-01 window 0 softcap 0.0
      : memref<8x64xf32>, !task.paged<memref<2x16x64xbf16>>, !task.paged<memref<2x64x16xbf16>>, memref<8x1xi32>, memref<8xi32>, memref<8x64xf32>
  // CHECK: task.attend {{.*}} sinks %{{.+}} : memref<4xf32> into {{.*}} window 128 softcap 5.000000e+01 slopes [5.000000e-01, 2.500000e-01, 1.250000e-01, 6.250000e-02] :
  task.attend %q, %k, %v at %p, %s sinks %sinks : memref<4xf32> into %y rows %i to %i head %i heads 4 head_dim 16
      scale 2.5e-01 window 128 softcap 50.0 slopes [0.5, 0.25, 0.125, 0.0625]
      : memref<8x64xf32>, !task.paged<memref<2x16x64xbf16>>, !task.paged<memref<2x64x16xbf16>>, memref<8x1xi32>, memref<8xi32>, memref<8x64xf32>
  return
}

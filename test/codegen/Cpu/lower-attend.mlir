// RUN: tenon-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(lower-attend{vector-registers=32},canonicalize,cse))' | FileCheck %s

// The pages up to the row's position are read one after another. The largest
// score so far moves with each page: what was summed before is scaled by
// exp(before - now), the total like the sum of values.
// CHECK-LABEL: @running_softmax
// CHECK-DAG:     %[[SCORES:.+]] = memref.alloc() {alignment = 64 : i64} : memref<1x64xf32>
// CHECK-DAG:     %[[LARGEST:.+]] = memref.alloc() {alignment = 64 : i64} : memref<1xf32>
// CHECK-DAG:     %[[HIDDEN:.+]] = arith.constant -1.000000e+30 : f32
// CHECK:         memref.store %[[HIDDEN]], %[[LARGEST]][%c0]
// CHECK:         %[[PAGES:.+]] = arith.addi %{{.+}}, %c1 : index
// CHECK:         scf.for %[[PAGE:.+]] = %c0 to %[[PAGES]] step %c1 {
// CHECK:           task.page %{{.+}}[%{{.+}}, %[[PAGE]]]
// CHECK:           task.page %{{.+}}[%{{.+}}, %[[PAGE]]]
// CHECK:           %[[BEFORE:.+]] = memref.load %[[LARGEST]]
// CHECK:           %[[MOST:.+]] = vector.reduction <maxnumf>
// CHECK:           %[[NOW:.+]] = arith.maxnumf %[[BEFORE]], %[[MOST]] : f32
// CHECK:           %[[SUM:.+]] = vector.reduction <add>
// CHECK:           %[[DIFFERENCE:.+]] = arith.subf %[[BEFORE]], %[[NOW]] : f32
// CHECK:           %[[SHRINK:.+]] = math.exp %[[DIFFERENCE]] : f32
// CHECK:           %[[TOTAL:.+]] = memref.load %[[TOTALS:.+]][
// CHECK:           %[[SCALED:.+]] = arith.mulf %[[TOTAL]], %[[SHRINK]] : f32
// CHECK:           %[[NEXT:.+]] = arith.addf %[[SCALED]], %[[SUM]] : f32
// CHECK:           memref.store %[[NEXT]], %[[TOTALS]]
// CHECK:           memref.store %[[NOW]], %[[LARGEST]]
// CHECK:           %[[FACTOR:.+]] = vector.broadcast %[[SHRINK]]
// CHECK:           arith.mulf %{{.+}}, %[[FACTOR]] : vector<16xf32>
// CHECK:         %[[ALL:.+]] = memref.load %[[TOTALS]]
// CHECK:         arith.divf %{{.+}}, %[[ALL]] : f32
func.func @running_softmax(%q: memref<1x16xf32>, %k: !task.paged<memref<1x16x64xbf16>>, %v: !task.paged<memref<1x64x16xbf16>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x16xf32>, %first: index, %last: index, %head: index) {
  task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 1 head_dim 16
      scale 0.25 window 0 softcap 0.0 : memref<1x16xf32>, !task.paged<memref<1x16x64xbf16>>, !task.paged<memref<1x64x16xbf16>>, memref<1x1xi32>, memref<1xi32>, memref<1x16xf32>
  return
}

// -----

// Keys and values are loaded once for all query heads that share them.
// CHECK-LABEL: @query_heads_share
// CHECK:         vector.load %{{.+}} : memref<1x16x64xbf16>, vector<16xbf16>
// CHECK-COUNT-4: vector.fma
// CHECK-NOT:     vector.load %{{.+}} : memref<1x16x64xbf16>
// CHECK:         vector.load %{{.+}} : memref<1x64x16xbf16>, vector<16xbf16>
// CHECK-COUNT-4: vector.fma
// CHECK-NOT:     {{vector.fma|xbf16>, vector<16xbf16>}}
// CHECK:         return
func.func @query_heads_share(%q: memref<1x64xf32>, %k: !task.paged<memref<1x16x64xbf16>>, %v: !task.paged<memref<1x64x16xbf16>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x64xf32>, %first: index, %last: index, %head: index) {
  task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 4 head_dim 16
      scale 0.25 window 0 softcap 0.0 : memref<1x64xf32>, !task.paged<memref<1x16x64xbf16>>, !task.paged<memref<1x64x16xbf16>>, memref<1x1xi32>, memref<1xi32>, memref<1x64xf32>
  return
}

// -----

// One head of its own for each query head: nothing is shared.
// CHECK-LABEL: @as_many_state_heads
// CHECK-COUNT-2: vector.fma
// CHECK-NOT:     vector.fma
// CHECK:         return
func.func @as_many_state_heads(%q: memref<1x32xf32>, %k: !task.paged<memref<2x16x64xbf16>>, %v: !task.paged<memref<2x64x16xbf16>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x32xf32>, %first: index, %last: index, %head: index) {
  task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 2 head_dim 16
      scale 0.25 window 0 softcap 0.0 : memref<1x32xf32>, !task.paged<memref<2x16x64xbf16>>, !task.paged<memref<2x64x16xbf16>>, memref<1x1xi32>, memref<1xi32>, memref<1x32xf32>
  return
}

// -----

// Positions behind the row's own are hidden by a mask.
// CHECK-LABEL: @behind_the_row
// CHECK-DAG:     %[[HIDDEN:.+]] = arith.constant dense<-1.000000e+30> : vector<16xf32>
// CHECK:         %[[COUNT:.+]] = arith.minsi %{{.+}}, %c64 : index
// CHECK:         scf.for %[[AT:.+]] = %c0 to %[[COUNT]] step %c16 {
// CHECK:           %[[LEFT:.+]] = arith.subi %[[COUNT]], %[[AT]] : index
// CHECK-NEXT:      %[[VISIBLE:.+]] = vector.create_mask %[[LEFT]] : vector<16xi1>
// CHECK-NEXT:      arith.select %[[VISIBLE]], %{{.+}}, %[[HIDDEN]]
// CHECK-NOT:       vector.create_mask
// CHECK:         return
func.func @behind_the_row(%q: memref<1x16xf32>, %k: !task.paged<memref<1x16x64xbf16>>, %v: !task.paged<memref<1x64x16xbf16>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x16xf32>, %first: index, %last: index, %head: index) {
  task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 1 head_dim 16
      scale 0.25 window 0 softcap 0.0 : memref<1x16xf32>, !task.paged<memref<1x16x64xbf16>>, !task.paged<memref<1x64x16xbf16>>, memref<1x1xi32>, memref<1xi32>, memref<1x16xf32>
  return
}

// -----

// A window of 3 begins two positions before the row's own: pages before it are
// not read, and in its first page a second mask hides what lies before.
// CHECK-LABEL: @window
// CHECK:         %[[OFFSET:.+]] = arith.subi %[[POSITION:.+]], %c2 : index
// CHECK-NEXT:    %[[FIRST:.+]] = arith.maxsi %[[OFFSET]], %c0 : index
// CHECK-NEXT:    %[[PAGE:.+]] = arith.divui %[[FIRST]], %c64 : index
// CHECK:         scf.for %{{.+}} = %[[PAGE]] to
// CHECK:           vector.create_mask
// CHECK-NEXT:      %[[SEEN:.+]] = arith.select
// CHECK:           %[[BEFORE:.+]] = vector.create_mask
// CHECK-NEXT:      arith.select %[[BEFORE]], %{{.+}}, %[[SEEN]]
func.func @window(%q: memref<1x16xf32>, %k: !task.paged<memref<1x16x64xbf16>>, %v: !task.paged<memref<1x64x16xbf16>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x16xf32>, %first: index, %last: index, %head: index) {
  task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 1 head_dim 16
      scale 0.25 window 3 softcap 0.0 : memref<1x16xf32>, !task.paged<memref<1x16x64xbf16>>, !task.paged<memref<1x64x16xbf16>>, memref<1x1xi32>, memref<1xi32>, memref<1x16xf32>
  return
}

// -----

// A head of 12 components is stored under a mask: what lies behind it in the
// output is another head.
// CHECK-LABEL: @head_of_12
// CHECK-DAG:     %[[MASK:.+]] = vector.constant_mask [12] : vector<16xi1>
// CHECK:         vector.maskedstore %{{.+}}, %[[MASK]], %{{.+}} : memref<1x12xf32>
// CHECK-NOT:     vector.store %{{.+}} : memref<1x12xf32>
// CHECK:         return
func.func @head_of_12(%q: memref<1x12xf32>, %k: !task.paged<memref<1x12x64xbf16>>, %v: !task.paged<memref<1x64x16xbf16>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x12xf32>, %first: index, %last: index, %head: index) {
  task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 1 head_dim 12
      scale 0.25 window 0 softcap 0.0 : memref<1x12xf32>, !task.paged<memref<1x12x64xbf16>>, !task.paged<memref<1x64x16xbf16>>, memref<1x1xi32>, memref<1xi32>, memref<1x12xf32>
  return
}

// -----

// A cap bends the scores before they are hidden.
// CHECK-LABEL: @softcap
// CHECK-DAG:     %[[CAP:.+]] = arith.constant dense<5.000000e+01> : vector<16xf32>
// CHECK:         %[[BENT:.+]] = math.tanh
// CHECK-NEXT:    %[[CAPPED:.+]] = arith.mulf %[[BENT]], %[[CAP]]
// CHECK:         arith.select %{{.+}}, %[[CAPPED]],
func.func @softcap(%q: memref<1x16xf32>, %k: !task.paged<memref<1x16x64xbf16>>, %v: !task.paged<memref<1x64x16xbf16>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x16xf32>, %first: index, %last: index, %head: index) {
  task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 1 head_dim 16
      scale 0.25 window 0 softcap 50.0 : memref<1x16xf32>, !task.paged<memref<1x16x64xbf16>>, !task.paged<memref<1x64x16xbf16>>, memref<1x1xi32>, memref<1xi32>, memref<1x16xf32>
  return
}

// -----

// The slope of a head is chosen by the state head; its scores fall with distance.
// CHECK-LABEL: @slopes
// CHECK-DAG:     %[[A:.+]] = arith.constant 5.000000e-01 : f32
// CHECK-DAG:     %[[B:.+]] = arith.constant 2.500000e-01 : f32
// CHECK:         %[[SECOND:.+]] = arith.cmpi eq, %{{.+}}, %c1 : index
// CHECK:         %[[SLOPE:.+]] = arith.select %[[SECOND]], %[[B]], %[[A]] : f32
// CHECK:         %[[ALL:.+]] = vector.broadcast %[[SLOPE]]
// CHECK:         vector.fma %[[ALL]], %{{.+}}, %{{.+}} : vector<16xf32>
func.func @slopes(%q: memref<1x32xf32>, %k: !task.paged<memref<2x16x64xbf16>>, %v: !task.paged<memref<2x64x16xbf16>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x32xf32>, %first: index, %last: index, %head: index) {
  task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 2 head_dim 16
      scale 0.25 window 0 softcap 0.0 slopes [0.5, 0.25] : memref<1x32xf32>, !task.paged<memref<2x16x64xbf16>>, !task.paged<memref<2x64x16xbf16>>, memref<1x1xi32>, memref<1xi32>, memref<1x32xf32>
  return
}

// -----

// A sink takes part with its score, counts as one and has no value.
// CHECK-LABEL: @sinks
// CHECK-DAG:     %[[ONE:.+]] = arith.constant 1.000000e+00 : f32
// CHECK:         %[[SCORE:.+]] = memref.load %{{.+}} : memref<1xf32>
// CHECK-NEXT:    memref.store %[[SCORE]], %{{.+}} : memref<1xf32>
// CHECK-NEXT:    memref.store %[[ONE]], %{{.+}} : memref<1xf32>
func.func @sinks(%q: memref<1x16xf32>, %k: !task.paged<memref<1x16x64xbf16>>, %v: !task.paged<memref<1x64x16xbf16>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x16xf32>, %first: index, %last: index, %head: index, %sinks: memref<1xf32>) {
  task.attend %q, %k, %v at %p, %s sinks %sinks : memref<1xf32> into %y rows %first to %last head %head heads 1 head_dim 16
      scale 0.25 window 0 softcap 0.0 : memref<1x16xf32>, !task.paged<memref<1x16x64xbf16>>, !task.paged<memref<1x64x16xbf16>>, memref<1x1xi32>, memref<1xi32>, memref<1x16xf32>
  return
}

// -----

// Some of the pages only. The sink takes part where the first page that the row sees
// is among them; the marks are the largest score and the sum of weights.
// CHECK-LABEL: @some_pages
// CHECK-SAME:    %[[FROM:[a-z0-9]+]]: index, %[[TO:[a-z0-9]+]]: index, %[[MARKS:[a-z0-9]+]]: memref<1x1x2xf32>
// CHECK:         %[[HERE:.+]] = arith.cmpi ule, %[[FROM]], %[[SEEN:.+]] : index
// CHECK-DAG:     arith.select %[[HERE]], %{{.+}}, %{{.+}} : f32
// CHECK-DAG:     arith.select %[[HERE]], %{{.+}}, %{{.+}} : f32
// CHECK:         %[[BEGIN:.+]] = arith.maxsi %[[SEEN]], %[[FROM]] : index
// CHECK:         %[[END:.+]] = arith.minsi %{{.+}}, %[[TO]] : index
// CHECK:         scf.for %{{.+}} = %[[BEGIN]] to %[[END]] step %c1 {
// CHECK:         memref.store %{{.+}}, %[[MARKS]][%{{.+}}, %{{.+}}, %c0]
// CHECK:         memref.store %{{.+}}, %[[MARKS]][%{{.+}}, %{{.+}}, %c1]
func.func @some_pages(%from: index, %to: index, %marks: memref<1x1x2xf32>, %sinks: memref<1xf32>,
    %q: memref<1x16xf32>, %k: !task.paged<memref<1x16x64xbf16>>, %v: !task.paged<memref<1x64x16xbf16>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x16xf32>, %first: index, %last: index, %head: index) {
  task.attend %q, %k, %v at %p, %s sinks %sinks : memref<1xf32> into %y rows %first to %last head %head
      pages %from to %to marks %marks : memref<1x1x2xf32> heads 1 head_dim 16
      scale 0.25 window 500 softcap 0.0 : memref<1x16xf32>, !task.paged<memref<1x16x64xbf16>>, !task.paged<memref<1x64x16xbf16>>, memref<1x1xi32>, memref<1xi32>, memref<1x16xf32>
  return
}

// -----

// Pages hold as many positions as their types say, and values as many columns.
// CHECK-LABEL: @pages_of_32
// CHECK:         memref.alloc() {{.*}} : memref<1x32xf32>
// CHECK:         memref.alloc() {{.*}} : memref<1x48xf32>
// CHECK-NOT:     {{%c64|: memref<1x64xf32>}}
// CHECK:         arith.divui %{{.+}}, %c32 : index
// CHECK-NOT:     {{%c64|: memref<1x64xf32>}}
// CHECK:         %[[START:.+]] = arith.muli %{{.+}}, %c32 : index
// CHECK-NOT:     {{%c64|: memref<1x64xf32>}}
// CHECK:         arith.minsi %{{.+}}, %c32 : index
// CHECK-NOT:     {{%c64|: memref<1x64xf32>}}
// CHECK:         scf.for %{{.+}} = %c0 to %c48 step %c16
// CHECK-NOT:     {{%c64|: memref<1x64xf32>}}
// CHECK:         return
func.func @pages_of_32(%q: memref<1x16xf32>, %k: !task.paged<memref<1x16x32xbf16>>, %v: !task.paged<memref<1x32x48xbf16>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x16xf32>, %first: index, %last: index, %head: index) {
  task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 1 head_dim 16
      scale 0.25 window 0 softcap 0.0 : memref<1x16xf32>, !task.paged<memref<1x16x32xbf16>>, !task.paged<memref<1x32x48xbf16>>, memref<1x1xi32>, memref<1xi32>, memref<1x16xf32>
  return
}

// tenon run executes a function and prints its results.

// RUN: tenon run %s --reference --function=double --input=[[1,2.5],[-3,1e-3]] | FileCheck %s --check-prefix=DOUBLE
// DOUBLE: @double result 0: 2x2xf32 {{\[\[}}3, 7.5], [-9, 0.003]]
func.func @double(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %y = transformer.residual_add %x, %x scale 2.0 : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Inputs go to the tensors in order, or by number; null is NaN. A half is
// rounded once, to the nearest, ties to even: 2049 to 2048.
// RUN: tenon run %s --reference --function=append --input=1=[[1,2049]] --input=0.0=[[[[null,7]],[[8,9]]]] --input=[[[[0,0]],[[0,0]]]] \
// RUN:   --input=2=[0] --input=[[1]] | FileCheck %s --check-prefix=APPEND
// APPEND:      @append result 0: 1x2x1x2xf16 {{\[\[\[\[}}nan, 7]], {{\[\[}}1, 2048]]]]
// APPEND-NEXT: @append result 1: 1x2x1x2xf16 {{\[\[\[\[}}0, 0]], {{\[\[}}1, 2048]]]]
func.func @append(%s: !transformer.kv<1x2xf16>, %k: tensor<?x2xf32>, %rows: !transformer.rows)
    -> !transformer.kv<1x2xf16> {
  %t = transformer.kv_append %s, %k, %k, %rows : !transformer.kv<1x2xf16>, tensor<?x2xf32>
  return %t : !transformer.kv<1x2xf16>
}

// A weight is random by its name; two of one name are the same, and a long
// tensor is abbreviated.
// RUN: tenon run %s --reference --function=weights --input=[0,1] | FileCheck %s --check-prefix=WEIGHTS
// WEIGHTS: @weights result 0: 2x64xf32 mean {{.*}} std 0.1{{[0-9]+}} max 0.{{[0-9]+}} first [{{.*}}, ...]
transformer.weight @table : !transformer.weight<4x64xbf16>
    from [#transformer.source<"m"::"low" : 2x64xbf16>, #transformer.source<"m"::"high" : 2x64xbf16>]
    recipe [#transformer.concat_rows, #transformer.pack<lanes 16, columns 2, multiple 32, group 4>]
func.func @weights(%t: tensor<?xi32>) -> tensor<?x64xf32> {
  %w = transformer.get_weight @table : !transformer.weight<4x64xbf16>
  %y = transformer.embedding %t, %w scale 1.0
      : tensor<?xi32>, !transformer.weight<4x64xbf16> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// A weight is made by its recipe without running anything: rows 1 and 3 of four.
// RUN: tenon run %s --reference --weight=odd | FileCheck %s --check-prefix=WEIGHT
// WEIGHT: @odd result 0: 2x2xf32 {{\[\[}}{{.*}}], [{{.*}}]]
// RUN: %exits-with 3 tenon run %s --reference --weight=even 2>&1 | FileCheck %s --check-prefix=NO-WEIGHT
// NO-WEIGHT: error: there is no weight 'even'
// RUN: %exits-with 2 tenon run %s --reference --weight=odd --function=double 2>&1 | FileCheck %s --check-prefix=WEIGHT-ONLY
// WEIGHT-ONLY: tenon run: --function is not for making a weight; leave it out
transformer.weight @odd : !transformer.weight<2x2xf32>
    from [#transformer.source<"m"::"w" : 4x2xf32>] recipe [#transformer.slice_rows<first 1, count 1, every 2>]

// The same seed gives the same numbers, another one others.
// RUN: rm -rf %t && mkdir -p %t
// RUN: tenon run %s --reference --function=double --output=%t/once.npy
// RUN: tenon run %s --reference --function=double --output=%t/folder
// RUN: cmp %t/once.npy %t/folder/double.0.npy
// RUN: tenon run %s --reference --function=double --seed=2 --output=%t/other.npy
// RUN: not cmp %t/once.npy %t/other.npy

// What was written is what is expected.
// RUN: tenon run %s --reference --function=double --expect=%t/once.npy --expect=0=%t/once.npy --tolerance=0
// RUN: %exits-with 4 tenon run %s --reference --function=double --seed=2 --expect=%t/once.npy 2>&1 | FileCheck %s --check-prefix=DIFFERS
// DIFFERS: error: result 0 of @double differs from '{{.*}}once.npy': expected {{.*}} at [0, 0], got {{.*}}; 14 of 14 elements differ by more than {{.*}}, the largest difference is {{.*}} at [{{[0-9]}}, {{[01]}}]
// RUN: %exits-with 4 tenon run %s --reference --function=double --rows=3 --expect=%t/once.npy 2>&1 | FileCheck %s --check-prefix=SHAPES
// SHAPES: error: result 0 of @double differs from '{{.*}}once.npy': expected a tensor of 7x2xf32, got 3x2xf32

// --tokens runs one sequence from position 0 with empty states, all rows wanted.

// RUN: tenon run %s --reference --tokens=0,3,3 >%t.txt && tenon run %s --reference --tokens=0 >>%t.txt
// RUN: FileCheck %s <%t.txt

// The first row gives the same numbers alone and among three.
// CHECK: @step result 0: 3x4xf32 {{\[\[}}[[FIRST:[-0-9., ]+]]], [{{[-0-9., ]+}}], [{{[-0-9., ]+}}]]
// CHECK: @step result 1: 1x4x1x4xf32 {{.*}}nan, nan, nan, nan]]]]
// CHECK: @step result 0: 1x4xf32 {{\[\[}}[[FIRST]]]]

// RUN: %exits-with 3 tenon run %s --reference --tokens=1,9 2>&1 | FileCheck %s --check-prefix=VOCABULARY
// VOCABULARY: error: token 9 is outside of the vocabulary of 5
// RUN: %exits-with 3 tenon run %s --reference --function=other --tokens=1 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: 'func.func' op has argument 0 of type 'tensor<?x4xf32>', which is neither tokens, rows, wanted rows nor a state; give --input instead

// The weights of a checkpoint have to be those that the program names.
// RUN: %exits-with 3 tenon run %s --reference --tokens=0 --weights=%models/llama2-tiny 2>&1 | FileCheck %s --check-prefix=TENSOR
// TENSOR: error: the checkpoint has no tensor 'embed'; name the folder that the program was imported from
transformer.weight @embed : !transformer.weight<5x4xf32>
    from [#transformer.source<"model.safetensors"::"embed" : 5x4xf32>]
func.func @step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>,
                %state: !transformer.kv<1x4xf32>) -> (tensor<?x4xf32>, !transformer.kv<1x4xf32>) {
  %w = transformer.get_weight @embed : !transformer.weight<5x4xf32>
  %x = transformer.embedding %tokens, %w scale 1.0
      : tensor<?xi32>, !transformer.weight<5x4xf32> -> tensor<?x4xf32>
  %t = transformer.kv_append %state, %x, %x, %rows : !transformer.kv<1x4xf32>, tensor<?x4xf32>
  %a = transformer.attend %x, %t, %rows heads 1 scale 0.5 window 0 softcap 0.0
      : tensor<?x4xf32>, !transformer.kv<1x4xf32>
  %y = transformer.select_rows %a, %wanted : tensor<?x4xf32>, tensor<?xi32> -> tensor<?x4xf32>
  return %y, %t : tensor<?x4xf32>, !transformer.kv<1x4xf32>
}
func.func @other(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  return %x : tensor<?x4xf32>
}

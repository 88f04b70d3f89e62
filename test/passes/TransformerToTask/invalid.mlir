// RUN: tenon-opt %s -convert-transformer-to-task -split-input-file -verify-diagnostics

// What cannot become a phase or a step is refused with the reason.

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @chained_products(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x8xf32>) {
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    // expected-error@+1 {{depends on another product of its group; split the group}}
    %q = transformer.linear %p, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %q : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @two_inputs(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %r = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x8xf32>) {
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    // expected-error@+1 {{has another input than the products of its group}}
    %q = transformer.linear %r, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    %z = transformer.residual_add %p, %q scale 1.0 : tensor<?x8xf32>
    transformer.yield %z : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
func.func @not_packed(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x8xf32>) {
    // expected-error@+1 {{has a weight that is not packed; run pack-weights}}
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
transformer.weight @v : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"v" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 16>]
func.func @other_packing(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %v = transformer.get_weight @v : !transformer.weight<8x8xf32>
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x8xf32>) {
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    // expected-error@+1 {{differs in columns or packing from a product that it is combined with}}
    %q = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    %z = transformer.residual_add %p, %q scale 1.0 : tensor<?x8xf32>
    transformer.yield %z : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @cannot_follow(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x4xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x4xf32>) {
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    // expected-error@+1 {{cannot follow a product in one phase}}
    %a, %b = transformer.split %p : tensor<?x8xf32> -> tensor<?x4xf32>, tensor<?x4xf32>
    transformer.yield %a : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @n : !transformer.weight<64xf32> from [#transformer.source<"m"::"n" : 64xf32>]
transformer.weight @w : !transformer.weight<64x8xf32> from [#transformer.source<"m"::"w" : 64x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @too_narrow(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x64xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %n = transformer.get_weight @n : !transformer.weight<64xf32>
  %w = transformer.get_weight @w : !transformer.weight<64x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x64xf32>) {
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<64x8xf32> -> tensor<?x64xf32>
    // expected-error@+1 {{needs 64 columns in a tile, which holds 32}}
    %h = transformer.rms_norm %p, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x64xf32>, !transformer.weight<64xf32>
    transformer.yield %h : tensor<?x64xf32>
  }
  return %y : tensor<?x64xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @attention_with_product(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %kv: !transformer.kv<1x16xf32>)
    -> (tensor<?x16xf32>, !transformer.kv<1x16xf32>) attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %q = transformer.concat %x, %x : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x16xf32>
  %y = transformer.group "attend" -> (tensor<?x16xf32>) {
    // expected-error@+1 {{an attention is in a phase of its own}}
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    %a = transformer.attend %q, %kv, %rows heads 1 scale 1.0 window 0 softcap 0.0 : tensor<?x16xf32>, !transformer.kv<1x16xf32>
    transformer.yield %a : tensor<?x16xf32>
  }
  return %y, %kv : tensor<?x16xf32>, !transformer.kv<1x16xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @n : !transformer.weight<8xf32> from [#transformer.source<"m"::"n" : 8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
// expected-error@+1 {{expected tokens (tensor<?xi32>), embeddings (tensor<?xHxf32>) or both, rows, and wanted rows (tensor<?xi32>) as the first arguments of a step, and logits (tensor<?xVxf32>) as its first result}}
func.func @two_arguments(%tokens: tensor<?xi32>, %rows: !transformer.rows) -> tensor<?xi32> attributes {transformer.rows = 1 : i64} {
  return %tokens : tensor<?xi32>
}

// -----

// Embeddings are rows of f32.
// expected-error@+1 {{expected tokens (tensor<?xi32>), embeddings (tensor<?xHxf32>) or both, rows, and wanted rows (tensor<?xi32>) as the first arguments of a step, and logits (tensor<?xVxf32>) as its first result}}
func.func @embeddings(%x: tensor<?x8xbf16>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %kv: !transformer.kv<1x16xf32>)
    -> (tensor<?x8xbf16>, !transformer.kv<1x16xf32>) attributes {transformer.rows = 1 : i64} {
  return %x, %kv : tensor<?x8xbf16>, !transformer.kv<1x16xf32>
}

// -----

// expected-error@+1 {{expected tokens (tensor<?xi32>), embeddings (tensor<?xHxf32>) or both, rows, and wanted rows (tensor<?xi32>) as the first arguments of a step, and logits (tensor<?xVxf32>) as its first result}}
func.func @no_logits(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?xi32> attributes {transformer.rows = 1 : i64} {
  return %tokens : tensor<?xi32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func private @layer_4(%x: tensor<?x8xf32>) -> tensor<?x8xf32>
func.func @no_body(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  // expected-error@+1 {{the called function has no body here}}
  %y = call @layer_4(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// expected-error@+1 {{argument 3 of type 'tensor<?x8xf32>' has no form in the task stage; behind its rows and the wanted ones a step takes states only}}
func.func @argument_without_form(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %x: tensor<?x8xf32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %y = transformer.scale %x by 0.5 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @packed_for_products(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  // expected-error@+1 {{reads a weight that a product reads, too, and that is packed for it; declare the weight twice, with the same sources, and give each op its own}}
  %y = transformer.normalized_linear %x, %w eps 1.0e-12 : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @other_dialect(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  // expected-error@+1 {{has no form in the task stage, where an op is computed by its ReferenceInterface; express it by ops of the transformer dialect}}
  %i = index.constant 3
  %y = math.absf %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @sum_over_rows(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %all = tensor.empty() : tensor<8xf32>
  %none = linalg.fill ins(%zero : f32) outs(%all : tensor<8xf32>) -> tensor<8xf32>
  // expected-error@+1 {{has no form in the task stage, where each row is computed apart: its result is no tensor of rows, whose first size alone is dynamic; express it by ops of the transformer dialect}}
  %s = linalg.reduce { arith.addf } ins(%x : tensor<?x8xf32>) outs(%none : tensor<8xf32>) dimensions = [0]
  return %x : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @rows_by_rows(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %place = tensor.empty(%n) : tensor<?x8xf32>
  %scores = tensor.empty(%n) : tensor<?xf32>
  %none = linalg.fill ins(%zero : f32) outs(%scores : tensor<?xf32>) -> tensor<?xf32>
  // expected-error@+1 {{has no form in the task stage, where each row is computed apart: a row of its result depends on other rows; express it by ops of the transformer dialect}}
  %s = linalg.generic {indexing_maps = [affine_map<(r, q, c) -> (r, c)>, affine_map<(r, q, c) -> (q, c)>, affine_map<(r, q, c) -> (r)>],
      iterator_types = ["parallel", "reduction", "reduction"]}
      ins(%x, %x : tensor<?x8xf32>, tensor<?x8xf32>) outs(%none : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %p = arith.mulf %a, %b : f32
    %t = arith.addf %sum, %p : f32
    linalg.yield %t : f32
  } -> tensor<?xf32>
  return %x : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @number_of_a_row(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %place = tensor.empty(%n) : tensor<?x8xf32>
  // expected-error@+1 {{has no form in the task stage, where each row is computed apart: it reads the number of a row, which differs from step to step; express it by ops of the transformer dialect}}
  %y = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>], iterator_types = ["parallel", "parallel"]}
      outs(%place : tensor<?x8xf32>) {
  ^bb0(%out: f32):
    %r = linalg.index 0 : index
    %i = arith.index_cast %r : index to i32
    %f = arith.sitofp %i : i32 to f32
    linalg.yield %f : f32
  } -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @number_of_rows(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  // expected-error@+1 {{has no form in the task stage, where each row is computed apart: its result is no tensor of rows, whose first size alone is dynamic; express it by ops of the transformer dialect}}
  %i = arith.index_cast %n : index to i32
  return %x : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @other_rows(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %place = tensor.empty(%n) : tensor<?x8xf32>
  // expected-error@+1 {{has no form in the task stage, where each row is computed apart: it makes other rows of its rows; express it by ops of the transformer dialect}}
  %y = tensor.collapse_shape %x [[0, 1]] : tensor<?x8xf32> into tensor<?xf32>
  return %x : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @row_of_constants(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %table = arith.constant dense<1.0> : tensor<3x8xf32>
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %place = tensor.empty(%n) : tensor<?x8xf32>
  // expected-error@+1 {{has no form in the task stage, where each row is computed apart: a row of its result depends on other rows; express it by ops of the transformer dialect}}
  %y = linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r, c)>], iterator_types = ["parallel", "parallel"]}
      ins(%table : tensor<3x8xf32>) outs(%place : tensor<?x8xf32>) {
  ^bb0(%t: f32, %out: f32):
    linalg.yield %t : f32
  } -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @one_row(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  // An element of one row for all.
  // expected-error@+1 {{has no form in the task stage, where each row is computed apart: it is not known to compute each row apart; express it by ops of the transformer dialect}}
  %v = tensor.extract %x[%c0, %c0] : tensor<?x8xf32>
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %y = tensor.splat %v[%n] : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @unknown_op(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  // expected-error@+1 {{has no form in the task stage, where each row is computed apart: it is not known to compute each row apart; express it by ops of the transformer dialect}}
  %y = tensor.extract_slice %x[0, 0] [%n, 4] [1, 1] : tensor<?x8xf32> to tensor<?x4xf32>
  return %x : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @rows_of_two_kinds(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %c = transformer.select_rows %x, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  // expected-error@+1 {{reads all rows and the wanted ones, which are of another number; select the rows of each of its operands}}
  %y = arith.addf %x, %c : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @nothing_in_memory(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %place = tensor.empty(%n) : tensor<?x8xf32>
  // expected-error@+1 {{operand 1 of type 'tensor<?x8xf32>' is a constant or empty and has no memory in the task stage; make rows of it by linalg.broadcast, or read it by ops of arith, linalg, math and tensor only}}
  %y = transformer.residual_add %x, %place scale 1.0 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @size_of_a_row(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %c1 = arith.constant 1 : index
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  // expected-error@+1 {{has no form in the task stage, where each row is computed apart: it is not known to compute each row apart; express it by ops of the transformer dialect}}
  %n = tensor.dim %x, %c1 : tensor<?x8xf32>
  return %x : tensor<?x8xf32>
}

// -----

// A transpose that is no step of a recipe has no place in a step.
transformer.weight @turned : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
func.func @step_1(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 1} {
  %w = transformer.get_weight @turned : !transformer.weight<8x8xf32>
  // expected-error@+1 {{makes a weight while the step runs; run fold-weight-transposes}}
  %t = transformer.transpose %w : !transformer.weight<8x8xf32> -> !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %t scale 1.0 : tensor<?xi32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  return %x : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @c : !transformer.weight<8x1x4xf32> from [#transformer.source<"m"::"c" : 8x1x4xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @state_before_product(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %tail: !transformer.conv_tail<8x3xf32>)
    -> (tensor<?x8xf32>, !transformer.conv_tail<8x3xf32>) attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %c = transformer.get_weight @c : !transformer.weight<8x1x4xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y, %s = transformer.group "linear" -> (tensor<?x8xf32>, !transformer.conv_tail<8x3xf32>) {
    // expected-error@+1 {{cannot come before a product in one phase, where every worker would compute it; leave it out of the group}}
    %t, %z = transformer.causal_conv %tail, %x, %c, %rows : !transformer.conv_tail<8x3xf32>, tensor<?x8xf32>, !transformer.weight<8x1x4xf32>
    %p = transformer.linear %z, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p, %t : tensor<?x8xf32>, !transformer.conv_tail<8x3xf32>
  }
  return %y, %s : tensor<?x8xf32>, !transformer.conv_tail<8x3xf32>
}

// -----

transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @packed_table_before_product(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %y = transformer.group "linear" -> (tensor<?x8xf32>) {
    // expected-error@+1 {{reads a weight that a product reads, too, and that is packed for it; declare the weight twice, with the same sources, and give each op its own}}
    %x = transformer.embedding %tokens, %w scale 1.0 : tensor<?xi32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// -----

transformer.weight @e : !transformer.weight<5x4xf32> from [#transformer.source<"m"::"e" : 5x4xf32>]
transformer.weight @w : !transformer.weight<8x1xf32> from [#transformer.source<"m"::"w" : 8x1xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @packed_table_of_biases(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %kv: !transformer.kv<1x4xf32>)
    -> (tensor<?x4xf32>, !transformer.kv<1x4xf32>) attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x4xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x1xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x4xf32> -> tensor<?x4xf32>
  // expected-error@+1 {{reads a weight that a product reads, too, and that is packed for it; declare the weight twice, with the same sources, and give each op its own}}
  %y = transformer.attend %x, %kv, %rows heads 1 scale 1.0 window 0 softcap 0.0
      relative %w : !transformer.weight<8x1xf32> max_distance 20 : tensor<?x4xf32>, !transformer.kv<1x4xf32>
  return %y, %kv : tensor<?x4xf32>, !transformer.kv<1x4xf32>
}

// -----

func.func private @endless_4(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{'endless_4' calls itself; a step has no recursion}}
  %y = call @endless_4(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @recursion(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = call @endless_4(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// A turn that selects rows cannot be followed by one that gets them.
func.func private @select_4(%x: tensor<?x8xf32>, %wanted: tensor<?xi32>) -> tensor<?x8xf32> {
  %y = transformer.select_rows %x, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @rows_differ(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  // expected-error@+1 {{result 0 of 'select_4' and argument 0, which gets it in the next call, differ in their rows: the wanted ones or all; select the rows outside the function}}
  %a = call @select_4(%x, %wanted) : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  %y = call @select_4(%a, %wanted) : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// One case for each constraint of docs/spec/transformer.md, named for it.

// expected-error@+1 {{expected elements of an integer or float type, got 'index'}}
transformer.weight @weight_elements : !transformer.weight<4x8xindex> from []

// -----

// expected-error@+1 {{expected positive sizes, got 0}}
transformer.weight @weight_size : !transformer.weight<4x0xf32> from []

// -----

// expected-error@+1 {{expected fewer than 2^63 bits, got sizes 4294967296, 4294967296 of 'f32'}}
transformer.weight @weight_bits : !transformer.weight<4294967296x4294967296xf32> from []

// -----

transformer.weight @source_elements : !transformer.weight<4x8xf32>
    // expected-error@+1 {{expected elements of an integer or float type, got '!transformer.rows'}}
    from [#transformer.source<"m"::"a" : 4x8x!transformer.rows>]

// -----

// expected-error@+1 {{expected at least one source}}
transformer.weight @weight_c1 : !transformer.weight<4x8xf32> from []

// -----

// expected-error@+1 {{expected concat_rows as the first step of a recipe with 2 sources}}
transformer.weight @weight_c1_two : !transformer.weight<8x8xf32>
    from [#transformer.source<"m"::"a" : 4x8xf32>, #transformer.source<"m"::"b" : 4x8xf32>]

// -----

// expected-error@+1 {{expected sources, got 1}}
transformer.weight @weight_c1_kind : !transformer.weight<4x8xf32> from [1]

// -----

// expected-error@+1 {{expected sources of element type 'f32'}}
transformer.weight @weight_c2 : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"a" : 4x8xbf16>]

// -----

// expected-error@+1 {{does not fit into '!transformer.weight<4x8xf32>'}}
transformer.weight @weight_c2_columns : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"a"
    : 8x4xf32>]

// -----

// expected-error@+1 {{expected sources of 8 rows in all, got 6}}
transformer.weight @weight_c2_rows : !transformer.weight<8x8xf32>
    from [#transformer.source<"m"::"a" : 4x8xf32>, #transformer.source<"m"::"b" : 2x8xf32>]
    recipe [#transformer.concat_rows]

// -----

// expected-error@+1 {{expected sources of 3 rows in all, got 2}}
transformer.weight @weight_c2_stacked : !transformer.weight<3x4x8xf32>
    from [#transformer.source<"m"::"a" : 4x8xf32>, #transformer.source<"m"::"b" : 4x8xf32>]
    recipe [#transformer.concat_rows]

// -----

// expected-error@+1 {{expected steps of a recipe, got "squeeze"; load the plug-in that defines it}}
transformer.weight @weight_c3_unknown : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"a" : 4x8xf32>]
    recipe ["squeeze"]

// -----

// expected-error@+1 {{expected #transformer.pack<lanes 16, columns 1, multiple 1, group 4> as the last step of the recipe}}
transformer.weight @weight_c3_layout : !transformer.weight<8x4xf32> from [#transformer.source<"m"::"a" : 4x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 4>, #transformer.transpose]

// -----

// expected-error@+1 {{transpose takes a matrix, got 4x2x4xf32; reshape it first}}
transformer.weight @weight_c3_matrix : !transformer.weight<8x4xf32> from [#transformer.source<"m"::"a" : 4x2x4xf32>]
    recipe [#transformer.transpose]

// -----

// expected-error@+1 {{reshape keeps the number of elements, got 4x8xf32 for 4x9xf32}}
transformer.weight @weight_c3_reshape : !transformer.weight<4x9xf32> from [#transformer.source<"m"::"a" : 4x8xf32>]
    recipe [#transformer.reshape<[4, 9]>]

// -----

// expected-error@+1 {{slice_rows takes whole periods of 3 rows, got 4x8xf32}}
transformer.weight @weight_c3_periods : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"a" : 4x8xf32>]
    recipe [#transformer.slice_rows<first 0, count 1, every 3>]

// -----

// expected-error@+1 {{slice_rows takes rows inside of each period, got 2 from row 1 of every 2}}
transformer.weight @weight_c3_slice : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"a" : 4x8xf32>]
    recipe [#transformer.slice_rows<first 1, count 2, every 2>]

// -----

// expected-error@+1 {{expected a recipe that makes '!transformer.weight<4x8xf32>', got 'tensor<2x8xf32>'}}
transformer.weight @weight_c3_made : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"a" : 4x8xf32>]
    recipe [#transformer.slice_rows<first 0, count 1, every 2>]

// -----

// expected-error@+1 {{to_f32 takes floats that f32 holds exactly, got 4x8xf64}}
transformer.weight @weight_c3_f64 : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"a" : 4x8xf64>]
    recipe [#transformer.to_f32]

// -----

// expected-error@+1 {{pack takes positive sizes and a multiple of its columns, got #transformer.pack<lanes 16, columns 2, multiple 1, group 4>}}
transformer.weight @weight_c3_pack : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"a" : 4x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 2, multiple 1, group 4>]

// -----

// expected-error@+1 {{transpose takes one tensor, got 2; join them by concat_rows}}
transformer.weight @weight_c3_several : !transformer.weight<8x8xf32>
    from [#transformer.source<"m"::"a" : 4x8xf32>, #transformer.source<"m"::"b" : 4x8xf32>]
    recipe [#transformer.transpose]

// -----

// expected-error@+1 {{concat_rows takes tensors of one element type, got 4x8xf32 and 4x8xbf16}}
transformer.weight @weight_c3_types : !transformer.weight<8x8xf32>
    from [#transformer.source<"m"::"a" : 4x8xf32>, #transformer.source<"m"::"b" : 4x8xbf16>]
    recipe [#transformer.concat_rows]

// -----

// expected-error@+2 {{expected positive sizes, got 0}}
transformer.weight @source_size : !transformer.weight<4x8xf32>
    from [#transformer.source<"m"::"a" : 0x8xf32>]

// -----

func.func @get_weight_c1() {
  // expected-error@+1 {{no weight is named @missing}}
  %w = transformer.get_weight @missing : !transformer.weight<4x8xf32>
  return
}

// -----

transformer.weight @w : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"a" : 4x8xf32>]
func.func @get_weight_c1_type() {
  // expected-error@+1 {{expected type '!transformer.weight<4x8xf32>' of @w}}
  %w = transformer.get_weight @w : !transformer.weight<4x8xbf16>
  return
}

// -----

func.func @transpose_c1(%w: !transformer.weight<8x4xf32>) {
  // expected-error@+1 {{expected a matrix and its turned shape, got '!transformer.weight<8x4xf32>' and '!transformer.weight<8x4xf32>'}}
  %t = transformer.transpose %w : !transformer.weight<8x4xf32> -> !transformer.weight<8x4xf32>
  return
}

// -----

func.func @embedding_c1(%t: tensor<?xi32>, %w: !transformer.weight<9x7xf32>) {
  // expected-error@+1 {{expected a table of 8 columns}}
  %x = transformer.embedding %t, %w scale 1.0 : tensor<?xi32>, !transformer.weight<9x7xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @embedding_c2(%t: tensor<?xi32>, %w: !transformer.weight<9x8xf32>) {
  // expected-error@+1 {{expected a finite, non-zero scale}}
  %x = transformer.embedding %t, %w scale 0.0 : tensor<?xi32>, !transformer.weight<9x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @embedding_c3(%t: tensor<?xi32>, %w: !transformer.weight<9x8xf32>, %x: tensor<?x7xf32>) {
  // expected-error@+1 {{expected given rows of 8 columns, got 7}}
  %y = transformer.embedding %t, %w given %x scale 1.0 : tensor<?xi32>, !transformer.weight<9x8xf32>, tensor<?x7xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @select_rows_c1(%x: tensor<?x8xf32>, %i: tensor<?xi32>) {
  // expected-error@+1 {{expected 8 columns, got 7}}
  %y = transformer.select_rows %x, %i : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x7xf32>
  return
}

// -----

func.func @position_embedding_c1(%r: !transformer.rows, %w: !transformer.weight<9x7xf32>) {
  // expected-error@+1 {{expected a table of 8 columns}}
  %y = transformer.position_embedding %r, %w offset 0 : !transformer.weight<9x7xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @position_embedding_c2(%r: !transformer.rows, %w: !transformer.weight<9x8xf32>) {
  // expected-error@+1 {{expected an offset inside the 9 rows of the table, got 9}}
  %y = transformer.position_embedding %r, %w offset 9 : !transformer.weight<9x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @replace_rows_c1(%x: tensor<?x8xf32>, %p: tensor<?x7xf32>, %i: tensor<?xi32>) {
  // expected-error@+1 {{expected a replacement of 8 columns, got 7}}
  %y = transformer.replace_rows %x, %p, %i : tensor<?x8xf32>, tensor<?x7xf32>, tensor<?xi32>
  return
}

// -----

func.func @pool_c1(%x: tensor<?x8xf32>, %r: !transformer.rows, %i: tensor<?xi32>) {
  // expected-error@+1 {{expected a result of 8 columns, got 7}}
  %y = transformer.pool max %x, %r, %i : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x7xf32>
  return
}

// -----

func.func @linear_c1(%x: tensor<?x8xf32>, %w: !transformer.weight<4x7xf32>) {
  // expected-error@+1 {{expected a weight of shape [4, 8]}}
  %y = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<4x7xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c2(%x: tensor<?x8xf32>, %w: !transformer.weight<4x8xf32>, %b: !transformer.weight<5xf32>) {
  // expected-error@+1 {{expected a bias of shape [4]}}
  %y = transformer.linear %x, %w bias %b
      : tensor<?x8xf32>, !transformer.weight<4x8xf32>, !transformer.weight<5xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @normalized_linear_c1(%x: tensor<?x8xf32>, %w: !transformer.weight<4x7xf32>) {
  // expected-error@+1 {{expected a weight of shape [4, 8]}}
  %y = transformer.normalized_linear %x, %w eps 0.0
      : tensor<?x8xf32>, !transformer.weight<4x7xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @normalized_linear_c2(%x: tensor<?x8xf32>, %w: !transformer.weight<4x8xf32>) {
  // expected-error@+1 {{expected a finite eps that is not negative}}
  %y = transformer.normalized_linear %x, %w eps -1.0
      : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @convolution_c1(%x: tensor<?x8xf32>, %i: !transformer.rows, %o: !transformer.rows,
    %w: !transformer.weight<4x7x3xf32>) {
  // expected-error@+1 {{expected a weight of shape [4, 8, kernel]}}
  %y = transformer.convolution %x, %i, %o, %w stride 1 padding 1
      : tensor<?x8xf32>, !transformer.weight<4x7x3xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @convolution_c2(%x: tensor<?x8xf32>, %i: !transformer.rows, %o: !transformer.rows,
    %w: !transformer.weight<4x8x3xf32>, %b: !transformer.weight<3xf32>) {
  // expected-error@+1 {{expected a bias of shape [4]}}
  %y = transformer.convolution %x, %i, %o, %w bias %b : !transformer.weight<3xf32> stride 1 padding 1
      : tensor<?x8xf32>, !transformer.weight<4x8x3xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @convolution_c3(%x: tensor<?x8xf32>, %i: !transformer.rows, %o: !transformer.rows,
    %w: !transformer.weight<4x8x3xf32>) {
  // expected-error@+1 {{expected a positive stride and a padding less than the kernel of 3, got 0 and 1}}
  %y = transformer.convolution %x, %i, %o, %w stride 0 padding 1
      : tensor<?x8xf32>, !transformer.weight<4x8x3xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @rms_norm_c1(%x: tensor<?x8xf32>, %w: !transformer.weight<8xf32>) {
  // expected-error@+1 {{expected groups that divide 8 columns, got 3}}
  %y = transformer.rms_norm %x, %w eps 0.0 groups 3 offset 0.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
  return
}

// -----

func.func @rms_norm_c2(%x: tensor<?x8xf32>, %w: !transformer.weight<8xf32>) {
  // expected-error@+1 {{expected a weight of shape [4]}}
  %y = transformer.rms_norm %x, %w eps 0.0 groups 2 offset 0.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
  return
}

// -----

func.func @rms_norm_c3(%x: tensor<?x8xf32>, %w: !transformer.weight<8xf32>) {
  // expected-error@+1 {{expected a finite eps that is not negative}}
  %y = transformer.rms_norm %x, %w eps -1.0 groups 1 offset 0.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
  return
}

// -----

func.func @layer_norm_c1(%x: tensor<?x8xf32>, %w: !transformer.weight<8xf32>, %b: !transformer.weight<7xf32>) {
  // expected-error@+1 {{expected a weight and a bias of 8 elements}}
  %y = transformer.layer_norm %x, %w bias %b eps 0.0
      : tensor<?x8xf32>, !transformer.weight<8xf32>, !transformer.weight<7xf32>
  return
}

// -----

func.func @layer_norm_c2(%x: tensor<?x8xf32>, %w: !transformer.weight<8xf32>) {
  // expected-error@+1 {{expected a finite eps that is not negative}}
  %y = transformer.layer_norm %x, %w eps -1.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
  return
}

// -----

func.func @l2_norm_c1(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected groups that divide 8 columns, got 3}}
  %y = transformer.l2_norm %x eps 0.0 groups 3 scale 1.0 : tensor<?x8xf32>
  return
}

// -----

func.func @l2_norm_c2(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a finite eps that is not negative}}
  %y = transformer.l2_norm %x eps -1.0 groups 2 scale 1.0 : tensor<?x8xf32>
  return
}

// -----

func.func @l2_norm_c3(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a finite, non-zero scale}}
  %y = transformer.l2_norm %x eps 0.0 groups 2 scale 0.0 : tensor<?x8xf32>
  return
}

// -----

func.func @rotary_table_c1(%r: !transformer.rows) {
  // expected-error@+1 {{expected 2 frequencies, got 1}}
  %c, %s = transformer.rotary_table %r frequencies [1.0] factor 1.0 : tensor<?x2xf32>
  return
}

// -----

func.func @rotary_table_c2(%r: !transformer.rows) {
  // expected-error@+1 {{expected finite frequencies and a finite, non-zero factor}}
  %c, %s = transformer.rotary_table %r frequencies [1.0, 0.5] factor 0.0 : tensor<?x2xf32>
  return
}

// -----

func.func @rotary_table_c3(%r: !transformer.rows) {
  // expected-error@+1 {{expected an axis for each of the 2 frequencies, from 0 to 15}}
  %c, %s = transformer.rotary_table %r frequencies [1.0, 0.5] factor 1.0 axes [0, -1] : tensor<?x2xf32>
  return
}

// -----

func.func @rope_c1(%x: tensor<?x8xf32>, %c: tensor<?x2xf32>, %s: tensor<?x2xf32>) {
  // expected-error@+1 {{expected a head_dim that divides 8 columns, got 5}}
  %y = transformer.rope %x, %c, %s halves head_dim 5 : tensor<?x8xf32>, tensor<?x2xf32>
  return
}

// -----

func.func @rope_c2(%x: tensor<?x8xf32>, %c: tensor<?x2xf32>, %s: tensor<?x2xf32>) {
  // expected-error@+1 {{expected at most 1 angles for a head of 2 components, got 2}}
  %y = transformer.rope %x, %c, %s halves head_dim 2 : tensor<?x8xf32>, tensor<?x2xf32>
  return
}

// -----

func.func @logn_scale_c1(%x: tensor<?x8xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected a length greater than 1, got 1}}
  %y = transformer.logn_scale %x, %r length 1 : tensor<?x8xf32>
  return
}

// -----

func.func @kv_append_c1(%s: !transformer.kv<2x4xf32>, %k: tensor<?x7xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected keys and values of 8 columns, got 7}}
  %t = transformer.kv_append %s, %k, %k, %r : !transformer.kv<2x4xf32>, tensor<?x7xf32>
  return
}

// -----

func.func @kv_append_c2(%s: !transformer.kv<2x4xf32>, %k: tensor<?x8xf32>, %r: !transformer.rows)
    -> !transformer.kv<2x4xf32> {
  // expected-error@+1 {{expected a state that is used once and replaced by one of its type}}
  %t = transformer.kv_append %s, %k, %k, %r : !transformer.kv<2x4xf32>, tensor<?x8xf32>
  return %s : !transformer.kv<2x4xf32>
}

// -----

func.func @attend_c1(%q: tensor<?x16xf32>, %s: !transformer.kv<2x4xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected a multiple of 2 heads of 4 components, got 3 heads in 16 columns}}
  %y = transformer.attend %q, %s, %r heads 3 scale 1.0 window 0 softcap 0.0
      : tensor<?x16xf32>, !transformer.kv<2x4xf32>
  return
}

// -----

func.func @attend_c2(%q: tensor<?x16xf32>, %s: !transformer.kv<2x4xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected a finite scale, and a window and softcap that are not negative}}
  %y = transformer.attend %q, %s, %r heads 4 scale 1.0 window -1 softcap 0.0
      : tensor<?x16xf32>, !transformer.kv<2x4xf32>
  return
}

// -----

func.func @attend_c3(%q: tensor<?x16xf32>, %s: !transformer.kv<2x4xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected one sink and one slope for each of 4 heads}}
  %y = transformer.attend %q, %s, %r heads 4 scale 1.0 window 0 softcap 0.0 slopes [1.0]
      : tensor<?x16xf32>, !transformer.kv<2x4xf32>
  return
}

// -----

func.func @attend_c3_sinks(%q: tensor<?x16xf32>, %s: !transformer.kv<2x4xf32>, %r: !transformer.rows,
    %b: !transformer.weight<3xf32>) {
  // expected-error@+1 {{expected one sink and one slope for each of 4 heads}}
  %y = transformer.attend %q, %s, %r sinks %b
      : !transformer.weight<3xf32> heads 4 scale 1.0 window 0 softcap 0.0
      : tensor<?x16xf32>, !transformer.kv<2x4xf32>
  return
}

// -----

func.func @attend_c4(%q: tensor<?x16xf32>, %s: !transformer.kv<2x4xf32>, %r: !transformer.rows,
    %b: !transformer.weight<5x4xf32>) {
  // expected-error@+1 {{expected a relative bias of an even number of buckets and 4 heads}}
  %y = transformer.attend %q, %s, %r heads 4 scale 1.0 window 0 softcap 0.0 relative %b
      : !transformer.weight<5x4xf32> max_distance 9 : tensor<?x16xf32>, !transformer.kv<2x4xf32>
  return
}

// -----

func.func @attend_rows_c1(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected heads of one size, got 4 heads in 16 columns and 4 kv_heads in 8}}
  %y = transformer.attend_rows %q, %k, %k, %r heads 4 kv_heads 4 scale 1.0 window 0 softcap 0.0
      : tensor<?x16xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_rows_c2(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected a finite scale, and a window and softcap that are not negative}}
  %y = transformer.attend_rows %q, %k, %k, %r heads 4 kv_heads 2 scale 1.0 window 0 softcap -1.0
      : tensor<?x16xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_rows_c3(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected one slope for each of 4 heads}}
  %y = transformer.attend_rows %q, %k, %k, %r heads 4 kv_heads 2 scale 1.0 window 0 softcap 0.0 slopes [1.0]
      : tensor<?x16xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @attend_rows_c4(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %r: !transformer.rows,
    %b: !transformer.weight<6x4xf32>) {
  // expected-error@+1 {{expected a relative bias of a multiple of 4 buckets and 4 heads}}
  %y = transformer.attend_rows %q, %k, %k, %r heads 4 kv_heads 2 scale 1.0 window 0 softcap 0.0 relative %b
      : !transformer.weight<6x4xf32> max_distance 9 : tensor<?x16xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @cross_write_c1(%s: !transformer.cross<2x4xf32>, %k: tensor<?x7xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected keys and values of 8 columns, got 7}}
  %t = transformer.cross_write %s, %k, %k, %r : !transformer.cross<2x4xf32>, tensor<?x7xf32>
  return
}

// -----

func.func @cross_write_c2(%s: !transformer.cross<2x4xf32>, %k: tensor<?x8xf32>, %r: !transformer.rows)
    -> !transformer.cross<2x4xf32> {
  // expected-error@+1 {{expected a state that is used once and replaced by one of its type}}
  %t = transformer.cross_write %s, %k, %k, %r : !transformer.cross<2x4xf32>, tensor<?x8xf32>
  return %s : !transformer.cross<2x4xf32>
}

// -----

func.func @cross_attend_c1(%q: tensor<?x16xf32>, %s: !transformer.cross<2x4xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected a multiple of 2 heads of 4 components, got 3 heads in 16 columns}}
  %y = transformer.cross_attend %q, %s, %r heads 3 scale 1.0 : tensor<?x16xf32>, !transformer.cross<2x4xf32>
  return
}

// -----

func.func @cross_attend_c2(%q: tensor<?x16xf32>, %s: !transformer.cross<2x4xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected a finite scale}}
  %y = transformer.cross_attend %q, %s, %r heads 4 scale 0x7F800000
      : tensor<?x16xf32>, !transformer.cross<2x4xf32>
  return
}

// -----

func.func @latent_append_c1(%s: !transformer.latent<6x2xf32>, %c: tensor<?x6xf32>, %k: tensor<?x3xf32>,
    %r: !transformer.rows) {
  // expected-error@+1 {{expected latents of 6 and keys of 2 columns, got 6 and 3}}
  %t = transformer.latent_append %s, %c, %k, %r : !transformer.latent<6x2xf32>, tensor<?x6xf32>, tensor<?x3xf32>
  return
}

// -----

func.func @latent_append_c2(%s: !transformer.latent<6x2xf32>, %c: tensor<?x6xf32>, %k: tensor<?x2xf32>,
    %r: !transformer.rows) -> !transformer.latent<6x2xf32> {
  // expected-error@+1 {{expected a state that is used once and replaced by one of its type}}
  %t = transformer.latent_append %s, %c, %k, %r : !transformer.latent<6x2xf32>, tensor<?x6xf32>, tensor<?x2xf32>
  return %s : !transformer.latent<6x2xf32>
}

// -----

func.func @latent_attend_c1(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>, %s: !transformer.latent<6x2xf32>,
    %r: !transformer.rows,
    %w: !transformer.weight<21x6xf32>) {
  // expected-error@+1 {{expected a query and a result of 3 equal heads, got 12 and 10 columns}}
  %y = transformer.latent_attend %q, %p, %s, %r, %w heads 3 scale 1.0
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<6x2xf32>, !transformer.weight<21x6xf32>
      -> tensor<?x10xf32>
  return
}

// -----

func.func @latent_attend_c2(%q: tensor<?x12xf32>, %p: tensor<?x7xf32>, %s: !transformer.latent<6x2xf32>,
    %r: !transformer.rows,
    %w: !transformer.weight<21x6xf32>) {
  // expected-error@+1 {{expected query_rope of 3 heads of 2 components, got 7 columns}}
  %y = transformer.latent_attend %q, %p, %s, %r, %w heads 3 scale 1.0
      : tensor<?x12xf32>, tensor<?x7xf32>, !transformer.latent<6x2xf32>, !transformer.weight<21x6xf32>
      -> tensor<?x9xf32>
  return
}

// -----

func.func @latent_attend_c3(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>, %s: !transformer.latent<6x2xf32>,
    %r: !transformer.rows,
    %w: !transformer.weight<21x5xf32>) {
  // expected-error@+1 {{expected a weight of shape [21, 6]}}
  %y = transformer.latent_attend %q, %p, %s, %r, %w heads 3 scale 1.0
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<6x2xf32>, !transformer.weight<21x5xf32>
      -> tensor<?x9xf32>
  return
}

// -----

func.func @latent_attend_c4(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>, %s: !transformer.latent<6x2xf32>,
    %r: !transformer.rows,
    %w: !transformer.weight<21x6xf32>) {
  // expected-error@+1 {{expected a finite scale}}
  %y = transformer.latent_attend %q, %p, %s, %r, %w heads 3 scale 0x7FC00000
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<6x2xf32>, !transformer.weight<21x6xf32>
      -> tensor<?x9xf32>
  return
}

// -----

func.func @latent_attend_absorbed_c1(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>,
    %s: !transformer.latent<6x2xf32>, %r: !transformer.rows,
    %k: !transformer.weight<3x4x6xf32>, %v: !transformer.weight<3x3x6xf32>) {
  // expected-error@+1 {{expected a query and a result of 3 equal heads, got 12 and 10 columns}}
  %y = transformer.latent_attend_absorbed %q, %p, %s, %r, %k, %v heads 3 scale 1.0
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<6x2xf32>, !transformer.weight<3x4x6xf32>,
      !transformer.weight<3x3x6xf32> -> tensor<?x10xf32>
  return
}

// -----

func.func @latent_attend_absorbed_c2(%q: tensor<?x12xf32>, %p: tensor<?x7xf32>,
    %s: !transformer.latent<6x2xf32>, %r: !transformer.rows,
    %k: !transformer.weight<3x4x6xf32>, %v: !transformer.weight<3x3x6xf32>) {
  // expected-error@+1 {{expected query_rope of 3 heads of 2 components, got 7 columns}}
  %y = transformer.latent_attend_absorbed %q, %p, %s, %r, %k, %v heads 3 scale 1.0
      : tensor<?x12xf32>, tensor<?x7xf32>, !transformer.latent<6x2xf32>, !transformer.weight<3x4x6xf32>,
      !transformer.weight<3x3x6xf32> -> tensor<?x9xf32>
  return
}

// -----

func.func @latent_attend_absorbed_c3(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>,
    %s: !transformer.latent<6x2xf32>, %r: !transformer.rows,
    %k: !transformer.weight<3x4x6xf32>, %v: !transformer.weight<3x3x5xf32>) {
  // expected-error@+1 {{expected weights of shapes [3, 4, 6] and [3, 3, 6]}}
  %y = transformer.latent_attend_absorbed %q, %p, %s, %r, %k, %v heads 3 scale 1.0
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<6x2xf32>, !transformer.weight<3x4x6xf32>,
      !transformer.weight<3x3x5xf32> -> tensor<?x9xf32>
  return
}

// -----

func.func @latent_attend_absorbed_c4(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>,
    %s: !transformer.latent<6x2xf32>, %r: !transformer.rows,
    %k: !transformer.weight<3x4x6xf32>, %v: !transformer.weight<3x3x6xf32>) {
  // expected-error@+1 {{expected a finite scale}}
  %y = transformer.latent_attend_absorbed %q, %p, %s, %r, %k, %v heads 3 scale 0x7FC00000
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<6x2xf32>, !transformer.weight<3x4x6xf32>,
      !transformer.weight<3x3x6xf32> -> tensor<?x9xf32>
  return
}

// -----

func.func @causal_conv_c1(%s: !transformer.conv_tail<8x3xf32>, %x: tensor<?x8xf32>,
    %w: !transformer.weight<8x2x4xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected a weight of shape [8, 1, kernel]}}
  %t, %y = transformer.causal_conv %s, %x, %w, %r
      : !transformer.conv_tail<8x3xf32>, tensor<?x8xf32>, !transformer.weight<8x2x4xf32>
  return
}

// -----

func.func @causal_conv_c2(%s: !transformer.conv_tail<8x3xf32>, %x: tensor<?x8xf32>,
    %w: !transformer.weight<8x1x5xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected a state of 8 channels and 4 inputs}}
  %t, %y = transformer.causal_conv %s, %x, %w, %r
      : !transformer.conv_tail<8x3xf32>, tensor<?x8xf32>, !transformer.weight<8x1x5xf32>
  return
}

// -----

func.func @causal_conv_c3(%s: !transformer.conv_tail<8x3xf32>, %x: tensor<?x8xf32>,
    %w: !transformer.weight<8x1x4xf32>, %r: !transformer.rows) -> !transformer.conv_tail<8x3xf32> {
  // expected-error@+1 {{expected a state that is used once and replaced by one of its type}}
  %t, %y = transformer.causal_conv %s, %x, %w, %r
      : !transformer.conv_tail<8x3xf32>, tensor<?x8xf32>, !transformer.weight<8x1x4xf32>
  return %s : !transformer.conv_tail<8x3xf32>
}

// -----

func.func @log_decay_c1(%x: tensor<?x8xf32>, %a: !transformer.weight<8xf32>, %b: !transformer.weight<7xf32>) {
  // expected-error@+1 {{expected a rate and a bias of 8 elements}}
  %y = transformer.log_decay %x, %a, %b
      : tensor<?x8xf32>, !transformer.weight<8xf32>, !transformer.weight<7xf32>
  return
}

// -----

func.func @gated_delta_c1(%s: !transformer.recurrent<4x3x2xf32>, %q: tensor<?x9xf32>, %v: tensor<?x8xf32>,
    %g: tensor<?x4xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected queries and values of the heads of}}
  %t, %y = transformer.gated_delta %s, %q, %q, %v, %g, %g, %r
      : !transformer.recurrent<4x3x2xf32>, tensor<?x9xf32>, tensor<?x8xf32>, tensor<?x4xf32>
  return
}

// -----

func.func @gated_delta_c2(%s: !transformer.recurrent<4x3x2xf32>, %q: tensor<?x6xf32>, %v: tensor<?x8xf32>,
    %g: tensor<?x3xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected log_decay and beta of 4 columns, got 3}}
  %t, %y = transformer.gated_delta %s, %q, %q, %v, %g, %g, %r
      : !transformer.recurrent<4x3x2xf32>, tensor<?x6xf32>, tensor<?x8xf32>, tensor<?x3xf32>
  return
}

// -----

func.func @gated_delta_c3(%s: !transformer.recurrent<4x3x2xbf16>, %q: tensor<?x6xf32>, %v: tensor<?x8xf32>,
    %g: tensor<?x4xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected an f32 state that is used once and replaced by one of its type}}
  %t, %y = transformer.gated_delta %s, %q, %q, %v, %g, %g, %r
      : !transformer.recurrent<4x3x2xbf16>, tensor<?x6xf32>, tensor<?x8xf32>, tensor<?x4xf32>
  return
}

// -----

func.func @lightning_attend_c1(%s: !transformer.recurrent<4x3x2xf32>, %q: tensor<?x6xf32>, %v: tensor<?x8xf32>,
    %r: !transformer.rows) {
  // expected-error@+1 {{expected queries and values of the heads of}}
  %t, %y = transformer.lightning_attend %s, %q, %q, %v, %r slopes [1.0, 0.5, 0.25, 0.125]
      : !transformer.recurrent<4x3x2xf32>, tensor<?x6xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @lightning_attend_c2(%s: !transformer.recurrent<4x3x2xf32>, %q: tensor<?x12xf32>,
    %v: tensor<?x8xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected a finite slope for each of 4 heads, got 1}}
  %t, %y = transformer.lightning_attend %s, %q, %q, %v, %r slopes [1.0]
      : !transformer.recurrent<4x3x2xf32>, tensor<?x12xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @lightning_attend_c3(%s: !transformer.recurrent<4x3x2xbf16>, %q: tensor<?x12xf32>,
    %v: tensor<?x8xf32>, %r: !transformer.rows) {
  // expected-error@+1 {{expected an f32 state that is used once and replaced by one of its type}}
  %t, %y = transformer.lightning_attend %s, %q, %q, %v, %r slopes [1.0, 0.5, 0.25, 0.125]
      : !transformer.recurrent<4x3x2xbf16>, tensor<?x12xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @route_c1(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected indices and weights of at most 8 columns, got 9 and 9}}
  %i, %w = transformer.route sigmoid %x scale 1.0 : tensor<?x8xf32> -> tensor<?x9xi32>, tensor<?x9xf32>
  return
}

// -----

func.func @route_c1_groups(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected indices and weights of at most 2 columns, got 3 and 3}}
  %i, %w = transformer.route sigmoid %x groups 4 keep 1 by best scale 1.0
      : tensor<?x8xf32> -> tensor<?x3xi32>, tensor<?x3xf32>
  return
}

// -----

func.func @route_c2(%x: tensor<?x8xf32>, %c: !transformer.weight<7xf32>) {
  // expected-error@+1 {{expected a correction of 8 elements}}
  %i, %w = transformer.route sigmoid %x correction %c : !transformer.weight<7xf32> scale 1.0
      : tensor<?x8xf32> -> tensor<?x2xi32>, tensor<?x2xf32>
  return
}

// -----

func.func @route_c3(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected groups that divide 8 experts into at least 2 each, and keep of them, got 8 and 2}}
  %i, %w = transformer.route sigmoid %x groups 8 keep 2 by best_two scale 1.0
      : tensor<?x8xf32> -> tensor<?x2xi32>, tensor<?x2xf32>
  return
}

// -----

func.func @route_c4(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a finite, non-zero scale}}
  %i, %w = transformer.route sigmoid %x scale 0.0 : tensor<?x8xf32> -> tensor<?x2xi32>, tensor<?x2xf32>
  return
}

// -----

func.func @experts_c1(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>,
    %g: !transformer.weight<4x6x8xf32>, %d: !transformer.weight<4x6x8xf32>) {
  // expected-error@+1 {{expected experts of shapes [experts, inner, 8] and [experts, 8, inner]}}
  %y = transformer.experts silu %x, %i, %w, %g, %g, %d limit 0.0 alpha 1.0
      : tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !transformer.weight<4x6x8xf32>,
      !transformer.weight<4x6x8xf32>
  return
}

// -----

func.func @experts_c2(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>,
    %g: !transformer.weight<4x6x8xf32>, %d: !transformer.weight<4x8x6xf32>, %b: !transformer.weight<4x6xf32>) {
  // expected-error@+1 {{expected biases of shapes [4, 6] twice and [4, 8]}}
  %y = transformer.experts silu %x, %i, %w, %g, %g, %d biases %b, %b, %b
      : !transformer.weight<4x6xf32>, !transformer.weight<4x6xf32>,
      !transformer.weight<4x6xf32> limit 0.0 alpha 1.0
      : tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !transformer.weight<4x6x8xf32>,
      !transformer.weight<4x8x6xf32>
  return
}

// -----

func.func @experts_c3(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x3xf32>,
    %g: !transformer.weight<4x6x8xf32>, %d: !transformer.weight<4x8x6xf32>) {
  // expected-error@+1 {{expected a weight for each of 2 indices, got 3}}
  %y = transformer.experts silu %x, %i, %w, %g, %g, %d limit 0.0 alpha 1.0
      : tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x3xf32>, !transformer.weight<4x6x8xf32>,
      !transformer.weight<4x8x6xf32>
  return
}

// -----

func.func @experts_c4(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>,
    %g: !transformer.weight<4x6x8xf32>, %d: !transformer.weight<4x8x6xf32>) {
  // expected-error@+1 {{expected a limit that is not negative}}
  %y = transformer.experts silu %x, %i, %w, %g, %g, %d limit -1.0 alpha 1.0
      : tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !transformer.weight<4x6x8xf32>,
      !transformer.weight<4x8x6xf32>
  return
}

// -----

func.func @gated_activation_c1(%g: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a limit that is not negative}}
  %y = transformer.gated_activation silu %g, %g limit -1.0 alpha 1.0 : tensor<?x8xf32>
  return
}

// -----

func.func @residual_add_c2(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a finite, non-zero scale}}
  %y = transformer.residual_add %x, %x scale 0.0 : tensor<?x8xf32>
  return
}

// -----

func.func @residual_add_c1(%x: tensor<?x8xf32>, %b: tensor<?x7xf32>) {
  // expected-error@+1 {{op requires the same type for all operands and results}}
  %y = "transformer.residual_add"(%x, %b) <{scale = 1.0 : f32}>
      : (tensor<?x8xf32>, tensor<?x7xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @scale_c1(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a finite factor}}
  %y = transformer.scale %x by 0x7F800000 : tensor<?x8xf32>
  return
}

// -----

func.func @softcap_c1(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected a finite, positive cap}}
  %y = transformer.softcap %x cap 0.0 : tensor<?x8xf32>
  return
}

// -----

func.func @scale_rows_c1(%x: tensor<?x8xf32>, %f: tensor<?x2xf32>) {
  // expected-error@+1 {{expected factors of one column, got 2}}
  %y = transformer.scale_rows %x, %f : tensor<?x8xf32>, tensor<?x2xf32>
  return
}

// -----

func.func @bias_add_c1(%x: tensor<?x8xf32>, %b: !transformer.weight<7xf32>) {
  // expected-error@+1 {{expected a bias of shape [8]}}
  %y = transformer.bias_add %x, %b : tensor<?x8xf32>, !transformer.weight<7xf32>
  return
}

// -----

func.func @split_c1(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected parts of 8 columns in all, got 7}}
  %a, %b = transformer.split %x : tensor<?x8xf32> -> tensor<?x4xf32>, tensor<?x3xf32>
  return
}

// -----

func.func @split_c2(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected groups that divide 5 columns, got 2}}
  %a, %b = transformer.split %x groups 2 : tensor<?x8xf32> -> tensor<?x5xf32>, tensor<?x3xf32>
  return
}

// -----

func.func @concat_c1(%a: tensor<?x2xf32>) {
  // expected-error@+1 {{expected parts of 8 columns in all, got 4}}
  %y = transformer.concat %a, %a : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @concat_c2(%a: tensor<?x2xf32>) {
  // expected-error@+1 {{expected groups that divide 2 columns, got 4}}
  %y = transformer.concat %a, %a groups 4 : tensor<?x2xf32>, tensor<?x2xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @group_c1(%x: tensor<?x8xf32>) {
  // expected-error@+1 {{expected to yield values of the types of its results}}
  %y = transformer.group "wrong" -> (tensor<?x7xf32>) {
    transformer.yield %x : tensor<?x8xf32>
  }
  return
}

// -----

// expected-error@+1 {{expected 2 sizes, as in kv<2x64xbf16>, got 3}}
func.func private @kv_sizes(!transformer.kv<2x4x4xf32>)

// -----

// expected-error@+1 {{expected 3 sizes, as in recurrent<32x128x128xf32>, got 2}}
func.func private @recurrent_sizes(!transformer.recurrent<2x4xf32>)

// -----

// expected-error@+1 {{expected positive sizes, got 0}}
func.func private @latent_sizes_are_positive(!transformer.latent<6x0xf32>)

// -----

// expected-error@+1 {{expected elements of a float type, got 'i32'}}
func.func private @cross_elements_are_floats(!transformer.cross<2x4xi32>)

// -----

func.func @rows_have_two_dimensions(%x: tensor<8xf32>) {
  // expected-error@+1 {{operand #0 must be rows of f32 with a fixed number of columns}}
  %y = transformer.activation gelu %x : tensor<8xf32>
  return
}

// -----

func.func @columns_are_static(%x: tensor<?x?xf32>) {
  // expected-error@+1 {{operand #0 must be rows of f32 with a fixed number of columns}}
  %y = transformer.softcap %x cap 30.0 : tensor<?x?xf32>
  return
}

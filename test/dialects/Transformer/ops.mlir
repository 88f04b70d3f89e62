// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-opt %s -mlir-print-op-generic | tenon-opt | FileCheck %s

// Every op and every optional part of it is printed as it is read, also through
// the generic form.

// CHECK: transformer.weight @q : !transformer.weight<256x128xbf16> from [#transformer.source<"model.safetensors"::"q.weight" : 256x128xbf16>]
transformer.weight @q : !transformer.weight<256x128xbf16>
    from [#transformer.source<"model.safetensors"::"q.weight" : 256x128xbf16>]

// CHECK: transformer.weight @n : !transformer.weight<128xf32> from [#transformer.source<"model.safetensors"::"norm.weight" : 128xf32>]
transformer.weight @n : !transformer.weight<128xf32>
    from [#transformer.source<"model.safetensors"::"norm.weight" : 128xf32>]

// CHECK: transformer.weight @stacked : !transformer.weight<2x4x8xbf16> from [#transformer.source<"model.safetensors"::"0.w" : 4x8xbf16>, #transformer.source<"model.safetensors"::"1.w" : 4x8xbf16>] recipe [#transformer.concat_rows]
transformer.weight @stacked : !transformer.weight<2x4x8xbf16>
    from [#transformer.source<"model.safetensors"::"0.w" : 4x8xbf16>,
          #transformer.source<"model.safetensors"::"1.w" : 4x8xbf16>]
    recipe [#transformer.concat_rows]

// CHECK: transformer.weight @unfolded : !transformer.weight<6x12xf32> from [#transformer.source<"model.safetensors"::"patch.w" : 6x3x2x2xf32>]
transformer.weight @unfolded : !transformer.weight<6x12xf32>
    from [#transformer.source<"model.safetensors"::"patch.w" : 6x3x2x2xf32>]

// CHECK: transformer.weight @turned : !transformer.weight<4x8xf32> from [#transformer.source<"model.safetensors"::"c_attn.w" : 8x4xf32>] recipe [#transformer.transpose, #transformer.to_f32, #transformer.pack<lanes 16, columns 2, multiple 32, group 4>]
transformer.weight @turned : !transformer.weight<4x8xf32>
    from [#transformer.source<"model.safetensors"::"c_attn.w" : 8x4xf32>]
    recipe [#transformer.transpose, #transformer.to_f32, #transformer.pack<lanes 16, columns 2, multiple 32,
    group 4>]

// CHECK: transformer.weight @key : !transformer.weight<4x6xf32> from [#transformer.source<"model.safetensors"::"qkv.w" : 12x3x2xf32>] recipe [#transformer.slice_rows<first 2, count 2, every 6>, #transformer.reshape<[4, 6]>]
transformer.weight @key : !transformer.weight<4x6xf32>
    from [#transformer.source<"model.safetensors"::"qkv.w" : 12x3x2xf32>]
    recipe [#transformer.slice_rows<first 2, count 2, every 6>, #transformer.reshape<[4, 6]>]

// CHECK-LABEL: @get_weight(
// CHECK: transformer.get_weight @n : <128xf32>
func.func @get_weight() -> !transformer.weight<128xf32> {
  %n = transformer.get_weight @n : !transformer.weight<128xf32>
  return %n : !transformer.weight<128xf32>
}

// CHECK-LABEL: @transpose(
// CHECK: transformer.transpose %{{.+}} : !transformer.weight<8x4xbf16> -> !transformer.weight<4x8xbf16>
func.func @transpose(%w: !transformer.weight<8x4xbf16>) -> !transformer.weight<4x8xbf16> {
  %t = transformer.transpose %w : !transformer.weight<8x4xbf16> -> !transformer.weight<4x8xbf16>
  return %t : !transformer.weight<4x8xbf16>
}

// CHECK-LABEL: @embedding(
// CHECK: transformer.embedding %{{.+}}, %{{.+}} scale 1.000000e+00
func.func @embedding(%t: tensor<?xi32>, %w: !transformer.weight<512x64xbf16>) -> tensor<?x64xf32> {
  %x = transformer.embedding %t, %w scale 1.0
      : tensor<?xi32>, !transformer.weight<512x64xbf16> -> tensor<?x64xf32>
  return %x : tensor<?x64xf32>
}

// CHECK-LABEL: @select_rows(
// CHECK: transformer.select_rows %{{.+}}, %{{.+}}
func.func @select_rows(%x: tensor<?x64xf32>, %i: tensor<?xi32>) -> tensor<?x64xf32> {
  %y = transformer.select_rows %x, %i : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: @position_embedding(
// CHECK: transformer.position_embedding %{{.+}}, %{{.+}} offset 2
func.func @position_embedding(%rows: !transformer.rows, %w: !transformer.weight<514x64xf32>)
    -> tensor<?x64xf32> {
  %p = transformer.position_embedding %rows, %w offset 2
      : !transformer.weight<514x64xf32> -> tensor<?x64xf32>
  return %p : tensor<?x64xf32>
}

// CHECK-LABEL: @replace_rows(
// CHECK: transformer.replace_rows %{{.+}}, %{{.+}}, %{{.+}}
func.func @replace_rows(%x: tensor<?x64xf32>, %p: tensor<?x64xf32>, %i: tensor<?xi32>) -> tensor<?x64xf32> {
  %y = transformer.replace_rows %x, %p, %i : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?xi32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: @pool(
// CHECK: transformer.pool mean %{{.+}}, %{{.+}}, %{{.+}}
func.func @pool(%x: tensor<?x64xf32>, %rows: !transformer.rows, %s: tensor<?xi32>) -> tensor<?x64xf32> {
  %y = transformer.pool mean %x, %rows, %s : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: @linear(
// CHECK: transformer.linear %{{.+}}, %{{.+}}
func.func @linear(%x: tensor<?x64xf32>, %w: !transformer.weight<32x64xbf16>) -> tensor<?x32xf32> {
  %y = transformer.linear %x, %w
      : tensor<?x64xf32>, !transformer.weight<32x64xbf16> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// CHECK-LABEL: @normalized_linear(
// CHECK: transformer.normalized_linear %{{.+}}, %{{.+}} eps 9.99999996E-13
func.func @normalized_linear(%x: tensor<?x64xf32>, %w: !transformer.weight<32x64xbf16>) -> tensor<?x32xf32> {
  %y = transformer.normalized_linear %x, %w eps 1.0e-12
      : tensor<?x64xf32>, !transformer.weight<32x64xbf16> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// CHECK-LABEL: @convolution(
// CHECK: transformer.convolution %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} stride 2 padding 1
func.func @convolution(%x: tensor<?x4xf32>, %in: !transformer.rows, %out: !transformer.rows,
             %w: !transformer.weight<6x4x3xf32>) -> tensor<?x6xf32> {
  %y = transformer.convolution %x, %in, %out, %w stride 2 padding 1
      : tensor<?x4xf32>, !transformer.weight<6x4x3xf32> -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// CHECK-LABEL: @rms_norm(
// CHECK: transformer.rms_norm %{{.+}}, %{{.+}} eps 9.99999997E-7 groups 4 offset 0.000000e+00
func.func @rms_norm(%x: tensor<?x64xf32>, %w: !transformer.weight<16xf32>) -> tensor<?x64xf32> {
  %y = transformer.rms_norm %x, %w eps 1.0e-6 groups 4 offset 0.0
      : tensor<?x64xf32>, !transformer.weight<16xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: @layer_norm(
// CHECK: transformer.layer_norm %{{.+}}, %{{.+}} bias %{{.+}} eps 9.99999974E-6
func.func @layer_norm(%x: tensor<?x64xf32>, %w: !transformer.weight<64xf32>,
             %b: !transformer.weight<64xf32>) -> tensor<?x64xf32> {
  %y = transformer.layer_norm %x, %w bias %b eps 1.0e-5
      : tensor<?x64xf32>, !transformer.weight<64xf32>, !transformer.weight<64xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: @l2_norm(
// CHECK: transformer.l2_norm %{{.+}} eps 9.99999997E-7 groups 4 scale 2.500000e-01
func.func @l2_norm(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = transformer.l2_norm %x eps 1.0e-6 groups 4 scale 0.25 : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: @rotary_table(
// CHECK: transformer.rotary_table %{{.+}} frequencies [1.000000e+00, 0.00999999977] factor 1.000000e+00
func.func @rotary_table(%rows: !transformer.rows) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %c, %s = transformer.rotary_table %rows frequencies [1.0, 0.01] factor 1.0
      : tensor<?x2xf32>
  return %c, %s : tensor<?x2xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: @rope(
// CHECK: transformer.rope %{{.+}}, %{{.+}}, %{{.+}} halves head_dim 4
func.func @rope(%x: tensor<?x8xf32>, %c: tensor<?x2xf32>, %s: tensor<?x2xf32>) -> tensor<?x8xf32> {
  %y = transformer.rope %x, %c, %s halves head_dim 4 : tensor<?x8xf32>, tensor<?x2xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @logn_scale(
// CHECK: transformer.logn_scale %{{.+}}, %{{.+}} length 2048
func.func @logn_scale(%q: tensor<?x8xf32>, %rows: !transformer.rows) -> tensor<?x8xf32> {
  %y = transformer.logn_scale %q, %rows length 2048 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @kv_append(
// CHECK: transformer.kv_append %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}
func.func @kv_append(%s: !transformer.kv<2x4xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>,
             %rows: !transformer.rows) -> !transformer.kv<2x4xf32> {
  %t = transformer.kv_append %s, %k, %v, %rows : !transformer.kv<2x4xf32>, tensor<?x8xf32>
  return %t : !transformer.kv<2x4xf32>
}

// CHECK-LABEL: @attend(
// CHECK: transformer.attend %{{.+}}, %{{.+}}, %{{.+}} heads 4 scale 5.000000e-01 window 0 softcap 0.000000e+00
func.func @attend(%q: tensor<?x16xf32>, %s: !transformer.kv<2x4xf32>, %rows: !transformer.rows)
    -> tensor<?x16xf32> {
  %y = transformer.attend %q, %s, %rows heads 4 scale 0.5 window 0 softcap 0.0
      : tensor<?x16xf32>, !transformer.kv<2x4xf32>
  return %y : tensor<?x16xf32>
}

// CHECK-LABEL: @attend_rows(
// CHECK: transformer.attend_rows %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} heads 4 kv_heads 2 scale 5.000000e-01 window 0 softcap 0.000000e+00
func.func @attend_rows(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>,
             %rows: !transformer.rows) -> tensor<?x16xf32> {
  %y = transformer.attend_rows %q, %k, %v, %rows heads 4 kv_heads 2 scale 0.5 window 0 softcap 0.0
      : tensor<?x16xf32>, tensor<?x8xf32>
  return %y : tensor<?x16xf32>
}

// CHECK-LABEL: @cross_write(
// CHECK: transformer.cross_write %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}
func.func @cross_write(%s: !transformer.cross<2x4xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>,
             %rows: !transformer.rows) -> !transformer.cross<2x4xf32> {
  %t = transformer.cross_write %s, %k, %v, %rows : !transformer.cross<2x4xf32>, tensor<?x8xf32>
  return %t : !transformer.cross<2x4xf32>
}

// CHECK-LABEL: @cross_attend(
// CHECK: transformer.cross_attend %{{.+}}, %{{.+}}, %{{.+}} heads 4 scale 5.000000e-01
func.func @cross_attend(%q: tensor<?x16xf32>, %s: !transformer.cross<2x4xf32>, %rows: !transformer.rows)
    -> tensor<?x16xf32> {
  %y = transformer.cross_attend %q, %s, %rows heads 4 scale 0.5
      : tensor<?x16xf32>, !transformer.cross<2x4xf32>
  return %y : tensor<?x16xf32>
}

// CHECK-LABEL: @latent_append(
// CHECK: transformer.latent_append %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}
func.func @latent_append(%s: !transformer.latent<6x2xf32>, %c: tensor<?x6xf32>, %k: tensor<?x2xf32>,
             %rows: !transformer.rows) -> !transformer.latent<6x2xf32> {
  %t = transformer.latent_append %s, %c, %k, %rows
      : !transformer.latent<6x2xf32>, tensor<?x6xf32>, tensor<?x2xf32>
  return %t : !transformer.latent<6x2xf32>
}

// CHECK-LABEL: @latent_attend(
// CHECK: transformer.latent_attend %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} heads 3 scale 5.000000e-01
func.func @latent_attend(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>, %s: !transformer.latent<5x2xf32>,
             %rows: !transformer.rows, %w: !transformer.weight<21x5xf32>) -> tensor<?x9xf32> {
  %y = transformer.latent_attend %q, %p, %s, %rows, %w heads 3 scale 0.5
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<5x2xf32>,
        !transformer.weight<21x5xf32> -> tensor<?x9xf32>
  return %y : tensor<?x9xf32>
}

// CHECK-LABEL: @latent_attend_absorbed(
// CHECK: transformer.latent_attend_absorbed %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} heads 3 scale 5.000000e-01
func.func @latent_attend_absorbed(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>, %s: !transformer.latent<5x2xf32>,
             %rows: !transformer.rows, %k: !transformer.weight<3x4x5xf32>,
             %v: !transformer.weight<3x3x5xf32>) -> tensor<?x9xf32> {
  %y = transformer.latent_attend_absorbed %q, %p, %s, %rows, %k, %v heads 3 scale 0.5
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<5x2xf32>,
        !transformer.weight<3x4x5xf32>, !transformer.weight<3x3x5xf32> -> tensor<?x9xf32>
  return %y : tensor<?x9xf32>
}

// CHECK-LABEL: @causal_conv(
// CHECK: transformer.causal_conv %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}
// CHECK: return %{{.+}}, %{{.+}}
func.func @causal_conv(%s: !transformer.conv_tail<8x3xf32>, %x: tensor<?x8xf32>,
             %w: !transformer.weight<8x1x4xf32>, %rows: !transformer.rows)
    -> (!transformer.conv_tail<8x3xf32>, tensor<?x8xf32>) {
  %t, %y = transformer.causal_conv %s, %x, %w, %rows
      : !transformer.conv_tail<8x3xf32>, tensor<?x8xf32>, !transformer.weight<8x1x4xf32>
  return %t, %y : !transformer.conv_tail<8x3xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: @log_decay(
// CHECK: transformer.log_decay %{{.+}}, %{{.+}}, %{{.+}}
func.func @log_decay(%a: tensor<?x4xf32>, %r: !transformer.weight<4xf32>, %b: !transformer.weight<4xf32>)
    -> tensor<?x4xf32> {
  %g = transformer.log_decay %a, %r, %b
      : tensor<?x4xf32>, !transformer.weight<4xf32>, !transformer.weight<4xf32>
  return %g : tensor<?x4xf32>
}

// CHECK-LABEL: @gated_delta(
// CHECK: transformer.gated_delta %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}
// CHECK: return %{{.+}}, %{{.+}}
func.func @gated_delta(%s: !transformer.recurrent<4x3x2xf32>, %q: tensor<?x6xf32>, %k: tensor<?x6xf32>,
             %v: tensor<?x8xf32>, %g: tensor<?x4xf32>, %b: tensor<?x4xf32>,
             %rows: !transformer.rows) -> (!transformer.recurrent<4x3x2xf32>, tensor<?x8xf32>) {
  %t, %y = transformer.gated_delta %s, %q, %k, %v, %g, %b, %rows
      : !transformer.recurrent<4x3x2xf32>, tensor<?x6xf32>, tensor<?x8xf32>, tensor<?x4xf32>
  return %t, %y : !transformer.recurrent<4x3x2xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: @lightning_attend(
// CHECK: transformer.lightning_attend %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} slopes [5.000000e-01, 2.500000e-01]
// CHECK: return %{{.+}}, %{{.+}}
func.func @lightning_attend(%s: !transformer.recurrent<2x3x3xf32>, %q: tensor<?x6xf32>, %k: tensor<?x6xf32>,
             %v: tensor<?x6xf32>, %rows: !transformer.rows)
    -> (!transformer.recurrent<2x3x3xf32>, tensor<?x6xf32>) {
  %t, %y = transformer.lightning_attend %s, %q, %k, %v, %rows slopes [0.5, 0.25]
      : !transformer.recurrent<2x3x3xf32>, tensor<?x6xf32>, tensor<?x6xf32>
  return %t, %y : !transformer.recurrent<2x3x3xf32>, tensor<?x6xf32>
}

// CHECK-LABEL: @route(
// CHECK: transformer.route sigmoid %{{.+}} groups 4 keep 2 by best_two renormalize scale 2.500000e+00
func.func @route(%x: tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>) {
  %i, %w = transformer.route sigmoid %x groups 4 keep 2 by best_two renormalize scale 2.5
      : tensor<?x8xf32> -> tensor<?x2xi32>, tensor<?x2xf32>
  return %i, %w : tensor<?x2xi32>, tensor<?x2xf32>
}

// CHECK-LABEL: @experts(
// CHECK: transformer.experts silu %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} limit 0.000000e+00 alpha 1.000000e+00
func.func @experts(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>,
             %g: !transformer.weight<4x6x8xf32>, %u: !transformer.weight<4x6x8xf32>,
             %d: !transformer.weight<4x8x6xf32>) -> tensor<?x8xf32> {
  %y = transformer.experts silu %x, %i, %w, %g, %u, %d limit 0.0 alpha 1.0
      : tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>,
        !transformer.weight<4x6x8xf32>, !transformer.weight<4x8x6xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @activation(
// CHECK: transformer.activation gelu %{{.+}}
func.func @activation(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.activation gelu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @gated_activation(
// CHECK: transformer.gated_activation silu %{{.+}}, %{{.+}} limit 0.000000e+00 alpha 1.000000e+00
func.func @gated_activation(%g: tensor<?x8xf32>, %u: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.gated_activation silu %g, %u limit 0.0 alpha 1.0 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @residual_add(
// CHECK: transformer.residual_add %{{.+}}, %{{.+}} scale 2.200000e-01
func.func @residual_add(%x: tensor<?x64xf32>, %b: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = transformer.residual_add %x, %b scale 0.22 : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: @scale(
// CHECK: transformer.scale %{{.+}} by 2.500000e-01
func.func @scale(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.scale %x by 0.25 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @softcap(
// CHECK: transformer.softcap %{{.+}} cap 3.000000e+01
func.func @softcap(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.softcap %x cap 30.0 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @scale_rows(
// CHECK: transformer.scale_rows %{{.+}}, %{{.+}}
func.func @scale_rows(%x: tensor<?x8xf32>, %s: tensor<?x1xf32>) -> tensor<?x8xf32> {
  %y = transformer.scale_rows %x, %s : tensor<?x8xf32>, tensor<?x1xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @bias_add(
// CHECK: transformer.bias_add %{{.+}}, %{{.+}}
func.func @bias_add(%x: tensor<?x8xf32>, %b: !transformer.weight<8xf32>) -> tensor<?x8xf32> {
  %y = transformer.bias_add %x, %b : tensor<?x8xf32>, !transformer.weight<8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @split(
// CHECK: transformer.split %{{.+}}
func.func @split(%x: tensor<?x8xf32>) -> (tensor<?x6xf32>, tensor<?x2xf32>) {
  %a, %b = transformer.split %x : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
  return %a, %b : tensor<?x6xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: @split_groups(
// CHECK: transformer.split %{{.+}} groups 2
func.func @split_groups(%x: tensor<?x8xf32>) -> (tensor<?x6xf32>, tensor<?x2xf32>) {
  %a, %b = transformer.split %x groups 2 : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
  return %a, %b : tensor<?x6xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: @concat(
// CHECK: transformer.concat %{{.+}}, %{{.+}} groups 2
func.func @concat(%a: tensor<?x6xf32>, %b: tensor<?x2xf32>) -> tensor<?x8xf32> {
  %y = transformer.concat %a, %b groups 2 : tensor<?x6xf32>, tensor<?x2xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @group(
// CHECK: transformer.group "output" -> (tensor<?x8xf32>) {
// CHECK: transformer.linear %{{.+}}, %{{.+}}
// CHECK: transformer.residual_add %{{.+}}, %{{.+}} scale 1.000000e+00
// CHECK: transformer.yield %{{.+}} : tensor<?x8xf32>
func.func @group(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.group "output" -> (tensor<?x8xf32>) {
    %b = transformer.linear %x, %w
        : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    %s = transformer.residual_add %x, %b scale 1.0 : tensor<?x8xf32>
    transformer.yield %s : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @linear_bias(
// CHECK: transformer.linear %{{.+}}, %{{.+}} bias %{{.+}}
func.func @linear_bias(%x: tensor<?x8xf32>, %w: !transformer.weight<4x8xf32>,
    %b: !transformer.weight<4xf32>) -> tensor<?x4xf32> {
  %y = transformer.linear %x, %w bias %b
      : tensor<?x8xf32>, !transformer.weight<4x8xf32>, !transformer.weight<4xf32> -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @layer_norm_unbiased(
// CHECK: transformer.layer_norm %{{.+}}, %{{.+}} eps 9.99999974E-6
func.func @layer_norm_unbiased(%x: tensor<?x8xf32>, %w: !transformer.weight<8xf32>) -> tensor<?x8xf32> {
  %y = transformer.layer_norm %x, %w eps 1.0e-5 : tensor<?x8xf32>, !transformer.weight<8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @rotary_table_axes(
// CHECK: transformer.rotary_table %{{.+}} frequencies [1.000000e+00, 5.000000e-01] factor 1.500000e+00 axes [1, 2]
func.func @rotary_table_axes(%rows: !transformer.rows) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %c, %s = transformer.rotary_table %rows frequencies [1.0, 0.5] factor 1.5 axes [1, 2] : tensor<?x2xf32>
  return %c, %s : tensor<?x2xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: @attend_all(
// CHECK: transformer.attend %{{.+}}, %{{.+}}, %{{.+}} sinks %{{.+}} : !transformer.weight<4xf32> heads 4 scale 5.000000e-01 window 7 softcap 5.000000e+01 slopes [5.000000e-01, 2.500000e-01, 1.250000e-01, 6.250000e-02] relative %{{.+}} : !transformer.weight<8x4xf32> max_distance 16
func.func @attend_all(%q: tensor<?x16xf32>, %s: !transformer.kv<2x4xf32>, %rows: !transformer.rows,
    %sinks: !transformer.weight<4xf32>, %bias: !transformer.weight<8x4xf32>) -> tensor<?x16xf32> {
  %y = transformer.attend %q, %s, %rows sinks %sinks : !transformer.weight<4xf32> heads 4 scale 0.5 window 7
      softcap 50.0 slopes [0.5, 0.25, 0.125, 0.0625] relative %bias
      : !transformer.weight<8x4xf32> max_distance 16
      : tensor<?x16xf32>, !transformer.kv<2x4xf32>
  return %y : tensor<?x16xf32>
}

// CHECK-LABEL: @attend_relative(
// CHECK: transformer.attend %{{.+}}, %{{.+}}, %{{.+}} heads 4 scale 5.000000e-01 window 0 softcap 0.000000e+00 relative %{{.+}} : !transformer.weight<8x4xf32> max_distance 16
func.func @attend_relative(%q: tensor<?x16xf32>, %s: !transformer.kv<2x4xf32>, %rows: !transformer.rows,
    %bias: !transformer.weight<8x4xf32>) -> tensor<?x16xf32> {
  %y = transformer.attend %q, %s, %rows heads 4 scale 0.5 window 0 softcap 0.0
      relative %bias : !transformer.weight<8x4xf32> max_distance 16 : tensor<?x16xf32>, !transformer.kv<2x4xf32>
  return %y : tensor<?x16xf32>
}

// CHECK-LABEL: @attend_rows_all(
// CHECK: transformer.attend_rows %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} heads 4 kv_heads 2 scale 5.000000e-01 window 3 softcap 0.000000e+00 slopes [5.000000e-01, 2.500000e-01, 1.250000e-01, 6.250000e-02] relative %{{.+}} : !transformer.weight<8x4xf32> max_distance 16
func.func @attend_rows_all(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %rows: !transformer.rows,
    %bias: !transformer.weight<8x4xf32>) -> tensor<?x16xf32> {
  %y = transformer.attend_rows %q, %k, %k, %rows heads 4 kv_heads 2 scale 0.5 window 3 softcap 0.0
      slopes [0.5, 0.25, 0.125, 0.0625] relative %bias : !transformer.weight<8x4xf32> max_distance 16
      : tensor<?x16xf32>, tensor<?x8xf32>
  return %y : tensor<?x16xf32>
}

// CHECK-LABEL: @convolution_bias(
// CHECK: transformer.convolution %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} bias %{{.+}} : !transformer.weight<6xf32> stride 1 padding 1
func.func @convolution_bias(%x: tensor<?x4xf32>, %rows: !transformer.rows, %w: !transformer.weight<6x4x3xf32>,
    %b: !transformer.weight<6xf32>) -> tensor<?x6xf32> {
  %y = transformer.convolution %x, %rows, %rows, %w bias %b : !transformer.weight<6xf32> stride 1 padding 1
      : tensor<?x4xf32>, !transformer.weight<6x4x3xf32> -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// CHECK-LABEL: @route_correction(
// CHECK: transformer.route softmax %{{.+}} correction %{{.+}} : !transformer.weight<8xf32> groups 2 keep 1 by best scale 1.600000e+01
func.func @route_correction(%x: tensor<?x8xf32>, %c: !transformer.weight<8xf32>)
    -> (tensor<?x2xi32>, tensor<?x2xf32>) {
  %i, %w = transformer.route softmax %x correction %c
      : !transformer.weight<8xf32> groups 2 keep 1 by best scale 16.0
      : tensor<?x8xf32> -> tensor<?x2xi32>, tensor<?x2xf32>
  return %i, %w : tensor<?x2xi32>, tensor<?x2xf32>
}

// CHECK-LABEL: @experts_biases(
// CHECK: transformer.experts silu %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} biases %{{.+}}, %{{.+}}, %{{.+}} : !transformer.weight<4x6xf32>, !transformer.weight<4x6xf32>, !transformer.weight<4x8xf32> limit 7.000000e+00 alpha 1.702000e+00
func.func @experts_biases(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>,
    %g: !transformer.weight<4x6x8xf32>, %d: !transformer.weight<4x8x6xf32>, %b: !transformer.weight<4x6xf32>,
    %c: !transformer.weight<4x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.experts silu %x, %i, %w, %g, %g, %d
      biases %b, %b, %c
      : !transformer.weight<4x6xf32>, !transformer.weight<4x6xf32>, !transformer.weight<4x8xf32>
      limit 7.0 alpha 1.702
      : tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !transformer.weight<4x6x8xf32>,
      !transformer.weight<4x8x6xf32>
  return %y : tensor<?x8xf32>
}

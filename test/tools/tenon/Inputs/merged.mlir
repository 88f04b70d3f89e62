transformer.weight @qk : !transformer.weight<16x8xbf16>
    from [#transformer.source<"m"::"q" : 8x8xbf16>, #transformer.source<"m"::"k" : 8x8xbf16>]
    recipe [#transformer.concat_rows]
func.func @block(%x: tensor<?x8xf32>, %s: !transformer.kv<2x4xbf16>, %rows: !transformer.rows)
    -> (tensor<?x8xf32>, !transformer.kv<2x4xbf16>) {
  %w = transformer.get_weight @qk : !transformer.weight<16x8xbf16>
  %qk = transformer.linear %x, %w
      : tensor<?x8xf32>, !transformer.weight<16x8xbf16> -> tensor<?x16xf32>
  %q, %k = transformer.split %qk : tensor<?x16xf32> -> tensor<?x8xf32>, tensor<?x8xf32>
  %t = transformer.kv_append %s, %k, %k, %rows : !transformer.kv<2x4xbf16>, tensor<?x8xf32>
  %y = transformer.attend %q, %t, %rows heads 2 scale 0.5 window 4 softcap 0.0
      : tensor<?x8xf32>, !transformer.kv<2x4xbf16>
  return %y, %t : tensor<?x8xf32>, !transformer.kv<2x4xbf16>
}

// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// Attention without a fast form takes the pages that a row sees one after another:
// a tile is a row, and what it needs does not grow with the context.

// Rows are written to the pages of each part, on tiles of rows as any other state.
// CHECK:       task.state @state.0.latents paged : memref<64x6xbf16>
// CHECK:       task.state @state.0.keys paged : memref<64x2xbf16>
// CHECK-LABEL: task.step @latents
// CHECK:         task.phase "latent_append" tiles(%{{.+}}) max [5]
// CHECK-SAME:      #task.access<update>, #task.access<update>
// CHECK:           %[[PAGE:.+]] = task.page %{{.+}} -> memref<64x6xbf16>
// CHECK:           memref.store %{{.+}}, %[[PAGE]][%{{.+}}, %{{.+}}] : memref<64x6xbf16>
// CHECK:         task.phase "latent_attend" tiles(%{{.+}}) max [40]
// CHECK:           %[[POSITION:.+]] = arith.index_cast
// CHECK:           %[[SEEN:.+]] = arith.addi %[[POSITION]], %{{.+}}
// CHECK:           %[[PAGES:.+]] = arith.ceildivui %[[SEEN]], %{{.+}}
// CHECK:           %[[SUM:.+]]:3 = scf.for %[[NUMBER:.+]] = %{{.+}} to %[[PAGES]] step %{{.+}} iter_args(%{{.+}}) -> (tensor<1x3x3xf32>, tensor<1x3xf32>, tensor<1x3xf32>)
// CHECK:             task.page %{{.+}}[%{{.+}}, %[[NUMBER]]] {{.*}} -> memref<64x6xbf16>
// CHECK:             tensor<1x64x6xbf16>
// CHECK:             task.page %{{.+}}[%{{.+}}, %[[NUMBER]]] {{.*}} -> memref<64x2xbf16>
// CHECK:           linalg.generic {{.*}} ins(%[[SUM]]#0, %[[SUM]]#2 :
// CHECK:           bufferization.materialize_in_destination
transformer.weight @e : !transformer.weight<5x12xf32> from [#transformer.source<"m"::"e" : 5x12xf32>]
transformer.weight @w : !transformer.weight<21x6xf32> from [#transformer.source<"m"::"w" : 21x6xf32>]
func.func @latents(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %s: !transformer.latent<6x2xbf16>)
    -> (tensor<?x9xf32>, !transformer.latent<6x2xbf16>) attributes {transformer.rows = 40 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x12xf32>
  %w = transformer.get_weight @w : !transformer.weight<21x6xf32>
  %q = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x12xf32> -> tensor<?x12xf32>
  %c, %p = transformer.split %q : tensor<?x12xf32> -> tensor<?x6xf32>, tensor<?x6xf32>
  %k, %k1, %k2 = transformer.split %p : tensor<?x6xf32> -> tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>
  %t = transformer.latent_append %s, %c, %k, %rows : !transformer.latent<6x2xbf16>, tensor<?x6xf32>, tensor<?x2xf32>
  %y = transformer.latent_attend %q, %p, %t, %rows, %w heads 3 scale 0.5
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<6x2xbf16>, !transformer.weight<21x6xf32> -> tensor<?x9xf32>
  return %y, %t : tensor<?x9xf32>, !transformer.latent<6x2xbf16>
}

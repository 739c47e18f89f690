module github.com/vramlab/vramlab/bench/peers

go 1.26.0

require (
	github.com/google/btree v1.1.3 // the tree of google_btree, the base of the ratios
	github.com/tidwall/btree v1.8.2 // the tree of tidwall_btree
	github.com/vramlab/vramlab v0.0.0
)

require github.com/klauspost/compress v1.20.3 // indirect

replace github.com/vramlab/vramlab => ../..

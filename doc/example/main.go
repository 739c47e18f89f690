// Command example is the command vramlab with one more strategy: that of this
// module.
package main

import (
	"github.com/vramlab/vramlab/cmd/vramlab/lab"
	"github.com/vramlab/vramlab/strategies/all"

	"example.com/mine/firstfit"
)

func main() { lab.Main(append(all.List(), firstfit.Strategy)...) }

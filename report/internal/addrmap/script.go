package addrmap

import (
	"embed"
	"strings"
)

// The script of the maps, in the order in which its parts stand: each may use what is
// declared before it when it is run, and any function of the others when it is called.
//
//go:embed *.js
var scripts embed.FS

// joinScript joins the parts. They share one function, and so their names.
func joinScript() string {
	var b strings.Builder
	for _, name := range []string{"atlas", "raster", "view", "paint", "marks", "words", "machine", "toolbar"} {
		text, err := scripts.ReadFile(name + ".js")
		if err != nil {
			panic(err) // it is embedded
		}
		b.Write(text)
	}
	return b.String()
}

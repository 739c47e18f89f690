package workloads

import (
	"embed"
	"slices"
	"sync"

	"github.com/vramlab/vramlab/workloads/trace"
)

// recordings are the traces that the default run replays. They were recorded
// from running programs; their second line says from which and how.
//
//go:embed recorded/*.trace.gz
var recordings embed.FS

// titles name the recordings for the reader of a report. Their order is that
// of the list: graphics memory first, then what stands in for it.
var titles = []struct{ name, title string }{
	{"vk_wz_resource", "Warzone 2100"},
	{"vk_chromegpu_resource", "Chromium, WebGL"},
	{"vk_glmark2_resource", "glmark2"},
	{"torch_gpt", "PyTorch training"},
	{"chromium", "Chromium pages"},
	{"sqlite_mt", "SQLite bulk load"},
}

// recorded lists the recordings. Their headers are read at once, since region
// and Doc stand there; their operations when first asked for.
var recordedOnce = sync.OnceValue(func() []Workload {
	var list []Workload
	for _, t := range titles {
		r := openRecording(t.name)
		w := fromHeader(t.name, r)
		w.Title = t.title
		ops := sync.OnceValue(func() []Op {
			ops, err := FromTrace(openRecording(t.name))
			must(err)
			return ops
		})
		w.Ops = func(uint64, int) []Op { return ops() }
		list = append(list, w)
	}
	return list
})

func recorded() []Workload { return slices.Clone(recordedOnce()) }

// openRecording opens an embedded trace. That these are there and well-formed
// is not for the user to mend: a test holds it.
func openRecording(name string) *trace.Reader {
	f, err := recordings.Open("recorded/" + name + ".trace.gz")
	must(err)
	r, err := trace.NewReader(f, name+".trace.gz")
	must(err)
	return r
}

// must panics when an embedded recording cannot be read.
func must(err error) {
	if err != nil {
		panic("workloads: an embedded recording: " + err.Error())
	}
}

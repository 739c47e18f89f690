package workloads

import (
	"embed"
	"slices"
	"sync"

	"github.com/vramlab/vramlab/workloads/trace"
)

// recordings are the traces of the default run, recorded from running programs.
// The second line of each says from which program and how.
//
//go:embed recorded/*.trace.gz
var recordings embed.FS

// titles are the recordings with their titles, in the order of [List]: graphics
// memory first, then traces of host memory that stand in for it.
var titles = []struct{ name, title string }{
	{"vk_wz_resource", "Warzone 2100"},
	{"vk_chromegpu_resource", "Chromium, WebGL"},
	{"vk_glmark2_resource", "glmark2"},
	{"torch_gpt", "PyTorch training"},
	{"chromium", "Chromium pages"},
	{"sqlite_mt", "SQLite bulk load"},
}

// recordedOnce makes the list of recordings at the first call. It reads their
// headers, which hold the region and Doc; the operations of each are read when
// Ops is first called.
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

// openRecording opens an embedded trace. A missing or malformed one is a bug that
// a test finds, so it panics.
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

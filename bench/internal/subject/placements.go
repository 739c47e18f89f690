package subject

import (
	"fmt"
	"os"

	"github.com/klauspost/compress/gzip"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// placements is the trace of a replay with its results. The id of an
// allocation is the number of its operation in the stream.
//
// It is written under another name until it is whole, so that a file with its name is
// whole however the run ended.
type placements struct {
	path string
	file *os.File
	zip  *gzip.Writer
	replay.Record
}

// unfinished is behind the name of a file that is being written.
const unfinished = ".tmp"

// createPlacements begins the placements of s in the file path. They are compressed
// at the fastest level: the default saves 5 % in twice the time, the best level 11 %
// in twelve times.
func createPlacements(path string, s *Subject) (*placements, error) {
	f, err := os.Create(path + unfinished)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		f.Close()
		return nil, err
	}
	w := &s.Load.Workload
	about := []string{
		w.Name + ": " + w.Doc, "title: " + w.Title, "strategy: " + s.Strategy.Name,
		"caps: " + s.Strategy.Caps.String(), // what a refusal can be explained by
		fmt.Sprintf("%s: %d", schema.FactSeed, s.Load.Seed),
	}
	out := trace.NewWriter(z, w.Region, about...)
	workloads.WriteState(out, s.Load.Stream)
	return &placements{path: path, file: f, zip: z, Record: replay.Record{Writer: out}}, nil
}

// close ends the file and returns the first error of all writes. After an error it
// removes the file: half a trace is of no use.
func (p *placements) close() error {
	err := p.Flush()
	if e := p.zip.Close(); err == nil {
		err = e
	}
	if e := p.file.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(p.file.Name(), p.path)
	}
	if err != nil {
		os.Remove(p.file.Name())
	}
	return result.Naming(p.path, err)
}

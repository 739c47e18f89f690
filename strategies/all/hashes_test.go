package all_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash"
	"hash/fnv"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/frag"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

var update = flag.Bool("update", false, "rewrite testdata/hashes.txt")

const hashesFile = "testdata/hashes.txt"

// TestHashes holds what must be the same on every machine: for each strategy and
// workload a hash of every grant and refusal, one of the scatter-gather tables and
// the cost of mapping them, the events counted, and the bits of the metrics of
// fragmentation. The list was written on amd64.
//
//	go test ./strategies/all -run Hashes -update
func TestHashes(t *testing.T) {
	var got bytes.Buffer
	for _, w := range slices.Concat(workloads.List(), workloads.Drivers()) {
		ops := w.Ops(1, hashedOps)
		ops = ops[:min(len(ops), hashedOps)]
		for _, s := range listed() {
			fmt.Fprintln(&got, hashLine(t, s, w, ops))
		}
	}
	if *update {
		if err := os.WriteFile(hashesFile, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(hashesFile)
	if err != nil {
		t.Fatal(err)
	}
	sameLines(t, strings.Split(got.String(), "\n"), strings.Split(string(want), "\n"))
}

func sameLines(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d", len(got)-1, len(want)-1)
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("%s:%d:\n got %s\nwant %s", hashesFile, i+1, got[i], want[i])
		}
	}
}

// hashedOps is the most operations of a workload that are replayed.
const hashedOps = 24_000

// hashLine replays ops on s and says what came of it.
func hashLine(t *testing.T, s strategies.Strategy, w workloads.Workload, ops []workloads.Op) string {
	inner, err := s.New(w.Region)
	if err != nil {
		return fmt.Sprintf("%s %s %s", w.Name, s.Name, strategies.Errno(err))
	}
	a := &hashing{Allocator: inner, grants: fnv.New64a(), tables: fnv.New64a()}
	c := replay.Replay(a, ops, replay.NewLive(ops))
	f := frag.Measure(a.FreeBlocks())
	line := fmt.Sprintf("%s %s refused=%d/%d grants=%016x tables=%016x", w.Name, s.Name, c.Refused, c.Requests, a.grants.Sum64(), a.tables.Sum64())
	if counter, ok := strategies.As[strategies.Counter](inner); ok {
		n := counter.Counters()
		line += fmt.Sprintf(" events=%d,%d,%d", n.Splits, n.Merges, n.Visits)
	}
	line += fmt.Sprintf(" free=%d,%d,%d frag=", f.Free, f.Largest, f.Holes())
	for _, v := range []float64{f.External(), f.Sawicki(), f.PyTorch(), f.SquareRoot(), f.EffectiveHoles(), f.Unusable(64 << 10), f.Unusable(2 << 20)} {
		line += fmt.Sprintf("%016x,", math.Float64bits(v))
	}
	return strings.TrimSuffix(line, ",")
}

// hashing is an allocator whose answers are hashed, with the tables they make.
type hashing struct {
	strategies.Allocator
	grants, tables hash.Hash64
}

func (a *hashing) Unwrap() strategies.Allocator { return a.Allocator }

func (a *hashing) FreeCleared(blocks []strategies.Block) {
	if clearer, ok := strategies.As[strategies.ClearFreer](a.Allocator); ok {
		clearer.FreeCleared(blocks)
		return
	}
	a.Free(blocks)
}

func (a *hashing) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	out, err := a.Allocator.Alloc(dst, r)
	a.grants.Write([]byte(strategies.Errno(err)))
	granted := out[len(dst):]
	for _, b := range granted {
		write(a.grants, b.Start, b.Size)
	}
	if err == nil && !sgtable.TooBig(r.Size) {
		table := sgtable.Append(nil, granted, sgtable.OptionsFor(r))
		for _, seg := range table {
			write(a.tables, seg.Addr, uint64(seg.Len))
		}
		fmt.Fprint(a.tables, sgtable.MapCost(table, 2<<20))
	}
	return out, err
}

func write(h hash.Hash64, numbers ...uint64) {
	for _, n := range numbers {
		h.Write(binary.LittleEndian.AppendUint64(nil, n))
	}
}

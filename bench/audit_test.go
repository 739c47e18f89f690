package bench_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
)

// The audit recomputes what a run says of memory from the placements that the
// run wrote, with a parser and formulas of its own: no code is shared with what
// made the figures. It looks at pages one by one where the lab does arithmetic.

// auditEvery is how many samples of a series there are to one that is compared:
// the audit looks at each page of the region.
const auditEvery = 60

// TestAudit holds each exact figure of a real run against the audit's.
func TestAudit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	c := bench.Config{
		Dir: dir, Strategies: all.List(), Builders: sgtable.Builders()[:1],
		Count: 1, Seed: 3, Ops: 3000, SampleTime: time.Microsecond, Budget: time.Millisecond,
	}
	for _, x := range bench.Experiments() { // which have tests of their own
		if !x.Always {
			c.Skip = append(c.Skip, x.Name)
		}
	}
	for _, name := range []string{"steady", "pages", "contigfirst", "window", "vk_glmark2_resource"} {
		w, ok := workloads.Lookup(name)
		if !ok {
			t.Fatalf("no workload %s", name)
		}
		c.Workloads = append(c.Workloads, w)
	}
	if err := bench.Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	curves := readFigures(t, filepath.Join(dir, "curves.bench"))
	results := readFigures(t, filepath.Join(dir, "run.bench"))
	mixed := 0 // samples with a refusal and a second attempt that was granted
	for _, w := range c.Workloads {
		for _, s := range c.Strategies {
			pair := "strategy=" + s.Name + "/workload=" + w.Name
			a := newAudit(t, filepath.Join(dir, "placements", w.Name+"."+s.Name+".trace.gz"))
			series := curves.under("Series/" + pair + "/step=")
			if len(series) == 0 {
				t.Errorf("%s: no series", pair)
			}
			for i, f := range series {
				a.advance(t, f.step)
				if a.since.refused > 0 && a.since.second > 0 {
					mixed++
				}
				want := a.counts()
				if i%auditEvery == 0 || i == len(series)-1 {
					maps.Copy(want, a.memory())
				} else {
					maps.DeleteFunc(f.values, func(unit string, _ float64) bool { return slices.Contains(memoryUnits, unit) })
				}
				f.compare(t, want)
			}
			a.end(t)
			again := repeat(t, s, w, c, series)
			results.compare(t, "AllocFree/"+pair, map[string]float64{"served-pct": a.served(), "metadata-B": again.peak})
			curves.compare(t, "Counters/"+pair, again.counters)
			results.compare(t, "SGTable/"+pair+"/builder=counted", map[string]float64{"segs/table": ratio(a.segments, a.tables)})
		}
	}
	if mixed == 0 {
		t.Error("no sample has a refusal and a second attempt that was granted: nothing tells the two apart")
	}
}

// repetition is what only the allocator knows, asked in a replay of the audit's own.
type repetition struct {
	peak     float64            // of the metadata, at the samples of the series
	counters map[string]float64 // by unit
}

// repeat does the stream of a workload on a new allocator.
func repeat(t *testing.T, s strategies.Strategy, w workloads.Workload, c bench.Config, series []sample) repetition {
	t.Helper()
	a, err := s.New(w.Region)
	if err != nil {
		t.Fatal(err)
	}
	sampled := make(map[int]bool)
	for _, f := range series {
		sampled[f.step] = true
	}
	var r repetition
	live := make(map[uint32][]strategies.Block)
	requests, frees := 0, 0
	for i, op := range w.Ops(c.Seed, c.Ops) {
		held := live[op.Slot]
		switch {
		case op.Kind == workloads.Alloc || op.Kind == workloads.Fallback && len(held) == 0:
			if op.Kind == workloads.Alloc {
				requests++
			}
			if blocks, err := a.Alloc(nil, op.Req); err == nil {
				live[op.Slot] = blocks
			}
		case op.Kind == workloads.Fallback || len(held) == 0:
		default:
			frees++
			if clearer, ok := a.(strategies.ClearFreer); ok && op.Kind == workloads.FreeCleared {
				clearer.FreeCleared(held)
			} else {
				a.Free(held)
			}
			delete(live, op.Slot)
		}
		if sampled[i+1] {
			r.peak = max(r.peak, float64(a.(strategies.Footprinter).Footprint()))
		}
	}
	n := a.(strategies.Counter).Counters()
	per := func(events uint64) float64 { return float64(events) / float64(requests+frees) }
	r.counters = map[string]float64{"splits/op": per(n.Splits), "merges/op": per(n.Merges), "visits/op": per(n.Visits)}
	return r
}

// figures are the lines of a file: name without "Benchmark" and the suffix of
// GOMAXPROCS, then values by unit. Of several samples the first counts.
type figures struct {
	order  []string
	values map[string]map[string]float64
}

func readFigures(t *testing.T, path string) figures {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := figures{values: make(map[string]map[string]float64)}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if i := strings.LastIndex(name, "-"); i > strings.LastIndex(name, "=") {
			name = name[:i]
		}
		if f.values[name] != nil {
			continue
		}
		f.order = append(f.order, name)
		f.values[name] = make(map[string]float64)
		for i := 2; i+1 < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			f.values[name][fields[i+1]] = v
		}
	}
	return f
}

// sample is a line of a series.
type sample struct {
	name   string
	step   int
	values map[string]float64
}

// under lists the lines whose names begin with prefix, which ends before a number.
func (f figures) under(prefix string) []sample {
	var out []sample
	for _, name := range f.order {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			step, err := strconv.Atoi(rest)
			if err == nil {
				out = append(out, sample{name, step, f.values[name]})
			}
		}
	}
	return out
}

func (f figures) compare(t *testing.T, name string, want map[string]float64) {
	t.Helper()
	values, ok := f.values[name]
	if !ok {
		t.Errorf("no line %s", name)
		return
	}
	for unit, w := range want {
		if got, ok := values[unit]; !ok || !near(got, w) {
			t.Errorf("%s: %v %s (there: %v), the audit has %v", name, got, unit, ok, w)
		}
	}
}

// compare holds all values of a sample against the audit's: none may be missing
// on either side.
func (s sample) compare(t *testing.T, want map[string]float64) {
	t.Helper()
	for unit, w := range want {
		if got, ok := s.values[unit]; !ok || !near(got, w) {
			t.Errorf("%s: %v %s (there: %v), the audit has %v", s.name, got, unit, ok, w)
		}
	}
	for unit := range s.values {
		if _, ok := want[unit]; !ok {
			t.Errorf("%s: %s, which the audit does not have", s.name, unit)
		}
	}
}

// near allows for the last digits of a division.
func near(a, b float64) bool {
	d := a - b
	return -1e-9*(1+b) < d && d < 1e-9*(1+b)
}

func ratio(a, b int) float64 { return float64(a) / float64(b) }

// span is [lo, hi) in bytes.
type span struct{ lo, hi uint64 }

// record is an operation of the placement file with its result.
type record struct {
	alloc   bool
	id      int
	at      int // operations of the stream up to and with this one
	size    uint64
	align   uint64
	blocks  []span
	refused bool
}

// audit is the state of memory after some of the records.
type audit struct {
	page, managed uint64
	records       []record
	done          int // records

	used     []bool // by page
	live     map[int][]span
	liveSize uint64

	requests, refused int // of all
	tables, segments  int // of all
	since             tally
}

// tally counts what happened since the sample before.
type tally struct{ requests, refused, second, tables, segments int }

// newAudit parses a placement file.
func newAudit(t *testing.T, path string) *audit {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	a := &audit{live: make(map[int][]span)}
	sc := bufio.NewScanner(z)
	for sc.Scan() {
		fields := strings.Fields(sc.Text())
		if len(fields) == 0 || fields[0][0] == '#' || fields[0] == "vramlab" {
			continue
		}
		last := len(a.records) - 1
		switch fields[0] {
		case "region":
			a.page = number(t, fields[3])
			a.managed = number(t, fields[1]) / a.page * a.page
			a.used = make([]bool, a.managed/a.page)
		case "a":
			r := record{alloc: true, id: int(number(t, fields[1])), size: number(t, fields[2])}
			for _, option := range fields[3:] {
				if v, ok := strings.CutPrefix(option, "align="); ok {
					r.align = number(t, v)
				}
			}
			a.records = append(a.records, r)
		case "f":
			a.records = append(a.records, record{id: int(number(t, fields[1]))})
		case "!":
			a.records[last].refused = true
		case "=":
			for _, extent := range fields[1:] {
				start, size, ok := strings.Cut(extent, "+")
				if !ok {
					t.Fatalf("%s: %s", path, sc.Text())
				}
				lo := number(t, start)
				a.records[last].blocks = append(a.records[last].blocks, span{lo, lo + number(t, size)})
			}
		default:
			t.Fatalf("%s: %s", path, sc.Text())
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	a.place(t)
	return a
}

func number(t *testing.T, s string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// place finds the operation of the stream that each record belongs to. The id
// of a request is the number of its operation. A second attempt that was not
// needed is not in the file: it shows as an operation too few before the next
// request, and stood right behind a request that was granted. A second attempt
// that was made is written as a free and a request under the id of the first.
func (a *audit) place(t *testing.T) {
	at, before := 0, -1
	for i := range a.records {
		r := &a.records[i]
		again := i > 0 && r.alloc && r.id == before
		if r.alloc && !again {
			missing := r.id - at
			if missing < 0 || missing > 1 {
				t.Fatalf("request %d comes after %d operations", r.id, at)
			}
			if missing == 1 { // behind the request before
				for j := i - 1; ; j-- {
					if a.records[j].alloc {
						break
					}
					a.records[j].at++
				}
				at++
			}
			before = r.id
		}
		if !(!r.alloc && i+1 < len(a.records) && a.records[i+1].alloc && a.records[i+1].id == r.id && r.id == before) {
			at++ // the free before a second attempt is no operation
		}
		r.at = at
	}
}

// advance does what happened in the first n operations of the stream.
func (a *audit) advance(t *testing.T, n int) {
	t.Helper()
	a.since = tally{}
	for ; a.done < len(a.records) && a.records[a.done].at <= n; a.done++ {
		r := &a.records[a.done]
		if !r.alloc {
			a.mark(t, a.live[r.id], false)
			delete(a.live, r.id)
			continue
		}
		second := a.done > 0 && !a.records[a.done-1].alloc && a.records[a.done-1].id == r.id
		if !second {
			a.requests++
			a.since.requests++
			a.refused++
			a.since.refused++
		}
		if r.refused {
			continue
		}
		a.refused--
		a.since.refused--
		if second {
			a.since.second++
		}
		a.live[r.id] = r.blocks
		a.mark(t, r.blocks, true)
		n := segmentsOf(r.blocks, r.align)
		a.tables++
		a.segments += n
		a.since.tables++
		a.since.segments += n
	}
}

// end does the rest.
func (a *audit) end(t *testing.T) { a.advance(t, 1<<62) }

// mark enters spans into the pages, which must have been free or used before.
func (a *audit) mark(t *testing.T, spans []span, used bool) {
	for _, s := range spans {
		for p := s.lo / a.page; p < s.hi/a.page; p++ {
			if a.used[p] == used {
				t.Fatalf("page %d is granted twice or freed twice", p)
			}
			a.used[p] = used
		}
		if used {
			a.liveSize += s.hi - s.lo
		} else {
			a.liveSize -= s.hi - s.lo
		}
	}
}

// segmentsOf is the entries of the table of an object, by walking its pages: a
// page continues the segment before it if it lies behind it and that is not
// full.
func segmentsOf(blocks []span, align uint64) int {
	const page = 4096
	if align < page || align%page != 0 {
		align = page
	}
	most := (1<<32 - 1) / align * align
	n, length, next := 0, uint64(0), uint64(0)
	for _, b := range blocks {
		for p := b.lo; p < b.hi; p += page {
			if n == 0 || p != next || length+page > most {
				n, length = n+1, 0
			}
			length += page
			next = p + page
		}
	}
	return n
}

// counts are the values of the sample, that a run should have taken now, that do not
// depend on where things lie.
func (a *audit) counts() map[string]float64 {
	s := map[string]float64{"live-B": float64(a.liveSize), "refused": float64(a.since.refused), "fail-pct": 0}
	if a.since.requests > 0 {
		s["fail-pct"] = 100 * ratio(a.since.refused, a.since.requests)
	}
	if a.since.tables > 0 {
		s["segs/table"] = ratio(a.since.segments, a.since.tables)
	}
	return s
}

// memoryUnits are those of memory.
var memoryUnits = []string{"frag-pct", "unusable64k-pct", "unusable2m-pct", "largest-B", "free-B"}

// memory are the others.
func (a *audit) memory() map[string]float64 {
	var free, largest uint64
	for _, h := range a.holes() {
		free += h.hi - h.lo
		largest = max(largest, h.hi-h.lo)
	}
	frag := 0.0
	if free > 0 {
		frag = 100 * float64(free-largest) / float64(free)
	}
	return map[string]float64{
		"frag-pct":        frag,
		"unusable64k-pct": a.unusable(free, 64<<10),
		"unusable2m-pct":  a.unusable(free, 2<<20),
		"largest-B":       float64(largest),
		"free-B":          float64(free),
	}
}

// holes are the maximal runs of free pages.
func (a *audit) holes() []span {
	var holes []span
	for p, used := range a.used {
		lo := uint64(p) * a.page
		switch n := len(holes); {
		case used:
		case n > 0 && holes[n-1].hi == lo:
			holes[n-1].hi += a.page
		default:
			holes = append(holes, span{lo, lo + a.page})
		}
	}
	return holes
}

// unusable is the share of the free bytes that are in no free aligned group of
// size bytes, in percent.
func (a *audit) unusable(free, size uint64) float64 {
	if free == 0 {
		return 100
	}
	usable := uint64(0)
	for lo := uint64(0); lo+size <= a.managed; lo += size {
		whole := true
		for p := lo / a.page; p < (lo+size)/a.page && whole; p++ {
			whole = !a.used[p]
		}
		if whole {
			usable += size
		}
	}
	return 100 * float64(free-usable) / float64(free)
}

func (a *audit) served() float64 { return 100 * ratio(a.requests-a.refused, a.requests) }

// TestAuditPolicies replays a workload as the drivers would word it, on
// allocators of the audit's own, counts page-table entries page by page, looks
// for every page of every table, and holds the Policy and Walk lines of a run
// against that.
func TestAuditPolicies(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w, _ := workloads.Lookup("vk_glmark2_resource")
	c := bench.Config{
		Dir: dir, Strategies: all.List(), Workloads: []workloads.Workload{w},
		Count: 1, Seed: 3, Ops: 3000, SampleTime: time.Microsecond, Budget: time.Millisecond,
		Skip: []string{"holes", "objects", "lookups", "migrations", "references", "worst"},
	}
	if err := bench.Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	curves := readFigures(t, filepath.Join(dir, "curves.bench"))
	for _, s := range c.Strategies {
		for _, d := range drivers {
			name := fmt.Sprintf("/strategy=%s/workload=%s/policy=%s", s.Name, w.Name, d.name)
			policy, walk := d.replay(t, s, w, c.Seed, c.Ops)
			curves.compare(t, "Policy"+name, policy)
			curves.compare(t, "Walk"+name, walk)
		}
	}
}

// A driver is how one asks for an object and builds its table.
type driver struct {
	name    string
	request func(r strategies.Request, page uint64) strategies.Request
	own     bool   // contiguous requests are the driver's own affair, up to 2 GiB
	merges  bool   // blocks that adjoin become one segment
	longest uint64 // segment, bytes; less one alignment where it merges
}

var drivers = []driver{
	{"i915", func(r strategies.Request, page uint64) strategies.Request {
		block := page
		if r.Align != 0 {
			block = max(r.Align, 4096)
		}
		r.Size = roundUp(r.Size, block)
		if r.Size == block {
			r.Flags |= strategies.Contiguous
		}
		return r
	}, false, true, 1<<32 - 1},
	{"amdgpu", func(r strategies.Request, page uint64) strategies.Request {
		r.Size = roundUp(r.Size, page)
		large := max(r.Align, 2<<20)
		if r.Flags&strategies.Contiguous == 0 && r.Size >= large && r.Size%large == 0 {
			r.Align = large
		}
		return r
	}, false, false, 2 << 30},
	{"xe_6.11", xeRequest, true, false, 2 << 30},
	{"xe", xeRequest, false, false, 2 << 30},
	{"nouveau", func(r strategies.Request, page uint64) strategies.Request {
		block := page
		switch {
		case roundUp(r.Size, max(page, 64<<10)) >= 2<<20:
			block = max(page, 2<<20)
		case roundUp(r.Size, page) >= 64<<10:
			block = max(page, 64<<10)
		}
		r.Size, r.Align = roundUp(r.Size, block), max(r.Align, block)
		return r
	}, false, false, 2 << 30},
}

func xeRequest(r strategies.Request, page uint64) strategies.Request {
	block := max(r.Align, page, 64<<10)
	r.Size, r.Align = roundUp(r.Size, block), block
	return r
}

func roundUp(n, to uint64) uint64 { return (n + to - 1) / to * to }

// replay is a replay with the driver's requests, and its figures.
func (d driver) replay(t *testing.T, s strategies.Strategy, w workloads.Workload, seed uint64, n int) (policy, walk map[string]float64) {
	t.Helper()
	a, err := s.New(w.Region)
	if err != nil {
		t.Fatal(err)
	}
	live := make(map[uint32][]strategies.Block)
	var requests, granted, segments int
	var entries [3]int // 4 KiB, 64 KiB, 2 MiB
	var walked walked
	var asked, got uint64
	for _, op := range w.Ops(seed, n) {
		switch op.Kind {
		case workloads.Free, workloads.FreeCleared:
			if b := live[op.Slot]; len(b) > 0 {
				a.Free(b)
				delete(live, op.Slot)
			}
			continue
		case workloads.Fallback:
			t.Fatal("the audit knows no second attempts under a policy")
		}
		requests++
		r := d.request(op.Req, w.Region.Page)
		blocks, err := d.grant(a, r)
		if err != nil {
			continue
		}
		granted++
		live[op.Slot] = blocks
		asked += op.Req.Size
		for _, b := range blocks {
			got += b.Size
		}
		table := d.table(blocks, r)
		segments += len(table)
		mapPages(table, &entries)
		walked.walk(table)
	}
	bytes := [3]int{entries[0] * 4 << 10, entries[1] * 64 << 10, entries[2] * 2 << 20}
	mapped, count := bytes[0]+bytes[1]+bytes[2], entries[0]+entries[1]+entries[2]
	walk = map[string]float64{
		"segs/table":         ratio(segments, granted),
		"steps/lookup":       ratio(walked.steps, walked.pages),
		"index-steps/lookup": ratio(walked.compared, walked.pages),
		"dma-segs/table":     ratio(walked.joined[0], granted),
		"dma64k-segs/table":  ratio(walked.joined[1], granted),
	}
	return map[string]float64{
		"served-pct":    100 * ratio(granted, requests),
		"segs/table":    ratio(segments, granted),
		"entries/table": ratio(count, granted),
		"pte4k/table":   ratio(entries[0], granted),
		"pte64k/table":  ratio(entries[1], granted),
		"pte2m/table":   ratio(entries[2], granted),
		"cover64k-pct":  100 * ratio(bytes[1]+bytes[2], mapped),
		"cover2m-pct":   100 * ratio(bytes[2], mapped),
		"reach-B":       512 * ratio(mapped, count),
		"waste-pct":     100 * (float64(got) - float64(asked)) / float64(got),
	}, walk
}

// walked is what looking for every page took, and what IOMMUs with pages of 4 and of
// 64 KiB join.
type walked struct {
	pages, steps, compared int
	joined                 [2]int
}

func (w *walked) walk(table []span) {
	ends := []uint64{0}
	for i, s := range table {
		for k, edge := range []uint64{4 << 10, 64 << 10} {
			if i == 0 || table[i-1].hi%edge != 0 || s.lo%edge != 0 { // tables are small: no limit is reached
				w.joined[k]++
			}
		}
		ends = append(ends, ends[i]+s.hi-s.lo)
	}
	for page := uint64(0); page < ends[len(table)]; page += 4096 {
		w.pages++
		at := 0
		for ends[at+1] <= page {
			at++
		}
		w.steps += at
		sort.Search(len(table), func(i int) bool {
			w.compared++
			return ends[i+1] > page
		})
	}
}

// grant is the driver's way to the blocks of an object.
func (d driver) grant(a strategies.Allocator, r strategies.Request) ([]strategies.Block, error) {
	if !d.own || r.Flags&strategies.Contiguous == 0 {
		return a.Alloc(nil, r)
	}
	if r.Size > 2<<30 {
		return nil, strategies.ErrInvalid
	}
	whole := r
	for whole.Size = 64 << 10; whole.Size < r.Size; {
		whole.Size *= 2
	}
	whole.Align = max(r.Align, whole.Size)
	blocks, err := a.Alloc(nil, whole)
	if t, trims := strategies.As[strategies.Trimmer](a); trims && err == nil && whole.Size > r.Size {
		if kept, e := t.Trim(nil, blocks, blocks[0].Start, r.Size); e == nil {
			blocks = kept
		}
	}
	return blocks, err
}

// table is the driver's table of a grant.
func (d driver) table(blocks []strategies.Block, r strategies.Request) []span {
	longest := d.longest / max(r.Align, 4096) * max(r.Align, 4096)
	var table []span
	for _, b := range blocks {
		for lo := b.Start; lo < b.End(); {
			last := len(table) - 1
			if d.merges && last >= 0 && table[last].hi == lo && table[last].hi-table[last].lo < longest {
				n := min(b.End()-lo, longest-(table[last].hi-table[last].lo))
				table[last].hi += n
				lo += n
				continue
			}
			n := min(b.End()-lo, longest)
			table = append(table, span{lo, lo + n})
			lo += n
		}
	}
	return table
}

// mapPages maps a table at a virtual address that is a multiple of 2 MiB, with
// the largest entry that fits at each place.
func mapPages(table []span, entries *[3]int) {
	virtual := uint64(0)
	for _, s := range table {
		for at := s.lo; at < s.hi; {
			kind, size := 0, uint64(4<<10)
			for k, larger := range []uint64{64 << 10, 2 << 20} {
				if virtual%larger == 0 && at%larger == 0 && s.hi-at >= larger {
					kind, size = k+1, larger
				}
			}
			entries[kind]++
			at += size
			virtual += size
		}
	}
}

package lab

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

var update = flag.Bool("update", false, "write the traces of doc/patches and what its pages print")

// patches is the directory of the pages, from top.
const patches = "doc/patches"

// made are the traces of the pages that a loop makes, by file.
var made = []struct {
	file, about string
	region      uint64
	write       func(w *trace.Writer)
}{
	{"fragmentation.trace.gz", "8 KiB in every 64 KiB of 256 MiB, freed as clear and dirty in turn; 64 KiB as often; all freed; the first again, freed in reverse order", 256 << 20, fragmentation},
	{"offset-aligned.trace.gz", "a live page in the middle of every second 256 KiB of 4 GiB; then 12,000 requests of 8 KiB at 256 KiB", 4 << 30, offsetAligned},
	{"dirty-tracker.trace.gz", "every second page of 16 MiB freed as clear, the others as dirty; then 32 requests of 256 KiB, and 32 of clear 64 KiB", 16 << 20, dirtyTracker},
	{"sorted-lists.trace.gz", "64 MiB full of 16 KiB; every fourth freed, in scattered order; half as many new ones; the old ones freed; then 2 MiB in one piece until nothing is left", 64 << 20, sortedLists},
	{"range-manager.trace.gz", "the recorded trace vk_wz_resource on a card that just holds it", 172 << 20, rangeManager},
}

func fragmentation(w *trace.Writer) {
	const small, cell, n = 8 << 10, 64 << 10, 4096
	take := func(from uint64) {
		for id := range uint64(n) {
			w.Alloc(from+id, strategies.Request{Size: small, Align: cell})
		}
	}
	take(0)
	for id := range uint64(n) {
		w.Free(id, id%4 == 0 || id%4 == 3)
	}
	for id := range uint64(n) {
		w.Alloc(n+id, strategies.Request{Size: cell, Align: cell})
	}
	for id := range uint64(n) {
		w.Free(n+id, false)
	}
	take(2 * n)
	for id := uint64(3 * n); id > 2*n; id-- {
		w.Free(id-1, false)
	}
}

func offsetAligned(w *trace.Writer) {
	const page, small, cell, cells = 4 << 10, 8 << 10, 256 << 10, 16384
	var live []trace.Extent
	for at := uint64(cell + cell/2); at < cells*cell; at += 2 * cell {
		live = append(live, trace.Extent{Start: at, Size: page})
	}
	w.Live(0, live)
	for id := range uint64(12000) {
		w.Alloc(uint64(len(live))+id, strategies.Request{Size: small, Align: cell})
	}
}

func dirtyTracker(w *trace.Writer) {
	const page, pages = 4 << 10, 4096
	for id := range uint64(pages) {
		w.Alloc(id, strategies.Request{Size: page})
	}
	for id := range uint64(pages) {
		w.Free(id, id%2 == 0)
	}
	for id := range uint64(32) {
		w.Alloc(pages+id, strategies.Request{Size: 256 << 10, Align: 256 << 10})
	}
	for id := range uint64(32) {
		w.Alloc(pages+32+id, strategies.Request{Size: 64 << 10, Flags: strategies.Clear})
	}
}

func sortedLists(w *trace.Writer) {
	const size, n = 16 << 10, 4096
	id := uint64(0)
	take := func(count int, r strategies.Request) {
		for range count {
			w.Alloc(id, r)
			id++
		}
	}
	take(n, strategies.Request{Size: size})
	for i := range uint16(n / 4) {
		w.Free(uint64(bits.Reverse16(i)>>4), false) // 0, 2048, 1024, 3072, ...: the multiples of 4
	}
	take(n/8, strategies.Request{Size: size})
	for old := range uint64(n) {
		if old%4 != 0 {
			w.Free(old, false)
		}
	}
	take(32, strategies.Request{Size: 2 << 20, Flags: strategies.Contiguous})
}

// rangeManager writes a recorded trace for a smaller card.
func rangeManager(w *trace.Writer) {
	r, err := trace.Open(top + "/workloads/recorded/vk_wz_resource.trace.gz")
	if err != nil {
		panic(err)
	}
	defer r.Close()
	for r.Scan() {
		switch rec := r.Record(); rec.Kind {
		case trace.Alloc:
			w.Alloc(rec.ID, rec.Req)
		case trace.Free:
			w.Free(rec.ID, rec.Cleared)
		}
	}
}

// TestPatchTraces makes the traces anew and compares them with the files.
func TestPatchTraces(t *testing.T) {
	for _, m := range made {
		var want bytes.Buffer
		w := trace.NewWriter(&want, strategies.Region{Size: m.region, Page: 4096}, m.about)
		m.write(w)
		if err := w.Flush(); err != nil {
			t.Fatalf("%s: %v", m.file, err)
		}
		path := filepath.Join(top, patches, m.file)
		if *update {
			pack(t, path, want.Bytes())
		}
		if got := unpacked(t, path); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not the trace that the test makes; go test ./cmd/vramlab/lab -run Patch -update writes it", path)
		}
	}
}

func pack(t *testing.T, path string, data []byte) {
	t.Helper()
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	z.Write(data)
	z.Close()
	if err := os.WriteFile(path, packed.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return data
}

var (
	patchCommand = regexp.MustCompile(`(?m)^    go run ./cmd/vramlab (.*)$`)
	patchOutput  = regexp.MustCompile("(?s)```text\n(.*?)```\n")
	patchNumber  = regexp.MustCompile(`\d+(?:,\d{3})+`)
)

// TestPatchPages runs the command of each page and compares what it prints with the page.
// The long numbers of the page are among those printed, and the index has the page.
func TestPatchPages(t *testing.T) {
	t.Chdir(top)
	pages, err := filepath.Glob(patches + "/*.md")
	if err != nil || len(pages) < 8 {
		t.Fatalf("only %d pages in %s (%v)", len(pages), patches, err)
	}
	index := read(t, patches+"/README.md")
	all := ""
	for _, page := range pages {
		if filepath.Base(page) == "README.md" {
			continue
		}
		text := read(t, page)
		all += text
		command := patchCommand.FindAllStringSubmatch(text, -1)
		shown := patchOutput.FindAllStringSubmatchIndex(text, -1)
		if len(command) != 1 || len(shown) != 1 {
			t.Errorf("%s has %d commands and %d blocks of output, not one each", page, len(command), len(shown))
			continue
		}
		code, printed, errs := vramlab(strings.Fields(command[0][1])...)
		if code != exitOK {
			t.Errorf("%s: exit code %d, %s", page, code, errs)
			continue
		}
		from, to := shown[0][2], shown[0][3]
		if *update {
			if err := os.WriteFile(page, []byte(text[:from]+printed+text[to:]), 0o666); err != nil {
				t.Fatal(err)
			}
		} else if text[from:to] != printed {
			t.Errorf("%s shows\n%sand its command prints\n%sgo test ./cmd/vramlab/lab -run Patch -update writes it", page, text[from:to], printed)
		}
		for _, n := range patchNumber.FindAllString(text[:from]+text[to:], -1) {
			if !slices.Contains(strings.Fields(printed), strings.ReplaceAll(n, ",", "")) {
				t.Errorf("%s says %s, which its command does not print", page, n)
			}
		}
		if !strings.Contains(index, "]("+filepath.Base(page)+")") {
			t.Errorf("the index does not have %s", page)
		}
	}
	traces, _ := filepath.Glob(patches + "/*.trace*")
	for _, path := range traces {
		if !strings.Contains(all, " "+path+"\n") {
			t.Errorf("no page replays %s", path)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

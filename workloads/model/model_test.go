package model_test

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/model"
	"github.com/vramlab/vramlab/workloads/replay"
)

// hand is a load whose model is worked out by hand: a page that is never freed, two
// objects of 8 KiB of which the first lives through no allocation and the second through
// three, and a rest.
func hand() (*workloads.Workload, []workloads.Op) {
	alloc := func(slot uint32, size uint64, flags strategies.Flags) workloads.Op {
		return workloads.Op{Slot: slot, Req: strategies.Request{Size: size, Flags: flags}}
	}
	free := func(slot uint32) workloads.Op { return workloads.Op{Kind: workloads.Free, Slot: slot} }
	w := &workloads.Workload{Title: "hand", Region: strategies.Region{Size: 1 << 20, Page: 4096},
		Times: []workloads.Time{{Op: 0, Ns: 0}, {Op: 3, Ns: 2_500_000_000}}}
	return w, []workloads.Op{
		alloc(0, 4096, 0),
		alloc(1, 8192, 0), free(1),
		alloc(1, 8192, 0),
		alloc(2, 12288, strategies.TopDown),
		alloc(3, 4096, 0),
		{Kind: workloads.ResetDirty},
		alloc(4, 5000, 0), // two pages
		free(1),
		{Kind: workloads.FreeCleared, Slot: 2}, free(4),
	}
}

const handText = `vramlab model 1
# hand
# resets are left out: 1
region 1048576 page 4096
allocations 6
seconds 2.5
phases 1
live 36864
class 4096
phase 1 2
class 8192
phase 1 3 2 0 1
class 12288 topdown
phase 1 1 0 0 1
cleared 1
`

func TestFit(t *testing.T) {
	w, ops := hand()
	m := model.Fit(w, ops)
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	if b.String() != handText {
		t.Errorf("got\n%s\nwant\n%s", &b, handText)
	}
	again, err := model.Read(&b, "hand")
	if err != nil {
		t.Fatal(err)
	}
	// A class of which nothing is left has no line for that.
	if !reflect.DeepEqual(again, m) {
		t.Errorf("read back: got\n%+v\nwant\n%+v", again, m)
	}
}

// TestFitDenied: what a recording was refused is no part of its load.
func TestFitDenied(t *testing.T) {
	w, ops := hand()
	big := workloads.Op{Slot: 9, Req: strategies.Request{Size: 1 << 40}}
	w.Denied, ops = []int{len(ops)}, append(ops, big, workloads.Op{Kind: workloads.Free, Slot: 9})
	var b bytes.Buffer
	if err := model.Fit(w, ops).Write(&b); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(handText, "# resets", "# requests that were refused when it was recorded are left out: 1\n# resets", 1)
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &b, want)
	}
}

// TestWorkload holds what a model makes to the model: each size as often, and freed as
// often, within what chance allows of 100,000 draws.
func TestWorkload(t *testing.T) {
	m, err := model.Read(strings.NewReader(handText), "hand")
	if err != nil {
		t.Fatal(err)
	}
	w := m.Workload("hand")
	for seed := range uint64(3) {
		ops := w.Ops(seed, 100_000)
		if len(ops) != 100_000 {
			t.Fatalf("%d operations", len(ops))
		}
		if err := replay.Check(ops); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(ops, w.Ops(seed, 100_000)) {
			t.Error("one seed makes two streams")
		}
		born, flags := map[uint64]int{}, map[uint64]strategies.Flags{}
		frees, cleared := 0, 0
		for _, op := range ops {
			switch op.Kind {
			case workloads.Alloc:
				born[op.Req.Size]++
				flags[op.Req.Size] = op.Req.Flags
			case workloads.FreeCleared:
				cleared++
			case workloads.Free:
				frees++
			}
		}
		all := born[4096] + born[8192] + born[12288]
		for size, share := range map[uint64]float64{4096: 2. / 6, 8192: 3. / 6, 12288: 1. / 6} {
			if got := float64(born[size]) / float64(all); got < share-0.01 || got > share+0.01 {
				t.Errorf("seed %d: %.4f of the requests are of %d bytes, want %.4f", seed, got, size, share)
			}
		}
		if got := float64(cleared) / float64(frees+cleared); got < 0.157 || got > 0.177 {
			t.Errorf("seed %d: %.4f of the frees are of cleared memory, want 1/6: what stayed in the run is freed in one that is so much longer", seed, got)
		}
		if flags[12288] != strategies.TopDown || flags[8192] != 0 {
			t.Errorf("seed %d: flags %v", seed, flags)
		}
	}
}

// TestRecordings fits every recorded trace. The model has its peak within two fifths, and
// survives as text.
func TestRecordings(t *testing.T) {
	for _, w := range workloads.List() {
		ops := w.Ops(1, 20_000)
		if hasFallback(ops) {
			continue
		}
		m := model.Fit(&w, ops)
		var b bytes.Buffer
		if err := m.Write(&b); err != nil {
			t.Fatal(err)
		}
		if b.Len() > 64<<10 {
			t.Errorf("%s: the text has %d bytes", w.Name, b.Len())
		}
		m, err := model.Read(&b, w.Name)
		if err != nil {
			t.Fatal(err)
		}
		fitted := m.Workload("fitted").Ops(1, 0)
		if err := replay.Check(fitted); err != nil {
			t.Errorf("%s: %v", w.Name, err)
		}
		was, is := peak(ops), peak(fitted)
		t.Logf("%-22s %3d classes, %6d bytes of text, peak %d MiB, fitted %d MiB", w.Name, len(m.Classes), b.Cap(), was>>20, is>>20)
		if is < was*3/5 || is > was*21/20 {
			t.Errorf("%s: a peak of %d MiB became %d MiB", w.Name, was>>20, is>>20)
		}
	}
}

func hasFallback(ops []workloads.Op) bool {
	for i := range ops {
		if ops[i].Kind == workloads.Fallback {
			return true
		}
	}
	return false
}

// peak is the most bytes that were asked for and not freed.
func peak(ops []workloads.Op) (most uint64) {
	sizes, now := map[uint32]uint64{}, uint64(0)
	for i := range ops {
		switch op := &ops[i]; op.Kind {
		case workloads.Alloc, workloads.Live:
			sizes[op.Slot] = op.Req.Size
			now += op.Req.Size
		case workloads.Free, workloads.FreeCleared:
			now -= sizes[op.Slot]
		}
		most = max(most, now)
	}
	return most
}

func TestRules(t *testing.T) {
	const head = "vramlab model 1\n# x\nregion 1048576 page 4096\nallocations 10\nphases 2\nlive 4096 8192\n"
	for _, c := range [][2]string{
		{"", `m:1: not a model: its first line is "vramlab model 1"`},
		{"vramlab trace 1\n", `m:1: not a model`},
		{"vramlab model 1\nregion 1 page 1\n", "m:2: invalid region: page 1"},
		{"vramlab model 1\nregion x\n", `m:2: the region is of the form "region SIZE page PAGE"`},
		{"vramlab model 1\nallocations 0\n", `m:2: allocations "0": a number from 1 to 2147483647`},
		{"vramlab model 1\nphases 17\n", `m:2: phases "17": a number from 1 to 16`},
		{"vramlab model 1\nseconds NaN\n", `m:2: seconds "NaN": a number above 0`},
		{"vramlab model 1\nclass 4096\n", "m:2: a class before the region, the phases or what is live"},
		{"vramlab model 1\nallocations 1\n", "m:2: the model ends without a region"},
		{"vramlab model 1\nregion 4096 page 4096\n", "m:2: the model ends without its number of allocations"},
		{head, "m:6: the model ends without a class"},
		{head + "phase 1 2\n", `m:7: "phase" before a class`},
		{head + "class 4096\nphase 1\n", "m:8: a phase of 1 numbers"},
		{head + "class 4096\nphase 1 -1\n", `m:8: phase "-1": a number from 0`},
		{head + "class 4096\nphase 3 1\n", "m:8: phase 3 of 2"},
		{head + "class 4096\nphase 1 1\nphase 1 1\n", "m:9: phase 1 twice in a class"},
		{head + "class 4096\nphase 1 2 1 2\n", "m:8: a phase of no allocations, or of fewer than are freed"},
		{head + "class 4096\nphase 1 1\n", "m:8: nothing is allocated in phase 2"},
		{head + "class 4097\n", `m:7: the sizes "4097": LOW or LOW-HIGH, whole pages of 4096`},
		{head + "class 8192-4096\n", `m:7: the sizes "8192-4096"`},
		{head + "class 4096 align=x\n", `m:7: `},
		{head + "class 4096 wide\n", `m:7: unknown field "wide"`},
		{head + "colour 4096\nclass 4096\n", `m:7: "colour" before a class`},
		{head + "class 4096\ncolour 1\n", `m:8: "colour" begins no line of a model`},
		{head + "class 4096\nphase 1 1\nphases 3\n", "m:9: phases behind what is live"},
	} {
		if _, err := model.Read(strings.NewReader(c[0]), "m"); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%q: got error %v, want %s", c[0], err, c[1])
		}
	}
	if _, err := model.ReadFile("none.model"); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(handText)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := model.Read(strings.NewReader(text), "m")
		if err != nil {
			return
		}
		if err := replay.Check(m.Workload("m").Ops(1, 1000)); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		m.Write(&b)
		if again, err := model.Read(&b, "m"); err != nil || !reflect.DeepEqual(again, m) {
			t.Fatalf("read back: %v\n%+v\n%+v", err, again, m)
		}
	})
}

// TestLong has a text and a line that are too long to be a model.
func TestLong(t *testing.T) {
	for text, want := range map[string]string{
		"vramlab model 1\n" + strings.Repeat("#\n", 2<<20): "m:2097146: the text is longer than 4194304 bytes",
		"vramlab model 1\n" + strings.Repeat("#", 4<<20):   "m:2: the line is longer than 1048576 bytes",
	} {
		if _, err := model.Read(strings.NewReader(text), "m"); err == nil || err.Error() != want {
			t.Errorf("got error %v, want %s", err, want)
		}
	}
}

package strategytest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// lifoLeak forgets a grant of seven pages, but only while two grants of one
// page are live: a mistake that takes three operations of a program to reach.
var lifoLeak = planted{
	mistake: "forgets",
	alloc: when(func(a *firstFit, r strategies.Request) bool { return r.Size == 7*a.region.Page && len(a.live) == 2 },
		func(a *firstFit, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
			out, err := a.Alloc(dst, r)
			if err == nil {
				a.forget(out[len(dst)].Start)
			}
			return out, err
		}),
}

// TestShrink draws long programs until one fails, and demands that what is
// printed is as short as the mistake allows.
func TestShrink(t *testing.T) {
	s := lifoLeak.strategy()
	for seed := range uint64(50) {
		ops := mixes[1].program(megabyte, seed)
		if _, err := play(s, megabyte, ops); err == nil {
			continue
		}
		err := explain(s, megabyte, ops)
		_, text, _ := strings.Cut(err.Error(), "vramlab trace 1\n")
		if n := strings.Count(text, "\na "); n != 3 || !strings.HasPrefix(text, "region 1048576 page 4096\n") {
			t.Errorf("seed %d: %d allocations, want 3, in\n%v", seed, n, err)
		}
		return
	}
	t.Error("no program found the mistake")
}

// TestFuzzFinds feeds the fuzz target what a fuzzer would have come to.
func TestFuzzFinds(t *testing.T) {
	program := []byte{63,
		0, 1, 0, 0,
		0, 2, 0, 0,
		0, 7, 0, 0,
		3, 0, 0, 0,
		0, 9, // a rest
	}
	err := runBytes(lifoLeak.strategy(), program)
	if err == nil || !strings.Contains(err.Error(), "a 2 28672\n") {
		t.Errorf("got %v, want a failure with the program", err)
	}
	if err := runBytes(Reference, program); err != nil {
		t.Errorf("a correct strategy: %v", err)
	}
	powers := Reference
	powers.New = func(r strategies.Region) (strategies.Allocator, error) { return nil, strategies.ErrInvalid }
	if err := runBytes(powers, program); err != nil {
		t.Errorf("a strategy that does not take the region: %v", err)
	}
}

func TestDecode(t *testing.T) {
	const window = strategies.Range
	region := func(data []byte, want strategies.Region) {
		t.Helper()
		if got, _ := decode(data); got != want {
			t.Errorf("%v is region %+v, want %+v", data, got, want)
		}
	}
	region(nil, strategies.Region{Size: 4096, Page: 4096})
	region([]byte{0}, strategies.Region{Size: 4096, Page: 4096})
	region([]byte{63}, strategies.Region{Size: 64 * 4096, Page: 4096})
	region([]byte{2 | 64}, strategies.Region{Size: 3*4096 + 2048, Page: 4096})
	region([]byte{128}, strategies.Region{Size: 65536, Page: 65536})

	check := func(b [4]byte, want op) {
		t.Helper()
		got := decodeOp(strategies.Region{Size: 32 * 4096, Page: 4096}, b)
		if got != want {
			t.Errorf("%v is %+v, want %+v", b, got, want)
		}
	}
	check([4]byte{3, 9}, op{free: true, pick: 9})
	check([4]byte{3 | 4, 0}, op{free: true, cleared: true})
	check([4]byte{0, 2}, op{req: strategies.Request{Size: 8192}})
	check([4]byte{1 | 4 | 8 | 16, 1}, op{req: strategies.Request{Size: 4096, Flags: strategies.TopDown | strategies.Contiguous | strategies.Clear}})
	check([4]byte{2 | 128, 2}, op{req: strategies.Request{Size: 8191}})
	check([4]byte{0, 0, 1}, op{req: strategies.Request{Align: 4096}})
	check([4]byte{0, 0, 16 | 3}, op{req: strategies.Request{Align: 3 * 4 * 4096}})
	check([4]byte{0, 0, 32 | 2}, op{req: strategies.Request{Align: 2*4096 + 2048}})
	check([4]byte{32, 0, 0, 0x31}, op{req: strategies.Request{Lo: 2 * 4096, Hi: 8 * 4096, Flags: window}})
	check([4]byte{32 | 64, 0, 0, 0x31}, op{req: strategies.Request{Lo: 2 * 4096, Flags: window}})
}

// TestGoldenCompares spoils a trace line by line.
func TestGoldenCompares(t *testing.T) {
	const good = `vramlab trace 1
region 65536 page 4096
a 1 12288
= 0+12288
s 0+12288
a 2 65536
! ENOSPC
f 2
a 3 8192 topdown
= 57344+8192
f 1 cleared
a 4 4096 align=16384 lo=4096 hi=65536
= 16384+4096
f 3
f 4
`
	check := func(old, new, want string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "x.trace")
		if err := os.WriteFile(file, []byte(strings.Replace(good, old, new, 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		err := compareFile(Reference, file)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q for %q: %v", new, old, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q for %q: got error %v, want %q", new, old, err, want)
		}
	}
	check("", "", "")
	check("s 0+12288\n", "", "")
	check("= 0+12288", "= 0+8192 8192+4096", `x.trace:4: 12288 bytes: want "= 0+8192 8192+4096", got "= 0+12288"`)
	check("= 0+12288\ns 0+12288", "! EINVAL", `x.trace:4: 12288 bytes: want "! EINVAL", got "= 0+12288"`)
	check("s 0+12288", "s 0+8192 8192+4096", `x.trace:5: counted: 12288 bytes: want "s 0+8192 8192+4096", got "s 0+12288"`)
	check("! ENOSPC", "! E2BIG", `x.trace:7: 65536 bytes: want "! E2BIG", got "! ENOSPC"`)
	check("! ENOSPC", "= 0+65536", `x.trace:7: 65536 bytes: want "= 0+65536", got "! ENOSPC"`)
	check("= 57344+8192", "= 49152+8192", `x.trace:10: 8192 bytes topdown: want`)
	check("f 3", "f 9", "x.trace:14: ")
	check("vramlab trace 1", "vramlab trace 7", "x.trace:1: ")
}

package strategies

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestRegionValidate(t *testing.T) {
	check := func(r Region, want string) {
		t.Helper()
		err := r.Validate()
		if want == "" {
			if err != nil {
				t.Errorf("%+v: %v", r, err)
			}
			return
		}
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want ErrInvalid with %q", r, err, want)
		}
	}
	check(Region{Size: 4096, Page: 4096}, "")
	check(Region{Size: 4097, Page: 4096, Visible: 4097}, "")
	check(Region{Size: 1<<64 - 1, Page: 1 << 63}, "")
	check(Region{}, "page 0 is not")
	check(Region{Size: 1 << 20, Page: 2048}, "page 2048 is not")
	check(Region{Size: 1 << 20, Page: 12288}, "page 12288 is not")
	check(Region{Size: 4095, Page: 4096}, "size 4095 is less than a page")
	check(Region{Size: 8192, Page: 4096, Visible: 8193}, "visible part 8193")
}

func TestManaged(t *testing.T) {
	check := func(size, page, want uint64) {
		t.Helper()
		if got := (Region{Size: size, Page: page}).Managed(); got != want {
			t.Errorf("%d bytes in pages of %d: %d are managed, want %d", size, page, got, want)
		}
	}
	check(8192, 4096, 8192)
	check(8191, 4096, 4096)
	check(1<<64-1, 4096, 1<<64-4096)
	check(1<<21+1<<20, 1<<21, 1<<21)
}

func TestRegionString(t *testing.T) {
	check := func(r Region, want string) {
		t.Helper()
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	check(Region{Size: 1048576, Page: 4096}, "region 1048576 page 4096")
	check(Region{Size: 1048576, Page: 4096, Visible: 65536}, "region 1048576 page 4096, of which 65536 visible")
}

func TestRequestString(t *testing.T) {
	check := func(r Request, want string) {
		t.Helper()
		if got := r.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	check(Request{}, "0 bytes")
	check(Request{Size: 4096, Align: 8192, Lo: 1, Hi: 2}, "4096 bytes align=8192")
	check(Request{Size: 1<<64 - 1, Hi: 8192, Flags: Range}, "18446744073709551615 bytes lo=0 hi=8192")
	check(Request{Size: 1, Flags: TopDown | Contiguous | Clear}, "1 bytes topdown contiguous clear")
}

func TestErrno(t *testing.T) {
	check := func(err error, want string) {
		t.Helper()
		if got := Errno(err); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
	check(ErrNoSpace, "ENOSPC")
	check(fmt.Errorf("%w: zero", ErrInvalid), "EINVAL")
	check(fmt.Errorf("9 bytes: %w", ErrTooBig), "E2BIG")
	check(errors.New("no space"), "")
	check(nil, "")
}

func TestCapsHas(t *testing.T) {
	c := CapScatter | CapWindow
	if !c.Has(0) || !c.Has(CapWindow) || !c.Has(c) || c.Has(CapWindow|CapClear) {
		t.Errorf("Has is wrong on %b", c)
	}
}

func TestCapsString(t *testing.T) {
	for c, want := range map[Caps]string{
		0: "none", CapScatter: "scatter", CapWindow | CapRoundUp: "window,roundup", CapClear | 1<<15: "clear,0x8000",
	} {
		if got := c.String(); got != want {
			t.Errorf("%b is %q, want %q", uint16(c), got, want)
		}
	}
	if all := Caps(1<<len(capNames) - 1); all != CapMisalignedWindow|(CapMisalignedWindow-1) {
		t.Errorf("%b have names", uint16(all))
	}
}

func TestBlocksString(t *testing.T) {
	if got := (Block{Start: 8192, Size: 4096, Node: 7}).String(); got != "8192+4096" {
		t.Error(got)
	}
	if got := Blocks(nil).String(); got != "nothing" {
		t.Error(got)
	}
	long := slices.Repeat(pages(1, 1), 20)
	if got := Blocks(long).String(); strings.Count(got, "4096+4096") != 16 || !strings.HasSuffix(got, " and 4 more") {
		t.Error(got)
	}
}

func TestCheckName(t *testing.T) {
	check := func(name, want string) {
		t.Helper()
		err := CheckName(name)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
	check("a", "")
	check("a2_b.c", "")
	check("", "name is empty")
	check("My-Alloc", `name "My-Alloc": 'M' at 0: only a-z, 0-9, _ and ., beginning with a letter, since it becomes part of a benchmark name`)
	check("buddy-4", `'-' at 5`)
	check("a/b", `'/' at 1`)
	check("4fit", `'4' at 0`)
	check("_a", `'_' at 0`)
	check("größe", `'ö' at 2`)
	check("a b", `' ' at 1`)
}

func TestValidate(t *testing.T) {
	good := Strategy{Name: "a", Doc: "one", New: func(Region) (Allocator, error) { return nil, nil }}
	with := func(change func(*Strategy)) Strategy {
		s := good
		change(&s)
		return s
	}
	check := func(want string, list ...Strategy) {
		t.Helper()
		err := Validate(list...)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	check("")
	check("", good, with(func(s *Strategy) { s.Name = "a2_b.c" }))
	check("strategy name is empty", good, with(func(s *Strategy) { s.Name = "" }))
	check(`strategy name "Buddy": 'B' at 0: only a-z`, with(func(s *Strategy) { s.Name = "Buddy" }))
	check("strategy a: the name occurs twice", good, good)
	check("strategy a: no Doc", with(func(s *Strategy) { s.Doc = "" }))
	check("strategy a: no New", with(func(s *Strategy) { s.New = nil }))
	param := func(p Param) Strategy {
		return with(func(s *Strategy) {
			s.Params, s.Choose = []Param{p}, func(*Strategy, map[string]string) {}
		})
	}
	check("", param(Param{"bins", "how many", []string{"1", "2"}}))
	check(`strategy a: parameter name "Bins"`, param(Param{"Bins", "how many", []string{"1", "2"}}))
	check("strategy a: parameter bins: no Doc", param(Param{"bins", "", []string{"1", "2"}}))
	check("strategy a: parameter bins: fewer than two values", param(Param{"bins", "how many", []string{"1"}}))
	check(`strategy a: parameter bins: value "1/2" cannot be part of a name`, param(Param{"bins", "how many", []string{"1", "1/2"}}))
	check("strategy a: no New", Checked(with(func(s *Strategy) { s.New = nil })))
}

package result

import (
	"runtime"
	"strings"
	"testing"
)

func TestModel(t *testing.T) {
	const two = "processor\t: 0\nmodel\t\t: 17\nmodel name\t: Some CPU @ 2.1GHz: 8\nflags\t\t: fpu\n"
	for info, want := range map[string]string{
		two:                             "Some CPU @ 2.1GHz: 8",
		two + "\nmodel name\t: Other\n": "Other",
		two + "cpu MHz\t: 2100.0\n":     "Some CPU @ 2.1GHz: 8",
		"Model Name\t: Some\nCPU MHz\t: 2500.00\n":              "Some @ 2500.00MHz",
		"model name\t: Some  \ncpu MHz\t\t: 2596.146\n":         "Some   @ 2596.146MHz",
		"model name\t: 800MHz part\ncpu MHz: 1\n":               "800MHz part",
		"cpu MHz\t\t: 2596.146\n":                               "",
		"Processor: ARM\nCPU implementer\t: 0x41\n":             "", // most of arm64
		"model name\t:\n":                                       "",
		"":                                                      "",
		strings.Repeat("x", cpuInfo) + "\nmodel name\t: Some\n": "",
		strings.Repeat("x", cpuInfo-len("\nmodel name: So")) + "\nmodel name: Some": "So",
	} {
		if got := modelIn(info); got != want {
			t.Errorf("the processor is %q, want %q, in\n%s", got, want, info)
		}
	}
}

// TestBrand: the name of a processor is what CPUID says, with the blanks behind it.
func TestBrand(t *testing.T) {
	for name, want := range map[string]string{
		"Some CPU @ 2.1GHz\x00behind":                      "Some CPU @ 2.1GHz",
		"   Some 64-Core Processor                       ": "Some 64-Core Processor                       ",
		"":                      "",
		strings.Repeat("x", 48): strings.Repeat("x", 48),
	} {
		text := name + strings.Repeat("\x00", 48)
		cpuid := func(leaf, sub uint32) (a, b, c, d uint32) {
			if leaf == 0x80000000 {
				return 0x80000008, 0, 0, 0
			}
			part := text[16*(leaf-0x80000002):]
			word := func(i int) uint32 {
				return uint32(part[i]) | uint32(part[i+1])<<8 | uint32(part[i+2])<<16 | uint32(part[i+3])<<24
			}
			return word(0), word(4), word(8), word(12)
		}
		if got := brandOf(cpuid); got != want {
			t.Errorf("%q: the processor is %q", name, got)
		}
	}
	old := func(leaf, sub uint32) (a, b, c, d uint32) { return 0x80000003, 0x20202020, 0x41414141, 0 }
	if got := brandOf(old); got != "" {
		t.Errorf("a processor without a name has the name %q", got)
	}
	if x86 := runtime.GOARCH == "amd64" || runtime.GOARCH == "386"; !x86 && brand() != "" {
		t.Errorf("%s has no CPUID and the name %q", runtime.GOARCH, brand())
	}
}

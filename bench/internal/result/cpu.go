package result

import (
	"cmp"
	"strings"
	"sync"
)

// CPUModel is the name of the processor as go test prints it on the same machine, empty
// where go test prints none: benchstat puts the results of two names into two tables.
// So it has what go test leaves in it, such as the blanks behind the names of some
// processors, which /proc/cpuinfo does not have.
//
// What go test prints was observed: the name that the processor gives itself where an
// instruction asks for it, which is on 386 and amd64; else what the system says. On ppc64
// go test tells generations by their instructions; there is no name here.
var CPUModel = sync.OnceValue(func() string { return cmp.Or(brand(), systemModel()) })

// brandOf is the name that a processor of x86 gives itself: 48 bytes in three leaves of
// CPUID, up to the first 0, without blanks before it. It is empty if there are no such
// leaves.
func brandOf(cpuid func(leaf, sub uint32) (a, b, c, d uint32)) string {
	const most, first, last = 0x8000_0000, 0x8000_0002, 0x8000_0004
	if a, _, _, _ := cpuid(most, 0); a < last {
		return ""
	}
	var name []byte
	for leaf := uint32(first); leaf <= last; leaf++ {
		a, b, c, d := cpuid(leaf, 0)
		for _, r := range [...]uint32{a, b, c, d} {
			name = append(name, byte(r), byte(r>>8), byte(r>>16), byte(r>>24))
		}
	}
	text, _, _ := strings.Cut(strings.TrimLeft(string(name), " "), "\x00")
	return text
}

// cpuInfo is how many bytes of /proc/cpuinfo count: the first processor and little more.
const cpuInfo = 512

// modelIn is the name of the processor in the beginning of /proc/cpuinfo, with its clock
// rate behind it if the name does not state one. Of a key that is there twice the last
// counts.
func modelIn(info string) string {
	var model, mhz string
	for line := range strings.Lines(info[:min(len(info), cpuInfo)]) {
		key, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ": ")
		if !ok {
			continue
		}
		switch strings.TrimSpace(key) {
		case "model name", "Model Name":
			model = value
		case "cpu MHz", "CPU MHz":
			mhz = value
		}
	}
	if model == "" || mhz == "" || strings.Contains(model, "MHz") || strings.Contains(model, "GHz") {
		return model
	}
	return model + " @ " + mhz + "MHz"
}

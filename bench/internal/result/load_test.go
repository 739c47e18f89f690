package result

import (
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
)

// TestLoad works the share of other processes out by hand: between the two readings
// the cores had 1000 ticks, of which they were idle or waited for 400. This process had
// 350 of the 600, those of its children included.
func TestLoad(t *testing.T) {
	then := parseCPUTime([]byte("cpu  10 20 30 1000 40 5 6 7 9000 9000\ncpu0 1 1 1 1 1 1 1 1 1 1\n"),
		[]byte("42 (a b) c) S 1 1 1 0 -1 4194304 7 8 9 10 100 50 3 4 20 0 1 0"))
	now := parseCPUTime([]byte("cpu  210 70 180 1350 90 15 116 87 9500 9900\n"),
		[]byte("42 (a b) c) R 1 1 1 0 -1 4194304 7 8 9 10 370 100 7 30 20 0 1 0"))
	want := Fact{schema.FactLoad, "25.0 % of the processor time of all cores was taken by others"}
	if got, ok := loadBetween(then, now); !ok || got != want {
		t.Errorf("%v, %v; want %v", got, ok, want)
	}
	stat := []byte("42 (a) R 1 1 1 0 -1 4194304 7 8 9 10 900 900 30 40 20 0 1 0")
	for _, unknown := range [][2]CPUTime{{{}, now}, {then, {}}, {now, now}, {parseCPUTime(nil, nil), now}, {parseCPUTime(nil, stat), now},
		{parseCPUTime([]byte("cpu  1 1 1 1 1 1 1 1\n"), nil), now}} {
		if got, ok := loadBetween(unknown[0], unknown[1]); ok {
			t.Errorf("%v, although the kernel did not say", got)
		}
	}
	const upToSystem = "42 (a) R 1 1 1 0 -1 4194304 7 8 9 10 5 6 7 8" // the last field that is read
	if got := parseCPUTime([]byte("cpu  1 1 1 1 1 1 1 1\n"), []byte(upToSystem)); got != (CPUTime{busy: 6, all: 8, own: 26, known: true}) {
		t.Errorf("%+v of %q", got, upToSystem)
	}
	if got := parseCPUTime([]byte("cpu  1 1 1 1 1 1 1 1\n"), []byte(upToSystem[:len(upToSystem)-2])); got.known {
		t.Errorf("%+v without the last field", got)
	}
	own := now
	own.own += 10_000
	if got, _ := loadBetween(then, own); got.Value[:3] != "0.0" {
		t.Errorf("%v: the share is never below nothing", got)
	}
}

package perf

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The kernel's own counter of a software event counts the thread that works: more where it
// does more, and never more than the time that goes by.
func TestTaskClock(t *testing.T) {
	if _, err := Available(taskClock); err != nil {
		t.Skip(err)
	}
	x := uint64(1)
	work := func(n int) func() {
		return func() {
			for range n {
				x = x*6364136223846793005 + 1
			}
		}
	}
	start := time.Now()
	little, err := Count(work(1000), taskClock)
	if err != nil {
		t.Fatal(err)
	}
	much, err := Count(work(20_000_000), taskClock)
	if err != nil {
		t.Fatal(err)
	}
	// Twice: the kernel's clock is another one.
	if took := 2 * uint64(time.Since(start)); little[0] == 0 || much[0] <= little[0] || much[0] > took {
		t.Errorf("%d and %d ns of work, in %d ns", little[0], much[0], took)
	}
	start = time.Now()
	slept, err := Count(func() { time.Sleep(20 * time.Millisecond) }, taskClock)
	if err != nil || slept[0] > uint64(time.Since(start))/2 {
		t.Errorf("a sleep of %v is %v ns of work, %v", time.Since(start), slept, err)
	}
}

// TestHardware: the counters of the machine, where there are any.
func TestHardware(t *testing.T) {
	events := []Event{Instructions, Cycles, CacheMisses, BranchMisses}
	can, err := Available(events...)
	if len(can) == 0 {
		if err == nil || !strings.HasPrefix(err.Error(), "instructions: ") {
			t.Errorf("no counters, and the reason is %v", err)
		}
		t.Skip(err)
	}
	x := 1
	got, err := Count(func() {
		for range 1_000_000 {
			x = x*3 + 1
		}
	}, can...)
	if errors.Is(err, ErrBusy) {
		t.Skip(err)
	}
	if err != nil || len(got) != len(can) {
		t.Fatal(got, err)
	}
	if i := slices.Index(can, Instructions); i >= 0 && (got[i] < 1_000_000 || got[i] > 20_000_000) {
		t.Errorf("%d instructions for a million multiplications", got[i])
	}
}

// TestParse: counts that were estimated are none.
func TestParse(t *testing.T) {
	for _, test := range []struct {
		words []uint64
		want  []uint64
		busy  bool
	}{
		{[]uint64{2, 50, 50, 7, 9}, []uint64{7, 9}, false},
		{[]uint64{2, 50, 49, 7, 9}, nil, true},
		{[]uint64{2, 0, 0, 0, 0}, nil, true},
		{[]uint64{1, 50, 50, 7}, nil, false},
		{[]uint64{2, 50}, nil, false},
		{nil, nil, false},
	} {
		var buf []byte
		for _, w := range test.words {
			buf = binary.NativeEndian.AppendUint64(buf, w)
		}
		got, err := parse(buf, 2)
		if !slices.Equal(got, test.want) || errors.Is(err, ErrBusy) != test.busy || (err == nil) != (test.want != nil) {
			t.Errorf("%v: %v, %v", test.words, got, err)
		}
	}
}

// TestReason: each refusal of the kernel has a sentence of its own.
func TestReason(t *testing.T) {
	seen := make(map[string]bool)
	for _, err := range []error{unix.ENOENT, unix.EACCES, unix.ENOSYS, unix.EMFILE} {
		got := reason(err).Error()
		if seen[got] || got == "" {
			t.Errorf("%v: %q", err, got)
		}
		seen[got] = true
	}
	if !errors.Is(reason(unix.EMFILE), unix.EMFILE) {
		t.Error("what is not known here is told as it is")
	}
}

package field

import (
	"fmt"
	"testing"
)

func TestNumbers(t *testing.T) {
	const no = -1
	for _, tt := range []struct {
		text                 string
		number, hex, pointer int
	}{
		{"10", 10, 16, 16},
		{"0x10", 16, 16, 16},
		{"010", 10, 16, 16},
		{"ff", no, 255, 255},
		{"0xFf", 255, 255, 255},
		{"(nil)", no, no, 0},
		{"nullptr", no, no, 0},
		{"", no, no, no},
		{"0x", no, no, no},
		{"0x0x1", no, no, no},
		{"-1", no, no, no},
		{"+1", no, no, no},
		{"1 ", no, no, no},
		{"1_0", no, no, no},
		{"18446744073709551616", no, no, no},
		{"0x10000000000000000", no, no, no},
	} {
		for _, r := range []struct {
			name string
			read func([]byte) (uint64, bool)
			want int
		}{{"Number", Number, tt.number}, {"Hex", Hex, tt.hex}, {"Pointer", Pointer, tt.pointer}} {
			if got, ok := r.read([]byte(tt.text)); ok != (r.want != no) || ok && got != uint64(r.want) {
				t.Errorf("%s of %q: got %d, %v, want %d", r.name, tt.text, got, ok, r.want)
			}
		}
	}
	if n, ok := Number([]byte("18446744073709551615")); !ok || n != 1<<64-1 {
		t.Errorf("got %d, %v", n, ok)
	}
}

func TestSeconds(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1.5": 1500000000, "1.": 1000000000, "7.049778": 7049778000, "5.000000001": 5000000001,
		"5.0000000019": 5000000001, "1700000001.100000": 1700000001100000000,
		"": -1, ".5": -1, "-1": -1, "1.5x": -1, "1,5": -1, "8589934592": -1, "1.0000000000000000000": -1,
	} {
		got, ok := Seconds([]byte(text))
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

// TestDayClock reads one clock: it goes back a little, and twice past midnight.
func TestDayClock(t *testing.T) {
	const second, hour = 1e9, 3600e9
	var d DayClock
	for _, tt := range []struct {
		text string
		want int64
	}{
		{"23:59:59.999999", 24*hour - 1000},
		{"23:59:59:999998", 24*hour - 2000},
		{"00:00:00", 24 * hour},
		{"23:59:60.5", 48*hour + second/2},
		{"1:2:3", 48*hour + hour + 123*second},
		{"24:00:00", -1},
		{"0:60:00", -1},
		{"0:0:61", -1},
		{"0:0", -1},
		{"0:0:0:0:0", -1},
	} {
		got, ok := d.Read([]byte(tt.text))
		if !ok {
			got = -1
		}
		if got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.text, got, tt.want)
		}
	}
}

func TestCells(t *testing.T) {
	var f [][]byte
	for line, want := range map[string]string{
		"":          `[""]`,
		"a":         `["a"]`,
		"a,b c, d ": `["a" "b c" "d"]`,
		",":         `["" ""]`,
		"a,,b,":     `["a" "" "b" ""]`,
	} {
		if f = Cells(f, []byte(line)); fmt.Sprintf("%q", f) != want {
			t.Errorf("%q: got %q, want %s", line, f, want)
		}
	}
	if got := Columns(FirstCells([]byte("\r\n\nId, SIZE,size\nlower")), "size", "id", "lower"); fmt.Sprint(got) != "[1 0 -1]" {
		t.Errorf("got columns %v", got)
	}
	if n, rest := Digits([]byte("12-3")); string(n) != "12" || string(rest) != "-3" {
		t.Errorf("got the digits %q and %q", n, rest)
	}
}

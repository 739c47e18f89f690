package vmadump

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	d, err := Read(strings.NewReader(`{"Pools": {"a, b": [{"Blocks": {"7": {"Suballocations": [
		{"Size": 8, "Type": "BUFFER", "Offset": 96}, {"Offset": 8, "Size": 88, "Type": "FREE"}, {"Offset": 0, "Size": 5, "Type": "IMAGE"}],
		"TotalBytes": 128}}}]}, "DedicatedAllocations": [{"Size": 1}, {"Size": 2}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Dump{Blocks: []Block{{Name: "Pools-a?b-0-block7", Total: 128, Live: []Extent{{0, 5}, {96, 8}}}}, Dedicated: 2, Mapped: true}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got %+v, want %+v", d, want)
	}
	for _, tt := range []struct{ most, want uint64 }{{256, 32}, {32, 32}, {16, 16}} {
		if got := d.Unit(tt.most); got != tt.want {
			t.Errorf("unit of at most %d: %d, want %d", tt.most, got, tt.want)
		}
	}
	if got := (&Dump{}).Unit(256); got != 256 {
		t.Errorf("unit of nothing: %d", got)
	}
}

// TestBlocks has more blocks than are read; each takes memory.
func TestBlocks(t *testing.T) {
	var b strings.Builder
	for i := range maxBlocks + 1 {
		fmt.Fprintf(&b, `,{"%d":{"Suballocations":[]}}`, i)
	}
	_, err := Read(strings.NewReader("[" + b.String()[1:] + "]"))
	if err == nil || !strings.HasSuffix(err.Error(), ": more than 65536 blocks") {
		t.Errorf("got error %v", err)
	}
}

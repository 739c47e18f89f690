package sgtable_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
)

func TestDump(t *testing.T) {
	table := append(segments(256, 4, 16, 3, 9, 0), sgtable.Segment{Addr: 0xfffff00000000000, Len: 0xfffff000})
	const want = "" +
		"    0  +0x00000000  [0x000000100000, 0x000000104000)       16384\n" +
		"    1  +0x00004000  [0x000000010000, 0x000000013000)       12288\n" +
		"    2  +0x00007000  [0x000000009000, 0x000000009000)           0\n" +
		"    3  +0x00007000  [0xfffff00000000000, 0xfffff000fffff000)  4294963200\n" +
		"4 segments, 4294991872 bytes, longest 4294963200, dma sizes 0x7000\n"
	var got strings.Builder
	if err := sgtable.Dump(&got, table); err != nil || got.String() != want {
		t.Errorf("error %v, got\n%swant\n%s", err, got.String(), want)
	}
}

func TestDumpOfNothing(t *testing.T) {
	var text, js strings.Builder
	if err := errors.Join(sgtable.Dump(&text, nil), sgtable.WriteJSON(&js, nil)); err != nil {
		t.Fatal(err)
	}
	if want := "0 segments, 0 bytes, longest 0, dma sizes 0x0\n"; text.String() != want {
		t.Errorf("text: got %q, want %q", text.String(), want)
	}
	if want := "{\"segments\": []}\n"; js.String() != want {
		t.Errorf("JSON: got %q, want %q", js.String(), want)
	}
}

func TestJSONRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for n := range 200 {
		var table []sgtable.Segment
		for range n {
			table = append(table, sgtable.Segment{Addr: r.Uint64() >> r.IntN(65), Len: r.Uint32() >> r.IntN(33)})
		}
		var b bytes.Buffer
		if err := sgtable.WriteJSON(&b, table); err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(b.Bytes(), []byte("\n")); n > 0 && lines != n+2 {
			t.Fatalf("%d segments in %d lines", n, lines)
		}
		got, err := sgtable.ReadJSON(&b)
		if err != nil || !slices.Equal(got, table) {
			t.Fatalf("%v came back as %v, error %v", table, got, err)
		}
	}
}

func TestReadJSON(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", ``, `want "{": unexpected EOF`},
		{"an array", `[]`, `"[" where "{" should be`},
		{"null", `null`, `"<nil>" where "{" should be`},
		{"another field", `{"tables": []}`, `"tables" where "segments" should be`},
		{"no array", `{"segments": {}}`, `"{" where "[" should be`},
		{"a field more", `{"segments": [], "x": 1}`, `"x" where "}" should be`},
		{"something behind", `{"segments": []} {}`, `has more after the table`},
		{"cut off after a segment", `{"segments": [{"addr": "0x1", "len": 1}`, `want "]": unexpected EOF`},
		{"cut off in a segment", `{"segments": [{"addr": "0x1", "len": 1}, {"addr"`, `segment 1: unexpected EOF`},
		{"a segment that is none", `{"segments": [7]}`, `segment 0: json: cannot unmarshal number`},
		{"a null segment", `{"segments": [null]}`, `segment 0: no addr`},
		{"no addr", `{"segments": [{"len": 1}]}`, `segment 0: no addr`},
		{"no len", `{"segments": [{"addr": "0x1", "len": 1}, {"addr": "0x2"}]}`, `segment 1: no len`},
		{"a field more in a segment", `{"segments": [{"addr": "0x1", "len": 1, "x": 2}]}`, `segment 0: json: unknown field "x"`},
		{"addr as a number", `{"segments": [{"addr": 1, "len": 1}]}`, `segment 0: json: cannot unmarshal number`},
		{"addr without 0x", `{"segments": [{"addr": "10", "len": 1}]}`, `segment 0: addr "10" is not 0x and`},
		{"addr without digits", `{"segments": [{"addr": "0x", "len": 1}]}`, `segment 0: addr "0x" is not 0x and`},
		{"addr of 65 bits", `{"segments": [{"addr": "0x10000000000000000", "len": 1}]}`, `addr "0x10000000000000000" is not 0x and`},
		{"negative len", `{"segments": [{"addr": "0x1", "len": -1}]}`, `segment 0: json: cannot unmarshal number -1`},
		{"len of 33 bits", `{"segments": [{"addr": "0x1", "len": 4294967296}]}`, `segment 0: json: cannot unmarshal number 4294967296`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table, err := sgtable.ReadJSON(strings.NewReader(tt.in))
			switch {
			case err == nil || table != nil:
				t.Errorf("got %v, error %v", table, err)
			case !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n"):
				t.Errorf("got %q, want ... %s", err, tt.want)
			case errors.Is(err, io.EOF):
				t.Errorf("%q is io.EOF, which means a normal end", err)
			}
		})
	}
}

func FuzzReadJSON(f *testing.F) {
	f.Add([]byte("{\"segments\": [\n{\"addr\": \"0x100000\", \"len\": 16384},\n{\"addr\": \"0x10000\", \"len\": 12288}\n]}\n"))
	f.Add([]byte(`{"segments": []}`))
	f.Add([]byte(`{"segments": [{"len": 1, "addr": "0xFFFFffffFFFFffff"}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		table, err := sgtable.ReadJSON(bytes.NewReader(in))
		if err != nil {
			if table != nil {
				t.Fatalf("a table of %d segments with the error %v", len(table), err)
			}
			return
		}
		var b bytes.Buffer
		if err := sgtable.WriteJSON(&b, table); err != nil {
			t.Fatal(err)
		}
		if again, err := sgtable.ReadJSON(&b); err != nil || !slices.Equal(again, table) {
			t.Fatalf("%v came back as %v, error %v", table, again, err)
		}
	})
}

// fullWriter accepts a number of bytes and then fails.
type fullWriter int

var errFull = errors.New("full")

func (w *fullWriter) Write(p []byte) (int, error) {
	if len(p) > int(*w) {
		return 0, errFull
	}
	*w -= fullWriter(len(p))
	return len(p), nil
}

func TestDumpErrors(t *testing.T) {
	table := slices.Repeat(segments(1, 1), 500)
	for _, room := range []int{0, 4096, 10000} {
		text, js := fullWriter(room), fullWriter(room)
		if err := sgtable.Dump(&text, table); !errors.Is(err, errFull) {
			t.Errorf("Dump to a writer with room for %d bytes: %v", room, err)
		}
		if err := sgtable.WriteJSON(&js, table); !errors.Is(err, errFull) {
			t.Errorf("WriteJSON to a writer with room for %d bytes: %v", room, err)
		}
	}
}

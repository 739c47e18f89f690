package trace_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// read reads a text as a whole, which lets the reader take plain lines as fast as it can,
// and byte by byte, where it never has enough in hand for that. Both must be the same.
func read(t *testing.T, text []byte) (file, error) {
	t.Helper()
	slow, wrong := parse(iotest.OneByteReader(bytes.NewReader(text)))
	fast, err := parse(bytes.NewReader(text))
	if fmt.Sprint(err) != fmt.Sprint(wrong) || !reflect.DeepEqual(fast, slow) {
		t.Fatalf("of %q the whole reads\n  %v, %v\nand byte by byte\n  %v, %v", text, fast, err, slow, wrong)
	}
	return fast, err
}

// TestPlainLines: numbers of every length, and lines that only look plain.
func TestPlainLines(t *testing.T) {
	const head = "vramlab trace 1\nregion 4294967296 page 4096\na 7 4096\n"
	rest := strings.Repeat("# long enough\n", 10)
	number := uint64(0)
	for digits := 1; digits <= 20; digits++ {
		number = number*10 + uint64(digits%10)
		text := fmt.Sprintf("%sa %d %[2]d\n%sf %[2]d\n@ %[2]d\n%[3]s", head, number+8, rest)
		f, err := read(t, []byte(text))
		if err != nil || len(f.Records) != 4 {
			t.Fatalf("%q: %v, error %v", text, f.Records, err)
		}
		a, free, at := f.Records[1], f.Records[2], f.Records[3]
		if a.ID != number+8 || a.Req.Size != number+8 || free.ID != number+8 || at.Time != number+8 {
			t.Errorf("%d is read as %+v, %+v, %+v", number+8, a, free, at)
		}
	}
	for line, want := range map[string]string{
		"a 1 2":                     "",
		"a 1 0002":                  "",
		"a 0000000000000001 2":      "",
		"a 00000000000000000001 2":  "",
		"a 18446744073709551616 2":  "over 64 bits",
		"a 1 184467440737095516160": "over 64 bits",
		"a 1 2 ":                    "empty field",
		"a 1 2\r":                   "carriage return",
		"a 1  2":                    "empty field",
		"a  1 2":                    "empty field",
		"a 1 2 topdown":             "",
		"a 1 2x":                    "not a decimal number",
		"a 1 12345678x":             "not a decimal number",
		"a 1 1234567812345678x":     "not a decimal number",
		"a 1x 2":                    "not a decimal number",
		"a 1":                       "the size is missing",
		"a 1 ":                      "the size is missing",
		"a ":                        "the id is missing",
		"a x 2":                     "not a decimal number",
		"a 7 2":                     "which is live",
		"f 7":                       "",
		"f 7 cleared":               "",
		"f 7 7":                     "unknown field",
		"f 8":                       "which is not live",
		"f 7:":                      "not a decimal number",
		"f 7/":                      "not a decimal number",
		"f \xb7":                    "not a decimal number",
		"b 1 2":                     "unknown line",
		"@ 1":                       "",
		"@ 1 2":                     "after the last field",
		"@ 9\n@ 8":                  "does not go back",
		"@ 8\n@ 8":                  "",
		"@ 1\n= 4096+4096":          "comes only right after",
		"f 7\n= 4096+4096":          "comes only right after",
		"a 1 2\n= 4096+4096\nf 1":   "",
		"a 1 2\nl 4 4096+4096":      "live extents after an operation",
		"r 1 2":                     "a reset is",
		"t 7 4096":                  "",
		"t 7 4096\nf 7\nt 7 4096":   "which is not live",
		"":                          "empty line",
	} {
		_, err := read(t, []byte(head+line+"\n"+rest))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: error %v, want %q", line, err, want)
		}
	}
}

// TestPlainLinesDamaged: a changed byte anywhere is read alike, or refused alike.
func TestPlainLinesDamaged(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	text := []byte("vramlab trace 1\nregion 4294967296 page 4096\n")
	var live []int
	for id := range 60 {
		text = fmt.Appendf(text, "a %d %d\n", id*id*id, 1<<rng.IntN(60))
		if live = append(live, id*id*id); id%3 == 0 {
			at := rng.IntN(len(live))
			text = fmt.Appendf(text, "f %d\n@ %d\n", live[at], id<<20)
			live = slices.Delete(live, at, at+1)
		}
	}
	const bytesOf = "af@ 0123456789\n\r+=x\x00\xff"
	wrong := 0
	for range 1000 {
		damaged := bytes.Clone(text)
		damaged[rng.IntN(len(damaged))] = bytesOf[rng.IntN(len(bytesOf))]
		if _, err := read(t, damaged); err != nil {
			wrong++
		}
	}
	if wrong < 300 || wrong > 970 {
		t.Errorf("%d of 1000 damaged traces were refused", wrong)
	}
}

package pickle

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"
)

// plainData is {"a": [1, -2, 2**40], "b": (True, None)} as Python pickles it, in protocol
// 2 and 4.
var plainData = []string{
	"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01]q\x02(K\x01J\xfe\xff\xff\xff\x8a\x06\x00\x00\x00\x00\x00\x01eX\x01\x00\x00\x00bq\x03\x88N\x86q\x04u.",
	"\x80\x04\x95\x27\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01a\x94]\x94(K\x01J\xfe\xff\xff\xff\x8a\x06\x00\x00\x00\x00\x00\x01e\x8c\x01b\x94\x88N\x86\x94u.",
}

func TestDecode(t *testing.T) {
	for _, text := range plainData {
		got, err := Decode(iotest.OneByteReader(strings.NewReader(text)))
		if s := fmt.Sprint(got); err != nil || s != "map[a:[1 -2 1099511627776] b:[true {}]]" {
			t.Errorf("got %s, error %v", s, err)
		}
		for n := range len(text) {
			if _, err := Decode(strings.NewReader(text[:n])); err == nil || err.Error() != fmt.Sprintf("offset %d: the pickle is cut short", err.(*Error).Offset) {
				t.Errorf("of %d bytes: got error %v", n, err)
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"\x80\x02cos\nsystem\n(S'true'\ntR.", "offset 2: the opcode GLOBAL would run code: only plain data is read"},
		{"\x80\x04\x8c\x02os\x8c\x06system\x93.", "offset 14: the opcode STACK_GLOBAL would run code: only plain data is read"},
		{"\x80\x04}R.", "offset 3: the opcode REDUCE would run code: only plain data is read"},
		{"\x80\x04I1\n.", "offset 2: the opcode 0x49 is none of those of plain data in protocol 2 to 5"},
		{"\x80\x04\xff", "offset 2: the opcode 0xff is none of those of plain data in protocol 2 to 5"},
		{"\x80\x04X\xff\xff\xff\xffabc", "offset 2: a string of 4294967295 bytes, more than 1048576"},
		{"\x80\x04\x8a\x11" + strings.Repeat("x", 17), "offset 2: a number of 17 bytes, more than 16"},
		{"\x80\x04}.x", "offset 4: there is data behind the end of the pickle"},
		{"\x80\x04a.", "offset 2: the opcode takes more than the stack holds"},
		{"\x80\x04(}N(NNu.", "offset 8: the opcode adds to what is no new list or dictionary"},
		{"\x80\x04}(N\x86.", "offset 5: the opcode takes a mark for a value"},
		{"\x80\x04]\x94h\x00Na.", "offset 7: the opcode adds to what is no new list or dictionary"},
		{"\x80\x04}\x94h\x09.", "offset 4: pickle: memo: key error 9"},
		{"\x80\x04}]Ns.", "offset 5: pickle: loadSetItem: map: invalid key type []interface {}"},
		{"\x80\x06}.", "offset 0: invalid pickle version"},
		{"\x80\x04.", "offset 2: pickle: stack underflow"},
	} {
		if _, err := Decode(strings.NewReader(c.text)); err == nil || err.Error() != c.want {
			t.Errorf("%q: got error %v, want %s", c.text, err, c.want)
		}
	}
	_, err := Decode(iotest.ErrReader(errors.New("no\nfile")))
	if err == nil || err.Error() != `offset 0: no\nfile` {
		t.Errorf("got error %v", err)
	}
	// A frame is as long as its opcodes, whatever it says.
	if _, err := Decode(strings.NewReader("\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f}.")); err != nil {
		t.Error(err)
	}
}

// TestBounded makes very much of one byte each.
func TestBounded(t *testing.T) {
	defer func(n int64) { most = n }(most)
	most = 1 << 20
	// A dictionary counts 80 bytes, and the opcode before it 16.
	_, err := Decode(strings.NewReader("\x80\x04" + strings.Repeat("}", 1<<20)))
	if want := "offset 13109: the values of the pickle take more than 1048576 bytes"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

func TestNumber(t *testing.T) {
	big := func(s string) *big.Int { n, _ := new(big.Int).SetString(s, 10); return n }
	for _, c := range []struct {
		v    any
		want uint64
		ok   bool
	}{
		{int64(0), 0, true}, {int64(7), 7, true}, {int64(-7), 0, false}, {"7", 0, false}, {7.0, 0, false},
		{big("18446744073709551615"), 1<<64 - 1, true}, {big("18446744073709551616"), 0, false}, {big("-1"), 0, false},
	} {
		if got, ok := Number(c.v); ok != c.ok || ok && got != c.want {
			t.Errorf("%v: got %d, %v", c.v, got, ok)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range plainData {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Decode(bytes.NewReader(b)); err != nil && (!strings.HasPrefix(err.Error(), "offset ") || strings.Contains(err.Error(), "\n")) {
			t.Fatal(err)
		}
	})
}

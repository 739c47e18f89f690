package sgtable

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Dump writes table as text for people: one line for each segment with its number,
// its offset in the object, its device addresses as a half-open range and its
// length in bytes, and a last line with the number of segments, their total bytes,
// the longest segment and [DMASizes]. It writes all segments, even those after one
// of length 0. The error is that of w.
func Dump(w io.Writer, table []Segment) error {
	b := bufio.NewWriter(w)
	var offset uint64
	var longest uint32
	for i, s := range table {
		fmt.Fprintf(b, "%5d  +%#08x  [%#012x, %#012x)  %10d\n", i, offset, s.Addr, s.Addr+uint64(s.Len), s.Len)
		offset += uint64(s.Len)
		longest = max(longest, s.Len)
	}
	fmt.Fprintf(b, "%d segments, %d bytes, longest %d, dma sizes %#x\n", len(table), offset, longest, DMASizes(table))
	return b.Flush()
}

// jsonSegment is a segment in JSON. The address is a hexadecimal string, since many
// readers keep numbers as float64, which is exact only up to 2^53. The fields are
// pointers to tell a missing one from 0.
type jsonSegment struct {
	Addr *string `json:"addr"`
	Len  *uint32 `json:"len"`
}

// WriteJSON writes table as one JSON object with a line for each segment, so that
// diff can compare two of them:
//
//	{"segments": [
//	{"addr": "0x100000", "len": 16384},
//	{"addr": "0x10000", "len": 12288}
//	]}
//
// It writes any table, valid or not. The error is that of w.
func WriteJSON(w io.Writer, table []Segment) error {
	b := bufio.NewWriter(w)
	b.WriteString(`{"segments": [`)
	separator := "\n"
	for _, s := range table {
		fmt.Fprintf(b, `%s{"addr": "%#x", "len": %d}`, separator, s.Addr, s.Len)
		separator = ",\n"
	}
	if len(table) > 0 {
		b.WriteByte('\n')
	}
	b.WriteString("]}\n")
	return b.Flush()
}

// ReadJSON reads the JSON of [WriteJSON], in any layout, up to the end of r. It
// returns the table, nil if it has no segments. A field that is missing, unknown or
// out of range is an error that names the segment. ReadJSON does not [Validate] the
// table.
func ReadJSON(r io.Reader) ([]Segment, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := expect(d, json.Delim('{'), "segments", json.Delim('[')); err != nil {
		return nil, err
	}
	var table []Segment
	for d.More() {
		var j jsonSegment
		err := d.Decode(&j)
		var s Segment
		if err == nil {
			s, err = j.segment()
		}
		if err != nil {
			return nil, fmt.Errorf("sgtable: JSON of segment %d: %w", len(table), unexpected(err))
		}
		table = append(table, s)
	}
	if err := expect(d, json.Delim(']'), json.Delim('}')); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("sgtable: JSON has more after the table, at byte %d", d.InputOffset())
	}
	return table, nil
}

// expect reads tokens, which must be exactly these.
func expect(d *json.Decoder, tokens ...json.Token) error {
	for _, want := range tokens {
		got, err := d.Token()
		if err != nil {
			return fmt.Errorf("sgtable: JSON of a table, at byte %d: want %q: %w", d.InputOffset(), fmt.Sprint(want), unexpected(err))
		}
		if got != want {
			return fmt.Errorf("sgtable: JSON of a table, at byte %d: %q where %q should be", d.InputOffset(), fmt.Sprint(got), fmt.Sprint(want))
		}
	}
	return nil
}

// unexpected turns io.EOF, which callers take for a normal end, into
// io.ErrUnexpectedEOF.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// segment converts j to a Segment.
func (j jsonSegment) segment() (Segment, error) {
	switch {
	case j.Addr == nil:
		return Segment{}, errors.New("no addr")
	case j.Len == nil:
		return Segment{}, errors.New("no len")
	}
	digits, ok := strings.CutPrefix(*j.Addr, "0x")
	addr, err := strconv.ParseUint(digits, 16, 64)
	if !ok || err != nil {
		return Segment{}, fmt.Errorf("addr %q is not 0x and up to 16 hexadecimal digits", *j.Addr)
	}
	return Segment{Addr: addr, Len: *j.Len}, nil
}

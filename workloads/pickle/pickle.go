// Package pickle reads Python pickles of plain data, from whoever they come.
//
// # Idea
//
// A pickle is a program for a machine with a stack, whose opcodes may also import and
// call. The decoder is a library that does neither. What it leaves open is closed in front
// of it: a guard passes the opcodes of plain data only (protocol 2 to 5), one at a time, so
// that it knows the offset of any error; it checks a length that the file gives before it
// is believed, and bounds what all values take.
//
// # Limits
//
// A list that a pickle refers to from a second place is read as what it was when it was
// first remembered, which is empty for the pickles of Python. A number has at most 16
// bytes, a string 1 MiB, and all values 2 GiB, by an estimate that is right within a
// factor of two. Reading takes about a microsecond an opcode.
package pickle

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"

	ogorek "github.com/kisielk/og-rek"
)

// Tuple is a tuple of Python.
type Tuple = ogorek.Tuple

// Error is the first broken rule of a pickle.
type Error struct {
	Offset int64  // of the opcode, in bytes
	Msg    string // the rule, in one line
}

// Error is the offset and the rule.
func (e *Error) Error() string { return fmt.Sprintf("offset %d: %s", e.Offset, e.Msg) }

// Decode reads the one pickle that r holds. Dictionaries become map[any]any, lists []any,
// tuples [Tuple], whole numbers int64 or *big.Int (see [Number]), and the others string,
// float64 and bool; None is a value of its own. The error is an [*Error], also if it comes
// from r.
func Decode(r io.Reader) (any, error) {
	g := &guard{r: bufio.NewReader(r)}
	root, err := ogorek.NewDecoder(g).Decode()
	if err == nil {
		if _, e := g.r.ReadByte(); e != io.EOF {
			g.at, err = g.next, errors.New("there is data behind the end of the pickle")
		}
	}
	switch {
	case err == nil:
		return root, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &Error{g.next, "the pickle is cut short"}
	}
	text := strconv.Quote(err.Error()) // of the library, which may quote what it read
	return nil, &Error{g.at, text[1 : len(text)-1]}
}

// Number is a whole number from 0 on that has at most 64 bits.
func Number(v any) (n uint64, ok bool) {
	switch v := v.(type) {
	case int64:
		return uint64(v), v >= 0
	case *big.Int:
		return v.Uint64(), v.IsUint64()
	}
	return 0, false
}

// most is how many bytes all values may take, about.
var most int64 = 2 << 30 // a test changes it

const (
	mostString = 1 << 20 // bytes of the longest string
	mostLong   = 16      // bytes of the longest number: enough for 64 bits, and few to multiply
)

// What the guard knows of a value on the stack of the decoder. A list that comes out of
// the memo may not grow: the decoder would copy it each time.
const (
	plain = iota
	mark
	list // made here, and nowhere else yet
	dict
)

// opcode is one of plain data.
type opcode struct {
	arg  int  // bytes of its argument; below 0: of a length before a string
	pops int  // values it takes; toMark: all above the last mark, and the mark
	push int  // the value it makes; none: it changes the one that is then on top
	on   int  // the kind of that one, plain for any
	keep bool // it makes something that stays in memory
}

const (
	toMark = -1
	none   = -1
)

var opcodes = [256]*opcode{
	0x80: {arg: 1, push: none},                             // PROTO
	0x95: {arg: 8, push: none},                             // FRAME
	'(':  {push: mark},                                     // MARK
	'.':  {push: none},                                     // STOP
	'N':  {},                                               // NONE
	0x88: {},                                               // NEWTRUE
	0x89: {},                                               // NEWFALSE
	'K':  {arg: 1},                                         // BININT1
	'M':  {arg: 2},                                         // BININT2
	'J':  {arg: 4},                                         // BININT
	'G':  {arg: 8},                                         // BINFLOAT
	0x8a: {arg: -1, keep: true},                            // LONG1
	'X':  {arg: -4, keep: true},                            // BINUNICODE
	0x8c: {arg: -1, keep: true},                            // SHORT_BINUNICODE
	'T':  {arg: -4, keep: true},                            // BINSTRING
	'U':  {arg: -1, keep: true},                            // SHORT_BINSTRING
	'B':  {arg: -4, keep: true},                            // BINBYTES
	'C':  {arg: -1, keep: true},                            // SHORT_BINBYTES
	']':  {push: list, keep: true},                         // EMPTY_LIST
	'a':  {pops: 1, push: none, on: list},                  // APPEND
	'e':  {pops: toMark, push: none, on: list},             // APPENDS
	'l':  {pops: toMark, push: list, keep: true},           // LIST
	')':  {keep: true},                                     // EMPTY_TUPLE
	't':  {pops: toMark, keep: true},                       // TUPLE
	0x85: {pops: 1, keep: true},                            // TUPLE1
	0x86: {pops: 2, keep: true},                            // TUPLE2
	0x87: {pops: 3, keep: true},                            // TUPLE3
	'}':  {push: dict, keep: true},                         // EMPTY_DICT
	'd':  {pops: toMark, push: dict, keep: true},           // DICT
	's':  {pops: 2, push: none, on: dict, keep: true},      // SETITEM
	'u':  {pops: toMark, push: none, on: dict, keep: true}, // SETITEMS
	'q':  {arg: 1, push: none, keep: true},                 // BINPUT
	'r':  {arg: 4, push: none, keep: true},                 // LONG_BINPUT
	0x94: {push: none, keep: true},                         // MEMOIZE
	'h':  {arg: 1},                                         // BINGET
	'j':  {arg: 4},                                         // LONG_BINGET
}

// hostile are the opcodes by which a pickle has code run or looked up.
var hostile = map[byte]string{
	'c': "GLOBAL", 'R': "REDUCE", 'b': "BUILD", 'i': "INST", 'o': "OBJ", 'P': "PERSID", 'Q': "BINPERSID",
	0x81: "NEWOBJ", 0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 0x92: "NEWOBJ_EX", 0x93: "STACK_GLOBAL", 0x97: "NEXT_BUFFER",
}

// guard is the pickle in r as far as its opcodes are of plain data.
type guard struct {
	r        *bufio.Reader
	at, next int64  // offsets of the opcode that was handed over, and behind it
	buf      []byte // of it, what is not handed over yet
	stack    []byte // kinds of the values on the decoder's stack
	taken    int64  // bytes that the values take, about
	room     [12]byte
}

func (g *guard) Read(p []byte) (n int, err error) {
	if len(g.buf) == 0 {
		if err := g.take(); err != nil {
			return 0, err
		}
	}
	n = copy(p, g.buf)
	g.buf = g.buf[n:]
	return n, nil
}

// take takes the next opcode and its argument.
func (g *guard) take() error {
	g.at = g.next
	code, err := g.r.ReadByte()
	if err != nil {
		return err
	}
	op := opcodes[code]
	if name := hostile[code]; name != "" {
		return fmt.Errorf("the opcode %s would run code: only plain data is read", name)
	}
	if op == nil {
		return fmt.Errorf("the opcode %#02x is none of those of plain data in protocol 2 to 5", code)
	}
	buf := append(g.room[:0], code)
	buf = buf[:1+max(op.arg, -op.arg)]
	if _, err := io.ReadFull(g.r, buf[1:]); err != nil {
		return err
	}
	g.next += int64(len(buf))
	if op.arg < 0 {
		if buf, err = g.counted(code, buf); err != nil {
			return err
		}
	}
	g.buf = buf
	if op.keep {
		g.taken += 64
	}
	if g.taken += 16; g.taken > most {
		return fmt.Errorf("the values of the pickle take more than %d bytes", most)
	}
	return g.effect(op)
}

// counted adds to buf the string whose length it ends with.
func (g *guard) counted(code byte, buf []byte) ([]byte, error) {
	size := int64(buf[1])
	if len(buf) == 5 {
		size = int64(binary.LittleEndian.Uint32(buf[1:]))
	}
	switch {
	case code == 0x8a && size > mostLong:
		return nil, fmt.Errorf("a number of %d bytes, more than %d", size, mostLong)
	case size > mostString:
		return nil, fmt.Errorf("a string of %d bytes, more than %d", size, mostString)
	}
	head := len(buf)
	buf = append(buf, make([]byte, size)...)
	if _, err := io.ReadFull(g.r, buf[head:]); err != nil {
		return nil, err
	}
	g.next += size
	g.taken += size
	return buf, nil
}

// effect does to the stack what the decoder will do.
func (g *guard) effect(op *opcode) error {
	for n := op.pops; n != 0; n-- {
		if len(g.stack) == 0 {
			return errors.New("the opcode takes more than the stack holds")
		}
		kind := g.stack[len(g.stack)-1]
		g.stack = g.stack[:len(g.stack)-1]
		if kind == mark {
			if op.pops == toMark {
				break
			}
			return errors.New("the opcode takes a mark for a value")
		}
	}
	if op.push != none {
		g.stack = append(g.stack, byte(op.push))
		return nil
	}
	if op.on != plain && (len(g.stack) == 0 || g.stack[len(g.stack)-1] != byte(op.on)) {
		return errors.New("the opcode adds to what is no new list or dictionary")
	}
	return nil
}

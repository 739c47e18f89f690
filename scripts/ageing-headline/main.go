// Command ageing-headline finds in traces of placements, as the command age -o writes them,
// after how many operations no aligned page of 2 MiB was free any more:
//
//	vramlab age -o aged
//	go run ./scripts/ageing-headline aged/*
//
// It reads the text of the trace and nothing else, and shares no code with vramlab, so that
// its answer can be held against that of the command. It keeps a mark for each 4 KiB of
// the region, and looks at all marks of a page whenever one of them changes.
//
// For each file it prints the number of operations, or >N if a page was free after each of
// all N, and the name. Operations count from the one after which as many bytes are asked for
// and not freed as the comment "# level: BYTES" says.
package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

const (
	unit  = 4096
	large = 2 << 20
)

func main() {
	code := 0
	for _, path := range os.Args[1:] {
		headline, err := headlineOf(path)
		if err != nil {
			fmt.Fprintf(os.Stderr, "ageing-headline: %v\n", err)
			code = 1
			continue
		}
		fmt.Println(headline, path)
	}
	if len(os.Args) == 1 {
		fmt.Fprintln(os.Stderr, "usage: ageing-headline TRACE...")
		code = 2
	}
	os.Exit(code)
}

// headlineOf reads the file at path.
func headlineOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
	}
	s := session{asked: make(map[string]uint64), held: make(map[string][][2]uint64), filled: -1, refused: -1}
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<26)
	for n := 1; in.Scan(); n++ {
		if err := s.line(in.Text()); err != nil {
			return "", fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	if err := in.Err(); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	s.finish()
	switch {
	case s.filled < 0:
		return "", fmt.Errorf("%s: never filled to %d bytes", path, s.level)
	case s.refused < 0:
		return fmt.Sprint(">", s.done-s.filled), nil
	}
	return fmt.Sprint(s.refused), nil
}

// session is a trace that is being read.
type session struct {
	level, sum uint64
	asked      map[string]uint64      // bytes, by id
	held       map[string][][2]uint64 // start and size, by id
	marks      []bool                 // by unit: live
	full       []bool                 // by large page: nothing live
	free       int                    // large pages

	open    bool   // an operation whose results may follow
	kind    string // of it
	id      string
	parted  bool // the operation frees an id that may be asked for again at once
	done    int
	filled  int
	refused int
}

// line reads one line.
func (s *session) line(text string) error {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil
	}
	switch words[0] {
	case "#":
		if len(words) == 3 && words[1] == "level:" {
			return number(words[2], &s.level)
		}
	case "region":
		return s.region(words)
	case "a", "f", "t", "r":
		return s.operation(words)
	case "=":
		return s.granted(words[1:])
	case "live":
		return fmt.Errorf("a state to begin in is not for this command")
	}
	return nil
}

// region lays out the marks.
func (s *session) region(words []string) error {
	var size uint64
	if len(words) < 2 {
		return fmt.Errorf("region without a size")
	}
	if err := number(words[1], &size); err != nil {
		return err
	}
	if size > 1<<44 {
		return fmt.Errorf("a region of %d bytes is too much for this command", size)
	}
	s.marks, s.full = make([]bool, size/unit), make([]bool, size/large)
	for i := range s.full {
		s.full[i] = true
	}
	s.free = len(s.full)
	return nil
}

// operation begins one; the one before has all its results now.
func (s *session) operation(words []string) error {
	if least := map[string]int{"a": 3, "f": 2, "t": 3, "r": 2}[words[0]]; len(words) < least {
		return fmt.Errorf("%q with %d arguments", words[0], len(words)-1)
	}
	again := words[0] == "a" && s.parted && words[1] == s.id // a second attempt
	if again {
		s.open = false
	}
	s.finish()
	s.open, s.kind, s.id, s.parted = true, words[0], words[1], false
	switch s.kind {
	case "a":
		var size uint64
		if err := number(words[2], &size); err != nil {
			return err
		}
		s.asked[s.id] = size
		s.sum += size
		if again {
			s.done-- // it is counted with the first
		}
	case "f":
		s.parted = len(s.held[s.id]) == 0
		s.sum -= s.asked[s.id]
		delete(s.asked, s.id)
		s.mark(s.held[s.id], false)
		delete(s.held, s.id)
	case "t":
		var size uint64
		if err := number(words[2], &size); err != nil {
			return err
		}
		if old := s.asked[s.id]; size < old {
			s.sum -= old - size
			s.asked[s.id] = size
		}
	}
	return nil
}

// granted is what an allocation got, or a trim left.
func (s *session) granted(extents []string) error {
	s.mark(s.held[s.id], false)
	var blocks [][2]uint64
	for _, e := range extents {
		var b [2]uint64
		start, size, ok := strings.Cut(e, "+")
		if !ok || number(start, &b[0]) != nil || number(size, &b[1]) != nil || b[0] > 1<<44 || b[1] > 1<<44 || (b[0]+b[1]+unit-1)/unit > uint64(len(s.marks)) {
			return fmt.Errorf("%q is no extent of the region", e)
		}
		blocks = append(blocks, b)
	}
	s.held[s.id] = blocks
	s.mark(blocks, true)
	return nil
}

// mark marks blocks as live or free, and looks at the pages in which they lie.
func (s *session) mark(blocks [][2]uint64, live bool) {
	for _, b := range blocks {
		for i := b[0] / unit; i < (b[0]+b[1]+unit-1)/unit; i++ {
			s.marks[i] = live
		}
		for page := b[0] / large; page*large < b[0]+b[1] && page < uint64(len(s.full)); page++ {
			free := true
			for _, m := range s.marks[page*large/unit : (page+1)*large/unit] {
				if m {
					free = false
					break
				}
			}
			if free != s.full[page] {
				s.full[page] = free
				if free {
					s.free++
				} else {
					s.free--
				}
			}
		}
	}
}

// finish counts the operation before.
func (s *session) finish() {
	if !s.open && s.done > 0 {
		return
	}
	if s.open {
		s.done++
		s.open = false
	}
	if s.filled < 0 && s.sum >= s.level {
		s.filled = s.done
	}
	if s.filled >= 0 && s.refused < 0 && s.free == 0 {
		s.refused = s.done - s.filled
	}
}

func number(text string, n *uint64) (err error) {
	*n, err = strconv.ParseUint(text, 10, 64)
	return err
}

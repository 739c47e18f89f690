package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// request is what is asked of an allocator, in bytes.
type request struct {
	size, align uint64
	contiguous  bool
	rest        string // windows and flags that no policy changes, as the trace has them
}

// block is what was granted, [lo, hi).
type block struct{ lo, hi uint64 }

// op is a line of a trace, with the answer below it.
type op struct {
	text   string // of a line that is no allocation
	id     string
	asked  *request // of an allocation
	second bool     // the attempt after a refusal: "f ID" and "a ID" of an id that got nothing
	blocks []block  // granted, or left by a trim
	refuse string   // the word of a refusal
}

// readTrace reads a trace with answers, packed with gzip.
func readTrace(path string) ([]op, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	ops, err := parse(in)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return ops, nil
}

// parse reads the text of a trace. Comments and tables are dropped.
func parse(r io.Reader) (ops []op, err error) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<26)
	for n := 1; in.Scan(); n++ {
		if ops, err = add(ops, strings.Fields(in.Text())); err != nil {
			return nil, fmt.Errorf("%d: %w", n, err)
		}
	}
	return ops, in.Err()
}

// add appends the op of a line, or gives its answer to the one before.
func add(ops []op, words []string) ([]op, error) {
	if len(words) < 2 {
		return ops, nil
	}
	last := len(ops) - 1
	switch words[0] {
	case "=":
		ops[last].blocks = nil
		for _, w := range words[1:] {
			start, size, _ := strings.Cut(w, "+")
			lo, err := strconv.ParseUint(start, 10, 64)
			n, err2 := strconv.ParseUint(size, 10, 64)
			if err != nil || err2 != nil {
				return ops, fmt.Errorf("%q is no extent", w)
			}
			ops[last].blocks = append(ops[last].blocks, block{lo, lo + n})
		}
	case "!":
		ops[last].refuse = words[1]
	case "a":
		o := op{id: words[1], asked: new(request)}
		var err error
		if o.asked.size, err = strconv.ParseUint(words[2], 10, 64); err != nil {
			return ops, err
		}
		for _, w := range words[3:] {
			switch key, value, _ := strings.Cut(w, "="); key {
			case "align":
				if o.asked.align, err = strconv.ParseUint(value, 10, 64); err != nil {
					return ops, err
				}
			case "contiguous":
				o.asked.contiguous = true
			default:
				o.asked.rest += " " + w
			}
		}
		if last > 0 && ops[last].text == "f "+o.id && failed(ops[:last], o.id) {
			o.second = true
			ops = ops[:last] // the free is how a trace words it
		}
		return append(ops, o), nil
	case "#", "s":
	default:
		return append(ops, op{text: strings.Join(words, " "), id: words[1]}), nil
	}
	return ops, nil
}

// failed reports whether ops end with a request for id that was refused, and perhaps with
// the trim of what it did not get.
func failed(ops []op, id string) bool {
	last := len(ops) - 1
	if last > 0 && ops[last].id == id && ops[last].text != "" && ops[last].text[0] == 't' {
		last--
	}
	return ops[last].id == id && ops[last].asked != nil && ops[last].refuse != ""
}

// format writes an allocation as a line of a trace.
func (r request) format(id string) string {
	text := fmt.Sprintf("a %s %d", id, r.size)
	if r.align != 0 {
		text += fmt.Sprintf(" align=%d", r.align)
	}
	text += r.rest
	if r.contiguous {
		text += " contiguous"
	}
	return text
}

// placed are the operations of a stream with the requests of the policy, and the answers to
// them of a strategy, which the command lab gives.
//
// Only contigfirst has second attempts. Which first ones need one only the answers say, and second attempts change
// later answers. So they are guessed, from the answers before, until all guesses are right:
// each round is right for longer than the one before.
func (p policy) placed(stream []op, workload, strategy string, lab []string) ([]op, error) {
	refused := make(map[int]bool) // of the stream: a first attempt that has a second one
	for range 1000 {
		var text strings.Builder
		var asked []int // the op of the stream for each op that is asked, or what it is beside
		text.WriteString("vramlab trace 1\n")
		live := make(map[string]bool) // ids that the allocator was asked for
		for i, o := range stream {
			if o.second {
				continue // of the strategy under no policy
			}
			if o.asked == nil {
				if o.text[0] == 'f' || o.text[0] == 't' {
					if !live[o.id] {
						continue
					}
					live[o.id] = o.text[0] == 't'
				}
				if o.text != "vramlab trace 1" {
					fmt.Fprintln(&text, o.text)
				}
				asked = append(asked, i)
				continue
			}
			if p.refuses != nil && p.refuses(*o.asked) {
				continue
			}
			write := func(r request) {
				live[o.id] = true
				driver := p.request(r)
				fmt.Fprintln(&text, driver.format(o.id))
				asked = append(asked, i)
				if kept := p.kept(r); kept < driver.size {
					fmt.Fprintf(&text, "t %s %d\n", o.id, kept)
					asked = append(asked, trimmed)
				}
			}
			write(*o.asked)
			if refused[i] {
				fmt.Fprintf(&text, "f %s\n", o.id)
				asked = append(asked, guessed)
				write(second(*o.asked))
			}
		}
		answers, err := replay(text.String(), strategy, lab)
		if err != nil {
			return nil, err
		}
		right, at := true, 0
		for _, i := range asked {
			if at == len(answers) {
				return nil, fmt.Errorf("too few answers")
			}
			a := answers[at]
			if i == guessed && a.asked != nil {
				continue // the free before a second attempt is none
			}
			at++
			if workload == "contigfirst" && i >= 0 && a.asked != nil && !a.second && stream[i].asked.contiguous && refused[i] != (a.refuse == "ENOSPC") {
				right, refused[i] = false, a.refuse == "ENOSPC"
			}
		}
		if at != len(answers) {
			return nil, fmt.Errorf("%d answers to %d operations", len(answers), at)
		}
		if right {
			return answers, nil
		}
	}
	return nil, fmt.Errorf("the second attempts are not found")
}

// What is asked beside the operations of a stream.
const (
	trimmed = -1 - iota // the driver's trim of an object
	guessed             // the free of an object that is thought to be refused
)

// second is the attempt of contigfirst after a refusal.
func second(r request) request {
	r.contiguous, r.align = false, 0
	if r.size >= 2<<20 {
		r.align = 2 << 20
	}
	return r
}

// replay has a strategy answer a trace.
func replay(text, strategy string, lab []string) ([]op, error) {
	args := append(slices.Clone(lab[1:]), "replay", "-strategy", strategy, "-")
	cmd := exec.Command(lab[0], args...)
	cmd.Stdin = strings.NewReader(text)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(errs.String()))
	}
	ops, err := parse(&out)
	if err != nil {
		return nil, fmt.Errorf("the answers:%w", err)
	}
	return ops, nil
}

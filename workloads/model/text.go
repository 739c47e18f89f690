package model

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

const version = "vramlab model 1"

// maxText and maxLine bound a text that is read, and a line of it, in bytes.
const (
	maxText = 4 << 20
	maxLine = 1 << 20
)

// Write writes the text of m.
func (m *Model) Write(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n# %s\n", version, m.Name)
	for _, n := range m.Notes {
		fmt.Fprintf(&b, "# %s\n", n)
	}
	fmt.Fprintf(&b, "%v\nallocations %d\n", m.Region, m.Allocations)
	if m.Seconds > 0 {
		fmt.Fprintf(&b, "seconds %s\n", strconv.FormatFloat(m.Seconds, 'g', -1, 64))
	}
	fmt.Fprintf(&b, "phases %d\nlive", m.Phases)
	for _, n := range m.Live {
		fmt.Fprintf(&b, " %d", n)
	}
	b.WriteByte('\n')
	for i := range m.Classes {
		m.Classes[i].write(&b)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (c *Class) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "class %d", c.Low)
	if c.High != c.Low {
		fmt.Fprintf(b, "-%d", c.High)
	}
	fmt.Fprintf(b, "%s\n", strings.TrimPrefix(c.Req.String(), "0 bytes"))
	for i, p := range c.Phases {
		if p.Allocations == 0 {
			continue
		}
		fmt.Fprintf(b, "phase %d %d", i+1, p.Allocations)
		for _, n := range p.Life {
			fmt.Fprintf(b, " %d", n)
		}
		b.WriteByte('\n')
	}
	if c.Cleared > 0 {
		fmt.Fprintf(b, "cleared %d\n", c.Cleared)
	}
}

// ReadFile reads the model in the file at path.
func ReadFile(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, path)
}

// Read reads the text of a model. Errors name the file, the line and the rule.
func Read(src io.Reader, name string) (*Model, error) {
	r := reader{name: name, m: &Model{Name: name}}
	limit := &io.LimitedReader{R: src, N: maxText + 1}
	in := bufio.NewScanner(limit)
	in.Buffer(nil, maxLine)
	for in.Scan() {
		r.line++
		if err := r.read(in.Text()); err != nil {
			return nil, &trace.SyntaxError{File: name, Line: r.line, Msg: err.Error()}
		}
	}
	if err := in.Err(); err == bufio.ErrTooLong {
		return nil, &trace.SyntaxError{File: name, Line: r.line + 1, Msg: fmt.Sprintf("the line is longer than %d bytes", maxLine)}
	} else if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", name, r.line+1, err)
	}
	if limit.N == 0 {
		return nil, &trace.SyntaxError{File: name, Line: r.line, Msg: fmt.Sprintf("the text is longer than %d bytes", maxText)}
	}
	if err := r.end(); err != nil {
		return nil, &trace.SyntaxError{File: name, Line: max(r.line, 1), Msg: err.Error()}
	}
	return r.m, nil
}

// reader reads a model line by line.
type reader struct {
	name     string
	line     int
	m        *Model
	comments int
}

func (r *reader) read(line string) error {
	if r.line == 1 {
		if line != version {
			return fmt.Errorf("not a model: its first line is %q", version)
		}
		return nil
	}
	if text, ok := strings.CutPrefix(line, "#"); ok {
		text = strings.TrimSpace(text)
		if r.comments++; r.comments == 1 {
			r.m.Name = text
		} else if len(r.m.Notes) < 100 {
			r.m.Notes = append(r.m.Notes, text)
		}
		return nil
	}
	key, rest, _ := strings.Cut(line, " ")
	switch key {
	case "region":
		return r.region(rest)
	case "allocations":
		return r.number(key, rest, &r.m.Allocations, 1, math.MaxInt32)
	case "seconds":
		s, err := strconv.ParseFloat(rest, 64)
		if err != nil || !(s > 0) || math.IsInf(s, 0) {
			return fmt.Errorf("seconds %q: a number above 0", rest)
		}
		r.m.Seconds = s
		return nil
	case "phases":
		if r.m.Live != nil {
			return errors.New("phases behind what is live in them: their number comes first")
		}
		return r.number(key, rest, &r.m.Phases, 1, MaxPhases)
	case "live":
		return r.live(strings.Fields(rest))
	case "class":
		return r.class(rest)
	}
	if len(r.m.Classes) == 0 {
		return fmt.Errorf("%q before a class", key)
	}
	c := &r.m.Classes[len(r.m.Classes)-1]
	switch key {
	case "phase":
		return r.phase(c, strings.Fields(rest))
	case "cleared":
		return r.number(key, rest, &c.Cleared, 0, math.MaxInt32)
	}
	return fmt.Errorf("%q begins no line of a model", key)
}

func (r *reader) region(text string) error {
	if _, err := fmt.Sscanf(text, "%d page %d", &r.m.Region.Size, &r.m.Region.Page); err != nil {
		return errors.New("the region is of the form \"region SIZE page PAGE\"")
	}
	return r.m.Region.Validate()
}

func (r *reader) live(fields []string) error {
	if r.m.Live != nil || len(fields) != r.m.Phases {
		return fmt.Errorf("live has %d numbers: it has one for each of %d phases, once", len(fields), r.m.Phases)
	}
	for _, f := range fields {
		n, err := strconv.ParseUint(f, 10, 63)
		if err != nil {
			return fmt.Errorf("live %q: a number of bytes", f)
		}
		r.m.Live = append(r.m.Live, n)
	}
	return nil
}

func (r *reader) number(key, text string, to *int, least, most int) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return fmt.Errorf("%s %q: a number from %d to %d", key, text, least, most)
	}
	*to = n
	return nil
}

// phase reads "P N LIFE ...".
func (r *reader) phase(c *Class, fields []string) error {
	if len(fields) < 2 || len(fields) > 2+maxOctaves {
		return fmt.Errorf("a phase of %d numbers: it has its own number, that of its allocations, and at most %d of lifetimes", len(fields), maxOctaves)
	}
	n := make([]int, len(fields))
	for i, f := range fields {
		if err := r.number("phase", f, &n[i], 0, math.MaxInt32); err != nil {
			return err
		}
	}
	if n[0] < 1 || n[0] > r.m.Phases {
		return fmt.Errorf("phase %d of %d", n[0], r.m.Phases)
	}
	p := &c.Phases[n[0]-1]
	if p.Allocations > 0 {
		return fmt.Errorf("phase %d twice in a class", n[0])
	}
	*p = Phase{Allocations: n[1]}
	if len(n) > 2 {
		p.Life = n[2:]
	}
	if n[1] == 0 || p.left() < 0 {
		return errors.New("a phase of no allocations, or of fewer than are freed")
	}
	return nil
}

func (r *reader) class(text string) error {
	if r.m.Region.Page == 0 || r.m.Live == nil {
		return errors.New("a class before the region, the phases or what is live")
	}
	if len(r.m.Classes) == maxClasses {
		return fmt.Errorf("more than %d classes", maxClasses)
	}
	sizes, conditions, _ := strings.Cut(text, " ")
	low, high, ranged := strings.Cut(sizes, "-")
	if !ranged {
		high = low
	}
	var c Class
	var err1, err2 error
	c.Low, err1 = strconv.ParseUint(low, 10, 63)
	c.High, err2 = strconv.ParseUint(high, 10, 63)
	page := r.m.Region.Page
	if err1 != nil || err2 != nil || c.Low == 0 || c.High < c.Low || (c.Low|c.High)&(page-1) != 0 {
		return fmt.Errorf("the sizes %q: LOW or LOW-HIGH, whole pages of %d", sizes, page)
	}
	if c.Req, err1 = parseConditions(conditions); err1 != nil {
		return err1
	}
	c.Phases = make([]Phase, r.m.Phases)
	r.m.Classes = append(r.m.Classes, c)
	return nil
}

// parseConditions reads the conditions of a request, which are those of a line of a trace.
func parseConditions(text string) (strategies.Request, error) {
	if text == "" {
		return strategies.Request{}, nil
	}
	r, err := trace.NewReader(strings.NewReader("vramlab trace 1\nregion 4096 page 4096\na 0 0 "+text+"\n"), "")
	if err != nil {
		return strategies.Request{}, err
	}
	r.Scan()
	if wrong := (*trace.SyntaxError)(nil); errors.As(r.Err(), &wrong) {
		return strategies.Request{}, errors.New(wrong.Msg)
	}
	return r.Record().Req, r.Err()
}

func (r *reader) end() error {
	m := r.m
	switch {
	case r.line == 0:
		return fmt.Errorf("not a model: its first line is %q", version)
	case m.Region.Page == 0:
		return errors.New("the model ends without a region")
	case m.Allocations == 0:
		return errors.New("the model ends without its number of allocations")
	case len(m.Classes) == 0:
		return errors.New("the model ends without a class")
	}
	for p := range m.Phases {
		if !slices.ContainsFunc(m.Classes, func(c Class) bool { return c.Phases[p].Allocations > 0 }) {
			return fmt.Errorf("nothing is allocated in phase %d", p+1)
		}
	}
	return nil
}

package progress

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/internal/cells"
)

// screen is a terminal of one line that counts those that something wrote beyond its edge.
type screen struct {
	columns int
	cells   []string
	at      int
	beyond  int
}

func (s *screen) Write(text []byte) (int, error) {
	for _, r := range string(text) {
		switch n := cells.Width(string(r)); {
		case r == '\r':
			s.at = 0
		case r == '\n':
			s.beyond++
		case s.at+n > s.columns-1:
			s.beyond++ // a terminal may wrap here
		default:
			for len(s.cells) < s.at+n {
				s.cells = append(s.cells, " ")
			}
			s.cells[s.at] = string(r)
			for i := 1; i < n; i++ {
				s.cells[s.at+i] = ""
			}
			s.at += n
		}
	}
	return len(text), nil
}

func (s *screen) line() string { return strings.TrimRight(strings.Join(s.cells, ""), " ") }

// clock is a time that a test sets.
type clock struct{ time.Time }

func (c *clock) now() time.Time          { return c.Time }
func (c *clock) advance(d time.Duration) { c.Time = c.Add(d) }

func onScreen(s *screen, c *clock) *Bar {
	return &Bar{w: s, now: c.now, began: c.Time, pause: time.Hour, columns: func() int { return s.columns }}
}

// TestFits: at every width there is one line, with how far and how long, and nothing of the
// line before is left.
func TestFits(t *testing.T) {
	for columns := leastColumns; columns <= 200; columns++ {
		s, c := &screen{columns: columns}, &clock{time.Unix(1e9, 0)}
		p := onScreen(s, c)
		for i, what := range []string{"buddy on a workload with a name that is long", "表表表表表表表表表表表表表表表表", "x", ""} {
			c.advance(time.Second)
			p.StepLeft(i*25, 100, what, time.Duration(4-i)*61*time.Minute)
			line := s.line()
			percent, eta := fmt.Sprintf("%3d %%", i*25), fmt.Sprintf("ETA %d:%02d:00", 4-i, 4-i)
			if !strings.HasPrefix(line, percent) || !strings.HasSuffix(line, eta) || s.beyond > 0 || strings.Count(line, "ETA") != 1 {
				t.Fatalf("%d columns: %q, %d cells beyond the edge; want %s ... %s", columns, line, s.beyond, percent, eta)
			}
			if columns >= 60 && i == 0 && !strings.Contains(line, "] buddy on a w") {
				t.Fatalf("%d columns: %q", columns, line)
			}
		}
		if p.Done(); s.line() != "" || s.at != 0 {
			t.Fatalf("%d columns: %q is left", columns, s.line())
		}
	}
}

// TestResized asks the terminal for its width at every line.
func TestResized(t *testing.T) {
	s, c := &screen{columns: 120}, &clock{time.Unix(1e9, 0)}
	p := onScreen(s, c)
	for _, columns := range []int{120, 30, 70, 20, 200} {
		s.columns, s.cells, s.at = columns, nil, 0 // what is on a screen is laid out anew
		c.advance(time.Second)
		if p.StepLeft(1, 2, "something", time.Minute); s.beyond > 0 || cells.Width(s.line()) < min(columns, 70)-22 {
			t.Errorf("%d columns: %q, %d cells beyond the edge", columns, s.line(), s.beyond)
		}
	}
}

// TestCountsDown: the time left does not stick while a step lasts, nor does it go below 0.
func TestCountsDown(t *testing.T) {
	s, c := &screen{columns: 60}, &clock{time.Unix(1e9, 0)}
	p := onScreen(s, c)
	c.advance(time.Second)
	p.StepLeft(0, 10, "setting up holes", 0)
	eta := func() string { return s.line()[strings.Index(s.line(), "ETA"):] }
	if got := eta(); got != "ETA -:--" {
		t.Errorf("%s before anything is known", got)
	}
	c.advance(time.Second)
	p.StepLeft(1, 10, "buddy", 4*time.Second)
	for _, want := range []string{"ETA 0:04", "ETA 0:03", "ETA 0:02", "ETA 0:01", "ETA 0:00", "ETA 0:00", "ETA -:--"} {
		if got := eta(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		c.advance(time.Second)
		p.tick()
	}
	p.Done()
	if p.tick(); s.line() != "" {
		t.Errorf("drawn after its end: %q", s.line())
	}
}

// TestByItself: without an estimate the time left is that of the steps.
func TestByItself(t *testing.T) {
	s, c := &screen{columns: 60}, &clock{time.Unix(1e9, 0)}
	p := onScreen(s, c)
	c.advance(30 * time.Second)
	if p.Step(1, 3, "one of three"); !strings.HasSuffix(s.line(), "ETA 1:00") {
		t.Errorf("%q", s.line())
	}
	p.Done()
}

// TestNarrow has a line for every tenth where a bar does not fit, and where there is no
// terminal.
func TestNarrow(t *testing.T) {
	for _, columns := range []int{0, 1, 19} {
		var out bytes.Buffer
		c := &clock{time.Unix(1e9, 0)}
		p := &Bar{w: &out, now: c.now, began: c.Time, columns: func() int { return columns }}
		for i := range 101 {
			c.advance(time.Second)
			p.Step(i, 100, "step")
		}
		p.Done()
		if text := out.String(); strings.Count(text, "\n") != 10 || !strings.Contains(text, " 50 %  51s  ETA 0:51  step\n") || strings.Contains(text, "\r") {
			t.Errorf("%d columns: %q", columns, text)
		}
	}
}

// TestPatience shows nothing of what is short.
func TestPatience(t *testing.T) {
	var out bytes.Buffer
	p := NewPatient(&out)
	p.Step(5, 10, "short")
	if out.Len() > 0 {
		t.Errorf("%q", out.String())
	}
	p.from = p.began
	p.Step(6, 10, "long")
	if !strings.HasSuffix(out.String(), "long\n") {
		t.Errorf("%q", out.String())
	}
}

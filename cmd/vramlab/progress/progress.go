// Package progress shows how far something is that takes a while: a bar where there is a
// terminal, now and then a line where there is none.
//
// It is written here because the libraries for bars end a line that is too wide in the next
// one, or estimate the time left by the steps alone, of which some take a hundred times as
// long as others.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/vramlab/vramlab/internal/cells"
)

// Bar shows how far something is: one line with a bar on a terminal of 20 columns or more,
// a line for every tenth elsewhere. Both say how much time is left.
type Bar struct {
	w       io.Writer
	columns func() int // of the terminal now; 0: w is none
	now     func() time.Time
	began   time.Time
	from    time.Time // nothing is shown before

	mu          sync.Mutex
	done, total int
	what        string
	end         time.Time     // estimated; zero while unknown
	tenths      int           // lines that were printed
	drawn       time.Time     // the last line
	width       int           // of that, in cells
	pause       time.Duration // after which a line is drawn although no step was done
	idle        *time.Timer
}

// leastColumns are those of a terminal that a bar fits into.
const leastColumns = 20

// New is a bar that begins now and writes to w.
func New(w io.Writer) *Bar {
	return &Bar{w: w, now: time.Now, began: time.Now(), pause: time.Second, columns: func() int { return Columns(w) }}
}

// Columns are those of the terminal that w is, at this moment: 0 if it is none, 80 if it does
// not say.
func Columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
		return columns
	}
	return 80
}

// patience is how long something lasts before its progress is shown.
const patience = 2 * time.Second

// NewPatient is a progress of what is mostly too short to be shown.
func NewPatient(w io.Writer) *Bar {
	p := New(w)
	p.from = p.began.Add(patience)
	return p
}

// Step shows that so many steps of a total are done. The time left is estimated by them.
func (p *Bar) Step(done, total int, what string) {
	left := time.Duration(0)
	if done > 0 {
		left = time.Duration(float64(p.now().Sub(p.began)) / float64(done) * float64(total-done))
	}
	p.StepLeft(done, total, what, left)
}

// StepLeft is Step with the time that is left, 0 while that is not known.
func (p *Bar) StepLeft(done, total int, what string, left time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	p.done, p.total, p.what, p.end = done, max(1, total), what, time.Time{}
	if left > 0 {
		p.end = now.Add(left)
	}
	if now.Before(p.from) {
		return
	}
	columns := p.columns()
	if columns < leastColumns {
		p.line(now)
		return
	}
	if now.Sub(p.drawn) >= redraw {
		p.draw(now, columns)
	}
	if p.idle == nil {
		p.idle = time.AfterFunc(p.pause, p.tick)
	}
	p.idle.Reset(p.pause)
}

// redraw is the least time between two lines.
const redraw = 100 * time.Millisecond

// tick counts the time left down while a step lasts.
func (p *Bar) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle == nil {
		return // done
	}
	if columns := p.columns(); columns >= leastColumns {
		p.draw(p.now(), columns)
	}
	p.idle.Reset(p.pause)
}

// line prints a line for every tenth.
func (p *Bar) line(now time.Time) {
	if tenths := 10 * p.done / p.total; tenths > p.tenths {
		p.tenths = tenths
		fmt.Fprintf(p.w, "%3d %%  %v  %s  %s\n", 10*tenths, now.Sub(p.began).Round(time.Second), p.left(now), p.what)
	}
}

// draw writes the line over the one before. The last column stays empty: a terminal may
// begin a new line when it is written to.
func (p *Bar) draw(now time.Time, columns int) {
	room := columns - 1
	line := fmt.Sprintf("%3d %%", 100*p.done/p.total)
	left := p.left(now)
	rest := room - cells.Width(line) - 2 - cells.Width(left)
	bar := min(32, rest-2-min(28, rest/2))
	if bar >= 6 {
		full := bar * p.done / p.total
		line += " [" + strings.Repeat("=", full) + strings.Repeat(" ", bar-full) + "]"
		rest -= bar + 3
	}
	if rest--; rest >= 4 { // a space before it
		line += " " + cells.Left(cells.Cut(p.what, min(28, rest)), min(28, rest))
	}
	line += "  " + left
	line = cells.Cut(line, room)
	fmt.Fprint(p.w, "\r", cells.Left(line, min(p.width, room)))
	p.width, p.drawn = cells.Width(line), now
}

// left is the time that is left, labelled.
func (p *Bar) left(now time.Time) string {
	switch left := p.end.Sub(now).Round(time.Second); {
	case p.done >= p.total:
		return "ETA 0:00"
	case p.end.IsZero() || left < -time.Second:
		return "ETA -:--" // the estimate was wrong
	case left >= 100*time.Hour:
		return "ETA days"
	case left >= time.Hour:
		return fmt.Sprintf("ETA %d:%02d:%02d", left/time.Hour, left/time.Minute%60, left/time.Second%60)
	default:
		left = max(0, left)
		return fmt.Sprintf("ETA %d:%02d", left/time.Minute, left/time.Second%60)
	}
}

// Done ends the bar, so that what is printed next has the line to itself.
func (p *Bar) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.idle != nil {
		p.idle.Stop()
		p.idle = nil
	}
	if p.width > 0 {
		fmt.Fprint(p.w, "\r", strings.Repeat(" ", min(p.width, max(1, p.columns()-1))), "\r")
		p.width = 0
	}
}

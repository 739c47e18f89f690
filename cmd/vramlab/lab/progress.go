package lab

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far a run is: a bar with an estimate on a terminal, a line
// for every tenth elsewhere.
type progress struct {
	w        io.Writer
	bar      *progressbar.ProgressBar // nil before the first step, and where w is no terminal
	tenths   int                      // how many were printed
	began    time.Time
	from     time.Time // nothing is shown before
	describe int       // columns of the description and of the bar; no bar: lines
	width    int
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, began: time.Now()}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		columns, _, err := term.GetSize(int(f.Fd()))
		if err != nil || columns == 0 {
			columns = 80 // the terminal does not say
		}
		p.describe, p.width = layout(columns)
	}
	return p
}

// patience is how long something lasts before its progress is shown.
const patience = 2 * time.Second

// newPatient is a progress of what is mostly too short to be shown.
func newPatient(w io.Writer) *progress {
	p := newProgress(w)
	p.from = p.began.Add(patience)
	return p
}

// layout shares the columns of a terminal out, so that the line never wraps: to the
// description, and to the bar, which has none where there is too little room.
func layout(columns int) (describe, width int) {
	const (
		rest  = 27 // " 100% |" and "| [12m34s:12m34s] " around the bar, and a column to spare
		least = 8
	)
	room := columns - rest
	if room < least {
		return 0, 0
	}
	describe = min(28, room-least)
	return describe, min(32, room-describe)
}

// step is bench.Config.Progress.
func (p *progress) step(done, total int, what string) {
	if !p.from.IsZero() && time.Now().Before(p.from) {
		return
	}
	if p.width > 0 {
		p.draw(done, total, what)
		return
	}
	if tenths := 10 * done / total; tenths > p.tenths {
		p.tenths = tenths
		fmt.Fprintf(p.w, "%3d %%  %v  %s\n", 10*tenths, time.Since(p.began).Round(time.Second), what)
	}
}

func (p *progress) draw(done, total int, what string) {
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.w),
			progressbar.OptionSetWidth(p.width),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	p.bar.Describe(fmt.Sprintf("%-*.*s", p.describe, p.describe, what))
	p.bar.Set(done) // fails only if w does, where nobody could read the error
}

// done ends the bar, so that what is printed next has the line to itself.
func (p *progress) done() {
	if p.bar != nil {
		p.bar.Finish()
	}
}

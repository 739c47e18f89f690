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
	w      io.Writer
	bar    *progressbar.ProgressBar // nil before the first step, and where w is no terminal
	tenths int                      // how many were printed
	began  time.Time
	tty    bool
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, tty: ok && term.IsTerminal(int(f.Fd())), began: time.Now()}
}

// step is bench.Config.Progress.
func (p *progress) step(done, total int, what string) {
	if p.tty {
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
			progressbar.OptionSetWidth(32),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	p.bar.Describe(fmt.Sprintf("%-28s", what))
	p.bar.Set(done) // fails only if w does, where nobody could read the error
}

// done ends the bar, so that what is printed next has the line to itself.
func (p *progress) done() {
	if p.bar != nil {
		p.bar.Finish()
	}
}

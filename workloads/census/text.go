package census

import (
	"fmt"
	"io"
	"math/bits"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/workloads/trace"
)

// Print prints the census in 80 columns. Errors are those of w.
func (c *Census) Print(w io.Writer) error {
	p := &printer{w: w}
	c.printFacts(p)
	c.printConditions(p)
	c.printSizes(p)
	c.printLifetimes(p)
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// fact is a line with a label.
func (p *printer) fact(label, format string, args ...any) {
	p.f("%-13s %s\n", label, fmt.Sprintf(format, args...))
}

// printFacts prints what is live, and when.
func (c *Census) printFacts(p *printer) {
	p.fact("operations", "%s%s", Commas(c.Ops), c.kindWords())
	if n := c.Of(trace.Live); n > 0 {
		p.fact("begins with", "%s live", count(n, "extent"))
	}
	if granted := c.Of(trace.Granted); granted+c.Of(trace.Refused) > 0 {
		words := []string{Commas(granted) + " granted"}
		for i, n := range c.Refusals {
			if n > 0 {
				words = append(words, fmt.Sprintf("%s refused (%s)", Commas(n), errnos[i]))
			}
		}
		p.fact("results", "%s", strings.Join(words, ", "))
	}
	p.fact("region", "%s, pages of %s", bytes(c.Region.Managed()), Size(c.Region.Page))
	if c.Crowd.Objects == 0 {
		p.fact("live", "nothing, ever")
	} else {
		p.fact("live at most", "%s", bytes(c.Peak.Bytes))
		p.fact("", "in %s, after operation %s", count(c.Peak.Objects, "object"), Commas(c.Peak.Op))
		if c.Of(trace.Refused) > 0 {
			p.fact("", "as if what was refused had been granted")
		}
		if c.Crowd.Op != c.Peak.Op {
			p.fact("", "%s (%s) after operation %s", count(c.Crowd.Objects, "object"), Size(c.Crowd.Bytes), Commas(c.Crowd.Op))
		}
		at := "nothing"
		if c.Now.Objects > 0 {
			at = fmt.Sprintf("%s in %s", bytes(c.Now.Bytes), count(c.Now.Objects, "object"))
		}
		p.fact("live at end", "%s", at)
	}
	if b := c.Bound(); b.Bytes > 0 {
		p.fact("needs", "at least %s:", bytes(b.Bytes))
		p.fact("", "%s", b.Why)
	}
	if c.Impossible > 0 {
		p.fact("impossible", "%s: 0 bytes, more than the window, or too much", count(c.Impossible, "request"))
	}
}

// kindWords are the operations by kind.
func (c *Census) kindWords() string {
	var words []string
	for _, k := range []struct {
		n    uint64
		what string
	}{
		{c.Of(trace.Alloc), "allocate"}, {c.Of(trace.Free), "free"}, {c.Of(trace.Trim), "trim"}, {c.Of(trace.Reset), "reset"},
	} {
		if k.n > 0 {
			words = append(words, Commas(k.n)+" "+k.what)
		}
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, ", ")
}

// mostWindows are printed.
const mostWindows = 4

// printConditions prints what requests ask for beside their size.
func (c *Census) printConditions(p *printer) {
	var words []string
	for k, n := range c.Aligns {
		if n > 0 && k > 0 {
			words = append(words, fmt.Sprintf("%s: %s", Size(1<<k), Commas(n)))
		}
	}
	if c.OddAligns > 0 {
		words = append(words, "no power of two: "+Commas(c.OddAligns))
	}
	p.list("aligned", words)
	words = nil
	for i, n := range c.Flags {
		if n > 0 {
			words = append(words, fmt.Sprintf("%s %s", Commas(n), flagBits[i].name))
		}
	}
	if c.Cleared > 0 {
		words = append(words, Commas(c.Cleared)+" freed as zero")
	}
	p.list("conditions", words)
	for i, v := range c.Windows.List() {
		label := ""
		if i == 0 {
			label = "windows"
		}
		if i == mostWindows {
			p.fact("", "and %s more", Commas(uint64(len(c.Windows.list)-i)))
			break
		}
		end := Size(v.Hi)
		if v.Open {
			end = "the end"
		}
		p.fact(label, "%s to %s: %s, %s live at most", Size(v.Lo), end, count(v.Requests, "request"), Size(v.Peak))
	}
	if c.Windows.Exact > 0 {
		p.fact("given places", "%s", count(c.Windows.Exact, "request"))
	}
}

// list prints words with commas between, in as many lines as they need.
func (p *printer) list(label string, words []string) {
	const width = 66
	line := ""
	for i, w := range words {
		if i < len(words)-1 {
			w += ","
		}
		if line != "" && len(line)+1+len(w) > width {
			p.fact(label, "%s", line)
			label, line = "", ""
		}
		line = strings.TrimSpace(line + " " + w)
	}
	if line != "" {
		p.fact(label, "%s", line)
	}
}

// printSizes prints the distribution of sizes. A class is named by its lower end.
func (c *Census) printSizes(p *printer) {
	all := Total(c.Sizes)
	if all.Objects == 0 {
		return
	}
	const bar = 14
	most := uint64(0)
	for _, t := range c.Sizes {
		most = max(most, t.Bytes)
	}
	p.f("\n%-9s %13s %6s  %25s %6s\n", "size from", "requests", "%", "bytes", "%")
	eachClass(p, func(k int) bool { return c.Sizes[k].Objects > 0 }, func(k int) {
		t := c.Sizes[k]
		share := float64(t.Bytes) / float64(most)
		line := fmt.Sprintf("%9s %13s %6s  %25s %6s  %s", Size(1<<k), Commas(t.Objects), Percent(t.Objects, all.Objects),
			Commas(t.Bytes), Percent(t.Bytes, all.Bytes), strings.Repeat("#", int(share*bar+0.5)))
		p.f("%s\n", strings.TrimRight(line, " "))
	})
	p.f("%9s %13s %6s  %25s\n", "all", Commas(all.Objects), "", Commas(all.Bytes))
}

// printLifetimes prints the table of sizes and lifetimes.
func (c *Census) printLifetimes(p *printer) {
	t := c.Table()
	if len(t.Rows) == 0 {
		return
	}
	p.f("\nobjects by size and lifetime in operations\n%-9s", "size from")
	for _, d := range t.Decades {
		p.f(" %7s", d)
	}
	p.f(" %7s\n", "at end")
	for i, row := range append(t.Rows, t.All) {
		if row.used() {
			p.f("%9s", row.Size)
			for _, n := range row.Freed {
				p.f(" %7s", Short(n))
			}
			p.f(" %7s\n", Short(row.Left))
		} else if t.Rows[i-1].used() {
			p.f("%9s\n", "...")
		}
	}
}

// eachClass prints the classes of sizes that are in use, and dots for those between.
func eachClass(p *printer, used func(k int) bool, print func(k int)) {
	lo, hi := span(used, len(Census{}.Sizes))
	for k := lo; k <= hi; k++ {
		switch {
		case used(k):
			print(k)
		case used(k - 1):
			p.f("%9s\n", "...")
		}
	}
}

// Short is a number in at most seven characters: exact below a million, and a dot for 0.
func Short(n uint64) string {
	switch {
	case n == 0:
		return "."
	case n < 1_000_000:
		return Commas(n)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.4gM", float64(n)/1e6)
	}
	return fmt.Sprintf("%.4gG", float64(n)/1e9)
}

// Commas is a number with its thousands separated.
func Commas(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count is "1 object" or "1,234 objects".
func count(n uint64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return Commas(n) + " " + one + "s"
}

// Percent is a share in percent with one decimal; a small one is not written as 0.
func Percent(part, whole uint64) string {
	if whole == 0 || part == 0 {
		return "0"
	}
	if p := 100 * float64(part) / float64(whole); p >= 0.05 {
		return fmt.Sprintf("%.1f", p)
	}
	return "<0.1"
}

// Size is a number of bytes in the largest binary unit that is not larger, with three
// digits if it is no whole number of it.
func Size(n uint64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	u := (bits.Len64(n) - 1) / 10
	unit := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}[u]
	if n&(1<<(10*u)-1) == 0 {
		return fmt.Sprintf("%d %s", n>>(10*u), unit)
	}
	v := float64(n) / float64(uint64(1)<<(10*u))
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f %s", v, unit)
	case v < 100:
		return fmt.Sprintf("%.1f %s", v, unit)
	}
	return fmt.Sprintf("%.0f %s", v, unit)
}

// bytes is an exact number of bytes, with its unit for the eye.
func bytes(n uint64) string {
	if n < 1024 {
		return count(n, "byte")
	}
	return fmt.Sprintf("%s bytes (%s)", Commas(n), Size(n))
}

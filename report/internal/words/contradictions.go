package words

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/text"
)

// contradiction says what the files say, or one of them cannot say, in the units of the
// files, so that the line is found.
func contradiction(c judge.Contradiction) string {
	who := text.Mark(c.Strategy)
	switch c.About {
	case judge.TwoSamples:
		return fmt.Sprintf("Samples of %s have %s and %s of the same replay of %s", c.Bench.File, quantity(c.B, c.Unit), value(c.A, c.Unit), who)
	case judge.Impossible:
		than := "less"
		if c.A > c.B {
			than = "more"
		}
		return fmt.Sprintf("%s has %s of %s, where no %s than %s can be", c.Bench.File, quantity(c.A, c.Unit), who, than, value(c.B, c.Unit))
	case judge.OfTrace:
		when, most := "", ""
		switch {
		case c.Bench == schema.SGTable:
			most = "at most "

		case c.Unit == schema.Refused:
			when = "Up to operation " + text.Count(c.Op) + ", "
		case c.Bench == schema.Series:
			when = "After " + text.Operations(c.Op) + ", "
		}
		return text.UpperFirst(fmt.Sprintf("%sby %s %s has %s, by its placements %s%s", when, c.Bench.File, who, quantity(c.A, c.Unit), most, value(c.B, c.Unit)))
	case judge.TwoRequests:
		return fmt.Sprintf("The placements of %s and those of %s ask for other sizes, alignments, windows or flags, or have other regions", who, text.Mark(c.Other))
	case judge.OfRequests:
		return fmt.Sprintf("By %s a page table of %s under %s maps %s on average, by the placements a request asks for %s", c.Bench.File, who, Driver(c.Policy),
			value(c.A, schema.LiveBytes)+text.NBSP+"bytes", value(c.B, schema.LiveBytes))
	}
	return fmt.Sprintf("The placements of %s hold %s, those of %s %s", who, text.Requests(int(c.A)), text.Mark(c.Other), text.Count(int(c.B)))
}

// quantity is a value with its unit, both as a file has them.
func quantity(v float64, u *schema.Unit) string { return value(v, u) + text.NBSP + u.Name }

// value is a value as a file has it, of times in nanoseconds, to six digits.
func value(v float64, u *schema.Unit) string {
	if u.Tidy() != u.Name {
		v *= 1e9
	}
	if s := strconv.FormatFloat(v, 'f', -1, 64); len(s) <= 17 && !strings.Contains(s, ".") {
		return s
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

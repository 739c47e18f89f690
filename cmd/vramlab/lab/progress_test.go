package lab

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// No line of the bar is wider than the terminal, and its columns are used.
func TestProgressFits(t *testing.T) {
	codes := regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")
	for _, columns := range []int{20, 34, 35, 40, 59, 60, 80, 200} {
		var out bytes.Buffer
		p := &progress{w: &out, began: time.Now().Add(-time.Hour)}
		p.describe, p.width = layout(columns)
		if (p.width > 0) != (columns >= 35) {
			t.Errorf("%d columns: a bar of %d", columns, p.width)
		}
		for i := range 4 {
			p.step(i, 4, "builders on 16MiB, a description that is long")
			time.Sleep(110 * time.Millisecond) // the bar is drawn every tenth of a second
		}
		widest := 0
		for _, line := range strings.FieldsFunc(codes.ReplaceAllString(out.String(), ""), func(c rune) bool { return c == '\r' || c == '\n' }) {
			widest = max(widest, utf8.RuneCountInString(line))
		}
		if p.width > 0 && (widest > columns || widest < min(columns, 80)-10) {
			t.Errorf("%d columns: a line of %d\n%q", columns, widest, out.String())
		}
		p.done()
	}
}

// TestPatience shows nothing of what is short.
func TestPatience(t *testing.T) {
	var out bytes.Buffer
	p := newPatient(&out)
	p.step(5, 10, "short")
	if out.Len() > 0 {
		t.Errorf("%q", out.String())
	}
	p.from = p.began
	p.step(6, 10, "long")
	if !strings.HasSuffix(out.String(), "long\n") {
		t.Errorf("%q", out.String())
	}
}

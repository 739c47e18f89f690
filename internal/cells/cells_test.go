package cells

import (
	"slices"
	"testing"
)

func TestWidth(t *testing.T) {
	for line, want := range map[string]int{
		"": 0, "abc": 3, "µs – × ‰": 8, "表": 2, "e\u0301": 1, "ａ": 2, "a\x1bb": 2, "😀": 2,
	} {
		if got := Width(line); got != want {
			t.Errorf("%q takes %d cells, want %d", line, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		line string
		most int
		want string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdef", 5, "abcd…"}, {"ab cdef", 4, "ab…"}, {"表表表", 5, "表表…"}, {"表表表", 4, "表…"},
		{"abc", 1, "…"}, {"abc", 0, ""}, {"abc", -3, ""}, {"", 0, ""},
	} {
		if got := Cut(c.line, c.most); got != c.want || Width(got) > max(0, c.most) {
			t.Errorf("%q in %d cells: %q, want %q", c.line, c.most, got, c.want)
		}
	}
	if got := Left("表", 4) + Right("µs", 4) + Left("abcde", 2); got != "表    µsabcde" {
		t.Errorf("columns %q", got)
	}
}

func TestWrap(t *testing.T) {
	if got := Wrap("one two  three abcdefghij", 8); !slices.Equal(got, []string{"one two", "three", "abcdefg…"}) {
		t.Errorf("%q", got)
	}
	if got := Wrap(" ", 8); got != nil {
		t.Errorf("%q", got)
	}
}

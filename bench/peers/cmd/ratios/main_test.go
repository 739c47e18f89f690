package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestTables: a table for each load, a row for each strategy, the base at 1,
// and in the end a table of all loads that says where less was served.
func TestTables(t *testing.T) {
	var out, errOut strings.Builder
	err := ratios(&out, &errOut, strings.Fields("-rounds 2 -ops 2000 -loads page1g,range4g -strategies google_btree,buddy_lifo,tlsf"))
	if err != nil {
		t.Fatal(err, errOut.String())
	}
	for _, want := range []string{
		`(?m)^\*\*page1g\*\* .* Medians of 2 rounds\.$`,
		`(?m)^\*\*range4g\*\* `,
		`(?m)^\| google_btree \| [0-9.]+ \| 1\.000 \(1\.000 to 1\.000\) \| 100\.00 % \| [0-9]+ B \|$`,
		`(?m)^\| tlsf \| [0-9.]+ \| [0-9.]+ \([0-9.]+ to [0-9.]+\) \| 100\.00 % \| [0-9]+ B \|$`,
		`(?m)^\| load \| google_btree \| buddy_lifo \| tlsf \|$`,
		`(?m)^\|---\|---\|---\|---\|$`,
		`(?m)^\| page1g \| [0-9]+ ns \(100\.0 %\) \| [0-9.]+ \| [0-9.]+ \|$`,
		`(?m)^\| range4g \| [0-9]+ ns \(100\.0 %\) \| [0-9.]+ \([67][0-9]\.[0-9] %\) \| [0-9.]+ \|$`,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("no line matches %s in\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "\n| tlsf |"); n != 2 {
		t.Errorf("%d rows of tlsf, want 2", n)
	}
}

func TestUsage(t *testing.T) {
	for args, want := range map[string]string{
		"-rounds 0":         "-rounds 0: want at least 1",
		"-ops -1":           "-ops -1: want 0 or more",
		"-loads steady":     `no load "steady" (have: small8g,`,
		"-strategies slab":  `no strategy "slab" (have: google_btree,`,
		"-strategies ,tlsf": `no strategy ""`,
		"x":                 `ratios takes no arguments, got "x"`,
	} {
		var out, errOut strings.Builder
		err := ratios(&out, &errOut, strings.Fields(args))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || out.Len() != 0 {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}

package lab

import (
	"regexp"
	"testing"
)

var didYouMean = regexp.MustCompile(`did you mean .*?\?`)

// A name that is near is asked for; one that is not, or a short one, is not.
func TestDidYouMean(t *testing.T) {
	tests := []struct {
		want string // end of the line
		args []string
	}{
		{"did you mean run?", []string{"rnu"}},
		{"did you mean inspect?", []string{"inpsekt"}},
		{"", []string{"fly"}},
		{"", []string{"ru"}},
		{"did you mean buddy?", []string{"replay", "-strategy", "budy", "x"}},
		{"did you mean rangemgr?", []string{"run", "-strategies", "buddy,ragnemgr"}},
		{"did you mean gfx?", []string{"run", "-workloads", "gfy"}},
		{"did you mean counted?", []string{"run", "-builders", "counte"}},
		{"did you mean holes?", []string{"run", "-skip", "hols"}},
		{"did you mean heaptrack?", []string{"convert", "-from", "heaptrak", "x"}},
		{"did you mean markdown?", []string{"compare", "-format", "markdwn", "a", "b"}},
		{"did you mean steady?", []string{"generate", "stedy"}},
		{"did you mean -strategies?", []string{"run", "-stategies", "buddy"}},
		{"", []string{"run", "-fly"}},
	}
	for _, tt := range tests {
		code, _, stderr := vramlab(tt.args...)
		got := didYouMean.FindString(stderr)
		if code != exitUsage || got != tt.want {
			t.Errorf("%v: exit code %d, %q asks %q, want %q", tt.args, code, stderr, got, tt.want)
		}
	}
}

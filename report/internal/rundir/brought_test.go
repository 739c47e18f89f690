package rundir

import (
	"fmt"
	"testing"
)

// What a run was given is stated, or in an old run read off its command.
func TestBrought(t *testing.T) {
	for _, tt := range []struct{ command, stated, want string }{
		{"vramlab run -o x", "", "[]"},
		{"vramlab run -trace a.trace", "", "[gfx steady a]"},
		{"vramlab run -workloads=gfx,steady --trace a.trace", "", "[a]"},
		{"vramlab run -workloads gfx -workload m.toml -trace a.trace", "", "[steady a]"},
		{"vramlab run -config f", "a", "[a]"},
	} {
		f := Facts{{"command", tt.command}, {"workloads", "gfx steady a"}}
		if tt.stated != "" {
			f = append(f, Field{"brought", tt.stated})
		}
		if got := fmt.Sprint(f.brought()); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.command, got, tt.want)
		}
	}
}

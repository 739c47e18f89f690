package bench

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/vramlab/vramlab/bench/schema"
)

// TestProfile takes profiles that are too short to show much, and looks at what
// is said of the samples.
func TestProfile(t *testing.T) {
	c := tiny(t)
	c.Profile = true
	last, steps := 0, 0
	c.Progress = func(done, total int, _ string) { last, steps = done, total }
	r := newRunner(c)
	r.profileFor = 100 * time.Millisecond
	err := r.run(context.Background())
	if err != nil && strings.Contains(err.Error(), "profil") {
		t.Skip(err) // go test -cpuprofile is at it
	}
	if err != nil {
		t.Fatal(err)
	}
	if last != steps || steps != tinySteps+len(c.Strategies) {
		t.Errorf("step %d of %d, want %d in all", last, steps, tinySteps+len(c.Strategies))
	}
	for _, s := range c.Strategies {
		data, err := os.ReadFile(filepath.Join(c.Dir, schema.Profiles, schema.ProfileFile(s.Name)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := profile.ParseData(data)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		for _, sample := range p.Sample {
			if got := sample.Label["strategy"]; len(got) > 0 && got[0] != s.Name {
				t.Errorf("the profile of %s has a sample of %v", s.Name, got)
			}
		}
	}
}

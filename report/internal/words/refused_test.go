package words

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Where some did less work, the reasons are those of all that refused something.
func TestReasonsOfAll(t *testing.T) {
	const less, more = "a 1 10000\n! EINVAL\n", "a 1 10000\n= 0+12288\n"
	third := 100.0 / 3
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{100, 100, 100}, Served: []float64{third, 2 * third, 2 * third}, Ops: 3})
	dir := f.Write(t)
	fixture.Must(t, os.MkdirAll(filepath.Join(dir, "placements"), 0o777))
	for name, first := range map[string]string{"buddy": less, "rangemgr": more, "tlsf": more} {
		var gz bytes.Buffer
		z := gzip.NewWriter(&gz)
		_, err := z.Write([]byte("vramlab trace 1\n# wa: test\n# strategy: " + name + "\nregion 65536 page 4096\n" + first + "a 2 131072\n! ENOSPC\na 3 4096\n= 12288+4096\n"))
		fixture.Must(t, err)
		fixture.Must(t, z.Close())
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "placements", "wa."+name+".trace.gz"), gz.Bytes(), 0o666))
	}
	r := testrun.Load(t, dir)
	_, body := Verdict(r.Strategies, r.Times, r.Verdicts[0])
	got := text.Plain(r.Strategies, body)
	for _, want := range []string{"buddy refused 1 as invalid (EINVAL) and 1 larger than the region", "rangemgr and tlsf refused 1 larger than the region"} {
		if !strings.Contains(strings.ReplaceAll(got, text.NBSP, " "), want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

// Refusals of what is invalid are no reason for a pick, others beside them are, and are
// counted alone.
func TestInvalidPicksNothing(t *testing.T) {
	const (
		invalid = "a 1 10000\n! EINVAL\na 2 4096\n= 0+4096\n"
		served  = "a 1 10000\n= 0+12288\na 2 4096\n= 12288+4096\n"
		full    = "a 1 10000\n! ENOSPC\na 2 4096\n= 0+4096\n"
		both    = "a 1 10000\n! EINVAL\na 2 4096\n! ENOSPC\n"
	)
	for _, tt := range []struct {
		first, last string
		served      float64
		picks       []int
		want        string
	}{
		{invalid, served, 50, nil, "Nothing decides: buddy takes 1 of 2 requests for invalid (EINVAL)"},
		{full, served, 50, []int{1}, "Take rangemgr for wa, where it refuses nothing and buddy 1 of 2 requests"},
		{both, served, 0, []int{1}, "Take rangemgr for wa, where it refuses nothing and buddy 1 of 2 requests, EINVAL not counted"},
		{both, full, 0, nil, "Nothing decides: buddy takes 1 of 2 requests for invalid (EINVAL)"},
	} {
		last := 100.0
		if tt.last == full {
			last = 50
		}
		dir := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 100}, Served: []float64{tt.served, last}, Ops: 2}).Write(t)
		fixture.Must(t, os.MkdirAll(filepath.Join(dir, "placements"), 0o777))
		for name, ops := range map[string]string{"buddy": tt.first, "rangemgr": tt.last} {
			var gz bytes.Buffer
			z := gzip.NewWriter(&gz)
			_, err := z.Write([]byte("vramlab trace 1\n# wa: test\n# strategy: " + name + "\nregion 65536 page 4096\n" + ops))
			fixture.Must(t, err)
			fixture.Must(t, z.Close())
			fixture.Must(t, os.WriteFile(filepath.Join(dir, "placements", "wa."+name+".trace.gz"), gz.Bytes(), 0o666))
		}
		r := testrun.Load(t, dir)
		if got := headlineOf(r); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
		if got := r.Verdicts[0].Picks; !slices.Equal(got, tt.picks) {
			t.Errorf("%s: picks %v, want %v", tt.want, got, tt.picks)
		}
		head := verdictsOf(r)[0]
		if says := strings.Contains(head, "wa: nothing decides: buddy takes 1 of 2 requests for invalid (EINVAL)."); says != (tt.picks == nil) {
			t.Errorf("the verdict: %s", head)
		}
	}
}

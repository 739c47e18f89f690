package ageing

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
)

// named are strategies by their names.
func named(names ...string) (list []strategies.Strategy) {
	for _, n := range names {
		s, _ := all.Lookup(n)
		list = append(list, s)
	}
	return list
}

func nothing(int, int, string) {}

// into keeps files in dir.
func into(dir string) func(string, func(io.Writer) error) error {
	return func(name string, write func(io.Writer) error) error {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		defer f.Close()
		z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed)
		return errors.Join(write(z), z.Close())
	}
}

// TestRecomputed: the script, which shares no code with the lab, finds the same headlines in
// the placements, of a load with refusals, one with second attempts, and one of trims.
func TestRecomputed(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in PATH")
	}
	second, _ := workloads.Lookup("contigfirst")
	strict := second
	strict.Name, strict.Region.Page = "trimmed", 4096
	strict.Parts = nil
	strict.Ops = func(seed uint64, _ int) []workloads.Op { // half of each is given back
		ops := second.Ops(seed, 4000)
		var out []workloads.Op
		for i, op := range ops {
			if out = append(out, op); op.Kind == workloads.Alloc && op.Req.Size > 8192 && (i+1 == len(ops) || ops[i+1].Kind != workloads.Fallback) {
				out = append(out, workloads.Op{Kind: workloads.Trim, Slot: op.Slot, Req: strategies.Request{Size: 4096}})
			}
		}
		return out
	}
	dir, want := t.TempDir(), make(map[string]string)
	refused, attempts := 0, 0
	for _, p := range []Plan{
		{Strategies: all.List(), Fills: []int{90, 97}, Seeds: 2, First: 1, Ops: 1500},
		{Strategies: named("buddy", "tlsf", "buddy_lifo"), Workload: &second, Fills: []int{60, 99}, Seeds: 2, First: 7, Ops: 5000},
		{Strategies: named("buddy", "rangemgr"), Workload: &strict, Fills: []int{95}, Seeds: 1, First: 7, Ops: 5000},
	} {
		p.Create, p.Step = into(dir), nothing
		results, err := p.Run(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			want[fmt.Sprintf("%s-%s-%d.trace.gz", name(r.Load), r.Strategy.Name, r.Load.Seed)] = r.Time().String()
			if r.AtMost {
				t.Errorf("%s on %s: a fork refused a large page after %d operations, where one was free", r.Strategy.Name, name(r.Load), r.Refused)
			}
			if r.Refused >= 0 {
				refused++
			}
			attempts += r.Counts.Fallbacks
		}
	}
	if refused < 10 || attempts == 0 {
		t.Errorf("%d runs with a refusal, %d second attempts: too easy to show anything", refused, attempts)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d files of %d runs, error %v", len(files), len(want), err)
	}
	out, err := exec.Command("go", append([]string{"run", "../../../scripts/ageing-headline"}, files...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, line := range lines {
		got, path, _ := strings.Cut(line, " ")
		if file := filepath.Base(path); got != want[file] {
			t.Errorf("%s: the script finds %s, the command %s", file, got, want[file])
		}
	}
	if len(lines) != len(want) {
		t.Errorf("%d lines of %d files", len(lines), len(want))
	}
}

// TestShares: the script imports nothing but the standard library.
func TestShares(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in PATH")
	}
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "../../../scripts/ageing-headline").Output()
	if got := strings.Fields(string(out)); err != nil || len(got) != 1 {
		t.Errorf("it depends on %v, error %v", got, err)
	}
}

// TestPrint: the tables of a small plan, whose numbers are those of the results.
func TestPrint(t *testing.T) {
	p := Plan{Strategies: named("buddy", "radix"), Fills: []int{80, 95}, Seeds: 6, First: 3, Ops: 1000, At: []int{0, 5000}, Step: nothing}
	results, err := p.Run(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	p.Print(&b, results)
	m := median(results[18:])
	for _, want := range []string{
		"Seeds 3 to 8; up to 1,000 operations count", "its interval (96.8 %)",
		"buddy      >1,000   >1,000\n", "radix      >1,000   " + headline(m) + "\n",
		"not after 1,000", "forks of seed 3", "the end of the run",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if m.Mid.Censored || m.Lo.N >= m.Hi.N {
		t.Errorf("radix at 95 %%: %+v shows nothing", m)
	}
	again := p
	alone, err := again.Run(t.Context(), 1)
	var c strings.Builder
	if again.Print(&c, alone); err != nil || c.String() != b.String() {
		t.Errorf("one at a time it prints\n%s\nerror %v, and two at a time\n%s", c.String(), err, b.String())
	}
}

// TestEnded: a run that is stopped, or that cannot keep its placements, ends with that.
func TestEnded(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	p := Plan{Strategies: named("buddy"), Fills: []int{80}, Seeds: 2, First: 1, Ops: 1000, Step: nothing}
	if _, err := p.Run(ended, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	full := errors.New("no room")
	p.Create = func(_ string, write func(io.Writer) error) error { return write(failing{full}) }
	if _, err := p.Run(t.Context(), 2); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

package kernelwork_test

import (
	"fmt"
	"go/format"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/fit"
	"github.com/vramlab/vramlab/strategies/kernelwork"
)

const (
	coefficientsFile = "coefficients.go"
	docFile          = "../../doc/kernel-work.md"
	docTables        = "## Predicted and measured\n"
)

// point is a measured time beside the steps that were counted.
type point struct {
	counted
	ns      float64
	outside bool // shown, and not fitted
	model   float64
	alone   float64 // by a fit without this point
}

// points are the stored counts with the times measured.
func points(t *testing.T, twins ...string) (list []*point) {
	for _, twin := range twins {
		for _, c := range readCounts(t) {
			for _, m := range measured {
				if c.twin == twin && m.load == c.load {
					list = append(list, &point{counted: c, ns: m.ns[c.twin], outside: unexplained(c) || chosen(c)})
				}
			}
		}
	}
	return list
}

// unexplained are the measurements of long lists, which no sum of steps explains: 71 and 5 ns
// a list step, where all other loads say 9.
func unexplained(c counted) bool {
	return c.twin == "buddy_6.11" && (c.load == "checkasc" || c.load == "align8k64k")
}

// chosen is a load of which the model chose the reading: it cannot say that the model is
// right, nor make it.
func chosen(c counted) bool { return c.load == "window4g" }

// fitPoints fits nanoseconds to the points but for one, by least relative errors.
func fitPoints(list []*point, except *point) []float64 {
	var rows [][]float64
	var ones []float64
	for _, p := range list {
		if p == except || p.outside {
			continue
		}
		x := kernelwork.Features(p.twin, p.steps, p.ops)
		for i := range x {
			x[i] /= p.ns
		}
		rows, ones = append(rows, x), append(ones, 1)
	}
	return fit.NonNegativeRobust(rows, ones)
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// predict fills in what the model says of each point, and returns its nanoseconds.
func predict(list []*point) []float64 {
	ns := fitPoints(list, nil)
	for i := range ns {
		ns[i] = math.Round(100*ns[i]) / 100
	}
	for _, p := range list {
		x := kernelwork.Features(p.twin, p.steps, p.ops)
		p.model, p.alone = dot(ns, x), dot(fitPoints(list, p), x)
	}
	return ns
}

// offBy is the mean ratio by which predictions are off, up or down, less 1.
func offBy(list []*point, twin string, of func(*point) float64) float64 {
	sum, n := 0.0, 0.0
	for _, p := range list {
		if p.twin == twin && !p.outside {
			sum, n = sum+math.Abs(math.Log(of(p)/p.ns)), n+1
		}
	}
	return math.Exp(sum/n) - 1
}

var buddies = []string{"buddy_6.11", "buddy_6.18", "buddy_7.1", "buddy_next"}

// TestModel: the constants in the code are the fit to the stored counts, and the document
// shows what they predict. With -update they are written:
//
//	go test ./strategies/kernelwork -run TestModel -update
func TestModel(t *testing.T) {
	ofBuddies, ofMM := points(t, buddies...), points(t, "rangemgr")
	code, tables := new(strings.Builder), new(strings.Builder)
	fmt.Fprint(code, "package kernelwork\n\n// Made by TestModel with -update from testdata/counts.txt and the times measured.\nvar (\n")
	buddyNs, mmNs := predict(ofBuddies), predict(ofMM)
	fmt.Fprintf(code, "buddyNs = %#v\ndrmMMNs = %#v\n", buddyNs, mmNs)
	fmt.Fprint(code, "\n// Of a load left out of the fit, on average.\nrelativeErrors = map[string]float64{\n")
	all := append(ofBuddies, ofMM...)
	for _, twin := range append(buddies, "rangemgr") {
		fmt.Fprintf(code, "%q: %.2f,\n", twin, offBy(all, twin, func(p *point) float64 { return p.alone }))
	}
	fmt.Fprint(code, "}\n)\n")
	source, err := format.Source([]byte(code.String()))
	if err != nil {
		t.Fatal(err)
	}
	writeTables(tables, all, buddyNs, mmNs)
	same(t, coefficientsFile, "", string(source))
	same(t, docFile, docTables, tables.String())
}

// same holds the file, from its line begin on, to want; with -update it writes that.
func same(t *testing.T, file, begin, want string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, got, ok := strings.Cut(string(text), begin)
	if begin == "" {
		head, got = "", string(text)
	}
	switch {
	case !ok:
		t.Errorf("%s has no line %q", file, begin)
	case *update:
		if err := os.WriteFile(file, []byte(head+begin+want), 0o666); err != nil {
			t.Fatal(err)
		}
	case got != want:
		t.Errorf("%s is not what the fit gives, which is\n%s", file, want)
	}
}

func writeTables(w *strings.Builder, all []*point, buddyNs, mmNs []float64) {
	fmt.Fprint(w, "\nNanoseconds of a step:\n\n| buddies | ns | drm_mm | ns |\n|---|---|---|---|\n")
	mm := kernelwork.Terms("rangemgr")
	for i, name := range kernelwork.Terms("buddy_6.11") {
		fmt.Fprintf(w, "| %s | %.3g |", name, buddyNs[i])
		if i < len(mm) {
			fmt.Fprintf(w, " %s | %.3g |\n", mm[i], mmNs[i])
		} else {
			fmt.Fprint(w, " | |\n")
		}
	}
	fmt.Fprint(w, "\nNanoseconds of an operation, predicted / measured; the ratio; the ratio of a fit without the point.\nIn brackets: not fitted.\n")
	fmt.Fprint(w, "\n| load |")
	twins := append(buddies, "rangemgr")
	for _, twin := range twins {
		fmt.Fprintf(w, " %s |", twin)
	}
	fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---|", len(twins)))
	for _, m := range measured {
		fmt.Fprintf(w, "| %s |", m.load)
		for _, twin := range twins {
			cell := ""
			if ns := m.ns[twin]; ns > 0 {
				cell = fmt.Sprintf("not counted / %v", ns)
			}
			for _, p := range all {
				if p.twin == twin && p.load == m.load {
					cell = fmt.Sprintf("%.0f / %v; %.2f; %.2f", p.model, p.ns, p.model/p.ns, p.alone/p.ns)
					if p.outside {
						cell = "(" + cell + ")"
					}
				}
			}
			fmt.Fprintf(w, " %s |", cell)
		}
		fmt.Fprintln(w)
	}
	for _, of := range []struct {
		name string
		ns   func(*point) float64
	}{{"off by, fitted", func(p *point) float64 { return p.model }}, {"off by, left out", func(p *point) float64 { return p.alone }}} {
		fmt.Fprintf(w, "| %s |", of.name)
		for _, twin := range twins {
			fmt.Fprintf(w, " %.0f %% |", 100*offBy(all, twin, of.ns))
		}
		fmt.Fprintln(w)
	}
}

// TestPredictLongLists: where a list of 6.11 is longer than in any load fitted, the error is
// that of the load that was measured there.
func TestPredictLongLists(t *testing.T) {
	for _, p := range points(t, buddies...) {
		perOp := float64(p.steps[kernelwork.ListStep]) / float64(p.ops)
		if perOp > kernelwork.LongLists != unexplained(p.counted) {
			t.Errorf("%s on %s: %.0f list steps an operation, unexplained: %v", p.twin, p.load, perOp, unexplained(p.counted))
		}
		ns, off, _ := kernelwork.Predict(p.twin, p.steps, p.ops)
		if real := math.Abs(ns-p.ns) / p.ns; unexplained(p.counted) && math.Abs(real-off) > 0.01 {
			t.Errorf("%s on %s: %.0f ns of %v, off by %.2f, said to be %.2f", p.twin, p.load, ns, p.ns, real, off)
		}
	}
}

// TestPredict: names without a measurement have no time; "buddy" has that of 7.1.
func TestPredict(t *testing.T) {
	var s kernelwork.Steps
	s[kernelwork.TreeNode] = 1000
	for name, want := range map[string]bool{
		"buddy": true, "buddy_6.11": true, "buddy_6.18": true, "buddy_7.1": true, "buddy_next": true, "rangemgr": true,
		"buddy_lifo": false, "tlsf": false, "": false,
	} {
		ns, off, ok := kernelwork.Predict(name, s, 100)
		if ok != want || want && (ns < 10 || ns > 100 || off <= 0) {
			t.Errorf("%q: %v ns, off by %v, %v", name, ns, off, ok)
		}
	}
	if _, _, ok := kernelwork.Predict("buddy", s, 0); ok {
		t.Error("a time for no operations")
	}
}

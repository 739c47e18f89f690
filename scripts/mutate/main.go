// Command mutate plants small faults in the lab's own code, one at a time, and
// counts how many of them the tests notice.
//
//	go run ./scripts/mutate [-seed 1] [-n 100] [-j 2] [-tests PACKAGES] [-v] [PACKAGE...]
//
// A fault is one edit of one file: a comparison shifted or turned round, an
// arithmetic or logical operator exchanged, a constant off by one, a condition
// negated, a statement left out. The seed decides which ones are drawn, file and
// place uniformly over all that is possible in the packages, but for what only tests
// import from under internal. Nothing on disk changes: the edited file goes to the go
// command as an overlay.
//
// A fault is killed when it no longer passes the tests of the packages that
// depend on the file, its own first, then those that killed most so far; one that does not compile
// is not counted and another is drawn. On a busy machine tests may end for lack of
// time without the fault's doing: such faults are printed. There a test that needs cores
// for itself may fail too, and is better left out: GOFLAGS='-skip=^TestHoldersOverlap$'.
// What survives is either a hole in the tests or changes nothing that anybody can see.
// The latter are listed with the reason in equivalent.txt and taken out of the rate.
//
// The exit status is 1 if a fault survived that is not listed there.
package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed equivalent.txt
var equivalentText string

// defaults are the packages in which faults are planted if none are named.
var defaults = []string{"./bench/...", "./report/...", "./sgtable", "./workloads/...", "./strategies/..."}

func main() {
	seed := flag.Uint64("seed", 1, "decides which faults are planted")
	n := flag.Int("n", 100, "number of `faults`")
	jobs := flag.Int("j", 2, "faults tested at the same time")
	limit := flag.Duration("timeout", 5*time.Minute, "time for the tests of one package; a fault that takes longer is killed")
	tests := flag.String("tests", "./...", "run the tests of these `packages` only, separated by spaces")
	verbose := flag.Bool("v", false, "print what kills each fault")
	flag.Parse()
	limitMemory(8 << 30)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	patterns := flag.Args()
	if len(patterns) == 0 {
		patterns = defaults
	}
	h := &hunt{limit: *limit, verbose: *verbose, equivalent: readEquivalent(equivalentText), kills: make(map[string]int)}
	survivors, err := h.run(ctx, patterns, strings.Fields(*tests), *seed, *n, *jobs)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if survivors > 0 {
		os.Exit(1)
	}
}

// readEquivalent reads lines of a fault's name, a tab, and a reason.
func readEquivalent(text string) map[string]string {
	reasons := make(map[string]string)
	for line := range strings.Lines(text) {
		name, reason, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if ok && !strings.HasPrefix(name, "#") {
			reasons[name] = strings.TrimSpace(reason)
		}
	}
	return reasons
}

// hunt is one run of the command.
type hunt struct {
	limit      time.Duration
	verbose    bool
	equivalent map[string]string // reason by name

	mu                      sync.Mutex
	sites                   []site // still to be drawn, in a random order
	open                    int    // faults still to be drawn
	killed, alive, excepted int
	late                    int            // of the killed, by time
	kills                   map[string]int // by package of the test
}

// pkg is a package of the module as the go command lists it.
type pkg struct {
	ImportPath, Dir   string
	Name              string
	GoFiles           []string
	TestGoFiles       []string
	XTestGoFiles      []string
	Deps, TestImports []string
	XTestImports      []string
	dependents        []string // packages with tests that see this one, itself first
}

func (h *hunt) run(ctx context.Context, patterns, tests []string, seed uint64, n, jobs int) (survivors int, err error) {
	pkgs, err := list(patterns, tests)
	if err != nil {
		return 0, err
	}
	var sites []site
	for _, p := range pkgs {
		for _, f := range p.GoFiles {
			s, err := sitesOf(p, filepath.Join(p.Dir, f))
			if err != nil {
				return 0, err
			}
			sites = append(sites, s...)
		}
	}
	if len(sites) == 0 {
		return 0, fmt.Errorf("no place for a fault in %v", patterns)
	}
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(sites), func(i, j int) { sites[i], sites[j] = sites[j], sites[i] })
	h.sites, h.open = sites, n
	fmt.Printf("%d places for a fault in %d packages; %d are drawn with seed %d\n", len(sites), len(pkgs), min(n, len(sites)), seed)
	var wg sync.WaitGroup
	for range jobs {
		wg.Go(func() {
			for s, ok := h.next(); ok && ctx.Err() == nil; s, ok = h.next() {
				h.try(ctx, s)
			}
		})
	}
	wg.Wait()
	judged := h.killed + h.alive
	fmt.Printf("%d of %d faults killed (%.1f %%), %d of them by time, %d survived; %d more change nothing, by equivalent.txt\n",
		h.killed, judged, 100*float64(h.killed)/float64(max(1, judged)), h.late, h.alive, h.excepted)
	return h.alive, ctx.Err()
}

// next draws a fault, unless enough were.
func (h *hunt) next() (s site, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open == 0 || len(h.sites) == 0 {
		return s, false
	}
	h.open--
	s, h.sites = h.sites[0], h.sites[1:]
	return s, true
}

// again has another fault drawn in place of one that does not compile.
func (h *hunt) again() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open++
}

// try plants one fault and runs the tests.
func (h *hunt) try(ctx context.Context, s site) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		h.note(s, "", "", err)
		return
	}
	defer os.RemoveAll(dir)
	overlay, err := s.overlay(dir)
	if err != nil {
		h.note(s, "", "", err)
		return
	}
	if out, err := command(ctx, "build", "-overlay", overlay, s.pkg.ImportPath); err != nil {
		if h.verbose {
			fmt.Printf("does not compile: %s: %s\n", s.name(), firstLine(out))
		}
		h.again()
		return
	}
	for _, p := range h.order(s.pkg.dependents) {
		out, err := command(ctx, "test", "-vet=off", "-failfast", "-timeout", h.limit.String(), "-overlay", overlay, p)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			h.note(s, p, firstLine(out), nil)
			return
		}
	}
	h.note(s, "", "", nil)
}

// order puts the packages that killed most behind the first, which is the fault's own.
func (h *hunt) order(dependents []string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := slices.Clone(dependents)
	slices.SortStableFunc(out[1:], func(a, b string) int { return h.kills[b] - h.kills[a] })
	return out
}

// note counts a fault and prints it as far as it is worth it: killer is the package that
// noticed it, how the first line of what its tests said.
func (h *hunt) note(s site, killer, how string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	reason, excepted := h.equivalent[s.name()]
	switch {
	case err != nil:
		fmt.Printf("error: %s: %v\n", s.name(), err)
		h.alive++
	case killer != "":
		h.killed++
		h.kills[killer]++
		if strings.Contains(how, "timed out") {
			h.late++
			fmt.Printf("out of time: %s\n\tin %s: %s\n", s.name(), killer, how)
		}
		if excepted {
			fmt.Printf("killed, though equivalent.txt says that it changes nothing: %s\n", s.name())
		}
		if h.verbose {
			fmt.Printf("killed: %s\n\tby %s: %s\n", s.name(), killer, how)
		}
	case excepted:
		h.excepted++
		if h.verbose {
			fmt.Printf("changes nothing: %s: %s\n", s.name(), reason)
		}
	default:
		h.alive++
		fmt.Printf("survived: %s\n", s.name())
	}
}

// list returns the packages that match, each with those of tests that see it.
func list(patterns, tests []string) ([]*pkg, error) {
	all, err := decode("./...")
	if err != nil {
		return nil, err
	}
	byPath := make(map[string]*pkg)
	for _, p := range all {
		byPath[p.ImportPath] = p
	}
	chosen, err := decode(patterns...)
	if err != nil {
		return nil, err
	}
	testing, err := decode(tests...)
	if err != nil {
		return nil, err
	}
	chosen = slices.DeleteFunc(chosen, func(p *pkg) bool { return !p.inUse(all) })
	for _, p := range chosen {
		p.dependents = []string{p.ImportPath}
		for _, q := range testing {
			if q.ImportPath != p.ImportPath && q.sees(p.ImportPath, byPath) {
				p.dependents = append(p.dependents, q.ImportPath)
			}
		}
	}
	return chosen, nil
}

// inUse reports whether p is for others to import, a program, or behind one of these:
// the rest is there for tests only.
func (p *pkg) inUse(all []*pkg) bool {
	return p.open() || slices.ContainsFunc(all, func(q *pkg) bool { return q.open() && slices.Contains(q.Deps, p.ImportPath) })
}

// open reports whether p is a program or outside of internal.
func (p *pkg) open() bool {
	return p.Name == "main" || !strings.Contains(p.ImportPath+"/", "/internal/")
}

// sees reports whether the tests of q run code of the package path.
func (q *pkg) sees(path string, byPath map[string]*pkg) bool {
	if len(q.TestGoFiles)+len(q.XTestGoFiles) == 0 {
		return false
	}
	imports := slices.Concat(q.Deps, q.TestImports, q.XTestImports)
	for _, i := range slices.Concat(q.TestImports, q.XTestImports) {
		if d := byPath[i]; d != nil {
			imports = append(imports, d.Deps...)
		}
	}
	return slices.Contains(imports, path)
}

func decode(patterns ...string) ([]*pkg, error) {
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Name,GoFiles,TestGoFiles,XTestGoFiles,Deps,TestImports,XTestImports"}, patterns...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var pkgs []*pkg
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		p := new(pkg)
		if err := d.Decode(p); err != nil {
			return nil, err
		}
		pkgs = append(pkgs, p)
	}
	return pkgs, nil
}

// command runs the go command and returns what it printed.
func command(ctx context.Context, args ...string) ([]byte, error) {
	return exec.CommandContext(ctx, "go", args...).CombinedOutput()
}

// firstLine is the line that names the first test that failed, or the first line of the
// output that says something.
func firstLine(out []byte) string {
	first := "no output"
	for sc := bufio.NewScanner(bytes.NewReader(out)); sc.Scan(); {
		line := strings.TrimSpace(sc.Text())
		switch {
		case strings.HasPrefix(line, "--- FAIL") || strings.HasPrefix(line, "panic: "):
			return line
		case first == "no output" && line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "ok "):
			first = line
		}
	}
	return first
}

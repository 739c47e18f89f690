// Alarms measures how often the lab is wrong on this machine, with real runs: runs of the
// same program, of which no two may differ, and runs in which one strategy is slower by a
// known share, which must be found and must never be called faster.
//
//	go run ./scripts/alarms -runs 8 -planted 5 -o DIR
//
// Every run is a process of its own, and they are taken in turns: one as it is, one slower
// by each share, one with the strategy and its slow copy side by side. Then each run is
// compared with each other one as vramlab compare does it, and the verdicts that the report
// has on the copy are counted. Pairs that share a run are not independent, so the rates are
// rougher than their numbers look.
//
// The runs stay in DIR. The same command goes on where it was stopped, and says at once what
// other rules would say of the same runs.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/cmd/vramlab/lab"
	"github.com/vramlab/vramlab/report/change"
)

func main() {
	if text, ok := plantOf(); ok {
		list, err := planted(text)
		if err != nil {
			log.Fatal(err)
		}
		lab.Main(list...)
	}
	log.SetFlags(0)
	d := driver{strategy: "buddy"}
	flag.IntVar(&d.runs, "runs", 8, "runs of each kind")
	percents := flag.String("planted", "5", "slowdowns in percent, with commas between; none: only runs as they are")
	within := flag.Bool("within", true, "also runs with the slow copy beside the strategy")
	flag.StringVar(&d.dir, "o", "alarms", "the directory for the runs")
	run := flag.String("run", "-skip all -cpu= -workloads steady,gfx,pages,frames,ageing,chromium", "flags of the runs")
	flag.Parse()
	d.flags = strings.Fields(*run)
	d.kinds = []kind{{"same", 0}}
	for text := range strings.SplitSeq(*percents, ",") {
		if text == "" {
			continue
		}
		p, err := strconv.ParseFloat(text, 64)
		if err != nil || p <= 0 {
			log.Fatalf("alarms: -planted: %q is no slowdown in percent", text)
		}
		d.kinds = append(d.kinds, kind{"slow", p})
		if *within {
			d.kinds = append(d.kinds, kind{"within", p})
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := d.measure(ctx); err != nil {
		log.Fatalf("alarms: %v", err)
	}
}

// kind is what is done to the strategy in a run: same, slow, or within (the slow copy).
type kind struct {
	name    string
	percent float64
}

// driver takes the runs.
type driver struct {
	strategy string
	runs     int
	kinds    []kind
	dir      string
	flags    []string
	lines    map[uint64]line // by workload
}

// line is how many steps of a request make an operation slower: From are for nothing, and
// each percent takes Each more.
type line struct{ From, Each float64 }

// path is the directory of a run.
func (d *driver) path(k kind, i int) string {
	return filepath.Join(d.dir, fmt.Sprintf("%s%g-%d", k.name, k.percent, i+1))
}

func (d *driver) measure(ctx context.Context) error {
	if err := os.MkdirAll(d.dir, 0o777); err != nil {
		return err
	}
	if err := d.calibrate(ctx); err != nil {
		return err
	}
	for i := range d.runs {
		for _, k := range d.kinds {
			p := plant{Strategy: d.strategy, Steps: d.plant(k.percent)}
			var more []string
			if k.name == "within" {
				p.Copy = d.strategy + "_slow"
				more = []string{"-strategies", d.strategy + "," + p.Copy}
			}
			if err := d.run(ctx, d.path(k, i), p, more...); err != nil {
				return err
			}
		}
	}
	return d.judge()
}

// run takes a run in a process of its own, if it is not there. It gets its name when it is
// whole.
func (d *driver) run(ctx context.Context, dir string, p plant, more ...string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, slices.Concat([]string{"run", "-o", part}, d.flags, more)...)
	cmd.Env = append(os.Environ(), plantVariable+"="+string(text))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %v\n%s", cmd.Args, err, out)
	}
	return os.Rename(part, dir)
}

// calibrate finds how many steps make an operation slower by a percent, from a run as it is
// and three with steps: a processor does the first of them beside other work.
func (d *driver) calibrate(ctx context.Context) error {
	path := filepath.Join(d.dir, "steps.json")
	if text, err := os.ReadFile(path); err == nil {
		return json.Unmarshal(text, &d.lines)
	}
	marks := marksOf()
	times := func(name string, steps map[uint64]uint64) (map[string]float64, error) {
		dir := filepath.Join(d.dir, name)
		if err := d.run(ctx, dir, plant{Strategy: d.strategy, Steps: steps}); err != nil {
			return nil, err
		}
		return d.times(dir)
	}
	plain, err := times("plain", nil)
	if err != nil {
		return err
	}
	d.lines = make(map[uint64]line)
	for name := range plain {
		d.lines[marks[name]] = line{0, 4} // a guess
	}
	few, err := times("few", d.plant(3))
	if err != nil {
		return err
	}
	many, err := times("many", d.plant(10))
	if err != nil {
		return err
	}
	for name, ns := range plain {
		a, b := 100*(few[name]/ns-1), 100*(many[name]/ns-1)
		if b <= a {
			return fmt.Errorf("%s: %d steps make an operation no slower than %d: the machine is too busy", name, d.plant(10)[marks[name]], d.plant(3)[marks[name]])
		}
		each := 4 * 7 / (b - a)
		d.lines[marks[name]] = line{4*3 - a*each, each}
	}
	const usual = 5 // percent, where the line is to be right
	check, err := times("check", d.plant(usual))
	if err != nil {
		return err
	}
	for name, ns := range plain {
		l := d.lines[marks[name]]
		l.From += (usual - 100*(check[name]/ns-1)) * l.Each
		d.lines[marks[name]] = l
	}
	text, err := json.Marshal(d.lines)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o666)
}

// times are those of the strategy by workload.
func (d *driver) times(dir string) (map[string]float64, error) {
	s, err := change.Read(dir)
	if err != nil {
		return nil, err
	}
	times := make(map[string]float64)
	for _, f := range s.Figures(change.Basis{}) {
		b, of := schema.Parse(f.Bench)
		if b == schema.AllocFree && of[schema.Strategy] == d.strategy && f.Unit == schema.NsPerOp.Name {
			times[of[schema.Workload]], _ = s.Figure(f.Bench, f.Unit)
		}
	}
	return times, nil
}

// plant are the steps for a slowdown.
func (d *driver) plant(percent float64) map[uint64]uint64 {
	steps := make(map[uint64]uint64)
	for m, l := range d.lines {
		if n := l.From + percent*l.Each + 0.5; n > 0 && percent > 0 {
			steps[m] = uint64(n)
		}
	}
	return steps
}

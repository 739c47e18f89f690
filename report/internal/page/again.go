package page

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed again.html
var againHTML string

// again is how to repeat the run, and what it was run on.
var again = section.Section{
	ID:       "again",
	Title:    "Reproduce",
	Template: againHTML,
	Make:     section.Maker(makeAgain),
}

// againSection is how to repeat the run, where it was made, and what was wrong
// with its files.
type againSection struct {
	Empty       bool
	Commands    string
	CoverLetter string
	Environment []rundir.Field
	Warnings    []string
}

func makeAgain(in judge.Run) (againSection, error) {
	return againSection{
		Empty:       len(in.Workloads) == 0,
		Commands:    commands(in.Strategies, in.Facts),
		CoverLetter: coverLetter(in.Strategies, in.Workloads, in.Times, in.Facts, in.Verdicts),
		Environment: environment(in.Facts, in.Builders),
		Warnings:    in.Warnings.All(),
	}, nil
}

// commands are what repeats the run and reads it without this page.
func commands(names list.Names, facts rundir.Facts) string {
	command := facts.Value(schema.FactCommand)
	if command == "" {
		command = "vramlab run -o DIR -strategies " + strings.Join(names, ",")
		for _, f := range []schema.Fact{schema.FactSeed, schema.FactCount} {
			if v := facts.Value(f); v != "" {
				command += " -" + string(f) + " " + v
			}
		}
	}
	return wrapCommand(command) + "\n" +
		"vramlab report DIR\n" +
		"go tool benchstat -col /strategy DIR/run.bench"
}

// wrapCommand breaks a long command before a flag, as a shell takes it.
func wrapCommand(s string) string {
	const most = 68
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if len(line)+1+len(word) > most && strings.HasPrefix(word, "-") && line != "" {
			lines = append(lines, line+" \\")
			line = "    " + word
			continue
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}

// environment is where and how the run was made.
func environment(facts rundir.Facts, builders []string) []rundir.Field {
	var out []rundir.Field
	add := func(label string, values ...string) {
		var have []string
		for _, v := range values {
			if v != "" {
				have = append(have, v)
			}
		}
		if len(have) > 0 {
			out = append(out, rundir.Field{Key: label, Value: strings.Join(have, ", ")})
		}
	}
	add("Date", facts.Value(schema.FactDate))
	add("Processor", facts.Value(schema.ConfigCPU), words.Stated(facts, schema.FactCores, "core", "cores"))
	add("System", facts.Value(schema.FactKernel), strings.Trim(facts.Value(schema.ConfigOS)+"/"+facts.Value(schema.ConfigArch), "/"))
	add("Go", facts.Value(schema.FactGo))
	add("Revision", facts.Value(schema.FactRevision))
	add("Load", facts.Value(schema.FactLoad))
	add("Samples", words.Stated(facts, schema.FactCount, "per cell", "per cell"), words.Stated(facts, schema.FactOps, "operation per replay", "operations per replay"))
	add("Order", facts.Value(schema.FactOrder), text.Labelled2("seed ", facts.Value(schema.FactSeed)))
	add("Builders", strings.Join(builders, ", "))
	return out
}

// coverLetter is a block for the cover letter of a kernel patch: plain text,
// the base first, what was refused beside every time.
func coverLetter(names list.Names, workloads []*rundir.Workload, times *judge.Times, facts rundir.Facts, all []judge.Verdict) string {
	var b strings.Builder
	n := 0
	if len(workloads) > 0 {
		for _, s := range judge.Present(workloads[0], len(names)) {
			n = max(n, len(workloads[0].Cell(schema.AllocFree, schema.NsPerOp, s).Sample.Values))
		}
	}
	fmt.Fprintf(&b, "Allocator time, ns per operation, median of %d, cells interleaved:\n\n", n)
	coverTable(names, times, &b, all)
	fmt.Fprintf(&b, "\nNoise: %s.\n", words.NoiseText(times.Self))
	if c := strings.Join(text.NonEmpty(facts.Value(schema.ConfigCPU), facts.Value(schema.FactKernel), facts.Value(schema.FactGo)), ", "); c != "" {
		fmt.Fprintf(&b, "Machine: %s.\n", c)
	}
	return strings.NewReplacer(text.NBSP, " ", text.Minus, "-", "–", "-").Replace(trimLines(b.String()))
}

// coverTable writes names left, times right, and the difference behind them.
func coverTable(names list.Names, times *judge.Times, b *strings.Builder, all []judge.Verdict) {
	name := len("workload")
	for _, v := range all {
		name = max(name, utf8.RuneCountInString(v.Workload.Name))
	}
	row := func(first string, cells []string, last string) {
		fmt.Fprintf(b, "  %-*s", name, first)
		for s, c := range cells {
			fmt.Fprintf(b, "  %*s", max(8, utf8.RuneCountInString(names[s])), c)
		}
		fmt.Fprintf(b, "  %s\n", last)
	}
	row("workload", names, "difference")
	for _, v := range all {
		cells := make([]string, len(names))
		for s := range cells {
			cells[s] = text.Digits3(1e9 * v.Workload.Center(schema.AllocFree, schema.NsPerOp, s))
		}
		row(v.Workload.Name, cells, coverNote(names, times, v))
	}
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// coverNote is the last column: a difference, or why there is none.
func coverNote(names list.Names, times *judge.Times, v judge.Verdict) string {
	switch {
	case v.Kind == judge.Unequal:
		var parts []string
		for s := range names {
			if v.Workload.Served(s) < 100 {
				parts = append(parts, names[s]+" "+strings.TrimSuffix(strings.TrimSuffix(words.RefusedOf(v.Workload, s), " requests"), " request"))
			}
		}
		if len(parts) == 0 {
			return "not comparable"
		}
		return "not comparable: " + strings.Join(parts, ", ")
	case len(names) != 2 || v.Kind == judge.Missing || v.Kind == judge.Nothing:
		return text.Plain(names, words.ShortVerdict(names, v))
	}
	p, ok := times.Pair(v.Workload, 0, 1)
	if !ok {
		return ""
	}
	note := text.Signed(p.Delta) + " (" + words.Probability(&p) + ")"
	if v.Kind != judge.Win {
		note += " " + text.Plain(names, words.ShortVerdict(names, v))
	}
	return note
}

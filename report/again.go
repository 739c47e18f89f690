package report

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

//go:embed page/again.html
var againHTML string

// AgainSection is how to repeat the run, and what it was run on.
var AgainSection = Section{
	ID:       "again",
	Title:    "Reproduce",
	Template: againHTML,
	Make:     maker(makeAgain),
}

// againSection is how to repeat the run, where it was made, and what was wrong
// with its files.
type againSection struct {
	Empty       bool
	Commands    string
	CoverLetter string
	Environment []Field
	Warnings    []string
}

func makeAgain(in In) (againSection, error) {
	return againSection{
		Empty:       len(in.workloads) == 0,
		Commands:    commands(in.strategies, in.facts),
		CoverLetter: coverLetter(in.strategies, in.workloads, in.times, in.facts, in.verdicts),
		Environment: environment(in.facts, in.builders),
		Warnings:    in.warnings.all(),
	}, nil
}

// commands are what repeats the run and reads it without this page.
func commands(names Names, facts Facts) string {
	command := facts.value("command")
	if command == "" {
		command = "vramlab run -o DIR -strategies " + strings.Join(names, ",")
		for _, f := range []string{"seed", "count"} {
			if v := facts.value(f); v != "" {
				command += " -" + f + " " + v
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
func environment(facts Facts, builders []string) []Field {
	var out []Field
	add := func(label string, values ...string) {
		var have []string
		for _, v := range values {
			if v != "" {
				have = append(have, v)
			}
		}
		if len(have) > 0 {
			out = append(out, Field{label, strings.Join(have, ", ")})
		}
	}
	add("Date", facts.value("date"))
	add("Processor", facts.value("cpu"), stated(facts, "cores", "core", "cores"))
	add("System", facts.value("kernel"), strings.Trim(facts.value("goos")+"/"+facts.value("goarch"), "/"))
	add("Go", facts.value("go"))
	add("Revision", facts.value("revision"))
	add("Load", facts.value("load"))
	add("Samples", stated(facts, "count", "a cell", "a cell"), stated(facts, "ops", "operation a replay", "operations a replay"))
	add("Order", facts.value("order"), labelled2("seed ", facts.value("seed")))
	add("Builders", strings.Join(builders, ", "))
	return out
}

// stated is a number of the run's facts with its noun, empty when it is not
// stated or stated as the default.
func stated(facts Facts, key, one, many string) string {
	n, err := strconv.Atoi(facts.value(key))
	if err != nil {
		return ""
	}
	return plural(float64(n), one, many)
}

func labelled2(label, v string) string {
	if v == "" {
		return ""
	}
	return label + v
}

// coverLetter is a block for the cover letter of a kernel patch: plain text,
// the base first, what was refused beside every time.
func coverLetter(names Names, workloads []*workload, times *Times, facts Facts, all []Verdict) string {
	var b strings.Builder
	n := 0
	if len(workloads) > 0 {
		for _, s := range present(workloads[0], len(names)) {
			n = max(n, len(workloads[0].cell(benchTime, unitOp, s).sample.Values))
		}
	}
	fmt.Fprintf(&b, "Allocator time, ns per operation, median of %d, cells interleaved:\n\n", n)
	coverTable(names, times, &b, all)
	fmt.Fprintf(&b, "\nNoise: %s.\n", times.Self.sentence())
	if c := strings.Join(nonEmpty(facts.value("cpu"), facts.value("kernel"), facts.value("go")), ", "); c != "" {
		fmt.Fprintf(&b, "Machine: %s.\n", c)
	}
	return strings.NewReplacer(nbsp, " ", minus, "-", "–", "-").Replace(trimLines(b.String()))
}

// coverTable writes names left, times right, and the difference behind them.
func coverTable(names Names, times *Times, b *strings.Builder, all []Verdict) {
	name := len("workload")
	for _, v := range all {
		name = max(name, utf8.RuneCountInString(v.Workload.name))
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
			cells[s] = digits3(1e9 * v.Workload.center(benchTime, unitOp, s))
		}
		row(v.Workload.name, cells, coverNote(names, times, v))
	}
}

func nonEmpty(values ...string) []string {
	var out []string
	for _, v := range values {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// coverNote is the last column: a difference, or why there is none.
func coverNote(names Names, times *Times, v Verdict) string {
	switch {
	case v.Kind == Unequal:
		var parts []string
		for s := range names {
			if v.Workload.served(s) < 100 {
				parts = append(parts, names[s]+" "+strings.TrimSuffix(strings.TrimSuffix(refusedOf(v.Workload, s), " requests"), " request"))
			}
		}
		if len(parts) == 0 {
			return "not comparable"
		}
		return "not comparable: " + strings.Join(parts, ", ")
	case len(names) != 2 || v.Kind == Missing || v.Kind == Nothing:
		return names.plain(shortVerdict(names, v))
	}
	p, ok := times.Pair(v.Workload, 0, 1)
	if !ok {
		return ""
	}
	note := signed(p.Delta) + " (" + probability(&p) + ")"
	if v.Kind != Win {
		note += " " + names.plain(shortVerdict(names, v))
	}
	return note
}

package page

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
		Commands:    commands(in.Strategies, in.Facts, in.Dir, in.Stopped != nil && !in.Stopped.Running),
		CoverLetter: coverLetter(in),
		Environment: environment(in),
		Warnings:    in.Warnings.All(),
	}, nil
}

// commands are what repeats the run, or goes on with one that was stopped, and reads it
// without this page. The file that describes the run is named if it is there.
func commands(names list.Names, facts rundir.Facts, dir string, stopped bool) string {
	command := facts.Value(schema.FactCommand)
	if command == "" {
		command = "vramlab run -o DIR"
		if len(names) > 0 {
			command += " -strategies " + strings.Join(names, ",")
		}
		for _, f := range []schema.Fact{schema.FactSeed, schema.FactCount} {
			if v := facts.Value(f); v != "" {
				command += " -" + string(f) + " " + v
			}
		}
	}
	command = wrapCommand(command)
	for _, part := range slices.Backward(facts.Values(schema.FactPartCommand)) {
		command = wrapCommand(part) + "\n" + command
	}
	command += "\n"
	if stopped {
		command += "vramlab run -resume DIR\n"
	}
	if info, err := os.Stat(filepath.Join(dir, schema.Experiment)); err == nil && info.Mode().IsRegular() {
		command += "vramlab run -config DIR/" + schema.Experiment + "  # the same again\n"
	}
	return command +
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
func environment(in judge.Run) []rundir.Field {
	facts := in.Facts
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
	add("Went on", facts.Values(schema.FactResumed)...)
	add("Processor", append(facts.Values(schema.ConfigCPU), words.Cores(facts))...)
	add("System", facts.Value(schema.FactKernel), strings.Trim(facts.Value(schema.ConfigOS)+"/"+facts.Value(schema.ConfigArch), "/"))
	add("Go", facts.Value(schema.FactGo))
	add("Revision", facts.Value(schema.FactRevision))
	add("Shards", words.Shards(facts))
	for _, part := range facts.Values(schema.FactPart) {
		add("Shard", part)
	}
	add("Missing", facts.Value(schema.FactMissing))
	add("Left out", facts.Value(schema.FactLeftOut))
	add("Machine", facts.Value(schema.FactMachine))
	add("Hardware counters", facts.Value(schema.FactHardware))
	add("Load", facts.Value(schema.FactLoad), facts.Value(schema.FactThrottled))
	samples := words.SamplesFound(in.Workloads, len(in.Strategies))
	if samples != "" {
		samples += " per cell"
	}
	add("Samples", samples, words.Stated(facts, schema.FactOps, "operation per replay", "operations per replay"))
	add("Interrupted", words.Interrupted(in.Basis))
	add("Clock", text.Labelled2("step ", facts.Value(schema.FactClock)), text.Labelled2("a reading takes ", facts.Value(schema.FactClockCost)))
	add("Order", facts.Value(schema.FactOrder), text.Labelled2("seed ", facts.Value(schema.FactSeed)))
	add("Isolation", facts.Value(schema.FactIsolation))
	add("Builders", strings.Join(in.Builders, ", "))
	return out
}

// coverLetter is a block for the cover letter of a kernel patch: plain text, first
// what carries over to a kernel, then the times of the models, labelled as that.
func coverLetter(in judge.Run) string {
	var b strings.Builder
	coverTable(in, &b, "Requests refused of a thousand (exact)", "", func(v judge.Verdict, s int) string {
		return text.Short3(words.PerMille(v.Workload, s))
	}, nil)
	if in.Builder != "" {
		coverTable(in, &b, "Entries of an sg table, mean (exact; builder "+in.Builder+")", "", func(v judge.Verdict, s int) string {
			return words.Bracketed(v.Same, s, text.Short3(v.Workload.Table(in.Builder, schema.SegsPerTable, s).Center()))
		}, nil)
	}
	title := "Time of user-space models, not of a kernel: " + words.PerOperation(in.Times)
	if n := words.SamplesFound(in.Workloads, len(in.Strategies)); n != "" {
		title += ", median of " + n + ", cells interleaved"
	}
	coverTable(in, &b, title, "difference", func(v judge.Verdict, s int) string {
		if in.Times.Clock.Shortest(v.Workload, []int{s}) < judge.LeastTicks {
			return text.None
		}
		return words.Bracketed(v.Same, s, text.Digits3(1e9*v.Workload.OpTime(schema.AllocFree, s).Center()))
	}, func(v judge.Verdict) string { return coverNote(in.Strategies, in.Times, v) })
	if kernels := words.Kernels(in.Strategies, in.Facts); kernels != "" {
		say(&b, "Placements: %s.", kernels)
	}
	for _, v := range in.Verdicts {
		for _, s := range words.DeviationSentences(v) {
			say(&b, "%s: %s", v.Workload.Name, text.Plain(in.Strategies, text.Prose(s)))
		}
	}
	b.WriteString("In brackets: did less work, not compared.\n")
	say(&b, "Noise: %s.", words.NoiseText(in.Times.Self))
	if c := strings.Join(text.NonEmpty(append(in.Facts.Values(schema.ConfigCPU), in.Facts.Value(schema.FactGo))...), ", "); c != "" {
		say(&b, "Measured in user space: %s.", c)
	}
	return strings.NewReplacer(text.NBSP, " ", text.Minus, "-", "–", "-").Replace(trimLines(b.String()))
}

// letterWide is how many columns a sentence of the cover letter may have, as in a mail.
const letterWide = 75

// say writes a sentence in lines of at most letterWide columns, those behind the first
// indented.
func say(b *strings.Builder, format string, args ...any) {
	at := 0
	for word := range strings.FieldsSeq(fmt.Sprintf(format, args...)) {
		wide := utf8.RuneCountInString(word)
		switch {
		case at == 0:
		case at+1+wide > letterWide:
			b.WriteString("\n  ")
			at = 2
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += wide
	}
	b.WriteByte('\n')
}

// coverTable writes names left, values right, and behind them a note if there is one.
func coverTable(in judge.Run, b *strings.Builder, title, noteHead string, value func(judge.Verdict, int) string, note func(judge.Verdict) string) {
	fmt.Fprintf(b, "%s:\n\n", title)
	name := len("workload")
	for _, v := range in.Verdicts {
		name = max(name, utf8.RuneCountInString(v.Workload.Name))
	}
	row := func(first string, cells []string, last string) {
		fmt.Fprintf(b, "  %-*s", name, first)
		for s, c := range cells {
			fmt.Fprintf(b, "  %*s", max(8, utf8.RuneCountInString(in.Strategies[s])), c)
		}
		fmt.Fprintf(b, "  %s\n", last)
	}
	row("workload", in.Strategies, noteHead)
	for _, v := range in.Verdicts {
		cells := make([]string, len(in.Strategies))
		for s := range cells {
			cells[s] = value(v, s)
		}
		last := ""
		if note != nil {
			last = note(v)
		}
		row(v.Workload.Name, cells, last)
	}
	b.WriteString("\n")
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// coverNote is the last column: a difference in time, or why there is none.
func coverNote(names list.Names, times *judge.Times, v judge.Verdict) string {
	short := text.Plain(names, words.ShortVerdict(names, times, v))
	if len(names) != 2 {
		return short
	}
	p, ok := times.Pair(v.Workload, 0, 1)
	if !ok {
		return short
	}
	note := text.Signed(p.Delta) + " (" + words.Probability(&p) + ")"
	if v.Kind != judge.Win {
		note += " " + short
	}
	return note
}

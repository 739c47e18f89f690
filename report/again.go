package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// commands are what repeats the run and reads it without this page.
func (r *Run) commands() string {
	command := r.facts.value("command")
	if command == "" {
		command = "vramlab run -o DIR -strategies " + strings.Join(r.strategies, ",")
		for _, f := range []string{"seed", "count"} {
			if v := r.facts.value(f); v != "" {
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
func (r *Run) environment() []Field {
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
	add("Date", r.facts.value("date"))
	add("Processor", r.facts.value("cpu"), r.stated("cores", "core", "cores"))
	add("System", r.facts.value("kernel"), strings.Trim(r.facts.value("goos")+"/"+r.facts.value("goarch"), "/"))
	add("Go", r.facts.value("go"))
	add("Revision", r.facts.value("revision"))
	add("Load", r.facts.value("load"))
	add("Samples", r.stated("count", "a cell", "a cell"), r.stated("ops", "operation a replay", "operations a replay"))
	add("Order", r.facts.value("order"), labelled2("seed ", r.facts.value("seed")))
	add("Builders", strings.Join(r.builders, ", "))
	return out
}

// stated is a number of the run's facts with its noun, empty when it is not
// stated or stated as the default.
func (r *Run) stated(key, one, many string) string {
	n, err := strconv.Atoi(r.facts.value(key))
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
func (r *Run) coverLetter(all []Verdict) string {
	var b strings.Builder
	n := 0
	if len(r.workloads) > 0 {
		for _, s := range present(r.workloads[0], len(r.strategies)) {
			n = max(n, len(r.workloads[0].cell(benchTime, unitOp, s).sample.Values))
		}
	}
	fmt.Fprintf(&b, "Allocator time, ns per operation, median of %d, cells interleaved:\n\n", n)
	r.coverTable(&b, all)
	fmt.Fprintf(&b, "\nNoise: %s.\n", r.times.Self.sentence())
	if c := strings.Join(nonEmpty(r.facts.value("cpu"), r.facts.value("kernel"), r.facts.value("go")), ", "); c != "" {
		fmt.Fprintf(&b, "Machine: %s.\n", c)
	}
	return strings.NewReplacer(nbsp, " ", minus, "-", "–", "-").Replace(trimLines(b.String()))
}

// coverTable writes names left, times right, and the difference behind them.
func (r *Run) coverTable(b *strings.Builder, all []Verdict) {
	name := len("workload")
	for _, v := range all {
		name = max(name, utf8.RuneCountInString(v.Workload.name))
	}
	row := func(first string, cells []string, last string) {
		fmt.Fprintf(b, "  %-*s", name, first)
		for s, c := range cells {
			fmt.Fprintf(b, "  %*s", max(8, utf8.RuneCountInString(r.strategies[s])), c)
		}
		fmt.Fprintf(b, "  %s\n", last)
	}
	row("workload", r.strategies, "difference")
	for _, v := range all {
		cells := make([]string, len(r.strategies))
		for s := range cells {
			cells[s] = digits3(1e9 * v.Workload.center(benchTime, unitOp, s))
		}
		row(v.Workload.name, cells, r.coverNote(v))
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
func (r *Run) coverNote(v Verdict) string {
	switch {
	case v.Kind == Unequal:
		var parts []string
		for s := range r.strategies {
			if v.Workload.served(s) < 100 {
				parts = append(parts, r.strategies[s]+" "+strings.TrimSuffix(strings.TrimSuffix(refusedOf(v.Workload, s), " requests"), " request"))
			}
		}
		if len(parts) == 0 {
			return "not comparable"
		}
		return "not comparable: " + strings.Join(parts, ", ")
	case len(r.strategies) != 2 || v.Kind == Missing || v.Kind == Nothing:
		return r.strategies.plain(r.shortVerdict(v))
	}
	p, ok := r.times.Pair(v.Workload, 0, 1)
	if !ok {
		return ""
	}
	note := signed(p.Delta) + " (" + probability(&p) + ")"
	if v.Kind != Win {
		note += " " + r.strategies.plain(r.shortVerdict(v))
	}
	return note
}

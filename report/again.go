package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// commands are what repeats the run and reads it without this page.
func (r *Run) commands() string {
	command := r.value("command")
	if command == "" {
		command = "vramlab run -o DIR -strategies " + strings.Join(r.strategies, ",")
		for _, f := range []string{"seed", "count"} {
			if v := r.value(f); v != "" {
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
func (r *Run) environment() []field {
	var out []field
	add := func(label string, values ...string) {
		var have []string
		for _, v := range values {
			if v != "" {
				have = append(have, v)
			}
		}
		if len(have) > 0 {
			out = append(out, field{label, strings.Join(have, ", ")})
		}
	}
	add("Date", r.value("date"))
	add("Processor", r.value("cpu"), r.stated("cores", "core", "cores"))
	add("System", r.value("kernel"), strings.Trim(r.value("goos")+"/"+r.value("goarch"), "/"))
	add("Go", r.value("go"))
	add("Revision", r.value("revision"))
	add("Load", r.value("load"))
	add("Samples", r.stated("count", "a cell", "a cell"), r.stated("ops", "operation a replay", "operations a replay"))
	add("Order", r.value("order"), labelled2("seed ", r.value("seed")))
	add("Builders", strings.Join(r.builders(), ", "))
	return out
}

// stated is a number of the run's facts with its noun, empty when it is not
// stated or stated as the default.
func (r *Run) stated(key, one, many string) string {
	n, err := strconv.Atoi(r.value(key))
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
func (r *Run) coverLetter(all []verdict) string {
	var b strings.Builder
	n := 0
	if len(r.workloads) > 0 {
		for _, s := range r.present(r.workloads[0]) {
			n = max(n, len(r.cell(benchTime, unitOp, r.workloads[0], s).sample.Values))
		}
	}
	fmt.Fprintf(&b, "Allocator time, ns per operation, median of %d, cells interleaved:\n\n", n)
	r.coverTable(&b, all)
	fmt.Fprintf(&b, "\nNoise: %s.\n", r.self.sentence())
	if c := strings.Join(nonEmpty(r.value("cpu"), r.value("kernel"), r.value("go")), ", "); c != "" {
		fmt.Fprintf(&b, "Machine: %s.\n", c)
	}
	return strings.NewReplacer(nbsp, " ", minus, "-", "–", "-").Replace(trimLines(b.String()))
}

// coverTable writes names left, times right, and the difference behind them.
func (r *Run) coverTable(b *strings.Builder, all []verdict) {
	name := len("workload")
	for _, v := range all {
		name = max(name, utf8.RuneCountInString(v.w.name))
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
			cells[s] = digits3(1e9 * r.center(benchTime, unitOp, v.w, s))
		}
		row(v.w.name, cells, r.coverNote(v))
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
func (r *Run) coverNote(v verdict) string {
	switch {
	case v.kind == kindUnequal:
		var parts []string
		for s := range r.strategies {
			if r.served(v.w, s) < 100 {
				parts = append(parts, r.strategies[s]+" "+strings.TrimSuffix(strings.TrimSuffix(r.refusedOf(v.w, s), " requests"), " request"))
			}
		}
		if len(parts) == 0 {
			return "not comparable"
		}
		return "not comparable: " + strings.Join(parts, ", ")
	case len(r.strategies) != 2 || v.kind == kindMissing || v.kind == kindNothing:
		return r.plain(r.shortVerdict(v))
	}
	p, ok := r.pair(v.w, 0, 1)
	if !ok {
		return ""
	}
	note := signed(p.delta) + " (" + probability(&p) + ")"
	if v.kind != kindWin {
		note += " " + r.plain(r.shortVerdict(v))
	}
	return note
}

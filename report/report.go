package report

import "slices"

// Load reads the run in dir. Only run.bench must be there, and it may be
// empty: a run that was stopped is reported as far as it went, and a line or
// file that cannot be read becomes a warning in the report.
func Load(dir string) (*Run, error) {
	r, err := readRun(dir)
	if err != nil {
		return nil, err
	}
	r.times = compareTimes(r.workloads, len(r.strategies))
	return r, nil
}

// Strategies are the names of the strategies compared, the base first.
func (r *Run) Strategies() []string { return slices.Clone(r.strategies) }

// Warnings are the problems met while reading the run, one line each.
func (r *Run) Warnings() []string { return r.warnings.all() }

// Headline is the finding of the whole run in one sentence.
func (r *Run) Headline() string {
	return r.strategies.plain(headline(r.strategies, r.times, r.curves.scaling, r.curves.crossing, r.times.Verdicts(r.workloads)))
}

// Verdicts are the findings as plain sentences, one line per workload.
func (r *Run) Verdicts() []string {
	var out []string
	for _, v := range r.times.Verdicts(r.workloads) {
		head, body := Sentences(r.strategies, r.times, v)
		out = append(out, r.strategies.plain(head+" "+body))
	}
	return out
}

// Scaling is what the scaling sweep of the run found, as plain sentences for a
// terminal: for each size that grows the finding, a line for every strategy
// with the exponents of its operations, and where strategies cross; at last whose
// times contain a crossing into a C library. It is nil when the run has no sweep.
func (r *Run) Scaling() []string {
	var out []string
	shown, _ := scales(r.strategies, r.curves.scaling, r.curves.crossing)
	for _, s := range shown {
		all := []prose{scalingHeading(r.times.Self, s) + prose(" ("+s.fixedText()+"; in brackets 95"+nbsp+"% intervals).")}
		for i := range r.strategies {
			all = append(all, s.strategySentence(i))
		}
		all = append(all, crossingSentences(r.strategies, r.times.Self, s)...)
		for _, text := range all {
			if text != "" {
				out = append(out, r.strategies.plain(text))
			}
		}
	}
	if text := sweptCrossings(r.strategies, r.curves.crossing, shown); text != "" {
		out = append(out, r.strategies.plain(text))
	}
	return out
}

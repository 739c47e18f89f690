package report

// headlineOf and verdictsOf are what a run says on a terminal.
func headlineOf(r In) string {
	return r.strategies.plain(headline(r.strategies, r.times, r.curves.scaling, r.curves.crossing, r.verdicts))
}

func verdictsOf(r In) []string {
	var out []string
	for _, v := range r.verdicts {
		head, body := Sentences(r.strategies, r.times, v)
		out = append(out, r.strategies.plain(head+" "+body))
	}
	return out
}

func scalingOf(r In) []string {
	var out []string
	for _, text := range scalingSentences(r.strategies, r.times.Self, r.curves.scaling, r.curves.crossing) {
		out = append(out, r.strategies.plain(text))
	}
	return out
}

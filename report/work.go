package report

// workTable shows what was counted. Counts are exact and the same everywhere,
// so they stand without an interval and without a p.
type workTable struct {
	Note string
	Rows []tailRow
}

// makeWork has a row for every workload that someone counted on, and in it a
// line for every strategy: dashes for one that cannot count.
func makeWork(names Names, workloads []*workload) workTable {
	t := workTable{Note: "Visits are places looked at in search of one that fits; what a place is, a list, a hole or a node, depends on the strategy. A dash: not counted."}
	for _, w := range workloads {
		row := tailRow{Title: w.title}
		any := false
		for s, name := range names {
			counted, ok := w.counted[s]
			any = any || ok
			row.Lines = append(row.Lines, tailLine{name, class(s), workTexts(counted, ok)})
		}
		if any {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// texts are the counts as they are shown.
func workTexts(c work, counted bool) []string {
	out := make([]string, len(c))
	for i, v := range c {
		out[i] = none
		if counted {
			out[i] = short3(v)
		}
	}
	return out
}

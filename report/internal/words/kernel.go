package words

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Kernels says which kernel each strategy reproduces: "buddy is Linux 7.1's". Empty when
// none does.
func Kernels(names list.Names, facts rundir.Facts) string {
	var parts []string
	for s, kernel := range facts.Kernels(names) {
		switch {
		case kernel == "":
		case versionOf(kernel) != "":
			parts = append(parts, names[s]+" is "+kernel+"'s")
		default:
			parts = append(parts, names[s]+" is that of "+kernel)
		}
	}
	return strings.Join(parts, ", ")
}

// versionOf is "7.1" of "Linux 7.1", and "" of any other words.
func versionOf(kernel string) string {
	if v, ok := strings.CutPrefix(kernel, "Linux "); ok && !strings.Contains(v, " ") {
		return v
	}
	return ""
}

// kernelName names the kernel of a strategy where several may be meant; "the kernel of
// NAME" where it is not stated.
func kernelName(k *judge.Kernel, s int) string {
	if k.Names[s] == "" {
		return "the kernel of " + text.Mark(s)
	}
	return strings.ReplaceAll(k.Names[s], " ", text.NBSP)
}

// nextKernel names a kernel behind another one: "7.1", or "that after 7.1".
func nextKernel(k *judge.Kernel, s int) string {
	if v := versionOf(k.Names[s]); v != "" {
		return v
	}
	if v, ok := strings.CutPrefix(k.Names[s], "Linux "); ok {
		return "that" + text.NBSP + strings.ReplaceAll(v, " ", text.NBSP)
	}
	return kernelName(k, s)
}

// kernelSentences are what a verdict says of kernels: where generations part, and what a
// strategy did because its kernel does.
func kernelSentences(v judge.Verdict) []string {
	return append(partingSentences(v), DeviationSentences(v)...)
}

// saysAlike reports whether the head of a verdict says that generations do not part.
func saysAlike(v judge.Verdict) bool {
	return v.Kernel.Alike() && v.Then() == judge.NoReason && len(v.Same) > 1 && len(v.Same) == len(v.Present)
}

// partingSentences say what two generations do otherwise.
func partingSentences(v judge.Verdict) []string {
	var out []string
	if saysAlike(v) {
		return nil
	}
	for _, p := range v.Kernel.Partings {
		out = append(out, text.UpperFirst(parting(&v.Kernel, p))+".")
	}
	return out
}

// parting is "Linux 7.1 places 340 of 12,000 requests otherwise than 6.11, first operation
// 17, ...".
func parting(k *judge.Kernel, p judge.Parting) string {
	who, than := kernelName(k, p.New), nextKernel(k, p.Old)
	all := "all " + text.Requests(p.Requests)
	if p.Requests == 1 {
		all = "the request"
	}
	switch {
	case p.Differ == 0 && p.Stops:
		return fmt.Sprintf("%s answers %s as %s, if none stopped", who, all, than)
	case p.Differ == 0:
		return fmt.Sprintf("%s answers %s as %s", who, all, than)
	}
	first := "operation " + text.Count(p.First)
	if p.Known {
		first += ", " + FirstRequest(p)
	}
	kinds := ""
	if p.Differ > 1 || !p.Known {
		kinds = "; of those " + PartingKinds(p)
	}
	return fmt.Sprintf("%s answers %s of %s otherwise than %s, first %s%s", who, text.Count(p.Differ), text.Requests(p.Requests), than, first, kinds)
}

// FirstRequest is the first request that two generations do otherwise: "8 KiB aligned to
// 256 KiB in a window".
func FirstRequest(p judge.Parting) string {
	s := text.Size(p.Request.Size)
	if p.Request.Align > 0 {
		s += " aligned to " + text.Size(p.Request.Align)
	}
	if k := conditions(rundir.KindOf(p.Request, math.MaxUint64)); k != "" {
		s += " " + k
	}
	return s
}

// PartingKinds counts the requests that two generations do otherwise by their conditions,
// the most frequent first.
func PartingKinds(p judge.Parting) string {
	const most = 3
	kinds := slices.SortedFunc(maps.Keys(p.By), func(a, b rundir.RequestKind) int {
		return cmp.Or(p.By[b]-p.By[a], int(a)-int(b))
	})
	var parts []string
	rest := 0
	for i, k := range kinds {
		n := p.By[k]
		if i >= most && len(kinds) > most {
			rest += n
			continue
		}
		about := conditions(k)
		if about == "" {
			about = "without conditions"
		}
		count := text.Count(n)
		if n == p.Differ {
			count = "all"
		}
		parts = append(parts, count+" "+about)
	}
	if rest > 0 {
		parts = append(parts, text.Count(rest)+" others")
	}
	return text.List(parts)
}

// conditions are those of a request, "contiguous in a window"; empty for none.
func conditions(k rundir.RequestKind) string {
	var parts []string
	for _, c := range []struct {
		kind rundir.RequestKind
		text string
	}{
		{rundir.SmallAligned, "smaller than the alignment"},
		{rundir.Aligned, "aligned to more than a page"},
		{rundir.InOnePiece, "contiguous"},
		{rundir.Cleared, "asking for clear memory"},
		{rundir.FromTop, "from the top"},
		{rundir.InWindow, "in a window"},
	} {
		if k&c.kind != 0 {
			parts = append(parts, c.text)
		}
	}
	return strings.Join(parts, " ")
}

// DeviationSentences say what strategies did on a workload because their kernels do,
// though they should not.
func DeviationSentences(v judge.Verdict) []string {
	var out []string
	for s := range v.Kernel.Names {
		d := v.Workload.Deviating[s]
		if d.Stops > 0 {
			out = append(out, text.UpperFirst(kernelName(&v.Kernel, s))+" would stop here: "+text.Requests(d.Stops)+".")
		}
		if d.Misaligned > 0 {
			grants, lie, kernel, them := "grants", "lie", kernelName(&v.Kernel, s), "them"
			if d.Misaligned == 1 {
				grants, lie, them = "grant", "lies", "it"
			}
			out = append(out, fmt.Sprintf("%s %s of %s %s misaligned in %s window, as %s grants %s.", text.Count(d.Misaligned), grants, text.Mark(s), lie,
				map[bool]string{true: "its", false: "their"}[d.Misaligned == 1], kernel, them))
		}
	}
	return out
}

// noGeneration is for generations that do every request alike.
const noGeneration = "no request notices the generation: placements are identical"

// generationsHeadline adds to a headline on how many workloads generations part, and where
// one would stop; empty without generations, or where they do the same.
func generationsHeadline(all []judge.Verdict) string {
	return strings.Join(text.NonEmpty(partsOn(all), stopsOn(all)), "; ")
}

// stopsOn says on how many workloads kernels would stop.
func stopsOn(all []judge.Verdict) string {
	var who []string
	n, requests := 0, 0
	for _, v := range all {
		stops := 0
		for s := range v.Kernel.Names {
			if d := v.Workload.Deviating[s].Stops; d > 0 {
				who = list.Add(who, kernelName(&v.Kernel, s))
				stops = max(stops, d)
			}
		}
		if stops > 0 {
			n++
			requests += stops
		}
	}
	if n == 0 {
		return ""
	}
	return text.List(who) + " would stop on " + workloads(n, len(all)) + ", at " + text.Requests(requests)
}

// partsOn says on how many workloads generations place otherwise.
func partsOn(all []judge.Verdict) string {
	parted, several := 0, false
	var one *judge.Parting
	for i := range all {
		parts := false
		for j := range all[i].Kernel.Partings {
			p := &all[i].Kernel.Partings[j]
			if p.Differ == 0 {
				continue
			}
			several = several || one != nil && (p.Old != one.Old || p.New != one.New)
			one, parts = p, true
		}
		if parts {
			parted++
		}
	}
	switch {
	case parted == 0:
		return ""
	case several:
		return "the generations place otherwise on " + workloads(parted, len(all))
	}
	k := &all[0].Kernel // names are the same on all
	return kernelName(k, one.New) + " places otherwise than " + nextKernel(k, one.Old) + " on " + workloads(parted, len(all))
}

// allAlike reports whether there are generations on every workload, and they nowhere part.
func allAlike(all []judge.Verdict) bool {
	return len(all) > 0 && !slices.ContainsFunc(all, func(v judge.Verdict) bool { return !v.Kernel.Alike() })
}

// KernelHeading is the finding about generations, or else what the section is about.
// Times of a model are no finding.
func KernelHeading(all []judge.Verdict) text.Prose {
	if s := generationsHeadline(all); s != "" {
		return text.Prose(text.UpperFirst(s))
	}
	if allAlike(all) {
		return "No request of these workloads notices the generation: placements are identical"
	}
	return "What the kernel's own lists and trees would do"
}

// KernelModel says what time the model gives to the kernels on a workload, with its error,
// and which difference is more than that; empty where there is no model.
func KernelModel(v judge.Verdict) text.Prose {
	k := &v.Kernel
	if parts := modelTimes(v, judge.Modelled(v.Workload, k.Counted)); parts != "" {
		return text.Prose(text.UpperFirst(parts) + beyondErrors(v) + ".")
	}
	return ""
}

// modelTimes is "Linux 6.11 about 31 µs an operation, 7.1 29 µs (±31 and 23 %)".
func modelTimes(v judge.Verdict, of []int) string {
	if len(of) == 0 {
		return ""
	}
	k := &v.Kernel
	plain := versionsApart(k, of)
	var parts, off []string
	for i, s := range of {
		name := modelName(k, s, i == 0, plain)
		c := v.Workload.Kernel[s]
		took := twoDigits(c.Model)
		if i == 0 {
			took = "about " + took + " an operation"
		}
		parts = append(parts, name+" "+took)
		off = list.Add(off, text.Round2(100*c.Error))
	}
	return strings.Join(parts, ", ") + " (±" + text.List(off) + text.NBSP + "%)"
}

// twoDigits is a time to two digits: a model has no more.
func twoDigits(sec float64) string {
	v, _ := text.TimeUnit(sec)
	if v <= 0 {
		return text.Duration(sec)
	}
	scale := math.Pow(10, math.Floor(math.Log10(v))-1)
	v, unit := text.TimeUnit(sec / v * math.Round(v/scale) * scale)
	return text.Short3(v) + text.NBSP + unit
}

// versionsApart reports whether kernels alone tell strategies apart.
func versionsApart(k *judge.Kernel, of []int) bool {
	seen := make(map[string]bool)
	for _, s := range of {
		if k.Names[s] == "" || seen[k.Names[s]] || strings.Contains(k.Names[s], " to ") {
			return false
		}
		seen[k.Names[s]] = true
	}
	return true
}

// modelName names what takes the time of the model.
func modelName(k *judge.Kernel, s int, first, plain bool) string {
	switch {
	case !plain:
		return text.Mark(s)
	case first:
		return kernelName(k, s)
	}
	return nextKernel(k, s)
}

// beyondErrors says which differences of the model are larger than its errors.
func beyondErrors(v judge.Verdict) string {
	k := &v.Kernel
	of := judge.Modelled(v.Workload, k.Counted)
	if len(of) < 2 {
		return ""
	}
	plain := versionsApart(k, of)
	var parts []string
	for _, s := range of {
		var who []string
		for _, o := range k.Faster(v.Workload, s) {
			who = append(who, modelName(k, o, true, plain))
		}
		if len(who) > 0 {
			take := "takes"
			if len(who) > 1 {
				take = "take"
			}
			parts = append(parts, text.List(who)+" "+take+" less than "+modelName(k, s, false, plain))
		}
	}
	if len(parts) == 0 {
		return ": no difference within these errors"
	}
	return ": " + strings.Join(parts, "; ")
}

// KernelLimits says of which operations kernel steps were counted, and who is not compared
// and why.
func KernelLimits(names list.Names, v judge.Verdict) text.Prose {
	w := v.Workload
	var parts []string
	for _, s := range slices.Concat(v.Kernel.Counted, v.Kernel.Others) {
		if c := w.Kernel[s]; w.ReplayOps(s) > c.Ops {
			parts = append(parts, "Counted: the first "+text.Operations(c.Ops)+".")
			break
		}
	}
	if len(v.Kernel.Others) > 0 {
		why := "other requests were refused"
		if len(v.Kernel.Counted) > 0 && slices.Contains(judge.Equal(w, len(names), judge.Own), v.Kernel.Others[0]) {
			why = "other operations were counted"
		}
		parts = append(parts, text.List(text.Marks(v.Kernel.Others))+" "+isAre(v.Kernel.Others)+" not compared: "+why+".")
	}
	for s := range names {
		if n := w.Kernel[s].Differs; n > 0 {
			parts = append(parts, text.Mark(s)+" is not counted: from operation "+text.Count(n)+" on it does otherwise than the kernel of its name.")
		}
	}
	return text.Prose(strings.Join(parts, " "))
}

func isAre(of []int) string {
	if len(of) == 1 {
		return "is"
	}
	return "are"
}

// KernelAlike says on which workloads generations do every request alike; empty if on none.
func KernelAlike(all []judge.Verdict) string {
	var alike []judge.Verdict
	for _, v := range all {
		if len(v.Kernel.Partings) > 0 && !slices.ContainsFunc(v.Kernel.Partings, func(p judge.Parting) bool { return p.Differ > 0 }) {
			alike = append(alike, v)
		}
	}
	if len(alike) == 0 {
		return ""
	}
	return "On " + titles(alike, len(all)) + " no request notices the generation: placements are identical."
}

// PartingPair names the two kernels of a pair: "Linux 7.1 against 6.11".
func PartingPair(k *judge.Kernel, p judge.Parting) text.Prose {
	return text.Prose(kernelName(k, p.New) + " against " + nextKernel(k, p.Old))
}

// ModelTime is the time of the model with its error, "31 µs ±31 %", a dash without one.
func ModelTime(c rundir.KernelWork) string {
	if !(c.Model > 0) || math.IsNaN(c.Error) {
		return text.None
	}
	return twoDigits(c.Model) + " ±" + text.Percent(100*c.Error)
}

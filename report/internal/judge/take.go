package judge

import (
	"slices"

	"github.com/vramlab/vramlab/report/internal/cost"
)

// Reason is what a pick rests on.
type Reason int

// The reasons, the strongest first.
const (
	NoReason   Reason = iota // nothing decides: a tie
	Refusals                 // it refuses less
	PageTables               // it needs far fewer page-table entries, and its entries reach farther
	Pays                     // a driver pays less in total
)

// What decides.
const (
	// Far is the factor from which on page-table entries decide by themselves.
	Far = 2
	// Trifle is the share of what a driver pays in total below which a difference is none,
	// and of a value that is no part of it.
	Trifle = 0.05
)

// A taking is a rule for what to take of those that did the same work: it says whether one
// is better than another.
type taking struct {
	reason Reason
	better func(b *cost.Bill, one, than int) bool
}

// takings are all of them, the strongest first. Each narrows down what those before it
// leave. Whoever refuses less is taken before they are asked: see decide. A new one is a
// function here, a line in this list, its words, and the same in the script of the section
// on costs.
var takings = []taking{
	{PageTables, needsFarFewer},
	{Pays, paysLess},
}

// needsFarFewer: half the page-table entries at most, that reach as far at least, and that
// is no trifle of what a driver pays.
func needsFarFewer(b *cost.Bill, one, than int) bool {
	return !b.Left(cost.PTE) && b.Entries[one]*Far <= b.Entries[than] && !(b.Reach[one] < b.Reach[than]) &&
		!IsTrifle(b, cost.PTE, one, than)
}

// paysLess: less in total, by more than all errors together and by more than a trifle. Where
// a part is not known it may outweigh the others, and nothing is said.
func paysLess(b *cost.Bill, one, than int) bool {
	less, more := b.Total(one), b.Total(than)
	return len(b.Out) == 0 && less.Hi < more.Lo && more.Mid-less.Mid >= Trifle*less.Mid
}

// Cheapest are those of the strategies that none of them costs less than, as far as the
// rule can tell.
func Cheapest(b *cost.Bill, among []int) []int {
	kept, _ := split(among, func(one, than int) bool { return paysLess(b, one, than) })
	return kept
}

// IsTrifle reports whether two strategies differ in a part by less than a trifle of what the
// cheaper one costs in total.
func IsTrifle(b *cost.Bill, part, one, other int) bool {
	difference := b.NS(part, one).Mid - b.NS(part, other).Mid
	return max(difference, -difference) < Trifle*min(b.Total(one).Mid, b.Total(other).Mid)
}

// taken narrows strategies down by the rules. Steps are the reasons that left somebody
// out, and over whom the last of them did. What decides a step holds for each one kept
// against each one left out.
//
// Those that did not serve the same requests may have done so under a policy: then its
// page-table entries are compared, and no totals.
func taken(b *cost.Bill, among []int, same bool) (picks []int, steps []Reason, over []int) {
	picks = among
	for _, t := range takings {
		if t.reason == Pays && !same {
			continue
		}
		kept, left := split(picks, func(one, than int) bool { return t.better(b, one, than) })
		if len(left) > 0 {
			picks, steps, over = kept, append(steps, t.reason), left
		}
	}
	return picks, steps, over
}

// split divides strategies into those kept and those left out, so that each of those
// kept is better than each of those left out: nobody is kept out by one that is little
// better than another that is kept. left is empty when that is impossible.
func split(of []int, better func(a, b int) bool) (kept, left []int) {
	for _, s := range of {
		if slices.ContainsFunc(of, func(o int) bool { return better(o, s) }) {
			left = append(left, s)
		} else {
			kept = append(kept, s)
		}
	}
	for i := 0; i < len(left); i++ {
		if slices.ContainsFunc(kept, func(k int) bool { return !better(k, left[i]) }) {
			kept, left = append(kept, left[i]), slices.Delete(left, i, i+1)
			i = -1 // the new one must be better than the others, too
		}
	}
	if len(kept) == 0 {
		return of, nil
	}
	slices.Sort(kept)
	return kept, left
}

// A Taken is what to take where page-table entries are those under another policy.
type Taken struct {
	Policy string
	Picks  []int
	Steps  []Reason
}

// bills are what strategies cost on a workload, under each policy of the run: first under
// those that all who did the same work serve everything under. There is always one.
func (t *Times) bills(v *Verdict, builder string) (out []cost.Bill) {
	in := cost.Input{
		Workload: v.Workload, Strategies: t.strategies, Present: v.Present, Same: v.Same, Builder: builder,
		Floor: t.Self.Floor(v.Workload.Name), Short: t.Clock.tooShort(v.Workload, v.Timed), Prices: t.prices,
	}
	var partial []cost.Bill
	for _, in.Policy = range t.policies {
		b := cost.Of(in)
		if b.Left(cost.PTE) {
			partial = append(partial, b)
		} else {
			out = append(out, b)
		}
	}
	if out = append(out, partial...); len(out) == 0 {
		out = []cost.Bill{cost.Of(in)}
	}
	return out
}

// take finds what to take, and why. Requests that are invalid to a strategy are no reason,
// neither for nor against anybody: where somebody did less work only by them, all are
// compared if no driver makes them, and else nothing is taken.
func (t *Times) take(v *Verdict, builder string) {
	among := v.Same
	v.NotAsked = len(v.Same) < len(v.Present) && noDriverAsks(v.Workload, v.Present)
	if v.NotAsked {
		among = v.Present
	}
	if len(among) > 1 {
		v.Carried = t.carriedOf(v.Workload, builder, among)
	}
	if len(v.Untold) > 0 && !v.NotAsked {
		return
	}
	v.Picks = among
	if refusesLess(v) {
		v.Reason = Refusals
	}
	if len(among) < 2 {
		return
	}
	v.Picks, v.Steps, v.Over = taken(v.Bill(), among, !v.NotAsked)
	if v.Reason == NoReason && len(v.Steps) > 0 {
		v.Reason = v.Steps[0]
	}
	for i := range v.Bills[1:] {
		b := &v.Bills[1+i]
		if b.Left(cost.PTE) {
			continue
		}
		if picks, steps, _ := taken(b, among, !v.NotAsked); !slices.Equal(picks, v.Picks) {
			v.Otherwise = append(v.Otherwise, Taken{b.Policy, picks, steps})
		}
	}
}

// refusesLess: those that did the most work refuse less than all others, and not by what is
// invalid.
func refusesLess(v *Verdict) bool {
	return !v.NotAsked && len(v.Untold) == 0 && len(v.Same) > 0 && len(v.Same) < len(v.Present)
}

// Bill is what the strategies cost, with page-table entries under the policy that decides.
func (v *Verdict) Bill() *cost.Bill {
	if len(v.Bills) == 0 {
		return new(cost.Bill)
	}
	return &v.Bills[0]
}

// Factor is how many times more every one left out by the last step has than every pick, at
// least: page-table entries, or what a driver pays.
func (v *Verdict) Factor() float64 {
	switch v.Then() {
	case PageTables:
		return least(v.Bill().Entries, v.Over) / most(v.Bill().Entries, v.Picks)
	case Pays:
		totals := Totals(v.Bill())
		return least(totals, v.Over) / most(totals, v.Picks)
	}
	return 1
}

// Margin is the share that every pick saves against every one that the last step left out,
// at least.
func (v *Verdict) Margin() float64 {
	if v.Then() == NoReason {
		return v.Saved
	}
	return 1 - 1/v.Factor()
}

// Totals are what a driver pays in all, by strategy.
func Totals(b *cost.Bill) (out []float64) {
	for s := range b.Entries {
		out = append(out, b.Total(s).Mid)
	}
	return out
}

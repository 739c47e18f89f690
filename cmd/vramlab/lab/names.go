package lab

import (
	"fmt"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// everyName stands for every item in a list of names.
const everyName = "all"

// joinNames lists the names of items, for messages.
func joinNames[T any](items []T, name func(T) string) string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = name(item)
	}
	return strings.Join(names, ", ")
}

// plural is "1 workload" or "2 workloads".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", one, "s")
}

// pick returns the items named in a comma-separated list, in its order; "all"
// stands for every one. An unknown or repeated name is a usage error.
func pick[T any](list, what string, items []T, name func(T) string) (picked []T, err error) {
	if list == everyName {
		return items, nil
	}
	seen := make(map[string]bool)
	for want := range strings.SplitSeq(list, ",") {
		want = strings.TrimSpace(want)
		if seen[want] {
			return nil, usagef("%s %q is named twice", what, want)
		}
		seen[want] = true
		item, err := find(want, what, items, name)
		if err != nil {
			return nil, err
		}
		picked = append(picked, item)
	}
	return picked, nil
}

// find returns the item of a name; that there is none is a usage error.
func find[T any](want, what string, items []T, name func(T) string) (found T, err error) {
	for _, item := range items {
		if name(item) == want {
			return item, nil
		}
	}
	return found, usagef("no %s %q (have: %s)", what, want, joinNames(items, name))
}

func strategyName(s strategies.Strategy) string { return s.Name }
func workloadName(w workloads.Workload) string  { return w.Name }
func builderName(b sgtable.Builder) string      { return b.Name }
func experimentName(x bench.Experiment) string  { return x.Name }

package main

import "strings"

// joinNames lists the names of items, for messages.
func joinNames[T any](items []T, name func(T) string) string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = name(item)
	}
	return strings.Join(names, ", ")
}

// pick returns the items named in a comma-separated list, in its order; "all"
// stands for every one. An unknown or repeated name is a usage error.
func pick[T any](list, what string, items []T, name func(T) string) (picked []T, err error) {
	if list == "all" {
		return items, nil
	}
	seen := make(map[string]bool)
next:
	for want := range strings.SplitSeq(list, ",") {
		want = strings.TrimSpace(want)
		if seen[want] {
			return nil, usagef("%s %q is named twice", what, want)
		}
		seen[want] = true
		for _, item := range items {
			if name(item) == want {
				picked = append(picked, item)
				continue next
			}
		}
		return nil, usagef("no %s %q (have: %s)", what, want, joinNames(items, name))
	}
	return picked, nil
}

// Package all is the one explicit list of the strategies that the lab ships.
// Nothing registers itself on import: a strategy is measured because it is listed
// here or because a caller passes it. A strategy of another module is passed, without
// a change to this list.
package all

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/radix"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/tlsf"
)

// List returns the strategies in the order in which reports show them; the
// first is the base of comparisons.
func List() []strategies.Strategy {
	return []strategies.Strategy{
		buddy.Strategy, buddy.Linux611, buddy.Linux618, buddy.Linux71, buddy.Next, buddy.LIFO,
		rangemgr.Strategy, tlsf.Strategy, radix.Strategy,
	}
}

// Lookup returns the strategy of that name.
func Lookup(name string) (s strategies.Strategy, ok bool) {
	list := List()
	i := slices.IndexFunc(list, func(s strategies.Strategy) bool { return s.Name == name })
	if i < 0 {
		return s, false
	}
	return list[i], true
}

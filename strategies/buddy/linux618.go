package buddy

// linux618 is the policy of Linux 6.18. A request without windows and conditions
// finds the same block in two trees as in one list; what goes through all blocks of
// an order now goes through those of one kind and then of the other.
type linux618 struct{ linux611 }

// admits refuses, also where 6.11 stops.
func (*linux618) admits(*memory, uint64) (ok, stops bool) { return false, false }

// forceMerge goes through all orders of the clear tree and then through all orders of
// the dirty one.
func (*linux618) forceMerge(m *memory, minOrder uint, q *request) bool {
	return m.mergePairs(minOrder, q, justClear) || m.mergePairs(minOrder, q, justDirty)
}

// passes are the clear blocks and then the dirty ones.
func (*linux618) passes() []kinds { return clearFirst }

var clearFirst = []kinds{justClear, justDirty}

package kernelwork

import (
	"math/rand/v2"
	"testing"
)

// TestTree holds a tree of random insertions and removals to the rules of red-black trees
// and to what its nodes know of their subtrees.
func TestTree(t *testing.T) {
	type item struct{ key, trait uint64 }
	tr := tree[item]{
		before: func(a, b item) bool { return a.key < b.key },
		traits: func(i item) traits { return traits{i.trait} },
		meter:  new(meter), visit: TreeNode,
	}
	rng := rand.New(rand.NewPCG(1, 1))
	in := make(map[uint64]*elem[item])
	for range 5000 {
		key := rng.Uint64N(200)
		if e := in[key]; e != nil {
			tr.remove(e)
			delete(in, key)
		} else {
			e := &elem[item]{item: item{key, rng.Uint64N(50)}}
			tr.insert(e)
			in[key] = e
		}
		var check func(e *elem[item]) (n, black int)
		check = func(e *elem[item]) (n, black int) {
			if e == nil {
				return 0, 0
			}
			nl, bl := check(e.left)
			nr, br := check(e.right)
			switch {
			case bl != br:
				t.Fatalf("%d black nodes to the left of %d and %d to the right", bl, e.item.key, br)
			case e.red && (e.left != nil && e.left.red || e.right != nil && e.right.red):
				t.Fatalf("%d and a child are red", e.item.key)
			case e.most != tr.mostOf(e):
				t.Fatalf("%d knows %v of its subtree, not %v", e.item.key, e.most, tr.mostOf(e))
			}
			if !e.red {
				bl++
			}
			return nl + nr + 1, bl
		}
		if n, _ := check(tr.root); n != len(in) {
			t.Fatalf("%d nodes, want %d", n, len(in))
		}
		n, above := 0, uint64(1000)
		for e := tr.last(); e != nil; e = tr.prev(e) {
			if e.item.key >= above {
				t.Fatalf("%d before %d", e.item.key, above)
			}
			n, above = n+1, e.item.key
		}
		if n != len(in) {
			t.Fatalf("%d nodes in order, want %d", n, len(in))
		}
	}
}

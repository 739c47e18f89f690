package list

import (
	"strings"
	"testing"
)

// Strategies and workloads stand in the order that the run states; lines come
// in random order and say nothing.
func TestOrder(t *testing.T) {
	for _, test := range []struct{ names, stated, want string }{
		{"b a c", "a b c", "a b c"},
		{"b a c", "", "b a c"},
		{"b a c", "c,x,c", "c b a"},
	} {
		if got := strings.Join(Order(strings.Fields(test.names), test.stated), " "); got != test.want {
			t.Errorf("%q stated as %q: %q, want %q", test.names, test.stated, got, test.want)
		}
	}
}

package theme

import (
	"testing"

	"github.com/vramlab/vramlab/report/internal/text"
)

func TestMarkup(t *testing.T) {
	p := text.Prose("the buddy " + text.Mark(0) + " beats" + text.NBSP + text.Mark(1) + "'s & co")
	want := `the buddy <b class="s0">buddy</b> beats` + text.NBSP + `<b class="s1">&lt;b&gt;evil</b>&#39;s &amp; co`
	if got := string(Markup([]string{"buddy", "<b>evil"}, p)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

package words

import (
	"testing"

	"github.com/vramlab/vramlab/report/internal/judge"
)

// TestWordings wants a sentence for each kind of verdict.
func TestWordings(t *testing.T) {
	for k := range judge.Kinds {
		if wordings[k] == nil {
			t.Errorf("no words for verdicts of kind %d", k)
		}
	}
	if len(wordings) != int(judge.Kinds) {
		t.Errorf("words for %d kinds, there are %d", len(wordings), judge.Kinds)
	}
}

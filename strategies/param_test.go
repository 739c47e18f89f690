package strategies

import (
	"strings"
	"testing"
)

func TestWith(t *testing.T) {
	chosen := ""
	s := Strategy{
		Name: "fit", Doc: "fits", Models: "Linux 1.0",
		New: func(Region) (Allocator, error) { return nil, nil },
		Params: []Param{
			{"bins", "how many", []string{"32", "8"}},
			{"from", "where it begins", []string{"low", "high"}},
		},
		Choose: func(s *Strategy, values map[string]string) {
			chosen = values["bins"] + " " + values["from"]
			s.Models = ""
		},
	}
	for _, tt := range []struct {
		values         map[string]string
		as             string
		name, doc, did string
	}{
		{nil, "", "fit", "fits", ""},
		{map[string]string{"bins": "32"}, "", "fit", "fits", ""},
		{map[string]string{"bins": "32"}, "mine", "mine", "fits", ""},
		{map[string]string{"bins": "8"}, "", "fit_bins8", "fits (bins 8)", "8 low"},
		{map[string]string{"from": "high"}, "", "fit_high", "fits (from high)", "32 high"},
		{map[string]string{"from": "high", "bins": "8"}, "", "fit_bins8_high", "fits (bins 8, from high)", "8 high"},
		{map[string]string{"from": "high"}, "mine.2", "mine.2", "fits (from high)", "32 high"},
	} {
		chosen = ""
		got, err := s.With(tt.values, tt.as)
		if err != nil || got.Name != tt.name || got.Doc != tt.doc || chosen != tt.did || got.Params != nil {
			t.Errorf("%v as %q: %s, %q, chosen %q, %v", tt.values, tt.as, got.Name, got.Doc, chosen, err)
		}
		if (got.Models == "") != (tt.did != "") {
			t.Errorf("%v models %q", tt.values, got.Models)
		}
	}
	plain := Strategy{Name: "plain", New: s.New}
	for _, tt := range []struct {
		s      Strategy
		values map[string]string
		as     string
		want   string
	}{
		{s, map[string]string{"bins": "7"}, "", `bins of strategy fit is one of 32, 8, not "7"`},
		{s, map[string]string{"order": "7"}, "", `strategy fit has no parameter "order" (it has: bins = 32, 8; from = low, high)`},
		{plain, map[string]string{"order": "7"}, "", `strategy plain has no parameter "order" (it has none)`},
		{s, nil, "Mine", `name "Mine": 'M' at 0`},
	} {
		if _, err := tt.s.With(tt.values, tt.as); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v as %q: %v", tt.values, tt.as, err)
		}
	}
}

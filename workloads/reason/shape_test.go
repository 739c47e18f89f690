package reason_test

import (
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/reason"
)

// TestShapes: what place each rule needs for a request in one piece.
func TestShapes(t *testing.T) {
	const page = 4096
	region := strategies.Region{Size: 64 * page, Page: page}
	buddy := reason.RulesOf(strategies.CapScatter | strategies.CapPow2Blocks | strategies.CapWindow)
	old := reason.RulesOf(strategies.CapScatter | strategies.CapPow2Blocks)
	ranges := reason.RulesOf(strategies.CapWindow | strategies.CapAnyAlign)
	other := reason.RulesOf(strategies.CapScatter)
	req := func(size, align, lo, hi uint64) strategies.Request {
		r := strategies.Request{Size: size * page, Align: align * page, Lo: lo * page, Hi: hi * page, Flags: strategies.Contiguous}
		if hi > 0 {
			r.Flags |= strategies.Range
		}
		return r
	}
	shape := func(size, align, lo, hi uint64) reason.Shape {
		return reason.Shape{Size: size * page, Align: align * page, Lo: lo * page, Hi: hi * page}
	}
	for name, test := range map[string]struct {
		rules       reason.Rules
		r           strategies.Request
		sure, least reason.Shape
		sound       bool
	}{
		"extent":            {ranges, req(3, 2, 0, 0), shape(3, 2, 0, 64), shape(3, 2, 0, 64), true},
		"window":            {ranges, req(3, 0, 8, 80), shape(3, 1, 8, 64), shape(3, 1, 8, 64), true},
		"odd alignment":     {ranges, req(1, 3, 0, 0), shape(1, 3, 0, 64), shape(1, 3, 0, 64), true},
		"block":             {buddy, req(4, 0, 0, 0), shape(4, 4, 0, 64), shape(4, 4, 0, 64), true},
		"block or run":      {buddy, req(5, 8, 0, 0), shape(8, 8, 0, 64), shape(5, 4, 0, 64), true},
		"block in a window": {buddy, req(5, 0, 8, 40), shape(8, 8, 8, 40), shape(8, 8, 8, 40), true},
		"block only":        {old, req(5, 0, 0, 0), shape(8, 8, 0, 64), shape(8, 8, 0, 64), true},
		"whole window":      {buddy, req(3, 0, 8, 11), shape(3, 1, 8, 11), shape(3, 1, 8, 11), true},
		"extent of another": {other, req(3, 2, 0, 0), shape(3, 2, 0, 64), shape(3, 2, 0, 64), true},
		"odd, of another":   {other, req(9, 3, 0, 0), shape(9, 1, 0, 64), shape(9, 1, 0, 64), false},
		"nothing":           {buddy, req(0, 0, 0, 0), reason.Shape{}, reason.Shape{}, false},
		"no window":         {buddy, req(1, 0, 9, 8), reason.Shape{}, reason.Shape{}, false},
	} {
		sure, least, sound := reason.Shapes(region, test.r, test.rules)
		if sure != test.sure || least != test.least || sound != test.sound {
			t.Errorf("%s: %v, %v, %v; want %v, %v, %v", name, sure, least, sound, test.sure, test.least, test.sound)
		}
	}
}

// TestFits: the lowest place of a shape in an extent.
func TestFits(t *testing.T) {
	s := reason.Shape{Size: 10, Align: 4, Lo: 8, Hi: 40}
	for _, test := range []struct {
		from, to, at uint64
		ok           bool
	}{
		{0, 100, 8, true}, {9, 22, 12, true}, {9, 21, 12, false}, {30, 100, 32, false}, {28, 38, 28, true},
		{50, 60, 52, false}, {7, 7, 8, false}, {^uint64(0), ^uint64(0), ^uint64(0), false},
	} {
		if at, ok := s.Fits(test.from, test.to); ok != test.ok || ok && at != test.at {
			t.Errorf("%d to %d: %d, %v", test.from, test.to, at, ok)
		}
	}
	if _, ok := (reason.Shape{Align: 1, Hi: 9}).Fits(0, 9); ok {
		t.Error("nothing fits")
	}
}

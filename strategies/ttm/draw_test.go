package ttm_test

import (
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

func (p *pair) request() ttm.Request {
	unit := p.setup.region.Page
	q := ttm.Request{Size: unit * (1 + p.c.n(12)), NoEvict: p.c.n(8) == 0, Priority: uint8(p.c.n(8)) % 5 % ttm.Priorities}
	switch p.c.n(32) {
	case 0:
		q.Size = unit * p.c.n(p.model.managed/unit+2)
	case 1:
		q.Size -= 1 + p.c.n(unit)
	}
	if p.c.n(8) == 0 {
		q.Align = unit << p.c.n(4)
	}
	for range p.c.n(4) {
		q.Places = append(q.Places, p.place())
	}
	return q
}

// place draws a place: anywhere, in the visible part, in a window; rarely an odd one.
func (p *pair) place() ttm.Place {
	unit := p.setup.region.Page
	pages := p.model.managed / unit
	var q ttm.Place
	switch p.c.n(8) {
	case 0, 1:
	case 2, 3:
		q.Hi = p.model.visible &^ (unit - 1)
	case 4:
		q.Hi = p.model.managed
	case 5:
		q.Lo = unit * p.c.n(pages)
	case 6, 7:
		q.Lo = unit * p.c.n(pages)
		q.Hi = q.Lo + unit*(1+p.c.n(pages))
		if q.Hi > p.model.managed && p.c.n(32) != 0 {
			q.Hi = p.model.managed
		}
	}
	if p.c.n(256) == 0 {
		q.Lo += 100
	}
	q.Flags = strategies.Flags(p.c.n(8)) // TopDown, Contiguous, Clear
	q.Use = ttm.Use(p.c.n(8) % 5 % 3)
	return q
}

// limits draws the limits of a group; those of half of them are none.
func (p *pair) limits() (l ttm.Limits) {
	pages := p.model.managed / page
	for _, x := range []*uint64{&l.Max, &l.Low, &l.Min} {
		if p.c.n(2) == 0 {
			*x = page * p.c.n(pages)
		}
	}
	return l
}

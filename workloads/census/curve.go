package census

// mostPoints bounds the points of a [Curve].
const mostPoints = 1 << 11

// A Curve is live bytes over operations: of each stretch of operations the least and the
// most that was live. Stretches double when there are too many.
type Curve struct {
	Every  uint64 // operations of a stretch
	Points []Span // of the stretch from Every*i on
}

// A Span is the least and the most.
type Span struct{ Least, Most uint64 }

// add adds what is live after operation op, which is not below those before it.
func (c *Curve) add(op, bytes uint64) {
	for op/c.Every >= mostPoints {
		c.merge()
	}
	i := int(op / c.Every)
	if i < len(c.Points) {
		p := &c.Points[i]
		p.Least, p.Most = min(p.Least, bytes), max(p.Most, bytes)
		return
	}
	last := Span{}
	if n := len(c.Points); n > 0 {
		last = c.Points[n-1]
	}
	for len(c.Points) < i {
		c.Points = append(c.Points, last)
	}
	c.Points = append(c.Points, Span{bytes, bytes})
}

// merge makes one stretch of every two.
func (c *Curve) merge() {
	n := 0
	for i := 0; i < len(c.Points); i += 2 {
		p := c.Points[i]
		if i+1 < len(c.Points) {
			q := c.Points[i+1]
			p = Span{min(p.Least, q.Least), max(p.Most, q.Most)}
		}
		c.Points[n] = p
		n++
	}
	c.Points, c.Every = c.Points[:n], 2*c.Every
}

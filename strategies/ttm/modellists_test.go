package ttm_test

import "slices"

// age appends t to its list, or to what its list has of its bulk.
func (m *model) age(t *thing) {
	m.clock++
	t.used = m.clock
	l := &m.lru[t.priority]
	at := len(*l)
	for i, x := range *l {
		if t.bulk != 0 && x.bulk == t.bulk {
			at = i + 1
		}
	}
	*l = slices.Insert(*l, at, t)
}

func (m *model) drop(t *thing) {
	m.lru[t.priority], m.pinned = without(m.lru[t.priority], t), without(m.pinned, t)
}

// change changes t in a way that makes it the newest unless it is pinned.
func (m *model) change(t *thing, f func()) {
	if t.pins > 0 {
		f()
		return
	}
	m.drop(t)
	f()
	m.age(t)
}

func (m *model) bump(bulk int) {
	m.clock++
	for i, l := range m.lru {
		var members, others []*thing
		for _, t := range l {
			if t.bulk == bulk {
				members = append(members, t)
				t.used = m.clock
			} else {
				others = append(others, t)
			}
		}
		m.lru[i] = append(others, members...)
	}
}

func (m *model) pin(t *thing) {
	if t.pins++; t.pins == 1 {
		m.drop(t)
		m.pinned = append(m.pinned, t)
	}
}

func (m *model) unpin(t *thing) {
	if t.pins--; t.pins == 0 {
		m.drop(t)
		m.age(t)
	}
}

// course is a walk of the model: what it will see, unless it is used before.
type course struct {
	rest  []*thing
	clock int // when it began
}

func (m *model) course() *course { return &course{m.order(), m.clock} }

// next is the next of the walk, nil at the end.
func (c *course) next(m *model) *thing {
	for len(c.rest) > 0 {
		t := c.rest[0]
		c.rest = c.rest[1:]
		if t.used <= c.clock && slices.Contains(m.lru[t.priority], t) {
			return t
		}
	}
	return nil
}

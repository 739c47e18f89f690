package addrmap

// What a page gets of the maps is bounded in bytes of tiles. Every map gets its level
// layer, with fewer frames when they do not fit; then all maps get their other layers,
// which are small. With the rest come objects, the most telling maps first: complete where
// they fit, since they say everything at any moment and any zoom, and the layers of that
// map are not needed then; else those that cover most, in half of the rest.

// usualBytes is the size of all tiles unless the reader says otherwise.
const usualBytes = 8 << 20

// leastFrames is what maps keep when they do not fit; then the least telling are left out.
const leastFrames = 15

// choice is what the page gets of one map.
type choice struct {
	*sheet
	objects *packedObjects // nil: none
	layers  [layers]bool
}

// complete reports whether every object is there.
func (c *choice) complete() bool { return c.objects != nil && c.objects.all }

// choose spends a number of bytes on sheets, which are in the order of the maps, and
// returns the choices and how many maps at the end did not fit.
func choose(sheets []*sheet, bytes int) (out []*choice, left int, err error) {
	need := 0
	sum := func() {
		need = 0
		for _, s := range sheets {
			need += s.levelBytes()
		}
	}
	sum()
	for step := 2; need > bytes && step <= mapFrames/leastFrames; step *= 2 {
		for _, s := range sheets {
			if len(s.at)/step >= leastFrames {
				if err := s.thin(step); err != nil {
					return nil, 0, err
				}
			}
		}
		sum()
	}
	for len(sheets) > 1 && need > bytes {
		left++
		need -= sheets[len(sheets)-1].levelBytes()
		sheets = sheets[:len(sheets)-1]
	}
	for _, s := range sheets {
		c := &choice{sheet: s}
		c.layers[levels] = true
		out = append(out, c)
	}
	spend(out, bytes-need)
	return out, left, nil
}

// spend gives out what the level layers leave.
func spend(maps []*choice, rest int) {
	layered := func(c *choice) {
		for k := pages; k < layers; k++ {
			if n := c.layerBytes(k); !c.layers[k] && !c.complete() && n <= rest {
				c.layers[k] = true
				rest -= n
			}
		}
	}
	for _, c := range maps {
		layered(c)
	}
	for _, c := range maps {
		back, whole := 0, true
		for k := pages; k < layers; k++ {
			if whole = whole && c.layers[k]; c.layers[k] {
				back += c.layerBytes(k)
			}
		}
		if all := c.sheet.objects[0]; all.all && all.bytes() <= rest+back {
			c.objects = all
			c.layers = [layers]bool{levels: true}
			rest += back
		} else if whole {
			c.objects = c.most(rest / 2)
		}
		if c.objects != nil {
			rest -= c.objects.bytes()
		}
	}
	for _, c := range maps {
		layered(c)
	}
}

// most are the most objects that fit, nil for none. A handful tells nothing.
func (s *sheet) most(bytes int) *packedObjects {
	for _, p := range s.objects {
		if p.kept > 0 && p.bytes() <= bytes {
			return p
		}
	}
	return nil
}

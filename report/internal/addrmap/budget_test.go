package addrmap

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

// sheetsOf are packed films of scripts.
func sheetsOf(t *testing.T, loads []*rundir.Workload) []*sheet {
	t.Helper()
	var out []*sheet
	for _, w := range loads {
		most := mostObjects
		if w.Name == "w2" {
			most = 150 // of which there are more
		}
		f := shoot(list.Names{"a", "b"}, func(format string, args ...any) { t.Errorf(format, args...) }, w, 120, most)
		s, err := develop(f)
		fixture.Must(t, err)
		out = append(out, s)
	}
	return out
}

// Whatever the limit is, every map keeps its level layer as long as those fit, with fewer
// frames if they must; other layers go after objects; and all together stays below it.
func TestBudget(t *testing.T) {
	var loads []*rundir.Workload
	for i := range uint64(3) {
		s := newScript(40+i, 2)
		for range 400 {
			s.step()
		}
		w := s.workload(t)
		w.Name = fmt.Sprint("w", i)
		loads = append(loads, w)
	}
	size := func(maps []*choice) int {
		n := 0
		for _, x := range newAtlas(list.Names{"a", "b"}, maps).tiles {
			n += len(x.Text)
		}
		return n
	}
	shot := sheetsOf(t, loads)
	sheets := func() []*sheet { // choosing may thin them
		var out []*sheet
		for _, s := range shot {
			c := *s
			c.layers = slices.Clone(s.layers)
			out = append(out, &c)
		}
		return out
	}
	whole, _, err := choose(sheets(), 1<<30)
	fixture.Must(t, err)
	before, most := len(loads)+1, size(whole)
	thinned, dropped, partial := false, false, false
	if whole[0].note() != "" || !whole[1].complete() || whole[2].complete() || whole[2].objects == nil {
		t.Error("with room for all, not all that was kept is there")
	}
	for limit := 2 * most; limit > 300; limit = limit * 4 / 5 {
		maps, left, err := choose(sheets(), limit)
		fixture.Must(t, err)
		if got := size(maps); got > limit && len(maps) > 1 {
			t.Errorf("within %d: %d bytes", limit, got)
		}
		if len(maps)+left != len(loads) {
			t.Errorf("within %d: %d maps and %d left out of %d", limit, len(maps), left, len(loads))
		}
		complete := 0
		for i, c := range maps {
			if c.workload.Name != loads[i].Name || !c.layers[levels] {
				t.Errorf("within %d: map %d is %s, with a level layer: %v", limit, i, c.workload.Name, c.layers[levels])
			}
			if c.complete() {
				complete++
				if c.note() != "" {
					t.Errorf("a complete map says %q", c.note())
				}
				continue
			}
			if c.note() == "" {
				t.Errorf("within %d: map %d is not complete and does not say so", limit, i)
			}
			partial = partial || c.objects != nil
			for k := pages; k < layers; k++ {
				if !c.layers[k] && c.objects != nil {
					t.Errorf("within %d: map %d has objects and no layer %d", limit, i, k)
				}
			}
			if frames := c.frames(); frames[len(frames)-1] != len(c.at)-1 || c.start.frame < 0 {
				t.Errorf("within %d: the last frame is lost", limit)
			}
			thinned = thinned || c.step > 1
		}
		dropped = dropped || left > 0
		if complete > before {
			t.Errorf("within %d: %d maps are complete, with more room %d were", limit, complete, before)
		}
		if left > 0 && maps[0].step == 1 {
			t.Errorf("within %d: maps are left out before frames", limit)
		}
		before = complete
	}
	if !thinned || !dropped || !partial {
		t.Errorf("thinned %v, dropped %v, partly kept %v: not all was tried", thinned, dropped, partial)
	}
}

// Fewer frames are those of all, with the same numbers.
func TestThin(t *testing.T) {
	s := newScript(77, 2)
	for range 300 {
		s.step()
	}
	whole, thin := sheetsOf(t, []*rundir.Workload{s.workload(t)})[0], sheetsOf(t, []*rundir.Workload{s.workload(t)})[0]
	fixture.Must(t, thin.thin(2))
	fixture.Must(t, thin.thin(4))
	show := func(x *sheet) seenAtlas {
		c := &choice{sheet: x}
		c.layers = [layers]bool{true, true, true, true}
		return seen(t, newAtlas(list.Names{"a", "b"}, []*choice{c}))
	}
	a, b := show(whole), show(thin)
	m, n := a.Maps[0], b.Maps[0]
	if len(n.At) != len(m.At)/4 || n.At[len(n.At)-1] != m.Ops {
		t.Fatalf("%d frames up to operation %d, want %d up to %d", len(n.At), n.At[len(n.At)-1], len(m.At)/4, m.Ops)
	}
	for l := range m.Lanes {
		for i, id := range []string{n.Lanes[l].Layers.Level, n.Lanes[l].Layers.Page, n.Lanes[l].Layers.Age, n.Lanes[l].Layers.Object} {
			all := a.layer(t, []string{m.Lanes[l].Layers.Level, m.Lanes[l].Layers.Page, m.Lanes[l].Layers.Age, m.Lanes[l].Layers.Object}[i], m.Cells, len(m.At))
			for c, row := range b.layer(t, id, n.Cells, len(n.At)) {
				for f := range row {
					if k := slices.Index(m.At, n.At[f]); row[f] != all[c][k] {
						t.Fatalf("layer %d of lane %d, cell %d: other numbers", i, l, c)
					}
				}
			}
		}
		for f, at := range n.At {
			if n.Lanes[l].Live[f] != m.Lanes[l].Live[slices.Index(m.At, at)] {
				t.Fatalf("frame %d of lane %d: another series", f, l)
			}
		}
	}
}

// The same run gives the same maps, however many processors shoot them.
func TestSameAtlas(t *testing.T) {
	in := testrun.Load(t, fixture.Many(3).Write(t))
	once := func(processors int) mapSection {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		p, err := makeMapSection(in)
		fixture.Must(t, err)
		return p
	}
	a, b := once(1), once(4)
	if a.Atlas != b.Atlas || !slices.Equal(a.Tiles, b.Tiles) {
		t.Error("one processor makes other maps than four")
	}
}

// Names and titles come from files of anybody: none of them leaves its string, and a tile
// is base64 and nothing else.
func TestHostileNames(t *testing.T) {
	const evil = "</script><script>alert(1)</script><!--&\u2028\"'"
	s := newScript(5, 2)
	for range 60 {
		s.step()
	}
	w := s.workload(t)
	w.Name, w.Title = evil, evil
	names := list.Names{evil, evil + "2"}
	a := newAtlas(names, []*choice{{sheet: sheetsOf(t, []*rundir.Workload{w})[0], layers: [layers]bool{levels: true}}})
	encoded, err := a.encode()
	fixture.Must(t, err)
	if i := strings.IndexAny(string(encoded), "<>&\u2028"); i >= 0 {
		t.Errorf("%q stands in the data", encoded[i:min(len(encoded), i+30)])
	}
	back := seen(t, a)
	if back.Maps[0].Name != evil || back.Maps[0].Title != evil || back.Strategies[1].Name != evil+"2" || back.Start.Map != evil {
		t.Error("a name is not what it was")
	}
	for _, l := range back.Maps[0].Lanes {
		for _, why := range l.Why {
			if strings.Contains(string(why.Head+why.Body), "<script") {
				t.Errorf("the explanation %q", why.Head)
			}
		}
	}
	for _, x := range a.tiles {
		if strings.ContainsFunc(string(x.Text), func(r rune) bool {
			return !strings.ContainsRune("+/=", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			t.Errorf("tile %s holds more than base64", x.ID)
		}
	}
}

// The reader chooses workloads; a region that no script can count in has no map and a
// sentence.
func TestMapChoice(t *testing.T) {
	in := testrun.Load(t, fixture.Many(2).Write(t))
	names := func() string {
		p, err := makeMapSection(in)
		fixture.Must(t, err)
		var out []string
		for _, w := range judge.MapOrder(in.Strategies, in.Workloads) {
			if bytes.Contains([]byte(p.Atlas), []byte(`"name":"`+w.Name+`","title"`)) {
				out = append(out, w.Name)
			}
		}
		return strings.Join(out, " ") + p.Missing + p.Note
	}
	all := judge.MapOrder(in.Strategies, in.Workloads)
	in.Maps.Names = []string{all[1].Name}
	if got := names(); !strings.HasPrefix(got, all[1].Name+"2") && !strings.HasPrefix(got, all[1].Name) || strings.Contains(got, all[0].Name+" ") {
		t.Errorf("of %s alone: %q", all[1].Name, got)
	}
	in.Maps = judge.MapChoice{None: true}
	if got := names(); !strings.HasPrefix(got, "The maps were not asked for") {
		t.Errorf("of none: %q", got)
	}
	in.Maps = judge.MapChoice{}
	for _, p := range all[0].Placed {
		p.Region.Size = 1 << 60
	}
	if got := names(); strings.HasPrefix(got, all[0].Name) || !strings.Contains(got, "A region of more than 8\u00a0PiB has no map: "+all[0].Title) {
		t.Errorf("of a region of 2^60: %q", got)
	}
}

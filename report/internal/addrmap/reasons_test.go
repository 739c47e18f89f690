package addrmap

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/tlsf"
)

var update = flag.Bool("update", false, "rewrite testdata/reasons.txt")

var digits = regexp.MustCompile(`(0x)?[0-9a-f,.]*[0-9][0-9a-f,.]*`)

// TestReasonsAreTheSame holds what is said of every refusal of drawn streams: the first
// sentence of each kind, and a hash of all.
//
//	go test ./report/internal/addrmap -run ReasonsAreTheSame -update
func TestReasonsAreTheSame(t *testing.T) {
	var got strings.Builder
	for _, s := range []strategies.Strategy{buddy.Strategy, buddy.LIFO, rangemgr.Strategy, tlsf.Strategy} {
		for _, able := range []rundir.Abilities{abilities(t, s), {}} {
			all, kinds := fnv.New64a(), make(map[string]bool)
			for seed := range uint64(20) {
				r := rand.New(rand.NewPCG(seed, 5))
				region := strategies.Region{Size: 4096 * (16 + r.Uint64N(200)), Page: 4096}
				p := play(t, s, region)
				for id := range uint64(250) {
					if len(p.held) > 0 && r.IntN(5) < 2 {
						p.free(anyOf(r, p.held))
						continue
					}
					e, ok := p.alloc(id, wrongRequest(r, region))
					if ok {
						continue
					}
					head, body := explain(e, p.live, region.Page, able).sentences(list.Names{s.Name}, 0)
					said := strings.ReplaceAll(text.Plain([]string{s.Name}, head+" "+body), text.NBSP, " ")
					fmt.Fprintln(all, said)
					if kind := digits.ReplaceAllString(said, "0"); !kinds[kind] {
						kinds[kind] = true
						fmt.Fprintln(&got, said)
					}
				}
			}
			fmt.Fprintf(&got, "all of %s, %+v: %x\n\n", s.Name, able, all.Sum64())
		}
	}
	const path = "testdata/reasons.txt"
	if *update {
		fixture.Must(t, os.WriteFile(path, []byte(got.String()), 0o666))
	}
	want, err := os.ReadFile(path)
	fixture.Must(t, err)
	a, b := strings.Split(got.String(), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("%s:%d:\n got %s\nwant %s", path, i+1, a[i], b[i])
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d lines, want %d", len(a), len(b))
	}
}

// wrongRequest is an odd request that now and then makes no sense.
func wrongRequest(r *rand.Rand, region strategies.Region) strategies.Request {
	req := oddRequest(r, region)
	switch r.IntN(24) {
	case 0:
		req.Size = r.Uint64N(3) * 2500
	case 1:
		req.Size = region.Size - 4096 + 4096*r.Uint64N(3)
	case 2:
		req.Align = 4096 * (1 + r.Uint64N(6))
	case 3:
		req.Align = 1 << r.IntN(13)
	case 4:
		req.Flags |= strategies.Range
		req.Lo, req.Hi = 4096*r.Uint64N(4), region.Size+4096*r.Uint64N(3)-4096
	case 5:
		req.Flags |= strategies.Range
		req.Lo, req.Hi = 1000*r.Uint64N(70), 1000*r.Uint64N(70)
	case 6:
		req.Flags |= strategies.Range
		req.Lo, req.Hi = region.Size+4096*r.Uint64N(2)-4096, 0
	}
	return req
}

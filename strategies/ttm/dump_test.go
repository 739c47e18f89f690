package ttm_test

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// anonymous is an owner without a String method.
type anonymous struct{}

// TestDump checks the exact text.
func TestDump(t *testing.T) {
	m := newManager(t, buddy.Strategy, 48, 16, ttm.Options{DefaultPage: 2 * page})
	for _, start := range []uint64{8 * page, 0} {
		if err := m.Reserve(start, 2*page); err != nil {
			t.Fatal(err)
		}
	}
	touched := mustAlloc(t, m, "touched", 2)
	m.Pin(mustAlloc(t, m, "framebuffer", 4, ttm.Place{Hi: 16 * page, Flags: strategies.Contiguous}))
	scattered := mustAlloc(t, m, "scattered", 30)
	for _, owner := range []any{nil, &anonymous{}, &object{id: 7}} {
		if err := m.Alloc(&ttm.Resource{Owner: owner}, ttm.Request{Size: page, Align: page}); err != nil {
			t.Fatal(err)
		}
	}
	m.Free(scattered)
	m.Touch(touched)
	var b strings.Builder
	if err := m.Dump(&b); err != nil {
		t.Fatal(err)
	}
	const want = `buddy: size 196608, page 4096, default page 8192
avail 143360
visible 65536, avail 24576, reserved 16384
free from 65536 on: 1 blocks, 65536 bytes
free from 32768 on: 1 blocks, 32768 bytes
free from 16384 on: 2 blocks, 32768 bytes
free from 8192 on: 1 blocks, 8192 bytes
free from 4096 on: 1 blocks, 4096 bytes
reserved 0+8192
reserved 32768+8192
unnamed: 4096 bytes, 0 visible, at 94208+4096
*ttm_test.anonymous: 4096 bytes, 0 visible, at 90112+4096
object 7: 4096 bytes, 0 visible, at 86016+4096
touched: 8192 bytes, 8192 visible, at 40960+8192
framebuffer: 16384 bytes, 16384 visible, pinned 1 times, at 16384+16384
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// TestDumpMore: groups, priorities, and what is retired or is to be.
func TestDumpMore(t *testing.T) {
	m := newManager(t, buddy.Strategy, 16, 0, ttm.Options{})
	above := m.NewGroup("browser", nil, ttm.Limits{Max: 8 * page})
	tab := m.NewGroup("tab", above, ttm.Limits{Min: page, Low: 2 * page})
	r := &ttm.Resource{Owner: "canvas"}
	if err := m.AllocObject(r, ttm.Object{Size: 4 * page, Priority: 2, Group: tab}); err != nil {
		t.Fatal(err)
	}
	mustAlloc(t, m, "other", 1)
	if err := m.Retire(10*page, 4*page); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := m.Dump(&b); err != nil {
		t.Fatal(err)
	}
	const want = `buddy: size 65536, page 4096, default page 4096
avail 40960
visible 65536, avail 40960, reserved 4096
free from 32768 on: 1 blocks, 32768 bytes
free from 8192 on: 1 blocks, 8192 bytes
retired 40960+4096
pending 45056+12288
group browser: 16384 bytes, min 0, low 0, max 32768
group tab below browser: 16384 bytes, min 4096, low 8192, max 0
other: 4096 bytes, 4096 visible, at 45056+4096
canvas: 16384 bytes, 16384 visible, priority 2, of group tab, at 49152+16384
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

package importer

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/pickle"
)

// torchBlock is a range of addresses, and who has it.
type torchBlock struct {
	addr, size uint64
	stream     string
}

func (b torchBlock) end() uint64 { return b.addr + b.size }

// torchEvent is an entry of device_traces.
type torchEvent struct {
	torchBlock
	kind   torchKind
	device int
	at     int64 // nanoseconds; capture.Never if an entry is without a time
}

// torchSegment is what the caching allocator has from CUDA.
type torchSegment struct {
	torchBlock
	device int
	blocks []torchBlock // that are active, by address, of the size they were asked for
	taken  []uint64     // bytes that each of them takes
}

// torchSnapshot is a snapshot as it is read.
type torchSnapshot struct {
	in       *capture.Input
	c        *capture.Capture
	level    torchLevel
	devices  int
	segments []torchSegment // by address
	events   []torchEvent   // in the order of time
	names    map[uint64]string
	walked   int // entries and blocks; a pickle may name the same list again and again
}

// torchDevices is more than PyTorch can number.
const torchDevices = 128

// read reads the file.
func (s *torchSnapshot) read() error {
	root, err := pickle.Decode(s.in.Bytes())
	if err != nil {
		if e := s.in.Err(); e != nil { // the packing is damaged
			return e
		}
		return s.in.Errorf("%v", err)
	}
	s.names = make(map[uint64]string)
	top, ok := root.(map[any]any)
	if list, old := root.([]any); old { // torch.cuda.memory_snapshot
		top, ok = map[any]any{"segments": list}, true
	}
	if !ok || top["segments"] == nil && top["device_traces"] == nil {
		return s.in.Errorf("the pickle is no memory snapshot: it has neither segments nor device_traces")
	}
	segments, err := s.list(top, "segments")
	for i := 0; i < len(segments) && err == nil; i++ {
		if err = s.segment(segments[i]); err != nil {
			err = fmt.Errorf("segments[%d]%w", i, err)
		}
	}
	if err == nil {
		slices.SortStableFunc(s.segments, func(a, b torchSegment) int { return cmp.Compare(a.addr, b.addr) })
		err = s.traces(top)
	}
	if err != nil {
		return s.in.Errorf("%v", err)
	}
	return nil
}

// list is a list of a dictionary; none is an empty one.
func (s *torchSnapshot) list(m map[any]any, key string) ([]any, error) {
	list, ok := m[key].([]any)
	if !ok && m[key] != nil {
		return nil, fmt.Errorf("%s is no list", key)
	}
	return list, nil
}

// dictionary is v, which is one of the entries and blocks.
func (s *torchSnapshot) dictionary(v any) (map[any]any, error) {
	if s.walked++; s.walked > capture.MaxEvents {
		return nil, fmt.Errorf(": the file has more than %d entries and blocks", capture.MaxEvents)
	}
	m, ok := v.(map[any]any)
	if !ok {
		return nil, errors.New(" is no dictionary")
	}
	return m, nil
}

// torchNumber is the first of keys that a dictionary has.
func torchNumber(m map[any]any, keys ...string) (uint64, error) {
	for _, key := range keys {
		v, ok := m[key]
		if !ok {
			continue
		}
		n, ok := pickle.Number(v)
		if !ok {
			return 0, fmt.Errorf(": %s is no whole number of 64 bits from 0 on", key)
		}
		return n, nil
	}
	return 0, fmt.Errorf(": there is no %s", keys[0])
}

// torchRange reads the two that make a range.
func torchRange(m map[any]any, addr, size string) (b torchBlock, err error) {
	if b.addr, err = torchNumber(m, addr); err != nil {
		return b, err
	}
	if b.size, err = torchNumber(m, size); err == nil && b.size > math.MaxUint64-b.addr {
		err = fmt.Errorf(": %s + %s is over 64 bits", addr, size)
	}
	return b, err
}

func (s *torchSnapshot) device(n uint64) (int, error) {
	if n >= torchDevices {
		return 0, fmt.Errorf(": device %d, where at most %d are known", n, torchDevices)
	}
	s.devices = max(s.devices, int(n)+1)
	return int(n), nil
}

// stream is the name of who has a block: the private pool, or else the stream.
func (s *torchSnapshot) stream(m map[any]any) string {
	for _, key := range []string{"segment_pool_id", "pool_id"} {
		if id, _ := m[key].(pickle.Tuple); len(id) == 2 {
			a, ok := pickle.Number(id[0])
			b, ok2 := pickle.Number(id[1])
			if ok && ok2 && (a != 0 || b != 0) {
				return fmt.Sprintf("%d.%d", a, b)
			}
		}
	}
	n, ok := pickle.Number(m["stream"])
	if !ok {
		return ""
	}
	if s.names[n] == "" {
		s.names[n] = strconv.FormatUint(n, 10)
	}
	return s.names[n]
}

func (s *torchSnapshot) segment(v any) error {
	m, err := s.dictionary(v)
	if err != nil {
		return err
	}
	var g torchSegment
	if g.torchBlock, err = torchRange(m, "address", "total_size"); err != nil {
		return err
	}
	n, err := torchNumber(m, "device")
	if err == nil {
		g.device, err = s.device(n)
	}
	if err != nil {
		return err
	}
	g.stream = s.stream(m)
	blocks, err := s.list(m, "blocks")
	if err != nil {
		return fmt.Errorf(": %w", err)
	}
	next := g.addr // where a block is that does not say it, as those of older versions
	for i, v := range blocks {
		m, err := s.dictionary(v)
		if err == nil {
			next, err = g.block(m, next)
		}
		if err != nil {
			return fmt.Errorf(".blocks[%d]%w", i, err)
		}
	}
	s.segments = append(s.segments, g)
	return nil
}

// block reads a block of a segment that is expected at next, and returns its end.
func (g *torchSegment) block(m map[any]any, next uint64) (end uint64, err error) {
	b := torchBlock{addr: next, stream: g.stream}
	if b.size, err = torchNumber(m, "size"); err != nil {
		return 0, err
	}
	if _, says := m["address"]; says {
		if b.addr, err = torchNumber(m, "address"); err != nil {
			return 0, err
		}
	}
	if b.addr < next || b.addr > g.end() || b.size > g.end()-b.addr {
		return 0, errors.New(" is not behind the one before it and in its segment")
	}
	end = b.end()
	state, _ := m["state"].(string)
	if b.size == 0 || !strings.HasPrefix(state, "active") {
		return end, nil
	}
	g.taken = append(g.taken, b.size)
	if asked, ok := pickle.Number(m["requested_size"]); ok && asked > 0 && asked < b.size {
		b.size = asked
	}
	g.blocks = append(g.blocks, b)
	return end, nil
}

// traces reads device_traces, and puts the entries of all devices in the order of time.
func (s *torchSnapshot) traces(top map[any]any) error {
	devices, err := s.list(top, "device_traces")
	if err != nil {
		return err
	}
	timed := true
	for d, v := range devices {
		entries, ok := v.([]any)
		if !ok {
			return fmt.Errorf("device_traces[%d] is no list", d)
		}
		if len(entries) == 0 {
			continue
		}
		if _, err := s.device(uint64(d)); err != nil {
			return fmt.Errorf("device_traces[%d]%w", d, err)
		}
		last := int64(capture.Never)
		for i, v := range entries {
			e := torchEvent{device: d}
			if err := s.entry(&e, v); err != nil {
				return fmt.Errorf("device_traces[%d][%d]%w", d, i, err)
			}
			timed = timed && e.at != capture.Never
			e.at = max(e.at, last)
			last = e.at
			if e.kind != torchOther {
				s.events = append(s.events, e)
			}
		}
	}
	if !timed {
		for i := range s.events {
			s.events[i].at = capture.Never
		}
	}
	slices.SortStableFunc(s.events, func(a, b torchEvent) int { return cmp.Compare(a.at, b.at) })
	s.pools()
	return nil
}

// entry reads what the level needs to know of an entry.
func (s *torchSnapshot) entry(e *torchEvent, v any) (err error) {
	m, err := s.dictionary(v)
	if err != nil {
		return err
	}
	action, ok := m["action"].(string)
	if !ok {
		return errors.New(": there is no action")
	}
	e.at = capture.Never
	if us, ok := pickle.Number(m["time_us"]); ok && us <= math.MaxInt64/1000 {
		e.at = int64(us) * 1000
	}
	if !slices.Contains(torchActions, action) {
		s.c.Drop("entries whose action is not known")
	}
	switch e.kind = s.level.kinds[action]; e.kind {
	case torchOther:
		return nil
	case torchFail:
		e.size, err = torchNumber(m, "size")
	default:
		e.torchBlock, err = torchRange(m, "addr", "size")
	}
	e.stream = s.stream(m)
	return err
}

// torchActions are those that a level has, or that do nothing.
var torchActions = []string{"alloc", "free_requested", "free_completed", "free", "segment_alloc", "segment_free",
	"segment_map", "segment_unmap", "snapshot", "oom", "user_defined"}

// pools gives what happens in segments of a private pool the name of the pool.
func (s *torchSnapshot) pools() {
	n := 0
	var names []string
	for i := range s.events {
		e := &s.events[i]
		if e.kind != torchFail {
			j := sort.Search(len(s.segments), func(j int) bool { return s.segments[j].addr > e.addr })
			if j > 0 && e.addr < s.segments[j-1].end() && torchPool(s.segments[j-1].stream) {
				e.stream = s.segments[j-1].stream
			}
		}
		if e.kind == torchTake && torchPool(e.stream) {
			n++
			if len(names) < 8 && !slices.Contains(names, e.stream) {
				names = append(names, e.stream)
			}
		}
	}
	if n > 0 {
		slices.Sort(names)
		s.c.NoteMany(fmt.Sprintf("allocations in private pools (-stream picks those of one: %s)", strings.Join(names, ", ")), n)
	}
}

// torchPool reports whether a stream is a private pool.
func torchPool(stream string) bool { return strings.Contains(stream, ".") }

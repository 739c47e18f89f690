package serve

import (
	"context"
	"fmt"
	"sync"
)

// A cache keeps what was made of the files of a run until their stamp changes. Whoever asks
// while it is made waits for it; at most so many are kept, and the one that was not asked
// for longest goes.
type cache[V any] struct {
	mu    sync.Mutex
	most  int
	clock int
	items map[string]*item[V]
}

type item[V any] struct {
	stamp string
	used  int
	ready chan struct{} // closed once v and err are there
	v     V
	err   error
}

func newCache[V any](most int) *cache[V] {
	return &cache[V]{most: most, items: make(map[string]*item[V])}
}

// get is what has been made, or is made now, for a key with a stamp. What is made goes on
// when ctx ends: the next one who asks has it.
func (c *cache[V]) get(ctx context.Context, key, stamp string, fresh func() (V, error)) (v V, err error) {
	it := c.start(key, stamp, fresh)
	select {
	case <-it.ready:
		return it.v, it.err
	case <-ctx.Done():
		return v, ctx.Err()
	}
}

// start begins to make what is not there.
func (c *cache[V]) start(key, stamp string, fresh func() (V, error)) *item[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	it := c.items[key]
	if it == nil || it.stamp != stamp {
		it = &item[V]{stamp: stamp, ready: make(chan struct{})}
		c.items[key] = it
		go func() {
			defer close(it.ready)
			defer func() { // a run that nothing can read must not end the server
				if why := recover(); why != nil {
					it.err = fmt.Errorf("it could not be read: %v", why)
				}
			}()
			it.v, it.err = fresh()
		}()
	}
	it.used = c.clock
	c.trim()
	return it
}

// last is what was made for a key, whatever its stamp; ok is false of what is not ready.
func (c *cache[V]) last(key string) (it *item[V], ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	it = c.items[key]
	if it == nil {
		return nil, false
	}
	select {
	case <-it.ready:
		return it, true
	default:
		return it, false
	}
}

// trim drops what was not asked for longest.
func (c *cache[V]) trim() {
	for len(c.items) > c.most {
		oldest := ""
		for key, it := range c.items {
			if oldest == "" || it.used < c.items[oldest].used {
				oldest = key
			}
		}
		delete(c.items, oldest)
	}
}

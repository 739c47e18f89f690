package vmadump

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// jsonReader reads one JSON value piece by piece. Its errors have no place; at adds it.
type jsonReader struct {
	dec *json.Decoder
	max *tokenLimit
}

// tokenLimit lets a decoder read a limited number of bytes for each token.
type tokenLimit struct {
	src  io.Reader
	left int
}

const (
	maxToken = 4 << 20  // bytes of a string or number
	atOnce   = 64 << 10 // bytes that are read at once
)

var errLongToken = errors.New("a string or number longer than " + strconv.Itoa(maxToken) + " bytes")

func (l *tokenLimit) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLongToken
	}
	n, err := l.src.Read(b[:min(len(b), atOnce)])
	l.left -= n
	return n, err
}

func newJSONReader(src io.Reader) *jsonReader {
	r := &jsonReader{max: &tokenLimit{src: src}}
	r.dec = json.NewDecoder(r.max)
	r.dec.UseNumber()
	return r
}

// at is err with its place.
func (r *jsonReader) at(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the JSON ends early")
	}
	return fmt.Errorf("byte %d: %w", r.dec.InputOffset(), err)
}

func (r *jsonReader) token() (json.Token, error) {
	r.max.left = maxToken
	return r.dec.Token()
}

// text reads a string.
func (r *jsonReader) text() (string, error) {
	t, err := r.token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%v where a string is expected", t)
	}
	return s, nil
}

// number reads a whole number of 64 bits.
func (r *jsonReader) number(name string) (uint64, error) {
	t, err := r.token()
	if err != nil {
		return 0, err
	}
	digits, _ := t.(json.Number)
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no whole number of 64 bits", name)
	}
	return n, nil
}

// list reads a list, each element by one.
func (r *jsonReader) list(name string, one func() error) error {
	t, err := r.token()
	switch {
	case err != nil:
		return err
	case t != json.Delim('['):
		return fmt.Errorf("%q is no list", name)
	}
	for r.dec.More() {
		if err := one(); err != nil {
			return err
		}
	}
	_, err = r.token()
	return err
}

// fields reads an object, the value of each key by one.
func (r *jsonReader) fields(one func(key string) error) error {
	t, err := r.token()
	switch {
	case err != nil:
		return err
	case t != json.Delim('{'):
		return fmt.Errorf("%v where an object is expected", t)
	}
	for r.dec.More() {
		key, err := r.text()
		if err != nil {
			return err
		}
		if err := one(key); err != nil {
			return err
		}
	}
	_, err = r.token()
	return err
}

// skip reads a value and forgets it.
func (r *jsonReader) skip() error {
	for depth := 0; ; {
		t, err := r.token()
		switch {
		case err != nil:
			return err
		case t == json.Delim('{'), t == json.Delim('['):
			depth++
		case t == json.Delim('}'), t == json.Delim(']'):
			depth--
		}
		switch {
		case depth == 0:
			return nil
		case depth > maxDepth:
			return errors.New(maxNesting)
		}
	}
}

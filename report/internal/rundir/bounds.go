package rundir

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/gzip"

	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/workloads/trace"
)

// A run directory may come from somebody else, so nothing in it is read without a
// bound: not a file, not what a file expands to, not the samples of a cell. A run
// of a day stays far below each of them.
const (
	mostBench      = 64 << 20 // bytes of a file of results
	mostTrace      = 1 << 30  // bytes that a placement trace expands to
	mostLive       = 1 << 22  // blocks live at once in a placement trace
	mostTraces     = 1024     // placement traces
	mostSamples    = 1000     // samples of a cell that are kept
	mostFacts      = 500      // facts about a run
	mostNames      = 256      // values of a key in the names of results, but for steps
	mostStrategies = 32       // strategies
)

// openRegular opens a file, following links, if it is a regular one. Opening a pipe
// would wait for a writer, and a device need not end.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is %s, not a regular file", path, kindOf(info.Mode()))
	}
	return os.Open(path)
}

func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// ReadBounded is the content of a regular file, expanded when it is packed with
// gzip: at most the given number of bytes. cut says that there are more.
func ReadBounded(path string, most int64) (data []byte, cut bool, err error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	in := bufio.NewReader(f)
	var src io.Reader = in
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		if src, err = gzip.NewReader(in); err != nil {
			return nil, false, fmt.Errorf("%s: %w", path, err)
		}
	}
	data, err = io.ReadAll(io.LimitReader(src, most+1))
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", path, err)
	}
	if cut = int64(len(data)) > most; cut {
		data = data[:most]
	}
	return data, cut, nil
}

// readBench reads a benchmark file as far as the bound, up to the end of a line.
func readBench(path string, warn *Warnings) ([]byte, error) {
	data, cut, err := ReadBounded(path, mostBench)
	if cut {
		data = data[:bytes.LastIndexByte(data, '\n')+1]
		warn.Add("%s: has more than %s; what stands behind them was not read", path, text.Size(mostBench))
	}
	return data, err
}

// A PlacementFile is an open placement trace, read within bounds.
type PlacementFile struct {
	*trace.Reader
	file *os.File
}

// OpenPlacement opens a placement trace. The caller closes it.
func OpenPlacement(path string) (*PlacementFile, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	t, err := trace.NewBoundedReader(f, path, mostTrace)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &PlacementFile{t, f}, nil
}

// Close closes the file.
func (f *PlacementFile) Close() error {
	f.Reader.Close()
	return f.file.Close()
}

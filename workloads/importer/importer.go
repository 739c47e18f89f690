// Package importer reads what other programs record about memory, and makes traces of it.
//
// A format is one small file here: a [capture.Format] with a name, a sentence, a look at the
// first bytes, and a function that tells a [capture.Capture] what it reads; and its place in
// [List]. All that formats have in common is in package capture, where it also says how
// bytes become pages and a region, what is told of what is lost, and how large a file may
// be. How texts of any format are read (numbers, times, cells of a table) is in
// internal/field; lines of Linux traces, which several formats have, in
// internal/tracepoint. Where a format is no small file, what makes it large is an internal
// package, which knows nothing of captures.
package importer

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/vramlab/vramlab/workloads/importer/capture"
)

// What a user of this package needs of package capture.
type (
	Format   = capture.Format
	Options  = capture.Options
	Imported = capture.Imported
	Stream   = capture.Stream
)

// List are the formats, in the order in which they are tried.
func List() []Format {
	return []Format{
		kprobe, i915, amdgpu, pages, orders, // of Linux's graphics memory
		pytorch, pytorchSegments, bfc, rmm, umpire, minimalloc, // of machine learning
		vulkan, vulkanResources, vma, vmaJSON, // of Vulkan
		strace, mtrace, heaptrack, rep, // of any program
	}
}

// names are the names of all formats.
func names() string {
	var all []string
	for _, f := range List() {
		all = append(all, f.Name)
	}
	return strings.Join(all, ", ")
}

// IsTrace reports whether a file that begins with head, unpacked, is a trace already.
func IsTrace(head []byte) bool { return strings.HasPrefix(string(head), "vramlab trace ") }

// ImportFile is [Import] of the file at path.
func ImportFile(path string, o Options) (*Imported, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: is a directory", path)
	}
	return Import(f, path, o)
}

// Import reads a capture, which may be packed with gzip or zstd, and makes its streams.
// Errors call it by name.
func Import(src io.Reader, name string, o Options) (*Imported, error) {
	in, err := capture.Open(src, name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	f, err := choose(in, o.Format)
	if err != nil {
		return nil, err
	}
	return capture.Read(in, f, o)
}

// Sniff returns the format of the file at path, or one without a name if it is a trace, or
// of no format.
func Sniff(path string) (f Format, err error) {
	file, err := os.Open(path)
	if err != nil {
		return f, err
	}
	defer file.Close()
	return sniff(file, path)
}

// SniffReader is Sniff of what can be read once, as a pipe: again has all that src had.
func SniffReader(src io.Reader, name string) (f Format, again io.Reader, err error) {
	var seen bytes.Buffer
	f, err = sniff(io.TeeReader(src, &seen), name)
	return f, io.MultiReader(&seen, src), err
}

func sniff(src io.Reader, name string) (f Format, err error) {
	in, err := capture.Open(src, name)
	if err != nil {
		return f, err
	}
	defer in.Close()
	head, err := in.Head()
	if err != nil || IsTrace(head) {
		return f, err
	}
	return detect(head), nil
}

// detect is the format of a file that begins with head, without a name if there is none.
func detect(head []byte) Format {
	for _, f := range List() {
		if f.Detect(head) {
			return f
		}
	}
	return Format{}
}

// choose is the format of a name, or if it is "" the one that the content shows.
func choose(in *capture.Input, name string) (Format, error) {
	head, err := in.Head()
	if err != nil {
		return Format{}, err
	}
	for _, f := range List() {
		if f.Name == name {
			return f, nil
		}
	}
	if name != "" {
		return Format{}, fmt.Errorf("no format %q (have: %s)", name, names())
	}
	if f := detect(head); f.Name != "" {
		return f, nil
	}
	switch {
	case len(head) == 0:
		return Format{}, in.Errorf("the file is empty")
	case IsTrace(head):
		return Format{}, in.Errorf("the file is a trace already")
	}
	first, _, _ := strings.Cut(string(head[:min(len(head), 60)]), "\n")
	return Format{}, in.Errorf("the file begins with %q, which no format does (have: %s)", first, names())
}

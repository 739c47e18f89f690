package lab

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/vramlab/vramlab/report/perfetto"
	"github.com/vramlab/vramlab/workloads/importer"
	"github.com/vramlab/vramlab/workloads/trace"
)

var convertCommand = command{
	name: "convert", args: "[-from FORMAT] [-to FORMAT] [-o OUT.trace] FILE",
	doc: "make a trace of another program's capture, or Perfetto's of a run",
	long: `Reads what another program recorded (the command list names the formats; the format is
told from the content, and files may be packed with gzip or zstd; - is standard input),
writes a trace, and says on standard error what was done with the sizes and what was
dropped. Without -o the trace goes to standard output.

Sizes become whole pages: where a format counts in smaller units, all sizes are
multiplied so that its unit becomes a page (-scale says otherwise), and what is left is
rounded up. The region is that of the capture, or ends at the highest address that it
names, or is 100/85 of the peak of live bytes (-region, -fill). A file with several
regions (devices, address spaces) makes several traces, OUT.1.trace, OUT.2.trace and so
on, or only that of -device. A file that is there already is not touched.

With -to perfetto FILE is a run directory, of which it makes a trace that ui.perfetto.dev
opens: counters of live bytes, broken memory and the largest hole for each strategy, and an
instant for each request refused, with what it asked for. An operation is a microsecond there,
unless the trace has times.

The commands that take a trace read such files too, with the default of each of these
choices but -device, which they have as well.`,
	examples: []string{
		"convert -o game.trace capture.txt",
		"convert -from rep -scale 256 -fill 95% -o bdd.trace.gz bdd.rep",
		"convert -to perfetto -o run.json run-1",
		"convert -from 10s -to 20s -region 8GiB -o middle.trace snapshot.pickle.gz",
	},
	takes: map[string]words{"from": {formatNames, false}},
	setup: func(fs *flag.FlagSet, env *environment) action {
		var o importer.Options
		out := fs.String("o", "", "the trace `file` to make; .gz or .zst at its end packs it")
		fs.Func("from", "the `format` of FILE, or the time at which to begin, as 10s (both: twice)", func(text string) error {
			if at, err := time.ParseDuration(text); err == nil {
				o.From = at
				return nil
			}
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				return fmt.Errorf("a time has a unit, as %ss or %sms", text, text)
			}
			o.Format = text
			return nil
		})
		perfettos := false
		fs.Func("to", "the `time` at which to end, which counts from the first event, or perfetto", func(text string) (err error) {
			if text == "perfetto" {
				perfettos = true
				return nil
			}
			o.To, err = time.ParseDuration(text)
			return err
		})
		fs.Func("scale", "multiply all sizes by this whole `number` (default: what makes a page of the format's unit)", func(text string) (err error) {
			if o.Scale, err = strconv.ParseUint(text, 10, 64); err != nil || o.Scale == 0 {
				return errors.New("not a whole number of at least 1")
			}
			return nil
		})
		fs.Func("round", "what to do with sizes that are no whole pages: round up to a `page` (the default), or no", func(text string) error {
			if text != "page" && text != "no" {
				return errors.New(`not "page" or "no"`)
			}
			o.Whole = text == "no"
			return nil
		})
		fs.Func("page", "`bytes` of a page of the trace (default 4KiB)", byteFlag(&o.Page))
		fs.Func("region", "`bytes` of the region, as in 8GiB, for sizes as they are once multiplied", byteFlag(&o.Region))
		fs.Func("fill", "`percentage` of the region that the peak of live bytes fills (default 85%)", func(text string) (err error) {
			o.Fill, err = strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
			if err != nil || !(o.Fill > 0 && o.Fill <= 100) {
				return errors.New("not a percentage above 0 and at most 100")
			}
			return nil
		})
		fs.StringVar(&o.Process, "process", "", "only what this `process` allocated")
		fs.StringVar(&o.Device, "device", "", "only this `device` or region, by the name that convert prints")
		fs.StringVar(&o.Stream, "stream", "", "only what was allocated on this `stream`")
		fs.BoolVar(&o.Strict, "strict", false, "refuse a file of which something must be dropped")
		return func(ctx context.Context, args []string) error {
			if len(args) != 1 {
				return usagef("one file is needed, got %d arguments", len(args))
			}
			if perfettos {
				if o != (importer.Options{}) {
					return usagef("-to perfetto takes a run as it is: no other flag than -o goes with it")
				}
				return toPerfetto(env, args[0], *out)
			}
			if o.Format != "" {
				if _, err := find(o.Format, "format", importer.List(), formatName); err != nil {
					return err
				}
			}
			if err := vacant(*out); err != nil {
				return err
			}
			path := fileNamed(args[0])
			im, err := env.importFile(path, o)
			if err != nil {
				return err
			}
			return convert(env, im, path, *out)
		}
	},
}

// toPerfetto writes the run in dir as a trace for Perfetto to a file, or to standard output.
func toPerfetto(env *environment, dir, out string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usagef("-to perfetto needs a run directory, and %s is a file", dir)
	}
	if out == "" {
		return perfetto.Write(env.stdout, dir)
	}
	if err := vacant(out); err != nil {
		return err
	}
	return env.createFile(out, func(w io.Writer) error { return perfetto.Write(w, dir) })
}

// importFile is importer.ImportFile, of standard input too.
func (env *environment) importFile(path string, o importer.Options) (*importer.Imported, error) {
	if path != standardInput {
		return importer.ImportFile(path, o)
	}
	src, err := env.input()
	if err != nil {
		return nil, err
	}
	return importer.Import(src, path, o)
}

// convert writes the streams of a capture, and says what they are.
func convert(env *environment, im *importer.Imported, path, out string) error {
	if out == "" && len(im.Streams) > 1 {
		return manyRegions(path, im)
	}
	names := []string{out}
	if len(im.Streams) > 1 {
		names = nil
		for i := range im.Streams {
			names = append(names, numberedFile(out, i+1))
		}
	}
	for _, name := range names {
		if err := vacant(name); err != nil {
			return err
		}
	}
	for _, line := range im.Told() {
		fmt.Fprintf(env.stderr, "%s: %s\n", path, line)
	}
	for i, s := range im.Streams {
		name := names[i]
		var err error
		if name == "" {
			err = writeStream(env.stdout, s, path)
		} else {
			err = env.createFile(name, func(w io.Writer) error { return writeStream(w, s, path) })
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stderr, "%s: %s\n", labelled(name, s.Heap), strings.Join(s.Told(), "; "))
	}
	return nil
}

// labelled is a file, with the region of the capture that it holds.
func labelled(file, heap string) string {
	if file == "" {
		file = "standard output"
	}
	if heap == "" {
		return file
	}
	return fmt.Sprintf("%s (%s)", file, heap)
}

// writeStream writes a trace that says in its head what it was made of.
func writeStream(w io.Writer, s *importer.Stream, path string) error {
	return s.Write(trace.NewWriter(w, s.Region, s.Comments(filepath.Base(path))...))
}

// numberedFile is path with a number before its endings.
func numberedFile(path string, n int) string {
	rest, packing := path, ""
	for _, ending := range []string{".gz", ".zst"} {
		if base, ok := strings.CutSuffix(rest, ending); ok {
			rest, packing = base, ending
		}
	}
	ending := filepath.Ext(rest)
	return fmt.Sprintf("%s.%d%s%s", strings.TrimSuffix(rest, ending), n, ending, packing)
}

// createFile writes a file whole or not at all, packed as its name says. One that is there
// already is not touched, but for a device or a pipe.
func (env *environment) createFile(path string, write func(w io.Writer) error) error {
	if err := vacant(path); err != nil {
		return err
	}
	if exists(path) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return firstError(packedAs(f, path, write), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: errors.Unwrap(err)}
	}
	made := f.Name()
	env.making.Store(&made)
	defer env.making.Store(nil)
	defer os.Remove(made)
	err = packedAs(f, path, write)
	if e := f.Chmod(0o644); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if at := (*os.PathError)(nil); errors.As(err, &at) {
		at.Path = path // not that of what is removed now
	}
	if err != nil {
		return err
	}
	return os.Rename(made, path)
}

// vacant is an error if a directory or a file is at path. A device and a pipe are none:
// what is written goes into them.
func vacant(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a directory: choose the name of a file", path)
	case err == nil && info.Mode().IsRegular():
		return fmt.Errorf("%s is there already: remove it, or choose another name", path)
	}
	return nil
}

// packedAs writes to f through the compression of a file name.
func packedAs(f io.Writer, path string, write func(w io.Writer) error) error {
	buf := bufio.NewWriterSize(f, 1<<16)
	var err error
	switch filepath.Ext(path) {
	case ".gz":
		z := gzip.NewWriter(buf)
		err = firstError(write(z), z.Close())
	case ".zst":
		z, e := zstd.NewWriter(buf)
		if e != nil {
			return e
		}
		err = firstError(write(z), z.Close())
	default:
		err = write(buf)
	}
	return firstError(err, buf.Flush())
}

// firstError is the first of two errors, of which the second may say the same again.
func firstError(err, next error) error {
	if err != nil {
		return err
	}
	return next
}

// byteFlag reads a number of bytes with a unit, as 8GiB, into n.
func byteFlag(n *uint64) func(string) error {
	return func(text string) (err error) {
		*n, err = parseBytes(text)
		return err
	}
}

// parseBytes reads a number of bytes, plain or with a unit: K, KiB, M, MiB and so on.
func parseBytes(text string) (uint64, error) {
	digits := strings.TrimRight(text, "iBKMGTPE")
	unit := strings.TrimSuffix(strings.TrimSuffix(text[len(digits):], "B"), "i")
	power := strings.Index("KMGTPE", unit) + 1
	if unit == "" {
		power = 0
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if over, low := bits.Mul64(n, 1<<(10*power)); err == nil && len(unit) <= 1 && power >= 0 && over == 0 && low > 0 {
		return low, nil
	}
	return 0, fmt.Errorf("%q is no number of bytes above 0 (as 4096, 64KiB or 8GiB)", text)
}

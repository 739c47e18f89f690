package merge

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/pprof/profile"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/workloads/reason"
)

// copyPlacements copies the traces of all shards to dir, and reports one that is missing
// or torn.
func (m *merged) copyPlacements(dir string) error {
	for _, s := range m.shards {
		for _, workload := range s.names(schema.FactShardWorkloads) {
			for _, strategy := range s.names(schema.FactStrategies) {
				if s.leftOut(workload, strategy) {
					continue
				}
				name := schema.PlacementFile(workload, strategy)
				if err := copyZipped(filepath.Join(s.dir, schema.Placements, name), filepath.Join(dir, name)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// copyZipped copies a file that gzip can unpack to its end.
func copyZipped(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer out.Close()
	copied := io.TeeReader(in, out)
	zip, err := gzip.NewReader(copied)
	if err == nil {
		_, err = io.Copy(io.Discard, zip)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, copied) // gzip may leave the end
	}
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return out.Close()
}

// mergeProfiles makes one profile of each strategy of those of the shards, if there are
// any.
func (m *merged) mergeProfiles(dir string) error {
	for _, strategy := range m.shards[0].names(schema.FactStrategies) {
		var all []*profile.Profile
		for _, s := range m.shards {
			p, err := readProfile(filepath.Join(s.dir, schema.Profiles, schema.ProfileFile(strategy)))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			all = append(all, p)
		}
		if all == nil {
			continue
		}
		one, err := profile.Merge(all)
		if err != nil {
			return fmt.Errorf("profiles of %s: %w", strategy, err)
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		if err := writeProfile(filepath.Join(dir, schema.ProfileFile(strategy)), one); err != nil {
			return err
		}
	}
	return nil
}

// mergeExplanations writes what the shards explain in the order of an unsharded run. There is
// no file if no shard has one: those of old versions have none. A line that is no explanation,
// or is of a workload or a strategy that its shard did not measure, is an error.
func (m *merged) mergeExplanations(path string) error {
	var all []*reason.Explanation
	var torn error
	some := false
	for _, s := range m.shards {
		from := filepath.Join(s.dir, schema.Explanations)
		list, err := reason.Read(from, func(format string, args ...any) { torn = cmp.Or(torn, fmt.Errorf(format, args...)) })
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err = cmp.Or(err, torn); err != nil {
			return err
		}
		some = true
		for _, x := range list {
			if !slices.Contains(s.names(schema.FactShardWorkloads), x.Workload) || !slices.Contains(s.names(schema.FactStrategies), x.Strategy) {
				return fmt.Errorf("%s: explains %s on %s, which shard %v did not measure", from, x.Strategy, x.Workload, s.Shard)
			}
		}
		all = append(all, list...)
	}
	if !some {
		return nil
	}
	slices.SortStableFunc(all, func(a, b *reason.Explanation) int { // within a workload they are of one shard, in order
		return slices.Index(m.workloads, a.Workload) - slices.Index(m.workloads, b.Workload)
	})
	var text bytes.Buffer
	if err := reason.Write(&text, all); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o666)
}

func readProfile(path string) (*profile.Profile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := profile.Parse(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func writeProfile(path string, p *profile.Profile) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := p.Write(f); err != nil {
		return err
	}
	return f.Close()
}

package lab

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/cabi"
)

// inLibrary is the prefix of a strategy in a shared library: so:PATH[:NAME].
const inLibrary = "so:"

// openLibrary opens the strategy that spec names, which is what follows "so:".
func openLibrary(spec string) (strategies.Strategy, error) {
	path, name, err := splitSpec(spec)
	if err != nil {
		return strategies.Strategy{}, err
	}
	return cabi.Open(path, name)
}

// splitSpec is cabi.Split with an error for a spec without a path, and for one
// where the path of a file is followed by something that cannot be a name.
func splitSpec(spec string) (path, name string, err error) {
	path, name = cabi.Split(spec)
	if path == "" {
		return "", "", usagef("strategy %q names no library (so:PATH or so:PATH:NAME)", inLibrary+spec)
	}
	if at := strings.LastIndexByte(path, ':'); name == "" && at > 0 && !exists(path) && exists(path[:at]) {
		return "", "", usagef("%s: %q is no name of a strategy in a library (a to z, 0 to 9 and _, a letter first)", path[:at], path[at+1:])
	}
	return path, name, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// pickStrategies returns the strategies named in a comma-separated list, in its
// order; given are those known by name. A strategy in a library whose name is
// taken becomes NAME.2: a patched library stands beside the one before the patch.
func pickStrategies(list string, given []strategies.Strategy) (picked []strategies.Strategy, err error) {
	if !strings.Contains(list, inLibrary) {
		return pick(list, "strategy", given, strategyName)
	}
	named := func(name string) func(strategies.Strategy) bool {
		return func(s strategies.Strategy) bool { return s.Name == name }
	}
	for want := range strings.SplitSeq(list, ",") {
		want = strings.TrimSpace(want)
		spec, ok := strings.CutPrefix(want, inLibrary)
		if !ok {
			some, err := pick(want, "strategy", given, strategyName)
			if err != nil {
				return nil, err
			}
			for _, s := range some {
				if slices.ContainsFunc(picked, named(s.Name)) {
					return nil, usagef("strategy %q is named twice", s.Name)
				}
			}
			picked = append(picked, some...)
			continue
		}
		s, err := openLibrary(spec)
		if err != nil {
			return nil, err
		}
		plain := s.Name
		for i := 2; slices.ContainsFunc(slices.Concat(picked, given), named(s.Name)); i++ {
			s.Name = fmt.Sprintf("%s.%d", plain, i)
		}
		picked = append(picked, s)
	}
	return picked, nil
}

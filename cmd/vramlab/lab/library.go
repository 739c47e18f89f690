package lab

import (
	"fmt"
	"os"
	"strings"

	"github.com/vramlab/vramlab/cmd/vramlab/process"
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
	return openNamed(path, name)
}

// openNamed is cabi.Open for a library that leaves the process as it is.
func openNamed(path, name string) (strategies.Strategy, error) {
	before := process.Now()
	s, err := cabi.Open(path, name)
	if how := before.Changed(); how != "" {
		return s, fmt.Errorf("%s: %s while it was loaded (in a constructor)", path, how)
	}
	return s, err
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

// pathsOf are the libraries among the items of a list of strategies.
func pathsOf(items []string) (paths []string) {
	for _, item := range items {
		if spec, ok := strings.CutPrefix(item, inLibrary); ok {
			if path, _, err := splitSpec(spec); err == nil {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// libraryOf names the library of an item of a list of strategies, if there is one.
func libraryOf(item string) string {
	for _, path := range pathsOf([]string{item}) {
		return path + ": "
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

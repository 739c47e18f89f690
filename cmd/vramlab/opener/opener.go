// Package opener opens a page in the browser of the system.
package opener

import (
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// programs are what opens an address, by system, with their arguments before it. Others have
// the one of the desktops on Linux.
var programs = map[string][]string{
	"darwin":  {"open"},
	"windows": {"rundll32", "url.dll,FileProtocolHandler"},
}

var elsewhere = []string{"xdg-open"}

// Open opens an address that begins with http:// or https://, or a file, and does not wait. No shell sees
// what it opens. The error is that of a system without such a program.
func Open(page string) error {
	page, err := target(page)
	if err != nil {
		return err
	}
	c := command(runtime.GOOS, page)
	if err := c.Start(); err != nil {
		return err
	}
	go c.Wait() // so that it does not stay a zombie
	return nil
}

// target is a file by its whole path, so that no name of one is taken for a flag or for an
// address.
func target(page string) (string, error) {
	switch {
	case page == "":
		return "", errors.New("there is no page to open")
	case strings.HasPrefix(page, "http://"), strings.HasPrefix(page, "https://"):
		return page, nil
	}
	return filepath.Abs(page)
}

func command(system, page string) *exec.Cmd {
	words, ok := programs[system]
	if !ok {
		words = elsewhere
	}
	return exec.Command(words[0], append(words[1:len(words):len(words)], page)...)
}

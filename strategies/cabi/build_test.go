//go:build (linux || darwin || (freebsd && cgo)) && (amd64 || arm64)

package cabi_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/cabi"
)

// libs is where the libraries of the tests are built, once in a process: what is
// loaded stays loaded.
var libs string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "cabi")
	if err != nil {
		panic(err)
	}
	libs = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// compiler is the command that compiles a file, "" if there is none.
func compiler(file string) string {
	env, usual := "CC", "cc"
	if filepath.Ext(file) == ".cpp" {
		env, usual = "CXX", "c++"
	}
	if cc := os.Getenv(env); cc != "" {
		return cc
	}
	return usual
}

var errNoCompiler = errors.New("no compiler")

// built remembers what was built, by source.
var built sync.Map

// library builds a file of testdata, and returns the path of the library. Without a
// compiler it skips the test.
func library(t testing.TB, file string) string {
	t.Helper()
	path := filepath.Join(libs, "lib"+file+".so")
	once, _ := built.LoadOrStore(file, sync.OnceValue(func() error {
		cc, err := exec.LookPath(compiler(file))
		if err != nil {
			return errNoCompiler
		}
		out, err := exec.Command(cc, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", ".",
			"-o", path, filepath.Join("testdata", file)).CombinedOutput()
		if err != nil {
			return errors.New(string(out))
		}
		return nil
	}))
	check(t, file, once.(func() error)())
	return path
}

// example returns the path of an example's library, built by the script that users
// call.
func example(t testing.TB, name string) string {
	t.Helper()
	check(t, "the examples", buildExamples())
	return filepath.Join(libs, "lib"+name+".so")
}

var buildExamples = sync.OnceValue(func() error {
	for _, need := range []string{"bash", compiler("x.c"), compiler("x.cpp")} {
		if _, err := exec.LookPath(need); err != nil {
			return errNoCompiler
		}
	}
	if out, err := exec.Command("../../scripts/build-examples", libs).CombinedOutput(); err != nil {
		return errors.New(string(out))
	}
	return nil
})

func check(t testing.TB, what string, err error) {
	t.Helper()
	switch {
	case err == errNoCompiler:
		t.Skipf("no compiler for %s (CC and CXX name one)", what)
	case err != nil:
		t.Fatalf("building %s: %v", what, err)
	}
}

// mustOpen is a strategy that is there.
func mustOpen(t testing.TB, path, name string) strategies.Strategy {
	t.Helper()
	s, err := cabi.Open(path, name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

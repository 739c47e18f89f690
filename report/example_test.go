package report_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/vramlab/vramlab/report"
)

// What vramlab run prints at its end.
func ExampleLoad() {
	run, err := report.Load("testdata/run")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Headline())
	for _, verdict := range run.Verdicts() {
		fmt.Println(verdict)
	}
	// Output:
	// Take buddy for gfx, where it refuses nothing and rangemgr 5 in 1,000 requests
	// frames: beyond refusals nothing that carries over to a driver was measured; the Go model of rangemgr takes 40 % less time than buddy. buddy 86.0, rangemgr 51.8 ns per operation; 95 % interval 39.3 to 40.0 %. The smallest difference this run could detect is 1.1 %. Neither strategy refused a request.
	// gfx: buddy serves everything, rangemgr refuses 5 in 1,000 requests. rangemgr did less work: neither its time nor its counts are compared.
}

// The page of a run directory, made again.
func ExampleWrite() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS("testdata/run")); err != nil {
		log.Fatal(err)
	}
	path, err := report.Write(dir)
	if err != nil {
		log.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s begins with %.15s\n", filepath.Base(path), page)
	// Output: report.html begins with <!doctype html>
}

//go:build !unix

package main

// limitMemory does nothing where there is no such limit.
func limitMemory(uint64) {}

//go:build race

package experiment

func init() { race = true }

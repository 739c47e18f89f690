package cabi

import (
	"debug/elf"
	"debug/macho"
	"fmt"
	"slices"
	"strings"
)

// prefix begins the symbol of a strategy.
const prefix = "vramlab_strategy_"

// Names lists the strategies in the library at path, sorted, without loading it:
// they are in its symbol table. The file is ELF or Mach-O.
func Names(path string) ([]string, error) {
	symbols, err := exported(path)
	if err != nil {
		return nil, fmt.Errorf("%s: no shared library: %w", path, err)
	}
	var names []string
	for _, s := range symbols {
		if name, ok := strings.CutPrefix(s, prefix); ok && name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// exported lists the symbols that a file of either format defines for others.
func exported(path string) ([]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		if names, machoErr := exportedMacho(path); machoErr == nil {
			return names, nil
		}
		return nil, err
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			names = append(names, s.Name)
		}
	}
	return names, nil
}

// exportedMacho is exported for the libraries of darwin, where a C symbol has an
// underscore in front and a file may hold several architectures.
func exportedMacho(path string) ([]string, error) {
	if fat, err := macho.OpenFat(path); err == nil {
		defer fat.Close()
		return definedMacho(fat.Arches[0].File), nil
	}
	f, err := macho.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return definedMacho(f), nil
}

func definedMacho(f *macho.File) (names []string) {
	if f.Symtab == nil {
		return nil
	}
	for _, s := range f.Symtab.Syms {
		if s.Sect != 0 {
			names = append(names, strings.TrimPrefix(s.Name, "_"))
		}
	}
	return names
}

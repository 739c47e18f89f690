package cabi

import (
	"debug/elf"
	"debug/macho"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// prefix begins the symbol of a strategy.
const prefix = "vramlab_strategy_"

// Names lists the strategies in the library at path, sorted, without loading it:
// they are in its symbol table. The file is ELF or Mach-O.
func Names(path string) ([]string, error) { return namesIn(path, path) }

// namesIn is Names for a file that errors call by another path.
func namesIn(file, path string) ([]string, error) {
	symbols, err := exported(file)
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

// isFile is the error of a path that is no ordinary file: a pipe would be waited for.
func isFile(path string) error {
	switch info, err := os.Stat(path); {
	case err != nil:
		return errors.Unwrap(err)
	case info.IsDir():
		return errors.New("it is a directory")
	case !info.Mode().IsRegular():
		return errors.New("it is no ordinary file")
	}
	return nil
}

// exported lists the symbols that a file of either format defines for others, without
// the functions of an ELF file.
func exported(path string) ([]string, error) {
	if err := isFile(path); err != nil {
		return nil, err
	}
	f, err := elf.Open(path)
	if err != nil {
		names, machoErr := exportedMacho(path)
		if machoErr != nil {
			err = inWords(path, err)
		}
		return names, err
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return nil, errors.New("it has no table of symbols that can be read")
	}
	var names []string
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF && elf.ST_TYPE(s.Info) != elf.STT_FUNC {
			names = append(names, s.Name)
		}
	}
	return names, nil
}

// inWords is err, of a file that is not read as ELF.
func inWords(path string, err error) error {
	f, cannot := os.Open(path)
	if cannot != nil {
		return errors.Unwrap(cannot)
	}
	defer f.Close()
	var magic [len(elf.ELFMAG)]byte
	if io.ReadFull(f, magic[:]); string(magic[:]) == elf.ELFMAG {
		return fmt.Errorf("it is a damaged ELF file: %w", err)
	}
	return errors.New("it is neither ELF nor Mach-O")
}

// exportedMacho is exported for the libraries of darwin, where a C symbol has an
// underscore in front and a file may hold several architectures.
func exportedMacho(path string) (names []string, err error) {
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

package importer

import "testing"

func TestRep(t *testing.T) {
	check(t, "20000\n3\n5\n1\na 0 16\na 1 480\nr 0 48\nf -1\nf 1\nf 7\na 2 0\nf 2\n", Options{}, `
region 159744 page 4096
a 0 4096
a 1 122880
f 0
a 2 12288
f 1
`, `
all sizes are multiplied by 256 (sizes come in units of 16 bytes)
dropped frees of a null pointer: 1
dropped frees of objects that nobody saw: 1
dropped allocations of 0 bytes: 1
`)
	refuse(t, "1\n2\nx\n3\na 0 16\n", Options{Format: "rep"}, `capture:3: "x" where one of the 4 numbers of the head is expected`)
	refuse(t, "1\n2\n3\n4\na 0 -16\n", Options{}, `capture:5: "a 0 -16" is not a ID BYTES`)
}

func FuzzRep(f *testing.F) { fuzz(f, rep, small, "1\n2\n3\n4\na 0 16\nr 0 4096\nf 0\nf -1\n") }

package importer

import "testing"

// Two buffers end at step 3, when two others begin. The names are in an order of their own.
const planned = `size,id,upper,lower,alignment,offset,gaps
4,a,3,0,,8,
4,b,3,1,2,-1,
9,c,9,3,3,0,[4-5)
4,d,6,3,4,12,
`

func TestMinimalloc(t *testing.T) {
	// Pages are units. The peak is 13 of them, and 13 / 0.85 is 15.3; d reaches to 16.
	check(t, planned, Options{}, `
region 65536 page 4096
@ 0
a 0 16384
= 32768+16384
@ 1000000
a 1 16384 align=8192
@ 3000000
f 0
f 1
a 2 36864
= 0+36864
a 3 16384 align=16384
= 49152+16384
@ 6000000
f 3
@ 9000000
f 2
`, `
all sizes are multiplied by 4,096 (the file counts in units of its own)
dropped alignments that are no power of two: 1
dropped buffers with gaps (they keep their memory in them): 1
`)
	check(t, "id,lower,upper,size\n1,5,6,1048576\n\n", Options{Scale: 1}, "region 1236992 page 4096\n@ 0\na 0 1048576\n@ 1000000\nf 0\n", "")
	for _, c := range []struct{ text, want string }{
		{"id,lower,size\n1,5,6\n", `capture:1: "id,lower,size" names no columns lower, upper and size`},
		{"id,lower,upper,size\n1,5,6\n", "capture:2: there is no cell for the column size"},
		{"id,lower,upper,size\n1,5,6,1.5\n", `capture:2: size is "1.5", where a whole number from 0 on is expected`},
		{"id,lower,upper,size\n1,5,,15\n", `capture:2: upper is ""`},
		{"id,lower,upper,size\n1,-5,6,15\n", `capture:2: lower is "-5"`},
		{"id,lower,upper,size\n1,6,6,15\n", "capture:2: the buffer lives from 6 until before 6, which is never"},
		{"id,lower,upper,size\n1,6,9223372036855,15\n", "capture:2: a step of 9223372036855 is over the 9223372036854 milliseconds of a trace"},
		{"id,lower,upper,size\n1,6,7,18446744073709551615\n", "capture: 18446744073709551615 bytes times 4096 are over 64 bits"},
	} {
		refuse(t, c.text, Options{Format: "minimalloc"}, c.want)
	}
}

func FuzzMinimalloc(f *testing.F) {
	fuzz(f, minimalloc, planned, "id,lower,upper,size\n1,5,6,1048576\n")
}

package text

import "testing"

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"buddy":             "buddy",
		"a\tb":              "a b",
		"\x1b[31mred":       "\ufffd[31mred",
		"one\r\ntwo\u2028":  "one\ufffd\ufffdtwo\ufffd",
		"\u202eevil\u2066":  "\ufffdevil\ufffd",
		"\u0085\x7f\u200b":  "\ufffd\ufffd\ufffd",
		Mark(3) + "Größe 大": "Größe 大",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

package result

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"sync"
)

// Program is a hash of the program that runs, empty if its file cannot be read. The
// revision does not tell two builds of changed files apart, and go run and go test state
// none.
var Program = sync.OnceValue(func() string {
	own := "/proc/self/exe" // is there also when the file is gone
	if _, err := os.Stat(own); err != nil {
		if own, err = os.Executable(); err != nil {
			return ""
		}
	}
	return HashOf(own)
})

// HashOf is a hash of the file at path, empty if it cannot be read.
func HashOf(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}

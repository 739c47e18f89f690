package result

import (
	"io"
	"os"
)

func systemModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	info, _ := io.ReadAll(io.LimitReader(f, cpuInfo))
	return modelIn(string(info))
}

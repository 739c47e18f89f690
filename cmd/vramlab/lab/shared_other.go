//go:build !unix

package lab

import (
	"errors"
	"math"
	"os"
)

// canIsolate says that there are no workers on this system; nor are there libraries.
const canIsolate = false

func newShared() (*os.File, error)     { return nil, errors.ErrUnsupported }
func mapShared(int) ([]byte, error)    { return nil, errors.ErrUnsupported }
func unmapShared([]byte)               {}
func self() (string, error)            { return os.Executable() }
func resident(int) uint64              { return 0 }
func killChildren(int) bool            { return false }
func available() uint64                { return 0 }
func addressLimit() uint64             { return 0 }
func memoryLimited() bool              { return false }
func descriptors() uint64              { return math.MaxUint64 }
func killedBy(*os.ProcessState) string { return "" }

// process is what is not looked at here.
type process struct{}

func processNow() *process       { return nil }
func (*process) changed() string { return "" }

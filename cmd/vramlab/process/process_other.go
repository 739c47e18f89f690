//go:build !unix

package process

import (
	"errors"
	"math"
	"os"
)

// CanHaveWorkers says that there are no workers on this system; nor are there libraries.
const CanHaveWorkers = false

func NewShared(int) (*os.File, error)    { return nil, errors.ErrUnsupported }
func MapShared(_, _ int) ([]byte, error) { return nil, errors.ErrUnsupported }
func UnmapShared([]byte)                 {}
func Self() (string, error)              { return os.Executable() }
func Resident(int) uint64                { return 0 }
func KillChildren(int) bool              { return false }
func Available() uint64                  { return 0 }
func AddressLimit() uint64               { return 0 }
func MemoryLimited() bool                { return false }
func Descriptors() uint64                { return math.MaxUint64 }
func KilledBy(*os.ProcessState) string   { return "" }

// State is what is not looked at here.
type State struct{}

func Now() *State              { return nil }
func (*State) Changed() string { return "" }

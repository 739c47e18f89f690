package replay

import (
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/workloads"
)

// Check checks the rules that [Replay] relies on: slots are dense, an allocation goes
// into an empty slot, a free finds a slot in use, a fallback follows its allocation
// directly. The error names the operation.
func Check(ops []workloads.Op) error {
	if len(ops) == 0 {
		return errors.New("no operations")
	}
	var used []bool // by slot: between its allocation and its free
	for i := range ops {
		op := &ops[i]
		if int(op.Slot) >= len(ops) {
			return fmt.Errorf("operation %d: slot %d of a stream of %d operations: slots are dense", i, op.Slot, len(ops))
		}
		for int(op.Slot) >= len(used) {
			used = append(used, make([]bool, 1024+len(used))...)
		}
		switch op.Kind {
		case workloads.Live:
			if i > 0 && ops[i-1].Kind != workloads.Live {
				return fmt.Errorf("operation %d: a live extent after other operations: a state to begin in comes first", i)
			}
			if used[op.Slot] {
				return fmt.Errorf("operation %d: live extent in slot %d, which is in use", i, op.Slot)
			}
			used[op.Slot] = true
		case workloads.Trim:
			if !used[op.Slot] {
				return fmt.Errorf("operation %d: trim of slot %d, which is empty", i, op.Slot)
			}
		case workloads.ResetDirty, workloads.ResetClear:
		case workloads.Alloc:
			if used[op.Slot] {
				return fmt.Errorf("operation %d: allocation into slot %d, which was not freed", i, op.Slot)
			}
			used[op.Slot] = true
		case workloads.Free, workloads.FreeCleared:
			if !used[op.Slot] {
				return fmt.Errorf("operation %d: free of slot %d, which is empty", i, op.Slot)
			}
			used[op.Slot] = false
		case workloads.Fallback:
			if i == 0 || ops[i-1].Kind != workloads.Alloc || ops[i-1].Slot != op.Slot {
				return fmt.Errorf("operation %d: a fallback stands directly behind the allocation of its slot", i)
			}
		default:
			return fmt.Errorf("operation %d: unknown kind %d", i, op.Kind)
		}
	}
	return nil
}

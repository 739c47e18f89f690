#!/usr/bin/env python3
"""Runs a PyTorch program and saves a snapshot of its CUDA allocator at the end.

Usage: scripts/capture/pytorch.py OUT.pickle PROGRAM.py [ARGUMENTS...]

In a program of your own it is two lines:

    torch.cuda.memory._record_memory_history(max_entries=1_000_000)   # before the work
    torch.cuda.memory._dump_snapshot("OUT.pickle")                    # after it

Needs  PyTorch 2.1 or later with CUDA.
Costs  some microseconds an event, and memory of the host: without stacks about 200 bytes an
       event. The history is a ring: of a longer run only its end is kept, and what was live
       before is rebuilt from the state at the end.
Misses memory that is not the caching allocator's: NCCL, cuDNN's own, other processes.
"""
import runpy
import sys


def main():
    if len(sys.argv) < 3 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if len(sys.argv) > 1 and sys.argv[1] in ("-h", "--help") else 2
    out, program = sys.argv[1], sys.argv[2]
    try:
        import torch
    except ImportError:
        print("pytorch.py: this Python has no torch", file=sys.stderr)
        return 1
    if not torch.cuda.is_available():
        print("pytorch.py: torch sees no CUDA device: its allocator has nothing to record", file=sys.stderr)
        return 1
    torch.cuda.memory._record_memory_history(max_entries=1_000_000, stacks="python", context=None)
    sys.argv = sys.argv[2:]
    try:
        runpy.run_path(program, run_name="__main__")
    finally:  # an out-of-memory error is what one wants to see
        torch.cuda.memory._dump_snapshot(out)
        print(f"made {out}: vramlab run -trace {out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

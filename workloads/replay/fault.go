package replay

// faulty is what an allocator panics with that is itself at fault, and not its
// caller: a library that breaks its contract.
type faulty interface {
	error
	Broken()
}

// Catch, deferred, makes an error of the panic of an allocator that is at fault.
// Other panics go on. It belongs at the top of each goroutine that works on an
// allocator.
func Catch(err *error) {
	switch v := recover().(type) {
	case nil:
	case faulty:
		*err = v
	default:
		panic(v)
	}
}

package buddy

// A clock counts the blocks granted since blocks were last tried one by one. It
// is the policy's own: what [allocator.Counters] reports decides nothing.
type clock uint64

// triesPerGrant is how many blocks may be tried for each block granted: about
// what it costs to keep an index up to date for one. So trying adds a constant to
// each operation in the long run, and no index is made where few requests try
// harder or few blocks are in question.
const triesPerGrant = 32

// tries is how many blocks may be tried one by one now.
func (c clock) tries() uint64 { return triesPerGrant * (1 + uint64(c)) }

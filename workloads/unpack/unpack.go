// Package unpack reads files that may be compressed. What a file is packed with is
// told by its first bytes, not by its name.
package unpack

import (
	"bufio"
	"bytes"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory of a zstd decoder in bytes: enough for the files of
// "zstd --long", not the 2 GiB that the format allows.
const maxWindow = 128 << 20

// Reader is what a source holds, unpacked.
type Reader struct {
	io.Reader
	Packing string // "gzip", "zstd" or ""
	unzstd  *zstd.Decoder
}

// New puts a decompressor on src if it is compressed. The Reader has its Packing also
// with an error, which is that of a damaged header. No goroutine is started; Close gives
// the memory back.
func New(src *bufio.Reader) (*Reader, error) {
	magic, _ := src.Peek(4) // the next read returns any error again
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(src)
		return &Reader{Reader: z, Packing: "gzip"}, err
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		return &Reader{Reader: z, Packing: "zstd", unzstd: z}, err
	}
	return &Reader{Reader: src}, nil
}

// Close ends the decompression. It leaves the source open.
func (r *Reader) Close() {
	if r.unzstd != nil {
		r.unzstd.Close()
	}
}

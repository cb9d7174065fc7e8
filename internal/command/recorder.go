//go:build unix

package command

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// recorder digests a stream and keeps it while it is not longer than keep.
type recorder struct {
	keep   int
	data   []byte
	size   int64
	digest hash.Hash
}

func newRecorder(keep int) *recorder {
	return &recorder{keep: keep, digest: sha256.New()}
}

func (r *recorder) add(b []byte) {
	r.size += int64(len(b))
	r.digest.Write(b)
	if r.size > int64(r.keep) {
		r.data = nil // half an output is no output
		return
	}
	r.data = append(r.data, b...)
}

func (r *recorder) stream() Stream {
	return Stream{Data: r.data, Size: r.size, SHA256: hex.EncodeToString(r.digest.Sum(nil))}
}

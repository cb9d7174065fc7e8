package command

// Result is what an execution did. It is encoded as JSON, recorded and replayed.
type Result struct {
	// Exit is the exit status, or 128+N when signal N killed the child. It is
	// negative when the operating system lost the status: the child ran, and
	// how it ended is unknown.
	Exit int `json:"exit"`

	// Signal names the signal that killed the child, such as "SIGKILL".
	Signal string `json:"signal,omitempty"`

	// Detached says that descendants held the output open after the child had
	// ended. What they wrote within the grace counts, what came later does not.
	Detached bool `json:"detached,omitempty"`

	Stdout Stream `json:"stdout"`
	Stderr Stream `json:"stderr"`
}

// Stream is what was written to one of the child's outputs.
type Stream struct {
	// Data is all of it, or nil when there was more than Spec.Keep: then Size
	// and SHA256 are the receipt.
	Data []byte `json:"data,omitempty"`

	// Size is the number of bytes that were written, kept or not.
	Size int64 `json:"size"`

	// SHA256 is the digest of all of these bytes, in lower-case hexadecimal.
	SHA256 string `json:"sha256"`
}

// Complete reports whether Data is everything that was written.
func (s Stream) Complete() bool {
	return int64(len(s.Data)) == s.Size
}

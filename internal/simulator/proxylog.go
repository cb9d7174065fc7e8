package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"unicode"
)

// What an [Entry] can say.
const (
	Received = "received" // a whole request came, and nothing was done about it yet
	Answered = "answered" // the upstream's answer came: all of it, or its head when no fault follows
	Broken   = "broken"   // the upstream gave no whole answer
	Given    = "given"    // what the caller is about to be given
)

// Entry is a line of a proxy's log. It holds no header, no query and no body: their
// digest says whether two requests are the same.
type Entry struct {
	At       int64    `json:"at"`      // ns
	Request  uint64   `json:"request"` // its number, from 1
	What     string   `json:"what"`
	Method   string   `json:"method"`
	Path     string   `json:"path"` // what may be a secret in it is replaced
	Same     string   `json:"same"` // digest of method, path, query and body
	Fault    NetFault `json:"fault,omitempty"`
	Upstream int      `json:"upstream,omitempty"` // the status that the upstream answered
	Status   int      `json:"status,omitempty"`   // given: the status; none, when the connection is dropped
	Bytes    int64    `json:"bytes"`              // of the body that was received, answered or given; -1: not known yet
	Whole    int64    `json:"whole,omitempty"`    // given: of how many bytes, where the reply was cut
	Error    string   `json:"error,omitempty"`    // broken: why
}

// Log is a file of entries.
type Log struct{ file *os.File }

// OpenLog opens a file to append to; it is made if there is none, for its owner alone.
func OpenLog(path string) (*Log, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &Log{f}, nil
}

// Append adds a line, which is on the disk when it returns.
func (l *Log) Append(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		return err
	}
	return l.file.Sync()
}

func (l *Log) Close() error { return l.file.Close() }

// sameness is equal for requests that ask for the same.
func sameness(r *http.Request, body []byte) string {
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery} {
		_, _ = io.WriteString(h, part+"\n") // none has a line's end in it; a hash does not fail
	}
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// wordLength is how long a word of a path may be: longer ones may be secrets, as
// those that Slack, Discord and Telegram have in their paths.
const wordLength = 15

// shownPath is a path to log: a segment that does not look like words is replaced
// by the begin of its digest.
func shownPath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if len(s) > wordLength && !isWords(s) {
			digest := sha256.Sum256([]byte(s))
			segments[i] = "~" + hex.EncodeToString(digest[:4])
		}
	}
	return strings.Join(segments, "/")
}

// isWords reports whether text is letters, in runs that are short enough.
func isWords(text string) bool {
	for word := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == '.' || c == '-' || c == '_' }) {
		if len(word) > wordLength || strings.ContainsFunc(word, func(c rune) bool { return !unicode.IsLetter(c) }) {
			return false
		}
	}
	return true
}

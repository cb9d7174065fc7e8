package simulator

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// readBody reads a request's body to its end, so that a fault can be about all of it.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	// The time to read is over. What else the connection hears is that its caller left.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // a connection that cannot has none
	return body, err
}

// drop ends the caller's connection, on which nothing has been written yet.
func drop(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the server's own way to drop a connection
	}
	_ = connection.Close() // that it was closed already is as good
}

// refuse answers without asking the upstream.
func (x *exchange) refuse() {
	if x.fault == NetConflict {
		x.say(http.StatusConflict, `{"error":"conflict"}`)
		return
	}
	x.say(http.StatusTooManyRequests, `{"error":"too many requests"}`)
}

// say gives the caller an answer that the upstream did not give.
func (x *exchange) say(status int, body string) {
	x.given(status, int64(len(body)))
	x.w.Header().Set("Content-Type", "application/json")
	if status == http.StatusTooManyRequests {
		x.w.Header().Set("Retry-After", "1")
	}
	x.w.WriteHeader(status)
	_, _ = io.WriteString(x.w, body) // a caller that left needs no answer
}

// cutReply gives the caller the reply up to some byte of its body, or of its head if
// it has no body, and ends the connection there. What is announced is the whole.
func (x *exchange) cutReply(reply *wholeReply) {
	if reply.size > 0 {
		reply.header.Set("Content-Length", strconv.FormatInt(reply.size, 10))
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %s\r\n", reply.status)
	_ = reply.header.Write(&head) // to a buffer
	head.WriteString("\r\n")

	part := head.Bytes()[:x.cut%uint64(head.Len())] //nolint:gosec // a length is not negative
	code, size := 0, 0
	if n := len(reply.body); n > 0 {
		code, size = reply.code, int(x.cut%uint64(n)) //nolint:gosec // less than the length
		part = append(head.Bytes(), reply.body[:size]...)
	}
	x.given(code, int64(size))
	connection, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the server's own way to drop a connection
	}
	_, _ = connection.Write(part) // a caller that left needs no answer
	_ = connection.Close()
}

// relay gives the caller the upstream's reply, as it comes.
func relay(w http.ResponseWriter, reply *http.Response) error {
	h := w.Header()
	maps.Copy(h, endToEnd(reply.Header))
	if _, typed := h["Content-Type"]; !typed {
		h["Content-Type"] = nil // else Go would guess one
	}
	w.WriteHeader(reply.StatusCode)
	if reply.ContentLength < 0 { // what follows may be long in coming
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
	}
	_, err := io.Copy(flushing{w}, reply.Body)
	return err
}

// flushing passes on at once what a stream brings.
type flushing struct{ to http.ResponseWriter }

func (f flushing) Write(b []byte) (int, error) {
	n, err := f.to.Write(b)
	if err != nil {
		return n, err
	}
	return n, http.NewResponseController(f.to).Flush()
}

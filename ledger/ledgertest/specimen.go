package ledgertest

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/nonbis/nonbis"
)

// The times of the suite's effects.
const (
	lease    = 30 * time.Second
	patience = 2 * time.Minute // the deadline of an attempt
	settle   = 10 * time.Second
	window   = 24 * time.Hour // of provider keys and of conversations
)

var (
	owner      = nonbis.Owner{Machine: "machine", Boot: "boot", Space: "space", PID: 4711, Started: "12345", Lock: "/run/lock"}
	unkeyed    = nonbis.TermsRecord{}
	keyed      = nonbis.TermsRecord{KeyWindow: window}
	verifiable = nonbis.TermsRecord{Verify: true, Settle: settle}
)

// hash is a digest of a name, for whatever needs one.
func hash(name string) [sha256.Size]byte { return sha256.Sum256([]byte(name)) }

// intent asks for a new effect, which nothing but a person can settle once it is
// unknown.
func (l *lab) intent(change ...func(*nonbis.Intent)) nonbis.Intent {
	in := nonbis.Intent{
		Name: nonbis.Name{
			Namespace: "test", Task: fmt.Sprintf("task-%d", l.made.Add(1)), Operation: "test.send",
			Identity: nonbis.Identity{Kind: nonbis.IdentityFields, Digest: hash("identity")}, Occurrence: 1,
		},
		Summary: "a summary", Fingerprint: hash("payload"), Token: nonbis.NewToken(), Owner: owner, Lease: lease, Deadline: patience, Send: true,
		Digest: hash("bytes"), Request: []byte("bytes"), Credential: []byte("credential"),
	}
	for _, f := range change {
		f(&in)
	}
	return in
}

// under gives an intent other terms.
func under(t nonbis.TermsRecord) func(*nonbis.Intent) {
	return func(in *nonbis.Intent) { in.Terms = t }
}

// unsent makes an intent stop short of sending.
func unsent(in *nonbis.Intent) { in.Send = false }

// another is the same intent of another caller.
func another(in nonbis.Intent, change ...func(*nonbis.Intent)) nonbis.Intent {
	in.Token = nonbis.NewToken()
	in.Owner.PID++
	for _, f := range change {
		f(&in)
	}
	return in
}

// specimen is an effect that was brought into a state. Its fence is of the
// latest claim, whose intent it is.
type specimen struct {
	nonbis.Intent
	fence int64
	r     *nonbis.Record
}

// event is what the owner would ask for.
func (s specimen) event(e nonbis.Event, change ...func(*nonbis.Transition)) nonbis.Transition {
	t := nonbis.Transition{
		ID: s.r.ID, Event: e, Fence: s.fence, Token: s.Token, Revision: s.r.Revision,
		Lease: lease, Deadline: patience, Digest: s.Digest, Request: s.Request,
	}
	for _, f := range change {
		f(&t)
	}
	return t
}

// report is what the owner says came of it.
func (s specimen) report(o nonbis.Outcome, change ...func(*nonbis.Transition)) nonbis.Transition {
	t := s.event(nonbis.EventReport, change...)
	t.Outcome, t.Note = o, "so says the owner"
	return t
}

// gone is the news that the owner is.
func (s specimen) gone() nonbis.Transition {
	return s.event(nonbis.EventLapse, func(t *nonbis.Transition) { t.Gone = true })
}

// resolve is a person's decision.
func (s specimen) resolve(o nonbis.Outcome) nonbis.Transition {
	t := s.event(nonbis.EventResolve)
	t.Outcome, t.Note = o, "so says a person"
	return t
}

// start claims an effect.
func (l *lab) start(in nonbis.Intent) specimen {
	l.t.Helper()
	r := l.granted(in)
	return specimen{Intent: in, fence: r.Fence, r: r}
}

// then is the specimen after a transition that must succeed.
func (l *lab) then(s specimen, t nonbis.Transition) specimen {
	l.t.Helper()
	s.r = l.must(t)
	return s
}

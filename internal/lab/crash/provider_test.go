//go:build linux

package crash_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nonbis/nonbis/internal/lab/judge"
)

// provider is where effects happen. What it received and what it applied is on
// its disk before it answers. It honours keys.
type provider struct {
	address, path string
	listener      net.Listener
	over          sync.WaitGroup

	mu      sync.Mutex
	log     *os.File
	random  *rand.Rand
	refuses int // of a hundred requests
	delays  time.Duration
	applied map[string]string // effect → value
	keyed   map[string]string // key → value

	onReceived func() // before it applies anything; may be nil
}

func newProvider(dir string, r *rand.Rand) (*provider, error) {
	p := &provider{
		address: filepath.Join(dir, "provider"), path: filepath.Join(dir, "provider.jsonl"), random: r,
		applied: map[string]string{}, keyed: map[string]string{},
	}
	var err error
	if p.log, err = os.OpenFile(p.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	if p.listener, err = net.Listen("unix", p.address); err != nil {
		return nil, err
	}
	p.over.Go(func() {
		for {
			conn, err := p.listener.Accept()
			if err != nil {
				return
			}
			p.over.Go(func() { p.serve(conn) })
		}
	})
	return p, nil
}

// close waits until everything that was received has been applied.
func (p *provider) close() error {
	err := p.listener.Close()
	p.over.Wait()
	return errors.Join(err, p.log.Close())
}

type request struct {
	Look   bool   `json:"look"`
	Effect string `json:"effect"`
	Fence  int64  `json:"fence"`
	Key    string `json:"key"`
	Body   string `json:"body"`
}

type answer struct {
	Applied bool   `json:"applied"`
	Value   string `json:"value"`
}

func (p *provider) serve(conn net.Conn) {
	defer conn.Close()
	var q request
	if json.NewDecoder(conn).Decode(&q) != nil {
		return // its sender died before it had sent all
	}
	var a answer
	if q.Look {
		p.mu.Lock()
		a.Value, a.Applied = p.applied[q.Effect]
		p.mu.Unlock()
	} else {
		a = p.apply(q)
	}
	_ = json.NewEncoder(conn).Encode(a) // nobody may be there any more
}

func (p *provider) apply(q request) (a answer) {
	p.mu.Lock()
	p.write(judge.Event{What: "received", Effect: q.Effect, Fence: q.Fence, Key: q.Key, Body: q.Body})
	refused := p.random.IntN(100) < p.refuses
	var delay time.Duration
	if p.delays > 0 {
		delay = time.Duration(p.random.Int64N(int64(p.delays)))
	}
	p.mu.Unlock()
	if p.onReceived != nil {
		p.onReceived()
	}
	if refused {
		return answer{}
	}
	if delay > 0 {
		<-time.After(delay)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if value, known := p.keyed[q.Key]; known && q.Key != "" {
		return answer{Applied: true, Value: value}
	}
	a = answer{Applied: true, Value: fmt.Sprintf("%016x", p.random.Uint64())}
	p.applied[q.Effect], p.keyed[q.Key] = a.Value, a.Value
	p.write(judge.Event{What: "applied", Effect: q.Effect, Fence: q.Fence, Key: q.Key, Body: q.Body, Value: a.Value})
	if err := p.log.Sync(); err != nil {
		panic(err)
	}
	return a
}

func (p *provider) write(e judge.Event) {
	e.At = time.Now().UnixNano()
	line, err := json.Marshal(e)
	if err == nil {
		_, err = p.log.Write(append(line, '\n'))
	}
	if err != nil {
		panic(err) // a provider without a log proves nothing
	}
}

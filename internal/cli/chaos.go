package cli

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis/internal/simulator"
)

type chaosOptions struct {
	upstream, rate, listen, log string
	faults, methods             []string
	seed                        uint64
	drawSeed                    bool // none was given
	json                        bool
}

// chaosView is the contract of the first line of chaos --json.
type chaosView struct {
	URL    string               `json:"url"`
	Faults []simulator.NetFault `json:"faults"`
	Rate   float64              `json:"rate"`
	Seed   uint64               `json:"seed"`
}

// chaosSummary is the contract of the last line of chaos --json.
type chaosSummary struct {
	Received uint64                     `json:"received"`
	Reached  uint64                     `json:"reached_upstream"`
	Faults   map[simulator.NetFault]int `json:"faults"`
	Repeated int                        `json:"repeated"`           // requests that came more than once
	Doubled  int                        `json:"reached_repeatedly"` // of these, that reached the upstream more than once
	Requests []simulator.Repeat         `json:"requests"`           // those that came more than once
}

const (
	chaosPatience = time.Second      // after which the caller of a late request is dropped
	chaosDelay    = 5 * time.Second  // after which it is delivered then
	chaosGrace    = 10 * time.Second // for what is in hand at the end
)

func newChaosCommand(g *globals) *cobra.Command {
	var o chaosOptions
	cmd := &cobra.Command{
		Use:     "chaos --upstream URL [flags]",
		GroupID: groupRun,
		Short:   "Lose replies between a caller and a server, and count what arrives twice",
		Long: `Pass requests on to URL and let some of them go wrong on the way, as networks and
providers do. The first line of stdout is the address to use instead of URL. Each
fault is a line on stderr. Ctrl-C ends it with a summary: how often what the caller
sent more than once (the same method, path, query and body) reached URL. Once is
one effect; twice is two, unless URL tells repetitions by a key.

A request is sent on once at most: what arrives twice was sent twice by the caller.

The faults:
  lost-reply          it reached URL, which answered; the connection is dropped
  lost-request        the connection is dropped, and nothing is sent on
  cut-reply           it reached URL, which answered; the reply breaks off
  late                the connection is dropped after 1s; it reaches URL 5s later
  error-after-commit  it reached URL, which answered; the caller gets 500
  too-many            429 with Retry-After, and nothing is sent on
  conflict            409, and nothing is sent on`,
		Example: `nonbis chaos --upstream http://127.0.0.1:8080 --rate 1
nonbis chaos --upstream https://api.example.com --fault lost-reply,late --rate 0.3 --seed 7`,
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.drawSeed = !cmd.Flags().Changed("seed")
			return runChaos(cmd.Context(), g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.upstream, "upstream", "", "the `URL` that requests are passed on to; its path comes before theirs")
	f.StringSliceVar(&o.faults, "fault", []string{string(simulator.NetLostReply)}, "what goes wrong: a `FAULT` of the list above; may be repeated, or a list with\ncommas; default lost-reply")
	f.StringVar(&o.rate, "rate", "0.3", "the `RATE` of requests with a fault, from 0 to 1; default 0.3")
	f.StringSliceVar(&o.methods, "methods", []string{"POST", "PUT", "PATCH", "DELETE"}, "only requests with one of these `METHODS` go wrong; default POST,PUT,PATCH,DELETE")
	f.Uint64Var(&o.seed, "seed", 0, "draw from this `SEED`: the same requests in the same order get the same faults;\ndefault: another each time, which stderr names")
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "the `ADDRESS` to listen on; default 127.0.0.1 and a free port")
	f.StringVar(&o.log, "log", "", "append each step to this `FILE` before the caller is answered, as JSON lines\nwithout headers, queries and bodies")
	f.BoolVar(&o.json, "json", false, "two JSON objects on stdout: url, faults, rate, seed; and at the end received,\nreached_upstream, faults, repeated, reached_repeatedly, requests")
	var names []string
	for _, fault := range simulator.NetFaults() {
		names = append(names, string(fault))
	}
	complete(cmd, "fault", names)
	exits(cmd, "0  it was ended by Ctrl-C or SIGTERM", "1  it could not listen, or the log could not be written", "2  the command line is wrong")
	return cmd
}

func runChaos(ctx context.Context, g *globals, o chaosOptions) (err error) {
	options, err := o.proxy(g)
	if err != nil {
		return err
	}
	if o.log != "" {
		file, openErr := simulator.OpenLog(o.log)
		if openErr != nil {
			return fmt.Errorf("--log: %w", openErr)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		options.Log = func(e simulator.Entry) error {
			if err := file.Append(e); err != nil {
				return fmt.Errorf("--log: %w; nothing more is sent on", err)
			}
			g.tellFault(e)
			return nil
		}
	}
	proxy, err := simulator.NewProxy(options)
	if err != nil {
		return &usageError{err}
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var network net.ListenConfig
	l, err := network.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	if at, err := netip.ParseAddrPort(l.Addr().String()); err == nil && !at.Addr().IsLoopback() {
		g.notice("whoever can reach %s can send to the upstream through it", at)
	}
	if err := g.printChaos(l.Addr(), options, o); err != nil {
		return errors.Join(err, l.Close())
	}
	context.AfterFunc(ctx, stop) // a second signal ends at once
	err = proxy.Serve(ctx, l)
	return errors.Join(err, g.printChaosSummary(proxy.Summary(), o.json))
}

// proxy checks the command line, and says what it asks for.
func (o chaosOptions) proxy(g *globals) (p simulator.ProxyOptions, err error) {
	if o.upstream == "" {
		return p, usagef("chaos needs --upstream URL, as in --upstream http://127.0.0.1:8080")
	}
	p.Upstream, err = url.Parse(o.upstream)
	if malformed, ok := errors.AsType[*url.Error](err); ok {
		return p, usagef("--upstream: %w", malformed.Err) // without the URL, which may hold a password
	}
	if err := simulator.CheckUpstream(p.Upstream); err != nil {
		return p, usagef("--upstream: %w", err)
	}
	for _, name := range o.faults {
		fault, err := simulator.ParseNetFault(strings.TrimSpace(name))
		if err != nil {
			return p, usagef("--fault: %w", err)
		}
		if !slices.Contains(p.Faults, fault) {
			p.Faults = append(p.Faults, fault)
		}
	}
	p.Rate, err = strconv.ParseFloat(o.rate, 64)
	if err != nil || !(p.Rate >= 0 && p.Rate <= 1) { // NaN is neither
		return p, usagef("--rate: %q is not a rate: want a number from 0 to 1", cut(o.rate, 80))
	}
	if p.Methods, err = parseMethods(o.methods); err != nil {
		return p, err
	}
	if _, _, err := net.SplitHostPort(o.listen); err != nil {
		return p, usagef("--listen: %q is not an address: want HOST:PORT, as in 127.0.0.1:8080", cut(o.listen, 80))
	}
	p.Seed, p.Now = o.seed, now
	p.Patience, p.Delay, p.Grace = chaosPatience, chaosDelay, chaosGrace
	if o.drawSeed {
		p.Seed = uint64(rand.Uint32()) //nolint:gosec // it is shown, and short enough to type
	}
	p.Log = func(e simulator.Entry) error { g.tellFault(e); return nil }
	return p, nil
}

func parseMethods(names []string) (methods []string, err error) {
	for _, name := range names {
		method := strings.ToUpper(strings.TrimSpace(name))
		if method == "" || strings.ContainsFunc(method, func(c rune) bool { return (c < 'A' || c > 'Z') && c != '-' }) {
			return nil, usagef("--methods: %q is not a method: want a list like POST,PUT,PATCH,DELETE", cut(name, 80))
		}
		methods = append(methods, method)
	}
	if len(methods) == 0 {
		return nil, usagef("--methods names none: want a list like POST,PUT,PATCH,DELETE")
	}
	return methods, nil
}

func (g *globals) printChaos(at net.Addr, p simulator.ProxyOptions, o chaosOptions) error {
	v := chaosView{URL: "http://" + at.String(), Faults: p.Faults, Rate: p.Rate, Seed: p.Seed}
	if o.json {
		return writeJSON(g.Stdout, v)
	}
	if o.drawSeed {
		g.notice("--seed %d draws these faults again", p.Seed)
	}
	_, err := fmt.Fprintln(g.Stdout, v.URL)
	return err
}

// tellFault says in a line what went wrong with a request, and what is true of it.
func (g *globals) tellFault(e simulator.Entry) {
	if e.What != simulator.Given || e.Fault == simulator.NetNone {
		return
	}
	upstream := fmt.Sprintf("the upstream answered %d", e.Upstream)
	caller := fmt.Sprintf("the caller gets %d", e.Status)
	switch e.Fault {
	case simulator.NetLostReply, simulator.NetErrorAfterCommit:
	case simulator.NetCutReply:
		caller = fmt.Sprintf("the caller gets %d of %d bytes", e.Bytes, e.Whole)
	case simulator.NetLate:
		upstream = "it reaches the upstream later"
	case simulator.NetLostRequest, simulator.NetTooMany, simulator.NetConflict:
		upstream = "nothing was sent on"
	case simulator.NetNone:
	}
	switch {
	case e.Status == 0 && e.Fault == simulator.NetCutReply:
		caller = "the caller gets a part of its head"
	case e.Status == 0:
		caller = "the caller gets nothing"
	}
	g.notice("%s: request %d, %s %s: %s, %s", e.Fault, e.Request, e.Method, e.Path, upstream, caller)
}

func (g *globals) printChaosSummary(s simulator.Summary, asJSON bool) error {
	v := chaosSummary{Received: s.Received, Reached: s.Reached, Faults: s.Faults, Repeated: len(s.Repeats), Requests: s.Repeats}
	for _, r := range s.Repeats {
		if r.Reached > 1 {
			v.Doubled++
		}
	}
	if asJSON {
		if v.Requests == nil {
			v.Requests = []simulator.Repeat{}
		}
		return writeJSON(g.Stdout, v)
	}
	const most = 20 // of the lines about single requests
	var b strings.Builder
	fmt.Fprintf(&b, "received              %d\nreached the upstream  %d\n", v.Received, v.Reached)
	for _, fault := range simulator.NetFaults() {
		if n := v.Faults[fault]; n > 0 {
			fmt.Fprintf(&b, "%-20s  %d\n", fault, n)
		}
	}
	fmt.Fprintf(&b, "repeated              %d, of which %d reached the upstream more than once\n", v.Repeated, v.Doubled)
	for i, r := range v.Requests {
		if i == most {
			fmt.Fprintf(&b, "  and %d more; --json has all\n", len(v.Requests)-most)
			break
		}
		fmt.Fprintf(&b, "  %s %s (%s): sent %d times by the caller, reached the upstream %s\n",
			safe(r.Method), safe(cut(r.Path, 80)), r.Same[:8], r.Received, times(r.Reached))
	}
	_, err := fmt.Fprint(g.Stdout, b.String())
	return err
}

// times is how often something happened.
func times(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

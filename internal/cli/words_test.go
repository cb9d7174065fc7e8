package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/setup"
)

func TestAgesAreParsed(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"30d": 30 * day, "2w": 14 * day, "12h": 12 * time.Hour, "1d12h": 36 * time.Hour, "1w1d1h30m": 8*day + 90*time.Minute, "0s": 0, "0d": 0,
	} {
		if got, err := parseAge(text); err != nil || got != want {
			t.Errorf("%q: %v %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "30", "d", "-1d", "-5h", "1.5d", "1d-2h", "1y", "99999999999d", "106752d", "4294967295w", "1h1d", "ten days", "1d 2h"} {
		if got, err := parseAge(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}

func TestAgoHasOneUnit(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for want, d := range map[string]time.Duration{
		"now": 900 * time.Millisecond, "59s ago": 59 * time.Second, "1m ago": time.Minute, "59m ago": 59*time.Minute + 59*time.Second,
		"1h ago": time.Hour, "47h ago": 47 * time.Hour, "2d ago": 48 * time.Hour, "99d ago": 99 * 24 * time.Hour, "2026-01-01": (31*10 + 17) * 24 * time.Hour,
	} {
		if got := ago(now, now.Add(-d)); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	if got := ago(now, now.Add(time.Hour)); got != "now" {
		t.Errorf("the future is %q", got)
	}
	if got := ago(now, time.Time{}); got != "-" {
		t.Errorf("never is %q", got)
	}
}

func TestMisspeltNamesAreFound(t *testing.T) {
	names := []string{"ls", "list", "show", "tail", "resolve", "prune", "operation", "task"}
	for word, want := range map[string]string{
		"lst": "ls", "shwo": "show", "resolv": "resolve", "res": "resolve", "operaton": "operation", "taks": "task", "zzz": "", "": "",
		strings.Repeat("x", 1000): "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("%.20q: %q, want %q", word, got, want)
		}
	}
}

func TestShellWordsAreQuoted(t *testing.T) {
	for text, want := range map[string]string{
		"./a b.db": `'./a b.db'`, "/x/y.db": "/x/y.db", "": "''", "it's": `'it'\''s'`, "$(rm)": "'$(rm)'", "-x": "-x",
	} {
		if got := quoted(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestExitStatuses(t *testing.T) {
	plain, run := &cobra.Command{}, &cobra.Command{}
	exitsByKind(run)
	unknown := &nonbis.Error{Kind: nonbis.ErrUnknown}
	for _, test := range []struct {
		err        error
		plain, run int
	}{
		{errors.New("x"), 1, 125},
		{usagef("x"), 2, 125},
		{&usageError{nonbis.Errorf(nonbis.ErrUnknown, "x")}, 2, 125},
		{unknown, 1, 117},
		{fmt.Errorf("more: %w", unknown), 1, 117},
		{nonbis.ErrInFlight, 1, 118},
		{nonbis.ErrMismatch, 1, 119},
		{nonbis.ErrUnavailable, 1, 125},
		{nonbis.ErrNotFound, 1, 1},
		{&setup.MissingError{Path: "x"}, 1, 1},
		{&exitError{7, errors.New("x")}, 7, 7},
		{&exitError{status: 7}, 7, 7},
	} {
		if got := exitStatusOf(plain, test.err); got != test.plain {
			t.Errorf("%v: exit %d, want %d", test.err, got, test.plain)
		}
		if got := exitStatusOf(run, test.err); got != test.run {
			t.Errorf("%v of run: exit %d, want %d", test.err, got, test.run)
		}
	}
}

func TestAgentsAreToldByTheirEnvironment(t *testing.T) {
	for entry, want := range map[string]string{
		"CLAUDECODE=1": "Claude Code", "CLAUDE_CODE_SESSION_ID=x": "Claude Code", "CODEX_THREAD_ID=x": "Codex", "CODEX_SANDBOX=seatbelt": "Codex",
		"OPENCODE=1": "OpenCode", "OPENCODE_PID=1": "OpenCode", "NONBIS_EFFECT=nb_x": "a command of nonbis run", "AI_AGENT=x": "an agent",
		"CLAUDECODE=": "", "CODEX_HOME=/x": "", "OPENCODE_CONFIG_DIR=/x": "", "GEMINI_API_KEY=x": "", "XCLAUDECODE=1": "", "PATH=/bin": "",
	} {
		if got, _ := agentIn([]string{"HOME=/x", entry}); got != want {
			t.Errorf("%s: %q, want %q", entry, got, want)
		}
	}
}

package cli

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nonbis/nonbis/internal/setup"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"nonbis": func() { os.Exit(Main(context.Background(), os.Args[1:], scriptStreams())) },
		"post":   func() { os.Exit(scriptPost(os.Args[1:])) },
	})
}

// scriptStreams are the process's, on a file system that the script names in
// SCRIPT_FILESYSTEM: what the folder for temporary files lies on must not matter.
func scriptStreams() Streams {
	kinds := map[string]setup.FileSystem{"memory": setup.Memory, "overlay": setup.Overlay, "user": setup.User, "network": setup.Network}
	kind := kinds[os.Getenv("SCRIPT_FILESYSTEM")]
	return Streams{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(),
		FileSystem: func(string) (setup.FileSystem, error) { return kind, nil },
	}
}

// TestScript runs the specification of the command line. A script has a home of
// its own, a ledger named by NONBIS_LEDGER that does not exist yet, and no
// terminal; ttyin -stdin with 2>/dev/tty gives it one.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, "home")
			e.Setenv("HOME", home)
			e.Setenv("TZ", "UTC")
			e.Setenv("TERM", "xterm")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // else each process lingers a second
			e.Setenv("ESC", "\x1b")                 // for hostile text
			e.Setenv("BIDI", "\u202e")              // right to left from here on
			e.Setenv("LONG", strings.Repeat("x", 100_000))
			e.Setenv("NONBIS_LEDGER", filepath.Join(e.WorkDir, "ledger.db"))
			return os.Mkdir(home, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"effect":   scriptEffect,
			"sql":      scriptSQL,
			"status":   scriptStatus,
			"upstream": scriptUpstream,
			"waitfor":  scriptWaitFor,
		},
		Condition: func(name string) (bool, error) {
			if name == "root" { // to whom the rights of files do not apply
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
	})
}

// scriptStatus is "status N PROGRAM ARGS…": it runs the program, which must exit
// with N; stdout and stderr are then its outputs.
func scriptStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program args...")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		m := regexp.MustCompile(`^exit status (\d+)$`).FindStringSubmatch(err.Error())
		if m == nil {
			ts.Fatalf("%v", err)
		}
		got = m[1]
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// scriptWaitFor is "waitfor FILE PATTERN": it waits until a file matches, which a
// process in the background writes.
func scriptWaitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfor file pattern")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	deadline := time.Now().Add(20 * time.Second)
	for {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && pattern.Match(text) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s does not match %q: %v\n%s", args[0], args[1], err, text)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// scriptSQL is "sql STATEMENT…": it changes the ledger NONBIS_LEDGER behind its
// back, and leaves all of it in the one file.
func scriptSQL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: sql statement...")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(ts.Getenv("NONBIS_LEDGER")))
	ts.Check(err)
	for _, statement := range append(args, "PRAGMA wal_checkpoint(TRUNCATE)") {
		if _, err = db.Exec(statement); err != nil {
			break
		}
	}
	ts.Check(errors.Join(err, db.Close()))
}

// scriptUpstream is "upstream FILE": it serves HTTP at the address $UPSTREAM until the
// script ends. Each request is a line of FILE, method, path and body, before it is
// answered.
func scriptUpstream(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: upstream file")
	}
	file, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(file, "%s %s %s\n", r.Method, r.URL.Path, body)
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintln(w, `{"ok":true}`)
	}))
	ts.Defer(func() { server.Close(); _ = file.Close() })
	ts.Setenv("UPSTREAM", server.URL)
}

// scriptPost is the program "post URL BODY": it sends once, and prints the answer's
// status and body. It exits with 1 when there is no whole answer.
func scriptPost(args []string) int {
	if len(args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: post url body")
		return 2
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	reply, err := client.Post(args[0], "text/plain", strings.NewReader(args[1]))
	var body []byte
	if err == nil {
		body, err = io.ReadAll(reply.Body)
		err = errors.Join(err, reply.Body.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no answer")
		return 1
	}
	fmt.Printf("%d %s\n", reply.StatusCode, bytes.TrimSpace(body))
	return 0
}

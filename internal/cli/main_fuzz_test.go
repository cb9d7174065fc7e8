package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nonbis/nonbis/internal/setup"
)

// words are what a command line is made of. The last is the text of the input.
var words = strings.Fields(`run ls show tail id resolve prune token operator ledger verify accept doctor completion version help bash
	--task --key --repeat --operation --stdin --lease --wait --settle --not-applied --verify --status --quiet --secret-args --namespace
	--ledger --config --log-level --log-format --json --held --limit --state --yes --note --result --operator-token --all --before --dry-run
	--help -h -- - = --task= --wait=1ms --lease=1s applied not-applied any t k 0 1 75 1s -1s debug json ./effect ledger.db nb_a TEXT`)

// FuzzMain gives any command line to the program, in a folder of its own. It never
// panics, ends with a status that is documented, and runs the command of the folder
// at most when the status says that something may have run.
func FuzzMain(f *testing.F) {
	line := func(text string, of ...string) {
		code := make([]byte, len(of))
		for i, w := range of {
			n := slices.Index(words, w)
			if n < 0 {
				f.Fatalf("%s is no word", w)
			}
			code[i] = byte(n)
		}
		f.Add(code, text)
	}
	line("", "run", "--task", "t", "--", "./effect")
	line("x", "run", "--task", "TEXT", "--wait", "-1s", "./effect")
	line("300", "run", "--task=", "--not-applied", "TEXT", "./effect")
	line("e", "run", "--task", "t", "--status", "TEXT", "--key", "k", "./effect")
	line("nb_a", "show", "TEXT", "--json")
	line("", "resolve", "nb_a", "applied", "--yes")
	line("30d", "prune", "--before", "TEXT", "--dry-run")
	line("--taks", "TEXT", "help", "-h")
	f.Fuzz(func(t *testing.T, code []byte, text string) {
		// The text may name a file of the folder, but no other, and no shell command.
		text = strings.Map(func(c rune) rune {
			if strings.ContainsRune("/\x00 \t\n;|&<>()$`'\"\\*?[]{}~#!%^", c) {
				return '_'
			}
			return c
		}, text)
		args := make([]string, 0, 12)
		for _, b := range code[:min(len(code), 12)] {
			w := words[int(b)%len(words)]
			if w == "TEXT" {
				w = text
			}
			args = append(args, w)
		}
		if slices.ContainsFunc(args, func(a string) bool { return a == "demo" || a == "chaos" || a == "kill" }) {
			return // they start programs of their own
		}
		dir := t.TempDir()
		t.Chdir(dir)
		if err := os.WriteFile("effect", []byte("#!/bin/sh\necho x >>ran\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		status := Main(ctx, args, Streams{
			Stdin: strings.NewReader(text), Stdout: io.Discard, Stderr: io.Discard,
			Environ:    []string{"HOME=" + dir, "PATH=" + filepath.Join(dir, "bin"), "NONBIS_LEDGER=" + filepath.Join(dir, "ledger.db")},
			FileSystem: func(string) (setup.FileSystem, error) { return setup.Disk, nil },
		})
		_, err := os.Stat("ran")
		ran := err == nil
		switch status {
		case 0: // it ran, or there was nothing to run
		case 1, 2, 118, 119, 125, 126, 127:
			if ran {
				t.Errorf("%q: status %d, and yet it ran", args, status)
			}
		case 116, 117:
		default:
			t.Errorf("%q: status %d is not documented", args, status)
		}
	})
}

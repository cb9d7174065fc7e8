package setup

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNamespace(t *testing.T) {
	for _, test := range []struct{ given, env, want string }{
		{"", "", "default"}, {"", "b", "b"}, {"a", "b", "a"},
	} {
		if got, err := Namespace(test.given, env("NONBIS_NAMESPACE="+test.env)); err != nil || got != test.want {
			t.Errorf("%q, %q: %q %v, want %q", test.given, test.env, got, err, test.want)
		}
	}
	for _, bad := range []string{"\x1b", " a", strings.Repeat("x", 129), "\xff"} {
		if _, err := Namespace(bad, env()); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestLoggerKeepsARecordOnOneLine(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var b bytes.Buffer
		log, err := Logger(&b, format, "warn")
		if err != nil {
			t.Fatal(err)
		}
		log.Info("not shown")
		log.Warn("a\nb", slog.String("task", "x\r\n\x1b[31m"))
		if got := b.String(); strings.Count(got, "\n") != 1 || strings.ContainsAny(got, "\r\x1b") {
			t.Errorf("%s: %q", format, got)
		}
	}
	for _, bad := range [][2]string{{"xml", "warn"}, {"", "warn"}, {"text", ""}, {"text", "loud"}} {
		if _, err := Logger(&bytes.Buffer{}, bad[0], bad[1]); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestConfigurations(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, ".config/nonbis/config.yaml")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	none, here := env(), env("HOME="+home)
	if err := CheckConfig("", here); err != nil {
		t.Errorf("none is there: %v", err)
	}
	if err := CheckConfig(file, none); err == nil {
		t.Error("one that was named is missing")
	}
	for text, ok := range map[string]bool{"": true, "# a\n---\n\n": true, "a: 1\n": false, "#\n x: 1": false, "{}": false} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{CheckConfig("", here), CheckConfig(file, none), CheckConfig("", env("NONBIS_CONFIG="+file))} {
			if (err == nil) != ok {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}

package command_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/nonbis/nonbis/internal/command"
)

func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	// Token shapes are put together here so that no scanner takes them for real.
	stripe, slack, github := "sk_"+"live_51Habc", "xox"+"b-12-34-abc", "gh"+"p_abcdef0123"
	jwt := "ey" + "JhbGciOi.eyJzdWIi.c2ln"
	for _, test := range []struct{ name, args, want string }{
		{"nothing secret", `curl -sS -X POST https://api.example.com:8443/v1/x?page=2 -d {"amount":100}`, `curl -sS -X POST https://api.example.com:8443/v1/x?page=2 -d {"amount":100}`},
		{"separate values", `x --password p --token t --secret s --api-key k -y`, `x --password *** --token *** --secret *** --api-key *** -y`},
		{"attached values", `x --password=p --db-passwd=p --clientSecret=s --api_key=k --verbose=1`, `x --password=*** --db-passwd=*** --clientSecret=*** --api_key=*** --verbose=1`},
		{"any case", `x --PASSWORD p -Token t`, `x --PASSWORD *** -Token ***`},
		{"a doubtful name", `x --oauth-thing v --credentials-file f`, `x --oauth-thing *** --credentials-file ***`},
		{"a value that looks like a flag", `x --password -p --verbose`, `x --password *** --verbose`},
		{"a value that is a secret flag", `x --auth --password p`, `x --auth *** ***`},
		{"an assignment without a value", `x --token= t password= p`, `x --token= *** password= ***`},
		{"variables", `env DB_PASSWORD=p STRIPE_API_KEY=k REGION=eu PGPASSWORD=p x`, `env DB_PASSWORD=*** STRIPE_API_KEY=*** REGION=eu PGPASSWORD=*** x`},
		{"headers", `curl -H Authorization:␣Basic␣dTpw -H X-Api-Key:␣k --header Cookie:␣a=b -HX-Auth:t -H Accept:␣text/html`, `curl -H Authorization:␣*** -H X-Api-Key:␣*** --header Cookie:␣*** -HX-Auth:*** -H Accept:␣text/html`},
		{"a header that lost its quotes", `curl -H Authorization: Bearer abc`, `curl -H Authorization: *** ***`},
		{"query", `curl https://h/x?a=1&access_token=t&b=2`, `curl https://h/x?a=1&access_token=***`},
		{"body", `curl -d {"user":"u","password":"p","x":1}`, `curl -d {"user":"u","password":***`},
		{"escaped body", `sh -c curl␣-d␣"{\"token\":\"t\"}"`, `sh -c curl␣-d␣"{\"token\":***`},
		{"form with brackets", `curl -d user[secret]=s`, `curl -d user[secret]=***`},
		{"script", `sh -c mysql␣--password␣p␣-e␣'select␣1'`, `sh -c mysql␣--password␣***`},
		{"script with a user", `sh -c curl␣-u␣me:p␣https://h`, `sh -c curl␣-u␣me:***`},
		{"prose is no flag", `git commit -m re-token␣the␣parser`, `git commit -m re-token␣the␣parser`},
		{"URL", `psql postgres://me:p%40ss@db:5432/x`, `psql postgres://me:***@db:5432/x`},
		{"URL with a password full of marks", `psql postgres://me:p@/:s@db/x`, `psql postgres://me:***@db/x`},
		{"URL without a user", `redis-cli -u redis://:p@h:1`, `redis-cli -u redis:***`},
		{"URL with a name only", `git clone ssh://git@example.com/r`, `git clone ssh://git@example.com/r`},
		{"URL with a key for a name", `x https://0123456789abcdef0123456789abcdef@sentry.example/1`, `x https://***@sentry.example/1`},
		{"data source name", `x me:p/q@tcp(db:3306)/shop`, `x me:***@tcp(db:3306)/shop`},
		{"basic auth", `curl -u me:p -sU me:p --user me:p --user=me:p -ume:p https://h`, `curl -u me:*** -sU me:*** --user me:*** --user=me:*** -ume:*** https://h`},
		{"a key for a user", `curl -u 0123456789abcdef: https://0123456789abcdef0123456789abcdef:x@h`, `curl -u *** https://***@h`},
		{"user without a password", `sudo -u me x`, `sudo -u me x`},
		{"well-known tokens", `x ` + stripe + ` a:` + slack + ` my` + github + `,b ` + jwt, `x *** a:*** my***,b ***`},
		{"bearer", `x Bearer␣abc.def␣rest "bearer␣abc"`, `x Bearer␣***␣rest "bearer␣***"`},
		{"webhook address", `curl https://hooks.` + `slack.com/services/T0/B0/abc`, `curl https://hooks.slack.com/***`},
		{"private key", `x -----BEGIN␣RSA␣PRIVATE␣KEY-----abc`, `x -----BEGIN␣RSA␣PRIVATE␣KEY-----***`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := strings.Split(test.args, " ") // ␣ is a space within an argument
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "␣", " ")
			}
			got := strings.ReplaceAll(strings.Join(command.Masked(args), "\x00"), " ", "␣")
			if diff := cmp.Diff(test.want, strings.ReplaceAll(got, "\x00", " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryTokenShapeIsMasked(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{
		"sk_" + "live_", "sk_" + "test_", "rk_" + "live_", "whsec" + "_", "xox" + "b-", "xox" + "p-", "xap" + "p-1-",
		"gh" + "p_", "gh" + "s_", "github" + "_pat_", "glp" + "at-", "AK" + "IA", "AS" + "IA", "AIz" + "a",
		"ya" + "29.", "sk-" + "ant-", "SG" + ".ABCDEFGHIJ.", "np" + "m_", "h" + "f_", "ey" + "J", "Bearer ", "basic ",
	} {
		secret := "CANARY0123456789ABCDEFGH"
		for _, format := range []string{"%s", "a %s b", `"%s"`, "https://h/%s", "x=%s", "x:%s", "x/%s,y"} {
			arg := fmt.Sprintf(format, prefix+secret)
			if got := command.Masked([]string{arg})[0]; strings.Contains(got, "CANARY") {
				t.Errorf("%q is shown as %q", arg, got)
			}
		}
	}
}

func TestMaskedIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 1000)
	got := command.Masked([]string{"x", "a" + long, "b" + long})
	if len(got) != 3 {
		t.Fatalf("%d arguments", len(got))
	}
	for _, arg := range got {
		if len(arg) > 256 || !utf8.ValidString(arg) {
			t.Errorf("%d bytes: %q", len(arg), arg)
		}
	}
	if want := "…(+1762 bytes)"; !strings.HasSuffix(got[1], want) {
		t.Errorf("got %q, want an end of %q", got[1], want)
	}

	// The @ that tells a password is too far away to be looked for.
	halves := command.Masked([]string{"x", strings.Repeat("ey"+"J"+strings.Repeat("a", 1000)+" ", 8) + "http://u:CANARY" + strings.Repeat("p", 1000) + "@h"})
	if strings.Contains(halves[1], "CANARY") || !strings.Contains(halves[1], "bytes)") {
		t.Errorf("got %q", halves[1])
	}

	many := strings.Fields(strings.Repeat("argument ", 10000))
	got = command.Masked(many)
	if size := len(strings.Join(got, " ")); size > 4096 || size < 3900 {
		t.Errorf("%d bytes in total", size)
	}
	if want := fmt.Sprintf("…(+%d arguments)", len(many)-len(got)+1); got[len(got)-1] != want {
		t.Errorf("got %q, want %q", got[len(got)-1], want)
	}
}

func TestMaskedLeavesTheArgumentsAlone(t *testing.T) {
	t.Parallel()
	args := []string{"x", "--password", "p"}
	command.Masked(args)
	if diff := cmp.Diff([]string{"x", "--password", "p"}, args); diff != "" {
		t.Error(diff)
	}
	if encoded, _ := json.Marshal(command.Masked(nil)); string(encoded) != "[]" {
		t.Errorf("nothing is %s", encoded)
	}
}

func FuzzSecretAfterAFlagIsNeverShown(f *testing.F) {
	const canary = "CANARY7f3a"
	words := []string{"password", "passwd", "secret", "token", "api-key", "apikey", "auth", "credential", "Authorization", "API_KEY"}
	forms := []func(name, around string) []string{
		func(name, around string) []string { return []string{"--" + name, canary, around} },
		func(name, around string) []string { return []string{"-" + name, around + canary} },
		func(name, around string) []string { return []string{"--" + name + "=" + around + canary} },
		func(name, around string) []string { return []string{name + "=" + around + canary + around} },
		func(name, around string) []string { return []string{"-H", name + ": " + around + canary} },
		func(name, around string) []string { return []string{`{"` + name + `": "` + around + canary + `"}`} },
		func(name, _ string) []string { return []string{"sh", "-c", "x --" + name + " " + canary} },
		func(name, around string) []string { return []string{"--" + name + "=", canary, around} },
	}
	for word := range words {
		for form := range forms {
			f.Add(uint8(word), uint8(form), "x", "db-", "-2", "http://u:p@h/ ")
		}
	}
	f.Fuzz(func(t *testing.T, word, form uint8, before, left, right, around string) {
		if strings.Contains(before+around, canary) {
			return
		}
		name := nameOf(left) + words[int(word)%len(words)] + nameOf(right)
		args := append([]string{before}, forms[int(form)%len(forms)](name, around)...)
		got := command.Masked(args)
		if all := strings.Join(got, " "); strings.Contains(all, canary) || len(all) > 4096 {
			t.Errorf("%q is shown as %q", args, got)
		}
	})
}

// nameOf keeps what names of flags and variables are made of.
func nameOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') {
			return r
		}
		return -1
	}, s)
}

func BenchmarkMasked(b *testing.B) {
	args := []string{"curl", "-sS", "-H", "Authorization: Bearer abc", "https://api.example.com/v1/charges", "-d", `{"amount":100}`}
	for b.Loop() {
		command.Masked(args)
	}
}

func BenchmarkMaskedBiggestArguments(b *testing.B) {
	args := []string{}
	for range 16 {
		args = append(args, strings.Repeat("a:b-c d@e ", 13000)) // about as long as Linux allows
	}
	for b.Loop() {
		command.Masked(args)
	}
}

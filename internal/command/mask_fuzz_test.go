package command_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nonbis/nonbis/internal/command"
)

// canary is a secret that no argument has by chance.
const canary = "Zq7Kx2Wm9Tr4Vb6Nc8Lh3Jd5"

// carriers give the canary away as a secret, each in a way that is known.
var carriers = [][]string{
	{"--password", canary},
	{"--api-key=" + canary},
	{"TOKEN=" + canary},
	{"-H", "Authorization: Bearer " + canary},
	{"-u", "ada:" + canary},
	{"https://ada:" + canary + "@example.com/"},
	{"postgres://" + canary + "@example.com/"},
	{"sk_live_" + canary},
	{"ghp_" + canary},
	{"xoxb-" + canary},
	{"AKIA" + strings.ToUpper(canary)},
	{"sk-" + canary},
	{`{"client_secret": "` + canary + `"}`},
	{"https://hooks.slack.com/services/" + canary},
}

// FuzzMasked hides a secret among any arguments.
func FuzzMasked(f *testing.F) {
	f.Add("curl", "-X\x00POST", uint8(3), "", "")
	f.Add("sh\x00-c", "", uint8(0), "echo ", "; true")
	f.Add("--verbose\x00--", strings.Repeat("x", 300), uint8(7), "{\"a\":\"", "\"}")
	f.Add("\xff\x00é", "://\x00@", uint8(5), strings.Repeat("é", 200), "\"'")
	f.Fuzz(func(t *testing.T, before, after string, carrier uint8, prefix, suffix string) {
		for _, text := range []*string{&before, &after, &prefix, &suffix} {
			*text = (*text)[:min(len(*text), 400)] // a search takes time in proportion
		}
		secret := carriers[int(carrier)%len(carriers)]
		args := strings.Split(before, "\x00")
		if len(secret) == 1 { // as a word of a larger argument
			args = append(args, prefix+" "+secret[0]+" "+suffix)
		} else {
			args = append(args, secret...)
		}
		args = append(args, strings.Split(after, "\x00")...)
		shown := command.Masked(args)
		if all := strings.Join(shown, " "); len(all) > 4<<10 || strings.Contains(strings.ToUpper(all), strings.ToUpper(canary)) {
			t.Errorf("%q is shown in %d bytes as %q", args, len(all), all)
		}
		for _, word := range shown {
			if len(word) > 256 {
				t.Errorf("%d bytes of one argument are shown", len(word))
			}
			if utf8.ValidString(strings.Join(args, "")) && !utf8.ValidString(word) {
				t.Errorf("%q is cut inside a character: %q", args, word)
			}
		}
	})
}

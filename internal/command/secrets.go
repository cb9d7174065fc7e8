package command

import (
	"regexp"
	"sync"
)

// secretWords occur in the names of flags, variables, headers and members that
// hold secrets.
const secretWords = `(?i:pass|pwd|secret|token|auth|credential|cookie|signature` +
	`|(?:api|access|private|signing|encryption|shared|account|master|service|ssh|deploy|storage)[-_. ]?key)`

// secrets is what gives a secret away.
type secrets struct {
	name       *regexp.Regexp   // of a flag
	assigned   *regexp.Regexp   // the name of an assignment, up to the = or colon
	scheme     *regexp.Regexp   // Bearer, of which the secret is the next argument
	userFlag   *regexp.Regexp   // curl -u, of which user:password is the next argument
	beginnings []*regexp.Regexp // what follows to the end of the argument is secret
	shapes     []secretShape
}

type secretShape struct {
	shape *regexp.Regexp
	shown string // the replacement
}

// knownSecrets compiles them on first use: that takes milliseconds, and most
// commands show no arguments.
var knownSecrets = sync.OnceValue(func() *secrets {
	is := regexp.MustCompile
	shape := func(expression, shown string) secretShape { return secretShape{is(expression), shown} }
	s := &secrets{
		name:     is(secretWords),
		assigned: is(secretWords + `[\w.-]*[\\"'\])]*\s*$`),
		scheme:   is(`(?i)^["']?(?:[\w-]+[:=]\s*)?["']?(?:bearer|basic)\s*$`),
		userFlag: is(`^(?:-[a-zA-Z]*[uU]|--(?:proxy-)?user)$`),
	}
	s.beginnings = []*regexp.Regexp{
		// password=…, "token": "…", user[secret]=…, X-Api-Key: …
		is(secretWords + `[\w.-]*[\\"'\])]*\s*[=:][=:>]*\s*`),
		// --password … inside a script
		is(`(?:^|[^\w-])--?[\w.-]*` + secretWords + `[\w.-]*[\\"']*\s+`),
		// -u user:password in one argument
		is(`(?:^|\s)(?:-[a-zA-Z]*[uU]|--(?:proxy-)?user[= ])\s*[^\s:]*:`),
		is(`-----BEGIN [A-Z ]*PRIVATE KEY-----`),
	}
	s.shapes = []secretShape{
		// scheme://key@host and scheme://key:x@host
		shape(`(://)[^\s/?#:@"']{20,}(?::\S*)?@`, `$1`+masked+`@`),
		// scheme://user:password@host; a password can contain / and @
		shape(`(://[^\s/?#:@"']*):\S*@`, `$1:`+masked+`@`),
		// user:password@tcp(host), a data source name without a scheme
		shape(`((?:^|[\s"'=])[^\s/:@"'=]+):(?:[^\s/]|/[^\s/])\S*@`, `$1:`+masked+`@`),
		// addresses that are secrets themselves
		shape(`(hooks\.slack\.com/)[^\s"']+`, `$1`+masked),
		shape(`(/api/webhooks/)[^\s"']+`, `$1`+masked),
		shape(`(/bot)\d+:[\w-]+`, `$1`+masked),
		shape(`(?i)(bearer|basic)(\s+)[^\s"']+`, `$1$2`+masked),
		shape(`(?:sk|rk|pk)_(?:live|test)_\w+`, masked),           // Stripe
		shape(`whsec_[\w+/=-]+`, masked),                          // Standard Webhooks
		shape(`xox[a-z]-[\w.-]+|xapp-[\w-]+`, masked),             // Slack
		shape(`gh[pousr]_\w+|github_pat_\w+`, masked),             // GitHub
		shape(`glpat-[\w.-]+|\bgl[a-z]{1,5}-[\w.-]{16,}`, masked), // GitLab
		shape(`(?:AKIA|ASIA)[0-9A-Z]{8,}`, masked),                // AWS
		shape(`AIza[\w-]{10,}|\bya29\.[\w-]+`, masked),            // Google
		shape(`\bsk-[\w-]{16,}`, masked),                          // OpenAI, Anthropic
		shape(`SG\.[\w-]{10,}\.[\w-]+`, masked),                   // SendGrid
		shape(`\b(?:npm|hf|dop_v1|shpat|lin_api)_\w{16,}`, masked),
		shape(`eyJ[\w=+/-]{6,}(?:\.[\w=+/-]*)*`, masked), // JSON Web Token
	}
	return s
})

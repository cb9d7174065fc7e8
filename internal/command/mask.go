package command

import "strings"

// masked is what stands for a secret.
const masked = "***"

// Masked returns args in a form for records and lists: what looks like a
// secret is replaced by ***, an argument is cut to 256 bytes and the whole to
// 4 KiB, with a note of what was cut.
//
// It guesses, and in doubt it masks: a line that cannot be run again is better
// than a password in a list. A secret that nothing gives away, such as a bare
// positional argument, is not recognised; for such commands no arguments
// should be recorded at all.
func Masked(args []string) []string {
	s := knownSecrets()
	shown := make([]string, 0, len(args))
	room := maxShown - len(cutArguments(len(args)))
	var next expectation
	for i, arg := range args {
		arg, next = s.maskArgument(arg, next)
		room -= len(arg) + 1 // and the space between
		if room < 0 {
			return append(shown, cutArguments(len(args)-i))
		}
		shown = append(shown, arg)
	}
	return shown
}

// expectation is what an argument says about the one after it.
type expectation int

const (
	expectAnything expectation = iota
	expectSecret               // --password VALUE
	expectUser                 // curl -u USER:PASSWORD
)

func (s *secrets) maskArgument(arg string, expected expectation) (shown string, next expectation) {
	next = s.expectationAfter(arg)
	if expected == expectSecret {
		return masked, next
	}
	if user, password, ok := strings.Cut(arg, ":"); ok && expected == expectUser {
		if password == "" {
			return masked, next // many services take a key as the user
		}
		arg = user + ":" + masked
	}
	begin, unseen := beginning(arg)
	return cutArgument(s.maskWithin(begin), unseen), next
}

// expectationAfter looks at the argument as it was given: a value that is
// masked because of the flag before it can be a flag itself.
func (s *secrets) expectationAfter(arg string) expectation {
	isName := strings.HasPrefix(arg, "-") && !strings.ContainsAny(arg, "=:")
	switch {
	case isName && s.name.MatchString(arg):
		return expectSecret
	case s.endsWithSecretName(arg), s.scheme.MatchString(arg):
		return expectSecret
	case s.userFlag.MatchString(arg):
		return expectUser
	}
	return expectAnything
}

// endsWithSecretName recognises an assignment whose value is the next argument,
// as in Authorization: VALUE.
func (s *secrets) endsWithSecretName(arg string) bool {
	end := arg[max(len(arg)-maxSearched, 0):]
	end = strings.TrimRight(end, " \t\r\n\"'")
	name := strings.TrimRight(end, "=:>")
	return len(name) < len(end) && s.assigned.MatchString(name)
}

// maskWithin masks what gives itself away inside one argument, which can be a
// whole script or a request body.
func (s *secrets) maskWithin(arg string) string {
	// From the first name of a secret on nothing is shown: where a value ends
	// depends on a syntax that is not known here.
	for _, name := range s.beginnings {
		if at := name.FindStringIndex(arg); at != nil && at[1] < len(arg) {
			arg = arg[:at[1]] + masked
		}
	}
	for _, secret := range s.shapes {
		arg = secret.shape.ReplaceAllString(arg, secret.shown)
	}
	return arg
}

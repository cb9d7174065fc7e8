package command

import (
	"fmt"
	"unicode/utf8"
)

// How many bytes of an argument, and of all of them with a space between, are
// shown, notes of what was cut included.
const (
	maxShownArgument = 256
	maxShown         = 4 << 10
)

// How many bytes of an argument are searched for secrets, which takes about ten
// milliseconds for so many, and how many of those can belong to a secret that
// is cut in half there.
const (
	maxSearched = 8 << 10
	maxHalf     = 2 << 10
)

// beginning returns as much of arg as is searched, and how many bytes are not.
func beginning(arg string) (begin string, unseen int) {
	if len(arg) <= maxSearched {
		return arg, 0
	}
	return arg[:maxSearched], len(arg) - maxSearched
}

// cutArgument shortens a masked argument, of which unseen bytes are missing,
// to maxShownArgument at the border of a character.
func cutArgument(arg string, unseen int) string {
	total := len(arg) + unseen
	if unseen > 0 {
		// A secret is recognised as a whole; what may be half of one goes.
		arg = arg[:max(len(arg)-maxHalf, 0)]
	}
	if len(arg) == total && total <= maxShownArgument {
		return arg
	}
	end := min(len(arg), maxShownArgument-len(cutBytes(total)))
	for end > 0 && end < len(arg) && !utf8.RuneStart(arg[end]) {
		end--
	}
	return arg[:end] + cutBytes(total-end)
}

func cutBytes(n int) string { return fmt.Sprintf("…(+%d bytes)", n) }

func cutArguments(n int) string { return fmt.Sprintf("…(+%d arguments)", n) }

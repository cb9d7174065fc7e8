package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/nonbis/nonbis"
)

// requirePerson lets only a person on: nothing in an agent's stream may settle
// an effect (rule 15). A person has the operator token, or sits at a terminal
// outside of an agent's environment. what completes "only a person may …".
//
// It keeps an agent from doing so by itself. One that is told to deceive, and
// runs as the same user, can clear its environment and open a terminal: against
// that only another user's ledger helps.
func (g *globals) requirePerson(token, what string) error {
	if token == "" {
		token = g.getenv("NONBIS_OPERATOR_TOKEN")
	}
	if token != "" {
		l, err := g.locate()
		if err != nil {
			return err
		}
		return checkOperatorToken(l, token)
	}
	return g.atTerminal(what, "do it in a terminal of your own, or give an operator token in NONBIS_OPERATOR_TOKEN (see nonbis token operator --help)")
}

// atTerminal refuses off a terminal and inside an agent's environment. instead
// says what to do.
func (g *globals) atTerminal(what, instead string) error {
	if agent, variable := agentIn(g.Environ); agent != "" {
		return nonbis.Errorf(nonbis.ErrRefused, "only a person may %s, and this is the environment of %s (%s is set): %s", what, agent, variable, instead)
	}
	if !isTerminal(g.Stdin) || !isTerminal(g.Stderr) {
		return nonbis.Errorf(nonbis.ErrRefused, "only a person may %s, and this is not a terminal: %s", what, instead)
	}
	return nil
}

// confirm asks a question on stderr and reports whether the answer was yes. Off a
// terminal nobody can be asked: whoever got there has a token, which says yes.
func (g *globals) confirm(question string) (bool, error) {
	if !isTerminal(g.Stdin) || !isTerminal(g.Stderr) {
		return true, nil
	}
	if _, err := fmt.Fprintf(g.Stderr, "%s [y/N] ", question); err != nil {
		return false, err
	}
	answer, err := bufio.NewReader(io.LimitReader(g.Stdin, 1<<10)).ReadString('\n')
	if err != nil { // the end of the input is a no
		fmt.Fprintln(g.Stderr)
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", nil
}

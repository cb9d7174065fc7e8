package zoo

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// notYet are rules of the design about what this version does not have.
var notYet = map[string]string{
	"7":  "one attempt is one request on the wire: there is no HTTP yet",
	"16": "transactional effects: there is no PostgreSQL yet",
}

const rules = 16

func TestEveryBugFitsTheSources(t *testing.T) {
	for _, b := range load(t) {
		if n := strings.Count(source(t, b.file), b.old); n != 1 {
			t.Errorf("%s: want its old text once in %s, found it %d times", b.name, b.file, n)
		}
	}
}

func TestEveryRuleHasABug(t *testing.T) {
	broken := map[string]bool{}
	for _, b := range load(t) {
		for _, rule := range b.rules {
			if n, err := strconv.Atoi(rule); err != nil || n < 1 || n > rules {
				t.Errorf("%s: %q is not a rule", b.name, rule)
			}
			broken[rule] = true
		}
	}
	for n := 1; n <= rules; n++ {
		if rule := strconv.Itoa(n); broken[rule] == (notYet[rule] != "") {
			t.Errorf("rule %s: broken by a bug is %t; not there yet: %q", rule, broken[rule], notYet[rule])
		}
	}
}

// rival is a line of rivals.txt: a mistake that others have made.
type rival struct{ name, mistake string }

func loadRivals(t *testing.T) (all []rival) {
	t.Helper()
	text, err := os.ReadFile("rivals.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		name, mistake, found := strings.Cut(strings.TrimSpace(line), ": ")
		if !found {
			t.Fatalf("rivals.txt: %q is no mistake", line)
		}
		all = append(all, rival{name, mistake})
	}
	return all
}

func TestEveryRivalsMistakeHasABug(t *testing.T) {
	made := map[string]bool{}
	mistakes := loadRivals(t)
	for _, b := range load(t) {
		for _, name := range b.rivals {
			made[name] = true
			if !slices.ContainsFunc(mistakes, func(r rival) bool { return r.name == name }) {
				t.Errorf("%s: %s is not in rivals.txt", b.name, name)
			}
		}
	}
	for _, r := range mistakes {
		if !made[r.name] {
			t.Errorf("no bug repeats %s: %s", r.name, r.mistake)
		}
	}
}

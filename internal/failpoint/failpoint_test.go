//go:build unix

package failpoint

import "testing"

func TestParse(t *testing.T) {
	for text, want := range map[string]plan{
		"":               {},
		"a=kill":         {"a", "kill", 1},
		"before-x=eio:3": {"before-x", "eio", 3},
	} {
		if got := parse(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"a", "a=kill:", "a=kill:0", "a=kill:x"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is understood", text)
				}
			}()
			parse(text)
		}()
	}
}

func TestAPointThatIsNotAskedForDoesNothing(t *testing.T) {
	if err := Hit("nobody-asks-for-this"); err != nil {
		t.Error(err)
	}
}

package overlay_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/nonbis/nonbis/internal/lab/overlay"
)

func TestAChangedViewIsBuilt(t *testing.T) {
	o, err := overlay.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	const file = "internal/lab/overlay/overlay.go"
	if err := o.Replace(file, "return nil, fmt.Errorf(\"where", "undefined()\n\t\treturn nil, fmt.Errorf(\"where"); err != nil {
		t.Fatal(err)
	}
	if err := o.Replace(file, "no such text", ""); err == nil {
		t.Error("a text that is not there was replaced")
	}
	flag, err := o.Flag()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", flag, "github.com/nonbis/nonbis/internal/lab/overlay").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "undefined: undefined") {
		t.Errorf("got %v\n%s", err, out)
	}
}

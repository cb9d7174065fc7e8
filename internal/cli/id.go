package cli

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/nonbis/nonbis"
)

type idOptions struct {
	task, operation, repeat, key string
	identity                     []string
	json                         bool
}

// idView is the contract of id --json.
type idView struct {
	ID          nonbis.ID `json:"id"`
	BaseID      nonbis.ID `json:"base_id"`
	ProviderKey string    `json:"provider_key"` // of the first generation
	Namespace   string    `json:"namespace"`
	Task        string    `json:"task"`
	Operation   string    `json:"operation"`
	Repeat      string    `json:"repeat"`
	Occurrence  int       `json:"occurrence"`
	Identity    string    `json:"identity"`    // what tells the effect from others: payload, fields or key
	Fingerprint string    `json:"fingerprint"` // SHA-256 of the payload in canonical form
}

func newIDCommand(g *globals) *cobra.Command {
	var o idOptions
	cmd := &cobra.Command{
		Use:     "id --task T --operation O [flags] [FILE]",
		GroupID: groupLook,
		Short:   "Print the id and the provider key of a payload",
		Long: `Derive the id of an effect from its task, operation and JSON payload, as every part
of Nonbis does, and print it, and on a second line the key that is sent to the
provider. No ledger is opened. The payload is FILE, or stdin, at most 64 MiB.

Members of the payload may stand in any order and spelling; numbers are exact.`,
		Example: `echo '{"to":"ops@example.com","subject":"report"}' |
  nonbis id --task weekly-report-2026-47 --operation email.send --identity /to
nonbis id --key order-4711 --operation billing.charge charge.json --json`,
		Args: arguments("[FILE]"),
		RunE: func(_ *cobra.Command, args []string) error {
			return runID(g, o, append(args, "-")[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.task, "task", "", "the `TASK` that the effect belongs to")
	f.StringVar(&o.operation, "operation", "", "the kind of effect, such as slack.chat.postMessage; the `OPERATION` is required")
	f.StringArrayVar(&o.identity, "identity", nil, "a field that says which effect this is, as a JSON `POINTER`; may be repeated;\nwithout any, or when one is missing, it is the whole payload")
	f.StringVar(&o.repeat, "repeat", "", "the `NAME` of a deliberate repetition")
	f.StringVar(&o.key, "key", "", "the caller's own idempotency `KEY`: the identity, when there is no task")
	f.BoolVar(&o.json, "json", false, "one JSON object: id, base_id, provider_key, namespace, task, operation, repeat,\noccurrence, identity, fingerprint")
	exits(cmd, "0  the id was printed", "1  the payload cannot be read or is not JSON", "2  the command line is wrong")
	return cmd
}

func runID(g *globals, o idOptions, file string) error {
	s, err := g.settings()
	if err != nil {
		return err
	}
	switch {
	case o.operation == "":
		return usagef("id needs --operation, as in --operation email.send")
	case o.task == "" && o.key == "":
		return usagef("id needs --task or --key: a name that is the same on every retry")
	}
	e := nonbis.Effect{Task: o.task, Operation: o.operation, Identity: o.identity, Key: o.key, Repeat: o.repeat}
	if _, _, err := e.Describe(s.namespace); err != nil { // before stdin is read
		return &usageError{err}
	}
	if file == "-" && isTerminal(g.Stdin) {
		g.notice("reading the JSON payload from the terminal: Ctrl-D ends it")
	}
	text, err := readFile(g, file, nonbis.MaxPayload)
	if err != nil {
		return fmt.Errorf("the payload cannot be read: %w", err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nonbis.Errorf(nonbis.ErrInvalid, "payload: %s is empty: want JSON", nameOf(file))
	}
	e.Payload = jsontext.Value(text)
	name, payload, err := e.Describe(s.namespace)
	if err != nil {
		return err
	}
	return printID(g, o, name, payload)
}

func printID(g *globals, o idOptions, name nonbis.Name, payload nonbis.Payload) error {
	fingerprint := payload.Fingerprint()
	v := idView{
		ID: name.ID(), BaseID: name.Base(), ProviderKey: name.ID().ProviderKey(0), Namespace: name.Namespace, Task: name.Task,
		Operation: name.Operation, Repeat: name.Repeat, Occurrence: name.Occurrence, Fingerprint: hex.EncodeToString(fingerprint[:]),
	}
	switch name.Identity.Kind {
	case nonbis.IdentityPayload:
		v.Identity = "payload"
		if len(o.identity) > 0 {
			g.notice("a field of --identity is not in the payload, so that the whole payload is the identity")
		}
	case nonbis.IdentityFields:
		v.Identity = "fields"
	case nonbis.IdentityKey:
		v.Identity = "key"
	}
	if o.json {
		return writeJSON(g.Stdout, v)
	}
	_, err := fmt.Fprintf(g.Stdout, "%s\n%s\n", v.ID, v.ProviderKey)
	return err
}

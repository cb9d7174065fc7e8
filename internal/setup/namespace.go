package setup

import "github.com/nonbis/nonbis"

// DefaultNamespace is where effects live when nobody says otherwise.
const DefaultNamespace = "default"

// Namespace is what was given by a flag, else NONBIS_NAMESPACE, else the default.
// It returns ErrInvalid for what the root package takes for no namespace.
func Namespace(given string, getenv Getenv) (string, error) {
	for _, name := range []string{given, getenv("NONBIS_NAMESPACE"), DefaultNamespace} {
		if name != "" {
			_, _, err := nonbis.Effect{Task: "-", Operation: "-"}.Describe(name)
			return name, err
		}
	}
	return DefaultNamespace, nil
}

package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionView is the contract of version --json.
type versionView struct {
	Version  string `json:"version"`  // of the module, or "devel"
	Revision string `json:"revision"` // of the source; "" when it is not known, with + when it was changed
	Go       string `json:"go"`
	Platform string `json:"platform"`
	SQLite   string `json:"sqlite_driver"` // the version of modernc.org/sqlite
}

func newVersionCommand(g *globals) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version [flags]",
		GroupID: groupSetUp,
		Short:   "Print the version",
		Example: "nonbis version\nnonbis version --json",
		Args:    arguments(),
		RunE: func(*cobra.Command, []string) error {
			v := version()
			if asJSON {
				return writeJSON(g.Stdout, v)
			}
			_, err := fmt.Fprintln(g.Stdout, v)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object: version, revision, go, platform, sqlite_driver")
	exits(cmd, "0  the version was printed", "2  the command line is wrong")
	return cmd
}

// version is what the build recorded.
func version() versionView {
	v := versionView{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Revision: "unknown", SQLite: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, d := range info.Deps {
		if d.Path == "modernc.org/sqlite" {
			v.SQLite = d.Version
		}
	}
	changed := ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			if s.Value == "true" {
				changed = "+"
			}
		}
	}
	v.Revision += changed
	return v
}

func (v versionView) String() string {
	return fmt.Sprintf("nonbis %s, revision %s (%s, %s, modernc.org/sqlite %s)", v.Version, v.Revision, v.Go, v.Platform, v.SQLite)
}

package cli

import "context"

// Main runs one command line, without the program's name, and returns the exit
// status. It does not exit, and it touches nothing of the process but what
// streams holds, the file system and, where a command says so, signals.
func Main(ctx context.Context, args []string, s Streams) int {
	g := &globals{Streams: s}
	root := newRootCommand(g) //nolint:contextcheck // cobra hands the context to each command
	root.SetArgs(args)
	root.SetIn(s.Stdin)
	root.SetOut(s.Stdout)
	root.SetErr(s.Stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	g.fail(err, wantsJSON(cmd, args))
	return exitStatusOf(cmd, err)
}

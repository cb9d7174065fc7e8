// Nonbis makes the side effects of retrying programs happen once.
package main

import (
	"context"
	"os"

	"github.com/nonbis/nonbis/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.Streams{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(),
	}))
}

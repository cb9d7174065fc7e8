// Prove tries to break the promise, and prints one page of what came of it: how
// often, with which seeds, and how sure that makes us. It stops at the first
// check that fails, and says why.
//
//	go run ./internal/lab/prove            as CI does
//	go run ./internal/lab/prove -scale 20  twenty times as much
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"
)

func main() {
	scale := flag.Int("scale", 1, "how many times as much as CI does")
	only := flag.String("only", "", "a regular expression: which checks")
	seed := flag.String("seed", "", "the LAB_SEED of a run that failed")
	flag.Parse()
	pattern, err := regexp.Compile(*only)
	if err != nil || flag.NArg() > 0 || *scale < 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ok := prove(ctx, pattern, *scale, *seed)
	stop()
	if !ok {
		os.Exit(1)
	}
}

func prove(ctx context.Context, only *regexp.Regexp, scale int, seed string) bool {
	p := page{begin: time.Now(), scale: scale} //nolint:forbidigo // for people
	for _, c := range checks {
		if !only.MatchString(c.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "== %s: %s\n", c.name, c.what)
		r := c.run(ctx, scale, seed)
		p.results = append(p.results, r)
		if r.failed != "" {
			fmt.Fprintln(os.Stderr, r.failed)
			break
		}
	}
	return p.print(os.Stdout)
}

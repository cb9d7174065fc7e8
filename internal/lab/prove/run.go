package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// result is what came of one check.
type result struct {
	check
	took    time.Duration
	figures []figures
	failed  string // the end of what the tests said; "" when they passed
}

// figures are one line of a test that says what it did: lab: NAME key=value …
type figures struct {
	name   string
	values [][2]string
}

func (f figures) number(key string) (n int) {
	for _, v := range f.values {
		if v[0] == key {
			n, _ = strconv.Atoi(v[1])
		}
	}
	return n
}

func (c check) run(ctx context.Context, scale int, seed string) result {
	factor := scale
	if c.fixed {
		factor = 1
	}
	args := append([]string{c.args[0], "-v", "-count=1", fmt.Sprintf("-timeout=%dm", c.minutes*factor)}, c.args[1:]...)
	cmd := exec.CommandContext(ctx, "go", args...)
	// These processes are short and many: memory is cheaper than collecting it.
	cmd.Env = append(os.Environ(), "GOGC=400", fmt.Sprintf("LAB_SCALE=%d", max(1, c.scale)*factor))
	if seed != "" {
		cmd.Env = append(cmd.Env, "LAB_SEED="+seed)
	}
	begin := time.Now() //nolint:forbidigo // for people
	out, err := cmd.CombinedOutput()
	r := result{check: c, took: time.Since(begin), figures: read(out)} //nolint:forbidigo // for people
	if err != nil {
		r.failed = fmt.Sprintf("%s\n%v", complaint(out), err)
	}
	return r
}

var labLine = regexp.MustCompile(`lab: ([\w-]+)((?: [\w-]+=\S+)+)`)

func read(out []byte) (list []figures) {
	for _, m := range labLine.FindAllStringSubmatch(string(out), -1) {
		f := figures{name: m[1]}
		for pair := range strings.FieldsSeq(m[2]) {
			key, value, _ := strings.Cut(pair, "=")
			f.values = append(f.values, [2]string{key, value})
		}
		list = append(list, f)
	}
	return list
}

// complaint is what the failed tests said, without what passed, at most its first
// 8 KiB.
func complaint(out []byte) string {
	var b bytes.Buffer
	for line := range bytes.Lines(out) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "=== ") || strings.HasPrefix(text, "--- PASS") || strings.HasPrefix(text, "ok ") {
			continue
		}
		if b.Len() < 8<<10 {
			b.Write(line)
		}
	}
	return b.String()
}

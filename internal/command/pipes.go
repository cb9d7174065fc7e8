//go:build unix

package command

import "os"

// pipes are the files of one start: those for the child, and the ends that
// stay here.
type pipes struct {
	stdin, stdout, stderr *os.File
	extra                 []*os.File // from descriptor 3 on
	theirs                []*os.File // to be closed here once the child has them

	out, err *pump
	feed     *os.File // where Spec.Stdin is copied to, or nil
}

// openPipes opens what the child needs. Also with an error there can be files
// to close.
func openPipes(s Spec) (*pipes, error) {
	p := &pipes{}
	if err := p.openStdin(s); err != nil {
		return p, err
	}
	var err error
	if p.out, p.stdout, err = newPump(s.Stdout, s.keep()); err != nil {
		return p, err
	}
	p.theirs = append(p.theirs, p.stdout)
	if p.err, p.stderr, err = newPump(s.Stderr, s.keep()); err != nil {
		return p, err
	}
	p.theirs = append(p.theirs, p.stderr)
	extra, borrowed, err := extraFiles(s.Lock)
	p.extra, p.theirs = extra, append(p.theirs, borrowed...)
	return p, err
}

func (p *pipes) openStdin(s Spec) (err error) {
	switch stdin := s.Stdin.(type) {
	case *os.File:
		p.stdin = stdin // the caller's to close
		return nil
	case nil:
		p.stdin, err = os.Open(os.DevNull)
	default:
		p.stdin, p.feed, err = os.Pipe()
	}
	if err == nil {
		p.theirs = append(p.theirs, p.stdin)
	}
	return err
}

func (p *pipes) closeTheirs() {
	for _, file := range p.theirs {
		_ = file.Close()
	}
}

// closeOurs is for a start that failed.
func (p *pipes) closeOurs() {
	for _, output := range []*pump{p.out, p.err} {
		if output != nil {
			_ = output.from.Close()
		}
	}
	if p.feed != nil {
		_ = p.feed.Close()
	}
}

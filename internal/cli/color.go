package cli

import (
	"strings"

	"github.com/nonbis/nonbis"
)

// The colours. Their codes are equally long, so that columns stay aligned when
// every cell of one is painted.
const (
	plainColor = "\x1b[39m"
	red        = "\x1b[31m"
	green      = "\x1b[32m"
	yellow     = "\x1b[33m"
	blue       = "\x1b[34m"
	grey       = "\x1b[90m"
	endColor   = "\x1b[0m"
)

func stateColor(s nonbis.State) string {
	switch s {
	case nonbis.StateApplied:
		return green
	case nonbis.StateNotApplied:
		return grey
	case nonbis.StateUnknown:
		return yellow
	case nonbis.StateDisputed:
		return red
	case nonbis.StateClaimed, nonbis.StateSending:
		return blue
	case nonbis.StateNone:
	}
	return plainColor
}

// paint colours text, if on.
func paint(on bool, color, text string) string {
	if !on {
		return text
	}
	return color + text + endColor
}

// plain takes the colours of this file off.
func plain(text string) string {
	for _, code := range []string{plainColor, red, green, yellow, blue, grey, endColor} {
		text = strings.ReplaceAll(text, code, "")
	}
	return text
}

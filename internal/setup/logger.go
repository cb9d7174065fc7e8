package setup

import (
	"fmt"
	"io"
	"log/slog"
)

// Logger makes the log that people and machines read, of the format text or json
// and from the level debug, info, warn or error on. Both formats keep one record
// on one line, whatever is in it.
func Logger(w io.Writer, format, level string) (*slog.Logger, error) {
	var from slog.Level
	if err := from.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level %.40q: want debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: from}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return nil, fmt.Errorf("--log-format %.40q: want text or json", format)
}

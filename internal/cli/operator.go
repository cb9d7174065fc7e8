package cli

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nonbis/nonbis"
	"github.com/nonbis/nonbis/internal/setup"
)

// operatorFile is the extension of the file beside the ledger that holds the
// SHA-256 of the operator token: whoever reads it cannot say the token. A token is
// a random text of 260 bits, so that its plain digest cannot be searched for.
const operatorFile = ".operator"

const operatorFormat = "nonbis-operator 1 sha256 %s\n"

// checkOperatorToken returns ErrRefused, in a line that says why, for any token
// but the one whose digest stands beside the ledger.
func checkOperatorToken(l setup.Location, token string) error {
	refused := func(format string, args ...any) error {
		return nonbis.Errorf(nonbis.ErrRefused, "the operator token is refused: "+format, args...)
	}
	path := l.Beside(operatorFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return refused("none was made for the ledger %s: nonbis token operator makes one", l.Path)
	}
	if err != nil {
		return refused("%w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return refused("%w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return refused("others than its owner have rights on %s (%v): make a new one with nonbis token operator", path, info.Mode())
	}
	text, err := io.ReadAll(io.LimitReader(f, 1<<10))
	if err != nil {
		return refused("%w", err)
	}
	var digest string
	if _, err := fmt.Sscanf(string(text), operatorFormat, &digest); err != nil {
		return refused("%s does not hold the digest of one: make a new one with nonbis token operator", path)
	}
	given := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(given[:])), []byte(digest)) != 1 {
		return refused("it is not the one of the ledger %s", l.Path)
	}
	return nil
}

// makeOperatorToken draws a token and puts its digest beside the ledger, in place
// of an older one. What is returned exists nowhere else.
func makeOperatorToken(l setup.Location) (token string, err error) {
	token = "nbo_" + rand.Text() + rand.Text()
	digest := sha256.Sum256([]byte(token))
	path := l.Beside(operatorFile)
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name()) // after the rename there is nothing of that name
	_, err = fmt.Fprintf(f, operatorFormat, hex.EncodeToString(digest[:]))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return "", err
	}
	return token, syncFolder(filepath.Dir(path))
}

// syncFolder makes names in a folder durable.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

package power

import (
	"os"
	"path/filepath"
)

// Write puts the image into a folder, in the place of whatever was there.
func (m *Image) Write(folder string) error {
	old, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range old {
		if err := os.RemoveAll(filepath.Join(folder, e.Name())); err != nil {
			return err
		}
	}
	for _, c := range m.files {
		if err := os.WriteFile(filepath.Join(folder, c.name), c.data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

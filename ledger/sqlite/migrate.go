package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
)

//go:embed migration/*.sql
var migrations embed.FS

// applicationID marks the file as a ledger of ours: "nonb".
const applicationID = 0x6e6f6e62

// migrate brings the schema forward, under the write lock, so that two
// processes that start together do it once. It never goes back: a file of a
// newer version is refused.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Glob(migrations, "migration/*.sql")
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	version, err := schemaVersion(ctx, tx)
	if err != nil {
		return err
	}
	switch {
	case version > len(files):
		return fmt.Errorf("it was made by a newer version of nonbis (schema %d, this version knows %d); update nonbis, or name another ledger", version, len(files))
	case version == len(files):
		return nil
	}
	for _, name := range files[version:] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(text)); err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(files))); err != nil {
		return err
	}
	// failpoint: migration-in-transaction
	return tx.Commit()
}

// schemaVersion is 0 for an empty file. A database of another program is refused.
func schemaVersion(ctx context.Context, tx *sql.Tx) (version int, err error) {
	var application, tables int
	if err := tx.QueryRowContext(ctx, "PRAGMA application_id").Scan(&application); err != nil {
		return 0, err
	}
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return 0, err
	}
	if application != applicationID && (application != 0 || tables > 0) {
		return 0, fmt.Errorf("it is a database of another program")
	}
	return version, nil
}

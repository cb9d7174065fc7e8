// Command workload runs effects over a ledger while everything is recorded. It is
// built by the tests of package power, with package os of the ledger replaced by
// one that records:
//
//	workload FOLDER RECORDING
//
// FOLDER is empty and gets the ledger; RECORDING is the file to write.
package main

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nonbis/nonbis/internal/lab/power/record"
	"github.com/nonbis/nonbis/internal/lab/power/record/engine"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: workload FOLDER RECORDING")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "workload:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder, to string) error {
	folder, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return err
	}
	if err := engine.Watch(); err != nil {
		return err
	}
	record.Here.Begin(folder)
	if err := work(ctx, filepath.Join(folder, "l.db")); err != nil {
		return err
	}
	f, err := os.Create(to) //nolint:gosec // the caller's path
	if err != nil {
		return err
	}
	return errors.Join(gob.NewEncoder(f).Encode(record.Here.End()), f.Close())
}

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrInUse means that another process has locked the data directory.
var ErrInUse = errors.New("the data directory is in use")

// LockName is the name of the lock file in the data directory. The file contains the process ID of the lock's
// holder.
const LockName = "cordboard.lock"

// Lock locks the data directory dir, which it creates if needed, so that only one portal, sync or restore uses it at a
// time. The lock lasts until release is called or the process exits. If another process has the lock, Lock returns
// [ErrInUse] with that process's ID.
func Lock(dir string) (release func() error, err error) {
	if err := makePrivate(dir); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, LockName), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // operator's path
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer func() { _ = f.Close() }()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", dir, err)
		}
		holder := "another process"
		if content, err := os.ReadFile(f.Name()); err == nil && len(content) > 0 {
			holder = "process " + strings.TrimSpace(string(content))
		}
		return nil, fmt.Errorf(
			"%w: %s is using %s, and nothing was changed: stop the portal first",
			ErrInUse,
			holder,
			dir,
		)
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, fmt.Sprintln(os.Getpid()))); err != nil {
		return nil, errors.Join(fmt.Errorf("write lock file: %w", err), f.Close())
	}
	return f.Close, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

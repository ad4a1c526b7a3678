package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const keySize = 32 // bytes

// Key returns the 32-byte key in the file keys/<name> of the data directory. If the file doesn't exist, Key creates it
// with a random key. Keys are stored outside the database, so that write access to the database isn't enough to forge
// the data that a key protects.
func (s *Store) Key(name string) ([]byte, error) {
	dir := filepath.Join(s.dir, "keys")
	if err := makePrivate(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, name)
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, keySize)
		_, _ = rand.Read(key) // documented never to fail
		if err := writeKey(path, key); err != nil {
			return nil, fmt.Errorf("create key %s: %w", path, err)
		}
		return key, nil
	}
	return key, err
}

func readKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path) //nolint:gosec // the operator's file
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("key %s has %d bytes, want %d", path, len(key), keySize)
	}
	return key, checkPrivate(path)
}

// HasKey reports whether the key exists. Unlike Key, it never creates one.
func (s *Store) HasKey(name string) bool {
	_, err := os.Stat(filepath.Join(s.dir, "keys", name))
	return err == nil
}

func writeKey(path string, key []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // as above
	if err != nil {
		return err
	}
	_, err = f.Write(key)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}

// syncDir syncs a directory, so that the names of new files survive a power loss. Syncing a file protects only its
// content.
func syncDir(path string) error {
	dir, err := os.Open(path) //nolint:gosec // the data directory
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// makePrivate creates a directory that only the current OS user can access. An existing directory keeps its mode; the
// files in it have private modes of their own.
func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create the data directory: %w", err)
	}
	return nil
}

func checkPrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("check mode of %s: %w", path, err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s can be read by others (mode %04o): run chmod 600 on it", path, mode)
	}
	return nil
}
